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
typedef unsigned long uint64_t;
typedef signed char int8_t;
typedef short int16_t;
typedef int int32_t;
typedef long int64_t;
typedef unsigned long size_t;
typedef unsigned long uintptr_t;
typedef long intptr_t;
typedef long ptrdiff_t;
typedef _Bool bool;

#define true		    1
#define false		    0
#define NULL		    ((void *)0)
#define UINT64_MAX	    (~0UL)
#define offsetof(type, member) __builtin_offsetof(type, member)

#endif /* LINT_XMEM_PORT_H */
