/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * span.c - add memory to the heap: make spans and give them free frames
 *
 * First a span gets an arena, with all its frames used; then the free ones are
 * given. Neither step costs time proportional to frames, since the bitmaps are
 * written only where they are needed. A hole inside a span costs a third of a
 * byte for each frame and nothing else.
 *
 * The boot allocator makes spans for its RAM; for a range that comes later,
 * late.c does; a host with page accounting of its own makes all of them itself,
 * and gives frames by block.c.
 */
#include <xmem/admin.h>

#include "heap/heap_priv.h"
#include "lib/align.h"
#include "lib/bits.h"
#include "lib/front.h"
#include "lib/mem.h"

/* Bits that the engine has to number the frames of a span. */
#define ENGINE_BITS (XMEM_BUDDY_LEVELS * XMEM_WORD_SHIFT)
#define LONG_BITS   (sizeof(long) * 8)
#define SPAN_BITS   (ENGINE_BITS < LONG_BITS ? ENGINE_BITS : LONG_BITS)

static unsigned long struct_bytes(void)
{
	return xmem_align_up(sizeof(struct heap_arena), 16);
}

/* What the struct of a node needs beyond its size, as metadata is aligned to
 * META_ALIGN. */
#define META_ALIGN 8UL
#define NODE_ALIGN _Alignof(struct heap_node)
#define NODE_SLACK (NODE_ALIGN > META_ALIGN ? NODE_ALIGN - META_ALIGN : 0)

unsigned long xmem_heap_node_bytes(unsigned int n)
{
	if (MAX_NUMNODES == 1 || n >= MAX_NUMNODES || heap_node(n) != NULL) {
		return 0;
	}
	return xmem_align_up(sizeof(struct heap_node) + NODE_SLACK,
			     SMP_CACHE_BYTES);
}

static unsigned long arena_bytes(unsigned long smfn, unsigned long emfn)
{
	return struct_bytes() + xmem_buddy_bytes(smfn, emfn, MAX_ORDER);
}

unsigned long xmem_span_bytes(unsigned long smfn, unsigned long emfn)
{
	return xmem_heap_node_bytes(xmem_port_mfn_to_node(smfn)) +
	       arena_bytes(smfn, emfn);
}

XMEM_FRONT(xmem_heap_span_bytes, xmem_span_bytes);

/* Does an arena of @heap lie, wholly or in part, in [@smfn, @emfn)? */
XMEM_REQUIRES(H)
static bool overlaps(const struct node_heap *heap, unsigned long smfn,
		     unsigned long emfn)
{
	const struct heap_arena *a = xmem_arena_behind(heap, smfn);

	return a != NULL && a->buddy.start < emfn;
}

/* May [@smfn, @emfn) become an arena of @heap? An arena of the xenheap may lie
 * inside a span of the domheap, if its frames are used there. Ask before
 * writing metadata: a caller may offer that of an existing arena again. */
XMEM_REQUIRES(H)
static int check_new(const struct heap_node *node, const struct node_heap *heap,
		     unsigned long smfn, unsigned long emfn)
{
	if (overlaps(heap, smfn, emfn)) {
		return -XMEM_EEXIST;
	}
	if (XMEM_LAYOUT == XMEM_LAYOUT_SEPARATE &&
	    heap == &node->heap[HEAP_XEN] &&
	    xmem_arena_count_free(&node->heap[HEAP_DOM], smfn, emfn) != 0) {
		return -XMEM_EBUSY;
	}
	return 0;
}

/* Is [@smfn, @emfn) a range of @node that one engine can manage? That is half
 * of the frames it can number, as its first group may begin before @smfn. */
static bool is_span(unsigned long smfn, unsigned long emfn, unsigned int node)
{
	return smfn != 0 && smfn < emfn && emfn <= ~0UL - (1UL << MAX_ORDER) &&
	       xmem_log2(emfn - 1) < HEAP_NR_ZONES &&
	       (uint64_t)(emfn - smfn) >> (SPAN_BITS - 1) == 0 &&
	       node < MAX_NUMNODES && xmem_port_mfn_to_node(smfn) == node &&
	       xmem_port_mfn_to_node(emfn - 1) == node;
}

/* Make the struct of a node at @meta or, if there is only one, use what there
 * is. */
static struct heap_node *make_node(char *meta)
{
	struct heap_node *node;

	if (MAX_NUMNODES == 1) {
		return xmem_heap_no_node();
	}
	node = (struct heap_node *)xmem_align_up((unsigned long)meta,
						 NODE_ALIGN);
	memset(node, 0, sizeof(*node));
	xmem_port_lock_init(&node->lock);
	return node;
}

/*
 * Lock node @n. If it has no struct, make it of the first *@own bytes at
 * @meta; else *@own becomes 0. The struct is locked before others see it: so
 * the first span of a node is never refused, which would leave the struct in
 * memory of the caller's. If another CPU is faster, nothing of @meta is used.
 */
XMEM_ACQUIRES(H)
static struct heap_node *enter_node(unsigned int n, char *meta,
				    unsigned long *own)
{
	struct heap_node *node = heap_node(n);
	struct heap_node *made;

	*own = xmem_heap_node_bytes(n);
	if (node == NULL) {
		made = make_node(meta);
		heap_node_lock(made);
		if (__atomic_compare_exchange_n(&xmem_heap_nodes[n], &node,
						made, false, __ATOMIC_ACQ_REL,
						__ATOMIC_ACQUIRE)) {
			return made;
		}
		heap_node_unlock(made);
	}
	*own = 0;
	heap_node_lock(node);
	return node;
}

int xmem_span_add(unsigned long smfn, unsigned long emfn, unsigned int node,
		  bool xen, void *meta)
{
	struct node_heap *heap;
	struct heap_node *n;
	unsigned long own;
	int rc;

	if (!is_span(smfn, emfn, node) || meta == NULL ||
	    !xmem_is_aligned((unsigned long)meta, META_ALIGN)) {
		return -XMEM_EINVAL;
	}
	n = enter_node(node, meta, &own);
	heap = node_heap_of(n, xen);
	rc = check_new(n, heap, smfn, emfn);
	if (rc == 0) {
		struct heap_arena *arena = (void *)((char *)meta + own);

		arena->meta_bytes = own + arena_bytes(smfn, emfn);
		xmem_buddy_init(&arena->buddy, smfn, emfn, MAX_ORDER,
				(char *)arena + struct_bytes());
		xmem_arena_insert(heap, arena);
	}
	heap_node_unlock(n);
	return rc;
}

XMEM_FRONT(xmem_heap_add_span, xmem_span_add);

/* ---- frames enter ---- */

void xmem_arena_count(struct heap_arena *arena, unsigned long mfn,
		      unsigned long nr, bool is_free)
{
	struct node_heap *heap = arena->heap;

	heap->nr_free += is_free ? nr : 0 - nr;
	while (nr > 0) {
		unsigned int zone = xmem_log2(mfn);
		unsigned long in_zone = (2UL << zone) - mfn;
		unsigned long now = nr < in_zone ? nr : in_zone;

		heap->zone_free[zone] += is_free ? now : 0 - now;
		mfn += now;
		nr -= now;
	}
	if (is_free) {
		heap_given(heap);
	}
	xmem_arena_sync(arena);
}

int xmem_arena_give_range(struct heap_arena *arena, unsigned long smfn,
			  unsigned long nr, bool dirty)
{
	int rc = xmem_buddy_give_range(&arena->buddy, smfn, nr, dirty);

	if (rc == 0) {
		xmem_arena_count(arena, smfn, nr, true);
	}
	return rc;
}
