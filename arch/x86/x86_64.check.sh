# SPDX-License-Identifier: BSD-2-Clause
# x86_64.check.sh - what `make check` looks for in x86-64, builds and boots
# shellcheck shell=bash disable=SC2034
#
# tests/lint/object.sh says what is asked of the first part, tests/check.sh of
# the second.
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

by_address() {
	grep -E '	(notrack )?(call|jmp)q? +(\*|.*<?__x86_indirect_thunk_)'
}

guards() {
	case $1 in
	gcc) echo -fcf-protection=branch -mmanual-endbr \
		-mindirect-branch=thunk-extern -mindirect-branch-register ;;
	clang) echo -fcf-protection=branch -mretpoline-external-thunk ;;
	esac
}

also='-fno-builtin -DXMEM_DEBUG=2'
libraries() {
	local cc branch=-mindirect-branch=thunk-extern
	for cc in gcc clang; do
		library "$cc -mcmodel=kernel, retpoline, IBT, weak API, XMEM_DEBUG=1" \
			"-fno-pic -mcmodel=kernel $branch \
			-fcf-protection=branch -DXMEM_DEBUG=1 $weak_api" CC=$cc
		branch=-mretpoline-external-thunk
	done
	usual_flags clang
}

after_libraries() {
	later "$arch gcc, stack usage and size" stack_usage
}

boots() {
	boot ''
	boot partial LAYOUT=partial \
		MACHINES='1:64 2:1024:la57off 2:1024:sparse'
}
