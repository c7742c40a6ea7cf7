/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tlsf_list.c - the lists of free blocks: verified, and one taken off
 *
 * What is too long to be inline in tlsf_list.h. The engine's other files stand
 * on it.
 *
 * Errors      A link is read as an address only if it leads to where a free
 *             block may be, and counts only if the block there links back.
 * Locking     none here: the caller owns the struct and all regions.
 */
#include "tlsf/tlsf_list.h"

bool xmem_tlsf_links_are_good(const struct xmem_tlsf *t,
			      const struct xmem_tlsf_block *b,
			      unsigned int class)
{
	const struct xmem_tlsf_block *next = next_of(t, b);
	const struct xmem_tlsf_block *prev = prev_of(t, b);
	uintptr_t link = link_to(t, b);

	if ((next != NULL && !can_be_free(t, next)) ||
	    (prev != NULL && !can_be_free(t, prev))) {
		return false;
	}
	return (next == NULL || next->prev == link) &&
	       (prev == NULL ? t->head[class] == b : prev->next == link);
}

void xmem_tlsf_unlink(struct xmem_tlsf *t, struct xmem_tlsf_block *b,
		      unsigned long units)
{
	struct xmem_tlsf_block *next = next_of(t, b);
	struct xmem_tlsf_block *prev = prev_of(t, b);
	unsigned int class;

	if (next != NULL) {
		next->prev = b->prev;
	}
	if (prev != NULL) {
		prev->next = b->next;
		return;
	}
	class = class_of(units);
	t->head[class] = next;
	if (next != NULL) {
		return;
	}
	t->map[class / 64] &= ~xmem_bit(class % 64);
	if (t->map[class / 64] == 0) {
		t->top &= ~xmem_bit(class / 64);
	}
}
