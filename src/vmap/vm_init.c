/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vm_init.c - set up the vmap windows: their bounds and their metadata
 *
 * A page of a window needs 0.6 byte of metadata. It comes from the boot
 * allocator while that is in charge, else from xmem_meta_take(). It is lazy, so
 * set-up takes the same time for any size. vm_init_type() manages all it is
 * given. vm_init() manages no more of the architecture's window than the
 * machine can use: seven eighths of its RAM, so that this metadata and the
 * heap's stay below one byte per frame, but at least 32 MiB.
 *
 * Locking     None: each window is set up once, before it is used. Its size is
 *             written last, as a size of 0 means that it is not set up.
 */
#include <arch/layout.h>

#include <xmem/boot.h>
#include <xmem/frames.h>

#include "lib/align.h"
#include "lib/assert.h"
#include "lib/phase.h"
#include "vmap/vmap_priv.h"

/** The least that vm_init() manages, in bytes. */
#define MIN_MANAGED (32UL << 20)

/* The direct map covers the first frames of [@start, @end). Return: the first
 * one that it does not cover. */
static unsigned long mapped_end(unsigned long start, unsigned long end)
{
	while (start < end) {
		unsigned long mid = start + (end - start) / 2;

		if (xmem_arch_mfn_mapped(mid)) {
			start = mid + 1;
		} else {
			end = mid;
		}
	}
	return start;
}

/* The frame behind the last one of RAM that the direct map covers. */
static unsigned long boot_limit(void)
{
	unsigned long limit = 0;
	unsigned long start;
	unsigned long end;

	for (unsigned int i = 0; xmem_boot_ram(i, &start, &end); i++) {
		if (xmem_arch_mfn_mapped(start)) {
			limit = mapped_end(start, end);
		}
	}
	return limit;
}

static void *alloc_boot_meta(unsigned long nr)
{
	mfn_t mfn = xmem_alloc_boot_pages_below(nr, 1, boot_limit());

	return mfn_eq(mfn, INVALID_MFN) ? NULL : mfn_to_virt(mfn_x(mfn));
}

static bool overlaps_window(unsigned long start, unsigned long size)
{
	for (unsigned int i = 0; i < VMAP_REGION_NR; i++) {
		const struct xmem_window *other = &xmem_windows[i];

		/* An empty window holds no address and so overlaps nothing. */
		if (start - other->start < other->size ||
		    (other->size != 0 && other->start - start < size)) {
			return true;
		}
	}
	return false;
}

static void check_bounds(enum vmap_region type, unsigned long start,
			 unsigned long end)
{
	XMEM_PANIC_IF((unsigned int)type >= VMAP_REGION_NR,
		      "vm_init: there is no window %u\n", (unsigned int)type);
	XMEM_PANIC_IF(xmem_windows[type].size != 0,
		      "vm_init: window %u is set up already\n",
		      (unsigned int)type);
	XMEM_PANIC_IF(!xmem_is_aligned(start | end, PAGE_SIZE),
		      "vm_init: [%lx, %lx) is not page aligned\n", start, end);
	XMEM_PANIC_IF(end < start || end - start < 3 * PAGE_SIZE,
		      "vm_init: [%lx, %lx) is shorter than three pages\n",
		      start, end);
	XMEM_PANIC_IF(overlaps_window(start, end - start),
		      "vm_init: [%lx, %lx) overlaps another window\n", start,
		      end);
}

static void set_up(enum vmap_region type, unsigned long start,
		   unsigned long end, const void *caller)
{
	unsigned long nr = (end - start) >> PAGE_SHIFT;
	unsigned long nr_meta;
	struct xmem_window *window;
	void *meta;

	xmem_phase_check(XMEM_PHASE_VMAP, caller);
	check_bounds(type, start, end);
	nr_meta = xmem_pages_for(xmem_va_bytes(nr));
	meta = xmem_boot_active() ? alloc_boot_meta(nr_meta)
				  : xmem_meta_take(nr_meta);
	XMEM_PANIC_IF(meta == NULL,
		      "vm_init: no %lu pages of xenheap for window %u: make it "
		      "smaller, or give the xenheap memory first\n",
		      nr_meta, (unsigned int)type);
	window = &xmem_windows[type];
	xmem_port_lock_init(&window->lock);
	window->start = start;
	xmem_va_init(&window->va, nr, meta);
	__atomic_store_n(&window->size, end - start, __ATOMIC_RELEASE);
}

XMEM_API_MAPS void vm_init_type(enum vmap_region type, void *start, void *end)
{
	set_up(type, (unsigned long)start, (unsigned long)end, XMEM_CALLER());
}

/* Bytes of RAM; as much as an unsigned long holds. */
static unsigned long ram_bytes(void)
{
	unsigned long nr = 0;
	unsigned long start;
	unsigned long end;

	for (unsigned int i = 0; xmem_boot_ram(i, &start, &end); i++) {
		nr += end - start;
	}
	return (nr > ~0UL >> PAGE_SHIFT ? ~0UL >> PAGE_SHIFT : nr)
	       << PAGE_SHIFT;
}

XMEM_API_MAPS void vm_init(void)
{
	unsigned long start = VMAP_VIRT_START;
	unsigned long end = (unsigned long)arch_vmap_virt_end();
	unsigned long ram = ram_bytes();
	unsigned long useful = xmem_align_down(ram - ram / 8, PAGE_SIZE);

	if (useful < MIN_MANAGED) {
		useful = MIN_MANAGED;
	}
	if (end - start > useful) {
		end = start + useful;
	}
	set_up(VMAP_DEFAULT, start, end, XMEM_CALLER());
}
