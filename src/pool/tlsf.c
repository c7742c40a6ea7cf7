/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tlsf.c - two-level segregated fit with sealed block headers
 *
 * Model       Regions of memory cut into blocks without gaps (pool_priv.h
 *             draws one). Free blocks hang on lists by size class: every
 *             size below 64 units of 16 bytes has its own, above that 32
 *             classes share each power of two (Masmano et al., ECRTS 2004).
 *             One free block, the one that came into being last, is loose:
 *             it joins its list only when another takes its place. Most
 *             often it is cut or merged again first, and no list is touched.
 * Operations  take: the head of the own class if it fits, else a block of
 *             the next class that has one, where every block fits; the loose
 *             block wins if its class is not larger. The rest is split off.
 *             give: merges with both neighbours at once. All O(1): no loop
 *             but in xmem_tlsf_drop().
 * Errors      Headers are sealed and links are verified before every unlink;
 *             all that an operation will read or write is verified before
 *             the first write, so a refused call has changed nothing.
 * Locking     none here: the caller owns the struct and all regions.
 * Trade-offs  A header a block (8 bytes) costs small objects dearly; blocks
 *             of one class above 64 units are not told apart by size, only
 *             the head of the list is tried. Headers beside user data can be
 *             forged by who knows the cookie: this finds accidents.
 * See         docs/design.md
 */
#include "pool/tlsf.h"

#include "lib/assert.h"
#include "pool/pool_priv.h"
#include "pool/tlsf_list.h"

/* A used block that a caller named, and the block behind it, verified. */
struct used_block {
	struct xmem_tlsf_block *block;
	struct xmem_tlsf_block *next;
	uint64_t word;
	uint64_t next_word;
};

/* --- search ------------------------------------------------------------ */

/* The first class at or above @class with a block, or TLSF_NO_CLASS. */
static unsigned int next_class(const struct xmem_tlsf *t, unsigned int class)
{
	unsigned int w = class / 64;
	uint64_t bits = t->map[w] & xmem_bits_from(class % 64);

	if (bits == 0) {
		bits = w < 63 ? t->top & xmem_bits_from(w + 1) : 0;
		if (bits == 0) {
			return TLSF_NO_CLASS;
		}
		w = xmem_ffs64(bits);
		bits = t->map[w];
	}
	return w * 64 + xmem_ffs64(bits);
}

/*
 * Units to leave free in front of @b so that the payload is aligned: none,
 * or enough for a block.
 */
static unsigned long gap_before(const struct xmem_tlsf_block *b,
				unsigned long align)
{
	uintptr_t payload = (uintptr_t)payload_of(b);
	unsigned long gap = (unsigned long)(-payload & (align - 1));

	if (gap == XMEM_TLSF_ALIGN) {
		gap += align;
	}
	return gap >> TLSF_UNIT_SHIFT;
}

/* Does the head of @class, if there is one, hold @units at @align? */
static bool head_fits(const struct xmem_tlsf *t, unsigned int class,
		      unsigned long units, unsigned long align)
{
	const struct xmem_tlsf_block *b = t->head[class];

	return b != NULL &&
	       word_units(open_header(t, b)) >= units + gap_before(b, align);
}

/*
 * A free block for @units at @align, or NULL. A damaged one may be the
 * answer: the caller verifies.
 */
static struct xmem_tlsf_block *find_block(const struct xmem_tlsf *t,
					  unsigned long units,
					  unsigned long align)
{
	unsigned long most =
		units +
		(align > XMEM_TLSF_ALIGN ? (align >> TLSF_UNIT_SHIFT) + 1 : 0);
	unsigned int own = class_of(units);
	unsigned int class;

	if (head_fits(t, own, units, align)) {
		return t->head[own];
	}
	class = TLSF_NO_CLASS;
	if (most <= max_units(t->max_region)) {
		class = class_of(most);
		if (class == own || !head_fits(t, class, units, align)) {
			class = next_class(t, class + 1);
		}
	}
	if (t->loose != NULL && class_of(t->loose_units) <= class &&
	    t->loose_units >= units + gap_before(t->loose, align)) {
		return t->loose;
	}
	return class == TLSF_NO_CLASS ? NULL : t->head[class];
}

/* --- take -------------------------------------------------------------- */

static unsigned long units_for(unsigned long size)
{
	unsigned long units = (size + sizeof(uint64_t) + XMEM_TLSF_ALIGN - 1) >>
			      TLSF_UNIT_SHIFT;

	return units < TLSF_MIN_UNITS ? TLSF_MIN_UNITS : units;
}

/*
 * Cut @units, @gap behind its start, out of the free block @b of header
 * @word. All has been verified.
 */
static void *carve(struct xmem_tlsf *t, struct xmem_tlsf_block *b,
		   unsigned long units, unsigned long gap, uint64_t word)
{
	unsigned long rest = word_units(word) - gap - units;
	unsigned int flags = (unsigned int)word & TLSF_FIRST;
	struct xmem_tlsf_block *next;

	remove_free(t, b, word_units(word));
	if (gap != 0) {
		put_free(t, b, gap, flags);
		b = block_after(b, gap);
		flags = TLSF_PREV_FREE;
	}
	if (rest >= TLSF_MIN_UNITS) {
		put_free(t, block_after(b, units), rest, 0);
	} else {
		units += rest;
		next = block_after(b, units);
		word = open_header(t, next);
		seal_header(t, next, word_units(word),
			    (unsigned int)word & TLSF_FIRST);
	}
	seal_header(t, b, units, flags);
	t->used += units;
	return payload_of(b);
}

/*
 * Is the free block @b of header @word sound, with @units to spare behind
 * @gap, and so is all that cutting it will touch?
 */
static bool can_carve(const struct xmem_tlsf *t,
		      const struct xmem_tlsf_block *b, unsigned long units,
		      uint64_t word)
{
	unsigned long have = word_units(word);
	uint64_t next;

	if (!word_is_good(word) || have < units ||
	    (word & (TLSF_FREE | TLSF_PREV_FREE)) != TLSF_FREE ||
	    !can_remove(t, b, have)) {
		return false;
	}
	if (have - units >= TLSF_MIN_UNITS) {
		return true;
	}
	next = open_header(t, block_after(b, have));
	return word_is_good(next) &&
	       (next & (TLSF_FREE | TLSF_PREV_FREE)) == TLSF_PREV_FREE;
}

static __attribute__((noinline)) void *take_found(struct xmem_tlsf *t,
						  unsigned long units,
						  unsigned long align,
						  const void **damaged)
{
	struct xmem_tlsf_block *b;
	unsigned long gap;
	uint64_t word;

	if (align < XMEM_TLSF_ALIGN) {
		align = XMEM_TLSF_ALIGN;
	}
	b = find_block(t, units, align);
	if (b == NULL) {
		return NULL;
	}
	gap = gap_before(b, align);
	word = open_header(t, b);
	if (can_carve(t, b, units + gap, word)) {
		return carve(t, b, units, gap, word);
	}
	if (damaged != NULL) {
		*damaged = payload_of(b);
	}
	return NULL;
}

/*
 * The most frequent take by far: no list has a block that fits and the loose
 * one is larger. Its start becomes the block, the rest stays loose.
 */
static inline void *split_loose(struct xmem_tlsf *t, unsigned long units,
				uint64_t word)
{
	struct xmem_tlsf_block *b = t->loose;
	struct xmem_tlsf_block *rest = block_after(b, units);
	unsigned long rest_units = t->loose_units - units;
	uint64_t rest_seal = seal_of(t, rest, rest_units, TLSF_FREE);
	uint64_t seal = seal_of(t, b, units, (unsigned int)word & TLSF_FIRST);

	t->loose = rest;
	t->loose_units = rest_units;
	t->used += units;
	*size_before(block_after(rest, rest_units)) = rest_units;
	rest->seal = rest_seal;
	b->seal = seal;
	return payload_of(b);
}

void *xmem_tlsf_take(struct xmem_tlsf *t, unsigned long size,
		     unsigned long align, const void **damaged)
{
	unsigned long units;
	uint64_t word;

	if (size - 1 >= t->max_payload) {
		return NULL;
	}
	units = units_for(size);
	if (align <= XMEM_TLSF_ALIGN && units < TLSF_EXACT_UNITS &&
	    t->map[0] >> units == 0 && t->top <= 1 &&
	    t->loose_units >= units + TLSF_MIN_UNITS) {
		word = open_header(t, t->loose);
		if (word >> TLSF_SIZE_BIT == t->loose_units) {
			return split_loose(t, units, word);
		}
	}
	if (align > t->max_region) {
		return NULL;
	}
	return take_found(t, units, align, damaged);
}

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
	uint64_t units = *size_before(b);
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
	*region = (void *)((uintptr_t)b - TLSF_REGION_HEAD);
	return XMEM_TLSF_EMPTIED;
}

/* Any give, from the start, with all checks. */
static __attribute__((noinline)) enum xmem_tlsf_error give_any(
	struct xmem_tlsf *t, void *ptr, void **region)
{
	struct used_block u;
	struct xmem_tlsf_block *b, *prev = NULL;
	enum xmem_tlsf_error error = find_used(t, ptr, &u);
	unsigned long units;
	unsigned int flags;
	uint64_t prev_word = 0;

	if (XMEM_UNLIKELY(error != XMEM_TLSF_OK)) {
		return error;
	}
	b = u.block;
	units = word_units(u.word);
	flags = (unsigned int)u.word & TLSF_FIRST;
	if ((u.next_word & TLSF_FREE) != 0 &&
	    !can_remove(t, u.next, word_units(u.next_word))) {
		return XMEM_TLSF_BAD_NEIGHBOUR;
	}
	if ((u.word & TLSF_PREV_FREE) != 0) {
		prev = find_free_before(t, b, &prev_word);
		if (prev == NULL) {
			return XMEM_TLSF_BAD_NEIGHBOUR;
		}
		flags = (unsigned int)prev_word & TLSF_FIRST;
	}
	t->used -= units;
	if ((u.next_word & TLSF_FREE) != 0) {
		remove_free(t, u.next, word_units(u.next_word));
		units += word_units(u.next_word);
	} else {
		seal_header(t, u.next, word_units(u.next_word), TLSF_PREV_FREE);
	}
	if (prev != NULL) {
		seal_header(t, b, units, TLSF_FREE); /* I7 */
		remove_free(t, prev, word_units(prev_word));
		units += word_units(prev_word);
		b = prev;
	}
	put_free(t, b, units, flags);
	return flags == 0 ? XMEM_TLSF_OK : look_if_emptied(t, b, units, region);
}

/*
 * The most frequent give: the loose block is directly behind, the block
 * before is used. No list is touched.
 */
static inline void merge_loose(struct xmem_tlsf *t, struct xmem_tlsf_block *b,
			       unsigned long units)
{
	unsigned long sum = t->loose_units + units;
	uint64_t seal = seal_of(t, b, sum, TLSF_FREE);

	t->loose = b;
	t->loose_units = sum;
	t->used -= units;
	*size_before(block_after(b, sum)) = sum;
	b->seal = seal;
}

enum xmem_tlsf_error xmem_tlsf_give(struct xmem_tlsf *t, void *ptr,
				    void **region)
{
	struct xmem_tlsf_block *b = block_of(ptr);
	uint64_t word;

	if (((uintptr_t)ptr & (XMEM_TLSF_ALIGN - 1)) == 0 && is_inside(t, b)) {
		word = open_header(t, b);
		if ((word & ~TLSF_SIZE_MASK) == 0 &&
		    block_after(b, word_units(word)) == t->loose &&
		    open_header(t, t->loose) ==
			    (t->loose_units << TLSF_SIZE_BIT | TLSF_FREE)) {
			merge_loose(t, b, word_units(word));
			return XMEM_TLSF_OK;
		}
	}
	return give_any(t, ptr, region);
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
	if (size > t->max_payload) {
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
