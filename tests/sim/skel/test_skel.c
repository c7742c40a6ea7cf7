/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_skel.c - the skeleton of an architecture at work: all RAM in the direct
 * map
 *
 * link: src/ docs/examples/arch/
 * link: tests/sim/sim_machine.c tests/sim/skel/skel_cpu.c
 * native: its addresses are addresses of the process
 * include: tests/sim/skel/fake docs/examples/arch/include
 * include: arch/common/include
 */
#define SIM_LAYOUT XMEM_LAYOUT_FULL

#include "../sim_tests.h"

static const struct CMUnitTest tests[] = {SIM_TESTS, SIM_LONG_TESTS};

int main(void)
{
	return SIM_RUN(tests);
}
