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
	's/if (is_ram) {/if (is_ram \&\& (next = end)) {/'
seed overlap_is_said_beyond_the_range "$model" boot/ram.c \
	's/return border < end ? border : end;/return border;/'
seed gap_is_overlooked "$model" boot/ram.c \
	's/\*is_ram ? p->end : p->start/p->end/'
seed no_entry_is_spared "$model" boot/ram.c \
	's/#define SPARE_ENTRIES 8U/#define SPARE_ENTRIES 0U/'
seed error_is_that_of_the_first_message "$model" boot/ram.c \
	's/\*rc == -ENOSPC ? /*rc != 0 ? /'
seed refused_piece_stays "$model" boot/boot.c \
	'/XMEM_CONFIG_BOOT_REGIONS) {/,/}/s/take_out(at);/;/'
seed full_table_refuses_what_joins "$model" boot/boot.c \
	's/boot.nr > before && boot.nr + spare/before + 1 + spare/'
seed pieces_merge_with_memory_in_use "$model" boot/boot.c \
	's/p->used == p\[1\].used/true/'
seed pieces_merge_across_nodes "$model" boot/boot.c \
	's/xmem_port_mfn_to_node(p\[1\].start)/xmem_port_mfn_to_node(p->start)/'
seed window_is_cut_at_one_side_only "$model" boot/boot.c \
	's/p->start > smfn ? p->start : smfn/p->start/'
seed window_end_is_one_too_far "$model" boot/boot.c \
	's/p->end < emfn ? p->end : emfn/p->end <= emfn ? p->end : emfn + 1/'
finish
