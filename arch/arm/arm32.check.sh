# SPDX-License-Identifier: BSD-2-Clause
# arm32.check.sh - what `make check` looks for in arm32, builds and boots
# shellcheck shell=bash disable=SC2034
#
# tests/lint/object.sh says what is asked of the first part, tests/check.sh of
# the second.
machine=ARM
tools=arm-linux-gnueabihf-

vectors() {
	grep -E '^v[a-z]+[.	]|[	 ,{]([qds]([12]?[0-9]|3[01]))\b'
}

red_zone() {
	grep -E '\[sp, #-[0-9]+\]$'
}

jump_tables() {
	grep -E 'ldr(ls|cc)?	pc, \[pc, |add(ls|cc)	pc, pc|	tb[bh]	'
}

by_address() {
	grep -E '	(blx|bx)[a-z]*	(r[0-9]+|sl|fp|ip)\b|	(mov|ldr)[a-z]*	pc, ' |
		grep -vE '	mov[a-z]*	pc, lr|	ldr[a-z]*	pc, \[sp\], #4'
}

boots() {
	boot ''
}
