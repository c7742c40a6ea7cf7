/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * blocks.c - the blocks that a CPU of a workload has
 */
#include <string.h>

#include "workload.h"

size_t share(void)
{
	return opt.frames / opt.cpus;
}

bool take(struct cpu *c, unsigned int order)
{
	uint64_t addr = pfa_alloc(order, c->id);

	c->tried[order]++;
	if (addr == PFA_FAIL) {
		c->failed[order]++;
		return false;
	}
	c->live[c->nr_live++] = block_of(addr, order);
	c->used += (size_t)1 << order;
	return true;
}

void give(struct cpu *c, size_t i)
{
	block_t b = c->live[i];

	c->live[i] = c->live[--c->nr_live];
	c->used -= block_frames(b);
	pfa_free(block_addr(b), block_order(b), c->id);
}

void take_many(struct cpu *c, size_t nr, unsigned int order)
{
	while (nr-- != 0 && take(c, order)) {
	}
}

void give_many(struct cpu *c, const block_t *list, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		pfa_free(block_addr(list[i]), block_order(list[i]), c->id);
	}
}

/* Fisher and Yates. */
static void shuffle(block_t *list, size_t nr)
{
	uint64_t seed = opt.seed;

	for (size_t i = nr; i > 1; i--) {
		size_t j = scale(draw(&seed), i);
		block_t b = list[i - 1];

		list[i - 1] = list[j];
		list[j] = b;
	}
}

block_t *gather(bool shuffled, size_t *nr)
{
	static block_t *all;

	if (all == NULL) {
		all = bench_memory(opt.frames, sizeof(*all));
	}
	*nr = 0;
	for (unsigned int i = 0; i < opt.cpus; i++) {
		memcpy(all + *nr, cpus[i].live, cpus[i].nr_live * sizeof(*all));
		*nr += cpus[i].nr_live;
		cpus[i].nr_live = 0;
		cpus[i].used = 0;
	}
	if (shuffled) {
		shuffle(all, *nr);
	}
	return all;
}
