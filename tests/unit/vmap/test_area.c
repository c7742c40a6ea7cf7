/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_area.c - areas of the caller's frames: one run for neighbours, all or
 * nothing, whatever the arguments
 *
 * link: src/vmap/area.c src/vmap/window.c
 * link: src/frame/frame_index.c src/vmap/window_check.c src/vmap/vm_init.c
 * link: src/va/va.c src/va/va_check.c src/lib/bitmap_tree.c
 * link: src/lib/bitmap_tree_check.c src/lib/phase.c
 */
#include "vmap_tests.h"

#define MAX_MFN (1UL << (PADDR_BITS - PAGE_SHIFT))

static void *each(const mfn_t *mfns, unsigned int nr)
{
	return xmem_area_map(mfns, 1, nr, 1, PAGE_HYPERVISOR, VMAP_DEFAULT);
}

static void *contig(unsigned long mfn, unsigned int nr)
{
	mfn_t first = _mfn(mfn);

	return xmem_area_map(&first, nr, 1, 1, PAGE_HYPERVISOR, VMAP_DEFAULT);
}

static unsigned int size_of(const void *va)
{
	unsigned int tag;
	unsigned int nr = xmem_window_find(va, &tag);

	assert_int_equal(tag, nr != 0 ? AREA_MAPPED : XMEM_VA_FREE);
	return nr;
}

static void unmap(const void *va)
{
	xmem_area_unmap(va, "unmap", NULL);
}

/* Frames that lie one behind the other are committed as one run. */
static void neighbours_are_one_run(void **state)
{
	mfn_t mfns[6] = {_mfn(20), _mfn(21), _mfn(22),
			 _mfn(30), _mfn(31), _mfn(5)};
	char *va = each(mfns, 6);

	(void)state;
	assert_int_equal(fake.nr_commits, 3);
	unmap(va);
	fake.nr_commits = 0;
	va = contig(500, 33);
	assert_int_equal(fake.nr_commits, 1);
	assert_int_equal(size_of(va), 33);
	expect_mapped(va + 32 * PAGE_SIZE, 532, PAGE_HYPERVISOR);
	unmap(va);
	fake_expect_empty();
}

/* A long scattered mapping goes in several batches, with one flush. */
static void long_mapping_is_unmapped_whole(void **state)
{
	mfn_t mfns[60];
	char *va;

	(void)state;
	for (unsigned long i = 0; i < 60; i++) {
		mfns[i] = _mfn(i * 37 % 101);
	}
	va = each(mfns, 60);
	assert_non_null(va);
	assert_null(each(mfns, 3)); /* the window is full */
	unmap(va);
	assert_int_equal(fake.nr_flushes, 1);
	fake_expect_empty();
}

/* Arguments that make no sense give NULL, with no call below. */
static void bad_arguments_give_null(void **state)
{
	mfn_t mfn[2] = {_mfn(100), INVALID_MFN};
	unsigned int rwx = PAGE_HYPERVISOR_RW | XMEM_MAP_EXEC;
	unsigned int rw = PAGE_HYPERVISOR;

	(void)state;
	fake_fail(0);
	assert_null(each(mfn, 0));
	assert_null(each(mfn, 2));
	assert_null(contig(~0UL, 1));
	assert_null(contig(~0UL - 5, 10));
	assert_null(contig(MAX_MFN - 5, 6));
	assert_null(contig(1, 0));
	assert_null(contig(1, ~0U));
	assert_null(xmem_area_map(mfn, 0, 1, 1, rw, VMAP_DEFAULT));
	assert_null(xmem_area_map(mfn, ~0U, ~0U, 1, rw, VMAP_DEFAULT));
	assert_null(xmem_area_map(mfn, ~0U, 1, 1, rw, VMAP_DEFAULT));
	assert_null(xmem_area_map(mfn, 1, 1, 3, rw, VMAP_DEFAULT));
	assert_null(xmem_area_map(mfn, 1, 1, 1U << 31, rw, VMAP_DEFAULT));
	assert_null(xmem_area_map(mfn, 1, 1, 1, rw, VMAP_REGION_NR));
	assert_null(xmem_area_map(mfn, 1, 1, 1, rw, (enum vmap_region) - 1));
	assert_null(xmem_area_map(mfn, 1, 1, 1, rwx, VMAP_DEFAULT));
	assert_null(xmem_area_map(mfn, 1, 1, 1, rwx, VMAP_XEN));
	assert_null(
		xmem_area_map(mfn, 1, 1, 1, PAGE_HYPERVISOR_RX, VMAP_DEFAULT));
	assert_null(xmem_area_map(mfn, 1, 1, 1, PAGE_HYPERVISOR_NONE,
				  VMAP_DEFAULT));
	assert_null(xmem_area_map(mfn, 1, 1, 1, XMEM_MAP_WRITE, VMAP_DEFAULT));
	assert_null(xmem_area_map(mfn, 1, 1, 1, rw | 1U << 20, VMAP_DEFAULT));
	assert_int_equal(fake.nr_calls, 0);
	fake_expect_empty();
}

/* Who unmaps is named where it is wrong to. */
static void refused_unmap_names_who(void **state)
{
	void *va = contig(500, 3);

	(void)state;
	EXPECT_PANIC(xmem_area_unmap((char *)va + PAGE_SIZE, "somebody",
				     (void *)0xabc123),
		     "somebody: ");
	EXPECT_PANIC(xmem_area_unmap((char *)va + PAGE_SIZE, "somebody",
				     (void *)0xabc123),
		     "caller 0xabc123");
	unmap(va);
	fake_expect_empty();
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup(neighbours_are_one_run, fake_setup),
	cmocka_unit_test_setup(long_mapping_is_unmapped_whole, fake_setup),
	cmocka_unit_test_setup(bad_arguments_give_null, fake_setup),
	cmocka_unit_test_setup(refused_unmap_names_who, fake_setup),
};

TEST_MAIN(tests)
