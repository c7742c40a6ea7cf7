/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * map.c - changes to the hypervisor's page tables: checks, lock, TLB flush
 *
 * Every change goes the same way: check the request; under the lock count
 * the tables it needs; if there are too few, drop the lock, allocate, count
 * again; change the entries; drop the lock; tell the hardware; flush the TLB
 * if a present entry changed; then free the tables that went out of use. All
 * that can fail comes before the first change.
 *
 * Stretches  A request of more than XMEM_STRETCH pages drops the lock between
 *            two stretches. First it counts and allocates the tables for all
 *            of them, so that a failure leaves everything unchanged; then it
 *            changes the entries. Other CPUs, working on ranges of their own,
 *            can only lower the need meanwhile: they take out no table that
 *            serves a page of this range, and put no block there (I5). If one
 *            changes the same range, which map.h forbids, a later stretch may
 *            fail, but nothing worse happens.
 * Tables     tables.c allocates them, keeps spare ones and has the lock.
 * Fast paths xmem_map_prepare() first looks, without the lock, whether all
 *            tables exist: one walk a leaf table. commit, park and collect
 *            never take the lock (see pt_leaf.c).
 * Lookups    take the lock, since the address may be in nobody's range: its
 *            table may be about to be taken out and freed.
 * Locking    (T) guards the links, tables and blocks of the space; a leaf.
 *            Level 0 entries of a prepared range belong to its owner.
 * Trade-offs Others may see a long request half done. Each of its stretches
 *            is walked two more times, to count tables.
 */
#include "map/map.h"

#include <xmem/lock.h>
#include <xmem/port.h>

#include "lib/align.h"
#include "lib/assert.h"
#include "lib/attr.h"
#include "lib/front.h"
#include "lib/map_request.h"
#include "lib/stretch.h"
#include "map/tables.h"
#include "pt/pt.h"

/** Pages that the tables translate. */
#define SPACE_PAGES (1UL << XMEM_PT_SPACE_BITS)

_Static_assert(XMEM_FRAME_BITS < sizeof(long) * 8,
	       "PADDR_BITS: a frame number must fit in an unsigned long");

static struct xmem_pt space(void)
{
	return (struct xmem_pt){xmem_arch_root()};
}

/* The same, for those who change its shape or rely on it. */
XMEM_REQUIRES(T)
static struct xmem_pt space_locked(void)
{
	return space();
}

/** One request on its way: its tables, and what it leaves behind. */
struct work {
	struct xmem_pt_stash own; /* tables to be used */
	struct xmem_pt_rest rest; /* tables out of use, and pages to do */
	unsigned long nr_flushed; /* tables in rest.out that no CPU walks */
	bool grew;		  /* tables were linked */
	bool changed;		  /* a present entry changed */
};

/*
 * Apply the next stretch of @req, if @work has the tables for it. Return: 0 if
 * so; else the number of tables needed, and nothing has changed.
 */
XMEM_REQUIRES(T)
static unsigned long try_locked(const struct xmem_pt_req *req,
				struct work *work)
{
	struct xmem_pt pt = space_locked();
	struct xmem_pt_req counted = *req;
	unsigned long need = xmem_pt_need_stretch(&pt, &counted);
	unsigned long had;

	xmem_tables_take_spare_locked(&work->own, need);
	if (work->own.nr < need) {
		return need;
	}
	had = work->own.nr;
	work->changed |= xmem_pt_apply(&pt, req, &work->own, &work->rest);
	work->grew |= work->own.nr < had;
	return 0;
}

/*
 * Tell this CPU's table walker, and all TLBs, what has been done to @req since
 * the last call; then take apart the tables below a block that replaced them.
 */
static void tell_cpus(const struct xmem_pt_req *req, struct work *work)
{
	if (work->grew || req->kind == XMEM_PT_MAP) {
		xmem_arch_pt_made(req->va, req->nr, work->grew);
	}
	if (work->changed) {
		xmem_arch_pt_changed(req->va, req->nr);
	}
	if (work->changed || work->rest.out.nr > work->nr_flushed) {
		xmem_port_tlb_flush(req->va, req->nr);
	}
	work->grew = false;
	work->changed = false;
	while (xmem_pt_dismantle(&work->rest)) {
		xmem_port_relax();
	}
	work->nr_flushed = work->rest.out.nr;
}

/*
 * Is [@va, @va + @nr pages), @nr > 0, a range of addresses of the space? If it
 * is no longer than the space and both ends are valid, it cannot contain the
 * gap between the low and the high addresses.
 */
static bool range_is_valid(unsigned long va, unsigned long nr)
{
	unsigned long last = va + (nr << PAGE_SHIFT) - 1;

	return nr <= SPACE_PAGES && last >= va && xmem_arch_is_va(va) &&
	       xmem_arch_is_va(last);
}

/* Allocate all tables that @req, a long one, needs. Return: false if memory
 * ran out. */
static bool reserve_tables(const struct xmem_pt_req *req, struct work *work)
{
	struct xmem_pt_req counted = *req;
	unsigned long need = 0;
	struct xmem_pt pt;

	while (counted.done < counted.nr) {
		xmem_tables_lock();
		pt = space_locked();
		need += xmem_pt_need_stretch(&pt, &counted);
		xmem_tables_take_spare_locked(&work->own, need);
		xmem_tables_unlock();
		xmem_port_relax();
	}
	return xmem_tables_fill(&work->own, need);
}

/* The next stretch of @req. Return: false if memory ran out. */
static bool apply_stretch(const struct xmem_pt_req *req, struct work *work)
{
	unsigned long need;
	bool filled;

	do {
		xmem_tables_lock();
		need = try_locked(req, work);
		xmem_tables_unlock();
		filled = xmem_tables_fill(&work->own, need);
	} while (need > 0 && filled);
	return filled;
}

/* All of @req. Return: false if memory ran out. */
static bool apply_stretches(struct xmem_pt_req *req, struct work *work)
{
	bool more;

	do {
		if (!apply_stretch(req, work)) {
			return false;
		}
		if (work->rest.has_tree || work->rest.nr == 0) {
			tell_cpus(req, work);
		}
		more = xmem_pt_end_stretch(req, &work->rest);
		if (more) {
			xmem_port_relax();
		}
	} while (more);
	return true;
}

/* Check and carry out @req, whose address is page-aligned. */
static int apply(struct xmem_pt_req *req)
{
	struct work work = {.changed = false};
	bool filled;

	if (req->nr == 0) {
		return 0;
	}
	if (!range_is_valid(req->va, req->nr)) {
		return -XMEM_EINVAL;
	}
	req->done = 0;
	filled = (req->nr <= XMEM_STRETCH || reserve_tables(req, &work)) &&
		 apply_stretches(req, &work);
	if (!filled && req->done > 0) {
		tell_cpus(req, &work);
	}
	xmem_tables_give_back(&work.own);
	xmem_tables_give_back(&work.rest.out);
	return filled ? 0 : -XMEM_ENOMEM;
}

/* Build the tables of @req, down to page level, and map nothing. */
static int apply_empty(struct xmem_pt_req *req)
{
	int ret;

	req->kind = XMEM_PT_PREPARE;
	ret = apply(req);
	if (ret != 0) {
		return ret;
	}
	req->kind = XMEM_PT_EMPTY;
	return apply(req);
}

int xmem_map_pages(unsigned long virt, mfn_t mfn, unsigned long nr_mfns,
		   unsigned int flags)
{
	struct xmem_pt_req req = {
		.kind = XMEM_PT_MAP,
		.flags = flags,
		.va = virt,
		.nr = nr_mfns,
		.mfn = mfn_x(mfn),
	};

	if (!xmem_is_aligned(virt, PAGE_SIZE) ||
	    !xmem_map_flags_are_valid(flags,
				      XMEM_MAP_ATTRS_MASK | MAP_SMALL_PAGES)) {
		return -XMEM_EINVAL;
	}
	if (req.mfn == XMEM_NO_MFN || !(flags & XMEM_PT_ACCESS)) {
		return apply_empty(&req);
	}
	if (nr_mfns > 0 && !xmem_map_frames_are_valid(req.mfn, nr_mfns)) {
		return -XMEM_EINVAL;
	}
	return apply(&req);
}

XMEM_FRONT(map_pages_to_xen, xmem_map_pages);

/* Change [@s, @e); @e is 0 at the end of the address space. */
static int apply_between(unsigned long s, unsigned long e, unsigned int flags)
{
	struct xmem_pt_req req = {
		.kind = XMEM_PT_CHANGE,
		.flags = flags,
		.va = s,
		.nr = (e - s) >> PAGE_SHIFT,
		.mfn = XMEM_NO_MFN,
	};

	if (!xmem_is_aligned(s | e, PAGE_SIZE) || (e < s && e != 0)) {
		return -XMEM_EINVAL;
	}
	if (!(flags & XMEM_PT_ACCESS)) {
		req.kind = XMEM_PT_CLEAR;
	}
	return apply(&req);
}

XMEM_API_MAPS int modify_xen_mappings(unsigned long s, unsigned long e,
				      unsigned int flags)
{
	if (!xmem_map_flags_are_valid(flags, XMEM_MAP_ATTRS_MASK)) {
		return -XMEM_EINVAL;
	}
	return apply_between(s, e, flags);
}

XMEM_API_MAPS int destroy_xen_mappings(unsigned long s, unsigned long e)
{
	return apply_between(s, e, PAGE_HYPERVISOR_NONE);
}

int xmem_map_populate(unsigned long virt, unsigned long nr_mfns)
{
	struct xmem_pt_req req = {
		.kind = XMEM_PT_PREPARE,
		.va = virt,
		.nr = nr_mfns,
		.mfn = XMEM_NO_MFN,
	};

	if (!xmem_is_aligned(virt, PAGE_SIZE)) {
		return -XMEM_EINVAL;
	}
	return apply(&req);
}

XMEM_FRONT(populate_pt_range, xmem_map_populate);

int xmem_map_link_top(unsigned long va, unsigned long nr)
{
	return apply(&(struct xmem_pt_req){
		.kind = XMEM_PT_LINK, .va = va, .nr = nr});
}

static bool lookup(unsigned long va, struct xmem_pt_found *found)
{
	struct xmem_pt pt;
	bool mapped;

	if (!xmem_arch_is_va(va)) {
		return false;
	}
	xmem_tables_lock();
	pt = space_locked();
	mapped = xmem_pt_lookup(&pt, va, found);
	xmem_tables_unlock();
	return mapped;
}

XMEM_API_MAPS unsigned long xmem_map_lookup(unsigned long va)
{
	struct xmem_pt_found found;

	return lookup(va, &found) ? found.mfn : XMEM_NO_MFN;
}

XMEM_API_MAPS mfn_t xen_map_to_mfn(unsigned long va)
{
	return _mfn(xmem_map_lookup(va));
}

XMEM_API_MAPS bool xmem_map_attrs(unsigned long va, unsigned int *flags,
				  unsigned int *order)
{
	struct xmem_pt_found found;

	if (!lookup(va, &found)) {
		return false;
	}
	if (flags != NULL) {
		*flags = found.flags;
	}
	if (order != NULL) {
		*order = found.order;
	}
	return true;
}

/* If all tables exist nothing is to be done. A range that is not of the space
 * is refused by apply(). */
XMEM_API_MAPS int xmem_map_prepare(unsigned long va, unsigned long nr)
{
	struct xmem_pt pt = space();

	if (range_is_valid(va, nr) && xmem_pt_ready(&pt, va, nr)) {
		return 0;
	}
	return apply(&(struct xmem_pt_req){.kind = XMEM_PT_PREPARE,
					   .va = va,
					   .nr = nr,
					   .mfn = XMEM_NO_MFN});
}

XMEM_API_MAPS void xmem_map_commit(unsigned long va, unsigned long mfn,
				   unsigned long nr, unsigned int flags)
{
	struct xmem_pt_req req = {
		.kind = XMEM_PT_MAP,
		.flags = flags,
		.va = va,
		.nr = nr,
		.mfn = mfn,
	};
	struct xmem_pt pt = space();

	XMEM_ASSERT(xmem_map_flags_are_valid(flags, XMEM_MAP_ATTRS_MASK |
							    MAP_SMALL_PAGES));
	while (XMEM_UNLIKELY(req.nr > XMEM_STRETCH)) {
		struct xmem_pt_req stretch = req;

		stretch.nr = xmem_stretch(req.va >> PAGE_SHIFT, req.nr);
		xmem_pt_commit(&pt, &stretch);
		req.va += stretch.nr << PAGE_SHIFT;
		req.mfn += stretch.nr;
		req.nr -= stretch.nr;
		xmem_port_relax();
	}
	xmem_pt_commit(&pt, &req);
	xmem_arch_pt_made(va, nr, false);
}

XMEM_API_MAPS void xmem_map_park(unsigned long va, unsigned long nr)
{
	struct xmem_pt pt = space();
	unsigned long at = va;
	unsigned long left = nr;

	while (XMEM_UNLIKELY(left > XMEM_STRETCH)) {
		unsigned long stretch = xmem_stretch(at >> PAGE_SHIFT, left);

		xmem_pt_park(&pt, at, stretch);
		at += stretch << PAGE_SHIFT;
		left -= stretch;
		xmem_port_relax();
	}
	xmem_pt_park(&pt, at, left);
	xmem_arch_pt_changed(va, nr);
}

XMEM_API_MAPS unsigned int xmem_map_collect(unsigned long va, unsigned long nr,
					    struct xmem_run *runs,
					    unsigned int max_runs,
					    unsigned long *nr_done)
{
	struct xmem_pt_runs filled = {runs, max_runs, 0};
	struct xmem_pt pt = space();

	*nr_done = xmem_pt_collect(&pt, va, nr, &filled);
	return filled.nr;
}
