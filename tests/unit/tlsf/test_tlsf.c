/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_tlsf.c - give, resize, usable: one property a test
 * link: src/tlsf/
 *
 * Single operations on one or two regions. That they are right in every
 * state is the business of tests/model/tlsf_closure.c and tlsf_model.c.
 */
#include <sys/mman.h>

#include "tlsf_fixture.h"

/* Blocks merge with both neighbours in any order of gives. */
static void give_merges_at_once(void **state)
{
	static const unsigned char order[6][3] = {
		{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
		{1, 2, 0}, {2, 0, 1}, {2, 1, 0},
	};

	(void)state;
	for (unsigned int i = 0; i < 6; i++) {
		void *p[3] = {take(100, 16), take(500, 16), take(1500, 16)};

		assert_int_equal(give(p[order[i][0]]), XMEM_TLSF_OK);
		assert_int_equal(give(p[order[i][1]]), XMEM_TLSF_OK);
		assert_int_equal(give(p[order[i][2]]), XMEM_TLSF_EMPTIED);
		assert_int_equal(xmem_tlsf_used(t), 0);
	}
}

/* Double frees: at once, after a merge to the left, after one to the right. */
static void give_refuses_a_free_block(void **state)
{
	void *a = take(100, 16), *b = take(100, 16), *c = take(100, 16);

	(void)state;
	take(100, 16);
	assert_int_equal(give(a), XMEM_TLSF_OK);
	assert_int_equal(give(a), XMEM_TLSF_FREE_ALREADY);
	assert_int_equal(give(c), XMEM_TLSF_OK);
	assert_int_equal(give(b), XMEM_TLSF_OK);
	assert_int_equal(give(a), XMEM_TLSF_FREE_ALREADY);
	assert_int_equal(give(b), XMEM_TLSF_FREE_ALREADY);
	assert_int_equal(give(c), XMEM_TLSF_FREE_ALREADY);
}

/* Wrong pointers of all kinds; none changes a byte. */
static void give_refuses_wrong_pointers(void **state)
{
	static unsigned char before[REGION];
	char *a = take(200, 16);
	static char foreign[64] __attribute__((aligned(16)));

	(void)state;
	take(100, 16);
	memcpy(before, mem[0], REGION);
	for (long i = 16; i < 200; i += 16) {
		assert_int_equal(give(a + i), XMEM_TLSF_BAD_HEADER);
	}
	for (long i = 1; i < 16; i++) {
		assert_int_equal(give(a + i), XMEM_TLSF_MISALIGNED);
	}
	assert_int_equal(give(mem[0]), XMEM_TLSF_BAD_HEADER);
	assert_int_equal(give(mem[0] + 16), XMEM_TLSF_BAD_HEADER);
	assert_int_equal(give(mem[0] + REGION), XMEM_TLSF_BAD_HEADER);
	assert_int_equal(give(mem[1] + 32), XMEM_TLSF_BAD_HEADER);
	assert_int_equal(give(foreign + 16), XMEM_TLSF_BAD_HEADER);
	assert_int_equal(give(NULL), XMEM_TLSF_BAD_HEADER);
	assert_int_equal(give((void *)16), XMEM_TLSF_BAD_HEADER);
	assert_int_equal(give((void *)~15UL), XMEM_TLSF_BAD_HEADER);
	assert_memory_equal(before, mem[0], REGION);
}

/* A block of another allocator is not ours, even in the same span. */
static void give_refuses_another_allocators_block(void **state)
{
	static unsigned char engine2[XMEM_TLSF_BYTES(12)]
		__attribute__((aligned(64)));
	struct xmem_tlsf *t2 = (struct xmem_tlsf *)engine2;
	void *p, *region;

	(void)state;
	xmem_tlsf_init(t2, REGION, 0);
	assert_int_equal(xmem_tlsf_add(t2, mem[1], REGION, &region), 0);
	p = xmem_tlsf_take(t2, 64, 16, NULL);
	take(100, 16);
	assert_int_equal(give(p), XMEM_TLSF_BAD_HEADER);
	/* Make the span of the first allocator cover it. */
	t->span += REGION;
	assert_int_equal(give(p), XMEM_TLSF_BAD_HEADER);
	t->span -= REGION;
	assert_int_equal(xmem_tlsf_give(t2, p, &region), XMEM_TLSF_EMPTIED);
}

/* Give @p, whose block is or becomes the first of mem[0], the header of which
 * is damaged in one byte or another. */
static void give_beside_damage(void *p)
{
	static unsigned char before[REGION];

	for (unsigned int i = 0; i < sizeof(struct xmem_tlsf_region); i++) {
		void *region = NULL;

		mem[0][i] ^= 0x41;
		memcpy(before, mem[0], REGION);
		assert_int_equal(xmem_tlsf_give(t, p, &region),
				 XMEM_TLSF_BAD_REGION);
		assert_ptr_equal(region, mem[0]);
		assert_memory_equal(before, mem[0], REGION);
		mem[0][i] ^= 0x41;
	}
}

/* The header of a region is looked at by every give that changes its first
 * block: alone, with the block behind used, and merged from behind. */
static void give_notices_a_damaged_region(void **state)
{
	void *a = take(100, 16), *b;

	(void)state;
	give_beside_damage(a);
	b = take(100, 16);
	take(100, 16);
	give_beside_damage(a);
	assert_int_equal(give(a), XMEM_TLSF_OK);
	give_beside_damage(b);
	assert_int_equal(give(b), XMEM_TLSF_OK);
}

/* A sentinel that is damaged is noticed by the give that would empty the
 * region, whichever block is loose. */
static void give_notices_a_damaged_sentinel(void **state)
{
	uint64_t *sentinel = (uint64_t *)(mem[0] + REGION) - 1;
	void *a = take(100, 16), *b, *region;

	(void)state;
	for (unsigned int bit = 0; bit < 64; bit++) {
		*sentinel ^= 1ULL << bit;
		assert_int_equal(xmem_tlsf_give(t, a, &region),
				 XMEM_TLSF_BAD_NEIGHBOUR);
		*sentinel ^= 1ULL << bit;
	}
	b = take(REGION - 40 - 112, 16); /* the rest; then on a list */
	assert_int_equal(give(b), XMEM_TLSF_OK);
	*sentinel = 0;
	assert_int_equal(xmem_tlsf_give(t, a, &region),
			 XMEM_TLSF_BAD_NEIGHBOUR);
}

/* A link that leads into the last bytes of the span: nothing behind it is
 * read. Whoever wrote it knew the key, or it would lead elsewhere. */
static void give_follows_no_link_out_of_the_span(void **state)
{
	unsigned long page = 65536; /* a multiple of what the MMU has */
	unsigned char *two = mmap(NULL, 2 * page, PROT_NONE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned char *r = two + page - REGION;
	unsigned char *a, *b, *c;
	void *bad;

	(void)state;
	assert_true(two != MAP_FAILED);
	assert_int_equal(mprotect(two, page, PROT_READ | PROT_WRITE), 0);
	xmem_tlsf_init(t, REGION, 0);
	assert_int_equal(xmem_tlsf_add(t, r, REGION, &bad), XMEM_TLSF_OK);
	a = take(100, 16);
	b = take(100, 16);
	c = take(100, 16);
	assert_int_equal(xmem_tlsf_give(t, b, &bad), XMEM_TLSF_OK);
	assert_int_equal(xmem_tlsf_give(t, take(500, 16), &bad), XMEM_TLSF_OK);
	for (unsigned long back = 1; back <= 40; back++) {
		void *last = two + page - back;

		block_of(b)->next = link_to(t, last);
		assert_int_equal(xmem_tlsf_give(t, a, &bad),
				 XMEM_TLSF_BAD_NEIGHBOUR);
		assert_int_equal(xmem_tlsf_give(t, c, &bad),
				 XMEM_TLSF_BAD_NEIGHBOUR);
		block_of(b)->next = link_to(t, NULL);
		block_of(b)->prev = link_to(t, last);
		assert_int_equal(xmem_tlsf_give(t, a, &bad),
				 XMEM_TLSF_BAD_NEIGHBOUR);
		block_of(b)->prev = link_to(t, NULL);
	}
	assert_int_equal(xmem_tlsf_give(t, a, &bad), XMEM_TLSF_OK);
	assert_int_equal(munmap(two, 2 * page), 0);
}

/* Any single bit of a header that flips is noticed. */
static void give_notices_every_flipped_bit(void **state)
{
	void *a = take(100, 16), *b = take(100, 16);

	(void)state;
	take(100, 16);
	for (unsigned int bit = 0; bit < 64; bit++) {
		void *region;

		block_of(b)->seal ^= 1ULL << bit;
		assert_int_equal(xmem_tlsf_give(t, b, &region),
				 XMEM_TLSF_BAD_HEADER);
		assert_int_equal(xmem_tlsf_give(t, a, &region),
				 XMEM_TLSF_BAD_NEIGHBOUR);
		block_of(b)->seal ^= 1ULL << bit;
	}
	assert_int_equal(give(b), XMEM_TLSF_OK);
}

/* Overwrite @len bytes behind block @a with @value: the give must notice. */
static void overflow(unsigned char *a, unsigned char *b, unsigned char value,
		     unsigned int len)
{
	uint64_t saved = block_of(b)->seal;
	void *region;

	memset(a + 104, value, len);
	if (block_of(b)->seal != saved) { /* else nothing was overwritten */
		assert_int_equal(xmem_tlsf_give(t, a, &region),
				 XMEM_TLSF_BAD_NEIGHBOUR);
	}
	block_of(b)->seal = saved;
}

/* Writing behind a block is noticed from the first byte on that changes the
 * next header. */
static void give_notices_an_overflow_of_any_length(void **state)
{
	unsigned char *a = take(104, 16), *b = take(104, 16);

	(void)state;
	take(100, 16);
	for (unsigned int len = 1; len <= 8; len++) {
		overflow(a, b, 'A', len);
		overflow(a, b, 0, len);
	}
	assert_int_equal(give(a), XMEM_TLSF_OK);
}

/* A header found at random by a stranger opens to a block never. */
static void give_refuses_random_headers(void **state)
{
	unsigned char *a = take(200, 16);
	uint64_t seed = 99;
	void *region;

	(void)state;
	for (unsigned long i = 0; i < test_steps(1000000); i++) {
		uint64_t fake = test_random(&seed);

		memcpy(a + 56, &fake, 8);
		assert_int_equal(xmem_tlsf_give(t, a + 64, &region),
				 XMEM_TLSF_BAD_HEADER);
	}
}

/* Shrinking is always possible and gives back what it can. */
static void resize_shrinks_in_place(void **state)
{
	char *a = take(1000, 16), *b = take(100, 16);
	bool done = false;

	(void)state;
	for (unsigned long size = 999; size > 0; size--) {
		unsigned long usable = 0;

		assert_int_equal(xmem_tlsf_resize(t, a, size, &done),
				 XMEM_TLSF_OK);
		assert_true(done);
		ASSERT_VALID(xmem_tlsf_check(t));
		assert_int_equal(xmem_tlsf_usable(t, a, &usable), XMEM_TLSF_OK);
		assert_in_range(usable, size, size + 40);
	}
	assert_int_equal(give(b), XMEM_TLSF_OK);
	assert_int_equal(give(a), XMEM_TLSF_EMPTIED);
}

/* Growing uses the free block behind, wholly or in part, or not at all. */
static void resize_grows_into_a_free_neighbour(void **state)
{
	char *a = take(100, 16), *b = take(200, 16), *c = take(100, 16);
	bool done = true;

	(void)state;
	assert_int_equal(xmem_tlsf_resize(t, a, 105, &done), XMEM_TLSF_OK);
	assert_false(done);
	assert_int_equal(give(b), XMEM_TLSF_OK);
	assert_int_equal(xmem_tlsf_resize(t, a, 150, &done), XMEM_TLSF_OK);
	assert_true(done);
	assert_int_equal(xmem_tlsf_used(t), 160 + 112);
	assert_int_equal(xmem_tlsf_resize(t, a, 312, &done), XMEM_TLSF_OK);
	assert_true(done);
	ASSERT_VALID(xmem_tlsf_check(t));
	assert_int_equal(xmem_tlsf_resize(t, a, 313, &done), XMEM_TLSF_OK);
	assert_false(done);
	assert_int_equal(xmem_tlsf_resize(t, a, ~0UL, &done), XMEM_TLSF_OK);
	assert_false(done);
	assert_int_equal(give(a), XMEM_TLSF_OK);
	assert_int_equal(give(c), XMEM_TLSF_EMPTIED);
}

/* Resize and usable refuse what give refuses. */
static void resize_and_usable_refuse_wrong_pointers(void **state)
{
	char *a = take(100, 16), *b = take(100, 16);
	unsigned long size = 5;
	bool done = false;

	(void)state;
	assert_int_equal(xmem_tlsf_resize(t, a + 16, 5, &done),
			 XMEM_TLSF_BAD_HEADER);
	assert_int_equal(xmem_tlsf_usable(t, a + 8, &size),
			 XMEM_TLSF_MISALIGNED);
	assert_int_equal(give(b), XMEM_TLSF_OK);
	assert_int_equal(xmem_tlsf_usable(t, b, &size), XMEM_TLSF_FREE_ALREADY);
	block_of(b)->seal ^= 1;
	assert_int_equal(xmem_tlsf_resize(t, a, 5, &done),
			 XMEM_TLSF_BAD_NEIGHBOUR);
	assert_int_equal(size, 5);
	assert_false(done);
}

static const struct CMUnitTest tests[] = {
	T(give_merges_at_once),
	T(give_refuses_a_free_block),
	T(give_refuses_wrong_pointers),
	T(give_refuses_another_allocators_block),
	T(give_notices_a_damaged_region),
	T(give_notices_a_damaged_sentinel),
	T(give_follows_no_link_out_of_the_span),
	T(give_notices_every_flipped_bit),
	T(give_notices_an_overflow_of_any_length),
	T(give_refuses_random_headers),
	T(resize_shrinks_in_place),
	T(resize_grows_into_a_free_neighbour),
	T(resize_and_usable_refuse_wrong_pointers),
};

TEST_MAIN(tests)
