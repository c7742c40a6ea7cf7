#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# archive.sh - what a program that uses one layer pulls out of libxmem.a
#
# Builds the whole library as an archive for each embedder of this folder
# and links main.c, the files beside it and those that it names by "with:", with
# nothing else. The members in the link map must be those of the layer: no page
# heap for objects, no pools for maps. A host that defines a layer itself must
# not meet duplicate symbols.
set -u
cd "$(dirname "$0")/../.." || exit 2
CC=${CC:-gcc}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
. tests/tell.sh
. tests/embed/common/sources.sh
sources=$(make -s LAYERS=objects,maps,xvmalloc,pages,boot,checks layers)

# build name [but]: an archive with the embedder's headers. Without an
# <arch/layout.h> it is of objects alone; else of all layers but the page tables
# and the direct map, which want <arch/pte.h>. Left out is what the pattern says.
build() {
	local name=$1 but=${2:-} src layers=$sources
	mkdir -p "$out/$name"
	[ -n "$but" ] || [ -f tests/embed/"$name"/arch/layout.h ] ||
		layers=$(make -s LAYERS=objects layers)
	for src in $layers; do
		[[ -z $but || ! $src =~ $but ]] || continue
		echo "$CC -std=gnu11 -O1 -Itests/embed/$name \
			-Itests/embed/common -Iinclude -Isrc -Iarch/common/include \
			-c $src -o $out/$name/$(basename "$src" .c).o"
	done | xargs -P "$(nproc)" -I{} sh -c '{}' &&
		ar rcsD "$out/$name/libxmem.a" "$out/$name"/*.o
}

# link name flag...: the program, and the members it pulled, one a line.
link() {
	# shellcheck disable=SC2046
	$CC "${@:2}" -std=gnu11 -O1 -Itests/embed/"$1" -Itests/embed/common -Iinclude \
		-Isrc -Wl,-Map,"$out/$1/map" -o "$out/$1/prog" \
		$(sources_of "$1") "$out/$1/libxmem.a" &&
		sed -n 's/^[^ ].*libxmem\.a(\(.*\)\.o)$/\1/p' "$out/$1/map" |
		sort -u >"$out/$1/members"
}

# try name members text flag...: links, runs, and no member but these is in it.
try() {
	local name=$1 allowed=$2 text=$3 extra
	link "$name" "${@:4}" && "$out/$name/prog" >"$out/$name/log"
	tell $? "$text: linked with the archive alone, and runs"
	extra=$(grep -vxE "$allowed" "$out/$name/members" | tr '\n' ' ')
	[ -s "$out/$name/members" ] && [ -z "$extra" ]
	tell $? "$text: nothing else is pulled in${extra:+ but $extra}"
}

# both_sides name file: it reads the host's headers and <xmem/hooks.h>, in
# either order, by any compiler and language.
both_sides() {
	local cc std first
	: >"$out/log"
	for cc in gcc clang; do
		command -v $cc >/dev/null || continue
		for std in gnu99 gnu11; do
			for first in '' '-include xmem/hooks.h'; do
				# shellcheck disable=SC2086
				$cc -std=$std -Wall -Wextra -Werror -Wundef \
					-Wredundant-decls -Wstrict-prototypes \
					-Itests/embed/"$1" -Iinclude $first \
					-fsyntax-only tests/embed/"$1"/"$2" \
					>>"$out/log" 2>&1
			done
		done
	done
	[ ! -s "$out/log" ]
	tell $? "$1: $2 sees both sides" "$out/log"
}

# glue name limit file pattern file...: how many lines are there for xmem alone:
# all of the last files but comments, and those of the first with the pattern.
glue() {
	local name=$1 limit=$2 file=$3 pattern=$4 lines
	shift 4
	lines=$(cd tests/embed/"$name" && {
		cat "$@" && grep -E "$pattern" "$file"
	} | grep -vcE '^[[:space:]]*(/?\*.*)?$')
	[ "$lines" -lt "$limit" ]
	tell $? "$name: $lines lines of glue, of at most $limit"
}

# renamed: a port may give any function of the API another name, all at once.
renamed() {
	local name
	mkdir -p "$out/renamed"
	grep -v '^xmem_' tests/lint/api.sym | while read -r name; do
		echo "#define $name their_$name"
	done >"$out/renamed/xmem_port.h"
	printf '%s\n' src/*/*.c arch/x86/*.c | while read -r src; do
		echo "$CC -std=gnu11 -O0 -I$out/renamed -Iarch/x86/include \
			-Iarch/common/include -Iinclude -Isrc -c $src \
			-o $out/renamed/$(basename "$src" .c).o"
	done | xargs -P "$(nproc)" -I{} sh -c '{}' || return 1
	nm -g --defined-only "$out"/renamed/*.o | awk 'NF == 3 { print $3 }' |
		grep -vE '^(xmem|their)_' >"$out/log"
	[ ! -s "$out/log" ]
}

# What this one has no descriptors, no frame table and no <arch/layout.h> for.
build own_accounting 'src/(boot|page|vmap|debug)/|xenheap.c|xvmalloc.c|phase.c|heap/(cache.*|cpu|bulk|take_words|range|run|is_free|describe|late|limits|meta|stats).c'
tell $? "own_accounting: the library compiles without <arch/layout.h>"
# Of all layers that need a descriptor none, nor the boot allocator.
build full_host 'src/(boot|page)/|xenheap.c|heap/(cache.*|cpu|bulk|take_words|range|run|meta).c'
tell $? "full_host: the library compiles without descriptors"
for name in objects_alone maps_alone pages_alone foreign_page maps_by_calls \
	maps_own_tables pages_inline; do
	build $name
	tell $? "$name: the library compiles with this embedder's headers"
done
objects='xmalloc|xmalloc_pool|pages_exact|pool|tlsf|tlsf_(list|region|take)'
try objects_alone "$objects|(xmalloc|pool|tlsf)_check" objects
try objects_alone "$objects" 'objects, no checker called' -DWITHOUT_CHECKS
maps='phase|vmap|vmalloc|vm_init|area|lookup|window|va|bitmap_tree'
try objects_alone "${objects/pages_exact|/}|(xmalloc|pool|tlsf)_check" \
	'objects on exact pages of the host' -DOWN_EXACT
try maps_alone "$maps|(window|va|bitmap_tree)_check" maps
pages='phase|heap(_.*)?|arena(_.*)?|bulk|cache(_.*)?|cpu|mark|meta|runs|span|stats|late'
pages="$pages|domheap(_block)?|init|owner|state|xenheap|scrub|words|cached|claim|nobody|refuse|union"
pages="$pages|describe|tell|buddy(_ask|_count|_fill|_find|_init|_place|_tree"
pages="$pages|_word|_check)?"
try pages_alone "$pages|bitmap_tree" pages -DWITHOUT_BULK
lists='take_words|frames_(alloc|free|batch|careful)|give_words|buddy_(many|run|word)'
try pages_alone "$pages|$lists|bitmap_tree" 'pages and lists of frames'
try foreign_page "$pages|$lists|boot|handover|bitmap_tree" 'foreign descriptor'
try pages_inline "$pages|$objects|bitmap_tree" inlines
for name in maps_by_calls maps_own_tables; do
	try $name "$pages|$objects|$maps|boot|handover|xvmalloc|check|.*_check" \
		$name
	glue $name 60 glue.c '^$' glue.c
done
# no_boot.o, for hosts without a boot allocator, gives way though it comes first.
link foreign_page "$out/foreign_page/no_boot.o" &&
	"$out/foreign_page/prog" >"$out/log" &&
	[ "$(nm "$out/foreign_page/prog" | grep -cE \
		' T xmem_boot_(active|take|give|ram)$')" = 4 ]
tell $? "src/boot goes before no_boot.o, in any order" "$out/log"
blocks='block|heap|heap_check|arena(_.*)?|span|inspect|state'
blocks="$blocks|buddy(_.*)?|bitmap_tree(_.*)?"
try own_accounting "$blocks|xmalloc(_.*)?|pages_exact|pool(_.*)?|tlsf(_.*)?" 'own accounting'
try full_host "$blocks|${objects}|$maps|ioremap|.*_check|no_boot|xvmalloc" 'a full host'
both_sides own_accounting glue.c
both_sides own_accounting page_alloc.c
glue own_accounting 150 page_alloc.c 'xmem|XMEM' glue.c xmem_port.h \
	renamed.h arch/page.h
both_sides full_host glue.c
glue full_host 150 ../own_accounting/page_alloc.c 'xmem|XMEM' glue.c \
	xmem_port.h renamed.h arch/page.h arch/layout.h
renamed
tell $? "any function of the API can be renamed by the port" "$out/log"
echo "1..$n"
exit $failed
