/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * heap_model.c - the page heap against one byte a frame
 *
 * Random calls of the whole page layer: blocks of all orders with every flag,
 * owners with quota, runs, frees of any aligned part, memory that enters
 * late, and frees that must panic. The oracle is an array of bytes. A NULL is
 * justified by a scan of it, a block by looking at its frames. All counts are
 * compared after every step, the validator and the whole free set after every
 * step (tiny machine) or every 1000th; more than a million steps, in all
 * three layouts. Not covered: which of several possible blocks is taken
 * (tests/unit/heap/test_heap.c).
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "fake_machine.h"

/* What the oracle knows of a frame. */
enum {
	UNKNOWN, /* in no span */
	META,	 /* metadata: never to be touched */
	OUTSIDE, /* in a span, not given yet: may enter by a free */
	FREE,
	XEN,
	NOBODYS, /* domheap without owner */
	OWNED,	 /* by owner 0; + 2 * owner; + 1 if not counted */
};
#define NR_OWNERS 3

#define MAX_FRAMES 16384
static unsigned char what[MAX_FRAMES];
static unsigned char span[MAX_FRAMES]; /* number, 0: none */
static bool of_xenheap[MAX_FRAMES];    /* separate layout: which part */
static struct domain owners[NR_OWNERS];

static struct {
	unsigned long frames;  /* of the machine */
	unsigned long xen_end; /* partial layout: first non-xenheap frame */
	unsigned int nr_spans;
	unsigned long free[4];	/* by node, both parts */
	unsigned long free_xen; /* what alloc_xenheap_pages() can use */
	unsigned long free_dom;
	unsigned long nr_late; /* ranges that entered late */
	uint64_t seed;
} m;

static unsigned long rnd(unsigned long below)
{
	return test_random(&m.seed) % below;
}

static unsigned int node_of(unsigned long mfn)
{
	return fake_mfn_to_node(mfn);
}

/* ---- the oracle ---- */

static bool xen_can_use(unsigned long mfn)
{
	if (xmem_host_layout == XMEM_LAYOUT_SEPARATE) {
		return of_xenheap[mfn];
	}
	return xmem_host_layout == XMEM_LAYOUT_FULL || mfn < m.xen_end;
}

static void set_frame(unsigned long mfn, unsigned char now)
{
	bool was_free = what[mfn] == FREE;
	bool is_free = now == FREE;
	unsigned long sign = is_free - was_free;

	m.free[node_of(mfn)] += sign;
	m.free_dom += of_xenheap[mfn] ? 0 : sign;
	m.free_xen += xen_can_use(mfn) ? sign : 0;
	what[mfn] = now;
}

static void set_block(unsigned long mfn, unsigned long nr, unsigned char now)
{
	for (unsigned long i = 0; i < nr; i++) {
		set_frame(mfn + i, now);
	}
}

/* What a request may use. */
struct request {
	bool xen;
	unsigned int order;
	unsigned int memflags;
	unsigned long lo, hi;
};

static struct request request_of(bool xen, unsigned int order,
				 unsigned int memflags)
{
	struct request r = {xen, order, memflags, 1, m.frames};
	unsigned int bits = memflags >> MEMF_bits_shift & MEMF_bits_mask;

	if (bits != 0 && bits <= PAGE_SHIFT) {
		r.hi = 0;
	} else if (bits != 0 && bits < PAGE_SHIFT + 20 &&
		   1UL << (bits - PAGE_SHIFT) < r.hi) {
		r.hi = 1UL << (bits - PAGE_SHIFT);
	}
	if ((memflags & MEMF_no_dma) != 0) {
		r.lo = XMEM_PORT_DMA_MFNS;
	}
	return r;
}

static bool frame_fits(const struct request *r, unsigned long mfn)
{
	bool xen = r->xen;

	return what[mfn] == FREE && mfn >= r->lo && mfn < r->hi &&
	       (xen ? xen_can_use(mfn) : !of_xenheap[mfn]);
}

static bool block_fits(const struct request *r, unsigned long mfn)
{
	unsigned long nr = 1UL << r->order;

	if (mfn % nr != 0 || mfn + nr > m.frames) {
		return false;
	}
	for (unsigned long i = 0; i < nr; i++) {
		if (!frame_fits(r, mfn + i) || span[mfn + i] != span[mfn]) {
			return false;
		}
	}
	return true;
}

/* Is there a block for @r on node @node (or any, if 4)? */
static bool exists(const struct request *r, unsigned int node)
{
	unsigned long nr = 1UL << r->order;

	for (unsigned long mfn = 0; mfn < m.frames; mfn += nr) {
		if (what[mfn] == FREE && (node == 4 || node_of(mfn) == node) &&
		    block_fits(r, mfn)) {
			return true;
		}
	}
	return false;
}

/* Node that the flags prefer; 4 if it does not exist. */
static unsigned int wanted_node(unsigned int memflags)
{
	unsigned int node = memflags >> MEMF_node_shift & MEMF_node_mask;

	if (node == 0) {
		return fake.cpu_node;
	}
	return node > MAX_NUMNODES ? 4 : node - 1;
}

/* No memory for @r: was that right? */
static void justify_null(const struct request *r)
{
	unsigned int node = wanted_node(r->memflags);
	bool exact = (r->memflags & MEMF_exact_node) != 0;

	if (r->order <= MAX_ORDER && r->lo < r->hi && node != 4) {
		assert_false(exists(r, exact ? node : 4));
	}
}

/* The block @mfn for @r: was it right? */
static void justify_block(const struct request *r, unsigned long mfn)
{
	unsigned int node = wanted_node(r->memflags);

	assert_true(block_fits(r, mfn));
	assert_int_not_equal(node, 4);
	while (node != node_of(mfn)) {
		assert_false(r->memflags & MEMF_exact_node);
		assert_false(exists(r, node));
		node = (node + 1) % 4;
	}
}

/* Contents: clean unless the caller does not care; then the user writes. */
static void check_contents(unsigned long mfn, unsigned long nr,
			   unsigned int memflags)
{
	for (unsigned long i = 0; i < nr; i++) {
		if ((memflags & MEMF_no_scrub) == 0) {
			assert_int_equal(fake_stain[mfn + i], 0);
		}
		fake_stain[mfn + i] = 1;
	}
}

/* ---- steps ---- */

static unsigned int random_order(void)
{
	unsigned int order = 0;

	while (order < 11 && rnd(5) < 2) {
		order++;
	}
	return rnd(500) == 0 ? (unsigned int)rnd(30) : order;
}

static unsigned int random_flags(void)
{
	unsigned int flags = 0;

	flags |= rnd(4) == 0 ? MEMF_node(rnd(5)) : 0;
	flags |= rnd(8) == 0 ? MEMF_exact_node : 0;
	flags |= rnd(8) == 0 ? MEMF_bits(PAGE_SHIFT - 1 + rnd(18)) : 0;
	flags |= rnd(16) == 0 ? MEMF_no_dma : 0;
	flags |= rnd(8) != 0 ? MEMF_no_scrub : 0;
	flags |= rnd(8) == 0 ? MEMF_no_refcount : 0;
	flags |= rnd(8) == 0 ? MEMF_no_owner : 0;
	fake.cpu_node = m.frames > 4096 ? (unsigned int)rnd(4) : 0;
	return flags;
}

static void step_xenheap(void)
{
	unsigned int order = random_order();
	struct request r = request_of(true, order, random_flags());
	void *va = alloc_xenheap_pages(order, r.memflags);

	if (va == NULL) {
		justify_null(&r);
		return;
	}
	justify_block(&r, virt_to_mfn(va));
	check_contents(virt_to_mfn(va), 1UL << order, MEMF_no_scrub);
	set_block(virt_to_mfn(va), 1UL << order, XEN);
	assert_true(is_xen_heap_page(virt_to_page(va) + (1UL << order) - 1));
}

static void step_domheap(void)
{
	unsigned int order = random_order();
	struct request r = request_of(false, order, random_flags());
	unsigned int who = (unsigned int)rnd(NR_OWNERS + 1);
	struct domain *d = who < NR_OWNERS ? &owners[who] : NULL;
	bool owned = d != NULL && (r.memflags & MEMF_no_owner) == 0;
	bool counted = owned && (r.memflags & MEMF_no_refcount) == 0;
	unsigned long nr = order <= MAX_ORDER ? 1UL << order : 0;
	unsigned long before = d != NULL ? d->mem.tot_pages : 0;
	bool allowed = !counted || before + nr <= d->mem.max_pages;
	struct page_info *pg = alloc_domheap_pages(d, order, r.memflags);

	if (pg == NULL) {
		assert_true(d == NULL || d->mem.tot_pages == before);
		if (allowed) {
			justify_null(&r);
		}
		return;
	}
	assert_true(allowed);
	justify_block(&r, mfn_of(pg));
	check_contents(mfn_of(pg), nr, r.memflags);
	set_block(mfn_of(pg), nr,
		  owned ? (unsigned char)(OWNED + 2 * who + !counted)
			: NOBODYS);
	assert_ptr_equal(page_get_owner(pg + nr - 1), owned ? d : NULL);
	if (d != NULL) {
		assert_int_equal(d->mem.tot_pages, before + (counted ? nr : 0));
	}
}

static void step_runs(void)
{
	struct xmem_run runs[80];
	unsigned int max = 1 + (unsigned int)rnd(80);
	unsigned long nr = 1 + rnd(rnd(4) == 0 ? 600 : 30);
	struct request r = request_of(false, 0, random_flags());
	unsigned long got;
	unsigned long sum = 0;
	unsigned int n = xmem_alloc_runs(runs, max, nr, r.memflags, &got);

	for (unsigned int i = 0; i < n; i++) {
		r.order = get_order_from_pages(runs[i].nr);
		assert_int_equal(runs[i].nr, 1UL << r.order);
		assert_true(block_fits(&r, runs[i].mfn));
		set_block(runs[i].mfn, runs[i].nr, NOBODYS);
		check_contents(runs[i].mfn, runs[i].nr, r.memflags);
		sum += runs[i].nr;
	}
	assert_int_equal(sum, got);
	assert_true(got <= nr && n <= max && n <= 64);
	if (got < nr && n < max && n < 64) {
		r.order = 0;
		justify_null(&r);
	}
}

/* Are the @nr frames from @mfn on of one kind, but for being counted? */
static bool is_homogeneous(unsigned long mfn, unsigned long nr)
{
	for (unsigned long i = 0; i < nr; i++) {
		unsigned char a = what[mfn + i];
		unsigned char b = what[mfn];

		if (mfn + i >= m.frames || span[mfn + i] != span[mfn]) {
			return false;
		}
		if (a >= OWNED && b >= OWNED) {
			a = (unsigned char)(OWNED + (a - OWNED) / 2);
			b = (unsigned char)(OWNED + (b - OWNED) / 2);
		}
		a = a == OUTSIDE ? NOBODYS : a;
		b = b == OUTSIDE ? NOBODYS : b;
		if (a != b) {
			return false;
		}
	}
	return true;
}

static void free_block(unsigned long mfn, unsigned int order)
{
	unsigned char kind = what[mfn];

	if (kind == XEN) {
		free_xenheap_pages(mfn_to_virt(mfn), order);
	} else if (kind < OWNED && rnd(4) == 0) {
		struct xmem_run run = {mfn, 1UL << order};

		xmem_free_runs(&run, 1);
	} else {
		free_domheap_pages(mfn_to_page(_mfn(mfn)), order);
	}
	set_block(mfn, 1UL << order, FREE);
}

/* A random frame that may be freed, in the largest block around it that may,
 * or a smaller one. */
static void step_free(void)
{
	unsigned long mfn = rnd(m.frames);
	unsigned int order = random_order() % 12;

	if (what[mfn] < OUTSIDE || what[mfn] == FREE) {
		return;
	}
	if (what[mfn] == OUTSIDE && rnd(50) != 0) {
		return;
	}
	while (!is_homogeneous(mfn >> order << order, 1UL << order)) {
		order--;
	}
	free_block(mfn >> order << order, order);
}

/* A run of frames without owner, of any start and length. */
static void step_free_run(void)
{
	struct xmem_run run = {rnd(m.frames), 0};

	while (run.nr < 40 && run.mfn + run.nr < m.frames &&
	       what[run.mfn + run.nr] == NOBODYS &&
	       span[run.mfn + run.nr] == span[run.mfn]) {
		run.nr++;
	}
	xmem_free_runs(&run, 1);
	set_block(run.mfn, run.nr, FREE);
}

/* Functions of their own, as setjmp() wants few variables around it. */
static void expect_no_domheap(unsigned long mfn, unsigned int order)
{
	EXPECT_PANIC(free_domheap_pages(mfn_to_page(_mfn(mfn)), order), "");
}

static void expect_no_xenheap(unsigned long mfn, unsigned int order)
{
	EXPECT_PANIC(free_xenheap_pages(mfn_to_virt(mfn), order), "");
}

/* A free that is wrong panics and changes nothing. */
static void step_misuse(void)
{
	unsigned int order = random_order() % 8;
	unsigned long mfn = rnd(m.frames) >> order << order;
	bool homogeneous = mfn + (1UL << order) <= m.frames &&
			   is_homogeneous(mfn, 1UL << order);
	unsigned char kind = what[mfn];

	for (unsigned long i = mfn; i < mfn + (1UL << order); i++) {
		if (i < m.frames && what[i] == META) {
			return; /* to the heap a xenheap page like any other */
		}
	}
	if (!homogeneous || kind == FREE || kind == UNKNOWN || kind == XEN) {
		expect_no_domheap(mfn, order);
	}
	if (!homogeneous || kind != XEN) {
		expect_no_xenheap(mfn, order);
	}
}

static void step_quota(void)
{
	owners[rnd(NR_OWNERS)].mem.max_pages = rnd(m.frames / 2);
}

/* ---- the machine ---- */

static void add_span(unsigned long smfn, unsigned long emfn, bool xen)
{
	m.nr_spans++;
	for (unsigned long i = smfn; i < emfn; i++) {
		span[i] = (unsigned char)m.nr_spans;
		of_xenheap[i] = xen;
	}
	fake_add(smfn, emfn, xen);
	set_block(smfn, emfn - smfn, FREE);
}

/* A span whose frames have not been given. */
static void add_used_span(unsigned long smfn, unsigned long emfn)
{
	static _Alignas(16) char meta[1 << 15];

	assert_true(xmem_heap_span_bytes(smfn, emfn) <= sizeof(meta));
	assert_int_equal(
		xmem_heap_add_span(smfn, emfn, node_of(smfn), false, meta), 0);
	m.nr_spans++;
	for (unsigned long i = smfn; i < emfn; i++) {
		span[i] = (unsigned char)m.nr_spans;
		of_xenheap[i] = false;
		what[i] = OUTSIDE;
	}
}

/* May [@smfn, @smfn + @nr) enter late? It has not been given, and is on one
 * node. */
static bool may_enter(unsigned long smfn, unsigned long nr)
{
	for (unsigned long i = smfn; i < smfn + nr; i++) {
		if (i >= m.frames ||
		    (what[i] != UNKNOWN && what[i] != OUTSIDE) ||
		    node_of(i) != node_of(smfn)) {
			return false;
		}
	}
	return true;
}

/* Frames that belong to a span since memory has entered at [@smfn, @emfn): it
 * may reach beyond. A xenheap gets spans of its own, which do not. */
static void learn_spans(unsigned long smfn, unsigned long emfn, bool xen)
{
	bool in_new = false;

	for (unsigned long i = 1; i < m.frames; i++) {
		bool mine = i >= smfn && i < emfn;
		bool new = what[i] == UNKNOWN &&xmem_heap_frame_state(i) !=
			   XMEM_FRAME_UNKNOWN;

		if (new &&xen) {
			assert_true(mine);
		}
		new = new || (mine && xen);
		if (new) {
			m.nr_spans += !in_new;
			span[i] = (unsigned char)m.nr_spans;
			of_xenheap[i] = xen;
			what[i] = OUTSIDE;
		}
		in_new = new;
	}
}

/* Memory enters late; the oracle learns where the metadata went. */
static void step_late(void)
{
	unsigned long nr = 1 + rnd(300);
	unsigned long smfn = 1 + rnd(m.frames - 1);
	bool xen = xmem_host_layout == XMEM_LAYOUT_SEPARATE && rnd(2) == 0;

	if (m.nr_spans > 200 || !may_enter(smfn, nr)) {
		return;
	}
	if (xen) {
		init_xenheap_pages(PA(smfn), PA(smfn + nr));
	} else {
		for (unsigned long i = smfn; i < smfn + nr; i++) {
			if (of_xenheap[i]) {
				return;
			}
		}
		init_domheap_pages(PA(smfn), PA(smfn + nr));
	}
	m.nr_late++;
	learn_spans(smfn, smfn + nr, xen);
	for (unsigned long i = 1; i < m.frames; i++) {
		bool mine = i >= smfn && i < smfn + nr;
		enum xmem_frame_state now = xmem_heap_frame_state(i);

		if (mine && now != XMEM_FRAME_UNKNOWN) {
			set_frame(i, now == XMEM_FRAME_USED ? META : FREE);
		} else if (what[i] == FREE && now == XMEM_FRAME_USED) {
			assert_true(xen_can_use(i));
			set_frame(i, META);
		}
	}
}

static void check_counts(void)
{
	unsigned int node = (unsigned int)rnd(4);
	unsigned long sum = m.free[0] + m.free[1] + m.free[2] + m.free[3];

	assert_int_equal(total_free_pages(), sum);
	assert_int_equal(avail_node_heap_pages(node), m.free[node]);
	assert_int_equal(avail_domheap_pages(), m.free_dom);
	assert_int_equal(avail_xenheap_pages(), m.free_xen);
}

static void check_region(void)
{
	unsigned int min = PAGE_SHIFT + (unsigned int)rnd(16);
	unsigned int max = PAGE_SHIFT + (unsigned int)rnd(16);
	unsigned long lo =
		min > PAGE_SHIFT + 1 ? 1UL << (min - PAGE_SHIFT - 1) : 1;
	unsigned long nr = 0;

	for (unsigned long i = lo; i < m.frames && i >> (max - PAGE_SHIFT) == 0;
	     i++) {
		nr += what[i] == FREE && !of_xenheap[i];
	}
	assert_int_equal(avail_domheap_pages_region(~0U, min, max), nr);
}

/* Everything: the validator, the hooks' free set, each frame's state, the
 * owners' accounts. */
static void check_all(void)
{
	unsigned long tot[NR_OWNERS] = {0};

	ASSERT_VALID(xmem_heap_check());
	assert_int_equal(fake.hook_errors, 0);
	for (unsigned long i = 0; i < m.frames; i++) {
		enum xmem_frame_state state = xmem_heap_frame_state(i);

		assert_int_equal(state == XMEM_FRAME_DIRTY, what[i] == FREE);
		assert_int_equal(state == XMEM_FRAME_UNKNOWN,
				 what[i] == UNKNOWN);
		assert_int_equal(fake_free[i], what[i] == FREE);
		if (what[i] >= OWNED && (what[i] - OWNED) % 2 == 0) {
			tot[(what[i] - OWNED) / 2]++;
		}
	}
	for (unsigned int i = 0; i < NR_OWNERS; i++) {
		assert_int_equal(owners[i].mem.tot_pages, tot[i]);
	}
}

static void step(unsigned long i)
{
	/* Phases in which the machine fills up, and others. */
	unsigned long frees = i / 5000 % 2 == 0 ? 45 : 65;
	unsigned long die = rnd(100);

	if (die < frees) {
		step_free();
	} else if (die < frees + 4) {
		step_misuse();
	} else if (die < frees + 6) {
		step_free_run();
	} else if (die < frees + 12) {
		step_xenheap();
	} else if (die < frees + 15) {
		step_runs();
	} else if (rnd(100) == 0) {
		step_quota();
	} else if (rnd(200) == 0) {
		step_late();
	} else {
		step_domheap();
	}
}

static void power_on(unsigned long frames, unsigned long node_frames,
		     unsigned int layout)
{
	memset(&m, 0, sizeof(m));
	memset(what, UNKNOWN, sizeof(what));
	memset(span, 0, sizeof(span));
	memset(of_xenheap, 0, sizeof(of_xenheap));
	for (unsigned int i = 0; i < NR_OWNERS; i++) {
		xmem_owner_init(&owners[i].mem, 0, i);
	}
	m.frames = frames;
	m.seed = 0x1234567 + layout;
	m.xen_end = fake_power_on(frames, node_frames, layout);
	for (unsigned int i = 0; i < NR_OWNERS; i++) {
		step_quota();
	}
}

static void run(unsigned long steps, unsigned long check_every)
{
	steps = test_steps(steps);
	for (unsigned long i = 1; i <= steps; i++) {
		step(i);
		check_counts();
		if (i % check_every == 0) {
			check_all();
			check_region();
		}
	}
	check_all();
}

/* Four nodes, several spans each, a heap of its own for the xenheap. */
static void run_large(unsigned int layout)
{
	bool separate = layout == XMEM_LAYOUT_SEPARATE;

	power_on(MAX_FRAMES, 4096, layout);
	add_span(1, 200, separate);
	add_span(256, 1500, false);
	add_span(1500, 2048, separate);
	add_used_span(2100, 2300);
	add_span(4096, 4097, false);
	add_span(5000, 8192, false);
	add_span(8192, 12288 - 700, false);
	add_span(12288 - 700, 12287, separate);
	add_span(14000, 14001, false);
	add_span(15000, 16384, false);
	run(334000, 1000);
	assert_true(m.nr_late > 0);
}

/* Two nodes, a handful of frames: full and empty again and again. */
static void run_tiny(unsigned int layout)
{
	bool separate = layout == XMEM_LAYOUT_SEPARATE;

	power_on(96, 48, layout);
	add_span(3, 24, false);
	add_span(24, 33, separate);
	add_span(50, 60, separate);
	add_used_span(62, 65);
	add_span(66, 90, false);
	run(200000, 1);
}

#include "layout_tests.h"

TEST_MAIN(tests)
