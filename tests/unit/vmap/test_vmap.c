/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_vmap.c - mappings of the caller's frames, over stand-ins
 *
 * link: src/vmap/vmap.c src/vmap/vmalloc.c src/vmap/window.c src/vmap/area.c
 * link: src/vmap/ioremap.c src/vmap/lookup.c
 * link: src/frame/frame_index.c src/vmap/window_check.c src/vmap/vm_init.c
 * link: src/va/va.c src/va/va_check.c src/lib/bitmap_tree.c
 * link: src/lib/bitmap_tree_check.c src/lib/phase.c
 */
#include "vmap_tests.h"

#define MAX_MFN (1UL << (PADDR_BITS - PAGE_SHIFT))

/* Each page shows its frame, writable, and can be looked up. */
static void scattered_frames_are_mapped(void **state)
{
	mfn_t mfns[5] = {_mfn(7), _mfn(1009), _mfn(3), _mfn(4), _mfn(7)};
	char *va = vmap(mfns, 5);

	(void)state;
	assert_non_null(va);
	assert_int_equal(vmap_size(va), 5);
	for (unsigned long i = 0; i < 5; i++) {
		const char *page = va + (i << PAGE_SHIFT);

		expect_mapped(page, mfn_x(mfns[i]), PAGE_HYPERVISOR);
		assert_true(mfn_eq(vmap_to_mfn(page + 13), mfns[i]));
	}
	assert_null(vmap_to_page(va));
	assert_ptr_equal(vmap_to_page(va + PAGE_SIZE), &fake_pages[9]);
	vunmap(va);
	fake_expect_empty();
}

/* __vmap: blocks of several frames, aligned, with flags, in a window. */
static void blocks_are_mapped_as_asked(void **state)
{
	mfn_t mfns[3] = {_mfn(100), _mfn(204), _mfn(208)};
	char *va = __vmap(mfns, 4, 3, 8, PAGE_HYPERVISOR_RX, VMAP_XEN);

	(void)state;
	assert_non_null(va);
	assert_true((void *)va > fake_start(VMAP_XEN));
	assert_int_equal((unsigned long)va % (8 * PAGE_SIZE), 0);
	for (unsigned long i = 0; i < 12; i++) {
		expect_mapped(va + (i << PAGE_SHIFT),
			      mfn_x(mfns[i / 4]) + i % 4, PAGE_HYPERVISOR_RX);
	}
	assert_int_equal(fake.nr_commits, 2);
	vunmap(va);
	va = __vmap(mfns, 1, 1, 0, PAGE_HYPERVISOR_RO, VMAP_DEFAULT);
	expect_mapped(va, 100, PAGE_HYPERVISOR_RO);
	vunmap(va);
	fake_expect_empty();
}

/* The highest frame there can be is legal: it may be a device. */
static void highest_frame_is_legal(void **state)
{
	char *va = vmap_contig(_mfn(MAX_MFN - 5), 5);

	(void)state;
	assert_non_null(va);
	assert_null(vmap_to_page(va));
	vunmap(va);
	fake_expect_empty();
}

/* Frame 0 is a frame like others, mapped at any of its bytes. */
static void frame_zero_can_be_mapped(void **state)
{
	mfn_t zero[2] = {_mfn(0), _mfn(0)};
	char *va = vmap(zero, 2);

	(void)state;
	expect_mapped(va, 0, PAGE_HYPERVISOR);
	assert_true(mfn_eq(vmap_to_mfn(va + PAGE_SIZE), _mfn(0)));
	vunmap(va);
	va = ioremap(0x40e, 2);
	assert_int_equal((unsigned long)va % PAGE_SIZE, 0x40e);
	expect_mapped(va, 0, PAGE_HYPERVISOR_UC);
	iounmap(va);
	fake_expect_empty();
}

/* Mappings are of one kind: vunmap() and iounmap() end either. */
static void any_mapping_ends_either_way(void **state)
{
	mfn_t mfns[2] = {_mfn(7), _mfn(9)};
	char *va = vmap(mfns, 2);

	(void)state;
	iounmap(va);
	va = vmap(mfns, 2);
	iounmap(va + 5);
	va = ioremap((paddr_t)0x12345 << PAGE_SHIFT, 5);
	vunmap(va);
	fake_expect_empty();
}

/* Tables that cannot be built: NULL, the address given back. */
static void failed_tables_are_undone(void **state)
{
	mfn_t mfn = _mfn(9);

	(void)state;
	fake_fail(1);
	assert_null(vmap(&mfn, 1));
	fake_fail(1);
	assert_null(ioremap(0x12345678, 1));
	fake_expect_empty();
	fake_fail(0);
	vunmap(vmap(&mfn, 1));
	fake_expect_empty();
}

/* NULL is ignored. */
static void null_is_ignored(void **state)
{
	(void)state;
	vunmap(NULL);
	iounmap(NULL);
	assert_int_equal(vmap_size(NULL), 0);
	assert_false(vmap_contains(NULL));
	assert_true(mfn_eq(vmap_to_mfn(NULL), INVALID_MFN));
	assert_null(vmap_to_page(NULL));
}

/* Memory is freed, mappings are unmapped: the wrong pair panics, and the
 * area stays whole. */
static void wrong_pairs_panic(void **state)
{
	mfn_t mfn = _mfn(9);
	char *mapping = vmap(&mfn, 1);
	char *device = ioremap(0x12345678, 10);
	char *memory = vmalloc(10);

	(void)state;
	EXPECT_PANIC(vfree(mapping), "is a mapping, for vunmap()");
	EXPECT_PANIC(vfree(device), "is inside the area at");
	EXPECT_PANIC(vunmap(memory), "is memory, for vfree()");
	EXPECT_PANIC(iounmap(memory + 5), "is memory, for vfree()");
	EXPECT_PANIC(vunmap(device), "is inside the area at");
	EXPECT_PANIC(vunmap(fake_meta), "is not in a vmap window");
	assert_int_equal(xmem_vmap_used(VMAP_DEFAULT), 3);
	vunmap(mapping);
	EXPECT_PANIC(vunmap(mapping), "is a free address");
	iounmap(device);
	EXPECT_PANIC(iounmap(device), "iounmap: ");
	vfree(memory);
	fake_expect_empty();
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup(scattered_frames_are_mapped, fake_setup),
	cmocka_unit_test_setup(blocks_are_mapped_as_asked, fake_setup),
	cmocka_unit_test_setup(highest_frame_is_legal, fake_setup),
	cmocka_unit_test_setup(frame_zero_can_be_mapped, fake_setup),
	cmocka_unit_test_setup(any_mapping_ends_either_way, fake_setup),
	cmocka_unit_test_setup(failed_tables_are_undone, fake_setup),
	cmocka_unit_test_setup(null_is_ignored, fake_setup),
	cmocka_unit_test_setup(wrong_pairs_panic, fake_setup),
};

TEST_MAIN(tests)
