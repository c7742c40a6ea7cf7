/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_heap.c - node, arena and address of a block
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "fake.h"

#include "heap/take.h"
#include "heap/heap_priv.h"
#include "lib/bits.h"
#include "lib/tell.h"

static bool dirty;

static unsigned long take(unsigned int order, unsigned int memflags)
{
	struct heap_request req = {.order = order, .memflags = memflags};

	unsigned long mfn = xmem_heap_take(&req, &dirty);

	if (mfn != XMEM_NO_MFN) {
		xmem_tell(mfn, order, false);
	}
	return mfn;
}

static void give_as(unsigned long mfn, unsigned int order, bool is_dirty)
{
	struct heap_node *node = heap_node_of(mfn);
	int rc = 0;

	if (order <= MAX_ORDER && mfn % (1UL << order) == 0) {
		rc = xmem_heap_tell_given(mfn, 1UL << order, true);
	}
	xmem_heap_refuse(rc, mfn, order, NULL);
	xmem_port_lock(&node->lock);
	rc = xmem_heap_give(node, mfn, order, false, is_dirty);
	xmem_port_unlock(&node->lock);
	xmem_heap_refuse(rc, mfn, order, NULL);
}

static void give(unsigned long mfn, unsigned int order)
{
	give_as(mfn, order, true);
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
	if (XMEM_BUDDY_SUPER > 10) {
		return; /* The large one is of the same tier then. */
	}
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

/* Two sockets, nodes 0 and 1; node 2 is slow RAM, behind all others; node 3
 * is precious RAM, only for those who ask for it, with node 1 to fall back
 * on. */
static unsigned int fast_first(unsigned int first, unsigned int node)
{
	static const unsigned int after[4][4] = {
		{1, 2, 4, 4}, /* 0, 1, 2 */
		{2, 0, 4, 4}, /* 1, 0, 2 */
		{1, 4, 0, 4}, /* 2, 0, 1 */
		{4, 4, 4, 1}, /* 3, 1 */
	};

	return after[first][node];
}

/* RAM with a priority is a node of its own, in the order that the port says:
 * slow RAM after all other, precious RAM never unless it is asked for. */
static void nodes_are_asked_as_the_port_says(void **state)
{
	static const unsigned int order[][3] = {{0, 1, 2}, {1, 0, 2}};
	struct xmem_run runs[8];
	unsigned long got;

	(void)state;
	for (unsigned int cpu = 0; cpu < 2; cpu++) {
		fake_reset();
		fake.node_frames = 1024;
		fake.next_node = fast_first;
		fake.cpu_node = cpu;
		for (unsigned long n = 0; n < 4; n++) {
			fake_add(n * 1024 + 8, n * 1024 + 9, false);
		}
		for (unsigned int i = 0; i < 3; i++) {
			assert_int_equal(take(0, 0) / 1024, order[cpu][i]);
		}
		assert_true(take(0, 0) == XMEM_NO_MFN);
		assert_int_equal(take(0, MEMF_node(3)) / 1024, 3);
		give(1024 + 8, 0);
		assert_int_equal(take(0, MEMF_node(3)) / 1024, 1);
		fake_check();
		for (unsigned long n = 0; n < 4; n++) {
			give(n * 1024 + 8, 0);
		}
		assert_int_equal(xmem_alloc_runs(runs, 8, 8, 0, &got), 3);
		assert_int_equal(runs[0].mfn / 1024, order[cpu][0]);
		assert_int_equal(runs[2].mfn / 1024, order[cpu][2]);
		assert_int_equal(got, 3);
		assert_int_equal(avail_node_heap_pages(3), 1);
	}
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

/* The hooks hear of each frame once, without a lock (fake/page/include); of
 * runs in blocks as large as there are. */
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
	EXPECT_PANIC(xmem_free_runs(runs, nr), "it is free already");
	assert_int_equal(fake.nr_given, 1000 + got);
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
	struct domain d;
	struct xmem_run run;
	unsigned long got;

	(void)state;
	xmem_owner_init(&d.mem, 100, 0);
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

/* A block is as clean or dirty as it was given, whatever its neighbours are. */
static void block_is_as_it_was_given(void **state)
{
	unsigned long mfn;

	(void)state;
	fake_add(1024, 2048, false);
	for (int is_dirty = 0; is_dirty < 2; is_dirty++) {
		mfn = take(3, 0);
		give_as(mfn, 3, is_dirty);
		assert_int_equal(take(3, 0), mfn);
		assert_int_equal(dirty, is_dirty);
		give(mfn, 3);
	}
	fake_check();
}

#define T(name) cmocka_unit_test_setup(name, fake_setup)
static const struct CMUnitTest tests[] = {
	T(no_memory_gives_null),
	T(order_above_max_gives_null),
	T(blocks_are_naturally_aligned),
	T(highest_address_is_taken),
	T(smallest_block_of_all_arenas_is_taken),
	T(every_frame_can_be_had_once),
	T(frees_merge_across_the_arena),
	T(other_nodes_follow_the_wanted_one),
	T(nodes_are_asked_as_the_port_says),
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
	T(node_that_there_is_not_gives_nothing),
	T(injected_failure_changes_nothing),
	T(block_is_as_it_was_given),
};

TEST_MAIN(tests)
