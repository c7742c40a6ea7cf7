/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * objects.c - every misuse of xmalloc and of pools, and the exact answer
 * link: src/malloc/xmalloc*.c src/pool/ src/tlsf/
 * link: src/xenheap/pages_exact.c
 *
 * Over stand-in page functions (tests/unit/malloc/small_heap.h). Corruption
 * and wrong pointers panic, with a message that names the function, the
 * address, what was found there and the caller; bad sizes and alignments
 * give NULL. All of it at any XMEM_DEBUG, 0 included. After each misuse the
 * state is as it was: teardown frees the rest and finds nothing lost.
 */
#include "../unit/malloc/small_heap.h"

#include <xmem/debug.h>
#include <xmem/pool.h>
#include <xmem/xmalloc.h>

/* The message starts "func: address what". */
#define EXPECT_REPORT(statement, func, ptr, what)                             \
	do {                                                                  \
		char text_[256];                                              \
		snprintf(text_, sizeof(text_), "%s: %p %s", func,             \
			 (const void *)(ptr), what);                          \
		EXPECT_PANIC(statement, text_);                               \
		assert_non_null(strstr(xmem_host_panic_text, "caller 0x"));   \
		ASSERT_VALID(state_before_is_now() ? NULL : "state changed"); \
	} while (0)

#define IS_FREE "is free already: double free (pool 'xmalloc', caller "
#define NO_START                                                          \
	"is not the start of an allocation, or the header before it was " \
	"overwritten (pool 'xmalloc', caller "
#define MISALIGNED \
	"is not 16-byte aligned: no allocation starts there (pool 'xmalloc'"
#define BAD_NEIGHBOUR \
	"is sound, but a block beside it was overwritten (pool 'xmalloc'"
#define NOT_OURS                                                             \
	"is not in memory of xmalloc, or was freed already (no allocation, " \
	"caller "

/* The first pages of the heap, where all objects of these tests lie. */
#define WATCHED (8 * PAGE_SIZE)
static unsigned char before[WATCHED];
static unsigned long nr_before;

static void save_state(void)
{
	memcpy(before, heap_mem, WATCHED);
	nr_before = heap_nr_used;
}

static bool state_before_is_now(void)
{
	return memcmp(before, heap_mem, WATCHED) == 0 &&
	       nr_before == heap_nr_used;
}

/* Three objects side by side, at the start of a page. */
static unsigned char *a, *b, *c;

static int setup(void **state)
{
	(void)state;
	a = _xmalloc(104, 16);
	b = _xmalloc(104, 16);
	c = _xmalloc(104, 16);
	assert_ptr_equal(b, a + 112);
	assert_ptr_equal(c, b + 112);
	save_state();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	xfree(a);
	xfree(b);
	xfree(c);
	ASSERT_VALID(xmem_xmalloc_check());
	assert_int_equal(xmem_xmalloc_used(), 0);
	xmem_xmalloc_trim();
	assert_int_equal(heap_nr_used, 0);
	return 0;
}

static __attribute__((noinline)) void expect_xfree(void *p, const char *what)
{
	EXPECT_REPORT(xfree(p), "xfree", p, what);
}

/* Freed twice in a row. */
static void double_free_at_once(void **state)
{
	void *p = b;

	(void)state;
	XFREE(b);
	save_state();
	expect_xfree(p, IS_FREE);
}

/* Freed, another freed, freed again: also after merges to either side. */
static void double_free_a_b_a(void **state)
{
	void *pa = a, *pb = b, *pc = c;

	(void)state;
	XFREE(a);
	XFREE(c);
	save_state();
	expect_xfree(pa, IS_FREE);
	expect_xfree(pc, IS_FREE);
	XFREE(b);
	save_state();
	expect_xfree(pa, IS_FREE);
	expect_xfree(pb, IS_FREE);
	expect_xfree(pc, IS_FREE);
}

/* A page-sized or larger object freed twice. */
static void double_free_of_pages(void **state)
{
	(void)state;
	for (unsigned long nr = 1; nr <= 3; nr++) {
		void *p = _xmalloc(nr * PAGE_SIZE, 8);

		xfree(p);
		save_state();
		expect_xfree(p, NOT_OURS);
	}
}

/* Freed again after its page has left the pool. */
static void double_free_after_the_page_left(void **state)
{
	void *p = a;

	(void)state;
	XFREE(a);
	XFREE(b);
	XFREE(c);
	xmem_xmalloc_trim();
	save_state();
	expect_xfree(p, NOT_OURS);
}

/* Every address inside an object but its first. */
static void interior_pointer(void **state)
{
	unsigned char *p = _xmalloc(3 * PAGE_SIZE, 8);
	static const char text[] =
		"is inside an allocation of pages, not its start (caller ";

	(void)state;
	save_state();
	for (unsigned int i = 1; i < 104; i++) {
		expect_xfree(b + i, i % 16 ? MISALIGNED : NO_START);
	}
	expect_xfree(p + 1, text);
	expect_xfree(p + 64, text);
	expect_xfree(p + PAGE_SIZE, text);
	expect_xfree(p + 2 * PAGE_SIZE + 16, text);
	expect_xfree(p + 3 * PAGE_SIZE, NOT_OURS);
	xfree(p);
}

/* The page of a pool itself, and the end of it. */
static void page_of_the_pool(void **state)
{
	unsigned char *page =
		(unsigned char *)((uintptr_t)a & ~(PAGE_SIZE - 1));

	(void)state;
	expect_xfree(page, NO_START);
	expect_xfree(page + 16, NO_START);
	expect_xfree(page + PAGE_SIZE - 16, NO_START);
}

/* Addresses that never came from xmalloc: static, stack, NULL's neighbours,
 * a page of another owner, a mapped (vmalloc-like) address. */
static void foreign_and_wild_pointers(void **state)
{
	static char foreign[64] __attribute__((aligned(16)));
	char local[32] __attribute__((aligned(16)));
	void *page = alloc_xenheap_pages(0, 0);
	void *wild[] = {
		foreign,
		local,
		(void *)16,
		(void *)1,
		(void *)~15UL,
		(void *)~1UL,
		(void *)(0xffff82d0UL << (TEST_LONG_BITS - 32)),
		(void *)((0x00007f00UL << (TEST_LONG_BITS - 32)) + 0x1000),
		page,
		(char *)page + 16,
	};

	(void)state;
	save_state();
	for (unsigned int i = 0; i < sizeof(wild) / sizeof(wild[0]); i++) {
		expect_xfree(wild[i], NOT_OURS);
	}
	free_xenheap_pages(page, 0);
}

/* An object that was written beyond its end, by 1 to 64 bytes. */
static void overflow_into_the_next_header(void **state)
{
	unsigned char saved[64];

	(void)state;
	for (unsigned int len = 1; len <= 64; len += len < 8 ? 1 : 8) {
		memcpy(saved, a + 104, 64);
		memset(a + 104, 'A', len);
		if (memcmp(saved, a + 104, 8) != 0) {
			save_state();
			expect_xfree(a, BAD_NEIGHBOUR);
			expect_xfree(b, NO_START);
		}
		memcpy(a + 104, saved, 64);
	}
}

/* An object that was written before its start. */
static void underflow_into_its_own_header(void **state)
{
	unsigned char saved[8];

	(void)state;
	memcpy(saved, b - 8, 8);
	memset(b - 8, 0, 8);
	save_state();
	expect_xfree(b, NO_START);
	memcpy(b - 8, saved, 8);
}

/* A freed object that is still written to: found when it is used again, or
 * when a neighbour is freed. */
static void use_after_free_of_the_links(void **state)
{
	void *p = b, *q;
	unsigned char saved[104];

	(void)state;
	XFREE(b);
	q = _xmalloc(200, 16); /* from behind c; b is on a list after it */
	xfree(q);
	memcpy(saved, p, 104);
	memset(p, 'A', 16);
	save_state();
	expect_xfree(a, BAD_NEIGHBOUR);
	expect_xfree(c, BAD_NEIGHBOUR);
	{
		char text[128];

		snprintf(text, sizeof(text),
			 "_xmalloc: %p is a free block that was overwritten "
			 "(pool 'xmalloc', caller ",
			 p);
		EXPECT_PANIC(b = _xmalloc(104, 16), text);
	}
	assert_true(state_before_is_now());
	memcpy(p, saved, 104);
}

/* The size at the end of a freed object. */
static void use_after_free_of_the_size(void **state)
{
	unsigned char saved[8];
	void *p = b;

	(void)state;
	XFREE(b);
	memcpy(saved, c - 16, 8);
	memset(c - 16, 'A', 8);
	save_state();
	expect_xfree(c, BAD_NEIGHBOUR);
	memcpy(c - 16, saved, 8);
	b = _xmalloc(104, 16);
	assert_ptr_equal(b, p);
}

#define BAD_PAGE "is a region whose header was overwritten (pool 'xmalloc'"

/* The header of a page of the pool, overwritten in front: named by the free
 * that empties the page; and by trim, if it is the spare. */
static void overwritten_header_of_a_page(void **state)
{
	unsigned char *page[64];
	uint64_t saved;

	(void)state;
	for (unsigned int i = 0; i < 64; i++) {
		page[i] = _xmalloc(PAGE_SIZE - 40, 16);
		assert_non_null(page[i]);
		page[i] -= 32;
	}
	memcpy(&saved, page[20], 8);
	memset(page[20], 'A', 8);
	save_state();
	EXPECT_PANIC(xfree(page[20] + 32), BAD_PAGE);
	assert_non_null(strstr(xmem_host_panic_text, "xfree: "));
	assert_true(state_before_is_now());
	memcpy(page[20], &saved, 8);
	for (unsigned int i = 0; i < 64; i++) {
		xfree(page[i] + 32);
	}
	memcpy(&saved, page[0], 8); /* it was emptied first: the spare */
	memset(page[0], 'A', 8);
	save_state();
	EXPECT_REPORT((void)xmem_xmalloc_trim(), "xmem_xmalloc_trim", page[0],
		      BAD_PAGE);
	memcpy(page[0], &saved, 8);
	assert_int_equal(xmem_xmalloc_trim(), 1);
}

/* realloc and usable_size refuse the same pointers, in their own name. */
static void realloc_of_wrong_pointers(void **state)
{
	void *p = b;

	(void)state;
	EXPECT_REPORT(a = _xrealloc(a + 16, 8, 8), "_xrealloc", a + 16,
		      NO_START);
	EXPECT_REPORT(a = _xrealloc(a + 16, 0, 8), "_xrealloc", a + 16,
		      NO_START);
	EXPECT_REPORT(a = _xrealloc_array(a + 1, 8, 8, 8), "_xrealloc_array",
		      a + 1, MISALIGNED);
	EXPECT_REPORT(a = _xrealloc(before, 8, 8), "_xrealloc", before,
		      NOT_OURS);
	EXPECT_REPORT((void)xmem_usable_size(a + 32), "xmem_usable_size",
		      a + 32, NO_START);
	EXPECT_REPORT((void)xmem_usable_size(before), "xmem_usable_size",
		      before, NOT_OURS);
	XFREE(b);
	save_state();
	EXPECT_REPORT(b = _xrealloc(p, 300, 8), "_xrealloc", p, IS_FREE);
	EXPECT_REPORT((void)xmem_usable_size(p), "xmem_usable_size", p,
		      IS_FREE);
}

/* What is no corruption is no panic: NULL, size 0, absurd sizes. */
static void harmless_misuse_is_answered(void **state)
{
	static const unsigned long sizes[] = {
		~0UL,
		~0UL - 7,
		~0UL - 15,
		~0UL - PAGE_SIZE,
		TEST_TOP_BIT,
		~0UL / 2,
		(PAGE_SIZE << MAX_ORDER) + 1,
	};
	static const unsigned long aligns[] = {
		3, 6, 48, PAGE_SIZE + 1, ~0UL, TEST_TOP_BIT};

	(void)state;
	xfree(NULL);
	xfree(ZERO_BLOCK_PTR);
	assert_ptr_equal(_xmalloc(0, 0), ZERO_BLOCK_PTR);
	assert_ptr_equal(_xmalloc(0, 3), ZERO_BLOCK_PTR);
	for (unsigned int i = 0; i < 7; i++) {
		assert_null(_xmalloc(sizes[i], 8));
		assert_null(_xzalloc(sizes[i], 8));
		assert_null(_xmalloc(sizes[i], 0));
		assert_null(_xrealloc(a, sizes[i], 8));
		assert_null(_xmalloc_array(sizes[i], 8, 3));
	}
	for (unsigned int i = 0; i < 6; i++) {
		assert_null(_xmalloc(8, aligns[i]));
		assert_null(_xzalloc(8, aligns[i]));
		assert_null(_xrealloc(a, 8, aligns[i]));
		assert_null(_xmemdup(a, 8, aligns[i]));
	}
	assert_true(state_before_is_now());
}

/* --- pools ------------------------------------------------------------- */

static void *get_pages(unsigned long bytes)
{
	return alloc_xenheap_pages(get_order_from_bytes(bytes), 0);
}

static void put_page(void *page)
{
	free_xenheap_pages(page, 0);
}

/* A block given to another pool than its own. */
static void wrong_pool(void **state)
{
	struct xmem_pool *one =
		xmem_pool_create("one", get_pages, put_page, 0, PAGE_SIZE);
	struct xmem_pool *two =
		xmem_pool_create("two", get_pages, put_page, 0, PAGE_SIZE);
	void *p = xmem_pool_alloc(64, one), *q = xmem_pool_alloc(64, two);
	void *r = xmem_pool_alloc(PAGE_SIZE - 100, one);

	(void)state;
	/* r is above q: the regions of the pools interleave. */
	assert_true((char *)r > (char *)q && (char *)q > (char *)p);
	save_state();
	EXPECT_REPORT(xmem_pool_free(q, one), "xmem_pool_free", q,
		      "is not the start of an allocation, or the header "
		      "before it was overwritten (pool 'one', caller ");
	EXPECT_REPORT(xmem_pool_free(p, two), "xmem_pool_free", p,
		      "is not the start of an allocation, or the header "
		      "before it was overwritten (pool 'two', caller ");
	EXPECT_REPORT(xmem_pool_free(a, one), "xmem_pool_free", a,
		      "is not the start of an allocation");
	expect_xfree(p, NOT_OURS);
	EXPECT_REPORT((void)xmem_pool_usable_size(q, one),
		      "xmem_pool_usable_size", q, "is not the start");
	EXPECT_REPORT((void)!xmem_pool_resize(q, 10, one), "xmem_pool_resize",
		      q, "is not the start");
	xmem_pool_free(p, one);
	EXPECT_PANIC(xmem_pool_free(p, one), "is free already: double free");
	xmem_pool_free(q, two);
	xmem_pool_free(r, one);
	xmem_pool_destroy(one);
	xmem_pool_destroy(two);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static const struct CMUnitTest tests[] = {
	T(double_free_at_once),
	T(double_free_a_b_a),
	T(double_free_of_pages),
	T(double_free_after_the_page_left),
	T(interior_pointer),
	T(page_of_the_pool),
	T(foreign_and_wild_pointers),
	T(overflow_into_the_next_header),
	T(underflow_into_its_own_header),
	T(use_after_free_of_the_links),
	T(use_after_free_of_the_size),
	T(overwritten_header_of_a_page),
	T(realloc_of_wrong_pointers),
	T(harmless_misuse_is_answered),
	T(wrong_pool),
};

TEST_MAIN(tests)
