/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cache_priv.h - caches of CPUs, for this folder
 *
 * cache.h        what is in a cache; enter, pop, push, leave
 * cache.c        between a cache and the heap: refill, give back, drain
 * cache_words.c  words of frames out of the heap and into it
 * cache_count.c  the caches that there are, and how much lies in them
 * cache_steal.c  take what lies in all caches, before an allocation fails
 * cpu.c          CPUs get a cache, and lose it; what is in them is checked
 */
#ifndef HEAP_CACHE_PRIV_H
#define HEAP_CACHE_PRIV_H

#include "heap/cache.h"
#include "heap/heap_priv.h"

/** Give all that is in @c to the heap. Takes (H), for some words at a
 *  time. (cache.c) */
XMEM_IN_CACHE XMEM_UNLOCKED void xmem_cache_drain(struct xmem_cache *c);

/** An empty cache of CPU @cpu, for frames of @node. (cache.c) */
void xmem_cache_init(struct xmem_cache *c, unsigned int cpu, unsigned int node);

/** Fewer free frames than this on @node are few: refills take no more than what
 *  is asked for. (cache_count.c) */
unsigned long xmem_cache_few_frames(unsigned int node);

/* How many caches of CPUs that are up hold frames of a node. (A) */
XMEM_HIDDEN extern unsigned int xmem_cache_nr_up[MAX_NUMNODES];

/** How many kinds of frames there are in this layout, at run time. */
static inline unsigned int cache_nr_kinds(void)
{
	return XMEM_LAYOUT == XMEM_LAYOUT_FULL ? 1 : CACHE_NR_KINDS;
}

/** A frame up to which the descriptors from that of @mfn on are in a row: those
 *  of a host are so in blocks, the library's own everywhere. */
static inline unsigned long cache_row_end(unsigned long mfn)
{
#ifdef XMEM_PORT_PAGE_INFO
	return (mfn | ((1UL << MAX_ORDER) - 1)) + 1;
#else
	(void)mfn;
	return ~0UL;
#endif
}

/** struct cached_block - a block in a cache */
struct cached_block {
	struct page_info *pg;
	unsigned int order;
};

/** Frames of @kind. (cache_count.c) */
unsigned long xmem_cache_count_kind(const struct cache_kind *kind);

/** Block number @i of @kind; its descriptor is NULL if there are fewer. */
struct cached_block xmem_cache_block_at(const struct cache_kind *kind,
					unsigned long i);

/** Is the frame of @pg, which is described, nobody's and not handed out? */
bool xmem_cache_is_bare(const struct page_info *pg);

/** Become the thief, and take all caches from their CPUs. There is one. Return:
 *  the newest of them, for xmem_caches_give_back(); NULL: that is not possible
 *  here. (cache_steal.c) */
XMEM_UNLOCKED
struct xmem_cache *xmem_caches_take_all(void);
void xmem_caches_give_back(struct xmem_cache *newest);

#endif /* HEAP_CACHE_PRIV_H */
