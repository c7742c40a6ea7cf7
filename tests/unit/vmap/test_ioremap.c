/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_ioremap.c - devices are mapped by address, over stand-ins
 *
 * link: src/vmap/ioremap.c src/vmap/area.c src/vmap/window.c
 * link: src/vmap/lookup.c src/vmap/vmap.c
 * link: src/frame/frame_index.c src/vmap/window_check.c src/vmap/vm_init.c
 * link: src/va/va.c src/va/va_check.c src/lib/bitmap_tree.c
 * link: src/lib/bitmap_tree_check.c src/lib/phase.c
 */
#include "lib/align.h"

#include "vmap_tests.h"

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

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup(devices_are_mapped_at_any_offset, fake_setup),
	cmocka_unit_test_setup(memory_types_are_kept, fake_setup),
	cmocka_unit_test_setup(bad_devices_give_null, fake_setup),
	cmocka_unit_test_setup(ram_is_no_device, fake_setup),
};

TEST_MAIN(tests)
