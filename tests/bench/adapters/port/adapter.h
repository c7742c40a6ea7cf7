/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * adapter.h - a machine with one range of RAM, for the benchmark adapters
 *
 * The three hooks, and what an embedder with no boot allocator and no page
 * tables does to have a heap. Included by one file of a program.
 *
 * A benchmark outside this project compares allocators; of each it has an
 * adapter. Those of this one it finds here, by name: pages/xmem.c,
 * objects/xmem.h with xmem_glue.c, va/xmem.h, and the port. The try_*.c are
 * tests: they build and run each for a moment, so that it stays in step.
 */
#ifndef ADAPTER_H_
#define ADAPTER_H_

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/membarrier.h>

#include <xmem/xmem.h>

struct xmem_frame_index adapter_frames;

__thread unsigned int adapter_cpu;

/* All threads of the process execute a barrier. */
void adapter_barrier(void)
{
	static bool registered;

	if (!registered) {
		syscall(SYS_membarrier,
			MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0);
		registered = true;
	}
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) !=
	    0) {
		perror("adapter: membarrier");
		abort();
	}
}

/* Before adapter_boot(): the RAM is cut into spans, and so arenas, of so many
 * frames; and so many CPUs have a cache. */
unsigned long adapter_span_frames = ~0UL;
unsigned int adapter_cpus = 1;

bool adapter_valid(unsigned long mfn)
{
	return xmem_frame_is_ram(&adapter_frames, mfn);
}

bool adapter_mapped(unsigned long i)
{
	return xmem_index_is_mapped(&adapter_frames, i);
}

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

void xmem_port_tlb_flush(unsigned long va, unsigned long nr_pages)
{
	(void)va;
	(void)nr_pages;
}

/* No adapter asks for frames that are to be scrubbed. */
void *map_domain_page(mfn_t mfn)
{
	(void)mfn;
	abort();
}

void unmap_domain_page(const void *va)
{
	(void)va;
}

/* Zeroed memory at @va, in large pages where there are any, all of it there
 * already: a hypervisor's frame table is like that. */
static inline void adapter_map(unsigned long va, size_t bytes)
{
	size_t large = (size_t)2 << 20;
	char *p;

	bytes = (bytes + large - 1) & ~(large - 1);
	p = mmap((void *)va, bytes, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE |
			 MAP_FIXED_NOREPLACE,
		 -1, 0);
	if (p != (char *)va) {
		perror("adapter: mmap");
		exit(1);
	}
	madvise(p, bytes, MADV_HUGEPAGE);
	for (size_t i = 0; i < bytes; i += 4096) {
		((volatile char *)p)[i] = 0;
	}
}

/* A span of frames [@start, @end). Return: bytes of its metadata. */
static inline size_t adapter_add_span(unsigned long start, unsigned long end,
				      void *(*get)(size_t bytes))
{
	size_t meta = xmem_heap_span_bytes(start, end);

	if (xmem_heap_add_span(start, end, 0, false, get(meta)) != 0) {
		abort();
	}
	init_domheap_pages((paddr_t)start << PAGE_SHIFT,
			   (paddr_t)end << PAGE_SHIFT);
	return meta;
}

/* Use the caches of all CPUs from now on, or do not. Return: can it be done? */
bool adapter_use_caches(bool on);

bool adapter_use_caches(bool on)
{
	for (unsigned int cpu = 0; cpu < adapter_cpus; cpu++) {
		int rc = on ? xmem_cpu_up(cpu, 0) : xmem_cpu_down(cpu);

		if (rc != 0 && rc != (on ? -XMEM_EEXIST : -XMEM_ENOENT)) {
			return false;
		}
	}
	return XMEM_CONFIG_CPU_CACHES || !on;
}

/* A superpage below the RAM of the machine, in which its CPUs have their
 * caches: that one is really there. It is so far below that the tree of arenas
 * has the first of the RAM above it, as if there were no other. */
#define ADAPTER_LOW_FRAMES 512UL
#define ADAPTER_LOW	   (5 * ADAPTER_LOW_FRAMES)

/* No frame of it is free afterwards. Return: bytes of metadata. */
static inline size_t adapter_boot_cpus(unsigned long low,
				       void *(*get)(size_t bytes))
{
	size_t meta;

	if (!XMEM_CONFIG_CPU_CACHES) {
		return 0;
	}
	adapter_map((unsigned long)mfn_to_virt(low),
		    ADAPTER_LOW_FRAMES << PAGE_SHIFT);
	meta = adapter_add_span(low, low + ADAPTER_LOW_FRAMES, get);
	(void)adapter_use_caches(true);
	(void)adapter_use_caches(false);
	while (alloc_domheap_pages(NULL, 0, MEMF_no_scrub) != NULL) {
	}
	return meta;
}

/*
 * The machine has @nr frames of RAM from @start on, all of them free, and all
 * metadata elsewhere. @get: memory for metadata, zeroed. No CPU has a cache in
 * use.
 * Return: bytes of the heap's metadata.
 */
static inline size_t adapter_boot(unsigned long start, unsigned long nr,
				  void *(*get)(size_t bytes))
{
	static struct xmem_frame_range ram;
	size_t meta = 0;

	ram.start = start - ADAPTER_LOW;
	ram.end = start + nr;
	xmem_frame_index_init(&adapter_frames, &ram, 1,
			      get(xmem_frame_index_bytes(&ram, 1)));
	adapter_map((unsigned long)FRAMETABLE_VIRT_START,
		    (xmem_arch_frame_to_index(start) + nr) *
			    sizeof(struct page_info));
	meta += adapter_boot_cpus(ram.start, get);
	for (unsigned long nr_left = nr; nr_left != 0;) {
		unsigned long n = nr_left < adapter_span_frames
					  ? nr_left
					  : adapter_span_frames;

		meta += adapter_add_span(ram.end - nr_left,
					 ram.end - nr_left + n, get);
		nr_left -= n;
	}
	return meta;
}

#endif /* ADAPTER_H_ */
