/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mem.h - declare the four functions that every C environment supplies
 */
#ifndef LIB_MEM_H
#define LIB_MEM_H

#include <xmem/types.h>

#ifndef XMEM_PORT_MEM
void *memcpy(void *restrict dst, const void *restrict src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
#endif

#endif /* LIB_MEM_H */
