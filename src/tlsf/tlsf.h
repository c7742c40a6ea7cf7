/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tlsf.h - two-level segregated fit over regions of memory: the pool engine
 *
 * No lock, no global, no callback. Block headers (8 bytes) live in the
 * regions; everything else in the struct, whose size the caller asks for.
 * Good fit: at most 1/32 of a request is lost to rounding of classes.
 */
#ifndef TLSF_TLSF_H
#define TLSF_TLSF_H

#include <xmem/types.h>

struct xmem_tlsf;

/** What xmem_tlsf_give() and friends found; all but the first two: wrong. */
enum xmem_tlsf_error {
	XMEM_TLSF_OK = 0,
	XMEM_TLSF_EMPTIED,	 /* done, and the region is wholly free now */
	XMEM_TLSF_MISALIGNED,	 /* not a payload address */
	XMEM_TLSF_BAD_HEADER,	 /* no block of this pool starts here, or its
				    header was overwritten */
	XMEM_TLSF_FREE_ALREADY,	 /* double free */
	XMEM_TLSF_BAD_NEIGHBOUR, /* header or links of a neighbour were
				    overwritten */
	XMEM_TLSF_BAD_BLOCK,	 /* a free block was overwritten */
	XMEM_TLSF_BAD_REGION,	 /* the header of a region was overwritten */
	XMEM_TLSF_OVERLAP,	 /* memory that the allocator has already */
};

/** Bytes lost in a region to region header, first header and sentinel. */
#define XMEM_TLSF_REGION_OVERHEAD 40UL
#define XMEM_TLSF_MIN_REGION	  256UL
#define XMEM_TLSF_MAX_REGION	  (1UL << 26)
#define XMEM_TLSF_ALIGN		  16UL

/**
 * Bytes that surely hold a struct xmem_tlsf for regions of 2^@shift bytes,
 * @shift 10..26: a constant, for static buffers. 32 lists per power of two.
 */
#define XMEM_TLSF_BYTES(shift) (192UL + ((shift)-8UL) * 32 * sizeof(void *))

/** Bytes of struct xmem_tlsf for regions of at most @max_region bytes. */
unsigned long xmem_tlsf_bytes(unsigned long max_region);

/**
 * Set up an empty allocator at @t (16-aligned, bytes as above).
 * @max_region: XMEM_TLSF_MIN_REGION..XMEM_TLSF_MAX_REGION.
 * @secret:     the key of all seals is made of this and of @t.
 *
 * Who knows the key can write headers and links that pass for sound ones. With
 * @secret 0 that is who knows @t; with a random one, who can read 8 bytes
 * beside a block, since a seal and what it stands for give the key away.
 */
void xmem_tlsf_init(struct xmem_tlsf *t, unsigned long max_region,
		    uint64_t secret);

/** Largest size that a fresh region of @region bytes can serve. */
unsigned long xmem_tlsf_max_payload(unsigned long region);

/**
 * Largest size that an empty region of @region bytes serves at @align (a
 * power of two, 0..@region), wherever the region lies; 0 if none.
 */
static inline unsigned long xmem_tlsf_max_aligned(unsigned long region,
						  unsigned long align)
{
	unsigned long lost = XMEM_TLSF_REGION_OVERHEAD;

	if (align > XMEM_TLSF_ALIGN) {
		lost += align + XMEM_TLSF_ALIGN;
	}
	return region > lost ? region - lost : 0;
}

/**
 * May @bytes at @mem (both multiples of 16) become a region?
 * Return: XMEM_TLSF_OK; _MISALIGNED if that cannot be one; _OVERLAP if the
 * allocator itself, or a region of it, has some of the memory: *@bad = @mem;
 * _BAD_REGION, with *@bad. Does not read @mem.
 */
XMEM_MUST_CHECK enum xmem_tlsf_error xmem_tlsf_vet(const struct xmem_tlsf *t,
						   void *mem,
						   unsigned long bytes,
						   void **bad);

/** Add @bytes at @mem as one free block. Return: as xmem_tlsf_vet(); nothing
 *  is written unless it is XMEM_TLSF_OK. */
XMEM_MUST_CHECK enum xmem_tlsf_error xmem_tlsf_add(struct xmem_tlsf *t,
						   void *mem,
						   unsigned long bytes,
						   void **bad);

/**
 * Remove the wholly free region @mem again.
 * Return: XMEM_TLSF_OK; _BAD_HEADER if no wholly free region starts at @mem;
 * _BAD_BLOCK or _BAD_REGION. *@bad: what was found so, or @mem.
 */
XMEM_MUST_CHECK enum xmem_tlsf_error xmem_tlsf_remove(struct xmem_tlsf *t,
						      void *mem, void **bad);

/** Look at the region @mem: XMEM_TLSF_EMPTIED if it is wholly free, _OK if
 *  not, _BAD_REGION. */
enum xmem_tlsf_error xmem_tlsf_look(const struct xmem_tlsf *t, const void *mem);

/**
 * Forget a region, *@region, whatever is in it, wiping the headers of its
 * blocks so that none is ever mistaken for one again; *@nr_used grows by the
 * blocks that were used. For the end of a pool: after it only more drops are
 * allowed. Return: XMEM_TLSF_OK, *@region is NULL if there was none;
 * _BAD_REGION or _BAD_HEADER, *@region is what was overwritten.
 */
XMEM_MUST_CHECK enum xmem_tlsf_error xmem_tlsf_drop(struct xmem_tlsf *t,
						    void **region,
						    unsigned long *nr_used);

/**
 * Does a region hold the header of @ptr, any value? O(1) where the regions
 * leave no hole between them, else O(log regions).
 * Return: XMEM_TLSF_OK: then what follows reads only memory of @t; or that
 * the other check of @ptr will not: _BAD_HEADER; _BAD_REGION, with *@bad.
 */
XMEM_MUST_CHECK enum xmem_tlsf_error xmem_tlsf_holds(const struct xmem_tlsf *t,
						     const void *ptr,
						     void **bad);

/**
 * Take @size bytes aligned to @align (power of two, below 16 counts as 16).
 * NULL if @size is 0 or nothing fits. If corruption stopped it, *@damaged is
 * set to the block found damaged, and nothing else has changed; otherwise
 * *@damaged is left alone. @damaged may be NULL.
 */
XMEM_MUST_CHECK void *xmem_tlsf_take(struct xmem_tlsf *t, unsigned long size,
				     unsigned long align, void **damaged);

/**
 * Give @ptr back; merges with free neighbours.
 * Return: XMEM_TLSF_OK; XMEM_TLSF_EMPTIED if a region is wholly free now:
 * *@region, still part of the allocator, which the caller keeps or removes;
 * else what was found, and then nothing has changed: *@region is @ptr, or the
 * region that was overwritten. Reads the 8 bytes before @ptr if @ptr is between
 * the lowest and the highest address of any region: see xmem_tlsf_holds().
 */
XMEM_MUST_CHECK enum xmem_tlsf_error xmem_tlsf_give(struct xmem_tlsf *t,
						    void *ptr, void **region);

/** Change the size of @ptr in place. *@done: whether it was possible; never
 *  to 0. */
XMEM_MUST_CHECK enum xmem_tlsf_error xmem_tlsf_resize(struct xmem_tlsf *t,
						      void *ptr,
						      unsigned long size,
						      bool *done);

/** *@size = usable bytes at @ptr. */
XMEM_MUST_CHECK enum xmem_tlsf_error xmem_tlsf_usable(const struct xmem_tlsf *t,
						      const void *ptr,
						      unsigned long *size);

/** Bytes in used blocks (headers included), and in all regions. */
unsigned long xmem_tlsf_used(const struct xmem_tlsf *t);
unsigned long xmem_tlsf_total(const struct xmem_tlsf *t);

/** To walk the regions: *@region is the first above @prev (NULL = lowest), or
 *  NULL. XMEM_TLSF_OK, or _BAD_REGION: *@region is what was overwritten. */
XMEM_MUST_CHECK enum xmem_tlsf_error xmem_tlsf_next_region(
	const struct xmem_tlsf *t, const void *prev, void **region);

/** A sentence for messages: what @error means for the pointer given. */
const char *xmem_tlsf_error_text(enum xmem_tlsf_error error);

/** NULL, or the invariant broken (tlsf_check.c). */
XMEM_MUST_CHECK const char *xmem_tlsf_check(const struct xmem_tlsf *t);

#endif /* TLSF_TLSF_H */
