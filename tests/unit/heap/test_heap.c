/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_heap.c - node, arena and address of a block; many at once
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/buddy/ src/heap/ src/page/ src/xenheap/ src/xenheap/ src/lib/[a-z]*.c
 * include: tests/fake/page/include tests/fake/page
 */
#include "fake.h"

#include "lib/bits.h"
#include "heap/heap_priv.h"

static bool dirty;

static unsigned long take(unsigned int order, unsigned int memflags)
{
	struct heap_request req = {.order = order, .memflags = memflags};

	return xmem_heap_alloc(&req, &dirty);
}

static void give(unsigned long mfn, unsigned int order)
{
	xmem_heap_free(mfn, order, NULL, false, NULL);
}

/* Before the heap has memory every allocation gives NULL. */
static void no_memory_gives_null(void **state)
{
	struct xmem_run run;
	unsigned long got = 77;

	(void)state;
	assert_null(alloc_xenheap_pages(0, 0));
	assert_null(alloc_domheap_pages(NULL, 0, 0));
	assert_int_equal(xmem_alloc_runs(&run, 1, 1, 0, &got), 0);
	assert_int_equal(got, 0);
	assert_int_equal(total_free_pages(), 0);
	fake_check();
}

/* An order above MAX_ORDER fails, however large the memory. */
static void order_above_max_gives_null(void **state)
{
	const unsigned int orders[] = {MAX_ORDER + 1, 31, 32, 63, 64, ~0U};

	(void)state;
	fake_add(1, FAKE_FRAMES, false);
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		assert_true(take(orders[i], 0) == XMEM_NO_MFN);
		assert_null(alloc_domheap_pages(NULL, orders[i], 0));
		assert_null(alloc_xenheap_pages(orders[i], 0));
	}
	assert_int_equal(total_free_pages(), FAKE_FRAMES - 1);
	fake_check();
}

/* A block of any order is aligned to its size, and comes back. */
static void blocks_are_naturally_aligned(void **state)
{
	(void)state;
	fake_add(3, FAKE_FRAMES - 5, false);
	for (unsigned int k = 0; k <= MAX_ORDER; k++) {
		unsigned long mfn = take(k, 0);

		assert_true(mfn != XMEM_NO_MFN);
		assert_int_equal(mfn & ((1UL << k) - 1), 0);
		assert_int_equal(total_free_pages(),
				 FAKE_FRAMES - 8 - (1UL << k));
		fake_check();
		give(mfn, k);
	}
	assert_int_equal(total_free_pages(), FAKE_FRAMES - 8);
}

/* Of the smallest sufficient blocks the highest is taken. */
static void highest_address_is_taken(void **state)
{
	(void)state;
	fake_add(1024, 2048, false);
	fake_add(8192, 9216, false);
	assert_int_equal(take(0, 0), 9215);
	assert_int_equal(take(0, 0), 9214);
	assert_int_equal(take(4, 0), 9184);
	give(9214, 0);
	assert_int_equal(take(0, 0), 9214);
}

/* A small block in a lower arena is taken before a large one is split. */
static void smallest_block_of_all_arenas_is_taken(void **state)
{
	(void)state;
	fake_add(1024, 1025, false);
	fake_add(8192, 9216, false);
	assert_int_equal(take(0, 0), 1024);
	assert_int_equal(take(0, 0), 9215);
}

/* The last frame of the heap can be had, and then nothing. */
static void every_frame_can_be_had_once(void **state)
{
	(void)state;
	fake_add(1, 2, false);
	fake_add(700, 1300, false);
	fake_add(5000, 5003, false);
	assert_int_equal(drain(0), 604);
	assert_int_equal(total_free_pages(), 0);
	fake_check();
}

/* What is free and how, `with` and `orders`, survives any order of frees. */
static void frees_merge_across_the_arena(void **state)
{
	struct xmem_heap_stats stats;

	(void)state;
	fake_add(1024, 2048, false);
	assert_int_equal(drain(0), 1024);
	for (unsigned long i = 0; i < 1024; i++) {
		give(1024 + (i * 389) % 1024, 0);
		fake_check();
	}
	xmem_heap_get_stats(0, &stats);
	assert_int_equal(stats.free_blocks[10], 1);
}

/* The wanted node first, then the others in turn. */
static void other_nodes_follow_the_wanted_one(void **state)
{
	(void)state;
	fake.node_frames = 1024;
	for (unsigned int n = 0; n < 4; n++) {
		fake_add(n * 1024 + 8, n * 1024 + 10, false);
	}
	assert_int_equal(take(0, MEMF_node(2)) / 1024, 2);
	assert_int_equal(take(0, MEMF_node(2)) / 1024, 2);
	assert_int_equal(take(0, MEMF_node(2)) / 1024, 3);
	assert_int_equal(take(0, MEMF_node(3)) / 1024, 3);
	assert_int_equal(take(0, MEMF_node(3)) / 1024, 0);
	fake.cpu_node = 1;
	assert_int_equal(take(0, 0) / 1024, 1);
	assert_int_equal(avail_node_heap_pages(0), 1);
	assert_int_equal(avail_node_heap_pages(1), 1);
	assert_int_equal(avail_node_heap_pages(2), 0);
	fake_check();
}

/* MEMF_exact_node fails rather than leave the node. */
static void exact_node_stays_there(void **state)
{
	struct xmem_run runs[4];
	unsigned long got;

	(void)state;
	fake.node_frames = 1024;
	fake_add(8, 9, false);
	fake_add(2048, 2056, false);
	assert_int_equal(take(0, MEMF_node(0) | MEMF_exact_node), 8);
	assert_true(take(0, MEMF_node(0) | MEMF_exact_node) == XMEM_NO_MFN);
	assert_true(take(0, MEMF_exact_node) == XMEM_NO_MFN);
	assert_int_equal(xmem_alloc_runs(runs, 4, 3,
					 MEMF_node(0) | MEMF_exact_node, &got),
			 0);
	assert_int_equal(take(0, MEMF_node(0)) / 1024, 2);
}

/* A node that does not exist gives NULL; ~0 and 255 mean "any". */
static void node_out_of_range_gives_null(void **state)
{
	(void)state;
	fake_add(1024, 2048, false);
	for (unsigned int n = MAX_NUMNODES; n < 255; n++) {
		assert_true(take(0, MEMF_node(n)) == XMEM_NO_MFN);
	}
	assert_int_equal(total_free_pages(), 1024);
	assert_true(take(0, MEMF_node(255)) != XMEM_NO_MFN);
	assert_true(take(0, MEMF_node(~0U)) != XMEM_NO_MFN);
}

/* MEMF_bits: exactly the frames whose addresses fit, for every width. */
static void bits_limit_the_address(void **state)
{
	(void)state;
	for (unsigned int bits = 0; bits <= 64; bits++) {
		unsigned long nr = 4999;

		if (bits != 0 && bits <= PAGE_SHIFT + 12) {
			nr = bits <= PAGE_SHIFT
				     ? 0
				     : (1UL << (bits - PAGE_SHIFT)) - 1;
		}
		fake_reset();
		fake_add(1, 5000, false);
		assert_int_equal(drain(MEMF_bits(bits)), nr);
		assert_null(alloc_xenheap_pages(0, MEMF_bits(bits)));
		assert_int_equal(total_free_pages(), 4999 - nr);
		assert_int_equal(avail_domheap_pages_region(~0U, 0, bits), 0);
		fake_check();
	}
}

/* A width beyond what frame numbers have is no limit. */
static void more_bits_than_a_frame_number_limit_nothing(void **state)
{
	(void)state;
	fake_add(1024, 2048, false);
	for (unsigned int i = 0; i < 3; i++) {
		unsigned int bits = PAGE_SHIFT + TEST_LONG_BITS - 1 + i;

		assert_int_equal(take(0, MEMF_bits(bits)), 2047 - i);
	}
	assert_int_equal(take(0, MEMF_bits(MEMF_bits_mask)), 2044);
}

/* A block just below the limit is found, one that crosses it is not. */
static void bits_limit_holds_for_whole_blocks(void **state)
{
	(void)state;
	fake_add(4096 - 64, 8192, false);
	assert_int_equal(take(6, MEMF_bits(PAGE_SHIFT + 12)), 4096 - 64);
	assert_true(take(0, MEMF_bits(PAGE_SHIFT + 12)) == XMEM_NO_MFN);
	assert_true(take(0, MEMF_bits(PAGE_SHIFT + 13)) != XMEM_NO_MFN);
}

/* MEMF_no_dma leaves low memory alone, also where nothing else is left. */
static void no_dma_stays_out_of_low_memory(void **state)
{
	(void)state;
	fake_add(1, XMEM_PORT_DMA_MFNS + 3, false);
	for (int i = 0; i < 3; i++) {
		assert_true(take(0, MEMF_no_dma) >= XMEM_PORT_DMA_MFNS);
	}
	assert_true(take(0, MEMF_no_dma) == XMEM_NO_MFN);
	assert_true(take(0, MEMF_no_dma | MEMF_bits(PAGE_SHIFT + 12)) ==
		    XMEM_NO_MFN);
	assert_true(take(0, 0) != XMEM_NO_MFN);
}

/* With a limit, arenas whose blocks all lie above it do not hide others. */
static void limit_finds_the_one_arena_that_fits(void **state)
{
	(void)state;
	for (unsigned long i = 1; i <= 250; i++) {
		fake_add(i * 512, i * 512 + 64 + i, false);
	}
	assert_int_equal(take(0, MEMF_bits(PAGE_SHIFT + 10)), 512 + 64);
	assert_int_equal(take(5, MEMF_bits(PAGE_SHIFT + 10)), 512 + 32);
	assert_true(take(6, MEMF_bits(PAGE_SHIFT + 10)) == XMEM_NO_MFN);
	fake_check();
}

/* An arena that a limit cuts, and whose free frames are all on the wrong side,
 * does not hide those below an upper limit, or above a lower one. */
static void arena_cut_by_a_limit_hides_no_other(void **state)
{
	const unsigned long dma = XMEM_PORT_DMA_MFNS;

	(void)state;
	fake_add(100, 110, false);
	fake_span(1000, 2000, false);
	init_domheap_pages(PA(1024), PA(2000));
	assert_int_equal(take(0, MEMF_bits(PAGE_SHIFT + 10)), 109);
	fake_reset();
	fake_span(dma - 8, dma + 8, false);
	init_domheap_pages(PA(dma - 1), PA(dma));
	fake_add(dma + 64, dma + 128, false);
	assert_int_equal(take(0, MEMF_no_dma), dma + 127);
	fake_check();
}

/* Partial layout: the last frame number there is may be the xenheap's. */
static void partial_layout_may_have_no_limit(void **state)
{
	(void)state;
	xmem_host_layout = XMEM_LAYOUT_PARTIAL;
	xenheap_max_mfn(~0UL);
	assert_int_equal(xmem_xenheap_limit(), ~0UL);
	fake_add(1024, 1088, false);
	assert_int_equal(avail_xenheap_pages(), 64);
	assert_non_null(alloc_xenheap_pages(0, 0));
	assert_int_not_equal(take(0, 0), XMEM_NO_MFN);
	assert_int_equal(avail_xenheap_pages(), 62);
	fake_check();
}

/* Partial layout: domheap requests spare what the xenheap can use. */
static void partial_layout_spares_the_xenheap(void **state)
{
	(void)state;
	xmem_host_layout = XMEM_LAYOUT_PARTIAL;
	xenheap_max_mfn(1055);
	assert_int_equal(xmem_xenheap_limit(), 1056);
	fake_add(1024, 1088, false);
	for (int i = 0; i < 32; i++) {
		assert_true(take(0, 0) > 1055);
	}
	assert_int_equal(avail_xenheap_pages(), 32);
	assert_true(take(0, 0) <= 1055);
	assert_int_equal(avail_xenheap_pages(), 31);
	for (int i = 0; i < 31; i++) {
		assert_true(virt_to_mfn(alloc_xenheap_pages(0, 0)) <= 1055);
	}
	give(1087, 0);
	assert_null(alloc_xenheap_pages(0, 0));
	assert_int_equal(avail_xenheap_pages(), 0);
	assert_int_equal(avail_domheap_pages(), 1);
	fake_check();
}

/* Partial layout: a block that crosses the limit is for the domheap. */
static void block_across_the_limit_can_be_had(void **state)
{
	(void)state;
	xmem_host_layout = XMEM_LAYOUT_PARTIAL;
	xenheap_max_mfn(1024);
	fake_add(1024, 1028, false);
	assert_null(alloc_xenheap_pages(1, 0));
	assert_int_equal(take(2, 0), 1024);
	give(1024, 2);
	assert_int_equal(virt_to_mfn(alloc_xenheap_pages(0, 0)), 1024);
	fake_check();
}

/* Separate layout: the heaps do not lend to each other. */
static void separate_layout_keeps_heaps_apart(void **state)
{
	(void)state;
	xmem_host_layout = XMEM_LAYOUT_SEPARATE;
	assert_int_equal(xmem_xenheap_limit(), 0);
	fake_add(1024, 1026, true);
	fake_add(1026, 1028, false);
	assert_int_equal(avail_xenheap_pages(), 2);
	assert_int_equal(avail_domheap_pages(), 2);
	assert_int_equal(total_free_pages(), 4);
	assert_int_equal(drain(0), 2);
	assert_null(alloc_domheap_pages(NULL, 0, 0));
	assert_int_equal(virt_to_mfn(alloc_xenheap_pages(1, 0)), 1024);
	assert_null(alloc_xenheap_pages(0, 0));
	fake_check();
}

/* A free of a frame in no span, misaligned, or of a free one panics and
 * changes nothing. The hook is not told. */
static void rejected_free_changes_nothing(void **state)
{
	unsigned long given;

	(void)state;
	fake_add(1024, 1088, false);
	assert_int_equal(take(0, 0), 1087);
	given = fake.nr_given;
	EXPECT_PANIC(give(500, 0), "free of frame 1f4 order 0: the heap does "
				   "not know it");
	EXPECT_PANIC(give(1086, 0),
		     "double free of frame 43e order 0: it is free already");
	EXPECT_PANIC(give(1086, 1), "double free of frame 43e order 1");
	EXPECT_PANIC(give(1087, 1), "misaligned or beyond its span");
	EXPECT_PANIC(give(1024, 7), "misaligned or beyond its span");
	EXPECT_PANIC(give(1087, 99), "misaligned or beyond its span");
	assert_int_equal(fake.nr_given, given);
	assert_int_equal(total_free_pages(), 63);
	fake_check();
}

/* The hooks hear of each frame once, under the lock of its node; of runs in
 * blocks as large as there are. */
static void hooks_follow_every_frame(void **state)
{
	struct xmem_run runs[8];
	unsigned long got;
	unsigned int nr;

	(void)state;
	fake_add(1000, 2000, false);
	assert_int_equal(fake.nr_given, 1000);
	nr = xmem_alloc_runs(runs, 8, 100, 0, &got);
	assert_int_equal(fake.nr_taken, got);
	fake.largest_given = 0;
	xmem_free_runs(runs, nr);
	assert_int_equal(fake.nr_given, 1000 + got);
	assert_int_equal(fake.largest_given, 6); /* 64 of 100 at once */
	fake_check();
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
		give(1024 + 2 * i, 0);
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
		xmem_buddy_mark(&xmem_heap_nodes[0].part[0].root->buddy, 1028,
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
	struct domain d = {.mem = {.max_pages = 9}};
	struct page_info *owned;
	struct xmem_run run;

	(void)state;
	fake_add(1024, 2048, false);
	owned = alloc_domheap_pages(&d, 0, 0);
	run = (struct xmem_run){mfn_of(owned), 1};
	EXPECT_PANIC(xmem_free_runs(&run, 1),
		     "owned, referenced, xenheap or vmalloc");
	run.mfn = virt_to_mfn(alloc_xenheap_pages(0, 0));
	EXPECT_PANIC(xmem_free_runs(&run, 1),
		     "owned, referenced, xenheap or vmalloc");
	run.mfn = mfn_of(alloc_domheap_pages(NULL, 0, 0));
	mfn_to_page(_mfn(run.mfn))->count_info++;
	EXPECT_PANIC(xmem_free_runs(&run, 1),
		     "owned, referenced, xenheap or vmalloc");
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
static void runs_for_vmalloc_are_held(void **state)
{
	struct xmem_run runs[2];
	unsigned long got;

	(void)state;
	fake_add(1024, 2048, false);
	assert_int_equal(xmem_alloc_runs(runs, 2, 3, MEMF_vmalloc, &got), 2);
	assert_int_equal(xmem_page_refs(mfn_to_page(_mfn(runs[0].mfn))), 1);
	assert_int_equal(xmem_page_refs(mfn_to_page(_mfn(runs[1].mfn))), 1);
	EXPECT_PANIC(xmem_heap_free(runs[0].mfn, 0, NULL, false, NULL),
		     "double free");
	mark_run(&runs[0], 0x100000);
	mark_run(&runs[1], 0x100000 + 2 * PAGE_SIZE);
	EXPECT_PANIC(xmem_heap_free(runs[0].mfn, 0, NULL, false, NULL),
		     "double free");
	assert_int_equal(total_free_pages(), 1021);
	assert_int_equal(xmem_free_runs_at(runs, 2, 0x100000, 3), 3);
	assert_int_equal(total_free_pages(), 1024);
	assert_int_equal(xmem_alloc_runs(runs, 2, 3, 0, &got), 2);
	assert_int_equal(xmem_page_refs(mfn_to_page(_mfn(runs[0].mfn))), 0);
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

/* Node numbers: 0xff is "no node, any", as MEMF_node() adds one to it; another
 * one that there is not gives nothing, also if it need not be exact. */
static void node_that_there_is_not_gives_nothing(void **state)
{
	struct xmem_run run;
	unsigned long got;

	(void)state;
	fake.node_frames = 1024;
	for (unsigned long node = 0; node < 4; node++) {
		fake_add(node * 1024 + 1, node * 1024 + 1024, false);
	}
	fake.cpu_node = 2;
	assert_int_equal(take(0, MEMF_node(0xff)) / 1024, 2);
	assert_int_equal(take(0, MEMF_node(0xff) | MEMF_exact_node) / 1024, 2);
	for (unsigned int node = MAX_NUMNODES; node < 0xff; node++) {
		assert_true(take(0, MEMF_node(node)) == XMEM_NO_MFN);
		assert_int_equal(
			xmem_alloc_runs(&run, 1, 1, MEMF_node(node), &got), 0);
		assert_int_equal(got, 0);
	}
	fake_check();
}

/* A failure that the port injects is a NULL and changes nothing. */
static void injected_failure_changes_nothing(void **state)
{
	struct domain d = {.mem = {.max_pages = 100}};
	struct xmem_run run;
	unsigned long got;

	(void)state;
	fake_add(1024, 2048, false);
	fake_fail(1, true);
	assert_null(alloc_domheap_pages(&d, 3, 0));
	assert_null(alloc_xenheap_pages(3, 0));
	assert_int_equal(xmem_alloc_runs(&run, 1, 8, 0, &got), 0);
	assert_int_equal(got, 0);
	assert_int_equal(d.mem.tot_pages, 0);
	assert_int_equal(fake.nr_calls, 3);
	assert_int_equal(total_free_pages(), 1024);
	fake_check();
}

#define T(name) cmocka_unit_test_setup(name, fake_setup)
static const struct CMUnitTest tests[] = {
	T(no_runs_are_freed_silently),
	T(no_memory_gives_null),
	T(order_above_max_gives_null),
	T(blocks_are_naturally_aligned),
	T(highest_address_is_taken),
	T(smallest_block_of_all_arenas_is_taken),
	T(every_frame_can_be_had_once),
	T(frees_merge_across_the_arena),
	T(other_nodes_follow_the_wanted_one),
	T(exact_node_stays_there),
	T(node_out_of_range_gives_null),
	T(bits_limit_the_address),
	T(more_bits_than_a_frame_number_limit_nothing),
	T(bits_limit_holds_for_whole_blocks),
	T(no_dma_stays_out_of_low_memory),
	T(limit_finds_the_one_arena_that_fits),
	T(arena_cut_by_a_limit_hides_no_other),
	T(partial_layout_spares_the_xenheap),
	T(partial_layout_may_have_no_limit),
	T(block_across_the_limit_can_be_had),
	T(separate_layout_keeps_heaps_apart),
	T(rejected_free_changes_nothing),
	T(hooks_follow_every_frame),
	T(runs_are_largest_first),
	T(runs_stop_at_the_capacity),
	T(runs_take_what_there_is),
	T(runs_end_at_a_bounded_hold),
	T(runs_are_scrubbed_where_dirty),
	T(runs_of_any_shape_can_be_freed),
	T(many_runs_are_freed_in_one_call),
	T(run_may_cross_spans_and_nodes),
	T(runs_of_others_are_refused),
	T(node_that_there_is_not_gives_nothing),
	T(runs_for_vmalloc_are_held),
	T(runs_at_another_place_are_refused),
	T(injected_failure_changes_nothing),
};

TEST_MAIN(tests)
