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
	fake_tlb.forgotten[fake_tlb.nr++] = (struct fake_span){first, nr};
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

/* Bits @high..@low of @op. */
static uint64_t field(uint64_t op, unsigned int high, unsigned int low)
{
	return op >> low & (((uint64_t)1 << (high - low + 1)) - 1);
}

/* TLBI RVAAE1: ASID 63:48, which is ignored, TG 47:46, SCALE 45:44, NUM 43:39,
 * TTL 38:37, BaseADDR 36:0. */
void xmem_cpu_tlbi_range(uint64_t op, bool local)
{
	static const unsigned int granule[] = {0, 12, 14, 16};
	unsigned int scale = (unsigned int)field(op, 45, 44);

	note('t', local);
	assert_true(xmem_mmu.tlbi_range);
	assert_int_equal(field(op, 63, 48), 0);
	assert_int_equal(granule[field(op, 47, 46)], PAGE_SHIFT);
	assert_int_equal(field(op, 38, 37), 0); /* entries of any level */
	fake_tlb.nr_ranges++;
	forget(field(op, 36, 0), (field(op, 43, 39) + 1) << (5 * scale + 1));
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
