/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot_priv.h - the table of RAM, for this folder
 *
 * I1  pieces ascend and do not overlap
 * I2  none is empty
 * I3  touching pieces of one node differ in `used`
 */
#ifndef BOOT_PRIV_H
#define BOOT_PRIV_H

#include <xmem/boot.h>

/* Bits of the addresses that may be RAM: the architecture's, as long as a
 * frame number and the one behind it fit in an unsigned long. */
#define BOOT_WORD_BITS (sizeof(long) * 8 - 1 + PAGE_SHIFT)
#define BOOT_PADDR_BITS \
	(PADDR_BITS < BOOT_WORD_BITS ? PADDR_BITS : BOOT_WORD_BITS)

struct boot_piece {
	unsigned long start;
	unsigned long end;
	bool used;
};

/* One piece more than may stay: a new one, before it merges. */
struct boot_table {
	struct boot_piece piece[XMEM_CONFIG_BOOT_REGIONS + 1];
	unsigned int nr;
	bool ended;
};

/* The table (boot.c). */
XMEM_HIDDEN extern struct boot_table xmem_boot;

/** Position of the first piece that ends behind frame @mfn, or xmem_boot.nr. */
unsigned int xmem_boot_find(unsigned long mfn);

/**
 * Frames [@start, @end), which are on one node and not RAM yet, become free
 * RAM. Return: false if that takes an entry and would leave fewer than @spare.
 */
XMEM_MUST_CHECK bool xmem_boot_insert(unsigned long start, unsigned long end,
				      unsigned int spare);

#endif /* BOOT_PRIV_H */
