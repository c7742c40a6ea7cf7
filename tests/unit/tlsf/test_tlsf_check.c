/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_tlsf_check.c - the validator names each kind of damage
 * link: src/tlsf/
 *
 * One region: used a, free b (on a list), used c, free d (on a list of the
 * same class), used e, the rest loose. Each test damages one thing.
 */
#include "tlsf/tlsf_priv.h"
#include "tlsf/tlsf.h"
#include "test.h"

#define REGION 1024UL

static unsigned char mem[REGION] __attribute__((aligned(4096)));
static unsigned char engine[XMEM_TLSF_BYTES(10)] __attribute__((aligned(64)));
static struct xmem_tlsf *const t = (struct xmem_tlsf *)engine;
static struct xmem_tlsf_region *const region = (struct xmem_tlsf_region *)mem;
static struct xmem_tlsf_block *a, *b, *c, *d, *e, *rest;

static struct xmem_tlsf_block *take(unsigned long size)
{
	return block_of(xmem_tlsf_take(t, size, 16, NULL));
}

static int setup(void **state)
{
	void *none;

	(void)state;
	xmem_tlsf_init(t, REGION, 0);
	if (xmem_tlsf_add(t, mem, REGION, &none) != 0) {
		return -1;
	}
	a = take(40);
	b = take(40);
	c = take(40);
	d = take(40);
	e = take(40);
	assert_int_equal(xmem_tlsf_give(t, payload_of(b), &none), 0);
	assert_int_equal(xmem_tlsf_give(t, payload_of(d), &none), 0);
	/* A taken and given block makes the rest the loose one again. */
	rest = take(100);
	assert_int_equal(xmem_tlsf_give(t, payload_of(rest), &none), 0);
	assert_ptr_equal(t->loose, rest);
	ASSERT_VALID(xmem_tlsf_check(t));
	return 0;
}

static void expect(const char *text)
{
	const char *broken = xmem_tlsf_check(t);

	assert_non_null(broken);
	if (strstr(broken, text) == NULL) {
		fail_msg("'%s' does not contain '%s'", broken, text);
	}
}

/* I1: headers, sizes, the sentinel, the mark of the first block. */
static void check_finds_damaged_headers(void **state)
{
	struct xmem_tlsf_block *sentinel = block_of(mem + REGION);
	uint64_t saved = b->seal;

	(void)state;
	b->seal ^= 2;
	expect("I1: a header was overwritten");
	seal_header(t, b, 3, TLSF_FREE | TLSF_FIRST);
	expect("I1: only the first");
	b->seal = saved;
	seal_header(t, a, 3, 0);
	expect("I1: only the first");
	seal_header(t, a, 3, TLSF_FIRST);
	saved = sentinel->seal;
	seal_header(t, sentinel, 0, TLSF_FREE | TLSF_PREV_FREE);
	expect("I2");
	seal_header(t, sentinel, 2, TLSF_PREV_FREE);
	seal_header(t, a, 0, TLSF_FIRST);
	expect("I8: the size");
	seal_header(t, a, 1, TLSF_FIRST);
	expect("I1: a block is too small");
	seal_header(t, a, 200, TLSF_FIRST);
	expect("I1");
}

/* I2 and I3: neighbours disagree. */
static void check_finds_disagreeing_neighbours(void **state)
{
	(void)state;
	seal_header(t, a, 3, TLSF_FREE | TLSF_FIRST);
	expect("I2");
	seal_header(t, a, 3, TLSF_FIRST);
	seal_header(t, c, 3, 0);
	expect("I3: a header is wrong");
	seal_header(t, c, 3, TLSF_PREV_FREE);
	*size_before(c) = 4;
	expect("I3: the size");
}

/* I4: lists, links, the loose block. */
static void check_finds_damaged_lists(void **state)
{
	(void)state;
	assert_ptr_equal(t->head[3], d);
	d->next = link_to(t, NULL);
	expect("I4: a free block is on no list");
	d->next = link_to(t, d);
	expect("I4: a link");
	d->next = 0x4141;
	expect("I4: a link");
	d->next = link_to(t, c);
	c->prev = link_to(t, d);
	expect("I4: a block is on a list");
	d->next = link_to(t, b);
	b->prev = link_to(t, NULL);
	expect("I4: a link");
	b->prev = link_to(t, d);
	t->loose = NULL;
	expect("I4: the loose");
	t->loose = a;
	expect("I4: the loose");
	t->loose = rest;
	t->loose_units++;
	expect("I4: the size of the loose");
	t->loose_units--;
	b->next = link_to(t, rest);
	rest->prev = link_to(t, b);
	expect("I4: a block is on a list");
}

/* I5: the maps. */
static void check_finds_wrong_maps(void **state)
{
	(void)state;
	t->map[0] ^= 1ULL << 9;
	expect("I5: the map");
	t->map[0] ^= 1ULL << 9;
	t->map[TLSF_MAP_WORDS - 1] = 1;
	expect("I5: the map");
	t->map[TLSF_MAP_WORDS - 1] = 0;
	t->top ^= 1;
	expect("I5: the top");
}

/* I6: the counters. */
static void check_finds_wrong_counters(void **state)
{
	(void)state;
	t->used++;
	expect("I6");
	t->used--;
	t->total += 16;
	expect("I6");
	t->total -= 32;
	expect("I6");
}

/* I8: region headers and the span. */
static void check_finds_damaged_regions(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < sizeof(*region); i++) {
		mem[i] ^= 0x41;
		expect("I8: the header of a region");
		mem[i] ^= 0x41;
	}
	t->total = 0;
	expect("I6");
	t->total = REGION;
	region->seal ^=
		(REGION / 16 * TLSF_SEAL) ^ ((REGION / 16 - 1) * TLSF_SEAL);
	expect("I8: the size of a region");
	region->seal ^=
		(REGION / 16 * TLSF_SEAL) ^ ((REGION / 16 - 1) * TLSF_SEAL);
	t->span -= 16;
	expect("I8: a region ends");
	t->span += 16;
	t->lo += 16;
	expect("I8: a region starts");
}

#define T(name) cmocka_unit_test_setup(name, setup)

static const struct CMUnitTest tests[] = {
	T(check_finds_damaged_headers), T(check_finds_disagreeing_neighbours),
	T(check_finds_damaged_lists),	T(check_finds_wrong_maps),
	T(check_finds_wrong_counters),	T(check_finds_damaged_regions),
};

TEST_MAIN(tests)
