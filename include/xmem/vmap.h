/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vmap.h - virtually contiguous memory from scattered frames
 *
 * Every area has an unmapped guard page on both sides. Memory comes from the
 * domheap, page by page where need be, so fragmentation of physical memory
 * does not make it fail. All functions: any CPU, normal context, no lock of
 * the library held. No library lock is held while pages are mapped.
 */
#ifndef XMEM_VMAP_H
#define XMEM_VMAP_H

#include <xmem/config.h>
#include <xmem/map.h>
#include <xmem/types.h>

#ifndef __iomem
#define __iomem
#endif

/** enum vmap_region - windows that areas are taken from. */
enum vmap_region {
	VMAP_DEFAULT, /* data: never executable */
	VMAP_XEN,     /* near the hypervisor's image: for code */
	VMAP_REGION_NR,
};

/** struct vmap_window - one window: [start, end), page-aligned. */
struct vmap_window {
	unsigned long start;
	unsigned long end;
};

/**
 * arch_vmap_virt_end - end of the default window; its start is
 * VMAP_VIRT_START of arch/layout.h.
 */
void *arch_vmap_virt_end(void);

/**
 * vm_init - set up the default window [VMAP_VIRT_START,
 * arch_vmap_virt_end()). Once; after arch_init_directmap(), before or after
 * end_boot_allocator().
 *
 * Manages only the first part of a window larger than the machine can make
 * use of: seven eighths of its RAM, 32 MiB at least. vm_init_type() manages
 * all it is given.
 */
void vm_init(void);

/**
 * vm_init_type - set up window @type as [@start, @end).
 *
 * Metadata (about 0.6 byte a page of window) comes from boot frames, or
 * from the xenheap after end_boot_allocator(). Panics if it was set up
 * already, the range is not page-aligned, or shorter than three pages.
 */
void vm_init_type(enum vmap_region type, void *start, void *end);

/**
 * __vmap - map @nr blocks of @granularity frames each.
 * @mfn:         @nr first frames.
 * @granularity: frames of each block, at least 1.
 * @nr:          blocks, at least 1.
 * @align:       alignment of the address in pages, a power of two; 0 is 1.
 * @flags:       PAGE_HYPERVISOR_*.
 * @type:        window.
 *
 * Any frames that a physical address can name, frame 0 too, RAM or not, also
 * several times; memory types that differ from those of other mappings of a
 * frame are the caller's affair.
 * Return: address, to be given to vunmap(); NULL on bad arguments, when the
 * window is full or tables cannot be built. Frames stay the caller's.
 */
XMEM_MUST_CHECK void *__vmap(const mfn_t *mfn, unsigned int granularity,
			     unsigned int nr, unsigned int align,
			     unsigned int flags, enum vmap_region type);

/** vmap - map @nr single frames, read-write, in the default window. */
XMEM_MUST_CHECK void *vmap(const mfn_t *mfn, unsigned int nr);

/** vmap_contig - map @nr frames from @mfn on, read-write. */
XMEM_MUST_CHECK void *vmap_contig(mfn_t mfn, unsigned int nr);

/**
 * vunmap - remove a mapping made by vmap functions or ioremap().
 * @va: the address returned; NULL is ignored. Panics, naming @va, if no
 *      mapping starts there. The frames stay the caller's; pages that were
 *      mapped to something else meanwhile are unmapped with the others.
 */
void vunmap(const void *va);

/** vmap_size - pages of the area that starts at @va; 0 if none does. */
unsigned int vmap_size(const void *va);

/** vmalloc_size - the same; 0 also if that is a mapping of vmap functions or
 *  ioremap(), whose frames are not vmalloc's. */
unsigned int vmalloc_size(const void *va);

/** vmap_contains - is @va inside one of the windows? Cheap, no lock. */
bool vmap_contains(const void *va);

/**
 * vmalloc - @size bytes, page aligned, virtually contiguous.
 * @size: bytes, rounded up to pages; 0 gives NULL.
 *
 * Return: uninitialised memory owned by the caller until vfree(); NULL if
 * @size is 0 or absurd, or memory, tables or window are exhausted - then
 * everything is as it was. After arch_init_frametable(). Without a window NULL
 * too, until heap_init_late(); then it panics.
 *
 * Its frames are marked in their descriptors: free_domheap_pages() and
 * xmem_free_runs() of one panic. modify_xen_mappings() may change the rights of
 * its pages; to remove them or map them to other frames is a mistake that
 * vfree() finds.
 */
XMEM_MUST_CHECK void *vmalloc(size_t size);

/** vmalloc_xen - the same in VMAP_XEN, for what will hold code. */
XMEM_MUST_CHECK void *vmalloc_xen(size_t size);

/** vzalloc - vmalloc(), zeroed. */
XMEM_MUST_CHECK void *vzalloc(size_t size);

/**
 * vfree - give back what vmalloc functions returned; NULL is ignored.
 *
 * Unmaps, flushes, frees the frames, then the addresses. Panics, naming @va,
 * if no vmalloc area starts there (an xmalloc'd, interior or freed pointer,
 * or a mapping of vmap() or ioremap()). Panics, naming the area and the page,
 * if a page does not lead to the frame that vmalloc() had mapped there: neither
 * that frame is freed nor the one that was found.
 */
void vfree(void *va);

/** vmap_to_mfn - frame behind @va in a window; INVALID_MFN if none. */
mfn_t vmap_to_mfn(const void *va);

/** vmap_to_page - descriptor of that frame; NULL if none. */
struct page_info *vmap_to_page(const void *va);

/**
 * ioremap - map device memory uncached.
 * @pa: physical address, any alignment; @len: bytes, at least 1.
 *
 * Return: address of @pa (same offset in the page); NULL if @len is 0, the
 * range wraps, there is no room, or a page of it is RAM (mfn_valid()). To be
 * given to iounmap().
 */
XMEM_MUST_CHECK void __iomem *ioremap(paddr_t pa, size_t len);

/** ioremap_attr - the same with attributes (PAGE_HYPERVISOR_WC, _WT ...); with
 *  write-back (PAGE_HYPERVISOR, _RO) RAM, too, say tables of the firmware. */
XMEM_MUST_CHECK void __iomem *ioremap_attr(paddr_t pa, size_t len,
					   unsigned int flags);

/** iounmap - as vunmap(), of any mapping; @va may have a sub-page offset. */
void iounmap(const void __iomem *va);

#define VFREE(p)                     \
	do {                         \
		void *xmem_ptr_ = (p); \
		(p) = NULL;          \
		vfree(xmem_ptr_);    \
	} while (0)

#endif /* XMEM_VMAP_H */
