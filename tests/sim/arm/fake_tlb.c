/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_tlb.c - the model: instructions and barriers, one function each
 */
#include "fake_tlb.h"

#include <arch/mmu.h>

struct xmem_mmu xmem_mmu;
struct fake_tlb fake_tlb;

void fake_tlb_reset(void)
{
	memset(&fake_tlb, 0, sizeof(fake_tlb));
}

/* All of one flush are for this CPU, or all are for all. */
static void note(char what, bool local)
{
	size_t at = strlen(fake_tlb.order);

	assert_in_range(at, 0, sizeof(fake_tlb.order) - 2);
	assert_true(at == 0 || fake_tlb.local == local);
	fake_tlb.local = local;
	fake_tlb.order[at] = what;
}

static void forget(uint64_t first, uint64_t nr)
{
	assert_in_range(fake_tlb.nr, 0, FAKE_TLB_MOST - 1);
	fake_tlb.forgotten[fake_tlb.nr++] = (struct tlbi_span){first, nr};
}

void xmem_cpu_tlbi_all(bool local)
{
	note('t', local);
	fake_tlb.everything = true;
}

void xmem_cpu_tlbi_page(unsigned long va, bool local)
{
	note('t', local);
	forget(va >> PAGE_SHIFT, 1);
}

void xmem_cpu_tlbi_range(uint64_t op, bool local)
{
	struct tlbi_span span = tlbi_read_op(op);

	note('t', local);
	assert_true(xmem_mmu.tlbi_range);
	fake_tlb.nr_ranges++;
	forget(span.first, span.nr);
}

void xmem_dsb_writes(bool local)
{
	note('w', local);
}

void xmem_dsb(bool local)
{
	note('d', local);
}

void xmem_isb(void)
{
	note('i', fake_tlb.local);
}

void xmem_dsb_system(void)
{
	fail_msg("DSB SY takes longer than a flush needs");
}
