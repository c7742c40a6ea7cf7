/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tlsf_check.c - is a TLSF allocator sound? Every block, list and counter
 *
 * Model       Two walks: all regions block by block, then all lists. Both
 *             count the free blocks; the counts must agree, so that each
 *             free block is on exactly one list or is the loose one.
 * Operations  O(blocks + lists). Every walk ends: blocks have a size, and a
 *             list is given up after as many blocks as the regions have.
 * Locking     none here: the caller owns the struct and all regions.
 * Trade-offs  Prints nothing and stops at the first violation.
 */
#include "tlsf/tlsf.h"

#include "tlsf/tlsf_list.h"
#include "tlsf/tlsf_priv.h"

struct walk {
	unsigned long nr_free; /* free blocks seen */
	unsigned long used;    /* units of used blocks */
	unsigned long bytes;   /* of this region up to here */
	unsigned long total;
	bool saw_loose;
};

/* One block at a time; @before: the header word of the block before. */
static const char *check_block(const struct xmem_tlsf *t,
			       struct xmem_tlsf_block *b, uint64_t word,
			       uint64_t before, struct walk *w)
{
	unsigned long units = word_units(word);

	if ((word & before & TLSF_FREE) != 0) {
		return "I2: two neighbouring blocks are free";
	}
	if (((word & TLSF_PREV_FREE) != 0) != ((before & TLSF_FREE) != 0)) {
		return "I3: a header is wrong about the block before";
	}
	if ((before & TLSF_FREE) != 0 &&
	    (*size_before(b) ^ t->cookie) != word_units(before)) {
		return "I3: the size at the end of a free block is wrong";
	}
	if ((word & TLSF_FREE) == 0) {
		w->used += units;
		return NULL;
	}
	w->nr_free++;
	w->saw_loose |= b == t->loose;
	if (b == t->loose && units != t->loose_units) {
		return "I4: the size of the loose block is wrong";
	}
	return NULL;
}

static const char *check_region(const struct xmem_tlsf *t,
				const struct xmem_tlsf_region *r,
				struct walk *w)
{
	struct xmem_tlsf_block *b = first_block(r);
	const char *broken;
	uint64_t before = 0, word;

	for (w->bytes = 0; w->bytes <= t->max_region;) {
		word = open_header(t, b);
		if (!word_is_good(word)) {
			return "I1: a header was overwritten";
		}
		if (((word & TLSF_FIRST) != 0) != (w->bytes == 0)) {
			return "I1: only the first block is marked as such";
		}
		broken = check_block(t, b, word, before, w);
		if (broken != NULL) {
			return broken;
		}
		if (word_units(word) == 0) {
			w->bytes += XMEM_TLSF_REGION_OVERHEAD - 8;
			return (word & TLSF_FREE) != 0
				       ? "I1: a sentinel is free"
				       : NULL;
		}
		if (word_units(word) < TLSF_MIN_UNITS) {
			return "I1: a block is too small";
		}
		w->bytes += word_units(word) << TLSF_UNIT_SHIFT;
		b = block_after(b, word_units(word));
		before = word;
	}
	return "I1: a region has no sentinel";
}

static const char *check_regions(const struct xmem_tlsf *t, struct walk *w)
{
	uintptr_t end = t->lo; /* of the region before */
	const char *broken;
	void *r = NULL;

	for (;;) {
		if (xmem_tlsf_next_region(t, r, &r) != XMEM_TLSF_OK) {
			return "I8: the header of a region was overwritten";
		}
		if (r == NULL) {
			break;
		}
		broken = check_region(t, r, w);
		if (broken != NULL) {
			return broken;
		}
		if (w->bytes >> TLSF_UNIT_SHIFT !=
		    xmem_tlsf_region_units(t, r)) {
			return "I8: the size of a region is wrong";
		}
		if ((uintptr_t)r < end) {
			return "I8: a region starts in another";
		}
		end = (uintptr_t)r + w->bytes;
		if (end - t->lo > t->span) {
			return "I8: a region ends outside the span";
		}
		w->total += w->bytes;
		if (w->total > t->total) {
			return "I6: the regions are larger than the total";
		}
	}
	if (w->total != t->total || w->used != t->used) {
		return "I6: used or total bytes are wrong";
	}
	return NULL;
}

/* Every block of list @class; at most @left blocks are on all lists. */
static const char *check_list(const struct xmem_tlsf *t, unsigned int class,
			      unsigned long *left)
{
	const struct xmem_tlsf_block *b, *prev = NULL;
	uint64_t word;

	for (b = t->head[class]; b != NULL; b = next_of(t, b)) {
		if (!can_be_free(t, b) || prev_of(t, b) != prev) {
			return "I4: a link of a free list was overwritten";
		}
		word = open_header(t, b);
		if (!word_is_good(word) || (word & TLSF_FREE) == 0 ||
		    class_of(word_units(word)) != class || b == t->loose) {
			return "I4: a block is on a list where it should not be";
		}
		if (*left == 0) {
			return "I4: the lists hold more than the free blocks";
		}
		--*left;
		prev = b;
	}
	return NULL;
}

static const char *check_lists(const struct xmem_tlsf *t, unsigned long left)
{
	const char *broken;
	uint64_t map[TLSF_MAP_WORDS] = {0}, top = 0;

	for (unsigned int c = 0; c < nr_classes(t->max_region); c++) {
		broken = check_list(t, c, &left);
		if (broken != NULL) {
			return broken;
		}
		if (t->head[c] != NULL) {
			map[c / 64] |= xmem_bit(c % 64);
		}
	}
	if (left != 0) {
		return "I4: a free block is on no list";
	}
	for (unsigned int w = 0; w < TLSF_MAP_WORDS; w++) {
		if (t->map[w] != map[w]) {
			return "I5: the map of lists is wrong";
		}
		top |= map[w] != 0 ? xmem_bit(w) : 0;
	}
	return top == t->top ? NULL : "I5: the top of the map is wrong";
}

const char *xmem_tlsf_check(const struct xmem_tlsf *t)
{
	struct walk w = {0};
	const char *broken = check_regions(t, &w);

	if (broken != NULL) {
		return broken;
	}
	if (w.saw_loose != (t->loose != NULL) ||
	    (t->loose == NULL && t->loose_units != 0)) {
		return "I4: the loose block is no free block";
	}
	return check_lists(t, w.nr_free - w.saw_loose);
}
