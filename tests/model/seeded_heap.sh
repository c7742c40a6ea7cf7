#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# seeded_heap.sh - the model test of the page heap must fail where a bug is
#
# usage: seeded_heap.sh. Here are the bugs; the rest is in tests/seeded.sh.
cd "$(dirname "$0")/../.." || exit 1
. tests/seeded.sh
export XMEM_TEST_PERCENT="${XMEM_SEEDED_PERCENT:-3}"
model=tests/model/heap_model.c
block=tests/unit/page/test_block.c
arena=tests/unit/heap/test_arena.c
span=tests/unit/heap/test_span.c

seed window_of_bits_off_by_one "$model" heap/heap.c \
	's/w.hi = 1UL << (bits - PAGE_SHIFT);/w.hi = 2UL << (bits - PAGE_SHIFT);/'
seed dma_memory_is_used "$model" heap/heap.c \
	's/w.lo = XMEM_PORT_DMA_MFNS;/w.lo = XMEM_PORT_DMA_MFNS - 3000;/'
seed orders_below_are_not_cleared "$model" heap/arena.c \
	's/a->below = now;/a->below |= now;/'
seed higher_side_is_not_summed "$model" heap/arena.c \
	's/heap_orders_below(a->child\[ARENA_HIGHER\]);/0;/'
seed sum_stops_at_the_arena "$model" heap/arena.c \
	's/while (arena != NULL \&\& !sum(arena))/while (arena != NULL \&\& (sum(arena), 0))/'
seed zones_are_miscounted "$model" heap/heap.c \
	's/part->zone_free\[xmem_log2(mfn)\] += nr;/part->zone_free[xmem_log2(mfn) | 1] += nr;/'
seed arena_cut_by_the_limit_hides_others "$model" heap/heap.c \
	's/w.hi = a->buddy.start;/return XMEM_NO_MFN;/'
seed search_forgets_the_lower_side "$arena" heap/arena.c \
	's/heap_orders_below(a->child\[ARENA_LOWER\])) &$/0) \&/'
seed rotation_loses_what_is_between "$arena" heap/arena.c \
	's/up->child\[side\] = between;/up->child[side] = NULL;/'
seed tree_is_a_list "$arena" heap/arena.c \
	's/priority > xmem_arena_priority(arena->up)/0/'
seed late_span_reaches_into_another_node "$span" heap/span.c \
	's/end = xmem_node_end(\*smfn, end > \*emfn ? end : \*emfn);/;/'
seed range_is_lost_to_a_faster_cpu "$span" heap/span.c \
	's/rc == 0 || rc == -EEXIST/rc == 0/'
seed late_span_is_not_wider "$span" heap/span.c \
	's/#define WIDER 5U/#define WIDER 0U/'
seed domheap_is_made_of_the_xenheap "$span" heap/span.c \
	's/: -EINVAL;$/: give_to(part, arena, smfn, *done);/'
seed free_domheap_becomes_xenheap "$span" heap/span.c \
	's/xmem_buddy_count_free(\&a->buddy, smfn, emfn) != 0/0/'
seed block_reaches_into_the_xenheap "$span" heap/heap.c \
	's/xmem_arena_room(node, arena, mfn) < 1UL << order/0/'
seed last_frames_are_not_looked_at "$span" heap/span.c \
	's/check_unmarked(next - 1, caller);/;/'
seed hole_enters_the_heap "$span" heap/span.c \
	's/XMEM_PANIC_IF(next <= mfn,/next += next == mfn; XMEM_PANIC_IF(0,/'
seed block_across_the_limit_is_lost "$model" heap/heap.c \
	's/mfn = take_from_part(part, req->order, w, dirty);/mfn = take_from_part(part, req->order, window_below(w, xen_end), dirty);/'
seed node_is_left_although_exact "$model" heap/heap.c \
	's/(memflags & MEMF_exact_node) != 0 ? 1/0 ? 1/'
seed a_node_is_skipped "$model" heap/heap.c \
	's/return node + 1 == MAX_NUMNODES ? 0 : node + 1;/return node + 2 >= MAX_NUMNODES ? 0 : node + 1;/'
seed hook_is_not_told "$model" heap/heap.c \
	's/xmem_port_frames_taken(mfn, order);/;/'
seed quota_is_off_by_one "$model" page/domheap.c \
	's/nr <= owner->max_pages - owner->tot_pages/nr <= owner->max_pages - owner->tot_pages + 1/'
seed quota_is_not_given_back "$model" page/domheap.c \
	's/owner->tot_pages -= nr;/owner->tot_pages -= nr > 4 ? 4 : nr;/'
seed dirty_frames_are_handed_out "$model" page/domheap.c \
	's/if (dirty \&\& (memflags/if (dirty \&\& order < 3 \&\& (memflags/'
seed only_the_first_frame_is_checked "$model" page/domheap.c \
	's/const char \*text = obstacle(pg + i, d);/const char *text = i == 0 ? obstacle(pg, d) : NULL;/'
seed xenheap_marks_one_frame_only "$model" xenheap/xenheap.c \
	's/xmem_page_set_xenheap(pg + i);/xmem_page_set_xenheap(pg);/'

# What two CPUs do to each other, one step at a time.
seed block_on_its_way_is_not_held "$block" heap/heap.c \
	's/xmem_page_hold(mfn_to_page(_mfn(mfn)));/;/'
seed descriptor_is_not_looked_at_again "$block" heap/heap.c \
	's/if (has_mark(pg, d, xen))/if (1)/'
seed mark_outlives_the_free "$block" heap/heap.c \
	's/if (rc == 0 \&\& (d != NULL || xen))/if (0)/'
seed claim_takes_no_mark "$block" page/block.c \
	's/^	xmem_page_release(pg);/;/'
seed claim_takes_the_first_mark_too "$block" page/block.c \
	's/--pg > first/--pg >= first/'
seed claim_trusts_the_checks "$block" page/block.c \
	's/if (xen ? !is_xen_heap_page(pg) : xmem_page_owner(pg) != d)/if (0)/'
seed hole_in_a_block_is_overlooked "$block" page/block.c \
	's/while (last - mfn >= DESCRIPTORS)/while (0)/'
seed every_second_page_of_descriptors_is_skipped "$block" page/block.c \
	's/mfn += DESCRIPTORS;/mfn += 2 * DESCRIPTORS;/'
finish
