/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * va.c - allocate ranges of pages in a window
 *
 * Model       Segments, free ones and areas, cover the window. A bitmap tree
 *             says where they start: a segment ends at the next set bit, and
 *             the one that holds a page starts at the last set bit not above
 *             it. Free segments are found by length, through the bitmap tree
 *             of each class (va.h).
 * Operations  take goes through the classes, from the one of the wanted length
 *             upwards, and tries the lowest few segments of each: they may be
 *             too short or badly aligned. In a class where every segment
 *             fits, the lowest is taken. give looks at both neighbours. Both
 *             are a fixed number of tree operations, each O(log64 nr): the
 *             cost does not depend on the number of areas.
 * Invariants  I1 to I5 of va.h; va_check.c tests them.
 * Locking     None here: the caller owns the struct.
 * Trade-offs  As only a few segments of a class are tried, a request may be
 *             refused although another segment of the class would fit.
 *             test_va.c measures the effect: when areas of 1 to 64 pages are
 *             replaced at random, the first refusal comes with 96.6 to 98.0 %
 *             of the window in use.
 *             An area needs no memory of its own. A page of the window needs
 *             0.6 byte, written only where areas are.
 */
#include "va/va.h"

#include "lib/align.h"
#include "lib/assert.h"
#include "lib/attr.h"

_Static_assert(sizeof(struct xmem_bitmap_tree) % 8 == 0,
	       "the words of the trees lie behind an array of these");

/* How many segments of a class are tried. */
#define MAX_PROBES 4

struct segment {
	unsigned long start;
	unsigned long end;
};

/* What a take asks for. */
struct request {
	unsigned long need; /* pages, guard included */
	unsigned long align;
	unsigned long bias;
};

/* ---- metadata ---- */

static unsigned int nr_classes(unsigned long nr)
{
	return xmem_va_class(nr - 1) + 1;
}

/* Bits of @class in a window of @nr pages. */
static unsigned long class_bits(unsigned long nr, unsigned int class)
{
	return ((nr - 1) >> xmem_va_grain(class)) + 1;
}

static unsigned long state_bytes(unsigned long nr)
{
	return xmem_align_up((nr >> 2) + 1, 8);
}

unsigned long xmem_va_bytes(unsigned long nr)
{
	unsigned long bytes = state_bytes(nr) + xmem_bitmap_tree_bytes(nr);

	for (unsigned int c = 0; c < nr_classes(nr); c++) {
		bytes += sizeof(struct xmem_bitmap_tree) +
			 xmem_bitmap_tree_bytes(class_bits(nr, c));
	}
	return xmem_align_up(bytes, 8);
}

static unsigned int state_of(const struct xmem_va *va, unsigned long page)
{
	unsigned int byte = va->state[page >> 2];

	return (byte >> ((page & 3) * 2)) & 3U;
}

static void set_state(struct xmem_va *va, unsigned long page,
		      unsigned int state)
{
	unsigned int shift = ((unsigned int)page & 3) * 2;
	unsigned int byte = va->state[page >> 2] & ~(3U << shift);

	va->state[page >> 2] = (uint8_t)(byte | state << shift);
}

/* ---- segments ---- */

/* The page after the segment that starts at @start. */
static unsigned long end_of(const struct xmem_va *va, unsigned long start)
{
	unsigned long end = xmem_bitmap_tree_next(&va->start, start);

	return end == XMEM_NO_BIT ? va->nr : end;
}

/* The segment that holds @page. */
static struct segment segment_at(const struct xmem_va *va, unsigned long page)
{
	struct segment seg;

	seg.start = xmem_bitmap_tree_last(&va->start, page);
	seg.end = end_of(va, seg.start);
	return seg;
}

/* I3: add a free segment to the class of its length. */
static XMEM_NOINLINE void add_free(struct xmem_va *va, struct segment seg)
{
	unsigned int class;

	if (seg.end - seg.start < 2) {
		return;
	}
	class = xmem_va_class(seg.end - seg.start);
	xmem_bitmap_tree_set(&va->class[class],
			     xmem_va_bit(seg.start, xmem_va_grain(class)));
	va->classes |= xmem_bit(class);
}

/* Remove it from its class. */
static XMEM_NOINLINE void remove_free(struct xmem_va *va, struct segment seg)
{
	unsigned int class;

	if (seg.end - seg.start < 2) {
		return;
	}
	class = xmem_va_class(seg.end - seg.start);
	xmem_bitmap_tree_clear(&va->class[class],
			       xmem_va_bit(seg.start, xmem_va_grain(class)));
	if (xmem_bitmap_tree_empty(&va->class[class])) {
		va->classes &= ~xmem_bit(class);
	}
}

/* Replace the free segment @from by @to. A long one mostly keeps its bit. */
static void replace_free(struct xmem_va *va, struct segment from,
			 struct segment to)
{
	unsigned int grain;

	if (from.end - from.start >= 2 && to.end - to.start >= 2 &&
	    xmem_va_class(from.end - from.start) ==
		    xmem_va_class(to.end - to.start)) {
		grain = xmem_va_grain(xmem_va_class(to.end - to.start));
		if (xmem_va_bit(from.start, grain) ==
		    xmem_va_bit(to.start, grain)) {
			return;
		}
	}
	remove_free(va, from);
	add_free(va, to);
}

void xmem_va_init(struct xmem_va *va, unsigned long nr, void *mem)
{
	unsigned int classes = nr_classes(nr);
	char *at = mem;

	*va = (struct xmem_va){.nr = nr, .class = mem};
	at += classes * sizeof(struct xmem_bitmap_tree);
	xmem_bitmap_tree_init(&va->start, nr, at);
	at += xmem_bitmap_tree_bytes(nr);
	for (unsigned int c = 0; c < classes; c++) {
		xmem_bitmap_tree_init(&va->class[c], class_bits(nr, c), at);
		at += xmem_bitmap_tree_bytes(class_bits(nr, c));
	}
	va->state = (uint8_t *)at;
	xmem_bitmap_tree_set(&va->start, 1);
	set_state(va, 1, XMEM_VA_FREE);
	add_free(va, (struct segment){1, nr});
}

/* ---- search ---- */

/* The first page of @seg at which @req fits, or XMEM_VA_NONE. */
static unsigned long place_in(const struct segment *seg,
			      const struct request *req)
{
	unsigned long at;

	if (!xmem_checked_align_up(seg->start + req->bias, req->align, &at)) {
		return XMEM_VA_NONE;
	}
	at -= req->bias;
	if (at > seg->end || seg->end - at < req->need) {
		return XMEM_VA_NONE;
	}
	return at;
}

/* Try the lowest segments of @class. *@seg: the one that fits. */
static unsigned long probe_class(const struct xmem_va *va, unsigned int class,
				 const struct request *req, struct segment *seg)
{
	const struct xmem_bitmap_tree *tree = &va->class[class];
	unsigned int grain = xmem_va_grain(class);
	unsigned long bit = xmem_bitmap_tree_lowest(tree);
	unsigned int probes = MAX_PROBES;
	unsigned long at;

	while (bit != XMEM_NO_BIT && probes > 0) {
		*seg = segment_at(va, bit << grain);
		at = place_in(seg, req);
		if (at != XMEM_VA_NONE) {
			return at;
		}
		bit = xmem_bitmap_tree_next(tree, bit);
		probes--;
	}
	return XMEM_VA_NONE;
}

/* Try the classes from that of @req upwards until a segment fits. */
static unsigned long search(const struct xmem_va *va, const struct request *req,
			    struct segment *seg)
{
	uint64_t left = va->classes & xmem_bits_from(xmem_va_class(req->need));
	unsigned long at = XMEM_VA_NONE;

	while (left != 0 && at == XMEM_VA_NONE) {
		at = probe_class(va, xmem_ffs64(left), req, seg);
		left &= left - 1;
	}
	return at;
}

/* Make the pages [@at, @at + @need) of the free segment @seg an area. */
static void cut_area(struct xmem_va *va, const struct segment *seg,
		     unsigned long at, unsigned long need, unsigned int tag)
{
	struct segment before = {seg->start, at};
	struct segment behind = {at + need, seg->end};

	/* If nothing is left behind, add_free() ignores the empty segment. */
	if (behind.start < behind.end) {
		xmem_bitmap_tree_set_near(&va->start, behind.start, seg->start);
		set_state(va, behind.start, XMEM_VA_FREE);
	}
	replace_free(va, *seg, behind);
	if (seg->start < at) {
		xmem_bitmap_tree_set_near(&va->start, at, seg->start);
		add_free(va, before);
	}
	set_state(va, at, tag);
	va->nr_used += need;
	va->nr_areas++;
}

/* ---- interface ---- */

static bool is_tag(unsigned int tag)
{
	return tag != XMEM_VA_FREE && tag <= XMEM_VA_TAGS;
}

static XMEM_NOINLINE bool is_area(const struct xmem_va *va, unsigned long page)
{
	return page < va->nr && xmem_bitmap_tree_test(&va->start, page) &&
	       state_of(va, page) != XMEM_VA_FREE;
}

unsigned long xmem_va_take(struct xmem_va *va, unsigned long nr,
			   unsigned long align, unsigned long bias,
			   unsigned int tag)
{
	struct request req = {nr + 1, align, bias};
	struct segment seg;
	unsigned long at;

	if (nr == 0 || nr >= va->nr || !xmem_is_pow2(align) ||
	    align > ~0UL / 2 - nr || !is_tag(tag)) {
		return XMEM_VA_NONE;
	}
	at = search(va, &req, &seg);
	if (at != XMEM_VA_NONE) {
		cut_area(va, &seg, at, req.need, tag);
	}
	return at;
}

int xmem_va_take_at(struct xmem_va *va, unsigned long page, unsigned long nr,
		    unsigned int tag)
{
	struct segment seg;

	if (page == 0 || page >= va->nr || nr == 0 || nr >= va->nr - page ||
	    !is_tag(tag)) {
		return -XMEM_EINVAL;
	}
	seg = segment_at(va, page);
	if (state_of(va, seg.start) != XMEM_VA_FREE ||
	    nr + 1 > seg.end - page) {
		return -XMEM_EBUSY;
	}
	cut_area(va, &seg, page, nr + 1, tag);
	return 0;
}

/* The free segment right behind the area @seg; empty if there is none. */
static struct segment free_behind(const struct xmem_va *va,
				  const struct segment *seg)
{
	struct segment behind = {seg->end, seg->end};

	if (seg->end < va->nr && state_of(va, seg->end) == XMEM_VA_FREE) {
		behind.end = end_of(va, seg->end);
	}
	return behind;
}

/* The free segment right before the area @seg; empty if there is none. */
static struct segment free_before(const struct xmem_va *va,
				  const struct segment *seg)
{
	struct segment before = {seg->start, seg->start};
	unsigned long start = xmem_bitmap_tree_prev(&va->start, seg->start);

	if (start != XMEM_NO_BIT && state_of(va, start) == XMEM_VA_FREE) {
		before.start = start;
	}
	return before;
}

void xmem_va_drop(struct xmem_va *va, unsigned long page, unsigned long nr)
{
	struct segment area = {page, page + nr + 1};
	struct segment behind = free_behind(va, &area);
	struct segment before = free_before(va, &area);

	va->nr_used -= area.end - area.start;
	va->nr_areas--;
	if (behind.start < behind.end) {
		xmem_bitmap_tree_clear(&va->start, behind.start);
	}
	if (before.start < before.end) {
		xmem_bitmap_tree_clear(&va->start, page);
		remove_free(va, before);
	}
	set_state(va, before.start, XMEM_VA_FREE);
	replace_free(va, behind, (struct segment){before.start, behind.end});
}

unsigned long xmem_va_size(const struct xmem_va *va, unsigned long page)
{
	return is_area(va, page) ? end_of(va, page) - page - 1 : 0;
}

unsigned int xmem_va_tag(const struct xmem_va *va, unsigned long page)
{
	return is_area(va, page) ? state_of(va, page) : XMEM_VA_FREE;
}

unsigned long xmem_va_retag(struct xmem_va *va, unsigned long page,
			    unsigned int from, unsigned int to)
{
	if (!is_area(va, page) || state_of(va, page) != from || !is_tag(to)) {
		return 0;
	}
	set_state(va, page, to);
	return end_of(va, page) - page - 1;
}

unsigned long xmem_va_find(const struct xmem_va *va, unsigned long page)
{
	unsigned long start;

	if (page == 0 || page >= va->nr) {
		return XMEM_VA_NONE;
	}
	start = xmem_bitmap_tree_last(&va->start, page);
	return state_of(va, start) == XMEM_VA_FREE ? XMEM_VA_NONE : start;
}
