/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bulk.c - all of memory comes and goes, and blocks that change CPUs
 *
 *  bulk      all of memory in blocks of one order, then all given back in order
 *  rand      the same, given back at random
 *  cross     the same, in order, each CPU giving what another one took
 *  prodcons  CPUs in pairs: one takes, the other gives, by a ring between them
 */
#include <stdio.h>
#include <stdlib.h>

#include "workload.h"

/* The second of two passes counts: caches are warm, and page tables there. */
static void pass(struct cpu *c, bool counts, bool shuffled, unsigned int turn)
{
	static block_t *all;
	static size_t nr;
	size_t mine, first;

	all_here();
	if (counts) {
		window_open(c);
	}
	take_many(c, share() >> opt.order, opt.order);
	if (counts) {
		window_close(c, "take", c->nr_live);
	}
	all_here();
	if (c->id == 0) {
		all = gather(shuffled, &nr);
	}
	all_here();
	mine = nr / opt.cpus;
	first = (c->id + turn) % opt.cpus * mine;
	if (counts) {
		window_open(c);
	}
	give_many(c, all + first, mine);
	if (counts) {
		window_close(c, "give", mine);
	}
	if (c->id == 0) {
		give_many(c, all + mine * opt.cpus, nr - mine * opt.cpus);
	}
	all_here();
}

static void both_passes(struct cpu *c, bool shuffled, unsigned int turn)
{
	pass(c, false, shuffled, turn);
	pass(c, true, shuffled, turn);
}

void run_bulk(struct cpu *c)
{
	both_passes(c, false, 0);
}

void run_rand(struct cpu *c)
{
	both_passes(c, true, 0);
}

void run_cross(struct cpu *c)
{
	both_passes(c, false, 1);
}

/* -- producer and consumer ------------------------------------------------- */

#define RING 1024

/* What one has put in, and what the other has got out: each on a line of its
 * own, and only that CPU writes it. */
static struct ring {
	uint64_t in __attribute__((__aligned__(128)));
	uint64_t out __attribute__((__aligned__(128)));
	uint64_t addr[RING] __attribute__((__aligned__(128)));
} rings[MAX_CPUS / 2];

static void produce(struct cpu *c, struct ring *r)
{
	for (uint64_t i = 0; i < opt.rounds; i++) {
		uint64_t addr;

		while (i - __atomic_load_n(&r->out, __ATOMIC_ACQUIRE) == RING) {
			__builtin_ia32_pause();
		}
		while ((addr = pfa_alloc(opt.order, c->id)) == PFA_FAIL) {
			c->failed[opt.order]++;
			__builtin_ia32_pause();
		}
		r->addr[i % RING] = addr;
		__atomic_store_n(&r->in, i + 1, __ATOMIC_RELEASE);
	}
}

static void consume(struct cpu *c, struct ring *r)
{
	for (uint64_t i = 0; i < opt.rounds; i++) {
		uint64_t addr;

		while (__atomic_load_n(&r->in, __ATOMIC_ACQUIRE) == i) {
			__builtin_ia32_pause();
		}
		addr = r->addr[i % RING];
		__atomic_store_n(&r->out, i + 1, __ATOMIC_RELEASE);
		pfa_free(addr, opt.order, c->id);
	}
}

void run_prodcons(struct cpu *c)
{
	if (opt.cpus % 2 != 0) {
		fprintf(stderr, "prodcons: CPUs come in pairs (-t 2)\n");
		exit(1);
	}
	window_open(c);
	if (c->id % 2 == 0) {
		produce(c, &rings[c->id / 2]);
	} else {
		consume(c, &rings[c->id / 2]);
	}
	window_close(c, "operation", opt.rounds);
}
