/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_skel_small.c - the skeleton of an architecture at work: addresses of 38
 * bits, as many as one half of Sv39 has
 *
 * link: src/ docs/examples/arch/
 * link: tests/sim/sim_machine.c tests/sim/skel/skel_cpu.c
 * native: its addresses are addresses of the process
 * include: tests/sim/skel/small tests/sim/skel/fake
 * include: docs/examples/arch/include arch/common/include
 * like: tests/sim/skel/test_skel.c
 * but: src/directmap/directmap.c src/directmap/domain_page.c
 * but: src/directmap/frametable.c src/directmap/port_check.c
 * but: src/directmap/windows.c src/map/map.c src/map/tables.c
 * but: src/pt/pt.c src/pt/pt_break.c src/pt/pt_check.c
 * but: src/pt/pt_leaf.c src/pt/pt_tables.c src/pt/pt_walk.c
 * but: docs/examples/arch/mmu.c
 */
#define SIM_LAYOUT XMEM_LAYOUT_FULL

#include "../sim_tests.h"

_Static_assert(ARCH_VA_BITS == 38 || SIM_HAS_ASAN,
	       "the windows must fit into the smallest address space");

static const struct CMUnitTest tests[] = {SIM_TESTS, SIM_LONG_TESTS};

int main(void)
{
	return SIM_RUN(tests);
}
