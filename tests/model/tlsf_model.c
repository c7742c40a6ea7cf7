/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tlsf_model.c - random operations on several regions against a plain list
 * link: src/tlsf/
 *
 * The oracle is the array of live blocks: address, size, a pattern. After
 * each step: no overlap (patterns are verified whenever a block is resized
 * or given, and all of them at intervals), alignment, place inside a region,
 * the sum of used bytes. Regions come and go. Small sizes run the validator
 * after every step, large ones after every 1000th. Misuse is mixed in and
 * must be refused.
 */
#include "tlsf/tlsf.h"
#include "test.h"

#define MAX_LIVE    4096U
#define MAX_REGIONS 16U

struct live {
	unsigned char *p;
	unsigned long size;
	unsigned char pattern;
};

struct model {
	struct xmem_tlsf *t;
	uint64_t seed;
	unsigned long region_bytes;
	unsigned int max_live;
	unsigned int nr_live;
	struct live live[MAX_LIVE];
	unsigned char *region[MAX_REGIONS];
	bool is_in[MAX_REGIONS];
	unsigned int nr_in[MAX_REGIONS]; /* live blocks of the region */
	unsigned long nr_takes, nr_fails, nr_emptied;
};

static uint64_t pick(struct model *m, uint64_t n)
{
	return (test_random(&m->seed) >> 20) % n;
}

/* Mostly small, now and then up to the largest that fits. */
static unsigned long pick_size(struct model *m)
{
	unsigned long max = xmem_tlsf_max_payload(m->region_bytes);

	switch (pick(m, 8)) {
	case 0:
		return 1 + pick(m, max);
	case 1:
		return max - pick(m, 32);
	case 2:
	case 3:
		return 1 + pick(m, max / 8 + 1);
	default:
		return 1 + pick(m, 128);
	}
}

/* All bytes of the block are its pattern. */
static void verify(const struct live *l)
{
	assert_int_equal(l->p[0], l->pattern);
	assert_int_equal(memcmp(l->p, l->p + 1, l->size - 1), 0);
}

static unsigned int region_of(const struct model *m, const unsigned char *p)
{
	unsigned long stride = (unsigned long)(m->region[1] - m->region[0]);
	unsigned int i =
		(unsigned int)((unsigned long)(p - m->region[0]) / stride);

	assert_true(p >= m->region[0] && i < MAX_REGIONS && m->is_in[i]);
	assert_true(p >= m->region[i] + 32);
	assert_true(p < m->region[i] + m->region_bytes);
	return i;
}

static void add_region(struct model *m)
{
	void *bad = NULL;
	unsigned int i = (unsigned int)pick(m, MAX_REGIONS);

	if (!m->is_in[i]) {
		assert_int_equal(xmem_tlsf_add(m->t, m->region[i],
					       m->region_bytes, &bad),
				 XMEM_TLSF_OK);
		m->is_in[i] = true;
	}
}

static void remove_region(struct model *m)
{
	void *bad;
	unsigned int i = (unsigned int)pick(m, MAX_REGIONS);
	bool empty = m->is_in[i] && m->nr_in[i] == 0;

	if (m->is_in[i]) {
		assert_int_equal(xmem_tlsf_look(m->t, m->region[i]),
				 empty ? XMEM_TLSF_EMPTIED : XMEM_TLSF_OK);
	}
	assert_int_equal(xmem_tlsf_remove(m->t, m->region[i], &bad),
			 empty ? XMEM_TLSF_OK : XMEM_TLSF_BAD_HEADER);
	if (empty) {
		m->is_in[i] = false;
		memset(m->region[i], 0xdd, m->region_bytes);
	}
}

static void take(struct model *m)
{
	unsigned long size = pick_size(m), align = 16UL << pick(m, 6);
	struct live *l = &m->live[m->nr_live];
	void *damaged = NULL;

	align = pick(m, 4) ? 16 : align;
	m->nr_takes++;
	l->p = xmem_tlsf_take(m->t, size, align, &damaged);
	assert_null(damaged);
	if (l->p == NULL) {
		m->nr_fails++;
		return;
	}
	assert_int_equal((uintptr_t)l->p % align, 0);
	assert_true(l->p + size <=
		    m->region[region_of(m, l->p)] + m->region_bytes - 8);
	l->size = size;
	l->pattern = (unsigned char)test_random(&m->seed);
	memset(l->p, l->pattern, size);
	m->nr_live++;
	m->nr_in[region_of(m, l->p)]++;
}

static void give(struct model *m)
{
	unsigned int i = (unsigned int)pick(m, m->nr_live);
	unsigned char *p = m->live[i].p;
	enum xmem_tlsf_error error;
	void *region = NULL;

	verify(&m->live[i]);
	m->live[i] = m->live[--m->nr_live];
	error = xmem_tlsf_give(m->t, p, &region);
	if (--m->nr_in[region_of(m, p)] == 0) {
		assert_int_equal(error, XMEM_TLSF_EMPTIED);
		assert_ptr_equal(region, m->region[region_of(m, p)]);
		m->nr_emptied++;
	} else {
		assert_int_equal(error, XMEM_TLSF_OK);
	}
	assert_int_equal(xmem_tlsf_give(m->t, p, &region),
			 XMEM_TLSF_FREE_ALREADY);
}

static void resize(struct model *m)
{
	struct live *l = &m->live[pick(m, m->nr_live)];
	unsigned long size = pick_size(m), usable = 0;
	bool done = false;

	verify(l);
	assert_int_equal(xmem_tlsf_resize(m->t, l->p, size, &done),
			 XMEM_TLSF_OK);
	assert_true(done || size > l->size);
	if (done) {
		l->size = l->size < size ? l->size : size;
		verify(l);
		l->size = size;
		memset(l->p, l->pattern, size);
	}
	assert_int_equal(xmem_tlsf_usable(m->t, l->p, &usable), XMEM_TLSF_OK);
	assert_true(usable >= l->size);
}

static void misuse(struct model *m)
{
	struct live *l = &m->live[pick(m, m->nr_live)];
	unsigned long at = 1 + pick(m, l->size);
	void *region = NULL;
	bool done;

	assert_true(xmem_tlsf_give(m->t, l->p + at, &region) >
		    XMEM_TLSF_EMPTIED);
	assert_true(xmem_tlsf_resize(m->t, l->p + at, 1, &done) >
		    XMEM_TLSF_EMPTIED);
	assert_ptr_equal(region, l->p + at);
}

static void check(const struct model *m)
{
	unsigned long used = 0, usable = 0;

	ASSERT_VALID(xmem_tlsf_check(m->t));
	for (unsigned int i = 0; i < m->nr_live; i++) {
		assert_int_equal(xmem_tlsf_usable(m->t, m->live[i].p, &usable),
				 XMEM_TLSF_OK);
		used += usable + 8;
	}
	assert_int_equal(xmem_tlsf_used(m->t), used);
}

static void step(struct model *m, unsigned long i)
{
	/* Fill for a while, then drain for a while. */
	unsigned int fill = (i / 4096) % 2 ? 7 : 4;
	uint64_t what = pick(m, 16);

	if (what < 15 &&
	    (m->nr_live == 0 || (what < fill && m->nr_live < m->max_live))) {
		take(m);
	} else if (what < 12) {
		give(m);
	} else if (what < 14) {
		resize(m);
	} else if (what == 14) {
		misuse(m);
	} else if (pick(m, 4) != 0) {
		add_region(m);
	} else {
		remove_region(m);
	}
}

static void run(unsigned long region_bytes, unsigned int max_live,
		unsigned long every, uint64_t seed)
{
	static struct model m;
	unsigned char *mem;
	/* Room for a misplaced region, so that lo < address < hi has holes. */
	unsigned long stride = region_bytes + 48;

	memset(&m, 0, sizeof(m));
	m.seed = seed;
	m.region_bytes = region_bytes;
	m.max_live = max_live;
	m.t = aligned_alloc(64, (xmem_tlsf_bytes(region_bytes) + 63) & ~63UL);
	mem = aligned_alloc(64, (MAX_REGIONS * stride + 63) & ~63UL);
	memset(mem, 0xdd, MAX_REGIONS * stride);
	for (unsigned int i = 0; i < MAX_REGIONS; i++) {
		m.region[i] = mem + i * stride;
	}
	xmem_tlsf_init(m.t, region_bytes, seed);
	for (unsigned long i = 0; i < test_steps(1000000); i++) {
		step(&m, i);
		if (i % every == 0) {
			check(&m);
		}
	}
	for (unsigned int i = 0; i < m.nr_live; i++) {
		verify(&m.live[i]);
	}
	print_message("# %lu takes, %lu of them failed, %lu regions emptied\n",
		      m.nr_takes, m.nr_fails, m.nr_emptied);
	while (m.nr_live > 0) {
		give(&m);
	}
	check(&m);
	assert_int_equal(xmem_tlsf_used(m.t), 0);
	free(m.t);
	free(mem);
}

/* Few blocks in small regions: every state is checked. */
static void small_regions_agree_with_a_list_of_blocks(void **state)
{
	(void)state;
	run(512, 24, 1, 0x1234567);
}

/* Many blocks in regions of a page. */
static void page_regions_agree_with_a_list_of_blocks(void **state)
{
	(void)state;
	run(4096, 800, 1000, 0x7654321);
}

/* Regions larger than any page, so that classes hold several sizes. */
static void large_regions_agree_with_a_list_of_blocks(void **state)
{
	(void)state;
	run(1UL << 18, MAX_LIVE, 1000, 0xfedcba9);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(small_regions_agree_with_a_list_of_blocks),
	cmocka_unit_test(page_regions_agree_with_a_list_of_blocks),
	cmocka_unit_test(large_regions_agree_with_a_list_of_blocks),
};

TEST_MAIN(tests)
