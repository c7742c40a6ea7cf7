/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_buddy.c - every function of the buddy that changes something
 *
 * Small scenes with 64-bit words; that nothing else can go wrong is for the
 * closure and the model (tests/model) to say.
 *
 * link: src/buddy/
 */
#include "buddy/buddy.h"
#include "test.h"

#define LOW  XMEM_BUDDY_LOW
#define HIGH XMEM_BUDDY_HIGH
#define ALL  0, ~0UL

static struct xmem_buddy buddy, before;
static unsigned char *meta, *meta_before;
static unsigned long bytes;

static void set_up(unsigned long start, unsigned long nr)
{
	free(meta);
	free(meta_before);
	bytes = xmem_buddy_bytes(start, start + nr, MAX_ORDER);
	meta = malloc(bytes);
	meta_before = malloc(bytes);
	memset(meta, 0xa5, bytes);
	xmem_buddy_init(&buddy, start, start + nr, MAX_ORDER, meta);
	ASSERT_VALID(xmem_buddy_check(&buddy));
}

static void set_up_free(unsigned long start, unsigned long nr)
{
	set_up(start, nr);
	assert_int_equal(xmem_buddy_give_range(&buddy, start, nr, false), 0);
}

static void remember(void)
{
	before = buddy;
	memcpy(meta_before, meta, bytes);
}

static void assert_unchanged(void)
{
	assert_memory_equal(&before, &buddy, sizeof(buddy));
	assert_memory_equal(meta_before, meta, bytes);
}

/* A bit for each order that a free block has. */
static unsigned int orders(void)
{
	unsigned int found = 0;

	for (unsigned int k = 0; k <= MAX_ORDER; k++) {
		found |= (xmem_buddy_count(&buddy, k) != 0) << k;
	}
	return found;
}

static unsigned long take(unsigned int order, unsigned long lo,
			  unsigned long hi, enum xmem_buddy_end end)
{
	struct xmem_buddy_request req = {lo, hi, order, end, false};
	unsigned long mfn = xmem_buddy_take(&buddy, &req, NULL);

	ASSERT_VALID(xmem_buddy_check(&buddy));
	return mfn;
}

static unsigned long take_run(unsigned long nr, unsigned int align,
			      unsigned long lo, unsigned long hi,
			      enum xmem_buddy_end end)
{
	struct xmem_buddy_request req = {lo, hi, align, end, false};

	return xmem_buddy_take_run(&buddy, &req, nr, NULL);
}

static void give(unsigned long mfn, unsigned int order)
{
	assert_int_equal(xmem_buddy_give(&buddy, mfn, order, false, false), 0);
	ASSERT_VALID(xmem_buddy_check(&buddy));
}

/* A new span has no free frame; its largest block fits its length. */
static void new_span_is_all_used(void **state)
{
	(void)state;
	set_up(1000, 300);
	assert_int_equal(buddy.nr_free, 0);
	assert_int_equal(buddy.orders, 0);
	assert_int_equal(buddy.max_order, 8);
	assert_int_equal(take(0, ALL, LOW), XMEM_NO_MFN);
	set_up(7, 1);
	assert_int_equal(buddy.max_order, 0);
	give(7, 0);
	assert_int_equal(take(0, ALL, HIGH), 7);
}

/* The limit of orders is kept, and neighbours of that order do not merge. */
static void limit_order_is_kept(void **state)
{
	static unsigned char mem[4096];

	(void)state;
	assert_true(xmem_buddy_bytes(0, 1024, 3) <= sizeof(mem));
	memset(mem, 0xa5, sizeof(mem));
	xmem_buddy_init(&buddy, 0, 1024, 3, mem);
	assert_int_equal(xmem_buddy_give_range(&buddy, 0, 1024, false), 0);
	ASSERT_VALID(xmem_buddy_check(&buddy));
	assert_int_equal(orders(), 1 << 3);
	assert_int_equal(xmem_buddy_count(&buddy, 3), 128);
	assert_int_equal(take(4, ALL, LOW), XMEM_NO_MFN);
	assert_int_equal(xmem_buddy_give(&buddy, 0, 4, false, false),
			 -XMEM_EINVAL);
}

/* Giving frame by frame in any order ends in the largest blocks. */
static void give_merges_to_the_largest(void **state)
{
	(void)state;
	set_up(0, 8192);
	for (unsigned long i = 0; i < 8192; i++) {
		give((i * 2731) % 8192, 0);
	}
	assert_int_equal(orders(), 1 << 13);
	assert_int_equal(buddy.nr_free, 8192);
	assert_int_equal(take(13, ALL, HIGH), 0);
	assert_int_equal(orders(), 0);
}

/* A take splits: the part at the wanted end goes, the rest stays free. */
static void take_splits_nearest_the_end(void **state)
{
	(void)state;
	set_up_free(0, 1024);
	assert_int_equal(take(0, ALL, LOW), 0);
	assert_int_equal(orders(), 0x3ff);
	set_up_free(0, 1024);
	assert_int_equal(take(0, ALL, HIGH), 1023);
	assert_int_equal(orders(), 0x3ff);
	assert_int_equal(take(9, ALL, HIGH), 0);
	give(1023, 0);
	give(0, 9);
	assert_int_equal(orders(), 1 << 10);
}

/* A block that straddles an end of the range is used as far as it lies in. */
static void take_stays_in_range(void **state)
{
	(void)state;
	set_up_free(0, 4096);
	assert_int_equal(take(0, 100, 200, LOW), 100);
	assert_int_equal(take(0, 100, 200, HIGH), 101);
	assert_int_equal(take(3, 101, 200, LOW), 104);
	assert_int_equal(take(3, 101, 199, HIGH), 120);
	assert_int_equal(take(5, 101, 199, HIGH), 160);
	assert_int_equal(take(4, 1001, 1023, LOW), XMEM_NO_MFN);
	assert_int_equal(take(4, 1001, 1024, LOW), 1008);
	assert_int_equal(take(0, 200, 200, LOW), XMEM_NO_MFN);
	assert_int_equal(take(0, 300, 200, LOW), XMEM_NO_MFN);
	assert_int_equal(take(0, 4096, ~0UL, LOW), XMEM_NO_MFN);
	assert_int_equal(take(0, 4095, ~0UL, LOW), 4095);
	assert_int_equal(take(0, 0, 1, HIGH), 0);
}

/* Blocks are aligned to frame numbers, not to the start of the span. */
static void alignment_is_absolute(void **state)
{
	(void)state;
	set_up_free(1000003, 100000);
	for (unsigned int k = 0; k <= 15; k++) {
		unsigned long mfn = take(k, ALL, k % 2 ? LOW : HIGH);

		assert_int_not_equal(mfn, XMEM_NO_MFN);
		assert_int_equal(mfn & ((1UL << k) - 1), 0);
		assert_true(mfn >= 1000003);
		assert_true(mfn + (1UL << k) <= 1100003);
	}
}

/* Beside the span no frame is free, though all in it are: not at its ends, nor
 * where the first group has room for more. */
static void frames_beside_the_span_are_not_free(void **state)
{
	(void)state;
	set_up_free(70, 1000);
	assert_true(xmem_buddy_is_free(&buddy, 70, NULL));
	assert_true(xmem_buddy_is_free(&buddy, 1069, NULL));
	assert_false(xmem_buddy_is_free(&buddy, 1070, NULL));
	assert_false(xmem_buddy_is_free(&buddy, 69, NULL));
	assert_false(xmem_buddy_is_free(&buddy, 0, NULL));
	assert_false(xmem_buddy_is_free(&buddy, ~0UL, NULL));
	set_up_free(64, 128);
	assert_true(xmem_buddy_is_free(&buddy, 191, NULL));
	assert_false(xmem_buddy_is_free(&buddy, 192, NULL));
	assert_false(xmem_buddy_is_free(&buddy, 63, NULL));
}

/* Exact runs: no frame more, aligned, the rest of the block stays free. */
static void run_takes_no_frame_too_many(void **state)
{
	(void)state;
	set_up_free(0, 1024);
	assert_int_equal(take_run(5, 0, ALL, LOW), 0);
	assert_int_equal(buddy.nr_free, 1019);
	assert_true(xmem_buddy_is_free(&buddy, 5, NULL));
	assert_int_equal(take_run(5, 0, ALL, HIGH), 8 + 3);
	assert_int_equal(take_run(3, 4, ALL, HIGH), 16);
	assert_int_equal(take_run(300, 3, 600, ~0UL, HIGH), 720);
	assert_int_equal(take_run(0, 0, ALL, LOW), XMEM_NO_MFN);
	assert_int_equal(take_run(~0UL, 0, ALL, LOW), XMEM_NO_MFN);
	assert_int_equal(take_run(1, 64, ALL, LOW), XMEM_NO_MFN);
	ASSERT_VALID(xmem_buddy_check(&buddy));
}

/* A run fits into the part of a block that lies in the range. */
static void run_fits_into_part_of_a_block(void **state)
{
	(void)state;
	set_up(0, 1024);
	give(64, 3);
	give(128, 3);
	assert_int_equal(take_run(5, 0, 69, ~0UL, LOW), 128);
	assert_int_equal(take_run(5, 0, 66, ~0UL, LOW), 66);
	assert_int_equal(take_run(5, 0, ALL, LOW), XMEM_NO_MFN);
	assert_int_equal(buddy.nr_free, 6);
}

/* A block that straddles the end of the range and has too little below it is
 * passed by, and so is one at its start: the next one has the frames. */
static void blocks_cut_by_the_range_are_passed_by(void **state)
{
	(void)state;
	set_up(0, 1024);
	give(64, 3);
	give(128, 3);
	give(192, 3);
	assert_int_equal(take_run(5, 0, 68, 196, HIGH), 131);
	give(256, 3);
	assert_int_equal(take_run(5, 0, 68, 258, LOW), 192);
	assert_int_equal(take_run(5, 0, 68, 258, HIGH), XMEM_NO_MFN);
	ASSERT_VALID(xmem_buddy_check(&buddy));
}

/* A fixed range goes only if all of it is free. */
static void fixed_ranges(void **state)
{
	(void)state;
	set_up_free(10, 1000);
	assert_int_equal(xmem_buddy_take_range(&buddy, 100, 333, NULL), 0);
	assert_int_equal(buddy.nr_free, 667);
	remember();
	assert_int_equal(xmem_buddy_take_range(&buddy, 432, 10, NULL),
			 -XMEM_EBUSY);
	assert_int_equal(xmem_buddy_take_range(&buddy, 90, 11, NULL),
			 -XMEM_EBUSY);
	assert_int_equal(xmem_buddy_take_range(&buddy, 10, 0, NULL),
			 -XMEM_EINVAL);
	assert_int_equal(xmem_buddy_take_range(&buddy, 9, 2, NULL),
			 -XMEM_EINVAL);
	assert_int_equal(xmem_buddy_take_range(&buddy, 1009, 2, NULL),
			 -XMEM_EINVAL);
	assert_int_equal(xmem_buddy_take_range(&buddy, 20, ~0UL, NULL),
			 -XMEM_EINVAL);
	assert_unchanged();
	assert_int_equal(xmem_buddy_take_range(&buddy, 433, 577, NULL), 0);
	assert_int_equal(xmem_buddy_take_range(&buddy, 10, 90, NULL), 0);
	assert_int_equal(orders(), 0);
	assert_int_equal(xmem_buddy_give_range(&buddy, 10, 1000, true), 0);
	assert_int_equal(buddy.nr_free, 1000);
	ASSERT_VALID(xmem_buddy_check(&buddy));
}

/* Parts of an allocation come back in any order and merge in the end. */
static void give_parts_of_an_allocation(void **state)
{
	(void)state;
	set_up_free(0, 4096);
	assert_int_equal(take(12, ALL, LOW), 0);
	give(64, 6);
	give(4095, 0);
	give(0, 6);
	give(2048, 10);
	assert_int_equal(xmem_buddy_give_range(&buddy, 128, 1920, false), 0);
	assert_int_equal(xmem_buddy_give_range(&buddy, 3072, 1023, false), 0);
	assert_int_equal(orders(), 1 << 12);
}

/* Used frames are plain or described, as the take says, and go back only as
 * what they are; what is free is told from what is used otherwise. */
static void used_frames_are_of_two_kinds(void **state)
{
	struct xmem_buddy_request req = {ALL, 4, LOW, true};

	(void)state;
	set_up_free(0, 1024);
	assert_int_equal(xmem_buddy_take(&buddy, &req, NULL), 0);
	ASSERT_VALID(xmem_buddy_check(&buddy));
	assert_int_equal(take(4, ALL, LOW), 16);
	assert_true(xmem_buddy_is_described(&buddy, 15));
	assert_false(xmem_buddy_is_described(&buddy, 16));
	remember();
	assert_int_equal(xmem_buddy_give(&buddy, 0, 4, false, false),
			 -XMEM_EEXIST);
	assert_int_equal(xmem_buddy_give(&buddy, 16, 3, true, false),
			 -XMEM_EEXIST);
	assert_int_equal(xmem_buddy_give(&buddy, 0, 5, true, false),
			 -XMEM_EEXIST);
	assert_int_equal(xmem_buddy_give(&buddy, 0, 6, true, false),
			 -XMEM_EBUSY);
	assert_int_equal(xmem_buddy_give_range(&buddy, 15, 2, false),
			 -XMEM_EEXIST);
	assert_int_equal(xmem_buddy_give_range(&buddy, 15, 18, false),
			 -XMEM_EBUSY);
	assert_unchanged();
	assert_int_equal(xmem_buddy_give(&buddy, 0, 4, true, false), 0);
	give(16, 4);
	assert_int_equal(orders(), 1 << 10);
}

/* A run is described as the request says, too. */
static void runs_are_described(void **state)
{
	struct xmem_buddy_request req = {ALL, 0, LOW, true};

	(void)state;
	set_up_free(0, 1024);
	assert_int_equal(xmem_buddy_take_run(&buddy, &req, 100, NULL), 0);
	assert_true(xmem_buddy_is_described(&buddy, 0));
	assert_true(xmem_buddy_is_described(&buddy, 99));
	assert_false(xmem_buddy_is_described(&buddy, 100));
	ASSERT_VALID(xmem_buddy_check(&buddy));
}

/* Describing needs frames that are all of the other kind, and of two callers
 * only one gets them. */
static void describe_is_a_claim(void **state)
{
	(void)state;
	set_up_free(0, 1 << 13);
	assert_int_equal(take(13, ALL, LOW), 0);
	assert_int_equal(xmem_buddy_describe(&buddy, 512, 9, true), 0);
	ASSERT_VALID(xmem_buddy_check(&buddy));
	remember();
	assert_int_equal(xmem_buddy_describe(&buddy, 512, 9, true),
			 -XMEM_EEXIST);
	assert_int_equal(xmem_buddy_describe(&buddy, 0, 9, false),
			 -XMEM_EEXIST);
	assert_int_equal(xmem_buddy_describe(&buddy, 0, 13, true),
			 -XMEM_EEXIST);
	assert_int_equal(xmem_buddy_describe(&buddy, 1, 1, true), -XMEM_EINVAL);
	assert_int_equal(xmem_buddy_describe(&buddy, 0, 14, true),
			 -XMEM_EINVAL);
	assert_unchanged();
	assert_int_equal(xmem_buddy_describe(&buddy, 513, 0, false), 0);
	assert_false(xmem_buddy_is_described(&buddy, 513));
	assert_true(xmem_buddy_is_described(&buddy, 512));
	ASSERT_VALID(xmem_buddy_check(&buddy));
	give(513, 0);
	assert_int_equal(xmem_buddy_describe(&buddy, 512, 1, false),
			 -XMEM_EBUSY);
	assert_int_equal(xmem_buddy_describe(&buddy, 513, 0, true),
			 -XMEM_EBUSY);
}

/* What is free cannot be given; a rejected call changes nothing. */
static void misuse_of_give(void **state)
{
	(void)state;
	set_up_free(16, 1000);
	assert_int_equal(take(5, ALL, LOW), 32);
	give(40, 3);
	remember();
	assert_int_equal(xmem_buddy_give(&buddy, 32, 5, false, false),
			 -XMEM_EBUSY);
	assert_int_equal(xmem_buddy_give(&buddy, 40, 3, false, true),
			 -XMEM_EBUSY);
	assert_int_equal(xmem_buddy_give(&buddy, 512, 0, false, true),
			 -XMEM_EBUSY);
	assert_int_equal(xmem_buddy_give(&buddy, 0, 9, false, true),
			 -XMEM_EINVAL);
	assert_int_equal(xmem_buddy_give(&buddy, 33, 1, false, false),
			 -XMEM_EINVAL);
	assert_int_equal(xmem_buddy_give(&buddy, 15, 0, false, false),
			 -XMEM_EINVAL);
	assert_int_equal(xmem_buddy_give(&buddy, 1016, 0, false, false),
			 -XMEM_EINVAL);
	assert_int_equal(xmem_buddy_give(&buddy, 0, 64, false, false),
			 -XMEM_EINVAL);
	assert_int_equal(xmem_buddy_give(&buddy, ~0UL, 0, false, false),
			 -XMEM_EINVAL);
	assert_int_equal(xmem_buddy_give_range(&buddy, 36, 5, false),
			 -XMEM_EBUSY);
	assert_int_equal(xmem_buddy_give_range(&buddy, 36, 0, false),
			 -XMEM_EINVAL);
	assert_int_equal(xmem_buddy_give_range(&buddy, 36, ~0UL, false),
			 -XMEM_EINVAL);
	assert_unchanged();
	give(32, 3);
	give(48, 4);
}

static unsigned long take_lowest(unsigned int order, bool *dirty)
{
	struct xmem_buddy_request req = {ALL, order, LOW, false};

	return xmem_buddy_take(&buddy, &req, dirty);
}

/* Frames stay dirty through merging and splitting; a take tells. */
static void dirt_stays_with_its_frames(void **state)
{
	const struct xmem_buddy_request any = {ALL, 0, LOW, false};
	bool dirty;

	(void)state;
	set_up(0, 4096);
	for (unsigned long i = 0; i < 4096; i++) {
		assert_int_equal(
			xmem_buddy_give(&buddy, i, 0, false, i == 3000), 0);
	}
	assert_int_equal(orders(), 1 << 12);
	assert_int_equal(xmem_buddy_count_dirty(&buddy), 1);
	dirty = true;
	assert_int_equal(take_lowest(11, &dirty), 0);
	assert_false(dirty);
	assert_int_equal(take_lowest(11, &dirty), 2048);
	assert_true(dirty);
	assert_int_equal(take_lowest(0, &dirty), XMEM_NO_MFN);
	assert_true(dirty);
	assert_int_equal(xmem_buddy_give_range(&buddy, 0, 4096, true), 0);
	assert_int_equal(xmem_buddy_take_run(&buddy, &any, 77, &dirty), 0);
	assert_true(dirty);
	dirty = false;
	assert_int_equal(xmem_buddy_take_range(&buddy, 100, 9, &dirty), 0);
	assert_true(dirty);
	ASSERT_VALID(xmem_buddy_check(&buddy));
}

/* Marking: any free aligned block, part of a larger one or all of it. */
static void mark_free_blocks(void **state)
{
	bool dirty = true;

	(void)state;
	set_up_free(0, 4096);
	assert_int_equal(xmem_buddy_mark(&buddy, 1024, 8, true), 0);
	assert_int_equal(xmem_buddy_count_dirty(&buddy), 256);
	assert_int_equal(orders(), 1 << 12);
	assert_int_equal(xmem_buddy_mark(&buddy, 1024, 7, false), 0);
	assert_int_equal(xmem_buddy_count_dirty(&buddy), 128);
	ASSERT_VALID(xmem_buddy_check(&buddy));
	assert_int_equal(xmem_buddy_mark(&buddy, 0, 12, false), 0);
	assert_int_equal(xmem_buddy_count_dirty(&buddy), 0);
	assert_int_equal(take_lowest(12, &dirty), 0);
	assert_false(dirty);
	remember();
	assert_int_equal(xmem_buddy_mark(&buddy, 0, 0, true), -XMEM_EBUSY);
	assert_int_equal(xmem_buddy_mark(&buddy, 1, 1, true), -XMEM_EINVAL);
	assert_int_equal(xmem_buddy_mark(&buddy, 4096, 0, true), -XMEM_EINVAL);
	assert_int_equal(xmem_buddy_mark(&buddy, 0, 13, true), -XMEM_EINVAL);
	assert_unchanged();
	give(0, 3);
	assert_int_equal(xmem_buddy_mark(&buddy, 0, 4, true), -XMEM_EBUSY);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(new_span_is_all_used),
	cmocka_unit_test(limit_order_is_kept),
	cmocka_unit_test(give_merges_to_the_largest),
	cmocka_unit_test(take_splits_nearest_the_end),
	cmocka_unit_test(take_stays_in_range),
	cmocka_unit_test(alignment_is_absolute),
	cmocka_unit_test(frames_beside_the_span_are_not_free),
	cmocka_unit_test(run_takes_no_frame_too_many),
	cmocka_unit_test(run_fits_into_part_of_a_block),
	cmocka_unit_test(blocks_cut_by_the_range_are_passed_by),
	cmocka_unit_test(fixed_ranges),
	cmocka_unit_test(give_parts_of_an_allocation),
	cmocka_unit_test(used_frames_are_of_two_kinds),
	cmocka_unit_test(runs_are_described),
	cmocka_unit_test(describe_is_a_claim),
	cmocka_unit_test(misuse_of_give),
	cmocka_unit_test(dirt_stays_with_its_frames),
	cmocka_unit_test(mark_free_blocks),
};

TEST_MAIN(tests)
