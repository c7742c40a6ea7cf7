/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot.h - the boot allocator: memory before there is a heap
 *
 * One CPU, interrupts off, no locking. Ranges and allocations may
 * interleave. RAM comes in by one of two functions: init_boot_pages() for
 * ranges that the caller answers for, where overlap is a bug and panics;
 * xmem_boot_add_ram() for what firmware says, of which the part that makes
 * no sense is left out with a message.
 *
 * All of it is kept in one table of XMEM_CONFIG_BOOT_REGIONS entries. RAM takes
 * at most eight fewer; so what was accepted can be allocated from and reserved
 * to the end. If that needs an entry and there is none, the smallest free piece
 * beside used frames counts as used from then on, with the message "boot: N
 * bytes of RAM at A ignored: raise XMEM_CONFIG_BOOT_REGIONS". Allocations
 * avoid that: as long as entries are scarce they go where they need none.
 */
#ifndef XMEM_BOOT_H
#define XMEM_BOOT_H

#include <xmem/config.h>
#include <xmem/types.h>

/**
 * init_boot_pages - the RAM of [@ps, @pe) is free to use.
 * @ps, @pe: physical addresses in bytes. Rounded inwards to PAGE_SIZE; empty
 *           or inverted ranges are ignored; frame 0 is left out.
 *
 * Panics if the range overlaps one given before, if it reaches above
 * PADDR_BITS, if the table is full, or after arch_init_directmap() or
 * end_boot_allocator().
 */
void init_boot_pages(paddr_t ps, paddr_t pe);

/**
 * xmem_boot_add_ram - firmware says that there is RAM here.
 * @start: address of its first byte, any.
 * @size:  in bytes, any. This is how device trees and E820 tables say it.
 *
 * All of it that can be used becomes free RAM, however wrong the rest is.
 * Bytes at its ends that fill no page wait for the rest of their page, which
 * other ranges may bring, in any order: with the last byte the page is RAM.
 *
 * Every other byte is named in a message on the console, "boot: N bytes of RAM
 * at A ignored: ", with one of these reasons and errors:
 *
 *	empty                           -EINVAL  @size is 0
 *	given before                    -EEXIST  overlap, with RAM in use too,
 *	                                         or with bytes that wait
 *	address too wide                -ERANGE  see xmem_boot_paddr_bits();
 *	                                         or @start + @size wraps
 *	raise XMEM_CONFIG_BOOT_REGIONS  -ENOSPC  the table is full, but for
 *	                                         eight entries
 *	end_boot_allocator() ran        -EBUSY   too late
 *	arch_init_directmap() ran       -EBUSY   too late
 *	no whole page                   -        by end_boot_allocator(): the
 *	                                         rest of the page never came
 *
 * Only frame 0 is left out in silence. Return: 0 if all of the range is RAM
 * now, or waits; -ENOSPC if there was a message with that; else the error of
 * the last.
 */
int xmem_boot_add_ram(paddr_t start, paddr_t size);

/**
 * xmem_boot_paddr_bits - physical addresses of this machine have @bits bits.
 *
 * For xmem_boot_add_ram(): called before it, with what the CPU says. Without
 * the call, and at most, it is PADDR_BITS; on a 32-bit machine also no more
 * than frame numbers have room for.
 */
void xmem_boot_paddr_bits(unsigned int bits);

/**
 * xmem_boot_reserve - cut [@ps, @pe) out of the free ranges (bad pages).
 * @ps, @pe: bytes, any; rounded outwards to PAGE_SIZE. Parts that are not
 *           free RAM are ignored, also those that become RAM later: give RAM
 *           first. Panics before any RAM is known, and after
 *           end_boot_allocator().
 *
 * Leaves two entries of the table to allocations; see above what happens when
 * there are not so many.
 */
void xmem_boot_reserve(paddr_t ps, paddr_t pe);

/**
 * alloc_boot_pages - @nr_pfns contiguous frames from the top of memory.
 * @nr_pfns:   at least 1.
 * @pfn_align: alignment in frames, a power of two; 0 counts as 1.
 *
 * Return: first frame. Never fails: panics with the request and the largest
 * free range when nothing fits, since nothing can go on without it.
 */
mfn_t alloc_boot_pages(unsigned long nr_pfns, unsigned long pfn_align);

/**
 * xmem_alloc_boot_pages_in - the same, inside frames [@smfn, @emfn).
 * @smfn: first frame that may be used.
 * @emfn: first frame behind them; ~0UL for no limit.
 *
 * Return: first frame, the highest at which the whole block fits, or, when
 * entries of the table are scarce, one at which it takes the fewest of them;
 * INVALID_MFN when it fits nowhere.
 */
XMEM_MUST_CHECK mfn_t xmem_alloc_boot_pages_in(unsigned long nr_pfns,
					       unsigned long pfn_align,
					       unsigned long smfn,
					       unsigned long emfn);

/** xmem_alloc_boot_pages_below - the same, below frame @limit. */
XMEM_MUST_CHECK static inline mfn_t
xmem_alloc_boot_pages_below(unsigned long nr_pfns, unsigned long pfn_align,
			    unsigned long limit)
{
	return xmem_alloc_boot_pages_in(nr_pfns, pfn_align, 0, limit);
}

/**
 * xmem_boot_give_back - frame @mfn is free again.
 *
 * For those who must unwind, or free, while the boot allocator is in charge.
 * Return: true; false, and nothing happens, if the frame is not one that it
 * has allocated or reserved, or after end_boot_allocator(): such a frame goes
 * to the heap. Where the table is full the frame may be what is given up, with
 * a message: then it stays in use.
 */
XMEM_MUST_CHECK bool xmem_boot_give_back(mfn_t mfn);

/**
 * xmem_boot_active - is the boot allocator in charge (frames given, not
 * handed over yet)?
 */
bool xmem_boot_active(void);

/**
 * xmem_boot_ram - the @i-th range of RAM ever given, allocated parts included.
 * @smfn, @emfn: set to its first frame and the frame behind its last.
 *
 * Ascending by address, neighbours merged. For the direct map, the frame
 * table, mfn_valid(). Stays readable after end_boot_allocator().
 * Return: false if there are no more than @i ranges.
 */
bool xmem_boot_ram(unsigned int i, unsigned long *smfn, unsigned long *emfn);

/**
 * end_boot_allocator - hand every frame that is left to the heap, after
 * arch_init_frametable().
 *
 * Makes a span of each part of the RAM that is close together, with metadata
 * from boot frames below xenheap_max_mfn(), and gives the heap what is free.
 * Names bytes that still wait for the rest of their page, as no range will
 * bring it. Costs time by ranges and orders, not by pages. Called once.
 */
void end_boot_allocator(void);

#endif /* XMEM_BOOT_H */
