/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_pt_check.c - the validator notices every kind of damage
 *
 * link: src/pt/pt.c src/pt/pt_tables.c src/pt/pt_break.c src/pt/pt_check.c
 * link: tests/unit/pt/fake/fake.c
 * include: tests/unit/pt/fake/include
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
	struct xmem_pt_req map = {XMEM_PT_MAP, PAGE_HYPERVISOR_RW,
				  11UL << PAGE_SHIFT, 21, 0x100b};
	struct xmem_pt_req prepare = {XMEM_PT_PREPARE, 0, 200UL << PAGE_SHIFT,
				      1, 0};

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

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup(an_entry_that_is_nothing_known, build),
	cmocka_unit_test_setup(a_table_at_level_0, build),
	cmocka_unit_test_setup(a_block_at_a_level_without_blocks, build),
	cmocka_unit_test_setup(a_block_of_unaligned_frames, build),
	cmocka_unit_test_setup(a_mapping_for_writing_and_running, build),
	cmocka_unit_test_setup(a_table_that_is_shared, build),
	cmocka_unit_test_setup(a_table_that_is_lost, build),
};

TEST_MAIN(tests)
