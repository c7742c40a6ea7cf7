#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# object.sh - what a freestanding library must not contain
#
# usage: object.sh libxmem.a [-size]
#
# Undefined symbols other than four memory functions and three hooks,
# constructors, thread-local data, floating point or vector registers, use of
# a red zone, GOT entries for our own symbols, jump tables, calls by address but
# the pool's (src/pool/pool.c); with -size, 82 KiB of text, without members that
# only those link who call them ($seldom). What depends on the architecture is in
# arch/<folder>/<arch>.check.sh:
#
#	machine	    what readelf -h says of an object, a pattern
#	tools	    prefix of its ld and objdump
#	vectors     prints lines of standard input, a disassembly without
#		    addresses, targets of branches and comments, that name
#		    registers of guests
#	red_zone    prints such lines that use memory below the stack pointer
#	jump_tables the same for jumps through a table; $1: file of relocations
#	by_address  the same for all calls and jumps to an address in a register
#		    or in memory, also by way of a thunk; returns are none
set -u
lib=$(realpath "$1")
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
member=$(ar t "$lib" | head -n 1)
ar p "$lib" "$member" >"$tmp/one.o"
elf=$(LC_ALL=C readelf -h "$tmp/one.o" | sed -n 's/ *Machine: *//p')
machine=
cd "$(dirname "$0")/../.." || exit 1
for file in arch/*/*.check.sh; do
	tools=
	. "./$file"
	# shellcheck disable=SC2254
	case $elf in
	$machine) break ;;
	esac
	machine=
done
[ -n "$machine" ] || { echo "$lib: $elf, which no arch/*/*.check.sh knows"; exit 1; }
"${tools}ld" -r --whole-archive "$lib" -o "$tmp/all.o" || exit 1
nm -u "$tmp/all.o" | awk '{ print $NF }' | grep -vxE \
	'memcpy|memset|memmove|memcmp|xmem_port_(panic|print|tlb_flush)|_GLOBAL_OFFSET_TABLE_|__ubsan_handle_.*|__x86_(indirect_thunk|return_thunk).*' \
	>"$tmp/undefined"
say "no undefined symbol but memory functions and hooks" "$tmp/undefined"
readelf -SW "$tmp/all.o" | grep -oE '\.(init_array|fini_array|ctors|dtors|preinit_array|tdata|tbss|eh_frame)[^ ]*' \
	>"$tmp/sections"
say "no constructor, no thread-local data, no unwind tables" "$tmp/sections"
"${tools}objdump" -d --no-show-raw-insn "$tmp/all.o" >"$tmp/dis"
readelf -rW "$tmp/all.o" >"$tmp/rel"

# Registers that belong to guests: their contents are not saved. (Targets of
# branches look like names of registers: they are cut off.)
sed -nE -e 's/^ *[0-9a-f]+:	//; t more; d; :more' \
	-e 's/[@;].*| *\/\/.*//; s/<.*//; s/(b[a-z.]*|cbn?z|tbn?z|adrp?)	.*/\1/; p' \
	"$tmp/dis" >"$tmp/plain"
vectors <"$tmp/plain" >"$tmp/simd"
say "no floating point or vector register" "$tmp/simd"

# Below the stack pointer is the red zone: the kernel's interrupts write there.
red_zone <"$tmp/dis" >"$tmp/red"
say "no red zone" "$tmp/red"

grep -E 'GOTPCREL|GOT(TP|64|32)|LD64_GOT|ADR_GOT|ARM_GOT(_BREL|_PREL|32)' \
	"$tmp/rel" | grep -vE 'xmem_port_|mem(cpy|set|move|cmp)' >"$tmp/got"
say "no GOT entry" "$tmp/got"

jump_tables "$tmp/rel" <"$tmp/dis" >"$tmp/jump"
say "no jump table" "$tmp/jump"

# Such a call is slow where branches are guarded against speculation, and a way
# in for who can overwrite a pointer. A compiler makes clones of functions:
# get_region.isra.0. With thunks the target is in a relocation, a line below.
"${tools}objdump" -dr --no-show-raw-insn "$tmp/all.o" | awk '
	/^[0-9a-f]+ <.*>:$/ {
		name = substr($2, 2, length($2) - 3)
		sub(/\.(isra|constprop|part|cold|lto_priv).*/, "", name)
	}
	/: R_[A-Z0-9_]+	/ { line = line " " $NF; next }
	line != "" { print line; line = "" }
	/^ *[0-9a-f]+:	/ { line = name ":" $0 }
	END { print line }' >"$tmp/calls"
by_address <"$tmp/calls" >"$tmp/by_address"
grep -vE '^(get_region|xmem_pool_give_region|xmem_pool_create):' "$tmp/by_address" \
	>"$tmp/more"
# Those two are there, or this looks for the wrong thing.
for name in get_region xmem_pool_give_region; do
	grep -q "^$name:" "$tmp/by_address" || echo "$name: none found"
done >>"$tmp/more"
say "no call by address but the pool's" "$tmp/more"
text=$(size "$tmp/all.o" | awk 'NR == 2 { print $1 }')
bss=$(size "$tmp/all.o" | awk 'NR == 2 { print $2 + $3 }')
echo "# text $text bytes, data and bss $bss bytes"
# Blocks without descriptors, ranges and runs, lists of frames, and the caches of
# CPUs, which the port of these libraries has not: tests/embed/archive.sh sees to
# it that nobody else needs them.
seldom='block|buddy_run|buddy_borrow|range|run|is_free|take_range|take_run'
seldom="$seldom|(take|give)_words|frames_.*|buddy_(many|dirty)|cache|cache_words|cached"
if [ "${2:-}" = -size ]; then
	: >"$tmp/size"
	text=$(size "$1" | awk -v seldom="^($seldom)[.]o\$" \
		'NR > 1 && $6 !~ seldom { text += $1 } END { print text }')
	echo "# text without seldom called members: $text bytes"
	[ "$text" -lt 83968 ] || echo "text: $text bytes" >"$tmp/size"
	say "text below 82 KiB" "$tmp/size"
fi
exit $failed
