#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# lint_spdx.sh - the first line (second, after #!) of every source is SPDX
. tests/lint/files.sh
list_files . | grep -E '\.(c|cpp|h|S|lds|ld|py|sh|mk|in|seeds|rst|md|yml)$|(^|/)Makefile$' |
	grep -v '^tests/data/' | while read -r f; do
	head -n 2 "$f" | grep -q 'SPDX-License-Identifier: BSD-2-Clause' ||
		case $f in
		*.md | *.rst) ;;
		*) echo "$f: no SPDX line" ;;
		esac
done >"$bad"
finish "every source file starts with its SPDX line"
