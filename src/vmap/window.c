/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * window.c - the addresses of the vmap windows: which area has which
 *
 * Model       A window is an address engine (va.h) with a lock. The tag of an
 *             area says whose its frames are, so that vfree() of a mapping and
 *             vunmap() of memory are found.
 * Operations  take, claim and give: one lock hold and one operation of the
 *             engine. xmem_window_holds() reads two constants of each window.
 * Locking     (V) the window's lock: a leaf. No lock is held when calling
 *             another folder but the engine, nor in a panic.
 */
#include "vmap/vmap_priv.h"

#include <xmem/debug.h>

#include "lib/align.h"
#include "lib/assert.h"
#include "lib/attr.h"
#include "lib/phase.h"

struct xmem_window xmem_windows[VMAP_REGION_NR];

static unsigned long page_of(const struct xmem_window *window,
			     unsigned long addr)
{
	return (addr - window->start) >> PAGE_SHIFT;
}

static unsigned long addr_of(const struct xmem_window *window,
			     unsigned long page)
{
	return window->start + (page << PAGE_SHIFT);
}

/* The window that holds @addr, or NULL. */
static struct xmem_window *find_window(unsigned long addr)
{
	for (unsigned int i = 0; i < VMAP_REGION_NR; i++) {
		if (addr - xmem_windows[i].start < xmem_windows[i].size) {
			return &xmem_windows[i];
		}
	}
	return NULL;
}

bool xmem_window_holds(const void *va)
{
	return find_window((unsigned long)va) != NULL;
}

unsigned long xmem_window_take(enum vmap_region type, unsigned long nr,
			       unsigned long align, unsigned int tag)
{
	struct xmem_window *window;
	unsigned long page;

	if ((unsigned int)type >= VMAP_REGION_NR) {
		return 0;
	}
	window = &xmem_windows[type];
	XMEM_PANIC_IF(window->size == 0 && xmem_phase_is_done(XMEM_PHASE_LATE),
		      "vmap: window %u is not set up: call vm_init() or "
		      "vm_init_type() first\n",
		      (unsigned int)type);
	/* vmap_size() counts in unsigned int. */
	if (window->size == 0 || (unsigned int)nr != nr) {
		return 0;
	}
	xmem_window_lock(window);
	page = xmem_va_take(xmem_window_va(window), nr, align,
			    window->start >> PAGE_SHIFT, tag);
	XMEM_ASSERT_DEEP(xmem_va_check(xmem_window_va(window)));
	xmem_window_unlock(window);
	return page == XMEM_VA_NONE ? 0 : addr_of(window, page);
}

/* What was found at an address at which an area should start. */
struct found {
	unsigned int tag;
	unsigned long nr;    /* pages of the area that starts there */
	unsigned long start; /* address of the area around it, or 0 */
};

XMEM_REQUIRES(V)
static struct found look_locked(struct xmem_window *window, unsigned long addr)
{
	unsigned long page = page_of(window, addr);
	unsigned long start = xmem_va_find(xmem_window_va(window), page);
	struct found found = {XMEM_VA_FREE, 0, 0};

	if (start == XMEM_VA_NONE) {
		return found;
	}
	found.start = addr_of(window, start);
	if (found.start == addr) {
		found.tag = xmem_va_tag(xmem_window_va(window), page);
		found.nr = xmem_va_size(xmem_window_va(window), page);
	}
	return found;
}

/* Panic, saying what @found is at @va instead of the area wanted. */
static void reject(const void *va, const struct found *found, const char *who,
		   const void *caller)
{
	XMEM_PANIC_IF(found->start == 0,
		      "%s: %p is a free address, freed twice? (caller %p)\n",
		      who, va, caller);
	XMEM_PANIC_IF(found->tag == XMEM_VA_FREE,
		      "%s: %p is inside the area at %p (caller %p)\n", who, va,
		      (void *)found->start, caller);
	XMEM_PANIC_IF(found->tag == AREA_DYING,
		      "%s: %p is being freed already (caller %p)\n", who, va,
		      caller);
	XMEM_PANIC_IF(found->tag == AREA_MAPPED,
		      "%s: %p is a mapping, for vunmap() (caller %p)\n", who,
		      va, caller);
	XMEM_PANIC_IF(found->tag == AREA_OWNED,
		      "%s: %p is memory, for vfree() (caller %p)\n", who, va,
		      caller);
}

unsigned long xmem_window_claim(const void *va, unsigned int tag,
				const char *who, const void *caller)
{
	struct xmem_window *window = find_window((unsigned long)va);
	struct found found;
	unsigned long nr = 0;

	XMEM_PANIC_IF(window == NULL,
		      "%s: %p is not in a vmap window (caller %p)\n", who, va,
		      caller);
	xmem_window_lock(window);
	if (xmem_is_aligned((unsigned long)va, PAGE_SIZE)) {
		nr = xmem_va_retag(xmem_window_va(window),
				   page_of(window, (unsigned long)va), tag,
				   AREA_DYING);
	}
	if (XMEM_UNLIKELY(nr == 0)) {
		found = look_locked(window, (unsigned long)va);
	}
	xmem_window_unlock(window);
	if (XMEM_UNLIKELY(nr == 0)) {
		reject(va, &found, who, caller);
	}
	return nr;
}

void xmem_window_give(unsigned long addr, unsigned long nr)
{
	struct xmem_window *window = find_window(addr);

	XMEM_PANIC_IF(window == NULL, "vmap: the window of %p vanished\n",
		      (void *)addr);
	xmem_window_lock(window);
	XMEM_ASSERT(xmem_va_size(xmem_window_va(window),
				 page_of(window, addr)) == nr);
	xmem_va_drop(xmem_window_va(window), page_of(window, addr), nr);
	XMEM_ASSERT_DEEP(xmem_va_check(xmem_window_va(window)));
	xmem_window_unlock(window);
}

unsigned int xmem_window_find(const void *va, unsigned int *tag)
{
	struct xmem_window *window = find_window((unsigned long)va);
	struct found found = {XMEM_VA_FREE, 0, 0};

	if (window != NULL) {
		xmem_window_lock(window);
		found = look_locked(window, (unsigned long)va);
		xmem_window_unlock(window);
	}
	*tag = found.tag;
	return (unsigned int)found.nr;
}

XMEM_API_MAPS unsigned long xmem_vmap_used(unsigned int type)
{
	struct xmem_window *window;
	unsigned long nr = 0;

	if (type >= VMAP_REGION_NR || xmem_windows[type].size == 0) {
		return 0;
	}
	window = &xmem_windows[type];
	xmem_window_lock(window);
	nr = window->va.nr_used - window->va.nr_areas;
	xmem_window_unlock(window);
	return nr;
}
