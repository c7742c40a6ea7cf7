/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_vm_init.c - windows are set up once, right, or not at all
 *
 * link: src/vmap/lookup.c
 * link: src/vmap/window.c src/vmap/window_check.c src/vmap/vm_init.c
 * link: src/frame/frame_index.c src/va/va.c src/va/va_check.c
 * link: src/lib/bitmap_tree.c src/lib/bitmap_tree_check.c
 * link: src/lib/phase.c
 */
#include "lib/align.h"

#include "../../fake/fake_maps.h"

static int reset(void **state)
{
	(void)state;
	fake_reset();
	return 0;
}

static void init(enum vmap_region type)
{
	vm_init_type(type, fake_start(type), fake_end(type));
}

static unsigned long meta_pages(void)
{
	return xmem_pages_for(xmem_va_bytes(WINDOW_PAGES));
}

/* After boot the metadata is xenheap, and what is too much goes back. */
static void metadata_comes_from_the_xenheap(void **state)
{
	unsigned long guarded;

	(void)state;
	init(VMAP_DEFAULT);
	assert_true(fake.nr_meta >= meta_pages());
	guarded = xmem_window_take(VMAP_DEFAULT, 1, 1, AREA_OWNED);
	assert_int_equal(guarded, (unsigned long)fake_space + PAGE_SIZE);
	ASSERT_VALID(xmem_vmap_check());
}

/* At boot it is boot frames below the end of the direct map (the stand-in
 * checks the limit). */
static void metadata_comes_from_boot_frames(void **state)
{
	(void)state;
	fake.boot_active = true;
	init(VMAP_DEFAULT);
	assert_int_equal(fake.nr_meta, meta_pages());
	assert_int_not_equal(xmem_window_take(VMAP_DEFAULT, 9, 1, AREA_OWNED),
			     0);
	ASSERT_VALID(xmem_vmap_check());
}

/* The direct map may end inside a range of RAM. */
static void end_of_direct_map_is_found(void **state)
{
	(void)state;
	for (unsigned long end = FIRST_META + 1; end < FIRST_META + META_PAGES;
	     end += 7) {
		fake_reset();
		fake.boot_active = true;
		fake.boot_limit = end;
		xmem_host_mapped_end = end;
		init(VMAP_XEN);
	}
}

/* vm_init() takes the architecture's window, no more than is of use. */
static void default_window_is_set_up(void **state)
{
	(void)state;
	vm_init();
	assert_true(vmap_contains(fake_start(VMAP_DEFAULT)));
	assert_true(vmap_contains((char *)fake_end(VMAP_DEFAULT) - 1));
	assert_false(vmap_contains(fake_end(VMAP_DEFAULT)));
}

/* Of a large window seven eighths of RAM are managed, 32 MiB at least. */
static void default_window_fits_the_ram(void **state)
{
	unsigned long more = (20UL << 20) + 5 * PAGE_SIZE;
	unsigned long start = (unsigned long)fake_start(VMAP_DEFAULT);
	unsigned long ram[3] = {1, 64UL << 20, (64UL << 20) + more};

	(void)state;
	for (int i = 0; i < 3; i++) {
		unsigned long most = (ram[i] - ram[i] / 8) & PAGE_MASK;
		unsigned long managed = ram[i] == 1 ? 32UL << 20 : most;

		fake_reset();
		fake.virt_end = (void *)(start + (1UL << 30));
		fake.ram = (ram[i] >> PAGE_SHIFT) - META_PAGES;
		fake.ram = ram[i] == 1 ? 1 : fake.ram;
		vm_init();
		assert_int_equal(xmem_windows[VMAP_DEFAULT].size, managed);
		assert_true(vmap_contains((void *)(start + managed - 1)));
		assert_false(vmap_contains((void *)(start + managed)));
	}
}

/* No metadata: a panic that names the window. */
static void missing_memory_panics(void **state)
{
	(void)state;
	fake_fail(1);
	EXPECT_PANIC(init(VMAP_XEN),
		     "pages of xenheap for window 1: make it smaller");
	assert_false(vmap_contains(fake_start(VMAP_XEN)));
	fake.boot_active = true;
	fake_fail(1);
	EXPECT_PANIC(init(VMAP_XEN),
		     "pages of xenheap for window 1: make it smaller");
	fake_fail(0);
	init(VMAP_XEN);
}

/* Once a window. */
static void second_set_up_panics(void **state)
{
	(void)state;
	init(VMAP_DEFAULT);
	EXPECT_PANIC(init(VMAP_DEFAULT), "window 0 is set up already");
	EXPECT_PANIC(vm_init(), "window 0 is set up already");
}

/* Bounds that make no window. */
static void bad_bounds_panic(void **state)
{
	char *start = fake_start(VMAP_DEFAULT);
	char *end = fake_end(VMAP_DEFAULT);

	(void)state;
	EXPECT_PANIC(vm_init_type(VMAP_DEFAULT, start + 1, end),
		     "is not page aligned");
	EXPECT_PANIC(vm_init_type(VMAP_DEFAULT, start, end - 1),
		     "is not page aligned");
	EXPECT_PANIC(vm_init_type(VMAP_DEFAULT, start, start + 2 * PAGE_SIZE),
		     "is shorter than three pages");
	EXPECT_PANIC(vm_init_type(VMAP_DEFAULT, end, start),
		     "is shorter than three pages");
	EXPECT_PANIC(vm_init_type(VMAP_DEFAULT, start, start),
		     "is shorter than three pages");
	EXPECT_PANIC(vm_init_type(VMAP_REGION_NR, start, end),
		     "there is no window 2");
	assert_false(vmap_contains(start));
	vm_init_type(VMAP_DEFAULT, start, start + 3 * PAGE_SIZE);
	assert_int_not_equal(xmem_window_take(VMAP_DEFAULT, 1, 1, AREA_OWNED),
			     0);
	assert_int_equal(xmem_window_take(VMAP_DEFAULT, 1, 1, AREA_OWNED), 0);
}

static void expect_overlap(char *start, char *end)
{
	EXPECT_PANIC(vm_init_type(VMAP_XEN, start, end),
		     "overlaps another window");
}

/* Two windows share no address, wherever the second lies. */
static void overlap_panics(void **state)
{
	char *start = fake_start(VMAP_DEFAULT);
	const long size = 10 * (long)PAGE_SIZE;

	(void)state;
	vm_init_type(VMAP_DEFAULT, start + size, start + 2 * size);
	for (long at = (long)PAGE_SIZE; at < 2 * size; at += PAGE_SIZE) {
		expect_overlap(start + at, start + at + size);
	}
	expect_overlap(start, start + 3 * size);
	vm_init_type(VMAP_XEN, start + 2 * size, start + 3 * size);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup(metadata_comes_from_the_xenheap, reset),
	cmocka_unit_test_setup(metadata_comes_from_boot_frames, reset),
	cmocka_unit_test_setup(end_of_direct_map_is_found, reset),
	cmocka_unit_test_setup(default_window_is_set_up, reset),
	cmocka_unit_test_setup(default_window_fits_the_ram, reset),
	cmocka_unit_test_setup(missing_memory_panics, reset),
	cmocka_unit_test_setup(second_set_up_panics, reset),
	cmocka_unit_test_setup(bad_bounds_panic, reset),
	cmocka_unit_test_setup(overlap_panics, reset),
};

TEST_MAIN(tests)
