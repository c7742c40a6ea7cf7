/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * try_objects.c - a short workload for objects/xmem.h, as a benchmark would
 * run it
 *
 * include: tests/bench/adapters/port tests/bench/adapters
 * with: tests/bench/adapters/objects/xmem_glue.c
 * link: src/lib/ src/frame/ src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/tlsf/ src/pool/ src/malloc/xmalloc*.c
 * native: the windows of port/arch/layout.h are those of an x86-64 process
 */
#include <stdint.h>
#include <string.h>

#define AD_ARENA ((size_t)16 << 20)
#include "objects/xmem.h"

#include "../../embed/common/tap.h"

#define SLOTS 256U

static unsigned char *object[SLOTS];
static size_t size_of[SLOTS];

/* Does object @i still hold what was written, at either end? */
static int holds(unsigned i, unsigned char what)
{
	return !object[i] ||
	       (object[i][0] == what && object[i][size_of[i] - 1] == what);
}

int main(void)
{
	unsigned seed = 1;
	int bad = 0;

	ad_init();
	ad_thread_init();
	tap(ad_footprint() == 0, "no page is taken yet");
	for (unsigned n = 0; n < 20000; n++) {
		unsigned i, align;

		seed = seed * 1103515245 + 12345;
		i = (seed >> 8) % SLOTS;
		align = n % 8 == 0 ? 128 : 16;
		bad += !holds(i, (unsigned char)i);
		ad_free(object[i]);
		size_of[i] = 1 + (seed >> 16) % (n % 16 == 0 ? 20000 : 500);
		object[i] = ad_alloc(size_of[i], align);
		if (!object[i] || (uintptr_t)object[i] % align != 0) {
			bad++;
			continue;
		}
		memset(object[i], (int)i, size_of[i]);
		if (n % 5 == 0) {
			size_t size = size_of[i] + n % 1000;
			unsigned char *p = ad_realloc(object[i], size);

			bad += p == NULL || p[0] != (unsigned char)i ||
			       p[size_of[i] - 1] != (unsigned char)i;
			object[i] = p;
			size_of[i] = size;
			memset(p, (int)i, size);
		}
	}
	tap(bad == 0, "objects are aligned and keep what they hold");
	tap(ad_footprint() > 0, "pages that are held are counted");
	for (unsigned i = 0; i < SLOTS; i++) {
		ad_free(object[i]);
	}
	ad_purge();
	tap(ad_footprint() == 0, "all pages go back");
	tap(xmem_heap_check() == NULL, "the heap is sound");
	return tap_end();
}
