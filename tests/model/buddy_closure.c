/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buddy_closure.c - every state of a tiny buddy, every call from each state
 *
 * Breadth first over all states that any sequence of calls can reach. From
 * every state every function is called with every argument worth a try,
 * right or wrong, on the real struct, with an oracle of two bit masks beside
 * it. A rejected call must leave every byte as it was. After a call that
 * succeeds the validator runs: since I1 to I5 leave one choice only for every
 * word that has meaning, the struct is then a function of the logical state.
 *
 * A word has 4 bits, so that 16 frames make a map of three levels. Spans
 * aligned, unaligned and with limited orders; with frames that are free or
 * used, n frames must reach exactly 2^n states, and with frames that are
 * used, clean or dirty exactly 3^n.
 *
 * Not covered: spans with more than one top group (the random model has it).
 *
 * link: src/buddy/
 * flags: -DXMEM_WORD_SHIFT=2 -DMAX_ORDER=9
 */
#include "buddy/buddy.h"
#include "test.h"

#define MAX_META 1024
#define AREA	 32UL /* all frames are below this */

/* Bit i of a mask is frame START + i. */
#define START world.start

struct logical {
	unsigned int free;
	unsigned int dirty; /* a subset of free */
};

struct snapshot {
	unsigned int orders;
	unsigned long nr_free;
	unsigned char meta[]; /* world.bytes of them */
};

static struct {
	unsigned long start;
	unsigned long nr; /* frames */
	unsigned int max_order;
	int with_dirty;
	int all_ranges;
	struct xmem_buddy buddy;
	uint64_t meta[MAX_META / 8];
	unsigned long bytes;
	struct xmem_buddy buddy_before;
	struct logical now;	/* the state of `buddy` */
	struct snapshot **seen; /* by number of the state */
	struct logical *queue;
	unsigned long queued;
	unsigned long calls;
} world;

/* -- The oracle ---------------------------------------------------------- */

static int inside(unsigned long mfn, unsigned long nr)
{
	return nr > 0 && mfn >= START && mfn <= START + world.nr &&
	       nr <= START + world.nr - mfn;
}

static unsigned int mask_of(unsigned long mfn, unsigned long nr)
{
	return ((1U << nr) - 1) << (mfn - START);
}

/* Is the block of 2^order at mfn, aligned, a maximal free one? */
static int is_maximal(unsigned int free, unsigned long mfn, unsigned int order)
{
	unsigned long nr = 1UL << order;
	unsigned int mask;

	if (!inside(mfn, nr) || (free & mask_of(mfn, nr)) != mask_of(mfn, nr)) {
		return 0;
	}
	if (order == world.max_order || !inside(mfn ^ nr, nr)) {
		return 1;
	}
	mask = mask_of(mfn ^ nr, nr);
	return (free & mask) != mask;
}

/* Nearest place to an end for nr frames in [lo, hi), or ~0. */
static unsigned long fit(unsigned long lo, unsigned long hi, unsigned long nr,
			 unsigned long align, int low)
{
	unsigned long at = low ? (lo + align - 1) & ~(align - 1)
			       : (hi - nr) & ~(align - 1);

	return hi >= nr && lo <= at && at + nr <= hi ? at : XMEM_NO_MFN;
}

static unsigned long find(unsigned long nr, unsigned int align,
			  unsigned long lo, unsigned long hi, int low)
{
	unsigned long end = START + world.nr;
	unsigned int k = align;

	lo = lo > START ? lo : START;
	hi = hi < end ? hi : end;
	while (1UL << k < nr) {
		k++;
	}
	for (; nr > 0 && k <= world.max_order; k++) {
		unsigned long step = 1UL << k;

		for (unsigned long i = 0; i < AREA; i += step) {
			unsigned long mfn = low ? i : AREA - step - i;
			unsigned long to = mfn + step;
			unsigned long at;

			if (!is_maximal(world.now.free, mfn, k)) {
				continue;
			}
			at = fit(mfn > lo ? mfn : lo, to < hi ? to : hi, nr,
				 1UL << align, low);
			if (at != XMEM_NO_MFN) {
				return at;
			}
		}
	}
	return XMEM_NO_MFN;
}

/* -- States -------------------------------------------------------------- */

/* A number for each state: base 2, or base 3 with dirty frames. */
static unsigned long number_of(struct logical s)
{
	unsigned long n = 0;

	if (!world.with_dirty) {
		return s.free;
	}
	for (unsigned long i = 0; i < world.nr; i++) {
		n = n * 3 + (s.free >> i & 1) + (s.dirty >> i & 1);
	}
	return n;
}

static void restore(struct logical s)
{
	const struct snapshot *from = world.seen[number_of(s)];

	world.buddy.orders = from->orders;
	world.buddy.nr_free = from->nr_free;
	memcpy(world.meta, from->meta, world.bytes);
	world.buddy_before = world.buddy;
	world.now = s;
}

/* All queries, in a state met for the first time. */
static void ask_everything(struct logical s)
{
	unsigned long end = START + world.nr;
	unsigned long blocks[MAX_ORDER + 2] = {0};

	for (unsigned long mfn = 0; mfn < end + 4; mfn++) {
		unsigned long bit = mfn - START;
		bool free = inside(mfn, 1) && (s.free >> bit & 1);
		unsigned long head = 99;
		bool dirty = true;
		unsigned int order;

		assert_int_equal(xmem_buddy_is_free(&world.buddy, mfn, &dirty),
				 free);
		assert_int_equal(dirty, !free || (s.dirty >> bit & 1));
		order = xmem_buddy_block_of(&world.buddy, mfn, &head);
		assert_int_equal(order == MAX_ORDER + 1, !free);
		assert_int_equal(head == 99, !free);
		if (free) {
			assert_true(is_maximal(s.free, head, order));
			assert_true(mfn >= head && mfn < head + (1UL << order));
			blocks[order] += head == mfn;
		}
		assert_int_equal(
			xmem_buddy_count_free(&world.buddy, mfn, mfn + 5),
			xmem_buddy_count_free(&world.buddy, mfn, mfn + 2) +
				xmem_buddy_count_free(&world.buddy, mfn + 2,
						      mfn + 5));
		assert_int_equal(
			xmem_buddy_count_free(&world.buddy, mfn, mfn + 1),
			free);
	}
	for (unsigned int k = 0; k <= MAX_ORDER + 1; k++) {
		assert_int_equal(xmem_buddy_count(&world.buddy, k), blocks[k]);
	}
	assert_int_equal(world.buddy.nr_free, __builtin_popcount(s.free));
	assert_int_equal(xmem_buddy_count_dirty(&world.buddy),
			 __builtin_popcount(s.dirty));
}

/* The real struct has arrived in state s by a call that succeeded. */
static void arrive(struct logical s)
{
	unsigned long n = number_of(s);
	struct snapshot *new;

	ASSERT_VALID(xmem_buddy_check(&world.buddy));
	assert_int_equal(world.buddy.nr_free, __builtin_popcount(s.free));
	if (world.seen[n] != NULL) {
		assert_int_equal(world.buddy.orders, world.seen[n]->orders);
		return;
	}
	new = malloc(sizeof(*new) + world.bytes);
	assert_non_null(new);
	new->orders = world.buddy.orders;
	new->nr_free = world.buddy.nr_free;
	memcpy(new->meta, world.meta, world.bytes);
	world.seen[n] = new;
	world.queue[world.queued++] = s;
	ask_everything(s);
}

/* -- Calls --------------------------------------------------------------- */

static void rejected(void)
{
	const struct snapshot *here = world.seen[number_of(world.now)];

	if (memcmp(world.meta, here->meta, world.bytes) != 0 ||
	    memcmp(&world.buddy, &world.buddy_before, sizeof(world.buddy)) !=
		    0) {
		fail_msg("a rejected call changed something");
	}
}

/* After a call: did it do what it should, and where are we now? */
static void judge(int rc, int expected, struct logical next)
{
	struct logical from = world.now;

	world.calls++;
	if (rc != expected) {
		fail_msg("state free %x dirty %x: got %d, expected %d",
			 from.free, from.dirty, rc, expected);
	}
	if (rc != 0) {
		rejected();
		return;
	}
	arrive(next);
	restore(from);
}

static struct logical without(unsigned int mask)
{
	return (struct logical){world.now.free & ~mask,
				world.now.dirty & ~mask};
}

static struct logical with(unsigned int mask, int dirty)
{
	return (struct logical){world.now.free | mask,
				dirty ? world.now.dirty | mask
				      : world.now.dirty & ~mask};
}

/* A take that found mfn; what should it have found? */
static void judge_take(unsigned long mfn, unsigned long expected,
		       unsigned long nr, bool dirty)
{
	unsigned int mask;

	world.calls++;
	if (mfn != expected) {
		fail_msg("state free %x: take of %lu gave %lx, expected %lx",
			 world.now.free, nr, mfn, expected);
	}
	if (mfn == XMEM_NO_MFN) {
		rejected();
		return;
	}
	mask = mask_of(mfn, nr);
	assert_int_equal(dirty, (world.now.dirty & mask) != 0);
	struct logical from = world.now;

	arrive(without(mask));
	restore(from);
}

static void call_takes(unsigned long lo, unsigned long hi, int low)
{
	enum xmem_buddy_end end = low ? XMEM_BUDDY_LOW : XMEM_BUDDY_HIGH;

	for (unsigned int k = 0; k <= world.max_order + 1; k++) {
		unsigned long should = find(1UL << k, k, lo, hi, low);
		struct xmem_buddy_request req = {lo, hi, k, end};
		bool dirty = false;
		unsigned long mfn = xmem_buddy_take(&world.buddy, &req, &dirty);

		judge_take(mfn, should, 1UL << k, dirty);
	}
	for (unsigned long nr = 0; nr <= world.nr; nr += 1 + nr / 6) {
		for (unsigned int k = 0; k <= 2; k++) {
			unsigned long should = find(nr, k, lo, hi, low);
			struct xmem_buddy_request req = {lo, hi, k, end};
			bool dirty = false;
			unsigned long mfn = xmem_buddy_take_run(
				&world.buddy, &req, nr, &dirty);

			judge_take(mfn, should, nr, dirty);
		}
	}
}

static int verdict(unsigned long mfn, unsigned long nr, int free)
{
	if (!inside(mfn, nr)) {
		return -XMEM_EINVAL;
	}
	return (world.now.free & mask_of(mfn, nr)) ==
			       (free ? mask_of(mfn, nr) : 0)
		       ? 0
		       : -XMEM_EBUSY;
}

/* A range that is borrowed and put back: each frame is as it was. */
static void borrow(unsigned long mfn, unsigned long nr)
{
	struct xmem_buddy_edges edges;
	bool dirty = false;
	int rc = xmem_buddy_borrow(&world.buddy, mfn, nr, &edges, &dirty);

	if (rc != 0) {
		judge(rc, verdict(mfn, nr, 1), world.now);
		return;
	}
	assert_int_equal(dirty, (world.now.dirty & mask_of(mfn, nr)) != 0);
	ASSERT_VALID(xmem_buddy_check(&world.buddy));
	assert_int_equal(world.buddy.nr_free,
			 __builtin_popcount(without(mask_of(mfn, nr)).free));
	rc = xmem_buddy_return(&world.buddy, mfn, nr, &edges);
	for (unsigned long i = 0; i < world.nr; i++) {
		bool free = world.now.free >> i & 1;
		bool is_dirty = false;

		assert_int_equal(
			xmem_buddy_is_free(&world.buddy, START + i, &is_dirty),
			free);
		assert_int_equal(is_dirty, world.now.dirty >> i & 1);
	}
	judge(rc, 0, world.now);
}

static void call_on_range(unsigned long mfn, unsigned long nr)
{
	unsigned int mask = inside(mfn, nr) ? mask_of(mfn, nr) : 0;
	int should = verdict(mfn, nr, 1);
	bool dirty = false;
	int rc = xmem_buddy_take_range(&world.buddy, mfn, nr, &dirty);

	if (rc == 0) {
		assert_int_equal(dirty, (world.now.dirty & mask) != 0);
	}
	judge(rc, should, without(mask));
	borrow(mfn, nr);
	for (int d = 0; d <= world.with_dirty; d++) {
		should = verdict(mfn, nr, 0);
		rc = xmem_buddy_give_range(&world.buddy, mfn, nr, d != 0);
		judge(rc, should, with(mask, d));
	}
}

static void call_on_block(unsigned long mfn, unsigned int order)
{
	unsigned long nr = 1UL << order;
	unsigned int mask = inside(mfn, nr) ? mask_of(mfn, nr) : 0;
	int bad = (mfn & (nr - 1)) != 0 || order > world.max_order;

	for (int d = 0; d <= world.with_dirty; d++) {
		int should = bad ? -XMEM_EINVAL : verdict(mfn, nr, 0);
		int rc = xmem_buddy_give(&world.buddy, mfn, order, d != 0);

		judge(rc, should, with(mask, d));
		should = bad ? -XMEM_EINVAL : verdict(mfn, nr, 1);
		rc = xmem_buddy_mark(&world.buddy, mfn, order, d != 0);
		judge(rc, should, with(mask, d));
	}
}

static void call_everything(void)
{
	const unsigned long some[][2] = {
		{0, ~0UL},
		{START + 3, START + 11},
		{START + 6, 99},
		{0, START + 9},
	};
	unsigned long end = START + world.nr;

	for (unsigned int low = 0; low < 2; low++) {
		for (unsigned int i = 0; i < 4; i++) {
			call_takes(some[i][0], some[i][1], (int)low);
		}
	}
	for (unsigned long lo = START; world.all_ranges && lo < end; lo++) {
		for (unsigned long hi = lo; hi <= end; hi++) {
			call_takes(lo, hi, 0);
			call_takes(lo, hi, 1);
		}
	}
	for (unsigned long mfn = START - 1; mfn <= end; mfn++) {
		for (unsigned long nr = 0; nr <= end + 1 - mfn; nr++) {
			call_on_range(mfn, nr);
		}
		for (unsigned int k = 0; k <= world.max_order + 1; k++) {
			call_on_block(mfn, k);
		}
	}
	call_on_range(START, ~0UL);
	call_on_range(~0UL, 2);
}

/* All states of nr frames from start on, with no block above limit. */
static void explore(unsigned long start, unsigned long nr, unsigned int limit,
		    int with_dirty)
{
	unsigned long end = start + nr;
	unsigned long states = 1;

	memset(&world, 0, sizeof(world));
	world.start = start;
	world.nr = nr;
	world.with_dirty = with_dirty;
	world.all_ranges = nr <= 8;
	for (unsigned long i = 0; i < nr; i++) {
		states *= with_dirty ? 3 : 2;
	}
	while (2UL << world.max_order <= nr && world.max_order < limit) {
		world.max_order++;
	}
	world.bytes = xmem_buddy_bytes(start, end, limit);
	assert_true(world.bytes <= MAX_META);
	memset(world.meta, 0xa5, sizeof(world.meta));
	xmem_buddy_init(&world.buddy, start, end, limit, world.meta);
	assert_int_equal(world.buddy.max_order, world.max_order);
	world.seen = calloc(states, sizeof(*world.seen));
	world.queue = calloc(states, sizeof(*world.queue));
	arrive((struct logical){0, 0});
	for (unsigned long i = 0; i < world.queued; i++) {
		restore(world.queue[i]);
		call_everything();
	}
	assert_int_equal(world.queued, states);
	print_message("# %lu frames: %lu states, %lu calls\n", nr, world.queued,
		      world.calls);
	for (unsigned long i = 0; i < states; i++) {
		free(world.seen[i]);
	}
	free(world.seen);
	free(world.queue);
}

/* Slow, instrumented builds take some frames away, an emulated CPU one more. */
static unsigned long frames(unsigned long nr, unsigned long fewer)
{
	if (test_is_emulated()) {
		return nr - fewer - 1;
	}
	return test_steps(100) < 100 ? nr - fewer : nr;
}

/* Free or used: 2^16 states up to one block of the whole span. */
static void free_sets_aligned(void **state)
{
	(void)state;
	explore(16, frames(16, 4), MAX_ORDER, 0);
}

/* Free or used, the span cut off at both ends: 2^13 states. */
static void free_sets_unaligned(void **state)
{
	(void)state;
	explore(5, frames(13, 2), MAX_ORDER, 0);
}

/* Free or used, with room for larger blocks than the limit: 2^12 each. */
static void free_sets_limited(void **state)
{
	(void)state;
	for (unsigned int limit = 0; limit < 4; limit++) {
		explore(4, frames(12, 3), limit, 0);
	}
}

/* Used, clean or dirty: 3^8 states, called with every range. */
static void dirty_sets_aligned(void **state)
{
	(void)state;
	explore(8, frames(8, 2), MAX_ORDER, 1);
}

/* The same, unaligned: 3^9 states. */
static void dirty_sets_unaligned(void **state)
{
	(void)state;
	explore(7, frames(9, 3), MAX_ORDER, 1);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(free_sets_aligned),
	cmocka_unit_test(free_sets_unaligned),
	cmocka_unit_test(free_sets_limited),
	cmocka_unit_test(dirty_sets_aligned),
	cmocka_unit_test(dirty_sets_unaligned),
};

TEST_MAIN(tests)
