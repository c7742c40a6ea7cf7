/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mmu.h - a kernel's own page tables, and what it offers to map pages
 *
 * Other parts of the kernel use the calls. What is below them, the entry of an
 * address, is for those who know the format.
 */
#ifndef MMU_H
#define MMU_H

#include <xmem/types.h>

/** Map the page at @va to @frame. false: no memory for a table. */
bool my_map(unsigned long va, unsigned long frame, bool writable);

/** Unmap the page at @va, if it is mapped, and flush the TLB. A table stays. */
void my_unmap(unsigned long va);

/** The frame that @va is mapped to, or MY_NO_FRAME. */
unsigned long my_lookup(unsigned long va);
#define MY_NO_FRAME (~0UL)

/* An entry: the frame << PAGE_SHIFT, and these. The hardware reads the first
 * two; an entry without MY_PRESENT is the kernel's own. */
#define MY_PRESENT 1UL
#define MY_WRITE   2UL
#define MY_PARKED  4UL

/** The entry of @va; NULL if it has no table, and with @make if there is no
 *  memory for one. */
volatile unsigned long *my_entry(unsigned long va, bool make);

/* How many more tables there may be. */
extern unsigned int my_tables_left;

#endif /* MMU_H */
