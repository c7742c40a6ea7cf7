/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xmem_host.h - a simulated machine in a Linux process, to run xmem on
 *
 *	struct xmem_host_config config = { 0 };	   a sensible 1 GiB machine
 *
 *	xmem_host_boot(&config);
 *	void *p = xvmalloc(...);		   the whole API, for real
 *	xvfree(p);
 *	leaked = xmem_host_shutdown();
 *
 * RAM is sparse (a memfd): only what is touched costs memory, so 64 TiB are
 * no problem. Page tables live in simulated RAM; every change of them is
 * carried out with mmap(), so a guard page really faults and read-only is
 * really read-only. A frame that enters or leaves the heap while a TLB may
 * still hold a translation to it stops the machine.
 *
 * Compile and link with `pkg-config --cflags --libs xmem-host`.
 */
#ifndef XMEM_HOST_H
#define XMEM_HOST_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** struct xmem_host_range - RAM at [start, end), bytes. */
struct xmem_host_range {
	uint64_t start;
	uint64_t end;
	unsigned int node;
	/* Not given to the boot allocator, but known to the machine: has
	 * descriptors and a direct map. The test adds it when it likes. */
	bool late;
};

/** struct xmem_host_config - the machine to build; 0 is a default. */
struct xmem_host_config {
	/* RAM: by size, laid out as a PC does it (holes below 1 MiB and below
	 * 4 GiB; default 1 GiB), or exactly, in any order. */
	uint64_t ram_bytes;
	const struct xmem_host_range *ranges;
	unsigned int nr_ranges;

	unsigned int nr_cpus;  /* default 1 */
	unsigned int nr_nodes; /* default 1; ram_bytes is split evenly */

	/* XMEM_LAYOUT_FULL, _PARTIAL or _SEPARATE of <xmem/config.h>, and
	 * the xenheap of the latter two: its end as an address, or its size
	 * (default a quarter of RAM). */
	unsigned int layout;
	uint64_t xenheap_bytes;

	uint64_t vmap_bytes;   /* vmap window; default by RAM, <= 64 GiB */
	bool early_vmap;       /* vm_init() before end_boot_allocator() */
	unsigned int block_levels; /* levels that may hold blocks; default 3,
				    * 1 = pages only */

	/* Fault injection from the end of the boot on; see
	 * xmem_host_fail_nth(). 0 = none. */
	unsigned long fail_nth;
	bool fail_persistent;
};

/**
 * xmem_host_boot - power a machine on and do what a hypervisor does at boot:
 * boot allocator, direct map, frame table, hand-over, vmap.
 * @config: NULL is the same as all zero.
 *
 * Return: 0; -EBUSY if a machine runs already, or one ran in this process
 * and the build cannot start the library afresh; -EINVAL for a configuration
 * that makes no sense; -ENOMEM if the process has no room for it.
 */
int xmem_host_boot(const struct xmem_host_config *config);

/**
 * xmem_host_shutdown - check everything, power off.
 *
 * Runs all validators, gives back spare memory of the pools, and compares
 * the free frames with those after boot. Page tables that the vmap windows
 * keep are not leaks. What was found is printed on standard error.
 * Return: pages missing; 0 is what a test expects; ~0UL if a validator or
 * the machine itself found a fault.
 */
unsigned long xmem_host_shutdown(void);

/** xmem_host_cpu_enter - this thread is CPU @cpu from now on. */
void xmem_host_cpu_enter(unsigned int cpu);

/**
 * xmem_host_fail_nth - let the @n-th page allocation from now on fail.
 * @n:          1 = the next one; 0 = no more failures.
 * @persistent: all that follow fail too.
 */
void xmem_host_fail_nth(unsigned long n, bool persistent);

/** xmem_host_nr_failed - allocations failed on purpose, in this process. */
unsigned long xmem_host_nr_failed(void);

/** What a CPU may do with an address. */
enum xmem_host_access {
	XMEM_HOST_READ,
	XMEM_HOST_WRITE, /* writes back the byte it read */
	XMEM_HOST_EXEC,	 /* calls it: the code there must return */
};

/**
 * xmem_host_probe - try an access. Return: true if it worked, false if it
 * raised a page fault (from which this function recovers).
 */
bool xmem_host_probe(const void *va, enum xmem_host_access access);

/** struct xmem_host_stats - what the machine has seen since power-on. */
struct xmem_host_stats {
	unsigned long nr_flushes;  /* xmem_port_tlb_flush() calls */
	unsigned long nr_syncs;	   /* changes of page tables */
	unsigned long nr_mmaps;	   /* real mappings changed for them */
	unsigned long nr_mappings; /* runs mapped now, direct map included */
	unsigned long nr_stale;	   /* translations waiting for a flush */
	unsigned long nr_tables;   /* page tables reachable from the root */
};

void xmem_host_get_stats(struct xmem_host_stats *stats);

/* ---- for tests that do the boot themselves ---- */

/** xmem_host_power_on - the first half of xmem_host_boot(): RAM, no library
 *  call yet. The caller does what xmem_host_boot() would. */
int xmem_host_power_on(const struct xmem_host_config *config);

/** xmem_host_give_ram - init_boot_pages() of all RAM that is not late, and
 *  init_xenheap_pages() in the separate layout. */
void xmem_host_give_ram(void);

/** xmem_host_boot_done - the count of free pages now is what
 *  xmem_host_shutdown() will expect to find. */
void xmem_host_boot_done(void);

/** xmem_host_adopt - the heap has @pages more than at boot, on purpose. */
void xmem_host_adopt(long pages);

/** xmem_host_range_at - the @i-th range of RAM, ascending, in frames.
 *  Return: false if there are no more. */
bool xmem_host_range_at(unsigned int i, unsigned long *smfn,
			unsigned long *emfn);

/** xmem_host_free_window - addresses that nothing uses, for
 *  map_pages_to_xen(). 8 GiB, aligned to 1 GiB. */
void xmem_host_free_window(unsigned long *start, unsigned long *end);

/** xmem_host_mirror - carry out changes of page tables, or only write them
 *  (@on = false: to count the library's instructions alone; what is mapped
 *  meanwhile cannot be accessed and has to go before it is on again). */
void xmem_host_mirror(bool on);

#ifdef __cplusplus
}
#endif

#endif /* XMEM_HOST_H */
