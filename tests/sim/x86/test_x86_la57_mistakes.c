/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_x86_la57_mistakes.c - the same with five levels
 *
 * pages: 4 KiB
 * link: src/ arch/x86/
 * link: tests/sim/sim_machine.c tests/sim/x86/x86_cpu.c
 * native: its addresses are addresses of the process
 * include: tests/sim/x86/fake arch/x86/include arch/common/include
 * flags: -DSIM_VA_BITS=57 -UPAGE_SHIFT
 * like: tests/sim/x86/test_x86.c
 */
#include "../sim_mistakes.h"

#include <arch/cpu.h>

#include "x86_cpu.h"

const struct x86_cpu x86_cpu = {.cr4 = XMEM_CR4_LA57};

static const struct CMUnitTest tests[] = {MISTAKES_TESTS};

int main(void)
{
	return MISTAKES_RUN(tests);
}
