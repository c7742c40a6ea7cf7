/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * frames.c - say which frames of this machine are RAM, and which are mapped
 *
 * Holds the frame index of the machine and the lookups that many callers use.
 * src/directmap builds it; a host that defines these functions itself needs no
 * index.
 *
 * Locking     None: written before the hand-over by one CPU, constant after.
 */
#include <arch/frame_index.h>

struct xmem_frame_index xmem_frames;
unsigned long xmem_table_limit = ~0UL;

bool xmem_directmap_valid(unsigned long mfn)
{
	return xmem_frame_is_ram(&xmem_frames, mfn);
}

bool xmem_directmap_has(unsigned long i)
{
	return xmem_index_is_mapped(&xmem_frames, i);
}
