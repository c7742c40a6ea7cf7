/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * churn.c - pairs of allocation and free, and random ones of all orders
 *
 *  repeat         half of memory in use, then pairs of one order: on a heap
 *that was never broken, so each pair splits a large block repeat-steady  the
 *same pairs in the middle of a machine's life: after churn mixed          the
 *churn itself: orders 0 to 9, of which six in ten are order 0, taken and given
 *at random, while the memory in use stays within 10 % of the fill level mixed0
 *the same, all of one order
 */
#include <string.h>

#include "workload.h"

/* -- pairs ----------------------------------------------------------------- */

static __attribute__((__noinline__)) void pairs(struct cpu *c, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++) {
		uint64_t addr = pfa_alloc(opt.order, c->id);

		if (addr == PFA_FAIL) {
			c->failed[opt.order]++;
		} else {
			pfa_free(addr, opt.order, c->id);
		}
	}
}

static void measure_pairs(struct cpu *c)
{
	pairs(c, 1000);
	window_open(c);
	pairs(c, opt.rounds);
	window_close(c, "pair", opt.rounds);
}

void run_repeat(struct cpu *c)
{
	take_many(c, share() / 2 >> opt.order, opt.order);
	measure_pairs(c);
}

void run_repeat_steady(struct cpu *c)
{
	churn_warm_up(c);
	measure_pairs(c);
}

/* -- churn ----------------------------------------------------------------- */

/* Of a thousand allocations, so many are of order 0, 1 ...; a block has 25.4
 * frames on average. */
static const unsigned int permille[] = {600, 80, 80, 80, 40,
					40,  20, 20, 10, 30};

#define DRAWS 1024

/* The order of each of DRAWS equally likely draws. */
static uint8_t order_of_draw[DRAWS];
static bool one_order; /* the workloads whose names end in 0 */

static void make_orders(void)
{
	unsigned int order = 0;
	unsigned int so_far = permille[0];

	one_order = strchr(opt.workload, '0') != NULL;
	for (unsigned int i = 0; i < DRAWS; i++) {
		while (i * 1000 >= so_far * DRAWS) {
			so_far += permille[++order];
		}
		order_of_draw[i] = (uint8_t)order;
	}
}

static unsigned int draw_order(uint64_t x)
{
	return one_order ? opt.order : order_of_draw[x % DRAWS];
}

static size_t level(unsigned int percent)
{
	return share() * (percent < 100 ? percent : 100) / 100;
}

void churn(struct cpu *c, uint64_t rounds)
{
	size_t low = level(opt.fill - 10);
	size_t high = level(opt.fill + 10);

	while (rounds-- != 0) {
		uint64_t x = draw(&c->seed);
		bool more = x >> 63 != 0;

		if (c->used <= low || (more && c->used < high)) {
			(void)take(c, draw_order(x));
		} else {
			give(c, scale(x << 1, c->nr_live));
		}
	}
}

/* Fill memory, then four operations for each live block: the state stays the
 * same from then on. */
void churn_warm_up(struct cpu *c)
{
	if (c->id == 0) {
		make_orders();
	}
	all_here();
	while (c->used < level(opt.fill) &&
	       take(c, draw_order(draw(&c->seed)))) {
	}
	all_here();
	churn(c, 4 * c->nr_live + 20000);
	memset(c->failed, 0, sizeof(c->failed));
	memset(c->tried, 0, sizeof(c->tried));
	all_here();
}

void run_mixed(struct cpu *c)
{
	churn_warm_up(c);
	window_open(c);
	churn(c, opt.rounds);
	window_close(c, "operation", opt.rounds);
}
