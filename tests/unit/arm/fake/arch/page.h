/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * page.h - pages of any size: flushing does not depend on it
 */
#ifndef ARCH_PAGE_H
#define ARCH_PAGE_H

#define ARCH_PAGE_SHIFT	    12
#define ARCH_MIN_PAGE_SHIFT 12
#define ARCH_MAX_PAGE_SHIFT 16

#define PADDR_BITS 52

#endif /* ARCH_PAGE_H */
