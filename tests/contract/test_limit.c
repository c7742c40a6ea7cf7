/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_limit.c - requests that must fail, and memory that gives out
 *
 * Address widths are counted from where RAM lies on this machine; all memory
 * of both heaps is taken and given back, frame by frame the same; also what
 * lies in the caches of CPUs.
 */
#include <arch/layout.h>

#include <xmem/xmem.h>

#include "contract.h"
#include "frames.h"

/* Do CPUs have caches here? The hooks are those of the platform. */
#define HAS_CACHES                                       \
	(XMEM_CONFIG_CPU_CACHES && XMEM_PAGE_HAS_LIVE && \
	 XMEM_PORT_CAN_BROADCAST)

/* ---- address widths, from where RAM begins ---- */

/* Does frame @mfn fit in @bits bits of address? */
static bool fits(unsigned long mfn, unsigned int bits)
{
	return ((uint64_t)mfn << PAGE_SHIFT) >> bits == 0;
}

static bool width_is_kept(unsigned int bits)
{
	struct page_info *pg = alloc_domheap_pages(NULL, 0, MEMF_bits(bits));
	char *x;

	CHECK(pg != NULL && fits(mfn_x(page_to_mfn(pg)), bits));
	free_domheap_page(pg);
	x = alloc_xenheap_pages(0, MEMF_bits(bits));
	CHECK(x != NULL || XMEM_LAYOUT != XMEM_LAYOUT_FULL);
	CHECK(x == NULL || fits(virt_to_mfn(x), bits));
	free_xenheap_page(x);
	return true;
}

/* The least width that any free frame fits in, and below it nothing. */
static bool width_limits_addresses(void)
{
	unsigned int bits = PAGE_SHIFT;

	while (avail_domheap_pages_region(~0U, 0, bits) == 0) {
		CHECK(alloc_domheap_pages(NULL, 0, MEMF_bits(bits)) == NULL);
		CHECK(++bits < 64);
	}
	contract_diag("lowest free frame: %u bits", bits);
	for (; bits <= PADDR_BITS; bits++) {
		CHECK(width_is_kept(bits));
	}
	return true;
}

static bool bad_requests_give_null(void)
{
	unsigned long window =
		(unsigned long)arch_vmap_virt_end() - VMAP_VIRT_START;
	unsigned long before = total_free_pages();

	CHECK(alloc_domheap_pages(NULL, MAX_ORDER + 1, 0) == NULL);
	CHECK(alloc_xenheap_pages(MAX_ORDER + 1, 0) == NULL);
	CHECK(vmalloc(0) == NULL);
	CHECK(vmalloc(~0UL) == NULL);
	CHECK(vmalloc(~0UL / 2) == NULL);
	CHECK(vmalloc(window) == NULL);
	CHECK(_xmalloc(~0UL, 8) == NULL);
	CHECK(_xmalloc(8, 3) == NULL);
	CHECK(_xvmalloc(~0UL, 8) == NULL);
	CHECK(ioremap(contract_machine.device, 0) == NULL);
	CHECK(ioremap(~(paddr_t)0, 2) == NULL);
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

static void take_one(struct chain *chain, unsigned int order,
		     struct page_info *pg)
{
	pg->priv = (unsigned long)chain->head[order];
	chain->head[order] = pg;
}

static struct page_info *give_one(struct chain *chain, unsigned int order)
{
	struct page_info *pg = chain->head[order];

	chain->head[order] = (struct page_info *)pg->priv;
	pg->priv = 0;
	return pg;
}

static void take_domheap(struct chain *chain)
{
	for (unsigned int order = MAX_ORDER + 1; order-- > 0;) {
		struct page_info *pg;

		chain->head[order] = NULL;
		while ((pg = alloc_domheap_pages(NULL, order, MEMF_no_scrub)) !=
		       NULL) {
			take_one(chain, order, pg);
		}
	}
}

static void give_domheap(struct chain *chain)
{
	for (unsigned int order = 0; order <= MAX_ORDER; order++) {
		while (chain->head[order] != NULL) {
			free_domheap_pages(give_one(chain, order), order);
		}
	}
}

/* What the domheap cannot have: a separate xenheap. */
static void take_xenheap(struct chain *chain)
{
	for (unsigned int order = MAX_ORDER + 1; order-- > 0;) {
		void *x;

		chain->head[order] = NULL;
		while ((x = alloc_xenheap_pages(order, 0)) != NULL) {
			take_one(chain, order, virt_to_page(x));
		}
	}
}

static void give_xenheap(struct chain *chain)
{
	for (unsigned int order = 0; order <= MAX_ORDER; order++) {
		while (chain->head[order] != NULL) {
			free_xenheap_pages(page_to_virt(give_one(chain, order)),
					   order);
		}
	}
}

static bool has_ram_above_4g(void)
{
	struct contract_range r;
	bool found = false;

	for (unsigned int i = 0; contract_ram(i, &r); i++) {
		found = found || r.end > 1ULL << 32;
	}
	return found;
}

static unsigned long nr_ranges(void)
{
	struct contract_range r;
	unsigned int i = 0;

	while (contract_ram(i, &r)) {
		i++;
	}
	return i;
}

/* Take all memory above 4 GiB, and try some of it; what comes from below is
 * put into @low. */
static bool take_high(struct chain *high, struct chain *low)
{
	const unsigned int order = get_order_from_bytes(2UL << 20);
	unsigned long all = avail_domheap_pages_region(~0U, 33, 64);
	unsigned long seen = 0;
	struct page_info *pg;

	while (avail_domheap_pages_region(~0U, 33, 64) >= 1UL << order) {
		pg = alloc_domheap_pages(NULL, order, MEMF_no_scrub);
		if (pg == NULL) {
			break; /* smaller pieces are left, around tables */
		}
		if (fits(mfn_x(page_to_mfn(pg)), 32)) {
			take_one(low, order, pg);
			continue;
		}
		take_one(high, order, pg);
		if (seen++ % 64 == 0) {
			CHECK(frame_holds(page_to_mfn(pg)));
			CHECK(frame_holds(
				mfn_add(page_to_mfn(pg), (1UL << order) - 1)));
		}
	}
	/* What is left is around tables and at the ends of ranges. */
	CHECK((seen << order) + 8192 + (nr_ranges() << order) >= all);
	return true;
}

/* Memory above 4 GiB works like any other; when it is all taken, requests of
 * 32 bits and of any find what is below. */
static bool memory_above_4g_works(void)
{
	static struct chain high;
	static struct chain low;
	unsigned long before = total_free_pages();
	bool has_high = avail_domheap_pages_region(~0U, 33, 64) != 0;
	struct page_info *pg;

	CHECK(has_high == has_ram_above_4g());
	if (!has_high) {
		return contract_skip("no memory above 4 GiB");
	}
	high = (struct chain){{NULL}};
	low = (struct chain){{NULL}};
	CHECK(take_high(&high, &low));
	give_domheap(&low);
	pg = alloc_domheap_pages(NULL, 0, MEMF_bits(32));
	CHECK(pg != NULL && fits(mfn_x(page_to_mfn(pg)), 32));
	free_domheap_page(pg);
	pg = alloc_domheap_pages(NULL, 4, 0);
	CHECK(pg != NULL);
	free_domheap_pages(pg, 4);
	give_domheap(&high);
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
	static struct chain dom;
	static struct chain xen;
	unsigned long before;

	xmem_xmalloc_trim();
	before = total_free_pages();
	take_domheap(&dom);
	take_xenheap(&xen);
	CHECK(nothing_is_left());
	give_xenheap(&xen);
	give_domheap(&dom);
	CHECK(total_free_pages() == before);
	CHECK(xmem_check_all() == NULL);
	return true;
}

/* ---- caches of CPUs ---- */

static unsigned long nr_cached(void)
{
	static struct xmem_heap_stats stats;
	unsigned long nr = 0;

	for (unsigned int node = 0; node < MAX_NUMNODES; node++) {
		xmem_heap_get_stats(node, &stats);
		nr += stats.cached_pages;
	}
	return nr;
}

/* This CPU has frames in its cache, if it has one. */
static void use_cache(void *arg)
{
	struct page_info *pg = alloc_domheap_page(NULL, 0);

	(void)arg;
	if (pg != NULL) {
		free_domheap_page(pg);
	}
}

struct last {
	struct page_info *pg;
	struct page_info *got;
};

static void free_last(void *arg)
{
	free_domheap_page(((struct last *)arg)->pg);
}

static void take_last(void *arg)
{
	((struct last *)arg)->got = alloc_domheap_page(NULL, MEMF_no_scrub);
}

/* With no other frame free: the one that a CPU has freed goes to the next CPU
 * that asks, round and round. */
static bool last_goes_round(struct page_info *pg)
{
	struct last last = {pg, NULL};
	unsigned int nr = contract_nr_cpus();

	for (unsigned int i = 0; i < 8 * nr; i++) {
		contract_run_on(i % nr, free_last, &last);
		CHECK(total_free_pages() == 1);
		contract_run_on((i + 1 + i / nr) % nr, take_last, &last);
		CHECK(last.got == pg && total_free_pages() == 0);
	}
	return true;
}

/* One CPU can have every frame, and the last one, whose cache it is in. */
static bool last_frame_is_had_by_all(void)
{
	static struct chain dom;
	static struct chain xen;
	unsigned long before;
	struct page_info *pg;

	if (contract_nr_cpus() == 1) {
		return contract_skip("one CPU");
	}
	contract_run_all(use_cache, NULL);
	contract_diag("%lu frames in caches", nr_cached());
	before = total_free_pages();
	CHECK(!HAS_CACHES || nr_cached() > 0);
	pg = alloc_domheap_page(NULL, MEMF_no_scrub);
	CHECK(pg != NULL);
	take_domheap(&dom);
	take_xenheap(&xen);
	CHECK(total_free_pages() == 0 && nr_cached() == 0);
	CHECK(last_goes_round(pg));
	free_domheap_page(pg);
	give_xenheap(&xen);
	give_domheap(&dom);
	CHECK(total_free_pages() == before);
	CHECK(xmem_check_all() == NULL);
	return true;
}

static void go_down(void *arg)
{
	*(int *)arg = xmem_cpu_down(xmem_port_cpu());
}

/* A CPU that goes down leaves nothing behind, and works without a cache until
 * it is up again. */
static bool cpu_goes_down_and_up(void)
{
	unsigned int cpu = contract_nr_cpus() - 1;
	unsigned long before;
	int rc = -1;

	CHECK(xmem_drain_caches() && nr_cached() == 0);
	before = total_free_pages();
	contract_run_on(cpu, use_cache, NULL);
	CHECK(!HAS_CACHES || nr_cached() > 0);
	contract_run_on(cpu, go_down, &rc);
	CHECK(rc == 0 && nr_cached() == 0);
	contract_run_on(cpu, use_cache, NULL);
	CHECK(nr_cached() == 0 && total_free_pages() == before);
	contract_run_on(cpu, go_down, &rc);
	CHECK(rc == (HAS_CACHES ? -XMEM_ENOENT : 0));
	CHECK(xmem_cpu_up(cpu, xmem_port_cpu_to_node(cpu)) == 0);
	rc = xmem_cpu_up(cpu, xmem_port_cpu_to_node(cpu));
	CHECK(rc == (HAS_CACHES ? -XMEM_EEXIST : 0));
	CHECK(xmem_cpu_up(NR_CPUS, 0) == -XMEM_EINVAL);
	contract_run_on(cpu, use_cache, NULL);
	CHECK(!HAS_CACHES || nr_cached() > 0);
	CHECK(total_free_pages() == before);
	return true;
}

/* An area as large as the one that will fail: its tables stay. */
static bool build_tables(unsigned long nr)
{
	void *p = vmalloc(nr * PAGE_SIZE);

	CHECK(p != NULL);
	vfree(p);
	return true;
}

/* With ten frames left a vmalloc of a hundred fails and leaves ten. */
static bool failed_vmalloc_takes_nothing(void)
{
	static struct chain dom;
	static struct chain xen;
	unsigned long used = xmem_vmap_used(VMAP_DEFAULT);
	unsigned long before;
	struct page_info *keep;

	CHECK(build_tables(100));
	before = total_free_pages();
	keep = alloc_domheap_pages(NULL, 6, MEMF_no_scrub);
	CHECK(keep != NULL);
	take_domheap(&dom);
	take_xenheap(&xen);
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
	give_xenheap(&xen);
	give_domheap(&dom);
	CHECK(total_free_pages() == before);
	CHECK(xmem_check_all() == NULL);
	return true;
}

const struct contract_test contract_tests_limit[] = {
	{"MEMF_bits limits addresses", width_limits_addresses},
	{"bad requests give NULL", bad_requests_give_null},
	{"memory above 4 GiB works", memory_above_4g_works},
	{"exhaustion gives NULL, and all comes back",
	 exhaustion_gives_null_and_back},
	{"the last frame is had by every CPU", last_frame_is_had_by_all},
	{"a CPU goes down and comes up", cpu_goes_down_and_up},
	{"a failed vmalloc takes nothing", failed_vmalloc_takes_nothing},
	{NULL, NULL},
};
