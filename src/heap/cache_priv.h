/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cache_priv.h - caches of CPUs, for this folder
 *
 * cache.h        what is in a cache; enter, pop, push, leave
 * cache.c        between a cache and the heap: refill, give back, drain
 * cache_words.c  words of frames out of the heap and into it
 * cache_steal.c  take what lies in all caches, before an allocation fails
 * cpu.c          which CPU has which cache, and what lies in them
 */
#ifndef HEAP_CACHE_PRIV_H
#define HEAP_CACHE_PRIV_H

#include "heap/cache.h"
#include "heap/heap_priv.h"

/**
 * Take the free frames of one word of @node, of frames of @in, as a take of
 * order 0 would choose it. They become described. Return: false: there is no
 * frame. (cache_words.c)
 */
XMEM_REQUIRES(H)
XMEM_MUST_CHECK bool xmem_heap_take_word(struct heap_node *node, bool xen,
					 struct bounds in,
					 struct xmem_buddy_word *word);

/** Give the frames of @word, which are of @node and described. They may lie in
 *  several spans. Panics if the heap refuses them. */
XMEM_REQUIRES(H)
void xmem_heap_give_word(struct heap_node *node,
			 const struct xmem_buddy_word *word);

/** Give all that is in @c to the heap. Takes (H), for at most 16 words at a
 *  time. (cache.c) */
XMEM_IN_CACHE XMEM_UNLOCKED void xmem_cache_drain(struct xmem_cache *c);

/** An empty cache of CPU @cpu, for frames of @node. (cache.c) */
void xmem_cache_init(struct xmem_cache *c, unsigned int cpu, unsigned int node);

/** Fewer free frames than this on @node are few: refills take no more than what
 *  is asked for. (cpu.c) */
unsigned long xmem_cache_few_frames(unsigned int node);

/** Become the thief, and take all caches from their CPUs. There is one. Return:
 *  the newest of them, for xmem_caches_give_back(); NULL: that is not possible
 *  here. (cache_steal.c) */
XMEM_UNLOCKED
struct xmem_cache *xmem_caches_take_all(void);
void xmem_caches_give_back(struct xmem_cache *newest);

#endif /* HEAP_CACHE_PRIV_H */
