/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xmalloc_model.c - random xmalloc calls against a list of live objects
 * link: src/malloc/xmalloc*.c src/pool/ src/tlsf/
 * link: src/xenheap/pages_exact.c
 *
 * Over stand-in page functions (small_heap.h), which fail now and then. The
 * oracle knows every live object's size, alignment and pattern: a changed
 * byte is an overlap. Every object up to the pool's maximum lies in one
 * page. At intervals the pages held must be those of large objects and of
 * the pool, and no more.
 */
#define SMALL_HEAP_PAGES 1024UL
#include "../unit/malloc/small_heap.h"

#include <xmem/debug.h>
#include <xmem/xmalloc.h>

#define MAX_LIVE (XMEM_DEBUG >= 3 ? 300U : 2000U)
#define POOL_MAX (PAGE_SIZE - 40)

struct live {
	unsigned char *p;
	unsigned long size;
	unsigned char pattern;
};

static struct live live[MAX_LIVE];
static unsigned int nr_live, max_live;
static uint64_t seed;
static unsigned long nr_failed, nr_moved, nr_resized;

static uint64_t pick(uint64_t n)
{
	return (test_random(&seed) >> 20) % n;
}

/* As hypervisors ask: mostly small, some pages, some around the limits. */
static unsigned long pick_size(void)
{
	switch (pick(16)) {
	case 0:
		return 1 + pick(PAGE_SIZE * 6);
	case 1:
		return POOL_MAX - 4 + pick(60);
	case 2:
	case 3:
		return 1 + pick(PAGE_SIZE / 2);
	default:
		return 1 + pick(256);
	}
}

static unsigned long pick_align(void)
{
	return pick(8) != 0 ? 1UL << pick(5) : 16UL << pick(PAGE_SHIFT - 1);
}

static void verify(const struct live *l, unsigned long size)
{
	assert_int_equal(l->p[0], l->pattern);
	assert_int_equal(memcmp(l->p, l->p + 1, size - 1), 0);
}

static void expect_place(const void *p, unsigned long size, unsigned long align)
{
	uintptr_t va = (uintptr_t)p;

	assert_int_equal(va & (align - 1), 0);
	assert_int_equal(va & 15, 0);
	assert_true(xmem_usable_size(p) >= size);
	if (size <= POOL_MAX) {
		assert_int_equal(va >> PAGE_SHIFT,
				 (va + size - 1) >> PAGE_SHIFT);
	} else {
		assert_int_equal(va & (PAGE_SIZE - 1), 0);
	}
}

static void fill(struct live *l, void *p, unsigned long size)
{
	l->p = p;
	l->size = size;
	l->pattern = (unsigned char)test_random(&seed);
	memset(p, l->pattern, size);
}

static void alloc(void)
{
	unsigned long size = pick_size(), align = pick_align();
	void *p = _xmalloc(size, align);

	if (p == NULL) {
		nr_failed++;
		return;
	}
	expect_place(p, size, align);
	fill(&live[nr_live++], p, size);
}

static void release(void)
{
	unsigned int i = (unsigned int)pick(nr_live);

	verify(&live[i], live[i].size);
	xfree(live[i].p);
	live[i] = live[--nr_live];
}

static void resize(void)
{
	struct live *l = &live[pick(nr_live)];
	unsigned long size = pick_size(), align = pick_align();
	unsigned long both = l->size < size ? l->size : size;
	bool must_stay =
		size <= l->size && ((uintptr_t)l->p & (align - 1)) == 0;
	unsigned char *p;

	verify(l, l->size);
	p = _xrealloc(l->p, size, align);
	assert_true(!must_stay || p == l->p);
	if (p == NULL) {
		nr_failed++;
		verify(l, l->size);
		return;
	}
	nr_resized++;
	nr_moved += p != l->p;
	l->p = p;
	verify(l, both);
	assert_int_equal((uintptr_t)p & (align - 1), 0);
	fill(l, p, size);
}

static void check(void)
{
	unsigned long nr_pages = xmem_xmalloc_total() >> PAGE_SHIFT;
	unsigned long used = 0;

	ASSERT_VALID(xmem_xmalloc_check());
	for (unsigned int i = 0; i < nr_live; i++) {
		unsigned long tag = xmem_xenheap_tag(live[i].p);

		if (tag == XMEM_TAG_POOL) {
			used += xmem_usable_size(live[i].p) + 8;
		} else {
			nr_pages += tag;
		}
	}
	assert_int_equal(heap_nr_used, nr_pages);
	assert_int_equal(xmem_xmalloc_used(), used);
}

static void step(unsigned long i)
{
	unsigned int fill_rate = (i / 8192) % 2 ? 9 : 5;
	uint64_t what = pick(16);

	if (pick(64) == 0) {
		heap_fail_at = 1 + pick(3);
	}
	if (nr_live == 0 || (what < fill_rate && nr_live < max_live)) {
		alloc();
	} else if (what < 14) {
		release();
	} else {
		resize();
	}
}

static void run(unsigned int max, unsigned long every, uint64_t start)
{
	seed = start;
	max_live = max;
	nr_failed = 0;
	nr_moved = 0;
	nr_resized = 0;
	for (unsigned long i = 0; i < test_steps(1000000); i++) {
		step(i);
		if (i % every == 0) {
			check();
		}
	}
	print_message("# %lu failed, %lu resized, %lu of them moved\n",
		      nr_failed, nr_resized, nr_moved);
	while (nr_live > 0) {
		release();
	}
	check();
	xmem_xmalloc_trim();
	assert_int_equal(heap_nr_used, 0);
}

/* A handful of objects, everything checked after every step. */
static void few_objects_agree_with_the_list(void **state)
{
	(void)state;
	run(12, 1, 0xabcdef);
}

/* Many objects, everything checked after every 1000th step. */
static void many_objects_agree_with_the_list(void **state)
{
	(void)state;
	run(MAX_LIVE, 1000, 0x13579b);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(few_objects_agree_with_the_list),
	cmocka_unit_test(many_objects_agree_with_the_list),
};

TEST_MAIN(tests)
