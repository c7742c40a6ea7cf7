#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# lint.sh - every lint, and tests of lints; each is a program that prints TAP
# (What reads built libraries runs after their builds, in tests/check.sh.)
cd "$(dirname "$0")/../.." || exit 2
exec tests/run.sh lint tests/lint/lint_*.sh tests/lint/{lint,test}_*.py
