/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_arm_mistakes.c - ports of arm64 that boot in a wrong way are told so
 *
 * link: src/ arch/arm/
 * link: tests/sim/sim_machine.c tests/sim/arm/arm_cpu.c
 * native: its addresses are addresses of the process
 * include: tests/sim/arm/fake arch/arm/arm64/include arch/arm/include
 * include: arch/common/include arch
 */
#include "../sim_mistakes.h"

#include "arm_cpu.h"

const struct arm_cpu arm_cpu = {.own_regime = true};

static const struct CMUnitTest tests[] = {MISTAKES_TESTS};

int main(void)
{
	return MISTAKES_RUN(tests);
}
