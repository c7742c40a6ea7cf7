#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# lint_hostile.sh - every layer compiles in a host whose headers stop at nothing
#
# tests/lint/hostile/xmem_port.h is that host. Each source of each architecture,
# by both compilers, as C99 with extensions, without standard headers and with
# declarations before statements; a source of the host that uses the public
# headers; and objects and maps alone, which need no <arch/layout.h> or little of
# it. (What is in the objects is looked at in tests/check.sh, where they are
# built.)
. tests/lint/files.sh
unset MAKEFLAGS MFLAGS MAKELEVEL
flags="-std=gnu99 -nostdinc -ffreestanding -Wall -Wextra -Wundef -Wshadow
	-Wconversion -Wsign-conversion -Wcast-qual -Wstrict-prototypes
	-Wredundant-decls -Wdeclaration-after-statement -Werror -fsyntax-only
	-fpic -fvisibility=hidden -Itests/lint/hostile -Iinclude -Isrc"

# compile arch compiler [pattern]: with what the Makefile knows of them, the
# sources that match it.
compile() {
	local arch=$1 made own inc
	made=$(make -s ARCH="$arch" ${2:+CC="$2"} mutate-build)
	own=$(echo "$made" | sed -n 's/^CC //p')
	inc=$(echo "$made" | sed -n 's/^INC //p')
	# shellcheck disable=SC2046
	set -- $(echo "$made" | sed -n 's/^LIB_SRCS //p' | tr ' ' '\n' |
		grep -E "${3:-.}") tests/lint/hostile/host.c
	# shellcheck disable=SC2086
	$own $flags $inc "$@" 2>&1 | grep -iE 'error' | sed "s/^/$arch: /"
	[ "${PIPESTATUS[0]}" = 0 ] || echo "$arch, $own: not compiled"
}

# As many at a time as there are CPUs.
later() {
	while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do
		wait -n
	done
	compile "$@" >>"$bad" &
}

# By clang all sources once: of the others those that are about the architecture,
# which read its headers.
arches=$(make -s help | sed -n 's/^ARCH=//p' | tr '|' ' ')
for arch in $arches; do
	later "$arch" ''
	case $arch in
	x86_64) later "$arch" clang ;;
	*) later "$arch" clang '^(arch|docs)/|^src/(map|pt|directmap)/' ;;
	esac
done
wait

# Objects: nothing of the architecture but <arch/page.h>. Maps: little more.
page=build/lint/page
mkdir -p $page/arch
for arch in $arches; do
	inc=$(make -s ARCH="$arch" mutate-build | sed -n 's/^INC //p')
	cp "$(for dir in ${inc//-I/ }; do
		ls "$dir/arch/page.h" 2>/dev/null
	done | head -n 1)" $page/arch/page.h
	# shellcheck disable=SC2086
	{
		gcc $flags -I$page src/malloc/*.c src/pool/*.c src/tlsf/*.c \
			src/xenheap/pages_exact.c
		gcc $flags -Itests/lint/hostile/maps -I$page src/vmap/*.c \
			src/va/*.c src/lib/*.c
	} 2>&1 | grep error | sed "s/^/$arch, a layer alone: /"
done >>"$bad"

# Does the port find anything at all?
for word in 'int noinline;' 'int x = likely(1);' 'int current;' \
	'__attribute__((packed)) int x;' \
	'int f(void); int f(void) { (void)0; int i = 0; return i; }'; do
	printf '#include <xmem/xmem.h>\n%s\n' "$word" >$page/word.c
	gcc $flags -Iarch/x86/include -Iarch/common/include \
		$page/word.c 2>/dev/null && echo "taken: $word"
done >>"$bad"
finish "every layer compiles where words are macros, gnu99, -nostdinc"
