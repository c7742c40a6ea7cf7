/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xmem_port.h - a port that brings every type itself (-nostdinc)
 *
 * What a kernel does that has its own types and no standard headers.
 */
#ifndef LINT_XMEM_PORT_H
#define LINT_XMEM_PORT_H

#define XMEM_PORT_TYPES

typedef unsigned char uint8_t;
typedef unsigned short uint16_t;
typedef unsigned int uint32_t;
typedef __UINT64_TYPE__ uint64_t;
typedef signed char int8_t;
typedef short int16_t;
typedef int int32_t;
typedef __INT64_TYPE__ int64_t;
typedef __SIZE_TYPE__ size_t;
typedef __UINTPTR_TYPE__ uintptr_t;
typedef __INTPTR_TYPE__ intptr_t;
typedef __PTRDIFF_TYPE__ ptrdiff_t;
#ifdef __cplusplus
#define NULL nullptr
#else
typedef _Bool bool;

#define true  1
#define false 0
#define NULL  ((void *)0)
#endif
#define UINT64_MAX	    (~(uint64_t)0)
#define offsetof(type, member) __builtin_offsetof(type, member)

#endif /* LINT_XMEM_PORT_H */
