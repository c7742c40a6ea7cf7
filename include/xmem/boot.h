/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot.h - the boot allocator: memory before there is a heap
 *
 * Context: one CPU, interrupts off, no locking. RAM may be added before and
 * between allocations; NUMA nodes need not be known before
 * end_boot_allocator(). There are two ways to add RAM: init_boot_pages() for
 * ranges that the caller answers for, where an overlap is a bug and panics; and
 * xmem_boot_add_ram() for what firmware says: what makes no sense there is left
 * out with a message.
 *
 * Everything is kept in one table of XMEM_CONFIG_BOOT_REGIONS entries. Adding
 * RAM leaves eight of them free, so that all RAM that was accepted can be
 * allocated and reserved. If an allocation or reservation needs an entry and
 * none is left, the smallest free piece beside used frames is given up: it
 * counts as used from then on, with the message "boot: N bytes of RAM at A
 * ignored: raise XMEM_CONFIG_BOOT_REGIONS". To avoid that, allocations take
 * frames that need no entry as long as entries are scarce.
 */
#ifndef XMEM_BOOT_H
#define XMEM_BOOT_H

#include <xmem/config.h>
#include <xmem/hooks.h>
#include <xmem/types.h>

XMEM_BEGIN_DECLS

/**
 * init_boot_pages - add [@ps, @pe) as free RAM.
 * @ps, @pe: physical addresses in bytes. Rounded inwards to PAGE_SIZE; empty
 *           or inverted ranges are ignored; frame 0 is left out.
 *
 * Panics if the range overlaps one given before, if it reaches above
 * PADDR_BITS, if the table is full, or after arch_init_directmap() or
 * end_boot_allocator().
 */
void init_boot_pages(paddr_t ps, paddr_t pe);

/**
 * xmem_boot_add_ram - add a range that firmware calls RAM.
 * @start: physical address of its first byte, any value.
 * @size:  bytes, any value; address and size as in device trees and E820
 *         tables.
 *
 * All of the range that can be used becomes free RAM, whatever is wrong with
 * the rest. Bytes at its ends that fill no page are remembered: when other
 * ranges, in any order, have brought the rest of the page, it becomes RAM.
 *
 * Every other byte is reported on the console, "boot: N bytes of RAM at A
 * ignored: ", with one of these reasons and errors:
 *
 *	empty                           -EINVAL  @size is 0
 *	given before                    -EEXIST  overlaps RAM, free or used, or
 *	                                         bytes that are remembered
 *	address too wide                -ERANGE  see xmem_boot_paddr_bits();
 *	                                         or @start + @size wraps
 *	raise XMEM_CONFIG_BOOT_REGIONS  -ENOSPC  only eight entries of the
 *	                                         table are left
 *	end_boot_allocator() ran        -EBUSY   too late
 *	arch_init_directmap() ran       -EBUSY   too late
 *	no whole page                   -        end_boot_allocator() says so
 *	                                         of remembered bytes
 *
 * Only frame 0 is left out without a message. Return: 0 if all of the range is
 * RAM now or remembered; -ENOSPC if any message had that error; else the error
 * of the last message.
 */
int xmem_boot_add_ram(paddr_t start, paddr_t size);

/**
 * xmem_boot_paddr_bits - set the width of physical addresses of this machine.
 * @bits: what the CPU says. Values above PADDR_BITS, the default, count as
 *        PADDR_BITS; on a 32-bit machine also no more than frame numbers have
 *        room for.
 *
 * Call it before xmem_boot_add_ram(), which refuses addresses that are wider.
 */
void xmem_boot_paddr_bits(unsigned int bits);

/**
 * xmem_boot_reserve - make [@ps, @pe) used: bad pages, modules, tables.
 * @ps, @pe: physical addresses in bytes, any; rounded outwards to PAGE_SIZE.
 *
 * What is not free RAM is ignored, even if it becomes RAM later: so add all RAM
 * first. Panics before any RAM is known, and after end_boot_allocator(). Leaves
 * two entries of the table for allocations; see above what happens if there are
 * not so many.
 */
void xmem_boot_reserve(paddr_t ps, paddr_t pe);

/**
 * alloc_boot_pages - allocate contiguous frames from the top of memory.
 * @nr_pfns:   frames, at least 1.
 * @pfn_align: alignment in frames, a power of two; 0 counts as 1.
 *
 * Return: the first frame, owned by the caller. Never fails: if nothing fits it
 * panics, naming the request and the largest free range, as the boot cannot go
 * on without the memory.
 */
mfn_t alloc_boot_pages(unsigned long nr_pfns, unsigned long pfn_align);

/** xmem_alloc_boot_pages_in - xmem_boot_take() (<xmem/hooks.h>), with types of
 *  frames; INVALID_MFN if there is no room. */
XMEM_MUST_CHECK static inline mfn_t xmem_alloc_boot_pages_in(
	unsigned long nr_pfns, unsigned long pfn_align, unsigned long smfn,
	unsigned long emfn)
{
	return _mfn(xmem_boot_take(nr_pfns, pfn_align, smfn, emfn));
}

/** xmem_alloc_boot_pages_below - the same, for frames below @limit. */
XMEM_MUST_CHECK static inline mfn_t xmem_alloc_boot_pages_below(
	unsigned long nr_pfns, unsigned long pfn_align, unsigned long limit)
{
	return xmem_alloc_boot_pages_in(nr_pfns, pfn_align, 0, limit);
}

/** xmem_boot_give_back - xmem_boot_give() (<xmem/hooks.h>). */
XMEM_MUST_CHECK static inline bool xmem_boot_give_back(mfn_t mfn)
{
	return xmem_boot_give(mfn_x(mfn));
}

/**
 * end_boot_allocator - hand all free frames over to the heap.
 *
 * Call it once, after arch_init_frametable(), when xmem_port_mfn_to_node()
 * gives its final answers: RAM is cut where they change. Makes one span of RAM
 * ranges of a node that lie close together, with metadata from boot frames
 * below xenheap_max_mfn(), and gives the heap all frames that are free. Reports
 * remembered bytes that never became a page. The time depends on the number of
 * ranges, borders of nodes and orders, not of pages.
 */
void end_boot_allocator(void);

XMEM_END_DECLS

#endif /* XMEM_BOOT_H */
