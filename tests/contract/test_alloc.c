/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_alloc.c - every kind of allocation, on one CPU
 *
 * A pattern is written through the address an allocator gave and read back
 * through map_domain_page(), page by page, by the frames in the page tables.
 */
#include <arch/layout.h>

#include <xmem/xmem.h>

#include "contract.h"
#include "frames.h"
#include "lib/mem.h"

static uint64_t stamp(unsigned long key, unsigned long i)
{
	return (uint64_t)(key ^ i) * 0x9e3779b97f4a7c15ULL;
}

/* Words of [@p, @p + @size) get values of their own. */
static void fill(void *p, unsigned long size)
{
	uint64_t *word = p;

	for (unsigned long i = 0; i < size / 8; i++) {
		word[i] = stamp((unsigned long)p, i);
	}
}

/* Has @word the values of words @i to @end of what was filled at @p? */
static bool words_hold(const uint64_t *word, const void *p, unsigned long i,
		       unsigned long end)
{
	for (; i < end; i++) {
		if (*word++ != stamp((unsigned long)p, i)) {
			return false;
		}
	}
	return true;
}

/* The same words, seen through the frames. */
static bool seen_in_frames(const void *p, unsigned long size)
{
	unsigned long i = 0;

	while (i < size / 8) {
		unsigned long va = (unsigned long)p + i * 8;
		unsigned long offset = va & ~PAGE_MASK;
		unsigned long end = i + (PAGE_SIZE - offset) / 8;
		mfn_t mfn = xen_map_to_mfn(va);
		const char *page;
		bool same;

		end = end < size / 8 ? end : size / 8;
		CHECK(mfn_valid(mfn));
		page = map_domain_page(mfn);
		same = words_hold((const uint64_t *)(page + offset), p, i, end);
		unmap_domain_page(page);
		CHECK(same);
		i = end;
	}
	return true;
}

static bool holds(void *p, unsigned long size)
{
	CHECK(p != NULL);
	fill(p, size);
	CHECK(seen_in_frames(p, size));
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
		if (byte[i] != 0) {
			return false;
		}
	}
	return true;
}

static bool frame_is_zero(mfn_t mfn)
{
	const char *page = map_domain_page(mfn);
	bool zero = is_zero(page, PAGE_SIZE);

	unmap_domain_page(page);
	return zero;
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
	CHECK(seen_in_frames(small, 64));
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
	unsigned long size = 300 * 1024;
	char *p = vmalloc(size);
	char *z;

	CHECK(holds(p, size));
	CHECK(vmap_contains(p) && !xmem_arch_in_directmap(p));
	CHECK(vmap_size(p) == (size + PAGE_SIZE - 1) >> PAGE_SHIFT);
	vfree(p);
	z = vzalloc(size); /* over what was just dirtied */
	CHECK(z != NULL && is_zero(z, size));
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
	char *large = _xvzalloc(25 * PAGE_SIZE, 8);
	unsigned long was = (unsigned long)small;
	char *moved;

	CHECK(small && !vmap_contains(small));
	CHECK(large && vmap_contains(large));
	CHECK(is_zero(large, 25 * PAGE_SIZE));
	CHECK(holds(large, 25 * PAGE_SIZE));
	fill(small, 96);
	moved = _xvrealloc(small, 10 * PAGE_SIZE, 8);
	CHECK(moved != NULL && vmap_contains(moved));
	CHECK(((uint64_t *)moved)[11] == stamp(was, 11));
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

	CHECK(pg != NULL);
	CHECK(holds(x, 8 * PAGE_SIZE));
	CHECK(is_contiguous(x, 8 * PAGE_SIZE));
	CHECK(((unsigned long)x & (8 * PAGE_SIZE - 1)) == 0);
	CHECK((mfn_x(page_to_mfn(pg)) & 3) == 0);
	for (unsigned long i = 0; i < 4; i++) {
		CHECK(frame_is_zero(mfn_add(page_to_mfn(pg), i)));
		CHECK(frame_holds(mfn_add(page_to_mfn(pg), i)));
	}
	free_xenheap_pages(x, 3);
	free_domheap_pages(pg, 2);
	return true;
}

static bool pages_are_aligned_and_scrubbed(void)
{
	return leaks_nothing(run_pages);
}

#define RANGE_FRAMES 24UL /* no power of two */

/* Frames that the caller names, all or none, and as far as they are free. */
static bool run_range(void)
{
	struct page_info *pg = alloc_domheap_pages(NULL, 5, MEMF_no_scrub);
	mfn_t mfn;

	CHECK(pg != NULL);
	mfn = page_to_mfn(pg);
	for (unsigned long i = 0; i < 32; i++) {
		CHECK(frame_holds(mfn_add(mfn, i)));
	}
	CHECK(xmem_take_range(mfn, 1, 0) == -XMEM_EBUSY);
	free_domheap_pages(pg, 5);
	CHECK(xmem_frame_is_free(mfn));
	CHECK(xmem_take_range(mfn_add(mfn, 2), RANGE_FRAMES, 0) == 0);
	CHECK(xmem_take_range(mfn, 3, 0) == -XMEM_EBUSY);
	for (unsigned long i = 0; i < RANGE_FRAMES; i++) {
		CHECK(!xmem_frame_is_free(mfn_add(mfn, i + 2)));
		CHECK(frame_is_zero(mfn_add(mfn, i + 2)));
	}
	CHECK(xmem_take_range_partial(mfn, 5, 0) == 2);
	CHECK(frame_is_zero(mfn));
	free_domheap_pages(pg, 1);
	free_domheap_pages(pg + 2, 1);
	xmem_free_runs(&(struct xmem_run){mfn_x(mfn) + 4, RANGE_FRAMES - 2}, 1);
	CHECK(xmem_frame_is_free(mfn_add(mfn, 25)));
	CHECK(xmem_take_range(INVALID_MFN, 1, 0) == -XMEM_EINVAL);
	CHECK(!xmem_frame_is_free(INVALID_MFN));
	return true;
}

static bool ranges_are_taken_where_they_are(void)
{
	return leaks_nothing(run_range);
}

/* Exactly so many frames in a row, each of which is RAM and zeroed; and pages
 * with an address. */
static bool run_run(void)
{
	unsigned long nr = 3 * RANGE_FRAMES + 1;
	mfn_t mfn = xmem_take_run(nr, 8, _mfn(0), INVALID_MFN, 0);
	unsigned long before = total_free_pages();
	char *pages;

	CHECK(!mfn_eq(mfn, INVALID_MFN) && mfn_x(mfn) % 8 == 0);
	for (unsigned long i = 0; i < nr; i++) {
		CHECK(frame_is_zero(mfn_add(mfn, i)));
		CHECK(frame_holds(mfn_add(mfn, i)));
	}
	xmem_free_runs(&(struct xmem_run){mfn_x(mfn), 1}, 1);
	xmem_free_runs(&(struct xmem_run){mfn_x(mfn) + 1, nr - 1}, 1);
	CHECK(total_free_pages() == before + nr);
	CHECK(mfn_eq(xmem_take_run(~0UL, 1, _mfn(0), INVALID_MFN, 0),
		     INVALID_MFN));
	pages = xmem_alloc_pages_exact(5, 0, 0);
	CHECK(holds(pages, 5 * PAGE_SIZE));
	CHECK(is_contiguous(pages, 5 * PAGE_SIZE));
	CHECK(total_free_pages() == before + nr - 5);
	xmem_free_pages_exact(pages + PAGE_SIZE, 4);
	xmem_free_pages_exact(pages, 1);
	return true;
}

static bool runs_have_exactly_so_many_frames(void)
{
	return leaks_nothing(run_run);
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
		CHECK(seen_in_frames(p[i], 16 + i * 16));
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

/* ---- windows: frames in no mapping ---- */

/* Several domain pages at a time, last in first out, are different frames. */
static bool domain_pages_nest(void)
{
	struct page_info *pg = alloc_domheap_pages(NULL, 2, MEMF_no_scrub);
	uint64_t *page[4];

	CHECK(pg != NULL);
	for (unsigned long i = 0; i < 4; i++) {
		page[i] = map_domain_page(mfn_add(page_to_mfn(pg), i));
		*page[i] = i + 1;
	}
	for (unsigned long i = 4; i-- > 0;) {
		bool same = *page[i] == i + 1;

		unmap_domain_page(page[i]);
		CHECK(same);
	}
	free_domheap_pages(pg, 2);
	return true;
}

#define WINDOW_FRAMES 8UL

/* Frames that the direct map does not cover, and what each CPU finds. */
static struct {
	unsigned long mfn;
	bool wrong[NR_CPUS];
} far;

/* The largest free block outside the direct map; NULL if there is none. */
static struct page_info *alloc_far(unsigned int *order)
{
	for (*order = MAX_ORDER; 1UL << *order >= WINDOW_FRAMES; --*order) {
		struct page_info *pg =
			alloc_domheap_pages(NULL, *order, MEMF_no_scrub);

		if (pg == NULL) {
			continue;
		}
		far.mfn = mfn_x(page_to_mfn(pg));
		if (!xmem_arch_mfn_mapped(far.mfn)) {
			return pg;
		}
		free_domheap_pages(pg, *order);
	}
	return NULL;
}

/* Word @cpu of frame @i through a window of its own, the same for all @i. */
static void look_through_windows(void *arg)
{
	unsigned int cpu = xmem_port_cpu();
	bool *wrong = arg;

	for (unsigned long i = 0; i < WINDOW_FRAMES; i++) {
		uint64_t *page = map_domain_page(_mfn(far.mfn + i));

		page[cpu] = stamp(cpu, i);
		unmap_domain_page(page);
	}
	for (unsigned long i = WINDOW_FRAMES; i-- > 0;) {
		uint64_t *page = map_domain_page(_mfn(far.mfn + i));

		wrong[cpu] |= page[cpu] != stamp(cpu, i);
		unmap_domain_page(page);
	}
}

/* A window is used again for another frame, and shows that one. */
static bool windows_show_their_frames(void)
{
	unsigned int order;
	struct page_info *pg = alloc_far(&order);
	bool ok = true;

	if (pg == NULL) {
		return contract_skip("no large block outside the direct map");
	}
	memset(far.wrong, 0, sizeof(far.wrong));
	contract_run_all(look_through_windows, far.wrong);
	for (unsigned int cpu = 0; cpu < contract_nr_cpus(); cpu++) {
		ok = ok && !far.wrong[cpu];
	}
	free_domheap_pages(pg, order);
	CHECK(ok);
	return true;
}

const struct contract_test contract_tests_alloc[] = {
	{"xmalloc is contiguous memory", xmalloc_is_contiguous_memory},
	{"vmalloc maps any frames", vmalloc_maps_any_frames},
	{"xvmalloc spans both worlds", xvmalloc_spans_both_worlds},
	{"pages are aligned and scrubbed", pages_are_aligned_and_scrubbed},
	{"ranges are taken where they are", ranges_are_taken_where_they_are},
	{"runs have exactly so many frames", runs_have_exactly_so_many_frames},
	{"vmap maps the frames given", vmap_maps_the_frames_given},
	{"a pool lives on xenheap pages", pool_lives_on_pages},
	{"domain pages nest", domain_pages_nest},
	{"windows show their frames", windows_show_their_frames},
	{NULL, NULL},
};
