/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * handover.c - pass the memory of the boot allocator on to the heap
 *
 * Model       end_boot_allocator() groups the RAM of each node into spans,
 *             adds these to the heap, and then gives it every free piece. A
 *             hole inside a span costs a third of a byte of metadata for each
 *             frame; a hole between two spans costs nothing.
 * Cost        Proportional to pieces and orders, not to pages.
 * Locking     None: one CPU. Afterwards the table is constant.
 */
#include <xmem/page_info.h>
#include <xmem/port.h>

#include "boot/boot_priv.h"
#include "heap/heap.h"
#include "lib/align.h"
#include "lib/assert.h"
#include "lib/phase.h"

/* The first and last of the pieces that will be in one span. */
struct span_pieces {
	unsigned int first;
	unsigned int last;
};

/* May piece @next join the span of @last, which has @ram frames of RAM and
 * @holes others so far? It must be on the same node, and the holes must not
 * become larger than the RAM, which bounds the metadata for holes. */
static bool joins(const struct boot_piece *last, const struct boot_piece *next,
		  unsigned long ram, unsigned long holes)
{
	return xmem_port_mfn_to_node(last->start) ==
		       xmem_port_mfn_to_node(next->start) &&
	       holes + (next->start - last->end) <= ram;
}

/* The pieces of the span that begins at piece @first. */
static struct span_pieces pieces_of_span(unsigned int first)
{
	struct span_pieces pieces = {first, first};
	const struct boot_piece *p = &xmem_boot.piece[first];
	unsigned long ram = p->end - p->start;
	unsigned long holes = 0;

	while (pieces.last + 1 < xmem_boot.nr && joins(p, p + 1, ram, holes)) {
		pieces.last++;
		p++;
		ram += p->end - p->start;
		holes += p->start - (p - 1)->end;
	}
	return pieces;
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

static unsigned long count_meta(void)
{
	unsigned long bytes = 0;
	unsigned int at = 0;

	while (at < xmem_boot.nr) {
		struct span_pieces pieces = pieces_of_span(at);

		bytes += meta_bytes(xmem_boot.piece[pieces.first].start,
				    xmem_boot.piece[pieces.last].end);
		at = pieces.last + 1;
	}
	return bytes;
}

/* Give back the pages that no span has used. */
static void give_meta_back(const struct meta *meta)
{
	unsigned long va = xmem_align_up((unsigned long)meta->at, PAGE_SIZE);
	unsigned long end = (unsigned long)meta->at + meta->left;

	for (; va < end && meta->is_boot; va += PAGE_SIZE) {
		(void)!xmem_boot_give(virt_to_mfn((void *)va));
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
	mfn = xmem_boot_take(nr, 1, 0, heap_xen_limit());
	meta->is_boot = mfn != XMEM_NO_MFN;
	meta->at = meta->is_boot ? mfn_to_virt(mfn) : xmem_meta_take(nr);
	meta->left = meta->at != NULL ? bytes : 0;
}

/* Make sure that @bytes are left; false if there is no memory. First try to
 * allocate for all spans at once, since a thousand small allocations would
 * waste most of a page each; if that fails, for this span alone. */
static bool has_meta(struct meta *meta, unsigned long bytes)
{
	if (meta->left < bytes) {
		fill_meta(meta, meta->need);
	}
	if (meta->left < bytes) {
		fill_meta(meta, bytes);
	}
	meta->need -= bytes;
	return meta->left >= bytes;
}

/* Add a span to the heap. That fails if there is no memory for it, or if the
 * heap knows some of its frames (init_domheap_pages() before the hand-over).
 * No frame is lost then: xmem_heap_init_frames() makes spans where it must. */
static void add_span(unsigned long start, unsigned long end, struct meta *meta)
{
	unsigned long bytes = meta_bytes(start, end);

	if (has_meta(meta, bytes) &&
	    xmem_span_add(start, end, xmem_port_mfn_to_node(start), false,
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
	unsigned long next = 0;

	for (unsigned int at = 0; at < xmem_boot.nr;
	     at = xmem_boot_find(next)) {
		struct span_pieces pieces = pieces_of_span(at);

		next = xmem_boot.piece[pieces.last].end;
		add_span(xmem_boot.piece[pieces.first].start, next, &meta);
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

		if (!p->used) {
			xmem_heap_init_frames(p->start, p->end, false);
		}
	}
}
