/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_arm_el1.c - arm64 at EL1, of today
 *
 * link: src/ arch/arm/
 * link: tests/sim/sim_machine.c tests/sim/arm/arm_cpu.c
 * native: its addresses are addresses of the process
 * include: tests/sim/arm/fake arch/arm/arm64/include arch/arm/include
 * include: arch/common/include
 * flags: -DXMEM_PORT_BBM_NO_ABORT=1 -DXMEM_PORT_TLBI_RANGE=1
 * like: tests/sim/arm/test_arm_el2.c
 * but: arch/arm/stage1.c
 */
#define SIM_LAYOUT XMEM_LAYOUT_FULL

#include "arm_tests.h"

const struct arm_cpu arm_cpu = {.tlbi_range = true, .bbm_level = 2};

int main(void)
{
	return SIM_RUN(tests);
}
