/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * host_priv.h - the state of the machine, for its own files
 *
 * machine.c  power on and off, configuration, boot, leak check
 * memory_map.c  ranges of RAM, nodes
 * mmu.c      address space, direct map, frame table, map_domain_page()
 * mirror.c   page tables -> mmap(), and the TLB
 * fault.c    injected failures, page faults
 * image.c    the library's variables, so that it can start afresh
 */
#ifndef HOST_PRIV_H
#define HOST_PRIV_H

#include <xmem/map.h>
#include <xmem/xmem.h>

#include "xmem_host.h"

#define HOST_MAX_RANGES 2048

struct host_range {
	unsigned long smfn;
	unsigned long emfn;
	unsigned int node;
	bool late;
};

/* [start, end) of addresses. */
struct host_window {
	unsigned long start;
	unsigned long end;
};

struct host_machine {
	bool on;
	struct xmem_host_config config;
	struct host_range range[HOST_MAX_RANGES];
	unsigned int nr_ranges;
	unsigned long xen_smfn; /* separate layout: the xenheap */
	unsigned long xen_emfn;
	int memfd;
	struct host_window reserved; /* all addresses of the machine */
	struct host_window vmap;
	struct host_window vmap_xen;
	struct host_window spare;
	struct host_window cpu_windows;
	bool boot_done;
	unsigned long free_at_boot;
	unsigned long tables_at_boot;
};

extern struct host_machine xmem_host;

/* memory_map.c: fill in ranges. 0 or -EINVAL. */
int xmem_host_plan_ram(const struct xmem_host_config *config);
/* The direct map ends at xmem_host_mapped_end. */
void xmem_host_limit_directmap(void);

/* mmu.c: reserve addresses, map the direct map; and the reverse. */
int xmem_host_mmu_on(void);
void xmem_host_mmu_off(void);
unsigned int xmem_host_open_windows(void);

/* mirror.c */
void xmem_host_mirror_on(void);
void xmem_host_mirror_off(void);
/* The page at @va, @nr pages, is mapped already as the tables will say. */
void xmem_host_mirror_note(unsigned long va, unsigned long nr,
			   unsigned long mfn, unsigned int flags);
/* Really map frames, or nothing (@mfn == XMEM_NO_MFN). */
void xmem_host_mmap(unsigned long va, unsigned long nr, unsigned long mfn,
		    unsigned int flags);
unsigned long xmem_host_count_tables(void);

/* image.c: 0, or -EBUSY if the library cannot be started again. */
int xmem_host_image_reset(void);

#endif /* HOST_PRIV_H */
