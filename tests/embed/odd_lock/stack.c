/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stack.c - heap, owners, pools, xmalloc, vmap and page tables on locks of the
 * host, which notice what was not set up
 */
#include <xmem/xmem.h>

#include <xmem_host.h>

#include "stack.h"
#include <tap.h>

#define MIB (1ULL << 20)

unsigned int spinlock_nr_set_up;

/* Nodes 0 and 1 have RAM at boot, node 2 has some later, node 3 has none. */
static const struct xmem_host_range ranges[] = {
	{.start = MIB, .end = 65 * MIB, .node = 0},
	{.start = 128 * MIB, .end = 192 * MIB, .node = 1},
	{.start = 256 * MIB, .end = 272 * MIB, .node = 2, .late = true},
};
static const struct xmem_host_config config = {
	.ranges = ranges, .nr_ranges = 3, .nr_nodes = 3};

/* Questions before there is anything: each comes to a lock that nobody has
 * called for yet. */
static void ask_before_the_boot(void)
{
	tap(total_free_pages() == 0 && avail_node_heap_pages(0) == 0,
	    "no memory is free yet");
	tap(xmem_heap_frame_state(5) == XMEM_FRAME_UNKNOWN,
	    "no frame is known yet");
	tap(alloc_domheap_pages(NULL, 0, 0) == NULL, "no frame can be had yet");
	tap(_xmalloc(10, 8) == NULL && xmem_xmalloc_used() == 0 &&
		    xmem_xmalloc_check() == NULL,
	    "no object is there yet");
	tap(xmem_map_spare_tables() == 0, "no table is spare yet");
	tap(xmem_vmap_check() == NULL && xmem_vmap_used(VMAP_DEFAULT) == 0,
	    "no window is used yet");
	tap(xmem_heap_check() == NULL, "the heap is sound without memory");
}

static void use_owners(void)
{
	struct domain d[2];
	struct page_info *pg;

	memset(d, 0xa5, sizeof(d));
	xmem_owner_init(&d[0].mem, 16, 7);
	xmem_owner_init(&d[1].mem, 1, 8);
	pg = alloc_domheap_pages(&d[0], 4, 0);
	tap(pg != NULL && alloc_domheap_pages(&d[0], 0, 0) == NULL &&
		    alloc_domheap_pages(&d[1], 1, 0) == NULL,
	    "owners have their quotas");
	xmem_owner_lock(&d[0].mem);
	tap(d[0].mem.tot_pages == 16 && d[0].mem.id == 7,
	    "an owner is counted");
	xmem_owner_unlock(&d[0].mem);
	free_domheap_pages(pg, 4);
	tap(d[0].mem.tot_pages == 0, "an owner owns nothing again");
}

static void use_nodes(void)
{
	for (unsigned int n = 0; n < 2; n++) {
		struct page_info *pg = alloc_domheap_pages(
			NULL, 0, MEMF_node(n) | MEMF_exact_node);

		tap(pg != NULL, "a node with RAM has memory");
		free_domheap_pages(pg, 0);
	}
	tap(alloc_domheap_pages(NULL, 0, MEMF_node(2) | MEMF_exact_node) ==
		    NULL,
	    "a node without has none");
	tap(xmem_heap_frame_state((256 * MIB) >> PAGE_SHIFT) ==
		    XMEM_FRAME_UNKNOWN,
	    "its frames are unknown");
}

/* The struct of node 2 comes to lie in metadata that is aligned to no more than
 * is promised. */
static void add_a_node(void)
{
	static _Alignas(16) char meta[64 << 10];
	unsigned long smfn = (256 * MIB) >> PAGE_SHIFT;
	unsigned long emfn = (272 * MIB) >> PAGE_SHIFT;
	bool fits = xmem_heap_span_bytes(smfn, emfn) <= sizeof(meta) - 8;

	memset(meta, 0xa5, sizeof(meta));
	tap(fits && xmem_heap_add_span(smfn, emfn, 2, false, meta + 8) == 0,
	    "a node gets its first span");
	init_domheap_pages(256 * MIB, 272 * MIB);
	xmem_host_adopt((long)(emfn - smfn));
	tap(avail_node_heap_pages(2) == emfn - smfn, "and its memory");
}

static void *get(unsigned long bytes)
{
	void *p = aligned_alloc(16, (bytes + 15) & ~15UL);

	return p != NULL ? memset(p, 0xa5, bytes) : NULL;
}

static void put(void *p)
{
	free(p);
}

static void use_pools(void)
{
	struct xmem_pool *pool = xmem_pool_create("odd", get, put, 0, 4096);
	void *p = xmem_pool_alloc(100, pool);

	tap(p != NULL && xmem_pool_get_used_size(pool) >= 100,
	    "a pool serves objects");
	xmem_pool_free(p, pool);
	tap(xmem_pool_check(pool) == NULL, "it is sound");
	xmem_pool_destroy(pool);
	p = _xmalloc(100, 8);
	tap(p != NULL && xmem_xmalloc_used() >= 100, "xmalloc has its pool");
	xfree(p);
	tap(xmem_xmalloc_check() == NULL, "and that is sound, too");
}

static void use_maps(void)
{
	unsigned long start;
	unsigned long end;
	char *p = vmalloc(5 * PAGE_SIZE);
	mfn_t mfn = vmap_to_mfn(p);

	memset(p, 1, 5 * PAGE_SIZE);
	tap(vmalloc_size(p) == 5 && xmem_vmap_check() == NULL,
	    "an area is mapped");
	xmem_host_free_window(&start, &end);
	tap(map_pages_to_xen(start, mfn, 1, PAGE_HYPERVISOR_RW) == 0 &&
		    *(volatile char *)start == 1,
	    "a frame is mapped once more");
	tap(destroy_xen_mappings(start, start + PAGE_SIZE) == 0 &&
		    mfn_eq(xen_map_to_mfn(start), INVALID_MFN),
	    "and unmapped");
	vfree(p);
}

int use_all_locks(void)
{
	ask_before_the_boot();
	tap(xmem_host_boot(&config) == 0, "a machine boots");
	use_owners();
	use_nodes();
	add_a_node();
	use_pools();
	use_maps();
	tap(xmem_host_shutdown() == 0, "nothing is lost");
	/* Nodes: none and three; owners; pools: one and xmalloc's; windows;
	 * page tables. */
	tap(spinlock_nr_set_up == 4 + 2 + 2 + 2 + 1,
	    "each lock was set up once");
	return tap_end();
}
