/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * try_va.c - a short workload for va/xmem.h, as a benchmark would run it
 *
 * include: tests/bench/adapters/port tests/bench/adapters
 * link: src/va/ src/lib/bitmap_tree.c src/lib/bitmap_tree_check.c
 * native: the windows of port/arch/layout.h are those of an x86-64 process
 */
#include <stdarg.h>
#include <string.h>

#include "va/xmem.h"

#include "../../embed/common/tap.h"

#define PAGES 65536UL
#define SLOTS 512U

static unsigned char used[PAGES];
static unsigned long page_of[SLOTS];
static unsigned nr_of[SLOTS];
static int bad;

/* The area in slot @i is in use from now on, or no more. */
static void mark(unsigned i, unsigned char now)
{
	for (unsigned long p = page_of[i]; p < page_of[i] + nr_of[i]; p++) {
		bad += used[p] == now;
		used[p] = now;
	}
}

static void give(unsigned i)
{
	if (nr_of[i] != 0) {
		mark(i, 0);
		va_free((void *)(page_of[i] << PAGE_SHIFT), nr_of[i]);
		nr_of[i] = 0;
	}
}

int main(void)
{
	unsigned seed = 1, failed = 0;

	va_init(PAGES);
	for (unsigned n = 0; n < 20000; n++) {
		unsigned i, nr;
		void *va;

		seed = seed * 1103515245 + 12345;
		i = (seed >> 8) % SLOTS;
		nr = 1 + (seed >> 20) % 64;
		give(i);
		va = va_alloc(nr);
		if (!va) {
			failed++;
			continue;
		}
		page_of[i] = (unsigned long)va >> PAGE_SHIFT;
		nr_of[i] = nr;
		mark(i, 1);
	}
	tap(bad == 0, "no page is in two areas");
	tap(failed == 0, "there was room");
	for (unsigned i = 0; i < SLOTS; i++) {
		give(i);
	}
	va_flush();
	tap(va_.nr_areas == 0 && va_span() == 0, "all areas are given back");
	tap(xmem_va_check(&va_) == NULL, "the engine is sound");
	return tap_end();
}
