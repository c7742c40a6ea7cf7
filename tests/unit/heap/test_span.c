/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_span.c - memory enters the heap
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "fake.h"

#include "heap/heap_priv.h"

/* Frames of the largest span tested: 64 TiB of 4 KiB, or half of all numbers.
 */
#define HUGE_SPAN (1UL << (TEST_LONG_BITS > 34 ? 34 : TEST_LONG_BITS - 2))

/* What add_span() refuses is a bad range, node or place for metadata. */
static void bad_spans_are_refused(void **state)
{
	static _Alignas(16) char meta[1 << 14];
	char before[sizeof(meta)];
	unsigned long too_long = 1UL << (TEST_LONG_BITS > 35 ? 35 : 31);

	(void)state;
	memset(meta, 0x11, sizeof(meta));
	memcpy(before, meta, sizeof(meta));
	fake.node_frames = 1024;
	assert_int_equal(xmem_heap_add_span(0, 10, 0, false, meta),
			 -XMEM_EINVAL);
	assert_int_equal(xmem_heap_add_span(10, 10, 0, false, meta),
			 -XMEM_EINVAL);
	assert_int_equal(xmem_heap_add_span(11, 10, 0, false, meta),
			 -XMEM_EINVAL);
	assert_int_equal(xmem_heap_add_span(9, 10, 4, false, meta),
			 -XMEM_EINVAL);
	assert_int_equal(xmem_heap_add_span(9, 10, 1, false, meta),
			 -XMEM_EINVAL);
	assert_int_equal(xmem_heap_add_span(9, 1025, 0, false, meta),
			 -XMEM_EINVAL);
	assert_int_equal(xmem_heap_add_span(9, 10, 0, false, NULL),
			 -XMEM_EINVAL);
	for (unsigned int i = 1; i < 8; i++) {
		assert_int_equal(xmem_heap_add_span(9, 10, 0, false, meta + i),
				 -XMEM_EINVAL);
	}
	assert_int_equal(xmem_heap_add_span(~0UL - 9, ~0UL, 3, false, meta),
			 -XMEM_EINVAL);
	fake.node_frames = ~0UL;
	assert_int_equal(xmem_heap_add_span(9, 9 + too_long, 0, false, meta),
			 -XMEM_EINVAL);
	assert_memory_equal(meta, before, sizeof(meta));
	fake_check();
}

/* Frames are numbered below 2^HEAP_NR_ZONES. Where a long has no more bits, the
 * largest block must still fit between the highest span and its end. */
static void highest_span_is_below_all_numbers(void **state)
{
	static _Alignas(16) char meta[1 << 14];
	const unsigned long top =
		HEAP_NR_ZONES < sizeof(long) * 8
			? (unsigned long)((uint64_t)1 << HEAP_NR_ZONES)
			: ~0UL - (1UL << MAX_ORDER);

	(void)state;
	assert_int_equal(xmem_heap_add_span(top - 9, top + 1, 0, false, meta),
			 -XMEM_EINVAL);
	assert_int_equal(xmem_heap_add_span(top - 10, top, 0, false, meta), 0);
	assert_int_equal(xmem_heap_frame_state(top - 1), XMEM_FRAME_USED);
	assert_int_equal(xmem_heap_frame_state(top), XMEM_FRAME_UNKNOWN);
	fake_check();
}

/* Overlap with a span is refused, and the metadata offered is not touched:
 * not even that of a live span. */
static void overlapping_span_is_refused(void **state)
{
	struct heap_arena *live;
	static _Alignas(16) char meta[1 << 14];

	(void)state;
	fake_add(1024, 2048, false);
	live = xmem_arena_behind(&xmem_heap_nodes[0]->heap[HEAP_DOM], 0);
	assert_int_equal(xmem_heap_add_span(1024, 2048, 0, false, live),
			 -XMEM_EEXIST);
	assert_int_equal(xmem_heap_add_span(2047, 2049, 0, false, meta),
			 -XMEM_EEXIST);
	assert_int_equal(xmem_heap_add_span(1000, 1025, 0, false, meta),
			 -XMEM_EEXIST);
	/* With one heap, it does not matter for whom. */
	assert_int_equal(xmem_heap_add_span(1000, 1025, 0, true, meta),
			 -XMEM_EEXIST);
	assert_int_equal(total_free_pages(), 1024);
	assert_int_equal(xmem_heap_frame_state(1030), XMEM_FRAME_DIRTY);
	assert_int_equal(xmem_heap_add_span(2048, 2049, 0, false, meta), 0);
	fake_check();
}

/* A node gets its struct from the metadata of its first span, which is told to
 * be larger; until then it is empty, and no frame is in it. */
static void first_span_brings_its_node(void **state)
{
	unsigned long more;

	(void)state;
	fake.node_frames = 4096;
	more = xmem_heap_span_bytes(5096, 5196);
	fake_add(1000, 1100, false);
	assert_int_equal(xmem_heap_node_bytes(0), 0);
	assert_int_equal(xmem_heap_span_bytes(5096, 5196), more);
	assert_int_equal(more - xmem_heap_span_bytes(1000, 1100),
			 xmem_heap_node_bytes(1));
	assert_true(xmem_heap_node_bytes(1) >= sizeof(struct heap_node));
	assert_int_equal(xmem_heap_node_bytes(1) % SMP_CACHE_BYTES, 0);
	assert_int_equal(avail_node_heap_pages(1), 0);
	assert_int_equal(xmem_heap_frame_state(5096), XMEM_FRAME_UNKNOWN);
	EXPECT_PANIC(free_domheap_pages(mfn_to_page(_mfn(5096)), 0),
		     "the heap does not know it");
	assert_null(
		alloc_domheap_pages(NULL, 0, MEMF_node(1) | MEMF_exact_node));
	assert_int_equal(mfn_of(alloc_domheap_pages(NULL, 0, MEMF_node(1))),
			 1099);
	fake_add(5096, 5196, false);
	assert_int_equal(xmem_heap_node_bytes(1), 0);
	assert_int_equal(avail_node_heap_pages(1), 100);
	assert_int_equal(mfn_of(alloc_domheap_pages(NULL, 0, MEMF_node(1))),
			 5195);
	assert_ptr_equal(xmem_heap_nodes[2], NULL);
	fake_check();
}

/* A span that is refused leaves no node behind: its metadata is the caller's.
 */
static void refused_span_makes_no_node(void **state)
{
	static _Alignas(16) char meta[1 << 14];

	(void)state;
	fake.node_frames = 4096;
	assert_int_equal(xmem_heap_add_span(4000, 5000, 0, false, meta),
			 -XMEM_EINVAL);
	assert_int_equal(xmem_heap_add_span(5000, 5100, 1, false, meta + 4),
			 -XMEM_EINVAL);
	assert_null(xmem_heap_nodes[0]);
	assert_null(xmem_heap_nodes[1]);
	assert_int_equal(total_free_pages(), 0);
	fake_check();
}

static int rc_of_other;

static void add_on_other_cpu(void)
{
	static _Alignas(16) char meta[1 << 14];

	rc_of_other = xmem_heap_add_span(600, 700, 0, false, meta);
}

/* Two CPUs add the first span of a node: both become part of it. */
static void two_first_spans_of_a_node(void **state)
{
	static _Alignas(16) char meta[1 << 14];
	struct xmem_heap_stats stats;

	(void)state;
	rc_of_other = 1;
	fake.on_lock_init = add_on_other_cpu;
	assert_int_equal(xmem_heap_add_span(500, 600, 0, false, meta), 0);
	assert_int_equal(rc_of_other, 0);
	xmem_heap_get_stats(0, &stats);
	assert_int_equal(stats.nr_arenas, 2);
	assert_int_equal(xmem_heap_frame_state(500), XMEM_FRAME_USED);
	assert_int_equal(xmem_heap_frame_state(699), XMEM_FRAME_USED);
	assert_true((char *)xmem_heap_nodes[0] < meta ||
		    (char *)xmem_heap_nodes[0] >= meta + sizeof(meta));
	/* The slower one may be refused, too. */
	xmem_heap_nodes[0] = NULL;
	fake.on_lock_init = add_on_other_cpu;
	assert_int_equal(xmem_heap_add_span(650, 750, 0, false, meta),
			 -XMEM_EEXIST);
	memset(meta, 0x5a, sizeof(meta));
	assert_int_equal(xmem_heap_frame_state(699), XMEM_FRAME_USED);
	fake_check();
}

/* There may be any number of spans in each node and heap. */
static void number_of_spans_has_no_limit(void **state)
{
	(void)state;
	xmem_host_layout = XMEM_LAYOUT_SEPARATE;
	for (unsigned long i = 1; i <= 1000; i++) {
		fake_add(i * 10, i * 10 + 1, false);
		fake_add(i * 10 + 5, i * 10 + 6, true);
	}
	assert_int_equal(avail_domheap_pages(), 1000);
	assert_int_equal(avail_xenheap_pages(), 1000);
	fake_check();
	assert_int_equal(drain(0), 1000);
}

/* A xenheap may lie inside a span of the domheap, if it was used there; no
 * free of one heap reaches into the other. */
static void xenheap_inside_a_domheap_span(void **state)
{
	static _Alignas(16) char meta[1 << 14];
	void *page;

	(void)state;
	xmem_host_layout = XMEM_LAYOUT_SEPARATE;
	fake_span(1024, 4096, false);
	init_domheap_pages(PA(2048), PA(4096));
	assert_int_equal(xmem_heap_add_span(2000, 2049, 0, true, meta),
			 -XMEM_EBUSY);
	EXPECT_PANIC(init_xenheap_pages(PA(2000), PA(2064)),
		     "init of frames 7d0..80f as xenheap: some are free "
		     "domheap");
	fake_add(1536, 1600, true);
	assert_int_equal(avail_xenheap_pages(), 64);
	assert_int_equal(xmem_heap_frame_state(1540), XMEM_FRAME_DIRTY);
	assert_int_equal(xmem_heap_frame_state(1600), XMEM_FRAME_USED);
	EXPECT_PANIC(init_domheap_pages(PA(1530), PA(1540)),
		     "they are the xenheap's");
	EXPECT_PANIC(init_domheap_pages(PA(1590), PA(1610)),
		     "they are the xenheap's");
	/* A block that covers both is of neither. */
	free_domheap_pages(mfn_to_page(_mfn(1600)), 6);
	EXPECT_PANIC(free_domheap_pages(mfn_to_page(_mfn(1024)), 10),
		     "misaligned or beyond its span");
	page = alloc_xenheap_pages(6, 0);
	assert_ptr_equal(page, mfn_to_virt(1536));
	assert_null(alloc_xenheap_pages(0, 0));
	EXPECT_PANIC(free_domheap_pages(virt_to_page(page), 0),
		     "a xenheap page");
	free_xenheap_pages(page, 6);
	EXPECT_PANIC(free_domheap_pages(virt_to_page(page), 0), "double free");
	assert_int_equal(avail_xenheap_pages(), 64);
	fake_check();
}

/* Spans may come in any order; masks follow the arenas' new numbers. */
static void spans_come_in_any_order(void **state)
{
	(void)state;
	for (unsigned long i = 0; i < 64; i++) {
		unsigned long at = ((i * 37) % 64 + 1) * 100;

		fake_add(at, at + 1 + i, false);
		fake_check();
	}
	assert_int_equal(total_free_pages(), 64 * 65 / 2);
	assert_int_equal(drain(0), 64 * 65 / 2);
}

/* A new span has only used frames; they become free by being freed. */
static void frames_of_a_span_start_as_used(void **state)
{
	static _Alignas(16) char meta[1 << 14];

	(void)state;
	assert_int_equal(xmem_heap_add_span(100, 200, 0, false, meta), 0);
	assert_int_equal(xmem_heap_frame_state(99), XMEM_FRAME_UNKNOWN);
	assert_int_equal(xmem_heap_frame_state(100), XMEM_FRAME_USED);
	assert_int_equal(xmem_heap_frame_state(199), XMEM_FRAME_USED);
	assert_int_equal(xmem_heap_frame_state(200), XMEM_FRAME_UNKNOWN);
	free_domheap_pages(mfn_to_page(_mfn(128)), 4);
	assert_int_equal(total_free_pages(), 16);
	assert_int_equal(xmem_heap_frame_state(128), XMEM_FRAME_DIRTY);
	fake_check();
}

/* Metadata: at most a byte a frame for all but tiny spans. */
static void metadata_is_below_a_byte_a_frame(void **state)
{
	(void)state;
	for (unsigned long nr = 1UL << 14; nr <= HUGE_SPAN; nr *= 2) {
		assert_true(xmem_heap_span_bytes(1, 1 + nr) <= nr);
		assert_true(xmem_heap_span_bytes(nr, nr + nr) <= nr / 2);
	}
}

/* Metadata for a range nobody announced comes from the range itself where
 * there is no other memory; it is that of a wider span, and below 1/200. */
static void range_pays_for_its_own_metadata(void **state)
{
	unsigned long own;

	(void)state;
	own = (xmem_heap_span_bytes(1, 1UL << 17) + PAGE_SIZE - 1) / PAGE_SIZE;
	init_domheap_pages(PA(4096), PA(8192));
	assert_int_equal(total_free_pages(), 4096 - own);
	assert_true(own * PAGE_SIZE <= 4096 * 4096 / 200);
	assert_int_equal(xmem_heap_frame_state(1), XMEM_FRAME_USED);
	assert_int_equal(xmem_heap_frame_state(4096), XMEM_FRAME_USED);
	assert_int_equal(xmem_heap_frame_state(4096 + own), XMEM_FRAME_DIRTY);
	assert_int_equal(xmem_heap_frame_state(1UL << 17), XMEM_FRAME_UNKNOWN);
	fake_check();
}

/* With a heap, the metadata of later ranges comes from the xenheap. */
static void later_range_is_paid_by_the_xenheap(void **state)
{
	unsigned long before;

	(void)state;
	init_domheap_pages(PA(4096), PA(8192));
	before = total_free_pages();
	init_domheap_pages(PA(200000), PA(200100));
	assert_int_equal(total_free_pages(), before + 100 - 1);
	assert_int_equal(xmem_heap_frame_state(200000), XMEM_FRAME_DIRTY);
	assert_int_equal(xmem_heap_frame_state(200099), XMEM_FRAME_DIRTY);
	fake_check();
}

/* An unmapped range with no xenheap to pay for it is lost, and said so. */
static void unmapped_range_without_xenheap_is_lost(void **state)
{
	unsigned long prints = xmem_host_nr_prints;

	(void)state;
	fake_mapped_end = 50000;
	init_domheap_pages(PA(60000), PA(70000));
	assert_int_equal(total_free_pages(), 0);
	assert_int_equal(xmem_host_nr_prints, prints + 1);
	assert_non_null(
		strstr(xmem_host_print_text, "frames ea60..1116f are lost"));
	init_domheap_pages(PA(10000), PA(20000));
	init_domheap_pages(PA(60000), PA(70000));
	assert_int_equal(avail_domheap_pages_region(0, PAGE_SHIFT + 17, 0),
			 70000 - 65536);
	assert_int_equal(xmem_heap_frame_state(60000), XMEM_FRAME_DIRTY);
	fake_check();
}

/* What is lost is the gap: a span behind it gets the rest of the range. */
static void gap_is_lost_and_no_more(void **state)
{
	(void)state;
	fake_mapped_end = 50000;
	fake_span(60000, 60100, false);
	init_domheap_pages(PA(59990), PA(60050));
	assert_int_equal(total_free_pages(), 50);
	assert_int_equal(xmem_heap_frame_state(59999), XMEM_FRAME_UNKNOWN);
	assert_int_equal(xmem_heap_frame_state(60000), XMEM_FRAME_DIRTY);
	fake_check();
}

/* Metadata may end where the direct map does, and not a frame behind that. */
static void metadata_may_end_with_the_direct_map(void **state)
{
	unsigned long own;

	init_domheap_pages(PA(4096), PA(8192));
	own = 4096 - total_free_pages();
	assert_true(own > 0);
	(void)fake_setup(state);
	fake_mapped_end = 4096 + own;
	init_domheap_pages(PA(4096), PA(8192));
	assert_int_equal(total_free_pages(), 4096 - own);
	fake_check();
	(void)fake_setup(state);
	fake_mapped_end = 4096 + own - 1;
	init_domheap_pages(PA(4096), PA(8192));
	assert_int_equal(total_free_pages(), 0);
	fake_check();
}

/* A range too small to hold its own metadata is lost, not misused. */
static void range_smaller_than_its_metadata_is_lost(void **state)
{
	(void)state;
	init_domheap_pages(PA(4096), PA(4097));
	assert_int_equal(total_free_pages(), 0);
	assert_int_equal(xmem_heap_frame_state(4096), XMEM_FRAME_UNKNOWN);
	fake_check();
}

/* Blocks of @nr frames from @first on, @step by @step, enter late: all arrive,
 * and merge as if they had come at once. */
static void add_blocks(unsigned long first, unsigned long nr,
		       unsigned long blocks, unsigned long step)
{
	struct xmem_heap_stats stats;
	unsigned long wide = 32;
	unsigned long paid;

	while (wide < 32 * nr && wide < 1UL << MAX_ORDER) {
		wide *= 2;
	}
	fake_reset();
	fake_add(1, 4096, false); /* pays for metadata */
	for (unsigned long i = 0; i < blocks; i++) {
		unsigned long at = first + i * step % blocks * nr;

		init_domheap_pages(PA(at), PA(at + nr));
	}
	paid = 4095 + blocks * nr - total_free_pages();
	xmem_heap_get_stats(0, &stats);
	assert_true(paid <= blocks * nr / 200 + blocks);
	assert_true(stats.nr_arenas <= 3 + 2 * blocks * nr / wide);
	if (blocks * nr >= 2UL << MAX_ORDER) {
		assert_true(stats.free_blocks[MAX_ORDER] >= 1);
	}
	fake_check();
}

/* Memory that comes in touching blocks shares spans, in any order: ascending,
 * descending and mixed. */
static void touching_blocks_share_spans(void **state)
{
	(void)state;
	add_blocks(1UL << 18, 1UL << 13, 96, 1);
	add_blocks(1UL << 18, 1UL << 13, 96, 95);
	add_blocks(1UL << 18, 1UL << 13, 96, 35);
	add_blocks((1UL << 18) + 4096, 1UL << 12, 50, 49);
	add_blocks(8192, 64, 512, 511);
	add_blocks(8192 + 17, 50, 512, 77);
}

static void other_block_arrives(void)
{
	init_domheap_pages(PA(200064), PA(200128));
}

/* While the metadata for a block is allocated, another CPU makes a span that
 * reaches into it: the block goes there, and the metadata back. */
static void another_cpu_may_be_faster(void **state)
{
	struct xmem_heap_stats stats;

	(void)state;
	fake_add(1, 4096, false);
	fake.on_alloc = other_block_arrives;
	init_domheap_pages(PA(200000), PA(200064));
	assert_null(fake.on_alloc);
	xmem_heap_get_stats(0, &stats);
	assert_int_equal(stats.nr_arenas, 2);
	assert_int_equal(total_free_pages(), 4095 + 128 - 1);
	fake_check();
}

/* What is wide around a late block stays out of other spans and nodes. */
static void late_block_leaves_others_alone(void **state)
{
	(void)state;
	fake.node_frames = 10000;
	fake_add(1, 1000, false);
	fake_add(9000, 9100, false);
	fake_add(9900, 9950, false);
	fake_add(10050, 10060, false); /* the next node */
	init_domheap_pages(PA(9500), PA(9600));
	init_domheap_pages(PA(10000), PA(10010));
	assert_int_equal(xmem_heap_frame_state(9100), XMEM_FRAME_USED);
	assert_int_equal(xmem_heap_frame_state(9899), XMEM_FRAME_USED);
	assert_int_equal(xmem_heap_frame_state(9999), XMEM_FRAME_UNKNOWN);
	assert_int_equal(xmem_heap_frame_state(10049), XMEM_FRAME_USED);
	fake_check();
}

/* Separate layout: xenheap enters around spans of the xenheap, each gap with a
 * span of its own. */
static void xenheap_range_covers_spans_and_gaps(void **state)
{
	struct xmem_heap_stats stats;

	(void)state;
	xmem_host_layout = XMEM_LAYOUT_SEPARATE;
	fake_add(1, 1001, true);
	fake_span(1000000, FAKE_FRAMES, false); /* in nobody's way */
	fake_span(2000, 2100, true);
	fake_span(2200, 2300, true);
	init_xenheap_pages(PA(1900), PA(2250));
	xmem_heap_get_stats(0, &stats);
	assert_int_equal(stats.nr_arenas, 6);
	assert_int_equal(stats.span_pages,
			 1000 + FAKE_FRAMES - 1000000 + 100 + 100 + 100 + 100);
	assert_int_equal(avail_xenheap_pages(), 1000 + 350 - 2);
	fake_check();
}

/* Separate layout: the wide span of late domheap memory ends where xenheap
 * begins. */
static void late_block_stays_below_the_xenheap(void **state)
{
	(void)state;
	xmem_host_layout = XMEM_LAYOUT_SEPARATE;
	fake_add(2000, 2010, true);
	init_domheap_pages(PA(1800), PA(1900));
	assert_int_equal(xmem_heap_frame_state(1999), XMEM_FRAME_USED);
	assert_int_equal(xmem_heap_frame_state(2010), XMEM_FRAME_UNKNOWN);
	assert_int_equal(avail_domheap_pages(), 100);
	fake_check();
}

/* One call may cover spans, gaps between them and several nodes. */
static void range_covers_spans_gaps_and_nodes(void **state)
{
	static _Alignas(16) char meta[2][1 << 14];
	unsigned long paid;

	(void)state;
	fake.node_frames = 16384;
	fake_add(1, 1001, false);
	assert_int_equal(xmem_heap_add_span(12000, 12100, 0, false, meta[0]),
			 0);
	assert_int_equal(xmem_heap_add_span(12150, 12200, 0, true, meta[1]), 0);
	init_domheap_pages(PA(11950), PA(40000));
	for (unsigned long mfn = 11950; mfn < 40000; mfn++) {
		assert_true(xmem_heap_frame_state(mfn) != XMEM_FRAME_UNKNOWN);
	}
	paid = 1000 + 40000 - 11950 - total_free_pages();
	assert_true(paid > 0 && paid < 1000);
	assert_int_equal(avail_node_heap_pages(1), 16384);
	assert_int_equal(avail_node_heap_pages(2), 40000 - 32768);
	fake_check();
}

/* Ranges are rounded inwards; empty and inverted ones are ignored; frame 0
 * stays out. */
static void odd_ranges_are_taken_as_meant(void **state)
{
	static _Alignas(16) char meta[1 << 14];
	unsigned long prints;

	(void)state;
	assert_int_equal(xmem_heap_add_span(1, 100, 0, false, meta), 0);
	init_domheap_pages(PA(10) + 1, PA(12) - 1);
	init_domheap_pages(PA(10), PA(10));
	init_domheap_pages(PA(12), PA(10));
	init_domheap_pages(PA(10) + 1, PA(10) + 5);
	init_domheap_pages(0, 0);
	init_domheap_pages(0, PA(1));
	init_xenheap_pages(PA(12), 0);
	/* Frames that a 32-bit long cannot number are not others instead. */
	init_domheap_pages(~(paddr_t)0, ~(paddr_t)0);
	init_domheap_pages(~(paddr_t)0, PA(50));
	init_domheap_pages(~(paddr_t)0 - PAGE_SIZE, ~(paddr_t)0);
	assert_int_equal(total_free_pages(), 0);
	init_domheap_pages(PA(10) + 1, PA(13) - 1);
	assert_int_equal(total_free_pages(), 1);
	assert_int_equal(xmem_heap_frame_state(11), XMEM_FRAME_DIRTY);
	prints = xmem_host_nr_prints;
	init_domheap_pages(0, PA(2));
	assert_int_equal(xmem_heap_frame_state(1), XMEM_FRAME_DIRTY);
	assert_int_equal(xmem_host_nr_prints, prints); /* 0 is not lost */
	fake_check();
}

/* Memory that is free already cannot enter again; nothing is changed. */
static void free_memory_cannot_enter_again(void **state)
{
	(void)state;
	fake_add(1024, 2048, false);
	EXPECT_PANIC(init_domheap_pages(PA(1024), PA(2048)),
		     "init of frames 400..7ff: some are free already");
	EXPECT_PANIC(init_xenheap_pages(PA(2047), PA(2049)),
		     "init of frames 7ff..7ff: some are free already");
	assert_int_equal(total_free_pages(), 1024);
	fake_check();
}

/* What is no RAM cannot enter, not even one frame of it. */
static void no_ram_cannot_enter(void **state)
{
	(void)state;
	fake_hole = 5000;
	fake_hole_end = 5001;
	EXPECT_PANIC(init_domheap_pages(PA(4096), PA(8192)),
		     "init of frame 1388, which is no RAM, caller ");
	EXPECT_PANIC(init_domheap_pages(PA(5000), PA(5001)), "is no RAM");
	EXPECT_PANIC(
		init_xenheap_pages(PA(FAKE_FRAMES - 1), PA(FAKE_FRAMES + 1)),
		"is no RAM");
	assert_int_equal(total_free_pages(), 0);
	init_domheap_pages(PA(4096), PA(5000));
	init_domheap_pages(PA(5001), PA(8192));
	fake_check();
}

/* What has an owner, or is xenheap in use, cannot enter: seen at the first and
 * the last frame of every 512. */
static void frames_in_use_cannot_enter(void **state)
{
	struct domain d;
	struct page_info *pg;
	unsigned long mfn;

	(void)state;
	xmem_owner_init(&d.mem, 100, 0);
	fake_add(2048, 4096, false);
	pg = alloc_domheap_pages(&d, 0, MEMF_no_scrub);
	mfn = mfn_x(page_to_mfn(pg));
	EXPECT_PANIC(init_domheap_pages(PA(mfn), PA(mfn + 1)),
		     "init of frame fff, which is owned, caller ");
	EXPECT_PANIC(init_xenheap_pages(PA(mfn - 1), PA(mfn + 1)), "is owned");
	free_domheap_pages(pg, 0);
	assert_non_null(alloc_xenheap_pages(9, 0));
	for (volatile unsigned long i = 3584; i < 4096; i++) {
		EXPECT_PANIC(init_domheap_pages(PA(i), PA(4096)),
			     "is a xenheap page");
		EXPECT_PANIC(init_domheap_pages(PA(3584), PA(i + 1)),
			     "is a xenheap page");
	}
	EXPECT_PANIC(init_domheap_pages(PA(3000), PA(5000)),
		     "init of frame e00, which is a xenheap page");
	pg = mfn_to_page(_mfn(6000));
	pg->count_info = 1;
	EXPECT_PANIC(init_domheap_pages(PA(6000), PA(6001)), "is referenced");
	assert_int_equal(total_free_pages(), 2048 - 512);
	fake_check();
}

/* The look at the frames that enter pauses every 512. */
static void entering_frames_are_looked_at_with_pauses(void **state)
{
	(void)state;
	fake_span(2048, 8192, false);
	fake.nr_relaxed = 0;
	init_domheap_pages(PA(4096), PA(8192));
	assert_int_equal(fake.nr_relaxed, 8);
	init_domheap_pages(PA(2050), PA(2051));
	assert_int_equal(fake.nr_relaxed, 9);
	fake_check();
}

/* A separate xenheap is made of mapped memory only; none at all may lie
 * anywhere. */
static void unmapped_memory_is_no_xenheap(void **state)
{
	(void)state;
	xmem_host_layout = XMEM_LAYOUT_SEPARATE;
	fake_mapped_end = 5000;
	EXPECT_PANIC(init_xenheap_pages(PA(4000), PA(5001)),
		     "init of frames fa0..1388 as xenheap: not all are mapped");
	init_xenheap_pages(PA(6000), PA(6000));
	init_xenheap_pages(PA(4000), PA(5000));
	assert_int_equal(avail_xenheap_pages(), 999);
	fake_check();
}

/* The port hears of entering memory in few, aligned blocks. */
static void port_is_told_in_large_blocks(void **state)
{
	(void)state;
	fake_add(1, FAKE_FRAMES, false);
	assert_int_equal(fake.nr_given, FAKE_FRAMES - 1);
	assert_int_equal(fake.largest_given, 19);
	fake_check();
}

/* 64 TiB (1 TiB where a long has 32 bits) enter in the time of a few thousand
 * frames: metadata that was not touched before is zero, and hardly any of it is
 * touched. */
static void memory_enters_lazily(void **state)
{
	const unsigned int width = TEST_LONG_BITS > 40 ? 46 : 40;
	const unsigned long nr = 1UL << (width - PAGE_SHIFT);
	unsigned long smfn = 2 * nr;
	unsigned long bytes = xmem_heap_span_bytes(smfn, smfn + nr);
	void *meta = malloc(bytes);

	(void)state;
	assert_non_null(meta);
	fake.track = false;
	assert_int_equal(xmem_heap_add_span(smfn, smfn + nr, 0, false, meta),
			 0);
	xmem_heap_init_frames(smfn, smfn + nr, false);
	assert_int_equal(total_free_pages(), nr);
	assert_int_equal(avail_domheap_pages_region(0, width + 2, width + 2),
			 nr);
	fake_reset();
	free(meta);
}

/* The separate layout must have a xenheap when the set-up ends; what there is
 * is told in MiB. */
static void late_init_wants_a_xenheap(void **state)
{
	char text[80];

	(void)state;
	xmem_host_layout = XMEM_LAYOUT_SEPARATE;
	fake_add(1024, 2048, false);
	EXPECT_PANIC(heap_init_late(), "the separate layout has no xenheap");
	fake_add(4096, 8192, true);
	heap_init_late();
	snprintf(text, sizeof(text), "heap: %lu MiB free, of which %lu MiB",
		 (5120UL << PAGE_SHIFT) >> 20, (4096UL << PAGE_SHIFT) >> 20);
	assert_non_null(strstr(xmem_host_print_text, text));
}

/* Memory that nobody announced is cut at each border too, also where it
 * comes back to a node. */
static void late_range_may_return_to_a_node(void **state)
{
	unsigned long nr = (128UL << 20) >> PAGE_SHIFT;
	struct xmem_heap_stats stats[2];

	(void)state;
	fake.node_frames = nr;
	fake.node_turns = 2;
	init_domheap_pages(PA(nr / 2), PA(3 * nr + nr / 2));
	xmem_heap_get_stats(0, &stats[0]);
	xmem_heap_get_stats(1, &stats[1]);
	/* Each span is as wide as its part of the node. */
	assert_int_equal(stats[0].span_pages, nr - 1 + nr);
	assert_int_equal(stats[1].span_pages, nr + nr);
	fake_check();
}

#define T(name) cmocka_unit_test_setup(name, fake_setup)
static const struct CMUnitTest tests[] = {
	T(late_range_may_return_to_a_node),
	T(bad_spans_are_refused),
	T(highest_span_is_below_all_numbers),
	T(overlapping_span_is_refused),
	T(first_span_brings_its_node),
	T(refused_span_makes_no_node),
	T(two_first_spans_of_a_node),
	T(number_of_spans_has_no_limit),
	T(xenheap_inside_a_domheap_span),
	T(spans_come_in_any_order),
	T(frames_of_a_span_start_as_used),
	T(metadata_is_below_a_byte_a_frame),
	T(range_pays_for_its_own_metadata),
	T(later_range_is_paid_by_the_xenheap),
	T(unmapped_range_without_xenheap_is_lost),
	T(gap_is_lost_and_no_more),
	T(metadata_may_end_with_the_direct_map),
	T(range_smaller_than_its_metadata_is_lost),
	T(touching_blocks_share_spans),
	T(late_block_leaves_others_alone),
	T(another_cpu_may_be_faster),
	T(xenheap_range_covers_spans_and_gaps),
	T(late_block_stays_below_the_xenheap),
	T(range_covers_spans_gaps_and_nodes),
	T(odd_ranges_are_taken_as_meant),
	T(free_memory_cannot_enter_again),
	T(no_ram_cannot_enter),
	T(frames_in_use_cannot_enter),
	T(entering_frames_are_looked_at_with_pauses),
	T(unmapped_memory_is_no_xenheap),
	T(port_is_told_in_large_blocks),
	T(memory_enters_lazily),
	T(late_init_wants_a_xenheap),
};

TEST_MAIN(tests)
