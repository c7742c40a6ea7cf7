/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tlb.h - a flush waits for what was written to tables
 */
#ifndef ARCH_TLB_H
#define ARCH_TLB_H

void fake_sync(void);

static inline void xmem_tlb_flush_all(void)
{
	fake_sync();
}

#endif /* ARCH_TLB_H */
