#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# data.sh - data and bss of the library do not grow with nodes and CPUs
#
# usage: data.sh [arch...]
#
# Builds the library of each architecture for 64 nodes and as many CPUs as its
# windows have room for, with a layout that is no constant, so that the code of
# all layouts is there, and with caches; prints data and bss in bytes.
set -u
cd "$(dirname "$0")/../.." || exit 2
out=$PWD/build/data
mkdir -p "$out"
. tests/tell.sh
most=16384

# How many CPUs: what config.h allows; arm32 has addresses for one less.
cpus() {
	[ "$1" = arm32 ] && echo 4095 || echo 4096
}

for arch in ${*:-x86_64 arm64 arm32}; do
	options="-DMAX_NUMNODES=64 -DNR_CPUS=$(cpus "$arch")"
	make -s ARCH="$arch" VARIANT="$arch-wide" G=-g0 OPT=-O1 EXTRA_CFLAGS="$options \
		'-DXMEM_LAYOUT=(*(volatile unsigned int *)8)' \
		'-Dxmem_port_may_broadcast()=1' \
		'-Dxmem_port_broadcast_barrier()=((void)0)'" lib >"$out/$arch.log" 2>&1
	built=$?
	bytes=$(size -t "build/$arch-wide/libxmem.a" 2>>"$out/$arch.log" |
		awk '/TOTALS/ { print $2 + $3 }')
	[ $built = 0 ] && [ "${bytes:-$((most + 1))}" -le $most ]
	tell $? "$arch, $options: ${bytes:-no} bytes of data and bss" "$out/$arch.log"
done
exit $failed
