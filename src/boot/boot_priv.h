/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot_priv.h - the table of RAM, for this folder
 *
 * Pieces of RAM fill the table from its start; fragments, which are bytes that
 * fill no page, from its end.
 *
 * I1  pieces ascend and do not overlap
 * I2  none is empty
 * I3  touching pieces differ in `used`
 * I4  nr + nr_fragments <= XMEM_CONFIG_BOOT_REGIONS
 * I5  a fragment lies in one frame, which is no RAM and which it does not
 *     fill; fragments do not overlap, and touch only where two frames meet
 */
#ifndef BOOT_PRIV_H
#define BOOT_PRIV_H

#include <xmem/boot.h>
#include <xmem/hooks.h>

#include "lib/phase.h"

/* Bits of an address of RAM: as the architecture says, but a frame number and
 * the next one must fit in an unsigned long. */
#define BOOT_WORD_BITS (sizeof(long) * 8 - 1 + PAGE_SHIFT)
#define BOOT_PADDR_BITS \
	(PADDR_BITS < BOOT_WORD_BITS ? PADDR_BITS : BOOT_WORD_BITS)

/*
 * Entries that are left when RAM is added, for cuts. A cut in the middle of a
 * piece needs two. Allocations and xmem_boot_reserve() also work without
 * entries, but then lose memory; so xmem_boot_reserve() leaves
 * BOOT_SPARE_ALLOC entries to allocations.
 */
#define BOOT_SPARE	 8U
#define BOOT_SPARE_ALLOC 2U

_Static_assert(BOOT_SPARE < XMEM_CONFIG_BOOT_REGIONS,
	       "XMEM_CONFIG_BOOT_REGIONS leaves no entry for RAM");

struct boot_piece {
	unsigned long start;
	unsigned long end;
};

/* Two more than the table may have: for new pieces before they merge. */
#define BOOT_ENTRIES (XMEM_CONFIG_BOOT_REGIONS + 2U)

struct boot_table {
	struct boot_piece piece[BOOT_ENTRIES];
	bool used[BOOT_ENTRIES]; /* apart: a third less than in the pieces */
	unsigned int nr;
	unsigned int nr_fragments;
};

/* The table (boot.c). */
XMEM_HIDDEN extern struct boot_table xmem_boot;

/** Position of the piece that holds frame @mfn, or else of the first one above
 *  it; xmem_boot.nr if there is none. */
unsigned int xmem_boot_find(unsigned long mfn);

/** Has the heap taken over? */
static inline bool boot_has_ended(void)
{
	return xmem_phase_is_done(XMEM_PHASE_HANDOVER);
}

/** Has the table room for @more entries? */
static inline bool boot_has_room(unsigned int more)
{
	return xmem_boot.nr + xmem_boot.nr_fragments + more <=
	       XMEM_CONFIG_BOOT_REGIONS;
}

/**
 * Add the frames [@start, @end), which are not RAM yet, as free RAM. Return:
 * false, with nothing changed, if that needs an entry and would leave fewer
 * than @spare.
 */
XMEM_MUST_CHECK bool xmem_boot_insert(unsigned long start, unsigned long end,
				      unsigned int spare);

/** xmem_boot_take(), xmem_boot_give(). (boot.c) */
XMEM_MUST_CHECK unsigned long xmem_piece_take(unsigned long nr,
					      unsigned long align,
					      unsigned long smfn,
					      unsigned long emfn);
XMEM_MUST_CHECK bool xmem_piece_give(unsigned long mfn);

/** Print that @size bytes of RAM from @start on are not used, and why. */
void xmem_boot_ignore(paddr_t start, paddr_t size, const char *why);

/** What to do when the table is full, for messages. */
#define BOOT_FULL "raise XMEM_CONFIG_BOOT_REGIONS"

/*
 * Fragment @i. Its entry has the frame in `start`. `end` has the offset of its
 * first byte in that frame and, BOOT_LAST bits higher, that of the last one.
 */
#define BOOT_LAST 16

_Static_assert(PAGE_SHIFT <= BOOT_LAST, "an offset into a page has more bits");

static inline struct boot_piece *boot_fragment(unsigned int i)
{
	return &xmem_boot.piece[BOOT_ENTRIES - 1 - i];
}

static inline paddr_t boot_fragment_start(unsigned int i)
{
	const struct boot_piece *f = boot_fragment(i);

	return ((paddr_t)f->start << PAGE_SHIFT) +
	       (f->end & ((1UL << BOOT_LAST) - 1));
}

/* The byte after the last one. */
static inline paddr_t boot_fragment_end(unsigned int i)
{
	const struct boot_piece *f = boot_fragment(i);

	return ((paddr_t)f->start << PAGE_SHIFT) + (f->end >> BOOT_LAST) + 1;
}

#endif /* BOOT_PRIV_H */
