/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_x86_small_table.c - 8 ranges, with 16 entries for them
 *
 * pages: 4 KiB
 * link: src/ arch/x86/
 * link: tests/sim/sim_machine.c tests/sim/x86/x86_cpu.c
 * native: its addresses are addresses of the process
 * include: tests/sim/x86/fake arch/x86/include arch/common/include
 * flags: -DSIM_VA_BITS=48 -UPAGE_SHIFT -DXMEM_CONFIG_BOOT_REGIONS=16 -O0
 * once: that of test_x86.c but for the number of ranges
 */
#include "../sim_machine.h"

#define KIB(n) ((uint64_t)(n) << 10)
#define MIB(n) ((uint64_t)(n) << 20)
#define GIB(n) ((uint64_t)(n) << 30)

static const struct sim_range full_ram[] = {
	{SIM_RAM_START, SIM_RAM_START + MIB(64)},
	{GIB(1), GIB(1) + MIB(3)},
	{GIB(2) + KIB(4), GIB(2) + MIB(3)},
	{GIB(3), GIB(3) + KIB(8)},
	{GIB(4), GIB(4) + KIB(4)},
	{GIB(5) + MIB(2), GIB(5) + MIB(5)},
	{GIB(7), GIB(7) + KIB(32)},
	{GIB(8), GIB(8) + MIB(1)},
};

#include "full_table.h"

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(all_of_it_boots),
	cmocka_unit_test(all_of_it_is_mapped),
	cmocka_unit_test(memory_can_be_had),
};

TEST_MAIN(tests)
