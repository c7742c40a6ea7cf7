/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * frag.c - how much memory is left in whole superpages, and is it all right?
 *
 *  frag     all of memory as single frames, a random half of which is given
 *	     back; then, so many times, a tenth is given and taken again (the
 *	     benchmark of Wrenger et al., LLFree, USENIX ATC 2023)
 *  fragmix  after mixed: at the steady state; with a random half given back;
 *	     and when only its single frames stay, as where guests have gone
 *  verify   blocks are aligned, inside, and disjoint; all of memory comes back
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workload.h"

static void report_on_first(const struct cpu *c, const char *tag, bool exactly)
{
	all_here();
	if (c->id == 0) {
		report_shares(tag, exactly);
	}
	all_here();
}

/* -- frag ------------------------------------------------------------------ */

/* Each CPU gets its part of all blocks, at random. */
static void deal(void)
{
	size_t nr;
	const block_t *all = gather(true, &nr);
	size_t each = nr / opt.cpus;

	for (unsigned int i = 0; i < opt.cpus; i++) {
		struct cpu *c = &cpus[i];

		c->nr_live = i + 1 < opt.cpus ? each : nr - i * each;
		c->used = c->nr_live;
		memcpy(c->live, all + i * each, c->nr_live * sizeof(*all));
	}
}

static void give_random(struct cpu *c, size_t nr)
{
	while (nr-- != 0) {
		give(c, scale(draw(&c->seed), c->nr_live));
	}
}

void run_frag(struct cpu *c)
{
	size_t tenth;

	take_many(c, share(), 0);
	all_here();
	if (c->id == 0) {
		deal();
	}
	all_here();
	for (size_t n = c->nr_live - c->nr_live / 2; n != 0; n--) {
		give(c, c->nr_live - 1);
	}
	report_on_first(c, "half", false);
	tenth = c->nr_live / 10;
	for (uint64_t i = 0; i < opt.rounds; i++) {
		give_random(c, tenth);
		all_here();
		take_many(c, tenth, 0);
		all_here();
	}
	report_on_first(c, "end", true);
}

/* -- fragmix --------------------------------------------------------------- */

/* As where guests have gone: what is large was theirs. */
static void keep_single_frames(struct cpu *c)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->nr_live; i++) {
		block_t b = c->live[i];

		if (block_order(b) == 0) {
			c->live[kept++] = b;
		} else {
			c->used -= block_frames(b);
			give_many(c, &b, 1);
		}
	}
	c->nr_live = kept;
}

/* A superpage that could not be had although memory was free. */
static void report_superpages(void)
{
	unsigned long long tried = 0;
	unsigned long long failed = 0;

	for (unsigned int i = 0; i < opt.cpus; i++) {
		tried += cpus[i].tried[9];
		failed += cpus[i].failed[9];
	}
	printf("superpages tried=%llu failed=%llu\n", tried, failed);
}

void run_fragmix(struct cpu *c)
{
	churn_warm_up(c);
	churn(c, opt.rounds);
	report_on_first(c, "steady", true);
	if (c->id == 0) {
		report_superpages();
	}
	give_random(c, c->nr_live - c->nr_live / 2);
	report_on_first(c, "halffreed", true);
	keep_single_frames(c);
	report_on_first(c, "only0left", true);
}

/* -- verify ---------------------------------------------------------------- */

static void check_block(block_t b)
{
	size_t first = block_first(b);
	size_t nr = block_frames(b);

	if (first % nr != 0 || first + nr > opt.frames) {
		fprintf(stderr, "verify: no such block: frame %zu, order %u\n",
			first, block_order(b));
		exit(3);
	}
}

void run_verify(struct cpu *c)
{
	churn_warm_up(c);
	churn(c, opt.rounds);
	for (size_t i = 0; i < c->nr_live; i++) {
		check_block(c->live[i]);
	}
	report_on_first(c, "verify", false);
	give_many(c, c->live, c->nr_live);
	c->nr_live = 0;
	c->used = 0;
	report_on_first(c, "all-free", true);
}
