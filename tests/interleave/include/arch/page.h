/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * page.h - pages of the interleaved machine
 */
#ifndef ARCH_PAGE_H
#define ARCH_PAGE_H

#define ARCH_PAGE_SHIFT	    12
#define ARCH_MIN_PAGE_SHIFT 12
#define ARCH_MAX_PAGE_SHIFT 16

#define PADDR_BITS 48U

#endif /* ARCH_PAGE_H */
