/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_ram.c - memory maps as firmware makes them
 *
 * Each test is a child process: the boot allocator has one life. A step
 * gives a range and expects an error and messages, all of them: what is
 * ignored, and why. tests/model/ram_model.c does the same at random.
 *
 * link: tests/unit/page/fake.c src/page/[a-z]*.c src/lib/[a-z]*.c
 * link: src/boot/[a-z]*.c
 * include: tests/unit/page/include tests/unit/page
 */
#include "ignored.h"

#define TOP ((paddr_t)1 << PADDR_BITS)

/* The width told is that of an x86-64 PC with few address lines. */
#define FEW_BITS 36
#define FEW_TOP	 ((paddr_t)1 << FEW_BITS)

#define WHOLE "no whole page"
#define GIVEN "given before"
#define WIDE  "address too wide"
#define FULL  "raise XMEM_CONFIG_BOOT_REGIONS"

static void add(paddr_t start, paddr_t size, int expect, unsigned int messages)
{
	nr_ignored = 0;
	assert_int_equal(xmem_boot_add_ram(start, size), expect);
	assert_int_equal(nr_ignored, messages);
	assert_int_equal(nr_other, 0);
}

/* Message @i of the last step. */
static void said(unsigned int i, paddr_t start, paddr_t size, const char *why)
{
	assert_true(i < nr_ignored);
	assert_int_equal(ignored[i].start, start);
	assert_int_equal(ignored[i].size, size);
	assert_string_equal(ignored[i].why, why);
}

/* Ranges of RAM as xmem_boot_ram() tells them. */
static void expect_ram(unsigned int nr, const unsigned long *borders)
{
	unsigned long smfn = 0;
	unsigned long emfn = 0;

	for (unsigned int i = 0; i < nr; i++) {
		assert_true(xmem_boot_ram(i, &smfn, &emfn));
		assert_int_equal(smfn, borders[2 * i]);
		assert_int_equal(emfn, borders[2 * i + 1]);
	}
	assert_false(xmem_boot_ram(nr, &smfn, &emfn));
}

#define EXPECT_RAM(...)                                         \
	do {                                                    \
		const unsigned long b_[] = {__VA_ARGS__};       \
		expect_ram(sizeof(b_) / sizeof(b_[0]) / 2, b_); \
	} while (0)

/* A range that is in order goes in without a word, in any sequence, and is
 * one piece with its neighbours. */
CHILD_TEST(good_ranges_are_taken_silently)
{
	add(PA(50), PA(10), 0, 0);
	add(PA(10), PA(5), 0, 0);
	add(PA(60), PA(1), 0, 0);
	add(PA(15), PA(35), 0, 0);
	EXPECT_RAM(10, 61);
	assert_int_equal(mfn_x(alloc_boot_pages(51, 1)), 10);
}

/* No length: named, and nothing else happens. */
CHILD_TEST(empty_ranges_are_named)
{
	add(PA(5), 0, -EINVAL, 1);
	said(0, PA(5), 0, "empty");
	add(0, 0, -EINVAL, 1);
	said(0, 0, 0, "empty");
	add(~(paddr_t)0, 0, -EINVAL, 1);
	said(0, ~(paddr_t)0, 0, "empty");
	assert_false(xmem_boot_active());
}

/* Frame 0 is nobody's: without a word, whole or in part. */
CHILD_TEST(frame_0_is_left_out_silently)
{
	add(0, 1, 0, 0);
	add(0, PA(1), 0, 0);
	add(0x123, 7, 0, 0);
	assert_false(xmem_boot_active());
	add(0x123, PA(3) - 0x123, 0, 0);
	EXPECT_RAM(1, 3);
	add(0, PA(4) + 5, -EINVAL, 2);
	said(0, PA(1), PA(2), GIVEN);
	said(1, PA(4), 5, WHOLE);
	EXPECT_RAM(1, 4);
}

/* Bytes at the ends that fill no page are lost, and no others. */
CHILD_TEST(unaligned_ranges_lose_their_ends)
{
	add(PA(10) + 1, PA(2) - 1, -EINVAL, 1);
	said(0, PA(10) + 1, PAGE_SIZE - 1, WHOLE);
	add(PA(20), PA(2) - 1, -EINVAL, 1);
	said(0, PA(21), PAGE_SIZE - 1, WHOLE);
	add(PA(30) - 1, PA(2) + 2, -EINVAL, 2);
	said(0, PA(30) - 1, 1, WHOLE);
	said(1, PA(32), 1, WHOLE);
	EXPECT_RAM(11, 12, 20, 21, 30, 32);
}

/* A range without a whole page is lost, all of it. */
CHILD_TEST(ranges_without_a_page_are_lost)
{
	add(PA(10) + 1, 1, -EINVAL, 1);
	said(0, PA(10) + 1, 1, WHOLE);
	add(PA(10), PAGE_SIZE - 1, -EINVAL, 1);
	said(0, PA(10), PAGE_SIZE - 1, WHOLE);
	add(PA(10) + 1, PAGE_SIZE - 1, -EINVAL, 1);
	said(0, PA(10) + 1, PAGE_SIZE - 1, WHOLE);
	/* A little of two pages. */
	add(PA(11) - 3, 5, -EINVAL, 2);
	said(0, PA(11) - 3, 3, WHOLE);
	said(1, PA(11), 2, WHOLE);
	assert_false(xmem_boot_active());
}

/* Bytes of a page that is RAM already are not lost: they are overlap. */
CHILD_TEST(ends_in_ram_are_overlap)
{
	add(PA(10), PA(2), 0, 0);
	add(PA(11) + 5, PA(2), -EINVAL, 2);
	said(0, PA(11) + 5, PAGE_SIZE - 5, GIVEN);
	said(1, PA(13), 5, WHOLE);
	add(PA(8) + 5, PA(2), -EEXIST, 2);
	said(0, PA(8) + 5, PAGE_SIZE - 5, WHOLE);
	said(1, PA(10), 5, GIVEN);
	EXPECT_RAM(9, 13);
	add(PA(10) + 5, 6, -EEXIST, 1);
	said(0, PA(10) + 5, 6, GIVEN);
}

/* Overlap costs the overlap, wherever the rest of the range lies. */
CHILD_TEST(overlap_is_cut_out)
{
	add(PA(20), PA(10), 0, 0);
	add(PA(15), PA(10), -EEXIST, 1); /* from below */
	said(0, PA(20), PA(5), GIVEN);
	add(PA(25), PA(10), -EEXIST, 1); /* from above */
	said(0, PA(25), PA(5), GIVEN);
	EXPECT_RAM(15, 35);
	add(PA(15), PA(20), -EEXIST, 1); /* the same again */
	said(0, PA(15), PA(20), GIVEN);
	add(PA(20), PA(2), -EEXIST, 1); /* inside */
	said(0, PA(20), PA(2), GIVEN);
	add(PA(14), PA(22), -EEXIST, 1); /* around */
	said(0, PA(15), PA(20), GIVEN);
	EXPECT_RAM(14, 36);
}

/* A range that encloses several pieces gives all that lies between. */
CHILD_TEST(range_around_many_pieces_fills_the_gaps)
{
	for (unsigned long i = 1; i <= 40; i++) {
		add(PA(i * 10), PA(3), 0, 0);
	}
	add(PA(2), PA(500), -EEXIST, 40);
	for (unsigned int i = 0; i < 40; i++) {
		said(i, PA(10 * i + 10), PA(3), GIVEN);
	}
	EXPECT_RAM(2, 502);
	assert_int_equal(mfn_x(alloc_boot_pages(500, 1)), 2);
}

/* Memory in use is RAM as well, and stays in use. */
CHILD_TEST(overlap_with_used_memory_is_cut_out)
{
	add(PA(20), PA(10), 0, 0);
	assert_int_equal(mfn_x(alloc_boot_pages(4, 1)), 26);
	xmem_boot_reserve(PA(22), PA(23));
	nr_ignored = 0;
	assert_int_equal(xmem_boot_add_ram(PA(18), PA(14)), -EEXIST);
	/* Every byte of the ten frames once. */
	assert_int_equal(nr_ignored, 4);
	said(0, PA(20), PA(2), GIVEN);
	said(1, PA(22), PA(1), GIVEN);
	said(2, PA(23), PA(3), GIVEN);
	said(3, PA(26), PA(4), GIVEN);
	EXPECT_RAM(18, 32);
	for (int i = 0; i < 9; i++) {
		unsigned long mfn = mfn_x(alloc_boot_pages(1, 1));

		assert_false((mfn >= 26 && mfn < 30) || mfn == 22);
	}
	EXPECT_PANIC(alloc_boot_pages(1, 1), "largest free range: 0");
}

/* The architecture's width, when the port has told nothing. */
CHILD_TEST(addresses_above_the_width_are_dropped)
{
	unsigned long end = (unsigned long)(TOP >> PAGE_SHIFT);

	add(TOP - PA(3), PA(3), 0, 0);
	add(TOP, PA(1), -ERANGE, 1);
	said(0, TOP, PA(1), WIDE);
	add(TOP - PA(5), PA(7), -EEXIST, 2);
	said(0, TOP, PA(2), WIDE);
	said(1, TOP - PA(3), PA(3), GIVEN);
	add(~(paddr_t)0, 1, -ERANGE, 1);
	said(0, ~(paddr_t)0, 1, WIDE);
	EXPECT_RAM(end - 5, end);
}

/* A narrower one, as the CPU says; a wider one is not believed. */
CHILD_TEST(told_width_is_kept)
{
	unsigned long end = (unsigned long)(FEW_TOP >> PAGE_SHIFT);

	xmem_boot_paddr_bits(FEW_BITS);
	add(FEW_TOP - PA(1) + 1, PA(1), -EINVAL, 2);
	said(0, FEW_TOP, 1, WIDE);
	said(1, FEW_TOP - PA(1) + 1, PAGE_SIZE - 1, WHOLE);
	add(FEW_TOP - PA(1), PA(1) + 1, -ERANGE, 1);
	said(0, FEW_TOP, 1, WIDE);
	EXPECT_RAM(end - 1, end);
	xmem_boot_paddr_bits(PADDR_BITS + 1);
	add(TOP - PA(1), PA(2), -ERANGE, 1);
	said(0, TOP, PA(1), WIDE);
	xmem_boot_paddr_bits(~0U);
	add(TOP, 1, -ERANGE, 1);
	xmem_boot_paddr_bits(0);
	add(PA(1), PA(1), -ERANGE, 1);
	said(0, PA(1), PA(1), WIDE);
	add(0, PA(1), -ERANGE, 1);
	said(0, 1, PA(1) - 1, WIDE);
}

/* A range that goes around 2^64 ends at the width; what wrapped is named as
 * what lies above, never as low memory, which is not touched. */
CHILD_TEST(wrapping_ranges_are_clipped)
{
	unsigned long end = (unsigned long)(TOP >> PAGE_SHIFT);

	add(TOP - PA(2), ~(paddr_t)0, -ERANGE, 1);
	said(0, TOP, ~(paddr_t)0 - PA(2), WIDE);
	add(~(paddr_t)0, ~(paddr_t)0, -ERANGE, 1);
	said(0, ~(paddr_t)0, ~(paddr_t)0, WIDE);
	add(0 - PA(2), PA(2), -ERANGE, 1);
	said(0, 0 - PA(2), PA(2), WIDE);
	add(0 - PA(2), PA(9), -ERANGE, 1);
	said(0, 0 - PA(2), PA(9), WIDE);
	EXPECT_RAM(end - 2, end);
	/* All there is. */
	add(0, ~(paddr_t)0, -EEXIST, 2);
	said(0, TOP, ~(paddr_t)0 - TOP, WIDE);
	said(1, TOP - PA(2), PA(2), GIVEN);
	EXPECT_RAM(1, end);
}

/* Fill the table with pieces of one frame until one is refused. Return: the
 * frame of that. */
static unsigned long fill_table(void)
{
	unsigned long mfn = 2;

	nr_ignored = 0;
	while (xmem_boot_add_ram(PA(mfn), PA(1)) == 0) {
		assert_int_equal(nr_ignored, 0);
		mfn += 3;
	}
	assert_int_equal(nr_ignored, 1);
	said(0, PA(mfn), PA(1), FULL);
	return mfn;
}

/* A full table refuses what takes an entry, names it, and keeps the rest. */
CHILD_TEST(full_table_names_what_is_lost)
{
	unsigned long mfn = fill_table();
	unsigned long smfn, emfn;
	unsigned int nr = 0;

	add(PA(mfn) + 7, PA(5), -ENOSPC, 3);
	said(0, PA(mfn) + 7, PAGE_SIZE - 7, WHOLE);
	said(1, PA(mfn + 1), PA(4), FULL);
	said(2, PA(mfn + 5), 7, WHOLE);
	while (xmem_boot_ram(nr, &smfn, &emfn)) {
		assert_int_equal(smfn, 2 + 3 * nr);
		assert_int_equal(emfn, smfn + 1);
		nr++;
	}
	assert_int_equal(mfn, 2 + 3 * nr);
	assert_true(nr > XMEM_CONFIG_BOOT_REGIONS - 16);
}

/* What joins a piece takes no entry, so there is room; of a range that lies
 * across pieces only the stretches without a neighbour are lost. */
CHILD_TEST(full_table_takes_what_joins)
{
	unsigned long mfn = fill_table();
	unsigned long smfn, emfn;

	add(PA(3), PA(1), 0, 0); /* behind 2 */
	add(PA(7), PA(1), 0, 0); /* before 8 */
	add(PA(9), PA(2), 0, 0); /* between 8 and 11: one entry less */
	add(PA(mfn), PA(1), 0, 0);
	add(PA(mfn + 3), PA(1), -ENOSPC, 1);
	/* Used memory is no neighbour for free memory. */
	assert_int_equal(mfn_x(alloc_boot_pages(1, 1)), mfn);
	add(PA(mfn + 1), PA(1), -ENOSPC, 1);
	said(0, PA(mfn + 1), PA(1), FULL);
	/* 4 and 6 join what is around them. */
	add(PA(2), PA(6), -EEXIST, 3);
	said(0, PA(2), PA(2), GIVEN);
	said(1, PA(5), PA(1), GIVEN);
	said(2, PA(7), PA(1), GIVEN);
	assert_true(xmem_boot_ram(0, &smfn, &emfn));
	assert_int_equal(smfn, 2);
	assert_int_equal(emfn, 12);
}

/* However full of RAM the table is, blocks can be cut out of the middle. */
CHILD_TEST(full_table_leaves_room_for_allocations)
{
	init_boot_pages(PA(100000), PA(101000));
	fill_table();
	for (unsigned int i = 0; i < 4; i++) {
		unsigned long at = 100100 + 200 * i;

		assert_int_equal(
			mfn_x(xmem_alloc_boot_pages_in(10, 1, at, at + 10)),
			at);
	}
	assert_int_equal(mfn_x(alloc_boot_pages(290, 1)), 100710);
	end_boot_allocator();
}

/* The strict function knows no reserve, only the end of the table. */
CHILD_TEST(strict_ranges_may_use_the_reserve)
{
	unsigned long mfn = fill_table();

	for (unsigned int i = 0; i < 8; i++) {
		init_boot_pages(PA(mfn + 3 * i), PA(mfn + 3 * i + 1));
	}
	EXPECT_PANIC(init_boot_pages(PA(mfn + 24), PA(mfn + 25)),
		     "raise XMEM_CONFIG_BOOT_REGIONS");
	init_boot_pages(PA(3), PA(4));
	EXPECT_PANIC(init_boot_pages(PA(3), PA(5)), "overlap RAM");
}

/* Nodes cut a range; if the table is full, each lost part is named. */
CHILD_TEST(nodes_are_lost_one_by_one)
{
	unsigned long mfn;

	fake.node_frames = 100000;
	add(PA(99990), PA(20), 0, 0);
	mfn = fill_table();
	assert_true(mfn < 99000);
	add(PA(199990), PA(20), -ENOSPC, 2);
	said(0, PA(199990), PA(10), FULL);
	said(1, PA(200000), PA(10), FULL);
	add(PA(100010), PA(99990 + 10), -ENOSPC, 1);
	said(0, PA(200000), PA(10), FULL);
}

/* After the hand-over it is too late, and the heap goes on. */
CHILD_TEST(late_ranges_are_refused)
{
	add(PA(16), PA(3200), 0, 0);
	end_boot_allocator();
	add(PA(5000), PA(10), -EBUSY, 1);
	said(0, PA(5000), PA(10), "end_boot_allocator() ran");
	add(PA(5000), 0, -EINVAL, 1);
	EXPECT_RAM(16, 3216);
	fake_check();
}

/* A map as bad as they come: of each kind something, and the sum is right. */
CHILD_TEST(messy_map_boots)
{
	xmem_boot_paddr_bits(39);
	add(0x0, 0x9fc00, 0x9fc00 % PAGE_SIZE != 0 ? -EINVAL : 0,
	    0x9fc00 % PAGE_SIZE != 0);
	add(0x100000, 0x7fe0000, 0, 0);
	add(0x100000, 0, -EINVAL, 1);
	add(0x4000000, 0x8000000, -EEXIST, 1);
	add(0xfffffffffffff000, 0x10000, -ERANGE, 1);
	add(0x7ffff00000, 0x200000, -ERANGE, 1);
	EXPECT_RAM(1, 0x9fc00 >> PAGE_SHIFT, 0x100000 >> PAGE_SHIFT,
		   0xc000000 >> PAGE_SHIFT, 0x7ffff00000 >> PAGE_SHIFT,
		   0x8000000000 >> PAGE_SHIFT);
	fake.track = false; /* RAM beyond the fake machine's memory */
	fake_mapped_end = 0xc000000 >> PAGE_SHIFT;
	xmem_host_layout = XMEM_LAYOUT_PARTIAL;
	xenheap_max_mfn(fake_mapped_end - 1);
	end_boot_allocator();
	assert_true(total_free_pages() > (0xc000000 >> PAGE_SHIFT) - 300);
	ASSERT_VALID(xmem_heap_check());
}

#define T(name) cmocka_unit_test_setup(name, fake_setup)
static const struct CMUnitTest tests[] = {
	T(good_ranges_are_taken_silently),
	T(empty_ranges_are_named),
	T(frame_0_is_left_out_silently),
	T(unaligned_ranges_lose_their_ends),
	T(ranges_without_a_page_are_lost),
	T(ends_in_ram_are_overlap),
	T(overlap_is_cut_out),
	T(range_around_many_pieces_fills_the_gaps),
	T(overlap_with_used_memory_is_cut_out),
	T(addresses_above_the_width_are_dropped),
	T(told_width_is_kept),
	T(wrapping_ranges_are_clipped),
	T(full_table_names_what_is_lost),
	T(full_table_takes_what_joins),
	T(full_table_leaves_room_for_allocations),
	T(strict_ranges_may_use_the_reserve),
	T(nodes_are_lost_one_by_one),
	T(late_ranges_are_refused),
	T(messy_map_boots),
};

TEST_MAIN(tests)
