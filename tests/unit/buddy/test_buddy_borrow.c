/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_buddy_borrow.c - a borrowed range goes back with each frame as it was
 *
 * link: src/buddy/
 */
#include "one_buddy.h"

#define START 1000UL
#define NR    (3UL << MAX_ORDER)
#define END   (START + NR)

/* All free and clean. */
static int set_up(void **state)
{
	(void)state;
	make_buddy(START, NR);
	assert_int_equal(xmem_buddy_give_range(&buddy, START, NR, false), 0);
	return 0;
}

static bool is_dirty(unsigned long mfn)
{
	bool dirty = false;

	assert_true(xmem_buddy_is_free(&buddy, mfn, &dirty));
	return dirty;
}

/* Is frame @mfn dirty in the tests below? Some of each kind in one word, and
 * large blocks of one kind. */
static bool made_dirty(unsigned long mfn)
{
	return mfn % 7 == 0 ? mfn >> 12 & 1 : (mfn >> 14 & 3) == 1;
}

static void make_dirt(void)
{
	for (unsigned long mfn = START; mfn < END; mfn++) {
		if (made_dirty(mfn)) {
			assert_int_equal(xmem_buddy_mark(&buddy, mfn, 0, true),
					 0);
		}
	}
}

static void borrow_and_return(unsigned long mfn, unsigned long nr)
{
	struct xmem_buddy_edges edges;
	bool dirty;

	assert_int_equal(xmem_buddy_borrow(&buddy, mfn, nr, &edges, &dirty), 0);
	assert_int_equal(buddy.nr_free, NR - nr);
	ASSERT_VALID(xmem_buddy_check(&buddy));
	assert_int_equal(xmem_buddy_return(&buddy, mfn, nr, &edges), 0);
	assert_int_equal(buddy.nr_free, NR);
	ASSERT_VALID(xmem_buddy_check(&buddy));
}

/* Mixtures, words of one kind and the frames beside them come back. */
static void every_frame_is_as_it_was(void **state)
{
	(void)state;
	make_dirt();
	borrow_and_return(START, NR);
	borrow_and_return(START + 13, NR - 21);
	borrow_and_return((1UL << MAX_ORDER) + 60, 70);
	for (unsigned long mfn = START; mfn < END; mfn++) {
		assert_int_equal(is_dirty(mfn), made_dirty(mfn));
	}
}

/* What others do beside a borrowed range, in the same word or group, does not
 * change what is remembered. */
static void neighbours_do_no_harm(void **state)
{
	unsigned long mfn = 2048 + 30;
	unsigned long nr = 4096 + 100;
	struct xmem_buddy_edges edges;
	bool dirty;

	(void)state;
	make_dirt();
	assert_int_equal(xmem_buddy_borrow(&buddy, mfn, nr, &edges, &dirty), 0);
	assert_true(dirty);
	/* The whole span becomes one used node, and a mixture again. */
	assert_int_equal(
		xmem_buddy_take_range(&buddy, START, mfn - START, NULL), 0);
	assert_int_equal(
		xmem_buddy_take_range(&buddy, mfn + nr, END - mfn - nr, NULL),
		0);
	assert_int_equal(buddy.orders, 0);
	assert_int_equal(xmem_buddy_give(&buddy, mfn - 1, 0, false, true), 0);
	assert_int_equal(xmem_buddy_give(&buddy, mfn + nr, 0, false, true), 0);
	assert_int_equal(xmem_buddy_return(&buddy, mfn, nr, &edges), 0);
	for (unsigned long i = mfn; i < mfn + nr; i++) {
		assert_int_equal(is_dirty(i), made_dirty(i));
	}
	assert_int_equal(buddy.nr_free, nr + 2);
	ASSERT_VALID(xmem_buddy_check(&buddy));
}

/* Nor does a give inside it that is refused. */
static void refused_gives_do_no_harm(void **state)
{
	struct xmem_buddy_edges edges;
	bool dirty;

	(void)state;
	assert_int_equal(xmem_buddy_mark(&buddy, 4096, 6, true), 0);
	assert_int_equal(xmem_buddy_borrow(&buddy, 4096, 256, &edges, &dirty),
			 0);
	assert_int_equal(xmem_buddy_give(&buddy, 4096, 0, true, false),
			 -XMEM_EEXIST);
	assert_int_equal(xmem_buddy_return(&buddy, 4096, 256, &edges), 0);
	assert_true(is_dirty(4096));
	assert_true(!is_dirty(4096 + 64));
	ASSERT_VALID(xmem_buddy_check(&buddy));
}

/* What is not all free cannot be borrowed, and what is not all used is not
 * put back. */
static void refusals_change_nothing(void **state)
{
	struct xmem_buddy_edges edges;
	bool dirty;

	(void)state;
	assert_int_equal(xmem_buddy_take_range(&buddy, 5000, 1, NULL), 0);
	assert_int_equal(xmem_buddy_borrow(&buddy, START, NR, &edges, &dirty),
			 -XMEM_EBUSY);
	assert_int_equal(
		xmem_buddy_borrow(&buddy, START, NR + 1, &edges, &dirty),
		-XMEM_EINVAL);
	assert_int_equal(xmem_buddy_borrow(&buddy, START, 0, &edges, &dirty),
			 -XMEM_EINVAL);
	assert_int_equal(buddy.nr_free, NR - 1);
	assert_int_equal(xmem_buddy_borrow(&buddy, START, 2000, &edges, &dirty),
			 0);
	assert_false(dirty);
	assert_int_equal(xmem_buddy_give(&buddy, START + 8, 0, false, true), 0);
	assert_int_equal(xmem_buddy_return(&buddy, START, 2000, &edges),
			 -XMEM_EBUSY);
	assert_int_equal(xmem_buddy_return(&buddy, END, 1, &edges),
			 -XMEM_EINVAL);
	assert_int_equal(buddy.nr_free, NR - 2000);
	ASSERT_VALID(xmem_buddy_check(&buddy));
}

#define T(name) cmocka_unit_test_setup(name, set_up)
static const struct CMUnitTest tests[] = {
	T(every_frame_is_as_it_was),
	T(neighbours_do_no_harm),
	T(refused_gives_do_no_harm),
	T(refusals_change_nothing),
};

TEST_MAIN(tests)
