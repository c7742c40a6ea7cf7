/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_lookup.c - what vmap says of an address
 *
 * link: src/vmap/lookup.c src/vmap/vmalloc.c src/vmap/window.c
 * link: src/frame/frame_index.c src/vmap/window_check.c src/vmap/vm_init.c
 * link: src/va/va.c src/va/va_check.c src/lib/bitmap_tree.c
 * link: src/lib/bitmap_tree_check.c src/lib/phase.c
 */
#include "vmap_tests.h"

static void windows_contain_their_bytes(void **state)
{
	(void)state;
	check_bytes_of_windows(vmap_contains);
}

/* Only a whole area counts as one: from its first byte, until claimed. */
static void size_is_that_of_a_living_area(void **state)
{
	unsigned long va = xmem_window_take(VMAP_XEN, 7, 1, AREA_OWNED);

	(void)state;
	assert_int_equal(vmap_size((void *)va), 7);
	assert_int_equal(vmap_size((void *)(va + 1)), 0);
	assert_int_equal(vmap_size((void *)(va + PAGE_SIZE)), 0);
	assert_int_equal(vmap_size((void *)(va - PAGE_SIZE)), 0);
	assert_int_equal(vmalloc_size((void *)va), 7);
	assert_int_equal(vmalloc_size((void *)(va + PAGE_SIZE)), 0);
	assert_int_equal(xmem_vmap_used(VMAP_XEN), 7);
	assert_int_equal(
		xmem_window_claim((void *)va, AREA_OWNED, "test", NULL), 7);
	assert_int_equal(vmap_size((void *)va), 0);
	assert_int_equal(vmalloc_size((void *)va), 0);
	assert_int_equal(vmalloc_size(&va), 0);
	assert_int_equal(xmem_vmap_used(VMAP_XEN), 7);
	xmem_window_give(va, 7);
	assert_int_equal(xmem_vmap_used(VMAP_XEN), 0);
	ASSERT_VALID(xmem_vmap_check());
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup(windows_contain_their_bytes, fake_setup),
	cmocka_unit_test_setup(size_is_that_of_a_living_area, fake_setup),
};

TEST_MAIN(tests)
