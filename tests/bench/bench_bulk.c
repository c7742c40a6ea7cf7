/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench_bulk.c - many single frames in one call, a frame
 *
 * usage: bench_bulk
 * include: tests/bench/adapters/port tests/bench/adapters
 * link: src/lib/ src/frame/ src/buddy/ src/heap/ src/page/ src/xenheap/
 * native: the windows of port/arch/layout.h are those of an x86-64 process
 *
 * The machine of the adapters with 1 GiB of RAM, of which a third is in use, in
 * single frames here and there or, "whole", in one block. Half of the rest is
 * allocated and freed in calls of XMEM_FRAMES_A_CALL: as nobody's or a
 * domain's; in the order in which it was obtained, ascending, or at random.
 */
#include <adapter.h>

#include "../bench/bench.h"

#define FRAMES	  (1UL << 18)
#define NR	  (FRAMES / 4)
#define FIRST_MFN (1UL << 20)

static unsigned long mfns[NR];
static struct page_info *pages[NR];
static struct domain dom;
static uint64_t seed = 88172645463325252ULL;

static uint64_t random64(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	return seed ^= seed << 17;
}

static void *get(size_t bytes)
{
	return calloc(1, bytes);
}

static void need(unsigned long done, unsigned long nr, const char *what)
{
	bench_need(done == nr ? mfns : NULL, what);
}

static void alloc_all(void *d)
{
	for (unsigned long i = 0; i < NR; i += XMEM_FRAMES_A_CALL) {
		need(xmem_alloc_frames(d, XMEM_FRAMES_A_CALL, MEMF_no_scrub,
				       mfns + i),
		     XMEM_FRAMES_A_CALL, "xmem_alloc_frames");
	}
}

static void free_all(void *d)
{
	for (unsigned long i = 0; i < NR; i += XMEM_FRAMES_A_CALL) {
		need(xmem_free_frames(d, mfns + i, XMEM_FRAMES_A_CALL),
		     XMEM_FRAMES_A_CALL, "xmem_free_frames");
	}
}

static void alloc_pages(void *d)
{
	for (unsigned long i = 0; i < NR; i += XMEM_FRAMES_A_CALL) {
		need(xmem_alloc_frame_pages(d, XMEM_FRAMES_A_CALL,
					    MEMF_no_scrub, pages + i),
		     XMEM_FRAMES_A_CALL, "xmem_alloc_frame_pages");
	}
}

static void free_pages(void *d)
{
	for (unsigned long i = 0; i < NR; i += XMEM_FRAMES_A_CALL) {
		need(xmem_free_frame_pages(d, pages + i, XMEM_FRAMES_A_CALL),
		     XMEM_FRAMES_A_CALL, "xmem_free_frame_pages");
	}
}

static int ascending(const void *a, const void *b)
{
	unsigned long x = *(const unsigned long *)a;
	unsigned long y = *(const unsigned long *)b;

	return x < y ? -1 : x > y;
}

static void sort(void)
{
	qsort(mfns, NR, sizeof(mfns[0]), ascending);
}

/* Within each call, or if @all, over all of them. */
static void shuffle(bool all)
{
	unsigned long within = all ? NR : XMEM_FRAMES_A_CALL;

	for (unsigned long i = 0; i < NR; i++) {
		unsigned long left = within - i % within;
		unsigned long k = i + random64() % left;
		unsigned long mfn = mfns[i];

		mfns[i] = mfns[k];
		mfns[k] = mfn;
	}
}

/* One pass: @what in the name of the case. */
static void one(const char *state, const char *what, const char *whose,
		bench_op *op, struct domain *d)
{
	char name[80];

	snprintf(name, sizeof(name), "bulk_%s_%s_%s", state, whose, what);
	bench_run_ops(name, op, d, 1, NR);
}

static void all_ways(const char *state, const char *whose, struct domain *d)
{
	one(state, "alloc", whose, alloc_all, d);
	one(state, "free", whose, free_all, d);
	alloc_all(d);
	sort();
	one(state, "free_ascending", whose, free_all, d);
	alloc_all(d);
	shuffle(false);
	one(state, "free_shuffled", whose, free_all, d);
	alloc_all(d);
	shuffle(true);
	one(state, "free_random", whose, free_all, d);
	one(state, "alloc_pages", whose, alloc_pages, d);
	one(state, "free_pages", whose, free_pages, d);
}

/* Put a third of the memory to use, so that what is left is single frames. */
static void use_some(void)
{
	for (unsigned long mfn = FIRST_MFN; mfn < FIRST_MFN + FRAMES; mfn++) {
		if (random64() % 3 == 0) {
			(void)!xmem_take_range(_mfn(mfn), 1, MEMF_no_scrub);
		}
	}
}

int main(void)
{
	unsigned long all;

	xmem_owner_init(&dom.mem, ~0UL >> 1, 0);
	adapter_boot(FIRST_MFN, FRAMES, get);
	bench_overhead();
	all_ways("whole", "nobodys", NULL);
	all_ways("whole", "owned", &dom);
	use_some();
	all = total_free_pages();
	all_ways("broken", "nobodys", NULL);
	all_ways("broken", "owned", &dom);
	need(total_free_pages(), all, "free");
	return 0;
}
