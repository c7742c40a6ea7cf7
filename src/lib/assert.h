/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * assert.h - three tiers of checks, one knob (XMEM_DEBUG)
 *
 * XMEM_PANIC_IF    always on: memory is corrupt or a pointer is wild and
 *                  going on would damage more. Never for input that may
 *                  legitimately be wrong: that gets NULL or -E.
 * XMEM_ASSERT      XMEM_DEBUG >= 1: what the code around relies on.
 * XMEM_ASSERT_DEEP XMEM_DEBUG >= 3: a whole-structure validator (which
 *                  returns NULL or the invariant broken) after a change.
 *
 * Conditions have no side effects.
 */
#ifndef LIB_ASSERT_H
#define LIB_ASSERT_H

#include <xmem/port.h>

#include "lib/attr.h"

/** The caller of the function this stands in, for messages. */
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
