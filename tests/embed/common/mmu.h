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

#define MY_READ	    1U
#define MY_WRITE    2U
#define MY_NO_FRAME (~0UL)

/** Map the page at @va to @frame, with @rights: MY_READ, perhaps MY_WRITE; 0:
 *  it cannot be accessed, but the frame is kept. The TLB is not flushed. false:
 *  no memory for a table. */
bool my_map(unsigned long va, unsigned long frame, unsigned int rights);

/** Forget the page at @va; its table stays, the TLB is not flushed. Return: the
 *  frame that was mapped or kept there, or MY_NO_FRAME. */
unsigned long my_unmap(unsigned long va);

/** The frame that is found at @va, or MY_NO_FRAME. */
unsigned long my_lookup(unsigned long va);

/** Drop what the TLBs know of @nr pages from @va on. */
void my_flush(unsigned long va, unsigned long nr);

/* An entry: the frame << PAGE_SHIFT, and these bits. The hardware reads the
 * first two; an entry without MY_PRESENT is the kernel's own. */
#define MY_PRESENT  1UL
#define MY_WRITABLE 2UL
#define MY_PARKED   4UL

/** The entry of @va; NULL if it has no table, and with @make if there is no
 *  memory for one. */
volatile unsigned long *my_entry(unsigned long va, bool make);

/* How many more tables there may be. */
extern unsigned int my_tables_left;

#endif /* MMU_H */
