/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench_call.c - the longest single call on a large machine in pieces
 *
 * include: tests/bench/adapters/port tests/bench/adapters
 * link: src/lib/ src/frame/ src/buddy/ src/heap/ src/page/ src/xenheap/
 * flags: -mgeneral-regs-only
 *
 * usage: bench_call GiB arenas caches
 *
 * Of each superpage one frame is free, at a place that differs, and no more:
 * but in the lowest arena, where all are free but one, so that blocks of each
 * order up to 8 are there. So single frames lie far apart, and whoever wants
 * more has to find its way past all other arenas. Dumps are named "call order
 * alloc" and "call order free", one for each call.
 */
#include <valgrind/callgrind.h>

#include <adapter.h>

#define BASE	   (1UL << 20)
#define SUPERPAGE  512UL
#define MAX_CALLS  400
#define LAST_ORDER 8

static void *get(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED) {
		perror("bench_call: mmap");
		exit(1);
	}
	return p;
}

/* Only those descriptors that somebody touches get memory. */
static void map_frame_table(unsigned long nr)
{
	char *va = (char *)FRAMETABLE_VIRT_START;
	size_t bytes = (xmem_arch_frame_to_index(BASE) + nr) *
		       sizeof(struct page_info);

	if (mmap(va, bytes, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE |
			 MAP_FIXED_NOREPLACE,
		 -1, 0) != va) {
		perror("bench_call: frame table");
		exit(1);
	}
}

static void give(unsigned long start, unsigned long end)
{
	init_domheap_pages((paddr_t)start << PAGE_SHIFT,
			   (paddr_t)end << PAGE_SHIFT);
}

/* The heap has frames [@start, @start + @nr), of which few are free. */
static void add_arena(unsigned long start, unsigned long nr, bool last)
{
	unsigned long end = start + nr;

	if (xmem_heap_add_span(start, end, 0, false,
			       get(xmem_heap_span_bytes(start, end))) != 0) {
		abort();
	}
	for (unsigned long first = start; first < end; first += SUPERPAGE) {
		unsigned long place = first / SUPERPAGE * 77 % SUPERPAGE;

		if (last) {
			give(first + 1, first + SUPERPAGE);
		} else {
			give(first + place, first + place + 1);
		}
	}
}

static void boot(unsigned long frames, unsigned long arenas)
{
	static struct xmem_frame_range ram;
	unsigned long each = frames / arenas;

	ram.start = BASE - ADAPTER_LOW;
	ram.end = BASE + frames;
	xmem_frame_index_init(&adapter_frames, &ram, 1,
			      get(xmem_frame_index_bytes(&ram, 1)));
	map_frame_table(frames);
	adapter_boot_cpus(ram.start, get);
	for (unsigned long i = 0; i < arenas; i++) {
		add_arena(BASE + i * each, each, i == 0);
	}
}

static __attribute__((__noinline__)) struct page_info *call_alloc(
	unsigned int order)
{
	return alloc_domheap_pages(NULL, order, MEMF_no_scrub);
}

static __attribute__((__noinline__)) void call_free(struct page_info *pg,
						    unsigned int order)
{
	free_domheap_pages(pg, order);
}

static void dump(const char *what, unsigned int order)
{
	char text[32];

	snprintf(text, sizeof(text), "call %u %s", order, what);
	CALLGRIND_DUMP_STATS_AT(text);
}

/* Those that come last go first: what is freed is no neighbour of the next. */
static void measure(unsigned int order, unsigned int nr)
{
	static struct page_info *pg[MAX_CALLS];

	for (unsigned int i = 0; i < nr; i++) {
		pg[i] = call_alloc(order);
		dump("alloc", order);
		if (pg[i] == NULL) {
			fprintf(stderr, "bench_call: order %u\n", order);
			exit(1);
		}
	}
	for (unsigned int i = 0; i < nr; i++) {
		call_free(pg[i * 7 % nr], order);
		dump("free", order);
	}
}

int main(int argc, char **argv)
{
	unsigned long gib = argc > 1 ? strtoul(argv[1], NULL, 10) : 16;
	unsigned long arenas = argc > 2 ? strtoul(argv[2], NULL, 10) : 64;
	bool caches = argc > 3 && strtoul(argv[3], NULL, 10) != 0;

	boot(gib << (30 - PAGE_SHIFT), arenas);
	if (!adapter_use_caches(caches)) {
		fprintf(stderr, "bench_call: no caches\n");
		return 1;
	}
	CALLGRIND_START_INSTRUMENTATION;
	CALLGRIND_ZERO_STATS;
	for (unsigned int order = 0; order <= LAST_ORDER; order++) {
		measure(order, order == 0 ? 200 : 9);
	}
	CALLGRIND_STOP_INSTRUMENTATION;
	return 0;
}
