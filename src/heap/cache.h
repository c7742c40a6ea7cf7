/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cache.h - the cache of a CPU: free frames that it takes and gives alone
 *
 * A CPU that is in its cache has preemption off, and `busy` is set. As long as
 * `revoked` is not, the cache is its own: it needs neither a lock nor an atomic
 * instruction. An interrupt handler that comes in between finds `busy`, and
 * goes to the heap. A thief who needs the frames of all CPUs sets `revoked`,
 * makes every CPU execute a barrier, and waits until none is busy
 * (cache_steal.c has the argument). A front of the page layer does
 *
 *	c = xmem_cache_enter(&state);
 *	if (c) {
 *		pg = xmem_cache_pop(c, xen, order, &dirty);
 *		... mark the frames live, tell the port ...
 *		xmem_cache_leave(c, &state);
 *	}
 *	if (pg == NULL) { ... from the heap ... }
 *
 * Slots hold descriptors; bit 0 says that the frames are dirty. To the heap
 * they are in use and described; to the API they are free, and every count of
 * free frames includes them.
 *
 * frames    order 0, a stack. A refill takes whole words of frames from where
 *           the heap would take the next one; the lowest of them is the
 *           frontier. A frame that is freed at or above the frontier would be
 *           the next one to be taken from the heap, too: it is kept. One below
 *           it becomes pending.
 * pending   order 0, words of frames that go back to the heap together.
 * blocks    orders 1 to 3 and superpages, stacks with frontiers of their own;
 *           what is below goes back to the heap at once.
 *
 * Where the heap is nearly exhausted (`short_of_frames`), a refill takes what
 * is asked for and nothing more, and all that is freed goes back at once.
 *
 * I1  frames.nr and blocks.nr are at most the room; pending.nr_frames is the
 *     number of bits in its words, at most CACHE_PENDING_FRAMES
 * I2  all frames in a cache are of its node, and of the kind that holds them:
 *     in use and described to the heap; without mark, reference and live bits
 * I3  no frame is in two slots
 *
 * (C) in the cache (xmem_cache_enter()), or as the thief. What others look at
 * without that are `nr`, slots and words, to count: these are written as a
 * whole.
 */
#ifndef HEAP_CACHE_H
#define HEAP_CACHE_H

#include <xmem/page_info.h>
#include <xmem/port.h>
#include <xmem/xenheap.h>

#include "buddy/buddy.h"
#include "heap/heap.h"
#include "lib/attr.h"

/** Are there caches in this configuration? If not, all code for them folds
 *  away. */
#define HEAP_HAS_CACHES                                  \
	(XMEM_CONFIG_CPU_CACHES && XMEM_PAGE_HAS_LIVE && \
	 XMEM_PORT_CAN_BROADCAST)

/** The order of a superpage: what one table of page tables maps. */
#define HEAP_SUPER_ORDER XMEM_BUDDY_SUPER

/** Orders below this one are cached, and that of superpages. */
#define HEAP_CACHED_ORDERS 4U

enum {
	CACHE_FRAMES = 128,	   /* room for frames to pop */
	CACHE_REFILL = 64,	   /* a refill ends when it has so many */
	CACHE_REFILL_WORDS = 4,	   /* or after so many words */
	CACHE_PENDING_FRAMES = 64, /* a drain begins with so many frames */
	CACHE_PENDING_WORDS = 7,   /* or words */
	CACHE_BLOCKS = 8,	   /* room for blocks of an order */
	CACHE_REFILL_BLOCKS = 4,
	CACHE_SUPERS = 4, /* the same, for superpages */
	CACHE_REFILL_SUPERS = 1,
};

/* By order: 1, 2, 3, superpage. */
#define CACHE_SUPER_INDEX 3U
#define CACHE_NR_BLOCKS	  4U

struct cache_frames {
	unsigned long nr;
	uintptr_t frontier;  /* address of a descriptor */
	unsigned long reach; /* frames from there on, of one range of RAM, the
			      * same node and kind: these are kept at once */
	uintptr_t slot[CACHE_FRAMES];
};

struct cache_blocks {
	unsigned long nr;
	uintptr_t frontier;
	unsigned long reach; /* in frames, as above */
	uintptr_t slot[CACHE_BLOCKS];
};

struct cache_pending {
	struct xmem_buddy_word *last; /* the word that a frame came into last */
	unsigned int nr_frames;
	unsigned int most; /* with so many frames a drain begins */
	struct xmem_buddy_word word[CACHE_PENDING_WORDS];
};

/** The frames of one kind: of one heap or, in the partial layout, of one side
 *  of the xenheap's limit. */
struct cache_kind {
	struct cache_frames frames;
	struct cache_blocks blocks[CACHE_NR_BLOCKS];
	struct cache_pending pending;
};

/** How many kinds there are: by HEAP_DOM and HEAP_XEN if not one. */
#define CACHE_NR_KINDS                                          \
	(XMEM_IF_CONSTANT(XMEM_LAYOUT, XMEM_LAYOUT_SEPARATE) == \
			 XMEM_LAYOUT_FULL                       \
		 ? 1                                            \
		 : NR_HEAPS)

/** What a CPU looks at first. */
struct cache_head {
	unsigned int busy;    /* the CPU is in it; written by the CPU alone */
	unsigned int revoked; /* not to be used; written by the thief */
};

struct xmem_cache {
	struct cache_head head;
	unsigned int node; /* whose frames it holds */
	unsigned int cpu;
	unsigned int pushes; /* how often a block was kept */
	bool short_of_frames XMEM_GUARDED_BY(C);
	bool is_up;		 /* its CPU may enter (cpu.c) */
	struct xmem_cache *next; /* of all caches that there ever were */
	struct cache_kind kind[CACHE_NR_KINDS] XMEM_GUARDED_BY(C);
} __attribute__((__aligned__(SMP_CACHE_BYTES)));

/* ---- which cache is this CPU's (cache_count.c) ----
 *
 * The default table by xmem_port_cpu() has two levels if there are many CPUs.
 * A CPU without a cache finds xmem_no_cache there, which is always busy.
 */

#ifdef xmem_port_cpu_cache
#define CACHE_TABLE_CPUS 1U
#else
#define CACHE_TABLE_CPUS (HEAP_HAS_CACHES ? NR_CPUS : 1U)
#endif
#define CACHE_LEAF_SHIFT 6U
#define CACHE_LEAF_CPUS	 (1U << CACHE_LEAF_SHIFT)
#define CACHE_NR_LEAVES	 ((CACHE_TABLE_CPUS - 1U) / CACHE_LEAF_CPUS + 1U)

struct cache_leaf {
	struct cache_head *of_cpu[CACHE_LEAF_CPUS];
};

XMEM_HIDDEN extern struct cache_head xmem_no_cache;
/* The leaf of CPU 0; and, if there are several, that of CPUs without one. */
#define CACHE_NR_STATIC (CACHE_NR_LEAVES > 1 ? 2 : 1)
XMEM_HIDDEN extern struct cache_leaf xmem_cache_leaf[CACHE_NR_STATIC];
XMEM_HIDDEN extern struct cache_leaf *xmem_cache_leaves[CACHE_NR_LEAVES + 1];

/** Where the table has the leaf of @cpu. */
static inline struct cache_leaf **cache_leaf_at(unsigned int cpu)
{
	return &xmem_cache_leaves[cpu >> CACHE_LEAF_SHIFT];
}

/** The head of this CPU's cache. Preemption is off. */
static XMEM_ALWAYS_INLINE struct cache_head *cache_mine(void)
{
#ifdef xmem_port_cpu_cache
	struct cache_head *mine = (struct cache_head *)xmem_port_cpu_cache();

	return mine != NULL ? mine : &xmem_no_cache;
#else
	unsigned int cpu = xmem_port_cpu();
	struct cache_leaf *leaf = &xmem_cache_leaf[0];

	if (CACHE_NR_LEAVES > 1) {
		leaf = __atomic_load_n(cache_leaf_at(cpu), __ATOMIC_ACQUIRE);
	}
	return __atomic_load_n(
		&leaf->of_cpu[CACHE_NR_LEAVES > 1 ? cpu % CACHE_LEAF_CPUS
						  : cpu],
		__ATOMIC_ACQUIRE);
#endif
}

/** What CPU @cpu finds from now on; it has a leaf. */
static inline void cache_set_of(unsigned int cpu, struct cache_head *head)
{
#ifdef xmem_port_cpu_cache
	xmem_port_set_cpu_cache(cpu, (void *)head);
#else
	struct cache_leaf *leaf =
		__atomic_load_n(cache_leaf_at(cpu), __ATOMIC_ACQUIRE);

	__atomic_store_n(&leaf->of_cpu[cpu % CACHE_LEAF_CPUS], head,
			 __ATOMIC_RELEASE);
#endif
}

/* ---- in and out ---- */

/** May a request with @memflags be served from a cache? One that limits
 *  addresses or names a node may not. */
static inline bool xmem_cache_serves(unsigned int memflags)
{
	return (memflags &
		(MEMF_no_dma | MEMF_bits(MEMF_bits_mask) | MEMF_exact_node |
		 MEMF_node_mask << MEMF_node_shift)) == 0;
}

/** Is there room in a cache for blocks of @order, any value? */
static inline bool xmem_cache_has_order(unsigned int order)
{
	return order < HEAP_CACHED_ORDERS ||
	       (order == HEAP_SUPER_ORDER && HEAP_SUPER_ORDER <= MAX_ORDER);
}

/**
 * Enter the cache of this CPU. Return: the cache, and preemption is off until
 * xmem_cache_leave(); NULL, with preemption as before, if this CPU has none,
 * or was interrupted in it, or it is revoked. *@state: for
 * xmem_cache_leave().
 */
XMEM_ENTERS_CACHE_IF_TRUE XMEM_UNLOCKED
	XMEM_UNCHECKED static XMEM_ALWAYS_INLINE struct xmem_cache *
	xmem_cache_enter(xmem_preempt_t *state)
{
	struct cache_head *mine;

	if (!HEAP_HAS_CACHES) {
		return NULL;
	}
	xmem_port_preempt_off(*state);
	mine = cache_mine();
	if (XMEM_UNLIKELY(mine->busy != 0)) {
		goto out_preempt_on;
	}
	__atomic_store_n(&mine->busy, 1, __ATOMIC_RELAXED);
	/* The thief makes every CPU execute the barrier that belongs here. */
	xmem_port_cpu_cache_fence();
	if (XMEM_UNLIKELY(__atomic_load_n(&mine->revoked, __ATOMIC_ACQUIRE) !=
			  0)) {
		goto out_leave;
	}
	if (mine == NULL) { /* Then the caller has nothing to ask. */
		__builtin_unreachable();
	}
	return (void *)mine;

out_leave:
	__atomic_store_n(&mine->busy, 0, __ATOMIC_RELEASE);
out_preempt_on:
	xmem_port_preempt_on(*state);
	return NULL;
}

/** Leave @c, with *@state of xmem_cache_enter(). */
XMEM_LEAVES_CACHE XMEM_UNLOCKED XMEM_UNCHECKED static XMEM_ALWAYS_INLINE void
xmem_cache_leave(struct xmem_cache *c, xmem_preempt_t *state)
{
	__atomic_store_n(&c->head.busy, 0, __ATOMIC_RELEASE);
	xmem_port_preempt_on(*state);
}

/* ---- taking and giving, between enter and leave ---- */

/** Is the frame of @pg on the node of @c? Other frames must not be pushed. */
static XMEM_ALWAYS_INLINE bool xmem_cache_owns(const struct xmem_cache *c,
					       const struct page_info *pg)
{
	return MAX_NUMNODES == 1 ||
	       xmem_port_mfn_to_node(mfn_x(page_to_mfn(pg))) == c->node;
}

/** The frames of @c for requests of the xenheap, if @xen, or domheap. */
XMEM_IN_CACHE
static XMEM_ALWAYS_INLINE struct cache_kind *cache_kind_of(struct xmem_cache *c,
							   bool xen)
{
	return &c->kind[CACHE_NR_KINDS > 1 && xen &&
					XMEM_LAYOUT != XMEM_LAYOUT_FULL
				? HEAP_XEN
				: HEAP_DOM];
}

/** The frames of @c that frame @mfn belongs to; @xen: it has just been a page
 * of the xenheap. */
XMEM_IN_CACHE
static XMEM_ALWAYS_INLINE struct cache_kind *cache_kind_at(struct xmem_cache *c,
							   unsigned long mfn,
							   bool xen)
{
	if (CACHE_NR_KINDS > 1 && XMEM_LAYOUT == XMEM_LAYOUT_PARTIAL) {
		xen = mfn < xmem_heap_xen_end;
	}
	return cache_kind_of(c, xen);
}

/** The same for the frame of @pg. */
XMEM_IN_CACHE
static XMEM_ALWAYS_INLINE struct cache_kind *cache_kind_for(
	struct xmem_cache *c, const struct page_info *pg, bool xen)
{
	if (CACHE_NR_KINDS > 1 && XMEM_LAYOUT == XMEM_LAYOUT_PARTIAL) {
		return cache_kind_at(c, mfn_x(page_to_mfn(pg)), xen);
	}
	return cache_kind_of(c, xen);
}

/** The order of the stack with index @i. */
static inline unsigned int cache_order_at(unsigned int i)
{
	return i == CACHE_SUPER_INDEX ? HEAP_SUPER_ORDER : i + 1;
}

/** The stack for blocks of @order, one of 1 to 3 and that of superpages. */
static XMEM_ALWAYS_INLINE struct cache_blocks *cache_blocks_of(
	struct cache_kind *kind, unsigned int order)
{
	return &kind->blocks[order < HEAP_CACHED_ORDERS ? order - 1
							: CACHE_SUPER_INDEX];
}

/** What the stacks of frames and of blocks have in common: how they begin. */
struct cache_stack {
	unsigned long nr;
	uintptr_t frontier;
	unsigned long reach;
	uintptr_t slot[];
};
_Static_assert(__builtin_offsetof(struct cache_stack, slot) ==
			       __builtin_offsetof(struct cache_frames, slot) &&
		       __builtin_offsetof(struct cache_stack, slot) ==
			       __builtin_offsetof(struct cache_blocks, slot),
	       "the fields are the same");

/** The stack for blocks of @order. */
static XMEM_ALWAYS_INLINE struct cache_stack *cache_stack_of(
	struct cache_kind *kind, unsigned int order)
{
	return order == 0 ? (struct cache_stack *)&kind->frames
			  : (struct cache_stack *)cache_blocks_of(kind, order);
}

/** One more in *@counter, which nobody else writes, after all that has been
 *  written for it. In one instruction, where there is one. */
static XMEM_ALWAYS_INLINE void cache_count_up(unsigned int *counter)
{
#ifdef __SANITIZE_THREAD__
	__atomic_store_n(counter, *counter + 1, __ATOMIC_RELEASE);
#else
	__atomic_thread_fence(__ATOMIC_RELEASE);
	++*counter;
#endif
}

/** A block has come into @c. */
XMEM_IN_CACHE
static XMEM_ALWAYS_INLINE void cache_count_push(struct xmem_cache *c)
{
	cache_count_up(&c->pushes);
}

/** Room in the stack for blocks of @order. */
static XMEM_ALWAYS_INLINE unsigned long cache_room(unsigned int order)
{
	if (order == 0) {
		return CACHE_FRAMES;
	}
	return order < HEAP_CACHED_ORDERS ? CACHE_BLOCKS : CACHE_SUPERS;
}

/** Fill the stack of @c that is empty, for @xen and @order, from the heap.
 *  Return: false: the heap has nothing for it. (cache.c) */
XMEM_IN_CACHE XMEM_UNLOCKED bool xmem_cache_refill(struct xmem_cache *c,
						   bool xen,
						   unsigned int order);

/** What xmem_cache_push() does with a frame that the stack does not keep: @mfn
 *  waits to go back to the heap with others. (cache.c) */
XMEM_IN_CACHE XMEM_UNLOCKED void xmem_cache_give_frame(struct xmem_cache *c,
						       unsigned long mfn,
						       bool xen, bool dirty,
						       const void *caller);

/** The same with a block of @order, not 0: it goes back at once. */
XMEM_IN_CACHE XMEM_UNLOCKED void xmem_cache_give_block(
	struct xmem_cache *c, const struct page_info *pg, unsigned int order,
	bool dirty, const void *caller);

XMEM_IN_CACHE XMEM_UNLOCKED static inline void xmem_cache_give_back(
	struct xmem_cache *c, const struct page_info *pg, bool xen,
	unsigned int order, bool dirty, const void *caller)
{
	if (order == 0) {
		xmem_cache_give_frame(c, mfn_x(page_to_mfn(pg)), xen, dirty,
				      caller);
	} else {
		xmem_cache_give_block(c, pg, order, dirty, caller);
	}
}

/**
 * Take a block of @order from @c, if it has one; xmem_cache_has_order(@order).
 * For a front that does all else in a function of its own, so that a hit saves
 * no register. Otherwise as xmem_cache_pop().
 */
XMEM_IN_CACHE
static XMEM_ALWAYS_INLINE struct page_info *xmem_cache_pop_hit(
	struct xmem_cache *c, bool xen, unsigned int order, bool *dirty)
{
	struct cache_stack *s = cache_stack_of(cache_kind_of(c, xen), order);
	unsigned long n = s->nr;
	uintptr_t slot;

	if (XMEM_UNLIKELY(n == 0)) {
		return NULL;
	}
	slot = s->slot[n - 1];
	__atomic_store_n(&s->nr, n - 1, __ATOMIC_RELAXED);
	*dirty = (slot & 1) != 0;
	return (struct page_info *)(slot & ~(uintptr_t)1);
}

/**
 * Take a block of @order from @c; xmem_cache_has_order(@order). @xen: it must
 * be mapped. An empty cache is refilled first: that takes (H) and drops it.
 * *@dirty: was any of its frames dirty?
 * Return: the first descriptor. The block is described, and nobody's: the
 * caller makes it live, each frame or the superpage, before he leaves. NULL:
 * the heap has none for this cache, but there may be some on other nodes, or in
 * other caches.
 */
XMEM_IN_CACHE XMEM_UNLOCKED static XMEM_ALWAYS_INLINE struct page_info *
xmem_cache_pop(struct xmem_cache *c, bool xen, unsigned int order, bool *dirty)
{
	struct page_info *pg;

	do {
		pg = xmem_cache_pop_hit(c, xen, order, dirty);
	} while (XMEM_UNLIKELY(pg == NULL) && xmem_cache_refill(c, xen, order));
	return pg;
}

/**
 * Give a block to @c, if it keeps it. For a front that does all else in a
 * function of its own. Otherwise as xmem_cache_push(). Return: does @c keep it?
 * If not, nothing has changed.
 */
XMEM_IN_CACHE
static XMEM_ALWAYS_INLINE bool xmem_cache_push_hit(struct xmem_cache *c,
						   struct page_info *pg,
						   bool xen, unsigned int order,
						   bool dirty)
{
	struct cache_stack *s =
		cache_stack_of(cache_kind_for(c, pg, xen), order);
	unsigned long n = s->nr;

	if (XMEM_UNLIKELY((uintptr_t)pg < s->frontier) ||
	    XMEM_UNLIKELY(n == cache_room(order))) {
		return false;
	}
	__atomic_store_n(&s->slot[n], (uintptr_t)pg + dirty, __ATOMIC_RELAXED);
	__atomic_store_n(&s->nr, n + 1, __ATOMIC_RELAXED);
	cache_count_push(c);
	return true;
}

/** How many frames is that of @pg, any value at all, above that of @frontier? A
 *  large number if @pg is not where a descriptor can be: bits that none has are
 *  turned to the upper end. */
static XMEM_ALWAYS_INLINE uintptr_t cache_distance(uintptr_t frontier,
						   const struct page_info *pg)
{
#ifdef XMEM_NO_PAGE_INFO
	(void)frontier;
	(void)pg;
	return ~(uintptr_t)0;
#else
	uintptr_t at = (uintptr_t)pg - frontier;

	if ((sizeof(*pg) & (sizeof(*pg) - 1)) != 0) {
		return at % sizeof(*pg) == 0 ? at / sizeof(*pg) : ~(uintptr_t)0;
	}
	return at / sizeof(*pg) | at * (-(uintptr_t)1 / sizeof(*pg) + 1);
#endif
}

/*
 * One frame, in as few instructions as there can be, for a front that leaves
 * all else to functions of its own. It looks first, and then may do it:
 *
 * struct cache_look - what xmem_cache_look_*() has seen.
 */
struct cache_look {
	struct cache_frames *f;
	unsigned long n; /* f->nr */
};

/** The frame that xmem_cache_pop() would return next; *@dirty: is it? NULL:
 *  there is none. *@at: for xmem_cache_drop(), which takes it from @c. */
XMEM_IN_CACHE
static XMEM_ALWAYS_INLINE struct page_info *xmem_cache_top(
	struct xmem_cache *c, bool xen, struct cache_look *at, bool *dirty)
{
	uintptr_t slot;

	at->f = &cache_kind_of(c, xen)->frames;
	at->n = at->f->nr;
	if (XMEM_UNLIKELY(at->n == 0)) {
		return NULL;
	}
	slot = at->f->slot[at->n - 1];
	*dirty = (slot & 1) != 0;
	slot &= ~(uintptr_t)1;
	if (slot == 0) { /* Then the caller has nothing to ask. */
		__builtin_unreachable();
	}
	return (struct page_info *)slot;
}

XMEM_IN_CACHE
static XMEM_ALWAYS_INLINE void xmem_cache_drop(const struct cache_look *at)
{
	__atomic_store_n(&at->f->nr, at->n - 1, __ATOMIC_RELAXED);
}

/** May a frame go into @c by xmem_cache_keep()? @pg: any value at all. If so,
 * it is the descriptor of a frame of RAM, which may be read now. */
XMEM_IN_CACHE
static XMEM_ALWAYS_INLINE bool xmem_cache_keeps(struct xmem_cache *c, bool xen,
						const struct page_info *pg,
						struct cache_look *at)
{
	at->f = &cache_kind_of(c, xen)->frames;
	at->n = at->f->nr;
	return cache_distance(at->f->frontier, pg) < at->f->reach &&
	       at->n != CACHE_FRAMES;
}

/** Put the frame of @pg, which is dirty, into @c. Otherwise as
 *  xmem_cache_push(). */
XMEM_IN_CACHE
static XMEM_ALWAYS_INLINE void xmem_cache_keep(struct xmem_cache *c,
					       const struct cache_look *at,
					       const struct page_info *pg)
{
	__atomic_store_n(&at->f->slot[at->n], (uintptr_t)pg + 1,
			 __ATOMIC_RELAXED);
	__atomic_store_n(&at->f->nr, at->n + 1, __ATOMIC_RELEASE);
	cache_count_push(c);
}

/**
 * Give a block to @c. Cannot fail; what the cache does not keep goes back to
 * the heap, for which (H) is taken and dropped.
 * @pg:    its first descriptor: nobody's, without references, not live any
 *         more, but described; xmem_cache_owns(@c, @pg).
 * @xen:   it was a block of the xenheap.
 * @order: xmem_cache_has_order(@order).
 * @dirty: may any of its frames hold data of the last user?
 * @caller: of the API function, for a panic: it is there already.
 */
XMEM_IN_CACHE XMEM_UNLOCKED static XMEM_ALWAYS_INLINE void xmem_cache_push(
	struct xmem_cache *c, struct page_info *pg, bool xen,
	unsigned int order, bool dirty, const void *caller)
{
	if (XMEM_UNLIKELY(!xmem_cache_push_hit(c, pg, xen, order, dirty))) {
		xmem_cache_give_back(c, pg, xen, order, dirty, caller);
	}
}

/* ---- all caches ---- */

/** All caches there ever were; the newest first. (cache_count.c) */
XMEM_HIDDEN extern struct xmem_cache *xmem_caches;

static inline struct xmem_cache *xmem_cache_first(void)
{
	return __atomic_load_n(&xmem_caches, __ATOMIC_ACQUIRE);
}

#endif /* HEAP_CACHE_H */
