/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench_stack.c - pairs of allocation and free through the whole stack
 *
 * usage: bench_stack MiB live-objects
 *
 * A host machine of so much RAM, in which as many objects of every kind live
 * (twice as many are allocated and every second one is freed again, so that
 * the heap has holes), runs each pair a few hundred times.
 * Page tables are the generic ones of src/pt over the host's entries; the
 * machine does not carry the changes out while they are counted.
 */
#include <string.h>

#include <xmem_host.h>

#include <xmem/xmem.h>

#include "../bench/bench.h"
#include "../bench/pairs.h"

/* Frames that are named. Only the take counts, as in run(): a free reads the
 * descriptor of each frame. */
static void range(void *arg)
{
	const struct xmem_run *run = arg;
	int rc = xmem_take_range(_mfn(run->mfn), run->nr, MEMF_no_scrub);

	bench_pause_or_go_on();
	bench_need(rc == 0 ? run : NULL, "xmem_take_range");
	xmem_free_runs(run, 1);
	bench_pause_or_go_on();
}

/* So many frames that lie in no single block. */
static void run(void *arg)
{
	struct xmem_run run = {.nr = *(unsigned long *)arg};

	run.mfn = mfn_x(
		xmem_take_run(run.nr, 1, _mfn(0), INVALID_MFN, MEMF_no_scrub));
	bench_pause_or_go_on();
	bench_need(run.mfn != XMEM_NO_MFN ? &run : NULL, "xmem_take_run");
	xmem_free_runs(&run, 1);
	bench_pause_or_go_on();
}

static void object(void *arg)
{
	void *p = _xmalloc(*(unsigned long *)arg, 16);

	bench_need(p, "xmalloc");
	xfree(p);
}

static void xv_object(void *arg)
{
	void *p = _xvmalloc(*(unsigned long *)arg, 16);

	bench_need(p, "xvmalloc");
	xvfree(p);
}

static void area(void *arg)
{
	void *p = vmalloc(*(unsigned long *)arg);

	bench_need(p, "vmalloc");
	vfree(p);
}

/* Live objects: pages, small objects, a few areas; every second is a hole. */
static void populate(unsigned long live)
{
	static const unsigned long sizes[] = {24, 32, 64, 128, 200, 1000, 3000};
	unsigned long nr = 2 * live;
	void **small = calloc(nr, sizeof(*small));
	struct page_info **page = calloc(nr, sizeof(*page));
	void *areas[64];

	for (unsigned long i = 0; i < nr; i++) {
		small[i] = _xmalloc(sizes[i % 7], 16);
		page[i] = alloc_domheap_pages(NULL, 0, MEMF_no_scrub);
		bench_need(small[i], "populate: xmalloc");
		bench_need(page[i], "populate: page");
	}
	for (unsigned long i = 0; i < 64 && i < nr; i++) {
		areas[i] = vmalloc((i % 5 + 1) * PAGE_SIZE);
		bench_need(areas[i], "populate: vmalloc");
	}
	for (unsigned long i = 0; i < nr; i += 2) {
		xfree(small[i]);
		free_domheap_pages(page[i], 0);
	}
	for (unsigned long i = 0; i < 64 && i < nr; i += 2) {
		vfree(areas[i]);
	}
	free(small);
	free(page);
}

/* A free block of 512 frames, among smaller ones of all orders. */
static struct xmem_run some_frames(void)
{
	struct page_info *pg = alloc_domheap_pages(NULL, 10, MEMF_no_scrub);
	unsigned long mfn;

	bench_need(pg, "alloc_domheap_pages");
	mfn = mfn_x(page_to_mfn(pg));
	xmem_free_runs(&(struct xmem_run){mfn + 1, 1023}, 1);
	return (struct xmem_run){mfn + 512, 512};
}

/* From now on one frame of every @nr is in use: no block is larger. */
static void fragment(unsigned long frames, unsigned long nr)
{
	for (unsigned long mfn = nr; mfn < frames; mfn += nr) {
		(void)!xmem_take_range(_mfn(mfn), 1, MEMF_no_scrub);
	}
}

static void run_on_frames(unsigned long frames)
{
	struct xmem_run many = some_frames();
	struct xmem_run one = {many.mfn + 77, 1};
	unsigned long nr = 66000;

	bench_run("range_1", range, &one, 1000);
	bench_run("range_512", range, &many, 1000);
	fragment(frames, nr + 4000);
	bench_run("run_66000", run, &nr, 20);
}

int main(int argc, char **argv)
{
	unsigned long mib = argc > 1 ? strtoul(argv[1], NULL, 10) : 1024;
	unsigned long live = argc > 2 ? strtoul(argv[2], NULL, 10) : 10;
	struct xmem_host_config config;
	unsigned int order0 = 0;
	unsigned int order9 = 9;
	unsigned long b64 = 64;
	unsigned long b1000 = 1000;
	unsigned long k64 = 64UL << 10;

	memset(&config, 0, sizeof(config));
	config.ram_bytes = (uint64_t)mib << 20;
	if (xmem_host_boot(&config) != 0) {
		return 1;
	}
	populate(live);
	bench_overhead();
	bench_run("domheap_page", pair_domheap, &order0, 1000);
	bench_run("xenheap_page", pair_xenheap, &order0, 1000);
	bench_run("domheap_order9", pair_domheap, &order9, 1000);
	bench_run("xenheap_order9", pair_xenheap, &order9, 400);
	bench_run("xmalloc_64", object, &b64, 1000);
	bench_run("xmalloc_1000", object, &b1000, 1000);
	bench_run("xvmalloc_64", xv_object, &b64, 1000);
	xmem_host_mirror(false); /* the tables are written, no mmap() */
	bench_run("vmalloc_64k", area, &k64, 200);
	run_on_frames(mib << (20 - PAGE_SHIFT));
	return 0;
}
