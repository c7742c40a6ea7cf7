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
 * Full table  RAM leaves BOOT_SPARE entries to what is cut out of it, so a
 *             table without entries has that many borders between free and
 *             used frames. Of these an allocation takes one beside which
 *             its frames need no entry; single frames thus find their place
 *             however many are asked for. What needs an entry all the same
 *             gets it: the smallest free piece that touches used frames
 *             counts as used from then on, and a message names its bytes.
 * Invariants  I1 to I5, in boot_priv.h.
 * Locking     None: one CPU. After the hand-over the table is constant.
 */
#include <xmem/page_info.h>
#include <xmem/port.h>

#include "boot/boot_priv.h"
#include "lib/align.h"
#include "lib/assert.h"
#include "lib/mem.h"
#include "lib/node.h"
#include "lib/phase.h"

_Static_assert(PADDR_BITS < 64, "PADDR_BITS: addresses have 64 bits");

#define boot xmem_boot
struct boot_table boot;

/* ---- the table ---- */

unsigned int xmem_boot_find(unsigned long mfn)
{
	unsigned int at = 0;

	while (at < boot.nr && boot.piece[at].end <= mfn) {
		at++;
	}
	return at;
}

static void insert(unsigned int at, unsigned long start, unsigned long end,
		   bool used)
{
	struct boot_piece *p = &boot.piece[at];

	memmove(p + 1, p, (boot.nr - at) * sizeof(*p));
	*p = (struct boot_piece){start, end, used};
	boot.nr++;
}

/* Are pieces @at and @at + 1 there, neighbours on one node? */
static bool touches_next(unsigned int at)
{
	const struct boot_piece *p = &boot.piece[at];

	return at + 1 < boot.nr && p->end == p[1].start &&
	       xmem_port_mfn_to_node(p->start) ==
		       xmem_port_mfn_to_node(p[1].start);
}

static bool touches_last(unsigned int at)
{
	return at > 0 && touches_next(at - 1);
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
	struct boot_piece *p = &boot.piece[at];

	if (touches_next(at) && p->used == p[1].used) {
		p->end = p[1].end;
		take_out(at + 1);
	}
	if (touches_last(at) && p->used == p[-1].used) {
		p[-1].end = p->end;
		take_out(at);
	}
}

/* ---- when it is full ---- */

void xmem_boot_ignore(paddr_t start, paddr_t size, const char *why)
{
	xmem_port_print("boot: %llx bytes of RAM at %llx ignored: %s\n",
			(unsigned long long)size, (unsigned long long)start,
			why);
}

/* The smallest free piece that touches a used one, or boot.nr. */
static unsigned int find_smallest(void)
{
	unsigned int smallest = boot.nr;
	unsigned long least = ~0UL;

	for (unsigned int i = 0; i < boot.nr; i++) {
		const struct boot_piece *p = &boot.piece[i];

		if (!p->used && p->end - p->start < least &&
		    (touches_next(i) || touches_last(i))) {
			least = p->end - p->start;
			smallest = i;
		}
	}
	return smallest;
}

/* See that there are @spare entries, at most BOOT_SPARE. There is a piece to
 * give up until no free one touches a used one: then all pieces are as RAM
 * came in. */
static void make_room(unsigned int spare)
{
	while (!boot_has_room(spare)) {
		unsigned int at = find_smallest();
		struct boot_piece *p = &boot.piece[at];

		XMEM_ASSERT(at < boot.nr);
		xmem_boot_ignore((paddr_t)p->start << PAGE_SHIFT,
				 (paddr_t)(p->end - p->start) << PAGE_SHIFT,
				 BOOT_FULL);
		p->used = true;
		merge(at);
	}
}

/* How many entries turn_part() will take. */
static int count_entries(unsigned int at, unsigned long start,
			 unsigned long end)
{
	const struct boot_piece *p = &boot.piece[at];

	return (start > p->start ? 1 : -(int)touches_last(at)) +
	       (end < p->end ? 1 : -(int)touches_next(at));
}

/* Frames [@start, @end), which lie inside piece @at, become used if they are
 * free, and free if they are used. The piece before or behind takes them in
 * where it touches. If that takes an entry, @spare are left. */
static void turn_part(unsigned int at, unsigned long start, unsigned long end,
		      unsigned int spare)
{
	struct boot_piece old = boot.piece[at];
	unsigned int before = boot.nr;

	boot.piece[at] = (struct boot_piece){start, end, !old.used};
	if (end < old.end) {
		insert(at + 1, end, old.end, old.used);
	}
	if (start > old.start) {
		insert(at, old.start, start, old.used);
		at++;
	}
	merge(at);
	if (boot.nr > before) {
		make_room(spare);
	}
}

/* ---- ranges come in ---- */

bool xmem_boot_insert(unsigned long start, unsigned long end,
		      unsigned int spare)
{
	unsigned int before = boot.nr;
	unsigned int at = xmem_boot_find(start);

	insert(at, start, end, false);
	merge(at);
	if (boot.nr > before && !boot_has_room(spare)) {
		take_out(at);
		return false;
	}
	xmem_phase_done(XMEM_PHASE_RAM);
	return true;
}

/* RAM [@start, @end) is new, [@from, @to) was given before. */
static void check_overlap(unsigned long start, unsigned long end,
			  unsigned long from, unsigned long to)
{
	XMEM_PANIC_IF(from < end && start < to,
		      "boot: frames %lx..%lx overlap RAM given before (frames "
		      "%lx..%lx)\n",
		      start, end - 1, from, to - 1);
}

/* A free piece [@start, @end), all on one node. */
static void add_piece(unsigned long start, unsigned long end)
{
	for (unsigned int i = 0; i < boot.nr; i++) {
		check_overlap(start, end, boot.piece[i].start,
			      boot.piece[i].end);
	}
	for (unsigned int i = 0; i < boot.nr_fragments; i++) {
		unsigned long mfn = boot_fragment(i)->start;

		check_overlap(start, end, mfn, mfn + 1);
	}
	XMEM_PANIC_IF(!xmem_boot_insert(start, end, BOOT_SPARE),
		      "boot: more than %u pieces of RAM: " BOOT_FULL "\n",
		      XMEM_CONFIG_BOOT_REGIONS - BOOT_SPARE);
}

XMEM_API_PAGES void init_boot_pages(paddr_t ps, paddr_t pe)
{
	paddr_t first = (ps >> PAGE_SHIFT) + ((ps & (PAGE_SIZE - 1)) != 0);
	paddr_t behind = pe >> PAGE_SHIFT;

	first = first != 0 ? first : 1;
	if (first >= behind) {
		return;
	}
	XMEM_PANIC_IF(boot_has_ended() || (pe - 1) >> BOOT_PADDR_BITS != 0,
		      "boot: range %llx-%llx %s\n", (unsigned long long)ps,
		      (unsigned long long)pe,
		      boot_has_ended() ? "comes after end_boot_allocator()"
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
	XMEM_PANIC_IF(boot_has_ended(),
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
			  p.end < end ? p.end : end, BOOT_SPARE_ALLOC);
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

/* Where a block may lie: in which piece, and the entries that takes. */
struct place {
	unsigned int at;
	unsigned long start;
	int entries;
};

/* @best is this place now, if it takes fewer entries. Return: is it good
 * enough, as it takes none, or none of those that are spared? */
static bool improve(struct place *best, unsigned int at, unsigned long start,
		    unsigned long nr)
{
	int entries = count_entries(at, start, start + nr);

	if (entries < best->entries) {
		*best = (struct place){at, start, entries};
	}
	return entries <= 0 ||
	       boot_has_room((unsigned int)entries + BOOT_SPARE);
}

/* The highest place that is good enough, or else the one that takes the
 * fewest entries; its start is 0 if there is none. Where frames are left above
 * a block as high as it fits, the start of a piece may be a better place. */
static struct place find_place(unsigned long nr, unsigned long align,
			       unsigned long smfn, unsigned long emfn)
{
	struct place best = {.entries = 3};

	for (unsigned int at = boot.nr; at-- > 0;) {
		const struct boot_piece *p = &boot.piece[at];
		unsigned long start = fit_in(p, nr, align, smfn, emfn);

		if (start != 0 &&
		    (improve(&best, at, start, nr) ||
		     (p->start >= smfn && xmem_is_aligned(p->start, align) &&
		      improve(&best, at, p->start, nr)))) {
			break;
		}
	}
	return best;
}

XMEM_API_PAGES mfn_t xmem_alloc_boot_pages_in(unsigned long nr_pfns,
					      unsigned long pfn_align,
					      unsigned long smfn,
					      unsigned long emfn)
{
	unsigned long align = pfn_align != 0 ? pfn_align : 1;
	struct place place;

	if (nr_pfns == 0 || !xmem_is_pow2(align) || boot_has_ended()) {
		return INVALID_MFN;
	}
	place = find_place(nr_pfns, align, smfn, emfn);
	if (place.start == 0) {
		return INVALID_MFN;
	}
	turn_part(place.at, place.start, place.start + nr_pfns, 0);
	return _mfn(place.start);
}

XMEM_API_PAGES bool xmem_boot_give_back(mfn_t mfn)
{
	unsigned long start = mfn_x(mfn);
	unsigned int at = xmem_boot_find(start);

	if (boot_has_ended() || at == boot.nr || boot.piece[at].start > start ||
	    !boot.piece[at].used) {
		return false;
	}
	turn_part(at, start, start + 1, 0);
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
		      boot_has_ended() ? "; the boot allocator has ended" : "",
		      XMEM_CALLER());
	return mfn;
}

XMEM_API_PAGES bool xmem_boot_active(void)
{
	return boot.nr > 0 && !boot_has_ended();
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
