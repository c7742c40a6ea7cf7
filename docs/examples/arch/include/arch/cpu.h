/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cpu.h - the CPU instructions that the library needs
 *
 * In a real port this file holds all inline assembly, and nothing else: one
 * inline function for each instruction, with its place in the manual. Only the
 * other files of the architecture include it, so names and contents are free.
 *
 * skel has no assembler. Its instructions are functions that a test defines
 * (tests/sim/skel); a real port has one line of
 *
 *	__asm__ volatile("..." : ... : "memory");
 */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include <xmem/types.h>

XMEM_BEGIN_DECLS

/** skel_read_root - physical address of the root table in use. */
uint64_t skel_read_root(void);

/** skel_drop_page - drop the translation of @va, and the cached tables above
 * it, on this CPU. */
void skel_drop_page(unsigned long va);

/** skel_drop_all - drop all translations and cached tables on this CPU. */
void skel_drop_all(void);

/** skel_order_walks - all stores before it are seen by the table walks, of all
 *  CPUs, that begin after it. */
void skel_order_walks(void);

XMEM_END_DECLS

#endif /* ARCH_CPU_H */
