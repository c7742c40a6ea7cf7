/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tlsf_list.h - the free blocks of a TLSF allocator: in, out, verified
 *
 * Inline, because these are the better part of every take and give. A caller
 * asks can_remove() for all blocks it is about to remove before it changes
 * anything; then remove_free() and put_free() cannot fail. In between I4 and
 * I5 of pool_priv.h hold, the other invariants are the caller's business.
 */
#ifndef POOL_TLSF_LIST_H
#define POOL_TLSF_LIST_H

#include "pool/pool_priv.h"

/* Is the free block @b, on list @class, linked soundly at both ends? */
static inline bool links_are_good(const struct xmem_tlsf *t,
				  const struct xmem_tlsf_block *b,
				  unsigned int class)
{
	const struct xmem_tlsf_block *next = b->next;
	const struct xmem_tlsf_block *prev = b->prev;
	uintptr_t low = ((uintptr_t)next | (uintptr_t)prev) & 7;

	if (low != 0 || (next != NULL && !is_inside(t, next)) ||
	    (prev != NULL && !is_inside(t, prev))) {
		return false;
	}
	return (next == NULL || next->prev == b) &&
	       (prev == NULL ? t->head[class] == b : prev->next == b);
}

static inline void link_block(struct xmem_tlsf *t, struct xmem_tlsf_block *b,
			      unsigned long units)
{
	unsigned int class = class_of(units);
	struct xmem_tlsf_block *head = t->head[class];

	b->next = head;
	b->prev = NULL;
	t->head[class] = b;
	if (head != NULL) {
		head->prev = b;
		return;
	}
	t->map[class / 64] |= xmem_bit(class % 64);
	t->top |= xmem_bit(class / 64);
}

static inline void unlink_block(struct xmem_tlsf *t, struct xmem_tlsf_block *b,
				unsigned long units)
{
	unsigned int class;

	if (b->next != NULL) {
		b->next->prev = b->prev;
	}
	if (b->prev != NULL) {
		b->prev->next = b->next;
		return;
	}
	class = class_of(units);
	t->head[class] = b->next;
	if (b->next != NULL) {
		return;
	}
	t->map[class / 64] &= ~xmem_bit(class % 64);
	if (t->map[class / 64] == 0) {
		t->top &= ~xmem_bit(class / 64);
	}
}

/* Can the free block @b of @units be taken out of the free blocks? */
static inline bool can_remove(const struct xmem_tlsf *t,
			      const struct xmem_tlsf_block *b,
			      unsigned long units)
{
	if (b == t->loose) {
		return t->loose_units == units;
	}
	return units >= TLSF_MIN_UNITS && units <= max_units(t->max_region) &&
	       links_are_good(t, b, class_of(units));
}

static inline void remove_free(struct xmem_tlsf *t, struct xmem_tlsf_block *b,
			       unsigned long units)
{
	if (b == t->loose) {
		t->loose = NULL;
		t->loose_units = 0;
		return;
	}
	unlink_block(t, b, units);
}

/* Make @units from @b on a free block: the loose one from now on. */
static inline void put_free(struct xmem_tlsf *t, struct xmem_tlsf_block *b,
			    unsigned long units, unsigned int flags)
{
	struct xmem_tlsf_block *old = t->loose;

	if (old != NULL) {
		link_block(t, old, t->loose_units);
	}
	seal_header(t, b, units, TLSF_FREE | flags);
	*size_before(block_after(b, units)) = units;
	t->loose = b;
	t->loose_units = units;
}

#endif /* POOL_TLSF_LIST_H */
