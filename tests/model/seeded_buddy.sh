#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# seeded_buddy.sh - the closure and model tests must fail where a bug is
#
# Plants one bug at a time into a copy of the sources, builds the test named
# with it and expects "not ok". A bug whose place is not found any more is a
# failure of this script. TAP on standard output; run from the top directory.
set -u
cd "$(dirname "$0")/../.." || exit 1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
nr=0
failed=0
unset XMEM_TEST_PERCENT # the whole closure

# words key file: the words behind "key:" in the head comment.
words() {
	sed -n "1,60s|^ \* $1:||p" "$2" | tr '\n' ' '
}

# build test: with the copy of src in $tmp.
build() {
	local link flags
	link=$(words link "$1" | sed "s| src/| $tmp/src/|g")
	flags=$(words flags "$1")
	# shellcheck disable=SC2086
	${CC:-gcc} -std=gnu11 -O1 -w -Iinclude -I"$tmp/src" \
		-Itests/host/include -Itests/host $flags -o "$tmp/prog" \
		"$1" $link tests/host/panic.c -lcmocka
}

report() {
	nr=$((nr + 1))
	if [ "$1" = 0 ]; then
		echo "ok $nr - $2"
	else
		echo "not ok $nr - $2 ($3)"
		failed=1
	fi
}

# seed name test file sed-script
seed() {
	rm -rf "$tmp/src"
	cp -r src "$tmp/src"
	sed -i "$4" "$tmp/src/$3"
	if cmp -s "src/$3" "$tmp/src/$3"; then
		report 1 "$1" "nothing to change in $3"
	elif ! build "$2"; then
		report 1 "$1" "does not compile"
	elif timeout 120 "$tmp/prog" >"$tmp/log" 2>&1; then
		report 1 "$1" "not caught by $2"
	elif ! grep -q '^not ok' "$tmp/log"; then
		report 1 "$1" "no test failed, but $2 did not end well"
	else
		report 0 "$1"
	fi
}

closure=tests/model/buddy_closure.c
tree=tests/model/bitmap_tree_model_narrow.c

seed no_merge_across_a_word "$closure" page/buddy.c \
	's/(used | s->mask) == XMEM_WORD_FULL/0/'
seed used_group_kept_as_mixture "$closure" page/buddy.c \
	's/if (used == 0 || (used/if ((used/'
seed wrong_half_on_split "$closure" page/buddy_find.c \
	's/xmem_align_down(hi - r->nr, 1UL << r->align)/lo/'
seed dirty_lost_on_push_down "$closure" page/buddy.c \
	's/(state & XMEM_BUDDY_DIRT) != 0 ? XMEM_WORD_FULL : 0/0/'
seed finders_left_as_garbage "$closure" page/buddy.c \
	's/for (unsigned int i = 2; i < nr; i++)/for (unsigned int i = 2; i < 3 \&\& i < nr; i++)/'
seed range_one_too_long "$closure" page/buddy.c \
	's/r->hi = hi - b->base;/r->hi = hi - b->base + 1;/'
seed give_accepts_partly_free "$closure" page/buddy.c \
	's/if (xmem_buddy_probe(b, &s) != XMEM_BUDDY_USED)/if (xmem_buddy_probe(b, \&s) \& XMEM_BUDDY_FREE)/'
seed buddy_block_stays_indexed "$closure" page/buddy.c \
	's/if (lone == buddy)/if (0)/'
seed finder_stops_a_level_early "$closure" page/buddy.c \
	's/if (old != 0)/if (1)/'
seed mixture_left_behind "$closure" page/buddy.c \
	's/at\[2\] &= ~s->mask;/;/'
seed varied_taken_for_clean "$closure" page/buddy_map.h \
	's/((g.dirty | g.mixed) & mask) == 0/(g.dirty \& mask) == 0/'
seed largest_order_merges_on "$closure" page/buddy.c \
	's/while (order < b->max_order)/while (order <= b->max_order)/'
seed take_range_checks_nothing "$closure" page/buddy.c \
	's/if (!all_are(b, mfn - b->base, nr, true))/if (0)/'

seed tree_set_trusts_garbage "$tree" lib/bitmap_tree.c \
	's/\] = xmem_bit(BIT_OF(at));/] |= xmem_bit(BIT_OF(at));/'
seed tree_clear_stops_early "$tree" lib/bitmap_tree.c \
	's/if (\*word != 0)/if (level > 0 || *word != 0)/'
seed tree_first_misses_itself "$tree" lib/bitmap_tree.c \
	's/return from;/return best;/'
seed tree_last_looks_up "$tree" lib/bitmap_tree.c \
	's/word & ~xmem_bits_from(BIT_OF(at))/word \& ~(xmem_bits_from(BIT_OF(at)) << 1)/'
echo "1..$nr"
exit $failed
