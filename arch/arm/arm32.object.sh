# SPDX-License-Identifier: BSD-2-Clause
# arm32.object.sh - what object code of arm32 must not contain
# shellcheck shell=bash disable=SC2034
#
# Sourced by tests/lint/object.sh, which says what is asked.
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
