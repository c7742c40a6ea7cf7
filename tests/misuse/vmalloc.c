/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vmalloc.c - memory of vmalloc freed, unmapped or mapped over by others
 *
 * On the whole stack, each test on a machine of its own, as a vfree() that
 * panics half-way leaves its area to nobody. Whatever was done to a live
 * area, no frame is freed that is not its: the number of free frames says
 * so, and each frame that was at stake is still in use afterwards.
 */
#include <xmem/xmem.h>

#include <xmem/debug.h>

#include "test.h"
#include "xmem_host.h"

#define NR 20UL /* pages of an area: several batches of runs, if scattered */

static char *area;
static unsigned long free_before;
static bool damaged; /* something is left to nobody */

static int set_up(void **state)
{
	struct xmem_host_config config = {.ram_bytes = 64ULL << 20};

	(void)state;
	assert_int_equal(xmem_host_boot(&config), 0);
	area = vmalloc(NR * PAGE_SIZE);
	assert_non_null(area);
	memset(area, 0x5a, NR * PAGE_SIZE);
	free_before = total_free_pages();
	damaged = false;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	if (!damaged) {
		vfree(area);
	}
	return xmem_host_shutdown() != 0 && !damaged;
}

static char *page_at(unsigned long i)
{
	return area + i * PAGE_SIZE;
}

static unsigned long va_at(unsigned long i)
{
	return (unsigned long)page_at(i);
}

static bool is_used(mfn_t mfn)
{
	return xmem_heap_frame_state(mfn_x(mfn)) == XMEM_FRAME_USED;
}

/* Nothing was freed, the area is what it was. */
static void expect_unharmed(void)
{
	assert_int_equal(total_free_pages(), free_before);
	assert_int_equal(vmap_size(area), NR);
	for (unsigned long i = 0; i < NR * PAGE_SIZE; i++) {
		assert_int_equal(area[i], 0x5a);
	}
	ASSERT_VALID(xmem_check_all());
}

/* vfree() of the area panics for page @i, having found @next. At most frames
 * of the pages before it are free. */
static void expect_lost_page(unsigned long i, mfn_t next)
{
	char text[200];

	damaged = true;
	snprintf(text, sizeof(text),
		 "vfree: page %p of the area at %p has lost its frame: what is "
		 "mapped from there on begins with frame %lx (caller 0x",
		 (void *)page_at(i), (void *)area, mfn_x(next));
	EXPECT_PANIC(vfree(area), text);
	assert_true(total_free_pages() - free_before <= i);
	ASSERT_VALID(xmem_heap_check());
	EXPECT_PANIC(vfree(area), "is being freed already");
}

static void expect_refused(unsigned long i)
{
	struct page_info *pg = vmap_to_page(page_at(i));
	struct xmem_run run = {mfn_x(page_to_mfn(pg)), 1};

	EXPECT_PANIC(free_domheap_pages(pg, 0), "memory of vmalloc");
	EXPECT_PANIC(xmem_free_runs(&run, 1), "is memory of vmalloc");
	EXPECT_PANIC(free_xenheap_pages(page_to_virt(pg), 0),
		     "in use, but not as xenheap");
	assert_int_equal(xmem_free_runs_at(&run, 1, va_at(i + 1), 1), 0);
}

/* Each frame of a live area, through each function that frees frames. */
static void frames_are_freed_by_vfree_alone(void **state)
{
	(void)state;
	for (unsigned long i = 0; i < NR; i++) {
		expect_refused(i);
	}
	expect_unharmed();
}

/* A block that holds one of its frames among those of nobody. */
static void blocks_around_a_frame_are_refused(void **state)
{
	unsigned long mfn = mfn_x(vmap_to_mfn(page_at(3)));

	(void)state;
	EXPECT_PANIC(free_domheap_pages(mfn_to_page(_mfn(mfn & ~1UL)), 1),
		     "order 1");
	EXPECT_PANIC(free_domheap_pages(mfn_to_page(_mfn(mfn & ~15UL)), 4),
		     "order 4");
	EXPECT_PANIC(free_domheap_pages(mfn_to_page(_mfn(mfn & ~255UL)), 8),
		     "order 8");
	expect_unharmed();
}

/* Pages removed from the middle, the start, the end. */
static void removed_pages_are_missed(void **state)
{
	mfn_t next = vmap_to_mfn(page_at(7));

	(void)state;
	assert_int_equal(destroy_xen_mappings(va_at(5), va_at(7)), 0);
	expect_lost_page(5, next);
}

static void a_removed_first_page_is_missed(void **state)
{
	mfn_t next = vmap_to_mfn(page_at(1));

	(void)state;
	assert_int_equal(destroy_xen_mappings(va_at(0), va_at(1)), 0);
	expect_lost_page(0, next);
}

static void a_removed_last_page_is_missed(void **state)
{
	(void)state;
	assert_int_equal(destroy_xen_mappings(va_at(NR - 1), va_at(NR)), 0);
	expect_lost_page(NR - 1, INVALID_MFN);
}

static void an_area_that_is_gone_is_missed(void **state)
{
	(void)state;
	assert_int_equal(
		modify_xen_mappings(va_at(0), va_at(NR), PAGE_HYPERVISOR_NONE),
		0);
	expect_lost_page(0, INVALID_MFN);
}

/* Map @mfn over page 9. */
static void map_over(mfn_t mfn)
{
	assert_int_equal(map_pages_to_xen(va_at(9), mfn, 1, PAGE_HYPERVISOR),
			 0);
}

/* A frame of a domain, of nobody, of the xenheap, of a device: it stays. */
static void a_frame_of_a_domain_stays(void **state)
{
	struct domain d;
	struct page_info *pg;

	(void)state;
	xmem_owner_init(&d.mem, 9, 0);
	pg = alloc_domheap_pages(&d, 0, 0);
	free_before = total_free_pages();
	map_over(page_to_mfn(pg));
	expect_lost_page(9, page_to_mfn(pg));
	assert_true(is_used(page_to_mfn(pg)));
	assert_int_equal(d.mem.tot_pages, 1);
}

static void a_frame_of_nobody_stays(void **state)
{
	struct page_info *pg = alloc_domheap_pages(NULL, 0, 0);

	(void)state;
	free_before = total_free_pages();
	map_over(page_to_mfn(pg));
	expect_lost_page(9, page_to_mfn(pg));
	assert_true(is_used(page_to_mfn(pg)));
}

static void a_xenheap_page_stays(void **state)
{
	void *p = alloc_xenheap_pages(0, 0);

	(void)state;
	free_before = total_free_pages();
	map_over(_mfn(virt_to_mfn(p)));
	expect_lost_page(9, _mfn(virt_to_mfn(p)));
	assert_true(is_xen_heap_page(virt_to_page(p)));
}

static void a_device_is_no_frame_to_free(void **state)
{
	(void)state;
	map_over(_mfn(0xfee00000UL >> PAGE_SHIFT));
	expect_lost_page(9, _mfn(0xfee00000UL >> PAGE_SHIFT));
}

/* A frame of another area, at the same place in it; and the other area is
 * freed as if nothing had been. */
static void a_frame_of_another_area_stays(void **state)
{
	char *other = vmalloc(NR * PAGE_SIZE);
	mfn_t mfn = vmap_to_mfn(other + 9 * PAGE_SIZE);

	(void)state;
	free_before = total_free_pages();
	map_over(mfn);
	expect_lost_page(9, mfn);
	assert_true(is_used(mfn));
	free_before = total_free_pages();
	vfree(other);
	assert_int_equal(total_free_pages(), free_before + NR);
}

/* Two pages of the area exchanged: the same frames, but not in their place. */
static void exchanged_pages_are_noticed(void **state)
{
	mfn_t a = vmap_to_mfn(page_at(9));
	mfn_t b = vmap_to_mfn(page_at(10));

	(void)state;
	map_over(b);
	assert_int_equal(map_pages_to_xen(va_at(10), a, 1, PAGE_HYPERVISOR), 0);
	expect_lost_page(9, b);
}

/* Somebody holds a reference to one of the frames. */
static void a_referenced_frame_stays(void **state)
{
	struct page_info *pg = vmap_to_page(page_at(4));

	(void)state;
	pg->count_info++;
	expect_lost_page(4, page_to_mfn(pg));
	assert_true(is_used(page_to_mfn(pg)));
}

/* Rights may change, and the page be mapped again as it was. */
static void rights_are_the_users(void **state)
{
	mfn_t mfn = vmap_to_mfn(page_at(9));

	(void)state;
	assert_int_equal(
		modify_xen_mappings(va_at(0), va_at(NR), PAGE_HYPERVISOR_RO),
		0);
	assert_int_equal(destroy_xen_mappings(va_at(9), va_at(10)), 0);
	map_over(mfn);
	expect_unharmed();
}

/* What is freed bears no mark: it can be anything next. */
static void freed_frames_are_nobodys(void **state)
{
	struct domain d;
	mfn_t mfn[NR];
	struct page_info *pg;

	(void)state;
	xmem_owner_init(&d.mem, 9, 0);
	for (unsigned long i = 0; i < NR; i++) {
		mfn[i] = vmap_to_mfn(page_at(i));
	}
	vfree(area);
	assert_int_equal(total_free_pages(), free_before + NR);
	for (unsigned long i = 0; i < NR; i++) {
		assert_int_equal(xmem_page_refs(mfn_to_page(mfn[i])), 0);
		assert_false(xmem_page_is_vmalloc(mfn_to_page(mfn[i])));
	}
	pg = alloc_domheap_pages(&d, 3, 0);
	free_domheap_pages(pg, 3);
	assert_int_equal(d.mem.tot_pages, 0);
	area = vmalloc(NR * PAGE_SIZE);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
static const struct CMUnitTest tests[] = {
	T(frames_are_freed_by_vfree_alone),
	T(blocks_around_a_frame_are_refused),
	T(removed_pages_are_missed),
	T(a_removed_first_page_is_missed),
	T(a_removed_last_page_is_missed),
	T(an_area_that_is_gone_is_missed),
	T(a_frame_of_a_domain_stays),
	T(a_frame_of_nobody_stays),
	T(a_xenheap_page_stays),
	T(a_device_is_no_frame_to_free),
	T(a_frame_of_another_area_stays),
	T(exchanged_pages_are_noticed),
	T(a_referenced_frame_stays),
	T(rights_are_the_users),
	T(freed_frames_are_nobodys),
};

TEST_MAIN(tests)
