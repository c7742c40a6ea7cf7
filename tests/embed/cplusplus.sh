#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# cplusplus.sh - a kernel in C++ on the library, which stays C
#
# Builds the library with the port of tests/embed/cplusplus, links the kernel
# with the archive and without any library of C++, and runs it: with g++ and
# clang++, C++17 and 20.
set -u
cd "$(dirname "$0")/../.." || exit 2
me=tests/embed/cplusplus
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
. tests/tell.sh
flags="-O1 -Wall -Wextra -Werror -I$me -Itests/embed/common -Iinclude"

# All but the page tables and what maps RAM, which want <arch/pte.h>.
library() {
	local src
	for src in src/*/*.c; do
		case $src in
		src/pt/* | src/map/* | src/directmap/* | src/frame/*) ;;
		*) echo "${CC:-gcc} -std=gnu11 $flags -Isrc -c $src \
			-o $out/$(basename "$src" .c).o" ;;
		esac
	done | xargs -P "$(nproc)" -I{} sh -c '{}' &&
		ar rcsD "$out/libxmem.a" "$out"/*.o
}

# kernel compiler standard
kernel() {
	local src
	for src in $me/*.cpp; do
		# shellcheck disable=SC2086
		$1 -std=$2 $flags -Wpedantic -fno-exceptions \
			-fno-rtti -c "$src" \
			-o "$out/$(basename "$src" .cpp).kernel" || return
	done
	# shellcheck disable=SC2086
	${CC:-gcc} $flags -o "$out/kernel" "$out"/*.kernel -x c \
		tests/embed/common/console.c -x none "$out/libxmem.a"
}

library >"$out/log" 2>&1
tell $? "the library compiles with the port of the kernel" "$out/log"
for cxx in g++ clang++; do
	for std in c++17 c++20; do
		kernel $cxx $std >"$out/log" 2>&1 &&
			"$out/kernel" >"$out/log" 2>&1
		tell $? "$cxx, $std: linked without a library of C++, and runs" \
			"$out/log"
	done
done
lines=$(cat $me/xmem_port.h $me/arch/layout.h $me/glue.cpp | wc -l)
[ "$lines" -lt 150 ]
tell $? "the glue is below 150 lines ($lines)"
echo "1..$n"
exit $failed
