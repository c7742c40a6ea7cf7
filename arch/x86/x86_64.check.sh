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

libraries() {
	local cc o
	say "$arch library, default" quiet_make ARCH="$arch" lib
	say "$arch object code" tests/lint/object.sh "build/$arch/libxmem.a" \
		-size
	for cc in gcc clang; do
		library "$cc -mcmodel=kernel" '-fno-pic -mcmodel=kernel' CC=$cc
		library "$cc -fno-builtin" -fno-builtin CC=$cc
		for o in 1 2; do
			library "$cc XMEM_DEBUG=$o" -DXMEM_DEBUG=$o CC=$cc
		done
		library "$cc weak API" '-DXMEM_CONFIG_WEAK_PAGES=1 -DXMEM_CONFIG_WEAK_OBJECTS=1 -DXMEM_CONFIG_WEAK_MAPS=1' CC=$cc
	done
	usual_flags clang
	library 'gcc retpoline, IBT' \
		'-mindirect-branch=thunk-extern -fcf-protection=branch' CC=gcc
	library 'clang retpoline, IBT' \
		'-mretpoline-external-thunk -fcf-protection=branch' CC=clang
	say "$arch gcc, stack usage" stack_usage
}

boots() {
	boot ''
	boot partial LAYOUT=partial \
		MACHINES='1:64 2:1024:la57off 2:1024:sparse'
}
