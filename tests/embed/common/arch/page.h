/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * page.h - the pages of these embedders' architecture
 */
#ifndef ARCH_PAGE_H
#define ARCH_PAGE_H

#define ARCH_PAGE_SHIFT	    12
#define ARCH_MIN_PAGE_SHIFT 12
#define ARCH_MAX_PAGE_SHIFT 16
#define PADDR_BITS	    48

#endif /* ARCH_PAGE_H */
