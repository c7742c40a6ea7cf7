/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * handover.c - pass the memory of the boot allocator on to the heap
 *
 * Model       end_boot_allocator() groups the RAM of each node into spans,
 *             adds these to the heap, and then gives it every free piece. A
 *             hole inside a span costs a third of a byte of metadata for each
 *             frame; a hole between two spans costs nothing.
 * Nodes       They are looked up here first: before the hand-over a machine
 *             need not know them. A piece that leaves its node is cut there.
 * Cost        Proportional to pieces, borders of nodes and orders, not to
 *             pages.
 * Locking     None: one CPU. Afterwards the table is constant.
 */
#include <xmem/page_info.h>
#include <xmem/port.h>

#include "boot/boot_priv.h"
#include "heap/heap.h"
#include "lib/align.h"
#include "lib/assert.h"
#include "lib/node.h"
#include "lib/phase.h"

/* A span to be: frames [start, end), of which all that are RAM are on @node. */
struct span {
	unsigned long start;
	unsigned long end;
	unsigned int node;
};

/* May RAM from frame @next on join @span, which has @ram frames of RAM so far?
 * It must be on the same node, and the holes must not become larger than the
 * RAM, which bounds the metadata for holes. */
static bool joins(const struct span *span, unsigned long next,
		  unsigned long ram)
{
	return xmem_port_mfn_to_node(next) == span->node &&
	       next - span->start - ram <= ram;
}

/* The span of the RAM from frame @start on, which is in piece @at. It ends
 * where a piece leaves its node, if not before. */
static struct span span_from(unsigned int at, unsigned long start)
{
	const struct boot_piece *p = &xmem_boot.piece[at];
	const struct boot_piece *last = &xmem_boot.piece[xmem_boot.nr - 1];
	struct span span = {.start = start,
			    .end = xmem_node_end(start, p->end),
			    .node = xmem_port_mfn_to_node(start)};
	unsigned long ram = span.end - start;

	while (span.end == p->end && p < last &&
	       joins(&span, p[1].start, ram)) {
		p++;
		span.end = xmem_node_end(p->start, p->end);
		ram += span.end - p->start;
	}
	return span;
}

/* Set @span to the first one from frame @from on. Return: false if there is no
 * RAM any more. */
static bool next_span(unsigned long from, struct span *span)
{
	unsigned int at = xmem_boot_find(from);
	unsigned long start;

	if (at == xmem_boot.nr) {
		return false;
	}
	start = xmem_boot.piece[at].start;
	*span = span_from(at, start > from ? start : from);
	return true;
}

/* Memory for the metadata of spans: @left bytes at @at are not used yet. @need:
 * bytes for all spans that have none yet. */
struct meta {
	char *at;
	unsigned long left;
	unsigned long need;
	bool is_boot; /* memory of the boot allocator */
};

/* Bytes of metadata, in whole cache lines, so that spans share none. */
static unsigned long meta_bytes(unsigned long start, unsigned long end)
{
	return xmem_align_up(xmem_span_bytes(start, end), SMP_CACHE_BYTES);
}

/* For all spans. The first one of a node brings the struct of the node. */
static unsigned long count_meta(void)
{
	struct span span = {.end = 0};
	unsigned long bytes = 0;
	uint64_t seen = 0;

	while (next_span(span.end, &span)) {
		bytes += meta_bytes(span.start, span.end);
		if ((seen >> span.node & 1) != 0) {
			bytes -= xmem_heap_node_bytes(span.node);
		}
		seen |= (uint64_t)1 << span.node;
	}
	return bytes;
}

/* Give back the pages that no span has used. */
static void give_meta_back(const struct meta *meta)
{
	unsigned long va = xmem_align_up((unsigned long)meta->at, PAGE_SIZE);
	unsigned long end = (unsigned long)meta->at + meta->left;

	for (; va < end && meta->is_boot; va += PAGE_SIZE) {
		(void)!xmem_piece_give(virt_to_mfn((void *)va));
	}
	if (va < end) {
		xmem_meta_give((void *)va, xmem_pages_for(end - va));
	}
}

/* Replace what is left by @bytes of mapped memory, from the boot allocator. In
 * the separate layout that has none, but the xenheap has memory by then. */
static void fill_meta(struct meta *meta, unsigned long bytes)
{
	unsigned long nr = xmem_pages_for(bytes);
	unsigned long mfn;

	give_meta_back(meta);
	mfn = xmem_piece_take(nr, 1, 0, heap_xen_limit());
	meta->is_boot = mfn != XMEM_NO_MFN;
	meta->at = meta->is_boot ? mfn_to_virt(mfn) : xmem_meta_take(nr);
	meta->left = meta->at != NULL ? bytes : 0;
}

/* Make sure that @bytes are left; false if there is no memory. First try to
 * allocate for all spans at once, since a thousand small allocations would
 * waste most of a page each; if that fails, for this span alone. */
static bool has_meta(struct meta *meta, unsigned long bytes)
{
	if (meta->left < bytes && meta->need > bytes) {
		fill_meta(meta, meta->need);
	}
	if (meta->left < bytes) {
		fill_meta(meta, bytes);
	}
	/* More than was counted: a span that would have brought the struct of
	 * its node has found no memory. */
	meta->need -= meta->need < bytes ? meta->need : bytes;
	return meta->left >= bytes;
}

/* Add @span to the heap. That fails if there is no memory for it, or if the
 * heap knows some of its frames (init_domheap_pages() before the hand-over).
 * No frame is lost then: xmem_heap_init_frames() makes spans where it must. */
static void add_span(const struct span *span, struct meta *meta)
{
	unsigned long bytes = meta_bytes(span->start, span->end);

	if (has_meta(meta, bytes) &&
	    xmem_span_add(span->start, span->end, span->node, false,
			  meta->at) == 0) {
		meta->at += bytes;
		meta->left -= bytes;
	}
}

/* Allocating metadata may split pieces, so the loop goes by frame numbers, not
 * by positions in the table. */
static void add_spans(void)
{
	struct meta meta = {.need = count_meta()};
	struct span span = {.end = 0};

	while (next_span(span.end, &span)) {
		add_span(&span, &meta);
	}
	give_meta_back(&meta);
}

/* Report the bytes that fill no page: nothing can complete them any more. */
static void end_fragments(void)
{
	for (unsigned int i = 0; i < xmem_boot.nr_fragments; i++) {
		paddr_t start = boot_fragment_start(i);

		xmem_boot_ignore(start, boot_fragment_end(i) - start,
				 "no whole page");
	}
}

XMEM_API_PAGES void end_boot_allocator(void)
{
	xmem_phase_check(XMEM_PHASE_HANDOVER, XMEM_CALLER());
	end_fragments();
	add_spans();
	xmem_phase_done(XMEM_PHASE_HANDOVER);
	for (unsigned int i = xmem_boot.nr; i > 0; i--) {
		const struct boot_piece *p = &xmem_boot.piece[i - 1];

		if (!xmem_boot.used[i - 1]) {
			xmem_heap_init_frames(p->start, p->end, false);
		}
	}
}
