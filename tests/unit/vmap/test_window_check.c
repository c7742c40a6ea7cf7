/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_window_check.c - the validator of the windows looks at each of them
 *
 * link: src/vmap/window.c src/vmap/window_check.c src/vmap/vm_init.c
 * link: src/frame/frame_index.c src/va/va.c src/va/va_check.c
 * link: src/lib/bitmap_tree.c src/lib/bitmap_tree_check.c
 * link: src/lib/phase.c
 */
#include "../../fake/fake_maps.h"

static void expect(const char *text)
{
	const char *broken = xmem_vmap_check();

	if (broken == NULL || strstr(broken, text) == NULL) {
		fail_msg("said '%s', expected '%s'", broken, text);
	}
	assert_int_equal(xmem_host_held.nr, 0);
}

/* Sound windows, used or not set up at all, are found sound. */
static void sound_windows_pass(void **state)
{
	(void)state;
	ASSERT_VALID(xmem_vmap_check());
	assert_int_not_equal(xmem_window_take(VMAP_XEN, 3, 1, AREA_OWNED), 0);
	ASSERT_VALID(xmem_vmap_check());
	fake_reset();
	ASSERT_VALID(xmem_vmap_check());
}

/* Damage in any window is found. */
static void damage_in_any_window_is_found(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < VMAP_REGION_NR; i++) {
		fake_windows();
		xmem_windows[i].va.nr_used++;
		expect("count of used pages");
	}
}

/* The engine does not cover the window. */
static void wrong_bounds_are_found(void **state)
{
	(void)state;
	xmem_windows[VMAP_XEN].size += PAGE_SIZE;
	expect("another size");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup(sound_windows_pass, fake_setup),
	cmocka_unit_test_setup(damage_in_any_window_is_found, fake_setup),
	cmocka_unit_test_setup(wrong_bounds_are_found, fake_setup),
};

TEST_MAIN(tests)
