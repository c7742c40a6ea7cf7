/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * malloc.h - what src/debug calls of this folder
 */
#ifndef MALLOC_MALLOC_H
#define MALLOC_MALLOC_H

#include <xmem/types.h>

/** xmem_xmalloc_check(). (xmalloc_check.c) */
XMEM_MUST_CHECK const char *xmem_xmalloc_validate(void);

#endif /* MALLOC_MALLOC_H */
