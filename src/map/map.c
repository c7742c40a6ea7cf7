/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * map.c - the hypervisor's own space: checks, lock, tables, TLB flush
 *
 * Every change goes the same way: check the request; under the lock count
 * the tables it needs; if there are too few, drop the lock, allocate, count
 * again; change the entries; drop the lock; tell the hardware; flush the TLB
 * if a present entry changed; then free the tables that went out of use. All
 * that can fail comes before the first change.
 *
 * Parts      A request of more than XMEM_STRETCH pages is done in parts, and
 *            between two of them the lock is dropped: first all its tables
 *            are counted and allocated, so that what fails has changed
 *            nothing, then entries are changed. What others do meanwhile to
 *            ranges of theirs can only lower the need: they take out no table
 *            that serves a page of this range, and put no block there (I5).
 *            A caller who changes the same range at the same time, against
 *            map.h, may make a part fail that comes later; no more.
 *
 * Tables     Allocated with no lock held: boot frames while the boot
 *            allocator is in charge, xenheap pages later. A request keeps
 *            what it allocated until it is done, so that no other CPU can
 *            make it allocate again. XMEM_SPARE tables at most are kept for
 *            the next one; before the heap is up there is nobody to give
 *            them back to, so all are kept.
 * Fast paths xmem_map_prepare() looks without the lock whether all tables
 *            exist: one walk a leaf table. commit, park and collect never
 *            take the lock (see pt_leaf.c).
 * Lookups    take the lock: an address that is nobody's may lie in a table
 *            that is just being taken out and freed.
 * Locking    (T) table_lock: links, tables and blocks of the space; a leaf.
 *            Level 0 entries of a prepared range belong to its owner.
 * Trade-offs Others may see a long request half done. Each of its parts is
 *            walked twice more, to count.
 */
#include <xmem/boot.h>
#include <xmem/debug.h>
#include <xmem/lock.h>
#include <xmem/map.h>
#include <xmem/port.h>

#include "heap/meta.h"
#include "lib/align.h"
#include "lib/assert.h"
#include "lib/attr.h"
#include "lib/map_request.h"
#include "lib/stretch.h"
#include "pt/pt.h"

/** Tables kept for the next request: two ranges that need a new path. */
#define XMEM_SPARE (2UL * ARCH_PT_MAX_LEVELS)

/** Pages that the tables translate. */
#define SPACE_PAGES (1UL << XMEM_PT_SPACE_BITS)

_Static_assert(XMEM_FRAME_BITS < sizeof(long) * 8,
	       "PADDR_BITS: a frame number must fit in an unsigned long");

static struct {
	xmem_lock_t table_lock;
	struct xmem_pt_stash spare XMEM_GUARDED_BY(T);
} state = {.table_lock = XMEM_LOCK_INIT};

static void lock_tables(void) XMEM_LOCKS(T)
{
	xmem_port_lock(&state.table_lock);
}

static void unlock_tables(void) XMEM_UNLOCKS(T)
{
	xmem_port_unlock(&state.table_lock);
}

static struct xmem_pt space(void)
{
	return (struct xmem_pt){xmem_arch_root()};
}

/* The same, for those who change its shape, or rely on it. */
XMEM_REQUIRES(T)
static struct xmem_pt space_locked(void)
{
	return space();
}

/* Return: a frame for a table, or XMEM_NO_MFN. */
static unsigned long alloc_table(void)
{
	void *va;

	if (xmem_boot_active()) {
		return mfn_x(xmem_alloc_boot_pages_in(
			1, 1, XMEM_ARCH_TABLE_START, XMEM_ARCH_TABLE_LIMIT));
	}
	va = xmem_meta_take(1);
	return va != NULL ? virt_to_mfn(va) : XMEM_NO_MFN;
}

/* Keep some of @stash for later, free the others; nobody walks them. */
static void settle(struct xmem_pt_stash *stash)
{
	unsigned long limit = xmem_boot_active() ? ~0UL : XMEM_SPARE;

	if (stash->nr == 0) {
		return;
	}
	lock_tables();
	while (stash->nr > 0 && state.spare.nr < limit) {
		xmem_pt_stash_move(&state.spare, stash);
	}
	while (state.spare.nr > limit) { /* Kept since boot. */
		xmem_pt_stash_move(stash, &state.spare);
	}
	unlock_tables();
	while (stash->nr > 0) {
		xmem_meta_give(mfn_to_virt(xmem_pt_stash_take(stash)), 1);
		xmem_port_relax();
	}
}

/* Bring @stash to @nr tables. Return: false if memory ran out. */
static bool fill(struct xmem_pt_stash *stash, unsigned long nr)
{
	while (stash->nr < nr) {
		unsigned long mfn = alloc_table();

		if (mfn == XMEM_NO_MFN) {
			return false;
		}
		xmem_pt_stash_put(stash, mfn);
		if (stash->nr < nr) {
			xmem_port_relax();
		}
	}
	return true;
}

/** One request on its way: its tables, and what it leaves behind. */
struct work {
	struct xmem_pt_stash own; /* to be used */
	struct xmem_pt_rest rest; /* no longer in use, perhaps still walked */
	unsigned long nr_walked;  /* tables of them that may be walked */
	bool grew;		  /* tables were linked */
	bool changed;		  /* a present entry changed */
};

XMEM_REQUIRES(T)
static void take_spare_locked(struct work *work, unsigned long need)
{
	while (work->own.nr < need && state.spare.nr > 0) {
		xmem_pt_stash_move(&work->own, &state.spare);
	}
}

/* Return: tables needed if @work has too few (nothing changed), else 0. */
XMEM_REQUIRES(T)
static unsigned long try_locked(const struct xmem_pt_req *req,
				struct work *work)
{
	struct xmem_pt pt = space_locked();
	struct xmem_pt_req part = *req;
	unsigned long need = xmem_pt_need_part(&pt, &part);
	unsigned long had;

	take_spare_locked(work, need);
	if (work->own.nr < need) {
		return need;
	}
	had = work->own.nr;
	work->changed |= xmem_pt_apply(&pt, req, &work->own, &work->rest);
	work->grew |= work->own.nr < had;
	return 0;
}

/* What was done to @req since the last time. */
static void tell_cpus(const struct xmem_pt_req *req, struct work *work)
{
	if (work->grew || req->kind == XMEM_PT_MAP) {
		xmem_arch_pt_made(req->va, req->nr, work->grew);
	}
	if (work->changed) {
		xmem_arch_pt_changed(req->va, req->nr);
	}
	if (work->changed || work->rest.out.nr > work->nr_walked) {
		xmem_port_tlb_flush(req->va, req->nr);
	}
	work->grew = false;
	work->changed = false;
	while (xmem_pt_dismantle(&work->rest)) {
		xmem_port_relax();
	}
	work->nr_walked = work->rest.out.nr;
}

/*
 * Is [@va, @va + @nr pages), @nr > 0, a range of addresses of the space? If
 * both ends are, only a longer one could have the hole between two rows of
 * addresses in it.
 */
static bool range_is_valid(unsigned long va, unsigned long nr)
{
	unsigned long last = va + (nr << PAGE_SHIFT) - 1;

	return nr <= SPACE_PAGES && last >= va && xmem_arch_is_va(va) &&
	       xmem_arch_is_va(last);
}

/* All tables that @req, a long one, will need. Return: false if memory ran
 * out. */
static bool reserve(const struct xmem_pt_req *req, struct work *work)
{
	struct xmem_pt_req part = *req;
	unsigned long need = 0;
	struct xmem_pt pt;

	while (part.done < part.nr) {
		lock_tables();
		pt = space_locked();
		need += xmem_pt_need_part(&pt, &part);
		take_spare_locked(work, need);
		unlock_tables();
		xmem_port_relax();
	}
	return fill(&work->own, need);
}

/* A part of what is left of @req. Return: false if memory ran out. */
static bool apply_part(const struct xmem_pt_req *req, struct work *work)
{
	unsigned long need;
	bool filled;

	do {
		lock_tables();
		need = try_locked(req, work);
		unlock_tables();
		filled = fill(&work->own, need);
	} while (need > 0 && filled);
	return filled;
}

/* All parts of @req. Return: false if memory ran out. */
static bool apply_parts(struct xmem_pt_req *req, struct work *work)
{
	bool more;

	do {
		if (!apply_part(req, work)) {
			return false;
		}
		if (work->rest.has_tree || work->rest.nr == 0) {
			tell_cpus(req, work);
		}
		more = xmem_pt_go_on(req, &work->rest);
		if (more) {
			xmem_port_relax();
		}
	} while (more);
	return true;
}

/* @req with a page-aligned address. */
static int apply(struct xmem_pt_req *req)
{
	struct work work = {.changed = false};
	bool filled;

	if (req->nr == 0) {
		return 0;
	}
	if (!range_is_valid(req->va, req->nr)) {
		return -EINVAL;
	}
	req->done = 0;
	filled = (req->nr <= XMEM_STRETCH || reserve(req, &work)) &&
		 apply_parts(req, &work);
	if (!filled && req->done > 0) {
		tell_cpus(req, &work);
	}
	settle(&work.own);
	settle(&work.rest.out);
	return filled ? 0 : -ENOMEM;
}

/* Tables, but nothing mapped. */
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

XMEM_API_MAPS int map_pages_to_xen(unsigned long virt, mfn_t mfn,
				   unsigned long nr_mfns, unsigned int flags)
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
		return -EINVAL;
	}
	if (req.mfn == XMEM_NO_MFN || !(flags & XMEM_PT_ACCESS)) {
		return apply_empty(&req);
	}
	if (nr_mfns > 0 && !xmem_map_frames_are_valid(req.mfn, nr_mfns)) {
		return -EINVAL;
	}
	return apply(&req);
}

/* [@s, @e): @e may be 0, the end of the address space. */
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
		return -EINVAL;
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
		return -EINVAL;
	}
	return apply_between(s, e, flags);
}

XMEM_API_MAPS int destroy_xen_mappings(unsigned long s, unsigned long e)
{
	return apply_between(s, e, PAGE_HYPERVISOR_NONE);
}

XMEM_API_MAPS int populate_pt_range(unsigned long virt, unsigned long nr_mfns)
{
	struct xmem_pt_req req = {
		.kind = XMEM_PT_PREPARE,
		.va = virt,
		.nr = nr_mfns,
		.mfn = XMEM_NO_MFN,
	};

	if (!xmem_is_aligned(virt, PAGE_SIZE)) {
		return -EINVAL;
	}
	return apply(&req);
}

int xmem_pt_populate_top(unsigned long va, unsigned long nr)
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
	lock_tables();
	pt = space_locked();
	mapped = xmem_pt_lookup(&pt, va, found);
	unlock_tables();
	return mapped;
}

XMEM_API_MAPS mfn_t xen_map_to_mfn(unsigned long va)
{
	struct xmem_pt_found found;

	return lookup(va, &found) ? _mfn(found.mfn) : INVALID_MFN;
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

/* Tables that are there need no request. What is no range of the space is
 * apply()'s to refuse. */
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
		struct xmem_pt_req part = req;

		part.nr = xmem_stretch(req.va >> PAGE_SHIFT, req.nr);
		xmem_pt_commit(&pt, &part);
		req.va += part.nr << PAGE_SHIFT;
		req.mfn += part.nr;
		req.nr -= part.nr;
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
		unsigned long part = xmem_stretch(at >> PAGE_SHIFT, left);

		xmem_pt_park(&pt, at, part);
		at += part << PAGE_SHIFT;
		left -= part;
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

XMEM_API_MAPS unsigned long xmem_map_spare_tables(void)
{
	unsigned long nr;

	lock_tables();
	nr = state.spare.nr;
	unlock_tables();
	return nr;
}
