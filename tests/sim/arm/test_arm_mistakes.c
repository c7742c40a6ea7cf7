/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_arm_mistakes.c - ports of arm64 that boot in a wrong way are told so
 *
 * link: src/ arch/arm/
 * link: tests/sim/sim_machine.c tests/sim/arm/arm_cpu.c
 * native: its addresses are addresses of the process
 * include: tests/sim/arm/fake arch/arm/arm64/include arch/arm/include
 * include: arch/common/include
 */
#include "../sim_mistakes.h"

#include "pt/pt.h"

#include "arm_cpu.h"

const struct arm_cpu arm_cpu = {.own_regime = true};

/* An address in the direct map, of RAM, in a block that holds the table of its
 * own entry. */
static unsigned long with_its_table(void)
{
	const struct xmem_pt pt = {xmem_arch_root()};
	unsigned long mfn = (unsigned long)(RAM_START >> PAGE_SHIFT);
	struct xmem_pt_at at;
	unsigned long va;

	do {
		va = (unsigned long)xmem_arch_mfn_to_virt(mfn++);
		at = xmem_pt_walk(&pt, va >> PAGE_SHIFT, 0);
	} while (((unsigned long)at.slot ^ va) >>
			 (PAGE_SHIFT + at.level * ARCH_PT_BITS) !=
		 0);
	return va;
}

/* Such a block is broken before there is a page to reach the table by: that is
 * the end of it. */
static void break_early(void)
{
	unsigned long va;

	take_steps("RSWD");
	va = with_its_table();
	EXPECT_PANIC((void)!modify_xen_mappings(va, va + PAGE_SIZE,
						PAGE_HYPERVISOR_RO),
		     "lies in what is to be broken: call "
		     "arch_init_frametable() first");
	_exit(0);
}

static void break_later(void)
{
	unsigned long va;

	take_steps("RSWDF");
	va = with_its_table();
	assert_int_equal(modify_xen_mappings(va, va + PAGE_SIZE,
					     PAGE_HYPERVISOR_RO),
			 0);
}

static void tables_are_broken_when_there_are_windows(void **unused)
{
	(void)unused;
	try_boot("", break_early, NULL);
	try_boot("EVHm", break_later, NULL);
}

static const struct CMUnitTest tests[] = {
	MISTAKES_TESTS,
	cmocka_unit_test(tables_are_broken_when_there_are_windows),
};

int main(void)
{
	return MISTAKES_RUN(tests);
}
