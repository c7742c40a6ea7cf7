#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# seeded_heap.sh - the model test of the page heap must fail where a bug is
#
# Plants one bug at a time into a copy of the sources, builds heap_model with
# it and expects "not ok". A bug whose place is not found any more is a
# failure of this script. TAP on standard output.
set -u
cd "$(dirname "$0")/../.." || exit 1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
nr=0
failed=0
export XMEM_TEST_PERCENT=${XMEM_SEEDED_PERCENT:-3}
model=tests/model/heap_model.c

report() {
	nr=$((nr + 1))
	if [ "$1" = 0 ]; then
		echo "ok $nr - $2"
	else
		echo "not ok $nr - $2 ($3)"
		failed=1
	fi
}

compile() { # compile file: one object of the copy
	${CC:-gcc} -std=gnu11 -O1 -w -Itests/unit/page/include \
		-Itests/unit/page -Iinclude -I"$tmp/src" -Itests/host/include \
		-Itests/host -c -o "$tmp/obj/$(basename "$1" .c).o" "$1"
}

# seed name file sed-script
seed() {
	cp src/page/*.[ch] "$tmp/src/page/"
	sed -i "$3" "$tmp/src/$2"
	if cmp -s "src/$2" "$tmp/src/$2"; then
		report 1 "$1" "nothing to change in $2"
	elif ! compile "$tmp/src/$2" ||
		! ${CC:-gcc} -o "$tmp/prog" "$tmp"/obj/*.o -lcmocka; then
		report 1 "$1" "does not compile"
	elif timeout 120 "$tmp/prog" >"$tmp/log" 2>&1; then
		report 1 "$1" "not caught"
	elif ! grep -q '^not ok' "$tmp/log"; then
		report 1 "$1" "no test failed, but it did not end well"
	else
		report 0 "$1"
	fi
	cp "src/$2" "$tmp/src/$2"
	compile "$tmp/src/$2"
}

mkdir "$tmp/obj"
cp -r src "$tmp/src"
for f in "$tmp"/src/page/*.c "$tmp"/src/lib/*.c tests/unit/page/fake.c \
	tests/host/panic.c $model; do
	compile "$f" || exit 1
done

seed window_of_bits_off_by_one page/heap.c \
	's/w.hi = 1UL << (bits - PAGE_SHIFT);/w.hi = 2UL << (bits - PAGE_SHIFT);/'
seed dma_memory_is_used page/heap.c \
	's/w.lo = XMEM_PORT_DMA_MFNS;/w.lo = XMEM_PORT_DMA_MFNS - 3000;/'
seed masks_forget_an_order page/heap.c \
	's/part->with\[k\] ^= xmem_bit(a);/part->with[k] |= xmem_bit(a);/'
seed orders_are_not_cleared page/heap.c \
	's/part->orders &= ~(1U << k);/;/'
seed zones_are_miscounted page/heap.c \
	's/part->zone_free\[xmem_log2(mfn)\] += nr;/part->zone_free[xmem_log2(mfn) | 1] += nr;/'
seed arena_asked_for_nothing_hides_others page/heap.c \
	's/asked |= xmem_bit(a);/asked = ~(uint64_t)0;/'
seed block_across_the_limit_is_lost page/heap.c \
	's/mfn = take_from_part(part, req->order, w, dirty);/mfn = take_from_part(part, req->order, window_below(w, xen_end), dirty);/'
seed node_is_left_although_exact page/heap.c \
	's/(memflags & MEMF_exact_node) != 0 ? 1/0 ? 1/'
seed a_node_is_skipped page/heap.c \
	's/return node + 1 == MAX_NUMNODES ? 0 : node + 1;/return node + 2 >= MAX_NUMNODES ? 0 : node + 1;/'
seed hook_is_not_told page/heap.c \
	's/xmem_port_frames_taken(mfn, order);/;/'
seed new_arena_does_not_move_the_masks page/span.c \
	's/(with & below) | (with & ~below) << 1/with/'
seed quota_is_off_by_one page/domheap.c \
	's/nr <= owner->max_pages - owner->tot_pages/nr <= owner->max_pages - owner->tot_pages + 1/'
seed quota_is_not_given_back page/domheap.c \
	's/owner->tot_pages -= nr;/owner->tot_pages -= nr > 4 ? 4 : nr;/'
seed dirty_frames_are_handed_out page/domheap.c \
	's/if (dirty \&\& (memflags/if (dirty \&\& order < 3 \&\& (memflags/'
seed only_the_first_frame_is_checked page/domheap.c \
	's/const char \*text = obstacle(pg + i, d);/const char *text = i == 0 ? obstacle(pg, d) : NULL;/'
seed xenheap_marks_one_frame_only page/xenheap.c \
	's/xmem_page_set_xenheap(pg + i);/xmem_page_set_xenheap(pg);/'
echo "1..$nr"
exit $failed
