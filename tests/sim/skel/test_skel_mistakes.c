/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_skel_mistakes.c - ports of skel that boot in a wrong way are told so
 *
 * link: src/ docs/examples/arch/
 * link: tests/sim/sim_machine.c tests/sim/skel/skel_cpu.c
 * native: its addresses are addresses of the process
 * include: tests/sim/skel/fake docs/examples/arch/include
 * include: arch/common/include
 */
#include "../sim_mistakes.h"

static const struct CMUnitTest tests[] = {MISTAKES_TESTS};

int main(void)
{
	return MISTAKES_RUN(tests);
}
