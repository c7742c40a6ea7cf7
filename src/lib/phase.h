/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * phase.h - check that the functions of the boot are called in order
 *
 * Every function of the boot sequence first calls xmem_phase_check(), which
 * panics if it is called too early or too late. phase.c has the order, as a
 * table. A host that replaces a layer does not do the steps of that layer:
 * those of the direct map and frame table count only if arch/directmap.h is
 * in use.
 *
 * Locking     None: before the hand-over one CPU runs, and later calls read
 *             bits that no longer change.
 */
#ifndef LIB_PHASE_H
#define LIB_PHASE_H

#include <xmem/types.h>

/** Functions of the boot: steps, and others that have to come at some time. */
enum xmem_phase {
	XMEM_PHASE_RAM,	       /* init_boot_pages(), xmem_boot_add_ram() */
	XMEM_PHASE_DIRECTMAP,  /* arch_init_directmap() */
	XMEM_PHASE_FRAMETABLE, /* arch_init_frametable() */
	XMEM_PHASE_HANDOVER,   /* end_boot_allocator() */
	XMEM_PHASE_LATE,       /* heap_init_late() */
	XMEM_PHASE_RESERVE,    /* xmem_boot_reserve() */
	XMEM_PHASE_LIMIT,      /* xenheap_max_mfn() */
	XMEM_PHASE_VMAP,       /* vm_init(), vm_init_type() */
	XMEM_PHASE_XENHEAP,    /* init_xenheap_pages() */
	XMEM_PHASE_DOMHEAP,    /* init_domheap_pages() */
	XMEM_PHASE_NR
};

/** Steps that are done, a bit each. */
XMEM_HIDDEN extern unsigned int xmem_phases;

/** Panic if @caller must not call @call now, and say what to call first. */
void xmem_phase_check(enum xmem_phase call, const void *caller);

/** Note that step @step is done. */
static inline void xmem_phase_done(enum xmem_phase step)
{
	xmem_phases |= 1U << step;
}

/** Is step @step done? */
static inline bool xmem_phase_is_done(enum xmem_phase step)
{
	return (xmem_phases >> step & 1) != 0;
}

#endif /* LIB_PHASE_H */
