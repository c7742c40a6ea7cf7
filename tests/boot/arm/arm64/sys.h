/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sys.h - the system registers of arm64 that the test hypervisor uses
 *
 * Source: Arm Architecture Reference Manual (DDI 0487), chapters D8, D17.
 *
 * At EL2 with VHE the EL1 names that the MMU needs mean the registers of EL2;
 * the EL2 names mean them with and without VHE. So at EL2 the latter are
 * used, except for TTBR1, which has no name of its own without VHE.
 */
#ifndef BOOT_SYS_H
#define BOOT_SYS_H

#include <xmem/types.h>

/* The port's own part of the address space: 8 TiB from the base on. */
#ifndef ARCH_VA_UPPER
#define ARCH_VA_UPPER 0
#endif
#define BOOT_BASE      (ARCH_VA_UPPER ? 0xffff000000000000UL : 0UL)
#define BOOT_OWN_VA    BOOT_BASE
#define BOOT_OWN_SIZE  (1UL << 43)
#define BOOT_DEVICE_VA (BOOT_BASE + 0x07ff00000000UL)
/* Physical addresses that can be mapped where they are. */
#define BOOT_IDENT_MIN 0UL
#define BOOT_IDENT_MAX 0x07fe00000000UL
/* The top-level table of the identity map: its own with an upper half. */
#define BOOT_IDENT_ROOT (ARCH_VA_UPPER ? 1U : 0U)

/* `ret` */
#define BOOT_RET_BYTES 4U
static const unsigned char boot_ret_code[BOOT_RET_BYTES]
	__attribute__((unused)) = {0xc0, 0x03, 0x5f, 0xd6};

/* Is execute-never for EL0 a bit of its own, where there is an EL0? */
#define BOOT_HAS_UXN 1

#define BOOT_MPIDR_MASK 0xff00ffffffUL
#define BOOT_PSCI_64	0x40000000U /* the calls with 64-bit arguments */

#define BOOT_READ(name)                                        \
	({                                                     \
		unsigned long v_;                              \
		__asm__ volatile("mrs %0, " #name : "=r"(v_)); \
		v_;                                            \
	})
#define BOOT_WRITE(name, v)                                            \
	__asm__ volatile("msr " #name ", %0" ::"r"((unsigned long)(v)) \
			 : "memory")

/** struct boot_frame - registers at an exception, as vectors.S stores them. */
struct boot_frame {
	unsigned long r[31];
	unsigned long sp;
	unsigned long pc;
	unsigned long psr;
	unsigned long kind; /* number of the vector */
	unsigned long unused;
};

static inline unsigned long boot_link_register(const struct boot_frame *frame)
{
	return frame->r[30];
}

static inline bool boot_at_el2(void)
{
	return (BOOT_READ(CurrentEL) >> 2 & 3) == 2;
}

/** EL2 without VHE: no EL0 beneath, one address range. */
static inline bool boot_has_own_regime(void)
{
	return boot_at_el2() && (BOOT_READ(hcr_el2) >> 34 & 1) == 0;
}

static inline const char *boot_level_name(void)
{
	return !boot_at_el2()	       ? "EL1"
	       : boot_has_own_regime() ? "EL2"
				       : "EL2 with VHE";
}

static inline void boot_write_vbar(unsigned long va)
{
	if (boot_at_el2()) {
		BOOT_WRITE(vbar_el2, va);
	} else {
		BOOT_WRITE(vbar_el1, va);
	}
	__asm__ volatile("isb");
}

static inline unsigned long boot_read_esr(void)
{
	return boot_at_el2() ? BOOT_READ(esr_el2) : BOOT_READ(esr_el1);
}

static inline unsigned long boot_read_far(void)
{
	return boot_at_el2() ? BOOT_READ(far_el2) : BOOT_READ(far_el1);
}

static inline uint64_t boot_read_mair(void)
{
	return boot_at_el2() ? BOOT_READ(mair_el2) : BOOT_READ(mair_el1);
}

static inline uint64_t boot_own_mpidr(void)
{
	return BOOT_READ(mpidr_el1) & BOOT_MPIDR_MASK;
}

/** The virtual counter: all CPUs see the same, start.S has cleared the
 *  offset. The barrier keeps the read where it is written. */
static inline uint64_t boot_counter(void)
{
	__asm__ volatile("isb");
	return BOOT_READ(cntvct_el0);
}

static inline unsigned long boot_counter_hz(void)
{
	return BOOT_READ(cntfrq_el0);
}

/** The entry of a page table, in one access. */
static inline void boot_write64(uint64_t *p, uint64_t v)
{
	*(volatile uint64_t *)p = v;
}

/** A call to the firmware (SMCCC 1.0: x4 to x17 may be lost). */
static inline long boot_firmware_call(bool hvc, unsigned long fn,
				      unsigned long a1, unsigned long a2,
				      unsigned long a3)
{
	register unsigned long x0 __asm__("x0") = fn;
	register unsigned long x1 __asm__("x1") = a1;
	register unsigned long x2 __asm__("x2") = a2;
	register unsigned long x3 __asm__("x3") = a3;

	if (hvc) {
		__asm__ volatile("hvc #0"
				 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::"x4",
				   "x5", "x6", "x7", "x8", "x9", "x10", "x11",
				   "x12", "x13", "x14", "x15", "x16", "x17",
				   "memory");
	} else {
		__asm__ volatile("smc #0"
				 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::"x4",
				   "x5", "x6", "x7", "x8", "x9", "x10", "x11",
				   "x12", "x13", "x14", "x15", "x16", "x17",
				   "memory");
	}
	return (long)x0;
}

/** Bytes of the smallest line of the data and the instruction caches. */
static inline unsigned long boot_dcache_line(void)
{
	return 4UL << (BOOT_READ(ctr_el0) >> 16 & 15);
}

static inline unsigned long boot_icache_line(void)
{
	return 4UL << (BOOT_READ(ctr_el0) & 15);
}

/** Write a line back to where instruction fetches see it. */
static inline void boot_clean_line(unsigned long va)
{
	__asm__ volatile("dc cvau, %0" ::"r"(va) : "memory");
}

/** Forget a line of the instruction caches of all CPUs. */
static inline void boot_forget_line(unsigned long va)
{
	__asm__ volatile("ic ivau, %0" ::"r"(va) : "memory");
}

#endif /* BOOT_SYS_H */
