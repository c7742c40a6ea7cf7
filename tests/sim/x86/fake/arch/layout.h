/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * layout.h - x86-64's windows where the machine of tests/sim has room
 */
#ifndef FAKE_ARCH_LAYOUT_H
#define FAKE_ARCH_LAYOUT_H

/* The windows begin at multiples of 512 GiB (arch/x86/include/arch/layout.h),
 * and a machine of test_x86_full_table.c has 261 GiB in its direct map: more
 * than 2^38. */
#define SIM_SPACE_BITS 45
#include "../../../sim_windows.h"

#define XMEM_PORT_BOOT_MAPPED (80UL << 20)

#include_next <arch/layout.h>

#endif /* FAKE_ARCH_LAYOUT_H */
