/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * map_request.h - check the flags and frames of a request to map
 */
#ifndef LIB_MAP_REQUEST_H
#define LIB_MAP_REQUEST_H

#include <xmem/config.h>
#include <xmem/map.h>

#include "lib/align.h"

/** Physical frames are numbered below 2^XMEM_FRAME_BITS. */
#define XMEM_FRAME_BITS (PADDR_BITS - PAGE_SHIFT)

/** Are all @flags in @allowed, and not both writable and executable? */
static inline bool xmem_map_flags_are_valid(unsigned int flags,
					    unsigned int allowed)
{
	return (flags & ~allowed) == 0 &&
	       (flags & (XMEM_MAP_WRITE | XMEM_MAP_EXEC)) !=
		       (XMEM_MAP_WRITE | XMEM_MAP_EXEC);
}

/** Can [@mfn, @mfn + @nr), @nr > 0, be frame numbers, of RAM or not? */
static inline bool xmem_map_frames_are_valid(unsigned long mfn,
					     unsigned long nr)
{
	unsigned long end;

	return xmem_checked_add(mfn, nr, &end) &&
	       (paddr_t)(end - 1) >> XMEM_FRAME_BITS == 0;
}

#endif /* LIB_MAP_REQUEST_H */
