/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_alloc.c - every kind of allocation, on one CPU
 *
 * A pattern is written through the address an allocator gave and read back
 * through the direct map, page by page, by the frames in the page tables.
 */
#include <arch/layout.h>

#include <xmem/xmem.h>

#include "boot.h"
#include "lib/mem.h"

#define MIB (1UL << 20)

static uint64_t stamp(const void *p, unsigned long i)
{
	return ((unsigned long)p ^ i) * 0x9e3779b97f4a7c15UL;
}

/* Words of [@p, @p + @size) get values of their own. */
static void fill(void *p, unsigned long size)
{
	uint64_t *word = p;

	for (unsigned long i = 0; i < size / 8; i++) {
		word[i] = stamp(p, i);
	}
}

/* The same words, seen through the direct map. */
static bool seen_in_directmap(const void *p, unsigned long size)
{
	for (unsigned long i = 0; i < size / 8; i++) {
		unsigned long va = (unsigned long)p + i * 8;
		mfn_t mfn = xen_map_to_mfn(va);
		const char *page;

		CHECK(mfn_valid(mfn));
		page = map_domain_page(mfn);
		CHECK(*(const uint64_t *)(page + (va & ~PAGE_MASK)) ==
		      stamp(p, i));
		unmap_domain_page(page);
	}
	return true;
}

static bool holds(void *p, unsigned long size)
{
	CHECK(p != NULL);
	fill(p, size);
	CHECK(seen_in_directmap(p, size));
	return true;
}

/* Is [@p, @p + @size) one run of frames? */
static bool is_contiguous(const void *p, unsigned long size)
{
	unsigned long va = (unsigned long)p & PAGE_MASK;
	unsigned long first = mfn_x(xen_map_to_mfn(va));
	unsigned long nr = ((unsigned long)p + size - 1 - va) >> PAGE_SHIFT;

	return mfn_x(xen_map_to_mfn(va + (nr << PAGE_SHIFT))) == first + nr;
}

static bool is_zero(const void *p, unsigned long size)
{
	const char *byte = p;

	for (unsigned long i = 0; i < size; i++) {
		CHECK(byte[i] == 0);
	}
	return true;
}

/* Free memory is the same after @run as before; a first round lets tables
 * and pools settle. */
static bool leaks_nothing(bool (*run)(void))
{
	unsigned long before;

	CHECK(run());
	xmem_xmalloc_trim();
	before = total_free_pages();
	CHECK(run());
	xmem_xmalloc_trim();
	CHECK(total_free_pages() == before);
	CHECK(xmem_check_all() == NULL);
	return true;
}

static bool run_xmalloc(void)
{
	char *small = _xmalloc(64, 8);
	char *large = _xmalloc(3 * PAGE_SIZE + 8, 8);

	CHECK(holds(small, 64));
	CHECK(holds(large, 3 * PAGE_SIZE + 8));
	CHECK(is_contiguous(large, 3 * PAGE_SIZE + 8));
	CHECK(xmem_arch_in_directmap(small) && xmem_arch_in_directmap(large));
	CHECK(seen_in_directmap(small, 64));
	xfree(large);
	xfree(small);
	return true;
}

static bool xmalloc_is_contiguous_memory(void)
{
	return leaks_nothing(run_xmalloc);
}

static bool run_vmalloc(void)
{
	char *p = vmalloc(300 * 1024);
	char *z;

	CHECK(holds(p, 300 * 1024));
	CHECK(vmap_contains(p) && !xmem_arch_in_directmap(p));
	CHECK(vmap_size(p) == 75);
	vfree(p);
	z = vzalloc(300 * 1024); /* over what was just dirtied */
	CHECK(z != NULL && is_zero(z, 300 * 1024));
	vfree(z);
	return true;
}

static bool vmalloc_maps_any_frames(void)
{
	return leaks_nothing(run_vmalloc);
}

static bool run_xvmalloc(void)
{
	char *small = _xvmalloc(100, 8);
	char *large = _xvzalloc(100 * 1024, 8);
	char *moved;

	CHECK(small && !vmap_contains(small));
	CHECK(large && vmap_contains(large));
	CHECK(is_zero(large, 100 * 1024));
	CHECK(holds(large, 100 * 1024));
	fill(small, 96);
	moved = _xvrealloc(small, 40000, 8);
	CHECK(moved != NULL && vmap_contains(moved));
	CHECK(((uint64_t *)moved)[11] == stamp(small, 11));
	xvfree(moved);
	xvfree(large);
	return true;
}

static bool xvmalloc_spans_both_worlds(void)
{
	return leaks_nothing(run_xvmalloc);
}

static bool run_pages(void)
{
	struct page_info *pg = alloc_domheap_pages(NULL, 2, 0);
	char *x = alloc_xenheap_pages(3, 0);
	char *page;

	CHECK(pg != NULL);
	CHECK(holds(x, 8 * PAGE_SIZE));
	CHECK(is_contiguous(x, 8 * PAGE_SIZE));
	CHECK(((unsigned long)x & (8 * PAGE_SIZE - 1)) == 0);
	for (unsigned long i = 0; i < 4; i++) {
		page = map_domain_page(mfn_add(page_to_mfn(pg), i));
		CHECK(is_zero(page, PAGE_SIZE)); /* scrubbed */
		CHECK(holds(page, PAGE_SIZE));
		unmap_domain_page(page);
	}
	free_xenheap_pages(x, 3);
	free_domheap_pages(pg, 2);
	return true;
}

static bool pages_are_aligned_and_scrubbed(void)
{
	return leaks_nothing(run_pages);
}

/* Frames in reverse order: page i of the area is frame 3 - i. */
static bool run_vmap(void)
{
	struct page_info *pg = alloc_domheap_pages(NULL, 2, MEMF_no_scrub);
	mfn_t mfn[4];
	char *area;

	CHECK(pg != NULL);
	for (unsigned long i = 0; i < 4; i++) {
		mfn[i] = mfn_add(page_to_mfn(pg), 3 - i);
	}
	area = vmap(mfn, 4);
	CHECK(holds(area, 4 * PAGE_SIZE));
	for (unsigned long i = 0; i < 4; i++) {
		CHECK(mfn_eq(vmap_to_mfn(area + i * PAGE_SIZE), mfn[i]));
	}
	CHECK(vmap_to_page(area) == pg + 3);
	vunmap(area);
	area = vmap_contig(page_to_mfn(pg), 4);
	CHECK(holds(area, 4 * PAGE_SIZE));
	CHECK(is_contiguous(area, 4 * PAGE_SIZE));
	vunmap(area);
	free_domheap_pages(pg, 2);
	return true;
}

static bool vmap_maps_the_frames_given(void)
{
	return leaks_nothing(run_vmap);
}

static void *pool_get(unsigned long bytes)
{
	return alloc_xenheap_pages(get_order_from_bytes(bytes), 0);
}

static void pool_put(void *p)
{
	free_xenheap_page(p);
}

static bool run_pool(void)
{
	struct xmem_pool *pool =
		xmem_pool_create("boot", pool_get, pool_put, 0, PAGE_SIZE);
	char *p[40];

	CHECK(pool != NULL);
	for (unsigned int i = 0; i < 40; i++) {
		p[i] = xmem_pool_alloc(16 + i * 16, pool);
		CHECK(holds(p[i], 16 + i * 16));
	}
	for (unsigned int i = 0; i < 40; i++) {
		CHECK(seen_in_directmap(p[i], 16 + i * 16));
		xmem_pool_free(p[i], pool);
	}
	CHECK(xmem_pool_check(pool) == NULL);
	xmem_pool_destroy(pool);
	return true;
}

static bool pool_lives_on_pages(void)
{
	return leaks_nothing(run_pool);
}

/* Frames below a width stay below it. */
static bool width_limits_addresses(void)
{
	struct page_info *low = alloc_domheap_pages(NULL, 0, MEMF_bits(32));
	struct page_info *tiny = alloc_domheap_pages(NULL, 0, MEMF_bits(25));
	char *x = alloc_xenheap_pages(0, MEMF_bits(32));

	CHECK(low && tiny && x);
	CHECK(mfn_x(page_to_mfn(low)) < 1UL << 20);
	CHECK(mfn_x(page_to_mfn(tiny)) < 1UL << 13);
	CHECK(virt_to_mfn(x) < 1UL << 20);
	/* Below 1 MiB everything is reserved. */
	CHECK(alloc_domheap_pages(NULL, 0, MEMF_bits(20)) == NULL);
	free_xenheap_page(x);
	free_domheap_page(tiny);
	free_domheap_page(low);
	return true;
}

static bool bad_requests_give_null(void)
{
	unsigned long before = total_free_pages();

	CHECK(alloc_domheap_pages(NULL, MAX_ORDER + 1, 0) == NULL);
	CHECK(alloc_xenheap_pages(MAX_ORDER + 1, 0) == NULL);
	CHECK(vmalloc(0) == NULL);
	CHECK(vmalloc(~0UL) == NULL);
	CHECK(vmalloc(1UL << 45) == NULL);
	CHECK(_xmalloc(~0UL, 8) == NULL);
	CHECK(_xmalloc(8, 3) == NULL);
	CHECK(_xvmalloc(~0UL, 8) == NULL);
	CHECK(ioremap(0xfee00000UL, 0) == NULL);
	CHECK(ioremap(~0UL, 2) == NULL);
	CHECK(_xmalloc(0, 8) == ZERO_BLOCK_PTR);
	xfree(ZERO_BLOCK_PTR);
	xfree(NULL);
	xvfree(NULL);
	vfree(NULL);
	free_xenheap_page(NULL);
	CHECK(total_free_pages() == before);
	return true;
}

/* ---- exhaustion; blocks are chained through the owner's word ---- */

struct chain {
	struct page_info *head[MAX_ORDER + 1];
};

static void take_all(struct chain *chain, unsigned int top)
{
	for (unsigned int order = top + 1; order-- > 0;) {
		struct page_info *pg;

		chain->head[order] = NULL;
		while ((pg = alloc_domheap_pages(NULL, order, MEMF_no_scrub)) !=
		       NULL) {
			pg->priv = (unsigned long)chain->head[order];
			chain->head[order] = pg;
		}
	}
}

static void give_one(struct chain *chain, unsigned int order)
{
	struct page_info *pg = chain->head[order];

	chain->head[order] = (struct page_info *)pg->priv;
	pg->priv = 0;
	free_domheap_pages(pg, order);
}

static void give_all(struct chain *chain, unsigned int top)
{
	for (unsigned int order = 0; order <= top; order++) {
		while (chain->head[order] != NULL) {
			give_one(chain, order);
		}
	}
}

static bool works_at(struct page_info *pg)
{
	char *page = map_domain_page(page_to_mfn(pg));
	bool ok = holds(page, PAGE_SIZE);

	unmap_domain_page(page);
	return ok;
}

/* With all memory above 4 GiB taken, and part of what is below, 32-bit
 * requests still find some, and memory above works like any other. */
static bool memory_above_4g_works(void)
{
	static struct chain chain;
	unsigned long before = total_free_pages();
	unsigned long high = avail_domheap_pages_region(~0U, 33, 64);
	unsigned long seen = 0;
	struct page_info *pg;

	CHECK((high != 0) == (boot_want_mib > 4096));
	while (avail_domheap_pages_region(~0U, 33, 64) >= 512) {
		pg = alloc_domheap_pages(NULL, 9, MEMF_no_scrub);
		if (pg == NULL) {
			break; /* smaller pieces are left, around tables */
		}
		pg->priv = (unsigned long)chain.head[9];
		chain.head[9] = pg;
		if (mfn_x(page_to_mfn(pg)) >= 1UL << 20 && seen++ % 64 == 0) {
			CHECK(works_at(pg) && works_at(pg + 511));
		}
	}
	CHECK(seen * 512 + 8192 >= high);
	pg = alloc_domheap_pages(NULL, 0, MEMF_bits(32));
	CHECK(pg != NULL && mfn_x(page_to_mfn(pg)) < 1UL << 20);
	free_domheap_page(pg);
	give_all(&chain, MAX_ORDER);
	CHECK(total_free_pages() == before);
	return true;
}

static bool nothing_is_left(void)
{
	CHECK(total_free_pages() == 0);
	CHECK(alloc_domheap_page(NULL, 0) == NULL);
	CHECK(alloc_xenheap_page() == NULL);
	CHECK(vmalloc(PAGE_SIZE) == NULL);
	CHECK(_xmalloc(2 * PAGE_SIZE, 8) == NULL);
	CHECK(_xvmalloc(2 * PAGE_SIZE, 8) == NULL);
	return true;
}

/* All memory can be taken, in the largest blocks first; then every kind of
 * allocation says no; given back, it is all there again. */
static bool exhaustion_gives_null_and_back(void)
{
	static struct chain chain;
	unsigned long before;

	xmem_xmalloc_trim();
	before = total_free_pages();
	take_all(&chain, MAX_ORDER);
	CHECK(nothing_is_left());
	give_all(&chain, MAX_ORDER);
	CHECK(total_free_pages() == before);
	CHECK(xmem_check_all() == NULL);
	return true;
}

/* With ten pages left a vmalloc of a hundred fails and leaves ten. */
static bool failed_vmalloc_takes_nothing(void)
{
	static struct chain chain;
	unsigned long before = total_free_pages();
	unsigned long used = xmem_vmap_used(VMAP_DEFAULT);
	struct page_info *keep = alloc_domheap_pages(NULL, 6, MEMF_no_scrub);

	CHECK(keep != NULL);
	take_all(&chain, MAX_ORDER);
	for (unsigned long i = 0; i < 10; i++) {
		free_domheap_page(keep + i);
	}
	CHECK(total_free_pages() == 10);
	CHECK(vmalloc(100 * PAGE_SIZE) == NULL);
	CHECK(_xvmalloc(100 * PAGE_SIZE, 8) == NULL);
	CHECK(total_free_pages() == 10);
	CHECK(xmem_vmap_used(VMAP_DEFAULT) == used);
	for (unsigned long i = 10; i < 64; i++) {
		free_domheap_page(keep + i);
	}
	give_all(&chain, MAX_ORDER);
	CHECK(total_free_pages() == before);
	CHECK(xmem_check_all() == NULL);
	return true;
}

const struct boot_test boot_tests_alloc[] = {
	{"xmalloc is contiguous memory", xmalloc_is_contiguous_memory},
	{"vmalloc maps any frames", vmalloc_maps_any_frames},
	{"xvmalloc spans both worlds", xvmalloc_spans_both_worlds},
	{"pages are aligned and scrubbed", pages_are_aligned_and_scrubbed},
	{"vmap maps the frames given", vmap_maps_the_frames_given},
	{"a pool lives on xenheap pages", pool_lives_on_pages},
	{"MEMF_bits limits addresses", width_limits_addresses},
	{"bad requests give NULL", bad_requests_give_null},
	{"memory above 4 GiB works", memory_above_4g_works},
	{"exhaustion gives NULL, and all comes back",
	 exhaustion_gives_null_and_back},
	{"a failed vmalloc takes nothing", failed_vmalloc_takes_nothing},
	{NULL, NULL},
};
