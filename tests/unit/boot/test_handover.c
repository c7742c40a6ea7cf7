/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_handover.c - the heap takes over from the boot allocator
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * link: src/boot/boot.c src/boot/handover.c
 * include: tests/fake/page/include tests/fake/page
 */
#include "boot_tests.h"

#include "heap/heap.h"
#include "lib/align.h"

/* All that is free goes to the heap, less metadata; nothing twice. */
CHILD_TEST(hand_over_gives_all_that_is_free)
{
	unsigned long taken;

	init_boot_pages(PA(1), PA(160));
	init_boot_pages(PA(256), PA(200000));
	init_boot_pages(PA(300000), PA(310000));
	taken = boot_take(1000, 1);
	end_boot_allocator();
	assert_int_equal(taken, 309000);
	for (unsigned long mfn = 309000; mfn < 310000; mfn++) {
		assert_int_equal(xmem_heap_frame_state(mfn), XMEM_FRAME_USED);
	}
	assert_int_equal(xmem_heap_frame_state(0), XMEM_FRAME_UNKNOWN);
	assert_int_equal(xmem_heap_frame_state(1), XMEM_FRAME_DIRTY);
	assert_true(total_free_pages() < 159 + 199744 + 9000);
	assert_true((159 + 199744 + 9000 - total_free_pages()) * PAGE_SIZE <
		    310000);
	EXPECT_RAM(1, 160, 256, 200000, 300000, 310000);
	fake_check();
}

/* After the hand-over there is no way back. */
CHILD_TEST(nothing_works_after_the_end)
{
	init_boot_pages(PA(1), PA(5000));
	end_boot_allocator();
	EXPECT_PANIC(end_boot_allocator(), "called twice");
	EXPECT_PANIC(init_boot_pages(PA(6000), PA(7000)),
		     "comes after end_boot_allocator()");
	EXPECT_PANIC(alloc_boot_pages(1, 1), "the boot allocator has ended");
	assert_true(
		mfn_eq(xmem_alloc_boot_pages_below(1, 1, ~0UL), INVALID_MFN));
	/* Nothing comes never too late. */
	init_boot_pages(PA(7), PA(6));
	init_boot_pages(PA(7), PA(7));
	init_boot_pages(PA(7) + 1, PA(8));
	xmem_boot_reserve(PA(7), PA(7));
	xmem_boot_reserve(PA(8), PA(7));
	xmem_boot_reserve((paddr_t)1 << PADDR_BITS, ~(paddr_t)0);
	EXPECT_RAM(1, 5000);
	fake_check();
}

/* Ranges that cross nodes are cut there; spans do not cross. */
CHILD_TEST(nodes_have_their_own_spans)
{
	fake.node_frames = 4096;
	init_boot_pages(PA(1), PA(16384));
	EXPECT_RAM(1, 16384);
	end_boot_allocator();
	for (unsigned int n = 0; n < 4; n++) {
		struct xmem_heap_stats stats;

		xmem_heap_get_stats(n, &stats);
		assert_int_equal(stats.nr_arenas, 1);
		assert_int_equal(stats.span_pages, n == 0 ? 4095 : 4096);
	}
	fake_check();
}

/* Nodes need not be known before the hand-over. What was given as one range,
 * and used in part, is cut where nodes turn out to meet; nothing is lost. */
CHILD_TEST(nodes_may_be_known_late)
{
	struct xmem_heap_stats stats[2];
	unsigned long meta;
	unsigned long used;

	fake.nodes_unknown = true;
	init_boot_pages(PA(1), PA(1024));
	used = boot_take(5, 1);
	xmem_boot_reserve(PA(500), PA(520));
	fake.nodes_unknown = false;
	fake.node_frames = 512;
	xmem_host_nr_prints = 0;
	end_boot_allocator();
	assert_int_equal(xmem_host_nr_prints, 0);
	xmem_heap_get_stats(0, &stats[0]);
	xmem_heap_get_stats(1, &stats[1]);
	assert_int_equal(stats[0].span_pages, 511);
	assert_int_equal(stats[1].span_pages, 512);
	assert_int_equal(stats[0].nr_arenas + stats[1].nr_arenas, 2);
	meta = stats[0].meta_bytes + stats[1].meta_bytes;
	assert_int_equal(stats[0].free_pages + stats[1].free_pages,
			 1023 - 5 - 20 - xmem_pages_for(meta));
	assert_int_equal(stats[0].free_pages, 511 - 12);
	assert_int_equal(xmem_heap_frame_state(used), XMEM_FRAME_USED);
	assert_int_equal(xmem_heap_frame_state(511), XMEM_FRAME_USED);
	assert_int_equal(xmem_heap_frame_state(520), XMEM_FRAME_DIRTY);
	/* What is in use is freed on its own node. */
	for (unsigned long mfn = 500; mfn < 520; mfn++) {
		free_domheap_pages(mfn_to_page(_mfn(mfn)), 0);
	}
	assert_int_equal(avail_node_heap_pages(0), 511);
	fake_check();
}

/* How often the hand-over asks for nodes does not depend on how much RAM there
 * is, but on its ranges and their borders. */
static unsigned long calls_of_a_machine(unsigned long scale)
{
	unsigned long nr;

	fake.node_frames = 1024 * scale;
	init_boot_pages(PA(1024), PA(2500 * scale));
	init_boot_pages(PA(2600 * scale), PA(4000 * scale));
	fake.nr_node_calls = 0;
	end_boot_allocator();
	nr = fake.nr_node_calls;
	fake_check();
	return nr;
}

CHILD_TEST(few_questions_for_nodes)
{
	assert_true(calls_of_a_machine(1) < 200);
}

CHILD_TEST(few_questions_for_nodes_of_much_ram)
{
	assert_true(calls_of_a_machine((32UL << 20) / PAGE_SIZE / 1024 * 3) <
		    200);
}

/* A range may come back to a node that it has left: each frame enters the
 * heap on its own node, and what is on the other is not lost. */
CHILD_TEST(range_may_return_to_a_node)
{
	unsigned long nr = (128UL << 20) >> PAGE_SHIFT; /* the least there is */
	struct xmem_heap_stats stats[2];

	fake.node_frames = nr;
	fake.node_turns = 2;
	init_boot_pages(PA(100), PA(4 * nr - 100));
	EXPECT_RAM(100, 4 * nr - 100);
	end_boot_allocator();
	xmem_heap_get_stats(0, &stats[0]);
	xmem_heap_get_stats(1, &stats[1]);
	assert_int_equal(stats[0].span_pages, 2 * nr - 100);
	assert_int_equal(stats[1].span_pages, 2 * nr - 100);
	assert_true(stats[0].free_pages + stats[1].free_pages +
			    stats[0].meta_bytes / PAGE_SIZE +
			    stats[1].meta_bytes / PAGE_SIZE + 8 >=
		    4 * nr - 200);
	for (unsigned int n = 0; n < 2; n++) {
		struct page_info *pg = alloc_domheap_pages(
			NULL, 0, MEMF_node(n) | MEMF_exact_node);

		assert_int_equal(mfn_of(pg) / nr % 2, n);
	}
	fake_check();
}

/* However often RAM changes between two nodes, beside each other or far apart:
 * each frame is free, on its own node, or metadata. */
CHILD_TEST(nodes_may_change_often)
{
	const unsigned long nr = 400;
	unsigned long ram = 0;
	unsigned long meta = PAGE_SIZE;
	struct xmem_heap_stats stats;

	fake.node_frames = 1000;
	fake.node_turns = 2;
	for (unsigned long i = 0; i < nr; i++) {
		unsigned long at = 1000 + 1000 * i + i % 7 * 90;

		init_boot_pages(PA(at), PA(i % 7 == 0 ? at + 1000 : at + 300));
		ram += i % 7 == 0 ? 1000 : 300;
	}
	xmem_host_nr_prints = 0;
	end_boot_allocator();
	for (unsigned int n = 0; n < 2; n++) {
		struct page_info *pg = alloc_domheap_pages(
			NULL, 3, MEMF_node(n) | MEMF_exact_node);

		assert_int_equal(mfn_of(pg) / 1000 % 2, n);
		free_domheap_pages(pg, 3);
		xmem_heap_get_stats(n, &stats);
		assert_true(stats.free_pages <= ram);
		ram -= stats.free_pages;
		meta += stats.meta_bytes + stats.nr_arenas * SMP_CACHE_BYTES;
	}
	assert_int_equal(xmem_host_nr_prints, 0);
	assert_true(ram * PAGE_SIZE <= meta);
	fake_check();
}

/* A memory map of many pieces that are close needs few spans; no memory is
 * lost. Holes add up: together they are no larger than the RAM before them. */
CHILD_TEST(many_pieces_share_spans)
{
	struct xmem_heap_stats stats;
	unsigned long ram = 0;

	for (unsigned long i = 1; i < 400; i++) {
		init_boot_pages(PA(i * 1000), PA(i * 1000 + 700 - i));
		ram += 700 - i;
	}
	end_boot_allocator();
	xmem_heap_get_stats(0, &stats);
	assert_true(stats.nr_arenas <= 40);
	assert_true(stats.span_pages <= 2 * ram);
	assert_true(stats.free_pages + stats.meta_bytes / PAGE_SIZE + 64 >=
		    ram);
	fake_check();
}

/* The sum of all holes decides, not each: after 120 frames of RAM and holes of
 * 40 and 40, one of 45 begins a new span. */
CHILD_TEST(holes_of_a_span_add_up)
{
	struct xmem_heap_stats stats;

	init_boot_pages(PA(1000), PA(1100));
	init_boot_pages(PA(1140), PA(1150));
	init_boot_pages(PA(1190), PA(1200));
	init_boot_pages(PA(1245), PA(1345));
	init_boot_pages(PA(1355), PA(1400));
	end_boot_allocator();
	xmem_heap_get_stats(0, &stats);
	assert_int_equal(stats.nr_arenas, 2);
	assert_int_equal(stats.span_pages, 200 + 155);
	fake_check();
}

/* A hole as large as the RAM before it is still one inside the span; a frame
 * more, and the next piece has its own. */
CHILD_TEST(hole_of_a_span_is_no_larger_than_its_ram)
{
	struct xmem_heap_stats stats;

	init_boot_pages(PA(1000), PA(1100));
	init_boot_pages(PA(1200), PA(1300)); /* 100 of 100 */
	init_boot_pages(PA(1401), PA(1500)); /* 201 of 200 */
	end_boot_allocator();
	xmem_heap_get_stats(0, &stats);
	assert_int_equal(stats.nr_arenas, 2);
	assert_int_equal(stats.span_pages, 300 + 99);
	fake_check();
}

/* However sparse the map, a hole costs nothing, and the metadata of all spans
 * lies side by side: each may be smaller than a page. */
CHILD_TEST(holes_cost_nothing)
{
	struct xmem_heap_stats stats;

	for (unsigned long i = 1; i < 500; i++) {
		init_boot_pages(PA(i * 2000), PA(i * 2000 + 300));
	}
	end_boot_allocator();
	xmem_heap_get_stats(0, &stats);
	assert_int_equal(stats.nr_arenas, 499);
	assert_int_equal(stats.span_pages, 499 * 300);
	assert_true(stats.free_pages * PAGE_SIZE + stats.meta_bytes +
			    499 * SMP_CACHE_BYTES + PAGE_SIZE >=
		    499 * 300 * PAGE_SIZE);
	fake_check();
}

/* Where no piece holds the metadata of all spans, the spans get it one by one,
 * and nothing is lost but what it takes. None is wider than its piece. */
CHILD_TEST(metadata_is_found_in_small_pieces)
{
	struct xmem_heap_stats stats;
	unsigned long nr = PAGE_SHIFT > 14 ? 2 : 9;

	for (unsigned long i = 1; i <= 1000; i++) {
		init_boot_pages(PA(i * 1000), PA(i * 1000 + nr));
	}
	end_boot_allocator();
	xmem_heap_get_stats(0, &stats);
	assert_true(stats.meta_bytes > nr * PAGE_SIZE);
	assert_int_equal(stats.nr_arenas, 1000);
	assert_int_equal(stats.span_pages, 1000 * nr);
	assert_true(stats.free_pages >= 1000 * (nr - 1));
	fake_check();
}

/* Of a span that is not the first one of its node. */
static unsigned long meta_bytes(unsigned long nr)
{
	return xmem_align_up(xmem_heap_span_bytes(1024, 1024 + nr) -
				     xmem_heap_node_bytes(0),
			     SMP_CACHE_BYTES);
}

/* Where the metadata of all spans finds no place, but that of all but the first
 * does, they share it: two frames in all, if each piece has one to give. */
CHILD_TEST(spans_that_are_left_share_their_metadata)
{
	const unsigned long nr = PAGE_SIZE / meta_bytes(200) + 1;
	struct xmem_heap_stats stats;

	for (unsigned long i = 1; i <= nr; i++) {
		init_boot_pages(PA(i * 1024), PA(i * 1024 + 200));
		xmem_boot_reserve(PA(i * 1024), PA(i * 1024 + 199));
	}
	end_boot_allocator();
	xmem_heap_get_stats(0, &stats);
	assert_int_equal(stats.nr_arenas, nr);
	assert_int_equal(stats.span_pages, nr * 200);
	assert_int_equal(stats.free_pages, nr - 2);
	fake_check();
}

/* RAM [@at, @at + @nr), of which the last frame but one is free. */
static void add_used(unsigned long at, unsigned long nr)
{
	init_boot_pages(PA(at), PA(at + nr));
	xmem_boot_reserve(PA(at), PA(at + nr - 2));
	xmem_boot_reserve(PA(at + nr - 1), PA(at + nr));
}

/* Metadata that fills a page to its last byte takes that page, and the used
 * frame behind it stays used. */
CHILD_TEST(metadata_may_fill_its_page)
{
	const unsigned long room = PAGE_SIZE - xmem_heap_node_bytes(0);
	const unsigned long nr = room / meta_bytes(200);
	const unsigned long rest = room - (nr - 1) * meta_bytes(200);
	struct xmem_heap_stats stats;
	unsigned long last = 200;

	while (meta_bytes(last) < rest) {
		last++;
	}
	assert_int_equal(meta_bytes(last), rest);
	for (unsigned long i = 1; i < nr; i++) {
		add_used(i * 1024, 200);
	}
	add_used(1UL << MAX_ORDER, last);
	end_boot_allocator();
	xmem_heap_get_stats(0, &stats);
	assert_int_equal(stats.nr_arenas, nr);
	assert_int_equal(stats.span_pages, (nr - 1) * 200 + last);
	assert_int_equal(stats.free_pages, nr - 1);
	fake_check();
}

/* Two nodes that alternate more often than there are bits in a word. */
CHILD_TEST(nodes_may_alternate_often)
{
	const unsigned long nr = FAKE_FRAMES / 600;

	fake.node_frames = nr;
	fake.node_turns = 2;
	for (unsigned long i = 0; i < 600; i++) {
		init_boot_pages(PA(i * nr), PA(i * nr + nr));
	}
	end_boot_allocator();
	for (unsigned int n = 0; n < 2; n++) {
		struct xmem_heap_stats stats;

		xmem_heap_get_stats(n, &stats);
		assert_true(stats.free_pages >= 300 * nr / 100 * 98);
		assert_int_equal(stats.nr_arenas, 300);
	}
	fake_check();
}

/* The separate layout, in the order that porting.md says: the xenheap comes
 * out of the boot allocator. All of it arrives, without a message. */
CHILD_TEST(separate_xenheap_from_boot_memory)
{
	struct xmem_heap_stats stats;
	unsigned long prints = xmem_host_nr_prints;
	unsigned long xen;

	xmem_host_layout = XMEM_LAYOUT_SEPARATE;
	init_boot_pages(PA(1000), PA(200000));
	xen = mfn_x(xmem_alloc_boot_pages_below(10000, 1, 100000));
	init_xenheap_pages(PA(xen), PA(xen + 10000));
	end_boot_allocator();
	heap_init_late();
	assert_int_equal(xmem_host_nr_prints, prints + 1);
	xmem_heap_get_stats(0, &stats);
	assert_true(stats.nr_arenas == 2);
	assert_true((199000 - stats.free_pages) * PAGE_SIZE <=
		    stats.meta_bytes + 4 * PAGE_SIZE + 8192);
	assert_int_equal(avail_domheap_pages(), 189000);
	assert_int_equal(avail_xenheap_pages(), stats.free_pages - 189000);
	fake_check();
}

/* What enters the heap before the hand-over is known to it then: the hand-over
 * adds the rest, and loses nothing. */
CHILD_TEST(memory_may_enter_before_the_hand_over)
{
	struct xmem_heap_stats stats;
	unsigned long early;

	init_boot_pages(PA(1000), PA(200000));
	early = boot_take(10000, 1);
	init_domheap_pages(PA(early), PA(early + 10000));
	end_boot_allocator();
	xmem_heap_get_stats(0, &stats);
	assert_true((199000 - stats.free_pages) * PAGE_SIZE <=
		    stats.meta_bytes + 4 * PAGE_SIZE);
	fake_check();
}

/* Metadata for a span that the heap knows by then is not used: all of it goes
 * back, also where it was found for that span alone, in one free frame. */
CHILD_TEST(metadata_of_known_spans_comes_back)
{
	const unsigned long nr = 200;

	fake_span(1, FAKE_FRAMES, false);
	for (unsigned long i = 1; i <= nr; i++) {
		unsigned long end = i * 5000 + 100 + i * 10;

		init_boot_pages(PA(i * 5000), PA(end));
		xmem_boot_reserve(PA(i * 5000), PA(end - 1));
	}
	end_boot_allocator();
	assert_int_equal(total_free_pages(), nr);
	fake_check();
}

/* In the separate layout it goes back to the xenheap, which paid for it. */
CHILD_TEST(metadata_of_known_spans_is_xenheap_again)
{
	xmem_host_layout = XMEM_LAYOUT_SEPARATE;
	fake_add(1000, 2000, true);
	fake_span(10000, FAKE_FRAMES, false);
	init_boot_pages(PA(10000), PA(FAKE_FRAMES));
	end_boot_allocator();
	assert_int_equal(avail_xenheap_pages(), 1000);
	assert_int_equal(avail_domheap_pages(), FAKE_FRAMES - 10000);
	fake_check();
}

/* Holes that grow with the span so far do not add up: the metadata stays
 * below a byte a frame of RAM. */
CHILD_TEST(growing_holes_do_not_add_up)
{
	struct xmem_heap_stats stats;

	init_boot_pages(PA(1024), PA(2048));
	for (unsigned long at = 4000; at < 1000000; at *= 2) {
		init_boot_pages(PA(at), PA(at + 16));
	}
	end_boot_allocator();
	xmem_heap_get_stats(0, &stats);
	assert_true(stats.meta_bytes < 20000 + 9 * 8192);
	fake_check();
}

/* Partial layout: metadata comes from mapped memory. */
CHILD_TEST(metadata_is_mapped)
{
	xmem_host_layout = XMEM_LAYOUT_PARTIAL;
	xenheap_max_mfn(49999);
	fake_mapped_end = 50000;
	init_boot_pages(PA(1), PA(60000));
	init_boot_pages(PA(900000), PA(1000000));
	end_boot_allocator();
	assert_true(total_free_pages() > 159999 - 1000);
	assert_int_equal(xmem_heap_frame_state(999999), XMEM_FRAME_DIRTY);
	assert_int_equal(xmem_heap_frame_state(900000), XMEM_FRAME_DIRTY);
	assert_int_equal(xmem_heap_frame_state(49999), XMEM_FRAME_USED);
	fake_check();
}

/* Separate layout: boot memory becomes domheap; metadata is xenheap. */
CHILD_TEST(separate_layout_hands_over_to_the_domheap)
{
	xmem_host_layout = XMEM_LAYOUT_SEPARATE;
	fake_mapped_end = 50000;
	init_boot_pages(PA(1), PA(10000));
	init_boot_pages(PA(900000), PA(910000));
	init_xenheap_pages(PA(20000), PA(30000));
	assert_true(avail_xenheap_pages() > 9000);
	end_boot_allocator();
	assert_int_equal(avail_domheap_pages(), 9999 + 10000);
	assert_true(avail_xenheap_pages() > 9000);
	fake_check();
}

/* Separate layout: however many pieces RAM has, they share spans too, paid
 * by the xenheap; frames still in use at the hand-over may be freed later. */
CHILD_TEST(separate_layout_groups_pieces_too)
{
	struct xmem_run used = {0, 1};

	xmem_host_layout = XMEM_LAYOUT_SEPARATE;
	fake_mapped_end = 50000;
	init_xenheap_pages(PA(20000), PA(30000));
	for (unsigned long i = 0; i < 200; i++) {
		init_boot_pages(PA(100000 + 20 * i), PA(100010 + 20 * i));
	}
	used.mfn = boot_take(1, 1);
	end_boot_allocator();
	assert_int_equal(avail_domheap_pages(), 1999);
	xmem_free_runs(&used, 1);
	assert_int_equal(avail_domheap_pages(), 2000);
	fake_check();
}

/* RAM that has found no entry in the table is in no span, though it lies close
 * behind the last piece. */
CHILD_TEST(ram_without_an_entry_is_in_no_span)
{
	const unsigned long nr = XMEM_CONFIG_BOOT_REGIONS - 8;
	struct xmem_heap_stats stats;

	xmem_host_layout = XMEM_LAYOUT_SEPARATE; /* leaves the table alone */
	fake_add(900000, 901000, true);
	for (unsigned long i = 1; i <= nr; i++) {
		init_boot_pages(PA(i * 250), PA(i * 250 + 100));
	}
	EXPECT_PANIC(init_boot_pages(PA(nr * 250 + 110), PA(nr * 250 + 120)),
		     "boot: more than ");
	end_boot_allocator();
	xmem_heap_get_stats(0, &stats);
	assert_int_equal(stats.nr_arenas, nr + 1);
	assert_int_equal(stats.span_pages, nr * 100 + 1000);
	fake_check();
}

/* A machine without RAM hands over nothing. */
CHILD_TEST(nothing_can_be_handed_over)
{
	end_boot_allocator();
	assert_int_equal(total_free_pages(), 0);
	assert_null(alloc_domheap_pages(NULL, 0, 0));
	fake_check();
}

#define T(name) cmocka_unit_test_setup(name, fake_setup)
static const struct CMUnitTest tests[] = {
	T(hand_over_gives_all_that_is_free),
	T(nothing_works_after_the_end),
	T(nodes_have_their_own_spans),
	T(nodes_may_be_known_late),
	T(few_questions_for_nodes),
	T(few_questions_for_nodes_of_much_ram),
	T(range_may_return_to_a_node),
	T(nodes_may_change_often),
	T(many_pieces_share_spans),
	T(holes_of_a_span_add_up),
	T(hole_of_a_span_is_no_larger_than_its_ram),
	T(holes_cost_nothing),
	T(metadata_is_found_in_small_pieces),
	T(spans_that_are_left_share_their_metadata),
	T(metadata_may_fill_its_page),
	T(nodes_may_alternate_often),
	T(separate_xenheap_from_boot_memory),
	T(memory_may_enter_before_the_hand_over),
	T(metadata_of_known_spans_comes_back),
	T(metadata_of_known_spans_is_xenheap_again),
	T(growing_holes_do_not_add_up),
	T(metadata_is_mapped),
	T(separate_layout_hands_over_to_the_domheap),
	T(separate_layout_groups_pieces_too),
	T(ram_without_an_entry_is_in_no_span),
	T(nothing_can_be_handed_over),
};

TEST_MAIN(tests)
