#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# lint.sh - every lint; each is a program that prints TAP
cd "$(dirname "$0")/../.." || exit 2
exec tests/run.sh lint tests/lint/lint_*.sh tests/lint/lint_*.py
