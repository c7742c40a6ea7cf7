/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * page.h - all that the library has to know of the CPU here
 */
#define ARCH_PAGE_SHIFT	    12
#define ARCH_MIN_PAGE_SHIFT 12
#define ARCH_MAX_PAGE_SHIFT 16
#define PADDR_BITS	    48
