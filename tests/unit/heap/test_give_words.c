/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_give_words.c - words of a list of frames go back all, or none
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "words.h"

/* One bad frame, and nothing of the word is given: neither in its own span nor
 * in those before. */
static void all_or_nothing(void **state)
{
	(void)state;
	fake_span(1024, 1050, false);
	fake_span(1050, 1088, false);
	assert_int_equal(give(1024, 1ULL << 63, false), 0);
	assert_int_equal(give(1024, ~0ULL, false), -XMEM_EBUSY);
	assert_int_equal(total_free_pages(), 1);
	assert_int_equal(give(1024, 0xffffULL, true), -XMEM_EEXIST);
	assert_int_equal(total_free_pages(), 1);
	begin(1, 0, true);
	assert_int_equal(take_all(1), 1);
	assert_true(look(1024, ~0ULL).described == 1ULL << 63);
	assert_int_equal(give(1024, ~0ULL, false), -XMEM_EEXIST);
	assert_int_equal(total_free_pages(), 0);
	assert_int_equal(give(1024, ~0ULL >> 1, false), 0);
	assert_int_equal(give(1024, 1ULL << 63, true), 0);
	assert_int_equal(total_free_pages(), 64);
}

/* What is taken back is in use as it was. */
static void gives_are_undone(void **state)
{
	const struct xmem_buddy_word w[2] = {{1088, 0xf0f0ULL, 0xf0f0ULL},
					     {1280, ~0ULL, ~0ULL}};
	struct heap_node *node;
	struct heap_hold h;

	(void)state;
	fake_add(1024, 2048, false);
	node = heap_node_of(1024);
	for (unsigned int described = 0; described < 2; described++) {
		begin(~0UL, 0, described);
		assert_int_equal(take_all(HEAP_WORDS), 1024);
		assert_int_equal(give(1280, 1ULL << 7, described), 0);
		heap_node_lock(node);
		heap_hold_begin(&h, node, described);
		assert_int_equal(xmem_hold_give_all(&h, w, 2), -XMEM_EBUSY);
		xmem_hold_end(&h);
		heap_node_unlock(node);
		assert_int_equal(total_free_pages(), 1);
		begin(1, 0, described);
		assert_int_equal(take_all(1), 1);
		assert_true(look(1088, ~0ULL).described ==
			    (described ? ~0ULL : 0));
		assert_int_equal(total_free_pages(), 0);
		for (unsigned long mfn = 1024; mfn < 2048; mfn += 64) {
			assert_int_equal(give(mfn, ~0ULL, described), 0);
		}
		assert_int_equal(total_free_pages(), 1024);
	}
}

/* Who hunts for a frame that lies in caches shall notice what comes. */
static void a_give_is_noticed(void **state)
{
	const struct node_heap *heap;
	unsigned long before;

	(void)state;
	fake_add(4096, 4224, false);
	begin(64, 0, false);
	assert_int_equal(take_all(16), 64);
	heap = &heap_node(0)->heap[HEAP_DOM];
	before = heap->gives;
	assert_int_equal(give(4160, 3, false), 0);
	assert_int_equal(heap->gives, before + 1);
}

#define T(name) cmocka_unit_test_setup(name, set_up)
static const struct CMUnitTest tests[] = {
	T(all_or_nothing),
	T(gives_are_undone),
	T(a_give_is_noticed),
};

TEST_MAIN(tests)
