/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vmap_priv.h - the windows, as vmap.c, vmalloc.c and vm_init.c see them
 *
 * An address range belongs to whoever took it, from xmem_window_take() until
 * xmem_window_give(). Between the two its page tables are touched without a
 * lock. xmem_window_claim() is the one place where a caller gives the right
 * to a range back: of two that try, one gets it and the other panics.
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

/** Window that holds @addr, or NULL. */
struct xmem_window *xmem_window_find(unsigned long addr);

/**
 * Take @nr pages aligned to @align pages, in window @type, any value.
 * Return: address; 0 if the window is not set up or has no room.
 */
unsigned long xmem_window_take(enum vmap_region type, unsigned long nr,
			       unsigned long align, unsigned int tag);

/**
 * The caller's right to the area at @va, which has @tag, ends here.
 * @who, @caller: the API function and who called it, for the panic when no
 *                such area starts at @va.
 * Return: pages of the area. It is dying now and the claimant's to give.
 */
unsigned long xmem_window_claim(const void *va, unsigned int tag,
				const char *who, const void *caller);

/** Give the area of @nr pages at @addr back, which is the caller's; nothing is
 *  mapped there. */
void xmem_window_give(unsigned long addr, unsigned long nr);

#endif /* VMAP_VMAP_PRIV_H */
