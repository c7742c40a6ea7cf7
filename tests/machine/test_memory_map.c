/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_memory_map.c - where RAM lies
 */
#include <xmem/xmem.h>

#include "test.h"
#include "xmem_host.h"

#define MIB(n) ((uint64_t)(n) << 20)
#define GIB(n) ((uint64_t)(n) << 30)

static void assert_range(unsigned int i, uint64_t start, uint64_t end)
{
	unsigned long smfn = 0;
	unsigned long emfn = 0;

	assert_true(xmem_host_range_at(i, &smfn, &emfn));
	assert_int_equal((uint64_t)smfn << PAGE_SHIFT, start);
	assert_int_equal((uint64_t)emfn << PAGE_SHIFT, end);
}

/* By default: 1 GiB, laid out like a PC. */
static void default_is_a_pc(void **state)
{
	unsigned long smfn, emfn;

	(void)state;
	assert_int_equal(xmem_host_power_on(NULL), 0);
	assert_range(0, 0, 0xa0000);
	assert_range(1, MIB(1), GIB(1));
	assert_false(xmem_host_range_at(2, &smfn, &emfn));
	assert_int_equal((int)xmem_host_shutdown(), 0);
}

/* A large machine has the hole below 4 GiB. */
static void large_machine_has_a_hole(void **state)
{
	struct xmem_host_config c = {.ram_bytes = GIB(8)};

	(void)state;
	assert_int_equal(xmem_host_power_on(&c), 0);
	assert_range(1, MIB(1), GIB(3));
	assert_range(2, GIB(4), GIB(9));
	assert_false(xmem_arch_mfn_valid(GIB(3) >> PAGE_SHIFT));
	assert_true(xmem_arch_mfn_valid(GIB(4) >> PAGE_SHIFT));
	assert_int_equal((int)xmem_host_shutdown(), 0);
}

/* Ranges come in any order, are rounded inwards, and empty ones vanish. */
static void ranges_are_sorted_and_rounded(void **state)
{
	static const struct xmem_host_range range[] = {
		{.start = MIB(64) + 1, .end = MIB(65) + 5},
		{.start = MIB(8), .end = MIB(8)},
		{.start = MIB(9), .end = MIB(7)},
		{.start = MIB(1), .end = MIB(2)},
	};
	struct xmem_host_config c = {.ranges = range, .nr_ranges = 4};
	unsigned long smfn, emfn;

	(void)state;
	assert_int_equal(xmem_host_power_on(&c), 0);
	assert_range(0, MIB(1), MIB(2));
	assert_range(1, MIB(64) + PAGE_SIZE, MIB(65));
	assert_false(xmem_host_range_at(2, &smfn, &emfn));
	assert_int_equal((int)xmem_host_shutdown(), 0);
}

/* Nodes share RAM evenly, in address order. */
static void nodes_share_evenly(void **state)
{
	struct xmem_host_config c = {.ram_bytes = GIB(8), .nr_nodes = 4};

	(void)state;
	assert_int_equal(xmem_host_power_on(&c), 0);
	for (unsigned int i = 0; i < 4; i++) {
		static const unsigned int at_mib[] = {1024, 2560, 5632, 8704};

		assert_int_equal(
			xmem_host_mfn_to_node(MIB(at_mib[i]) >> PAGE_SHIFT), i);
	}
	assert_int_equal((int)xmem_host_shutdown(), 0);
}

/* Without heap there are no leaks. */
static void power_off_without_boot_is_clean(void **state)
{
	(void)state;
	assert_int_equal(xmem_host_power_on(NULL), 0);
	assert_int_equal((int)xmem_host_shutdown(), 0);
	assert_int_equal(xmem_host_power_on(NULL), 0);
	assert_int_equal((int)xmem_host_shutdown(), 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(default_is_a_pc),
	cmocka_unit_test(large_machine_has_a_hole),
	cmocka_unit_test(ranges_are_sorted_and_rounded),
	cmocka_unit_test(nodes_share_evenly),
	cmocka_unit_test(power_off_without_boot_is_clean),
};

TEST_MAIN(tests)
