/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_runs.c - many frames at once: taken, freed, those of vmalloc
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "fake.h"

#include "heap/heap_priv.h"
#include "page/mark.h"

/* A free of frame @mfn that has passed its checks. */
static void release(unsigned long mfn)
{
	xmem_nobody_free(&(struct marked_block){.pg = mfn_to_page(_mfn(mfn)),
						.mfn = mfn});
}

/* No runs are no memory: nothing is read, nothing happens. */
static void no_runs_are_freed_silently(void **state)
{
	(void)state;
	fake_add(1000, 2000, false);
	xmem_free_runs(NULL, 0);
	assert_int_equal(total_free_pages(), 1000);
	fake_check();
}

/* Runs: powers of two, aligned, largest first, exactly what was asked. */
static void runs_are_largest_first(void **state)
{
	struct xmem_run runs[16];
	unsigned long got;
	unsigned int nr;

	(void)state;
	fake_add(1024, 2048, false);
	nr = xmem_alloc_runs(runs, 16, 100, MEMF_no_scrub, &got);
	assert_int_equal(nr, 3);
	assert_int_equal(got, 100);
	assert_int_equal(runs[0].nr, 64);
	assert_int_equal(runs[1].nr, 32);
	assert_int_equal(runs[2].nr, 4);
	for (unsigned int i = 0; i < nr; i++) {
		assert_int_equal(runs[i].mfn % runs[i].nr, 0);
	}
	assert_int_equal(total_free_pages(), 924);
	xmem_free_runs(runs, nr);
	assert_int_equal(total_free_pages(), 1024);
	fake_check();
}

/* Runs: as many as fit into the array, then the caller asks again. */
static void runs_stop_at_the_capacity(void **state)
{
	struct xmem_run runs[2];
	unsigned long got;

	(void)state;
	fake_add(1024, 2048, false);
	assert_int_equal(xmem_alloc_runs(runs, 2, 7, 0, &got), 2);
	assert_int_equal(got, 6);
	assert_int_equal(xmem_alloc_runs(runs, 0, 7, 0, &got), 0);
	assert_int_equal(got, 0);
	assert_int_equal(xmem_alloc_runs(runs, 2, 0, 0, &got), 0);
	assert_int_equal(got, 0);
	assert_int_equal(total_free_pages(), 1018);
}

/* Runs: a request beyond all memory gets all there is, of all nodes. */
static void runs_take_what_there_is(void **state)
{
	static struct xmem_run runs[128];
	unsigned long got;
	unsigned int nr;

	(void)state;
	fake.node_frames = 1024;
	for (unsigned int n = 0; n < 4; n++) {
		fake_add(n * 1024 + 8, n * 1024 + 11, false);
	}
	nr = xmem_alloc_runs(runs, 128, ~0UL, MEMF_node(3), &got);
	assert_int_equal(got, 12);
	assert_int_equal(nr, 8);
	assert_int_equal(runs[0].mfn, 3 * 1024 + 8);
	assert_int_equal(total_free_pages(), 0);
	xmem_free_runs(runs, nr);
	assert_int_equal(total_free_pages(), 12);
	fake_check();
}

/* Runs: at most 64 in one call, all of them scrubbed. */
static void runs_end_at_a_bounded_hold(void **state)
{
	static struct xmem_run runs[100];
	unsigned long got;

	(void)state;
	fake_add(1024, 2048, false);
	drain(0);
	for (unsigned long i = 0; i < 100; i++) {
		free_domheap_pages(mfn_to_page(_mfn(1024 + 2 * i)), 0);
	}
	assert_int_equal(xmem_alloc_runs(runs, 100, 100, 0, &got), 64);
	assert_int_equal(got, 64);
	assert_int_equal(fake.nr_scrubbed, 64);
	for (unsigned long i = 0; i < 64; i++) {
		assert_int_equal(fake_stain[runs[i].mfn], 0);
	}
}

/* Runs: only the dirty ones are scrubbed, none with MEMF_no_scrub. */
static void runs_are_scrubbed_where_dirty(void **state)
{
	struct xmem_run runs[4];
	unsigned long got;

	(void)state;
	fake_add(1024, 1032, false);
	assert_int_equal(
		xmem_buddy_mark(&xmem_heap_nodes[0]->heap[0].root->buddy, 1028,
				2, false),
		0);
	assert_int_equal(xmem_alloc_runs(runs, 4, 6, 0, &got), 2);
	assert_int_equal(runs[0].mfn, 1028);
	assert_int_equal(runs[1].mfn, 1026);
	assert_int_equal(fake.nr_scrubbed, 2);
	assert_int_equal(fake_stain[1026] + fake_stain[1027], 0);
	assert_int_equal(xmem_alloc_runs(runs, 4, 2, MEMF_no_scrub, &got), 1);
	assert_int_equal(fake.nr_scrubbed, 2);
}

/* Runs may be given back in any pieces, not only as they came. */
static void runs_of_any_shape_can_be_freed(void **state)
{
	const struct xmem_run pieces[] = {
		{1025, 1}, {1026, 5}, {1031, 93}, {1124, 0}, {1124, 924}};

	(void)state;
	fake_add(1024, 2048, false);
	drain(0);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		xmem_free_runs(&pieces[i], 1);
		fake_check();
	}
	assert_int_equal(total_free_pages(), 1023);
}

/* Runs of more blocks than one lock hold may give, on two nodes in turn, go
 * back in one call. */
static void many_runs_are_freed_in_one_call(void **state)
{
	static struct xmem_run runs[300];

	(void)state;
	fake.node_frames = 2048;
	fake_add(1024, 2048, false);
	fake_add(2048, 3072, false);
	drain(0);
	for (unsigned long i = 0; i < 300; i++) {
		/* 200 in a row, then each on the other node. */
		unsigned long up = i >= 200 && i % 2 == 0 ? 1024 : 0;

		runs[i] = (struct xmem_run){1025 + 2 * i + up, 1};
	}
	xmem_free_runs(runs, 300);
	assert_int_equal(total_free_pages(), 300);
	assert_int_equal(avail_node_heap_pages(1), 50);
	fake_check();
}

/* Frames of spans that touch, of one node or two, may come as one run: no
 * block of it is looked for across a border. */
static void run_may_cross_spans_and_nodes(void **state)
{
	const struct xmem_run run = {1024, 3072};

	(void)state;
	fake.node_frames = 3073;
	fake_add(1024, 1027, false);
	fake_add(1027, 2049, false);
	fake_add(2049, 3073, false);
	fake_add(3073, 4096, false);
	assert_int_equal(drain(0), 3072);
	xmem_free_runs(&run, 1);
	assert_int_equal(total_free_pages(), 3072);
	assert_int_equal(avail_node_heap_pages(1), 1023);
	fake_check();
}

/* Runs of owned, referenced, xenheap, free or unknown frames panic. */
static void runs_of_others_are_refused(void **state)
{
	struct domain d;
	struct page_info *owned;
	struct xmem_run run;

	(void)state;
	xmem_owner_init(&d.mem, 9, 0);
	fake_add(1024, 2048, false);
	fake.track = false; /* A free of runs that panics may be told: port.h */
	owned = alloc_domheap_pages(&d, 0, 0);
	run = (struct xmem_run){mfn_of(owned), 1};
	EXPECT_PANIC(
		xmem_free_runs(&run, 1),
		"free of frame 7ff order 0: frame 7ff is not of the owner");
	run.mfn = virt_to_mfn(alloc_xenheap_pages(0, 0));
	EXPECT_PANIC(xmem_free_runs(&run, 1), "frame 7fe is a xenheap page");
	run.mfn = mfn_of(alloc_domheap_pages(NULL, 0, 0));
	mfn_to_page(_mfn(run.mfn))->count_info++;
	EXPECT_PANIC(xmem_free_runs(&run, 1), "frame 7fd is still referenced");
	run = (struct xmem_run){1024, 2};
	EXPECT_PANIC(xmem_free_runs(&run, 1), "is free already");
	run = (struct xmem_run){FAKE_FRAMES, 1};
	EXPECT_PANIC(xmem_free_runs(&run, 1), "the heap does not know it");
	run = (struct xmem_run){0, 1};
	EXPECT_PANIC(xmem_free_runs(&run, 1), "the heap does not know it");
	run = (struct xmem_run){FAKE_FRAMES - 1, ~0UL};
	EXPECT_PANIC(xmem_free_runs(&run, 1), "the heap does not know it");
	assert_int_equal(total_free_pages(), 1021);
	fake_check();
}

static void mark_run(const struct xmem_run *run, unsigned long va)
{
	for (unsigned long i = 0; i < run->nr; i++) {
		xmem_page_set_vmalloc(mfn_to_page(_mfn(run->mfn + i)),
				      (va >> PAGE_SHIFT) + i);
	}
}

/* Frames for vmalloc are held when they leave the heap, until they are marked:
 * a free that had looked at them before is refused. */
static void runs_for_vmalloc_are_refused(void **state)
{
	struct xmem_run runs[2];
	unsigned long got;

	(void)state;
	fake_add(1024, 2048, false);
	assert_int_equal(xmem_alloc_runs(runs, 2, 3, MEMF_vmalloc, &got), 2);
	EXPECT_PANIC(release(runs[0].mfn), "free already");
	EXPECT_PANIC(release(runs[1].mfn), "free already");
	mark_run(&runs[0], 0x100000);
	mark_run(&runs[1], 0x100000 + 2 * PAGE_SIZE);
	EXPECT_PANIC(release(runs[0].mfn), "is memory of vmalloc");
	assert_int_equal(total_free_pages(), 1021);
	assert_int_equal(xmem_free_runs_at(runs, 2, 0x100000, 3), 3);
	assert_int_equal(total_free_pages(), 1024);
	assert_int_equal(xmem_alloc_runs(runs, 2, 3, 0, &got), 2);
	xmem_free_runs(runs, 2);
	fake_check();
}

/* Frames of vmalloc are freed from their addresses only, all or none. */
static void runs_at_another_place_are_refused(void **state)
{
	unsigned long va = 0x100000;
	struct xmem_run run;
	struct xmem_run part;
	unsigned long got;

	(void)state;
	fake_add(1024, 2048, false);
	assert_int_equal(xmem_alloc_runs(&run, 1, 4, MEMF_vmalloc, &got), 1);
	mark_run(&run, va);
	part = (struct xmem_run){run.mfn + 1, 3};
	assert_int_equal(xmem_free_runs_at(&run, 1, va + PAGE_SIZE, 4), 0);
	assert_int_equal(xmem_free_runs_at(&part, 1, va, 4), 0);
	part = (struct xmem_run){FAKE_FRAMES, 1};
	assert_int_equal(xmem_free_runs_at(&part, 1, va, 1), 0);
	part = (struct xmem_run){1024, 1};
	assert_int_equal(xmem_free_runs_at(&part, 1, va, 1), 0);
	assert_int_equal(total_free_pages(), 1020);
	assert_int_equal(xmem_free_runs_at(&run, 1, va, 5), 4);
	assert_int_equal(total_free_pages(), 1020);
	mark_run(&run, va);
	run.nr = 3;
	assert_int_equal(xmem_free_runs_at(&run, 1, va, 3), 3);
	run = (struct xmem_run){run.mfn + 3, 1};
	va += 3 * PAGE_SIZE;
	assert_int_equal(xmem_free_runs_at(&run, 1, va, 1), 1);
	assert_int_equal(xmem_free_runs_at(&run, 1, va, 1), 0);
	assert_int_equal(total_free_pages(), 1024);
	fake_check();
}

#define T(name) cmocka_unit_test_setup(name, fake_setup)
static const struct CMUnitTest tests[] = {
	T(no_runs_are_freed_silently),	   T(runs_are_largest_first),
	T(runs_stop_at_the_capacity),	   T(runs_take_what_there_is),
	T(runs_end_at_a_bounded_hold),	   T(runs_are_scrubbed_where_dirty),
	T(runs_of_any_shape_can_be_freed), T(many_runs_are_freed_in_one_call),
	T(run_may_cross_spans_and_nodes),  T(runs_of_others_are_refused),
	T(runs_for_vmalloc_are_refused),   T(runs_at_another_place_are_refused),
};

TEST_MAIN(tests)
