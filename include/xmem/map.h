/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * map.h - page tables of the hypervisor, and the direct map
 *
 * Two sets of functions. The first are the names that hypervisor authors
 * know (`map_pages_to_xen` ...). The second is all that vmap asks of the page
 * tables: xmem_map_prepare(), _commit(), _park() and _collect(), and of the
 * first xen_map_to_mfn(). An embedder who has page tables of his own provides
 * these five and keeps the rest of the stack.
 *
 * Attributes are generic here; arch/pte.h translates them. A mapping is
 * never writable and executable at once: such a request returns -EINVAL.
 */
#ifndef XMEM_MAP_H
#define XMEM_MAP_H

#include <xmem/config.h>
#include <xmem/pages.h>
#include <xmem/types.h>

/* Access. 0 = no access. */
#define XMEM_MAP_READ  (1U << 0)
#define XMEM_MAP_WRITE (1U << 1)
#define XMEM_MAP_EXEC  (1U << 2)
/* Memory type, one of four. */
#define XMEM_MAP_WB	   (0U << 4) /* write-back: normal memory */
#define XMEM_MAP_WT	   (1U << 4) /* write-through */
#define XMEM_MAP_WC	   (2U << 4) /* write-combining, non-cacheable */
#define XMEM_MAP_UC	   (3U << 4) /* uncached, device */
#define XMEM_MAP_TYPE_MASK (3U << 4)
/** Use no block larger than a page. */
#define MAP_SMALL_PAGES	    (1U << 8)
#define XMEM_MAP_ATTRS_MASK (0x37U)

#define PAGE_HYPERVISOR_RO   (XMEM_MAP_READ)
#define PAGE_HYPERVISOR_RW   (XMEM_MAP_READ | XMEM_MAP_WRITE)
#define PAGE_HYPERVISOR_RX   (XMEM_MAP_READ | XMEM_MAP_EXEC)
#define PAGE_HYPERVISOR	     PAGE_HYPERVISOR_RW
#define PAGE_HYPERVISOR_UC   (PAGE_HYPERVISOR_RW | XMEM_MAP_UC)
#define PAGE_HYPERVISOR_WC   (PAGE_HYPERVISOR_RW | XMEM_MAP_WC)
#define PAGE_HYPERVISOR_WT   (PAGE_HYPERVISOR_RW | XMEM_MAP_WT)
#define PAGE_HYPERVISOR_NONE 0U

/**
 * map_pages_to_xen - map @nr_mfns frames from @mfn at @virt.
 * @virt:    page-aligned address, in the hypervisor's part of the space.
 * @mfn:     first frame; INVALID_MFN maps nothing but keeps the address
 *           range populated (non-present entries).
 * @nr_mfns: frames; 0 is a no-op.
 * @flags:   PAGE_HYPERVISOR_*, MAP_SMALL_PAGES.
 *
 * Uses the largest blocks that alignment allows. Replaces what was mapped
 * and then flushes the TLB of the range. Callers that change the same range
 * at the same time order themselves; of a long one others may see a part done.
 * Return: 0; -EINVAL for a bad range or flags; -ENOMEM if a table could not
 * be allocated, with nothing changed.
 */
XMEM_MUST_CHECK int map_pages_to_xen(unsigned long virt, mfn_t mfn,
				     unsigned long nr_mfns, unsigned int flags);

/**
 * modify_xen_mappings - change the attributes of what is mapped in [@s, @e).
 * @s, @e: page-aligned; @flags: PAGE_HYPERVISOR_*.
 *
 * Splits larger blocks at the ends. Holes stay holes. With no access at all
 * (PAGE_HYPERVISOR_NONE) the entries are removed.
 * Return: 0, -EINVAL, -ENOMEM (nothing changed).
 */
XMEM_MUST_CHECK int modify_xen_mappings(unsigned long s, unsigned long e,
					unsigned int flags);

/**
 * destroy_xen_mappings - remove what is mapped in [@s, @e), flush the TLB.
 * Return: 0, -EINVAL, -ENOMEM (a larger block had to be split, could not).
 */
XMEM_MUST_CHECK int destroy_xen_mappings(unsigned long s, unsigned long e);

/**
 * populate_pt_range - build the tables of [@virt, @virt + @nr_mfns pages)
 * down to page level, mapping nothing. Return: 0, -EINVAL, -ENOMEM.
 */
XMEM_MUST_CHECK int populate_pt_range(unsigned long virt,
				      unsigned long nr_mfns);

/**
 * xen_map_to_mfn - frame that @va is mapped to, by walking the tables.
 * Return: the frame, or INVALID_MFN where nothing is mapped.
 */
mfn_t xen_map_to_mfn(unsigned long va);

/**
 * xmem_map_attrs - attributes of the mapping at @va and the log2 of its
 * block size in pages. Return: true if @va is mapped. @flags, @order: may be
 * NULL.
 */
bool xmem_map_attrs(unsigned long va, unsigned int *flags, unsigned int *order);

/**
 * xmem_map_prepare - make sure that [@va, @va + @nr pages) can be committed.
 *
 * Everything that can fail happens here: tables are allocated and linked.
 * Return: 0; -ENOMEM, or -EINVAL for addresses that are not the space's,
 * with nothing that must be undone.
 */
XMEM_MUST_CHECK int xmem_map_prepare(unsigned long va, unsigned long nr);

/**
 * xmem_map_commit - map one run in a prepared, empty range. Cannot fail.
 * @va: page-aligned; @mfn, @nr: the run; @flags: PAGE_HYPERVISOR_*.
 *
 * No TLB flush: nothing was mapped there. The range belongs to the caller,
 * so no lock is needed. Calls xmem_port_relax() every 512 pages.
 */
void xmem_map_commit(unsigned long va, unsigned long mfn, unsigned long nr,
		     unsigned int flags);

/**
 * xmem_map_park - first half of unmapping: no access, frames remembered.
 *
 * Entries become non-present and keep their frame, so that it can be
 * collected after the flush. The caller flushes the TLB of the range next.
 * Calls xmem_port_relax() every 512 pages.
 * What one commit mapped may be parked in parts, but on one CPU at a time.
 */
void xmem_map_park(unsigned long va, unsigned long nr);

/**
 * xmem_map_collect - second half: clear parked entries, return their frames.
 * @va, @nr:   what is left of the parked range; at least one page.
 * @runs:      filled with at most @max_runs runs; neighbours are merged.
 * @nr_done:   set to the number of pages cleared, so that the caller goes on
 *             at @va + *@nr_done pages.
 *
 * Return: number of runs filled (0 if the pages cleared were all empty).
 */
unsigned int xmem_map_collect(unsigned long va, unsigned long nr,
			      struct xmem_run *runs, unsigned int max_runs,
			      unsigned long *nr_done);

/**
 * xmem_mmu_spurious_fault - a translation fault of the hypervisor at @va: try
 * again?
 *
 * For the port's fault handler, on any CPU, before it takes the fault for a
 * real one. Where CPUs may fault on what is mapped (page.h then defines
 * ARCH_HAS_SPURIOUS_FAULTS), as others may break a mapping to make it anew, or
 * a CPU remembers that nothing was there, this waits until it is over.
 * Return: true if the address can be read now, so that the instruction is to
 * be run again; false: the fault is real.
 */
#ifdef ARCH_HAS_SPURIOUS_FAULTS
bool xmem_mmu_spurious_fault(unsigned long va);
#else
static inline bool xmem_mmu_spurious_fault(unsigned long va)
{
	(void)va;
	return false;
}
#endif

/**
 * xmem_boot_window - RAM that the port has mapped, for the first page tables.
 * @smfn, @nr: frames, in one section (2^MAX_ORDER aligned frames, or the
 *             largest block if that is larger), 32 MiB or more if there is so
 *             much. The root table that is in use lies in it.
 * @va:        where they are mapped, readable and writable.
 *
 * Before arch_init_directmap(), which uses it while it builds the direct map;
 * not needed after it. It panics if RAM of the window is not mapped so. An
 * architecture may have a default (<arch/layout.h>).
 */
void xmem_boot_window(unsigned long smfn, unsigned long nr, void *va);

/**
 * arch_init_frametable - build the frame table over all RAM given to the
 * boot allocator, from boot frames. After arch_init_directmap() and before
 * end_boot_allocator(); once.
 */
void arch_init_frametable(void);

/**
 * arch_init_directmap - number the frames of RAM (<arch/frame_index.h>), map
 * them at the direct map with the largest blocks: all of them; in the partial
 * layout up to xenheap_max_mfn(); in the separate one the lowest, as many as
 * the window has room for. After the last init_boot_pages() and before
 * arch_init_frametable(); once. Before it changes anything it checks the
 * order, the windows, the port's tables and registers, and panics with what to
 * do: docs/porting.md, "Boot".
 */
void arch_init_directmap(void);

/**
 * map_domain_page - a window on any frame.
 * @mfn: any frame of RAM.
 *
 * Short-lived: unmap on the same CPU, in reverse order, before sleeping. At
 * most XMEM_CPU_WINDOWS (16) at a time on a CPU: one more panics.
 * Free where the direct map covers the frame. Return: address of the page.
 */
void *map_domain_page(mfn_t mfn);

/** unmap_domain_page - end the window at @va, any address inside the page. */
void unmap_domain_page(const void *va);

#endif /* XMEM_MAP_H */
