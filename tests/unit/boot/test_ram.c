/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_ram.c - memory maps as firmware makes them
 *
 * Each test is a child process: the boot allocator has one life. A step
 * gives a range and expects an error and messages, all of them: what is
 * ignored, and why. tests/model/ram_model.c does the same at random.
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * link: src/boot/[a-z]*.c
 * include: tests/fake/page/include tests/fake/page
 */
#include "boot_tests.h"
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

/* The hand-over names what was left of the fragments. */
static void end_with(unsigned int messages)
{
	nr_ignored = 0;
	end_boot_allocator();
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
	add(PA(5), 0, -XMEM_EINVAL, 1);
	said(0, PA(5), 0, "empty");
	add(0, 0, -XMEM_EINVAL, 1);
	said(0, 0, 0, "empty");
	add(~(paddr_t)0, 0, -XMEM_EINVAL, 1);
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
	add(0, PA(4) + 5, -XMEM_EEXIST, 1);
	said(0, PA(1), PA(2), GIVEN);
	EXPECT_RAM(1, 4);
	end_with(1);
	said(0, PA(4), 5, WHOLE);
}

/* Bytes at the ends that fill no page are lost if nobody brings the rest, and
 * no others. */
CHILD_TEST(unaligned_ranges_lose_their_ends)
{
	add(PA(10) + 1, PA(2) - 1, 0, 0);
	add(PA(20), PA(2) - 1, 0, 0);
	add(PA(30) - 1, PA(2) + 2, 0, 0);
	EXPECT_RAM(11, 12, 20, 21, 30, 32);
	end_with(4);
	said(0, PA(10) + 1, PAGE_SIZE - 1, WHOLE);
	said(1, PA(21), PAGE_SIZE - 1, WHOLE);
	said(2, PA(30) - 1, 1, WHOLE);
	said(3, PA(32), 1, WHOLE);
	EXPECT_RAM(11, 12, 20, 21, 30, 32);
}

/* A range without a whole page is lost, all of it. */
CHILD_TEST(ranges_without_a_page_are_lost)
{
	add(PA(10) + 1, 1, 0, 0);
	add(PA(12), PAGE_SIZE - 1, 0, 0);
	add(PA(14) + 1, PAGE_SIZE - 1, 0, 0);
	/* A little of two pages. */
	add(PA(17) - 3, 5, 0, 0);
	assert_false(xmem_boot_active());
	end_with(5);
	said(0, PA(10) + 1, 1, WHOLE);
	said(1, PA(12), PAGE_SIZE - 1, WHOLE);
	said(2, PA(14) + 1, PAGE_SIZE - 1, WHOLE);
	said(3, PA(17) - 3, 3, WHOLE);
	said(4, PA(17), 2, WHOLE);
}

/* Bytes of a page that is RAM already are not lost: they are overlap. */
CHILD_TEST(ends_in_ram_are_overlap)
{
	add(PA(10), PA(2), 0, 0);
	add(PA(11) + 5, PA(2), -XMEM_EEXIST, 1);
	said(0, PA(11) + 5, PAGE_SIZE - 5, GIVEN);
	add(PA(8) + 5, PA(2), -XMEM_EEXIST, 1);
	said(0, PA(10), 5, GIVEN);
	EXPECT_RAM(9, 13);
	add(PA(10) + 5, 6, -XMEM_EEXIST, 1);
	said(0, PA(10) + 5, 6, GIVEN);
	end_with(2);
	said(0, PA(13), 5, WHOLE);
	said(1, PA(8) + 5, PAGE_SIZE - 5, WHOLE);
}

/* ---- pages that neighbours share ---- */

/* Two ranges that meet inside a page: nothing is lost, whoever comes first. */
CHILD_TEST(page_of_two_neighbours_is_ram)
{
	const unsigned long half = FAKE_FRAMES / 2;

	add(PA(100), PA(10) + 512, 0, 0);
	EXPECT_RAM(100, 110);
	add(PA(110) + 512, PA(10) - 512, 0, 0);
	EXPECT_RAM(100, 120);
	/* Nothing tells how it came in. */
	add(PA(105), PA(10), -XMEM_EEXIST, 1);
	said(0, PA(105), PA(10), GIVEN);
	add(PA(210) + 1, PA(10) - 1, 0, 0);
	EXPECT_RAM(100, 120, 211, 220);
	add(PA(200), PA(10) + 1, 0, 0);
	EXPECT_RAM(100, 120, 200, 220);
	/* With 64K pages the border is no multiple of a page. */
	add(PA(half), (64 << 20) + 4096, 0, 0);
	add(PA(half) + (64 << 20) + 4096, (64 << 20) - 4096, 0, 0);
	EXPECT_RAM(100, 120, 200, 220, half,
		   half + ((128 << 20) >> PAGE_SHIFT));
	end_with(0);
}

/* A page in sixteen pieces becomes RAM with the last of them, whatever their
 * order. */
CHILD_TEST(page_in_many_pieces_is_ram)
{
	const paddr_t part = PAGE_SIZE / 16;
	uint64_t seed = 99;

	for (unsigned long mfn = 10; mfn < 60; mfn += 2) {
		unsigned int order[16];

		for (unsigned int i = 0; i < 16; i++) {
			unsigned int k =
				(unsigned int)(test_random(&seed) % (i + 1));

			order[i] = order[k];
			order[k] = i;
		}
		for (unsigned int i = 0; i < 16; i++) {
			nr_ignored = 0;
			assert_int_equal(mfn_x(xmem_alloc_boot_pages_in(
						 1, 1, mfn, mfn + 1)),
					 XMEM_NO_MFN);
			assert_int_equal(
				xmem_boot_add_ram(PA(mfn) + order[i] * part,
						  part),
				0);
			assert_int_equal(nr_ignored, 0);
		}
		assert_int_equal(
			mfn_x(xmem_alloc_boot_pages_in(1, 1, mfn, mfn + 1)),
			mfn);
	}
	end_with(0);
}

/* Regions back to back, at borders of any kind, are all of the RAM. */
CHILD_TEST(regions_back_to_back_lose_nothing)
{
	paddr_t at[302];
	uint64_t seed = 5;

	at[0] = PA(16);
	for (unsigned int i = 1; i <= 300; i++) {
		at[i] = at[i - 1] + 1 + test_random(&seed) % (5 * PAGE_SIZE);
	}
	at[301] = (at[300] | (PAGE_SIZE - 1)) + 1;
	/* 10 and 301 have no common factor: each comes once. */
	for (unsigned int k = 0; k < 301; k++) {
		unsigned int i = k * 10 % 301;

		add(at[i], at[i + 1] - at[i],
		    at[i] == at[i + 1] ? -XMEM_EINVAL : 0, at[i] == at[i + 1]);
	}
	EXPECT_RAM(16, (unsigned long)(at[301] >> PAGE_SHIFT));
	end_with(0);
}

/* Bytes that wait were given: they do not count twice towards a page. */
CHILD_TEST(overlap_of_fragments_is_named)
{
	add(PA(10) + 100, 100, 0, 0);
	add(PA(10) + 150, 100, -XMEM_EEXIST, 1);
	said(0, PA(10) + 150, 50, GIVEN);
	add(PA(10) + 100, 150, -XMEM_EEXIST, 1);
	said(0, PA(10) + 100, 150, GIVEN);
	add(PA(10) + 120, 3, -XMEM_EEXIST, 1);
	said(0, PA(10) + 120, 3, GIVEN);
	add(PA(10) + 400, 8, 0, 0);
	add(PA(10), PAGE_SIZE - 1, -XMEM_EEXIST, 2);
	said(0, PA(10) + 100, 150, GIVEN);
	said(1, PA(10) + 400, 8, GIVEN);
	assert_false(xmem_boot_active());
	/* A range around fragments has every page, and names only them. */
	add(PA(20) + 7, 9, 0, 0);
	add(PA(9) + 1, PA(20), -XMEM_EEXIST, 2);
	said(0, PA(10), PAGE_SIZE - 1, GIVEN);
	said(1, PA(20) + 7, 9, GIVEN);
	EXPECT_RAM(10, 29);
	end_with(2);
	said(0, PA(9) + 1, PAGE_SIZE - 1, WHOLE);
	said(1, PA(29), 1, WHOLE);
}

/* What was joined is named at the end as one. */
CHILD_TEST(fragments_are_named_joined)
{
	add(PA(10) + 8, 8, 0, 0);
	add(PA(10) + 24, 8, 0, 0);
	add(PA(10) + 16, 8, 0, 0);
	/* The end of a page and the start of the next stay apart. */
	add(PA(30) - 8, 8, 0, 0);
	add(PA(30), 8, 0, 0);
	end_with(3);
	said(0, PA(10) + 8, 24, WHOLE);
	said(1, PA(30) - 8, 8, WHOLE);
	said(2, PA(30), 8, WHOLE);
}

/* The strict function gives whole pages: bytes that wait in them are overlap,
 * those outside stay. */
CHILD_TEST(strict_range_over_a_fragment_panics)
{
	add(PA(10), 8, 0, 0);
	EXPECT_PANIC(init_boot_pages(PA(8), PA(11)),
		     "frames 8..a overlap RAM given before (frames a..a)");
	EXPECT_PANIC(init_boot_pages(PA(10), PA(12)), "overlap RAM");
	init_boot_pages(PA(8), PA(10) + 8);
	init_boot_pages(PA(11), PA(12));
	add(PA(10) + 8, PAGE_SIZE - 8, 0, 0);
	EXPECT_RAM(8, 12);
}

/* A border of nodes is no border here: nobody asks for it. */
CHILD_TEST(nodes_may_be_unknown)
{
	fake.node_frames = 1000;
	fake.nodes_unknown = true;
	add(PA(990), PA(10) - 8, 0, 0);
	add(PA(1000) - 8, PA(10) + 16, 0, 0);
	EXPECT_RAM(990, 1010);
	assert_int_equal(mfn_x(alloc_boot_pages(15, 1)), 995);
	assert_int_equal(fake.nr_node_calls, 0);
	fake.nodes_unknown = false;
	end_with(1);
	said(0, PA(1010), 8, WHOLE);
}

/* ---- overlap ---- */

/* Overlap costs the overlap, wherever the rest of the range lies. */
CHILD_TEST(overlap_is_cut_out)
{
	add(PA(20), PA(10), 0, 0);
	add(PA(15), PA(10), -XMEM_EEXIST, 1); /* from below */
	said(0, PA(20), PA(5), GIVEN);
	add(PA(25), PA(10), -XMEM_EEXIST, 1); /* from above */
	said(0, PA(25), PA(5), GIVEN);
	EXPECT_RAM(15, 35);
	add(PA(15), PA(20), -XMEM_EEXIST, 1); /* the same again */
	said(0, PA(15), PA(20), GIVEN);
	add(PA(20), PA(2), -XMEM_EEXIST, 1); /* inside */
	said(0, PA(20), PA(2), GIVEN);
	add(PA(14), PA(22), -XMEM_EEXIST, 1); /* around */
	said(0, PA(15), PA(20), GIVEN);
	EXPECT_RAM(14, 36);
}

/* A range that encloses several pieces gives all that lies between. */
CHILD_TEST(range_around_many_pieces_fills_the_gaps)
{
	for (unsigned long i = 1; i <= 40; i++) {
		add(PA(i * 10), PA(3), 0, 0);
	}
	add(PA(2), PA(500), -XMEM_EEXIST, 40);
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
	assert_int_equal(xmem_boot_add_ram(PA(18), PA(14)), -XMEM_EEXIST);
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
	add(TOP, PA(1), -XMEM_ERANGE, 1);
	said(0, TOP, PA(1), WIDE);
	add(TOP - PA(5), PA(7), -XMEM_EEXIST, 2);
	said(0, TOP, PA(2), WIDE);
	said(1, TOP - PA(3), PA(3), GIVEN);
	add(~(paddr_t)0, 1, -XMEM_ERANGE, 1);
	said(0, ~(paddr_t)0, 1, WIDE);
	EXPECT_RAM(end - 5, end);
}

/* A narrower one, as the CPU says; a wider one is not believed. */
CHILD_TEST(told_width_is_kept)
{
	unsigned long end = (unsigned long)(FEW_TOP >> PAGE_SHIFT);

	xmem_boot_paddr_bits(FEW_BITS);
	add(FEW_TOP - PA(1) + 1, PA(1), -XMEM_ERANGE, 1);
	said(0, FEW_TOP, 1, WIDE);
	add(FEW_TOP - PA(1), PA(1) + 1, -XMEM_EEXIST, 2);
	said(0, FEW_TOP, 1, WIDE);
	said(1, FEW_TOP - PA(1) + 1, PAGE_SIZE - 1, GIVEN);
	EXPECT_RAM(end - 1, end);
	xmem_boot_paddr_bits(PADDR_BITS + 1);
	add(TOP - PA(1), PA(2), -XMEM_ERANGE, 1);
	said(0, TOP, PA(1), WIDE);
	xmem_boot_paddr_bits(~0U);
	add(TOP, 1, -XMEM_ERANGE, 1);
	xmem_boot_paddr_bits(0);
	add(PA(1), PA(1), -XMEM_ERANGE, 1);
	said(0, PA(1), PA(1), WIDE);
	add(0, PA(1), -XMEM_ERANGE, 1);
	said(0, 1, PA(1) - 1, WIDE);
}

/* A range that goes around 2^64 ends at the width; what wrapped is named as
 * what lies above, never as low memory, which is not touched. */
CHILD_TEST(wrapping_ranges_are_clipped)
{
	unsigned long end = (unsigned long)(TOP >> PAGE_SHIFT);

	add(TOP - PA(2), ~(paddr_t)0, -XMEM_ERANGE, 1);
	said(0, TOP, ~(paddr_t)0 - PA(2), WIDE);
	add(~(paddr_t)0, ~(paddr_t)0, -XMEM_ERANGE, 1);
	said(0, ~(paddr_t)0, ~(paddr_t)0, WIDE);
	add(0 - PA(2), PA(2), -XMEM_ERANGE, 1);
	said(0, 0 - PA(2), PA(2), WIDE);
	add(0 - PA(2), PA(9), -XMEM_ERANGE, 1);
	said(0, 0 - PA(2), PA(9), WIDE);
	EXPECT_RAM(end - 2, end);
	/* All there is. */
	add(0, ~(paddr_t)0, -XMEM_EEXIST, 2);
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

	add(PA(mfn) + 7, PA(5), -XMEM_ENOSPC, 3);
	said(0, PA(mfn) + 7, PAGE_SIZE - 7, FULL);
	said(1, PA(mfn + 1), PA(4), FULL);
	said(2, PA(mfn + 5), 7, FULL);
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
	add(PA(mfn + 3), PA(1), -XMEM_ENOSPC, 1);
	/* Used memory is no neighbour for free memory. */
	assert_int_equal(mfn_x(alloc_boot_pages(1, 1)), mfn);
	add(PA(mfn + 1), PA(1), -XMEM_ENOSPC, 1);
	said(0, PA(mfn + 1), PA(1), FULL);
	/* 4 and 6 join what is around them. */
	add(PA(2), PA(6), -XMEM_EEXIST, 3);
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

/* A fragment takes an entry, which it gives back when its page is full; so
 * what touches one is taken though the table is full. */
CHILD_TEST(full_table_takes_what_joins_a_fragment)
{
	unsigned long mfn;

	add(PA(100000) + 8, 8, 0, 0);
	add(PA(100000) + 32, 8, 0, 0);
	mfn = fill_table();
	assert_int_equal(mfn, 2 + 3 * (XMEM_CONFIG_BOOT_REGIONS - 10));
	add(PA(100000) + 64, 8, -XMEM_ENOSPC, 1);
	said(0, PA(100000) + 64, 8, FULL);
	/* The last entries are the allocations'; still no byte is lost. */
	xmem_boot_reserve(PA(100000), PA(100001));
	init_boot_pages(PA(3), PA(4));
	xmem_boot_reserve(PA(3), PA(4));
	add(PA(100000), 8, 0, 0);
	add(PA(100000) + 40, PAGE_SIZE - 40, 0, 0);
	add(PA(100000) + 16, 16, 0, 0);
	EXPECT_PANIC(init_boot_pages(PA(100000), PA(100001)), "overlap RAM");
	/* Two fragments have made one piece, and a cut took an entry. */
	add(PA(mfn), PA(1), -XMEM_ENOSPC, 1);
	assert_int_equal(mfn_x(alloc_boot_pages(1, 1)), 100000);
	end_with(0);
}

/* The strict function leaves as much. */
CHILD_TEST(strict_ranges_leave_room_too)
{
	unsigned long mfn = fill_table();

	EXPECT_PANIC(init_boot_pages(PA(mfn), PA(mfn + 1)),
		     "raise XMEM_CONFIG_BOOT_REGIONS");
	init_boot_pages(PA(3), PA(4));
	EXPECT_PANIC(init_boot_pages(PA(3), PA(5)), "overlap RAM");
}

/* Nodes do not cut a range: what a full table loses is named in one piece, and
 * what touches RAM of another node needs no entry. */
CHILD_TEST(nodes_take_no_entries)
{
	unsigned long mfn;

	fake.node_frames = 100000;
	add(PA(99990), PA(10), 0, 0);
	mfn = fill_table();
	assert_true(mfn < 99000);
	add(PA(199990), PA(20), -XMEM_ENOSPC, 1);
	said(0, PA(199990), PA(20), FULL);
	add(PA(100000), PA(99990 + 10), 0, 0);
	EXPECT_PANIC(init_boot_pages(PA(199999), PA(200001)), "overlap RAM");
}

/* After the hand-over it is too late, and the heap goes on. */
CHILD_TEST(late_ranges_are_refused)
{
	add(PA(16), PA(3200), 0, 0);
	end_boot_allocator();
	add(PA(5000), PA(10), -XMEM_EBUSY, 1);
	said(0, PA(5000), PA(10), "end_boot_allocator() ran");
	add(PA(5000), 0, -XMEM_EINVAL, 1);
	said(0, PA(5000), 0, "empty");
	/* Too late even for bytes that would be too wide, or fill no page. */
	add(TOP, PA(1), -XMEM_EBUSY, 1);
	said(0, TOP, PA(1), "end_boot_allocator() ran");
	add(PA(5000), 7, -XMEM_EBUSY, 1);
	EXPECT_RAM(16, 3216);
	fake_check();
}

/* A map as bad as they come: of each kind something, and the sum is right. */
CHILD_TEST(messy_map_boots)
{
	xmem_boot_paddr_bits(39);
	add(0x0, 0x9fc00, 0, 0);
	add(0x100000, 0x7fe0000, 0, 0);
	add(0x100000, 0, -XMEM_EINVAL, 1);
	add(0x4000000, 0x8000000, -XMEM_EEXIST, 1);
	add(0xfffffffffffff000, 0x10000, -XMEM_ERANGE, 1);
	add(0x7ffff00000, 0x200000, -XMEM_ERANGE, 1);
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
	T(page_of_two_neighbours_is_ram),
	T(page_in_many_pieces_is_ram),
	T(regions_back_to_back_lose_nothing),
	T(overlap_of_fragments_is_named),
	T(fragments_are_named_joined),
	T(strict_range_over_a_fragment_panics),
	T(nodes_may_be_unknown),
	T(overlap_is_cut_out),
	T(range_around_many_pieces_fills_the_gaps),
	T(overlap_with_used_memory_is_cut_out),
	T(addresses_above_the_width_are_dropped),
	T(told_width_is_kept),
	T(wrapping_ranges_are_clipped),
	T(full_table_names_what_is_lost),
	T(full_table_takes_what_joins),
	T(full_table_leaves_room_for_allocations),
	T(full_table_takes_what_joins_a_fragment),
	T(strict_ranges_leave_room_too),
	T(nodes_take_no_entries),
	T(late_ranges_are_refused),
	T(messy_map_boots),
};

TEST_MAIN(tests)
