/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tlsf_list.h - the free blocks of a TLSF allocator: in, out, verified
 *
 * Mostly inline, because these are the better part of every take and give. A
 * caller asks can_remove() for all blocks it is about to remove before it
 * changes anything; then remove_free() and put_free() cannot fail. In between
 * I4 and I5 of tlsf_priv.h hold, the other invariants are the caller's
 * business.
 */
#ifndef TLSF_LIST_H
#define TLSF_LIST_H

#include "tlsf/tlsf_priv.h"

/* May @b be a free block: can its links be read? */
static inline bool can_be_free(const struct xmem_tlsf *t,
			       const struct xmem_tlsf_block *b)
{
	uintptr_t offset = (uintptr_t)b - t->lo;

	return offset % XMEM_TLSF_ALIGN == TLSF_REGION_HEAD % XMEM_TLSF_ALIGN &&
	       offset < t->span - sizeof(*b);
}

/** Is the free block @b, on list @class, linked soundly at both ends? */
bool xmem_tlsf_links_are_good(const struct xmem_tlsf *t,
			      const struct xmem_tlsf_block *b,
			      unsigned int class);

/** Take @b of @units off its list. */
void xmem_tlsf_unlink(struct xmem_tlsf *t, struct xmem_tlsf_block *b,
		      unsigned long units);

static inline void link_block(struct xmem_tlsf *t, struct xmem_tlsf_block *b,
			      unsigned long units)
{
	unsigned int class = class_of(units);
	struct xmem_tlsf_block *head = t->head[class];

	b->next = link_to(t, head);
	b->prev = link_to(t, NULL);
	t->head[class] = b;
	if (head != NULL) {
		head->prev = link_to(t, b);
		return;
	}
	t->map[class / 64] |= xmem_bit(class % 64);
	t->top |= xmem_bit(class / 64);
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
	       xmem_tlsf_links_are_good(t, b, class_of(units));
}

static inline void remove_free(struct xmem_tlsf *t, struct xmem_tlsf_block *b,
			       unsigned long units)
{
	if (b == t->loose) {
		t->loose = NULL;
		t->loose_units = 0;
		return;
	}
	xmem_tlsf_unlink(t, b, units);
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
	*size_before(block_after(b, units)) = units ^ t->cookie;
	t->loose = b;
	t->loose_units = units;
}

#endif /* TLSF_LIST_H */
