/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_skel.c - the skeleton of an architecture at work: all RAM in the direct
 * map
 *
 * link: src/lib/ src/pt/ src/page/ src/pool/ src/boot/ src/vmap/ src/malloc/
 * link: src/debug/ src/frame/ arch/common/ docs/examples/arch/
 * link: tests/unit/sim/sim_machine.c tests/unit/skel/skel_cpu.c
 * native: its addresses are addresses of the process
 * include: tests/unit/skel/fake docs/examples/arch/include
 * include: arch/common/include
 */
#define SIM_LAYOUT XMEM_LAYOUT_FULL

#include "../sim/sim_tests.h"

static const struct CMUnitTest tests[] = {SIM_TESTS};

int main(void)
{
	return SIM_RUN(tests);
}
