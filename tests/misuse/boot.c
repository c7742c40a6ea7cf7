/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot.c - every misuse of the boot allocator, and its exact outcome
 *
 * Each test is a child process: the boot allocator has one life. After a
 * panic all that was given can still be had.
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * link: src/boot/[a-z]*.c
 * include: tests/fake/page/include tests/fake/page
 */
#include "fake.h"

/* All @nr frames, one by one, then a panic that names the request. */
static void expect_left(unsigned long nr)
{
	for (unsigned long i = 0; i < nr; i++) {
		assert_false(mfn_eq(alloc_boot_pages(1, 1), INVALID_MFN));
	}
	EXPECT_PANIC(alloc_boot_pages(1, 1),
		     "boot: no 1 pages aligned to 1 (largest free range: 0 "
		     "pages), caller 0x");
}

CHILD_TEST(overlap_is_found)
{
	init_boot_pages(PA(16), PA(32));
	EXPECT_PANIC(init_boot_pages(PA(31), PA(40)),
		     "boot: frames 1f..27 overlap RAM given before (frames "
		     "10..1f)");
	EXPECT_PANIC(init_boot_pages(PA(0), PA(17)),
		     "boot: frames 1..10 overlap RAM given before (frames "
		     "10..1f)");
	EXPECT_PANIC(init_boot_pages(PA(20), PA(21)), "overlap RAM");
	expect_left(16);
}

CHILD_TEST(overlap_with_allocated_memory_is_found)
{
	init_boot_pages(PA(16), PA(32));
	expect_left(16);
	EXPECT_PANIC(init_boot_pages(PA(16), PA(32)), "overlap RAM");
	expect_left(0);
}

CHILD_TEST(backward_and_empty_ranges_are_ignored)
{
	init_boot_pages(PA(32), PA(16));
	init_boot_pages(PA(32), PA(32));
	init_boot_pages(~(paddr_t)0, 0);
	init_boot_pages(0, 0);
	assert_false(xmem_boot_active());
	expect_left(0);
}

CHILD_TEST(unaligned_ranges_are_rounded_inwards)
{
	init_boot_pages(PA(16) + 1, PA(18) - 1);
	init_boot_pages(PA(20) + 1, PA(23) - 1);
	init_boot_pages(PA(30) - 1, PA(31) + 1);
	expect_left(2);
}

CHILD_TEST(frame_0_is_never_given_out)
{
	init_boot_pages(0, PA(3));
	expect_left(2);
}

CHILD_TEST(absurd_requests_are_refused)
{
	init_boot_pages(PA(16), PA(32));
	EXPECT_PANIC(alloc_boot_pages(0, 1), "no 0 pages aligned to 1");
	EXPECT_PANIC(alloc_boot_pages(1, 3), "no 1 pages aligned to 3");
	EXPECT_PANIC(alloc_boot_pages(17, 1),
		     "no 17 pages aligned to 1 (largest free range: 16 "
		     "pages), caller 0x");
	EXPECT_PANIC(alloc_boot_pages(~0UL, 1), "largest free range: 16");
	EXPECT_PANIC(alloc_boot_pages(1, TEST_TOP_BIT),
		     "largest free range: 16");
	assert_true(mfn_eq(xmem_alloc_boot_pages_below(1, 1, 16), INVALID_MFN));
	expect_left(16);
}

/* A table has eight entries more than may be ranges. */
CHILD_TEST(full_table_is_found)
{
	const unsigned long most = XMEM_CONFIG_BOOT_REGIONS - 8;

	for (unsigned long i = 1; i <= most; i++) {
		init_boot_pages(PA(2 * i), PA(2 * i + 1));
	}
	EXPECT_PANIC(init_boot_pages(PA(5000), PA(5001)),
		     " pieces of RAM: raise XMEM_CONFIG_BOOT_REGIONS");
	expect_left(most);
}

/* Both doors: bytes that wait for the rest of their page are RAM given. */
CHILD_TEST(overlap_with_bytes_given_is_found)
{
	init_boot_pages(PA(16), PA(32));
	assert_int_equal(xmem_boot_add_ram(PA(40), 100), 0);
	EXPECT_PANIC(init_boot_pages(PA(39), PA(50)),
		     "boot: frames 27..31 overlap RAM given before (frames "
		     "28..28)");
	expect_left(16);
}

CHILD_TEST(second_end_is_found)
{
	init_boot_pages(PA(16), PA(3200));
	end_boot_allocator();
	EXPECT_PANIC(end_boot_allocator(),
		     "boot: end_boot_allocator() called twice, caller 0x");
	fake_check();
}

CHILD_TEST(use_after_the_end_is_found)
{
	unsigned long nr;

	init_boot_pages(PA(16), PA(3200));
	end_boot_allocator();
	nr = total_free_pages();
	EXPECT_PANIC(alloc_boot_pages(1, 1),
		     "the boot allocator has ended), caller 0x");
	EXPECT_PANIC(init_boot_pages(PA(5000), PA(6000)),
		     "comes after end_boot_allocator()");
	EXPECT_PANIC(xmem_boot_reserve(PA(20), PA(21)),
		     "comes after end_boot_allocator()");
	assert_true(
		mfn_eq(xmem_alloc_boot_pages_below(1, 1, ~0UL), INVALID_MFN));
	assert_int_equal(total_free_pages(), nr);
	fake_check();
}

CHILD_TEST(boot_memory_given_again_as_heap_is_found)
{
	init_boot_pages(PA(16), PA(3200));
	end_boot_allocator();
	EXPECT_PANIC(init_domheap_pages(PA(16), PA(17)),
		     "init of frames 10..10: some are free already");
	fake_check();
}

#define T(name) cmocka_unit_test_setup(name, fake_setup)
static const struct CMUnitTest tests[] = {
	T(overlap_is_found),
	T(overlap_with_allocated_memory_is_found),
	T(backward_and_empty_ranges_are_ignored),
	T(unaligned_ranges_are_rounded_inwards),
	T(frame_0_is_never_given_out),
	T(absurd_requests_are_refused),
	T(full_table_is_found),
	T(overlap_with_bytes_given_is_found),
	T(second_end_is_found),
	T(use_after_the_end_is_found),
	T(boot_memory_given_again_as_heap_is_found),
};

TEST_MAIN(tests)
