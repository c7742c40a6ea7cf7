/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_xvmalloc.c - which world a request goes to, over stand-ins of both
 *
 * The stand-in of xmalloc gives memory of the C library with its size in
 * front, that of vmalloc pages of a static window with a guard. Either can
 * be made to fail. What is counted: who was asked, in what order, and that
 * each pointer goes back to where it came from.
 *
 * link: src/malloc/xvmalloc.c
 */
#include <xmem/vmap.h>
#include <xmem/xvmalloc.h>

#include "test.h"

#define WINDOW_PAGES 64UL
#define HEAD	     64UL
#define MAX_SIZE     (1UL << 24)

static unsigned char window[WINDOW_PAGES << PAGE_SHIFT]
	__attribute__((aligned(1 << 16)));
static unsigned int area[WINDOW_PAGES]; /* pages, where an area starts */

static struct {
	bool no_xmalloc;
	bool no_vmalloc;
	unsigned long xmallocs, vmallocs; /* calls, failed ones included */
	unsigned long nr_x, nr_v;	  /* alive */
	unsigned long reallocs;
	char asked[16]; /* the order of calls: x and v */
	unsigned int nr_asked;
} seen;

static void note(char who)
{
	if (seen.nr_asked + 1 < sizeof(seen.asked)) {
		seen.asked[seen.nr_asked++] = who;
	}
}

/* ---- xmalloc's world ---- */

/* What lies before an object of xmalloc. */
struct head {
	unsigned long size;
	void *base;
};

static struct head *head_of(const void *ptr)
{
	return (struct head *)((uintptr_t)ptr - sizeof(struct head));
}

static void *alloc_x(unsigned long size, unsigned long align)
{
	unsigned char *base;
	uintptr_t at;

	seen.xmallocs++;
	note('x');
	align = align < 16 ? align + (align == 0) : align;
	if ((align & (align - 1)) != 0 || size > MAX_SIZE) {
		return NULL;
	}
	if (size == 0) {
		return ZERO_BLOCK_PTR;
	}
	if (seen.no_xmalloc) {
		return NULL;
	}
	align = align < 16 ? 16 : align;
	base = malloc(size + align + HEAD);
	at = ((uintptr_t)base + HEAD + align - 1) & ~(align - 1);
	*head_of((void *)at) = (struct head){size, base};
	memset((void *)at, 0xaa, size);
	seen.nr_x++;
	return (void *)at;
}

void *_xmalloc(unsigned long size, unsigned long align)
{
	return alloc_x(size, align);
}

void *_xzalloc(unsigned long size, unsigned long align)
{
	void *ptr = alloc_x(size, align);

	return ptr != NULL && ptr != ZERO_BLOCK_PTR ? memset(ptr, 0, size)
						    : ptr;
}

void xfree(void *ptr)
{
	if (ptr == NULL || ptr == ZERO_BLOCK_PTR) {
		return;
	}
	assert_false(vmap_contains(ptr));
	free(head_of(ptr)->base);
	seen.nr_x--;
}

unsigned long xmem_usable_size(const void *ptr)
{
	return head_of(ptr)->size;
}

/* Shrinks in place, else moves. */
void *_xrealloc(void *ptr, unsigned long size, unsigned long align)
{
	unsigned long old = head_of(ptr)->size;
	void *to;

	seen.reallocs++;
	if (size <= old && (align == 0 || (uintptr_t)ptr % align == 0)) {
		head_of(ptr)->size = size;
		return ptr;
	}
	to = alloc_x(size, align);
	if (to != NULL) {
		memcpy(to, ptr, old < size ? old : size);
		xfree(ptr);
	}
	return to;
}

/* ---- vmalloc's world ---- */

bool vmap_contains(const void *va)
{
	return (uintptr_t)va - (uintptr_t)window < sizeof(window);
}

static unsigned long page_of(const void *va)
{
	return ((uintptr_t)va - (uintptr_t)window) >> PAGE_SHIFT;
}

unsigned int vmap_size(const void *va)
{
	return (uintptr_t)va % PAGE_SIZE == 0 ? area[page_of(va)] : 0;
}

static const void *mapping; /* an area that is not vmalloc's, or NULL */

unsigned int vmalloc_size(const void *va)
{
	return va == mapping ? 0 : vmap_size(va);
}

static bool is_room(unsigned long page, unsigned long nr)
{
	for (unsigned long p = 0; p < WINDOW_PAGES; p++) {
		if (area[p] != 0 && p < page + nr && page < p + area[p]) {
			return false;
		}
	}
	return page + nr <= WINDOW_PAGES;
}

void *vmalloc(size_t size)
{
	unsigned long nr = (size >> PAGE_SHIFT) + (size % PAGE_SIZE != 0);

	seen.vmallocs++;
	note('v');
	if (seen.no_vmalloc || size == 0 || nr > WINDOW_PAGES) {
		return NULL;
	}
	for (unsigned long page = 1; page < WINDOW_PAGES; page++) {
		if (is_room(page, nr)) {
			area[page] = (unsigned int)nr;
			seen.nr_v++;
			memset(window + (page << PAGE_SHIFT), 0xbb,
			       nr << PAGE_SHIFT);
			return window + (page << PAGE_SHIFT);
		}
	}
	return NULL;
}

void *vzalloc(size_t size)
{
	void *va = vmalloc(size);

	return va != NULL ? memset(va, 0, size) : NULL;
}

void vfree(void *va)
{
	assert_true(vmap_contains(va));
	assert_int_not_equal(vmap_size(va), 0);
	area[page_of(va)] = 0;
	seen.nr_v--;
}

/* ---- tests ---- */

static int reset(void **state)
{
	(void)state;
	memset(&seen, 0, sizeof(seen));
	memset(area, 0, sizeof(area));
	return 0;
}

static int expect_empty(void **state)
{
	(void)state;
	assert_int_equal(seen.nr_x, 0);
	assert_int_equal(seen.nr_v, 0);
	return 0;
}

static void *get(size_t size, unsigned int align, const char *asked)
{
	void *ptr;

	seen.nr_asked = 0;
	memset(seen.asked, 0, sizeof(seen.asked));
	ptr = _xvmalloc(size, align);
	assert_string_equal(seen.asked, asked);
	return ptr;
}

/* Up to a page xmalloc is asked and nobody else; above, vmalloc. */
static void size_decides(void **state)
{
	static const size_t sizes[] = {1,
				       64,
				       PAGE_SIZE - 1,
				       PAGE_SIZE,
				       PAGE_SIZE + 1,
				       3 * PAGE_SIZE,
				       40 * PAGE_SIZE};

	(void)state;
	for (unsigned int i = 0; i < 7; i++) {
		bool small = sizes[i] <= XMEM_CONFIG_XVMALLOC_SMALL;
		void *ptr = get(sizes[i], 8, small ? "x" : "v");

		assert_non_null(ptr);
		assert_int_equal(vmap_contains(ptr), !small);
		xvfree(ptr);
		expect_empty(NULL);
	}
}

/* What one world cannot give, the other is asked for. */
static void each_world_stands_in_for_the_other(void **state)
{
	void *small;
	void *large;

	(void)state;
	seen.no_xmalloc = true;
	small = get(100, 8, "xv");
	assert_true(vmap_contains(small));
	seen.no_xmalloc = false;
	seen.no_vmalloc = true;
	large = get(2 * PAGE_SIZE, 8, "vx");
	assert_non_null(large);
	assert_false(vmap_contains(large));
	seen.no_xmalloc = true;
	assert_null(get(100, 8, "xv"));
	assert_null(get(2 * PAGE_SIZE, 8, "vx"));
	xvfree(small);
	xvfree(large);
}

/* Zeroed memory is zero wherever it comes from. */
static void zeroed_memory_is_zero(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		size_t size = i < 2 ? 100 : 3 * PAGE_SIZE;
		unsigned char *p;

		seen.no_xmalloc = i == 1;
		seen.no_vmalloc = i == 3;
		p = _xvzalloc(size, 8);
		assert_non_null(p);
		for (size_t k = 0; k < size; k++) {
			assert_int_equal(p[k], 0);
		}
		xvfree(p);
	}
	seen.no_vmalloc = true;
	seen.no_xmalloc = true;
	assert_null(_xvzalloc(100, 8));
	assert_null(_xvzalloc(2 * PAGE_SIZE, 8));
}

/* More than a page of alignment only xmalloc can give. */
static void large_alignment_is_xmallocs(void **state)
{
	void *ptr = get(3 * PAGE_SIZE, 4 * PAGE_SIZE, "x");

	(void)state;
	assert_int_equal((uintptr_t)ptr % (4 * PAGE_SIZE), 0);
	xvfree(ptr);
	ptr = get(3 * PAGE_SIZE, PAGE_SIZE, "v");
	xvfree(ptr);
	seen.no_xmalloc = true;
	assert_null(get(3 * PAGE_SIZE, 2 * PAGE_SIZE, "x"));
	assert_null(get(8, 2 * PAGE_SIZE, "x"));
}

/* Zero bytes are a pointer that can be freed; absurd ones are NULL, with
 * any alignment that is none. */
static void odd_arguments_are_answered(void **state)
{
	void *ptr = _xvmalloc(0, 8);

	(void)state;
	assert_ptr_equal(ptr, ZERO_BLOCK_PTR);
	xvfree(ptr);
	xvfree(NULL);
	assert_ptr_equal(_xvzalloc(0, 0), ZERO_BLOCK_PTR);
	for (size_t k = 0; k < 3; k++) {
		assert_null(_xvmalloc(SIZE_MAX - k, 8));
		assert_null(_xvzalloc(SIZE_MAX - PAGE_SIZE + k, 8));
	}
	assert_null(_xvmalloc(100, 3));
	assert_null(_xvmalloc(3 * PAGE_SIZE, 24));
	assert_null(_xvzalloc(3 * PAGE_SIZE, ~0U));
	ptr = _xvmalloc(3 * PAGE_SIZE, 0);
	assert_non_null(ptr);
	XVFREE(ptr);
	assert_null(ptr);
}

static void fill(unsigned char *p, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		p[i] = (unsigned char)(i * 7 + 1);
	}
}

static void expect_fill(const unsigned char *p, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		assert_int_equal(p[i], (unsigned char)(i * 7 + 1));
	}
}

/* From every size to every size: the content up to the smaller stays, the
 * world is the right one. */
static void realloc_keeps_content(void **state)
{
	static const size_t sizes[] = {1,
				       100,
				       PAGE_SIZE,
				       PAGE_SIZE + 1,
				       2 * PAGE_SIZE,
				       2 * PAGE_SIZE + 1,
				       9 * PAGE_SIZE};

	(void)state;
	for (int i = 0; i < 49; i++) {
		size_t old = sizes[i / 7];
		size_t new = sizes[i % 7];
		unsigned char *p = _xvmalloc(old, 8);

		fill(p, old);
		p = _xvrealloc(p, new, 8);
		assert_non_null(p);
		expect_fill(p, old < new ? old : new);
		assert_int_equal(vmap_contains(p),
				 new > XMEM_CONFIG_XVMALLOC_SMALL);
		xvfree(p);
		expect_empty(NULL);
	}
}

/* The same number of pages: the same pointer, and nobody is asked. */
static void realloc_stays_within_its_pages(void **state)
{
	void *p = _xvmalloc(3 * PAGE_SIZE, 8);

	(void)state;
	seen.vmallocs = 0;
	seen.xmallocs = 0;
	assert_ptr_equal(_xvrealloc(p, 2 * PAGE_SIZE + 1, 8), p);
	assert_ptr_equal(_xvrealloc(p, 3 * PAGE_SIZE - 1, 8), p);
	assert_ptr_equal(_xvrealloc(p, 3 * PAGE_SIZE, PAGE_SIZE), p);
	assert_int_equal(seen.vmallocs + seen.xmallocs, 0);
	xvfree(p);
}

/* A small object in vmalloc's hands, by fallback, stays there too. */
static void realloc_of_a_fallback_stays(void **state)
{
	void *p;

	(void)state;
	seen.no_xmalloc = true;
	p = _xvmalloc(100, 8);
	assert_true(vmap_contains(p));
	assert_ptr_equal(_xvrealloc(p, 2000, 8), p);
	seen.no_xmalloc = false;
	xvfree(p);
	seen.no_vmalloc = true;
	p = _xvmalloc(5 * PAGE_SIZE, 8);
	assert_false(vmap_contains(p));
	assert_ptr_equal(_xvrealloc(p, 3 * PAGE_SIZE, 8), p);
	assert_int_equal(seen.reallocs, 1);
	xvfree(p);
}

/* On failure the old memory is untouched; what shrinks does not fail. */
static void failed_realloc_leaves_the_old(void **state)
{
	unsigned char *small = _xvmalloc(100, 8);
	unsigned char *large = _xvmalloc(3 * PAGE_SIZE, 8);

	(void)state;
	fill(small, 100);
	fill(large, 3 * PAGE_SIZE);
	seen.no_xmalloc = true;
	seen.no_vmalloc = true;
	assert_null(_xvrealloc(small, 2000, 8));
	assert_null(_xvrealloc(small, 2 * PAGE_SIZE, 8));
	assert_null(_xvrealloc(large, 4 * PAGE_SIZE, 8));
	assert_null(_xvrealloc(large, SIZE_MAX, 8));
	assert_null(_xvrealloc(small, SIZE_MAX, 8));
	assert_null(_xvrealloc(small, 200, 3));
	assert_null(_xvrealloc(large, 200, 3));
	assert_null(_xvrealloc(large, 0, 3));
	assert_ptr_equal(_xvrealloc(large, PAGE_SIZE + 1, 8), large);
	assert_ptr_equal(_xvrealloc(large, 100, 8), large);
	assert_ptr_equal(_xvrealloc(small, 50, 8), small);
	expect_fill(small, 50);
	expect_fill(large, 3 * PAGE_SIZE);
	xvfree(small);
	xvfree(large);
}

/* When the one world fails the other takes the new size. */
static void realloc_falls_back(void **state)
{
	unsigned char *p = _xvmalloc(100, 8);

	(void)state;
	fill(p, 100);
	seen.no_xmalloc = true;
	p = _xvrealloc(p, 200, 8);
	assert_true(vmap_contains(p));
	expect_fill(p, 100);
	seen.no_xmalloc = false;
	seen.no_vmalloc = true;
	p = _xvrealloc(p, 5 * PAGE_SIZE, 8);
	assert_non_null(p);
	assert_false(vmap_contains(p));
	expect_fill(p, 100);
	xvfree(p);
}

/* NULL and the zero block are allocated anew; size 0 frees. */
static void realloc_begins_and_ends(void **state)
{
	void *p = _xvrealloc(NULL, 100, 8);

	(void)state;
	assert_non_null(p);
	p = _xvrealloc(p, 0, 8);
	assert_ptr_equal(p, ZERO_BLOCK_PTR);
	expect_empty(NULL);
	p = _xvrealloc(p, 2 * PAGE_SIZE, 8);
	assert_true(vmap_contains(p));
	assert_ptr_equal(_xvrealloc(p, 0, 8), ZERO_BLOCK_PTR);
}

/*
 * An alignment above a page moves an area to xmalloc's world, unless it lies
 * there already. The window is aligned to less than that and lies where the
 * loader puts it: of two areas next to each other one at least must move.
 */
static void realloc_honours_alignment(void **state)
{
	const unsigned long align = 1UL << 20;
	unsigned char *areas[2];
	unsigned int moved = 0;

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		areas[i] = _xvmalloc(3 * PAGE_SIZE, 8);
		assert_true(vmap_contains(areas[i]));
	}
	for (unsigned int i = 0; i < 2; i++) {
		bool lies_well = (uintptr_t)areas[i] % align == 0;
		unsigned char *p;

		fill(areas[i], 3 * PAGE_SIZE);
		p = _xvrealloc(areas[i], 3 * PAGE_SIZE, align);
		assert_int_equal((uintptr_t)p % align, 0);
		expect_fill(p, 3 * PAGE_SIZE);
		assert_int_equal(vmap_contains(p), lies_well);
		assert_int_equal(p == areas[i], lies_well);
		moved += !lies_well;
		xvfree(p);
	}
	assert_in_range(moved, 1, 2);
}

/* An address of the window where no area starts. */
static void realloc_of_a_wild_pointer_panics(void **state)
{
	char text[64];
	void *wild = window + 7 * PAGE_SIZE;

	(void)state;
	snprintf(text, sizeof(text), "no area starts at %p", wild);
	EXPECT_PANIC((void)!_xvrealloc(wild, 8, 8), text);
}

/* A mapping is refused before it is read, whatever the size. */
static void realloc_of_a_mapping_panics(void **state)
{
	char *p = _xvmalloc(2 * PAGE_SIZE, 8);
	char text[64];

	(void)state;
	mapping = p;
	snprintf(text, sizeof(text), "xvrealloc: %p is a mapping", mapping);
	for (unsigned long nr = 1; nr <= 4; nr++) {
		EXPECT_PANIC((void)!_xvrealloc(p, nr * PAGE_SIZE, 8), text);
	}
	assert_int_equal(seen.nr_v, 1);
	mapping = NULL;
	xvfree(p);
}

/* A copy, in the world of its size. */
static void memory_is_duplicated(void **state)
{
	unsigned char *p = _xvmalloc(3 * PAGE_SIZE, 8);
	unsigned char *q;
	int number = 42;
	int *copy;

	(void)state;
	fill(p, 3 * PAGE_SIZE);
	q = _xvmemdup(p, 3 * PAGE_SIZE, 8);
	assert_true(vmap_contains(q));
	expect_fill(q, 3 * PAGE_SIZE);
	xvfree(p);
	xvfree(q);
	copy = xvmemdup(&number);
	assert_int_equal(*copy, 42);
	xvfree(copy);
	assert_ptr_equal(_xvmemdup(NULL, 0, 8), ZERO_BLOCK_PTR);
	seen.no_xmalloc = true;
	seen.no_vmalloc = true;
	assert_null(xvmemdup(&number));
}

struct flex {
	unsigned long nr;
	unsigned short item[];
};

struct cache_line {
	char data[64];
} __attribute__((aligned(64)));

static unsigned long asked_size(const void *ptr)
{
	return vmap_contains(ptr) ? (unsigned long)vmap_size(ptr) << PAGE_SHIFT
				  : xmem_usable_size(ptr);
}

static void expect_size(void *ptr, unsigned long size)
{
	assert_non_null(ptr);
	assert_int_equal(asked_size(ptr), size);
	xvfree(ptr);
}

/* The typed forms ask for the right number of bytes and alignment. */
static void typed_forms_ask_for_the_right_size(void **state)
{
	struct cache_line *line = xvmalloc(struct cache_line);
	struct flex *flex;
	int rows = 3;
	int calls = 0;

	(void)state;
	assert_int_equal((uintptr_t)line % 64, 0);
	expect_size(line, 64);
	expect_size(xvzalloc(struct cache_line), 64);
	expect_size(xvmalloc_array(int, 10), 40);
	expect_size(xvmalloc_array(int, 10, 20), 800);
	expect_size(xvzalloc_array(char, 2, 3, 5, 7), 210);
	expect_size(xvmalloc_array(long, (unsigned long)rows, 2),
		    6 * sizeof(long));
	expect_size(xvmalloc_array(char, PAGE_SIZE, 3), 3 * PAGE_SIZE);
	expect_size(xvmalloc_array(int, (unsigned long)++calls), 4);
	assert_int_equal(calls, 1);
	flex = xvmalloc_flex_struct(struct flex, item, 5);
	flex = xvrealloc_flex_struct(flex, item, 50);
	expect_size(flex, offsetof(struct flex, item) + 100);
	expect_size(xvzalloc_flex_struct(struct flex, item, 0),
		    sizeof(struct flex));
}

/* A product or sum that wraps is NULL, and an old array stays as it is; a
 * dimension of zero is a zero block, even beside one that is too large. */
static void overflows_give_null(void **state)
{
	int *p = xvmalloc_array(int, 4);
	unsigned long half = 1UL << TEST_LONG_BITS / 2; /* of the bits */

	(void)state;
	assert_null(xvmalloc_array(int, ~0UL));
	assert_null(xvmalloc_array(int, ~0UL / 4 + 1));
	assert_null(xvmalloc_array(char, half, half));
	assert_null(xvzalloc_array(char, half >> 10, 1UL << 21, half >> 11));
	assert_null(xvmalloc_array(int, 3, (unsigned long)-1L));
	assert_null(xvmalloc_flex_struct(struct flex, item, ~0UL));
	assert_null(xvmalloc_flex_struct(struct flex, item, ~0UL / 2));
	assert_null(xvrealloc_array(p, ~0UL / 2));
	assert_ptr_equal(xvmalloc_array(int, 0), ZERO_BLOCK_PTR);
	assert_ptr_equal(xvmalloc_array(int, 5, 0), ZERO_BLOCK_PTR);
	assert_ptr_equal(xvmalloc_array(int, 0, ~0UL), ZERO_BLOCK_PTR);
	p[3] = 9;
	p = xvrealloc_array(p, 400);
	assert_int_equal(p[3], 9);
	xvfree(p);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, reset, expect_empty)

static const struct CMUnitTest tests[] = {
	TEST(size_decides),
	TEST(each_world_stands_in_for_the_other),
	TEST(zeroed_memory_is_zero),
	TEST(large_alignment_is_xmallocs),
	TEST(odd_arguments_are_answered),
	TEST(realloc_keeps_content),
	TEST(realloc_stays_within_its_pages),
	TEST(realloc_of_a_fallback_stays),
	TEST(failed_realloc_leaves_the_old),
	TEST(realloc_falls_back),
	TEST(realloc_begins_and_ends),
	TEST(realloc_honours_alignment),
	TEST(realloc_of_a_wild_pointer_panics),
	TEST(realloc_of_a_mapping_panics),
	TEST(memory_is_duplicated),
	TEST(typed_forms_ask_for_the_right_size),
	TEST(overflows_give_null),
};

TEST_MAIN(tests)
