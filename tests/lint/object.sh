#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# object.sh - what a freestanding library must not contain
#
# usage: object.sh libxmem.a [-size]
#
# Undefined symbols other than four memory functions and three hooks,
# constructors, thread-local data, SSE or x87 registers, use of a red zone,
# GOT entries for our own symbols, jump tables; with -size, 64 KiB of text.
set -u
lib=$1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
n=0 failed=0
say() { # say description file-with-complaints
	n=$((n + 1))
	if [ -s "$2" ]; then
		head -n 10 "$2"
		echo "not ok $n - $1"
		failed=1
	else
		echo "ok $n - $1"
	fi
}

[ -f "$lib" ] || { echo "no $lib"; exit 1; }
ld -r -m elf_x86_64 --whole-archive "$lib" -o "$tmp/all.o" || exit 1
nm -u "$tmp/all.o" | awk '{ print $NF }' | grep -vxE \
	'memcpy|memset|memmove|memcmp|xmem_port_(panic|print|tlb_flush)|_GLOBAL_OFFSET_TABLE_|__ubsan_handle_.*|__x86_(indirect_thunk|return_thunk).*' \
	>"$tmp/undefined"
say "no undefined symbol but memory functions and hooks" "$tmp/undefined"
readelf -SW "$tmp/all.o" | grep -oE '\.(init_array|fini_array|ctors|dtors|preinit_array|tdata|tbss|eh_frame)[^ ]*' \
	>"$tmp/sections"
say "no constructor, no thread-local data, no unwind tables" "$tmp/sections"
objdump -d --no-show-raw-insn "$tmp/all.o" >"$tmp/dis"
grep -E '%([xyz]mm|mm[0-7]|st\b)' "$tmp/dis" >"$tmp/sse"
say "no SSE, MMX or x87 register" "$tmp/sse"
# Below the stack pointer is the red zone: the kernel's interrupts write there.
grep -E '[^0-9a-fx]-0x[0-9a-f]+\(%rsp[,)]' "$tmp/dis" |
	grep -vE '\blea\b' >"$tmp/red"
say "no red zone" "$tmp/red"
readelf -rW "$tmp/all.o" | grep -E 'GOTPCREL|GOT(TP|64|32)' |
	grep -vE 'xmem_port_|mem(cpy|set|move|cmp)' >"$tmp/got"
say "no GOT entry" "$tmp/got"
{
	grep -E 'jmp +\*' "$tmp/dis" | grep -E '\(,%r|%r.*,8\)'
	readelf -rW "$tmp/all.o" | awk '
		/^Relocation section/ { on = index($3, ".rodata") }
		on && /R_X86_64_PC32/ && /\.text/'
} >"$tmp/jump"
say "no jump table" "$tmp/jump"
text=$(size "$tmp/all.o" | awk 'NR == 2 { print $1 }')
bss=$(size "$tmp/all.o" | awk 'NR == 2 { print $2 + $3 }')
echo "# text $text bytes, data and bss $bss bytes"
if [ "${2:-}" = -size ]; then
	: >"$tmp/size"
	[ "$text" -lt 65536 ] || echo "text: $text bytes" >"$tmp/size"
	say "text below 64 KiB" "$tmp/size"
fi
exit $failed
