/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * is_free.c - is a frame free?
 */
#include <xmem/pages.h>

#include "heap/heap.h"

XMEM_API_PAGES bool xmem_frame_is_free(mfn_t mfn)
{
	enum xmem_frame_state state = xmem_state_find(mfn_x(mfn));

	return state == XMEM_FRAME_CLEAN || state == XMEM_FRAME_DIRTY ||
	       state == XMEM_FRAME_CACHED;
}
