# SPDX-License-Identifier: BSD-2-Clause
# arm64.object.sh - what object code of arm64 must not contain
# shellcheck shell=bash disable=SC2034
#
# Sourced by tests/lint/object.sh, which says what is asked.
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
