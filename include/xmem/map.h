/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * map.h - page tables of the hypervisor, and the direct map
 *
 * There are two sets of functions. The first has the names that hypervisor
 * authors know (map_pages_to_xen() ...). The second is all that vmap needs from
 * the page tables: xmem_map_prepare(), _commit(), _park(), _collect() and
 * _lookup(), in <xmem/hooks.h>. A host with page tables of its own supplies
 * these five and keeps the rest of the stack.
 *
 * Attributes are generic here; <arch/pte.h> translates them. A mapping is never
 * writable and executable at once: such a request returns -EINVAL.
 *
 * All functions, unless something else is said: any CPU, normal context, no
 * lock of the library held. Callers that change the same range at the same time
 * must order themselves.
 */
#ifndef XMEM_MAP_H
#define XMEM_MAP_H

#include <xmem/config.h>
#include <xmem/hooks.h>
#include <xmem/port.h>
#include <xmem/types.h>

XMEM_BEGIN_DECLS

/** Use no block larger than a page. */
#define MAP_SMALL_PAGES XMEM_MAP_SMALL

#define PAGE_HYPERVISOR_RO   (XMEM_MAP_READ)
#define PAGE_HYPERVISOR_RW   (XMEM_MAP_READ | XMEM_MAP_WRITE)
#define PAGE_HYPERVISOR_RX   (XMEM_MAP_READ | XMEM_MAP_EXEC)
#define PAGE_HYPERVISOR	     PAGE_HYPERVISOR_RW
#define PAGE_HYPERVISOR_UC   (PAGE_HYPERVISOR_RW | XMEM_MAP_UC)
#define PAGE_HYPERVISOR_WC   (PAGE_HYPERVISOR_RW | XMEM_MAP_WC)
#define PAGE_HYPERVISOR_WT   (PAGE_HYPERVISOR_RW | XMEM_MAP_WT)
#define PAGE_HYPERVISOR_NONE 0U

/**
 * map_pages_to_xen - map a run of frames.
 * @virt:    page-aligned address that the root table translates.
 * @mfn:     first frame; with INVALID_MFN the range is unmapped, and has tables
 *           down to page level.
 * @nr_mfns: number of frames; with 0 nothing is done.
 * @flags:   PAGE_HYPERVISOR_*; MAP_SMALL_PAGES. Without access: as INVALID_MFN.
 *
 * Uses the largest blocks that alignment allows, unless MAP_SMALL_PAGES is
 * given. Replaces what was mapped, and flushes the TLB of the range if anything
 * was. Other CPUs may see a long range half done.
 * Return: 0; -EINVAL for a bad range or bad flags; -ENOMEM if there is no
 * memory for tables. On an error nothing has changed.
 */
XMEM_MUST_CHECK int map_pages_to_xen(unsigned long virt, mfn_t mfn,
				     unsigned long nr_mfns, unsigned int flags);

/**
 * modify_xen_mappings - change the attributes of what is mapped in [@s, @e).
 * @s:     first address, page-aligned.
 * @e:     address behind the last, page-aligned; 0: the end of the space.
 * @flags: PAGE_HYPERVISOR_*; with PAGE_HYPERVISOR_NONE the range is unmapped.
 *
 * Splits blocks that reach beyond the range. Holes stay holes. Flushes the TLB
 * of the range if anything changed.
 * Return: 0; -EINVAL for a bad range or bad flags; -ENOMEM if there is no
 * memory for the table of a split block. On an error nothing has changed.
 */
XMEM_MUST_CHECK int modify_xen_mappings(unsigned long s, unsigned long e,
					unsigned int flags);

/**
 * destroy_xen_mappings - unmap [@s, @e) and flush the TLB.
 * @s, @e: as modify_xen_mappings().
 *
 * Return: as modify_xen_mappings().
 */
XMEM_MUST_CHECK int destroy_xen_mappings(unsigned long s, unsigned long e);

/**
 * populate_pt_range - build tables down to page level; mappings stay.
 * @virt:    page-aligned address that the root table translates.
 * @nr_mfns: pages.
 *
 * Return: 0; -EINVAL for a bad range; -ENOMEM if there is no memory, with
 * nothing changed.
 */
XMEM_MUST_CHECK int populate_pt_range(unsigned long virt,
				      unsigned long nr_mfns);

/**
 * xen_map_to_mfn - find the frame that an address is mapped to.
 * @va: any value.
 *
 * Return: the frame, or INVALID_MFN if nothing is mapped there.
 */
mfn_t xen_map_to_mfn(unsigned long va);

/**
 * xmem_map_attrs - find the attributes of the mapping of an address.
 * @va:    any value.
 * @flags: set to its PAGE_HYPERVISOR_* flags; may be NULL.
 * @order: set to the log2 of the size of its block in pages; may be NULL.
 *
 * Return: true; false, with nothing set, if nothing is mapped there.
 */
bool xmem_map_attrs(unsigned long va, unsigned int *flags, unsigned int *order);

/**
 * xmem_mmu_spurious_fault - was a translation fault only temporary?
 * @va: the address that faulted.
 *
 * The port's fault handler asks this first, on any CPU, when the hypervisor has
 * a translation fault. On some architectures (<arch/page.h> defines
 * ARCH_HAS_SPURIOUS_FAULTS) a CPU may fault on a mapped address: another CPU is
 * replacing the mapping by break-before-make, or the CPU remembers that nothing
 * was mapped there. Then this function waits until that is over.
 * Return: true if the address can be read now: run the instruction again.
 * false: the fault is real.
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
 * xmem_boot_window - say what RAM the port has mapped, for the first tables.
 * @smfn: first frame.
 * @nr:   number of frames: 32 MiB or more, if there is so much RAM. All are in
 *        one section (2^MAX_ORDER aligned frames, or the largest block if that
 *        is larger), and the root table in use is one of them.
 * @va:   the address at which they are mapped, readable and writable.
 *
 * Call it before arch_init_directmap(), which builds the direct map with its
 * help, and panics if RAM of the window is not mapped so. It is not used any
 * more after that. An architecture may have a default (<arch/layout.h>).
 */
void xmem_boot_window(unsigned long smfn, unsigned long nr, void *va);

/**
 * arch_init_frametable - build the frame table for all RAM that the boot
 * allocator was given, from boot frames.
 *
 * Call it once, after arch_init_directmap() and before end_boot_allocator().
 */
void arch_init_frametable(void);

/**
 * arch_init_directmap - build the frame index (<arch/frame_index.h>) and the
 * direct map, with the largest blocks.
 *
 * Maps all RAM; in the partial layout only up to xenheap_max_mfn(); in the
 * separate layout the lowest RAM, as much as the direct map has room for. Call
 * it once, after the last init_boot_pages() and before arch_init_frametable().
 * Before it changes anything it checks the order of calls, the windows, the
 * port's tables and registers. If something is wrong it panics and says what to
 * do (docs/porting.md, "Boot").
 */
void arch_init_directmap(void);

/**
 * map_domain_page - map any frame for a moment.
 * @mfn: any frame of RAM.
 *
 * If the direct map covers the frame, this is its address there. Else the frame
 * is mapped in one of the XMEM_CPU_WINDOWS (16) slots of this CPU: unmap it on
 * the same CPU, the newest first. So the caller does not sleep in between, and
 * holds preemption off from before this call until after that of
 * unmap_domain_page(), if its kernel may move it to another CPU. An interrupt
 * handler may map and unmap as well. Panics if no slot is left, or if the frame
 * is no RAM. Return: address of the page, for unmap_domain_page().
 *
 * The library itself calls xmem_port_map_domain_page() (<xmem/port.h>). A port
 * that defines that hook may use these names for something else.
 */
#ifndef XMEM_PORT_HAS_DOMAIN_PAGE
void *map_domain_page(mfn_t mfn);

/**
 * unmap_domain_page - end the mapping of map_domain_page().
 * @va: any address inside the page.
 *
 * Context: as map_domain_page(), with preemption off since then. Panics if @va
 * is in a slot, but not in the newest of this CPU.
 */
void unmap_domain_page(const void *va);
#endif

XMEM_END_DECLS

#endif /* XMEM_MAP_H */
