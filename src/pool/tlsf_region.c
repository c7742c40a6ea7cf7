/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tlsf_region.c - the regions of a TLSF allocator: set up, add, remove
 *
 * Model       Regions hang on one list through their own first 24 bytes. A
 *             region starts as one free block between its header and a
 *             sentinel that is never free, so that no block has a neighbour
 *             outside. See pool_priv.h for the picture and the invariants.
 * Operations  add and remove are O(1), drop walks the blocks of the region.
 *             The span [lo, lo + span) grows with add and shrinks only when
 *             the last region leaves: it is a filter for wild pointers, not
 *             a map of what is there.
 * Locking     none here: the caller owns the struct and all regions.
 */
#include "pool/tlsf.h"

#include "lib/align.h"
#include "lib/mem.h"
#include "pool/pool_priv.h"
#include "pool/tlsf_list.h"

unsigned long xmem_tlsf_bytes(unsigned long max_region)
{
	return xmem_align_up(sizeof(struct xmem_tlsf) +
				     nr_classes(max_region) *
					     sizeof(struct xmem_tlsf_block *),
			     XMEM_TLSF_ALIGN);
}

unsigned long xmem_tlsf_max_payload(unsigned long region)
{
	return xmem_tlsf_max_aligned(region, XMEM_TLSF_ALIGN);
}

void xmem_tlsf_init(struct xmem_tlsf *t, unsigned long max_region)
{
	max_region = xmem_align_down(max_region, XMEM_TLSF_ALIGN);
	memset(t, 0, xmem_tlsf_bytes(max_region));
	t->cookie = ((uint64_t)(uintptr_t)t ^ TLSF_OPEN) * TLSF_SEAL;
	t->cookie ^= t->cookie >> 32;
	t->max_region = max_region;
	t->max_payload = xmem_tlsf_max_payload(max_region);
}

/* Make sure that the span covers [@start, @start + @bytes). */
static void cover_region(struct xmem_tlsf *t, uintptr_t start,
			 unsigned long bytes)
{
	uintptr_t end = start + bytes;

	if (t->regions == NULL) {
		t->lo = start;
		t->span = bytes;
		return;
	}
	if (t->lo + t->span > end) {
		end = t->lo + t->span;
	}
	if (t->lo > start) {
		t->lo = start;
	}
	t->span = end - t->lo;
}

static void link_region(struct xmem_tlsf *t, struct xmem_tlsf_region *r)
{
	r->owner = region_mark(t, r);
	r->next = t->regions;
	r->prev = NULL;
	if (r->next != NULL) {
		r->next->prev = r;
	}
	t->regions = r;
}

/* Is @r a region of @t whose header is sound? */
static bool is_region(const struct xmem_tlsf *t,
		      const struct xmem_tlsf_region *r)
{
	if (!xmem_is_aligned((uintptr_t)r, XMEM_TLSF_ALIGN) ||
	    !is_inside(t, r) || r->owner != region_mark(t, r) ||
	    !xmem_is_aligned((uintptr_t)r->next | (uintptr_t)r->prev,
			     XMEM_TLSF_ALIGN) ||
	    (r->next != NULL && !is_inside(t, r->next)) ||
	    (r->prev != NULL && !is_inside(t, r->prev))) {
		return false;
	}
	return (r->next == NULL || r->next->prev == r) &&
	       (r->prev == NULL ? t->regions == r : r->prev->next == r);
}

/* The free block that fills region @r, or NULL. */
static struct xmem_tlsf_block *only_block(const struct xmem_tlsf *t,
					  const struct xmem_tlsf_region *r)
{
	struct xmem_tlsf_block *b = first_block(r);
	uint64_t word = open_header(t, b);

	if (!word_is_good(word) || (word & TLSF_FREE) == 0 ||
	    open_header(t, block_after(b, word_units(word))) !=
		    TLSF_PREV_FREE) {
		return NULL;
	}
	return b;
}

static void unlink_region(struct xmem_tlsf *t, struct xmem_tlsf_region *r)
{
	if (r->next != NULL) {
		r->next->prev = r->prev;
	}
	if (r->prev != NULL) {
		r->prev->next = r->next;
	} else {
		t->regions = r->next;
	}
	r->owner = 0;
	if (t->regions == NULL) {
		t->span = 0;
	}
}

int xmem_tlsf_add(struct xmem_tlsf *t, void *mem, unsigned long bytes)
{
	struct xmem_tlsf_region *r = mem;
	struct xmem_tlsf_block *b;
	unsigned long units, end;

	if (mem == NULL || bytes < XMEM_TLSF_MIN_REGION ||
	    bytes > t->max_region ||
	    !xmem_is_aligned((uintptr_t)mem | bytes, XMEM_TLSF_ALIGN) ||
	    !xmem_checked_add((uintptr_t)mem, bytes, &end)) {
		return -EINVAL;
	}
	cover_region(t, (uintptr_t)mem, bytes);
	link_region(t, r);
	b = first_block(r);
	units = max_units(bytes);
	seal_header(t, block_after(b, units), 0, TLSF_PREV_FREE);
	put_free(t, b, units, TLSF_FIRST);
	t->total += bytes;
	return 0;
}

bool xmem_tlsf_is_empty(const struct xmem_tlsf *t, const void *mem)
{
	return is_region(t, mem) && only_block(t, mem) != NULL;
}

int xmem_tlsf_remove(struct xmem_tlsf *t, void *mem)
{
	struct xmem_tlsf_region *r = mem;
	struct xmem_tlsf_block *b;
	unsigned long units;

	if (!is_region(t, r)) {
		return -EINVAL;
	}
	b = only_block(t, r);
	if (b == NULL) {
		return -EINVAL;
	}
	units = word_units(open_header(t, b));
	if (!can_remove(t, b, units)) {
		return -EINVAL;
	}
	remove_free(t, b, units);
	unlink_region(t, r);
	t->total -= (units + 2) << TLSF_UNIT_SHIFT;
	return 0;
}

unsigned long xmem_tlsf_drop(struct xmem_tlsf *t, void *mem)
{
	struct xmem_tlsf_region *r = mem;
	struct xmem_tlsf_block *b, *next;
	unsigned long nr_used = 0;
	uint64_t word;

	for (b = first_block(r);; b = next) {
		word = open_header(t, b);
		b->seal = 0;
		if (!word_is_good(word) || word_units(word) == 0) {
			break;
		}
		nr_used += (word & TLSF_FREE) == 0;
		next = block_after(b, word_units(word));
	}
	unlink_region(t, r);
	return nr_used;
}

void *xmem_tlsf_next_region(const struct xmem_tlsf *t, const void *prev)
{
	const struct xmem_tlsf_region *r = prev;

	return r == NULL ? t->regions : r->next;
}

unsigned long xmem_tlsf_used(const struct xmem_tlsf *t)
{
	return t->used << TLSF_UNIT_SHIFT;
}

unsigned long xmem_tlsf_total(const struct xmem_tlsf *t)
{
	return t->total;
}

const char *xmem_tlsf_error_text(enum xmem_tlsf_error error)
{
	if (error == XMEM_TLSF_MISALIGNED) {
		return "is not 16-byte aligned: no allocation starts there";
	}
	if (error == XMEM_TLSF_BAD_HEADER) {
		return "is not the start of an allocation, or the header "
		       "before it was overwritten";
	}
	if (error == XMEM_TLSF_FREE_ALREADY) {
		return "is free already: double free";
	}
	if (error == XMEM_TLSF_BAD_NEIGHBOUR) {
		return "is sound, but a block beside it was overwritten";
	}
	return "is allocated";
}
