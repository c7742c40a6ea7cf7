/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vmap_priv.h - the vmap windows and their areas, for this folder
 *
 * A range of addresses belongs to whoever took it, from xmem_window_take()
 * until xmem_window_give(). In between its page tables are changed without a
 * lock. A free begins with xmem_window_claim(): if two CPUs free the same area,
 * one gets it and the other panics.
 *
 * Lock letters: (V) lock of the window; (C) constant after vm_init_type().
 */
#ifndef VMAP_VMAP_PRIV_H
#define VMAP_VMAP_PRIV_H

#include <xmem/lock.h>
#include <xmem/port.h>
#include <xmem/vmap.h>

#include "va/va.h"

/* Tags of areas. */
#define AREA_MAPPED 1U /* the frames are somebody else's */
#define AREA_OWNED  2U /* the frames are vmalloc's */
#define AREA_DYING  3U /* claimed, being unmapped */

struct XMEM_LOCKABLE xmem_window {
	xmem_lock_t lock;
	unsigned long start; /* (C) first address */
	unsigned long size;  /* (C) bytes; 0: not set up */
	struct xmem_va va XMEM_GUARDED_BY(V);
};

static inline void xmem_window_lock(struct xmem_window *window)
	XMEM_LOCKS_OF(V, *window)
{
	xmem_port_lock(&window->lock);
}

static inline void xmem_window_unlock(struct xmem_window *window)
	XMEM_UNLOCKS_OF(V, *window)
{
	xmem_port_unlock(&window->lock);
}

/** The addresses of @window. (`&window->va` would not be checked.) */
XMEM_REQUIRES(V)
static inline struct xmem_va *xmem_window_va(struct xmem_window *window)
{
	return &window->va;
}

/* [VMAP_REGION_NR] */
XMEM_HIDDEN extern struct xmem_window xmem_windows[];

/**
 * Take @nr pages, aligned to @align pages, from window @type, any value. @tag:
 * AREA_MAPPED or AREA_OWNED. Return: address; 0 if the window has no room or is
 * not set up.
 */
unsigned long xmem_window_take(enum vmap_region type, unsigned long nr,
			       unsigned long align, unsigned int tag);

/**
 * Mark the area at @va, which has @tag, as dying: only this caller may free it.
 * @who, @caller: the API function and who called it, for the panic if no such
 *                area starts at @va.
 * Return: pages of the area.
 */
unsigned long xmem_window_claim(const void *va, unsigned int tag,
				const char *who, const void *caller);

/** Give back the caller's area of @nr pages at @addr; nothing is mapped there.
 */
void xmem_window_give(unsigned long addr, unsigned long nr);

/** Is @va an address of a window? */
bool xmem_window_holds(const void *va);

/** Find the area that starts at @va, any value. Return: its pages and, in
 * *@tag, its tag; 0 and XMEM_VA_FREE if there is none. */
unsigned int xmem_window_find(const void *va, unsigned int *tag);

/** __vmap(): map the caller's frames (area.c). */
XMEM_MUST_CHECK void *xmem_area_map(const mfn_t *mfn, unsigned int granularity,
				    unsigned int nr, unsigned int align,
				    unsigned int flags, enum vmap_region type);

/** Unmap the area at @start, which was made by xmem_area_map(). @who, @caller:
 *  as xmem_window_claim(). */
void xmem_area_unmap(const void *start, const char *who, const void *caller);

#endif /* VMAP_VMAP_PRIV_H */
