/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cpu.h - the instructions that the library needs of a CPU
 *
 * Here is all that is inline assembly in a real port, and nothing else, each
 * instruction an inline function with its source in the manual. Nobody else
 * includes it but the other files of the architecture, so names and contents
 * are free.
 *
 * skel has no assembler. Its instructions are functions that a test defines
 * (tests/sim/skel), where a real port has one line of
 *
 *	__asm__ volatile("..." : ... : "memory");
 */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include <xmem/types.h>

/** skel_read_root - physical address of the root table in use. */
uint64_t skel_read_root(void);

/** skel_drop_page - forget the translation of @va, and where the tables above
 *  it are: this CPU. */
void skel_drop_page(unsigned long va);

/** skel_drop_all - forget all translations and tables: this CPU. */
void skel_drop_all(void);

/** skel_order_walks - stores before it are seen by walks of the tables, of
 *  all CPUs, that begin after it. */
void skel_order_walks(void);

#endif /* ARCH_CPU_H */
