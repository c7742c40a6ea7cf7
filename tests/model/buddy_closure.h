/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buddy_closure.h - every state of a tiny buddy, every call from each state
 *
 * Breadth first over all states that any sequence of calls can reach; what a
 * take has left untold is part of the state. From every state every function is
 * called with every argument worth a try, right or wrong, on the real struct,
 * with an oracle of two bit masks beside it. A rejected call must leave every
 * byte as it was, but may settle. After a call that succeeds the validator
 * runs: since I1 to I5 leave one choice only for every word that has meaning,
 * the struct is then a function of the logical state.
 *
 * n frames must reach exactly 2^n states with frames that are free or used, 3^n
 * if the free ones are clean or dirty, or the used ones plain or described, and
 * 4^n with all of these.
 *
 * Not covered: spans with more than one top group (the random model has it).
 * Included by a `.c` file per width of a word.
 */
#ifndef BUDDY_CLOSURE_H
#define BUDDY_CLOSURE_H

#include "buddy_bytes.h"
#include "buddy_oracle.h"
#include "test.h"

#define MAX_META 1024
#define AREA	 32UL /* all frames are below this */

/* Bit i of a mask is frame START + i. */
#define START world.start

struct logical {
	unsigned int free;
	unsigned int note; /* a free frame is dirty, a used one described */
};

struct snapshot {
	struct logical frames;
	struct xmem_buddy buddy;
	unsigned char meta[]; /* world.bytes of them */
};

static struct {
	unsigned long start;
	unsigned long base;
	unsigned long nr; /* frames */
	unsigned int max_order;
	unsigned int with_dirty;
	unsigned int with_described;
	int all_ranges;
	struct xmem_buddy buddy;
	uint64_t meta[MAX_META / 8];
	unsigned long bytes;
	const struct snapshot *here;	  /* the one of `now` */
	struct logical now;		  /* the state of `buddy` */
	struct oracle_block blocks[AREA]; /* its maximal free blocks */
	unsigned int nr_blocks;
	struct snapshot **seen; /* by number of the state */
	struct snapshot **queue;
	unsigned long queued;
	unsigned char *reached; /* by number of the state of the frames */
	unsigned long nr_reached;
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

/* All maximal free blocks of the state `free`. */
static void find_blocks(unsigned int free)
{
	world.nr_blocks = 0;
	for (unsigned int k = 0; k <= world.max_order; k++) {
		for (unsigned long mfn = 0; mfn < AREA; mfn += 1UL << k) {
			if (is_maximal(free, mfn, k)) {
				world.blocks[world.nr_blocks++] =
					(struct oracle_block){mfn, k};
			}
		}
	}
}

/* What a take of nr frames, aligned to 2^align, should find. */
static unsigned long find(unsigned long nr, unsigned int align,
			  unsigned long lo, unsigned long hi, int low)
{
	unsigned int order = oracle_order(nr, align);
	struct oracle_block best = {0, 0};
	unsigned long found = XMEM_NO_MFN;

	for (unsigned int i = 0; nr > 0 && i < world.nr_blocks; i++) {
		struct oracle_block next = world.blocks[i];
		unsigned long end = next.head + (1UL << next.order);
		unsigned long at;

		if (next.order < order) {
			continue;
		}
		at = fit(next.head > lo ? next.head : lo, end < hi ? end : hi,
			 nr, 1UL << align, low);
		if (at != XMEM_NO_MFN &&
		    (found == XMEM_NO_MFN ||
		     oracle_chooses(world.base, next, best, low))) {
			best = next;
			found = at;
		}
	}
	return found;
}

/* The frames of a word, as far as they are in the span, as a mask. */
static unsigned int mask_of_word(unsigned long first, uint64_t frames)
{
	uint64_t mask = first < START ? frames >> ((START - first) & 63)
				      : frames << ((first - START) & 63);

	mask &= (1U << world.nr) - 1;
	return START - first > 63 && first - START > 63 ? 0
							: (unsigned int)mask;
}

/* -- States -------------------------------------------------------------- */

/* How many states has a frame? */
static unsigned long nr_kinds(void)
{
	return 2 + world.with_dirty + world.with_described;
}

/* A number for each state of the frames: plain, clean, and then what there is.
 */
static unsigned long number_of(struct logical s)
{
	unsigned long n = 0;

	if (nr_kinds() == 2) {
		return s.free;
	}
	for (unsigned long i = 0; i < world.nr; i++) {
		unsigned long kind = s.free >> i & 1;

		if ((s.note >> i & 1) != 0) {
			kind = kind != 0 ? 2 : 2 + world.with_dirty;
		}
		n = n * nr_kinds() + kind;
	}
	return n;
}

/* How many ways are there in which a group can be untold, and none? */
static unsigned long nr_untold(void)
{
	return 1 + AREA * 2 * XMEM_WORD_SHIFT;
}

/* A number for each of them: which group, and the signs it had. */
static unsigned long untold_of(const struct xmem_buddy *b)
{
	unsigned int signs = b->untold_signs;

	if (b->untold == XMEM_BUDDY_NONE) {
		return 0;
	}
	return 1 + (b->untold * XMEM_WORD_SHIFT + xmem_log2(signs) - 1) * 2 +
	       (signs & 1);
}

static void restore(void)
{
	world.buddy = world.here->buddy;
	memcpy(world.meta, world.here->meta, world.bytes);
}

/* The highest dirty block of at most `limit`. */
static void ask_dirty(struct logical s, unsigned int limit)
{
	unsigned int dirty = s.free & s.note;
	struct oracle_block block = {XMEM_NO_MFN, 99};
	unsigned int order = 99;

	for (unsigned int i = 0; dirty != 0 && i < world.nr_blocks; i++) {
		unsigned int bit = 31 - (unsigned int)__builtin_clz(dirty);
		struct oracle_block b = world.blocks[i];

		if ((mask_of(b.head, 1UL << b.order) >> bit & 1) != 0) {
			block.order = b.order < limit ? b.order : limit;
			block.head =
				(START + bit) & ~((1UL << block.order) - 1);
		}
	}
	assert_int_equal(xmem_buddy_find_dirty(&world.buddy, limit, &order),
			 block.head);
	assert_int_equal(order, block.order);
}

/* All queries, in a state met for the first time. */
static void ask_everything(struct logical s)
{
	unsigned long end = START + world.nr;
	unsigned long blocks[MAX_ORDER + 2] = {0};

	find_blocks(s.free);
	for (unsigned long mfn = 0; mfn < end + 4; mfn++) {
		unsigned long bit = mfn - START;
		bool free = inside(mfn, 1) && (s.free >> bit & 1);
		bool note = inside(mfn, 1) && (s.note >> bit & 1);
		unsigned long head = 99;
		bool dirty = true;
		unsigned int order;

		assert_int_equal(xmem_buddy_is_free(&world.buddy, mfn, &dirty),
				 free);
		assert_int_equal(dirty, !free || note);
		assert_int_equal(xmem_buddy_is_described(&world.buddy, mfn),
				 !free && note);
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
		ask_dirty(s, k);
	}
	assert_int_equal(world.buddy.nr_free, __builtin_popcount(s.free));
	assert_int_equal(xmem_buddy_count_dirty(&world.buddy),
			 __builtin_popcount(s.free & s.note));
}

/* The real struct has arrived in state s by a call that succeeded. */
static void arrive(struct logical s)
{
	unsigned long n = number_of(s);
	struct snapshot *new;

	ASSERT_VALID(xmem_buddy_check(&world.buddy));
	assert_int_equal(world.buddy.nr_free, __builtin_popcount(s.free));
	if (world.reached[n] == 0) {
		world.reached[n] = 1;
		world.nr_reached++;
	}
	n = n * nr_untold() + untold_of(&world.buddy);
	if (world.seen[n] != NULL) {
		assert_int_equal(world.buddy.orders,
				 world.seen[n]->buddy.orders);
		return;
	}
	new = malloc(sizeof(*new) + world.bytes);
	assert_non_null(new);
	new->frames = s;
	new->buddy = world.buddy;
	memcpy(new->meta, world.meta, world.bytes);
	world.seen[n] = new;
	world.queue = realloc(world.queue, (world.queued + 1) * sizeof(new));
	assert_non_null(world.queue);
	world.queue[world.queued++] = new;
	ask_everything(s);
	find_blocks(world.now.free);
}

/* -- Calls --------------------------------------------------------------- */

static void rejected(void)
{
	struct buddy_bytes b = {&world.buddy, world.meta, world.bytes};

	if (!bytes_are_kept(b, &world.here->buddy, world.here->meta)) {
		fail_msg("a rejected call changed something");
	}
	restore();
}

/* After a call: did it do what it should, and where are we now? */
static void judge(int rc, int expected, struct logical next)
{
	struct logical from = world.now;

	world.calls++;
	if (rc != expected) {
		fail_msg("state free %x note %x: got %d, expected %d",
			 from.free, from.note, rc, expected);
	}
	if (rc != 0) {
		rejected();
		return;
	}
	arrive(next);
	restore();
}

/* The state with other frames `mask`. */
static struct logical used(unsigned int mask, bool described)
{
	return (struct logical){world.now.free & ~mask,
				described ? world.now.note | mask
					  : world.now.note & ~mask};
}

static struct logical freed(unsigned int mask, unsigned int dirty)
{
	return (struct logical){world.now.free | mask,
				(world.now.note & ~mask) | (dirty & mask)};
}

static bool is_dirty(unsigned int mask)
{
	return (world.now.free & world.now.note & mask) != 0;
}

/* A take that found mfn; what should it have found? */
static void judge_take(unsigned long mfn, unsigned long expected,
		       unsigned long nr, bool described, bool dirty)
{
	unsigned int mask;
	struct logical from = world.now;

	world.calls++;
	if (mfn != expected) {
		fail_msg("state free %x: take of %lu gave %lx, expected %lx",
			 from.free, nr, mfn, expected);
	}
	if (mfn == XMEM_NO_MFN) {
		rejected();
		return;
	}
	mask = mask_of(mfn, nr);
	assert_int_equal(dirty, is_dirty(mask));
	arrive(used(mask, described));
	restore();
}

/* A word: all free frames of the range in the word of the frame that a take
 * would find. */
static void call_take_word(const struct xmem_buddy_request *req)
{
	unsigned long mfn =
		find(1, 0, req->lo, req->hi, req->prefer == XMEM_BUDDY_LOW);
	struct logical from = world.now;
	struct xmem_buddy_word w = {0};
	uint64_t frames = 0;

	world.calls++;
	assert_int_equal(xmem_buddy_take_word(&world.buddy, req, &w),
			 mfn != XMEM_NO_MFN);
	if (mfn == XMEM_NO_MFN) {
		assert_true(w.first == 0 && w.frames == 0 && w.dirty == 0);
		rejected();
		return;
	}
	assert_int_equal(w.first, mfn - (mfn - world.base) % XMEM_WORD_BITS);
	for (unsigned int i = 0; i < XMEM_WORD_BITS; i++) {
		unsigned long at = w.first + i;

		if (at >= req->lo && at < req->hi && inside(at, 1) &&
		    (from.free & mask_of(at, 1)) != 0) {
			frames |= (uint64_t)1 << i;
		}
	}
	assert_int_equal(w.frames, frames);
	assert_int_equal(w.dirty & ~frames, 0);
	assert_int_equal(mask_of_word(w.first, w.dirty),
			 mask_of_word(w.first, frames) & from.note);
	arrive(used(mask_of_word(w.first, frames), req->described));
	restore();
}

static void call_takes(unsigned long lo, unsigned long hi, int low,
		       bool described)
{
	struct xmem_buddy_request req = {
		.lo = lo,
		.hi = hi,
		.prefer = low ? XMEM_BUDDY_LOW : XMEM_BUDDY_HIGH,
		.described = described,
	};

	for (unsigned int k = 0; k <= world.max_order + 1; k++) {
		unsigned long should = find(1UL << k, k, lo, hi, low);
		bool dirty = false;
		unsigned long mfn;

		req.order = k;
		mfn = xmem_buddy_take(&world.buddy, &req, &dirty);
		judge_take(mfn, should, 1UL << k, described, dirty);
	}
	for (unsigned long nr = 0; nr <= world.nr; nr += 1 + nr / 6) {
		for (unsigned int k = 0; k <= 2; k++) {
			unsigned long should = find(nr, k, lo, hi, low);
			bool dirty = false;
			unsigned long mfn;

			req.order = k;
			mfn = xmem_buddy_take_run(&world.buddy, &req, nr,
						  &dirty);
			judge_take(mfn, should, nr, described, dirty);
		}
	}
	req.order = 0;
	call_take_word(&req);
}

/* What a call says that wants the frames `mask` free. */
static int wants_free(unsigned int mask)
{
	return (world.now.free & mask) == mask ? 0 : -XMEM_EBUSY;
}

/* The same, used and all described or all plain. */
static int wants_used(unsigned int mask, bool described)
{
	if ((world.now.free & mask) != 0) {
		return -XMEM_EBUSY;
	}
	return (world.now.note & mask) == (described ? mask : 0) ? 0
								 : -XMEM_EEXIST;
}

/* A range that is borrowed and put back: each frame is as it was. */
static void borrow(unsigned long mfn, unsigned long nr, unsigned int mask)
{
	struct xmem_buddy_edges edges;
	bool dirty = false;
	int rc = xmem_buddy_borrow(&world.buddy, mfn, nr, &edges, &dirty);

	if (rc != 0) {
		judge(rc, mask == 0 ? -XMEM_EINVAL : wants_free(mask),
		      world.now);
		return;
	}
	assert_int_equal(dirty, is_dirty(mask));
	ASSERT_VALID(xmem_buddy_check(&world.buddy));
	assert_int_equal(world.buddy.nr_free,
			 __builtin_popcount(used(mask, false).free));
	rc = xmem_buddy_return(&world.buddy, mfn, nr, &edges);
	for (unsigned long i = 0; i < world.nr; i++) {
		bool free = world.now.free >> i & 1;
		bool now_dirty = false;

		assert_int_equal(
			xmem_buddy_is_free(&world.buddy, START + i, &now_dirty),
			free);
		assert_int_equal(now_dirty, is_dirty(1U << i));
	}
	judge(rc, 0, world.now);
}

static void call_on_range(unsigned long mfn, unsigned long nr)
{
	unsigned int mask = inside(mfn, nr) ? mask_of(mfn, nr) : 0;
	int bad = mask == 0 ? -XMEM_EINVAL : 0;
	bool dirty = false;
	int rc = xmem_buddy_take_range(&world.buddy, mfn, nr, &dirty);

	if (rc == 0) {
		assert_int_equal(dirty, is_dirty(mask));
	}
	judge(rc, bad != 0 ? bad : wants_free(mask), used(mask, false));
	borrow(mfn, nr, mask);
	for (unsigned int d = 0; d <= world.with_dirty; d++) {
		rc = xmem_buddy_give_range(&world.buddy, mfn, nr, d != 0);
		judge(rc, bad != 0 ? bad : wants_used(mask, false),
		      freed(mask, d != 0 ? mask : 0));
	}
}

static void call_on_block(unsigned long mfn, unsigned int order)
{
	unsigned long nr = 1UL << order;
	unsigned int mask = inside(mfn, nr) ? mask_of(mfn, nr) : 0;
	int bad = mask == 0 || (mfn & (nr - 1)) != 0 || order > world.max_order
			  ? -XMEM_EINVAL
			  : 0;
	int rc;

	for (unsigned int d = 0; d <= world.with_dirty; d++) {
		struct logical next = freed(mask, d != 0 ? mask : 0);

		for (int kind = 0; kind < 2; kind++) {
			rc = xmem_buddy_give(&world.buddy, mfn, order,
					     kind != 0, d != 0);
			judge(rc, bad != 0 ? bad : wants_used(mask, kind != 0),
			      next);
		}
		rc = xmem_buddy_mark(&world.buddy, mfn, order, d != 0);
		judge(rc, bad != 0 ? bad : wants_free(mask), next);
	}
	for (unsigned int kind = 0; kind <= world.with_described; kind++) {
		rc = xmem_buddy_describe(&world.buddy, mfn, order, kind != 0);
		judge(rc, bad != 0 ? bad : wants_used(mask, kind == 0),
		      used(mask, kind != 0));
	}
}

/* Give the frames of a word, at least one: clean, dirty, or each other one
 * dirty. */
static void call_on_word(unsigned long first, uint64_t frames)
{
	const uint64_t dirty[] = {0, frames, frames & 5};
	unsigned int mask = mask_of_word(first, frames);
	struct xmem_buddy_word w = {.first = first, .frames = frames};
	int rc;

	if (__builtin_popcountll(frames) != __builtin_popcount(mask)) {
		return; /* Not all are in the span. */
	}
	for (unsigned int d = 0; d <= 2 * world.with_dirty; d++) {
		w.dirty = dirty[d];
		for (int kind = 0; kind < 2; kind++) {
			rc = xmem_buddy_give_word(&world.buddy, &w, kind != 0);
			judge(rc, wants_used(mask, kind != 0),
			      freed(mask, mask_of_word(first, w.dirty)));
		}
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

	for (unsigned int i = 0; i < 4; i++) {
		call_takes(some[i][0], some[i][1], 0, world.with_described);
		call_takes(some[i][0], some[i][1], 1, false);
	}
	for (unsigned long lo = START; world.all_ranges && lo < end; lo++) {
		for (unsigned long hi = lo; hi <= end; hi++) {
			call_takes(lo, hi, 0, false);
			call_takes(lo, hi, 1, world.with_described);
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
	for (unsigned long w = world.base; w <= end; w += XMEM_WORD_BITS) {
		for (uint64_t frames = 1; frames <= XMEM_WORD_FULL; frames++) {
			call_on_word(w, frames);
		}
	}
	call_on_range(START, ~0UL);
	call_on_range(~0UL, 2);
}

/* What frames can be, beside plain and clean. */
enum { DIRTY = 1, DESCRIBED = 2 };

/* All states of nr frames from start on, with no block above limit. */
static void explore(unsigned long start, unsigned long nr, unsigned int limit,
		    unsigned int kinds)
{
	unsigned long end = start + nr;
	unsigned long states = 1;

	memset(&world, 0, sizeof(world));
	world.start = start;
	world.nr = nr;
	world.with_dirty = (kinds & DIRTY) != 0;
	world.with_described = (kinds & DESCRIBED) != 0;
	world.all_ranges = nr <= 8 && nr_kinds() < 4;
	for (unsigned long i = 0; i < nr; i++) {
		states *= nr_kinds();
	}
	while (2UL << world.max_order <= nr && world.max_order < limit) {
		world.max_order++;
	}
	world.base = start & ~((1UL << world.max_order) - 1);
	world.bytes = xmem_buddy_bytes(start, end, limit);
	assert_true(world.bytes <= MAX_META);
	memset(world.meta, 0xa5, sizeof(world.meta));
	xmem_buddy_init(&world.buddy, start, end, limit, world.meta);
	assert_int_equal(world.buddy.max_order, world.max_order);
	world.seen = calloc(states * nr_untold(), sizeof(*world.seen));
	world.reached = calloc(states, 1);
	arrive((struct logical){0, 0});
	for (unsigned long i = 0; i < world.queued; i++) {
		world.here = world.queue[i];
		world.now = world.here->frames;
		restore();
		find_blocks(world.now.free);
		call_everything();
	}
	assert_int_equal(world.nr_reached, states);
	print_message("# %lu frames: %lu states, %lu with what is untold, "
		      "%lu calls\n",
		      nr, states, world.queued, world.calls);
	for (unsigned long i = 0; i < world.queued; i++) {
		free(world.queue[i]);
	}
	free(world.seen);
	free(world.reached);
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

#endif /* BUDDY_CLOSURE_H */
