/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * span.c - memory enters the heap: spans, their metadata, their frames
 *
 * A span is a range of frames that gets an arena: first all its frames count
 * as used, then those that are free are given. The metadata (bitmaps and the
 * arena's own struct) is lazy, so neither step costs time by frames. Small
 * holes inside a span cost a third of a byte a frame and nothing else.
 *
 * Metadata for a range nobody announced: from the xenheap if that has room,
 * else the first frames of the range itself, where they are mapped.
 */
#include <xmem/admin.h>
#include <xmem/pages.h>

#include "heap/heap_priv.h"
#include "heap/meta.h"
#include "lib/align.h"
#include "lib/assert.h"
#include "lib/bits.h"
#include "lib/node.h"

/* The engine counts the frames of a span with so many bits, or a long's. */
#define ENGINE_BITS (XMEM_BUDDY_LEVELS * XMEM_WORD_SHIFT)
#define LONG_BITS   (sizeof(long) * 8)
#define SPAN_BITS   (ENGINE_BITS < LONG_BITS ? ENGINE_BITS : LONG_BITS)

static unsigned long struct_bytes(void)
{
	return xmem_align_up(sizeof(struct heap_arena), 16);
}

XMEM_API_PAGES unsigned long xmem_heap_span_bytes(unsigned long smfn,
						  unsigned long emfn)
{
	return struct_bytes() + xmem_buddy_bytes(smfn, emfn, MAX_ORDER);
}

/* Does an arena of @part lie, wholly or in part, in [@smfn, @emfn)? */
XMEM_REQUIRES(H)
static bool overlaps(const struct heap_part *part, unsigned long smfn,
		     unsigned long emfn)
{
	const struct heap_arena *a = xmem_arena_behind(part, smfn);

	return a != NULL && a->buddy.start < emfn;
}

/* Does the domheap have a free frame in [@smfn, @emfn)? */
XMEM_REQUIRES(H)
static bool has_free(const struct heap_part *dom, unsigned long smfn,
		     unsigned long emfn)
{
	const struct heap_arena *a = xmem_arena_behind(dom, smfn);

	while (a != NULL && a->buddy.start < emfn) {
		if (xmem_buddy_count_free(&a->buddy, smfn, emfn) != 0) {
			return true;
		}
		a = xmem_arena_behind(dom, a->buddy.end);
	}
	return false;
}

/* May [@smfn, @emfn) become an arena of @part? Decided before @meta is
 * written to, as a caller may offer the metadata of a live arena again. A
 * xenheap may lie inside a span of the domheap, in frames that are used. */
XMEM_REQUIRES(H)
static int check_new(const struct heap_node *node, const struct heap_part *part,
		     unsigned long smfn, unsigned long emfn)
{
	if (overlaps(part, smfn, emfn)) {
		return -EEXIST;
	}
	if (part == &node->part[PART_XEN] &&
	    has_free(&node->part[PART_DOM], smfn, emfn)) {
		return -EBUSY;
	}
	return 0;
}

/* Is [@smfn, @emfn) a range of @node that the engine can manage? Half of what
 * its levels hold, as its first group may begin before @smfn. */
static bool is_span(unsigned long smfn, unsigned long emfn, unsigned int node)
{
	return smfn != 0 && smfn < emfn && emfn <= ~0UL - (1UL << MAX_ORDER) &&
	       (uint64_t)(emfn - smfn) >> (SPAN_BITS - 1) == 0 &&
	       node < MAX_NUMNODES && xmem_port_mfn_to_node(smfn) == node &&
	       xmem_port_mfn_to_node(emfn - 1) == node;
}

XMEM_API_PAGES int xmem_heap_add_span(unsigned long smfn, unsigned long emfn,
				      unsigned int node, bool xen, void *meta)
{
	struct heap_arena *arena = meta;
	struct heap_part *part;
	struct heap_node *n;
	int rc;

	if (!is_span(smfn, emfn, node) || meta == NULL ||
	    !xmem_is_aligned((unsigned long)meta, 8)) {
		return -EINVAL;
	}
	n = &xmem_heap_nodes[node];
	part = heap_part_of(n, xen);
	heap_node_lock(n);
	rc = check_new(n, part, smfn, emfn);
	if (rc == 0) {
		arena->meta_bytes = xmem_heap_span_bytes(smfn, emfn);
		xmem_buddy_init(&arena->buddy, smfn, emfn, MAX_ORDER,
				(char *)meta + struct_bytes());
		xmem_arena_insert(part, arena);
	}
	heap_node_unlock(n);
	return rc;
}

/* ---- frames enter ---- */

/* Tell the port about [@smfn, @smfn + @nr), in as few blocks as there are. */
static void tell_given(unsigned long smfn, unsigned long nr)
{
	while (nr > 0) {
		unsigned int order = xmem_block_order(smfn, nr);

		xmem_port_frames_given(smfn, order);
		smfn += 1UL << order;
		nr -= 1UL << order;
	}
}

/* Frames [@mfn, @mfn + @nr) have become free: I4, zone by zone. */
XMEM_REQUIRES(H)
static void count_free(struct heap_part *part, unsigned long mfn,
		       unsigned long nr)
{
	part->nr_free += nr;
	while (nr > 0) {
		unsigned int zone = xmem_log2(mfn);
		unsigned long in_zone = (2UL << zone) - mfn;
		unsigned long now = nr < in_zone ? nr : in_zone;

		part->zone_free[zone] += now;
		mfn += now;
		nr -= now;
	}
}

/* Frames [@smfn, @smfn + @nr), which @arena answers for, become free. */
XMEM_REQUIRES(H)
static int give_to(struct heap_part *part, struct heap_arena *arena,
		   unsigned long smfn, unsigned long nr)
{
	int rc = xmem_buddy_give_range(&arena->buddy, smfn, nr, true);

	if (rc == 0) {
		xmem_arena_sync(arena);
		count_free(part, smfn, nr);
		tell_given(smfn, nr);
	}
	return rc;
}

/* The first frame above @smfn, at most @emfn, where an arena begins that
 * frames for @part may not be given over to. */
XMEM_REQUIRES(H)
static unsigned long gap_end(const struct heap_node *node,
			     const struct heap_part *part, unsigned long smfn,
			     unsigned long emfn)
{
	for (unsigned int p = PART_DOM; p < NR_PARTS; p++) {
		const struct heap_arena *a =
			xmem_arena_behind(&node->part[p], smfn);

		if ((p == PART_XEN || part == &node->part[p]) && a != NULL &&
		    a->buddy.start > smfn && a->buddy.start < emfn) {
			emfn = a->buddy.start;
		}
	}
	return emfn;
}

/*
 * Give as much of [@smfn, @emfn), all on one node, as one arena answers for.
 * *@done: frames it was about. Return: 0; -ENOENT if there is no arena for
 * @smfn, and *@done is the length of the gap; -EBUSY if some are free already;
 * -EINVAL if domheap is to be made of the xenheap's.
 */
static int give_some(unsigned long smfn, unsigned long emfn, bool xen,
		     unsigned long *done)
{
	struct heap_node *node = heap_node_of(smfn);
	struct heap_part *wanted = heap_part_of(node, xen);
	struct heap_part *part;
	struct heap_arena *arena;
	int rc;

	heap_node_lock(node);
	arena = xmem_arena_of(node, smfn, &part);
	if (arena == NULL || (part != wanted && xen)) {
		*done = gap_end(node, wanted, smfn, emfn) - smfn;
		rc = -ENOENT;
	} else {
		unsigned long room = xmem_arena_room(node, arena, smfn);

		*done = room < emfn - smfn ? room : emfn - smfn;
		rc = part == wanted ? give_to(part, arena, smfn, *done)
				    : -EINVAL;
	}
	heap_node_unlock(node);
	return rc;
}

/* ---- metadata for a range that nobody announced ---- */

/*
 * What is added comes in pieces that touch (a DIMM in blocks of 128 MiB, in
 * any order). So a piece gets a span for its neighbourhood: as far as the
 * largest block that it can be part of reaches, but no more than 2^WIDER times
 * its own size, which keeps the metadata below 1/200 of it.
 */
#define WIDER 5U

/* The part of [@low, @smfn) that is on the node of @smfn and touches it. */
static unsigned long same_node_from(unsigned long low, unsigned long smfn)
{
	unsigned long end;

	while ((end = xmem_node_end(low, smfn)) < smfn) {
		low = end;
	}
	return xmem_port_mfn_to_node(low) == xmem_port_mfn_to_node(smfn) ? low
									 : smfn;
}

/* The span for [@smfn, @emfn), all on one node and in no span: wider, but
 * into no other one. */
static void widen(unsigned long *smfn, unsigned long *emfn)
{
	struct heap_node *node = heap_node_of(*smfn);
	const struct heap_part *part = &node->part[PART_DOM];
	unsigned int order = xmem_log2(*emfn - *smfn) + WIDER;
	unsigned long size = 1UL << (order < MAX_ORDER ? order : MAX_ORDER);
	unsigned long low = xmem_align_down(*smfn, size);
	unsigned long end = xmem_align_up(*emfn, size);
	const struct heap_arena *a;

	low = same_node_from(low != 0 ? low : 1, *smfn);
	end = xmem_node_end(*smfn, end > *emfn ? end : *emfn);
	heap_node_lock(node);
	while ((a = xmem_arena_behind(part, low)) != NULL &&
	       a->buddy.end <= *smfn) {
		low = a->buddy.end;
	}
	end = gap_end(node, part, *smfn, end);
	heap_node_unlock(node);
	*smfn = low;
	*emfn = end;
}

/*
 * Make a span for [@smfn, @emfn), all on one node and in no span. Return:
 * frames at its start that are not to be given: those that hold the metadata
 * now, or all, if the range is lost. Another CPU may be faster, with a span
 * that reaches into this one; then there are none.
 */
static unsigned long make_span(unsigned long smfn, unsigned long emfn, bool xen)
{
	unsigned long low = smfn;
	unsigned long end = emfn;
	unsigned long own = 0;
	unsigned long nr;
	void *meta;
	int rc = -ENOMEM;

	if (!xen || XMEM_LAYOUT != XMEM_LAYOUT_SEPARATE) {
		widen(&low, &end);
	}
	nr = xmem_pages_for(xmem_heap_span_bytes(low, end));
	meta = xmem_meta_take(nr);
	if (meta == NULL && nr < emfn - smfn && heap_is_mapped(smfn, nr)) {
		meta = mfn_to_virt(smfn);
		own = nr;
	}
	if (meta != NULL) {
		rc = xmem_heap_add_span(low, end, xmem_port_mfn_to_node(smfn),
					xen, meta);
	}
	if (rc != 0 && meta != NULL && own == 0) {
		xmem_meta_give(meta, nr);
	}
	XMEM_PANIC_IF(rc == -EBUSY,
		      "heap: init of frames %lx..%lx as xenheap: some are free "
		      "domheap\n",
		      smfn, emfn - 1);
	if (rc == 0 || rc == -EEXIST) {
		return rc == 0 ? own : 0;
	}
	xmem_port_print("heap: frames %lx..%lx are lost: no %lu pages of "
			"xenheap for their metadata\n",
			smfn, emfn - 1, nr);
	return emfn - smfn;
}

void xmem_heap_init_frames(unsigned long smfn, unsigned long emfn, bool xen)
{
	while (smfn < emfn) {
		unsigned long end = xmem_node_end(smfn, emfn);
		unsigned long done = 0;
		int rc = give_some(smfn, end, xen, &done);

		XMEM_PANIC_IF(rc != 0 && rc != -ENOENT,
			      "heap: init of frames %lx..%lx: %s\n", smfn,
			      smfn + done - 1,
			      rc == -EINVAL ? "they are the xenheap's"
					    : "some are free already");
		if (rc == -ENOENT) {
			done = make_span(smfn, smfn + done, xen);
		}
		smfn += done;
	}
}
