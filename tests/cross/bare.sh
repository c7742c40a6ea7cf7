#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# bare.sh - the library calls no helper of the compiler on a CPU with little
#
# usage: bare.sh
#
# RISC-V without extensions counts no zeros and exchanges no byte: gcc makes
# calls of __builtin_clz() and of such atomics. Compiled for it, of 64 bits
# and of 32, are the library, with the default port, and what test hypervisors
# share. Inlines are kept where nobody calls them: they are meant for the
# code of embedders. Objects only, so that a compiler is all it takes.
set -u
cd "$(dirname "$0")/../.." || exit 2
tool=riscv64-linux-gnu-
free="-ffreestanding -nostdlib -fno-pic -fno-stack-protector -fno-jump-tables \
	-fno-asynchronous-unwind-tables -fno-unwind-tables"
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
. tests/tell.sh

# library name flags allowed [make options]: build/bare-<name>, all inlines
# kept.
library() {
	local name=$1 flags=$2 allowed=$3
	shift 3
	make -s VARIANT="bare-$name" CROSS_COMPILE=$tool "$@" \
		VAR_FLAGS="$flags $free -fkeep-inline-functions" lib \
		>"$log" 2>&1 &&
		tests/cross/symbols.sh "build/bare-$name/libxmem.a" $tool \
			"$allowed" >"$log" 2>&1
	tell $? "$name: the library calls no helper of the compiler" "$log"
}

# shared name flags: what every test hypervisor links.
shared() {
	local name=$1 flags=$2 f
	mkdir -p "build/bare-$name/common"
	: >"$log"
	for f in tests/boot/common/*.c tests/contract/[!h]*.c; do
		# shellcheck disable=SC2086
		${tool}gcc -std=gnu11 -O2 $flags $free -Iinclude -Isrc \
			-Idocs/examples/arch/include -Iarch/common/include \
			-Itests/contract -Itests/boot/common -c "$f" -o \
			"build/bare-$name/common/$(basename "$f" .c).o" \
			>>"$log" 2>&1
	done
	${tool}nm -u build/bare-"$name"/common/*.o | grep -E ' U __' >>"$log"
	[ ! -s "$log" ]
	tell $? "$name: nor does what test hypervisors share" "$log"
}

rv64='-march=rv64imac -mabi=lp64 -mcmodel=medany'
rv32='-march=rv32imac -mabi=ilp32'
library riscv64 "$rv64" '' ARCH=skel
shared riscv64 "$rv64"
# The headers of the host machine, as those of skel are for 64 bits. Its page
# table entries have 64 bits, which this CPU cannot write at once. With -Os gcc
# calls a helper for every shift of 64 bits.
library riscv32 "$rv32 -DXMEM_COLD=" '__atomic_(load|store)_8' ARCH=host \
	OPT=-O1 EXTRA_CFLAGS=-DXMEM_HOST_PLAIN
exit $failed
