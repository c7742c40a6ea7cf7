/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * access.c - what an address is: by an access, by the tables, by its stack
 */
#include <arch/pte.h>

#include <xmem/config.h>

#include "common.h"
#include "pt/pt_arch.h"

void boot_do_access(void *arg)
{
	const struct boot_access *a = arg;
	volatile char *byte = a->va;

	if (a->how == BOOT_READ) {
		(void)*byte;
	} else if (a->how == BOOT_WRITE) {
		*byte = *byte;
	} else {
		((void (*)(void))a->va)();
	}
}

bool boot_faults(enum boot_how how, const void *va, enum contract_cause cause)
{
	struct boot_access a = {how, (void *)(unsigned long)va};
	struct contract_fault fault;

	CHECK(contract_try(boot_do_access, &a, &fault));
	CHECK(fault.cause == cause && fault.va == (unsigned long)va);
	return true;
}

/* Where @page has its entry in a table of @level: not by the library's walk,
 * which is what is tested. */
static unsigned int index_in(unsigned long page, unsigned int level)
{
	unsigned int bits =
		level + 1 == ARCH_PT_LEVELS ? ARCH_PT_TOP_BITS : ARCH_PT_BITS;

	return (unsigned int)(page >> (level * ARCH_PT_BITS)) &
	       ((1U << bits) - 1);
}

uint64_t boot_raw_pte(const void *va)
{
	unsigned long mfn = xmem_arch_root();
	unsigned int level = ARCH_PT_LEVELS - 1;

	for (;;) {
		xmem_pte_t e = xmem_pte_read(
			xmem_arch_table(mfn) +
			index_in((unsigned long)va >> PAGE_SHIFT, level));

		if (!xmem_pte_is_table(e, level)) {
			return e.v;
		}
		mfn = xmem_pte_mfn(e);
		level--;
	}
}

bool boot_is_in_guard(unsigned long va)
{
	unsigned long base = contract_stack_base(xmem_port_cpu());

	return base != 0 && va < base && va >= base - PAGE_SIZE;
}
