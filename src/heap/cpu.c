/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cpu.c - which CPU has a cache of frames, and what lies in all of them
 *
 * Model       A cache is made when its CPU comes up first. It stays in a list
 *             for ever, so that who counts or steals goes through the list
 *             without a lock. A CPU that is down does not find its cache any
 *             more, and the cache is empty.
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
struct cache_leaf xmem_cache_leaf[CACHE_NR_STATIC] = {
	[0 ... CACHE_NR_STATIC -
	 1] = {{[0 ... CACHE_LEAF_CPUS - 1] = &xmem_no_cache}}};
struct cache_leaf *xmem_cache_leaves[CACHE_NR_LEAVES + 1] = {
	[0] = &xmem_cache_leaf[0],
	[1 ... CACHE_NR_LEAVES] = &xmem_cache_leaf[CACHE_NR_STATIC - 1]};
struct xmem_cache *xmem_caches;

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
static int set_up(unsigned int cpu, unsigned int node)
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
	__atomic_fetch_add(&nr_caches[node], 1, __ATOMIC_RELAXED);
	cache_set_of(cpu, &c->head);
	return 0;
}

XMEM_API_PAGES int xmem_cpu_up(unsigned int cpu, unsigned int node)
{
	if (cpu >= NR_CPUS || node >= MAX_NUMNODES) {
		return -XMEM_EINVAL;
	}
	return HEAP_HAS_CACHES ? set_up(cpu, node) : 0;
}

void xmem_cpu_up_first(void)
{
	int rc = HEAP_HAS_CACHES ? set_up(0, xmem_port_cpu_to_node(0)) : 0;

	/* The host may have been faster. */
	if (rc != 0 && rc != -XMEM_EEXIST) {
		xmem_port_print("heap: no memory for the cache of CPU 0\n");
	}
}

/* Give what is in @c to the heap, of a CPU that does not find @c any more.
 * Unchecked: this stands for the CPU itself (cache_steal.c). */
XMEM_UNCHECKED
static void drain_for(struct xmem_cache *c)
{
	xmem_preempt_t state;

	xmem_port_preempt_off(state);
	__atomic_store_n(&c->head.busy, 1, __ATOMIC_RELAXED);
	__asm__ volatile("" ::: "memory");
	if (__atomic_load_n(&c->head.revoked, __ATOMIC_ACQUIRE) == 0) {
		xmem_cache_drain(c);
	}
	__atomic_store_n(&c->head.busy, 0, __ATOMIC_RELEASE);
	xmem_port_preempt_on(state);
}

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
	drain_for(c);
	__atomic_fetch_sub(&nr_caches[c->node], 1, __ATOMIC_RELAXED);
	c->is_up = false;
	return 0;
}

XMEM_API_PAGES int xmem_cpu_down(unsigned int cpu)
{
	if (cpu >= NR_CPUS) {
		return -XMEM_EINVAL;
	}
	return HEAP_HAS_CACHES ? take_down(cpu) : 0;
}

/* ---- what lies in caches ---- */

/* How many kinds of frames there are in this layout, at run time. */
static unsigned int nr_kinds(void)
{
	return XMEM_LAYOUT == XMEM_LAYOUT_FULL ? 1 : CACHE_NR_KINDS;
}

/* Is kind number @k of the heap HEAP_DOM or HEAP_XEN? */
static bool is_of_heap(unsigned int k, unsigned int heap)
{
	return heap == (XMEM_LAYOUT == XMEM_LAYOUT_SEPARATE ? k : HEAP_DOM);
}

/* Frames of @kind. What goes back from stacks waits in words, so these are
 * counted last. Unchecked, as all that follows: nothing here relies on it. */
XMEM_UNCHECKED
static unsigned long count_kind(const struct cache_kind *kind)
{
	unsigned long nr = __atomic_load_n(&kind->frames.nr, __ATOMIC_ACQUIRE);

	for (unsigned int i = 0; i < CACHE_NR_BLOCKS; i++) {
		nr += __atomic_load_n(&kind->blocks[i].nr, __ATOMIC_ACQUIRE)
		      << cache_order_at(i);
	}
	return nr + __atomic_load_n(&kind->pending.nr_frames, __ATOMIC_ACQUIRE);
}

/* A block in a cache. */
struct cached {
	struct page_info *pg;
	unsigned int order;
};

static struct cached cached_in(const uintptr_t *slot, unsigned int order)
{
	uintptr_t pg = __atomic_load_n(slot, __ATOMIC_RELAXED);

	return (struct cached){
		(struct page_info *)(pg & ~(uintptr_t)1),
		order,
	};
}

/* Frame number @i of those in the words of @p. */
XMEM_MAY_RACE
static struct cached pending_at(const struct cache_pending *p, unsigned long i)
{
	for (unsigned int w = 0; w < CACHE_PENDING_WORDS; w++) {
		uint64_t frames = w < p->nr_words ? p->word[w].frames : 0;

		for (; frames != 0; frames &= frames - 1, i--) {
			if (i == 0) {
				unsigned long mfn =
					p->word[w].first + xmem_ffs64(frames);

				return (struct cached){mfn_to_page(_mfn(mfn)),
						       0};
			}
		}
	}
	return (struct cached){NULL, 0};
}

/* Block number @i of @kind; its descriptor is NULL if there are fewer. */
XMEM_UNCHECKED
static struct cached cached_at(const struct cache_kind *kind, unsigned long i)
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
	struct cached at;

	for (unsigned long i = 0; (at = cached_at(kind, i)).pg != NULL; i++) {
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

	for (unsigned int k = 0; k < nr_kinds(); k++) {
		if (is_of_heap(k, heap)) {
			nr += all ? count_kind(&c->kind[k])
				  : count_kind_in(&c->kind[k], lo, hi);
		}
	}
	return nr;
}

unsigned long xmem_cache_count(unsigned int node, unsigned int heap,
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

/* Is the frame of @pg, which is described, nobody's and not handed out? */
static bool is_bare(const struct page_info *pg)
{
	return xmem_page_live(pg) == XMEM_LIVE_NONE &&
	       xmem_page_refs(pg) == 0 && !is_xen_heap_page(pg) &&
	       xmem_page_owner(pg) == NULL;
}

bool xmem_cache_has(unsigned long mfn)
{
	mfn_t head = _mfn(xmem_align_down(mfn, 1UL << HEAP_SUPER_ORDER));

	if (!HEAP_HAS_CACHES || !mfn_valid(_mfn(mfn)) ||
	    !is_bare(mfn_to_page(_mfn(mfn)))) {
		return false;
	}
	return !mfn_valid(head) ||
	       xmem_page_live(mfn_to_page(head)) != XMEM_LIVE_SUPER;
}

/* ---- check the invariants of cache.h ---- */

static const char *check_frame(const struct xmem_cache *c, unsigned int k,
			       unsigned long mfn)
{
	struct heap_node *node = heap_node_of(mfn);
	const struct heap_arena *a;
	struct node_heap *heap;
	bool described;

	heap_node_lock(node);
	a = xmem_arena_of(node, mfn, &heap);
	described = a != NULL && xmem_buddy_is_described(&a->buddy, mfn);
	heap_node_unlock(node);
	if (!described || !mfn_valid(_mfn(mfn))) {
		return "cache I2: a frame is free, or not described";
	}
	if (node != heap_node(c->node) ||
	    (XMEM_LAYOUT == XMEM_LAYOUT_SEPARATE && heap != &node->heap[k]) ||
	    (XMEM_LAYOUT == XMEM_LAYOUT_PARTIAL &&
	     (mfn < xmem_heap_xen_end) != (k == HEAP_XEN))) {
		return "cache I2: a frame of another node or kind";
	}
	return is_bare(mfn_to_page(_mfn(mfn)))
		       ? NULL
		       : "cache I2, I3: a frame is in use, or there twice";
}

/* Check the frames of @at, and make them live, so that they are found if they
 * are there twice. */
static const char *check_block(const struct xmem_cache *c, unsigned int k,
			       struct cached at)
{
	const char *broken = NULL;

	for (unsigned long i = 0; i < 1UL << at.order && broken == NULL; i++) {
		broken = check_frame(c, k, mfn_x(page_to_mfn(at.pg + i)));
		if (broken == NULL) {
			xmem_page_set_live(at.pg + i, XMEM_LIVE_FRAME);
		}
	}
	return broken;
}

XMEM_UNCHECKED
static const char *check_kind(const struct xmem_cache *c, unsigned int k)
{
	const struct cache_kind *kind = &c->kind[k];
	const char *broken = NULL;
	unsigned long nr = 0;
	struct cached at;

	for (unsigned long i = 0;
	     broken == NULL && (at = cached_at(kind, i)).pg != NULL; i++) {
		nr += 1UL << at.order;
		broken = check_block(c, k, at);
	}
	if (broken == NULL &&
	    (nr != count_kind(kind) || kind->frames.nr > CACHE_FRAMES ||
	     kind->pending.nr_frames >= CACHE_PENDING_FRAMES)) {
		broken = "cache I1: a count is wrong";
	}
	return broken;
}

/* Undo what check_block() did to the frames of @kind. */
static void clear_live(const struct cache_kind *kind)
{
	struct cached at;

	for (unsigned long i = 0; (at = cached_at(kind, i)).pg != NULL; i++) {
		for (unsigned long f = 0; f < 1UL << at.order; f++) {
			xmem_page_set_live(at.pg + f, XMEM_LIVE_NONE);
		}
	}
}

XMEM_UNCHECKED
static const char *check_all(const struct xmem_cache *newest)
{
	const char *broken = NULL;

	for (const struct xmem_cache *c = newest; c != NULL; c = c->next) {
		for (unsigned int k = 0; k < nr_kinds() && broken == NULL;
		     k++) {
			broken = check_kind(c, k);
		}
	}
	for (const struct xmem_cache *c = newest; c != NULL; c = c->next) {
		for (unsigned int k = 0; k < nr_kinds(); k++) {
			clear_live(&c->kind[k]);
		}
	}
	return broken;
}

const char *xmem_cache_check(void)
{
	const char *broken = NULL;
	struct xmem_cache *newest;

	if (!HEAP_HAS_CACHES || xmem_cache_first() == NULL) {
		return NULL;
	}
	newest = xmem_caches_take_all();
	if (newest != NULL) {
		broken = check_all(newest);
		xmem_caches_give_back(newest);
	}
	return broken;
}
