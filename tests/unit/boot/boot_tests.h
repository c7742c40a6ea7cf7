/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot_tests.h - what the tests of the boot allocator ask in the same way
 */
#ifndef BOOT_TESTS_H
#define BOOT_TESTS_H

#include "fake.h"

/* Ranges of RAM as xmem_boot_ram() tells them. */
static inline void expect_ram(unsigned int nr, const unsigned long *borders)
{
	unsigned long smfn = 0;
	unsigned long emfn = 0;

	for (unsigned int i = 0; i < nr; i++) {
		assert_true(xmem_boot_ram(i, &smfn, &emfn));
		assert_int_equal(smfn, borders[2 * i]);
		assert_int_equal(emfn, borders[2 * i + 1]);
	}
	assert_false(xmem_boot_ram(nr, &smfn, &emfn));
}

#define EXPECT_RAM(...)                                         \
	do {                                                    \
		const unsigned long b_[] = {__VA_ARGS__};       \
		expect_ram(sizeof(b_) / sizeof(b_[0]) / 2, b_); \
	} while (0)

static inline unsigned long boot_take(unsigned long nr, unsigned long align)
{
	return mfn_x(alloc_boot_pages(nr, align));
}

#endif /* BOOT_TESTS_H */
