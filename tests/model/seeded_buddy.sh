#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# seeded_buddy.sh - the tests of the buddy engine must fail where a bug is
#
# usage: seeded_buddy.sh. Here are the bugs; the rest is in tests/seeded.sh.
cd "$(dirname "$0")/../.." || exit 1
. tests/seeded.sh
unset XMEM_TEST_PERCENT # the whole closure

closure=tests/model/buddy_closure.c
tree=tests/model/bitmap_tree_model_narrow.c

seed no_merge_across_a_word "$closure" buddy/buddy.c \
	's/(used | s->mask) == XMEM_WORD_FULL/0/'
seed used_group_kept_as_mixture "$closure" buddy/buddy.c \
	's/if (used == 0 || (used/if ((used/'
seed wrong_half_on_split "$closure" buddy/buddy_find.c \
	's/xmem_align_down(hi - r->nr, 1UL << r->align)/lo/'
seed dirty_lost_on_push_down "$closure" buddy/buddy.c \
	's/(state & XMEM_BUDDY_DIRT) != 0 ? XMEM_WORD_FULL : 0/0/'
seed finders_left_as_garbage "$closure" buddy/buddy.c \
	's/for (unsigned int i = 2; i < nr; i++)/for (unsigned int i = 2; i < 3 \&\& i < nr; i++)/'
seed range_one_too_long "$closure" buddy/buddy.c \
	's/r->hi = hi - b->base;/r->hi = hi - b->base + 1;/'
seed give_accepts_partly_free "$closure" buddy/buddy.c \
	's/if (xmem_buddy_probe(b, &s) != XMEM_BUDDY_USED)/if (xmem_buddy_probe(b, \&s) \& XMEM_BUDDY_FREE)/'
seed buddy_block_stays_indexed "$closure" buddy/buddy.c \
	's/if (lone == buddy)/if (0)/'
seed finder_stops_a_level_early "$closure" buddy/buddy.c \
	's/if (old != 0)/if (1)/'
seed mixture_left_behind "$closure" buddy/buddy.c \
	's/at\[2\] &= ~s->mask;/;/'
seed varied_taken_for_clean "$closure" buddy/buddy_priv.h \
	's/((g.dirty | g.mixed) & mask) == 0/(g.dirty \& mask) == 0/'
seed largest_order_merges_on "$closure" buddy/buddy.c \
	's/while (order < b->max_order)/while (order <= b->max_order)/'
seed take_range_checks_nothing "$closure" buddy/buddy.c \
	's/if (!all_are(b, mfn - b->base, nr, true))/if (0)/'

seed tree_set_trusts_garbage "$tree" lib/bitmap_tree.c \
	's/\] = xmem_bit(BIT_OF(at));/] |= xmem_bit(BIT_OF(at));/'
seed tree_clear_stops_early "$tree" lib/bitmap_tree.c \
	's/if (\*word != 0)/if (level > 0 || *word != 0)/'
seed tree_first_misses_itself "$tree" lib/bitmap_tree.c \
	's/return from;/return best;/'
seed tree_last_looks_up "$tree" lib/bitmap_tree.c \
	's/word & ~xmem_bits_from(BIT_OF(at))/word \& ~(xmem_bits_from(BIT_OF(at)) << 1)/'
finish
