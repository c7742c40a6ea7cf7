/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tlb.h - a flush waits for what was written to tables
 */
#ifndef ARCH_TLB_H
#define ARCH_TLB_H

void fake_sync(void);
void fake_flush_local(unsigned long va, unsigned long nr);

static inline void xmem_tlb_flush_all(void)
{
	fake_sync();
}

static inline void xmem_tlb_flush_local(unsigned long va, unsigned long nr)
{
	fake_flush_local(va, nr);
}

#endif /* ARCH_TLB_H */
