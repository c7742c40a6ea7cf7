# SPDX-License-Identifier: BSD-2-Clause
# arm64.check.sh - what `make check` looks for in arm64, builds and boots
# shellcheck shell=bash disable=SC2034
#
# tests/lint/object.sh says what is asked of the first part, tests/check.sh of
# the second.
machine=AArch64
tools=aarch64-linux-gnu-

vectors() {
	grep -E '[	 ,{[]([vqdshb]([12]?[0-9]|3[01]))\b'
}

red_zone() {
	grep -E '\[sp, #-[0-9]+\]$'
}

jump_tables() {
	awk '/	br	/ && before ~ /sxt[bhw] #2/; { before = $0 }'
}

by_address() {
	grep -E '	(br|blr)(a[ab]z?)?	'
}

guards() {
	echo -mbranch-protection=bti
}

# Sizes of pages, and the upper half, by both compilers: they are constants, so
# what they do to code is seen in any build.
also=-DPAGE_SHIFT=14
libraries() {
	library 'gcc PAGE_SHIFT=16, upper half, branch protection' \
		'-DARCH_VA_UPPER=1 -mbranch-protection=standard' PAGE_SHIFT=16
	library 'clang PAGE_SHIFT=14, upper half, branch protection' \
		'-DARCH_VA_UPPER=1 -mbranch-protection=standard' PAGE_SHIFT=14 \
		CC=clang
	library 'clang PAGE_SHIFT=16' '' PAGE_SHIFT=16 CC=clang
}

# All machines with pages of 4 KiB. Of those with larger ones, each regime
# once, and many CPUs, much RAM and sparse RAM once: what differs is the shape of
# tables.
boots() {
	local few='1:64:el2 1:64:el1 4:1024:vhe 4:2048:upper 2:1024:vhe+sparse'
	boot PAGE_SHIFT=12 PAGE_SHIFT=12
	boot PAGE_SHIFT=14 PAGE_SHIFT=14 MACHINES="$few"
	boot PAGE_SHIFT=16 PAGE_SHIFT=16 MACHINES="$few 2:1024:el2+a57"
	boot partial LAYOUT=partial \
		MACHINES='1:64:el2 2:1024:vhe 2:1024:vhe+sparse 2:64:el1+a57'
}
