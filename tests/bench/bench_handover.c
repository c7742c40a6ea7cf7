/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench_handover.c - what end_boot_allocator() costs
 *
 * include: tests/bench/handover
 * link: src/boot/ src/buddy/ src/heap/ src/page/ src/xenheap/ src/lib/
 * usage: bench_handover GiB ranges
 *
 * So much simulated RAM in so many ragged ranges (holes between them, ends
 * that are no power of two) is given to the boot allocator and handed over.
 * Only the lowest 16 GiB have memory behind them: the metadata lies there.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <xmem/xmem.h>

#include "../bench/bench.h"

unsigned long handover_directmap;

void xmem_port_panic(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	abort();
}

void xmem_port_print(const char *fmt, ...)
{
	(void)fmt;
}

/* The frames that the heap scrubs are never taken here. */
void *map_domain_page(mfn_t mfn)
{
	return mfn_to_virt(mfn_x(mfn));
}

void unmap_domain_page(const void *va)
{
	(void)va;
}

static void handover(void *arg)
{
	(void)arg;
	end_boot_allocator();
}

int main(int argc, char **argv)
{
	unsigned long gib = argc > 1 ? strtoul(argv[1], NULL, 10) : 1024;
	unsigned long nr = argc > 2 ? strtoul(argv[2], NULL, 10) : 1000;
	paddr_t size = ((paddr_t)gib << 30) / nr & PAGE_MASK;
	unsigned long pages = 0;
	void *map = mmap(NULL, HANDOVER_MAPPED_MFNS << PAGE_SHIFT,
			 PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (map == MAP_FAILED) {
		perror("bench: mmap");
		return 1;
	}
	handover_directmap = (unsigned long)map;
	xenheap_max_mfn(HANDOVER_MAPPED_MFNS - 1);
	for (unsigned long i = 0; i < nr; i++) {
		paddr_t hole = (paddr_t)(i % 7 + 1) << (PAGE_SHIFT + 3);
		paddr_t start = i * size + hole;

		init_boot_pages(start, (i + 1) * size);
		pages += (size - hole) >> PAGE_SHIFT;
	}
	bench_overhead();
	bench_run_ops("handover", handover, NULL, 1, nr);
	printf("# %lu GiB in %lu ranges: %lu of %lu pages in the heap\n", gib,
	       nr, total_free_pages(), pages);
	return total_free_pages() > pages - pages / 256 ? 0 : 1;
}
