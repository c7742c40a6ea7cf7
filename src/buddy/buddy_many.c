/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buddy_many.c - for who takes or gives many single frames: blocks as words,
 * and the states of all frames of a word
 *
 * Thousands of single frames out of large blocks come as cheap as those blocks
 * do, yet of each frame it is known if it was dirty.
 */
#include "buddy/buddy.h"

#include "buddy/buddy_priv.h"

/* A word whose bits are all @flag. */
static uint64_t all_bits(unsigned int flag)
{
	return flag != 0 ? XMEM_WORD_FULL : 0;
}

/* The states of word @w of level 0, in whose group all frames have the common
 * state @state if it is not valid: *@s says that. */
static struct xmem_buddy_group states_of(const struct xmem_buddy *b,
					 const struct xmem_buddy_place *s,
					 unsigned int state)
{
	if (s->valid_level == 0) {
		return xmem_buddy_load(b, 0, s->word);
	}
	return (struct xmem_buddy_group){
		.free = all_bits(state & XMEM_BUDDY_FREE),
		.note = all_bits(state & XMEM_BUDDY_NOTE),
	};
}

void xmem_buddy_look_word(const struct xmem_buddy *b, struct xmem_buddy_word *w,
			  uint64_t *described)
{
	struct xmem_buddy_place s = xmem_buddy_place_of(w->first - b->base, 0);
	unsigned int state = xmem_buddy_probe(b, &s);
	struct xmem_buddy_group g = states_of(b, &s, state);

	w->frames = g.free;
	w->dirty = g.free & g.note;
	*described = g.note & ~g.free;
}

/* The words of the free block of 2^@order frames at @idx, whose common state is
 * @state. */
static void list_words(const struct xmem_buddy *b, unsigned long idx,
		       unsigned int order, unsigned int state,
		       struct xmem_buddy_word *w)
{
	unsigned long end = idx + (1UL << order);
	uint64_t dirty = state == XMEM_BUDDY_DIRTY ? XMEM_WORD_FULL : 0;

	for (; idx < end; idx += XMEM_WORD_BITS, w++) {
		w->first = b->base + idx;
		w->frames = XMEM_WORD_FULL;
		w->dirty = dirty;
		if (state == XMEM_BUDDY_VARIED) {
			uint64_t none;

			xmem_buddy_look_word(b, w, &none);
		}
	}
}

bool xmem_buddy_take_as_words(struct xmem_buddy *b,
			      const struct xmem_buddy_request *req,
			      struct xmem_buddy_word *w)
{
	unsigned long nr = 1UL << req->order;
	struct xmem_buddy_found found;
	struct xmem_buddy_place s;
	unsigned int state;

	xmem_buddy_settle(b);
	found = xmem_buddy_find(b, req, req->order, nr);
	if (found.at == XMEM_BUDDY_NONE) {
		return false;
	}
	s = xmem_buddy_place_of(found.at, req->order);
	state = xmem_buddy_probe_from(b, &s, found.level);
	list_words(b, found.at, req->order, state, w);
	xmem_buddy_set_state(b, &s, state, xmem_buddy_used(req->described));
	b->nr_free -= nr;
	return true;
}
