/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tlsf_region.c - the regions of a TLSF allocator: set up, add, remove, find
 *
 * Model       Regions are a treap (Seidel and Aragon, 1996) by address, whose
 *             nodes are their own first 24 bytes. A region starts as one free
 *             block between its header and a sentinel that is never free, so
 *             that no block has a neighbour outside. See tlsf_priv.h for the
 *             picture and the invariants.
 * Operations  add, remove and find walk one path down: O(log regions), by
 *             chance; drop walks the blocks of the region. The span [lo, lo +
 *             span) grows with add and shrinks only when the last region
 *             leaves.
 * Errors      All that an operation will read or write is verified before the
 *             first write. Only addresses from verified headers are read.
 * Locking     none here: the caller owns the struct and all regions.
 */
#include "tlsf/tlsf.h"

#include "lib/align.h"
#include "lib/attr.h"
#include "lib/mem.h"
#include "tlsf/tlsf_list.h"
#include "tlsf/tlsf_priv.h"

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

void xmem_tlsf_init(struct xmem_tlsf *t, unsigned long max_region,
		    uint64_t secret)
{
	max_region = xmem_align_down(max_region, XMEM_TLSF_ALIGN);
	memset(t, 0, xmem_tlsf_bytes(max_region));
	t->cookie = ((uint64_t)(uintptr_t)t ^ secret ^ TLSF_OPEN) * TLSF_SEAL;
	t->cookie ^= t->cookie >> 32;
	t->max_region = max_region;
	t->max_payload = xmem_tlsf_max_payload(max_region);
}

unsigned long xmem_tlsf_region_units(const struct xmem_tlsf *t,
				     const struct xmem_tlsf_region *r)
{
	uint64_t word = (r->seal ^ region_key(t, r)) * TLSF_OPEN;

	return word <= t->max_region >> TLSF_UNIT_SHIFT ? (unsigned long)word
							: 0;
}

/* --- the treap --------------------------------------------------------- */

static XMEM_NOINLINE uint64_t rank_of(const struct xmem_tlsf *t,
				      const struct xmem_tlsf_region *r)
{
	uint64_t hash = (t->cookie ^ (uintptr_t)r) * TLSF_SEAL;

	return (hash ^ hash >> 32) * TLSF_OPEN;
}

static void seal_region(const struct xmem_tlsf *t, struct xmem_tlsf_region *r,
			unsigned long units)
{
	r->seal = units * TLSF_SEAL ^ region_key(t, r);
}

/* Hang @child on side @side of @parent, or NULL: the root. */
static XMEM_NOINLINE void hang(struct xmem_tlsf *t,
			       struct xmem_tlsf_region *parent,
			       unsigned int side,
			       struct xmem_tlsf_region *child)
{
	unsigned long units;

	if (parent == NULL) {
		t->root = child;
		return;
	}
	units = xmem_tlsf_region_units(t, parent);
	parent->child[side] = child;
	seal_region(t, parent, units);
}

/* The neighbours of an address: the last region that starts at or below it,
 * the first that starts above it. */
struct neighbours {
	struct xmem_tlsf_region *below;
	struct xmem_tlsf_region *above;
};

/* Go down to @addr. Return: NULL, or a region on the way that is damaged. */
static XMEM_NOINLINE struct xmem_tlsf_region *descend(const struct xmem_tlsf *t,
						      uintptr_t addr,
						      struct neighbours *a)
{
	struct xmem_tlsf_region *r = t->root;

	*a = (struct neighbours){NULL, NULL};
	while (r != NULL && xmem_tlsf_region_units(t, r) != 0) {
		if ((uintptr_t)r <= addr) {
			a->below = r;
			r = r->child[1];
		} else {
			a->above = r;
			r = r->child[0];
		}
	}
	return r;
}

/*
 * *@region: one that has memory of [@start, @start + @bytes), or NULL.
 * XMEM_TLSF_OK or _BAD_REGION.
 */
static enum xmem_tlsf_error find_region(const struct xmem_tlsf *t,
					uintptr_t start, unsigned long bytes,
					void **region)
{
	struct neighbours a;

	*region = descend(t, start + bytes - 1, &a);
	if (*region != NULL) {
		return XMEM_TLSF_BAD_REGION;
	}
	if (a.below != NULL &&
	    (uintptr_t)a.below + (xmem_tlsf_region_units(t, a.below)
				  << TLSF_UNIT_SHIFT) >
		    start) {
		*region = a.below;
	}
	return XMEM_TLSF_OK;
}

/* Hang @r of @units in; the way to it has been verified. */
static void link_region(struct xmem_tlsf *t, struct xmem_tlsf_region *r,
			unsigned long units)
{
	struct xmem_tlsf_region *parent = NULL, *n = t->root;
	struct xmem_tlsf_region *tip[2] = {r, r};
	unsigned int side = 0;

	while (n != NULL && rank_of(t, n) > rank_of(t, r)) {
		parent = n;
		side = n < r;
		n = n->child[side];
	}
	*r = (struct xmem_tlsf_region){0};
	seal_region(t, r, units);
	hang(t, parent, side, r);
	/* What was there is cut in two, below @r and above. */
	while (n != NULL) {
		side = n > r;
		hang(t, tip[side], tip[side] == r ? side : !side, n);
		tip[side] = n;
		n = n->child[!side];
	}
	for (side = 0; side < 2; side++) {
		if (tip[side] != r) {
			hang(t, tip[side], !side, NULL);
		}
	}
}

/* Below @r, on the two ways that unlink_region() goes: NULL, or a damaged
 * region. */
static struct xmem_tlsf_region *find_damaged(const struct xmem_tlsf *t,
					     const struct xmem_tlsf_region *r)
{
	for (unsigned int side = 0; side < 2; side++) {
		struct xmem_tlsf_region *n = r->child[side];

		while (n != NULL) {
			if (xmem_tlsf_region_units(t, n) == 0) {
				return n;
			}
			n = n->child[!side];
		}
	}
	return NULL;
}

/* Take @r out; what this touches has been verified. */
static void unlink_region(struct xmem_tlsf *t, struct xmem_tlsf_region *r)
{
	struct xmem_tlsf_region *parent = NULL, *n = t->root;
	struct xmem_tlsf_region *low = r->child[0], *high = r->child[1];
	unsigned int side = 0;

	while (n != r) {
		parent = n;
		side = n < r;
		n = n->child[side];
	}
	while (low != NULL && high != NULL) {
		if (rank_of(t, low) > rank_of(t, high)) {
			hang(t, parent, side, low);
			parent = low;
			side = 1;
			low = low->child[1];
		} else {
			hang(t, parent, side, high);
			parent = high;
			side = 0;
			high = high->child[0];
		}
	}
	hang(t, parent, side, low != NULL ? low : high);
	r->seal = 0;
}

/* --- add, remove, find ------------------------------------------------- */

/* Make sure that the span covers [@start, @start + @bytes). */
static void cover_region(struct xmem_tlsf *t, uintptr_t start,
			 unsigned long bytes)
{
	uintptr_t end = start + bytes;

	if (t->root == NULL) {
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

/* The free block that fills region @r, or NULL. */
static XMEM_NOINLINE struct xmem_tlsf_block *only_block(
	const struct xmem_tlsf *t, const struct xmem_tlsf_region *r)
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

/* Does the allocator have memory of [@start, @start + @bytes) itself? */
static bool is_struct(const struct xmem_tlsf *t, uintptr_t start,
		      unsigned long bytes)
{
	return (uintptr_t)t - start < bytes ||
	       start - (uintptr_t)t < xmem_tlsf_bytes(t->max_region);
}

enum xmem_tlsf_error xmem_tlsf_vet(const struct xmem_tlsf *t, void *mem,
				   unsigned long bytes, void **bad)
{
	uintptr_t start = (uintptr_t)mem;
	enum xmem_tlsf_error error;
	unsigned long end;

	if (mem == NULL || bytes < XMEM_TLSF_MIN_REGION ||
	    bytes > t->max_region ||
	    !xmem_is_aligned(start | bytes, XMEM_TLSF_ALIGN) ||
	    !xmem_checked_add(start, bytes, &end)) {
		return XMEM_TLSF_MISALIGNED;
	}
	error = find_region(t, start, bytes, bad);
	if (error != XMEM_TLSF_OK) {
		return error;
	}
	if (*bad != NULL || is_struct(t, start, bytes)) {
		*bad = mem;
		return XMEM_TLSF_OVERLAP;
	}
	return XMEM_TLSF_OK;
}

enum xmem_tlsf_error xmem_tlsf_add(struct xmem_tlsf *t, void *mem,
				   unsigned long bytes, void **bad)
{
	enum xmem_tlsf_error error = xmem_tlsf_vet(t, mem, bytes, bad);
	struct xmem_tlsf_block *b;
	unsigned long units;

	if (error != XMEM_TLSF_OK) {
		return error;
	}
	cover_region(t, (uintptr_t)mem, bytes);
	link_region(t, mem, bytes >> TLSF_UNIT_SHIFT);
	b = first_block(mem);
	units = max_units(bytes);
	seal_header(t, block_after(b, units), 0, TLSF_PREV_FREE);
	put_free(t, b, units, TLSF_FIRST);
	t->total += bytes;
	return XMEM_TLSF_OK;
}

enum xmem_tlsf_error xmem_tlsf_look(const struct xmem_tlsf *t, const void *mem)
{
	if (xmem_tlsf_region_units(t, mem) == 0) {
		return XMEM_TLSF_BAD_REGION;
	}
	return only_block(t, mem) != NULL ? XMEM_TLSF_EMPTIED : XMEM_TLSF_OK;
}

enum xmem_tlsf_error xmem_tlsf_remove(struct xmem_tlsf *t, void *mem,
				      void **bad)
{
	struct xmem_tlsf_region *r = mem;
	struct xmem_tlsf_block *b;
	struct neighbours a;

	*bad = descend(t, (uintptr_t)mem, &a);
	if (*bad != NULL) {
		return XMEM_TLSF_BAD_REGION;
	}
	b = a.below == r && r != NULL ? only_block(t, r) : NULL;
	if (b == NULL) {
		*bad = mem;
		return XMEM_TLSF_BAD_HEADER;
	}
	*bad = find_damaged(t, r);
	if (*bad != NULL) {
		return XMEM_TLSF_BAD_REGION;
	}
	if (!can_remove(t, b, word_units(open_header(t, b)))) {
		*bad = payload_of(b);
		return XMEM_TLSF_BAD_BLOCK;
	}
	remove_free(t, b, word_units(open_header(t, b)));
	t->total -= xmem_tlsf_region_units(t, r) << TLSF_UNIT_SHIFT;
	unlink_region(t, r);
	if (t->root == NULL) {
		t->span = 0;
	}
	return XMEM_TLSF_OK;
}

enum xmem_tlsf_error xmem_tlsf_holds(const struct xmem_tlsf *t, const void *ptr,
				     void **bad)
{
	enum xmem_tlsf_error error;
	void *region;

	if (t->total == t->span) { /* I8 */
		return XMEM_TLSF_OK;
	}
	error = find_region(t, (uintptr_t)block_of(ptr), 1, &region);
	if (error != XMEM_TLSF_OK) {
		*bad = region;
		return error;
	}
	return region != NULL ? XMEM_TLSF_OK : XMEM_TLSF_BAD_HEADER;
}

/* --- all of them ------------------------------------------------------- */

/* Make the lowest region, of those from the root on, the root: by rotations,
 * which need no stack. Return: it, NULL if there is none, or a damaged one. */
static struct xmem_tlsf_region *raise_lowest(struct xmem_tlsf *t)
{
	struct xmem_tlsf_region *r = t->root, *low;

	while (r != NULL && xmem_tlsf_region_units(t, r) != 0 &&
	       r->child[0] != NULL) {
		low = r->child[0];
		if (xmem_tlsf_region_units(t, low) == 0) {
			return low;
		}
		hang(t, r, 0, low->child[1]);
		hang(t, low, 1, r);
		hang(t, NULL, 0, low);
		r = low;
	}
	return r;
}

enum xmem_tlsf_error xmem_tlsf_drop(struct xmem_tlsf *t, void **region,
				    unsigned long *nr_used)
{
	struct xmem_tlsf_region *r = raise_lowest(t);
	struct xmem_tlsf_block *b, *next;
	uint64_t word;

	*region = r;
	if (r == NULL) {
		return XMEM_TLSF_OK;
	}
	if (xmem_tlsf_region_units(t, r) == 0) {
		return XMEM_TLSF_BAD_REGION;
	}
	for (b = first_block(r);; b = next) {
		word = open_header(t, b);
		if (!word_is_good(word)) {
			*region = payload_of(b);
			return XMEM_TLSF_BAD_HEADER;
		}
		b->seal = 0;
		if (word_units(word) == 0) {
			break;
		}
		*nr_used += (word & TLSF_FREE) == 0;
		next = block_after(b, word_units(word));
	}
	t->root = r->child[1];
	r->seal = 0;
	return XMEM_TLSF_OK;
}

enum xmem_tlsf_error xmem_tlsf_next_region(const struct xmem_tlsf *t,
					   const void *prev, void **region)
{
	struct neighbours a;

	*region = descend(t, (uintptr_t)prev, &a);
	if (*region != NULL) {
		return XMEM_TLSF_BAD_REGION;
	}
	*region = a.above;
	return XMEM_TLSF_OK;
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
	if (error == XMEM_TLSF_BAD_BLOCK) {
		return "is a free block that was overwritten";
	}
	if (error == XMEM_TLSF_BAD_REGION) {
		return "is a region whose header was overwritten";
	}
	if (error == XMEM_TLSF_OVERLAP) {
		return "is new memory, but the pool has some of it already";
	}
	return "is allocated";
}
