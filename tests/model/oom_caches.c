/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * oom_caches.c - caches of CPUs and lists of frames when the n-th page cannot
 * be had, and when there are just so many frames
 *
 * Two CPUs with caches. First each allocation call is made to fail on purpose,
 * at each n, once and for good: a call that fails has changed nothing at all,
 * neither in the heap nor in a cache. Then all but m frames are in use, for
 * each m that matters, and these are in the heap, in this CPU's cache, in the
 * other's, wait there to go back, or are spread over all of these. A call that
 * needs no more than there is succeeds. One that fails has changed nothing that
 * can be seen: every frame that was free is free, and as clean or dirty as it
 * was; accounts and what the port was told are as before. xmem_cpu_up() is
 * tried likewise.
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * flags: -DNR_CPUS=4096 -DXMEM_BUDDY_SUPER=9
 * pages: 4 KiB
 * include: tests/fake/page/include tests/fake/page
 */
#include "caches.h"

#define SUPER (1UL << HEAP_SUPER_ORDER)
#define SMFN  (8 * SUPER)
#define NR    (4 * SUPER)
#define MOST  NR /* frames of a list */

static struct domain d;

/* ---- what there is to be seen ---- */

struct seen {
	unsigned char state[NR]; /* clean, dirty, cached, used */
	unsigned char told[NR];	 /* free, as the port was told */
	unsigned long word[NR];
	struct domain *owner[NR];
	struct xmem_cache cache[2];
	unsigned long free, owned;
};

static void look(struct seen *s)
{
	memset(s, 0, sizeof(*s));
	for (unsigned long i = 0; i < NR; i++) {
		const struct page_info *pg = mfn_to_page(_mfn(SMFN + i));

		s->state[i] = (unsigned char)xmem_heap_frame_state(SMFN + i);
		s->told[i] = fake_free[SMFN + i];
		s->word[i] = pg->count_info;
		s->owner[i] = pg->owner;
	}
	for (unsigned int cpu = 0; cpu < 2; cpu++) {
		memcpy(&s->cache[cpu], caches_of(cpu), sizeof(s->cache[cpu]));
	}
	s->free = total_free_pages();
	s->owned = d.mem.tot_pages;
}

static void check(void)
{
	ASSERT_VALID(xmem_heap_check());
	assert_int_equal(fake.hook_errors, 0);
	for (unsigned long i = 0; i < NR; i++) {
		assert_int_equal(fake_free[SMFN + i],
				 xmem_heap_frame_state(SMFN + i) !=
					 XMEM_FRAME_USED);
	}
}

/* The same, to the last slot. */
static void expect_same(const struct seen *was)
{
	static struct seen now;

	look(&now);
	assert_memory_equal(&now, was, sizeof(now));
	check();
}

/* What is in a cache may be in the heap now, or the other way round. */
static unsigned char simple_state(const struct seen *s, unsigned long i)
{
	return s->state[i] == XMEM_FRAME_USED ? XMEM_FRAME_USED
					      : XMEM_FRAME_DIRTY;
}

static void expect_same_free(const struct seen *was)
{
	static struct seen now;

	look(&now);
	for (unsigned long i = 0; i < NR; i++) {
		assert_int_equal(simple_state(&now, i), simple_state(was, i));
		assert_false(now.state[i] == XMEM_FRAME_CLEAN &&
			     was->state[i] == XMEM_FRAME_DIRTY);
		assert_false(now.state[i] == XMEM_FRAME_DIRTY &&
			     was->state[i] == XMEM_FRAME_CLEAN);
		assert_int_equal(now.word[i], was->word[i]);
		assert_ptr_equal(now.owner[i], was->owner[i]);
	}
	assert_memory_equal(now.told, was->told, sizeof(now.told));
	assert_int_equal(now.free, was->free);
	assert_int_equal(now.owned, was->owned);
	check();
}

/* ---- the calls ---- */

struct call {
	const char *name;
	unsigned long nr;   /* frames: of a list, */
	unsigned int order; /* or of a block */
	enum { BLOCK, OWNED, XENHEAP, LIST, OWNED_LIST, PAGE_LIST } how;
	unsigned int memflags;
};

static const struct call calls[] = {
	{"frame", 1, 0, BLOCK, 0},
	{"frame, as it is", 1, 0, BLOCK, MEMF_no_scrub},
	{"owned frame", 1, 0, OWNED, 0},
	{"xenheap page", 1, 0, XENHEAP, 0},
	{"low frame", 1, 0, BLOCK, MEMF_bits(PAGE_SHIFT + 20)},
	{"two", 2, 1, BLOCK, 0},
	{"two owned", 2, 1, OWNED, 0},
	{"four", 4, 2, XENHEAP, 0},
	{"eight", 8, 3, BLOCK, 0},
	{"eight owned", 8, 3, OWNED, 0},
	{"16", 16, 4, BLOCK, 0},
	{"superpage", SUPER, HEAP_SUPER_ORDER, BLOCK, MEMF_no_scrub},
	{"owned superpage", SUPER, HEAP_SUPER_ORDER, OWNED, MEMF_no_scrub},
	{"list of one", 1, 0, LIST, 0},
	{"list", 70, 0, LIST, MEMF_no_scrub},
	{"owned list", 70, 0, OWNED_LIST, MEMF_no_scrub},
	{"long list", 2 * SUPER + 9, 0, OWNED_LIST, MEMF_no_scrub},
	{"list of pages", 130, 0, PAGE_LIST, MEMF_no_scrub},
};
#define NR_CALLS (sizeof(calls) / sizeof(calls[0]))

static unsigned long mfns[MOST];
static struct page_info *pages[MOST];

static bool is_list(const struct call *c)
{
	return c->how >= LIST;
}

/* Return: frames that were allocated; the first ones in @mfns. */
static unsigned long make(const struct call *c)
{
	struct page_info *pg;
	void *va;

	switch (c->how) {
	case LIST:
		return xmem_alloc_frames(NULL, c->nr, c->memflags, mfns);
	case OWNED_LIST:
		return xmem_alloc_frames(&d, c->nr, c->memflags, mfns);
	case PAGE_LIST:
		return xmem_alloc_frame_pages(NULL, c->nr, c->memflags, pages);
	case XENHEAP:
		va = alloc_xenheap_pages(c->order, c->memflags);
		pg = va != NULL ? virt_to_page(va) : NULL;
		break;
	default:
		pg = alloc_domheap_pages(c->how == OWNED ? &d : NULL, c->order,
					 c->memflags);
		break;
	}
	mfns[0] = pg != NULL ? mfn_of(pg) : 0;
	return pg != NULL ? c->nr : 0;
}

static void unmake(const struct call *c, unsigned long nr)
{
	if (c->how == PAGE_LIST) {
		assert_int_equal(xmem_free_frame_pages(NULL, pages, nr), nr);
	} else if (is_list(c)) {
		assert_int_equal(
			xmem_free_frames(c->how == LIST ? NULL : &d, mfns, nr),
			nr);
	} else if (nr > 0 && c->how == XENHEAP) {
		free_xenheap_pages(mfn_to_virt(mfns[0]), c->order);
	} else if (nr > 0) {
		free_domheap_pages(mfn_to_page(_mfn(mfns[0])), c->order);
	}
}

static unsigned long counted(const struct call *c, unsigned long nr)
{
	return c->how == OWNED || c->how == OWNED_LIST ? nr : 0;
}

/* ---- a machine with two CPUs ---- */

static void set_up(void)
{
	fake_reset();
	for (unsigned int cpu = 0; cpu < 2; cpu++) {
		caches_up(cpu, 0, false);
	}
	fake_add(SMFN, SMFN + NR, false);
	/* The upper half is clean. */
	for (unsigned long i = NR / 2; i < NR; i += SUPER) {
		bool dirty;

		assert_int_equal(
			xmem_block_take_at(SMFN + i, HEAP_SUPER_ORDER, &dirty),
			0);
		assert_int_equal(
			xmem_block_give(SMFN + i, HEAP_SUPER_ORDER, true), 0);
	}
	xmem_owner_init(&d.mem, ~0UL, 0);
}

/* ---- failures on purpose ---- */

/* Something lies in stacks, or nothing does. */
static void warm(const struct call *c)
{
	unsigned long nr = make(c);

	assert_int_equal(nr, c->nr);
	unmake(c, nr);
}

static void fail_call(const struct call *c, bool warmed, bool after)
{
	static struct seen was;
	unsigned long got = 0;

	for (unsigned long n = 1; got != c->nr; n++) {
		set_up();
		if (warmed) {
			warm(c);
		}
		look(&was);
		fake_fail(n, after);
		got = make(c);
		fake_fail(0, false);
		assert_int_equal(total_free_pages(), was.free - got);
		assert_int_equal(d.mem.tot_pages, counted(c, got));
		if (got == 0) {
			expect_same(&was);
		}
		check();
		unmake(c, got);
		assert_int_equal(total_free_pages(), was.free);
		assert_int_equal(d.mem.tot_pages, 0);
		check();
		/* One failure at the most for each lock hold of a list. */
		assert_in_range(n, 1, 2 + c->nr);
	}
}

static void calls_that_fail_on_purpose(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR_CALLS; i++) {
		fail_call(&calls[i], false, false);
		fail_call(&calls[i], false, true);
		fail_call(&calls[i], true, false);
		fail_call(&calls[i], true, true);
	}
}

/* ---- just so many frames ---- */

enum place { IN_HEAP, IN_OWN, IN_OTHER, PENDING, SPREAD, NR_PLACES };

/* Is frame number @i of @m among those that are free? They are neighbours, so
 * that they make blocks. */
static unsigned long free_frame(unsigned long i)
{
	return SMFN + SUPER + i;
}

static void put(unsigned long mfn, enum place place)
{
	struct xmem_cache *c = caches_of(place == IN_OWN ? 0 : 1);
	struct page_info *pg = mfn_to_page(_mfn(mfn));

	xmem_host_this_cpu = place == IN_OWN ? 0 : 1;
	c->short_of_frames = false;
	if (place == IN_OWN || place == IN_OTHER) {
		c->kind[0].frames.frontier = 0;
	}
	if (place == IN_HEAP) {
		free_domheap_pages(pg, 0);
	} else {
		/* It came from the heap: here it is as if from a cache. */
		struct heap_node *node = heap_node_of(mfn);

		heap_node_lock(node);
		assert_int_equal(xmem_heap_describe(node, mfn, 0, true), 0);
		heap_node_unlock(node);
		xmem_page_set_live(pg, XMEM_LIVE_FRAME);
		free_domheap_pages(pg, 0);
	}
	c->kind[0].frames.frontier = ~(uintptr_t)0;
	xmem_host_this_cpu = 0;
}

static enum place place_of(enum place place, unsigned long i)
{
	return place == SPREAD ? (enum place)(i % SPREAD) : place;
}

/* All but @m frames are in use, by nobody; these are at @place. */
static void leave(unsigned long m, enum place place)
{
	set_up();
	assert_int_equal(xmem_take_range(_mfn(SMFN), NR, MEMF_no_scrub), 0);
	for (unsigned long i = 0; i < m; i++) {
		put(free_frame(i), place_of(place, i));
	}
	assert_int_equal(total_free_pages(), m);
}

/* Of @m frames, neighbours from a superpage's border on: how many does @c get?
 */
static unsigned long expected(const struct call *c, unsigned long m)
{
	if (is_list(c)) {
		return c->nr < m ? c->nr : m;
	}
	return m >= c->nr ? c->nr : 0;
}

static void try_with(const struct call *c, unsigned long m, enum place place)
{
	static struct seen was;
	unsigned long got;

	leave(m, place);
	look(&was);
	got = make(c);
	assert_int_equal(got, expected(c, m));
	if (got == 0) {
		expect_same_free(&was);
	}
	assert_int_equal(total_free_pages(), m - got);
	assert_int_equal(d.mem.tot_pages, counted(c, got));
	check();
	unmake(c, got);
	assert_int_equal(total_free_pages(), m);
	assert_int_equal(d.mem.tot_pages, 0);
	check();
}

static void just_so_many_frames(void **state)
{
	static const unsigned long some[] = {0,	 1,  2,	 3,  4,	 7,   8,  9,
					     15, 16, 63, 64, 65, 100, 130};

	(void)state;
	for (size_t i = 0; i < NR_CALLS; i++) {
		for (size_t k = 0; k < sizeof(some) / sizeof(some[0]); k++) {
			for (unsigned int p = 0; p < NR_PLACES; p++) {
				try_with(&calls[i], some[k], (enum place)p);
			}
		}
	}
}

/* A quota that has room for @room more. */
static void a_quota_cuts_lists(void **state)
{
	static struct seen was;

	(void)state;
	for (size_t i = 0; i < NR_CALLS; i++) {
		const struct call *c = &calls[i];

		for (unsigned long room = 0; counted(c, 1) != 0 && room < 80;
		     room++) {
			unsigned long got;

			if (room % 8 == 0) {
				set_up();
			}
			d.mem.max_pages = room;
			look(&was);
			got = make(c);
			assert_int_equal(got, expected(c, room));
			if (got == 0) {
				expect_same(&was);
			}
			assert_int_equal(d.mem.tot_pages, got);
			unmake(c, got);
			assert_int_equal(d.mem.tot_pages, 0);
			check();
		}
	}
}

/* ---- a CPU that comes up ---- */

/* CPU 3's place in the table is there. That of many others is not, and comes
 * with the first of them: so each time it is another one. */
static unsigned int next_cpu(unsigned int i)
{
	static unsigned int leaf;

	return i % 2 == 0 ? 3 : CACHE_LEAF_CPUS * ++leaf + 6;
}

static void a_cpu_that_cannot_come_up(void **state)
{
	static struct seen was;

	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		int rc = -XMEM_ENOMEM;

		for (unsigned long n = 1; rc != 0; n++) {
			unsigned int cpu = next_cpu(i);
			unsigned long own = caches_pages(cpu);

			set_up();
			look(&was);
			fake_fail(n, i >= 2);
			rc = xmem_cpu_up(cpu, 0);
			fake_fail(0, false);
			if (rc != 0) {
				assert_int_equal(rc, -XMEM_ENOMEM);
				expect_same(&was);
				assert_null(caches_of(cpu));
				assert_int_equal(xmem_cpu_up(cpu, 0), 0);
			}
			assert_int_equal(total_free_pages(), was.free - own);
			assert_int_equal(xmem_cpu_down(cpu), 0);
			assert_int_equal(total_free_pages(), was.free - own);
			check();
			assert_in_range(n, 1, 10);
		}
	}
}

/* CPU @cpu comes up where @m frames are free, at @place. */
static void come_up(unsigned int cpu, unsigned long m, enum place place)
{
	static struct seen was;

	leave(m, place);
	look(&was);
	if (m >= caches_pages(cpu)) {
		assert_int_equal(xmem_cpu_up(cpu, 0), 0);
		assert_int_equal(total_free_pages(), m - caches_pages(cpu));
		check();
	} else {
		assert_int_equal(xmem_cpu_up(cpu, 0), -XMEM_ENOMEM);
		assert_null(caches_of(cpu));
		expect_same_free(&was);
	}
}

/* Its memory is had wherever it lies, or nothing has changed. */
static void a_cpu_that_needs_the_last_frames(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		for (unsigned long m = 0; m <= 2; m++) {
			for (unsigned int p = 0; p < NR_PLACES; p++) {
				come_up(next_cpu(i), m, (enum place)p);
			}
		}
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(calls_that_fail_on_purpose),
	cmocka_unit_test(just_so_many_frames),
	cmocka_unit_test(a_quota_cuts_lists),
	cmocka_unit_test(a_cpu_that_cannot_come_up),
	cmocka_unit_test(a_cpu_that_needs_the_last_frames),
};

TEST_MAIN(tests)
