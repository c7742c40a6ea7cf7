# SPDX-License-Identifier: BSD-2-Clause
# x86_64.object.sh - what object code of x86-64 must not contain
# shellcheck shell=bash disable=SC2034
#
# Sourced by tests/lint/object.sh, which says what is asked.
machine='*X86-64'

vectors() {
	grep -E '%([xyz]mm|mm[0-7]|st\b)'
}

red_zone() {
	grep -E '[^0-9a-fx]-0x[0-9a-f]+\(%rsp[,)]' | grep -vE '\blea\b'
}

jump_tables() {
	grep -E 'jmp +\*' | grep -E '\(,%r|%r.*,8\)'
	awk '/^Relocation section/ { on = index($3, ".rodata") }
		on && /R_X86_64_PC32/ && /\.text/' "$1"
}
