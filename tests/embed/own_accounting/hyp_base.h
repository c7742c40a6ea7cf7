/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hyp_base.h - the hypervisor's lowest header: its numbers, and how it dies
 */
#ifndef HYP_BASE_H
#define HYP_BASE_H

#include "hyp_errno.h"

#ifndef PAGE_SHIFT /* the tests build it for others, too */
#define PAGE_SHIFT 12
#endif
#define MAX_ORDER 10
#define NR_FRAMES 2048UL

typedef unsigned long mfn_t;
typedef unsigned long long paddr_t;

extern unsigned char *ram; /* frame 0 */

unsigned int node_of_frame(mfn_t mfn);

__attribute__((__noreturn__, __format__(__printf__, 1, 2))) void panic(
	const char *fmt, ...);
__attribute__((__noreturn__)) void vpanic(const char *fmt,
					  __builtin_va_list args);

#endif /* HYP_BASE_H */
