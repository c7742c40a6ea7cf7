/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * take_range.c - allocate frames that the caller names
 *
 * They are nobody's, so descriptors are not written. Nor are frames held
 * (mark.h): nobody's frames have no mark that could tell a stale free.
 */
#include <xmem/pages.h>

#include "lib/align.h"
#include "lib/assert.h"
#include "page/mark.h"
#include "page/scrub.h"

/* Is [@mfn, @mfn + @nr) a range of frames, not empty? */
static bool is_range(mfn_t mfn, unsigned long nr)
{
	unsigned long end;

	return nr != 0 && xmem_checked_add(mfn_x(mfn), nr, &end);
}

XMEM_API_PAGES int xmem_take_range(mfn_t mfn, unsigned long nr,
				   unsigned int memflags)
{
	const void *caller = XMEM_CALLER();
	struct xmem_run range = {mfn_x(mfn), nr};
	bool dirty;
	int rc;

	if (!is_range(mfn, nr)) {
		return -XMEM_EINVAL;
	}
	if (xmem_port_alloc_fails()) {
		return -XMEM_EBUSY;
	}
	rc = xmem_heap_take_range(&range, &dirty, caller);
	if (rc == 0) {
		xmem_tell_range(range.mfn, nr, false);
		xmem_scrub_handed_out(range.mfn, nr, dirty, memflags);
	}
	return rc;
}

XMEM_API_PAGES unsigned long xmem_take_range_partial(mfn_t mfn,
						     unsigned long nr,
						     unsigned int memflags)
{
	struct xmem_run range = {mfn_x(mfn), nr};
	unsigned long got;
	bool dirty;

	if (!is_range(mfn, nr) || xmem_port_alloc_fails()) {
		return 0;
	}
	got = xmem_heap_take_start(&range, &dirty);
	if (got > 0) {
		xmem_tell_range(range.mfn, got, false);
		xmem_scrub_handed_out(range.mfn, got, dirty, memflags);
	}
	return got;
}
