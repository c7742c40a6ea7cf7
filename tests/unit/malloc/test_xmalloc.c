/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_xmalloc.c - xmalloc alone, over four stand-in page functions
 * link: src/malloc/xmalloc*.c src/pool/ src/tlsf/
 * link: src/xenheap/pages_exact.c
 *
 * Links nothing of src/page: this is also the proof that the object layer
 * needs no more of a host than small_heap.h supplies. Every test ends with
 * all memory back. Misuse that panics: tests/misuse/objects.c.
 */
#include "small_heap.h"

#include <xmem/debug.h>
#include <xmem/xmalloc.h>

#define POOL_MAX (PAGE_SIZE - 40)

static unsigned int page_order(unsigned long nr)
{
	return get_order_from_pages(nr);
}

static int teardown(void **state)
{
	(void)state;
	ASSERT_VALID(xmem_xmalloc_check());
	assert_int_equal(xmem_xmalloc_used(), 0);
	xmem_xmalloc_trim();
	assert_int_equal(xmem_xmalloc_total(), 0);
	assert_int_equal(heap_nr_used, 0);
	heap_fail_at = 0;
	heap_fail_always = false;
	return 0;
}

static void fill(void *p, unsigned long size)
{
	unsigned char *c = p;

	for (unsigned long i = 0; i < size; i++) {
		c[i] = (unsigned char)(i * 7 + size);
	}
}

/* The first @n bytes are what fill(@p, @size) wrote. */
static bool is_filled(const void *p, unsigned long n, unsigned long size)
{
	const unsigned char *c = p;

	for (unsigned long i = 0; i < n; i++) {
		if (c[i] != (unsigned char)(i * 7 + size)) {
			return false;
		}
	}
	return true;
}

/* The very first call, with no set-up, before there is a heap, fails; the
 * next one succeeds. Must be the first test of the program. */
static void first_call_needs_no_set_up(void **state)
{
	void *p;

	(void)state;
	ASSERT_VALID(xmem_xmalloc_check());
	assert_int_equal(xmem_xmalloc_total(), 0);
	xfree(NULL);
	heap_fail_at = 1;
	assert_null(_xmalloc(32, 8));
	heap_fail_at = 1;
	assert_null(_xmalloc(PAGE_SIZE, 8));
	p = _xmalloc(32, 8);
	assert_non_null(p);
	xfree(p);
}

/* Size 0 gives the pointer that is not NULL and is ignored by xfree. */
static void size_zero_gives_zero_block_ptr(void **state)
{
	char array[1] = {0};

	(void)state;
	assert_ptr_equal(_xmalloc(0, 8), ZERO_BLOCK_PTR);
	assert_ptr_equal(_xzalloc(0, 8), ZERO_BLOCK_PTR);
	assert_ptr_equal(_xmalloc_array(0, 8, ~0UL), ZERO_BLOCK_PTR);
	assert_ptr_equal(_xzalloc_array(16, 8, 0), ZERO_BLOCK_PTR);
	assert_ptr_equal(_xmemdup(array, 0, 8), ZERO_BLOCK_PTR);
	assert_ptr_equal(_xrealloc(NULL, 0, 8), ZERO_BLOCK_PTR);
	assert_ptr_equal(_xrealloc(ZERO_BLOCK_PTR, 0, 8), ZERO_BLOCK_PTR);
	xfree(ZERO_BLOCK_PTR);
	assert_int_equal(xmem_usable_size(ZERO_BLOCK_PTR), 0);
	assert_int_equal(xmem_usable_size(NULL), 0);
}

/* Absurd sizes and alignments give NULL without asking for a page. */
static void bad_sizes_and_alignments_give_null(void **state)
{
	unsigned long before = heap_nr_allocs;

	(void)state;
	for (unsigned long i = 0; i < 2 * PAGE_SIZE; i += 13) {
		assert_null(_xmalloc(~0UL - i, 8));
		assert_null(_xzalloc(~0UL - i, 8));
	}
	assert_null(_xmalloc((PAGE_SIZE << MAX_ORDER) + 1, 8));
	assert_null(_xmalloc(TEST_TOP_BIT, 8));
	assert_null(_xmalloc(8, 3));
	assert_null(_xmalloc(8, 24));
	assert_null(_xmalloc(8, PAGE_SIZE + 8));
	assert_null(_xmalloc(8, ~0UL));
	assert_null(_xmalloc(8, PAGE_SIZE << (MAX_ORDER + 1)));
	assert_null(_xmalloc(8, TEST_TOP_BIT));
	assert_null(_xmalloc_array(16, 8, TEST_TOP_BIT >> 3));
	assert_null(_xzalloc_array(16, 8, TEST_TOP_BIT >> 3));
	assert_null(_xmalloc_array(~0UL, 8, ~0UL));
	assert_null(_xrealloc(NULL, ~0UL, 8));
	assert_null(_xrealloc_array(NULL, 16, 8, TEST_TOP_BIT >> 3));
	assert_null(_xmemdup(&before, ~0UL, 8));
	assert_int_equal(heap_nr_allocs, before);
}

/* Alignment 0 counts as 1, and everything is 16-byte aligned. */
static void small_alignments_give_sixteen(void **state)
{
	(void)state;
	for (unsigned long align = 0; align <= 16;
	     align = align ? 2 * align : 1) {
		void *p = _xmalloc(1, align), *q = _xmalloc(5, align);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % 16, 0);
		assert_int_equal((uintptr_t)q % 16, 0);
		xfree(q);
		xfree(p);
	}
}

/* Up to the maximum an object never crosses a page boundary and is not page
 * aligned; above it is page aligned and has exactly its pages. */
static void every_size_lies_as_promised(void **state)
{
	(void)state;
	for (unsigned long size = 1; size <= 3 * PAGE_SIZE;
	     size += size < 100 || size % PAGE_SIZE > PAGE_SIZE - 64 ? 1 : 61) {
		char *p = _xmalloc(size, 8);

		assert_non_null(p);
		fill(p, size);
		if (size <= POOL_MAX) {
			assert_int_equal((uintptr_t)p >> PAGE_SHIFT,
					 ((uintptr_t)p + size - 1) >>
						 PAGE_SHIFT);
			assert_int_equal(heap_nr_used, 1);
			assert_int_equal(xmem_xenheap_tag(p), XMEM_TAG_POOL);
		} else {
			unsigned long nr = (size + PAGE_SIZE - 1) >> PAGE_SHIFT;

			assert_int_equal((uintptr_t)p % PAGE_SIZE, 0);
			assert_int_equal(heap_nr_used,
					 nr + xmem_xmalloc_total() / PAGE_SIZE);
			assert_int_equal(xmem_usable_size(p), nr * PAGE_SIZE);
		}
		assert_in_range(xmem_usable_size(p), size, ~0UL);
		ASSERT_VALID(xmem_xmalloc_check());
		xfree(p);
	}
}

/* Exactly one page is one page, without a header. */
static void one_page_costs_one_page(void **state)
{
	void *p = _xmalloc(PAGE_SIZE, 8);

	(void)state;
	assert_non_null(p);
	assert_int_equal(heap_nr_used, 1);
	xfree(p);
}

/* Large objects of 1 to 40 pages: the tail is back at once, in parts. */
static void large_objects_give_back_their_tail(void **state)
{
	(void)state;
	for (unsigned long nr = 1; nr <= 40; nr++) {
		char *p = _xmalloc(nr * PAGE_SIZE - PAGE_SIZE / 2, 8);

		assert_non_null(p);
		assert_int_equal(heap_nr_used, nr);
		assert_int_equal(xmem_xenheap_tag(p),
				 nr == 1 && PAGE_SIZE / 2 <= POOL_MAX
					 ? XMEM_TAG_POOL
					 : nr);
		xfree(p);
		xmem_xmalloc_trim();
		assert_int_equal(heap_nr_used, 0);
	}
}

/* Alignments up to many pages, for small and large sizes. */
static void every_alignment_holds(void **state)
{
	static const unsigned long sizes[] = {1, 100, 1000, PAGE_SIZE,
					      3 * PAGE_SIZE + 1};

	(void)state;
	for (unsigned long align = 1; align <= 64 * PAGE_SIZE; align *= 2) {
		for (unsigned int i = 0; i < 5; i++) {
			void *keep = _xmalloc(48, 16);
			void *p = _xmalloc(sizes[i], align);

			assert_non_null(p);
			assert_int_equal((uintptr_t)p % align, 0);
			assert_true(heap_nr_used <= 3 + sizes[i] / PAGE_SIZE);
			fill(p, sizes[i]);
			assert_true(is_filled(p, sizes[i], sizes[i]));
			ASSERT_VALID(xmem_xmalloc_check());
			xfree(p);
			xfree(keep);
		}
	}
}

/* The z forms clear what they return, also where it was used before. */
static void zeroed_forms_are_zero(void **state)
{
	(void)state;
	for (unsigned long size = 1; size < 2 * PAGE_SIZE; size += 117) {
		unsigned char *p = _xmalloc(size, 8);

		memset(p, 0xff, size);
		xfree(p);
		p = _xzalloc(size, 8);
		for (unsigned long i = 0; i < size; i++) {
			assert_int_equal(p[i], 0);
		}
		xfree(p);
		p = _xzalloc_array(1, 1, size);
		assert_int_equal(p[size - 1], 0);
		xfree(p);
	}
}

/* From any size to any size and alignment, realloc keeps the contents. */
static void realloc_keeps_contents(void **state)
{
	static const unsigned long sizes[] = {
		1,
		16,
		24,
		25,
		100,
		1000,
		POOL_MAX - 1,
		POOL_MAX,
		POOL_MAX + 1,
		PAGE_SIZE,
		PAGE_SIZE + 1,
		2 * PAGE_SIZE,
		3 * PAGE_SIZE,
		8 * PAGE_SIZE,
		9 * PAGE_SIZE - 5,
	};
	static const unsigned long aligns[] = {0, 16, 128, PAGE_SIZE,
					       4 * PAGE_SIZE};

	(void)state;
	for (unsigned int i = 0; i < 15 * 15 * 5; i++) {
		unsigned long from = sizes[i % 15], to = sizes[i / 15 % 15];
		unsigned long align = aligns[i / 225];
		unsigned long both = from < to ? from : to;
		void *p = _xmalloc(from, 8), *q;

		fill(p, from);
		q = _xrealloc(p, to, align);
		assert_non_null(q);
		assert_true(is_filled(q, both, from));
		assert_int_equal((uintptr_t)q & (align ? align - 1 : 15), 0);
		if (to <= from &&
		    ((uintptr_t)p & (align - (align != 0))) == 0) {
			assert_ptr_equal(p, q);
		}
		fill(q, to);
		ASSERT_VALID(xmem_xmalloc_check());
		xfree(q);
	}
}

/* A large object that shrinks gives back its tail in place. */
static void realloc_gives_back_tail_pages(void **state)
{
	(void)state;
	for (unsigned long from = 1; from <= 24; from++) {
		for (unsigned long to = 1; to <= from; to++) {
			char *p = _xmalloc(from * PAGE_SIZE, 8);

			assert_ptr_equal(_xrealloc(p, to * PAGE_SIZE, 8), p);
			assert_int_equal(heap_nr_used, to);
			assert_int_equal(xmem_usable_size(p), to * PAGE_SIZE);
			/* and grows again within its last page only */
			assert_ptr_equal(_xrealloc(p, to * PAGE_SIZE - 100, 8),
					 p);
			assert_ptr_equal(_xrealloc(p, to * PAGE_SIZE, 8), p);
			xfree(p);
		}
	}
	assert_int_equal(heap_nr_used, 0);
}

/* A pool object grows into the free block behind it. */
static void realloc_grows_in_place(void **state)
{
	char *p = _xmalloc(100, 8), *q;

	(void)state;
	fill(p, 100);
	assert_ptr_equal(_xrealloc(p, 1000, 8), p);
	q = _xmalloc(10, 8);
	assert_ptr_equal(_xrealloc(p, 100, 8), p);
	assert_ptr_equal(_xrealloc(p, 1000, 8), p);
	assert_true(is_filled(p, 100, 100));
	xfree(p);
	xfree(q);
}

/* A failing realloc leaves the old object as it is. */
static void failing_realloc_changes_nothing(void **state)
{
	char *p = _xmalloc(100, 8), *q = _xmalloc(2 * PAGE_SIZE, 8);

	(void)state;
	fill(p, 100);
	fill(q, 2 * PAGE_SIZE);
	assert_null(_xrealloc(p, ~0UL, 8));
	assert_null(_xrealloc(p, 50, 3));
	assert_null(_xrealloc(q, PAGE_SIZE << (MAX_ORDER + 1), 8));
	assert_null(_xrealloc_array(q, 1UL << TEST_LONG_BITS / 2, 8,
				    1UL << TEST_LONG_BITS / 2));
	heap_fail_always = true;
	heap_fail_at = 1;
	assert_null(_xrealloc(p, PAGE_SIZE, 8));
	assert_null(_xrealloc(q, 3 * PAGE_SIZE, 8));
	assert_null(_xrealloc(q, 10, 4 * PAGE_SIZE));
	heap_fail_at = 0;
	heap_fail_always = false;
	assert_true(is_filled(p, 100, 100));
	assert_true(is_filled(q, 2 * PAGE_SIZE, 2 * PAGE_SIZE));
	assert_ptr_equal(_xrealloc(p, 0, 8), ZERO_BLOCK_PTR);
	assert_ptr_equal(_xrealloc(q, 0, 8), ZERO_BLOCK_PTR);
}

/* A copy is a copy, with the alignment asked for. */
static void memdup_copies(void **state)
{
	static unsigned char src[3 * 4096];

	(void)state;
	fill(src, sizeof(src));
	for (unsigned long size = 1; size <= sizeof(src); size += 97) {
		void *p = xmemdup_bytes(src, size);

		assert_memory_equal(p, src, size);
		assert_int_equal((uintptr_t)p % SMP_CACHE_BYTES, 0);
		xfree(p);
	}
}

struct thing {
	unsigned long a;
	char b;
};

struct aligned_thing {
	char c;
} __attribute__((aligned(256)));

struct flex {
	unsigned int nr;
	struct thing things[];
};

/* The typed macros have the right types, sizes and alignments. */
static void typed_macros_fit_their_types(void **state)
{
	struct thing *t = xmalloc(struct thing), *u = xzalloc(struct thing);
	struct aligned_thing *at = xmalloc(struct aligned_thing);
	const struct thing model = {7, 'x'};
	const struct thing *copy = xmemdup(&model);
	unsigned short *array = xzalloc_array(unsigned short, 3 + 4);
	char *bytes = xmalloc_bytes(10 + 1), *zeroes = xzalloc_bytes(33);
	int *many = xmalloc_array(int, 5);
	unsigned int i = 0;

	(void)state;
	assert_true(t && u && at && copy && array && bytes && zeroes && many);
	assert_int_equal((uintptr_t)at % 256, 0);
	assert_int_equal(copy->a, 7);
	assert_int_equal(copy->b, 'x');
	assert_int_equal(array[6], 0);
	assert_int_equal((uintptr_t)bytes % SMP_CACHE_BYTES, 0);
	assert_int_equal(zeroes[32], 0);
	array = xrealloc_array(array, 1000 + i++);
	assert_int_equal(i, 1);
	assert_true(xmem_usable_size(array) >= 2000);
	xfree(t);
	xfree(u);
	xfree(at);
	xfree((void *)(uintptr_t)copy);
	XFREE(array);
	assert_null(array);
	XFREE(array);
	xfree(bytes);
	xfree(zeroes);
	xfree(many);
}

/* Structs with a flexible array member: from NULL, grown, overflowing. */
static void flex_structs_grow_from_null(void **state)
{
	struct flex *f = NULL, *g = xmalloc_flex_struct(struct flex, things, 2),
		    *z = xzalloc_flex_struct(struct flex, things, 3 + 1);
	unsigned int nr = 1;

	(void)state;
	assert_true(xmem_usable_size(g) >=
		    sizeof(struct flex) + 2 * sizeof(struct thing));
	assert_int_equal(z->things[3].a, 0);
	f = xrealloc_flex_struct(f, things, nr + 1);
	assert_non_null(f);
	f->things[1].a = 5;
	f = xrealloc_flex_struct(f, things, 100 * nr);
	assert_int_equal(f->things[1].a, 5);
	assert_true(xmem_usable_size(f) >= 100 * sizeof(struct thing));
	assert_null(xmalloc_flex_struct(struct flex, things, ~0UL));
	assert_null(xmalloc_flex_struct(struct flex, things,
					~0UL / sizeof(struct thing)));
	assert_null(xrealloc_flex_struct(f, things, ~0UL / 2));
	xfree(f);
	xfree(g);
	f = xmalloc_flex_struct(struct flex, things, 0);
	assert_true(xmem_usable_size(f) >= sizeof(struct flex));
	xfree(f);
	xfree(z);
}

/* One round of everything that asks for pages; some of it may fail. */
static unsigned int use_everything(void)
{
	void *p[12] = {
		_xmalloc(32, 8),
		_xzalloc(POOL_MAX, 8),
		_xmalloc(PAGE_SIZE, 8),
		_xzalloc(5 * PAGE_SIZE, 8),
		_xmalloc_array(100, 8, 100),
		_xzalloc_array(10, 8, 10),
		_xmalloc(64, 2 * PAGE_SIZE),
		_xmemdup("12345678", 8, 64),
		_xrealloc(NULL, POOL_MAX, 8),
		NULL,
	};
	unsigned int nr_null = 0;
	void *q;

	p[9] = _xmalloc(POOL_MAX / 2, 8);
	nr_null += p[9] == NULL;
	q = _xrealloc(p[9], 2 * PAGE_SIZE, 8);
	nr_null += q == NULL;
	p[9] = q != NULL ? q : p[9];
	p[10] = _xmalloc(3 * PAGE_SIZE, 8);
	nr_null += p[10] == NULL;
	q = _xrealloc(p[10], 6 * PAGE_SIZE, 8);
	nr_null += q == NULL;
	p[10] = q != NULL ? q : p[10];
	for (unsigned int i = 0; i < 11; i++) {
		nr_null += p[i] == NULL;
		ASSERT_VALID(xmem_xmalloc_check());
		xfree(p[i]);
	}
	return nr_null;
}

/* Failing the n-th page, for every n, once and from then on: NULL where it
 * must be, nothing lost, the validator content. */
static void every_failing_page_is_survived(void **state)
{
	unsigned long nr_pages;

	(void)state;
	xmem_xmalloc_trim();
	heap_nr_allocs = 0;
	assert_int_equal(use_everything(), 0);
	nr_pages = heap_nr_allocs;
	assert_true(nr_pages > 8);
	for (unsigned long n = 1; n <= 2 * nr_pages; n++) {
		unsigned int nr_null;

		xmem_xmalloc_trim();
		assert_int_equal(heap_nr_used, 0);
		heap_fail_always = n > nr_pages;
		heap_fail_at = n > nr_pages ? n - nr_pages : n;
		nr_null = use_everything();
		assert_true(nr_null > 0);
		heap_fail_always = false;
		heap_fail_at = 0;
		ASSERT_VALID(xmem_xmalloc_check());
		assert_int_equal(xmem_xmalloc_used(), 0);
	}
}

/* Parts of a large object's block lie aligned for any order of frees. */
static void odd_page_counts_are_freed_in_aligned_parts(void **state)
{
	void *p[6];

	(void)state;
	for (unsigned long nr = 1; nr <= 31; nr += 6) {
		p[nr / 6] = _xmalloc(nr * PAGE_SIZE, 8);
		assert_int_equal((uintptr_t)p[nr / 6] &
					 ((PAGE_SIZE << page_order(nr)) - 1),
				 0);
	}
	for (unsigned int i = 0; i < 6; i++) {
		xfree(p[(i * 5 + 2) % 6]);
	}
}

#define T(name) cmocka_unit_test_teardown(name, teardown)

static const struct CMUnitTest tests[] = {
	T(first_call_needs_no_set_up),
	T(size_zero_gives_zero_block_ptr),
	T(bad_sizes_and_alignments_give_null),
	T(small_alignments_give_sixteen),
	T(every_size_lies_as_promised),
	T(one_page_costs_one_page),
	T(large_objects_give_back_their_tail),
	T(every_alignment_holds),
	T(zeroed_forms_are_zero),
	T(realloc_keeps_contents),
	T(realloc_gives_back_tail_pages),
	T(realloc_grows_in_place),
	T(failing_realloc_changes_nothing),
	T(memdup_copies),
	T(typed_macros_fit_their_types),
	T(flex_structs_grow_from_null),
	T(every_failing_page_is_survived),
	T(odd_page_counts_are_freed_in_aligned_parts),
};

TEST_MAIN(tests)
