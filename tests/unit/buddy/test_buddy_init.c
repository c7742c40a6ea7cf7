/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_buddy_init.c - sizes, levels and the empty span
 *
 * link: src/buddy/
 */
#include "buddy/buddy.h"
#include "test.h"

static struct xmem_buddy buddy;

/* A new span of any start and length is empty, whatever was in its memory,
 * and its last frame can be given and taken. */
static void any_span_starts_empty(void **state)
{
	const struct xmem_buddy_request any = {.hi = ~0UL};

	(void)state;
	for (unsigned long nr = 1; nr < 300000; nr += 1 + nr / 3) {
		for (unsigned long start = 0; start < 4000; start += 777) {
			unsigned long bytes =
				xmem_buddy_bytes(start, start + nr, MAX_ORDER);
			unsigned char *mem = malloc(bytes);

			memset(mem, 0xa5, bytes);
			xmem_buddy_init(&buddy, start, start + nr, MAX_ORDER,
					mem);
			ASSERT_VALID(xmem_buddy_check(&buddy));
			assert_int_equal(buddy.nr_free, 0);
			assert_int_equal(buddy.orders, 0);
			assert_int_equal(xmem_buddy_give(&buddy, start + nr - 1,
							 0, false, false),
					 0);
			ASSERT_VALID(xmem_buddy_check(&buddy));
			assert_int_equal(xmem_buddy_take(&buddy, &any, NULL),
					 start + nr - 1);
			free(mem);
		}
	}
}

/* The largest block fits the span, the limit and MAX_ORDER. */
static void max_order_is_bounded(void **state)
{
	static const struct {
		unsigned long start;
		unsigned long nr;
		unsigned int limit;
		unsigned int expected;
	} spans[] = {
		{7, 1, MAX_ORDER, 0},
		{7, 3, MAX_ORDER, 1},
		{0, 64, MAX_ORDER, 6},
		{1000, 300, MAX_ORDER, 8},
		{0, 4096, 3, 3},
		{0, 4096, 0, 0},
		{0, 1 << 21, 99, MAX_ORDER},
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
		unsigned long end = spans[i].start + spans[i].nr;
		void *mem = malloc(
			xmem_buddy_bytes(spans[i].start, end, spans[i].limit));

		xmem_buddy_init(&buddy, spans[i].start, end, spans[i].limit,
				mem);
		ASSERT_VALID(xmem_buddy_check(&buddy));
		assert_int_equal(buddy.max_order, spans[i].expected);
		assert_int_equal(buddy.base & ((1UL << buddy.max_order) - 1),
				 0);
		free(mem);
	}
}

/* Metadata is less than a third of a byte a frame; init writes the top. */
static void metadata_is_small_and_lazy(void **state)
{
	unsigned long nr = 1UL << 20;
	unsigned long bytes = xmem_buddy_bytes(0, nr, MAX_ORDER);
	unsigned char *mem = malloc(bytes);
	unsigned long touched = 0;

	(void)state;
	assert_true(bytes < nr / 3);
	assert_int_equal(xmem_buddy_bytes(3, 777, MAX_ORDER) % 8, 0);
	memset(mem, 0xa5, bytes);
	xmem_buddy_init(&buddy, 0, nr, MAX_ORDER, mem);
	for (unsigned long i = 0; i < bytes; i += 8) {
		touched += mem[i] != 0xa5;
	}
	assert_true(touched <= 4 + MAX_ORDER + 1);
	free(mem);
}

/* 64 TiB of 4 KiB frames (8 TiB where a long has 32 bits): less than a third
 * of a byte each. */
static void huge_span_costs_no_more(void **state)
{
	unsigned long nr = 1UL << (TEST_LONG_BITS > 34 ? 34 : 31);
	unsigned long bytes = xmem_buddy_bytes(0, nr, MAX_ORDER);

	(void)state;
	assert_true(bytes < nr / 3);
	assert_int_equal(bytes % 8, 0);
}

/* Two words for 64 frames; a group above has four and one for each order
 * below it, and none more: so many bytes for a block of the largest order. */
static void metadata_has_no_word_too_many(void **state)
{
	const unsigned long groups = 1UL << (MAX_ORDER - 6);

	(void)state;
	assert_int_equal(MAX_ORDER, 18);
	assert_int_equal(xmem_buddy_bytes(0, 1UL << MAX_ORDER, MAX_ORDER),
			 8 * (2 * groups + (4 + 6) * (groups >> 6) + (4 + 12) +
			      (4 + 18)));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(metadata_has_no_word_too_many),
	cmocka_unit_test(any_span_starts_empty),
	cmocka_unit_test(max_order_is_bounded),
	cmocka_unit_test(metadata_is_small_and_lazy),
	cmocka_unit_test(huge_span_costs_no_more),
};

TEST_MAIN(tests)
