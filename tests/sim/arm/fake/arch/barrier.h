/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * barrier.h - Arm's barriers, carried out by a model
 */
#ifndef ARCH_BARRIER_H
#define ARCH_BARRIER_H

#include <xmem/types.h>

void xmem_dsb_writes(bool local);
void xmem_dsb(bool local);
void xmem_dsb_system(void);
void xmem_isb(void);

#endif /* ARCH_BARRIER_H */
