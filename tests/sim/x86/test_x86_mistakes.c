/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_x86_mistakes.c - ports of x86-64 that boot in a wrong way are told so
 *
 * pages: 4 KiB
 * link: src/ arch/x86/
 * link: tests/sim/sim_machine.c tests/sim/x86/x86_cpu.c
 * native: its addresses are addresses of the process
 * include: tests/sim/x86/fake arch/x86/include arch/common/include
 * flags: -DSIM_VA_BITS=48 -UPAGE_SHIFT
 */
#include "../sim_mistakes.h"

#include <arch/cpu.h>

#include "x86_cpu.h"

const struct x86_cpu x86_cpu = {.cr4 = XMEM_CR4_PGE, .has_1g = true};

/* Rights and types mean nothing, or something else. */
static void registers_must_fit(void **unused)
{
	const struct x86_registers right = x86_registers;

	(void)unused;
	x86_registers.efer &= ~(1ULL << 11);
	try_boot("RSD", NULL, "mmu: EFER.NXE is off: set it on every CPU");
	x86_registers = right;
	x86_registers.cr0 &= ~(1UL << 16);
	try_boot("RSD", NULL, "mmu: CR0.WP is off: set it on every CPU");
	x86_registers = right;
	x86_registers.pat = 0x0407050600070106; /* write-combining is 1 */
	try_boot("RSD", NULL, "mmu: IA32_PAT has types 70106");
	x86_registers.pat = 0x0007040600070406; /* as after a reset */
	try_boot("RSDFEVHm", NULL, NULL);
	x86_registers = right;
}

/* A block of the boot window by pages, with a table of its own. */
static void split_a_block(void)
{
	unsigned long first = some_frame() & ~511UL;
	uint64_t slot = entry_in_window();

	sim_poke(slot, 0);
	for (unsigned long i = 0; i < 512; i++) {
		map_at(boot_va(first + i), first + i);
	}
}

static void pages_in_the_window_will_do(void **unused)
{
	(void)unused;
	try_boot("RSWDFEVHm", split_a_block, NULL);
}

static const struct CMUnitTest tests[] = {
	MISTAKES_TESTS,
	cmocka_unit_test(registers_must_fit),
	cmocka_unit_test(pages_in_the_window_will_do),
};

int main(void)
{
	return MISTAKES_RUN(tests);
}
