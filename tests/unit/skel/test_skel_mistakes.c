/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_skel_mistakes.c - ports of skel that boot in a wrong way are told so
 *
 * link: src/lib/ src/pt/ src/page/ src/pool/ src/boot/ src/vmap/ src/malloc/
 * link: src/debug/ src/frame/ arch/common/ docs/examples/arch/
 * link: tests/unit/sim/sim_machine.c tests/unit/skel/skel_cpu.c
 * native: its addresses are addresses of the process
 * include: tests/unit/skel/fake docs/examples/arch/include
 * include: arch/common/include arch
 */
#include "../sim/sim_mistakes.h"

static const struct CMUnitTest tests[] = {MISTAKES_TESTS};

int main(void)
{
	return MISTAKES_RUN(tests);
}
