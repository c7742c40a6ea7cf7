#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# lint_toplevel.sh - nothing but the agreed entries at the top level
. tests/lint/files.sh
list_files . | cut -d/ -f1 | sort -u |
	grep -vxE 'include|src|arch|tests|docs|Makefile|LICENSE|README\.md|\..*' |
	sed 's/$/: not in the layout of the top level/' >"$bad"
for f in Makefile LICENSE README.md include src arch tests docs .ci/run; do
	[ -e "$f" ] || echo "$f: missing"
done >>"$bad"
finish "the top level is the agreed one"
