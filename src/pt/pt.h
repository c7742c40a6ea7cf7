/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pt.h - page tables: the generic walk, for any architecture
 *
 * A space is the frame number of its root table. Addresses are taken as page
 * numbers; a level uses ARCH_PT_BITS of one, level 0 the lowest. Bits above
 * the top level are ignored, so sign-extended addresses need no care, and
 * all loops count pages, so a range may end at the top of the address space.
 *
 * Tables are never allocated here: an operation takes them from a stash that
 * the caller filled. xmem_pt_need() says exactly how many xmem_pt_apply()
 * will take; once they are there nothing can fail.
 *
 * An entry is one of
 *	none	nothing		parked	no access, frame remembered
 *	leaf	a block		table	the next level (not at level 0)
 *
 * I1  a block at level l is aligned to 2^(l * ARCH_PT_BITS) pages, both in
 *     address and in frames, and xmem_arch_level_has_leaf(l)
 * I2  every table but the root is in exactly one entry, one level up
 * I3  no leaf is writable and executable
 * I4  tables in use = taken from stashes - given to stashes
 * I5  a table is taken out only by an operation whose range covers all of
 *     it, so a range that somebody else prepared keeps its tables; tables
 *     in the root stay, so that the root may be copied, unless a block
 *     takes their place there
 * I6  a leaf has the contiguous hint only at level 0, and only if all
 *     entries of its aligned group of 2^ARCH_PT_CONT_BITS are leaves with
 *     the hint, the same flags and consecutive frames, the first of them
 *     aligned to the group
 *
 * The hint is set where one operation writes a whole group (not with
 * MAP_SMALL_PAGES), so a group lies in a range of one owner. Before a part of
 * a group changes, all of it loses the hint, just as a block is split.
 *
 * <arch/pte.h> defines what an entry looks like; its contract is in pt_arch.h.
 * No lock is taken here; map.c and pt_leaf.c say who may do what when.
 */
#ifndef PT_PT_H
#define PT_PT_H

#include <xmem/map.h>

#include "pt/pt_arch.h"

/** The flags that give access; with none of them nothing is present. */
#define XMEM_PT_ACCESS (XMEM_MAP_READ | XMEM_MAP_WRITE | XMEM_MAP_EXEC)

struct xmem_pt {
	unsigned long root_mfn;
};

/*
 * A list of unused tables, linked through their first entries. These links
 * are parked entries, so that hardware that still walks a table which was just
 * taken out finds nothing present. All other entries are none. {0} is empty.
 */
struct xmem_pt_stash {
	unsigned long head; /* frame of the first; valid if nr > 0 */
	unsigned long nr;
};

/** Clear frame @mfn, whatever is in it, and put it into @stash. */
void xmem_pt_stash_put(struct xmem_pt_stash *stash, unsigned long mfn);

/** Take a table, all entries none; @stash is not empty. */
unsigned long xmem_pt_stash_take(struct xmem_pt_stash *stash);

/** Move one table; @from is not empty. */
void xmem_pt_stash_move(struct xmem_pt_stash *to, struct xmem_pt_stash *from);

enum xmem_pt_kind {
	/* The order counts: first the kinds that build tables only, then MAP.
	 */
	XMEM_PT_PREPARE, /* tables down to page level; mappings stay */
	XMEM_PT_LINK,	 /* tables below the root alone; mappings stay */
	XMEM_PT_MAP,	 /* mfn, flags: replaces what is there */
	XMEM_PT_CHANGE,	 /* new flags for what is mapped; holes stay */
	XMEM_PT_CLEAR,	 /* unmap, and take out tables that become empty */
	XMEM_PT_EMPTY,	 /* unmap, but keep all tables */
};

/** One change of the space: @nr pages from the page of @va on. */
struct xmem_pt_req {
	enum xmem_pt_kind kind;
	unsigned int flags; /* XMEM_MAP_*, MAP_SMALL_PAGES */
	unsigned long va;
	unsigned long nr;
	unsigned long mfn;
	unsigned long done; /* pages of it that are done; 0 at first */
};

/** The exact number of tables that what is left of @req needs now. */
unsigned long xmem_pt_need(const struct xmem_pt *pt,
			   const struct xmem_pt_req *req);

/** The same for the next stretch, at most XMEM_STRETCH steps, which it then
 *  counts as done in @req. Called until @req is done, it yields the number of
 *  tables of a long request without one long lock hold. */
unsigned long xmem_pt_need_stretch(const struct xmem_pt *pt,
				   struct xmem_pt_req *req);

/** What xmem_pt_apply() leaves behind; {0} before. */
struct xmem_pt_rest {
	/* Empty tables out of use; to be freed only after the TLB flush. */
	struct xmem_pt_stash out;
	/* Pages at the end of the request that are not done. */
	unsigned long nr;
	/* A block has replaced the table @tree, whose entries are of @level.
	 * Until the flush CPUs may walk it and all tables below it. After the
	 * flush xmem_pt_dismantle() takes them apart; entry @at is next. */
	unsigned long tree;
	unsigned long at;
	unsigned int level;
	bool has_tree;
};

/**
 * Do the next stretch of @req: at most XMEM_STRETCH entries, or up to a block
 * that replaced a table. @stash holds the tables that xmem_pt_need() has asked
 * for; those of the first stretch serve all later ones too. Return: did a
 * present entry change? The caller must flush the TLB if so, or if there are
 * tables in @rest->out. XMEM_PT_CHANGE and XMEM_PT_CLEAR split blocks that
 * reach beyond the range.
 */
XMEM_MUST_CHECK bool xmem_pt_apply(const struct xmem_pt *pt,
				   const struct xmem_pt_req *req,
				   struct xmem_pt_stash *stash,
				   struct xmem_pt_rest *rest);

/** After the TLB flush: take apart some of the tree of @rest, if there is one,
 *  and put its tables into @rest->out. Return: is any of the tree left? */
XMEM_MUST_CHECK bool xmem_pt_dismantle(struct xmem_pt_rest *rest);

/**
 * After a stretch of @req, and after the TLB flush if @rest has a tree: take
 * apart what is left of the tree, and count the stretch as done. Return: are
 * pages of @req left?
 */
XMEM_MUST_CHECK bool xmem_pt_end_stretch(struct xmem_pt_req *req,
					 struct xmem_pt_rest *rest);

/*
 * In pt_walk.c: reading.
 */

/** Where a walk ended: the entry, what it holds, its level. */
struct xmem_pt_at {
	xmem_pte_t *slot;
	xmem_pte_t pte;
	unsigned int level;
};

/**
 * Go down from the root to the entry of page number @page at level @floor, or
 * to the entry above it that leads to no table.
 */
struct xmem_pt_at xmem_pt_walk(const struct xmem_pt *pt, unsigned long page,
			       unsigned int floor);

/** What one page is mapped to. */
struct xmem_pt_found {
	unsigned long mfn;  /* of the page itself, also inside a block */
	unsigned int flags; /* XMEM_MAP_* */
	unsigned int order; /* log2 of the block in pages */
	bool cont;	    /* with the contiguous hint */
};

/** Look up the page of @va. Return: false, @found as it was, if unmapped. */
bool xmem_pt_lookup(const struct xmem_pt *pt, unsigned long va,
		    struct xmem_pt_found *found);

/*
 * In pt_leaf.c: entries of a range that is the caller's and has been prepared.
 * Only these entries are written, so no lock is needed.
 */

/** Do all @nr pages from @va on have leaf tables? If so they keep them: I5. */
bool xmem_pt_ready(const struct xmem_pt *pt, unsigned long va,
		   unsigned long nr);

/**
 * Map the frames of @req, page by page, where nothing is mapped. With
 * MAP_SMALL_PAGES no group gets the contiguous hint. If @req->flags give no
 * access the entries are parked at once. Panics if the range is not prepared.
 */
void xmem_pt_commit(const struct xmem_pt *pt, const struct xmem_pt_req *req);

/**
 * Park the leaves of @nr pages from @va on; holes stay. The caller flushes the
 * TLB next. Panics if a block reaches beyond the range. A group with the
 * contiguous hint may reach beyond it: then all entries of the group are
 * written, so two CPUs must not park parts of one commit at the same time.
 */
void xmem_pt_park(const struct xmem_pt *pt, unsigned long va, unsigned long nr);

/** Where collected frames go: room for @max runs, @nr of them filled. */
struct xmem_pt_runs {
	struct xmem_run *run;
	unsigned int max;
	unsigned int nr;
};

/**
 * Clear parked entries and add their frames to @runs, neighbours to one run,
 * until the range is done or @runs is full. Return: pages done.
 */
unsigned long xmem_pt_collect(const struct xmem_pt *pt, unsigned long va,
			      unsigned long nr, struct xmem_pt_runs *runs);

/**
 * In pt_check.c: check I1-I3 and I6. Return: NULL, or what is broken.
 * *@nr_tables: tables that can be reached, the root included; one that two
 * entries lead to counts twice.
 */
XMEM_MUST_CHECK const char *xmem_pt_check(const struct xmem_pt *pt,
					  unsigned long *nr_tables);

#endif /* PT_PT_H */
