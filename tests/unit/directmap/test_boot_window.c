/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_boot_window.c - the boot window is what the port says last
 *
 * link: src/directmap/boot_window.c
 * native: its windows are laid out for addresses of 64 bits
 * include: tests/fake/directmap/include arch/common/include
 *
 * What a wrong one leads to: tests/sim.
 */
#include <arch/layout.h>

#include <xmem/map.h>

#include "directmap/directmap_priv.h"
#include "test.h"

unsigned long fake_directmap_size;

/* There is none where the architecture has no default. */
static void the_default_is_the_architectures(void **unused)
{
	(void)unused;
	assert_int_equal(xmem_boot_ram_window.start, 0);
	assert_int_equal(xmem_boot_ram_window.all, ARCH_BOOT_WINDOW_PAGES);
	assert_int_equal(xmem_boot_ram_window.va, ARCH_BOOT_WINDOW_VIRT);
}

/* Each of its frames is where the port has mapped it. */
static void frames_have_the_addresses_of_the_port(void **unused)
{
	char *va = (char *)0x7000000UL;

	(void)unused;
	xmem_boot_window(5, 1, va);
	xmem_boot_window(0x100, 0x80, va);
	assert_int_equal(xmem_boot_ram_window.start, 0x100);
	assert_int_equal(xmem_boot_ram_window.all, 0x180);
	assert_ptr_equal(common_window_address(0x100), va);
	assert_ptr_equal(common_window_address(0x17f), va + 0x7f * PAGE_SIZE);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(the_default_is_the_architectures),
	cmocka_unit_test(frames_have_the_addresses_of_the_port),
};

TEST_MAIN(tests)
