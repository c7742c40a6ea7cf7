/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * late.c - frames enter the heap, also where no span holds them yet
 *
 * A range that comes after the hand-over needs memory for the metadata of its
 * span: from xmem_meta_take(), or else the first frames of the range itself, if
 * they are mapped.
 */
#include <xmem/admin.h>
#include <xmem/port.h>

#include "heap/heap_priv.h"
#include "heap/mapped.h"
#include "lib/align.h"
#include "lib/assert.h"
#include "lib/bits.h"
#include "lib/node.h"

/* The first frame above @smfn, at most @emfn, where a span begins that a new
 * span of @heap must not reach into. */
XMEM_REQUIRES(H)
static unsigned long gap_end(const struct heap_node *node,
			     const struct node_heap *heap, unsigned long smfn,
			     unsigned long emfn)
{
	for (unsigned int p = HEAP_DOM; p < heap_nr_used(); p++) {
		const struct heap_arena *a =
			xmem_arena_behind(&node->heap[p], smfn);

		if ((p == HEAP_XEN || heap == &node->heap[p]) && a != NULL &&
		    a->buddy.start > smfn && a->buddy.start < emfn) {
			emfn = a->buddy.start;
		}
	}
	return emfn;
}

/* Where the first frames of a range belong. */
struct place {
	struct heap_arena *arena;
	unsigned long nr; /* so many frames */
};

/*
 * Which of the frames [@smfn, @emfn), all on @node, belong to the same arena as
 * the first? Return: 0; -ENOENT if there is no arena for @smfn (at->nr: frames
 * up to the next one); -EINVAL for frames of the xenheap that are not given as
 * such.
 */
XMEM_REQUIRES(H)
static int find_some(struct heap_node *node, unsigned long smfn,
		     unsigned long emfn, bool xen, struct place *at)
{
	struct node_heap *wanted = node_heap_of(node, xen);
	unsigned long room;

	at->arena = xmem_arena_of(node, smfn);
	if (at->arena == NULL || (XMEM_LAYOUT == XMEM_LAYOUT_SEPARATE &&
				  at->arena->heap != wanted && xen)) {
		at->nr = gap_end(node, wanted, smfn, emfn) - smfn;
		return -XMEM_ENOENT;
	}
	room = heap_arena_room(node, at->arena, smfn);
	at->nr = room < emfn - smfn ? room : emfn - smfn;
	return XMEM_LAYOUT != XMEM_LAYOUT_SEPARATE || at->arena->heap == wanted
		       ? 0
		       : -XMEM_EINVAL;
}

/* The same as find_some(), and the port has heard of what it finds. No lock is
 * held while it does: then all is as before, but frames that have become the
 * xenheap's (-EINVAL). */
XMEM_REQUIRES(H)
XMEM_UNCHECKED /* It drops the lock in between. */
	static int
	find_and_tell(struct heap_node *node, unsigned long smfn,
		      unsigned long emfn, bool xen, struct place *at)
{
	int rc = find_some(node, smfn, emfn, xen, at);

	if (XMEM_PORT_HEARS_FRAMES && rc == 0) {
		unsigned long nr = at->nr;

		heap_node_unlock(node);
		rc = heap_tell_given(smfn, nr, true);
		heap_node_lock(node);
		if (rc == 0) {
			rc = find_some(node, smfn, smfn + nr, xen, at);
		}
		if (rc == 0 && at->nr != nr) {
			rc = -XMEM_EINVAL;
		}
	}
	return rc;
}

/* Give what find_some() finds; *@done: how many. Parameters and return: as
 * there; -EBUSY if a frame is free already, -EEXIST if one is described. */
static int give_some(unsigned long smfn, unsigned long emfn, bool xen,
		     unsigned long *done)
{
	struct heap_node *node = xmem_heap_lock_of(smfn);
	struct place at;
	int rc = find_and_tell(node, smfn, emfn, xen, &at);

	if (rc == 0) {
		rc = xmem_arena_give_range(at.arena, smfn, at.nr, true);
	}
	heap_node_unlock(node);
	*done = at.nr;
	return rc;
}

/* ---- ranges that come after the hand-over ---- */

/*
 * Memory that is added often comes in neighbouring pieces (a DIMM in blocks of
 * 128 MiB, in any order). So a piece gets a span wide enough for the largest
 * block that it can become part of, but not wider than 2^WIDER times its own
 * size: that keeps the metadata below 1/200 of the piece.
 */
#define WIDER 5U

/* The lowest frame, not below @low, from which all frames up to @smfn are on
 * its node. */
static unsigned long same_node_from(unsigned long low, unsigned long smfn)
{
	unsigned long end;

	while ((end = xmem_node_end(low, smfn)) < smfn) {
		low = end;
	}
	return xmem_port_mfn_to_node(low) == xmem_port_mfn_to_node(smfn) ? low
									 : smfn;
}

/* Widen the range [*@smfn, *@emfn), all on one node and in no span, to what
 * its span should be. It reaches into no other span. */
static void widen(unsigned long *smfn, unsigned long *emfn)
{
	const struct node_heap *heap;
	struct heap_node *node;
	unsigned int order = xmem_log2(*emfn - *smfn) + WIDER;
	unsigned long size = 1UL << (order < MAX_ORDER ? order : MAX_ORDER);
	unsigned long low = xmem_align_down(*smfn, size);
	unsigned long end = xmem_align_up(*emfn, size);
	const struct heap_arena *a;

	low = same_node_from(low != 0 ? low : 1, *smfn);
	end = xmem_node_end(*smfn, end > *emfn ? end : *emfn);
	node = xmem_heap_lock_of(*smfn);
	heap = &node->heap[HEAP_DOM];
	while ((a = xmem_arena_behind(heap, low)) != NULL &&
	       a->buddy.end <= *smfn) {
		low = a->buddy.end;
	}
	end = gap_end(node, heap, *smfn, end);
	heap_node_unlock(node);
	*smfn = low;
	*emfn = end;
}

/*
 * Make a span for [@smfn, @emfn), all on one node and in no span. Return:
 * how many frames at its start the caller must not give: those that hold the
 * metadata, or all, if there is no memory for it. Another CPU may have made a
 * span here meanwhile: then 0, and the caller tries again to give.
 */
static unsigned long make_span(unsigned long smfn, unsigned long emfn, bool xen)
{
	unsigned long low = smfn;
	unsigned long end = emfn;
	unsigned long own = 0;
	unsigned long nr;
	void *meta;
	int rc = -XMEM_ENOMEM;

	if (!xen || XMEM_LAYOUT != XMEM_LAYOUT_SEPARATE) {
		widen(&low, &end);
	}
	nr = xmem_pages_for(xmem_span_bytes(low, end));
	meta = xmem_meta_take(nr);
	if (meta == NULL && nr < emfn - smfn && heap_is_mapped(smfn, nr)) {
		meta = mfn_to_virt(smfn);
		own = nr;
	}
	if (meta != NULL) {
		rc = xmem_span_add(low, end, xmem_port_mfn_to_node(smfn), xen,
				   meta);
	}
	if (rc != 0 && meta != NULL && own == 0) {
		xmem_meta_give(meta, nr);
	}
	XMEM_PANIC_IF(XMEM_LAYOUT == XMEM_LAYOUT_SEPARATE && rc == -XMEM_EBUSY,
		      "heap: init of frames %lx..%lx as xenheap: some are free "
		      "domheap\n",
		      smfn, emfn - 1);
	if (rc == 0 || rc == -XMEM_EEXIST) {
		return rc == 0 ? own : 0;
	}
	xmem_port_print("heap: frames %lx..%lx are lost: no %lu pages of "
			"xenheap for their metadata\n",
			smfn, emfn - 1, nr);
	return emfn - smfn;
}

/* Why frames cannot be given. */
static const char *text_of(int rc)
{
	if (XMEM_LAYOUT == XMEM_LAYOUT_SEPARATE && rc == -XMEM_EINVAL) {
		return "they are the xenheap's";
	}
	return rc == -XMEM_EBUSY ? "some are free already" : "some are in use";
}

void xmem_heap_init_frames(unsigned long smfn, unsigned long emfn, bool xen)
{
	while (smfn < emfn) {
		unsigned long end = xmem_node_end(smfn, emfn);
		unsigned long done = 0;
		int rc = give_some(smfn, end, xen, &done);

		XMEM_PANIC_IF(rc != 0 && rc != -XMEM_ENOENT,
			      "heap: init of frames %lx..%lx: %s\n", smfn,
			      smfn + done - 1, text_of(rc));
		if (rc == -XMEM_ENOENT) {
			done = make_span(smfn, smfn + done, xen);
		}
		smfn += done;
	}
}
