#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# lint_names.sh - unique basenames; a unit test for every source file
. tests/lint/files.sh
list_files src arch | grep -E '\.[cS]$' | sed 's|.*/||; s|\.[cS]$||' |
	sort | uniq -d | sed 's/$/: two sources of that basename/' >"$bad"
list_files src | grep -E '\.c$' | while read -r f; do
	dir=$(dirname "${f#src/}")
	twin=tests/unit/$dir/test_$(basename "$f")
	[ -f "$twin" ] || echo "$f: no unit test $twin"
done >>"$bad"
# The other way round: what tests no source has a folder elsewhere.
list_files tests/unit | grep -E '/test_.*\.c$' | while read -r f; do
	dir=$(dirname "${f#tests/unit/}")
	base=$(basename "${f##*/test_}" .c)
	[ -f "src/$dir/$base.c" ] || [ -f "src/$dir/$base.h" ] ||
		echo "$f: there is no src/$dir/$base.c or .h"
done >>"$bad"
finish "basenames are unique and tests/unit mirrors src"
