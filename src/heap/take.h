/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * take.h - one block, from the nodes or, at last, from all caches
 */
#ifndef HEAP_TAKE_H
#define HEAP_TAKE_H

#include "heap/cache.h"

/** xmem_heap_take() for a caller who has asked xmem_port_alloc_fails(). */
XMEM_UNLOCKED
XMEM_MUST_CHECK static inline unsigned long xmem_heap_take_asked(
	const struct heap_request *req, bool *dirty)
{
	unsigned long mfn = xmem_heap_take_once(req, dirty);

	if (HEAP_HAS_CACHES && XMEM_UNLIKELY(mfn == XMEM_NO_MFN)) {
		mfn = xmem_heap_take_stealing(req, dirty);
	}
	return mfn;
}

/** Take one block. *@dirty: is any frame dirty? Return: its first frame;
 *  XMEM_NO_MFN if there is no memory. */
XMEM_UNLOCKED
XMEM_MUST_CHECK static inline unsigned long xmem_heap_take(
	const struct heap_request *req, bool *dirty)
{
	return xmem_port_alloc_fails() ? XMEM_NO_MFN
				       : xmem_heap_take_asked(req, dirty);
}

#endif /* HEAP_TAKE_H */
