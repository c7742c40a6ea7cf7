/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tlsf_priv.h - blocks, headers and lists of the TLSF engine
 *
 * A region, from a 16-aligned address to another:
 *
 *   seal child[2] | header payload | header payload | ... | header
 *   region header   block            block                  sentinel
 *   24 bytes        16-byte units                           8 bytes
 *
 * Every payload is 16-aligned; its 8-byte header lies directly before it. A
 * block of n units is 16 n bytes, header included, n >= 2. A free block has
 * two links at the start of its payload and n in its last 8 bytes, each xored
 * with the cookie. So an overwritten one leads out of [low, low + extent),
 * where nothing is read, rather than to a hole between regions, which may be
 * unmapped.
 *
 * Header word: bit 0 the block is free, bit 1 the block before is free, bit
 * 2 the first of its region, bits 3..24 units (0 = sentinel), bits 25..63
 * zero. It is stored sealed: multiplied by an odd constant modulo 2^64, then
 * xored with a key made of the block's address and the allocator's cookie.
 * Opening is the inverse. A word that was overwritten, or is read where no
 * block of this allocator starts, opens to 39 zero bits once in 2^39.
 *
 * The regions form a treap: a search tree by address, in which each node has
 * a higher rank than its children. The rank is a hash of the address, so the
 * depth is random, about 2 ln n. The seal of a region holds its size in units,
 * and its key includes the links to both children: no link is followed
 * unverified.
 *
 * I1  blocks and sentinel fill a region exactly
 * I2  no two neighbours are both free
 * I3  bit 1 of a header <=> the block before is free, and its size is in
 *     its last 8 bytes
 * I4  a free block is either on the list of its class or the loose one
 * I5  bit c of map <=> list c is not empty; bit w of top <=> map[w] != 0
 * I6  used = units of all used blocks; total = bytes of all regions
 * I7  a header that was merged into the block before is free or overwritten
 * I8  every region lies in [low, low + extent) and overlaps no other; so if
 * total equals span there is no hole between them
 */
#ifndef TLSF_PRIV_H
#define TLSF_PRIV_H

#include "lib/bits.h"
#include "tlsf/tlsf.h"

/* Units of 16 bytes; the smallest block holds header, links and size. */
#define TLSF_UNIT_SHIFT 4
#define TLSF_MIN_UNITS	2UL

#define TLSF_FREE      1U
#define TLSF_PREV_FREE 2U
#define TLSF_FIRST     4U
#define TLSF_FLAGS     7U
#define TLSF_SIZE_BIT  3
#define TLSF_WORD_BITS 25
#define TLSF_SIZE_MASK (((uint64_t)1 << TLSF_WORD_BITS) - 1 - TLSF_FLAGS)

/* An odd constant and its inverse modulo 2^64. */
#define TLSF_SEAL 0x9e3779b97f4a7c15ULL
#define TLSF_OPEN 0xf1de83e19937733dULL

/* Classes: one for each size below 64 units, then 32 a power of two. */
#define TLSF_EXACT_UNITS 64UL
#define TLSF_MAX_CLASSES 576U
#define TLSF_NO_CLASS	 (~0U)
#define TLSF_MAP_WORDS	 (TLSF_MAX_CLASSES / 64 + 1) /* the last one is 0 */

struct xmem_tlsf_block {
	uint64_t seal;
	uintptr_t next; /* these two: free blocks on a list; see next_of() */
	uintptr_t prev;
} __attribute__((__may_alias__));

struct xmem_tlsf_region {
	uint64_t seal;
	struct xmem_tlsf_region *child[2]; /* with lower, higher addresses */
} __attribute__((__may_alias__));

#define TLSF_REGION_HEAD 24UL

/* Fields in the order in which a take or a give touches them. */
struct xmem_tlsf {
	unsigned long max_payload; /* largest size worth a search */
	uint64_t cookie;
	uint64_t top;
	struct xmem_tlsf_block *loose; /* free, on no list; or NULL */
	unsigned long loose_units;     /* its size; 0 if there is none */
	unsigned long used;
	uintptr_t low;	  /* lowest address of all regions */
	uintptr_t extent; /* bytes from there to the end of the highest */
	uint64_t map[TLSF_MAP_WORDS];
	unsigned long max_region;
	unsigned long total;
	struct xmem_tlsf_region *root;	/* of the regions */
	struct xmem_tlsf_block *head[]; /* by class */
};

_Static_assert(TLSF_SEAL *TLSF_OPEN == 1, "the constants are not inverse");
_Static_assert(sizeof(struct xmem_tlsf_region) <= TLSF_REGION_HEAD,
	       "the region header has grown: the first block starts at 24");
_Static_assert(XMEM_TLSF_REGION_OVERHEAD == TLSF_REGION_HEAD + 8 + 8,
	       "region header, first header, sentinel");
_Static_assert(sizeof(struct xmem_tlsf) <= 192,
	       "XMEM_TLSF_BYTES() counts 192 bytes before the lists");
_Static_assert(XMEM_TLSF_MAX_REGION >> TLSF_UNIT_SHIFT <=
		       1UL << (TLSF_WORD_BITS - TLSF_SIZE_BIT),
	       "the size of the largest block must fit its field");

/* Block from payload address, payload from block. */
static inline struct xmem_tlsf_block *block_of(const void *ptr)
{
	return (struct xmem_tlsf_block *)((uintptr_t)ptr - sizeof(uint64_t));
}

static inline void *payload_of(const struct xmem_tlsf_block *b)
{
	return (void *)((uintptr_t)b + sizeof(uint64_t));
}

/* The block @units behind @b. */
static inline struct xmem_tlsf_block *block_after(
	const struct xmem_tlsf_block *b, unsigned long units)
{
	return (struct xmem_tlsf_block *)((uintptr_t)b +
					  (units << TLSF_UNIT_SHIFT));
}

static inline struct xmem_tlsf_block *first_block(
	const struct xmem_tlsf_region *r)
{
	return (struct xmem_tlsf_block *)((uintptr_t)r + TLSF_REGION_HEAD);
}

/* The header word of @b, its seal opened. Not verified. */
static inline uint64_t open_header(const struct xmem_tlsf *t,
				   const struct xmem_tlsf_block *b)
{
	return (b->seal ^ t->cookie ^ (uintptr_t)b) * TLSF_OPEN;
}

/* The sealed header of a block @b. */
static inline uint64_t seal_of(const struct xmem_tlsf *t,
			       const struct xmem_tlsf_block *b,
			       unsigned long units, unsigned int flags)
{
	uint64_t word = ((uint64_t)units << TLSF_SIZE_BIT) | flags;

	return (word * TLSF_SEAL) ^ t->cookie ^ (uintptr_t)b;
}

static inline void seal_header(const struct xmem_tlsf *t,
			       struct xmem_tlsf_block *b, unsigned long units,
			       unsigned int flags)
{
	b->seal = seal_of(t, b, units, flags);
}

/* Units of a block for @size bytes. */
static inline unsigned long units_for(unsigned long size)
{
	unsigned long units = (size + sizeof(uint64_t) + XMEM_TLSF_ALIGN - 1) >>
			      TLSF_UNIT_SHIFT;

	return units < TLSF_MIN_UNITS ? TLSF_MIN_UNITS : units;
}

/* Does @word come from a header that is intact? */
static inline bool word_is_good(uint64_t word)
{
	return (word >> TLSF_WORD_BITS) == 0;
}

static inline unsigned long word_units(uint64_t word)
{
	return (unsigned long)(word >> TLSF_SIZE_BIT);
}

/* Where the size of the free block that ends where @b starts is kept, xored
 * with the cookie. */
static inline uint64_t *size_before(struct xmem_tlsf_block *b)
{
	return &b->seal - 1;
}

/* A link of a free block as it is stored, and what is stored as a link. */
static inline uintptr_t link_to(const struct xmem_tlsf *t,
				const struct xmem_tlsf_block *b)
{
	return (uintptr_t)b ^ (uintptr_t)t->cookie;
}

static inline struct xmem_tlsf_block *next_of(const struct xmem_tlsf *t,
					      const struct xmem_tlsf_block *b)
{
	return (struct xmem_tlsf_block *)(b->next ^ (uintptr_t)t->cookie);
}

static inline struct xmem_tlsf_block *prev_of(const struct xmem_tlsf *t,
					      const struct xmem_tlsf_block *b)
{
	return (struct xmem_tlsf_block *)(b->prev ^ (uintptr_t)t->cookie);
}

/* What the seal of @r is keyed with. */
static inline uint64_t region_key(const struct xmem_tlsf *t,
				  const struct xmem_tlsf_region *r)
{
	return ~(t->cookie ^ (uintptr_t)r ^ (uintptr_t)r->child[0]) ^
	       (uintptr_t)r->child[1] * TLSF_OPEN;
}

/** Units of the region @r; 0 if its header was overwritten. Reads it.
 *  (tlsf_region.c) */
unsigned long xmem_tlsf_region_units(const struct xmem_tlsf *t,
				     const struct xmem_tlsf_region *r);

/* The region whose first block is @b. */
static inline struct xmem_tlsf_region *region_of(
	const struct xmem_tlsf_block *b)
{
	return (struct xmem_tlsf_region *)((uintptr_t)b - TLSF_REGION_HEAD);
}

/* Is @ptr between the lowest and the highest address of all regions? */
static inline bool is_inside(const struct xmem_tlsf *t, const void *ptr)
{
	return (uintptr_t)ptr - t->low < t->extent;
}

/* The class of blocks of @units. */
static inline unsigned int class_of(unsigned long units)
{
	unsigned int shift;

	if (units < TLSF_EXACT_UNITS) {
		return (unsigned int)units;
	}
	shift = xmem_log2(units) - 5;
	return (shift << 5) + (unsigned int)(units >> shift);
}

/* Units of the block that fills a region of @max_region bytes. */
static inline unsigned long max_units(unsigned long max_region)
{
	return (max_region >> TLSF_UNIT_SHIFT) - 2;
}

/* Lists needed where no region exceeds @max_region bytes. */
static inline unsigned int nr_classes(unsigned long max_region)
{
	return class_of(max_units(max_region)) + 1;
}

#endif /* TLSF_PRIV_H */
