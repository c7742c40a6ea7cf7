/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cpu.h - the system registers of arm64 that the library reads, as inlines
 *
 * Source: Arm Architecture Reference Manual (DDI 0487), chapters D8, D17.
 *
 * Three translation regimes: EL1; EL2; EL2 with VHE (HCR_EL2.E2H), in which
 * the names of EL1's registers mean those of EL2. The functions below ask
 * which one it is.
 */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include <xmem/types.h>

/* Is bit 54 of an entry execute-never for EL0 alone, where there is one? */
#define XMEM_CPU_HAS_UXN 1

#define XMEM_SYSREG_READ(name)                                 \
	({                                                     \
		unsigned long v_;                              \
		__asm__ volatile("mrs %0, " #name : "=r"(v_)); \
		v_;                                            \
	})

/** xmem_cpu_at_el2 - does this code run at EL2? Else it is EL1. */
static inline bool xmem_cpu_at_el2(void)
{
	return (XMEM_SYSREG_READ(CurrentEL) >> 2 & 3) == 2;
}

/** xmem_cpu_has_own_regime - EL2 without VHE: one address range, execute
 *  never is one bit, no EL0. */
static inline bool xmem_cpu_has_own_regime(void)
{
	return xmem_cpu_at_el2() && (XMEM_SYSREG_READ(hcr_el2) >> 34 & 1) == 0;
}

/** xmem_cpu_has_el1_ops - do TLBI and AT of EL1 mean the regime that this code
 *  runs in? At EL2 only with VHE, and only while HCR_EL2.TGE is set: without
 *  it, as when the registers of a guest are loaded, they mean the guest's. */
static inline bool xmem_cpu_has_el1_ops(void)
{
	return !xmem_cpu_at_el2() ||
	       (~XMEM_SYSREG_READ(hcr_el2) & (1UL << 34 | 1UL << 27)) == 0;
}

/** xmem_cpu_read_ttbr - the translation table base of the half in use. */
static inline uint64_t xmem_cpu_read_ttbr(bool upper)
{
	if (upper) {
		return XMEM_SYSREG_READ(ttbr1_el1);
	}
	return xmem_cpu_has_own_regime() ? XMEM_SYSREG_READ(ttbr0_el2)
					 : XMEM_SYSREG_READ(ttbr0_el1);
}

/** xmem_cpu_read_tcr - TCR, shifted to the half in use. */
static inline unsigned long xmem_cpu_read_tcr(bool upper)
{
	unsigned long tcr = xmem_cpu_has_own_regime()
				    ? XMEM_SYSREG_READ(tcr_el2)
				    : XMEM_SYSREG_READ(tcr_el1);

	return upper ? tcr >> 16 : tcr;
}

/** xmem_cpu_va_bits - bits of an address that the root translates. */
static inline unsigned int xmem_cpu_va_bits(bool upper)
{
	return 64 - (unsigned int)(xmem_cpu_read_tcr(upper) & 63);
}

/** xmem_cpu_page_shift - log2 of the granule: TG0 or TG1; 0: reserved. */
static inline unsigned int xmem_cpu_page_shift(bool upper)
{
	static const unsigned char low[] = {12, 16, 14, 0};
	static const unsigned char high[] = {0, 14, 12, 16};
	unsigned long tg = xmem_cpu_read_tcr(upper) >> 14 & 3;

	return upper ? high[tg] : low[tg];
}

/** xmem_cpu_read_mair - memory types 0 to 3, a byte each. */
static inline uint32_t xmem_cpu_read_mair(void)
{
	return (uint32_t)(xmem_cpu_has_own_regime()
				  ? XMEM_SYSREG_READ(mair_el2)
				  : XMEM_SYSREG_READ(mair_el1));
}

/** xmem_cpu_mmu_is_on - SCTLR.M. */
static inline bool xmem_cpu_mmu_is_on(void)
{
	return ((xmem_cpu_has_own_regime() ? XMEM_SYSREG_READ(sctlr_el2)
					   : XMEM_SYSREG_READ(sctlr_el1)) &
		1) != 0;
}

/** xmem_cpu_paddr_bits - width of a physical address of this CPU. */
static inline unsigned int xmem_cpu_paddr_bits(void)
{
	static const unsigned char bits[] = {32, 36, 40, 42, 44, 48, 52};
	unsigned long range = XMEM_SYSREG_READ(id_aa64mmfr0_el1) & 15;

	return range < sizeof(bits) ? bits[range] : 52;
}

/** xmem_cpu_bbm_level - what FEAT_BBM promises: with level 2 the size of a
 *  block may change without break-before-make. */
static inline unsigned int xmem_cpu_bbm_level(void)
{
	return XMEM_SYSREG_READ(S3_0_C0_C7_2) >> 52 & 15;
}

/** xmem_cpu_dcache_line, xmem_cpu_icache_... - bytes of the smallest line. */
static inline unsigned long xmem_cpu_dcache_line(void)
{
	return 4UL << (XMEM_SYSREG_READ(ctr_el0) >> 16 & 15);
}

/** xmem_cpu_dc_civac - clean and invalidate the data cache line of @va. */
static inline void xmem_cpu_dc_civac(unsigned long va)
{
	__asm__ volatile("dc civac, %0" ::"r"(va) : "memory");
}

/** xmem_cpu_ic_all - invalidate the instruction caches of all CPUs. */
static inline void xmem_cpu_ic_all(void)
{
	__asm__ volatile("ic ialluis\n\tdsb ish\n\tisb" ::: "memory");
}

/** xmem_cpu_irq_save - mask all interrupts of this CPU. Return: what it was,
 *  for xmem_cpu_irq_restore(). */
static inline unsigned long xmem_cpu_irq_save(void)
{
	unsigned long flags = XMEM_SYSREG_READ(daif);

	__asm__ volatile("msr daifset, #15" ::: "memory");
	return flags;
}

static inline void xmem_cpu_irq_restore(unsigned long flags)
{
	__asm__ volatile("msr daif, %0" ::"r"(flags) : "memory");
}

/** xmem_cpu_can_read - does the translation of @va allow a read now? Restores
 *  PAR, which may hold a result that a guest has asked for. */
static inline bool xmem_cpu_can_read(unsigned long va)
{
	unsigned long flags = xmem_cpu_irq_save();
	unsigned long before = XMEM_SYSREG_READ(par_el1);
	unsigned long par;

	if (xmem_cpu_has_el1_ops()) {
		__asm__ volatile("at s1e1r, %0" ::"r"(va) : "memory");
	} else {
		__asm__ volatile("at s1e2r, %0" ::"r"(va) : "memory");
	}
	__asm__ volatile("isb" ::: "memory");
	par = XMEM_SYSREG_READ(par_el1);
	__asm__ volatile("msr par_el1, %0" ::"r"(before) : "memory");
	xmem_cpu_irq_restore(flags);
	return (par & 1) == 0;
}

/** xmem_cpu_read64, xmem_cpu_write64 - one access, never torn. */
static inline uint64_t xmem_cpu_read64(const uint64_t *p)
{
	return __atomic_load_n(p, __ATOMIC_RELAXED);
}

static inline void xmem_cpu_write64(uint64_t *p, uint64_t v)
{
	__atomic_store_n(p, v, __ATOMIC_RELAXED);
}

/* TLB maintenance, one instruction each, of this CPU (@local, a constant) or of
 * all CPUs in the inner shareable domain. The instructions of EL1 are used
 * where they mean the regime of this code, else those of EL2. With VHE without
 * TGE everything is flushed, as QEMU 7.2 flushes nothing there on TLBI VAE2IS.
 */

#define XMEM_CPU_TLBI(local, name)                                        \
	do {                                                              \
		if (local) {                                              \
			__asm__ volatile("tlbi " name ::: "memory");      \
		} else {                                                  \
			__asm__ volatile("tlbi " name "is" ::: "memory"); \
		}                                                         \
	} while (0)
#define XMEM_CPU_TLBI_VA(local, name, op)                                \
	do {                                                             \
		if (local) {                                             \
			__asm__ volatile("tlbi " name ", %0" ::"r"(op)   \
					 : "memory");                    \
		} else {                                                 \
			__asm__ volatile("tlbi " name "is, %0" ::"r"(op) \
					 : "memory");                    \
		}                                                        \
	} while (0)
/* By its number: compilers for Armv8.0 do not know the names. */
#define XMEM_CPU_TLBI_RANGE(local, op1, op2, op)                       \
	do {                                                           \
		if (local) {                                           \
			__asm__ volatile("sys #" op1 ", c8, c6, #" op2 \
					 ", %0" ::"r"(op)              \
					 : "memory");                  \
		} else {                                               \
			__asm__ volatile("sys #" op1 ", c8, c2, #" op2 \
					 ", %0" ::"r"(op)              \
					 : "memory");                  \
		}                                                      \
	} while (0)

/** xmem_cpu_tlbi_all - every translation. */
static inline void xmem_cpu_tlbi_all(bool local)
{
	if (xmem_cpu_has_el1_ops()) {
		XMEM_CPU_TLBI(local, "vmalle1");
	} else {
		XMEM_CPU_TLBI(local, "alle2");
	}
}

/** xmem_cpu_tlbi_page - the page at @va, and the tables above it. */
static inline void xmem_cpu_tlbi_page(unsigned long va, bool local)
{
	unsigned long op = va >> 12 & 0xfffffffffffUL;

	if (xmem_cpu_has_el1_ops()) {
		XMEM_CPU_TLBI_VA(local, "vaae1", op);
	} else if (xmem_cpu_has_own_regime()) {
		XMEM_CPU_TLBI_VA(local, "vae2", op);
	} else {
		xmem_cpu_tlbi_all(local);
	}
}

/** xmem_cpu_has_tlbi_range - FEAT_TLBIRANGE. */
static inline bool xmem_cpu_has_tlbi_range(void)
{
	return (XMEM_SYSREG_READ(id_aa64isar0_el1) >> 56 & 15) >= 2;
}

/** xmem_cpu_tlbi_range - what @op says: xmem_tlbi_range_op(). */
static inline void xmem_cpu_tlbi_range(uint64_t op, bool local)
{
	if (xmem_cpu_has_el1_ops()) {
		XMEM_CPU_TLBI_RANGE(local, "0", "3", op); /* RVAAE1 */
	} else if (xmem_cpu_has_own_regime()) {
		XMEM_CPU_TLBI_RANGE(local, "4", "1", op); /* RVAE2 */
	} else {
		xmem_cpu_tlbi_all(local);
	}
}

#endif /* ARCH_CPU_H */
