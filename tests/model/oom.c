/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * oom.c - every allocation function when the n-th page cannot be had
 *
 * For every function of every layer and every n, once and persistently: the
 * n-th page allocation inside the call fails, until a call needs no more
 * than n. A call that fails returns NULL or -ENOMEM and leaves no trace:
 * free pages, page tables and spare tables add up, quota, pools and windows
 * are as before, the validators content. A call that finds another way (as
 * xvmalloc does) gives back all it took when it is freed.
 */
#include "test.h"

#include <arch/pte.h>
#include <xmem/xmem.h>

#include "xmem_host.h"

static struct domain owner;
static unsigned long fail_at;
static bool fail_on;
static unsigned long next_va;
static struct page_info *block; /* as many frames as a table has entries */

/* Bytes that one table maps, and addresses that were never used. */
#define TABLE_BYTES (PAGE_SIZE << ARCH_PT_BITS)
static unsigned long fresh_va(void)
{
	unsigned long end;
	unsigned long start;

	xmem_host_free_window(&start, &end);
	next_va = next_va != 0 ? next_va + TABLE_BYTES : start;
	if (next_va + 2 * TABLE_BYTES >= end) {
		next_va = start;
	}
	return next_va;
}

/* From here on failures count. Spare tables would hide them. */
static void arm(void)
{
	for (int i = 0; i < 20 && xmem_map_spare_tables() > 0; i++) {
		assert_int_equal(populate_pt_range(fresh_va(), 1), 0);
	}
	xmem_host_fail_nth(fail_at, fail_on);
}

/* ---- calls: each arms, allocates, and frees if there was anything ---- */

static bool done(void *p, void (*give)(void *))
{
	xmem_host_fail_nth(0, false);
	if (p != NULL) {
		give(p);
	}
	return p != NULL;
}

static bool call_domheap(void)
{
	struct page_info *pg;

	arm();
	pg = alloc_domheap_pages(&owner, 3, 0);
	xmem_host_fail_nth(0, false);
	if (pg != NULL) {
		free_domheap_pages(pg, 3);
	}
	return pg != NULL;
}

static bool call_xenheap(void)
{
	void *va;

	arm();
	va = alloc_xenheap_pages(2, 0);
	xmem_host_fail_nth(0, false);
	free_xenheap_pages(va, 2);
	return va != NULL;
}

static bool call_runs(void)
{
	struct xmem_run runs[8];
	unsigned long got;
	unsigned int nr;

	arm();
	nr = xmem_alloc_runs(runs, 8, 100, 0, &got);
	xmem_host_fail_nth(0, false);
	assert_int_equal(nr == 0, got == 0);
	xmem_free_runs(runs, nr);
	return nr != 0;
}

/* The frames that a run has just had. */
static bool call_range(void)
{
	struct xmem_run run = {.nr = 100};
	bool got;

	run.mfn = mfn_x(xmem_take_run(run.nr, 1, _mfn(0), INVALID_MFN, 0));
	xmem_free_runs(&run, 1);
	arm();
	got = xmem_take_range(_mfn(run.mfn), run.nr, 0) == 0;
	xmem_host_fail_nth(0, false);
	if (got) {
		xmem_free_runs(&run, 1);
	}
	return got;
}

static bool call_run(void)
{
	struct xmem_run run = {.nr = 100};

	arm();
	run.mfn = mfn_x(xmem_take_run(run.nr, 1, _mfn(0), INVALID_MFN, 0));
	xmem_host_fail_nth(0, false);
	if (run.mfn != XMEM_NO_MFN) {
		xmem_free_runs(&run, 1);
	}
	return run.mfn != XMEM_NO_MFN;
}

static bool call_pages_exact(void)
{
	void *va;

	arm();
	va = xmem_alloc_pages_exact(5, 0, 0);
	xmem_host_fail_nth(0, false);
	xmem_free_pages_exact(va, va != NULL ? 5 : 0);
	return va != NULL;
}

static bool call_xmalloc(void)
{
	arm();
	return done(_xmalloc(100, 16), xfree);
}

static bool call_xzalloc(void)
{
	arm();
	return done(xzalloc_array(long, 50), xfree);
}

static bool call_xmalloc_pages(void)
{
	arm();
	return done(_xmalloc(5 * PAGE_SIZE - 7, 4 * PAGE_SIZE), xfree);
}

static bool call_xmemdup(void)
{
	arm();
	return done(_xmemdup(&owner, sizeof(owner), 64), xfree);
}

/* An object that grows keeps its contents, also if it cannot. */
static bool grow(unsigned long from, unsigned long to,
		 void *(*resize)(void *, size_t, unsigned long))
{
	unsigned char *p = resize(NULL, from, 1);
	unsigned char *q;

	assert_non_null(p);
	memset(p, 0x5c, from);
	arm();
	q = resize(p, to, 1);
	xmem_host_fail_nth(0, false);
	for (unsigned long i = 0; i < from; i++) {
		assert_int_equal(q != NULL ? q[i] : p[i], 0x5c);
	}
	xvfree(q != NULL ? q : p);
	return q != NULL;
}

static bool call_xrealloc(void)
{
	void *in_the_way = _xmalloc(100, 1);
	bool grown = grow(100, PAGE_SIZE - 100, _xrealloc);

	xfree(in_the_way);
	return grown;
}

static bool call_xrealloc_to_pages(void)
{
	return grow(100, 3 * PAGE_SIZE, _xrealloc);
}

static bool call_xrealloc_pages(void)
{
	return grow(2 * PAGE_SIZE, 9 * PAGE_SIZE, _xrealloc);
}

static void *resize_v(void *ptr, size_t size, unsigned long align)
{
	return _xvrealloc(ptr, size, (unsigned int)align);
}

static bool call_xvrealloc(void)
{
	return grow(2 * PAGE_SIZE, 600 * PAGE_SIZE, resize_v);
}

static bool call_xvrealloc_to_pages(void)
{
	return grow(100, 20 * PAGE_SIZE, resize_v);
}

/* ---- pools of a caller ---- */

static void *get_pages(unsigned long bytes)
{
	return alloc_xenheap_pages(get_order_from_bytes(bytes), 0);
}

static void put_page(void *va)
{
	free_xenheap_page(va);
}

static bool call_pool(void)
{
	struct xmem_pool *pool;
	bool all = false;

	arm();
	pool = xmem_pool_create("test", get_pages, put_page, 0, PAGE_SIZE);
	if (pool != NULL) {
		void *a = xmem_pool_alloc(PAGE_SIZE / 2, pool);
		void *b = xmem_pool_alloc_align(PAGE_SIZE / 2, 64, pool);

		all = a != NULL && b != NULL;
		ASSERT_VALID(xmem_pool_check(pool));
		xmem_pool_free(a, pool);
		xmem_pool_free(b, pool);
		assert_int_equal(xmem_pool_get_used_size(pool), 0);
	}
	xmem_host_fail_nth(0, false);
	xmem_pool_destroy(pool);
	return all;
}

/* ---- maps ---- */

static void give_vunmap(void *va)
{
	vunmap(va);
}

static bool call_vmap(void)
{
	mfn_t mfns[40];

	for (unsigned int i = 0; i < 40; i++) {
		mfns[i] = mfn_add(page_to_mfn(block), i * 3);
	}
	arm();
	return done(vmap(mfns, 40), give_vunmap);
}

static bool call_vmap_contig(void)
{
	arm();
	return done(vmap_contig(page_to_mfn(block), 1U << ARCH_PT_BITS),
		    give_vunmap);
}

static bool call_vmalloc(void)
{
	arm();
	return done(vmalloc(700 * PAGE_SIZE), vfree);
}

static bool call_vmalloc_xen(void)
{
	arm();
	return done(vmalloc_xen(5 * PAGE_SIZE), vfree);
}

static bool call_vzalloc(void)
{
	arm();
	return done(vzalloc(33 * PAGE_SIZE), vfree);
}

static void give_iounmap(void *va)
{
	iounmap(va);
}

static bool call_ioremap(void)
{
	arm();
	return done(ioremap(((paddr_t)1 << 40) + 123, 2 * TABLE_BYTES),
		    give_iounmap);
}

static bool call_xvmalloc(void)
{
	arm();
	return done(_xvmalloc(50, 1), xvfree);
}

static bool call_xvmalloc_pages(void)
{
	arm();
	return done(_xvmalloc(17 * PAGE_SIZE, 1), xvfree);
}

static bool call_xvzalloc_pages(void)
{
	arm();
	return done(xvzalloc_array(char, 3, 7, PAGE_SIZE), xvfree);
}

static bool call_xvmalloc_aligned(void)
{
	arm();
	return done(_xvmalloc(3 * PAGE_SIZE, 8 * PAGE_SIZE), xvfree);
}

static bool call_xvmemdup(void)
{
	arm();
	return done(_xvmemdup(page_to_virt(block), 4 * PAGE_SIZE, 1), xvfree);
}

/* ---- page tables ---- */

static bool is_done(int rc)
{
	xmem_host_fail_nth(0, false);
	assert_true(rc == 0 || rc == -XMEM_ENOMEM);
	return rc == 0;
}

static bool call_map(void)
{
	unsigned long va = fresh_va() + TABLE_BYTES - 4 * PAGE_SIZE;
	bool mapped;

	arm();
	mapped = is_done(map_pages_to_xen(va, page_to_mfn(block), 8,
					  PAGE_HYPERVISOR | MAP_SMALL_PAGES));
	for (unsigned long i = 0; i < 8; i++) {
		mfn_t mfn = xen_map_to_mfn(va + i * PAGE_SIZE);

		assert_true(mapped ? mfn_eq(mfn, mfn_add(page_to_mfn(block), i))
				   : mfn_eq(mfn, INVALID_MFN));
	}
	if (mapped) {
		assert_int_equal(destroy_xen_mappings(va, va + 8 * PAGE_SIZE),
				 0);
	}
	return mapped;
}

static bool call_populate(void)
{
	unsigned long va = fresh_va() + TABLE_BYTES - 4 * PAGE_SIZE;

	arm();
	return is_done(populate_pt_range(va, 8));
}

/* A block of the next size, and its middle page changed or removed: the
 * block has to be split. If it cannot be, nothing changes. */
static bool split_block(int (*change)(unsigned long s, unsigned long e))
{
	unsigned long va = fresh_va();
	unsigned long middle = va + TABLE_BYTES / 2;
	unsigned int flags = 0;
	unsigned int order = 0;
	bool changed;

	assert_int_equal(map_pages_to_xen(va, page_to_mfn(block),
					  1UL << ARCH_PT_BITS, PAGE_HYPERVISOR),
			 0);
	arm();
	changed = is_done(change(middle, middle + PAGE_SIZE));
	if (!changed) {
		assert_true(xmem_map_attrs(middle, &flags, &order));
		assert_int_equal(order, ARCH_PT_BITS);
		assert_int_equal(flags, PAGE_HYPERVISOR);
	}
	assert_int_equal(destroy_xen_mappings(va, va + TABLE_BYTES), 0);
	return changed;
}

static int make_read_only(unsigned long s, unsigned long e)
{
	return modify_xen_mappings(s, e, PAGE_HYPERVISOR_RO);
}

static bool call_modify(void)
{
	return split_block(make_read_only);
}

static bool call_destroy(void)
{
	return split_block(destroy_xen_mappings);
}

/* ---- the test ---- */

/* Pages free, in tables, or waiting to become one. */
static unsigned long count_pages(void)
{
	struct xmem_host_stats stats;

	xmem_xmalloc_trim();
	xmem_host_get_stats(&stats);
	return total_free_pages() + stats.nr_tables + xmem_map_spare_tables();
}

static void check_clean(unsigned long pages)
{
	assert_int_equal(count_pages(), pages);
	assert_int_equal(owner.mem.tot_pages, 0);
	assert_int_equal(xmem_xmalloc_used(), 0);
	assert_int_equal(xmem_vmap_used(VMAP_DEFAULT), 0);
	assert_int_equal(xmem_vmap_used(VMAP_XEN), 0);
	ASSERT_VALID(xmem_check_all());
}

/* Return: how many of the calls returned a failure. */
static unsigned int run_mode(bool (*call)(void), bool persistent)
{
	unsigned long pages = count_pages();
	unsigned long failed;
	unsigned int nr = 0;

	fail_on = persistent;
	fail_at = 0;
	do {
		failed = xmem_host_nr_failed();
		fail_at++;
		nr += !call();
		check_clean(pages);
	} while (xmem_host_nr_failed() != failed);
	return nr;
}

/* Every function fails at least once, when there are no pages at all; with
 * large pages there may be no address left whose tables are not there. */
static void run(bool (*call)(void))
{
	unsigned int nr = run_mode(call, true);

	assert_true(nr > 0 || PAGE_SHIFT > 12);
	run_mode(call, false);
	fail_at = 0;
	assert_true(call());
}

#define OOM_TEST(name)                                   \
	static void name##_leaves_no_trace(void **state) \
	{                                                \
		(void)state;                             \
		run(call_##name);                        \
	}

OOM_TEST(domheap)
OOM_TEST(xenheap)
OOM_TEST(runs)
OOM_TEST(range)
OOM_TEST(run)
OOM_TEST(pages_exact)
OOM_TEST(xmalloc)
OOM_TEST(xzalloc)
OOM_TEST(xmalloc_pages)
OOM_TEST(xmemdup)
OOM_TEST(xrealloc)
OOM_TEST(xrealloc_to_pages)
OOM_TEST(xrealloc_pages)
OOM_TEST(pool)
OOM_TEST(vmap)
OOM_TEST(vmap_contig)
OOM_TEST(vmalloc)
OOM_TEST(vmalloc_xen)
OOM_TEST(vzalloc)
OOM_TEST(ioremap)
OOM_TEST(xvmalloc)
OOM_TEST(xvmalloc_pages)
OOM_TEST(xvzalloc_pages)
OOM_TEST(xvmalloc_aligned)
OOM_TEST(xvrealloc)
OOM_TEST(xvrealloc_to_pages)
OOM_TEST(xvmemdup)
OOM_TEST(map)
OOM_TEST(populate)
OOM_TEST(modify)
OOM_TEST(destroy)

static int power_on(void **state)
{
	struct xmem_host_config config = {.ram_bytes = 4UL << 30};

	(void)state;
	xmem_owner_init(&owner.mem, 100, 0);
	if (xmem_host_boot(&config) != 0) {
		return 1;
	}
	block = alloc_domheap_pages(NULL, ARCH_PT_BITS, MEMF_no_scrub);
	return block == NULL;
}

static int power_off(void **state)
{
	(void)state;
	free_domheap_pages(block, ARCH_PT_BITS);
	return xmem_host_shutdown() != 0;
}

#define T(name) cmocka_unit_test(name##_leaves_no_trace)
static const struct CMUnitTest tests[] = {
	T(domheap),
	T(xenheap),
	T(runs),
	T(range),
	T(run),
	T(pages_exact),
	T(xmalloc),
	T(xzalloc),
	T(xmalloc_pages),
	T(xmemdup),
	T(xrealloc),
	T(xrealloc_to_pages),
	T(xrealloc_pages),
	T(pool),
	T(vmap),
	T(vmap_contig),
	T(vmalloc),
	T(vmalloc_xen),
	T(vzalloc),
	T(ioremap),
	T(xvmalloc),
	T(xvmalloc_pages),
	T(xvzalloc_pages),
	T(xvmalloc_aligned),
	T(xvrealloc),
	T(xvrealloc_to_pages),
	T(xvmemdup),
	T(map),
	T(populate),
	T(modify),
	T(destroy),
};

int main(void)
{
	test_begin();
	return cmocka_run_group_tests(tests, power_on, power_off);
}
