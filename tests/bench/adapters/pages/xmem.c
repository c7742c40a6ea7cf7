/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xmem.c - pages of xmem, for a benchmark that compares page allocators
 *
 *	(nothing)   frames of nobody, alloc_domheap_pages(NULL, ...)
 *	-DOWNER	    frames of a domain
 *	-DXENHEAP   alloc_xenheap_pages()
 *
 * CPUs have caches, unless XMEM_NO_CACHES is in the environment.
 *
 * The benchmark has addresses, the library descriptors or pages of the direct
 * map: both go by the index of a frame, and RAM is one row of them.
 */
#include <adapter.h>

#include "pfa.h"

const unsigned pfa_max_order = MAX_ORDER;

/* Where the frame with index 0 would be: at the start of RAM, or below. */
static uint64_t start;
static size_t meta_bytes;

#define FRAMETABLE ((uint64_t)FRAMETABLE_VIRT_START)
#define PER_PAGE   (PAGE_SIZE / sizeof(struct page_info))

static void *get(size_t bytes)
{
	return pfa_map(bytes, 1);
}

#ifdef OWNER
static struct domain dom;
#endif

int pfa_init(uint64_t base, size_t frames, unsigned ncpu)
{
#ifdef OWNER
	xmem_owner_init(&dom.mem, ~0UL >> 1, 0);
#endif
	adapter_cpus = ncpu;
	meta_bytes = adapter_boot(base >> PAGE_SHIFT, frames, get);
	start = base - ((uint64_t)xmem_arch_frame_to_index(base >> PAGE_SHIFT)
			<< PAGE_SHIFT);
	(void)adapter_use_caches(getenv("XMEM_NO_CACHES") == NULL);
	return total_free_pages() == frames ? 0 : 1;
}

#ifdef XENHEAP
const char pfa_name[] = "xmem-xen";

uint64_t pfa_alloc(unsigned order, unsigned cpu)
{
	void *va;

	adapter_cpu = cpu;
	va = alloc_xenheap_pages(order, 0);
	if (!va) {
		return PFA_FAIL;
	}
	return start + ((uint64_t)va - DIRECTMAP_VIRT_START);
}

void pfa_free(uint64_t addr, unsigned order, unsigned cpu)
{
	adapter_cpu = cpu;
	free_xenheap_pages((void *)(DIRECTMAP_VIRT_START + (addr - start)),
			   order);
}
#else
#ifdef OWNER
const char pfa_name[] = "xmem-dom";
#define DOM (&dom)
#else
const char pfa_name[] = "xmem";
#define DOM NULL
#endif

uint64_t pfa_alloc(unsigned order, unsigned cpu)
{
	struct page_info *pg;

	adapter_cpu = cpu;
	pg = alloc_domheap_pages(DOM, order, MEMF_no_scrub);
	if (!pg) {
		return PFA_FAIL;
	}
	return start + ((uint64_t)pg - FRAMETABLE) * PER_PAGE;
}

void pfa_free(uint64_t addr, unsigned order, unsigned cpu)
{
	adapter_cpu = cpu;
	free_domheap_pages(
		FRAMETABLE_VIRT_START + ((addr - start) >> PAGE_SHIFT), order);
}
#endif

void pfa_quiesce(void)
{
	(void)!xmem_drain_caches();
}

size_t pfa_metadata_bytes(void)
{
	return meta_bytes;
}

size_t pfa_free_frames(void)
{
	return total_free_pages();
}
