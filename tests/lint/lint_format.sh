#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# lint_format.sh - clang-format agrees; a difference warns and never fails
. tests/lint/files.sh
tool=$(command -v clang-format-14 || command -v clang-format)
if [ -z "$tool" ] || ! "$tool" --version | grep -q 'version 14\.'; then
	echo "ok 1 - clang-format 14 agrees # SKIP not installed"
	exit 0
fi
for f in $(list_files src include arch tests docs/examples/arch docs/examples/boot | grep -E '\.([ch]|cpp)$'); do
	"$tool" --dry-run -Werror "$f" 2>/dev/null || echo "# reformat: $f"
done
echo "ok 1 - clang-format was asked"
