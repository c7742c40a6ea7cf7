/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cpu.c - CPUs get a cache of frames, and lose it; what is in them is checked
 *
 * Model       A cache is made when its CPU comes up first. It stays in a list
 *             for ever, so that who counts or steals goes through the list
 *             without a lock. A CPU that is down does not find its cache any
 *             more, and the cache is empty.
 */
#include <xmem/admin.h>

#include "heap/cache_priv.h"
#include "lib/align.h"
#include "lib/attr.h"
#include "lib/mem.h"

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

/* The leaf that stands for those that are not there. */
static struct cache_leaf *no_leaf(void)
{
	return &xmem_cache_leaf[CACHE_NR_STATIC - 1];
}

/* Must the table get a leaf in memory for @cpu? */
static bool needs_leaf(unsigned int cpu)
{
	return CACHE_NR_LEAVES > 1 && cpu >= CACHE_LEAF_CPUS &&
	       __atomic_load_n(cache_leaf_at(cpu), __ATOMIC_ACQUIRE) ==
		       no_leaf();
}

/* Let @leaf be that of @cpu, unless another CPU has been faster. */
static void add_leaf(struct cache_leaf *leaf, unsigned int cpu)
{
	struct cache_leaf *none = no_leaf();

	for (unsigned int i = 0; i < CACHE_LEAF_CPUS; i++) {
		leaf->of_cpu[i] = &xmem_no_cache;
	}
	(void)__atomic_compare_exchange_n(cache_leaf_at(cpu), &none, leaf,
					  false, __ATOMIC_ACQ_REL,
					  __ATOMIC_ACQUIRE);
}

/* Make a cache; behind it, if the table has none for @cpu yet, a leaf. */
static struct xmem_cache *make_cache(unsigned int cpu, unsigned int node)
{
	bool leaf = needs_leaf(cpu);
	struct xmem_cache *c = xmem_meta_take_on(
		node,
		xmem_order_for(xmem_pages_for(
			sizeof(*c) + (leaf ? sizeof(struct cache_leaf) : 0))));

	if (c == NULL) {
		return NULL;
	}
	memset(c, 0, sizeof(*c));
	if (leaf) {
		add_leaf((struct cache_leaf *)(c + 1), cpu);
	}
	xmem_cache_init(c, cpu, node);
	add_to_list(c);
	return c;
}

/* Return: 0, or an error of xmem_cpu_up(). */
static XMEM_COLD int set_up(unsigned int cpu, unsigned int node)
{
	struct xmem_cache *c = find_cache(cpu);

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
	__atomic_fetch_add(&xmem_cache_nr_up[node], 1, __ATOMIC_RELAXED);
	cache_set_of(cpu, &c->head);
	return 0;
}

XMEM_COLD XMEM_API_PAGES int xmem_cpu_up(unsigned int cpu, unsigned int node)
{
	if (cpu >= NR_CPUS || node >= MAX_NUMNODES) {
		return -XMEM_EINVAL;
	}
	return HEAP_HAS_CACHES ? set_up(cpu, node) : 0;
}

XMEM_COLD void xmem_cpu_up_first(void)
{
	int rc = HEAP_HAS_CACHES ? set_up(0, xmem_port_cpu_to_node(0)) : 0;

	/* The host may have been faster. */
	if (rc != 0 && rc != -XMEM_EEXIST) {
		xmem_port_print("heap: no memory for the cache of CPU 0\n");
	}
}

/* Give what is in @c to the heap, of a CPU that does not find @c any more.
 * Return: false, with nothing changed, while a thief has it. Unchecked: this
 * stands for the CPU itself (cache_steal.c). */
XMEM_UNCHECKED
static bool drain_for(struct xmem_cache *c)
{
	xmem_preempt_t state;
	bool is_mine;

	xmem_port_preempt_off(state);
	__atomic_store_n(&c->head.busy, 1, __ATOMIC_RELAXED);
	xmem_port_cpu_cache_fence();
	is_mine = __atomic_load_n(&c->head.revoked, __ATOMIC_ACQUIRE) == 0;
	if (is_mine) {
		xmem_cache_drain(c);
	}
	__atomic_store_n(&c->head.busy, 0, __ATOMIC_RELEASE);
	xmem_port_preempt_on(state);
	return is_mine;
}

/* Whoever has revoked @c may not give its frames back, but only look at them
 * (xmem_cache_check()), or not have come to that: a CPU that came up again on
 * another node would have frames of this one. So wait for him. */
static int take_down(unsigned int cpu)
{
	struct xmem_cache *c = find_cache(cpu);

	if (c == NULL || !c->is_up) {
		return -XMEM_ENOENT;
	}
	if (__atomic_load_n(&c->head.busy, __ATOMIC_ACQUIRE) != 0) {
		return -XMEM_EBUSY;
	}
	cache_set_of(cpu, &xmem_no_cache);
	while (!drain_for(c)) {
		if (!xmem_port_may_broadcast()) { /* Nor wait for him. */
			cache_set_of(cpu, &c->head);
			return -XMEM_EBUSY;
		}
		xmem_port_cpu_pause();
	}
	__atomic_fetch_sub(&xmem_cache_nr_up[c->node], 1, __ATOMIC_RELAXED);
	c->is_up = false;
	return 0;
}

XMEM_COLD XMEM_API_PAGES int xmem_cpu_down(unsigned int cpu)
{
	if (cpu >= NR_CPUS) {
		return -XMEM_EINVAL;
	}
	return HEAP_HAS_CACHES ? take_down(cpu) : 0;
}

/* ---- check the invariants of cache.h ---- */

static const char *check_frame(const struct xmem_cache *c, unsigned int k,
			       const struct page_info *pg)
{
	unsigned long mfn = mfn_x(page_to_mfn(pg));
	struct heap_node *node = xmem_heap_lock_of(mfn);
	bool is_of_kind = true;
	bool described;
	int rc;

	rc = xmem_heap_use_of(node, mfn, &described);
	if (XMEM_LAYOUT == XMEM_LAYOUT_SEPARATE) {
		struct heap_arena *a = xmem_arena_of(node, mfn);

		is_of_kind = a != NULL && a->heap == &node->heap[k];
	}
	heap_node_unlock(node);
	if (rc != 0 || !described) {
		return "cache I2: a frame is free, or not described";
	}
	if (node != heap_node(c->node) || !is_of_kind ||
	    (XMEM_LAYOUT == XMEM_LAYOUT_PARTIAL &&
	     (mfn < xmem_heap_xen_end) != (k == HEAP_XEN))) {
		return "cache I2: a frame of another node or kind";
	}
	return xmem_cache_is_bare(pg)
		       ? NULL
		       : "cache I2, I3: a frame is in use, or there twice";
}

/* Check the frames of kind @k of @c, and make them live, so that they are found
 * if they are there twice; or, if not @checks, undo that. */
XMEM_UNCHECKED
static const char *visit_kind(const struct xmem_cache *c, unsigned int k,
			      bool checks)
{
	const struct cache_kind *kind = &c->kind[k];
	const char *broken = NULL;
	unsigned long nr = 0;
	struct cached_block at;

	for (unsigned long i = 0;
	     (at = xmem_cache_block_at(kind, i)).pg != NULL; i++) {
		for (unsigned long f = 1UL << at.order; f > 0; f--, at.pg++) {
			broken = checks ? check_frame(c, k, at.pg) : NULL;
			if (broken != NULL) {
				return broken;
			}
			xmem_page_set_live(at.pg, checks ? XMEM_LIVE_FRAME
							 : XMEM_LIVE_NONE);
			nr++;
		}
	}
	return nr == xmem_cache_count_kind(kind) &&
			       kind->frames.nr <= CACHE_FRAMES &&
			       kind->pending.nr_frames < CACHE_PENDING_FRAMES
		       ? NULL
		       : "cache I1: a count is wrong";
}

static const char *visit_all(const struct xmem_cache *newest, bool checks)
{
	const char *broken = NULL;

	for (const struct xmem_cache *c = newest; c != NULL; c = c->next) {
		for (unsigned int k = 0; k < cache_nr_kinds() && broken == NULL;
		     k++) {
			broken = visit_kind(c, k, checks);
		}
	}
	return broken;
}

XMEM_COLD const char *xmem_cache_check(void)
{
	const char *broken = NULL;
	struct xmem_cache *newest;

	if (!HEAP_HAS_CACHES || xmem_cache_first() == NULL) {
		return NULL;
	}
	newest = xmem_caches_take_all();
	if (newest != NULL) {
		broken = visit_all(newest, true);
		(void)visit_all(newest, false);
		xmem_caches_give_back(newest);
	}
	return broken;
}
