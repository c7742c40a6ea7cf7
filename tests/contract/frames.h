/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * frames.h - the machine's RAM as the tests count it, and single frames of it
 */
#ifndef CONTRACT_FRAMES_H
#define CONTRACT_FRAMES_H

#include <xmem/config.h>
#include <xmem/map.h>
#include <xmem/page_info.h>

#include "contract.h"

/** The @i-th range of the firmware's map, ascending, in frames: rounded
 *  inwards, without frame 0; perhaps empty. Return: false: no more. */
static inline bool ram_at(unsigned int i, unsigned long *smfn,
			  unsigned long *emfn)
{
	struct contract_range r;

	if (!contract_ram(i, &r)) {
		return false;
	}
	*smfn = (unsigned long)((r.start + PAGE_SIZE - 1) >> PAGE_SHIFT);
	*emfn = (unsigned long)(r.end >> PAGE_SHIFT);
	*smfn = *smfn > 0 ? *smfn : 1;
	*emfn = *emfn > *smfn ? *emfn : *smfn;
	return true;
}

static inline unsigned long ram_frames(void)
{
	unsigned long nr = 0;
	unsigned long s;
	unsigned long e;

	for (unsigned int i = 0; ram_at(i, &s, &e); i++) {
		nr += e - s;
	}
	return nr;
}

static inline unsigned int ram_nr_ranges(void)
{
	unsigned int nr = 0;
	unsigned long s;
	unsigned long e;

	while (ram_at(nr, &s, &e)) {
		nr++;
	}
	return nr;
}

/** Does a frame, perhaps in no mapping at all, keep what is written? */
static inline bool frame_holds(mfn_t mfn)
{
	const uint64_t salt = 0x9e3779b97f4a7c15ULL * (mfn_x(mfn) + 1);
	uint64_t *page = map_domain_page(mfn);
	bool same = true;

	for (unsigned long i = 0; i < PAGE_SIZE / 8; i++) {
		page[i] = salt ^ i;
	}
	unmap_domain_page(page);
	page = map_domain_page(mfn);
	for (unsigned long i = 0; i < PAGE_SIZE / 8; i++) {
		same = same && page[i] == (salt ^ i);
	}
	unmap_domain_page(page);
	return same;
}

#endif /* CONTRACT_FRAMES_H */
