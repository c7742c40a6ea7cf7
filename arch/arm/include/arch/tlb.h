/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tlb.h - flush the TLB of this CPU or of all
 *
 * The hardware tells the other CPUs of the inner shareable domain, so
 * xmem_tlb_flush_range() is all that xmem_port_tlb_flush() needs; there is no
 * interrupt. xmem_tlb_flush_local() is for a caller that stays on this CPU.
 *
 * The first barrier makes the entries written before it visible to the table
 * walkers of all CPUs. The second waits until all CPUs have dropped the
 * translations and finished accesses that used them. The third discards
 * instructions that were fetched by them. Source: DDI 0487, D8.16 and the
 * shareability of TLBI.
 *
 * With FEAT_TLBIRANGE (Armv8.4) one instruction flushes (NUM + 1) * 2^(5 *
 * SCALE + 1) pages, with NUM and SCALE in its operand. The number of pages,
 * without its last bit, is taken as a number of base 32, with one instruction
 * for each digit. So exactly the range is flushed, and fewer than 2^21 pages
 * take at most five instructions. Source: DDI 0487, C5.5, TLBI RVAAE1IS;
 * tests/sim/arm/test_tlb.c has it as a model.
 */
#ifndef ARCH_TLB_H
#define ARCH_TLB_H

#include <arch/barrier.h>
#include <arch/cpu.h>
#include <arch/mmu.h>
#include <xmem/config.h>

/** Above this many pages one full flush is cheaper than many single ones. */
#define XMEM_TLB_FLUSH_MAX 64UL
/** The same with instructions for ranges: four digits, and one page more. */
#define XMEM_TLB_RANGE_MAX ((1UL << 21) - 1)

/** xmem_tlbi_range_op - operand: @count units of 2^(5 * @scale + 1) pages from
 *  @va on, tables of any level, no ASID. @count: 1..32, @scale: 0..3. */
static inline uint64_t xmem_tlbi_range_op(unsigned long va, unsigned int scale,
					  unsigned int count)
{
	const uint64_t granule = PAGE_SHIFT / 2 - 5;
	const uint64_t base = va >> PAGE_SHIFT;

	return granule << 46 | (uint64_t)scale << 44 |
	       (uint64_t)(count - 1) << 39 | (base & (((uint64_t)1 << 37) - 1));
}

/* Flush @nr pages, an even number, by ranges. Return: the address behind. */
static inline unsigned long xmem_tlbi_ranges(unsigned long va, unsigned long nr,
					     bool local)
{
	for (unsigned int scale = 0; nr >> (5 * scale + 1) != 0; scale++) {
		unsigned int shift = 5 * scale + 1;
		unsigned long count = nr >> shift & 31;

		if (count != 0) {
			xmem_cpu_tlbi_range(
				xmem_tlbi_range_op(va, scale,
						   (unsigned int)count),
				local);
			va += count << shift << PAGE_SHIFT;
		}
	}
	return va;
}

/* Flush @nr pages from @va on: of this CPU if @local, else of all. */
static inline void xmem_tlbi(unsigned long va, unsigned long nr, bool local)
{
	const bool by_range = xmem_mmu.tlbi_range && nr > 1;

	xmem_dsb_writes(local);
	if (nr > (by_range ? XMEM_TLB_RANGE_MAX : XMEM_TLB_FLUSH_MAX)) {
		xmem_cpu_tlbi_all(local);
	} else {
		if (by_range) {
			va = xmem_tlbi_ranges(va, nr & ~1UL, local);
			nr &= 1;
		}
		for (unsigned long i = 0; i < nr; i++) {
			xmem_cpu_tlbi_page(va + (i << PAGE_SHIFT), local);
		}
	}
	xmem_dsb(local);
	xmem_isb();
}

/** xmem_tlb_flush_range - the translations of @nr pages from @va on, tables
 *  above them included, on all CPUs. */
static inline void xmem_tlb_flush_range(unsigned long va, unsigned long nr)
{
	xmem_tlbi(va, nr, false);
}

/** xmem_tlb_flush_local - as xmem_tlb_flush_range(), on this CPU alone. */
static inline void xmem_tlb_flush_local(unsigned long va, unsigned long nr)
{
	xmem_tlbi(va, nr, true);
}

/** xmem_tlb_flush_all - every translation of the hypervisor, on all CPUs. */
static inline void xmem_tlb_flush_all(void)
{
	xmem_dsb_writes(false);
	xmem_cpu_tlbi_all(false);
	xmem_dsb(false);
	xmem_isb();
}

#endif /* ARCH_TLB_H */
