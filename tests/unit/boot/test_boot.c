/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_boot.c - memory before there is a heap
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * link: src/boot/boot.c src/boot/handover.c
 * include: tests/fake/page/include tests/fake/page
 */
#include "boot_tests.h"

#include "lib/align.h"

/* Without RAM the boot allocator is not in charge. */
CHILD_TEST(starts_with_the_first_range)
{
	assert_false(xmem_boot_active());
	assert_true(
		mfn_eq(xmem_alloc_boot_pages_below(1, 1, ~0UL), INVALID_MFN));
	init_boot_pages(PA(5), PA(5));
	assert_false(xmem_boot_active());
	init_boot_pages(PA(5), PA(6));
	assert_true(xmem_boot_active());
	end_boot_allocator();
	assert_false(xmem_boot_active());
}

/* Ranges are rounded inwards, sorted and joined; empty and inverted ones are
 * ignored, frame 0 stays out. */
CHILD_TEST(odd_ranges_are_taken_as_meant)
{
	init_boot_pages(PA(50), PA(60));
	init_boot_pages(0, PA(10));
	init_boot_pages(PA(60), PA(70));
	init_boot_pages(PA(20) + 1, PA(30) - 1);
	init_boot_pages(PA(40), PA(40));
	init_boot_pages(PA(45), PA(41));
	init_boot_pages(PA(46) + 1, PA(47) - 1);
	init_boot_pages(PA(46) + 1, PA(47));
	init_boot_pages(0, PA(1));
	init_boot_pages(~(paddr_t)0, ~(paddr_t)0);
	init_boot_pages(~(paddr_t)0, 5);
	EXPECT_RAM(1, 10, 21, 29, 50, 70);
}

/* Overlap with RAM given before, free or allocated, is a bug. */
CHILD_TEST(overlapping_ranges_panic)
{
	init_boot_pages(PA(20), PA(30));
	EXPECT_PANIC(init_boot_pages(PA(29), PA(31)),
		     "frames 1d..1e overlap RAM given before (frames 14..1d)");
	EXPECT_PANIC(init_boot_pages(PA(10), PA(21)),
		     "overlap RAM given before");
	EXPECT_PANIC(init_boot_pages(PA(20), PA(30)),
		     "overlap RAM given before");
	EXPECT_PANIC(init_boot_pages(PA(1), PA(100)),
		     "overlap RAM given before");
	assert_int_equal(boot_take(10, 1), 20);
	EXPECT_PANIC(init_boot_pages(PA(22), PA(23)),
		     "overlap RAM given before");
	EXPECT_RAM(20, 30);
}

/* Pages come from the top of memory down, aligned. */
CHILD_TEST(pages_come_from_the_top)
{
	init_boot_pages(PA(100), PA(200));
	init_boot_pages(PA(1000), PA(1050));
	assert_int_equal(boot_take(1, 1), 1049);
	assert_int_equal(boot_take(1, 0), 1048);
	assert_int_equal(boot_take(8, 8), 1040);
	assert_int_equal(boot_take(1, 16), 1024);
	assert_int_equal(boot_take(64, 64), 128);
	assert_int_equal(boot_take(15, 1), 1025);
	assert_int_equal(boot_take(28, 1), 100);
	assert_int_equal(boot_take(24, 1), 1000);
	assert_int_equal(boot_take(8, 1), 192);
	EXPECT_RAM(100, 200, 1000, 1050);
	EXPECT_PANIC(alloc_boot_pages(1, 1), "no 1 pages aligned to 1 "
					     "(largest free range: 0 pages)");
}

/* No frame is handed out twice, and none that was not given. */
CHILD_TEST(every_page_is_handed_out_once)
{
	static unsigned char seen[1000];
	unsigned int nr = 0;

	init_boot_pages(PA(300), PA(999));
	init_boot_pages(PA(1), PA(200));
	for (;;) {
		unsigned long size = 1 + nr % 7;
		unsigned long align = 1UL << nr % 4;
		mfn_t mfn = xmem_alloc_boot_pages_below(size, align, ~0UL);

		if (mfn_eq(mfn, INVALID_MFN)) {
			break;
		}
		assert_int_equal(mfn_x(mfn) % align, 0);
		for (unsigned long i = mfn_x(mfn); i < mfn_x(mfn) + size; i++) {
			assert_true((i >= 300 && i < 999) ||
				    (i >= 1 && i < 200));
			assert_int_equal(seen[i]++, 0);
		}
		nr++;
	}
	assert_true(nr > 200);
	EXPECT_RAM(1, 200, 300, 999);
}

/* Ranges and allocations may interleave. */
CHILD_TEST(ranges_and_allocations_interleave)
{
	for (unsigned long i = 1; i < 50; i++) {
		init_boot_pages(PA(i * 10), PA(i * 10 + 10));
		assert_int_equal(boot_take(3, 1), i * 10 + 7);
	}
	EXPECT_RAM(10, 500);
}

/* A limit is the first frame not to use. */
CHILD_TEST(limit_is_kept)
{
	init_boot_pages(PA(100), PA(200));
	assert_int_equal(mfn_x(xmem_alloc_boot_pages_below(4, 1, 150)), 146);
	assert_int_equal(mfn_x(xmem_alloc_boot_pages_below(4, 8, 146)), 136);
	assert_int_equal(mfn_x(xmem_alloc_boot_pages_below(1, 1, 101)), 100);
	assert_true(
		mfn_eq(xmem_alloc_boot_pages_below(1, 1, 101), INVALID_MFN));
	assert_true(mfn_eq(xmem_alloc_boot_pages_below(1, 1, 50), INVALID_MFN));
	assert_true(mfn_eq(xmem_alloc_boot_pages_below(1, 1, 0), INVALID_MFN));
}

static unsigned long take_in(unsigned long nr, unsigned long align,
			     unsigned long smfn, unsigned long emfn)
{
	return mfn_x(xmem_alloc_boot_pages_in(nr, align, smfn, emfn));
}

/* A window cuts pieces on both sides: the whole block lies inside it, as high
 * as it fits. */
CHILD_TEST(window_is_kept)
{
	init_boot_pages(PA(100), PA(200));
	init_boot_pages(PA(300), PA(400));
	assert_int_equal(take_in(4, 1, 120, 150), 146);
	assert_int_equal(take_in(4, 8, 120, 150), 136);
	assert_int_equal(take_in(16, 1, 120, 150), 120);
	assert_int_equal(take_in(5, 1, 140, 146), 141);
	assert_int_equal(take_in(1, 1, 140, 150), 140);
	assert_int_equal(take_in(1, 1, 140, 150), XMEM_NO_MFN);
	/* Over the hole: the upper piece first, then what the lower has. */
	assert_int_equal(take_in(10, 1, 185, 315), 305);
	assert_int_equal(take_in(10, 1, 185, 315), 190);
	assert_int_equal(take_in(6, 1, 185, 315), XMEM_NO_MFN);
	assert_int_equal(take_in(5, 4, 184, 315), 300);
	assert_int_equal(take_in(6, 2, 184, 315), 184);
	/* A multiple of the alignment inside the window, but not in RAM. */
	assert_int_equal(take_in(1, 256, 0, 300), XMEM_NO_MFN);
	EXPECT_RAM(100, 200, 300, 400);
}

/* Windows that are empty, inverted, without RAM, or everything. */
CHILD_TEST(odd_windows_are_taken_as_meant)
{
	init_boot_pages(PA(100), PA(200));
	assert_int_equal(take_in(1, 1, 150, 150), XMEM_NO_MFN);
	assert_int_equal(take_in(1, 1, 160, 140), XMEM_NO_MFN);
	assert_int_equal(take_in(1, 1, ~0UL, 0), XMEM_NO_MFN);
	assert_int_equal(take_in(1, 1, 0, 100), XMEM_NO_MFN);
	assert_int_equal(take_in(1, 1, 200, ~0UL), XMEM_NO_MFN);
	assert_int_equal(take_in(2, 1, 199, 201), XMEM_NO_MFN);
	assert_int_equal(take_in(2, 1, 99, 101), XMEM_NO_MFN);
	assert_int_equal(take_in(0, 1, 0, ~0UL), XMEM_NO_MFN);
	assert_int_equal(take_in(1, 3, 0, ~0UL), XMEM_NO_MFN);
	assert_int_equal(take_in(~0UL, 1, 0, ~0UL), XMEM_NO_MFN);
	assert_int_equal(take_in(1, 1, 199, 201), 199);
	assert_int_equal(take_in(1, 1, 99, 101), 100);
	assert_int_equal(take_in(98, 0, 0, ~0UL), 101);
	end_boot_allocator();
	assert_int_equal(take_in(1, 1, 0, ~0UL), XMEM_NO_MFN);
}

/* No RAM above what an address can hold. */
CHILD_TEST(addresses_beyond_the_width_panic)
{
	const paddr_t top = (paddr_t)1 << PADDR_BITS;

	init_boot_pages(top - PA(2), top);
	EXPECT_PANIC(init_boot_pages(top - PA(4), top + 1),
		     "is above PADDR_BITS");
	EXPECT_PANIC(init_boot_pages(top, top + PA(1)), "is above PADDR_BITS");
	EXPECT_PANIC(init_boot_pages(PA(1), ~(paddr_t)0),
		     "-ffffffffffffffff is above PADDR_BITS");
	/* Nothing is nowhere. */
	init_boot_pages(top + PA(1), top + PA(1));
	init_boot_pages(top + PA(1) + 1, top + PA(2) - 1);
	init_boot_pages(top + PA(9), top + PA(1));
	EXPECT_RAM((unsigned long)(top >> PAGE_SHIFT) - 2,
		   (unsigned long)(top >> PAGE_SHIFT));
}

/* What is reserved beyond any RAM is ignored; below it counts. */
CHILD_TEST(reserve_is_clipped_to_the_width)
{
	const paddr_t top = (paddr_t)1 << PADDR_BITS;

	init_boot_pages(PA(10), PA(20));
	init_boot_pages(top - PA(2), top);
	xmem_boot_reserve(top, ~(paddr_t)0);
	xmem_boot_reserve(top + PA(1), top + PA(11));
	xmem_boot_reserve(~(paddr_t)0, ~(paddr_t)0);
	xmem_boot_reserve(top - 1, ~(paddr_t)0);
	xmem_boot_reserve(PA(15) + 1, PA(15) + 2);
	assert_int_equal(boot_take(1, 1),
			 (unsigned long)(top >> PAGE_SHIFT) - 2);
	assert_int_equal(boot_take(4, 1), 16);
	assert_int_equal(boot_take(5, 1), 10);
	EXPECT_PANIC(alloc_boot_pages(1, 1), "largest free range: 0");
}

/* Bad requests: INVALID_MFN, or the panic that names the request. */
CHILD_TEST(bad_requests_fail)
{
	init_boot_pages(PA(100), PA(200));
	assert_true(
		mfn_eq(xmem_alloc_boot_pages_below(0, 1, ~0UL), INVALID_MFN));
	assert_true(
		mfn_eq(xmem_alloc_boot_pages_below(1, 3, ~0UL), INVALID_MFN));
	assert_true(mfn_eq(xmem_alloc_boot_pages_below(~0UL, 1, ~0UL),
			   INVALID_MFN));
	assert_true(mfn_eq(xmem_alloc_boot_pages_below(1, TEST_TOP_BIT, ~0UL),
			   INVALID_MFN));
	EXPECT_PANIC(alloc_boot_pages(0, 1), "boot: no 0 pages");
	EXPECT_PANIC(alloc_boot_pages(1, 6), "boot: no 1 pages aligned to 6");
	EXPECT_PANIC(alloc_boot_pages(101, 1),
		     "no 101 pages aligned to 1 (largest free range: 100");
	assert_int_equal(boot_take(100, 1), 100);
}

/* Reserving cuts out of all pieces it touches, rounded outwards. */
CHILD_TEST(reserve_covers_every_piece)
{
	init_boot_pages(PA(1), PA(20));
	init_boot_pages(PA(30), PA(40));
	init_boot_pages(PA(50), PA(60));
	assert_int_equal(mfn_x(xmem_alloc_boot_pages_below(10, 1, 11)), 1);
	/* The first piece joins the used one below it: none is skipped. */
	xmem_boot_reserve(PA(11), PA(55) - 1);
	assert_int_equal(boot_take(5, 1), 55);
	EXPECT_PANIC(alloc_boot_pages(1, 1), "largest free range: 0");
	EXPECT_RAM(1, 20, 30, 40, 50, 60);
}

/* Reserving what is not RAM, empty or inverted does nothing. */
CHILD_TEST(reserve_of_nothing_does_nothing)
{
	init_boot_pages(PA(10), PA(20));
	xmem_boot_reserve(PA(20), PA(30));
	xmem_boot_reserve(PA(15), PA(15));
	xmem_boot_reserve(PA(18), PA(11));
	xmem_boot_reserve(PA(0), PA(10));
	assert_int_equal(boot_take(10, 1), 10);
	xmem_boot_reserve(PA(0), PA(100));
}

/* Reserved frames do not get into the heap. */
CHILD_TEST(reserved_frames_stay_out_of_the_heap)
{
	init_boot_pages(PA(1), PA(5000));
	xmem_boot_reserve(PA(1000) + 5, PA(1001) + 5);
	end_boot_allocator();
	assert_int_equal(xmem_heap_frame_state(999), XMEM_FRAME_DIRTY);
	assert_int_equal(xmem_heap_frame_state(1000), XMEM_FRAME_USED);
	assert_int_equal(xmem_heap_frame_state(1001), XMEM_FRAME_USED);
	assert_int_equal(xmem_heap_frame_state(1002), XMEM_FRAME_DIRTY);
	EXPECT_PANIC(xmem_boot_reserve(PA(2000), PA(2001)),
		     "comes after end_boot_allocator()");
}

/* ---- a full table ---- */

/* Entries that RAM does not take. */
#define SPARE  8U
#define RANGES (XMEM_CONFIG_BOOT_REGIONS - SPARE)

/* As many ranges of @nr frames each as there may be, the i-th, from 1 on, at
 * frame i * 10. */
static void fill_table(unsigned long nr)
{
	for (unsigned long i = 1; i <= RANGES; i++) {
		init_boot_pages(PA(i * 10), PA(i * 10 + nr));
	}
	xmem_host_nr_prints = 0;
}

/* The same with a range of 1000 frames at 100000 and one at 200000; the others
 * are too small for more than a frame. */
static void fill_around(void)
{
	init_boot_pages(PA(100000), PA(101000));
	init_boot_pages(PA(200000), PA(201000));
	for (unsigned long i = 1; i <= RANGES - 2; i++) {
		init_boot_pages(PA(i * 10), PA(i * 10 + 1));
	}
	xmem_host_nr_prints = 0;
}

/* The last of @nr messages: frames [@smfn, @emfn) count as used now. */
static void expect_lost(unsigned long nr, unsigned long smfn,
			unsigned long emfn)
{
	char text[120];

	snprintf(text, sizeof(text),
		 "boot: %llx bytes of RAM at %llx ignored: raise "
		 "XMEM_CONFIG_BOOT_REGIONS\n",
		 (unsigned long long)PA(emfn - smfn),
		 (unsigned long long)PA(smfn));
	assert_int_equal(xmem_host_nr_prints, nr);
	assert_string_equal(xmem_host_print_text, text);
	xmem_host_nr_prints = 0;
}

/* Ranges that find no entry are a panic that says what to do, and breaks
 * nothing; what joins a range needs none. */
CHILD_TEST(full_table_panics)
{
	char text[100];

	fill_table(4);
	snprintf(text, sizeof(text),
		 "boot: more than %u pieces of RAM: raise "
		 "XMEM_CONFIG_BOOT_REGIONS",
		 RANGES);
	EXPECT_PANIC(init_boot_pages(PA(5), PA(6)), text);
	init_boot_pages(PA(9), PA(10));
	EXPECT_PANIC(init_boot_pages(PA(5), PA(6)), text);
	assert_int_equal(boot_take(4, 1), RANGES * 10);
}

/* Single frames find an entry to the last of them: nothing is lost. */
CHILD_TEST(full_table_gives_every_single_frame)
{
	fill_table(4);
	for (unsigned long i = 0; i < 4 * RANGES; i++) {
		assert_int_not_equal(boot_take(1, 1), XMEM_NO_MFN);
	}
	assert_int_equal(xmem_host_nr_prints, 0);
	EXPECT_PANIC(alloc_boot_pages(1, 1), "largest free range: 0");
}

/* Also below a limit that rises from range to range, as the direct map asks;
 * the highest frames are taken as long as there are entries. */
CHILD_TEST(full_table_gives_frames_below_a_rising_limit)
{
	unsigned long taken = 0;

	fill_table(4);
	for (unsigned long i = 1; i <= RANGES; i++) {
		for (unsigned int k = 0; k < 2; k++) {
			unsigned long mfn =
				take_in(1, 1, 0, i * 10 + (i % 3 == 0 ? 2 : 4));

			assert_true(mfn != XMEM_NO_MFN && mfn < i * 10 + 4);
			taken++;
		}
	}
	assert_int_equal(xmem_host_nr_prints, 0);
	while (taken < 4 * RANGES) {
		assert_int_not_equal(take_in(1, 1, 0, ~0UL), XMEM_NO_MFN);
		taken++;
	}
	assert_int_equal(xmem_host_nr_prints, 0);
}

/* With few entries left a block lies where it takes the fewest: beside used
 * frames, or at the start of a piece; else as high as it fits. */
CHILD_TEST(scarce_entries_are_saved)
{
	fill_around();
	assert_int_equal(take_in(8, 1, 0, ~0UL), 200992);
	assert_int_equal(take_in(8, 1, 0, 100500), 100000);
	assert_int_equal(take_in(8, 1, 0, ~0UL), 200984);
	assert_int_equal(take_in(8, 1, 0, 150000), 100008);
	assert_int_equal(take_in(8, 16, 0, 150000), 100016);
	/* The start is not in the window, or not aligned. */
	assert_int_equal(take_in(8, 1, 100100, 100200), 100192);
	assert_int_equal(take_in(8, 1, 100100, 100200), 100184);
	assert_int_equal(take_in(8, 16, 0, 100184), 100176);
	assert_int_equal(take_in(1, 16, 100000, 100176), 100160);
	assert_int_equal(xmem_host_nr_prints, 0);
}

/* Who reserves leaves two entries; then the smallest free piece beside used
 * frames is given up for an entry, and named. */
CHILD_TEST(full_table_reserves_all_the_same)
{
	fill_around();
	xmem_boot_reserve(PA(100100), PA(100110));
	xmem_boot_reserve(PA(100300), PA(100310));
	xmem_boot_reserve(PA(100500), PA(100510));
	assert_int_equal(xmem_host_nr_prints, 0);
	xmem_boot_reserve(PA(100700), PA(100705));
	expect_lost(2, 100110, 100300);
	/* What takes no entry loses nothing, nor what gives one. */
	xmem_boot_reserve(PA(100310), PA(100320));
	xmem_boot_reserve(PA(100320), PA(100500));
	xmem_boot_reserve(PA(10), PA(21));
	assert_int_equal(xmem_host_nr_prints, 0);
	/* All other frames are still free. */
	assert_int_equal(take_in(190, 1, 100000, 100700), 100510);
	assert_int_equal(take_in(295, 1, 100000, 101000), 100705);
	assert_int_equal(take_in(1, 1, 100000, 101000), XMEM_NO_MFN);
	assert_int_equal(boot_take(1000, 1), 200000);
	for (unsigned long i = 3; i <= RANGES - 2; i++) {
		(void)boot_take(1, 1);
	}
	EXPECT_PANIC(alloc_boot_pages(1, 1), "largest free range: 0");
	assert_int_equal(xmem_host_nr_prints, 0);
}

/* A block that has but one place gets it, when there is no entry at all. */
CHILD_TEST(full_table_allocates_all_the_same)
{
	fill_around();
	for (unsigned long at = 100100; at < 100900; at += 200) {
		assert_int_equal(take_in(10, 1, at, at + 10), at);
	}
	assert_int_equal(xmem_host_nr_prints, 0);
	assert_int_equal(take_in(5, 1, 200500, 200505), 200500);
	expect_lost(2, 100110, 100300);
	/* Two entries for that one: the other is there now. */
	assert_int_equal(take_in(5, 1, 200995, 201000), 200995);
	assert_int_equal(xmem_host_nr_prints, 0);
	assert_int_equal(take_in(100, 1, 100000, 101000), 100710);
	end_boot_allocator();
	assert_int_equal(xmem_heap_frame_state(100305), XMEM_FRAME_USED);
	assert_int_equal(xmem_heap_frame_state(100315), XMEM_FRAME_DIRTY);
	fake_check();
}

/* A frame goes back if there is an entry, or it takes none; else it is the
 * smallest piece, and lost. */
CHILD_TEST(full_table_takes_back_what_it_can)
{
	fill_around();
	for (unsigned long at = 100100; at < 100900; at += 200) {
		assert_int_equal(take_in(10, 1, at, at + 10), at);
	}
	assert_true(xmem_boot_give_back(_mfn(100100)));
	assert_true(xmem_boot_give_back(_mfn(100109)));
	assert_int_equal(xmem_host_nr_prints, 0);
	assert_true(xmem_boot_give_back(_mfn(100105)));
	expect_lost(1, 100105, 100106);
	assert_int_equal(take_in(1, 1, 100100, 100110), 100109);
	assert_int_equal(take_in(1, 1, 100100, 100109), 100100);
	assert_int_equal(take_in(1, 1, 100100, 100110), XMEM_NO_MFN);
}

/* Nobody asks for nodes, which the machine does not know yet; a block may lie
 * on two. */
CHILD_TEST(nodes_may_be_unknown)
{
	fake.node_frames = 100500;
	fake.nodes_unknown = true;
	init_boot_pages(PA(100000), PA(100500));
	init_boot_pages(PA(100500), PA(101000));
	init_boot_pages(PA(200000), PA(302000));
	assert_int_equal(take_in(800, 1, 0, 101000), 100200);
	xmem_boot_reserve(PA(100100), PA(100700));
	assert_true(xmem_boot_give_back(_mfn(100500)));
	assert_int_equal(take_in(1, 1, 100400, 100600), 100500);
	assert_int_equal(boot_take(102000, 1), 200000);
	EXPECT_RAM(100000, 101000, 200000, 302000);
	assert_int_equal(fake.nr_node_calls, 0);
}

/* Frames may go back, one by one; only those that are in use, and only until
 * the end. */
CHILD_TEST(frames_can_be_given_back)
{
	init_boot_pages(PA(10), PA(20));
	init_boot_pages(PA(30), PA(40));
	assert_int_equal(boot_take(10, 1), 30);
	assert_int_equal(boot_take(5, 1), 15);
	assert_false(xmem_boot_give_back(_mfn(14)));
	assert_false(xmem_boot_give_back(_mfn(25)));
	assert_false(xmem_boot_give_back(_mfn(40)));
	assert_false(xmem_boot_give_back(INVALID_MFN));
	assert_true(xmem_boot_give_back(_mfn(35)));
	assert_false(xmem_boot_give_back(_mfn(35)));
	assert_int_equal(boot_take(1, 1), 35);
	for (unsigned long mfn = 30; mfn < 40; mfn++) {
		assert_true(xmem_boot_give_back(_mfn(mfn)));
	}
	assert_int_equal(boot_take(10, 1), 30);
	assert_true(xmem_boot_give_back(_mfn(15)));
	assert_int_equal(boot_take(6, 1), 10);
	EXPECT_RAM(10, 20, 30, 40);
	assert_true(xmem_boot_give_back(_mfn(12)));
	end_boot_allocator();
	assert_false(xmem_boot_give_back(_mfn(13)));
}

#define T(name) cmocka_unit_test_setup(name, fake_setup)
static const struct CMUnitTest tests[] = {
	T(starts_with_the_first_range),
	T(odd_ranges_are_taken_as_meant),
	T(overlapping_ranges_panic),
	T(pages_come_from_the_top),
	T(every_page_is_handed_out_once),
	T(ranges_and_allocations_interleave),
	T(limit_is_kept),
	T(window_is_kept),
	T(odd_windows_are_taken_as_meant),
	T(addresses_beyond_the_width_panic),
	T(reserve_is_clipped_to_the_width),
	T(bad_requests_fail),
	T(reserve_covers_every_piece),
	T(reserve_of_nothing_does_nothing),
	T(reserved_frames_stay_out_of_the_heap),
	T(full_table_panics),
	T(full_table_gives_every_single_frame),
	T(full_table_gives_frames_below_a_rising_limit),
	T(scarce_entries_are_saved),
	T(full_table_reserves_all_the_same),
	T(full_table_allocates_all_the_same),
	T(full_table_takes_back_what_it_can),
	T(nodes_may_be_unknown),
	T(frames_can_be_given_back),
};

TEST_MAIN(tests)
