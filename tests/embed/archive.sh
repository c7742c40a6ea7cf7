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

# build name: an archive with the embedder's headers. Without an <arch/layout.h>
# it is of objects alone; else of all but the page tables and what maps RAM,
# which want <arch/pte.h>.
build() {
	local name=$1 src
	mkdir -p "$out/$name"
	set -- src/*/*.c
	[ -f tests/embed/"$name"/arch/layout.h ] ||
		set -- src/malloc/*.c src/pool/*.c src/tlsf/*.c \
			src/xenheap/pages_exact.c
	for src; do
		case $src in
		src/pt/* | src/map/* | src/directmap/* | src/frame/*) ;;
		*) echo "$CC -std=gnu11 -O1 -Itests/embed/$name \
			-Itests/embed/common -Iinclude -Isrc \
			-c $src -o $out/$name/$(basename "$src" .c).o" ;;
		esac
	done | xargs -P "$(nproc)" -I{} sh -c '{}' &&
		ar rcsD "$out/$name/libxmem.a" "$out/$name"/*.o
}

# link name: the program, and the members it pulled, one a line.
link() {
	local own
	own=$(sed -n 's/^ \* with://p' "tests/embed/$1/main.c")
	# shellcheck disable=SC2086
	$CC -std=gnu11 -O1 -Itests/embed/"$1" -Itests/embed/common -Iinclude \
		-Isrc -Wl,-Map,"$out/$1/map" -o "$out/$1/prog" \
		tests/embed/"$1"/main.c $own tests/embed/common/console.c \
		"$out/$1/libxmem.a" &&
		sed -n 's/^[^ ].*libxmem\.a(\(.*\)\.o)$/\1/p' "$out/$1/map" |
		sort -u >"$out/$1/members"
}

# try name members text: links, runs, and no member but these is in it.
try() {
	local name=$1 allowed=$2 text=$3 extra
	link "$name" && "$out/$name/prog" >"$out/$name/log"
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
try objects_alone 'xmalloc|pages_exact|pool(_.*)?|tlsf(_.*)?' objects
try maps_alone 'phase|pages_exact|vm.*|va(_.*)?|window(_.*)?|bitmap_tree(_.*)?' maps
pages='phase|heap(_.*)?|arena|bulk|limits|mark|meta|runs|span|stats'
pages="$pages|block|domheap|init|owner|xenheap|pages_exact|scrub|buddy(_.*)?"
try pages_alone "$pages|bitmap_tree(_.*)?" pages
try foreign_page "$pages|boot|handover|bitmap_tree(_.*)?" 'foreign descriptor'
objects='xmalloc|pool(_.*)?|tlsf(_.*)?'
try pages_inline "$pages|$objects|bitmap_tree(_.*)?" 'inlines'
for name in maps_by_calls maps_own_tables; do
	try $name "$pages|$objects|boot|handover|xvmalloc|check|window(_.*)?|v.*|\
bitmap_tree(_.*)?" "$name"
done
echo "1..$n"
exit $failed
