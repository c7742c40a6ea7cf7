/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_late.c - pieces of memory that come late, in any order
 *
 * Single cases, with who pays for the metadata: test_span.c.
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "fake.h"

#define PIECE  64UL
#define PIECES 96UL
#define FIRST  4096UL

/* All pieces of [FIRST, ...) once, in the order that @seed says. */
static void add_pieces(uint64_t seed)
{
	bool here[PIECES] = {false};

	for (unsigned long left = PIECES; left > 0; left--) {
		unsigned long nth = test_random(&seed) % left;
		unsigned long i = 0;

		while (here[i] || nth-- > 0) {
			i++;
		}
		here[i] = true;
		init_domheap_pages(PA(FIRST + i * PIECE),
				   PA(FIRST + (i + 1) * PIECE));
	}
}

/* Each frame enters, once, or is metadata; what touches merges. */
static void pieces_enter_in_any_order(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		unsigned long before = 300;
		unsigned long used = 0;
		unsigned long own;

		fake_reset();
		fake.node_frames = seed % 2 == 0 ? ~0UL : 5000;
		fake_add(1000, 1300, false);
		add_pieces(seed);
		for (unsigned long i = 0; i < PIECES * PIECE; i++) {
			enum xmem_frame_state now =
				xmem_heap_frame_state(FIRST + i);

			assert_int_not_equal(now, XMEM_FRAME_UNKNOWN);
			used += now == XMEM_FRAME_USED;
		}
		own = before + PIECES * PIECE - total_free_pages();
		assert_true(own > 0 && own < PIECES * PIECE / 20);
		assert_true(used <= own);
		fake_check();
		/* In the end there are blocks far larger than the pieces. */
		assert_non_null(alloc_domheap_pages(NULL, 9, MEMF_no_scrub));
	}
}

/* Without memory for its metadata a piece pays for itself, and says nothing. */
static void first_piece_pays_for_itself(void **state)
{
	(void)state;
	init_domheap_pages(PA(FIRST), PA(FIRST + 500));
	assert_int_equal(xmem_heap_frame_state(FIRST), XMEM_FRAME_USED);
	assert_int_equal(xmem_heap_frame_state(FIRST + 499), XMEM_FRAME_DIRTY);
	assert_in_range(total_free_pages(), 490, 499);
	fake_check();
}

#define T(name) cmocka_unit_test_setup(name, fake_setup)
static const struct CMUnitTest tests[] = {
	T(pieces_enter_in_any_order),
	T(first_piece_pays_for_itself),
};

TEST_MAIN(tests)
