/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_frame_index.c - numbers for frames, on the maps of real machines
 *
 * link: src/frame/frame_index.c
 *
 * The oracle is the list of ranges: counting sections by hand, and looking
 * through all ranges for a frame.
 */
#include <arch/frame_index.h>

#include "memory_maps.h"
#include "test.h"

#define SECTION (1UL << XMEM_SECTION_ORDER)

static struct xmem_frame_range range[MAPS_MAX_RANGES];
static unsigned long nr_ranges;
static struct xmem_frame_index fi;
static void *mem;

/* The index of @nr ranges in `range`, in memory full of garbage. */
static void build(unsigned long nr)
{
	unsigned long bytes = xmem_frame_index_bytes(range, nr);

	nr_ranges = nr;
	mem = malloc(bytes);
	assert_non_null(mem);
	memset(mem, 0xa5, bytes);
	xmem_frame_index_init(&fi, range, nr, mem);
}

static void drop(void)
{
	free(mem);
	mem = NULL;
}

/* The RAM of a real machine, as whole frames. Some ranges may be empty with
 * large pages: they are left out, as the boot allocator does. */
static void load(unsigned int which)
{
	static struct memory_map map;
	unsigned long nr = 0;

	map_fill(&map, which);
	for (unsigned int i = 0; i < map.nr; i++) {
		uint64_t start =
			(map.range[i].start + PAGE_SIZE - 1) >> PAGE_SHIFT;
		uint64_t end = map.range[i].end >> PAGE_SHIFT;

		if (start == 0) {
			start = 1;
		}
		if (start < end && end >> (sizeof(long) * 8 - 1) == 0) {
			range[nr].start = (unsigned long)start;
			range[nr++].end = (unsigned long)end;
		}
	}
	build(nr);
}

/* The end of the range that holds @frame, or @frame. */
static unsigned long oracle_ram_end(unsigned long frame)
{
	for (unsigned long i = 0; i < nr_ranges; i++) {
		if (frame >= range[i].start && frame < range[i].end) {
			return range[i].end;
		}
	}
	return frame;
}

static void check_frame(unsigned long frame)
{
	unsigned long end = oracle_ram_end(frame);
	bool ram = end != frame;

	assert_int_equal(xmem_frame_ram_end(&fi, frame), end);
	assert_int_equal(xmem_frame_is_ram(&fi, frame), ram);
	assert_int_equal(xmem_frame_index_search(&fi, frame), ram);
	if (ram) {
		unsigned long i = xmem_frame_to_index(&fi, frame);

		assert_int_equal(xmem_index_to_frame(&fi, i), frame);
		assert_int_equal(i % SECTION, frame % SECTION);
		assert_true(i <= frame);
		assert_int_equal(xmem_index_is_mapped(&fi, i),
				 frame < fi.mapped_end);
	}
}

/* Every edge of RAM, and every section's, is right to the frame. */
static void edges_are_exact(void **state)
{
	(void)state;
	for (unsigned int which = 0; which < NR_MAPS; which++) {
		load(which);
		for (unsigned long i = 0; i < nr_ranges; i++) {
			unsigned long s = range[i].start & ~(SECTION - 1);

			check_frame(range[i].start - 1);
			check_frame(range[i].start);
			check_frame(range[i].end - 1);
			check_frame(range[i].end);
			check_frame(s);
			check_frame(s + SECTION - 1);
			check_frame(s + SECTION);
		}
		check_frame(0);
		check_frame(~0UL);
		check_frame(~0UL >> 1);
		drop();
	}
}

/* Sections that hold RAM are numbered without gaps, in the order of frames,
 * so the index spans what they hold and nothing else. */
static void numbers_have_no_gaps(void **state)
{
	(void)state;
	for (unsigned int which = 0; which < NR_MAPS; which++) {
		unsigned long last = ~0UL;
		unsigned long numbers = 0;

		load(which);
		for (unsigned long i = 0; i < nr_ranges; i++) {
			unsigned long s = range[i].start / SECTION;
			unsigned long e = (range[i].end - 1) / SECTION;

			for (s = s == last ? s + 1 : s; s <= e; s++) {
				unsigned long f = s * SECTION;

				f = f > range[i].start ? f : range[i].start;
				assert_int_equal(xmem_frame_to_index(&fi, f) /
							 SECTION,
						 numbers);
				numbers++;
			}
			last = e;
		}
		assert_int_equal(fi.nr_numbers, numbers);
		assert_int_equal(xmem_index_to_frame(&fi, numbers * SECTION),
				 XMEM_NO_MFN);
		assert_int_equal(
			xmem_index_to_frame(&fi, numbers * SECTION - 1) %
				SECTION,
			SECTION - 1);
		drop();
	}
}

/* The Arm board of the README: 16 GiB of RAM have 16 GiB of numbers, though
 * the last frame is at 520 GiB. */
static void holes_cost_no_numbers(void **state)
{
	unsigned long nr = 0;
	unsigned long last;

	(void)state;
	load(MAP_ARM_BOARD);
	for (unsigned long i = 0; i < nr_ranges; i++) {
		nr += range[i].end - range[i].start;
	}
	last = xmem_frame_to_index(&fi, range[nr_ranges - 1].end - 1);
	if (PAGE_SHIFT == 12) {
		assert_int_equal(last + 1, nr);
	} else {
		assert_true(last < nr + 3 * SECTION); /* Ends of sections. */
	}
	drop();
}

/* An index of no section leads to no frame, whatever its value. */
static void wild_index_gives_no_frame(void **state)
{
	(void)state;
	load(MAP_ARM_BOARD);
	assert_int_equal(xmem_index_to_frame(&fi, ~0UL), XMEM_NO_MFN);
	assert_int_equal(xmem_index_to_frame(&fi, ~0UL >> 1), XMEM_NO_MFN);
	assert_int_equal(
		xmem_index_to_frame(&fi, fi.nr_numbers << XMEM_SECTION_ORDER),
		XMEM_NO_MFN);
	drop();
}

/* The same tables at another address answer the same. */
static void tables_can_be_moved(void **state)
{
	static struct xmem_frame_range copy[MAPS_MAX_RANGES];
	unsigned long bytes;
	void *other;

	(void)state;
	load(MAP_TWO_SOCKETS);
	bytes = xmem_frame_index_bytes(range, nr_ranges);
	other = malloc(bytes);
	assert_non_null(other);
	memcpy(other, mem, bytes);
	memcpy(copy, range, sizeof(copy));
	memset(mem, 0x5a, bytes);
	xmem_frame_index_move(&fi, copy, other);
	for (unsigned long i = 0; i < nr_ranges; i++) {
		check_frame(range[i].start - 1);
		check_frame(range[i].start);
		check_frame(range[i].end - 1);
		check_frame(range[i].end);
	}
	free(other);
	drop();
}

/* What lies above the end of the direct map has a number, but is not in it. */
static void direct_map_has_an_end(void **state)
{
	(void)state;
	for (unsigned int which = 0; which < NR_MAPS; which++) {
		load(which);
		for (unsigned long k = 0; k < nr_ranges;
		     k += 1 + nr_ranges / 50) {
			unsigned long end = range[k].start +
					    (range[k].end - range[k].start) / 3;

			xmem_frame_index_limit(&fi, mem, end);
			check_frame(end - 1);
			check_frame(end);
			for (unsigned long i = 0; i < nr_ranges; i++) {
				check_frame(range[i].start);
				check_frame(range[i].end - 1);
			}
		}
		assert_false(xmem_index_is_mapped(&fi, ~0UL));
		assert_false(xmem_index_is_mapped(
			&fi, fi.nr_numbers << XMEM_SECTION_ORDER));
		drop();
	}
}

/* RAM may end a frame before its section does, with it, or a frame behind. */
static void ram_ends_near_the_end_of_a_section(void **state)
{
	(void)state;
	for (unsigned long end = 2 * SECTION - 2; end < 2 * SECTION + 3;
	     end++) {
		range[0] = (struct xmem_frame_range){SECTION + 10, end};
		range[1] = (struct xmem_frame_range){3 * SECTION, 4 * SECTION};
		build(2);
		for (unsigned long f = end - 3; f < end + 3; f++) {
			check_frame(f);
		}
		drop();
	}
}

/* I1 and I3, as the header has them: what a section is said to hold lies in it,
 * and a section without RAM leads to the number behind the last. */
static void tables_are_as_the_header_says(void **state)
{
	(void)state;
	for (unsigned int which = 0; which < NR_MAPS; which++) {
		unsigned long n = 0;

		load(which);
		for (unsigned long s = 0; s < fi.nr_sections; s++) {
			unsigned long at =
				xmem_frame_to_index(&fi, s * SECTION);
			const struct xmem_section *section = &fi.section[n];

			if (n == fi.nr_numbers || at != n * SECTION) {
				assert_int_equal(at, fi.nr_numbers * SECTION);
				continue;
			}
			for (unsigned int i = 0; i < 2; i++) {
				assert_true(section->range[i].nr == 0 ||
					    section->range[i].first >= at);
				assert_true(section->range[i].first +
						    section->range[i].nr <=
					    at + SECTION);
			}
			assert_true(section->range[0].nr >= section->range[1].nr);
			n++;
		}
		assert_int_equal(n, fi.nr_numbers);
		drop();
	}
}

/* Random machines: any number of ranges of any length, touching sections in
 * all ways; random frames and those near edges. */
static void random_machines(void **state)
{
	unsigned long rounds = test_steps(2000);
	uint64_t seed = 20261124;

	(void)state;
	for (unsigned long r = 0; r < rounds; r++) {
		unsigned long at = 1 + test_random(&seed) % (2 * SECTION);
		unsigned long nr = 1 + test_random(&seed) % 40;

		for (unsigned long i = 0; i < nr; i++) {
			unsigned int bits =
				1 +
				test_random(&seed) % (XMEM_SECTION_ORDER + 2);

			range[i].start = at;
			at += 1 + test_random(&seed) % (1UL << bits);
			range[i].end = at;
			bits = 1 +
			       test_random(&seed) % (XMEM_SECTION_ORDER + 3);
			at += 1 + test_random(&seed) % (1UL << bits);
		}
		build(nr);
		xmem_frame_index_limit(&fi, mem, test_random(&seed) % (2 * at));
		for (unsigned int k = 0; k < 200; k++) {
			unsigned long i = test_random(&seed) % nr;

			check_frame(test_random(&seed) % (at + SECTION));
			check_frame(range[i].start - test_random(&seed) % 2);
			check_frame(range[i].end - test_random(&seed) % 2);
		}
		drop();
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(edges_are_exact),
	cmocka_unit_test(numbers_have_no_gaps),
	cmocka_unit_test(holes_cost_no_numbers),
	cmocka_unit_test(wild_index_gives_no_frame),
	cmocka_unit_test(tables_can_be_moved),
	cmocka_unit_test(direct_map_has_an_end),
	cmocka_unit_test(ram_ends_near_the_end_of_a_section),
	cmocka_unit_test(tables_are_as_the_header_says),
	cmocka_unit_test(random_machines),
};

TEST_MAIN(tests)
