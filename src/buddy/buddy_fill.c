/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buddy_fill.c - make groups valid that are below a uniform node
 */
#include "buddy/buddy.h"

#include "buddy/buddy_priv.h"
#include "lib/attr.h"

/* The signs of such groups are those of one that is part of a larger block, or
 * used. Of a block, the first change of one node writes the finders. */
XMEM_COLD void xmem_buddy_fill_down(struct xmem_buddy *b,
				    const struct xmem_buddy_place *s,
				    unsigned int state)
{
	uint64_t free = (state & XMEM_BUDDY_FREE) != 0 ? XMEM_WORD_FULL : 0;
	uint64_t note = (state & XMEM_BUDDY_NOTE) != 0 ? XMEM_WORD_FULL : 0;
	unsigned int level = s->valid_level;

	while (level-- > s->level) {
		unsigned int shift = (level - s->level) * XMEM_WORD_SHIFT;
		uint64_t *at = xmem_buddy_words(b, level, s->word >> shift);

		at[0] = free;
		at[1] = note;
		if (level == 0) {
			return;
		}
		at[XMEM_BUDDY_MIXTURES] = 0;
		at[XMEM_BUDDY_SIGNS] = free & note;
		if (level > s->level && free != 0) {
			continue;
		}
		for (unsigned int i = XMEM_BUDDY_FINDERS; i < b->words[level];
		     i++) {
			at[i] = 0;
		}
	}
}
