/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_pt_check.c - the validator notices every kind of damage
 *
 * link: src/pt/ tests/fake/pt/fake.c
 * flags: -DFAKE_FULL_FRAMES
 * include: tests/fake/pt/include
 *
 * Each test damages one entry of a sound space, by its address, and expects
 * the sentence that names the invariant.
 */
#include "fake.h"

static struct xmem_pt pt;

#define ASSERT_BROKEN(text)                               \
	do {                                              \
		const char *broken_ = fake_check(&pt);    \
		assert_non_null(broken_);                 \
		assert_non_null(strstr(broken_, (text))); \
	} while (0)

/* A space with a page, a block of 4, one of 16 and a prepared table. */
static int build(void **unused)
{
	struct xmem_pt_req map = {XMEM_PT_MAP,
				  PAGE_HYPERVISOR_RW,
				  11UL << PAGE_SHIFT,
				  21,
				  0x100b,
				  0};
	struct xmem_pt_req prepare = {
		XMEM_PT_PREPARE, 0, 200UL << PAGE_SHIFT, 1, 0, 0};

	(void)unused;
	pt = fake_reset();
	(void)fake_apply(&pt, &map);
	(void)fake_apply(&pt, &prepare);
	ASSERT_VALID(fake_check(&pt));
	return 0;
}

/* The entry of @page at @level. */
static xmem_pte_t *entry(unsigned long page, unsigned int level)
{
	unsigned long mfn = fake_root;
	unsigned int at = ARCH_PT_LEVELS - 1;
	xmem_pte_t *slot;

	for (;;) {
		slot = xmem_arch_table(mfn) + ((page >> (at * ARCH_PT_BITS)) &
					       ((1UL << ARCH_PT_BITS) - 1));
		if (at == level) {
			return slot;
		}
		assert_true(xmem_pte_is_table(*slot, at));
		mfn = xmem_pte_mfn(*slot);
		at--;
	}
}

/* A number that is no entry, at any level. */
static void an_entry_that_is_nothing_known(void **unused)
{
	xmem_pte_t *slot = entry(200, 0);

	(void)unused;
	slot->v = 0;
	ASSERT_BROKEN("not exactly one of");
	*slot = xmem_pte_none();
	entry(255, 2)->v = 0;
	ASSERT_BROKEN("not exactly one of");
}

/* A table at page level. */
static void a_table_at_level_0(void **unused)
{
	(void)unused;
	*entry(200, 0) = xmem_pte_table(fake_root);
	ASSERT_BROKEN("not exactly one of");
}

/* A block where the machine has none. */
static void a_block_at_a_level_without_blocks(void **unused)
{
	(void)unused;
	fake_leaf_levels = 2;
	ASSERT_BROKEN("at a level that cannot have one");
}

/* A block whose first frame is not aligned to it. */
static void a_block_of_unaligned_frames(void **unused)
{
	(void)unused;
	*entry(16, 2) = fake_make(3, FAKE_LEAF, PAGE_HYPERVISOR_RW, 0x1014);
	ASSERT_BROKEN("frames is not aligned");
	*entry(16, 2) = fake_make(3, FAKE_PARKED, 0, 0x1014);
	ASSERT_BROKEN("parked block is not aligned");
}

/* Writable and executable at once. */
static void a_mapping_for_writing_and_running(void **unused)
{
	(void)unused;
	*entry(11, 0) = xmem_pte_leaf(0x5, 7, 0);
	ASSERT_BROKEN("writable and executable");
}

/* A table that is in two entries. */
static void a_table_that_is_shared(void **unused)
{
	(void)unused;
	*entry(204, 1) = *entry(200, 1);
	ASSERT_BROKEN("not those taken");
}

/* A table that nothing refers to any more. */
static void a_table_that_is_lost(void **unused)
{
	(void)unused;
	*entry(200, 1) = xmem_pte_none();
	ASSERT_BROKEN("not those taken");
}

/* Four pages of a group with the hint, from page 4 on. */
static void build_group(void)
{
	struct xmem_pt_req map = {XMEM_PT_MAP,
				  PAGE_HYPERVISOR_RW,
				  36UL << PAGE_SHIFT,
				  4,
				  0x2004,
				  0};

	(void)fake_apply(&pt, &map);
	map.kind = XMEM_PT_PREPARE;
	(void)fake_apply(&pt, &map);
	ASSERT_VALID(fake_check(&pt));
	assert_true(xmem_pte_is_cont(*entry(36, 0)));
}

/* The hint on three of four, whichever. */
static void a_group_of_which_one_lacks_the_hint(void **unused)
{
	(void)unused;
	build_group();
	*entry(38, 0) = xmem_pte_set_cont(*entry(38, 0), false, 2);
	ASSERT_BROKEN("on a part of a group");
	*entry(38, 0) = xmem_pte_none();
	ASSERT_BROKEN("on a part of a group");
	build_group();
	*entry(36, 0) = xmem_pte_set_cont(*entry(36, 0), false, 0);
	ASSERT_BROKEN("on a part of a group");
}

/* Different rights inside a group. */
static void a_group_of_which_one_has_other_flags(void **unused)
{
	(void)unused;
	build_group();
	*entry(37, 0) = xmem_pte_set_cont(
		xmem_pte_leaf(0x2005, PAGE_HYPERVISOR_RO, 0), true, 1);
	ASSERT_BROKEN("has different flags");
}

/* Frames in a row that begin elsewhere, and frames that are not in a row. */
static void a_group_whose_frames_are_no_block(void **unused)
{
	(void)unused;
	build_group();
	*entry(39, 0) = xmem_pte_set_cont(
		xmem_pte_leaf(0x2008, PAGE_HYPERVISOR_RW, 0), true, 3);
	ASSERT_BROKEN("are not a block");
	for (unsigned long i = 0; i < 4; i++) {
		*entry(36 + i, 0) = xmem_pte_set_cont(
			xmem_pte_leaf(0x2002 + i, PAGE_HYPERVISOR_RW, 0), true,
			i);
	}
	ASSERT_BROKEN("are not a block");
}

/* Blocks have no hint here. */
static void a_block_with_the_hint(void **unused)
{
	(void)unused;
	*entry(16, 2) =
		fake_make(3, FAKE_LEAF, PAGE_HYPERVISOR_RW | FAKE_CONT, 0x1010);
	ASSERT_BROKEN("a block has the hint");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup(an_entry_that_is_nothing_known, build),
	cmocka_unit_test_setup(a_table_at_level_0, build),
	cmocka_unit_test_setup(a_block_at_a_level_without_blocks, build),
	cmocka_unit_test_setup(a_block_of_unaligned_frames, build),
	cmocka_unit_test_setup(a_mapping_for_writing_and_running, build),
	cmocka_unit_test_setup(a_group_of_which_one_lacks_the_hint, build),
	cmocka_unit_test_setup(a_group_of_which_one_has_other_flags, build),
	cmocka_unit_test_setup(a_group_whose_frames_are_no_block, build),
	cmocka_unit_test_setup(a_block_with_the_hint, build),
	cmocka_unit_test_setup(a_table_that_is_shared, build),
	cmocka_unit_test_setup(a_table_that_is_lost, build),
};

TEST_MAIN(tests)
