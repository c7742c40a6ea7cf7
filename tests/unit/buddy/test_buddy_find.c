/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_buddy_find.c - the questions one can ask the buddy
 *
 * link: src/buddy/
 */
#include "buddy/buddy.h"
#include "buddy/buddy_priv.h"
#include "test.h"

#define START 1003UL
#define NR    9000UL

static struct xmem_buddy buddy;
static void *meta;

static void set_up(void)
{
	unsigned long bytes = xmem_buddy_bytes(START, START + NR, MAX_ORDER);

	free(meta);
	meta = malloc(bytes);
	memset(meta, 0xa5, bytes);
	xmem_buddy_init(&buddy, START, START + NR, MAX_ORDER, meta);
}

static void give(unsigned long mfn, unsigned int order, bool dirty)
{
	assert_int_equal(xmem_buddy_give(&buddy, mfn, order, dirty), 0);
}

/* A frame is free or not, dirty or not; outside the span it is not free. */
static void is_free(void **state)
{
	bool dirty = true;

	(void)state;
	set_up();
	give(2048, 10, false);
	give(4096, 0, true);
	assert_true(xmem_buddy_is_free(&buddy, 2048, &dirty));
	assert_false(dirty);
	assert_true(xmem_buddy_is_free(&buddy, 3071, NULL));
	assert_true(xmem_buddy_is_free(&buddy, 4096, &dirty));
	assert_true(dirty);
	assert_false(xmem_buddy_is_free(&buddy, 3072, &dirty));
	assert_false(xmem_buddy_is_free(&buddy, START - 1, &dirty));
	assert_false(xmem_buddy_is_free(&buddy, START + NR, &dirty));
	assert_false(xmem_buddy_is_free(&buddy, 0, &dirty));
	assert_false(xmem_buddy_is_free(&buddy, ~0UL, &dirty));
	assert_true(dirty);
}

/* Every frame of a block knows its head and its order. */
static void block_of(void **state)
{
	unsigned long head = 1;

	(void)state;
	set_up();
	for (unsigned int k = 0; k <= 12; k++) {
		set_up();
		give(4096, k, k % 2 == 0);
		for (unsigned int i = 0; i < 4; i++) {
			unsigned long mfn = 4096 + ((1UL << k) - 1) * i / 3;

			head = 1;
			assert_int_equal(
				xmem_buddy_block_of(&buddy, mfn, &head), k);
			assert_int_equal(head, 4096);
		}
		head = 1;
		assert_int_equal(xmem_buddy_block_of(&buddy, 4095, &head),
				 MAX_ORDER + 1);
		assert_int_equal(head, 1);
	}
}

/* So it does in a span far from frame 0. */
static void block_of_a_high_span(void **state)
{
	unsigned long start = (5UL << MAX_ORDER) + 100;
	unsigned long bytes = xmem_buddy_bytes(start, start + NR, MAX_ORDER);
	unsigned long head = 1;

	(void)state;
	free(meta);
	meta = malloc(bytes);
	memset(meta, 0xa5, bytes);
	xmem_buddy_init(&buddy, start, start + NR, MAX_ORDER, meta);
	give(start + 28, 7, true);
	for (unsigned long mfn = start + 28; mfn < start + 156; mfn++) {
		assert_int_equal(xmem_buddy_block_of(&buddy, mfn, &head), 7);
		assert_int_equal(head, start + 28);
	}
	assert_int_equal(xmem_buddy_block_of(&buddy, start + 27, &head),
			 MAX_ORDER + 1);
	assert_int_equal(xmem_buddy_block_of(&buddy, start + 156, &head),
			 MAX_ORDER + 1);
}

/* The count of an order is the number of maximal blocks of that order. */
static void count_blocks(void **state)
{
	(void)state;
	set_up();
	for (unsigned long i = 0; i < 30; i++) {
		give(2048 + i * 128, 5, false);
	}
	assert_int_equal(xmem_buddy_count(&buddy, 5), 30);
	give(2048 + 32, 5, true);
	assert_int_equal(xmem_buddy_count(&buddy, 5), 29);
	assert_int_equal(xmem_buddy_count(&buddy, 6), 1);
	assert_int_equal(xmem_buddy_count(&buddy, 0), 0);
	assert_int_equal(xmem_buddy_count(&buddy, 40), 0);
}

/* Free frames of a range, whatever the range cuts through. */
static void count_free_frames(void **state)
{
	(void)state;
	set_up();
	give(4096, 12, true);
	give(2000, 4, false);
	assert_int_equal(xmem_buddy_count_free(&buddy, 0, ~0UL), 4112);
	assert_int_equal(xmem_buddy_count_free(&buddy, 4097, 8191), 4094);
	assert_int_equal(xmem_buddy_count_free(&buddy, 2003, 2004), 1);
	assert_int_equal(xmem_buddy_count_free(&buddy, 2003, 4099), 16);
	assert_int_equal(xmem_buddy_count_free(&buddy, 5000, 5000), 0);
	assert_int_equal(xmem_buddy_count_free(&buddy, 5001, 5000), 0);
	assert_int_equal(xmem_buddy_count_free(&buddy, 0, START), 0);
	assert_int_equal(xmem_buddy_count_dirty(&buddy), 4096);
}

/* A search tells the order of the block, and changes nothing. */
static void find_tells_the_order(void **state)
{
	struct xmem_buddy_search r = {.nr = 2,
				      .hi = NR,
				      .order = 1,
				      .align = 1,
				      .prefer = XMEM_BUDDY_HIGH};
	struct xmem_buddy before;

	(void)state;
	set_up();
	give(2048, 7, false);
	give(4096, 9, false);
	before = buddy;
	assert_int_equal(buddy.base + xmem_buddy_find(&buddy, &r), 2174);
	assert_int_equal(r.order, 7);
	r.order = 10;
	assert_int_equal(xmem_buddy_find(&buddy, &r), XMEM_BUDDY_NONE);
	assert_memory_equal(&before, &buddy, sizeof(buddy));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(is_free),
	cmocka_unit_test(block_of),
	cmocka_unit_test(block_of_a_high_span),
	cmocka_unit_test(count_blocks),
	cmocka_unit_test(count_free_frames),
	cmocka_unit_test(find_tells_the_order),
};

TEST_MAIN(tests)
