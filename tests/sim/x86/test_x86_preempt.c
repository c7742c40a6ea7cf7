/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_x86_preempt.c - x86-64 in a kernel that preempts, where frames above
 * the direct map are reached by windows of a CPU
 *
 * once: test_arm_preempt has windows of a CPU, too
 * pages: 4 KiB
 * link: src/ arch/x86/
 * link: tests/sim/sim_machine.c tests/sim/x86/x86_cpu.c
 * link: tests/sim/preempt/preempt.c
 * native: its addresses are addresses of the process
 * include: tests/sim/preempt
 * include: tests/sim/x86/fake arch/x86/include arch/common/include
 * flags: -DSIM_VA_BITS=48 -UPAGE_SHIFT
 */
#define SIM_LAYOUT XMEM_LAYOUT_PARTIAL

#include "../sim_preempt.h"

#include <arch/cpu.h>

#include "x86_cpu.h"

const struct x86_cpu x86_cpu = {.cr4 = XMEM_CR4_PGE};

bool preempt_is_masked(void)
{
	return false;
}

static const struct CMUnitTest tests[] = {SIM_TESTS, PREEMPT_TESTS,
					  SIM_LONG_TESTS};

int main(void)
{
	return SIM_RUN(tests);
}
