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

#include "lib/align.h"
#include "lib/assert.h"
#include "lib/bits.h"
#include "lib/node.h"
#include "lib/pages_exact.h"
#include "lib/phase.h"
#include "page/page_priv.h"

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

static bool overlaps(const struct heap_part *part, unsigned long smfn,
		     unsigned long emfn)
{
	for (unsigned int a = 0; a < part->nr_arenas; a++) {
		const struct xmem_buddy *b = &part->arena[a]->buddy;

		if (smfn < b->end && b->start < emfn) {
			return true;
		}
	}
	return false;
}

/* Make room in the sorted array; `with` follows the arenas' numbers. */
static void insert_arena(struct heap_part *part, struct heap_arena *arena)
{
	unsigned int at = part->nr_arenas;
	uint64_t below;

	while (at > 0 &&
	       part->arena[at - 1]->buddy.start > arena->buddy.start) {
		part->arena[at] = part->arena[at - 1];
		at--;
	}
	part->arena[at] = arena;
	part->nr_arenas++;
	below = xmem_bit(at) - 1;
	for (unsigned int k = 0; k <= MAX_ORDER; k++) {
		uint64_t with = part->with[k];

		part->with[k] = (with & below) | (with & ~below) << 1;
	}
}

/* May [@smfn, @emfn) become an arena of @part? Decided before @meta is
 * written to, as a caller may offer the metadata of a live arena again. */
static int check_new(const struct heap_node *node, const struct heap_part *part,
		     unsigned long smfn, unsigned long emfn)
{
	for (unsigned int p = 0; p < NR_PARTS; p++) {
		if (overlaps(&node->part[p], smfn, emfn)) {
			return -EEXIST;
		}
	}
	return part->nr_arenas == XMEM_CONFIG_MAX_ARENAS ? -ENOSPC : 0;
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
	part = &n->part[xen ? PART_XEN : PART_DOM];
	xmem_port_lock(&n->lock);
	rc = check_new(n, part, smfn, emfn);
	if (rc == 0) {
		arena->meta_bytes = xmem_heap_span_bytes(smfn, emfn);
		xmem_buddy_init(&arena->buddy, smfn, emfn, MAX_ORDER,
				(char *)meta + struct_bytes());
		insert_arena(part, arena);
	}
	xmem_port_unlock(&n->lock);
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

/* Give what of [@smfn, @emfn) lies in the span that holds @smfn.
 * *@done: frames covered. Return: 0, or an error of the engine. */
static int give_in_span(struct heap_part *part, unsigned int a,
			unsigned long smfn, unsigned long emfn,
			unsigned long *done)
{
	struct xmem_buddy *b = &part->arena[a]->buddy;
	unsigned int before = b->orders;
	int rc;

	*done = (emfn < b->end ? emfn : b->end) - smfn;
	rc = xmem_buddy_give_range(b, smfn, *done, true);
	if (rc == 0) {
		heap_sync_arena(part, a, before);
		count_free(part, smfn, *done);
		tell_given(smfn, *done);
	}
	return rc;
}

/* First frame above @smfn where a known span begins, at most @emfn. */
static unsigned long next_span(const struct heap_node *node, unsigned long smfn,
			       unsigned long emfn)
{
	for (unsigned int p = 0; p < NR_PARTS; p++) {
		const struct heap_part *part = &node->part[p];

		for (unsigned int a = 0; a < part->nr_arenas; a++) {
			unsigned long start = part->arena[a]->buddy.start;

			if (start > smfn && start < emfn) {
				emfn = start;
			}
		}
	}
	return emfn;
}

/* -ENOENT: no span holds @smfn; *@done is then the length of the gap. */
static int give_some(unsigned long smfn, unsigned long emfn,
		     unsigned long *done)
{
	struct heap_node *node = heap_node_of(smfn);
	int rc = -ENOENT;

	xmem_port_lock(&node->lock);
	for (unsigned int p = 0; p < NR_PARTS && rc == -ENOENT; p++) {
		struct heap_part *part = &node->part[p];
		unsigned int a = xmem_heap_find_arena(part, smfn);

		if (a != ~0U) {
			rc = give_in_span(part, a, smfn, emfn, done);
		}
	}
	if (rc == -ENOENT) {
		*done = next_span(node, smfn, emfn) - smfn;
	}
	xmem_port_unlock(&node->lock);
	return rc;
}

/* ---- metadata for a range that nobody announced ---- */

/* Are all frames of [@smfn, @smfn + @nr) reachable at their own address? */
static bool is_mapped(unsigned long smfn, unsigned long nr)
{
	return xmem_arch_mfn_mapped(smfn) &&
	       xmem_arch_mfn_mapped(smfn + nr - 1);
}

/* Make a span of [@smfn, @emfn). Return: frames at its start that hold the
 * metadata now; @emfn - @smfn if the whole range is lost. */
static unsigned long make_span(unsigned long smfn, unsigned long emfn, bool xen)
{
	unsigned long nr = xmem_pages_for(xmem_heap_span_bytes(smfn, emfn));
	void *meta = xmem_alloc_pages_exact(nr, 0, 0);
	unsigned long own = 0;

	if (meta == NULL && nr < emfn - smfn && is_mapped(smfn, nr)) {
		meta = mfn_to_virt(smfn);
		own = nr;
	}
	if (meta == NULL ||
	    xmem_heap_add_span(smfn, emfn, xmem_port_mfn_to_node(smfn), xen,
			       meta) != 0) {
		xmem_port_print("heap: no room for metadata or span: frames "
				"%lx..%lx are lost\n",
				smfn, emfn - 1);
		if (meta != NULL && own == 0) {
			xmem_free_pages_exact(meta, 0, nr);
		}
		return emfn - smfn;
	}
	return own;
}

static void init_pages(paddr_t ps, paddr_t pe, bool xen)
{
	paddr_t first = (ps >> PAGE_SHIFT) + ((ps & (PAGE_SIZE - 1)) != 0);
	unsigned long smfn = xmem_frame_number(first != 0 ? first : 1);
	unsigned long emfn = xmem_frame_number(pe >> PAGE_SHIFT);

	while (smfn < emfn) {
		unsigned long end = xmem_node_end(smfn, emfn);
		unsigned long done = 0;
		int rc = give_some(smfn, end, &done);

		XMEM_PANIC_IF(rc != 0 && rc != -ENOENT,
			      "heap: init of frames %lx..%lx: some are free "
			      "already\n",
			      smfn, smfn + done - 1);
		if (rc == -ENOENT) {
			done = make_span(smfn, smfn + done, xen);
		}
		smfn += done;
	}
}

XMEM_API_PAGES void init_domheap_pages(paddr_t ps, paddr_t pe)
{
	xmem_phase_check(XMEM_PHASE_DOMHEAP, XMEM_CALLER());
	init_pages(ps, pe, false);
}

XMEM_API_PAGES void init_xenheap_pages(paddr_t ps, paddr_t pe)
{
	xmem_phase_check(XMEM_PHASE_XENHEAP, XMEM_CALLER());
	init_pages(ps, pe, XMEM_LAYOUT == XMEM_LAYOUT_SEPARATE);
}
