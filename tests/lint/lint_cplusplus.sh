#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# lint_cplusplus.sh - C++ reads all public headers and can call all of the API
#
# With g++ and clang++, C++17 and 20, for each architecture: cplusplus/calls.cpp,
# which uses all public headers; and every header alone, with g++. What calls.cpp must
# call is every function that a public header declares or defines, and every
# macro with parameters but those in capitals that begin with XMEM_, which
# declare things. Of the functions that are linked, its object asks for the
# names that C gives them.
. tests/lint/files.sh
tmp=$(mktemp -d)
trap 'rm -rf "$tmp" "$bad"' EXIT
flags="-Wall -Wextra -Wundef -Werror -fno-exceptions -fno-rtti -ffreestanding"
calls=tests/lint/cplusplus/calls.cpp

# try what compiler flags... : no message.
try() {
	local what=$1
	shift
	"$@" $flags >"$tmp/out" 2>&1 || {
		echo "$what:"
		head -n 6 "$tmp/out"
	}
}

# The headers of an architecture; of a source that is compiled with no other
# compiler than that of this machine, only the syntax is looked at.
includes() {
	case $1 in
	host) echo -Itests/host/include ;;
	nostdinc) echo -nostdinc -Itests/lint/nostdinc -Iarch/x86/include ;;
	x86_64) echo -Iarch/x86/include ;;
	arm64 | arm32) echo "-Iarch/arm/$1/include -Iarch/arm/include" ;;
	skel) echo -Idocs/examples/arch/include ;;
	esac
	echo -Iinclude -Iarch/common/include
}

target() { # target arch compiler
	case $1-$2 in
	arm64-clang++) echo --target=aarch64-linux-gnu ;;
	arm32-clang++) echo --target=arm-linux-gnueabihf -march=armv7ve+fp ;;
	arm32-g++) echo -m32 ;;
	esac
}

headers() { # of $1; <arch/directmap.h> and by_index.h are for <arch/layout.h>
	(cd include && echo xmem/*.h)
	for dir in $(includes "$1" | grep -oE -- '-I[^ ]+'); do
		(cd "${dir#-I}" && ls arch/*.h 2>/dev/null)
	done | grep -vE "directmap|by_index"
}

# Functions of the public headers, from the list that gcc makes.
functions() {
	echo '#include <xmem/xmem.h>' | gcc -std=gnu11 -ffreestanding \
		$(includes x86_64) -fsyntax-only -aux-info "$tmp/aux" -x c -
	sed -nE 's|^/\* include/xmem/.* \*/ [^(]*\<(\w+) \(.*|\1|p' "$tmp/aux" |
		grep -v '^xmem_agree_'
}

macros() {
	sed -nE 's/^# *define ([A-Za-z_0-9]+)\(.*/\1/p' include/xmem/*.h |
		grep -v '^XMEM_'
}

for cc in g++ clang++; do
	command -v $cc >/dev/null || { echo "$cc: not installed"; continue; }
	for arch in host x86_64 arm64 arm32 skel nostdinc; do
		how="$(target $arch $cc) $(includes $arch)"
		[ $cc = clang++ ] || for h in $(headers $arch); do
			echo "#include <$h>" | try "<$h> with $cc, $arch" \
				$cc -std=c++17 $how -fsyntax-only -x c++ -
		done
		for std in c++17 c++20 gnu++17 gnu++20; do
			try "$calls with $cc, $arch, $std" $cc -std=$std \
				-Wpedantic $how -fsyntax-only $calls
		done
	done
	$cc $(includes x86_64) -ffreestanding -c -o "$tmp/calls.o" $calls \
		2>/dev/null || continue
	nm -u "$tmp/calls.o" | awk '{ print $2 }' | sort -u >"$tmp/linked"
	grep '^_Z' "$tmp/linked" |
		sed "s|.*|$calls with $cc: & is no name of C: XMEM_BEGIN_DECLS|"
	comm -13 "$tmp/linked" tests/lint/api.sym |
		sed "s|.*|$calls with $cc calls no &|"
done >"$bad"
sed 's|//.*||' $calls >"$tmp/code"
{ functions; macros; } | sort -u >"$tmp/api"
[ "$(wc -l <"$tmp/api")" -gt 150 ] || echo "the list of the API is short" >>"$bad"
while read -r name; do
	grep -q "\<$name(" "$tmp/code" || echo "$calls does not call $name()"
done <"$tmp/api" >>"$bad"
finish "C++ reads every public header and calls all of the API"
