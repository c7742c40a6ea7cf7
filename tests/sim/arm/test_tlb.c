/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_tlb.c - arch/tlb.h of Arm forgets all that it must, and no more
 *
 * link: tests/sim/arm/fake_tlb.c
 * include: tests/sim/arm/fake arch/arm/arm64/include arch/arm/include
 *
 * The real header on a model of the CPU (fake_tlb.h), with instructions for
 * ranges and without. QEMU would not notice if a barrier were missing.
 */
#include "fake_tlb.h"

#include <arch/tlb.h>

/* Bits of a page number that an instruction for a range can tell. */
#define PAGE_BITS (((uint64_t)1 << 37) - 1)

/* Every page of [@first, @first + @nr) was forgotten once, and no other. */
static void expect_exactly(uint64_t first, unsigned long nr)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < fake_tlb.nr; i++) {
		const struct tlbi_span *a = &fake_tlb.forgotten[i];
		uint64_t at = (a->first - first) & PAGE_BITS;

		assert_true(at + a->nr <= nr);
		for (unsigned int k = 0; k < i; k++) {
			const struct tlbi_span *b = &fake_tlb.forgotten[k];
			uint64_t other = (b->first - first) & PAGE_BITS;

			assert_true(at + a->nr <= other || other + b->nr <= at);
		}
		sum += a->nr;
	}
	assert_true(sum == nr);
}

/* First what was written, then what is forgotten, then what waits for it. */
static void expect_order(bool local)
{
	size_t last = strlen(fake_tlb.order) - 1;

	assert_true(last >= 2);
	assert_int_equal(fake_tlb.order[0], 'w');
	for (size_t i = 1; i < last - 1; i++) {
		assert_int_equal(fake_tlb.order[i], 't');
	}
	assert_int_equal(fake_tlb.order[last - 1], 'd');
	assert_int_equal(fake_tlb.order[last], 'i');
	assert_int_equal(fake_tlb.local, local);
}

static void flush(unsigned long va, unsigned long nr, bool local)
{
	fake_tlb_reset();
	if (local) {
		xmem_tlb_flush_local(va, nr);
	} else {
		xmem_tlb_flush_range(va, nr);
	}
	expect_order(local);
}

static void check(unsigned long va, unsigned long nr, bool local)
{
	unsigned long most = xmem_mmu.tlbi_range && nr > 1 ? XMEM_TLB_RANGE_MAX
							   : XMEM_TLB_FLUSH_MAX;

	flush(va, nr, local);
	assert_int_equal(fake_tlb.everything, nr > most);
	if (fake_tlb.everything) {
		assert_int_equal(fake_tlb.nr, 0);
		return;
	}
	expect_exactly((uint64_t)va >> PAGE_SHIFT, nr);
	if (xmem_mmu.tlbi_range) {
		assert_in_range(fake_tlb.nr, 0, 5);
		assert_int_equal(fake_tlb.nr - fake_tlb.nr_ranges, nr & 1);
	} else {
		assert_int_equal(fake_tlb.nr_ranges, 0);
	}
}

/* Where an address lies: low, high, in the upper half, at the very top. */
static unsigned long place(unsigned int which, unsigned long nr)
{
	unsigned long top = (unsigned long)0 - (nr << PAGE_SHIFT);

	switch (which) {
	case 0:
		return 5UL << PAGE_SHIFT;
	case 1:
		return (1UL << (TEST_LONG_BITS - 17)) - PAGE_SIZE;
	case 2:
		return top - (77UL << PAGE_SHIFT);
	default:
		return top;
	}
}

static void check_everywhere(unsigned long nr)
{
	for (unsigned int i = 0; i < 16; i++) {
		xmem_mmu.tlbi_range = (i & 1) != 0;
		check(place(i >> 2, nr), nr, (i & 2) != 0);
	}
}

/* Any number of pages up to a full flush, and all around the powers of two. */
static void a_range_is_forgotten_and_nothing_else(void **unused)
{
	unsigned long most = (~0UL >> PAGE_SHIFT) / 2;

	(void)unused;
	for (unsigned long nr = 0; nr < 4200 && nr < most; nr++) {
		check_everywhere(nr);
	}
	for (unsigned int bit = 12; bit <= 22; bit++) {
		for (unsigned long nr = (1UL << bit) - 70;
		     nr < (1UL << bit) + 70 && nr < most; nr++) {
			check_everywhere(nr);
		}
	}
}

static void random_ranges_are_forgotten(void **unused)
{
	uint64_t seed = 42;

	(void)unused;
	for (unsigned int i = 0; i < 20000; i++) {
		unsigned long nr = (unsigned long)(test_random(&seed) >> 40);
		unsigned long va = (unsigned long)test_random(&seed);

		nr >>= test_random(&seed) % 24;
		if (nr < (~0UL >> PAGE_SHIFT) / 2) {
			xmem_mmu.tlbi_range = i % 4 != 0;
			if (va > place(3, nr) && nr > 0) {
				va = place(3, nr);
			}
			check(va & PAGE_MASK, nr, i % 2 != 0);
		}
	}
}

static void everything_is_forgotten(void **unused)
{
	(void)unused;
	fake_tlb_reset();
	xmem_tlb_flush_all();
	expect_order(false);
	assert_true(fake_tlb.everything);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_range_is_forgotten_and_nothing_else),
	cmocka_unit_test(random_ranges_are_forgotten),
	cmocka_unit_test(everything_is_forgotten),
};

TEST_MAIN(tests)
