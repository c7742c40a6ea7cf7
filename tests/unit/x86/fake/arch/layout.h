/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * layout.h - x86-64's windows where the machine of tests/unit/sim has room
 */
#ifndef FAKE_ARCH_LAYOUT_H
#define FAKE_ARCH_LAYOUT_H

#include "../../../sim/sim_windows.h"

#define XMEM_PORT_BOOT_MAPPED (80UL << 20)

#include_next <arch/layout.h>

#endif /* FAKE_ARCH_LAYOUT_H */
