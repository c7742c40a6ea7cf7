/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buddy_look.c - the states of all frames of a word at once
 *
 * For who gives many frames and must know of each beforehand that nothing
 * forbids it.
 */
#include "buddy/buddy.h"

#include "buddy/buddy_priv.h"

/* A word whose bits are all @flag. */
static uint64_t all_bits(unsigned int flag)
{
	return flag != 0 ? XMEM_WORD_FULL : 0;
}

void xmem_buddy_look_word(const struct xmem_buddy *b, struct xmem_buddy_word *w,
			  uint64_t *described)
{
	struct xmem_buddy_place s = xmem_buddy_place_of(w->first - b->base, 0);
	unsigned int state = xmem_buddy_probe(b, &s);
	struct xmem_buddy_group g = {
		.free = all_bits(state & XMEM_BUDDY_FREE),
		.note = all_bits(state & XMEM_BUDDY_NOTE),
	};

	if (s.valid_level == 0) {
		g = xmem_buddy_load(b, 0, s.word);
	}
	w->frames = g.free;
	w->dirty = g.free & g.note;
	*described = g.note & ~g.free;
}
