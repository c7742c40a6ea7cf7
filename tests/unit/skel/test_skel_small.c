/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_skel_small.c - the skeleton of an architecture at work: addresses of 38
 * bits, as many as one half of Sv39 has
 *
 * link: src/lib/ src/pt/ src/page/ src/pool/ src/boot/ src/vmap/ src/malloc/
 * link: src/debug/ src/frame/ arch/common/ docs/examples/arch/
 * link: tests/unit/sim/sim_machine.c tests/unit/skel/skel_cpu.c
 * native: its addresses are addresses of the process
 * include: tests/unit/skel/small tests/unit/skel/fake
 * include: docs/examples/arch/include arch/common/include
 */
#define SIM_LAYOUT XMEM_LAYOUT_FULL

#include "../sim/sim_tests.h"

_Static_assert(ARCH_VA_BITS == 38 || SIM_HAS_ASAN,
	       "the windows must fit into the smallest address space");

static const struct CMUnitTest tests[] = {SIM_TESTS};

int main(void)
{
	return SIM_RUN(tests);
}
