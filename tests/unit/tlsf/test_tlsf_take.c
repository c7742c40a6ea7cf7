/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_tlsf_take.c - take: one property a test
 * link: src/tlsf/
 *
 * Single operations on one or two regions. That they are right in every
 * state is the business of tests/model/tlsf_closure.c and tlsf_model.c.
 */
#include "tlsf_fixture.h"

/* Neighbours in time are neighbours in memory; 24 bytes cost 32, 25 cost 48. */
static void take_packs_blocks_in_units_of_16(void **state)
{
	char *a = take(1, 16), *b = take(24, 16), *c = take(25, 0), *d;

	(void)state;
	d = take(40, 1);
	assert_ptr_equal(a, mem[0] + 32);
	assert_ptr_equal(b, a + 32);
	assert_ptr_equal(c, b + 32);
	assert_ptr_equal(d, c + 48);
	assert_int_equal(xmem_tlsf_used(t), 32 + 32 + 48 + 48);
}

/* An empty region serves exactly its size less 40 bytes. */
static void take_serves_the_whole_of_an_empty_region(void **state)
{
	void *p = take(REGION - 40, 16);

	(void)state;
	assert_non_null(p);
	assert_null(take(1, 16));
	assert_int_equal(give(p), XMEM_TLSF_EMPTIED);
	assert_null(take(REGION - 39, 16));
	for (unsigned long align = 0; align <= 16; align++) {
		p = take(REGION - 40, align);
		assert_non_null(p);
		assert_int_equal(give(p), XMEM_TLSF_EMPTIED);
	}
}

/* 0, the largest numbers, and sizes that would wrap are refused. */
static void take_refuses_absurd_sizes(void **state)
{
	(void)state;
	assert_null(take(0, 16));
	for (unsigned long i = 0; i < 64; i++) {
		assert_null(take(~0UL - i, 16));
	}
	assert_null(take(REGION, 16));
	assert_null(take(TEST_TOP_BIT, 16));
	assert_null(take(1, REGION * 2));
	assert_null(take(1, TEST_TOP_BIT));
	assert_int_equal(xmem_tlsf_used(t), 0);
}

/* Of two holes that fit, the smaller one is used, whatever came last. */
static void take_prefers_the_smallest_block(void **state)
{
	void *p[7];

	(void)state;
	for (unsigned long i = 0; i < 7; i++) {
		p[i] = take(i == 1 ? 100 : i == 3 ? 60 : 200, 16);
	}
	for (unsigned int first = 1; first <= 3; first += 2) {
		assert_int_equal(give(p[first]), XMEM_TLSF_OK);
		assert_int_equal(give(p[4 - first]), XMEM_TLSF_OK);
		assert_ptr_equal(take(50, 16), p[3]);
		assert_ptr_equal(take(50, 16), p[1]);
		assert_int_equal(give(p[5]), XMEM_TLSF_OK);
		p[5] = take(200, 16);
		assert_int_equal(xmem_tlsf_resize(t, p[1], 100, &(bool){0}),
				 XMEM_TLSF_OK);
	}
}

/* Every alignment holds, at most one small gap is left, and it is usable. */
static void take_aligns_and_keeps_the_gap_free(void **state)
{
	(void)state;
	for (unsigned long align = 16; align <= REGION / 4; align *= 2) {
		char *a = take(16, 16), *b = take(100, align);

		assert_non_null(b);
		assert_int_equal((uintptr_t)b % align, 0);
		assert_true(b - a <= (long)(32 + align + 16));
		assert_int_equal(xmem_tlsf_used(t), 32 + 112);
		assert_int_equal(give(a), XMEM_TLSF_OK);
		assert_int_equal(give(b), XMEM_TLSF_EMPTIED);
	}
}

/* What xmem_tlsf_max_aligned() promises of an empty region, it serves. */
static void take_serves_the_promised_size_at_any_alignment(void **state)
{
	(void)state;
	for (unsigned long align = 0; align <= REGION / 4;
	     align = align ? align * 2 : 1) {
		unsigned long max = xmem_tlsf_max_aligned(REGION, align);
		void *p = take(max, align < 16 ? 16 : align);

		assert_non_null(p);
		assert_int_equal(give(p), XMEM_TLSF_EMPTIED);
	}
}

/* A free block whose links or header were overwritten stops the take. */
static void take_reports_a_damaged_free_block(void **state)
{
	void *a = take(100, 16), *b = take(100, 16), *c;
	unsigned char saved[16];
	void *damaged = NULL;

	(void)state;
	c = take(300, 16);
	take(100, 16);
	assert_int_equal(give(a), XMEM_TLSF_OK); /* loose, then on a list */
	assert_int_equal(give(c), XMEM_TLSF_OK);
	memcpy(saved, a, 16);
	memset(a, 'A', 16);
	assert_null(xmem_tlsf_take(t, 100, 16, &damaged));
	assert_ptr_equal(damaged, a);
	memcpy(a, saved, 16);
	assert_ptr_equal(take(100, 16), a);
	assert_int_equal(give(a), XMEM_TLSF_OK);
	damaged = NULL;
	block_of(a)->seal ^= 0x40;
	assert_null(xmem_tlsf_take(t, 100, 16, &damaged));
	assert_ptr_equal(damaged, a);
	assert_null(xmem_tlsf_take(t, 100, 16, NULL));
	block_of(a)->seal ^= 0x40;
	assert_int_equal(give(b), XMEM_TLSF_OK);
}

/* The same for the loose block, which is on no list. */
static void take_reports_a_damaged_loose_block(void **state)
{
	void *a = take(100, 16);
	void *damaged = NULL;

	(void)state;
	block_of((char *)a + 112)->seal = 0;
	assert_null(xmem_tlsf_take(t, 100, 16, &damaged));
	assert_ptr_equal(damaged, (char *)a + 112);
}

/* Every class holds the sizes it should: good fit wastes at most 1/32. */
static void classes_are_monotonic_and_narrow(void **state)
{
	unsigned int last = class_of(2);

	(void)state;
	for (unsigned long units = 3; units < 1UL << 22; units++) {
		unsigned int c = class_of(units);

		assert_true(c == last || c == last + 1);
		if (units <= TLSF_EXACT_UNITS) {
			assert_int_equal(c, units);
		} else if (c != last) {
			/* The width of a class: its first size / 32 at most. */
			assert_int_equal(class_of(units + units / 64), c);
			assert_int_equal(class_of(units + units / 32), c + 1);
		}
		last = c;
	}
	assert_true(last < TLSF_MAX_CLASSES);
}

/* A plain free pair next to the loose block costs no list operation. */
static void loose_block_absorbs_a_pair(void **state)
{
	void *a = take(64, 16), *b = take(64, 16);

	(void)state;
	assert_int_equal(t->top, 0);
	assert_int_equal(give(b), XMEM_TLSF_OK);
	assert_int_equal(t->top, 0);
	assert_ptr_equal(take(64, 16), b);
	assert_int_equal(give(a), XMEM_TLSF_OK);
	assert_int_equal(t->top, 2);
}

static const struct CMUnitTest tests[] = {
	T(take_packs_blocks_in_units_of_16),
	T(take_serves_the_whole_of_an_empty_region),
	T(take_refuses_absurd_sizes),
	T(take_prefers_the_smallest_block),
	T(take_aligns_and_keeps_the_gap_free),
	T(take_serves_the_promised_size_at_any_alignment),
	T(take_reports_a_damaged_free_block),
	T(take_reports_a_damaged_loose_block),
	T(classes_are_monotonic_and_narrow),
	T(loose_block_absorbs_a_pair),
};

TEST_MAIN(tests)
