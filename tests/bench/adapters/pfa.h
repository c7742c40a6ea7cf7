/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pfa.h - what a benchmark of page allocators asks of an adapter
 *
 * A stand-in for the header of that name that the benchmark brings, for the
 * programs of this folder. Addresses are physical: nobody follows them.
 */
#ifndef PFA_H
#define PFA_H

#include <stddef.h>
#include <stdint.h>

#define PFA_BASE 0x100000000ULL
#define PFA_FAIL 0ULL

extern const char pfa_name[];
extern const unsigned pfa_max_order;

/* From @base on @frames frames are free. 0, or it failed. */
int pfa_init(uint64_t base, size_t frames, unsigned ncpu);
/* 2^@order frames for CPU @cpu, aligned; PFA_FAIL if there are none. */
uint64_t pfa_alloc(unsigned order, unsigned cpu);
void pfa_free(uint64_t addr, unsigned order, unsigned cpu);
/* What CPUs keep for themselves goes back. */
void pfa_quiesce(void);
size_t pfa_metadata_bytes(void);
size_t pfa_free_frames(void);

/* The benchmark's: zeroed memory, aligned to 2 MiB; @prefault: all there. */
void *pfa_map(size_t bytes, int prefault);

#endif /* PFA_H */
