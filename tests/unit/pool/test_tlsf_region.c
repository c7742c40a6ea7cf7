/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_tlsf_region.c - set up, add, remove, drop, walk regions
 * link: src/pool/tlsf.c src/pool/tlsf_take.c src/pool/tlsf_region.c
 * link: src/pool/tlsf_check.c
 */
#include "pool/pool_priv.h"
#include "pool/tlsf.h"
#include "test.h"

#define REGION 1024UL

static unsigned char mem[4][REGION] __attribute__((aligned(4096)));
static unsigned char engine[XMEM_TLSF_BYTES(16)] __attribute__((aligned(64)));
static struct xmem_tlsf *const t = (struct xmem_tlsf *)engine;

static int setup(void **state)
{
	(void)state;
	memset(mem, 0xcc, sizeof(mem));
	memset(engine, 0xcc, sizeof(engine));
	xmem_tlsf_init(t, REGION);
	return 0;
}

static void add(unsigned int i)
{
	assert_int_equal(xmem_tlsf_add(t, mem[i], REGION), 0);
	ASSERT_VALID(xmem_tlsf_check(t));
}

/* The size asked for holds all lists and no more; the constant form is not
 * smaller; 4 KiB regions need about 1.2 KiB. */
static void bytes_cover_the_lists(void **state)
{
	(void)state;
	for (unsigned int shift = 10; shift <= 26; shift++) {
		assert_in_range(xmem_tlsf_bytes(1UL << shift),
				sizeof(struct xmem_tlsf),
				XMEM_TLSF_BYTES(shift));
	}
	assert_true(xmem_tlsf_bytes(4096) <= 1280);
	assert_true(xmem_tlsf_bytes(XMEM_TLSF_MIN_REGION) <= 320);
}

/* A new allocator is empty, and so is memory that was never set up. */
static void init_gives_an_empty_allocator(void **state)
{
	(void)state;
	ASSERT_VALID(xmem_tlsf_check(t));
	assert_int_equal(xmem_tlsf_total(t), 0);
	assert_null(xmem_tlsf_take(t, 1, 16, NULL));
	assert_null(xmem_tlsf_next_region(t, NULL));
	memset(engine, 0, sizeof(engine));
	assert_null(xmem_tlsf_take(t, 1, 16, NULL));
	assert_int_equal(xmem_tlsf_give(t, mem[0] + 32, NULL),
			 XMEM_TLSF_BAD_HEADER);
}

/* Bad arguments are refused, and nothing is written to them. */
static void add_refuses_bad_regions(void **state)
{
	(void)state;
	assert_int_equal(xmem_tlsf_add(t, NULL, REGION), -EINVAL);
	assert_int_equal(xmem_tlsf_add(t, mem[0] + 8, 512), -EINVAL);
	assert_int_equal(xmem_tlsf_add(t, mem[0], 504), -EINVAL);
	assert_int_equal(xmem_tlsf_add(t, mem[0], 240), -EINVAL);
	assert_int_equal(xmem_tlsf_add(t, mem[0], 0), -EINVAL);
	assert_int_equal(xmem_tlsf_add(t, mem[0], REGION + 16), -EINVAL);
	assert_int_equal(xmem_tlsf_add(t, mem[0], ~15UL), -EINVAL);
	assert_int_equal(xmem_tlsf_add(t, (void *)~255UL, 256), -EINVAL);
	for (unsigned long i = 0; i < REGION; i++) {
		assert_int_equal(mem[0][i], 0xcc);
	}
	ASSERT_VALID(xmem_tlsf_check(t));
}

/* Regions of different sizes live side by side and are counted. */
static void add_counts_and_walks_regions(void **state)
{
	void *r = NULL;
	unsigned int nr = 0;

	(void)state;
	add(0);
	assert_int_equal(xmem_tlsf_add(t, mem[2], 256), 0);
	add(1);
	assert_int_equal(xmem_tlsf_total(t), 2 * REGION + 256);
	assert_int_equal(xmem_tlsf_used(t), 0);
	while ((r = xmem_tlsf_next_region(t, r)) != NULL) {
		assert_true(xmem_tlsf_is_empty(t, r));
		nr++;
	}
	assert_int_equal(nr, 3);
}

/* Only a wholly free region leaves, and it leaves no trace. */
static void remove_takes_only_empty_regions(void **state)
{
	void *p, *region;

	(void)state;
	add(0);
	add(1);
	p = xmem_tlsf_take(t, 100, 16, NULL);
	assert_ptr_equal(p, mem[1] + 32);
	assert_int_equal(xmem_tlsf_remove(t, mem[1]), -EINVAL);
	assert_false(xmem_tlsf_is_empty(t, mem[1]));
	assert_int_equal(xmem_tlsf_remove(t, mem[0]), 0);
	ASSERT_VALID(xmem_tlsf_check(t));
	assert_int_equal(xmem_tlsf_remove(t, mem[0]), -EINVAL);
	assert_int_equal(xmem_tlsf_give(t, p, &region), XMEM_TLSF_EMPTIED);
	assert_ptr_equal(region, mem[1]);
	assert_int_equal(xmem_tlsf_remove(t, region), 0);
	ASSERT_VALID(xmem_tlsf_check(t));
	assert_int_equal(xmem_tlsf_total(t), 0);
	assert_int_equal(t->top, 0);
	assert_int_equal(xmem_tlsf_give(t, p, &region), XMEM_TLSF_BAD_HEADER);
}

/* Addresses that are no region are refused. */
static void remove_refuses_wrong_addresses(void **state)
{
	(void)state;
	assert_int_equal(xmem_tlsf_remove(t, mem[0]), -EINVAL);
	add(0);
	add(2);
	assert_int_equal(xmem_tlsf_remove(t, NULL), -EINVAL);
	assert_int_equal(xmem_tlsf_remove(t, mem[0] + 16), -EINVAL);
	assert_int_equal(xmem_tlsf_remove(t, mem[0] + 8), -EINVAL);
	assert_int_equal(xmem_tlsf_remove(t, mem[1]), -EINVAL);
	assert_int_equal(xmem_tlsf_remove(t, mem[3]), -EINVAL);
	assert_int_equal(xmem_tlsf_total(t), 2 * REGION);
}

/* A region whose header was overwritten is not removed. */
static void remove_refuses_damaged_regions(void **state)
{
	struct xmem_tlsf_region *r = (struct xmem_tlsf_region *)mem[0];
	struct xmem_tlsf_region saved;
	uint64_t seal;

	(void)state;
	add(0);
	add(1);
	saved = *r;
	r->owner++;
	assert_int_equal(xmem_tlsf_remove(t, r), -EINVAL);
	*r = saved;
	r->prev = (void *)0x4141414141414141;
	assert_int_equal(xmem_tlsf_remove(t, r), -EINVAL);
	r->prev = (void *)mem[2];
	assert_int_equal(xmem_tlsf_remove(t, r), -EINVAL);
	*r = saved;
	seal = first_block(r)->seal;
	first_block(r)->seal = 0;
	assert_int_equal(xmem_tlsf_remove(t, r), -EINVAL);
	first_block(r)->seal = seal;
	first_block(r)->next = (void *)mem[0]; /* it is on a list: add(1) */
	assert_int_equal(xmem_tlsf_remove(t, r), -EINVAL);
	first_block(r)->next = NULL;
	assert_int_equal(xmem_tlsf_remove(t, r), 0);
}

/* Drop counts used blocks and wipes every header. */
static void drop_counts_and_wipes(void **state)
{
	void *p[3];

	(void)state;
	add(0);
	for (unsigned int i = 0; i < 3; i++) {
		p[i] = xmem_tlsf_take(t, 50, 16, NULL);
	}
	assert_int_equal(xmem_tlsf_give(t, p[1], &(void *){NULL}),
			 XMEM_TLSF_OK);
	assert_int_equal(xmem_tlsf_drop(t, mem[0]), 2);
	assert_null(xmem_tlsf_next_region(t, NULL));
	xmem_tlsf_init(t, REGION);
	add(0);
	for (unsigned int i = 0; i < 3; i++) {
		assert_true(xmem_tlsf_give(t, p[i], &(void *){NULL}) >
			    XMEM_TLSF_EMPTIED);
	}
}

/* Each error has its own sentence. */
static void error_texts_are_distinct(void **state)
{
	(void)state;
	for (int a = XMEM_TLSF_EMPTIED; a <= XMEM_TLSF_BAD_NEIGHBOUR; a++) {
		for (int b = a + 1; b <= XMEM_TLSF_BAD_NEIGHBOUR; b++) {
			assert_string_not_equal(
				xmem_tlsf_error_text((enum xmem_tlsf_error)a),
				xmem_tlsf_error_text((enum xmem_tlsf_error)b));
		}
	}
}

#define T(name) cmocka_unit_test_setup(name, setup)

static const struct CMUnitTest tests[] = {
	T(bytes_cover_the_lists),	    T(init_gives_an_empty_allocator),
	T(add_refuses_bad_regions),	    T(add_counts_and_walks_regions),
	T(remove_takes_only_empty_regions), T(remove_refuses_wrong_addresses),
	T(remove_refuses_damaged_regions),  T(drop_counts_and_wipes),
	T(error_texts_are_distinct),
};

TEST_MAIN(tests)
