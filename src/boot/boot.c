/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot.c - allocate memory before there is a heap
 *
 * Model       One sorted table of pieces of RAM, each free or used. New RAM
 *             becomes a free piece. An allocation splits a piece and makes
 *             some of its frames used. Neighbours that are both free or both
 *             used merge. So the table also remembers all RAM, for the direct
 *             map, the frame table and the heap's spans. NUMA nodes are not
 *             asked for here: a machine need not know them yet (handover.c).
 * Operations  All are linear in the pieces. Allocation goes from the top down,
 *             so that low memory stays free for devices.
 * Full table  Adding RAM leaves BOOT_SPARE entries for later cuts. So when the
 *             table is full there are at least that many borders between free
 *             and used frames. An allocation prefers a place at such a border
 *             where it needs no entry; single frames always find one while
 *             memory lasts. If an entry is needed all the same, the smallest
 *             free piece that touches used frames counts as used from then
 *             on, and a message says which bytes are lost.
 * Invariants  I1 to I5 of boot_priv.h.
 * Locking     None: one CPU. After the hand-over the table is constant.
 */
#include <xmem/page_info.h>
#include <xmem/port.h>

#include "boot/boot_priv.h"
#include "lib/align.h"
#include "lib/assert.h"
#include "lib/mem.h"
#include "lib/phase.h"

_Static_assert(PADDR_BITS < 64, "PADDR_BITS: addresses have 64 bits");

struct boot_table xmem_boot;

/* ---- the table ---- */

unsigned int xmem_boot_find(unsigned long mfn)
{
	unsigned int at = 0;

	while (at < xmem_boot.nr && xmem_boot.piece[at].end <= mfn) {
		at++;
	}
	return at;
}

static void insert_piece(unsigned int at, unsigned long start,
			 unsigned long end, bool used)
{
	struct boot_piece *p = &xmem_boot.piece[at];
	bool *u = &xmem_boot.used[at];

	memmove(p + 1, p, (xmem_boot.nr - at) * sizeof(*p));
	memmove(u + 1, u, (xmem_boot.nr - at) * sizeof(*u));
	*p = (struct boot_piece){start, end};
	*u = used;
	xmem_boot.nr++;
}

/* Does piece @at + 1 exist, and start where piece @at ends? */
static bool touches_next(unsigned int at)
{
	const struct boot_piece *p = &xmem_boot.piece[at];

	return at + 1 < xmem_boot.nr && p->end == p[1].start;
}

static bool touches_previous(unsigned int at)
{
	return at > 0 && touches_next(at - 1);
}

static void remove_piece(unsigned int at)
{
	xmem_boot.nr--;
	memmove(&xmem_boot.piece[at], &xmem_boot.piece[at + 1],
		(xmem_boot.nr - at) * sizeof(xmem_boot.piece[0]));
	memmove(&xmem_boot.used[at], &xmem_boot.used[at + 1],
		(xmem_boot.nr - at) * sizeof(xmem_boot.used[0]));
}

/* I3: merge piece @at, which is new, with its neighbours if possible. */
static void merge(unsigned int at)
{
	struct boot_piece *p = &xmem_boot.piece[at];
	const bool *u = &xmem_boot.used[at];

	if (touches_next(at) && u[0] == u[1]) {
		p->end = p[1].end;
		remove_piece(at + 1);
	}
	if (touches_previous(at) && u[0] == u[-1]) {
		p[-1].end = p->end;
		remove_piece(at);
	}
}

/* ---- a full table ---- */

void xmem_boot_ignore(paddr_t start, paddr_t size, const char *why)
{
	xmem_port_print("boot: %llx bytes of RAM at %llx ignored: %s\n",
			(unsigned long long)size, (unsigned long long)start,
			why);
}

/* The smallest free piece that touches a used one, or xmem_boot.nr. */
static unsigned int find_smallest(void)
{
	unsigned int smallest = xmem_boot.nr;
	unsigned long least = ~0UL;

	for (unsigned int i = 0; i < xmem_boot.nr; i++) {
		const struct boot_piece *p = &xmem_boot.piece[i];

		if (!xmem_boot.used[i] && p->end - p->start < least &&
		    (touches_next(i) || touches_previous(i))) {
			least = p->end - p->start;
			smallest = i;
		}
	}
	return smallest;
}

/* Make sure that @spare entries, at most BOOT_SPARE, are unused: give up free
 * pieces that touch used ones. If there are no more of these, the table is as
 * it was when the RAM was added, which left BOOT_SPARE entries. */
static void make_room(unsigned int spare)
{
	while (!boot_has_room(spare)) {
		unsigned int at = find_smallest();
		struct boot_piece *p = &xmem_boot.piece[at];

		XMEM_ASSERT(at < xmem_boot.nr);
		xmem_boot_ignore((paddr_t)p->start << PAGE_SHIFT,
				 (paddr_t)(p->end - p->start) << PAGE_SHIFT,
				 BOOT_FULL);
		xmem_boot.used[at] = true;
		merge(at);
	}
}

/* How many entries change_use() will need; negative: how many it frees. */
static int count_entries(unsigned int at, unsigned long start,
			 unsigned long end)
{
	const struct boot_piece *p = &xmem_boot.piece[at];

	return (start > p->start ? 1 : -(int)touches_previous(at)) +
	       (end < p->end ? 1 : -(int)touches_next(at));
}

/* Make the frames [@start, @end) of piece @at used if they are free, or free
 * if they are used. They merge with the piece before or after if it touches
 * them. If that needs an entry, @spare entries are left. */
static void change_use(unsigned int at, unsigned long start, unsigned long end,
		       unsigned int spare)
{
	struct boot_piece old = xmem_boot.piece[at];
	bool was_used = xmem_boot.used[at];
	unsigned int before = xmem_boot.nr;

	xmem_boot.piece[at] = (struct boot_piece){start, end};
	xmem_boot.used[at] = !was_used;
	if (end < old.end) {
		insert_piece(at + 1, end, old.end, was_used);
	}
	if (start > old.start) {
		insert_piece(at, old.start, start, was_used);
		at++;
	}
	merge(at);
	if (xmem_boot.nr > before) {
		make_room(spare);
	}
}

/* ---- adding RAM ---- */

bool xmem_boot_insert(unsigned long start, unsigned long end,
		      unsigned int spare)
{
	unsigned int before = xmem_boot.nr;
	unsigned int at = xmem_boot_find(start);

	insert_piece(at, start, end, false);
	merge(at);
	if (xmem_boot.nr > before && !boot_has_room(spare)) {
		remove_piece(at);
		return false;
	}
	xmem_phase_done(XMEM_PHASE_RAM);
	return true;
}

/* Panic if the new RAM [@start, @end) overlaps [@from, @to). */
static void check_overlap(unsigned long start, unsigned long end,
			  unsigned long from, unsigned long to)
{
	XMEM_PANIC_IF(from < end && start < to,
		      "boot: frames %lx..%lx overlap RAM given before (frames "
		      "%lx..%lx)\n",
		      start, end - 1, from, to - 1);
}

/* Add the new RAM [@start, @end). */
static void add_piece(unsigned long start, unsigned long end)
{
	for (unsigned int i = 0; i < xmem_boot.nr; i++) {
		check_overlap(start, end, xmem_boot.piece[i].start,
			      xmem_boot.piece[i].end);
	}
	for (unsigned int i = 0; i < xmem_boot.nr_fragments; i++) {
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
	add_piece((unsigned long)first, (unsigned long)behind);
}

/* The first free piece that has a frame of [@start, @end), or xmem_boot.nr. */
static unsigned int find_free(unsigned long start, unsigned long end)
{
	unsigned int at = 0;

	while (at < xmem_boot.nr &&
	       (xmem_boot.used[at] || xmem_boot.piece[at].end <= start ||
		xmem_boot.piece[at].start >= end)) {
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
	for (unsigned int i = find_free(start, end); i < xmem_boot.nr;
	     i = find_free(start, end)) {
		struct boot_piece p = xmem_boot.piece[i];

		change_use(i, p.start > start ? p.start : start,
			   p.end < end ? p.end : end, BOOT_SPARE_ALLOC);
	}
}

/* ---- allocation ---- */

/* The highest aligned start of @nr frames in @p and in [@smfn, @emfn); 0 if
 * they do not fit. */
static unsigned long fit_in(const struct boot_piece *p, unsigned long nr,
			    unsigned long align, unsigned long smfn,
			    unsigned long emfn)
{
	unsigned long low = p->start > smfn ? p->start : smfn;
	unsigned long end = p->end < emfn ? p->end : emfn;
	unsigned long start;

	if (end <= low || end - low < nr) {
		return 0;
	}
	start = xmem_align_down(end - nr, align);
	return start >= low ? start : 0;
}

/* A place for an allocation: in piece @at, and how many entries it needs. */
struct place {
	unsigned int at;
	unsigned long start;
	int entries;
};

/* Make this place the best if it needs fewer entries. Return: is this place
 * good enough, since it needs none or leaves BOOT_SPARE of them? */
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

/* The highest place that is good enough, else the one that needs the fewest
 * entries; its start is 0 if there is none. Besides the highest place in a
 * piece, try its start: a block there may need fewer entries. */
static struct place find_place(unsigned long nr, unsigned long align,
			       unsigned long smfn, unsigned long emfn)
{
	struct place best = {.entries = 3};

	for (unsigned int at = xmem_boot.nr; at-- > 0;) {
		const struct boot_piece *p = &xmem_boot.piece[at];
		unsigned long start = fit_in(p, nr, align, smfn, emfn);

		if (!xmem_boot.used[at] && start != 0 &&
		    (improve(&best, at, start, nr) ||
		     (p->start >= smfn && xmem_is_aligned(p->start, align) &&
		      improve(&best, at, p->start, nr)))) {
			break;
		}
	}
	return best;
}

unsigned long xmem_piece_take(unsigned long nr, unsigned long align,
			      unsigned long smfn, unsigned long emfn)
{
	struct place place;

	align = align != 0 ? align : 1;
	if (nr == 0 || !xmem_is_pow2(align) || boot_has_ended()) {
		return XMEM_NO_MFN;
	}
	place = find_place(nr, align, smfn, emfn);
	if (place.start == 0) {
		return XMEM_NO_MFN;
	}
	change_use(place.at, place.start, place.start + nr, 0);
	return place.start;
}

/* No XMEM_FRONT: these must beat the weak ones of src/lib/no_boot.c, whichever
 * is linked first. */
XMEM_API_PAGES unsigned long xmem_boot_take(unsigned long nr,
					    unsigned long align,
					    unsigned long smfn,
					    unsigned long emfn)
{
	return xmem_piece_take(nr, align, smfn, emfn);
}

bool xmem_piece_give(unsigned long mfn)
{
	unsigned int at = xmem_boot_find(mfn);

	if (boot_has_ended() || at == xmem_boot.nr ||
	    xmem_boot.piece[at].start > mfn || !xmem_boot.used[at]) {
		return false;
	}
	change_use(at, mfn, mfn + 1, 0);
	return true;
}

XMEM_API_PAGES bool xmem_boot_give(unsigned long mfn)
{
	return xmem_piece_give(mfn);
}

static unsigned long largest_free(void)
{
	unsigned long most = 0;

	for (unsigned int i = 0; i < xmem_boot.nr; i++) {
		const struct boot_piece *p = &xmem_boot.piece[i];

		if (!xmem_boot.used[i] && p->end - p->start > most) {
			most = p->end - p->start;
		}
	}
	return most;
}

XMEM_API_PAGES mfn_t alloc_boot_pages(unsigned long nr_pfns,
				      unsigned long pfn_align)
{
	mfn_t mfn = _mfn(xmem_piece_take(nr_pfns, pfn_align, 0, ~0UL));

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
	return xmem_boot.nr > 0 && !boot_has_ended();
}

XMEM_API_PAGES bool xmem_boot_ram(unsigned int i, unsigned long *smfn,
				  unsigned long *emfn)
{
	unsigned int at = 0;

	for (unsigned int ranges = 0; at < xmem_boot.nr; ranges++) {
		unsigned int first = at;

		while (touches_next(at)) {
			at++;
		}
		if (ranges == i) {
			*smfn = xmem_boot.piece[first].start;
			*emfn = xmem_boot.piece[at].end;
			return true;
		}
		at++;
	}
	return false;
}
