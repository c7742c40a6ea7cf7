/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_skel_separate.c - the skeleton of an architecture at work: a xenheap of
 * its own
 *
 * link: src/ docs/examples/arch/
 * link: tests/sim/sim_machine.c tests/sim/skel/skel_cpu.c
 * native: its addresses are addresses of the process
 * include: tests/sim/skel/fake docs/examples/arch/include
 * include: arch/common/include
 * flags: -DDIRECTMAP_SIZE=SIM_ONE_SECTION
 * like: tests/sim/skel/test_skel.c
 * but: src/directmap/directmap.c src/directmap/port_check.c
 * but: src/directmap/windows.c
 */
#define SIM_LAYOUT XMEM_LAYOUT_SEPARATE

#include "../sim_tests.h"

static const struct CMUnitTest tests[] = {SIM_TESTS, SIM_LONG_TESTS};

int main(void)
{
	return SIM_RUN(tests);
}
