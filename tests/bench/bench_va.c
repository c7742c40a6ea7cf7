/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench_va.c - take and give of address ranges, the engine alone
 *
 * link: src/va/va.c src/va/va_check.c src/lib/bitmap_tree.c src/lib/bitmap_tree_check.c
 * usage: bench_va live-areas
 *
 * A window of 2^24 pages holds @live areas of 1..64 pages with a gap behind
 * every second; then pairs of take and give of one and of 16 pages.
 */
#include "test.h"
#include "va/va.h"

#include "../bench/bench.h"

#define WINDOW (1UL << 24)

static struct xmem_va va;

static void pair(void *arg)
{
	unsigned long page = xmem_va_take(&va, *(unsigned long *)arg, 1, 0, 1);

	if (page == XMEM_VA_NONE || xmem_va_give(&va, page) != 0) {
		fprintf(stderr, "bench: no address\n");
		exit(1);
	}
}

int main(int argc, char **argv)
{
	unsigned long live = argc > 1 ? strtoul(argv[1], NULL, 10) : 10;
	unsigned long *pages = malloc(2 * live * sizeof(*pages));
	uint64_t seed = 88172645463325252ULL;
	unsigned long one = 1;
	unsigned long sixteen = 16;

	xmem_va_init(&va, WINDOW, malloc(xmem_va_bytes(WINDOW)));
	for (unsigned long i = 0; i < 2 * live; i++) {
		pages[i] = xmem_va_take(&va, test_random(&seed) % 64 + 1, 1, 0,
					1);
	}
	for (unsigned long i = 0; i < 2 * live; i += 2) {
		if (xmem_va_give(&va, pages[i]) != 0) {
			return 1;
		}
	}
	bench_overhead();
	bench_run("va_1_page", pair, &one, 1000);
	bench_run("va_16_pages", pair, &sixteen, 1000);
	free(pages);
	return 0;
}
