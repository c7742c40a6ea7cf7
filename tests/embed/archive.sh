#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# archive.sh - what a program that uses one layer pulls out of libxmem.a
#
# Builds the whole library as an archive for each embedder of this folder
# and links main.c, and what it names by "with:", with nothing else. The
# members in the link map must be those of the layer: no page heap for objects,
# no pools for maps. A host that defines a layer itself must not meet duplicate
# symbols.
set -u
cd "$(dirname "$0")/../.." || exit 2
CC=${CC:-gcc}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
. tests/tell.sh
sources=$(make -s LAYERS=objects,maps,xvmalloc,pages,boot,checks layers)

# build name: an archive with the embedder's headers. Without an <arch/layout.h>
# it is of objects alone; else of all layers but the page tables and the direct
# map, which want <arch/pte.h>.
build() {
	local name=$1 src layers=$sources
	mkdir -p "$out/$name"
	[ -f tests/embed/"$name"/arch/layout.h ] ||
		layers=$(make -s LAYERS=objects layers)
	for src in $layers; do
		echo "$CC -std=gnu11 -O1 -Itests/embed/$name \
			-Itests/embed/common -Iinclude -Isrc -Iarch/common/include \
			-c $src -o $out/$name/$(basename "$src" .c).o"
	done | xargs -P "$(nproc)" -I{} sh -c '{}' &&
		ar rcsD "$out/$name/libxmem.a" "$out/$name"/*.o
}

# link name [flags]: the program, and the members it pulled, one a line.
link() {
	local own
	own=$(sed -n 's/^ \* with://p' "tests/embed/$1/main.c")
	grep -q 'void xmem_port_panic(' "tests/embed/$1/main.c" ||
		own="$own tests/embed/common/console.c"
	# shellcheck disable=SC2086
	$CC ${2:-} -std=gnu11 -O1 -Itests/embed/"$1" -Itests/embed/common -Iinclude \
		-Isrc -Wl,-Map,"$out/$1/map" -o "$out/$1/prog" \
		tests/embed/"$1"/main.c $own "$out/$1/libxmem.a" &&
		sed -n 's/^[^ ].*libxmem\.a(\(.*\)\.o)$/\1/p' "$out/$1/map" |
		sort -u >"$out/$1/members"
}

# try name members text [flags]: links, runs, and no member but these is in it.
try() {
	local name=$1 allowed=$2 text=$3 extra
	link "$name" "${4:-}" && "$out/$name/prog" >"$out/$name/log"
	tell $? "$text: linked with the archive alone, and runs"
	extra=$(grep -vxE "$allowed" "$out/$name/members" | tr '\n' ' ')
	[ -s "$out/$name/members" ] && [ -z "$extra" ]
	tell $? "$text: nothing else is pulled in${extra:+ but $extra}"
}

for name in objects_alone maps_alone pages_alone foreign_page \
	maps_by_calls maps_own_tables pages_inline; do
	build $name
	tell $? "$name: the library compiles with this embedder's headers"
done
objects='xmalloc|xmalloc_pool|pages_exact|pool|tlsf|tlsf_(list|region|take)'
try objects_alone "$objects|(xmalloc|pool|tlsf)_check" objects
try objects_alone "$objects" 'objects, no checker called' -DWITHOUT_CHECKS
maps='phase|vmap|vmalloc|vm_init|area|lookup|window|va|bitmap_tree'
try maps_alone "$maps|(window|va|bitmap_tree)_check" maps
pages='phase|heap(_.*)?|arena|bulk|late|mark|meta|runs|span|stats'
pages="$pages|domheap|init|owner|state|xenheap|scrub|buddy(_.*)?"
try pages_alone "$pages|bitmap_tree" pages
try foreign_page "$pages|boot|handover|bitmap_tree" 'foreign descriptor'
try pages_inline "$pages|$objects|bitmap_tree" inlines
for name in maps_by_calls maps_own_tables; do
	try $name "$pages|$objects|$maps|boot|handover|xvmalloc|check|.*_check" \
		$name
done
echo "1..$n"
exit $failed
