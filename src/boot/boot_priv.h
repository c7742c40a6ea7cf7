/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot_priv.h - the table of RAM, for this folder
 *
 * Pieces fill the table from its start, fragments from its end.
 *
 * I1  pieces ascend and do not overlap
 * I2  none is empty
 * I3  touching pieces of one node differ in `used`
 * I4  nr + nr_fragments <= XMEM_CONFIG_BOOT_REGIONS
 * I5  a fragment lies in one frame, which is no RAM and which it does not
 *     fill; fragments do not overlap or touch, but at a border of frames
 */
#ifndef BOOT_PRIV_H
#define BOOT_PRIV_H

#include <xmem/boot.h>

#include "lib/phase.h"

/* Bits of the addresses that may be RAM: the architecture's, as long as a
 * frame number and the one behind it fit in an unsigned long. */
#define BOOT_WORD_BITS (sizeof(long) * 8 - 1 + PAGE_SHIFT)
#define BOOT_PADDR_BITS \
	(PADDR_BITS < BOOT_WORD_BITS ? PADDR_BITS : BOOT_WORD_BITS)

/*
 * Entries that no RAM takes. Cutting a block out of the middle of a piece
 * takes two. Both kinds of cuts go on without entries, but better with some:
 * xmem_boot_reserve() leaves BOOT_SPARE_ALLOC to the allocations.
 */
#define BOOT_SPARE	 8U
#define BOOT_SPARE_ALLOC 2U

_Static_assert(BOOT_SPARE < XMEM_CONFIG_BOOT_REGIONS,
	       "XMEM_CONFIG_BOOT_REGIONS leaves no entry for RAM");

struct boot_piece {
	unsigned long start;
	unsigned long end;
	bool used;
};

/* Entries, and two more for what is new, before it merges. */
#define BOOT_ENTRIES (XMEM_CONFIG_BOOT_REGIONS + 2U)

struct boot_table {
	struct boot_piece piece[BOOT_ENTRIES];
	unsigned int nr;
	unsigned int nr_fragments;
};

/* The table (boot.c). */
XMEM_HIDDEN extern struct boot_table xmem_boot;

/** Position of the first piece that ends behind frame @mfn, or xmem_boot.nr. */
unsigned int xmem_boot_find(unsigned long mfn);

/** Has the heap taken over? */
static inline bool boot_has_ended(void)
{
	return xmem_phase_is_done(XMEM_PHASE_HANDOVER);
}

/** Are there @more entries? */
static inline bool boot_has_room(unsigned int more)
{
	return xmem_boot.nr + xmem_boot.nr_fragments + more <=
	       XMEM_CONFIG_BOOT_REGIONS;
}

/**
 * Frames [@start, @end), which are on one node and not RAM yet, become free
 * RAM. Return: false if that takes an entry and would leave fewer than @spare.
 */
XMEM_MUST_CHECK bool xmem_boot_insert(unsigned long start, unsigned long end,
				      unsigned int spare);

/** Say that @size bytes of RAM from @start on are nobody's, and why. */
void xmem_boot_ignore(paddr_t start, paddr_t size, const char *why);

/** The reason when the table is full. */
#define BOOT_FULL "raise XMEM_CONFIG_BOOT_REGIONS"

/*
 * Fragment @i: bytes that fill no frame. An entry has its frame in `start`,
 * and in `end` its first byte there and, BOOT_LAST bits higher, its last one.
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

/* The byte behind it. */
static inline paddr_t boot_fragment_end(unsigned int i)
{
	const struct boot_piece *f = boot_fragment(i);

	return ((paddr_t)f->start << PAGE_SHIFT) + (f->end >> BOOT_LAST) + 1;
}

#endif /* BOOT_PRIV_H */
