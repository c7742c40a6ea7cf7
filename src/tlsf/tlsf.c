/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tlsf.c - two-level segregated fit with sealed headers: give and resize
 *
 * Model       Regions of memory cut into blocks without gaps (tlsf_priv.h
 *             draws one). Free blocks hang on lists by size class: every
 *             size below 64 units of 16 bytes has its own, above that 32
 *             classes share each power of two (Masmano et al., ECRTS 2004).
 *             One free block, the one that came into being last, is loose:
 *             it joins its list only when another takes its place. Most
 *             often it is cut or merged again first, and no list is touched.
 * Operations  give: merges with both neighbours at once. resize: moves the
 *             end of a block, into or out of the block behind. All O(1).
 * Errors      Headers are sealed and links are verified before every unlink;
 *             all that an operation will read or write is verified before
 *             the first write, so a refused call has changed nothing.
 * Locking     none here: the caller owns the struct and all regions.
 * Trade-offs  A header a block (8 bytes) costs small objects dearly. Headers
 *             beside user data can be forged by who knows the cookie: see
 *             xmem_tlsf_init().
 * See         tlsf_take.c, tlsf_region.c, tlsf_list.c, docs/design.md
 */
#include "tlsf/tlsf.h"

#include "lib/assert.h"
#include "lib/attr.h"
#include "tlsf/tlsf_list.h"
#include "tlsf/tlsf_priv.h"

/* A used block that a caller named, and the block behind it, verified. */
struct used_block {
	struct xmem_tlsf_block *block;
	struct xmem_tlsf_block *next;
	uint64_t word;
	uint64_t next_word;
};

/* --- give -------------------------------------------------------------- */

/* Find and verify the used block at @ptr and the header behind it. */
static inline enum xmem_tlsf_error find_used(const struct xmem_tlsf *t,
					     const void *ptr,
					     struct used_block *u)
{
	if (((uintptr_t)ptr & (XMEM_TLSF_ALIGN - 1)) != 0) {
		return XMEM_TLSF_MISALIGNED;
	}
	u->block = block_of(ptr);
	if (!is_inside(t, u->block)) {
		return XMEM_TLSF_BAD_HEADER;
	}
	u->word = open_header(t, u->block);
	if (!word_is_good(u->word) || u->word <= TLSF_FLAGS) {
		return XMEM_TLSF_BAD_HEADER;
	}
	if ((u->word & TLSF_FREE) != 0) {
		return XMEM_TLSF_FREE_ALREADY;
	}
	u->next = block_after(u->block, word_units(u->word));
	u->next_word = open_header(t, u->next);
	if (!word_is_good(u->next_word) ||
	    (u->next_word & (TLSF_PREV_FREE | TLSF_FIRST)) != 0) {
		return XMEM_TLSF_BAD_NEIGHBOUR;
	}
	return XMEM_TLSF_OK;
}

/*
 * The free block that ends where @b starts, its header in *@word; NULL if
 * anything about it is wrong.
 */
static struct xmem_tlsf_block *find_free_before(const struct xmem_tlsf *t,
						struct xmem_tlsf_block *b,
						uint64_t *word)
{
	uint64_t units = *size_before(b) ^ t->cookie;
	struct xmem_tlsf_block *prev;

	if (units > ((uintptr_t)b - t->lo) >> TLSF_UNIT_SHIFT) {
		return NULL;
	}
	prev = (struct xmem_tlsf_block *)((uintptr_t)b - ((uintptr_t)units
							  << TLSF_UNIT_SHIFT));
	*word = open_header(t, prev);
	if (*word >> TLSF_SIZE_BIT != units ||
	    (*word & (TLSF_FREE | TLSF_PREV_FREE)) != TLSF_FREE ||
	    !can_remove(t, prev, (unsigned long)units)) {
		return NULL;
	}
	return prev;
}

/* @b of @units, free and the first of its region: is it the only one? */
static enum xmem_tlsf_error look_if_emptied(const struct xmem_tlsf *t,
					    const struct xmem_tlsf_block *b,
					    unsigned long units, void **region)
{
	if (word_units(open_header(t, block_after(b, units))) != 0) {
		return XMEM_TLSF_OK;
	}
	*region = region_of(b);
	return XMEM_TLSF_EMPTIED;
}

/* What a give has verified: the block, and the one before if that is free. */
struct around {
	struct used_block u;
	struct xmem_tlsf_block *prev; /* NULL: it is used */
	uint64_t prev_word;
};

/* Is the header behind the free block @b of @units sound? A sentinel that is
 * not would hide that the region is empty. */
static inline bool ends_soundly(const struct xmem_tlsf *t,
				const struct xmem_tlsf_block *b,
				unsigned long units)
{
	return (open_header(t, block_after(b, units)) & ~TLSF_SIZE_MASK) ==
	       TLSF_PREV_FREE;
}

/* Verify all that a give of @ptr will touch. *@bad: a damaged region. */
static enum xmem_tlsf_error look_around(const struct xmem_tlsf *t,
					const void *ptr, struct around *a,
					void **bad)
{
	enum xmem_tlsf_error error = find_used(t, ptr, &a->u);
	struct xmem_tlsf_block *b = a->u.block;
	uint64_t word = a->u.word;

	if (error != XMEM_TLSF_OK) {
		return error;
	}
	if ((a->u.next_word & TLSF_FREE) != 0 &&
	    (!can_remove(t, a->u.next, word_units(a->u.next_word)) ||
	     !ends_soundly(t, a->u.next, word_units(a->u.next_word)))) {
		return XMEM_TLSF_BAD_NEIGHBOUR;
	}
	a->prev = NULL;
	if ((word & TLSF_PREV_FREE) != 0) {
		b = find_free_before(t, b, &word);
		if (b == NULL) {
			return XMEM_TLSF_BAD_NEIGHBOUR;
		}
		a->prev = b;
		a->prev_word = word;
	}
	if ((word & TLSF_FIRST) != 0 &&
	    xmem_tlsf_region_units(t, region_of(b)) == 0) {
		*bad = region_of(b);
		return XMEM_TLSF_BAD_REGION;
	}
	return XMEM_TLSF_OK;
}

/* Any give, from the start, with all checks. */
static XMEM_NOINLINE enum xmem_tlsf_error give_any(struct xmem_tlsf *t,
						   void *ptr, void **region)
{
	void *bad = ptr;
	struct around a;
	enum xmem_tlsf_error error = look_around(t, ptr, &a, &bad);
	struct xmem_tlsf_block *b = a.u.block;
	unsigned long units;
	unsigned int flags;

	if (XMEM_UNLIKELY(error != XMEM_TLSF_OK)) {
		*region = bad;
		return error;
	}
	units = word_units(a.u.word);
	flags = (unsigned int)a.u.word & TLSF_FIRST;
	t->used -= units;
	if ((a.u.next_word & TLSF_FREE) != 0) {
		remove_free(t, a.u.next, word_units(a.u.next_word));
		units += word_units(a.u.next_word);
	} else {
		seal_header(t, a.u.next, word_units(a.u.next_word),
			    TLSF_PREV_FREE);
	}
	if (a.prev != NULL) {
		seal_header(t, b, units, TLSF_FREE); /* I7 */
		b = a.prev;
		flags = (unsigned int)a.prev_word & TLSF_FIRST;
		remove_free(t, b, word_units(a.prev_word));
		units += word_units(a.prev_word);
	}
	put_free(t, b, units, flags);
	return flags == 0 ? XMEM_TLSF_OK : look_if_emptied(t, b, units, region);
}

/* Is the loose block, its header sound, the one at @b? */
static inline bool is_loose(const struct xmem_tlsf *t,
			    const struct xmem_tlsf_block *b)
{
	return b == t->loose &&
	       open_header(t, b) ==
		       (t->loose_units << TLSF_SIZE_BIT | TLSF_FREE);
}

/*
 * The most frequent give: the loose block is directly behind, the block
 * before is used. No list is touched.
 */
static inline void merge_loose(struct xmem_tlsf *t, struct xmem_tlsf_block *b,
			       unsigned long units, unsigned int first)
{
	unsigned long sum = t->loose_units + units;
	uint64_t seal = seal_of(t, b, sum, TLSF_FREE | first);

	t->loose = b;
	t->loose_units = sum;
	t->used -= units;
	*size_before(block_after(b, sum)) = sum ^ t->cookie;
	b->seal = seal;
}

/* The same for the first block of a region: perhaps the only one. */
static XMEM_NOINLINE enum xmem_tlsf_error give_first(struct xmem_tlsf *t,
						     struct xmem_tlsf_block *b,
						     uint64_t word,
						     void **region)
{
	if ((word & ~TLSF_SIZE_MASK) != TLSF_FIRST ||
	    !is_loose(t, block_after(b, word_units(word))) ||
	    !ends_soundly(t, t->loose, t->loose_units) ||
	    xmem_tlsf_region_units(t, region_of(b)) == 0) {
		return give_any(t, payload_of(b), region);
	}
	merge_loose(t, b, word_units(word), TLSF_FIRST);
	return look_if_emptied(t, b, t->loose_units, region);
}

/* @b, its header sound and @word: both neighbours used, or the long way. */
static XMEM_NOINLINE enum xmem_tlsf_error give_between(
	struct xmem_tlsf *t, struct xmem_tlsf_block *b, uint64_t word,
	void **region)
{
	struct xmem_tlsf_block *next = block_after(b, word_units(word));
	uint64_t next_word = open_header(t, next);

	if ((next_word & ~TLSF_SIZE_MASK) != 0 || word == 0) {
		return give_any(t, payload_of(b), region);
	}
	t->used -= word_units(word);
	seal_header(t, next, word_units(next_word), TLSF_PREV_FREE);
	put_free(t, b, word_units(word), 0);
	return XMEM_TLSF_OK;
}

enum xmem_tlsf_error xmem_tlsf_give(struct xmem_tlsf *t, void *ptr,
				    void **region)
{
	struct xmem_tlsf_block *b = block_of(ptr);
	uint64_t word;

	if (((uintptr_t)ptr & (XMEM_TLSF_ALIGN - 1)) != 0 || !is_inside(t, b)) {
		return give_any(t, ptr, region);
	}
	word = open_header(t, b);
	if ((word & ~TLSF_SIZE_MASK) != 0) {
		return give_first(t, b, word, region);
	}
	if (!is_loose(t, block_after(b, word_units(word)))) {
		return give_between(t, b, word, region);
	}
	merge_loose(t, b, word_units(word), 0);
	return XMEM_TLSF_OK;
}

/* --- resize ------------------------------------------------------------ */

/* The header of @b says now that the block before it is, or is not, free. */
static void set_prev_free(struct xmem_tlsf *t, struct xmem_tlsf_block *b,
			  bool prev_free)
{
	uint64_t word = open_header(t, b);
	unsigned int flags =
		(unsigned int)word & (TLSF_FLAGS & ~TLSF_PREV_FREE);

	seal_header(t, b, word_units(word),
		    prev_free ? flags | TLSF_PREV_FREE : flags);
}

/* The first @units of @u stay used, @rest units behind them become free. */
static void move_end(struct xmem_tlsf *t, const struct used_block *u,
		     unsigned long units, unsigned long rest)
{
	unsigned long old = word_units(u->word);

	if ((u->next_word & TLSF_FREE) != 0) {
		remove_free(t, u->next, word_units(u->next_word));
	}
	if (rest != 0) {
		put_free(t, block_after(u->block, units), rest, 0);
	}
	set_prev_free(t, block_after(u->block, units + rest), rest != 0);
	seal_header(t, u->block, units,
		    (unsigned int)u->word & (TLSF_FIRST | TLSF_PREV_FREE));
	t->used += units - old;
}

enum xmem_tlsf_error xmem_tlsf_resize(struct xmem_tlsf *t, void *ptr,
				      unsigned long size, bool *done)
{
	struct used_block u;
	enum xmem_tlsf_error error = find_used(t, ptr, &u);
	unsigned long units, have, room;

	if (error != XMEM_TLSF_OK) {
		return error;
	}
	*done = false;
	if (size - 1 >= t->max_payload) {
		return XMEM_TLSF_OK;
	}
	units = units_for(size);
	have = word_units(u.word);
	room = have;
	if ((u.next_word & TLSF_FREE) != 0) {
		room += word_units(u.next_word);
		if (!can_remove(t, u.next, word_units(u.next_word)) ||
		    !word_is_good(open_header(t, block_after(u.block, room)))) {
			return XMEM_TLSF_BAD_NEIGHBOUR;
		}
	}
	if (units > room) {
		return XMEM_TLSF_OK;
	}
	*done = true;
	if (room - units < TLSF_MIN_UNITS) {
		units = room;
	}
	if (units != have) {
		move_end(t, &u, units, room - units);
	}
	return XMEM_TLSF_OK;
}

enum xmem_tlsf_error xmem_tlsf_usable(const struct xmem_tlsf *t,
				      const void *ptr, unsigned long *size)
{
	struct used_block u;
	enum xmem_tlsf_error error = find_used(t, ptr, &u);

	if (error == XMEM_TLSF_OK) {
		*size = (word_units(u.word) << TLSF_UNIT_SHIFT) -
			sizeof(uint64_t);
	}
	return error;
}
