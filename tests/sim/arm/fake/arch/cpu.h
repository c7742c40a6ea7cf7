/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cpu.h - Arm's instructions, carried out by a model
 *
 * The names of arch/arm/arm64/include/arch/cpu.h: fake_tlb.c has the flushes
 * alone, arm_cpu.c all of them.
 */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include <xmem/types.h>

#define XMEM_CPU_HAS_UXN 1

bool xmem_cpu_has_own_regime(void);
uint64_t xmem_cpu_read_ttbr(bool upper);
unsigned int xmem_cpu_va_bits(bool upper);
unsigned int xmem_cpu_page_shift(bool upper);
uint32_t xmem_cpu_read_mair(void);
bool xmem_cpu_mmu_is_on(void);
unsigned int xmem_cpu_bbm_level(void);
bool xmem_cpu_has_tlbi_range(void);

unsigned long xmem_cpu_irq_save(void);
void xmem_cpu_irq_restore(unsigned long flags);
bool xmem_cpu_can_read(unsigned long va);

uint64_t xmem_cpu_read64(const uint64_t *p);
void xmem_cpu_write64(uint64_t *p, uint64_t v);

unsigned long xmem_cpu_dcache_line(void);
void xmem_cpu_dc_civac(unsigned long va);
void xmem_cpu_ic_all(void);

void xmem_cpu_tlbi_all(bool local);
void xmem_cpu_tlbi_page(unsigned long va, bool local);
void xmem_cpu_tlbi_range(uint64_t op, bool local);

#endif /* ARCH_CPU_H */
