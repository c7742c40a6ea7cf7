/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cpu.h - privileged and special instructions of x86-64, as inline functions
 *
 * All inline assembly of the library for this architecture is here and in
 * pte.h. Everything but cpuid needs privilege level 0.
 */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include <xmem/types.h>

/* Control register and MSR bits that paging depends on. */
#define XMEM_CR0_WP    (1UL << 16)
#define XMEM_CR4_PAE   (1UL << 5)
#define XMEM_CR4_PGE   (1UL << 7)
#define XMEM_CR4_LA57  (1UL << 12)
#define XMEM_CR4_PCIDE (1UL << 17)
#define XMEM_MSR_PAT   0x277U
#define XMEM_MSR_EFER  0xc0000080U
#define XMEM_EFER_NXE  (1UL << 11)

struct xmem_cpuid {
	uint32_t eax;
	uint32_t ebx;
	uint32_t ecx;
	uint32_t edx;
};

/** xmem_cpuid - leaf @leaf, subleaf @sub. */
static inline struct xmem_cpuid xmem_cpuid(uint32_t leaf, uint32_t sub)
{
	struct xmem_cpuid r;

	__asm__ volatile("cpuid"
			 : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
			 : "a"(leaf), "c"(sub));
	return r;
}

/** xmem_cpu_ext_features - edx of leaf 0x80000001, 0 on a CPU without it. */
static inline uint32_t xmem_cpu_ext_features(void)
{
	if (xmem_cpuid(0x80000000U, 0).eax < 0x80000001U) {
		return 0;
	}
	return xmem_cpuid(0x80000001U, 0).edx;
}

/** xmem_cpu_has_1g - can a level 2 entry be a leaf? */
static inline bool xmem_cpu_has_1g(void)
{
	return (xmem_cpu_ext_features() & (1U << 26)) != 0;
}

/** xmem_cpu_has_nx - does the CPU know no-execute? */
static inline bool xmem_cpu_has_nx(void)
{
	return (xmem_cpu_ext_features() & (1U << 20)) != 0;
}

/** xmem_cpu_paddr_bits - width of a physical address; 36 if the CPU does not
 *  say. */
static inline unsigned int xmem_cpu_paddr_bits(void)
{
	if (xmem_cpuid(0x80000000U, 0).eax < 0x80000008U) {
		return 36;
	}
	return xmem_cpuid(0x80000008U, 0).eax & 0xffU;
}

/** xmem_cpu_has_invpcid - does the CPU have the invpcid instruction? */
static inline bool xmem_cpu_has_invpcid(void)
{
	return xmem_cpuid(0, 0).eax >= 7 &&
	       (xmem_cpuid(7, 0).ebx & (1U << 10)) != 0;
}

/** xmem_cpu_invpcid_all - drop translations of all PCIDs, global ones, too. */
static inline void xmem_cpu_invpcid_all(void)
{
	struct {
		uint64_t pcid;
		uint64_t va;
	} desc = {0, 0};

	__asm__ volatile("invpcid %0, %1" ::"m"(desc), "r"(2UL) : "memory");
}

/** xmem_cpu_invlpg - drop the translations of @va: of this PCID, and global. */
static inline void xmem_cpu_invlpg(unsigned long va)
{
	__asm__ volatile("invlpg (%0)" ::"r"(va) : "memory");
}

static inline unsigned long xmem_cpu_read_cr0(void)
{
	unsigned long v;

	__asm__ volatile("mov %%cr0, %0" : "=r"(v));
	return v;
}

static inline unsigned long xmem_cpu_read_cr2(void)
{
	unsigned long v;

	__asm__ volatile("mov %%cr2, %0" : "=r"(v));
	return v;
}

static inline unsigned long xmem_cpu_read_cr3(void)
{
	unsigned long v;

	__asm__ volatile("mov %%cr3, %0" : "=r"(v)::"memory");
	return v;
}

/** xmem_cpu_read_root - frame of the top-level table in use. */
static inline unsigned long xmem_cpu_read_root(void)
{
	return (xmem_cpu_read_cr3() & 0x000ffffffffff000UL) >> 12;
}

static inline void xmem_cpu_write_cr3(unsigned long v)
{
	__asm__ volatile("mov %0, %%cr3" ::"r"(v) : "memory");
}

static inline unsigned long xmem_cpu_read_cr4(void)
{
	unsigned long v;

	__asm__ volatile("mov %%cr4, %0" : "=r"(v));
	return v;
}

static inline void xmem_cpu_write_cr4(unsigned long v)
{
	__asm__ volatile("mov %0, %%cr4" ::"r"(v) : "memory");
}

static inline uint64_t xmem_cpu_rdmsr(uint32_t msr)
{
	uint32_t lo;
	uint32_t hi;

	__asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
	return ((uint64_t)hi << 32) | lo;
}

static inline void xmem_cpu_wrmsr(uint32_t msr, uint64_t v)
{
	__asm__ volatile("wrmsr" ::"c"(msr), "a"((uint32_t)v),
			 "d"((uint32_t)(v >> 32))
			 : "memory");
}

#endif /* ARCH_CPU_H */
