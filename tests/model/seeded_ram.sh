#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# seeded_ram.sh - the model test of memory maps must fail where a bug is
#
# usage: seeded_ram.sh. Here are the bugs; the rest is in tests/seeded.sh.
cd "$(dirname "$0")/../.." || exit 1
. tests/seeded.sh
export XMEM_TEST_PERCENT="${XMEM_SEEDED_PERCENT:-5}"
model=tests/model/ram_model.c

seed start_is_rounded_outwards "$model" boot/ram.c \
	's/(start + mask) & ~mask/start \& ~mask/'
seed end_is_rounded_outwards "$model" boot/ram.c \
	's/last = end & ~mask/last = (end + mask) \& ~mask/'
seed lost_start_goes_unsaid "$model" boot/ram.c \
	's/if (start < first)/if (start + 8 < first)/'
seed page_ends_are_said_twice "$model" boot/ram.c \
	's/last = last > first ? last : first;/last = last < first ? last : first;/'
seed frame_0_is_given_away "$model" boot/ram.c \
	's/start < PAGE_SIZE ? PAGE_SIZE : start/start/'
seed width_is_one_bit_too_many "$model" boot/ram.c \
	's/(paddr_t)1 << paddr_bits;/(paddr_t)2 << paddr_bits;/'
seed wrapped_ranges_reach_low_memory "$model" boot/ram.c \
	's/if (size > fits)/if (start + size > top)/'
seed part_above_the_width_is_said_too_short "$model" boot/ram.c \
	's/ignore(start + fits, size - fits,/ignore(start + fits, size - fits - 1,/'
seed overlap_takes_the_rest_with_it "$model" boot/ram.c \
	's/if (is_given) {/if (is_given \&\& (next = end)) {/'
seed overlap_is_said_beyond_the_range "$model" boot/ram.c \
	's/\*end = border < \*end ? border : \*end;/*end = border;/'
seed gap_is_overlooked "$model" boot/ram.c \
	's/\*is_given ? p->end : p->start/p->end/'
seed no_entry_is_spared "$model" boot/boot_priv.h \
	's/#define BOOT_SPARE.*8U/#define BOOT_SPARE 0U/'
seed fragments_join_across_pages "$model" boot/ram.c \
	's/if (boot_fragment(i)->start == mfn &&/if (mfn != 0 \&\&/'
seed fragments_join_at_one_end_only "$model" boot/ram.c \
	's/(first == \*end || behind == \*start)/first == *end/'
seed fragments_overlap_unsaid "$model" boot/ram.c \
	's/} else if (start < boot_fragment_end(i)) {/} else if (0) {/'
seed joined_fragment_needs_room "$model" boot/ram.c \
	's/&start, &end) > 0 || has_room/\&start, \&end) > 9 || has_room/'
seed fragments_take_no_entry "$model" boot/boot_priv.h \
	's/xmem_boot.nr + xmem_boot.nr_fragments + more/xmem_boot.nr + more/'
seed full_page_stays_a_fragment "$model" boot/ram.c \
	's/if (end - start == PAGE_SIZE)/if (end - start > PAGE_SIZE)/'
seed error_is_that_of_the_first_message "$model" boot/ram.c \
	's/\*rc == -ENOSPC ? /*rc != 0 ? /'
seed refused_piece_stays "$model" boot/boot.c \
	'/!boot_has_room(spare)) {/,/}/s/take_out(at);/;/'
seed full_table_refuses_what_joins "$model" boot/boot.c \
	's/boot.nr > before && !boot_has_room(spare)/!boot_has_room(spare)/'
seed pieces_merge_with_memory_in_use "$model" boot/boot.c \
	's/p->used == p\[1\].used/true/'
seed pieces_merge_across_nodes "$model" boot/boot.c \
	's/xmem_port_mfn_to_node(p\[1\].start)/xmem_port_mfn_to_node(p->start)/'
seed larger_piece_is_given_up "$model" boot/boot.c \
	's/least = p->end - p->start;/least = 3 + p->end - p->start;/'
seed piece_given_up_stays_alone "$model" boot/boot.c \
	'/p->used = true;/,/}/s/merge(at);/boot.nr--;/'
seed entries_are_never_saved "$model" boot/boot.c \
	's/return entries <= 0 ||/return entries <= 2 ||/'
seed start_of_a_piece_is_no_place "$model" boot/boot.c \
	's/improve(&best, at, p->start, nr)/false/'
seed start_of_a_piece_ignores_the_window "$model" boot/boot.c \
	's/(p->start >= smfn && /(p->start > 0 \&\& /'
seed neighbour_behind_counts_as_entry "$model" boot/boot.c \
	's/-(int)touches_next(at)/0/'
seed who_reserves_takes_all_entries "$model" boot/boot_priv.h \
	's/#define BOOT_SPARE_ALLOC.*2U/#define BOOT_SPARE_ALLOC 0U/'
seed window_is_cut_at_one_side_only "$model" boot/boot.c \
	's/p->start > smfn ? p->start : smfn/p->start/'
seed window_end_is_one_too_far "$model" boot/boot.c \
	's/p->end < emfn ? p->end : emfn/p->end <= emfn ? p->end : emfn + 1/'
finish
