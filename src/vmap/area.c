/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * area.c - areas that show the caller's frames: map them, unmap them
 *
 * What vmap() and ioremap() share. It is no part of either, so that a host may
 * define one of them itself and take the other from the library.
 *
 * Map    Check everything; take addresses; prepare the tables; commit run by
 *        run. (The caller's blocks that are neighbours become one run, so that
 *        tables are walked once a run.) Only taking and preparing can fail.
 * Unmap  Claim the area; park the entries; flush the TLB once; clear the
 *        entries; only then give the addresses back, as nobody may get an
 *        address while a CPU has a stale translation of it.
 * Below  xmem_map_prepare, _commit, _park and _collect.
 * Locking  None here; no lock is held while tables are touched or the TLB is
 *        flushed.
 */
#include <xmem/vmap.h>

#include "lib/align.h"
#include "lib/map_request.h"
#include "lib/relax.h"
#include "lib/stretch.h"
#include "vmap/vmap_priv.h"

/** Runs collected at a time; the frames are the caller's. */
#define BATCH 8U

/* ---- checks ---- */

static bool are_flags(unsigned int flags, enum vmap_region type)
{
	unsigned int allowed = XMEM_MAP_ATTRS_MASK | MAP_SMALL_PAGES;

	if (type != VMAP_XEN) {
		allowed &= ~XMEM_MAP_EXEC;
	}
	return xmem_map_flags_are_valid(flags, allowed) &&
	       (flags & XMEM_MAP_READ) != 0;
}

/* What is to be mapped: @nr blocks of @granularity frames each. */
struct blocks {
	const mfn_t *mfn;
	unsigned int granularity;
	unsigned int nr;
};

static bool are_frames(const struct blocks *blocks)
{
	for (unsigned int i = 0; i < blocks->nr; i++) {
		if (!xmem_map_frames_are_valid(mfn_x(blocks->mfn[i]),
					       blocks->granularity)) {
			return false;
		}
		xmem_relax_after(i);
	}
	return true;
}

/* ---- map ---- */

/* Take and prepare @nr pages. Return: address, or 0. */
static unsigned long take_prepared(enum vmap_region type, unsigned long nr,
				   unsigned long align)
{
	unsigned long va = xmem_window_take(type, nr, align, AREA_MAPPED);

	if (va != 0 && xmem_map_prepare(va, nr) != 0) {
		xmem_window_give(va, nr);
		va = 0;
	}
	return va;
}

/* The number of blocks from @first on that lie one behind the other, at most to
 * the end of a stretch. */
static unsigned int adjacent(const struct blocks *blocks, unsigned int first)
{
	unsigned int end =
		(unsigned int)(first + xmem_stretch(first, blocks->nr - first));
	unsigned int i = first + 1;

	while (i < end &&
	       mfn_eq(blocks->mfn[i],
		      mfn_add(blocks->mfn[i - 1], blocks->granularity))) {
		i++;
	}
	return i - first;
}

static void commit_blocks(unsigned long va, const struct blocks *blocks,
			  unsigned int flags)
{
	unsigned int i = 0;

	while (i < blocks->nr) {
		unsigned int joined = adjacent(blocks, i);
		unsigned long nr = (unsigned long)joined * blocks->granularity;

		xmem_map_commit(va, mfn_x(blocks->mfn[i]), nr, flags);
		va += nr << PAGE_SHIFT;
		i += joined;
		if (i < blocks->nr) {
			xmem_port_relax();
		}
	}
}

void *xmem_area_map(const mfn_t *mfn, unsigned int granularity, unsigned int nr,
		    unsigned int align, unsigned int flags,
		    enum vmap_region type)
{
	struct blocks blocks = {mfn, granularity, nr};
	unsigned long nr_pages;
	unsigned long va;

	if (granularity == 0 || nr == 0 || !are_flags(flags, type) ||
	    !xmem_checked_mul(granularity, nr, &nr_pages) ||
	    !are_frames(&blocks)) {
		return NULL;
	}
	va = take_prepared(type, nr_pages, align == 0 ? 1 : align);
	if (va != 0) {
		commit_blocks(va, &blocks, flags);
	}
	return (void *)va;
}

/* ---- unmap ---- */

void xmem_area_unmap(const void *start, const char *who, const void *caller)
{
	unsigned long nr = xmem_window_claim(start, AREA_MAPPED, who, caller);
	unsigned long va = (unsigned long)start;
	unsigned long left = nr;
	struct xmem_run runs[BATCH];
	unsigned long done;

	xmem_map_park(va, nr);
	xmem_port_tlb_flush(va, nr);
	while (left > 0) {
		(void)!xmem_map_collect(va,
					xmem_stretch(va >> PAGE_SHIFT, left),
					runs, BATCH, &done);
		va += done << PAGE_SHIFT;
		left -= done;
		if (left > 0) {
			xmem_port_relax();
		}
	}
	xmem_window_give((unsigned long)start, nr);
}
