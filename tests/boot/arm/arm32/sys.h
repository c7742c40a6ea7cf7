/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sys.h - the system registers of arm32 that the test hypervisor uses
 *
 * Source: Arm Architecture Reference Manual, ARMv7-A (DDI 0406), parts B3, B4.
 *
 * One image runs in Hyp mode and at PL1, in Supervisor mode.
 */
#ifndef BOOT_SYS_H
#define BOOT_SYS_H

#include <xmem/types.h>

/* The port's own part of the address space: 1 GiB, where RAM begins on the
 * machines that this runs on. */
#define BOOT_OWN_VA    0x40000000UL
#define BOOT_OWN_SIZE  0x40000000UL
#define BOOT_DEVICE_VA 0x7ffff000UL
/* Physical addresses that can be mapped where they are. */
#define BOOT_IDENT_MIN 0x40000000UL
#define BOOT_IDENT_MAX 0x7fe00000UL
/* The top-level table of the identity map: there is only one. */
#define BOOT_IDENT_ROOT 0U

/* `bx lr` */
#define BOOT_RET_BYTES 4U
static const unsigned char boot_ret_code[BOOT_RET_BYTES]
	__attribute__((unused)) = {0x1e, 0xff, 0x2f, 0xe1};

/* Is execute-never for EL0 a bit of its own, where there is an EL0? */
#define BOOT_HAS_UXN 0

#define BOOT_MPIDR_MASK 0xffffffUL
#define BOOT_PSCI_64	0U /* the calls with 32-bit arguments */

#define BOOT_MODE_MASK 0x1fUL
#define BOOT_MODE_SVC  0x13UL
#define BOOT_MODE_HYP  0x1aUL

/* Coprocessor register p15, @op1, c@n, c@m, @op2. */
#define BOOT_READ(op1, n, m, op2)                                       \
	({                                                              \
		unsigned long v_;                                       \
		__asm__ volatile("mrc p15, " #op1 ", %0, c" #n ", c" #m \
				 ", " #op2                              \
				 : "=r"(v_));                           \
		v_;                                                     \
	})
#define BOOT_WRITE(op1, n, m, op2, v)                           \
	__asm__ volatile("mcr p15, " #op1 ", %0, c" #n ", c" #m \
			 ", " #op2 ::"r"((unsigned long)(v))    \
			 : "memory")

/** struct boot_frame - registers at an exception, as vectors.S stores them. */
struct boot_frame {
	unsigned long r[13];
	unsigned long sp;
	unsigned long lr;
	unsigned long pc;
	unsigned long psr;
	unsigned long kind; /* number of the vector */
};

#define BOOT_KIND_FETCH 3UL
#define BOOT_KIND_DATA	4UL

static inline unsigned long boot_link_register(const struct boot_frame *frame)
{
	return frame->lr;
}

/** Hyp mode: no PL0 beneath. */
static inline bool boot_has_own_regime(void)
{
	unsigned long cpsr;

	__asm__ volatile("mrs %0, cpsr" : "=r"(cpsr));
	return (cpsr & BOOT_MODE_MASK) == BOOT_MODE_HYP;
}

static inline const char *boot_level_name(void)
{
	return boot_has_own_regime() ? "Hyp mode" : "PL1";
}

static inline void boot_write_vbar(unsigned long va)
{
	extern char boot_vectors_hyp[];

	if (boot_has_own_regime()) {
		BOOT_WRITE(4, 12, 0, 0, boot_vectors_hyp); /* HVBAR */
	} else {
		BOOT_WRITE(0, 12, 0, 0, va); /* VBAR */
	}
	__asm__ volatile("isb");
}

/** MAIR0 (or HMAIR0), which holds all types that are used. */
static inline uint64_t boot_read_mair(void)
{
	return boot_has_own_regime() ? BOOT_READ(4, 10, 2, 0)
				     : BOOT_READ(0, 10, 2, 0);
}

static inline uint64_t boot_own_mpidr(void)
{
	return BOOT_READ(0, 0, 0, 5) & BOOT_MPIDR_MASK;
}

/** The virtual counter: all CPUs see the same, start.S has cleared the
 *  offset. The barrier keeps the read where it is written. */
static inline uint64_t boot_counter(void)
{
	uint64_t v;

	__asm__ volatile("isb\n\tmrrc p15, 1, %Q0, %R0, c14" : "=r"(v));
	return v;
}

static inline unsigned long boot_counter_hz(void)
{
	return BOOT_READ(0, 14, 0, 0);
}

/** The entry of a page table, in one access: what LPAE promises of aligned
 *  double words. */
static inline void boot_write64(uint64_t *p, uint64_t v)
{
	__asm__ volatile("strd %Q0, %R0, [%1]" ::"r"(v), "r"(p) : "memory");
}

/** A call to the firmware. */
static inline long boot_firmware_call(bool hvc, unsigned long fn,
				      unsigned long a1, unsigned long a2,
				      unsigned long a3)
{
	register unsigned long r0 __asm__("r0") = fn;
	register unsigned long r1 __asm__("r1") = a1;
	register unsigned long r2 __asm__("r2") = a2;
	register unsigned long r3 __asm__("r3") = a3;

	if (hvc) {
		__asm__ volatile("hvc #0"
				 : "+r"(r0), "+r"(r1), "+r"(r2),
				   "+r"(r3)::"r12", "memory");
	} else {
		__asm__ volatile("smc #0"
				 : "+r"(r0), "+r"(r1), "+r"(r2),
				   "+r"(r3)::"r12", "memory");
	}
	return (long)r0;
}

/** Bytes of the smallest line of the data and the instruction caches. */
static inline unsigned long boot_dcache_line(void)
{
	return 4UL << (BOOT_READ(0, 0, 0, 1) >> 16 & 15);
}

static inline unsigned long boot_icache_line(void)
{
	return 4UL << (BOOT_READ(0, 0, 0, 1) & 15);
}

/** Write a line back to where instruction fetches see it: DCCMVAU. */
static inline void boot_clean_line(unsigned long va)
{
	BOOT_WRITE(0, 7, 11, 1, va);
}

/** Forget a line of the instruction caches of all CPUs, and the branches in
 *  it: ICIMVAU, BPIMVA. */
static inline void boot_forget_line(unsigned long va)
{
	BOOT_WRITE(0, 7, 5, 1, va);
	BOOT_WRITE(0, 7, 5, 7, va);
}

#endif /* BOOT_SYS_H */
