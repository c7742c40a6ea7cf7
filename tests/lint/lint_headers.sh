#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# lint_headers.sh - every public header compiles alone
#
# With gcc and clang, freestanding; with the default port, with the host's,
# and with a port that brings all types itself, under -nostdinc. Folder
# interfaces compile alone as well.
. tests/lint/files.sh
arch_inc="arch/x86/include -Iarch/common/include"
warn="-Wall -Wextra -Werror -Wundef -Wstrict-prototypes -Wredundant-decls"

one() { # one name header compiler flags...
	local name=$1 header=$2
	shift 2
	echo "#include <$header>" |
		"$@" -std=gnu11 $warn -ffreestanding -fsyntax-only -x c - \
			>"$bad.out" 2>&1 || {
		echo "<$header> with $1, $name:"
		head -n 6 "$bad.out"
	}
}
for cc in gcc clang; do
	command -v $cc >/dev/null || { echo "$cc: not installed"; continue; }
	for h in include/xmem/*.h; do
		h=${h#include/}
		one 'default port' "$h" $cc -Iinclude -I$arch_inc
		one 'host port' "$h" $cc -Iinclude -Itests/host/include \
			-Iarch/common/include
		one 'types of the port, -nostdinc' "$h" $cc -nostdinc \
			-Itests/lint/nostdinc -Iinclude -I$arch_inc
	done
	for h in src/*/*.h; do
		one 'alone' "${h#src/}" $cc -Iinclude -Isrc -I$arch_inc
	done
done >"$bad"
rm -f "$bad.out"
finish "every header compiles alone (gcc, clang, freestanding, -nostdinc)"
