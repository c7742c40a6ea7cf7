/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake.h - what tests do with the fake architecture
 */
#ifndef FAKE_H
#define FAKE_H

#include "pt/pt.h"
#include "test.h"

/** Pages of the whole space, and the most that it can have. */
#define FAKE_PAGES (1UL << XMEM_PT_SPACE_BITS)
#define FAKE_MAX_PAGES \
	(1UL << ((FAKE_PT_LEVELS - 1) * FAKE_PT_BITS + FAKE_PT_TOP_BITS))

/* Entries are filled with this before they are handed out as tables. */
#define FAKE_DIRT 0x5e

extern unsigned long fake_nr_tables; /* taken and not given back */
extern unsigned long fake_nr_breaks;

/** Forget everything; a space with an empty root, in fake_root. */
struct xmem_pt fake_reset(void);

/** A frame full of dirt for a table; fails the test if there is none. */
unsigned long fake_take(void);

/** The frame is no longer a table; any access panics from now on. All that
 *  was mapped and changed must have been flushed. */
void fake_give(unsigned long mfn);

/** Bring @stash to @nr tables; give all tables of @stash back. */
void fake_fill(struct xmem_pt_stash *stash, unsigned long nr);
void fake_drain(struct xmem_pt_stash *stash);

/** No CPU knows anything any more; is it so? */
void fake_flush(void);
bool fake_is_clean(void);

/** Do @req with exactly the tables it needs; give back those taken out,
 *  after a flush if one is due. */
bool fake_apply(const struct xmem_pt *pt, const struct xmem_pt_req *req);

/** The validator, and: tables reachable = taken - given back. */
const char *fake_check(const struct xmem_pt *pt);

/** A number that changes with any entry of any table. */
uint64_t fake_sum(void);

#endif /* FAKE_H */
