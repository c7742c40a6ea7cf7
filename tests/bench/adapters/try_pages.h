/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * try_pages.h - a short workload for pages/xmem.c, as a benchmark would run it
 *
 * Blocks of all small orders come and go at random until memory is full, no
 * two overlap, and all of it is free at the end.
 */
#ifndef TRY_PAGES_H
#define TRY_PAGES_H

#include "pages/xmem.c"

#include "../../embed/common/tap.h"

#define FRAMES 4096UL
#define SLOTS  512U

static unsigned char used[FRAMES];
static uint64_t addr_of[SLOTS];
static unsigned order_of[SLOTS];
static int bad;

void *pfa_map(size_t bytes, int prefault)
{
	(void)prefault;
	return calloc(1, bytes);
}

/* The block in slot @i is in use from now on, or no more. */
static void mark(unsigned i, unsigned char now)
{
	unsigned long first = (addr_of[i] - PFA_BASE) >> PAGE_SHIFT;
	unsigned long nr = 1UL << order_of[i];

	if (first % nr != 0 || first + nr > FRAMES) {
		bad++;
		return;
	}
	for (unsigned long f = first; f < first + nr; f++) {
		bad += used[f] == now;
		used[f] = now;
	}
}

static void give(unsigned i)
{
	if (addr_of[i] != PFA_FAIL) {
		mark(i, 0);
		pfa_free(addr_of[i], order_of[i], 0);
		addr_of[i] = PFA_FAIL;
	}
}

static int try_pages(void)
{
	unsigned seed = 1, failed = 0;

	tap(pfa_init(PFA_BASE, FRAMES, 1) == 0, "all memory is free");
	tap(pfa_metadata_bytes() > 0, "metadata is counted");
	for (unsigned n = 0; n < 20000; n++) {
		unsigned i;

		seed = seed * 1103515245 + 12345;
		i = (seed >> 8) % SLOTS;
		give(i);
		order_of[i] = (seed >> 20) % 6;
		addr_of[i] = pfa_alloc(order_of[i], 0);
		if (addr_of[i] == PFA_FAIL) {
			failed++;
		} else {
			mark(i, 1);
		}
	}
	tap(bad == 0, "blocks are aligned, in RAM, and nobody else's");
	tap(failed > 0, "memory was full at times");
	for (unsigned i = 0; i < SLOTS; i++) {
		give(i);
	}
	pfa_quiesce();
	tap(pfa_free_frames() == FRAMES, "all memory is free again");
	tap(xmem_heap_check() == NULL, "the heap is sound");
	return tap_end();
}

#endif /* TRY_PAGES_H */
