#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# lint_format.sh - clang-format agrees; a difference warns and never fails
. tests/lint/files.sh
tool=$(command -v clang-format-14 || command -v clang-format)
if [ -z "$tool" ] || ! "$tool" --version | grep -q 'version 14\.'; then
	echo "ok 1 - clang-format 14 agrees # SKIP not installed"
	exit 0
fi
list_files src include arch tests docs/examples/arch docs/examples/boot |
	grep -E '\.([ch]|cpp)$' | xargs "$tool" --dry-run 2>&1 |
	sed -n 's/^\([^ :]*\):[0-9]*:[0-9]*: warning: .*/# reformat: \1/p' | sort -u
echo "ok 1 - clang-format was asked"
