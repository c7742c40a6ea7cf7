#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# lint_config.sh - an option out of its range is refused, with what to do
. tests/lint/files.sh

# builds option...: do the headers, and the file that checks the windows of
# layout.h, compile with it? Messages in $out.
arch=arch/x86
cc=${CC:-gcc}
builds() {
	out=$(printf '#include <%s>\n' arch/layout.h xmem/xmem.h \
		directmap/windows.c | $cc -std=gnu11 -xc -fsyntax-only \
		-ffreestanding -Iinclude -I$arch/include -Iarch/common/include \
		-Iarch/arm/include -Isrc -Iarch "$@" - 2>&1)
}

accepted() {
	builds "$@" || echo "$*: refused: $out"
}

refused() { # message option...
	local message=$1
	shift
	if builds "$@"; then
		echo "$*: accepted"
	elif ! echo "$out" | grep -qF "$message"; then
		echo "$*: no message \"$message\""
	fi
}

{
	accepted
	accepted -DXMEM_LAYOUT=XMEM_LAYOUT_PARTIAL -DMAX_ORDER=9
	accepted -DXMEM_LAYOUT=XMEM_LAYOUT_SEPARATE -DMAX_ORDER=20
	refused 'LAYOUT_NONE is not built yet' -DXMEM_LAYOUT=XMEM_LAYOUT_NONE
	refused 'PAGE_SHIFT is not one that' -DPAGE_SHIFT=14
	refused 'MAX_ORDER must be 9..20' -DMAX_ORDER=8
	refused 'MAX_ORDER must be 9..20' -DMAX_ORDER=21
	refused 'NR_CPUS must be 1..4096' -DNR_CPUS=0
	refused 'NR_CPUS must be 1..4096' -DNR_CPUS=4097
	refused 'MAX_NUMNODES must be 1..64' -DMAX_NUMNODES=65
	refused 'BOOT_REGIONS below 16' -DXMEM_CONFIG_BOOT_REGIONS=15
	refused 'XMEM_DEBUG must be 0..3' -DXMEM_DEBUG=4
	refused 'must be a power of two' -DSMP_CACHE_BYTES=48
	accepted -DVMAP_VIRT_START=0xffffd20000000000UL
	accepted -DDIRECTMAP_VIRT_START=0xffff880000000000UL \
		-DDIRECTMAP_SIZE=0x200000000000UL
	# With five levels a port may know only at boot.
	accepted -DDIRECTMAP_VIRT_START='*(volatile unsigned long *)8'
	windows=(DIRECTMAP_VIRT_START FRAMETABLE_VIRT CPU_WINDOWS_VIRT
		VMAP_VIRT_START VMAP_XEN_VIRT_START)
	for i in 1 2 3 4; do
		for ((k = 0; k < i; k++)); do
			refused 'static assertion failed' \
				"-D${windows[i]}=${windows[k]}" \
				-DDIRECTMAP_SIZE=0x100000000000UL \
				-DFRAMETABLE_SIZE=0x100000000000UL
		done
		refused ': no' "-D${windows[i]}=0xffffc00000000800UL"
	done
	refused 'VMAP_VIRT_SIZE: no window' -DVMAP_VIRT_SIZE=0x2000UL
	refused 'VMAP_VIRT_SIZE: no window' -DVMAP_VIRT_SIZE=0x300000001000UL
	refused 'VMAP_XEN_VIRT_END: no window' \
		-DVMAP_XEN_VIRT_END=0xffffffffbff00000UL
	refused 'FRAMETABLE_SIZE: fewer descriptors' \
		-DFRAMETABLE_SIZE=0x4000000000UL
	refused 'must begin at a multiple of its largest block' \
		-DDIRECTMAP_VIRT_START=0xffff800000200000UL \
		-DDIRECTMAP_SIZE=0x200000000000UL
	if command -v arm-linux-gnueabihf-gcc >/dev/null; then
		arch=arch/arm/arm32
		cc=arm-linux-gnueabihf-gcc
		accepted -DNR_CPUS=4095
		refused 'MAX_ORDER: a section does not fit' -DMAX_ORDER=19
		refused 'move it, or lower NR_CPUS' -DNR_CPUS=4096
	fi
} >"$bad"
finish "options out of range are refused"
