/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cpu.h - the system registers of arm32 that the library reads, as inlines
 *
 * Source: Arm Architecture Reference Manual, ARMv7-A (DDI 0406), parts B3, B4.
 *
 * Two translation regimes with the long descriptor format: Hyp mode (PL2)
 * and PL1 with TTBCR.EAE. The functions below ask which one it is.
 */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include <xmem/types.h>

/* Is bit 54 of an entry execute-never for EL0 alone, where there is one? */
#define XMEM_CPU_HAS_UXN 0

/* Read or write coprocessor register p15, @op1, c@n, c@m, @op2. */
#define XMEM_CP15_READ(op1, n, m, op2)                                  \
	({                                                              \
		unsigned long v_;                                       \
		__asm__ volatile("mrc p15, " #op1 ", %0, c" #n ", c" #m \
				 ", " #op2                              \
				 : "=r"(v_));                           \
		v_;                                                     \
	})
#define XMEM_CP15_WRITE(op1, n, m, op2, v)                      \
	__asm__ volatile("mcr p15, " #op1 ", %0, c" #n ", c" #m \
			 ", " #op2 ::"r"((unsigned long)(v))    \
			 : "memory")
/* The same for one of 64 bits. */
#define XMEM_CP15_READ64(op1, m)                                      \
	({                                                            \
		uint64_t v_;                                          \
		__asm__ volatile("mrrc p15, " #op1 ", %Q0, %R0, c" #m \
				 : "=r"(v_));                         \
		v_;                                                   \
	})

#define XMEM_CP15_WRITE64(op1, m, v)                             \
	__asm__ volatile("mcrr p15, " #op1                       \
			 ", %Q0, %R0, c" #m ::"r"((uint64_t)(v)) \
			 : "memory")

/** xmem_cpu_has_own_regime - does this code run in Hyp mode? Else PL1. */
static inline bool xmem_cpu_has_own_regime(void)
{
	unsigned long cpsr;

	__asm__ volatile("mrs %0, cpsr" : "=r"(cpsr));
	return (cpsr & 0x1f) == 0x1a;
}

/** xmem_cpu_read_ttbr - the translation table base in use. */
static inline uint64_t xmem_cpu_read_ttbr(bool upper)
{
	(void)upper;
	return xmem_cpu_has_own_regime() ? XMEM_CP15_READ64(4, 2)
					 : XMEM_CP15_READ64(0, 2);
}

/** xmem_cpu_va_bits - bits of an address that the root translates: HTCR or
 *  TTBCR, T0SZ; with T1SZ another root has a part of them. */
static inline unsigned int xmem_cpu_va_bits(bool upper)
{
	unsigned long tcr = xmem_cpu_has_own_regime()
				    ? XMEM_CP15_READ(4, 2, 0, 2) & 7
				    : XMEM_CP15_READ(0, 2, 0, 2) & 0x70007;

	(void)upper;
	return 32 - (unsigned int)((tcr | tcr >> 16) & 7);
}

/** xmem_cpu_page_shift - log2 of the granule: there is one; 0: the tables have
 *  short descriptors (TTBCR.EAE). */
static inline unsigned int xmem_cpu_page_shift(bool upper)
{
	(void)upper;
	if (xmem_cpu_has_own_regime()) {
		return 12;
	}
	return (XMEM_CP15_READ(0, 2, 0, 2) & 1UL << 31) != 0 ? 12 : 0;
}

/** xmem_cpu_read_mair - memory types 0 to 3, a byte each: HMAIR0 or MAIR0. */
static inline uint32_t xmem_cpu_read_mair(void)
{
	return xmem_cpu_has_own_regime() ? XMEM_CP15_READ(4, 10, 2, 0)
					 : XMEM_CP15_READ(0, 10, 2, 0);
}

/** xmem_cpu_mmu_is_on - HSCTLR.M or SCTLR.M. */
static inline bool xmem_cpu_mmu_is_on(void)
{
	return ((xmem_cpu_has_own_regime() ? XMEM_CP15_READ(4, 1, 0, 0)
					   : XMEM_CP15_READ(0, 1, 0, 0)) &
		1) != 0;
}

/** xmem_cpu_paddr_bits - width of a physical address: what LPAE has. */
static inline unsigned int xmem_cpu_paddr_bits(void)
{
	return 40;
}

/** xmem_cpu_bbm_level - there is no FEAT_BBM. */
static inline unsigned int xmem_cpu_bbm_level(void)
{
	return 0;
}

/** xmem_cpu_dcache_line - bytes of the smallest line. */
static inline unsigned long xmem_cpu_dcache_line(void)
{
	return 4UL << (XMEM_CP15_READ(0, 0, 0, 1) >> 16 & 15);
}

/** xmem_cpu_dc_civac - clean and invalidate the data cache line of @va. */
static inline void xmem_cpu_dc_civac(unsigned long va)
{
	XMEM_CP15_WRITE(0, 7, 14, 1, va);
}

/** xmem_cpu_ic_all - invalidate the instruction caches of all CPUs. */
static inline void xmem_cpu_ic_all(void)
{
	XMEM_CP15_WRITE(0, 7, 1, 0, 0);
	__asm__ volatile("dsb ish\n\tisb" ::: "memory");
}

/** xmem_cpu_irq_save - mask all interrupts of this CPU. Return: what it was,
 *  for xmem_cpu_irq_restore(). */
static inline unsigned long xmem_cpu_irq_save(void)
{
	unsigned long cpsr;

	__asm__ volatile("mrs %0, cpsr\n\tcpsid aif" : "=r"(cpsr)::"memory");
	return cpsr;
}

static inline void xmem_cpu_irq_restore(unsigned long cpsr)
{
	__asm__ volatile("msr cpsr_x, %0\n\tmsr cpsr_c, %0" ::"r"(cpsr)
			 : "memory");
}

/** xmem_cpu_can_read - does the translation of @va allow a read now? Restores
 *  PAR, which may hold a result that a guest has asked for. */
static inline bool xmem_cpu_can_read(unsigned long va)
{
	unsigned long flags = xmem_cpu_irq_save();
	uint64_t before = XMEM_CP15_READ64(0, 7);
	uint64_t par;

	if (xmem_cpu_has_own_regime()) {
		XMEM_CP15_WRITE(4, 7, 8, 0, va); /* ATS1HR */
	} else {
		XMEM_CP15_WRITE(0, 7, 8, 0, va); /* ATS1CPR */
	}
	__asm__ volatile("isb" ::: "memory");
	par = XMEM_CP15_READ64(0, 7);
	XMEM_CP15_WRITE64(0, 7, before);
	xmem_cpu_irq_restore(flags);
	return (par & 1) == 0;
}

/** xmem_cpu_read64, xmem_cpu_write64 - one access, never torn: with LPAE
 *  that holds for aligned double words. */
static inline uint64_t xmem_cpu_read64(const uint64_t *p)
{
	uint64_t v;

	__asm__ volatile("ldrd %Q0, %R0, [%1]" : "=r"(v) : "r"(p) : "memory");
	return v;
}

static inline void xmem_cpu_write64(uint64_t *p, uint64_t v)
{
	__asm__ volatile("strd %Q0, %R0, [%1]" ::"r"(v), "r"(p) : "memory");
}

/* TLB maintenance, one instruction each, of this CPU (@local, a constant) or
 * of all in the inner shareable domain. */

/** xmem_cpu_tlbi_all - every translation. */
static inline void xmem_cpu_tlbi_all(bool local)
{
	if (xmem_cpu_has_own_regime() && local) {
		XMEM_CP15_WRITE(4, 8, 7, 0, 0); /* TLBIALLH */
	} else if (xmem_cpu_has_own_regime()) {
		XMEM_CP15_WRITE(4, 8, 3, 0, 0); /* TLBIALLHIS */
	} else if (local) {
		XMEM_CP15_WRITE(0, 8, 7, 0, 0); /* TLBIALL */
	} else {
		XMEM_CP15_WRITE(0, 8, 3, 0, 0); /* TLBIALLIS */
	}
}

/** xmem_cpu_tlbi_page - the page at @va, and the tables above it. */
static inline void xmem_cpu_tlbi_page(unsigned long va, bool local)
{
	if (xmem_cpu_has_own_regime() && local) {
		XMEM_CP15_WRITE(4, 8, 7, 1, va); /* TLBIMVAH */
	} else if (xmem_cpu_has_own_regime()) {
		XMEM_CP15_WRITE(4, 8, 3, 1, va); /* TLBIMVAHIS */
	} else if (local) {
		XMEM_CP15_WRITE(0, 8, 7, 3, va); /* TLBIMVAA */
	} else {
		XMEM_CP15_WRITE(0, 8, 3, 3, va); /* TLBIMVAAIS */
	}
}

/** xmem_cpu_has_tlbi_range - there are no instructions for ranges. */
static inline bool xmem_cpu_has_tlbi_range(void)
{
	return false;
}

/** xmem_cpu_tlbi_range - never called; flushes everything. */
static inline void xmem_cpu_tlbi_range(uint64_t op, bool local)
{
	(void)op;
	xmem_cpu_tlbi_all(local);
}

#endif /* ARCH_CPU_H */
