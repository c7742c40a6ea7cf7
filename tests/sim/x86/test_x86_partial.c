/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_x86_partial.c - x86-64, the lowest RAM in the direct map; and what may
 * be called where (sim_context.h)
 *
 * pages: 4 KiB
 * link: src/ arch/x86/
 * link: tests/sim/sim_machine.c tests/sim/x86/x86_cpu.c
 * native: its addresses are addresses of the process
 * include: tests/sim/context
 * include: tests/sim/x86/fake arch/x86/include arch/common/include
 * flags: -DSIM_VA_BITS=48 -UPAGE_SHIFT
 */
#define SIM_LAYOUT XMEM_LAYOUT_PARTIAL

#include "../sim_context.h"

#include <arch/cpu.h>

#include "x86_cpu.h"

const struct x86_cpu x86_cpu = {.cr4 = XMEM_CR4_PGE};

static const struct CMUnitTest tests[] = {SIM_TESTS, CONTEXT_TESTS,
					  SIM_LONG_TESTS};

int main(void)
{
	return SIM_RUN(tests);
}
