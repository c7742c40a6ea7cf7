/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * phase_arch.h - which steps of the boot the architecture takes, for phase.c
 *
 * Apart from phase.h, since it needs <arch/layout.h>.
 */
#ifndef LIB_PHASE_ARCH_H
#define LIB_PHASE_ARCH_H

#include <arch/layout.h>
#include <xmem/types.h>

/** Does arch/common build the direct map and the frame table? */
#ifdef XMEM_ARCH_BUILDS_MAPS
#define XMEM_PHASE_MAPS true
#else
#define XMEM_PHASE_MAPS false
#endif

#endif /* LIB_PHASE_ARCH_H */
