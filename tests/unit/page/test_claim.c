/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_claim.c - who frees a block that two CPUs free
 *
 * The two halves of a free are called as two CPUs would run them: one has
 * passed its checks, then the other frees the block, or is given it.
 * tests/stress/double_free.c does it with two threads.
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "owners.h"

#include "page/mark.h"

static struct marked_block block_of(unsigned long mfn, unsigned int order,
				    struct domain *of, bool xen)
{
	return (struct marked_block){
		.pg = mfn_to_page(_mfn(mfn)),
		.mfn = mfn,
		.order = order,
		.word = xen	     ? WORD_XEN
			: of != NULL ? WORD_OWNED
				     : 0,
		.d = of,
	};
}

static void claim(unsigned long mfn, unsigned int order, struct domain *of,
		  bool xen)
{
	struct marked_block block = block_of(mfn, order, of, xen);

	xmem_mark_claim(&block);
}

/* The port is told in between. */
static void release(unsigned long mfn, unsigned int order, struct domain *of,
		    bool xen)
{
	struct marked_block block = block_of(mfn, order, of, xen);

	xmem_tell(mfn, order, true);
	xmem_mark_release(&block);
}

/* All that follows the checks. */
static void free_as(unsigned long mfn, unsigned int order, struct domain *of,
		    bool xen)
{
	struct marked_block block = block_of(mfn, order, of, xen);

	if (block.word != 0) {
		xmem_mark_give(&block);
	} else {
		xmem_nobody_free(&block);
	}
}

static void claim_twice(unsigned int order)
{
	struct page_info *pg = alloc_domheap_pages(&d, order, 0);
	unsigned long mfn = mfn_of(pg);

	claim(mfn, order, &d, false);
	assert_null(page_get_owner(pg));
	for (unsigned long i = 1; i < 1UL << order; i++) {
		assert_ptr_equal(page_get_owner(pg + i), &d);
	}
	EXPECT_PANIC(claim(mfn, order, &d, false), "double free of frame");
	EXPECT_PANIC(free_as(mfn, order, &d, false), "double free of frame");
	EXPECT_PANIC(free_domheap_pages(pg, order), "frame ");
	assert_int_equal(d.mem.tot_pages, 1UL << order);
	release(mfn, order, &d, false);
	for (unsigned long i = 0; i < 1UL << order; i++) {
		assert_null(page_get_owner(pg + i));
		assert_int_equal(pg[i].count_info, 0);
	}
	d.mem.tot_pages = 0;
	assert_int_equal(total_free_pages(), 1024);
	fake_check();
}

/* A claim takes the mark of the first frame; a second claim is refused. */
static void claim_is_won_once(void **state)
{
	(void)state;
	for (unsigned int order = 0; order < 6; order++) {
		claim_twice(order);
	}
}

static void xenheap_claim_is_won_once(void **state)
{
	void *va = alloc_xenheap_pages(2, 0);
	unsigned long mfn = virt_to_mfn(va);

	(void)state;
	claim(mfn, 2, NULL, true);
	assert_false(is_xen_heap_page(virt_to_page(va)));
	EXPECT_PANIC(claim(mfn, 2, NULL, true),
		     "double free of frame 7fc order 2");
	EXPECT_PANIC(free_xenheap_pages(va, 2), "on its way");
	release(mfn, 2, NULL, true);
	assert_false(is_xen_heap_page(virt_to_page(va)));
	assert_int_equal(total_free_pages(), 1024);
	fake_check();
}

/* The kinds that a frame may be of. */
static const struct {
	struct domain *owner;
	bool xen;
} kinds[] = {{&d, false}, {NULL, false}, {NULL, true}, {&other, false}};

static void change_hands(unsigned int was, unsigned int is)
{
	struct page_info *pg = kinds[is].xen
				       ? virt_to_page(alloc_xenheap_page())
				       : alloc_domheap_page(kinds[is].owner, 0);

	assert_int_equal(mfn_of(pg), 2047);
	EXPECT_PANIC(free_as(2047, 0, kinds[was].owner, kinds[was].xen),
		     "free of frame 7ff order 0");
	assert_ptr_equal(page_get_owner(pg), kinds[is].owner);
	assert_int_equal(is_xen_heap_page(pg), kinds[is].xen);
	assert_int_equal(total_free_pages(), 1023);
	free_as(2047, 0, kinds[is].owner, kinds[is].xen);
	fake_check();
}

/* A frame that changes hands between checks and free is left alone, whatever
 * it was and whatever it has become. */
static void frame_that_changed_hands_is_left_alone(void **state)
{
	(void)state;
	for (unsigned int was = 0; was < 4; was++) {
		for (unsigned int is = 0; is < 4; is++) {
			if (is != was) {
				change_hands(was, is);
			}
		}
	}
}

static void free_part_first(unsigned long part)
{
	struct page_info *pg = alloc_domheap_pages(&d, 3, 0);
	unsigned long mfn = mfn_of(pg);

	free_domheap_page(pg + part);
	EXPECT_PANIC(claim(mfn, 3, &d, false), "double free of frame");
	assert_int_equal(d.mem.tot_pages, 7);
	assert_int_equal(total_free_pages(), 1017);
	for (unsigned long i = 0; i < 8; i++) {
		if (i != part) {
			free_domheap_page(pg + i);
		}
	}
	fake_check();
}

/* A part that is freed between check and claim is found, wherever it lies. */
static void part_freed_before_the_claim_is_found(void **state)
{
	(void)state;
	for (unsigned long part = 0; part < 8; part++) {
		free_part_first(part);
	}
}

/* A claim that cannot succeed takes no mark. */
static void claim_beyond_a_span_changes_nothing(void **state)
{
	struct page_info *volatile pg; /* Kept across a panic. */

	(void)state;
	fake_reset();
	fake_add(1025, 1027, false);
	fake_add(1027, 1028, false);
	for (int i = 0; i < 3; i++) {
		pg = alloc_domheap_page(&d, 0);
	}
	pg = mfn_to_page(_mfn(1026));
	EXPECT_PANIC(claim(1026, 1, &d, false),
		     "misaligned or beyond its span");
	assert_ptr_equal(page_get_owner(pg), &d);
	assert_ptr_equal(page_get_owner(pg + 1), &d);
	EXPECT_PANIC(claim(1028, 2, NULL, false), "the heap does not know it");
	fake_check();
}

#define T(name) cmocka_unit_test_setup(name, set_up)
static const struct CMUnitTest tests[] = {
	T(claim_is_won_once),
	T(xenheap_claim_is_won_once),
	T(frame_that_changed_hands_is_left_alone),
	T(part_freed_before_the_claim_is_found),
	T(claim_beyond_a_span_changes_nothing),
};

TEST_MAIN(tests)
