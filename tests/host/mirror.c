/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mirror.c - simulated page tables become real mappings; and the TLB
 *
 * Model       A sorted array of runs says what is really mapped: so many
 *             pages from an address on show so many frames. After a change
 *             of page tables xmem_host_pt_sync() walks the tables of the
 *             range, compares with the runs, and maps or unmaps what
 *             differs, contiguous pieces in one mmap().
 * TLB         A translation that was mapped and no longer is, or is another,
 *             may live on in the TLB of some CPU: it becomes a stale run and
 *             stays one until xmem_port_tlb_flush() covers its addresses. A
 *             frame with a stale run must neither enter nor leave the heap:
 *             somebody could still read or write it.
 * Cost        Log of the number of runs, plus moving the array's tail; one
 *             comparison for a frame while nothing is stale.
 * Locking     One mutex, a leaf; panics are raised after it is released.
 * Trade-offs  Accesses fail at once after an entry is removed, also where a
 *             real TLB would let them pass until the flush.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <arch/pte.h>

#include "host_priv.h"

struct run {
	unsigned long page; /* address >> PAGE_SHIFT */
	unsigned long nr;
	unsigned long mfn;
	unsigned int flags;
};

struct runs {
	struct run *run;
	unsigned int nr;
	unsigned int room;
};

/* I1  runs ascend by page and do not overlap; touching runs whose frames
 *     and flags continue are one
 * I2  nr_stale == stale.nr, for a look without the lock */
static struct {
	pthread_mutex_t lock;
	bool off;
	struct runs mapped;
	struct runs stale; /* in no order */
	unsigned int nr_stale;
	struct xmem_host_stats stats;
} tlb = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- arrays of runs ---- */

static void insert_at(struct runs *r, unsigned int at, struct run new)
{
	if (r->nr == r->room) {
		r->room = r->room != 0 ? 2 * r->room : 256;
		r->run = realloc(r->run, r->room * sizeof(new));
		if (r->run == NULL) {
			abort();
		}
	}
	memmove(&r->run[at + 1], &r->run[at], (r->nr - at) * sizeof(new));
	r->run[at] = new;
	r->nr++;
}

static void remove_at(struct runs *r, unsigned int at)
{
	r->nr--;
	memmove(&r->run[at], &r->run[at + 1], (r->nr - at) * sizeof(r->run[0]));
}

static unsigned long end_of(const struct run *r)
{
	return r->page + r->nr;
}

/* First run that ends behind @page; r->nr if none does. */
static unsigned int find_run(const struct runs *r, unsigned long page)
{
	unsigned int low = 0;
	unsigned int high = r->nr;

	while (low < high) {
		unsigned int mid = (low + high) / 2;

		if (end_of(&r->run[mid]) > page) {
			high = mid;
		} else {
			low = mid + 1;
		}
	}
	return low;
}

static bool continues(const struct run *a, const struct run *b)
{
	return end_of(a) == b->page && a->mfn + a->nr == b->mfn &&
	       a->flags == b->flags;
}

static void join_next(struct runs *r, unsigned int at)
{
	if (at + 1 < r->nr && continues(&r->run[at], &r->run[at + 1])) {
		r->run[at].nr += r->run[at + 1].nr;
		remove_at(r, at + 1);
	}
}

static void add_mapped(struct run new)
{
	unsigned int at = find_run(&tlb.mapped, new.page);

	insert_at(&tlb.mapped, at, new);
	join_next(&tlb.mapped, at);
	if (at > 0) {
		join_next(&tlb.mapped, at - 1);
	}
}

/* The part of @r inside [@page, @end). */
static struct run part_of(const struct run *r, unsigned long page,
			  unsigned long end)
{
	struct run part = *r;
	unsigned long skip = page > r->page ? page - r->page : 0;

	part.page += skip;
	part.mfn += skip;
	part.nr = (end < end_of(r) ? end : end_of(r)) - part.page;
	return part;
}

/* Take [@page, @end) out of run @at of @r; what lies outside stays. */
static void cut_run(struct runs *r, unsigned int at, unsigned long page,
		    unsigned long end)
{
	struct run old = r->run[at];

	remove_at(r, at);
	if (end_of(&old) > end) {
		insert_at(r, at, part_of(&old, end, end_of(&old)));
	}
	if (old.page < page) {
		insert_at(r, at, part_of(&old, old.page, page));
	}
}

/* Nothing is mapped in [@page, @end) any more: what was is stale now. */
static void make_stale(unsigned long page, unsigned long end)
{
	for (;;) {
		unsigned int at = find_run(&tlb.mapped, page);

		if (at == tlb.mapped.nr || tlb.mapped.run[at].page >= end) {
			return;
		}
		insert_at(&tlb.stale, tlb.stale.nr,
			  part_of(&tlb.mapped.run[at], page, end));
		__atomic_store_n(&tlb.nr_stale, tlb.stale.nr, __ATOMIC_RELEASE);
		cut_run(&tlb.mapped, at, page, end);
	}
}

/* ---- real mappings ---- */

static int protection(unsigned int flags)
{
	return ((flags & XMEM_MAP_READ) != 0 ? PROT_READ : 0) |
	       ((flags & XMEM_MAP_WRITE) != 0 ? PROT_READ | PROT_WRITE : 0) |
	       ((flags & XMEM_MAP_EXEC) != 0 ? PROT_READ | PROT_EXEC : 0);
}

void xmem_host_mmap(unsigned long va, unsigned long nr, unsigned long mfn,
		    unsigned int flags)
{
	bool ram = mfn != XMEM_NO_MFN;
	void *got;

	got = mmap((void *)va, nr << PAGE_SHIFT,
		   ram ? protection(flags) : PROT_NONE,
		   MAP_FIXED | MAP_NORESERVE |
			   (ram ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS),
		   ram ? xmem_host.memfd : -1,
		   ram ? (off_t)mfn << PAGE_SHIFT : 0);
	if (got == MAP_FAILED) {
		xmem_port_panic("host: the kernel refuses a mapping of %lu "
				"pages at %lx (vm.max_map_count?)\n",
				nr, va);
	}
	__atomic_fetch_add(&tlb.stats.nr_mmaps, 1, __ATOMIC_RELAXED);
}

/* [run->page, + nr) shows run->mfn from now on, or nothing. */
static void carry_out(const struct run *run)
{
	if (run->nr == 0) {
		return;
	}
	make_stale(run->page, end_of(run));
	if (run->mfn != XMEM_NO_MFN) {
		add_mapped(*run);
	}
	xmem_host_mmap(run->page << PAGE_SHIFT, run->nr, run->mfn, run->flags);
}

/* ---- comparing ---- */

/* What the tables say at @page, as a run up to the end of the entry;
 * mfn == XMEM_NO_MFN where nothing is mapped. */
static struct run walk(unsigned long page)
{
	struct run r = {page, 0, XMEM_NO_MFN, 0};
	unsigned long table = xmem_host_root;
	unsigned int level = ARCH_PT_LEVELS;
	unsigned long span, skip;
	xmem_pte_t e;

	do {
		level--;
		span = 1UL << (level * ARCH_PT_BITS);
		skip = page & (span - 1);
		e = xmem_pte_read(&xmem_arch_table(
			table)[(page / span) & ((1UL << ARCH_PT_BITS) - 1)]);
		table = xmem_pte_mfn(e);
	} while (level > 0 && xmem_pte_is_table(e, level));
	r.nr = span - skip;
	if (xmem_pte_is_leaf(e, level)) {
		r.mfn = xmem_pte_mfn(e) + skip;
		r.flags = xmem_pte_flags(e, level);
	}
	return r;
}

/* What is really mapped at @page, as a run up to where that changes. */
static struct run mapped_at(unsigned long page)
{
	unsigned int at = find_run(&tlb.mapped, page);
	const struct run *r = &tlb.mapped.run[at];
	struct run none = {page, ~page, XMEM_NO_MFN, 0};

	if (at == tlb.mapped.nr) {
		return none;
	}
	if (r->page > page) {
		none.nr = r->page - page;
		return none;
	}
	return part_of(r, page, end_of(r));
}

static bool extends(const struct run *a, const struct run *b)
{
	if (a->mfn == XMEM_NO_MFN || b->mfn == XMEM_NO_MFN) {
		return end_of(a) == b->page && a->mfn == b->mfn;
	}
	return continues(a, b);
}

static void sync_range(unsigned long page, unsigned long end)
{
	struct run todo = {0, 0, XMEM_NO_MFN, 0};

	while (page < end) {
		struct run is = mapped_at(page);
		struct run want = walk(page);

		want.nr = want.nr < is.nr ? want.nr : is.nr;
		want.nr = want.nr < end - page ? want.nr : end - page;
		page += want.nr;
		if (want.mfn == is.mfn && want.flags == is.flags) {
			continue;
		}
		if (todo.nr > 0 && extends(&todo, &want)) {
			todo.nr += want.nr;
			continue;
		}
		carry_out(&todo);
		todo = want;
	}
	carry_out(&todo);
}

void xmem_host_pt_sync(unsigned long va, unsigned long nr)
{
	unsigned long page = va >> PAGE_SHIFT;

	if (tlb.off) {
		return;
	}
	if (nr > 0 && (va < xmem_host.reserved.start ||
		       page + nr > xmem_host.reserved.end >> PAGE_SHIFT)) {
		xmem_port_panic("host: %lu pages at %lx are not addresses of "
				"the machine\n",
				nr, va);
	}
	pthread_mutex_lock(&tlb.lock);
	tlb.stats.nr_syncs++;
	sync_range(page, page + nr);
	pthread_mutex_unlock(&tlb.lock);
}

/* ---- TLB ---- */

XMEM_API_MAPS void xmem_port_tlb_flush(unsigned long va, unsigned long nr_pages)
{
	unsigned long page = va >> PAGE_SHIFT;
	unsigned long end = page + nr_pages;
	unsigned int at = 0;

#ifndef XMEM_HOST_PLAIN
	if (xmem_host_held.nr != 0) {
		xmem_host_lock_error("TLB flush under a lock",
				     xmem_host_held.lock[0]);
	}
#endif
	pthread_mutex_lock(&tlb.lock);
	tlb.stats.nr_flushes++;
	while (at < tlb.stale.nr) {
		const struct run *r = &tlb.stale.run[at];

		if (r->page < end && end_of(r) > page) {
			cut_run(&tlb.stale, at, page, end);
		} else {
			at++;
		}
	}
	__atomic_store_n(&tlb.nr_stale, tlb.stale.nr, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&tlb.lock);
}

#ifndef XMEM_HOST_PLAIN
/* Address of a stale translation to one of the frames, or 0. */
static unsigned long find_stale(unsigned long mfn, unsigned long nr)
{
	unsigned long va = 0;

	pthread_mutex_lock(&tlb.lock);
	for (unsigned int i = 0; i < tlb.stale.nr; i++) {
		const struct run *r = &tlb.stale.run[i];

		if (mfn < r->mfn + r->nr && r->mfn < mfn + nr) {
			va = r->page << PAGE_SHIFT;
		}
	}
	pthread_mutex_unlock(&tlb.lock);
	return va;
}

static void check_stale(unsigned long mfn, unsigned int order, const char *what)
{
	unsigned long va;

	if (__atomic_load_n(&tlb.nr_stale, __ATOMIC_ACQUIRE) == 0) {
		return;
	}
	va = find_stale(mfn, 1UL << order);
	if (va != 0) {
		xmem_port_panic("host: stale translation: frame %lx order %u "
				"%s the heap, but a TLB may still hold %lx\n",
				mfn, order, what, va);
	}
}

void xmem_host_frames_taken(unsigned long mfn, unsigned int order)
{
	check_stale(mfn, order, "leaves");
}

void xmem_host_frames_given(unsigned long mfn, unsigned int order)
{
	check_stale(mfn, order, "enters");
}
#endif

/* ---- power, reports ---- */

void xmem_host_mirror_on(void)
{
	tlb.mapped.nr = 0;
	tlb.stale.nr = 0;
	tlb.nr_stale = 0;
	tlb.off = false;
	memset(&tlb.stats, 0, sizeof(tlb.stats));
}

void xmem_host_mirror_off(void)
{
	free(tlb.mapped.run);
	free(tlb.stale.run);
	memset(&tlb.mapped, 0, sizeof(tlb.mapped));
	memset(&tlb.stale, 0, sizeof(tlb.stale));
	tlb.nr_stale = 0;
}

void xmem_host_mirror_note(unsigned long va, unsigned long nr,
			   unsigned long mfn, unsigned int flags)
{
	pthread_mutex_lock(&tlb.lock);
	add_mapped((struct run){va >> PAGE_SHIFT, nr, mfn, flags});
	pthread_mutex_unlock(&tlb.lock);
}

void xmem_host_mirror(bool on)
{
	tlb.off = !on;
}

/* Tables below the table @mfn of @level, itself included; depth first, with
 * the way back in an array instead of recursion. */
unsigned long xmem_host_count_tables(void)
{
	struct {
		unsigned long mfn;
		unsigned long next;
	} at[ARCH_PT_LEVELS];
	unsigned int depth = 0; /* level = ARCH_PT_LEVELS - 1 - depth */
	unsigned long nr = 1;

	if (xmem_host_root == XMEM_NO_MFN) {
		return 0;
	}
	at[0].mfn = xmem_host_root;
	at[0].next = 0;
	for (;;) {
		unsigned int level = ARCH_PT_LEVELS - 1 - depth;
		xmem_pte_t e;

		if (level == 0 || at[depth].next == 1UL << ARCH_PT_BITS) {
			if (depth == 0) {
				return nr;
			}
			depth--;
			continue;
		}
		e = xmem_pte_read(
			&xmem_arch_table(at[depth].mfn)[at[depth].next++]);
		if (xmem_pte_is_table(e, level)) {
			nr++;
			depth++;
			at[depth].mfn = xmem_pte_mfn(e);
			at[depth].next = 0;
		}
	}
}

void xmem_host_get_stats(struct xmem_host_stats *stats)
{
	pthread_mutex_lock(&tlb.lock);
	*stats = tlb.stats;
	stats->nr_mappings = tlb.mapped.nr;
	stats->nr_stale = tlb.stale.nr;
	pthread_mutex_unlock(&tlb.lock);
	stats->nr_tables = xmem_host_count_tables();
}
