/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * shares.c - what is free, by the lists of those who use the rest
 *
 * An oracle: it knows nothing of the allocator but the blocks that it handed
 * out. From these it says how many frames are free and how many of them lie in
 * wholly free superpages, the most that any allocator could hand out; and which
 * free blocks there are once all neighbours have merged.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xmem/xmem.h>

#include "workload.h"

#define SUPERPAGE 9

/* For each frame: is it in use? */
static unsigned char *used;

static void wrong(const char *tag, const char *what, size_t got, size_t want)
{
	fprintf(stderr, "%s at %s: %zu, but it is %zu\n", what, tag, got, want);
	exit(3);
}

static void mark_used(block_t b)
{
	size_t first = block_first(b);

	if (memchr(used + first, 1, block_frames(b)) != NULL) {
		fprintf(stderr, "frame %zu was handed out twice\n", first);
		exit(3);
	}
	memset(used + first, 1, block_frames(b));
}

static void look_at_all(void)
{
	if (used == NULL) {
		used = bench_memory(opt.frames, 1);
	}
	memset(used, 0, opt.frames);
	for (unsigned int i = 0; i < opt.cpus; i++) {
		for (size_t k = 0; k < cpus[i].nr_live; k++) {
			mark_used(cpus[i].live[k]);
		}
	}
}

/* Frames that are free. */
static size_t count_free(void)
{
	size_t nr = 0;

	for (size_t i = 0; i < opt.frames; i++) {
		nr += used[i] == 0;
	}
	return nr;
}

/* Superpages that are wholly free. */
static size_t count_superpages(void)
{
	const size_t frames = (size_t)1 << SUPERPAGE;
	size_t nr = 0;

	for (size_t i = 0; i + frames <= opt.frames; i += frames) {
		nr += memchr(used + i, 1, frames) == NULL;
	}
	return nr;
}

/* As many blocks of @order as the allocator finds; all go back. */
static size_t count_available(unsigned int order)
{
	static uint64_t *addr;
	size_t nr = 0;

	if (addr == NULL) {
		addr = bench_memory(opt.frames >> SUPERPAGE, sizeof(*addr));
	}
	while (nr < opt.frames >> order &&
	       (addr[nr] = pfa_alloc(order, 0)) != PFA_FAIL) {
		nr++;
	}
	for (size_t i = 0; i < nr; i++) {
		pfa_free(addr[i], order, 0);
	}
	return nr;
}

/* -- complete merging ------------------------------------------------------ */

/* A block does not reach from one arena into the next. */
static bool in_one_arena(size_t first, size_t nr)
{
	return first / adapter_span_frames ==
	       (first + nr - 1) / adapter_span_frames;
}

/* May the block of @order at @first and the next one be one block? */
static bool merges(size_t first, unsigned int order)
{
	size_t nr = (size_t)2 << order;

	return order < pfa_max_order && first + nr <= opt.frames &&
	       in_one_arena(first, nr);
}

/* Count the free blocks that do not merge, by order. used[i] becomes, for the
 * first frame of a free block of the order at hand, 0. */
static void merge_all(size_t blocks[])
{
	for (unsigned int order = 0; order <= pfa_max_order; order++) {
		size_t nr = (size_t)1 << order;

		blocks[order] = 0;
		for (size_t i = 0; i < opt.frames; i += 2 * nr) {
			bool low = used[i] == 0;
			bool high = i + nr < opt.frames && used[i + nr] == 0;

			if (low && high && merges(i, order)) {
				continue;
			}
			used[i] = 1;
			blocks[order] += (size_t)low + high;
		}
	}
}

void check_merged(const char *tag)
{
	size_t blocks[MAX_ORDERS];
	struct xmem_heap_stats stats;

	look_at_all();
	merge_all(blocks);
	xmem_heap_get_stats(0, &stats);
	for (unsigned int i = 0; i <= pfa_max_order; i++) {
		if (stats.free_blocks[i] != blocks[i]) {
			fprintf(stderr, "order %u: ", i);
			wrong(tag, "free blocks", stats.free_blocks[i],
			      blocks[i]);
		}
	}
}

/* -- the line -------------------------------------------------------------- */

static size_t in_ten_thousand(size_t part, size_t all)
{
	return all == 0 ? 0 : (part * 10000 + all / 2) / all;
}

void report_shares(const char *tag, bool exactly)
{
	size_t frames, superpages, share9;

	look_at_all();
	frames = count_free();
	superpages = count_superpages();
	share9 = in_ten_thousand(superpages << SUPERPAGE, frames);
	if (pfa_free_frames() != frames) {
		wrong(tag, "free frames", pfa_free_frames(), frames);
	}
	printf("share tag=%s free=%zu superpages=%zu share=%zu.%04zu", tag,
	       frames, superpages, share9 / 10000, share9 % 10000);
	if (exactly) {
		pfa_quiesce();
		check_merged(tag);
		printf(" available9=%zu", count_available(SUPERPAGE));
		printf(" available10=%zu", count_available(SUPERPAGE + 1));
	}
	printf("\n");
	fflush(stdout);
}
