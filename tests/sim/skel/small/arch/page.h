/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * page.h - pages of skel with as few bits of an address as the windows need
 */
#ifndef SMALL_ARCH_PAGE_H
#define SMALL_ARCH_PAGE_H

#include "../../../sim_windows.h"

#include_next <arch/page.h>

#undef ARCH_VA_BITS
#define ARCH_VA_BITS SIM_ADDRESS_BITS

#endif /* SMALL_ARCH_PAGE_H */
