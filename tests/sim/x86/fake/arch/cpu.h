/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cpu.h - x86-64's privileged instructions, carried out by a model
 *
 * The names of the real header: fake_cpu.c has those that flush alone,
 * x86_cpu.c those that the rest of arch/x86 uses, too.
 */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include <xmem/types.h>

#define XMEM_CR0_WP    (1UL << 16)
#define XMEM_CR4_PGE   (1UL << 7)
#define XMEM_CR4_LA57  (1UL << 12)
#define XMEM_CR4_PCIDE (1UL << 17)
#define XMEM_MSR_PAT   0x277U
#define XMEM_MSR_EFER  0xc0000080U
#define XMEM_EFER_NXE  (1UL << 11)

bool xmem_cpu_has_1g(void);
unsigned long xmem_cpu_read_root(void);
unsigned long xmem_cpu_read_cr0(void);
uint64_t xmem_cpu_rdmsr(uint32_t msr);

bool xmem_cpu_has_invpcid(void);
void xmem_cpu_invpcid_all(void);
void xmem_cpu_invlpg(unsigned long va);
unsigned long xmem_cpu_read_cr3(void);
void xmem_cpu_write_cr3(unsigned long v);
unsigned long xmem_cpu_read_cr4(void);
void xmem_cpu_write_cr4(unsigned long v);

#endif /* ARCH_CPU_H */
