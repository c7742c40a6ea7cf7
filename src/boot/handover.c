/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * handover.c - the heap takes over from the boot allocator
 *
 * Model       end_boot_allocator() groups the RAM of each node into spans (a
 *             hole inside one costs a third of a byte a frame as metadata, one
 *             between two nothing), makes an arena of each, then gives every
 *             free piece to the heap.
 * Cost        By pieces and orders, not by pages.
 * Locking     None: one CPU. Afterwards the table is constant.
 */
#include <xmem/admin.h>
#include <xmem/page_info.h>
#include <xmem/port.h>

#include "boot/boot_priv.h"
#include "heap/heap.h"
#include "heap/meta.h"
#include "lib/align.h"
#include "lib/assert.h"
#include "lib/phase.h"

#define boot xmem_boot

/* A run of pieces that will share an arena; see group(). */
struct span {
	unsigned int first;
	unsigned int last;
};

/* May @next follow @last in a span with @ram frames of RAM and @holes others
 * so far? On the same node, and if all holes stay below the RAM: metadata for
 * holes is then paid by it. */
static bool joins(const struct boot_piece *last, const struct boot_piece *next,
		  unsigned long ram, unsigned long holes)
{
	return xmem_port_mfn_to_node(last->start) ==
		       xmem_port_mfn_to_node(next->start) &&
	       holes + (next->start - last->end) <= ram;
}

/* The span that begins at piece @first. */
static struct span group(unsigned int first)
{
	struct span span = {first, first};
	const struct boot_piece *p = &boot.piece[first];
	unsigned long ram = p->end - p->start;
	unsigned long holes = 0;

	while (span.last + 1 < boot.nr && joins(p, p + 1, ram, holes)) {
		span.last++;
		p++;
		ram += p->end - p->start;
		holes += p->start - (p - 1)->end;
	}
	return span;
}

/* Metadata of the spans to come: @left bytes at @at are not used yet; @need
 * bytes in all are wanted for spans that have none. */
struct meta {
	char *at;
	unsigned long left;
	unsigned long need;
	bool is_boot; /* memory of the boot allocator */
};

/* Each span's metadata has cache lines of its own. */
static unsigned long meta_bytes(unsigned long start, unsigned long end)
{
	return xmem_align_up(xmem_heap_span_bytes(start, end), SMP_CACHE_BYTES);
}

static unsigned long count_meta(void)
{
	unsigned long bytes = 0;
	unsigned int at = 0;

	while (at < boot.nr) {
		struct span span = group(at);

		bytes += meta_bytes(boot.piece[span.first].start,
				    boot.piece[span.last].end);
		at = span.last + 1;
	}
	return bytes;
}

/* The pages that no span has used, and none will. */
static void give_meta_back(const struct meta *meta)
{
	unsigned long va = xmem_align_up((unsigned long)meta->at, PAGE_SIZE);
	unsigned long end = (unsigned long)meta->at + meta->left;

	for (; va < end && meta->is_boot; va += PAGE_SIZE) {
		(void)!xmem_boot_give_back(_mfn(virt_to_mfn((void *)va)));
	}
	if (va < end) {
		xmem_meta_give((void *)va, xmem_pages_for(end - va));
	}
}

/* Memory for @bytes instead of what is left: of the boot allocator, mapped;
 * where the xenheap is separate it has memory by now, which is taken. */
static void fill_meta(struct meta *meta, unsigned long bytes)
{
	unsigned long nr = xmem_pages_for(bytes);
	mfn_t mfn;

	give_meta_back(meta);
	mfn = xmem_alloc_boot_pages_below(nr, 1, xmem_xenheap_limit());
	meta->is_boot = !mfn_eq(mfn, INVALID_MFN);
	meta->at = meta->is_boot ? mfn_to_virt(mfn_x(mfn)) : xmem_meta_take(nr);
	meta->left = meta->at != NULL ? bytes : 0;
}

/* Are there @bytes? All spans share one block, since a thousand small ones
 * would waste most of a page each; if there is no block so large, the spans
 * that are left share the next one, or each has its own. */
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

/* A span is not made if there is no memory for it, or if the heap knows some
 * of it (init_domheap_pages() before the hand-over). Nothing is lost so: what
 * is free in it is given all the same, and finds spans then. */
static void add_span(unsigned long start, unsigned long end, struct meta *meta)
{
	unsigned long bytes = meta_bytes(start, end);

	if (has_meta(meta, bytes) &&
	    xmem_heap_add_span(start, end, xmem_port_mfn_to_node(start), false,
			       meta->at) == 0) {
		meta->at += bytes;
		meta->left -= bytes;
	}
}

/* Metadata that this function takes may split pieces, so it goes by frame
 * numbers, not by positions in the table. */
static void add_spans(void)
{
	struct meta meta = {.need = count_meta()};
	unsigned long next = 0;

	for (unsigned int at = 0; at < boot.nr; at = xmem_boot_find(next)) {
		struct span span = group(at);

		next = boot.piece[span.last].end;
		add_span(boot.piece[span.first].start, next, &meta);
	}
	give_meta_back(&meta);
}

/* No range will bring what is missing of their frames. */
static void end_fragments(void)
{
	for (unsigned int i = 0; i < boot.nr_fragments; i++) {
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
	for (unsigned int i = boot.nr; i > 0; i--) {
		const struct boot_piece *p = &boot.piece[i - 1];

		if (!p->used) {
			xmem_heap_init_frames(p->start, p->end, false);
		}
	}
}
