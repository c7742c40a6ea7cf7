/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_mark.c - whose a frame is: taken, on its way, and freed
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "owners.h"

#include "page/mark.h"

/* All that follows the checks, which have seen frame @mfn as one of @word. */
static void free_as(unsigned long mfn, unsigned long word, struct domain *of)
{
	struct marked_block block = {
		.pg = mfn_to_page(_mfn(mfn)),
		.mfn = mfn,
		.word = word,
		.d = of,
	};

	xmem_mark_give(&block);
}

static void take_and_refuse(struct heap_request req)
{
	bool dirty;
	unsigned long mfn = mfn_of(xmem_mark_take(&req, &dirty, NULL));

	EXPECT_PANIC(free_as(mfn, 0, NULL), "is free already");
	EXPECT_PANIC(free_as(mfn, WORD_XEN, NULL), "double free of frame");
	EXPECT_PANIC(free_as(mfn, WORD_OWNED, &d), "double free of frame");
	EXPECT_PANIC(free_domheap_page(mfn_to_page(_mfn(mfn))),
		     "is free already");
}

/* A frame on its way to an owner or to the xenheap is nobody's to free, also
 * for those who saw it free; one that will be nobody's needs no descriptor. */
static void frame_on_its_way_is_refused(void **state)
{
	(void)state;
	take_and_refuse((struct heap_request){.order = 1, .described = true});
	take_and_refuse((struct heap_request){.xen = true, .described = true});
	assert_int_equal(alloc_domheap_pages(NULL, 1, 0)->count_info, 0);
	fake_check();
}

/* Frames that the heap knows as plain, as they were nobody's, may have got an
 * owner: all of a block, or some. They are freed as any other. */
static void owners_of_plain_frames_are_believed(void **state)
{
	(void)state;
	for (unsigned long plain = 0; plain <= 256; plain += 32) {
		struct page_info *pg = alloc_domheap_pages(NULL, 8, 0);

		for (unsigned long i = plain; i < 256; i += 32) {
			free_domheap_pages(pg + i, 5);
		}
		for (unsigned long i = plain; i < 256; i += 32) {
			assert_non_null(
				alloc_domheap_pages(&d, 5, MEMF_no_refcount));
		}
		for (unsigned long i = 0; i < 256; i++) {
			xmem_page_set_owner(pg + i, &d, false);
		}
		free_domheap_pages(pg, 8);
		assert_int_equal(pg[255].count_info, 0);
		assert_int_equal(total_free_pages(), 1024);
		fake_check();
	}
}

#define T(name) cmocka_unit_test_setup(name, set_up)
static const struct CMUnitTest tests[] = {
	T(frame_on_its_way_is_refused),
	T(owners_of_plain_frames_are_believed),
};

TEST_MAIN(tests)
