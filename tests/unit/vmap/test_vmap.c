/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_vmap.c - mappings of the caller's frames, over stand-ins
 *
 * link: src/vmap/vmap.c src/vmap/vmalloc.c src/vmap/window.c
 * link: src/frame/frame_index.c src/vmap/window_check.c src/vmap/vm_init.c
 * link: src/va/va.c src/va/va_check.c src/lib/bitmap_tree.c
 * link: src/lib/bitmap_tree_check.c src/lib/phase.c
 */
#include "lib/align.h"

#include "../../fake/fake_maps.h"

#define MAX_MFN (1UL << (PADDR_BITS - PAGE_SHIFT))

static void expect_mapped(const void *va, unsigned long mfn, unsigned int flags)
{
	const struct pte *pte = pte_of((unsigned long)va);

	assert_int_equal(pte->state, PTE_MAPPED);
	assert_int_equal(pte->mfn, mfn);
	assert_int_equal(pte->flags, flags);
}

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

/* Frames that lie one behind the other are committed as one run. */
static void neighbours_are_one_run(void **state)
{
	mfn_t mfns[6] = {_mfn(20), _mfn(21), _mfn(22),
			 _mfn(30), _mfn(31), _mfn(5)};
	char *va = vmap(mfns, 6);

	(void)state;
	assert_int_equal(fake.nr_commits, 3);
	vunmap(va);
	fake.nr_commits = 0;
	va = vmap_contig(_mfn(500), 33);
	assert_int_equal(fake.nr_commits, 1);
	assert_int_equal(vmap_size(va), 33);
	expect_mapped(va + 32 * PAGE_SIZE, 532, PAGE_HYPERVISOR);
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

/* Arguments that make no sense give NULL, with no call below. */
static void bad_arguments_give_null(void **state)
{
	mfn_t mfn[2] = {_mfn(100), INVALID_MFN};
	unsigned int rwx = PAGE_HYPERVISOR_RW | XMEM_MAP_EXEC;
	unsigned int rw = PAGE_HYPERVISOR;

	(void)state;
	fake_fail(0);
	assert_null(vmap(mfn, 0));
	assert_null(vmap(mfn, 2));
	assert_null(vmap_contig(INVALID_MFN, 1));
	assert_null(vmap_contig(_mfn(~0UL - 5), 10));
	assert_null(vmap_contig(_mfn(MAX_MFN - 5), 6));
	assert_null(vmap_contig(_mfn(1), 0));
	assert_null(vmap_contig(_mfn(1), ~0U));
	assert_null(__vmap(mfn, 0, 1, 1, rw, VMAP_DEFAULT));
	assert_null(__vmap(mfn, ~0U, ~0U, 1, rw, VMAP_DEFAULT));
	assert_null(__vmap(mfn, ~0U, 1, 1, rw, VMAP_DEFAULT));
	assert_null(__vmap(mfn, 1, 1, 3, rw, VMAP_DEFAULT));
	assert_null(__vmap(mfn, 1, 1, 1U << 31, rw, VMAP_DEFAULT));
	assert_null(__vmap(mfn, 1, 1, 1, rw, VMAP_REGION_NR));
	assert_null(__vmap(mfn, 1, 1, 1, rw, (enum vmap_region) - 1));
	assert_null(__vmap(mfn, 1, 1, 1, rwx, VMAP_DEFAULT));
	assert_null(__vmap(mfn, 1, 1, 1, rwx, VMAP_XEN));
	assert_null(__vmap(mfn, 1, 1, 1, PAGE_HYPERVISOR_RX, VMAP_DEFAULT));
	assert_null(__vmap(mfn, 1, 1, 1, PAGE_HYPERVISOR_NONE, VMAP_DEFAULT));
	assert_null(__vmap(mfn, 1, 1, 1, XMEM_MAP_WRITE, VMAP_DEFAULT));
	assert_null(__vmap(mfn, 1, 1, 1, rw | 1U << 20, VMAP_DEFAULT));
	assert_int_equal(fake.nr_calls, 0);
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

/* ioremap keeps the offset in the page and covers the last byte. */
static void devices_are_mapped_at_any_offset(void **state)
{
	const paddr_t pa = ((paddr_t)0xfee00 << PAGE_SHIFT) + 0xff0;
	char *va = ioremap(pa, 0x20);
	char *one;

	(void)state;
	assert_non_null(va);
	assert_int_equal((unsigned long)va % PAGE_SIZE, 0xff0);
	expect_mapped(va, 0xfee00, PAGE_HYPERVISOR_UC);
	assert_int_equal(vmap_size(va - 0xff0), xmem_pages_for(0xff0 + 0x20));
	iounmap(va);
	one = ioremap(pa - 0xff0, PAGE_SIZE);
	assert_int_equal(vmap_size(one), 1);
	iounmap(one);
	one = ioremap(pa - 0xff0, 1);
	assert_int_equal(vmap_size(one), 1);
	vunmap(one);
	fake_expect_empty();
}

/* Each memory type reaches the page tables. */
static void memory_types_are_kept(void **state)
{
	static const unsigned int types[] = {
		PAGE_HYPERVISOR_WC, PAGE_HYPERVISOR_WT, PAGE_HYPERVISOR_UC,
		PAGE_HYPERVISOR_RO | XMEM_MAP_UC};

	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		char *va = ioremap_attr(0x12345678, 100, types[i]);

		expect_mapped(va, 0x12345678 >> PAGE_SHIFT, types[i]);
		iounmap(va);
	}
	assert_null(ioremap_attr(0x12345678, 100,
				 PAGE_HYPERVISOR_UC | XMEM_MAP_EXEC));
	fake_expect_empty();
}

/* No length, too much of it, or an address that no frame number has. */
static void bad_devices_give_null(void **state)
{
	(void)state;
	assert_null(ioremap(0x1000, 0));
	assert_null(ioremap(0x1234, SIZE_MAX));
	assert_null(ioremap(0x1234, SIZE_MAX - 0x1233));
	assert_null(ioremap(0, SIZE_MAX / 2));
	assert_null(ioremap(~(paddr_t)0, 1));
	assert_null(ioremap(~(paddr_t)0, 2));
	assert_null(ioremap((paddr_t)1 << PADDR_BITS, 1));
	assert_null(ioremap(((paddr_t)1 << PADDR_BITS) - 1, 2));
	assert_null(ioremap(0x1000, WINDOW_PAGES << PAGE_SHIFT));
	fake_expect_empty();
}

/* RAM is no device: a second memory type for it is refused, wherever it lies in
 * the range. Write-back there is one more mapping like those there are. */
static void ram_is_no_device(void **state)
{
	const paddr_t first = (paddr_t)FIRST_FRAME << PAGE_SHIFT;
	const paddr_t end = (paddr_t)(FIRST_FRAME + NR_FRAMES) << PAGE_SHIFT;
	char *va;

	(void)state;
	assert_null(ioremap(first, 1));
	assert_null(ioremap(end - 1, 1));
	assert_null(ioremap(first - PAGE_SIZE, 2 * PAGE_SIZE));
	assert_null(ioremap(first - 1, 2));
	assert_null(ioremap(end - 5 * PAGE_SIZE, 7 * PAGE_SIZE));
	assert_null(ioremap_attr(first, 1, PAGE_HYPERVISOR_WC));
	assert_null(ioremap_attr(first, 1, PAGE_HYPERVISOR_WT));
	fake_expect_empty();
	va = ioremap(first - 1, 1);
	expect_mapped(va, FIRST_FRAME - 1, PAGE_HYPERVISOR_UC);
	iounmap(va);
	va = ioremap(end, 1);
	expect_mapped(va, FIRST_FRAME + NR_FRAMES, PAGE_HYPERVISOR_UC);
	iounmap(va);
	va = ioremap_attr(first + 4, 8, PAGE_HYPERVISOR_RO);
	expect_mapped(va, FIRST_FRAME, PAGE_HYPERVISOR_RO);
	iounmap(va);
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

/* A long scattered mapping goes in several batches, with one flush. */
static void long_mapping_is_unmapped_whole(void **state)
{
	mfn_t mfns[60];
	char *va;

	(void)state;
	for (unsigned long i = 0; i < 60; i++) {
		mfns[i] = _mfn(i * 37 % 101);
	}
	va = vmap(mfns, 60);
	assert_non_null(va);
	assert_null(vmap(mfns, 3)); /* the window is full */
	vunmap(va);
	assert_int_equal(fake.nr_flushes, 1);
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
	cmocka_unit_test_setup(neighbours_are_one_run, fake_setup),
	cmocka_unit_test_setup(blocks_are_mapped_as_asked, fake_setup),
	cmocka_unit_test_setup(bad_arguments_give_null, fake_setup),
	cmocka_unit_test_setup(highest_frame_is_legal, fake_setup),
	cmocka_unit_test_setup(devices_are_mapped_at_any_offset, fake_setup),
	cmocka_unit_test_setup(memory_types_are_kept, fake_setup),
	cmocka_unit_test_setup(bad_devices_give_null, fake_setup),
	cmocka_unit_test_setup(ram_is_no_device, fake_setup),
	cmocka_unit_test_setup(frame_zero_can_be_mapped, fake_setup),
	cmocka_unit_test_setup(any_mapping_ends_either_way, fake_setup),
	cmocka_unit_test_setup(failed_tables_are_undone, fake_setup),
	cmocka_unit_test_setup(long_mapping_is_unmapped_whole, fake_setup),
	cmocka_unit_test_setup(null_is_ignored, fake_setup),
	cmocka_unit_test_setup(wrong_pairs_panic, fake_setup),
};

TEST_MAIN(tests)
