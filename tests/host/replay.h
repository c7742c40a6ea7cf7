/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * replay.h - a recorded boot of a hypervisor, done again with xmem
 *
 * The trace (tests/data/boot.ops.txt.gz, format in its first lines) holds
 * every allocator call of a boot with two CPUs, 2 GiB of RAM and one guest.
 * Calls made by the hypervisor (depth 0) are made again through the public
 * API; calls that its allocators made among themselves (depth > 0) are what
 * xmem does in its own way, and are skipped. Sizes, alignments, flags, owners
 * and the CPU are those of the trace; addresses differ.
 *
 * What needs a reading:
 *  B b E     as they are; a `b` that does not belong to xmem's own boot (the
 *	      other hypervisor's frame table) is a boot allocation like any.
 *	      Our own direct map, frame table and vmap window are set up where
 *	      the trace first allocates for its own.
 *  I	      after E: the hand-over, done by end_boot_allocator(). Later: RAM
 *	      of boot modules and init sections comes free, init_domheap_pages()
 *  N	      inside D: done by alloc_domheap_pages(). Alone: frames that never
 *	      were in the heap (the guest's ramdisk) get an owner, as the
 *	      hypervisor's assign_pages() would do it; they come from the boot
 *	      allocator here, and are freed into the heap at the end
 *  P p c     map frames set aside for the purpose (the trace maps firmware
 *	      tables and guest pages)
 *  f -	      xfree(NULL)
 *
 * With pages larger than 4 KiB orders and page counts shrink accordingly.
 */
#ifndef REPLAY_H
#define REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "xmem_host.h"

struct replay;

struct replay_counts {
	unsigned long done[128];   /* calls made, by letter of the trace */
	unsigned long inner;	   /* lines of depth > 0, skipped */
	unsigned long live;	   /* allocations and mappings alive now */
	unsigned long owned;	   /* pages the guest owns now */
	unsigned long owned_trace; /* pages the trace's guest owns at the end */
};

struct replay_options {
	bool touch; /* fill memory, check it is zeroed, check it at the end */
	unsigned int check_every; /* calls between two runs of all validators;
				   * 0 = never */
};

/** replay_load - read @path through gzip. NULL: replay_error() says why. */
struct replay *replay_load(const char *path, struct replay_options options);

/** replay_power_on - xmem_host_power_on() with the RAM of the trace. */
int replay_power_on(const struct replay *r, struct xmem_host_config config);

/** replay_boot - the calls up to the hand-over to the heap, included. */
bool replay_boot(struct replay *r);

/** replay_rest - the calls after it. */
bool replay_rest(struct replay *r);

/** replay_nr_calls - calls that replay_rest() makes. */
unsigned long replay_nr_calls(const struct replay *r);

/** replay_free_all - free what is still alive, newest first. */
bool replay_free_all(struct replay *r);

const struct replay_counts *replay_count(const struct replay *r);

/** replay_error - what went wrong in the function that returned false. */
const char *replay_error(void);

void replay_unload(struct replay *r);

#endif /* REPLAY_H */
