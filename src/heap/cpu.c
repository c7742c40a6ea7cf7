/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cpu.c - which CPU has a cache of frames, and what lies in all of them
 *
 * Model       A cache is made when its CPU comes up first; that of CPU 0 is
 *             static. It stays in a list for ever, so that who counts or
 *             steals goes through the list without a lock. A CPU that is down
 *             does not find its cache any more, and the cache is empty.
 * Counts      What lies in caches is free. Their counts are read while their
 *             CPUs go on: a sum is exact if nobody is in a cache, and else as
 *             good as any number that has changed when it is read.
 */
#include <xmem/admin.h>

#include "heap/cache_priv.h"
#include "lib/align.h"
#include "lib/assert.h"
#include "lib/mem.h"

struct cache_head xmem_no_cache = {.busy = 1};
struct cache_leaf xmem_cache_leaf = {
	{[0 ... CACHE_LEAF_CPUS - 1] = &xmem_no_cache}};
struct cache_leaf *xmem_cache_leaves[CACHE_NR_LEAVES] = {
	[0 ... CACHE_NR_LEAVES - 1] = &xmem_cache_leaf};
struct xmem_cache *xmem_caches;

/* Of CPU 0; not used where there are no caches. */
static struct xmem_cache cache_of_first[HEAP_HAS_CACHES];

/* How many caches of CPUs that are up hold frames of a node. (A) */
static unsigned int nr_caches[MAX_NUMNODES];

unsigned long xmem_cache_few_frames(unsigned int node)
{
	return 2UL * CACHE_FRAMES *
	       __atomic_load_n(&nr_caches[node], __ATOMIC_RELAXED);
}

/* ---- up and down ---- */

static struct xmem_cache *find_cache(unsigned int cpu)
{
	struct xmem_cache *c = xmem_cache_first();

	while (c != NULL && c->cpu != cpu) {
		c = c->next;
	}
	return c;
}

/* Let all others see @c, which is set up. */
static void add_to_list(struct xmem_cache *c)
{
	c->next = xmem_cache_first();
	while (!__atomic_compare_exchange_n(&xmem_caches, &c->next, c, false,
					    __ATOMIC_ACQ_REL,
					    __ATOMIC_ACQUIRE)) {
	}
}

/* Make a cache, and a leaf of the table if there is none for @cpu yet. */
static struct xmem_cache *make_cache(unsigned int cpu, unsigned int node)
{
	unsigned long bytes = sizeof(struct xmem_cache);
	struct xmem_cache *c = &cache_of_first[0];

	if (cpu != 0) {
		unsigned long nr = xmem_pages_for(bytes + cache_leaf_bytes());

		c = xmem_meta_take_on(node, nr);
		if (c == NULL) {
			return NULL;
		}
		memset(c, 0, nr << PAGE_SHIFT);
	}
	xmem_cache_init(c, cpu, node);
	add_to_list(c);
	return c;
}

XMEM_API_PAGES int xmem_cpu_up(unsigned int cpu, unsigned int node)
{
	struct xmem_cache *c;

	if (cpu >= NR_CPUS || node >= MAX_NUMNODES) {
		return -XMEM_EINVAL;
	}
	if (!HEAP_HAS_CACHES) {
		return 0;
	}
	c = find_cache(cpu);
	if (c == NULL) {
		c = make_cache(cpu, node);
	}
	if (c == NULL) {
		return -XMEM_ENOMEM;
	}
	if (c->is_up) {
		return -XMEM_EEXIST;
	}
	c->is_up = true;
	__atomic_store_n(&c->node, node, __ATOMIC_RELAXED);
	__atomic_fetch_add(&nr_caches[node], 1, __ATOMIC_RELAXED);
	cache_set_of(cpu, c);
	return 0;
}
