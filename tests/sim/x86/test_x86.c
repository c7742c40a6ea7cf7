/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_x86.c - x86-64 with four levels of tables
 *
 * pages: 4 KiB
 * link: src/ arch/x86/
 * link: tests/sim/sim_machine.c tests/sim/x86/x86_cpu.c
 * native: its addresses are addresses of the process
 * include: tests/sim/x86/fake arch/x86/include arch/common/include
 * flags: -DSIM_VA_BITS=48 -UPAGE_SHIFT
 */
#define SIM_LAYOUT XMEM_LAYOUT_FULL

#include "../sim_tests.h"

#include <arch/cpu.h>

#include "x86_cpu.h"

const struct x86_cpu x86_cpu = {.cr4 = XMEM_CR4_PGE, .has_1g = true};

static const struct CMUnitTest tests[] = {SIM_TESTS, SIM_LONG_TESTS};

int main(void)
{
	return SIM_RUN(tests);
}
