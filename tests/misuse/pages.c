/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pages.c - every misuse of the page layer, and its exact outcome
 *
 * A panic names the address, what was found and the caller; afterwards the
 * heap, the accounts and the descriptors are as before. Bad requests that
 * may legitimately occur give NULL.
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "refused.h"

#include "heap/heap_priv.h"

/* 1024 frames; a domain. */
static int set_up(void **state)
{
	(void)state;
	fake_reset();
	fake_add(1024, 2048, false);
	xmem_owner_init(&d.mem, 100, 0);
	return 0;
}

/* ---- requests that give NULL ---- */

static void no_heap_gives_null(void **state)
{
	(void)state;
	fake_reset();
	assert_null(alloc_domheap_pages(NULL, 0, 0));
	assert_null(alloc_domheap_pages(&d, 0, 0));
	assert_null(alloc_xenheap_pages(0, 0));
	assert_int_equal(d.mem.tot_pages, 0);
}

static void absurd_order_gives_null(void **state)
{
	(void)state;
	assert_null(alloc_domheap_pages(&d, MAX_ORDER + 1, 0));
	assert_null(alloc_domheap_pages(&d, ~0U, 0));
	assert_null(alloc_xenheap_pages(MAX_ORDER + 1, 0));
	assert_null(alloc_xenheap_pages(~0U, 0));
	assert_int_equal(d.mem.tot_pages, 0);
	fake_check();
}

static void bits_that_no_page_fits_give_null(void **state)
{
	(void)state;
	for (unsigned int bits = 1; bits <= 64; bits++) {
		struct page_info *pg =
			alloc_domheap_pages(&d, 0, MEMF_bits(bits));

		assert_int_equal(pg != NULL, bits > PAGE_SHIFT + 10);
		if (pg != NULL) {
			free_domheap_page(pg);
		}
	}
	assert_int_equal(total_free_pages(), 1024);
	fake_check();
}

static void node_out_of_range_gives_null(void **state)
{
	(void)state;
	assert_null(alloc_domheap_pages(&d, 0, MEMF_node(MAX_NUMNODES)));
	assert_null(alloc_xenheap_pages(0, MEMF_node(200)));
	assert_int_equal(d.mem.tot_pages, 0);
	fake_check();
}

/* ---- xenheap ---- */

static void free_of_null_is_ignored(void **state)
{
	(void)state;
	free_xenheap_pages(NULL, 0);
	free_xenheap_pages(NULL, MAX_ORDER + 1);
	fake_check();
}

static void xenheap_double_free_is_found(void **state)
{
	void *va = alloc_xenheap_page();

	(void)state;
	free_xenheap_page(va);
	EXPECT_REFUSED(free_xenheap_page(va),
		       TEXT("heap: free of page %p order 0: frame 7ff is free "
			    "already",
			    va));
}

static void xenheap_partial_double_free_is_found(void **state)
{
	char *va = alloc_xenheap_pages(1, 0);

	(void)state;
	free_xenheap_page(va + PAGE_SIZE);
	EXPECT_REFUSED(free_xenheap_pages(va, 1),
		       TEXT("%p order 1: frame 7ff is free already", va));
	free_xenheap_page(va);
	assert_int_equal(total_free_pages(), 1024);
}

static void xenheap_interior_pointer_is_found(void **state)
{
	char *va = alloc_xenheap_pages(2, 0);

	(void)state;
	EXPECT_REFUSED(free_xenheap_pages(va + 8, 0),
		       TEXT("free_xenheap_pages: %p is not aligned to order 0",
			    va + 8));
	EXPECT_REFUSED(
		free_xenheap_pages(va + PAGE_SIZE, 1),
		TEXT("%p order 1: frame 7fd is not aligned", va + PAGE_SIZE));
	EXPECT_REFUSED(free_xenheap_pages(va, MAX_ORDER + 1),
		       TEXT("%p order %u: frame 7fc is not aligned", va,
			    MAX_ORDER + 1));
	EXPECT_REFUSED(free_xenheap_pages(va, ~0U),
		       TEXT("%p order %u: frame 7fc is not aligned", va, ~0U));
}

static void xenheap_foreign_pointer_is_found(void **state)
{
	char here;
	void *heap = malloc(10);

	(void)state;
	EXPECT_REFUSED(free_xenheap_page(&here),
		       TEXT("free_xenheap_pages: %p is not a xenheap address",
			    (void *)&here));
	EXPECT_REFUSED(free_xenheap_page(heap), "is not a xenheap address");
	EXPECT_REFUSED(free_xenheap_page((void *)(uintptr_t)PAGE_SIZE),
		       "is not a xenheap address");
	EXPECT_REFUSED(free_xenheap_page((void *)(0 - PAGE_SIZE)),
		       "is not a xenheap address");
	EXPECT_REFUSED(free_xenheap_page(mfn_to_virt(FAKE_FRAMES)),
		       "is not a xenheap address");
	free(heap);
}

static void xenheap_free_of_a_hole_is_found(void **state)
{
	(void)state;
	fake_hole = 5000;
	fake_hole_end = 6000;
	EXPECT_REFUSED(free_xenheap_page(mfn_to_virt(5500)),
		       "is not a xenheap address");
}

static void xenheap_free_of_unmapped_frame_is_found(void **state)
{
	struct page_info *pg = alloc_domheap_page(NULL, 0);

	(void)state;
	fake_mapped_end = 2000;
	EXPECT_REFUSED(free_xenheap_page(page_to_virt(pg)),
		       "is not a xenheap address");
}

static void xenheap_free_beyond_ram_is_found(void **state)
{
	static _Alignas(16) char meta[1 << 12];
	unsigned long last = FAKE_FRAMES - 2;

	(void)state;
	assert_int_equal(xmem_heap_add_span(last, FAKE_FRAMES, 0, false, meta),
			 0);
	fake_hole = last + 1;
	fake_hole_end = FAKE_FRAMES;
	xmem_page_set_xenheap(mfn_to_page(_mfn(last)));
	EXPECT_REFUSED(free_xenheap_pages(mfn_to_virt(last), 1),
		       "is no such block of RAM");
}

static void xenheap_free_of_frame_never_given_is_found(void **state)
{
	(void)state;
	EXPECT_REFUSED(free_xenheap_page(mfn_to_virt(3000)),
		       "frame bb8 is unknown to the heap");
}

static void domheap_page_freed_as_xenheap_is_found(void **state)
{
	struct page_info *pg = alloc_domheap_page(&d, 0);

	(void)state;
	EXPECT_REFUSED(free_xenheap_page(page_to_virt(pg)),
		       TEXT("%p order 0: frame 7ff is in use, but not as "
			    "xenheap",
			    page_to_virt(pg)));
	free_domheap_page(pg);
}

static void xenheap_page_still_referenced_is_found(void **state)
{
	char *va = alloc_xenheap_pages(1, 0);
	struct page_info *pg = virt_to_page(va + PAGE_SIZE);

	(void)state;
	pg->count_info++;
	EXPECT_REFUSED(free_xenheap_pages(va, 1),
		       TEXT("%p order 1: frame 7ff is still referenced", va));
	assert_true(is_xen_heap_page(virt_to_page(va)));
	pg->count_info--;
	free_xenheap_pages(va, 1);
	fake_check();
}

/* A block that reaches from one span into the next cannot have been one. */
static void xenheap_free_across_spans_is_found(void **state)
{
	void *low;

	(void)state;
	fake_reset();
	fake_add(1023, 1025, false);
	fake_add(1025, 1026, false);
	for (int i = 0; i < 3; i++) {
		low = alloc_xenheap_page();
	}
	low = mfn_to_virt(1024);
	EXPECT_REFUSED(free_xenheap_pages(low, 1),
		       "frame 400 order 1: misaligned or beyond its span");
	assert_true(is_xen_heap_page(virt_to_page(low)));
}

/* ---- domheap ---- */

static void domheap_double_free_is_found(void **state)
{
	struct page_info *pg = alloc_domheap_page(NULL, 0);

	(void)state;
	free_domheap_page(pg);
	EXPECT_REFUSED(free_domheap_page(pg),
		       "double free of frame 7ff order 0: it is free already");
	pg = alloc_domheap_pages(&d, 3, 0);
	free_domheap_pages(pg, 3);
	EXPECT_REFUSED(free_domheap_pages(pg, 3),
		       "double free of frame 7f8 order 3: it is free already");
}

/* At once, with another free in between, and of a part. */
static void domheap_double_free_in_any_order_is_found(void **state)
{
	struct page_info *a = alloc_domheap_page(&d, 0);
	struct page_info *b = alloc_domheap_page(&d, 0);

	(void)state;
	free_domheap_page(a);
	free_domheap_page(b);
	EXPECT_REFUSED(free_domheap_page(a), "double free of frame 7ff");
	EXPECT_REFUSED(free_domheap_page(b), "double free of frame 7fe");
	EXPECT_REFUSED(free_domheap_pages(b, 1), "double free of frame 7fe");
}

static void domheap_partial_double_free_is_found(void **state)
{
	struct page_info *pg = alloc_domheap_pages(NULL, 1, 0);

	(void)state;
	free_domheap_page(pg + 1);
	EXPECT_REFUSED(free_domheap_pages(pg, 1),
		       "double free of frame 7fe order 1");
	free_domheap_page(pg);
	pg = alloc_domheap_pages(&d, 1, 0);
	free_domheap_page(pg + 1);
	EXPECT_REFUSED(free_domheap_pages(pg, 1),
		       "frame 7fe order 1: frame 7ff is free already");
	free_domheap_page(pg);
	pg = alloc_domheap_pages(&d, 1, 0);
	free_domheap_page(pg);
	EXPECT_REFUSED(free_domheap_pages(pg, 1),
		       "frame 7fe order 1: frame 7ff is not of the owner of "
		       "the first frame");
	free_domheap_page(pg + 1);
	assert_int_equal(total_free_pages(), 1024);
}

static void domheap_misaligned_free_is_found(void **state)
{
	struct page_info *pg = alloc_domheap_pages(NULL, 2, 0);

	(void)state;
	EXPECT_REFUSED(free_domheap_pages(pg + 1, 1),
		       "order 1: frame 7fd is not aligned");
	EXPECT_REFUSED(free_domheap_pages(pg, MAX_ORDER + 1),
		       "order 19: frame 7fc is not aligned");
	EXPECT_REFUSED(free_domheap_pages(pg, ~0U),
		       "order 4294967295: frame 7fc is not aligned");
}

static void domheap_foreign_pointer_is_found(void **state)
{
	struct page_info here;
	char *pg = (char *)alloc_domheap_page(NULL, 0);

	(void)state;
	EXPECT_REFUSED(free_domheap_page(&here),
		       TEXT("free_domheap_pages: %p is no page descriptor",
			    (void *)&here));
	EXPECT_REFUSED(free_domheap_page((struct page_info *)(void *)(pg + 8)),
		       TEXT("%p is no page descriptor", (void *)(pg + 8)));
	EXPECT_REFUSED(free_domheap_page(mfn_to_page(_mfn(FAKE_FRAMES))),
		       "is no page descriptor");
	fake_hole = 5000;
	fake_hole_end = 6000;
	EXPECT_REFUSED(free_domheap_page(mfn_to_page(_mfn(5000))),
		       "is no page descriptor");
	EXPECT_REFUSED(free_domheap_pages(mfn_to_page(_mfn(4096)), 10),
		       "order 10: frame 1000 is no such block of RAM");
}

static void domheap_free_of_frame_never_given_is_found(void **state)
{
	(void)state;
	EXPECT_REFUSED(free_domheap_page(mfn_to_page(_mfn(3000))),
		       "free of frame bb8 order 0: the heap does not know it");
	EXPECT_REFUSED(free_domheap_page(mfn_to_page(_mfn(0))),
		       "free of frame 0 order 0: the heap does not know it");
}

static void xenheap_page_freed_as_domheap_is_found(void **state)
{
	struct page_info *pg;

	(void)state;
	assert_non_null(alloc_xenheap_page());
	pg = alloc_domheap_page(NULL, 0);
	assert_int_equal(mfn_of(pg), 2046);
	EXPECT_REFUSED(free_domheap_page(pg + 1),
		       "frame 7ff order 0: frame 7ff is a xenheap page");
	/* Also where only a part of the block is. */
	EXPECT_REFUSED(free_domheap_pages(pg, 1),
		       "frame 7fe order 1: frame 7ff is a xenheap page");
	free_domheap_page(pg);
}

static void domheap_frame_still_referenced_is_found(void **state)
{
	struct page_info *pg = alloc_domheap_pages(&d, 2, 0);
	struct page_info *nobodys = alloc_domheap_pages(NULL, 2, 0);

	(void)state;
	pg[2].count_info++;
	nobodys[3].count_info++;
	EXPECT_REFUSED(free_domheap_pages(pg, 2),
		       "frame 7fc order 2: frame 7fe is still referenced");
	EXPECT_REFUSED(free_domheap_pages(nobodys, 2),
		       "frame 7f8 order 2: frame 7fb is still referenced");
	assert_ptr_equal(page_get_owner(pg), &d);
	pg[2].count_info--;
	nobodys[3].count_info--;
	free_domheap_pages(nobodys, 2);
	free_domheap_pages(pg, 2);
	fake_check();
}

static void other_owner_in_the_block_is_found(void **state)
{
	static struct domain other;
	struct page_info *pg;

	(void)state;
	xmem_owner_init(&other.mem, 1, 0);
	pg = alloc_domheap_page(&other, 0);
	pg = alloc_domheap_page(&d, 0);
	EXPECT_REFUSED(free_domheap_pages(pg, 1),
		       "frame 7fe order 1: frame 7ff is not of the owner of "
		       "the first frame");
	free_domheap_page(pg);
	/* The first frame is nobody's. */
	pg = alloc_domheap_page(NULL, 0);
	EXPECT_REFUSED(free_domheap_pages(pg, 1),
		       "frame 7fe order 1: frame 7ff is not of the owner");
	free_domheap_page(pg);
	free_domheap_page(pg + 1);
	assert_int_equal(other.mem.tot_pages, 0);
}

static void domheap_free_across_spans_is_found(void **state)
{
	struct page_info *pg;

	(void)state;
	fake_reset();
	fake_add(1023, 1025, false);
	fake_add(1025, 1026, false);
	for (int i = 0; i < 3; i++) {
		pg = alloc_domheap_page(&d, 0);
	}
	pg = mfn_to_page(_mfn(1024));
	EXPECT_REFUSED(free_domheap_pages(pg, 1),
		       "frame 400 order 1: misaligned or beyond its span");
	assert_ptr_equal(page_get_owner(pg), &d);
}

/* ---- holes ---- */

/* Frames that a page of the frame table describes, and an order at which a
 * block is four such pages long. */
#define DESCRIPTORS (PAGE_SIZE / sizeof(struct page_info))
#define HOLE_ORDER                                                             \
	(unsigned int)(PAGE_SHIFT - (sizeof(struct page_info) == 32 ? 5 : 4) + \
		       2)

/* A block with RAM at both ends and a hole in between, of one page of the
 * frame table: page @at of the block's four. All of it in one span. */
static struct page_info *block_with_a_hole(unsigned long at)
{
	static _Alignas(16) char meta[1 << 16];
	unsigned long first = 4 * DESCRIPTORS;
	unsigned long hole = first + at * DESCRIPTORS;

	assert_int_equal(1UL << HOLE_ORDER, 4 * DESCRIPTORS);
	fake_reset();
	xmem_owner_init(&d.mem, 100, 0);
	assert_int_equal(xmem_heap_add_span(first, 3 * first, 0, false, meta),
			 0);
	init_domheap_pages(PA(2 * first), PA(3 * first));
	fake_make_hole(hole, hole + DESCRIPTORS);
	return mfn_to_page(_mfn(first));
}

static void free_owned_across_a_hole(unsigned long at)
{
	struct page_info *pg = block_with_a_hole(at);

	EXPECT_REFUSED(free_domheap_pages(pg, HOLE_ORDER),
		       "no such block of RAM");
	for (unsigned long i = 0; i < at * DESCRIPTORS; i++) {
		xmem_page_set_owner(pg + i, &d, true);
	}
	EXPECT_REFUSED(free_domheap_pages(pg, HOLE_ORDER),
		       TEXT("free of frame %lx order %u: frame %lx is no "
			    "such block of RAM",
			    mfn_of(pg), HOLE_ORDER, mfn_of(pg)));
	assert_ptr_equal(page_get_owner(pg), &d);
}

/* Descriptors of a hole may not exist: a message, not a page fault. */
static void domheap_free_across_a_hole_is_found(void **state)
{
	(void)state;
	free_owned_across_a_hole(1);
	free_owned_across_a_hole(2);
}

static void free_xenheap_across_a_hole(unsigned long at)
{
	struct page_info *pg = block_with_a_hole(at);

	for (unsigned long i = 0; i < at * DESCRIPTORS; i++) {
		xmem_page_set_xenheap(pg + i);
	}
	EXPECT_REFUSED(free_xenheap_pages(page_to_virt(pg), HOLE_ORDER),
		       "no such block of RAM");
	assert_true(is_xen_heap_page(pg));
}

static void xenheap_free_across_a_hole_is_found(void **state)
{
	(void)state;
	free_xenheap_across_a_hole(1);
	free_xenheap_across_a_hole(2);
}

/* Runs need not be aligned: wherever the hole lies in them. */
static void run_across_a_hole_is_found(void **state)
{
	struct page_info *pg = block_with_a_hole(2);
	unsigned long mfn = mfn_of(pg);

	(void)state;
	for (unsigned long skip = 0; skip < 2 * DESCRIPTORS; skip += 7) {
		struct xmem_run run = {mfn + skip, 4 * DESCRIPTORS - skip};

		EXPECT_REFUSED(xmem_free_runs(&run, 1),
			       "the heap does not know it");
		run.nr -= DESCRIPTORS - 1;
		EXPECT_REFUSED(xmem_free_runs(&run, 1),
			       "the heap does not know it");
	}
}

/* ---- memory that enters ---- */

static void free_memory_given_again_is_found(void **state)
{
	(void)state;
	EXPECT_PANIC(init_domheap_pages(PA(2000), PA(3000)),
		     "init of frames 7d0..7ff: some are free already");
	EXPECT_PANIC(init_xenheap_pages(PA(1024), PA(1025)),
		     "init of frames 400..400: some are free already");
	assert_int_equal(total_free_pages(), 1024);
	fake_check();
}

/* Once every page allocation fails, for each n-th call: NULL, no change. */
/* A list with one wrong entry: it is named, and nothing has changed. */
static void bad_entry_of_a_list_is_found(void **state)
{
	unsigned long mfns[64];
	struct page_info *pg[64];
	struct domain other;

	(void)state;
	xmem_owner_init(&other.mem, 9, 1);
	assert_int_equal(xmem_alloc_frames(&d, 64, 0, mfns), 64);
	EXPECT_REFUSED((void)!xmem_free_frames(NULL, mfns, 64),
		       TEXT("entry 0: frame %lx is of another owner", mfns[0]));
	EXPECT_REFUSED((void)!xmem_free_frames(&other, mfns, 64),
		       TEXT("entry 0: frame %lx is of another owner", mfns[0]));
	free_domheap_page(mfn_to_page(_mfn(mfns[40])));
	EXPECT_REFUSED((void)!xmem_free_frames(&d, mfns, 64),
		       TEXT("entry 40: frame %lx is free already", mfns[40]));
	mfns[40] = mfns[1];
	EXPECT_REFUSED(
		(void)!xmem_free_frames(&d, mfns, 64),
		TEXT("entry 40: frame %lx is in the list twice", mfns[1]));
	mfns[40] = 5000;
	EXPECT_REFUSED((void)!xmem_free_frames(&d, mfns, 64),
		       TEXT("entry 40: frame %x is unknown to the heap", 5000));
	mfns[40] = mfns[63];
	assert_int_equal(xmem_free_frames(&d, mfns, 63), 63);
	assert_int_equal(xmem_alloc_frame_pages(NULL, 64, 0, pg), 64);
	pg[9] = (struct page_info *)((char *)pg[9] + 1);
	EXPECT_REFUSED((void)!xmem_free_frame_pages(NULL, pg, 64),
		       "entry 9: 0x");
	pg[9] = (struct page_info *)((char *)pg[9] - 1);
	assert_int_equal(xmem_free_frame_pages(NULL, pg, 64), 64);
	assert_int_equal(total_free_pages(), 1024);
	assert_int_equal(d.mem.tot_pages, 0);
}

static void failure_of_any_call_leaves_no_trace(void **state)
{
	struct xmem_run run;
	unsigned long got;

	(void)state;
	for (unsigned long n = 1; n <= 4; n++) {
		void *va;
		struct page_info *pg;
		unsigned int nr;
		unsigned long mfns[8];
		unsigned long nr_single;

		fake_fail(n, false);
		pg = alloc_domheap_pages(&d, 3, 0);
		va = alloc_xenheap_pages(3, 0);
		nr = xmem_alloc_runs(&run, 1, 8, 0, &got);
		nr_single = xmem_alloc_frames(&d, 8, 0, mfns);
		assert_int_equal(pg == NULL, n == 1);
		assert_int_equal(va == NULL, n == 2);
		assert_int_equal(nr == 0, n == 3);
		assert_int_equal(got, n == 3 ? 0 : 8);
		assert_int_equal(nr_single, n == 4 ? 0 : 8);
		assert_int_equal(d.mem.tot_pages, n == 1 || n == 4 ? 8 : 16);
		assert_int_equal(total_free_pages(), 1024 - 24);
		if (pg != NULL) {
			free_domheap_pages(pg, 3);
		}
		free_xenheap_pages(va, 3);
		xmem_free_runs(&run, nr);
		assert_int_equal(xmem_free_frames(&d, mfns, nr_single),
				 nr_single);
		assert_int_equal(total_free_pages(), 1024);
		fake_check();
	}
	fake_fail(1, true);
	assert_null(alloc_domheap_pages(&d, 0, 0));
	assert_null(alloc_xenheap_pages(0, 0));
	assert_int_equal(xmem_alloc_runs(&run, 1, 8, 0, &got), 0);
	/* Late memory then pays its own metadata. */
	init_domheap_pages(PA(4000), PA(5000));
	assert_true(total_free_pages() > 1990);
	fake_check();
}

#define T(name) cmocka_unit_test_setup(name, set_up)
static const struct CMUnitTest tests[] = {
	T(no_heap_gives_null),
	T(absurd_order_gives_null),
	T(bits_that_no_page_fits_give_null),
	T(node_out_of_range_gives_null),
	T(free_of_null_is_ignored),
	T(xenheap_double_free_is_found),
	T(xenheap_partial_double_free_is_found),
	T(xenheap_interior_pointer_is_found),
	T(xenheap_foreign_pointer_is_found),
	T(xenheap_free_of_a_hole_is_found),
	T(xenheap_free_of_unmapped_frame_is_found),
	T(xenheap_free_beyond_ram_is_found),
	T(xenheap_free_of_frame_never_given_is_found),
	T(domheap_page_freed_as_xenheap_is_found),
	T(xenheap_page_still_referenced_is_found),
	T(xenheap_free_across_spans_is_found),
	T(domheap_double_free_is_found),
	T(domheap_double_free_in_any_order_is_found),
	T(domheap_partial_double_free_is_found),
	T(domheap_misaligned_free_is_found),
	T(domheap_foreign_pointer_is_found),
	T(domheap_free_of_frame_never_given_is_found),
	T(xenheap_page_freed_as_domheap_is_found),
	T(domheap_frame_still_referenced_is_found),
	T(other_owner_in_the_block_is_found),
	T(domheap_free_across_spans_is_found),
	T(domheap_free_across_a_hole_is_found),
	T(xenheap_free_across_a_hole_is_found),
	T(run_across_a_hole_is_found),
	T(free_memory_given_again_is_found),
	T(bad_entry_of_a_list_is_found),
	T(failure_of_any_call_leaves_no_trace),
};

TEST_MAIN(tests)
