/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_arm_el2.c - arm64 at EL2, the first that there was
 *
 * link: src/ arch/arm/
 * link: tests/sim/sim_machine.c tests/sim/arm/arm_cpu.c
 * native: its addresses are addresses of the process
 * include: tests/sim/arm/fake arch/arm/arm64/include arch/arm/include
 * include: arch/common/include
 */
#define SIM_LAYOUT XMEM_LAYOUT_FULL

#include "arm_tests.h"

const struct arm_cpu arm_cpu = {.own_regime = true};

int main(void)
{
	return SIM_RUN(tests);
}
