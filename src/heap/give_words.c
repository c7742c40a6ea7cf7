/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * give_words.c - give all words of a list of frames, or none; look at one
 *
 * Lists of frames are the caller's: so a word that is refused leaves all as it
 * was, and what makes up a superpage goes back as one block. What caches give
 * is neither (cache_words.c).
 *
 * Locking     The caller holds (H).
 */
#include "heap/heap_priv.h"
#include "lib/assert.h"
#include "lib/attr.h"
#include "lib/bits.h"

struct heap_look xmem_heap_look(struct heap_node *node,
				const struct xmem_buddy_word *w)
{
	struct heap_look look = {0, 0, 0};
	uint64_t left = w->frames;
	struct heap_hold h;

	heap_hold_begin(&h, node, true);
	while (left != 0) {
		uint64_t part = xmem_hold_enter(&h, w->first, left);
		struct xmem_buddy_word seen = {.first = w->first};
		uint64_t described;

		if (heap_hold_has(&h, w->first)) {
			xmem_buddy_look_word(&h.arena->buddy, &seen,
					     &described);
			look.free |= seen.frames & part;
			look.described |= described & part;
		} else {
			bool is_described;
			int rc = xmem_heap_use_of(node,
						  w->first + xmem_ffs64(part),
						  &is_described);

			look.unknown |= rc == -XMEM_ENOENT ? part : 0;
			look.free |= rc == -XMEM_EBUSY ? part : 0;
			look.described |= rc == 0 && is_described ? part : 0;
		}
		left &= ~part;
	}
	return look;
}

/* Are the first of the @nr words at @w all frames of a block, all dirty? Then
 * give that, if the engine takes it. Return: has it been given? */
XMEM_REQUIRES(H)
static XMEM_COLD bool give_block(struct heap_hold *h,
				 const struct xmem_buddy_word *w,
				 unsigned int nr)
{
	unsigned long first = w->first;

	if (nr < HEAP_BLOCK_WORDS || first % HEAP_BLOCK_NR != 0) {
		return false;
	}
	for (unsigned int i = 0; i < HEAP_BLOCK_WORDS; i++, w++) {
		if (w->first != first + i * XMEM_WORD_BITS ||
		    (w->frames & w->dirty) != XMEM_WORD_FULL) {
			return false;
		}
	}
	if (!heap_hold_has(h, first)) {
		(void)xmem_hold_enter(h, first, XMEM_WORD_FULL);
	}
	return heap_hold_has(h, first) && heap_hold_has(h, w[-1].first) &&
	       xmem_buddy_give(&h->arena->buddy, first, HEAP_BLOCK_ORDER,
			       h->described, true) == 0;
}

/* Take the @frames of the word at frame @first back, which have just been
 * given. */
XMEM_REQUIRES(H)
static XMEM_NOINLINE void take_back(struct heap_hold *h, unsigned long first,
				    uint64_t frames)
{
	for (; frames != 0; frames &= frames - 1) {
		unsigned long mfn = first + xmem_ffs64(frames);
		int rc;

		(void)xmem_hold_enter(h, first, frames);
		if (h->arena == NULL) { /* It has just been given to one. */
			__builtin_unreachable();
		}
		rc = xmem_buddy_take_range(&h->arena->buddy, mfn, 1, NULL);
		if (rc == 0 && h->described) {
			rc = xmem_buddy_describe(&h->arena->buddy, mfn, 0,
						 true);
		}
		XMEM_ASSERT(rc == 0);
		(void)rc;
	}
}

int xmem_hold_give_all(struct heap_hold *h, const struct xmem_buddy_word *w,
		       unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++) {
		int rc;

		if (w[i].frames == 0) {
			continue;
		}
		if (w[i].frames == XMEM_WORD_FULL &&
		    give_block(h, &w[i], nr - i)) {
			i += HEAP_BLOCK_WORDS - 1;
			continue;
		}
		rc = xmem_hold_give(h, &w[i], 1);
		if (XMEM_UNLIKELY(rc != 0)) {
			unsigned int end = xmem_bit_of(h->refused);

			take_back(h, w[i].first,
				  w[i].frames & ~xmem_bits_from(end));
			while (i-- > 0) {
				take_back(h, w[i].first, w[i].frames);
			}
			return rc;
		}
	}
	return 0;
}
