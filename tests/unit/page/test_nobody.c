/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_nobody.c - blocks of nobody's that the heap takes as a whole
 *
 * (With real caches: test_cached.c. Here frames get live bits by hand.)
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "nobodys.h"

static void plain_blocks_read_one_descriptor(void **state)
{
	struct page_info *pg = alloc_domheap_pages(NULL, HEAP_SUPER_ORDER, 0);

	(void)state;
	/* The heap knows that these are plain: nobody has marked them. */
	pg[100].priv = 77;
	nobody_free(mfn_of(pg), HEAP_SUPER_ORDER);
	assert_int_equal(pg[100].priv, 77);
	fake_check();
}

static void live_frames_are_given(void **state)
{
	unsigned long mfn = mfn_of(alloc_domheap_pages(NULL, 3, 0));

	(void)state;
	make_live(mfn, 3, XMEM_LIVE_FRAME);
	nobody_free(mfn + 3, 0);
	assert_int_equal(mfn_to_page(_mfn(mfn + 3))->count_info, 0);
	assert_int_equal(mfn_to_page(_mfn(mfn + 4))->count_info,
			 WORD_LIVE_FRAME);
	nobody_free(mfn + 4, 2);
	nobody_free(mfn, 1);
	nobody_free(mfn + 2, 0);
	fake_check();
}

/* What the heap does not take as a whole is refused, with nothing changed. */
static void others_are_not_given(void **state)
{
	unsigned long mfn = mfn_of(alloc_domheap_pages(NULL, 3, 0));
	struct page_info *pg = mfn_to_page(_mfn(mfn));

	(void)state;
	make_live(mfn, 2, XMEM_LIVE_FRAME);
	assert_int_equal(xmem_nobody_give(pg, mfn, 3), -XMEM_EEXIST);
	assert_int_equal(xmem_nobody_give(pg, mfn, 1), -XMEM_EEXIST);
	pg[4].count_info = 1;
	assert_int_equal(xmem_nobody_give(pg + 4, mfn + 4, 0), -XMEM_EEXIST);
	pg[4].count_info = 0;
	nobody_free(mfn + 4, 0);
	assert_int_equal(xmem_nobody_give(pg + 4, mfn + 4, 0), -XMEM_EBUSY);
	assert_int_equal(xmem_nobody_give(pg + 6, mfn + 6, 2), -XMEM_EINVAL);
	assert_int_equal(pg->count_info, WORD_LIVE_FRAME);
	xmem_tell(mfn, 0, true);
	assert_int_equal(xmem_nobody_give(pg, mfn, 0), 0);
	assert_int_equal(pg->count_info, 0);
	nobody_free(mfn + 1, 0);
	nobody_free(mfn + 2, 1);
	nobody_free(mfn + 5, 0);
	nobody_free(mfn + 6, 1);
	fake_check();
}

#define T(name) cmocka_unit_test_setup(name, set_up)
static const struct CMUnitTest tests[] = {
	T(plain_blocks_read_one_descriptor),
	T(live_frames_are_given),
	T(others_are_not_given),
};

TEST_MAIN(tests)
