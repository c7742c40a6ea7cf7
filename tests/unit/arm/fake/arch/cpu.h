/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cpu.h - of Arm's instructions those that arch/tlb.h uses
 *
 * The names of the real header, carried out by the model in fake_tlb.c.
 */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include <xmem/types.h>

void xmem_cpu_tlbi_all(bool local);
void xmem_cpu_tlbi_page(unsigned long va, bool local);
void xmem_cpu_tlbi_range(uint64_t op, bool local);

#endif /* ARCH_CPU_H */
