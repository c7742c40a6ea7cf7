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
 * MAP_SMALL_PAGES), so a group lies in a range of one owner. To change a part
 * of a group is to take the hint from all of it, as with a block.
 *
 * What an entry looks like, <arch/pte.h> says: the contract is in pt_arch.h.
 * No lock here; who may do what when is told in map.c and pt_leaf.c.
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
 * Tables that wait for use, any number: linked through their first entries
 * (parked ones, so that hardware that still walks a table just taken out
 * sees nothing). All entries but the first are none. {0} is empty.
 */
struct xmem_pt_stash {
	unsigned long head; /* frame; means something if nr > 0 */
	unsigned long nr;
};

/** Put frame @mfn, whatever is in it, into @stash; clears the table. */
void xmem_pt_stash_put(struct xmem_pt_stash *stash, unsigned long mfn);

/** Take a table, all entries none; @stash is not empty. */
unsigned long xmem_pt_stash_take(struct xmem_pt_stash *stash);

/** Move one table; @from is not empty. */
void xmem_pt_stash_move(struct xmem_pt_stash *to, struct xmem_pt_stash *from);

enum xmem_pt_kind {
	/* Kinds that need tables stand first: those that want only them. */
	XMEM_PT_PREPARE, /* tables down to page level; mappings stay */
	XMEM_PT_LINK,	 /* tables below the root alone; mappings stay */
	XMEM_PT_MAP,	 /* mfn, flags: replaces what is there */
	XMEM_PT_CHANGE,	 /* flags: of what is mapped; holes stay */
	XMEM_PT_CLEAR,	 /* nothing is mapped any more; frees tables */
	XMEM_PT_EMPTY,	 /* the same, but the tables stay */
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

/** Tables that the rest of @req takes as things are, exactly. */
unsigned long xmem_pt_need(const struct xmem_pt *pt,
			   const struct xmem_pt_req *req);

/** The same for XMEM_STRETCH steps at most, which count as done in @req then:
 *  so that a long request can be looked at in parts. */
unsigned long xmem_pt_need_part(const struct xmem_pt *pt,
				struct xmem_pt_req *req);

/** What xmem_pt_apply() leaves behind; {0} before. */
struct xmem_pt_rest {
	/* Tables out of use, empty: not to be freed before the TLB flush. */
	struct xmem_pt_stash out;
	/* Pages at the end of the request that are not done. */
	unsigned long nr;
	/* A block has taken the place of table @tree, with entries of @level,
	 * which CPUs may walk, down to its leaves, until the flush. After it
	 * xmem_pt_dismantle() takes it apart, entry @at being next. */
	unsigned long tree;
	unsigned long at;
	unsigned int level;
	bool has_tree;
};

/**
 * Do what is left of @req, or a part of it: XMEM_STRETCH entries at most, or
 * up to a block that took the place of tables. @stash holds at least
 * xmem_pt_need() tables, which are enough for all parts. Return: true if a
 * present entry changed: then a TLB flush is due, or if there are tables in
 * @rest->out. XMEM_PT_CHANGE and XMEM_PT_CLEAR split blocks that reach over the
 * ends.
 */
XMEM_MUST_CHECK bool xmem_pt_apply(const struct xmem_pt *pt,
				   const struct xmem_pt_req *req,
				   struct xmem_pt_stash *stash,
				   struct xmem_pt_rest *rest);

/** The TLB was flushed: take some of the tree of @rest apart, if there is one.
 *  Its tables go to @rest->out. Return: is there more of it? */
XMEM_MUST_CHECK bool xmem_pt_dismantle(struct xmem_pt_rest *rest);

/**
 * After a part of @req, and a TLB flush if @rest has a tree, of which all that
 * is left is taken apart. Return: true if pages of @req are left.
 */
XMEM_MUST_CHECK bool xmem_pt_go_on(struct xmem_pt_req *req,
				   struct xmem_pt_rest *rest);

/*
 * In pt_walk.c: what is there.
 */

/** Where a walk ended: the entry, what it holds, its level. */
struct xmem_pt_at {
	xmem_pte_t *slot;
	xmem_pte_t pte;
	unsigned int level;
};

/**
 * Go down from the root to the entry of page number @page at level @floor, or
 * to the entry above it where there is no further table.
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
 * In pt_leaf.c: entries of a range that is the caller's and prepared. Nothing
 * but these entries is written, so no lock is needed.
 */

/** Have all of @nr pages from @va on their tables? If so, it stays so: I5. */
bool xmem_pt_ready(const struct xmem_pt *pt, unsigned long va,
		   unsigned long nr);

/**
 * Map @nr frames from @mfn on, page by page, where nothing is mapped.
 * With MAP_SMALL_PAGES no group gets the contiguous hint. Without access in
 * @flags the entries are parked at once. Panics if the range is not prepared.
 */
void xmem_pt_commit(const struct xmem_pt *pt, const struct xmem_pt_req *req);

/**
 * Park what is mapped in @nr pages from @va on; holes stay. Panics if a block
 * reaches over an end. A group with the contiguous hint may: then all its
 * entries are written, so two CPUs may not park parts of what one commit
 * mapped at the same time. A flush is due next.
 */
void xmem_pt_park(const struct xmem_pt *pt, unsigned long va, unsigned long nr);

/** Where collected frames go: room for @max runs, @nr of them filled. */
struct xmem_pt_runs {
	struct xmem_run *run;
	unsigned int max;
	unsigned int nr;
};

/**
 * Clear parked entries and note their frames, neighbours in one run, until
 * the range is done or @runs is full. Return: pages done.
 */
unsigned long xmem_pt_collect(const struct xmem_pt *pt, unsigned long va,
			      unsigned long nr, struct xmem_pt_runs *runs);

/**
 * In map.c: the top-level entries of @nr pages from @va on are there from
 * now on, and nothing below the tables that they lead to. Return: 0; -EINVAL,
 * -ENOMEM.
 */
XMEM_MUST_CHECK int xmem_pt_populate_top(unsigned long va, unsigned long nr);

/**
 * In pt_check.c: NULL, or the invariant broken (I1-I3, I6; a table that is
 * in two entries counts twice). *@nr_tables: tables reachable, root included.
 */
XMEM_MUST_CHECK const char *xmem_pt_check(const struct xmem_pt *pt,
					  unsigned long *nr_tables);

#endif /* PT_PT_H */
