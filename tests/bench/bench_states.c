/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench_states.c - a heap in each state that decides what a single frame costs
 *
 * usage: bench_states MiB
 *
 * half    every second frame of a group is free, and nothing else
 * sole    each free frame is the only one of its group
 * split   nothing is free but a block of order 16: it is split, and merges
 * steady  70 to 90 % of 1 GiB are in use, in blocks of orders that came and
 *	   went at random, and go on to do so between two pairs
 *
 * A group is the frames of one word of the engine, XMEM_WORD_BITS of them. The
 * cases are pairs of alloc_domheap_page() and alloc_xenheap_page() with their
 * frees, without caches: dom_half, xen_half and so on.
 */
#include <string.h>

#include <xmem_host.h>

#include <xmem/xmem.h>

#include "test.h"

#include "lib/bits.h"

#include "../bench/bench.h"
#include "../bench/pairs.h"

#define ORDER_OF_PART 16
#define FRAMES	      (1UL << ORDER_OF_PART)
#define MAX_BLOCKS    (1UL << 18)

struct block {
	struct page_info *pg;
	unsigned int order;
};

static struct block *blocks;
static unsigned long nr_blocks;
static unsigned long nr_frames;

static bool take(unsigned int order)
{
	struct page_info *pg = alloc_domheap_pages(NULL, order, MEMF_no_scrub);

	if (pg == NULL) {
		return false;
	}
	bench_need(nr_blocks < MAX_BLOCKS ? blocks : NULL, "room for blocks");
	blocks[nr_blocks++] = (struct block){pg, order};
	nr_frames += 1UL << order;
	return true;
}

static void give(unsigned long i)
{
	struct block b = blocks[i];

	blocks[i] = blocks[--nr_blocks];
	nr_frames -= 1UL << b.order;
	free_domheap_pages(b.pg, b.order);
}

static void give_all(void)
{
	while (nr_blocks != 0) {
		give(nr_blocks - 1);
	}
}

/* All of memory but @nr frames. */
static void take_all_but(unsigned long nr)
{
	for (unsigned int order = MAX_ORDER + 1; order-- != 0;) {
		while (total_free_pages() >= nr + (1UL << order) &&
		       take(order)) {
		}
	}
}

static void run(const char *state)
{
	unsigned int order = 0;
	char name[32];

	snprintf(name, sizeof(name), "dom_%s", state);
	bench_run(name, pair_domheap, &order, 1000);
	snprintf(name, sizeof(name), "xen_%s", state);
	bench_run(name, pair_xenheap, &order, 1000);
}

/* Of a part of memory every @step-th frame is free, and nothing else. */
static void in_pattern(const char *state, unsigned long step)
{
	struct page_info *part =
		alloc_domheap_pages(NULL, ORDER_OF_PART, MEMF_no_scrub);

	bench_need(part, "a part of memory");
	take_all_but(0);
	for (unsigned long i = 0; i < FRAMES; i += step) {
		free_domheap_pages(part + i, 0);
	}
	run(state);
	for (unsigned long i = 0; i < FRAMES; i++) {
		if (i % step != 0) {
			free_domheap_pages(part + i, 0);
		}
	}
	give_all();
}

/* -- the steady state ------------------------------------------------------ */

static uint64_t seed = 88172645463325252ULL;
static unsigned long total; /* frames in use, if all were */

/* Half of all blocks are single frames, a quarter of order 1, ... */
static void churn(unsigned long steps)
{
	const unsigned long room = 1UL << (30 - PAGE_SHIFT);

	while (steps-- != 0) {
		uint64_t x = test_random(&seed);
		unsigned long left = total - nr_frames;

		if (left > room / 10 * 3 ||
		    (left > room / 10 && x >> 63 != 0)) {
			(void)take((unsigned int)__builtin_ctzl(x | 1UL << 9));
		} else {
			give((unsigned long)(x >> 8) % nr_blocks);
		}
	}
}

static bench_op *measured;

static void churn_and_pair(void *arg)
{
	bench_pause_or_go_on();
	churn(20);
	bench_pause_or_go_on();
	measured(arg);
}

static void in_steady_state(void)
{
	unsigned int order = 0;
	unsigned long others;

	total = total_free_pages();
	take_all_but(1UL << (30 - PAGE_SHIFT));
	/* What is no part of the churn stays where it is. */
	others = nr_blocks;
	blocks += others;
	nr_blocks = 0;
	churn(100000);
	measured = pair_domheap;
	bench_run("dom_steady", churn_and_pair, &order, 1000);
	measured = pair_xenheap;
	bench_run("xen_steady", churn_and_pair, &order, 1000);
	give_all();
	blocks -= others;
	nr_blocks = others;
	give_all();
}

int main(int argc, char **argv)
{
	struct xmem_host_config config;

	memset(&config, 0, sizeof(config));
	config.ram_bytes = (argc > 1 ? strtoull(argv[1], NULL, 10) : 1024)
			   << 20;
	if (xmem_host_boot(&config) != 0) {
		return 1;
	}
	bench_need(xmem_cpu_down(0) == 0 ? &config : NULL, "no caches");
	blocks = calloc(MAX_BLOCKS, sizeof(*blocks));
	bench_need(blocks, "memory");
	bench_overhead();
	in_pattern("half", 2);
	in_pattern("sole", XMEM_WORD_BITS);
	in_pattern("split", 1);
	in_steady_state();
	free(blocks);
	return 0;
}
