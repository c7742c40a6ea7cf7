/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_tlsf_list.c - free blocks go on lists and off them, links are verified
 * link: src/tlsf/
 *
 * Three free blocks of one class, parted by used ones: the newest is first on
 * the list. Only the links are looked at; that the allocator is sound as a
 * whole is the business of its validator.
 */
#include "tlsf_fixture.h"

#include "tlsf/tlsf_list.h"

#define UNITS 4UL
#define SIZE  (UNITS * 16 - 8)
#define CLASS 4U

static struct xmem_tlsf_block *first, *middle, *last;

static int setup_list(void **state)
{
	char *p[6];

	if (setup(state) != 0) {
		return -1;
	}
	for (unsigned int i = 0; i < 6; i++) {
		p[i] = take(SIZE, 16);
	}
	for (unsigned int i = 0; i < 5; i += 2) {
		assert_int_equal(give(p[i]), XMEM_TLSF_OK);
	}
	/* The rest of the region is loose again, so all three are listed. */
	assert_int_equal(give(take(1000, 16)), XMEM_TLSF_OK);
	last = block_of(p[0]);
	middle = block_of(p[2]);
	first = block_of(p[4]);
	assert_ptr_equal(t->head[CLASS], first);
	return 0;
}

static bool is_good(const struct xmem_tlsf_block *b)
{
	return xmem_tlsf_links_are_good(t, b, CLASS);
}

/* The list of the class is @a, @b, @c; NULL: it ends before. */
static void expect_list(struct xmem_tlsf_block *a, struct xmem_tlsf_block *b,
			struct xmem_tlsf_block *c)
{
	struct xmem_tlsf_block *want[] = {a, b, c, NULL};
	struct xmem_tlsf_block *prev = NULL;
	struct xmem_tlsf_block *at = t->head[CLASS];

	for (unsigned int i = 0; at != NULL; i++) {
		assert_ptr_equal(at, want[i]);
		assert_ptr_equal(prev_of(t, at), prev);
		assert_true(is_good(at));
		prev = at;
		at = next_of(t, at);
		assert_ptr_equal(at, want[i + 1]);
	}
	assert_int_equal(a != NULL, (t->map[0] & xmem_bit(CLASS)) != 0);
	assert_int_equal(t->map[0] != 0, (t->top & 1) != 0);
}

/* Head, middle and end go off, each alone, and what is left is a list. */
static void unlink_closes_the_gap(void **state)
{
	(void)state;
	expect_list(first, middle, last);
	xmem_tlsf_unlink(t, middle, UNITS);
	expect_list(first, last, NULL);
	xmem_tlsf_unlink(t, last, UNITS);
	expect_list(first, NULL, NULL);
	xmem_tlsf_unlink(t, first, UNITS);
	expect_list(NULL, NULL, NULL);
}

/* The head goes, and the next one is the head. */
static void unlink_of_the_head_moves_the_head(void **state)
{
	(void)state;
	xmem_tlsf_unlink(t, first, UNITS);
	expect_list(middle, last, NULL);
	xmem_tlsf_unlink(t, middle, UNITS);
	expect_list(last, NULL, NULL);
}

/* A block is put in front; the maps know its class as long as it has blocks. */
static void link_puts_a_block_in_front(void **state)
{
	(void)state;
	xmem_tlsf_unlink(t, middle, UNITS);
	link_block(t, middle, UNITS);
	expect_list(middle, first, last);
	xmem_tlsf_unlink(t, middle, UNITS);
	xmem_tlsf_unlink(t, first, UNITS);
	xmem_tlsf_unlink(t, last, UNITS);
	expect_list(NULL, NULL, NULL);
	link_block(t, last, UNITS);
	expect_list(last, NULL, NULL);
}

/* Links that lead out of the span, or to where no block can be, are not
 * followed: nothing may be mapped there. */
static void links_out_of_the_regions_are_not_good(void **state)
{
	const uintptr_t wrong[] = {
		8,
		(uintptr_t)mem[0] - 8,
		(uintptr_t)mem[0] + REGION + 8,
		(uintptr_t)middle + 8,
		~(uintptr_t)7,
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct xmem_tlsf_block saved = *middle;

		middle->next = wrong[i] ^ (uintptr_t)t->cookie;
		assert_false(is_good(middle));
		*middle = saved;
		middle->prev = wrong[i] ^ (uintptr_t)t->cookie;
		assert_false(is_good(middle));
		*middle = saved;
	}
	assert_true(is_good(middle));
}

/* A link counts only if the block there links back. */
static void links_that_are_not_returned_are_not_good(void **state)
{
	(void)state;
	middle->next = link_to(t, first);
	assert_false(is_good(middle));
	assert_false(is_good(last));
	middle->next = link_to(t, NULL);
	assert_true(is_good(middle)); /* an end, as far as it knows */
	assert_false(is_good(last));
	middle->next = link_to(t, last);
	middle->prev = link_to(t, NULL);
	assert_false(is_good(middle)); /* it is not the head */
	assert_false(is_good(first));
}

/* The first of a list is good on its own list alone. */
static void the_head_belongs_to_its_class(void **state)
{
	(void)state;
	assert_true(is_good(first));
	assert_false(xmem_tlsf_links_are_good(t, first, CLASS + 1));
}

#define L(name) cmocka_unit_test_setup(name, setup_list)
static const struct CMUnitTest tests[] = {
	L(unlink_closes_the_gap),
	L(unlink_of_the_head_moves_the_head),
	L(link_puts_a_block_in_front),
	L(links_out_of_the_regions_are_not_good),
	L(links_that_are_not_returned_are_not_good),
	L(the_head_belongs_to_its_class),
};

TEST_MAIN(tests)
