/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pools.c - misuse of pools whose regions have unmapped holes between them
 * link: src/pool/ src/tlsf/
 *
 * Each region is a page of its own with pages that cannot be read on both
 * sides: whoever follows a pointer, a link or a size that leads into a hole
 * does not panic but faults, and the test ends. Everything here must panic,
 * naming the pool and what was found, in release builds too, and must have
 * changed nothing before.
 */
#include <sys/mman.h>

#include <xmem/config.h>
#include <xmem/debug.h>
#include <xmem/pool.h>

#include "test.h"

#define GROW   PAGE_SIZE
#define NR     16U
#define STRIDE (4 * PAGE_SIZE)
#define LARGE  (GROW - 40) /* an object that fills a region */
#define FIRST  32	   /* where the first object of a region is */

static unsigned char *arena; /* NR times: hole, a page, two pages of hole */
static bool is_out[NR];
static void *give_next; /* what get() is to return, if not NULL */
static void (*inside_get)(void);
static unsigned int nr_puts;

static unsigned char *page_at(unsigned int i)
{
	return arena + i * STRIDE + PAGE_SIZE;
}

static void *get(unsigned long bytes)
{
	void *p = give_next;

	if (inside_get != NULL) {
		inside_get();
		inside_get = NULL;
	}
	if (p != NULL) {
		give_next = NULL;
		return p;
	}
	assert_int_equal(bytes, GROW);
	for (unsigned int i = 0; i < NR; i++) {
		if (!is_out[i]) {
			is_out[i] = true;
			assert_int_equal(mprotect(page_at(i), PAGE_SIZE,
						  PROT_READ | PROT_WRITE),
					 0);
			return page_at(i);
		}
	}
	return NULL;
}

/* Back to the hole it was. */
static void put(void *p)
{
	unsigned long i = (unsigned long)((unsigned char *)p - arena) / STRIDE;

	assert_true(i < NR && is_out[i]);
	assert_ptr_equal(p, page_at((unsigned int)i));
	is_out[i] = false;
	nr_puts++;
	assert_int_equal(mprotect(p, PAGE_SIZE, PROT_NONE), 0);
}

static struct xmem_pool *pool;
static unsigned char *object[4]; /* each fills a region, the pool is page 0 */

static int setup(void **state)
{
	(void)state;
	arena = mmap(NULL, NR * STRIDE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
		     -1, 0);
	assert_true(arena != MAP_FAILED);
	memset(is_out, 0, sizeof(is_out));
	give_next = NULL;
	nr_puts = 0;
	pool = xmem_pool_create("holes", get, put, 0, GROW);
	assert_non_null(pool);
	for (unsigned int i = 0; i < 4; i++) {
		object[i] = xmem_pool_alloc(LARGE, pool);
		assert_ptr_equal(object[i], page_at(i + 1) + FIRST);
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		xmem_pool_free(object[i], pool);
	}
	ASSERT_VALID(xmem_pool_check(pool));
	assert_int_equal(xmem_pool_get_used_size(pool), 0);
	xmem_pool_destroy(pool);
	for (unsigned int i = 0; i < NR; i++) {
		assert_false(is_out[i]);
	}
	return munmap(arena, NR * STRIDE);
}

static void free_object(unsigned int i)
{
	xmem_pool_free(object[i], pool);
	object[i] = NULL;
}

/* The message is "func: address what (pool 'holes', caller 0x...". */
#define EXPECT_REPORT(statement, func, ptr, what)                    \
	do {                                                         \
		char text_[256];                                     \
		snprintf(text_, sizeof(text_),                       \
			 "%s: %p %s (pool 'holes', caller 0x", func, \
			 (const void *)(ptr), what);                 \
		EXPECT_PANIC(statement, text_);                      \
	} while (0)

#define NO_START                                                          \
	"is not the start of an allocation, or the header before it was " \
	"overwritten"
#define BAD_NEIGHBOUR "is sound, but a block beside it was overwritten"
#define BAD_BLOCK     "is a free block that was overwritten"
#define BAD_REGION    "is a region whose header was overwritten"
#define OVERLAP	      "is new memory, but the pool has some of it already"

/* --- pointers ---------------------------------------------------------- */

static void expect_no_start(void *p)
{
	EXPECT_REPORT(xmem_pool_free(p, pool), "xmem_pool_free", p, NO_START);
	EXPECT_REPORT((void)!xmem_pool_resize(p, 8, pool), "xmem_pool_resize",
		      p, NO_START);
	EXPECT_REPORT((void)xmem_pool_usable_size(p, pool),
		      "xmem_pool_usable_size", p, NO_START);
}

/* Every page of every hole, and the pages of the pool's past. */
static void pointers_into_holes(void **state)
{
	(void)state;
	for (unsigned char *p = arena; p < arena + NR * STRIDE;
	     p += PAGE_SIZE) {
		for (unsigned int i = 0; i < 4; i++) {
			if (p == page_at(i + 1)) {
				p += PAGE_SIZE;
			}
		}
		expect_no_start(p + 16);
		expect_no_start(p + FIRST);
		expect_no_start(p + PAGE_SIZE / 2);
		expect_no_start(p + PAGE_SIZE - 16);
	}
	expect_no_start((void *)16);
	expect_no_start((void *)~15UL);
}

/* The page of a region that has left the pool is such a hole. */
static void pointers_into_regions_that_left(void **state)
{
	unsigned char *gone = object[1];

	(void)state;
	xmem_pool_free(object[2], pool);
	xmem_pool_free(object[1], pool); /* the second empty one leaves */
	assert_int_equal(nr_puts, 1);
	object[1] = NULL;
	object[2] = NULL;
	expect_no_start(gone);
	expect_no_start(gone + 64);
}

/* --- links and sizes --------------------------------------------------- */

/* Where an overwritten link can lead: into a hole, to the last bytes of a
 * region or of the extent, to anything that is sound but no free block. */
static uintptr_t wrong_link(unsigned int i)
{
	uintptr_t end = (uintptr_t)page_at(4) + PAGE_SIZE;
	const uintptr_t wrong[] = {
		end - 8,
		end - 16,
		end - 24,
		(uintptr_t)page_at(2) + PAGE_SIZE - 8,
		(uintptr_t)page_at(2) + PAGE_SIZE,
		(uintptr_t)page_at(3) - PAGE_SIZE + 24,
		(uintptr_t)page_at(3) - 8,
		(uintptr_t)page_at(1) + 24,
		(uintptr_t)page_at(1),
		0x4141414141414148 & ~0UL,
		0,
		~0UL,
	};

	return i < sizeof(wrong) / sizeof(wrong[0]) ? wrong[i] : 1;
}

/* @b, free and on a list, between the used @a and @c, has a wrong link. */
static void expect_bad_links(unsigned char *a, unsigned char *b,
			     unsigned char *c)
{
	EXPECT_REPORT(xmem_pool_free(a, pool), "xmem_pool_free", a,
		      BAD_NEIGHBOUR);
	EXPECT_REPORT(xmem_pool_free(c, pool), "xmem_pool_free", c,
		      BAD_NEIGHBOUR);
	EXPECT_REPORT((void)!xmem_pool_resize(a, 200, pool), "xmem_pool_resize",
		      a, BAD_NEIGHBOUR);
	EXPECT_REPORT((void)!xmem_pool_alloc(100, pool), "xmem_pool_alloc", b,
		      BAD_BLOCK);
}

/* Each link of a free block, overwritten with each of these. */
static void overwritten_links(void **state)
{
	unsigned char *a, *b, *c, *d;
	uintptr_t saved[2];

	(void)state;
	free_object(0);
	a = xmem_pool_alloc(100, pool);
	b = xmem_pool_alloc(100, pool);
	c = xmem_pool_alloc(100, pool);
	d = xmem_pool_alloc(500, pool);
	xmem_pool_free(b, pool);
	xmem_pool_free(d, pool); /* so that b is on a list */
	memcpy(saved, b, sizeof(saved));
	for (unsigned int i = 0; wrong_link(i) != 1; i++) {
		uintptr_t link = wrong_link(i);

		memcpy(b, &link, sizeof(link));
		expect_bad_links(a, b, c);
		memcpy(b, saved, sizeof(saved));
		memcpy(b + sizeof(link), &link, sizeof(link));
		expect_bad_links(a, b, c);
		memcpy(b, saved, sizeof(saved));
	}
	xmem_pool_free(a, pool);
	xmem_pool_free(c, pool);
}

/* The size in the last bytes of a free block: it leads to the block's start,
 * here beyond that of the region. */
static void overwritten_size(void **state)
{
	unsigned char *a, *b;
	uint64_t saved;

	(void)state;
	free_object(0);
	a = xmem_pool_alloc(100, pool);
	b = xmem_pool_alloc(100, pool);
	xmem_pool_free(a, pool);
	memcpy(&saved, b - 16, sizeof(saved));
	for (uint64_t size = 0; size < 3 * STRIDE / 16; size++) {
		memcpy(b - 16, &size, sizeof(size));
		EXPECT_REPORT(xmem_pool_free(b, pool), "xmem_pool_free", b,
			      BAD_NEIGHBOUR);
	}
	memcpy(b - 16, &saved, sizeof(saved));
	xmem_pool_free(b, pool);
}

/* --- headers of regions ------------------------------------------------ */

static void expect_bad_region(unsigned int i, const void *region)
{
	EXPECT_REPORT(xmem_pool_free(object[i], pool), "xmem_pool_free", region,
		      BAD_REGION);
}

/* Any byte of a region's header: named by the free that empties it, whether it
 * would be the spare or leave, and again when it is mended. */
static void overwritten_region_header(void **state)
{
	(void)state;
	free_object(3);
	for (unsigned int i = 0; i < 3; i++) {
		unsigned char *region = page_at(i + 1);
		unsigned int nr = (sizeof(uint64_t) + 2 * sizeof(void *));

		for (unsigned int k = 0; k < nr; k++) {
			region[k] ^= 0x41;
			expect_bad_region(i, region);
			region[k] ^= 0x41;
		}
		ASSERT_VALID(xmem_pool_check(pool));
	}
}

/* The spare's header is damaged: the free of @i says so, and whether that was
 * before or after depends on the way to the region of @i. */
static void free_beside_damage(unsigned int i, const void *region)
{
	unsigned long used = xmem_pool_get_used_size(pool);

	expect_bad_region(i, region);
	if (xmem_pool_get_used_size(pool) != used) {
		object[i] = NULL;
	}
}

/* The same for the spare: named by the free that empties another region. */
static void overwritten_header_of_the_spare(void **state)
{
	unsigned char *region = page_at(2);
	unsigned char saved[16];

	(void)state;
	free_object(1);
	memcpy(saved, region, sizeof(saved));
	memset(region, 'A', sizeof(saved));
	free_beside_damage(0, region);
	free_beside_damage(2, region);
	memcpy(region, saved, sizeof(saved));
	for (unsigned int i = 0; i < 3; i++) {
		if (object[i] == NULL) {
			object[i] = xmem_pool_alloc(LARGE, pool);
		}
	}
	assert_int_equal(xmem_pool_get_total_size(pool), 4 * GROW);
}

static void expect_no_destroy(const char *what, const void *ptr)
{
	char text[128];

	snprintf(text, sizeof(text), "xmem_pool_destroy: %p is %s", ptr, what);
	EXPECT_PANIC(xmem_pool_destroy(pool), text);
	assert_true(nr_puts < 4);
}

/* An object written over before its start, by 8 to 32 bytes: destroy says so,
 * and gives back nothing twice. */
static void destroy_of_a_pool_with_an_underflow(void **state)
{
	(void)state;
	for (unsigned int len = 8; len <= 32; len += 8) {
		unsigned char saved[32], *at = object[1] - len;

		memcpy(saved, at, len);
		memset(at, 'A', len);
		if (FIRST - len >= sizeof(uint64_t) + 2 * sizeof(void *)) {
			expect_no_destroy("not the start", object[1]);
		} else {
			expect_no_destroy("a region whose header", page_at(2));
		}
		memcpy(at, saved, len);
		xmem_pool_destroy(pool);
		assert_int_equal(nr_puts, 5);
		munmap(arena, NR * STRIDE);
		setup(NULL);
	}
}

/* --- get_mem ----------------------------------------------------------- */

static void expect_overlap(void *p)
{
	unsigned long total = xmem_pool_get_total_size(pool);
	unsigned int puts = nr_puts;

	give_next = p;
	EXPECT_REPORT((void)!xmem_pool_alloc(LARGE, pool), "xmem_pool_alloc", p,
		      OVERLAP);
	ASSERT_VALID(xmem_pool_check(pool));
	assert_int_equal(xmem_pool_get_total_size(pool), total);
	assert_int_equal(nr_puts, puts);
}

/* A region that the pool has, whole or in part, in use or empty; the pool's own
 * memory. Nothing is given out twice, nothing given back that is in use. */
static void get_mem_returns_what_the_pool_has(void **state)
{
	(void)state;
	for (unsigned int i = 0; i <= 4; i++) {
		expect_overlap(page_at(i));
		for (unsigned long by = 16; by < GROW; by *= 2) {
			expect_overlap(page_at(i) + by);
			expect_overlap(page_at(i) - by);
		}
		expect_overlap(page_at(i) + GROW - 16);
		expect_overlap(page_at(i) - GROW + 16);
	}
}

static void free_first(void)
{
	free_object(0);
}

static void expect_overlap_while_freed(unsigned char *region)
{
	inside_get = free_first;
	give_next = region;
	EXPECT_REPORT((void)!xmem_pool_alloc(LARGE, pool), "xmem_pool_alloc",
		      region, OVERLAP);
	assert_int_equal(nr_puts, 0);
}

/* The same when the region is no longer needed: it is not given back. */
static void get_mem_returns_it_while_memory_is_freed(void **state)
{
	(void)state;
	for (unsigned int i = 0; i <= 4; i++) {
		object[0] = object[0] != NULL ? object[0]
					      : xmem_pool_alloc(LARGE, pool);
		expect_overlap_while_freed(page_at(i));
		/* The panic has lost what the call had found: take it back. */
		object[0] = page_at(1) + FIRST;
		assert_int_equal(xmem_pool_usable_size(object[0], pool), LARGE);
	}
}

/* --- sizes ------------------------------------------------------------- */

/* No block shrinks to nothing; a wrong pointer panics all the same. */
static void resize_to_nothing(void **state)
{
	(void)state;
	assert_false(xmem_pool_resize(object[0], 0, pool));
	assert_int_equal(xmem_pool_usable_size(object[0], pool), LARGE);
	assert_true(xmem_pool_resize(object[0], 1, pool));
	assert_false(xmem_pool_resize(object[0], 0, pool));
	assert_true(xmem_pool_resize(object[0], LARGE, pool));
	EXPECT_REPORT((void)!xmem_pool_resize(object[0] + 16, 0, pool),
		      "xmem_pool_resize", object[0] + 16, NO_START);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static const struct CMUnitTest tests[] = {
	T(pointers_into_holes),
	T(pointers_into_regions_that_left),
	T(overwritten_links),
	T(overwritten_size),
	T(overwritten_region_header),
	T(overwritten_header_of_the_spare),
	T(destroy_of_a_pool_with_an_underflow),
	T(get_mem_returns_what_the_pool_has),
	T(get_mem_returns_it_while_memory_is_freed),
	T(resize_to_nothing),
};

TEST_MAIN(tests)
