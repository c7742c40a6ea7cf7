/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tables.h - memory for page tables, and the lock that guards the space
 */
#ifndef MAP_TABLES_H
#define MAP_TABLES_H

#include <xmem/lock.h>
#include <xmem/port.h>

#include "lib/once.h"
#include "pt/pt.h"

/** Spare tables to keep: enough for two ranges that need a whole path. */
#define XMEM_SPARE_TABLES (2UL * ARCH_PT_MAX_LEVELS)

struct xmem_tables {
	struct xmem_once is_set_up; /* the lock: at its first use */
	xmem_lock_t lock;
	struct xmem_pt_stash spare
		XMEM_GUARDED_BY(T); /* for the next request */
};
/* In tables.c. */
XMEM_HIDDEN extern struct xmem_tables xmem_tables;

/** xmem_tables_lock, xmem_tables_unlock - (T). The first one sets it up. */
XMEM_ACQUIRES(T)
void xmem_tables_lock(void);

static inline void xmem_tables_unlock(void) XMEM_UNLOCKS(T)
{
	xmem_port_unlock(&xmem_tables.lock);
}

/** Move spare tables to @stash until it holds @nr or none are left. */
XMEM_REQUIRES(T)
void xmem_tables_take_spare_locked(struct xmem_pt_stash *stash,
				   unsigned long nr);

/**
 * Allocate tables until @stash holds @nr; without a lock. Return: false if
 * memory ran out; what @stash holds then is the caller's to give back.
 */
XMEM_MUST_CHECK bool xmem_tables_fill(struct xmem_pt_stash *stash,
				      unsigned long nr);

/**
 * Take over all tables of @stash, which no CPU walks any more: some become
 * spare, the others are freed. Without a lock.
 */
void xmem_tables_give_back(struct xmem_pt_stash *stash);

#endif /* MAP_TABLES_H */
