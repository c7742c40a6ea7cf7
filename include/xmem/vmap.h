/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vmap.h - virtually contiguous memory from scattered frames
 *
 * Areas are taken from windows of virtual addresses. Every area has an unmapped
 * guard page on both sides. vmalloc() takes memory from the domheap, single
 * pages if need be, so fragmentation of physical memory does not make it fail.
 *
 * All functions: any CPU, normal context, no lock of the library held.
 */
#ifndef XMEM_VMAP_H
#define XMEM_VMAP_H

#include <xmem/config.h>
#include <xmem/map.h>
#include <xmem/types.h>

#ifdef XMEM_PORT_PAGE_TAG
#define page_info XMEM_PORT_PAGE_TAG
#endif
struct page_info;

XMEM_BEGIN_DECLS

#ifndef __iomem
#define __iomem
#endif

/** enum vmap_region - windows that areas are taken from. */
enum vmap_region {
	VMAP_DEFAULT, /* data: never executable */
	VMAP_XEN,     /* near the hypervisor's image: for code */
	VMAP_REGION_NR,
};

/**
 * arch_vmap_virt_end - the address behind the default window, which starts at
 * VMAP_VIRT_START of <arch/layout.h>. The architecture supplies it.
 */
void *arch_vmap_virt_end(void);

/**
 * vm_init - set up the default window [VMAP_VIRT_START,
 * arch_vmap_virt_end()).
 *
 * Call it once, after arch_init_directmap(), before or after
 * end_boot_allocator(). It manages no more addresses than the machine can use:
 * the start of the window, as large as seven eighths of its RAM but at least 32
 * MiB. Panics as vm_init_type() does, which manages all it is given.
 */
void vm_init(void);

/**
 * vm_init_type - set up window @type.
 * @type:  VMAP_DEFAULT or VMAP_XEN, which was not set up before.
 * @start: first address, page-aligned.
 * @end:   address behind the last, page-aligned; three pages or more.
 *
 * Metadata, about 0.6 byte per page of window, comes from boot frames or, after
 * end_boot_allocator(), from xmem_meta_take(). Panics on bad arguments, if the
 * range overlaps another window, or if there is no memory.
 */
void vm_init_type(enum vmap_region type, void *start, void *end);

/**
 * __vmap - map the caller's frames contiguously.
 * @mfn:         the first frames of @nr runs of frames.
 * @granularity: frames in each run, at least 1.
 * @nr:          number of runs, at least 1.
 * @align:       alignment of the address in pages, a power of two; 0 is 1.
 * @flags:       PAGE_HYPERVISOR_*, with read access; MAP_SMALL_PAGES.
 *               Executable only in VMAP_XEN.
 * @type:        the window to take addresses from.
 *
 * The frames may be any that a physical address can name, RAM or not, frame 0
 * included, and may be repeated. If a frame is mapped elsewhere with another
 * memory type, the caller must know that the CPU allows it.
 * Return: the address, for vunmap(); NULL on bad arguments, or if the window is
 * full, or there is no memory for tables. If the window has not been set up: as
 * vmalloc(). The frames stay the caller's.
 */
XMEM_MUST_CHECK void *__vmap(const mfn_t *mfn, unsigned int granularity,
			     unsigned int nr, unsigned int align,
			     unsigned int flags, enum vmap_region type);

/** vmap - map the @nr frames in the array @mfn read-write, in the default
 *  window. Return: as __vmap(). */
XMEM_MUST_CHECK void *vmap(const mfn_t *mfn, unsigned int nr);

/** vmap_contig - map the run of @nr frames from @mfn on read-write, in the
 *  default window. Return: as __vmap(). */
XMEM_MUST_CHECK void *vmap_contig(mfn_t mfn, unsigned int nr);

/**
 * vunmap - remove a mapping that a vmap function or ioremap() made.
 * @va: the address it returned; NULL is ignored.
 *
 * Unmaps the area, whatever its pages are mapped to by now, and flushes the
 * TLB. The frames stay the caller's. Panics, naming @va, if no mapping starts
 * there.
 */
void vunmap(const void *va);

/** vmap_size - pages of the area that starts at @va, any value, without guard
 *  pages; 0 if none starts there or it is being freed. */
unsigned int vmap_size(const void *va);

/** vmalloc_size - the same, but 0 also for a mapping of the caller's frames by
 *  a vmap function or ioremap(). */
unsigned int vmalloc_size(const void *va);

/** vmap_contains - is @va, any value, inside a window? Takes no lock: any
 *  context, also a panic. */
bool vmap_contains(const void *va);

/**
 * vmalloc - allocate virtually contiguous, page-aligned memory.
 * @size: bytes, rounded up to pages.
 *
 * Callable after arch_init_frametable().
 * Return: uninitialised memory, owned by the caller until vfree(); NULL if
 * @size is 0 or too large, or there is no memory, no room in the window or no
 * memory for tables: then nothing has changed. If the window has not been set
 * up: NULL before heap_init_late(), a panic after it.
 *
 * The frames are marked in their descriptors, so free_domheap_pages() and
 * xmem_free_runs() of one of them panic. modify_xen_mappings() may change the
 * access rights of its pages. It is a bug to unmap them or to map them to other
 * frames; vfree() finds it.
 */
XMEM_MUST_CHECK void *vmalloc(size_t size);

/** vmalloc_xen - the same in the window VMAP_XEN, for memory that will hold
 *  code: modify_xen_mappings() can make it executable. */
XMEM_MUST_CHECK void *vmalloc_xen(size_t size);

/** vzalloc - vmalloc(), and zero the memory. */
XMEM_MUST_CHECK void *vzalloc(size_t size);

/**
 * vfree - free memory of a vmalloc function.
 * @va: the address it returned; NULL is ignored.
 *
 * Unmaps the pages, flushes the TLB, frees the frames, then the addresses.
 * Panics, naming @va, if no vmalloc area starts there: an xmalloc'd, interior
 * or freed pointer, or a mapping of vmap() or ioremap(). Panics, naming the
 * area and the page, if a page is not mapped to its frame any more: then
 * neither that frame is freed nor the one that was found.
 */
void vfree(void *va);

/** vmap_to_mfn - the frame that @va, any value, is mapped to; INVALID_MFN if it
 *  is outside all windows or not mapped. Takes a lock: not for a panic handler,
 *  as vmap_to_page() and vmap_size(). */
mfn_t vmap_to_mfn(const void *va);

/** vmap_to_page - the descriptor of that frame; NULL if it has none. */
struct page_info *vmap_to_page(const void *va);

/**
 * ioremap - map device memory uncached.
 * @pa:  physical address, any alignment.
 * @len: bytes, at least 1.
 *
 * Return: the address of @pa, for iounmap(); NULL if @len is 0, the range
 * wraps, a page of it is RAM (mfn_valid()), or as __vmap().
 */
XMEM_MUST_CHECK void __iomem *ioremap(paddr_t pa, size_t len);

/** ioremap_attr - the same with attributes: PAGE_HYPERVISOR_WC, _WT ... With
 *  write-back (PAGE_HYPERVISOR, _RO) the range may be RAM, for example tables
 *  of the firmware. */
XMEM_MUST_CHECK void __iomem *ioremap_attr(paddr_t pa, size_t len,
					   unsigned int flags);

/** iounmap - vunmap() of the mapping whose first page holds @va; NULL is
 *  ignored. */
void iounmap(const void __iomem *va);

#define VFREE(p)                       \
	do {                           \
		void *xmem_ptr_ = (p); \
		(p) = NULL;            \
		vfree(xmem_ptr_);      \
	} while (0)

XMEM_END_DECLS

#endif /* XMEM_VMAP_H */
