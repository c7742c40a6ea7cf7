/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_x86_full_table.c - 64 MiB and 260 ranges of 32 KiB, 1 GiB apart, with
 * 512 entries for them
 *
 * pages: 4 KiB
 * link: src/ arch/x86/
 * link: tests/sim/sim_machine.c tests/sim/x86/x86_cpu.c
 * native: its addresses are addresses of the process
 * include: tests/sim/x86/fake arch/x86/include arch/common/include
 * flags: -DSIM_VA_BITS=48 -UPAGE_SHIFT -DXMEM_CONFIG_BOOT_REGIONS=512 -O0
 * once: that of test_x86.c but for the number of ranges
 */
#include "../sim_machine.h"

#define KIB(n) ((uint64_t)(n) << 10)
#define MIB(n) ((uint64_t)(n) << 20)
#define GIB(n) ((uint64_t)(n) << 30)

#define R1(gib)                              \
	{                                    \
		GIB(gib), GIB(gib) + KIB(32) \
	}
#define R4(gib)	 R1(gib), R1((gib) + 1), R1((gib) + 2), R1((gib) + 3)
#define R16(gib) R4(gib), R4((gib) + 4), R4((gib) + 8), R4((gib) + 12)
#define R64(gib) R16(gib), R16((gib) + 16), R16((gib) + 32), R16((gib) + 48)

static const struct sim_range full_ram[] = {
	{SIM_RAM_START, SIM_RAM_START + MIB(64)},
	R64(1),
	R64(65),
	R64(129),
	R64(193),
	R4(257),
};

#include "full_table.h"

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(all_of_it_boots),
	cmocka_unit_test(all_of_it_is_mapped),
	cmocka_unit_test(memory_can_be_had),
};

TEST_MAIN(tests)
