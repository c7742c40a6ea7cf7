/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_window.c - who has which addresses
 *
 * link: src/vmap/window.c src/vmap/window_check.c src/vmap/vm_init.c
 * link: src/frame/frame_index.c src/va/va.c src/va/va_check.c
 * link: src/lib/bitmap_tree.c src/lib/bitmap_tree_check.c
 * link: src/lib/phase.c
 */
#include "vmap_tests.h"

static void windows_contain_their_bytes(void **state)
{
	(void)state;
	check_bytes_of_windows(xmem_window_holds);
}

/* An area is found by its first byte alone, with its tag. */
static void areas_are_found_by_their_start(void **state)
{
	unsigned long va = xmem_window_take(VMAP_XEN, 7, 1, AREA_OWNED);
	unsigned int tag;

	(void)state;
	assert_int_equal(xmem_window_find((void *)va, &tag), 7);
	assert_int_equal(tag, AREA_OWNED);
	for (long off = -(long)PAGE_SIZE; off <= (long)PAGE_SIZE; off++) {
		if (off != 0) {
			assert_int_equal(
				xmem_window_find((char *)va + off, &tag), 0);
			assert_int_equal(tag, XMEM_VA_FREE);
		}
	}
	assert_int_equal(xmem_window_find(&va, &tag), 0);
	assert_int_equal(tag, XMEM_VA_FREE);
	assert_int_equal(xmem_vmap_used(VMAP_XEN), 7);
	assert_int_equal(
		xmem_window_claim((void *)va, AREA_OWNED, "test", NULL), 7);
	assert_int_equal(xmem_window_find((void *)va, &tag), 7);
	assert_int_equal(tag, AREA_DYING);
	assert_int_equal(xmem_vmap_used(VMAP_XEN), 7);
	xmem_window_give(va, 7);
	assert_int_equal(xmem_vmap_used(VMAP_XEN), 0);
	ASSERT_VALID(xmem_vmap_check());
}

/* Of two that claim an area one gets it: the address has no new owner
 * before it is given. */
static void area_is_claimed_once(void **state)
{
	unsigned long va = xmem_window_take(VMAP_DEFAULT, 1, 1, AREA_OWNED);
	void *p = (void *)va;

	(void)state;
	assert_int_equal(xmem_window_claim(p, AREA_OWNED, "first", NULL), 1);
	EXPECT_PANIC(xmem_window_claim(p, AREA_OWNED, "second", NULL),
		     "second: ");
	EXPECT_PANIC(xmem_window_claim(p, AREA_OWNED, "second", NULL),
		     "is being freed already");
	EXPECT_PANIC(xmem_window_claim(p, AREA_MAPPED, "third", NULL),
		     "is being freed already");
	assert_int_not_equal(xmem_window_take(VMAP_DEFAULT, 1, 1, AREA_OWNED),
			     va);
	xmem_window_give(va, 1);
	assert_int_equal(xmem_window_take(VMAP_DEFAULT, 1, 1, AREA_OWNED), va);
}

/* A refused claim names the caller and changes nothing. */
static void refused_claim_changes_nothing(void **state)
{
	unsigned long va = xmem_window_take(VMAP_DEFAULT, 3, 1, AREA_MAPPED);
	struct xmem_va before = xmem_windows[VMAP_DEFAULT].va;
	unsigned int tag;

	(void)state;
	EXPECT_PANIC(xmem_window_claim((void *)va, AREA_OWNED, "it",
				       (void *)0xabc123),
		     "caller 0xabc123");
	EXPECT_PANIC(
		xmem_window_claim((void *)(va + 8), AREA_MAPPED, "it", NULL),
		"is inside the area at");
	assert_memory_equal(&before, &xmem_windows[VMAP_DEFAULT].va,
			    sizeof(before));
	assert_int_equal(xmem_window_find((void *)va, &tag), 3);
	assert_int_equal(tag, AREA_MAPPED);
	xmem_window_give(va, 3);
}

/* Alignment is that of the address. */
static void addresses_are_aligned(void **state)
{
	(void)state;
	for (unsigned long align = 1; align <= 16; align *= 2) {
		unsigned long va =
			xmem_window_take(VMAP_DEFAULT, 2, align, AREA_MAPPED);

		assert_int_not_equal(va, 0);
		assert_int_equal(va % (align << PAGE_SHIFT), 0);
	}
}

/* What no window can hold, or in no window. */
static void impossible_requests_give_nothing(void **state)
{
	(void)state;
	assert_int_equal(xmem_window_take(VMAP_DEFAULT, 0, 1, 1), 0);
	assert_int_equal(xmem_window_take(VMAP_DEFAULT, ~0UL, 1, 1), 0);
	assert_int_equal(xmem_window_take(VMAP_DEFAULT, WINDOW_PAGES - 1, 1, 1),
			 0);
	assert_int_equal(xmem_window_take(VMAP_DEFAULT, 1, 3, 1), 0);
	assert_int_equal(xmem_window_take(VMAP_REGION_NR, 1, 1, 1), 0);
	assert_int_equal(xmem_vmap_used(VMAP_REGION_NR), 0);
	fake_reset();
	assert_int_equal(xmem_window_take(VMAP_DEFAULT, 1, 1, 1), 0);
	assert_int_equal(xmem_vmap_used(VMAP_DEFAULT), 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup(windows_contain_their_bytes, fake_setup),
	cmocka_unit_test_setup(areas_are_found_by_their_start, fake_setup),
	cmocka_unit_test_setup(area_is_claimed_once, fake_setup),
	cmocka_unit_test_setup(refused_claim_changes_nothing, fake_setup),
	cmocka_unit_test_setup(addresses_are_aligned, fake_setup),
	cmocka_unit_test_setup(impossible_requests_give_nothing, fake_setup),
};

TEST_MAIN(tests)
