/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * take_run.c - allocate any number of consecutive frames
 *
 * They are nobody's, as in take_range.c.
 */
#include <xmem/pages.h>

#include "lib/align.h"
#include "page/mark.h"
#include "page/scrub.h"

XMEM_API_PAGES mfn_t xmem_take_run(unsigned long nr, unsigned long align,
				   mfn_t lo, mfn_t hi, unsigned int memflags)
{
	struct heap_run_request req = {
		.nr = nr,
		.lo = mfn_x(lo),
		.hi = mfn_x(hi),
		.memflags = memflags,
	};
	unsigned long mfn;
	bool dirty;

	if (nr == 0 || (align & (align - 1)) != 0 || xmem_port_alloc_fails()) {
		return INVALID_MFN;
	}
	req.order = align != 0 ? xmem_log2(align) : 0;
	mfn = xmem_heap_take_run(&req, &dirty);
	if (mfn != XMEM_NO_MFN) {
		xmem_tell_range(mfn, nr, false);
		xmem_scrub_handed_out(mfn, nr, dirty, memflags);
	}
	return _mfn(mfn);
}
