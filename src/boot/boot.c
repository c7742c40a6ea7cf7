/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot.c - memory before there is a heap
 *
 * Model       One sorted table of pieces of RAM, each free or used. A range
 *             that is given becomes a free piece; an allocation splits a
 *             piece and marks its part as used; equal neighbours merge. The
 *             table thus remembers all RAM, which the direct map, the frame
 *             table and the arenas need to know.
 * Operations  All linear in the pieces. Allocation from the top down, so
 *             that low memory stays free for devices.
 * Hand-over   end_boot_allocator() groups the RAM of each node into spans
 *             (a hole costs a third of a byte a frame as metadata), makes an
 *             arena of each, then gives every free piece to the heap.
 * Invariants  I1 to I3, in boot_priv.h.
 * Locking     None: one CPU. After the hand-over the table is constant.
 */
#include <xmem/admin.h>
#include <xmem/page_info.h>
#include <xmem/pages.h>
#include <xmem/port.h>

#include "boot/boot_priv.h"
#include "lib/align.h"
#include "lib/assert.h"
#include "lib/mem.h"
#include "lib/node.h"
#include "lib/pages_exact.h"
#include "lib/phase.h"

_Static_assert(PADDR_BITS < 64, "PADDR_BITS: addresses have 64 bits");

#define boot xmem_boot
struct boot_table boot;

/* A run of pieces that will share an arena; see group(). */
struct span {
	unsigned int first;
	unsigned int last;
};

/* ---- the table ---- */

unsigned int xmem_boot_find(unsigned long mfn)
{
	unsigned int at = 0;

	while (at < boot.nr && boot.piece[at].end <= mfn) {
		at++;
	}
	return at;
}

/* Are there @more entries? */
static void check_room(unsigned int more)
{
	XMEM_PANIC_IF(boot.nr + more > XMEM_CONFIG_BOOT_REGIONS,
		      "boot: more than %d pieces of RAM: raise "
		      "XMEM_CONFIG_BOOT_REGIONS\n",
		      XMEM_CONFIG_BOOT_REGIONS);
}

static void insert(unsigned int at, struct boot_piece new)
{
	memmove(&boot.piece[at + 1], &boot.piece[at],
		(boot.nr - at) * sizeof(new));
	boot.piece[at] = new;
	boot.nr++;
}

/* Are pieces @at and @at + 1 there, and one piece in truth? */
static bool can_merge(unsigned int at)
{
	const struct boot_piece *p = &boot.piece[at];

	return at + 1 < boot.nr && p->end == p[1].start &&
	       p->used == p[1].used &&
	       xmem_port_mfn_to_node(p->start) ==
		       xmem_port_mfn_to_node(p[1].start);
}

static void take_out(unsigned int at)
{
	boot.nr--;
	memmove(&boot.piece[at], &boot.piece[at + 1],
		(boot.nr - at) * sizeof(boot.piece[0]));
}

/* Piece @at is new: it and its neighbours become one where they can. */
static void merge(unsigned int at)
{
	if (can_merge(at)) {
		boot.piece[at].end = boot.piece[at + 1].end;
		take_out(at + 1);
	}
	if (at > 0 && can_merge(at - 1)) {
		boot.piece[at - 1].end = boot.piece[at].end;
		take_out(at);
	}
}

/* Frames [@start, @end), which lie inside piece @at, become used if they are
 * free, and free if they are used. The piece before or behind takes them in
 * where it touches. */
static void turn_part(unsigned int at, unsigned long start, unsigned long end)
{
	struct boot_piece old = boot.piece[at];

	check_room((start > old.start ? 1U : 0U) + (end < old.end ? 1U : 0U));
	boot.piece[at] = (struct boot_piece){start, end, !old.used};
	if (end < old.end) {
		insert(at + 1, (struct boot_piece){end, old.end, old.used});
	}
	if (start > old.start) {
		insert(at, (struct boot_piece){old.start, start, old.used});
		at++;
	}
	merge(at);
}

/* ---- ranges come in ---- */

bool xmem_boot_insert(unsigned long start, unsigned long end,
		      unsigned int spare)
{
	unsigned int before = boot.nr;
	unsigned int at = xmem_boot_find(start);

	insert(at, (struct boot_piece){start, end, false});
	merge(at);
	if (boot.nr > before && boot.nr + spare > XMEM_CONFIG_BOOT_REGIONS) {
		take_out(at);
		return false;
	}
	xmem_phase_done(XMEM_PHASE_RAM);
	return true;
}

/* A free piece [@start, @end), all on one node. */
static void add_piece(unsigned long start, unsigned long end)
{
	const struct boot_piece *next = &boot.piece[xmem_boot_find(start)];

	XMEM_PANIC_IF(next < &boot.piece[boot.nr] && next->start < end,
		      "boot: frames %lx..%lx overlap RAM given before (frames "
		      "%lx..%lx)\n",
		      start, end - 1, next->start, next->end - 1);
	if (!xmem_boot_insert(start, end, 0)) {
		check_room(1);
	}
}

XMEM_API_PAGES void init_boot_pages(paddr_t ps, paddr_t pe)
{
	paddr_t first = (ps >> PAGE_SHIFT) + ((ps & (PAGE_SIZE - 1)) != 0);
	paddr_t behind = pe >> PAGE_SHIFT;

	first = first != 0 ? first : 1;
	if (first >= behind) {
		return;
	}
	XMEM_PANIC_IF(boot.ended || (pe - 1) >> BOOT_PADDR_BITS != 0,
		      "boot: range %llx-%llx %s\n", (unsigned long long)ps,
		      (unsigned long long)pe,
		      boot.ended ? "comes after end_boot_allocator()"
				 : "is above PADDR_BITS");
	xmem_phase_check(XMEM_PHASE_RAM, XMEM_CALLER());
	while (first < behind) {
		unsigned long next = xmem_node_end((unsigned long)first,
						   (unsigned long)behind);

		add_piece((unsigned long)first, next);
		first = next;
	}
}

/* A free piece that has a frame of [@start, @end), or boot.nr. Asked anew
 * after each change, since pieces split and merge. */
static unsigned int find_free(unsigned long start, unsigned long end)
{
	unsigned int at = 0;

	while (at < boot.nr &&
	       (boot.piece[at].used || boot.piece[at].end <= start ||
		boot.piece[at].start >= end)) {
		at++;
	}
	return at;
}

XMEM_API_PAGES void xmem_boot_reserve(paddr_t ps, paddr_t pe)
{
	const paddr_t top = (paddr_t)1 << BOOT_PADDR_BITS;
	paddr_t last = pe < top ? pe : top;
	unsigned long start;
	unsigned long end;

	if (ps >= last) {
		return;
	}
	XMEM_PANIC_IF(boot.ended,
		      "boot: reserve of %llx-%llx comes after "
		      "end_boot_allocator()\n",
		      (unsigned long long)ps, (unsigned long long)pe);
	xmem_phase_check(XMEM_PHASE_RESERVE, XMEM_CALLER());
	start = (unsigned long)(ps >> PAGE_SHIFT);
	end = (unsigned long)((last - 1) >> PAGE_SHIFT) + 1;
	for (unsigned int i = find_free(start, end); i < boot.nr;
	     i = find_free(start, end)) {
		struct boot_piece p = boot.piece[i];

		turn_part(i, p.start > start ? p.start : start,
			  p.end < end ? p.end : end);
	}
}

/* ---- allocation ---- */

/* Highest aligned start of @nr frames in @p and in [@smfn, @emfn), or 0. */
static unsigned long fit_in(const struct boot_piece *p, unsigned long nr,
			    unsigned long align, unsigned long smfn,
			    unsigned long emfn)
{
	unsigned long low = p->start > smfn ? p->start : smfn;
	unsigned long end = p->end < emfn ? p->end : emfn;
	unsigned long start;

	if (p->used || end <= low || end - low < nr) {
		return 0;
	}
	start = xmem_align_down(end - nr, align);
	return start >= low ? start : 0;
}

XMEM_API_PAGES mfn_t xmem_alloc_boot_pages_in(unsigned long nr_pfns,
					      unsigned long pfn_align,
					      unsigned long smfn,
					      unsigned long emfn)
{
	unsigned long align = pfn_align != 0 ? pfn_align : 1;

	if (nr_pfns == 0 || !xmem_is_pow2(align) || boot.ended) {
		return INVALID_MFN;
	}
	for (unsigned int i = boot.nr; i > 0; i--) {
		unsigned long start =
			fit_in(&boot.piece[i - 1], nr_pfns, align, smfn, emfn);

		if (start != 0) {
			turn_part(i - 1, start, start + nr_pfns);
			return _mfn(start);
		}
	}
	return INVALID_MFN;
}

XMEM_API_PAGES bool xmem_boot_give_back(mfn_t mfn)
{
	unsigned long start = mfn_x(mfn);
	unsigned int at = xmem_boot_find(start);

	if (boot.ended || at == boot.nr || boot.piece[at].start > start ||
	    !boot.piece[at].used) {
		return false;
	}
	turn_part(at, start, start + 1);
	return true;
}

static unsigned long largest_free(void)
{
	unsigned long most = 0;

	for (unsigned int i = 0; i < boot.nr; i++) {
		const struct boot_piece *p = &boot.piece[i];

		if (!p->used && p->end - p->start > most) {
			most = p->end - p->start;
		}
	}
	return most;
}

XMEM_API_PAGES mfn_t alloc_boot_pages(unsigned long nr_pfns,
				      unsigned long pfn_align)
{
	mfn_t mfn = xmem_alloc_boot_pages_below(nr_pfns, pfn_align, ~0UL);

	XMEM_PANIC_IF(mfn_eq(mfn, INVALID_MFN),
		      "boot: no %lu pages aligned to %lu (largest free range: "
		      "%lu pages%s), caller %p\n",
		      nr_pfns, pfn_align, largest_free(),
		      boot.ended ? "; the boot allocator has ended" : "",
		      XMEM_CALLER());
	return mfn;
}

XMEM_API_PAGES bool xmem_boot_active(void)
{
	return boot.nr > 0 && !boot.ended;
}

XMEM_API_PAGES bool xmem_boot_ram(unsigned int i, unsigned long *smfn,
				  unsigned long *emfn)
{
	unsigned int at = 0;

	for (unsigned int ranges = 0; at < boot.nr; ranges++) {
		unsigned int first = at;

		while (at + 1 < boot.nr &&
		       boot.piece[at].end == boot.piece[at + 1].start) {
			at++;
		}
		if (ranges == i) {
			*smfn = boot.piece[first].start;
			*emfn = boot.piece[at].end;
			return true;
		}
		at++;
	}
	return false;
}

/* ---- hand-over ---- */

/* May @next follow @last in a span with @ram frames of RAM and @holes others
 * so far? On the same node, and if all holes stay below 2^@shift times
 * the RAM: metadata for holes is then paid by it, however many there are. */
static bool joins(const struct boot_piece *last, const struct boot_piece *next,
		  unsigned long ram, unsigned long holes, unsigned int shift)
{
	return xmem_port_mfn_to_node(last->start) ==
		       xmem_port_mfn_to_node(next->start) &&
	       (holes + (next->start - last->end)) >> shift <= ram;
}

/* The span that begins at piece @first. */
static struct span group(unsigned int first, unsigned int shift)
{
	struct span span = {first, first};
	const struct boot_piece *p = &boot.piece[first];
	unsigned long ram = p->end - p->start;
	unsigned long holes = 0;

	while (span.last + 1 < boot.nr && joins(p, p + 1, ram, holes, shift)) {
		span.last++;
		p++;
		ram += p->end - p->start;
		holes += p->start - (p - 1)->end;
	}
	return span;
}

static unsigned int count_spans(unsigned int shift)
{
	unsigned int nr = 0;

	for (unsigned int at = 0; at < boot.nr; nr++) {
		at = group(at, shift).last + 1;
	}
	return nr;
}

/* Frames of boot memory that hold @bytes and are mapped; NULL if none are. */
static void *alloc_mapped(unsigned long bytes)
{
	mfn_t mfn = xmem_alloc_boot_pages_below(xmem_pages_for(bytes), 1,
						xmem_xenheap_limit());

	return mfn_eq(mfn, INVALID_MFN) ? NULL : mfn_to_virt(mfn_x(mfn));
}

/* Frames of the span as they are now: metadata that this function takes may
 * split pieces, so the caller keeps frame numbers, not table positions. */
static void add_span(unsigned long start, unsigned long end)
{
	unsigned long bytes = xmem_heap_span_bytes(start, end);
	void *meta = alloc_mapped(bytes);

	if (meta == NULL) {
		/* A separate xenheap has memory by now. */
		meta = xmem_alloc_pages_exact(xmem_pages_for(bytes), 0, 0);
	}
	if (meta == NULL) {
		return; /* init_domheap_pages() finds room elsewhere */
	}
	if (xmem_heap_add_span(start, end, xmem_port_mfn_to_node(start), false,
			       meta) != 0) {
		xmem_port_print("boot: no arena for frames %lx..%lx\n", start,
				end - 1);
	}
}

static void add_spans(void)
{
	unsigned int shift = 0;
	unsigned long next = 0;

	while (count_spans(shift) > XMEM_CONFIG_MAX_ARENAS &&
	       shift < sizeof(long) * 8 - 1) {
		shift++;
	}
	for (unsigned int at = 0; at < boot.nr; at = xmem_boot_find(next)) {
		struct span span = group(at, shift);

		next = boot.piece[span.last].end;
		add_span(boot.piece[span.first].start, next);
	}
}

XMEM_API_PAGES void end_boot_allocator(void)
{
	xmem_phase_check(XMEM_PHASE_HANDOVER, XMEM_CALLER());
	add_spans();
	boot.ended = true;
	xmem_phase_done(XMEM_PHASE_HANDOVER);
	for (unsigned int i = boot.nr; i > 0; i--) {
		const struct boot_piece *p = &boot.piece[i - 1];

		if (!p->used) {
			init_domheap_pages((paddr_t)p->start << PAGE_SHIFT,
					   (paddr_t)p->end << PAGE_SHIFT);
		}
	}
}
