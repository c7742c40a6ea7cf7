/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_pt_arch.c - an architecture that leaves all to the defaults
 *
 * pages: 4 KiB
 * link: tests/host/panic.c
 * native: addresses of 64 bits
 * include: tests/fake/pt/include
 * flags: -UPAGE_SHIFT -DPAGE_SHIFT=12 -DFAKE_PLAIN -DFAKE_PT_LEVELS=3
 * flags: -DFAKE_PT_BITS=9
 */
#include "pt/pt_arch.h"

#include "test.h"

/* Tables of riscv64's Sv39: bit 38 is repeated in all above it. Each half of
 * the space is a row of 2^38 bytes, and no more. */
static void addresses_are_canonical(void **unused)
{
	const unsigned long half = 1UL << 38;

	(void)unused;
	assert_true(xmem_arch_is_va(0));
	assert_true(xmem_arch_is_va(half - 1));
	assert_false(xmem_arch_is_va(half));
	assert_false(xmem_arch_is_va(half + PAGE_SIZE));
	assert_false(xmem_arch_is_va(2 * half - 1));
	assert_false(xmem_arch_is_va(2 * half));
	assert_false(xmem_arch_is_va(-2 * half));
	assert_false(xmem_arch_is_va(-half - 1));
	assert_true(xmem_arch_is_va(-half));
	assert_true(xmem_arch_is_va(~0UL));
	for (unsigned int bit = 38; bit < 64; bit++) {
		assert_false(xmem_arch_is_va(1UL << bit));
		assert_false(xmem_arch_is_va(~(1UL << bit)));
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(addresses_are_canonical),
};

TEST_MAIN(tests)
