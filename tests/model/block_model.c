/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * block_model.c - the lowest door against one byte a frame
 *
 * Random calls of src/heap/block.c: takes anywhere and at a place, gives of any
 * part as clean or dirty, ranges, spans that come late, and every kind of wrong
 * argument. The oracle is an array of bytes: it says each error, each "dirty",
 * and whether a block that was not found exists. Which of several blocks is
 * taken is checked where no bound cuts a span, by the rule of buddy_oracle.h.
 * All frames are compared after every 500th step, or fifth of the tiny machine,
 * in all three layouts.
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "buddy_oracle.h"
#include "fake_machine.h"

enum { UNKNOWN, USED, CLEAN, DIRTY };

#define MAX_FRAMES 8192
static unsigned char what[MAX_FRAMES];
static unsigned char span[MAX_FRAMES]; /* number, 0: none */
static unsigned long span_base[16];    /* by number: where its tree begins */
static bool of_xenheap[MAX_FRAMES];    /* separate layout: which part */

static struct {
	unsigned long frames;
	unsigned long xen_end; /* partial layout: first non-xenheap frame */
	unsigned int nr_spans;
	unsigned long nr_free;
	unsigned long nr_dirty;
	uint64_t seed;
	unsigned long seen[40]; /* what happened, by number; see count() */
} m;

static unsigned long rnd(unsigned long below)
{
	return test_random(&m.seed) % below;
}

static bool is_free(unsigned long mfn)
{
	return what[mfn] >= CLEAN;
}

static void set_frames(unsigned long mfn, unsigned long nr, unsigned char now)
{
	for (unsigned long i = mfn; i < mfn + nr; i++) {
		m.nr_free += (now >= CLEAN) - (unsigned long)is_free(i);
		m.nr_dirty +=
			(now == DIRTY) - (unsigned long)(what[i] == DIRTY);
		what[i] = now;
	}
}

/* Each kind of answer must come up: 0..15 by errors, from 16 on takes. */
static void count(unsigned int kind)
{
	m.seen[kind]++;
}

/* ---- what the oracle says ---- */

/* 0, or the error, of frames [@mfn, @mfn + @nr) that should all be free, or
 * none of them. */
static int verdict(unsigned long mfn, unsigned long nr, bool should_be_free)
{
	if (nr == 0) {
		return -XMEM_EINVAL;
	}
	if (mfn >= m.frames || span[mfn] == 0) {
		return -XMEM_ENOENT;
	}
	for (unsigned long i = 0; i < nr; i++) {
		if (mfn + i >= m.frames || span[mfn + i] != span[mfn]) {
			return -XMEM_EINVAL;
		}
	}
	for (unsigned long i = 0; i < nr; i++) {
		if (is_free(mfn + i) != should_be_free) {
			return -XMEM_EBUSY;
		}
	}
	return 0;
}

static int block_verdict(unsigned long mfn, unsigned int order, bool free)
{
	if (order > MAX_ORDER || mfn % (1UL << order) != 0) {
		return -XMEM_EINVAL;
	}
	return verdict(mfn, 1UL << order, free);
}

static bool any_dirty(unsigned long mfn, unsigned long nr)
{
	bool dirty = false;

	for (unsigned long i = mfn; i < mfn + nr; i++) {
		dirty = dirty || what[i] == DIRTY;
	}
	return dirty;
}

static bool part_fits(const struct xmem_block_request *req, unsigned long mfn)
{
	bool xen = (req->flags & XMEM_BLOCK_XEN) != 0;
	unsigned long end = mfn + (1UL << req->order);

	if (xmem_host_layout == XMEM_LAYOUT_SEPARATE) {
		return of_xenheap[mfn] == xen;
	}
	return !xen || xmem_host_layout == XMEM_LAYOUT_FULL || end <= m.xen_end;
}

static bool fits(const struct xmem_block_request *req, unsigned long mfn)
{
	return mfn >= req->lo && mfn < req->hi &&
	       req->hi - mfn >= 1UL << req->order &&
	       block_verdict(mfn, req->order, true) == 0 && part_fits(req, mfn);
}

/* The largest free block around frame @mfn, which is in one of @order. */
static struct oracle_block around(unsigned long mfn, unsigned int order)
{
	while (block_verdict(mfn >> (order + 1) << (order + 1), order + 1,
			     true) == 0) {
		order++;
	}
	return (struct oracle_block){mfn >> order << order, order};
}

/* Is a block taken out of @a rather than out of @b? The lower tier goes first,
 * then the higher span; inside a span the engine chooses. */
static bool chooses(struct oracle_block a, struct oracle_block b)
{
	unsigned int number = span[a.head];

	if (oracle_tier(a.order) == oracle_tier(b.order) &&
	    number != span[b.head]) {
		return a.head > b.head;
	}
	return oracle_chooses(span_base[number], a, b, false);
}

/* The block that should be taken from @node; XMEM_NO_MFN: none. In a block the
 * highest place is the last one that is looked at. */
static unsigned long best(const struct xmem_block_request *req,
			  unsigned int node)
{
	unsigned long nr = 1UL << req->order;
	unsigned long found = XMEM_NO_MFN;
	struct oracle_block from = {0, 0};

	for (unsigned long mfn = 0; mfn < m.frames; mfn += nr) {
		struct oracle_block next;

		if (fake_mfn_to_node(mfn) != node || !fits(req, mfn)) {
			continue;
		}
		next = around(mfn, req->order);
		if (found == XMEM_NO_MFN || next.head == from.head ||
		    chooses(next, from)) {
			found = mfn;
			from = next;
		}
	}
	return found;
}

/* ---- steps ---- */

static void check_place(const struct xmem_block_request *req, unsigned long mfn)
{
	unsigned int node =
		req->node == XMEM_ANY_NODE ? fake.cpu_node : req->node;

	while (node != fake_mfn_to_node(mfn)) {
		assert_false(req->flags & XMEM_BLOCK_EXACT_NODE);
		assert_true(best(req, node) == XMEM_NO_MFN);
		node = (node + 1) % MAX_NUMNODES;
		count(18);
	}
	if (xmem_host_layout != XMEM_LAYOUT_PARTIAL && req->lo <= 1 &&
	    req->hi >= m.frames) {
		assert_int_equal(mfn, best(req, node));
		count(19);
	}
}

static bool exists(const struct xmem_block_request *req)
{
	unsigned int node =
		req->node == XMEM_ANY_NODE ? fake.cpu_node : req->node;
	unsigned int nr = req->flags & XMEM_BLOCK_EXACT_NODE ? 1 : MAX_NUMNODES;

	for (; nr > 0; nr--) {
		if (best(req, node) != XMEM_NO_MFN) {
			return true;
		}
		node = (node + 1) % MAX_NUMNODES;
	}
	return false;
}

static unsigned int random_order(void)
{
	unsigned int order = 0;

	while (order < 12 && rnd(5) < 2) {
		order++;
	}
	return rnd(300) == 0 ? (unsigned int)rnd(80) : order;
}

static void step_take(void)
{
	struct xmem_block_request req = {random_order(), XMEM_ANY_NODE, 0, 1,
					 ~0UL};
	bool dirty = rnd(2) != 0;
	bool before = dirty;
	unsigned long mfn;

	req.node = rnd(3) == 0 ? (unsigned int)rnd(MAX_NUMNODES + 1) : req.node;
	req.flags |= rnd(4) == 0 ? XMEM_BLOCK_EXACT_NODE : 0;
	req.flags |= rnd(3) == 0 ? XMEM_BLOCK_XEN : 0;
	req.flags |= rnd(200) == 0 ? 4U << rnd(30) : 0;
	if (rnd(4) == 0) {
		req.lo = rnd(m.frames + 9);
		req.hi = rnd(m.frames + 9);
	}
	fake.cpu_node = m.frames > 1000 ? (unsigned int)rnd(MAX_NUMNODES) : 0;
	mfn = xmem_block_take(&req, &dirty);
	if (mfn == XMEM_NO_MFN) {
		count(16);
		assert_int_equal(dirty, before);
		if (req.order <= MAX_ORDER && req.flags < 4 &&
		    (req.node < MAX_NUMNODES || req.node == XMEM_ANY_NODE)) {
			assert_false(exists(&req));
		}
		return;
	}
	count(17);
	assert_in_range(req.order, 0, MAX_ORDER);
	assert_in_range(req.flags, 0, 3);
	assert_true(fits(&req, mfn));
	check_place(&req, mfn);
	assert_int_equal(dirty, any_dirty(mfn, 1UL << req.order));
	set_frames(mfn, 1UL << req.order, USED);
}

/* A block at a random place, mostly where there is something. */
static unsigned long random_block(unsigned int *order)
{
	unsigned long mfn = rnd(m.frames + m.frames / 16);

	*order = random_order();
	return rnd(20) == 0 || *order > MAX_ORDER ? mfn
						  : mfn >> *order << *order;
}

static void step_take_at(void)
{
	unsigned int order;
	unsigned long mfn = random_block(&order);
	int wanted = block_verdict(mfn, order, true);
	bool dirty = rnd(2) != 0;
	bool before = dirty;

	assert_int_equal(xmem_block_take_at(mfn, order, &dirty), wanted);
	count(wanted == 0 ? 0 : wanted == -XMEM_EBUSY ? 1 : 2);
	if (wanted != 0) {
		assert_int_equal(dirty, before);
		return;
	}
	assert_int_equal(dirty, any_dirty(mfn, 1UL << order));
	set_frames(mfn, 1UL << order, USED);
}

static void step_give(void)
{
	unsigned int order;
	unsigned long mfn = random_block(&order);
	bool clean = rnd(2) != 0;
	int wanted;

	/* As large a part as is in use. */
	while (order > 0 && rnd(8) != 0 &&
	       block_verdict(mfn, order, false) != 0) {
		order--;
	}
	wanted = block_verdict(mfn, order, false);
	assert_int_equal(xmem_block_give(mfn, order, clean), wanted);
	count(wanted == 0	       ? 3
	      : wanted == -XMEM_EBUSY  ? 4
	      : wanted == -XMEM_ENOENT ? 5
				       : 6);
	if (wanted == 0) {
		set_frames(mfn, 1UL << order, clean ? CLEAN : DIRTY);
	}
}

static void step_give_range(void)
{
	unsigned long mfn = rnd(m.frames + m.frames / 16);
	unsigned long nr = 0;
	bool clean = rnd(2) != 0;
	int wanted;

	while (nr < 60 && verdict(mfn, nr + 1, false) == 0) {
		nr++;
	}
	nr = rnd(5) == 0 ? nr + 1 : nr;
	nr = rnd(50) == 0 ? ~0UL - rnd(3) * mfn : nr;
	wanted = nr > m.frames && mfn < m.frames && span[mfn] != 0
			 ? -XMEM_EINVAL
			 : verdict(mfn, nr, false);
	assert_int_equal(xmem_block_give_range(mfn, nr, clean), wanted);
	count(wanted == 0	       ? 7
	      : wanted == -XMEM_EBUSY  ? 8
	      : wanted == -XMEM_ENOENT ? 9
				       : 10);
	if (wanted == 0) {
		set_frames(mfn, nr, clean ? CLEAN : DIRTY);
	}
}

/* ---- the machine ---- */

static void add_span(unsigned long smfn, unsigned long emfn, bool xen)
{
	unsigned long most = 1UL << xmem_log2(emfn - smfn);

	fake_span(smfn, emfn, xen);
	m.nr_spans++;
	span_base[m.nr_spans] = smfn & ~(most - 1);
	for (unsigned long i = smfn; i < emfn; i++) {
		what[i] = USED;
		span[i] = (unsigned char)m.nr_spans;
		of_xenheap[i] = xen;
	}
}

static void check_all(void)
{
	fake_check();
	for (unsigned long i = 0; i < m.frames; i++) {
		/* The two enums have the same order. */
		assert_int_equal(xmem_heap_frame_state(i), what[i]);
	}
}

static void check_counts(void)
{
	struct xmem_heap_stats stats;
	unsigned long nr_free = 0;
	unsigned long nr_dirty = 0;

	for (unsigned int node = 0; node < MAX_NUMNODES; node++) {
		xmem_heap_get_stats(node, &stats);
		nr_free += stats.free_pages;
		nr_dirty += stats.dirty_pages;
	}
	assert_int_equal(nr_free, m.nr_free);
	assert_int_equal(nr_dirty, m.nr_dirty);
	assert_int_equal(total_free_pages(), m.nr_free);
}

static void step(void)
{
	unsigned long die = rnd(100);

	if (die < 40) {
		step_take();
	} else if (die < 55) {
		step_take_at();
	} else if (die < 95) {
		step_give();
	} else {
		step_give_range();
	}
}

static void power_on(unsigned long frames, unsigned long node_frames,
		     unsigned int layout)
{
	memset(&m, 0, sizeof(m));
	memset(what, UNKNOWN, sizeof(what));
	memset(span, 0, sizeof(span));
	memset(of_xenheap, 0, sizeof(of_xenheap));
	m.frames = frames;
	m.seed = 0x7654321 + layout;
	m.xen_end = fake_power_on(frames, node_frames, layout);
}

static void run(unsigned long steps, unsigned long check_every)
{
	steps = test_steps(steps);
	for (unsigned long i = 1; i <= steps; i++) {
		step();
		if (i % check_every == 0) {
			check_counts();
			check_all();
		}
	}
	check_all();
}

/* Every kind of answer has come up, if all steps were made. */
static void check_seen(unsigned int last)
{
	if (test_steps(100) < 100) {
		return;
	}
	for (unsigned int i = 0; i <= last; i++) {
		if (m.seen[i] == 0 && (i < 11 || i > 15)) {
			fail_msg("answer %u never came up", i);
		}
	}
}

static void run_large(unsigned int layout)
{
	bool separate = layout == XMEM_LAYOUT_SEPARATE;

	power_on(MAX_FRAMES, 2048, layout);
	add_span(1, 200, separate);
	add_span(256, 1500, false);
	add_span(1500, 2048, separate);
	add_span(2048, 2049, false);
	add_span(2500, 4096, false);
	if (separate) {
		add_span(3000, 3100, true); /* inside of the last one */
	}
	add_span(4096, 6144 - 700, false);
	run(8000, 500);
	add_span(6144 - 700, 6143, separate);
	add_span(8000, 8192, false);
	run(8000, 500);
	check_seen(layout == XMEM_LAYOUT_PARTIAL ? 18 : 19);
}

static void run_tiny(unsigned int layout)
{
	bool separate = layout == XMEM_LAYOUT_SEPARATE;

	power_on(96, 48, layout);
	add_span(3, 24, false);
	add_span(24, 33, separate);
	add_span(50, 60, separate);
	add_span(62, 90, false);
	if (separate) {
		add_span(70, 77, true); /* inside of the last one */
	}
	run(30000, 5);
	check_seen(layout == XMEM_LAYOUT_PARTIAL ? 18 : 19);
}

static void all_layouts_behave_as_the_model(void **state)
{
	(void)state;
	run_large(XMEM_LAYOUT_FULL);
	run_large(XMEM_LAYOUT_PARTIAL);
	run_large(XMEM_LAYOUT_SEPARATE);
}

static void tiny_machines_behave_as_the_model(void **state)
{
	(void)state;
	run_tiny(XMEM_LAYOUT_FULL);
	run_tiny(XMEM_LAYOUT_PARTIAL);
	run_tiny(XMEM_LAYOUT_SEPARATE);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(all_layouts_behave_as_the_model),
	cmocka_unit_test(tiny_machines_behave_as_the_model),
};

TEST_MAIN(tests)
