/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * workload.h - what the workloads on page frames share
 *
 * A workload runs on one to MAX_CPUS threads, each of which is a CPU with
 * blocks of its own. What it counts is the calls of pfa_alloc() and pfa_free()
 * (tests/bench/adapters/pfa.h) between window_open() and window_close(): their
 * time, and under callgrind their instructions. Everything that a workload
 * draws comes from the seed, so a run repeats exactly on one CPU.
 *
 * No floating point here: the library and all of this are compiled without it.
 */
#ifndef WORKLOAD_H
#define WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pfa.h"

#define MAX_CPUS   8
#define MAX_ORDERS 32

/* What the command line says. */
struct options {
	const char *workload;
	unsigned int order;
	unsigned int cpus;
	unsigned int arenas;
	unsigned int fill; /* per cent of the frames that are in use */
	bool caches;
	uint64_t rounds;
	size_t frames;
	uint64_t seed;
};
extern struct options opt;

/* A block: the address of its first frame, with its order in the low bits. */
typedef uint64_t block_t;

static inline block_t block_of(uint64_t addr, unsigned int order)
{
	return addr | order;
}

static inline uint64_t block_addr(block_t b)
{
	return b & ~(uint64_t)0xfff;
}

static inline unsigned int block_order(block_t b)
{
	return b & 0xfff;
}

static inline size_t block_frames(block_t b)
{
	return (size_t)1 << block_order(b);
}

static inline size_t block_first(block_t b)
{
	return (block_addr(b) - PFA_BASE) >> 12;
}

struct cpu {
	unsigned int id;
	uint64_t seed;
	block_t *live; /* its blocks, in any order */
	size_t nr_live;
	size_t used;		     /* frames of these */
	uint64_t failed[MAX_ORDERS]; /* allocations, since the last reset */
	uint64_t tried[MAX_ORDERS];  /* the same, all of them */
	uint64_t opened[2];	     /* clocks: of the thread, on the wall */
} __attribute__((__aligned__(128)));
extern struct cpu cpus[MAX_CPUS];

/* The adapter's: frames of an arena; and, use the caches of all CPUs from now
 * on, or do not. False: there are none. */
extern unsigned long adapter_span_frames;
bool adapter_use_caches(bool on);

/* -- run.c ---------------------------------------------------------------- */

/** All of a program, as its command line says. */
int run_pages(int argc, char **argv);

/** Wait until all CPUs are here. */
void all_here(void);

/** What all CPUs do from now on counts. */
void window_open(struct cpu *c);

/** No more: that was @ops operations, of this CPU, called @phase. */
void window_close(struct cpu *c, const char *phase, uint64_t ops);

/** Zeroed memory for @n objects of @size bytes, nothing of it touched. */
void *bench_memory(size_t n, size_t size);

/* -- random numbers -------------------------------------------------------- */

/* wyrand (Wang Yi, public domain). */
static inline uint64_t draw(uint64_t *seed)
{
	__uint128_t product;

	*seed += 0xa0761d6478bd642fULL;
	product = (__uint128_t)*seed * (*seed ^ 0xe7037ed1a0b428dbULL);
	return (uint64_t)(product >> 64) ^ (uint64_t)product;
}

/* The share @x / 2^64 of @n: a number below @n. */
static inline size_t scale(uint64_t x, size_t n)
{
	return (size_t)((__uint128_t)x * n >> 64);
}

/* -- Blocks of one CPU: blocks.c ------------------------------------------- */

/** Frames that are this CPU's part of all. */
size_t share(void);

/** A block of @order for @c, kept in its list. False: there is none. */
bool take(struct cpu *c, unsigned int order);

/** Give back block @i of the list of @c, whose last one comes in its place. */
void give(struct cpu *c, size_t i);

/** @nr blocks of @order for @c, or until there is none. */
void take_many(struct cpu *c, size_t nr, unsigned int order);

/** Give back @nr blocks that stand in @list. */
void give_many(struct cpu *c, const block_t *list, size_t nr);

/** The blocks of all CPUs in one list of *@nr, shuffled or as they came. */
block_t *gather(bool shuffled, size_t *nr);

/* -- The state after a workload: shares.c ---------------------------------- */

/** Print how many frames are free, and how many in whole superpages; and, if
 *  @exactly, what the allocator itself says when it is asked for all of them.
 */
void report_shares(const char *tag, bool exactly);

/** Does the heap have just the free blocks that complete merging gives? Stop
 *  the program if it has not. */
void check_merged(const char *tag);

/* -- Workloads, each called on all CPUs. ----------------------------------- */

/* churn.c */
void run_repeat(struct cpu *c);
void run_repeat_steady(struct cpu *c);
void run_mixed(struct cpu *c);
void churn_warm_up(struct cpu *c);
void churn(struct cpu *c, uint64_t rounds);
/* bulk.c */
void run_bulk(struct cpu *c);
void run_rand(struct cpu *c);
void run_cross(struct cpu *c);
void run_prodcons(struct cpu *c);
/* frag.c */
void run_frag(struct cpu *c);
void run_fragmix(struct cpu *c);
void run_verify(struct cpu *c);

#endif /* WORKLOAD_H */
