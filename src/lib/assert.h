/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * assert.h - three kinds of checks; XMEM_DEBUG says which are compiled
 *
 * XMEM_PANIC_IF    always on: memory is corrupt or a pointer is wild, and
 *                  going on would do more damage. Not for input that may
 *                  rightly be wrong: return NULL or -E for that.
 * XMEM_ASSERT      XMEM_DEBUG >= 1: what the code around it relies on.
 * XMEM_ASSERT_DEEP XMEM_DEBUG >= 3: check a whole structure after a change, by
 *                  a function that returns NULL or which invariant is broken.
 *
 * Conditions have no side effects.
 */
#ifndef LIB_ASSERT_H
#define LIB_ASSERT_H

#include <xmem/port.h>

#include "lib/attr.h"

/** The caller of the function that contains this, for messages. */
#define XMEM_CALLER() __builtin_return_address(0)

#define XMEM_PANIC_IF(cond, ...)                      \
	do {                                          \
		if (XMEM_UNLIKELY(cond)) {            \
			xmem_port_panic(__VA_ARGS__); \
		}                                     \
	} while (0)

#define XMEM_ASSERT(cond)                                                \
	do {                                                             \
		if (XMEM_DEBUG >= 1 && XMEM_UNLIKELY(!(cond))) {         \
			xmem_port_panic("%s:%d: assertion failed: %s\n", \
					__FILE__, __LINE__, #cond);      \
		}                                                        \
	} while (0)

#define XMEM_ASSERT_DEEP(validator)                                        \
	do {                                                               \
		if (XMEM_DEBUG >= 3) {                                     \
			const char *xmem_broken_ = (validator);            \
			XMEM_PANIC_IF(xmem_broken_ != NULL, "%s:%d: %s\n", \
				      __FILE__, __LINE__, xmem_broken_);   \
		}                                                          \
	} while (0)

#endif /* LIB_ASSERT_H */
