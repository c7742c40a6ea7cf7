/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_arm_preempt.c - arm64 in a kernel that preempts: scrubbing and cleaning
 * of caches go through windows of a CPU, and breaks mask interrupts
 *
 * link: src/ arch/arm/
 * link: tests/sim/sim_machine.c tests/sim/arm/arm_cpu.c
 * link: tests/sim/preempt/preempt.c
 * native: its addresses are addresses of the process
 * include: tests/sim/preempt
 * include: tests/sim/arm/fake arch/arm/arm64/include arch/arm/include
 * include: arch/common/include
 */
#define SIM_LAYOUT XMEM_LAYOUT_PARTIAL

#include "../sim_preempt.h"

#define ARM_MORE_TESTS PREEMPT_TESTS
#include "arm_tests.h"

const struct arm_cpu arm_cpu = {.tlbi_range = true};

bool preempt_is_masked(void)
{
	return arm_masked;
}

int main(void)
{
	return SIM_RUN(tests);
}
