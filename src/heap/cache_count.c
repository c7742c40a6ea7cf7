/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cache_count.c - the caches that there are, and how much lies in them
 *
 * What lies in caches is free. Their counts are read while their CPUs go on: a
 * sum is exact if nobody is in a cache, and else as good as any number that has
 * changed when it is read.
 */
#include "heap/cache_priv.h"
#include "lib/align.h"
#include "lib/attr.h"

/* ---- the caches ---- */

struct cache_head xmem_no_cache = {.busy = 1};
struct cache_leaf xmem_cache_leaf[CACHE_NR_STATIC] = {
	[0 ... CACHE_NR_STATIC -
	 1] = {{[0 ... CACHE_LEAF_CPUS - 1] = &xmem_no_cache}}};
struct cache_leaf *xmem_cache_leaves[CACHE_NR_LEAVES + 1] = {
	[0] = &xmem_cache_leaf[0],
	[1 ... CACHE_NR_LEAVES] = &xmem_cache_leaf[CACHE_NR_STATIC - 1]};
struct xmem_cache *xmem_caches;

unsigned int xmem_cache_nr_up[MAX_NUMNODES];

unsigned long xmem_cache_few_frames(unsigned int node)
{
	return 2UL * CACHE_FRAMES *
	       __atomic_load_n(&xmem_cache_nr_up[node], __ATOMIC_RELAXED);
}

/* ---- what lies in caches ---- */

/* Is kind number @k of the heap HEAP_DOM or HEAP_XEN? */
static bool is_of_heap(unsigned int k, unsigned int heap)
{
	return heap == (XMEM_LAYOUT == XMEM_LAYOUT_SEPARATE ? k : HEAP_DOM);
}

/* What goes back from stacks waits in words, so these are counted last.
 * Unchecked, as all that follows: nothing here relies on it. */
XMEM_UNCHECKED
XMEM_COLD unsigned long xmem_cache_count_kind(const struct cache_kind *kind)
{
	unsigned long nr = __atomic_load_n(&kind->frames.nr, __ATOMIC_ACQUIRE);

	for (unsigned int i = 0; HEAP_HAS_CACHES && i < CACHE_NR_BLOCKS; i++) {
		nr += __atomic_load_n(&kind->blocks[i].nr, __ATOMIC_ACQUIRE)
		      << cache_order_at(i);
	}
	return nr + __atomic_load_n(&kind->pending.nr_frames, __ATOMIC_ACQUIRE);
}

static struct cached_block cached_in(const uintptr_t *slot, unsigned int order)
{
	uintptr_t pg = __atomic_load_n(slot, __ATOMIC_RELAXED);

	return (struct cached_block){
		(struct page_info *)(pg & ~(uintptr_t)1),
		order,
	};
}

/* Frame number @i of those in the words of @p. */
XMEM_MAY_RACE
static struct cached_block pending_at(const struct cache_pending *p,
				      unsigned long i)
{
	for (unsigned int w = 0; w < CACHE_PENDING_WORDS; w++) {
		uint64_t frames = p->word[w].frames;

		for (; frames != 0; frames &= frames - 1, i--) {
			if (i == 0) {
				unsigned long mfn =
					p->word[w].first + xmem_ffs64(frames);

				return (struct cached_block){
					mfn_to_page(_mfn(mfn)), 0};
			}
		}
	}
	return (struct cached_block){NULL, 0};
}

XMEM_UNCHECKED
XMEM_COLD struct cached_block xmem_cache_block_at(const struct cache_kind *kind,
						  unsigned long i)
{
	unsigned long nr = __atomic_load_n(&kind->frames.nr, __ATOMIC_ACQUIRE);

	if (i < nr) {
		return cached_in(&kind->frames.slot[i], 0);
	}
	i -= nr;
	for (unsigned int b = 0; b < CACHE_NR_BLOCKS; b++) {
		nr = __atomic_load_n(&kind->blocks[b].nr, __ATOMIC_ACQUIRE);
		if (i < nr) {
			return cached_in(&kind->blocks[b].slot[i],
					 cache_order_at(b));
		}
		i -= nr;
	}
	return pending_at(&kind->pending, i);
}

/* Frames of @kind in [@lo, @hi). */
static unsigned long count_kind_in(const struct cache_kind *kind,
				   unsigned long lo, unsigned long hi)
{
	unsigned long nr = 0;
	struct cached_block at;

	for (unsigned long i = 0;
	     (at = xmem_cache_block_at(kind, i)).pg != NULL; i++) {
		unsigned long from = mfn_x(page_to_mfn(at.pg));
		unsigned long to = from + (1UL << at.order);

		from = from > lo ? from : lo;
		to = to < hi ? to : hi;
		nr += from < to ? to - from : 0;
	}
	return nr;
}

XMEM_UNCHECKED
static unsigned long count_cache(const struct xmem_cache *c, unsigned int heap,
				 unsigned long lo, unsigned long hi)
{
	bool all = lo <= 1 && hi == ~0UL;
	unsigned long nr = 0;

	for (unsigned int k = 0; k < cache_nr_kinds(); k++) {
		if (is_of_heap(k, heap)) {
			nr += all ? xmem_cache_count_kind(&c->kind[k])
				  : count_kind_in(&c->kind[k], lo, hi);
		}
	}
	return nr;
}

XMEM_COLD unsigned long xmem_cache_count(unsigned int node, unsigned int heap,
					 unsigned long lo, unsigned long hi)
{
	const struct xmem_cache *c =
		HEAP_HAS_CACHES ? xmem_cache_first() : NULL;
	unsigned long nr = 0;

	for (; c != NULL; c = c->next) {
		if (__atomic_load_n(&c->node, __ATOMIC_RELAXED) == node) {
			nr += count_cache(c, heap, lo, hi);
		}
	}
	return nr;
}

bool xmem_cache_is_bare(const struct page_info *pg)
{
	return xmem_page_live(pg) == XMEM_LIVE_NONE &&
	       xmem_page_refs(pg) == 0 && !is_xen_heap_page(pg) &&
	       xmem_page_owner(pg) == NULL;
}

XMEM_COLD bool xmem_cache_has(unsigned long mfn)
{
	mfn_t head = _mfn(xmem_align_down(mfn, 1UL << HEAP_SUPER_ORDER));

	if (!HEAP_HAS_CACHES || !mfn_valid(_mfn(mfn)) ||
	    !xmem_cache_is_bare(mfn_to_page(_mfn(mfn)))) {
		return false;
	}
	return !mfn_valid(head) ||
	       xmem_page_live(mfn_to_page(head)) != XMEM_LIVE_SUPER;
}
