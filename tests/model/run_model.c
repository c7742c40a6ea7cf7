/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * run_model.c - fixed ranges and runs of the heap against one byte a frame
 *
 * Random calls of xmem_take_range(), xmem_take_range_partial() and
 * xmem_take_run(), of blocks, and frees of any frames, clean or dirty. The
 * oracle is an array of bytes. A run is found if and only if a scan of the
 * array finds one, on the first node that has it; a range is taken if and
 * only if all its frames are free. Now and then another CPU gets a frame of a
 * range between two of its pieces; then everything must be as before, each
 * frame clean or dirty. The hooks follow the free set (tests/fake). After
 * every step (tiny machines) or every 200th all frames are compared, and the
 * validator runs. Spans touch, begin at odd frames, and may be one frame.
 * Not covered: that a lock hold is short (tests/unit/heap/test_run.c), and
 * blocks (heap_model.c).
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "fake_machine.h"

#include "heap/heap.h"
#include "lib/tell.h"

enum { UNKNOWN, USED, CLEAN, DIRTY };

#define MAX_FRAMES 16384UL
static unsigned char what[MAX_FRAMES];
static bool of_xenheap[MAX_FRAMES]; /* separate layout */

static struct {
	unsigned long frames;
	unsigned long xen_end; /* partial layout: first non-xenheap frame */
	unsigned long nr_free;
	unsigned long nr_taken[3]; /* successes: range, range in part, run */
	unsigned long nr_undone;
	uint64_t seed;
} m;

static unsigned long rnd(unsigned long below)
{
	return test_random(&m.seed) % below;
}

static bool is_free(unsigned long mfn)
{
	return mfn < m.frames && what[mfn] >= CLEAN;
}

static void set(unsigned long mfn, unsigned long nr, unsigned char now)
{
	for (unsigned long i = mfn; i < mfn + nr; i++) {
		m.nr_free -= is_free(i);
		what[i] = now;
		m.nr_free += is_free(i);
	}
}

/* The first frame >= @mfn that is not free. */
static unsigned long free_end(unsigned long mfn)
{
	while (is_free(mfn)) {
		mfn++;
	}
	return mfn;
}

/* What was taken has been scrubbed, unless the caller did not care; now its
 * user writes. */
static void use(unsigned long mfn, unsigned long nr, unsigned int memflags)
{
	for (unsigned long i = mfn; i < mfn + nr; i++) {
		assert_true(is_free(i));
		if ((memflags & MEMF_no_scrub) == 0) {
			assert_int_equal(fake_stain[i], 0);
		}
		fake_stain[i] = 1;
	}
	set(mfn, nr, USED);
}

/* Free [@mfn, @mfn + @nr); if @clean, as who has zeroed all of it himself. */
static void give(unsigned long mfn, unsigned long nr, bool clean)
{
	struct xmem_run run = {mfn, nr};

	if (!clean) {
		xmem_free_runs(&run, 1);
		set(mfn, nr, DIRTY);
		return;
	}
	for (unsigned long i = mfn; i < mfn + nr; i++) {
		struct heap_node *node = heap_node_of(i);

		fake_stain[i] = 0;
		xmem_tell(i, 0, true);
		heap_node_lock(node);
		assert_int_equal(xmem_heap_give(node, i, 0, false, false), 0);
		heap_node_unlock(node);
	}
	set(mfn, nr, CLEAN);
}

/* ---- runs ---- */

struct request {
	unsigned long nr, align, lo, hi;
	unsigned int memflags;
};

static unsigned long clip(unsigned long x, unsigned long most)
{
	return x < most ? x : most;
}

/* The frames that the flags allow, too. */
static void clip_by_flags(struct request *r)
{
	unsigned int bits = r->memflags >> MEMF_bits_shift & MEMF_bits_mask;

	r->hi = clip(r->hi, m.frames);
	if (bits != 0) {
		r->hi = bits < PAGE_SHIFT
				? 0
				: clip(r->hi, 1UL << (bits - PAGE_SHIFT));
	}
	if ((r->memflags & MEMF_no_dma) != 0 && r->lo < XMEM_PORT_DMA_MFNS) {
		r->lo = XMEM_PORT_DMA_MFNS;
	}
}

/* Can the run for @r begin at @mfn? */
static bool fits(const struct request *r, unsigned long mfn)
{
	if (mfn < r->lo || mfn % r->align != 0 || mfn + r->nr > r->hi) {
		return false;
	}
	for (unsigned long i = mfn; i < mfn + r->nr; i++) {
		if (!is_free(i) || of_xenheap[i] ||
		    fake_mfn_to_node(i) != fake_mfn_to_node(mfn)) {
			return false;
		}
	}
	return true;
}

/* Is there a run for @r on @node, all of it at @lo or above? */
static bool exists(const struct request *r, unsigned int node, unsigned long lo)
{
	unsigned long last = r->nr <= r->hi ? r->hi - r->nr : 0;
	unsigned long mfn = r->lo > lo ? r->lo : lo;

	mfn += (r->align - mfn % r->align) % r->align;
	while (r->nr <= r->hi && mfn <= last) {
		unsigned long end = free_end(mfn);

		if (fake_mfn_to_node(mfn) == node && fits(r, mfn)) {
			return true;
		}
		/* No run begins between here and what is used, but at a
		 * border of nodes or of the xenheap. */
		mfn = end - mfn >= r->nr || end == mfn ? mfn + r->align : end;
		mfn += (r->align - mfn % r->align) % r->align;
	}
	return false;
}

static void judge_run(const struct request *r, unsigned long mfn)
{
	unsigned int wanted = r->memflags >> MEMF_node_shift & MEMF_node_mask;
	unsigned int node = wanted == 0 ? fake.cpu_node : wanted - 1;
	unsigned int nr = (r->memflags & MEMF_exact_node) != 0 ? 1 : 4;

	if (wanted > MAX_NUMNODES) {
		assert_int_equal(mfn, XMEM_NO_MFN);
		return;
	}
	while (nr > 0 && !exists(r, node, 0)) {
		node = (node + 1) % 4;
		nr--;
	}
	if (nr == 0) {
		assert_int_equal(mfn, XMEM_NO_MFN);
		return;
	}
	assert_int_not_equal(mfn, XMEM_NO_MFN);
	assert_int_equal(fake_mfn_to_node(mfn), node);
	assert_true(fits(r, mfn));
	if (xmem_host_layout == XMEM_LAYOUT_PARTIAL && mfn < m.xen_end) {
		assert_false(exists(r, node, m.xen_end));
	}
}

/* Mostly about as long as free runs are. */
static unsigned long some_nr(void)
{
	unsigned long at = rnd(m.frames);
	unsigned long nr = free_end(at) - at;

	switch (rnd(4)) {
	case 0:
		return 1 + rnd(40);
	case 1:
		return 1 + rnd(m.frames);
	default:
		return nr + rnd(3);
	}
}

static unsigned int some_flags(void)
{
	unsigned int flags = rnd(4) != 0 ? MEMF_no_scrub : 0;

	fake.cpu_node = (unsigned int)rnd(4);
	flags |= rnd(3) == 0 ? MEMF_node(rnd(5)) : 0;
	flags |= rnd(4) == 0 ? MEMF_exact_node : 0;
	flags |= rnd(16) == 0 ? MEMF_bits(PAGE_SHIFT - 1 + rnd(16)) : 0;
	flags |= rnd(32) == 0 ? MEMF_no_dma : 0;
	return flags;
}

static void step_run(void)
{
	struct request r = {
		.nr = some_nr(),
		.align = rnd(3) != 0 ? 1 : 1UL << rnd(13),
		.lo = rnd(3) != 0 ? 0 : rnd(m.frames),
		.hi = rnd(3) != 0 ? ~0UL : rnd(m.frames),
		.memflags = some_flags(),
	};
	unsigned long mfn =
		mfn_x(xmem_take_run(r.nr, r.align > 1 ? r.align : rnd(2),
				    _mfn(r.lo), _mfn(r.hi), r.memflags));

	if (r.nr == 0) {
		assert_int_equal(mfn, XMEM_NO_MFN);
		return;
	}
	clip_by_flags(&r);
	judge_run(&r, mfn);
	if (mfn != XMEM_NO_MFN) {
		m.nr_taken[2]++;
		use(mfn, r.nr, r.memflags);
	}
}

/* ---- frees ---- */

/* Some used frames that are neighbours, clean or dirty. */
static void step_give(void)
{
	unsigned long mfn = rnd(m.frames);
	unsigned long most = rnd(5) == 0 ? m.frames : 1 + rnd(70);
	unsigned long nr = 0;

	while (nr < most && mfn + nr < m.frames && what[mfn + nr] == USED) {
		nr++;
	}
	give(mfn, nr, rnd(2) == 0);
}

/* A few holes, so that runs do not remain as large as they were. */
static void step_holes(void)
{
	for (unsigned long i = rnd(4); i > 0; i--) {
		unsigned long mfn = rnd(m.frames);

		if (is_free(mfn)) {
			assert_int_equal(
				xmem_take_range(_mfn(mfn), 1, MEMF_no_scrub),
				0);
			use(mfn, 1, MEMF_no_scrub);
		}
	}
}

/* ---- ranges ---- */

static struct xmem_run range;

static unsigned long end_of_range(void)
{
	return clip(range.nr, m.frames - range.mfn) + range.mfn;
}

/* Free all that is used of the range, in parts that are clean or dirty. */
static void clear_range(void)
{
	unsigned long end = end_of_range();

	for (unsigned long mfn = range.mfn; mfn < end; mfn++) {
		unsigned long most = mfn + 1 + rnd(rnd(4) == 0 ? 900 : 9);
		unsigned long nr = 0;

		while (mfn + nr < clip(end, most) && what[mfn + nr] == USED) {
			nr++;
		}
		give(mfn, nr, rnd(2) == 0);
	}
}

/* Mostly all free; or cut anywhere. */
static void choose_range(void)
{
	range.mfn = rnd(m.frames);
	range.nr = free_end(range.mfn) - range.mfn;
	if (rnd(4) == 0 || range.nr == 0) {
		range.nr = rnd(rnd(2) ? 10 : m.frames);
	} else if (rnd(2) == 0) {
		range.nr = 1 + rnd(range.nr);
	}
	if (rnd(100) == 0) {
		range.nr = ~0UL - rnd(m.frames);
	} else if (rnd(16) == 0) {
		range.nr = rnd(m.frames / 2);
		clear_range();
	}
}

static bool has(unsigned char kind)
{
	for (unsigned long i = range.mfn; i < end_of_range(); i++) {
		if (what[i] == kind) {
			return true;
		}
	}
	return kind == UNKNOWN && range.nr > m.frames - range.mfn;
}

/* Another CPU gets a frame of the range, if one is free yet. */
static unsigned long snatched;
static bool in_the_middle; /* has something of the range been taken? */

static void watch(void)
{
	in_the_middle |=
		total_free_pages() + (snatched != XMEM_NO_MFN) < m.nr_free;
	fake.on_relax = watch;
}

static void snatch(void)
{
	unsigned long mfn = range.mfn + rnd(end_of_range() - range.mfn);

	if (xmem_frame_is_free(_mfn(mfn))) {
		assert_int_equal(xmem_take_range(_mfn(mfn), 1, MEMF_no_scrub),
				 0);
		snatched = mfn;
	}
	watch();
}

/* In a later pause, so that something has been taken. */
static void wait_to_snatch(void)
{
	watch();
	fake.on_relax = rnd(6) != 0 ? wait_to_snatch : snatch;
}

static void step_range(void)
{
	unsigned int memflags = some_flags();
	int rc;

	choose_range();
	snatched = XMEM_NO_MFN;
	in_the_middle = false;
	fake.on_relax = range.nr > 0 && rnd(4) != 0 ? wait_to_snatch : NULL;
	rc = xmem_take_range(_mfn(range.mfn), range.nr, memflags);
	fake.on_relax = NULL;
	if (snatched != XMEM_NO_MFN && what[snatched] >= CLEAN && rc != 0) {
		m.nr_undone += in_the_middle;
		set(snatched, 1, USED);
	}
	if (range.nr == 0 || range.mfn + range.nr < range.mfn) {
		assert_int_equal(rc, -XMEM_EINVAL);
	} else if (has(USED) || has(UNKNOWN)) {
		assert_true((rc == -XMEM_EBUSY && has(USED)) ||
			    (rc == -XMEM_ENOENT && has(UNKNOWN)));
	} else {
		assert_int_equal(rc, 0);
		m.nr_taken[0]++;
		use(range.mfn, range.nr, memflags);
	}
}

static void step_partial(void)
{
	unsigned int memflags = some_flags();
	unsigned long got, end;

	choose_range();
	got = xmem_take_range_partial(_mfn(range.mfn), range.nr, memflags);
	if (range.mfn + range.nr < range.mfn) {
		assert_int_equal(got, 0);
		return;
	}
	end = free_end(range.mfn);
	assert_int_equal(got, clip(range.nr, end - range.mfn));
	use(range.mfn, got, memflags);
	m.nr_taken[1] += got > 0;
}

/* ---- the machine ---- */

static void check_all(void)
{
	ASSERT_VALID(xmem_heap_check());
	assert_int_equal(fake.hook_errors, 0);
	assert_int_equal(total_free_pages(), m.nr_free);
	for (unsigned long i = 0; i < m.frames; i++) {
		enum xmem_frame_state state = xmem_heap_frame_state(i);

		assert_int_equal(state == XMEM_FRAME_UNKNOWN,
				 what[i] == UNKNOWN);
		assert_int_equal(state == XMEM_FRAME_CLEAN, what[i] == CLEAN);
		assert_int_equal(state == XMEM_FRAME_DIRTY, what[i] == DIRTY);
		assert_int_equal(xmem_frame_is_free(_mfn(i)), is_free(i));
		assert_int_equal(fake_free[i], is_free(i));
	}
}

static void step(void)
{
	unsigned long die = rnd(16);

	if (die < 4) {
		step_run();
	} else if (die < 6) {
		step_range();
	} else if (die < 7) {
		step_partial();
	} else if (die < 9) {
		step_holes();
	} else {
		step_give();
	}
}

static void power_on(unsigned long frames, unsigned long node_frames,
		     unsigned int layout)
{
	memset(&m, 0, sizeof(m));
	memset(what, UNKNOWN, sizeof(what));
	memset(of_xenheap, 0, sizeof(of_xenheap));
	m.frames = frames;
	m.seed = 0x7654321 + layout;
	m.xen_end = fake_power_on(frames, node_frames, layout);
}

static void add_span(unsigned long smfn, unsigned long emfn, bool xen)
{
	for (unsigned long i = smfn; i < emfn; i++) {
		of_xenheap[i] = xen;
	}
	fake_add(smfn, emfn, xen);
	set(smfn, emfn - smfn, DIRTY);
}

static void run(unsigned long steps, unsigned long check_every)
{
	steps = test_steps(steps);
	check_all();
	for (unsigned long i = 1; i <= steps; i++) {
		step();
		if (i % check_every == 0) {
			check_all();
		}
	}
	check_all();
	assert_true(m.nr_taken[0] >= steps / 200);
	assert_true(m.nr_taken[1] >= steps / 200);
	assert_true(m.nr_taken[2] >= steps / 50);
	print_message("# ranges %lu, in part %lu, runs %lu, put back %lu\n",
		      m.nr_taken[0], m.nr_taken[1], m.nr_taken[2], m.nr_undone);
	assert_true(m.nr_undone >= steps / 2000);
}

/* Four nodes without a gap; spans that touch, of odd sizes. */
static void run_large(unsigned int layout)
{
	bool separate = layout == XMEM_LAYOUT_SEPARATE;

	power_on(MAX_FRAMES, 4096, layout);
	add_span(1, 200, false);
	add_span(200, 1500, separate);
	add_span(1500, 1501, false);
	add_span(1501, 4096, false);
	add_span(4096, 6000, false);
	add_span(6000, 8192, false);
	add_span(8192, 12288, false);
	add_span(12288, 12300, separate);
	add_span(12300, 13000, false);
	add_span(13003, MAX_FRAMES, false);
	run(20000, 200);
}

/* Four nodes of 24 frames, many spans: all of them often free at once. */
static void run_tiny(unsigned int layout)
{
	bool separate = layout == XMEM_LAYOUT_SEPARATE;

	power_on(96, 24, layout);
	add_span(1, 9, false);
	add_span(9, 10, separate);
	add_span(10, 11, false);
	add_span(11, 24, false);
	add_span(24, 40, false);
	add_span(40, 48, separate);
	add_span(48, 66, false);
	add_span(67, 72, false);
	add_span(72, 96, false);
	run(200000, 1);
}

#include "layout_tests.h"

TEST_MAIN(tests)
