#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# installed.sh - a program made with what `make install` has put down sees the
# options of the library, by the flags of pkg-config alone, and is refused if
# it says otherwise
#
# usage: installed.sh
#
# Libraries with many kinds of options are installed below build/installed,
# and programs are compiled against them; those of the host machine run.
set -u
cd "$(dirname "$0")/../.." || exit 2
out=$PWD/build/installed
rm -rf "$out"
mkdir -p "$out/port" "$out/other"
. tests/tell.sh

# What is looked at is not the code of these libraries.
quick=OPT=-O0

# install_to root [make options]
install_to() {
	local root=$out/$1
	shift
	make -s "$@" install PREFIX=/usr DESTDIR="$root" >"$out/log" 2>&1
	tell $? "make $* install" "$out/log"
}

# use root module: what programs are compiled with from here on.
use() {
	root=$out/$1
	flags=$(PKG_CONFIG_SYSROOT_DIR=$root \
		PKG_CONFIG_LIBDIR=$root/usr/lib/pkgconfig \
		PKG_CONFIG_SYSTEM_INCLUDE_PATH=/none \
		pkg-config --cflags "$2")
	libs=$(PKG_CONFIG_SYSROOT_DIR=$root \
		PKG_CONFIG_LIBDIR=$root/usr/lib/pkgconfig \
		pkg-config --libs "$2")
	where=$1
}

# compile [flags]: a program that asserts what $holds says.
cc=gcc
compile() {
	printf '#include <%s>\n' xmem/xmem.h arch/layout.h >"$out/t.c"
	echo "_Static_assert($holds, \"\");" >>"$out/t.c"
	# shellcheck disable=SC2086
	$cc -std=gnu11 -Wall -Wextra -Wundef -Wpedantic -Werror -ffreestanding \
		"$@" $flags -c -o "$out/t.o" "$out/t.c" >"$out/log" 2>&1
}

sees() { # sees condition [flags]
	holds=$1
	shift
	compile "$@"
	tell $? "$where${*:+, $*}: $holds" "$out/log"
}

# Whichever header is the first one, nothing differs. (Those that only other
# headers include have more to say.)
any_header_first() {
	local dir file
	: >"$out/all.log"
	for dir in "$root/usr/include" "$root/usr/lib/xmem/$1/include"; do
		for file in "$dir"/xmem/*.h "$dir"/arch/*.h; do
			[ -f "$file" ] || continue
			printf '#include <%s>\n' "${file#"$dir/"}" \
				xmem/xmem.h >"$out/h.c"
			# shellcheck disable=SC2086
			$cc -std=gnu11 -Wall -Wextra -Werror -ffreestanding \
				$flags -fsyntax-only "$out/h.c" \
				>>"$out/all.log" 2>&1
		done
	done
	grep 'the library was built' "$out/all.log" >"$out/log"
	[ ! -s "$out/log" ]
	tell $? "$where: any header of $1 can be the first" "$out/log"
}

refuses() { # refuses name flags: in a message that names the option
	local name=$1
	shift
	holds=1
	if compile "$@"; then
		echo "compiled" >"$out/log"
		tell 1 "$where, $*: refused" "$out/log"
		return
	fi
	grep -qE "(#error|static assertion failed|static_assert failed).*\"$name: the library was built" \
		"$out/log"
	tell $? "$where, $*: refused because of $name" "$out/log"
}

runs() { # runs: the program of the README, on the host machine
	# shellcheck disable=SC2086
	gcc -o "$out/run" tests/embed/readme/main.c $flags $libs >"$out/log" 2>&1 &&
		timeout 60 "$out/run" >"$out/log" 2>&1
	tell $? "$where: a program of the host machine runs" "$out/log"
}

# The host machine and what goes with it, no option chosen.
install_to plain
use plain xmem-host
sees 'PAGE_SHIFT == 12 && NR_CPUS == 64 && MAX_NUMNODES == 4'
runs
any_header_first host
refuses NR_CPUS -DNR_CPUS=8
refuses XMEM_HOST_PLAIN -DXMEM_HOST_PLAIN
use plain xmem-x86_64
sees 'PAGE_SHIFT == 12 && MAX_NUMNODES == 1 && XMEM_LAYOUT == 0'
any_header_first x86_64
sees 'NR_CPUS == 64' -DNR_CPUS=0x40
sees 'MAX_ORDER == 18' -DMAX_ORDER='(9+9)'
refuses MAX_ORDER -DMAX_ORDER=9
refuses MAX_NUMNODES -DMAX_NUMNODES=4
refuses XMEM_LAYOUT -DXMEM_LAYOUT=XMEM_LAYOUT_SEPARATE
refuses XMEM_DEBUG -DXMEM_DEBUG=3
refuses XMEM_CONFIG_WEAK_MAPS -DXMEM_CONFIG_WEAK_MAPS=1
refuses XMEM_PORT_LOCK -DXMEM_PORT_LOCK
refuses XMEM_PORT_BOOT_MAPPED -DXMEM_PORT_BOOT_MAPPED=0x20000000UL
refuses VMAP_VIRT_START -DVMAP_VIRT_START=0xffffd20000000000UL
refuses ZERO_BLOCK_PTR '-DZERO_BLOCK_PTR=((void *)16)'
cat >"$out/other/xmem_port.h" <<'END'
#define XMEM_PORT_DMA_MFNS 0
#define NR_CPUS 8
END
refuses NR_CPUS "-I$out/other"
refuses XMEM_PORT_DMA_MFNS "-I$out/other"
if command -v clang >/dev/null; then
	cc=clang
	sees 'PAGE_SHIFT == 12'
	refuses MAX_ORDER -DMAX_ORDER=9
	refuses ZERO_BLOCK_PTR '-DZERO_BLOCK_PTR=((void *)16)'
	cc=gcc
fi

# The options of a variant.
install_to dbg3 VARIANT=dbg3
use dbg3 xmem-host
sees 'XMEM_DEBUG == 3'
runs
refuses XMEM_DEBUG -DXMEM_DEBUG=0

# EXTRA_CFLAGS, as docs/porting.md says it, functions too; a page size.
install_to upper ARCH=arm64 $quick VARIANT=arm64-installed PAGE_SHIFT=16 \
	EXTRA_CFLAGS="-DARCH_VA_UPPER=1 -DXMEM_LAYOUT=XMEM_LAYOUT_PARTIAL '-Dxmem_port_cpu()=(0U + (unsigned int)sizeof(\"x\") * 0U)'"
use upper xmem-arm64
cc=aarch64-linux-gnu-gcc
sees 'ARCH_VA_UPPER && XMEM_LAYOUT == XMEM_LAYOUT_PARTIAL'
sees 'PAGE_SHIFT == 16 && PAGE_SIZE == 65536' -DPAGE_SHIFT=16
any_header_first arm64
sees 'DIRECTMAP_VIRT_START == 0xffff800000000000UL'
sees 'ARCH_VA_UPPER' -DARCH_VA_UPPER=1 -DXMEM_LAYOUT=XMEM_LAYOUT_PARTIAL
sees 'ARCH_VA_UPPER' '-Dxmem_port_cpu()=(0U + (unsigned int)sizeof("x") * 0U)'
refuses PAGE_SHIFT -DPAGE_SHIFT=12
refuses ARCH_VA_UPPER -DARCH_VA_UPPER=0
refuses XMEM_LAYOUT -DXMEM_LAYOUT=XMEM_LAYOUT_FULL
refuses xmem_port_cpu '-Dxmem_port_cpu()=(1U + (unsigned int)sizeof("x") * 0U)'
cc=gcc

# A file and a port; types of its own and no header of the compiler.
cat >"$out/config.h" <<'END'
#ifndef CONFIG_H
#define CONFIG_H
#define MY_CPUS 7
#define NR_CPUS MY_CPUS
#define XMEM_CONFIG_XVMALLOC_SMALL (2 * PAGE_SIZE)
#endif
END
sed 's/^#endif .*_H \*\/$//' tests/lint/nostdinc/xmem_port.h \
	>"$out/port/xmem_port.h"
printf '%s\n' '#define XMEM_LAYOUT XMEM_LAYOUT_PARTIAL' '#endif' \
	>>"$out/port/xmem_port.h"
install_to file ARCH=x86_64 $quick VARIANT=x86_64-installed CONFIG="$out/config.h" \
	PORT="$out/port" EXTRA_CFLAGS=-nostdinc
use file xmem-x86_64
sees 'NR_CPUS == 7 && XMEM_CONFIG_XVMALLOC_SMALL == 8192' -nostdinc
sees 'XMEM_LAYOUT == XMEM_LAYOUT_PARTIAL' -nostdinc
sees 'NR_CPUS == 7' -nostdinc -include "$out/config.h"
refuses NR_CPUS -nostdinc -DNR_CPUS=8
refuses XMEM_CONFIG_XVMALLOC_SMALL -nostdinc -DXMEM_CONFIG_XVMALLOC_SMALL=4096
refuses XMEM_PORT_TYPES "-I$out/other"
# The same by the file that is not installed.
where='build/x86_64-installed' flags=$(PKG_CONFIG_PATH=$where \
	pkg-config --cflags xmem)
sees 'NR_CPUS == 7 && XMEM_LAYOUT == XMEM_LAYOUT_PARTIAL' -nostdinc
refuses NR_CPUS -nostdinc -DNR_CPUS=8

# Installed again without: nothing is left of the old ones.
install_to file ARCH=x86_64
use file xmem-x86_64
sees 'NR_CPUS == 64 && XMEM_LAYOUT == XMEM_LAYOUT_FULL'
sees 'XMEM_CONFIG_XVMALLOC_SMALL == PAGE_SIZE'

# A port by a relative path, of two headers: whoever uses the library, from
# wherever, compiles with both; installed or not.
mkdir -p "$out/pair"
echo '#include "my_sizes.h"' >"$out/pair/xmem_port.h"
printf '#pragma once\n#define NR_CPUS 12\n' >"$out/pair/my_sizes.h"
pair='NR_CPUS == 12 && MAX_ORDER == 18'
install_to pair ARCH=x86_64 $quick VARIANT=x86_64-installed PORT=build/installed/pair
use pair xmem-x86_64
cd / || exit 2
sees "$pair"
refuses NR_CPUS "-I$out/other"
cd "$OLDPWD" || exit 2
where='build/x86_64-installed' flags=$(PKG_CONFIG_PATH=$where \
	pkg-config --cflags xmem)
cd / || exit 2
sees "$pair"
refuses NR_CPUS "-I$out/other"
cd "$OLDPWD" || exit 2

# The same for the host machine, with the rest of its own port.
cp tests/host/include/xmem_port.h "$out/pair/host_port.h"
echo '#include "host_port.h"' >>"$out/pair/xmem_port.h"
install_to pair $quick VARIANT=host-installed PORT=build/installed/pair
pair="$pair && MAX_NUMNODES == 4"
use pair xmem-host
sees "$pair"
where='build/host-installed' flags=$(PKG_CONFIG_PATH=$where \
	pkg-config --cflags xmem-host)
sees "$pair"

# A port that is not there is not one of defaults.
make -s ARCH=x86_64 VARIANT=x86_64-installed PORT="$out/file" lib \
	>"$out/log" 2>&1
[ $? != 0 ] && grep -q "PORT=$out/file: no xmem_port.h there" "$out/log"
tell $? 'PORT= of a directory without xmem_port.h is refused' "$out/log"

# What cannot be told to programs is not built.
echo 'typedef int my_type;' >>"$out/config.h"
make -s ARCH=x86_64 VARIANT=x86_64-installed CONFIG="$out/config.h" lib \
	>"$out/log" 2>&1
[ $? != 0 ] && grep -q 'more than #defines' "$out/log"
tell $? "CONFIG= of a file that declares something is refused" "$out/log"
exit $failed
