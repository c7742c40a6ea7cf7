/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * machine.h - a machine for embedders' kernels: RAM, and a TLB for a window
 *
 * RAM is a file that is mapped at my_ram. An access in the window asks the
 * kernel's page tables once, by my_translate(); the answer holds until
 * machine_flush(). So a flush that is missing, or comes too early, is seen.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include <xmem/config.h>
#include <xmem/types.h>

#define MACHINE_FRAMES	     4096UL
#define MACHINE_WINDOW_PAGES 512UL

extern unsigned char *my_ram;	/* frame 0 */
extern unsigned long my_window; /* the first address of the window */

/** Turn the machine on. */
void machine_start(void);

/** Drop what the TLB knows of @nr pages from @va on, in the window. */
void machine_flush(unsigned long va, unsigned long nr);

/** Can the byte at @va, in the window, be read? */
bool machine_can_read(const void *va);

/** The kernel's page tables: is @va mapped? Then *@frame, *@writable. */
bool my_translate(unsigned long va, unsigned long *frame, bool *writable);

#endif /* MACHINE_H */
