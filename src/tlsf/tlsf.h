/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tlsf.h - two-level segregated fit over regions of memory: the pool engine
 *
 * No lock, no global, no callback. Block headers (8 bytes) are in the regions;
 * everything else is in the struct, for which the caller brings the memory.
 * Good fit: rounding to classes wastes at most 1/32 of a size.
 */
#ifndef TLSF_TLSF_H
#define TLSF_TLSF_H

#include <xmem/types.h>

struct xmem_tlsf;

/** What the functions below return. All but the first two are errors. */
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
 * Bytes enough for a struct xmem_tlsf with regions of 2^@shift bytes, @shift
 * 10..26: a constant, for static buffers. There are 32 lists per power of two.
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
 * @secret 0 it is enough to know @t. With a random one it takes reading 8 bytes
 * beside a block: a seal and the word it stands for give the key away.
 */
void xmem_tlsf_init(struct xmem_tlsf *t, unsigned long max_region,
		    uint64_t secret);

/** Largest size that an empty region of @region bytes can serve. */
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
 * May @bytes at @mem (both multiples of 16) become a region? Does not read
 * @mem. Return: XMEM_TLSF_OK; _MISALIGNED if address or size cannot be those of
 * a region; _OVERLAP if some of the memory is in the struct or in a region
 * already, *@bad = @mem; _BAD_REGION, *@bad = the region that is damaged.
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
 * Remove the empty region @mem.
 * Return: XMEM_TLSF_OK; _BAD_HEADER if no empty region starts at @mem;
 * _BAD_BLOCK or _BAD_REGION. *@bad: the damaged block or region, or @mem.
 */
XMEM_MUST_CHECK enum xmem_tlsf_error xmem_tlsf_remove(struct xmem_tlsf *t,
						      void *mem, void **bad);

/** Is the region @mem empty? Return: XMEM_TLSF_EMPTIED if it is, _OK if not;
 *  _BAD_REGION. */
enum xmem_tlsf_error xmem_tlsf_look(const struct xmem_tlsf *t, const void *mem);

/**
 * Remove one region, whatever is in it, and wipe the headers of its blocks so
 * that none is mistaken for a block again. *@region: the region, NULL if there
 * was none. *@nr_used grows by its used blocks. For the end of a pool: after
 * it only more drops are allowed. Return: XMEM_TLSF_OK; _BAD_REGION or
 * _BAD_HEADER, *@region is what was overwritten.
 */
XMEM_MUST_CHECK enum xmem_tlsf_error xmem_tlsf_drop(struct xmem_tlsf *t,
						    void **region,
						    unsigned long *nr_used);

/**
 * May the header of @ptr, any value, be read? O(1) where the regions leave no
 * hole between them, else O(log regions).
 * Return: XMEM_TLSF_OK: xmem_tlsf_give() and the like of @ptr read only memory
 * of @t; _BAD_HEADER: no region has it; _BAD_REGION, *@bad = the damaged one.
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
 * Return: XMEM_TLSF_OK; XMEM_TLSF_EMPTIED if *@region has become empty: it is
 * still part of the allocator, and the caller keeps or removes it. Else an
 * error, and nothing has changed: *@region is @ptr, or the damaged region.
 * Reads the 8 bytes before @ptr if @ptr is between the lowest and the highest
 * address of all regions: see xmem_tlsf_holds().
 */
XMEM_MUST_CHECK enum xmem_tlsf_error xmem_tlsf_give(struct xmem_tlsf *t,
						    void *ptr, void **region);

/** Change the size of @ptr in place. *@done: was it possible? It never is to
 *  size 0. */
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

/** Walk the regions: *@region is set to the first above @prev (NULL: the
 *  lowest), or to NULL. Return: XMEM_TLSF_OK, or _BAD_REGION with *@region the
 *  damaged one. */
XMEM_MUST_CHECK enum xmem_tlsf_error xmem_tlsf_next_region(
	const struct xmem_tlsf *t, const void *prev, void **region);

/** A sentence for messages: what @error means for the pointer given. */
const char *xmem_tlsf_error_text(enum xmem_tlsf_error error);

/** NULL, or the invariant broken (tlsf_check.c). */
XMEM_MUST_CHECK const char *xmem_tlsf_check(const struct xmem_tlsf *t);

#endif /* TLSF_TLSF_H */
