#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# pairs.sh - a program and a library that were compiled in different ways do
# not link, and the linker says what differs; those that agree do
#
# usage: pairs.sh
#
# The library is an archive of three members: what any of them pulls in says as
# much as all of it, of that what it has read. The headers are those of the sources, so <xmem/options.h>
# is empty: nothing but XMEM_AGREE() of <xmem/agree.h> finds these pairs.
set -u
cd "$(dirname "$0")/../.." || exit 2
out=build/pairs
rm -rf $out
mkdir -p $out
. tests/tell.sh

# Ports, one header each: what a host may have its own way.
port() { # port name: its header comes from standard input
	mkdir -p "$out/$1"
	cat >"$out/$1/xmem_port.h"
}
port default </dev/null
port lock <<'END'
#define XMEM_PORT_LOCK
typedef struct {
	unsigned int ticket;
} xmem_lock_t;
#define XMEM_LOCK_INIT { 0 }
static inline void xmem_port_lock(xmem_lock_t *lock)
{
	lock->ticket++;
}
static inline void xmem_port_unlock(xmem_lock_t *lock)
{
	lock->ticket--;
}
END
sed 's/int ticket/long ticket, serving/; s/{ 0 }/{ 0, 0 }/' $out/lock/xmem_port.h |
	port big_lock
port frame <<'END'
#define XMEM_PORT_MFN
typedef unsigned long mfn_t;
#define _mfn(n)	      ((mfn_t)(n))
#define mfn_x(n)      ((unsigned long)(n))
#define mfn_add(n, i) ((n) + (i))
#define mfn_eq(n, m)  ((n) == (m))
#define INVALID_MFN   _mfn(~0UL)
END
port address <<'END'
#define XMEM_PORT_PADDR
typedef unsigned int paddr_t;
END
port domain <<'END'
#define XMEM_PORT_DOMAIN
struct domain;
struct xmem_owner *xmem_domain_owner(struct domain *d);
END
port truth <<'END'
#define XMEM_PORT_TYPES
#include <stddef.h>
#include <stdint.h>
#define bool  int
#define true  1
#define false 0
END
port errors <<'END'
enum { MY_ENOENT = 1002, MY_ENOMEM, MY_EBUSY, MY_EEXIST, MY_EINVAL };
#define XMEM_ENOENT MY_ENOENT
#define XMEM_ENOMEM MY_ENOMEM
#define XMEM_EBUSY  MY_EBUSY
#define XMEM_EEXIST MY_EEXIST
#define XMEM_EINVAL MY_EINVAL
#define XMEM_ENOSPC 1028
#define XMEM_ERANGE 1034
END
port descriptor <<'END'
#define XMEM_PORT_PAGE_INFO "my_page.h"
END
sed -n '/^struct page_info {/,/^#define XMEM_PAGE_MARKS_VMALLOC/p' \
	include/xmem/page_info.h | grep -v '^/\*\*\|^ \*' |
	sed '$d' >$out/descriptor/my_page.h
port variable <<'END'
extern unsigned int my_layout;
#define XMEM_LAYOUT my_layout
END
cat $out/variable/xmem_port.h $out/lock/xmem_port.h | port lock_and_layout

mkdir -p $out/other_version/xmem
sed -E 's/(XMEM_VERSION_PATCH) .*/\1 99/' include/xmem/version.h \
	>$out/other_version/xmem/version.h

cat >$out/program.c <<'END'
#include <xmem/xmem.h>

#include <arch/layout.h>

XMEM_BEGIN_DECLS
void start(void);
XMEM_END_DECLS

void start(void)
{
	xmem_pool_destroy(xmem_pool_create("pairs", 0, 0, 0, 4096));
	free_domheap_pages(0, 0);
}
END
cp $out/program.c $out/program.cpp

# Compilers of machines, "name arch includes and flags"; with clang all of
# them are one.
machines='
x86_64 gcc -Iarch/x86/include
arm64 aarch64-linux-gnu-gcc -Iarch/arm/arm64/include -Iarch/arm/include
arm32 arm-linux-gnueabihf-gcc -march=armv7ve+fp -Iarch/arm/arm32/include -Iarch/arm/include
i386 i686-linux-gnu-gcc -Itests/host/include
s390x s390x-linux-gnu-gcc -Itests/host/include
x86_64 clang --target=x86_64-linux-gnu -Iarch/x86/include
arm64 clang --target=aarch64-linux-gnu -Iarch/arm/arm64/include -Iarch/arm/include
arm32 clang --target=arm-linux-gnueabihf -march=armv7ve+fp -Iarch/arm/arm32/include -Iarch/arm/include
i386 clang --target=i686-linux-gnu -Itests/host/include
s390x clang --target=s390x-linux-gnu -Itests/host/include'

usual="-O2 -ffreestanding -Wall -Wextra -Werror -Iinclude -Isrc -Iarch/common/include"

# library flags...: the archive, $out/libxmem.a
library() {
	local src
	rm -f $out/lib/*.o $out/libxmem.a
	mkdir -p $out/lib
	for src in src/pool/pool.c src/page/domheap.c src/frame/frames.c; do
		# shellcheck disable=SC2086
		$cc -std=gnu11 "$@" $usual $machine $how -c "$src" \
			-o "$out/lib/$(basename "$src" .c).o" || return
	done >$out/log 2>&1
	${ar} rcsD $out/libxmem.a $out/lib/*.o >>$out/log 2>&1
}

# program flags...: in C or, with $cxx, in C++
program() {
	# shellcheck disable=SC2086
	if [ -n "${cxx:-}" ]; then
		$cxx -std=c++17 -fno-exceptions -fno-rtti "$@" $usual \
			$machine $how -c $out/program.cpp -o $out/program.o
	else
		$cc -std=gnu11 "$@" $usual $machine $how -c $out/program.c \
			-o $out/program.o
	fi >$out/log 2>&1
}

# With $whole the program's objects are one before they meet the library.
together() {
	[ -z "${whole:-}" ] || {
		$cc $machine -nostdlib -r -o $out/one.o $out/program.o &&
			mv $out/one.o $out/program.o
	} >$out/log 2>&1
}

# Hooks and memory functions are not what this is about.
link() {
	# shellcheck disable=SC2086
	$cc $machine $how -nostdlib -static -Wl,-e,start \
		-Wl,--unresolved-symbols=ignore-all $ld -o $out/image \
		$out/program.o $out/libxmem.a >$out/log 2>&1
}

# right what flags...
right() {
	local what=$1
	shift
	program "$@" && together && link
	tell $? "$name: $what: links" $out/log
}

# wrong symbol flags...
wrong() {
	local symbol=xmem_must_agree_$1
	shift
	{ program "$@" && together; } || {
		tell 1 "$name: $*: compiles" $out/log
		return
	}
	if link; then
		echo "it was linked" >$out/log
		tell 1 "$name: $*: refused" $out/log
		return
	fi
	grep -q "\<$symbol\>" $out/log
	tell $? "$name: $*: refused because of $symbol" $out/log
}

# All that can differ from a library with the default port.
every_pair() {
	case $machine in
	*arch/x86* | *arm32*) ;; # they have one
	*) wrong PAGE_SHIFT -DPAGE_SHIFT=14 ;;
	esac
	wrong XMEM_VERSION -I$out/other_version
	wrong MAX_ORDER -DMAX_ORDER=17
	wrong NR_CPUS -DNR_CPUS=8
	wrong MAX_NUMNODES -DMAX_NUMNODES=2
	wrong ZERO_BLOCK_PTR '-DZERO_BLOCK_PTR=((void *)16)'
	wrong XMEM_LAYOUT -DXMEM_LAYOUT=XMEM_LAYOUT_PARTIAL
	wrong XMEM_LAYOUT -I$out/variable
	wrong XMEM_PORT_LOCK -I$out/lock
	wrong sizeof_xmem_lock_t -I$out/big_lock
	wrong sizeof_xmem_owner -I$out/big_lock
	wrong XMEM_PORT_MFN -I$out/frame
	wrong sizeof_paddr_t -I$out/address
	wrong XMEM_PORT_DOMAIN -I$out/domain
	wrong XMEM_PORT_PAGE_INFO -I$out/descriptor
	wrong XMEM_EINVAL -I$out/errors
	[ -n "${cxx:-}" ] || wrong sizeof_bool -I$out/truth
	case $machine in
	*tests/host*) ;;
	*) wrong DIRECTMAP_VIRT_START -DDIRECTMAP_VIRT_START=0x40000000UL
	   wrong FRAMETABLE_VIRT -DFRAMETABLE_VIRT=0x40000000UL ;;
	esac
}

# One that is refused because of an option, one because of the port.
two_pairs() {
	right "the same, $*"
	wrong MAX_ORDER -DMAX_ORDER=17
	wrong sizeof_paddr_t -I$out/address
}

# No byte and no name but those symbols.
leaves_nothing() {
	echo '#include <xmem/xmem.h>' >$out/empty.c
	# shellcheck disable=SC2086
	${cxx:-$cc} ${cxx:+-x c++} $usual $machine -fno-asynchronous-unwind-tables \
		-fno-unwind-tables -fno-exceptions -c $out/empty.c \
		-o $out/empty.o && {
		LC_ALL=C size -A $out/empty.o | grep -E '^\.(text|data|bss|ro|eh)' |
			awk '$2 != 0'
		nm $out/empty.o | grep -v 'A xmem_must_agree_\| \$[adtx]'
		LC_ALL=C readelf -SW $out/empty.o | grep agree
	} >$out/log 2>&1
	[ ! -s $out/log ]
	tell $? "$name: costs nothing" $out/log
}

while read -r arch cc machine; do
	[ -n "$arch" ] || continue
	# The headers of the host machine, but not its port.
	machine="-I$out/default $machine"
	name="$arch $cc" how='' ar=ar
	case $cc in
	*-gcc) lds=; ar=${cc%gcc}ar ;;
	gcc) lds='bfd lld' ;;
	clang) lds=lld
		# What lld does not know.
		[ "$arch" != s390x ] || lds=/usr/bin/s390x-linux-gnu-ld ;;
	esac
	library
	tell $? "$name: the library" $out/log
	leaves_nothing
	for use in $lds ''; do
		[ -n "$use" ] || [ -z "$lds" ] || continue
		ld=${use:+-fuse-ld=$use}
		name="$arch $cc${use:+ $use}"
		right 'the same'
		right 'the same number in other words' '-DMAX_ORDER=(9 + 9)'
		every_pair
	done
done <<END
$machines
END

# Ways to compile and to link, on this machine. (A gcc's -flto is for bfd.)
ways() { # ways compiler ar linker
	cc=$1 ar=$2 lds=$3
	machine="-I$out/default -Iarch/x86/include" ld=-fuse-ld=$lds name="$cc $lds"
	for how in -O0 -flto '-fpic -fvisibility=hidden'; do
		library
		two_pairs "$how"
	done
	how='-ffunction-sections -fdata-sections'
	library
	ld="$ld -Wl,--gc-sections"
	two_pairs "--gc-sections"
	how=-O1
	library
	how=-flto
	two_pairs "and -flto for the program alone"
	how='' whole=yes
	two_pairs 'the program linked with -r'
	whole=
	library -I$out/lock_and_layout
	right 'the same port' -I$out/lock_and_layout
	wrong XMEM_LAYOUT -I$out/lock
	wrong XMEM_PORT_LOCK
	wrong XMEM_PORT_LOCK -I$out/variable
}
ways gcc gcc-ar bfd
ways clang "$(command -v llvm-ar-14 llvm-ar | head -n 1)" lld
ways clang ar bfd

# Programs in C++.
for cxx in g++ clang++; do
	cc=gcc ar=ar ld='' how='' name=$cxx
	machine="-I$out/default -Iarch/x86/include"
	library
	leaves_nothing
	right 'a program in C++'
	every_pair
done
exit $failed
