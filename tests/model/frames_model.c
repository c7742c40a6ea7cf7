/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * frames_model.c - bulk calls for single frames against one byte a frame
 *
 * Random calls of xmem_alloc_frames() and xmem_free_frames(), by number and by
 * descriptor, for two owners with quotas that come and go and for nobody, mixed
 * with blocks and single frames of the other functions. The oracle is an array
 * of bytes: whose each frame is. It says how many frames a call must get, by
 * quota, nodes and limits on addresses; which of them it may get; and what a
 * free may take. Lists of frees are shuffled, of any length, and now and then
 * have a bad entry: then nothing of its batch has changed, and what has is a
 * prefix of the list by batches. Allocations that the port lets fail change
 * nothing. The hooks follow the free set (tests/fake). In the end all memory is
 * freed in random order, and the blocks are those of the beginning.
 * Not covered: which of several possible words is taken
 * (tests/unit/page/test_frames_alloc.c), several CPUs (tests/stress).
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "fake_machine.h"

#include "heap/heap.h"

enum { UNKNOWN, FREE, NOBODYS, XEN, OWNED }; /* OWNED + i: of owner[i] */
#define NR_OWNERS 2

#define MAX_FRAMES 16384UL
static unsigned char what[MAX_FRAMES];
static bool of_xenheap[MAX_FRAMES]; /* separate layout */
static bool counted[MAX_FRAMES];
static struct domain owner[NR_OWNERS];

static struct {
	unsigned long frames;
	unsigned long xen_end; /* partial layout: first non-xenheap frame */
	unsigned long nr_free;
	unsigned long nr_allocs, nr_frees, nr_short, nr_refused;
	uint64_t seed;
} m;

static unsigned long list[MAX_FRAMES];
static struct page_info *pages[MAX_FRAMES];

static unsigned long rnd(unsigned long below)
{
	return test_random(&m.seed) % below;
}

static unsigned long least(unsigned long a, unsigned long b)
{
	return a < b ? a : b;
}

static void set(unsigned long mfn, unsigned char now)
{
	m.nr_free -= what[mfn] == FREE;
	what[mfn] = now;
	m.nr_free += now == FREE;
}

static struct domain *domain_of(unsigned char whose)
{
	return whose >= OWNED ? &owner[whose - OWNED] : NULL;
}

/* The account of each owner is what the frames say. */
static void check_accounts(void)
{
	unsigned long nr[NR_OWNERS] = {0};

	for (unsigned long i = 0; i < m.frames; i++) {
		if (what[i] >= OWNED && counted[i]) {
			nr[what[i] - OWNED]++;
		}
	}
	for (unsigned int i = 0; i < NR_OWNERS; i++) {
		assert_int_equal(owner[i].mem.tot_pages, nr[i]);
	}
}

static void check_all(void)
{
	ASSERT_VALID(xmem_heap_check());
	assert_int_equal(fake.hook_errors, 0);
	assert_int_equal(total_free_pages(), m.nr_free);
	for (unsigned long i = 0; i < m.frames; i++) {
		const struct page_info *pg = mfn_to_page(_mfn(i));

		assert_int_equal(xmem_frame_is_free(_mfn(i)), what[i] == FREE);
		assert_int_equal(fake_free[i], what[i] == FREE);
		assert_ptr_equal(page_get_owner(pg), domain_of(what[i]));
		assert_int_equal(is_xen_heap_page(pg), what[i] == XEN);
		assert_int_equal(xmem_page_refs(pg), 0);
		if (what[i] == FREE) {
			assert_int_equal(pg->count_info, 0);
		}
	}
	check_accounts();
}

/* ---- requests ---- */

struct request {
	unsigned char whose;
	unsigned long nr;
	unsigned int memflags;
	unsigned long lo, hi; /* frames that the flags allow */
};

static struct request some_request(void)
{
	struct request r = {.whose = NOBODYS, .hi = m.frames};
	unsigned int bits = PAGE_SHIFT + (unsigned int)rnd(16);

	if (rnd(3) != 0) {
		r.whose = (unsigned char)(OWNED + rnd(NR_OWNERS));
	}
	r.nr = rnd(4) == 0 ? rnd(m.frames) : rnd(200);
	fake.cpu_node = (unsigned int)rnd(4);
	r.memflags |= rnd(4) != 0 ? MEMF_no_scrub : 0;
	r.memflags |= rnd(3) == 0 ? MEMF_node(rnd(5)) : 0;
	r.memflags |= rnd(4) == 0 ? MEMF_exact_node : 0;
	r.memflags |= rnd(8) == 0 ? MEMF_no_owner : 0;
	r.memflags |= rnd(4) == 0 ? MEMF_no_refcount : 0;
	if (rnd(8) == 0) {
		r.memflags |= MEMF_bits(bits);
		r.hi = least(r.hi, 1UL << (bits - PAGE_SHIFT));
	}
	if (rnd(16) == 0) {
		r.memflags |= MEMF_no_dma;
		r.lo = XMEM_PORT_DMA_MFNS;
	}
	return r;
}

static bool is_counted(const struct request *r)
{
	return r->whose >= OWNED &&
	       (r->memflags & (MEMF_no_owner | MEMF_no_refcount)) == 0;
}

/* May frame @mfn be had by @r? */
static bool may_have(const struct request *r, unsigned long mfn)
{
	unsigned int wanted = r->memflags >> MEMF_node_shift & MEMF_node_mask;
	unsigned int node = wanted == 0 ? fake.cpu_node : wanted - 1;

	if (wanted > MAX_NUMNODES || what[mfn] != FREE || of_xenheap[mfn] ||
	    mfn < r->lo || mfn >= r->hi) {
		return false;
	}
	return (r->memflags & MEMF_exact_node) == 0 ||
	       fake_mfn_to_node(mfn) == node;
}

/* How many frames @r must get. */
static unsigned long judge(const struct request *r)
{
	unsigned long nr = least(r->nr, XMEM_FRAMES_A_CALL);
	unsigned long free = 0;

	if (is_counted(r)) {
		const struct xmem_owner *o = &domain_of(r->whose)->mem;

		nr = o->tot_pages < o->max_pages
			     ? least(nr, o->max_pages - o->tot_pages)
			     : 0;
	}
	for (unsigned long i = 1; i < m.frames; i++) {
		free += may_have(r, i);
	}
	return least(nr, free);
}

/* The frames of the list are @r's. In the partial layout none of the xenheap's
 * is taken on a node that has others. */
static void take_list(const struct request *r, unsigned long nr)
{
	bool owned = r->whose >= OWNED && (r->memflags & MEMF_no_owner) == 0;

	for (unsigned long i = 0; i < nr; i++) {
		unsigned long mfn = list[i];

		assert_true(mfn < m.frames && may_have(r, mfn));
		if ((r->memflags & MEMF_no_scrub) == 0) {
			assert_int_equal(fake_stain[mfn], 0);
		}
		fake_stain[mfn] = 1;
		counted[mfn] = is_counted(r);
		set(mfn, owned ? r->whose : NOBODYS);
	}
}

static void check_xenheap_was_spared(const struct request *r, unsigned long nr)
{
	bool low[MAX_NUMNODES] = {false};

	if (xmem_host_layout != XMEM_LAYOUT_PARTIAL) {
		return;
	}
	for (unsigned long i = 0; i < nr; i++) {
		low[fake_mfn_to_node(list[i])] |= list[i] < m.xen_end;
	}
	for (unsigned long i = m.xen_end; i < m.frames; i++) {
		assert_false(may_have(r, i) && low[fake_mfn_to_node(i)]);
	}
}

static void step_alloc(void)
{
	struct request r = some_request();
	struct domain *d = domain_of(r.whose);
	bool by_page = rnd(4) == 0;
	bool fails = rnd(16) == 0;
	unsigned long must = fails ? 0 : judge(&r);
	unsigned long got;

	fake_fail(fails, false);
	if (by_page) {
		got = xmem_alloc_frame_pages(d, r.nr, r.memflags, pages);
		for (unsigned long i = 0; i < got; i++) {
			list[i] = mfn_of(pages[i]);
		}
	} else {
		got = xmem_alloc_frames(d, r.nr, r.memflags, list);
	}
	fake_fail(0, false);
	assert_int_equal(got, must);
	take_list(&r, got);
	check_xenheap_was_spared(&r, got);
	m.nr_allocs += got > 64;
	m.nr_short += got > 0 && got < r.nr;
}

/* ---- frees ---- */

/* A list of up to @most frames of @whose, from a random place on. */
static unsigned long list_some(unsigned char whose, unsigned long most)
{
	unsigned long from = rnd(m.frames);
	unsigned long nr = 0;

	for (unsigned long i = 0; i < m.frames && nr < most; i++) {
		unsigned long mfn = (from + i) % m.frames;

		if (what[mfn] == whose && rnd(8) != 0) {
			list[nr++] = mfn;
		}
	}
	return nr;
}

static void swap(unsigned long i, unsigned long k)
{
	unsigned long mfn = list[i];

	list[i] = list[k];
	list[k] = mfn;
}

static void shuffle(unsigned long nr)
{
	unsigned long within = rnd(3) == 0 ? nr : 1 + rnd(100);

	for (unsigned long i = 0; i < nr; i++) {
		swap(i, i + rnd(least(within, nr - i)));
	}
}

static void free_list(unsigned char whose, unsigned long nr)
{
	struct domain *d = domain_of(whose);
	unsigned long done;

	if (rnd(4) == 0) {
		for (unsigned long i = 0; i < nr; i++) {
			pages[i] = mfn_to_page(_mfn(list[i]));
		}
		done = xmem_free_frame_pages(d, pages, nr);
	} else {
		done = xmem_free_frames(d, list, nr);
	}
	assert_int_equal(done, least(nr, XMEM_FRAMES_A_CALL));
	for (unsigned long i = 0; i < done; i++) {
		set(list[i], FREE);
	}
}

static unsigned char somebody(void)
{
	return (unsigned char)(rnd(3) == 0 ? NOBODYS : OWNED + rnd(NR_OWNERS));
}

static void step_free(void)
{
	unsigned char whose = somebody();
	unsigned long nr =
		list_some(whose, rnd(4) == 0 ? m.frames : 1 + rnd(300));

	shuffle(nr);
	free_list(whose, nr);
	m.nr_frees += nr > 64;
}

/* Apart, as a panic is a longjmp. */
static void expect_refused(struct domain *d, unsigned long nr)
{
	EXPECT_PANIC((void)!xmem_free_frames(d, list, nr),
		     "xmem_free_frames: entry ");
}

/* One entry of the list is bad: its batch stays, and all behind it. */
static void step_refused(void)
{
	unsigned char whose = somebody();
	unsigned long nr = list_some(whose, 1 + rnd(2000));
	unsigned long bad = rnd(m.frames);
	unsigned long at, done = 0;

	if (nr == 0 || what[bad] == whose) {
		return;
	}
	at = rnd(nr);
	list[at] = bad;
	expect_refused(domain_of(whose), nr);
	while (done < at && xmem_frame_is_free(_mfn(list[done]))) {
		set(list[done], FREE);
		done++;
	}
	for (unsigned long i = done; i < nr; i++) {
		assert_true(i == at || !xmem_frame_is_free(_mfn(list[i])));
	}
	m.nr_refused++;
}

/* ---- blocks and single frames, by the other functions ---- */

static void step_block(void)
{
	unsigned char whose = somebody();
	unsigned int order = (unsigned int)rnd(8);
	bool xen = rnd(4) == 0;
	void *va = NULL;
	struct page_info *pg = NULL;
	unsigned long mfn;

	if (xen) {
		va = alloc_xenheap_pages(order, 0);
	} else {
		pg = alloc_domheap_pages(domain_of(whose), order,
					 MEMF_no_scrub);
	}
	if (va == NULL && pg == NULL) {
		return;
	}
	mfn = xen ? virt_to_mfn(va) : mfn_of(pg);
	for (unsigned long i = mfn; i < mfn + (1UL << order); i++) {
		assert_int_equal(what[i], FREE);
		counted[i] = true;
		fake_stain[i] = 1;
		set(i, xen ? XEN : whose);
	}
}

static void step_single_free(void)
{
	for (unsigned long n = 1 + rnd(30); n > 0; n--) {
		unsigned long mfn = rnd(m.frames);

		if (what[mfn] == XEN) {
			free_xenheap_page(mfn_to_virt(mfn));
		} else if (what[mfn] >= NOBODYS) {
			free_domheap_page(mfn_to_page(_mfn(mfn)));
		} else {
			continue;
		}
		set(mfn, FREE);
	}
}

static void step_quota(void)
{
	owner[rnd(NR_OWNERS)].mem.max_pages =
		rnd(3) == 0 ? ~0UL : rnd(m.frames / 2);
}

static void step(void)
{
	unsigned long die = rnd(16);

	if (die < 6) {
		step_alloc();
	} else if (die < 11) {
		step_free();
	} else if (die < 12) {
		step_refused();
	} else if (die < 14) {
		step_block();
	} else if (die < 15) {
		step_single_free();
	} else {
		step_quota();
	}
}

/* ---- the machine ---- */

static void power_on(unsigned long frames, unsigned long node_frames,
		     unsigned int layout)
{
	memset(&m, 0, sizeof(m));
	memset(what, UNKNOWN, sizeof(what));
	memset(of_xenheap, 0, sizeof(of_xenheap));
	m.frames = frames;
	m.seed = 0x600d5eed + layout;
	m.xen_end = fake_power_on(frames, node_frames, layout);
	for (unsigned int i = 0; i < NR_OWNERS; i++) {
		xmem_owner_init(&owner[i].mem, ~0UL, i);
	}
}

static void add_span(unsigned long smfn, unsigned long emfn, bool xen)
{
	for (unsigned long i = smfn; i < emfn; i++) {
		of_xenheap[i] = xen;
		set(i, FREE);
	}
	fake_add(smfn, emfn, xen);
}

static struct xmem_heap_stats stats_of(unsigned int node)
{
	struct xmem_heap_stats stats;

	xmem_heap_get_stats(node, &stats);
	return stats;
}

static bool has_any(unsigned char whose)
{
	return memchr(what, whose, m.frames) != NULL;
}

static void free_all(void)
{
	for (unsigned long i = 0; i < m.frames; i++) {
		if (what[i] == XEN) {
			free_xenheap_page(mfn_to_virt(i));
			set(i, FREE);
		}
	}
	for (unsigned char whose = NOBODYS; whose < OWNED + NR_OWNERS;
	     whose += whose == NOBODYS ? OWNED - NOBODYS : 1) {
		while (has_any(whose)) {
			unsigned long nr = list_some(whose, m.frames);

			shuffle(nr);
			free_list(whose, nr);
		}
	}
}

static void run(unsigned long steps, unsigned long check_every)
{
	struct xmem_heap_stats before[MAX_NUMNODES];

	for (unsigned int n = 0; n < MAX_NUMNODES; n++) {
		before[n] = stats_of(n);
	}
	steps = test_steps(steps);
	check_all();
	for (unsigned long i = 1; i <= steps; i++) {
		step();
		if (i % check_every == 0) {
			check_all();
		}
	}
	free_all();
	check_all();
	for (unsigned int n = 0; n < MAX_NUMNODES; n++) {
		struct xmem_heap_stats now = stats_of(n);

		assert_memory_equal(now.free_blocks, before[n].free_blocks,
				    sizeof(now.free_blocks));
	}
	print_message("# large: %lu allocations, %lu frees; %lu short, "
		      "%lu refused\n",
		      m.nr_allocs, m.nr_frees, m.nr_short, m.nr_refused);
	assert_true(steps < 10000 || m.nr_short > 0);
	assert_true(steps < 10000 || m.nr_refused > 0);
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
	run(5000, 200);
	assert_true(m.nr_allocs >= test_steps(500));
	assert_true(m.nr_frees >= test_steps(500));
}

/* Four nodes of 24 frames, many spans: words are cut everywhere. */
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
	run(25000, 1);
}

#include "layout_tests.h"

TEST_MAIN(tests)
