/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * demo.c - what a newcomer runs first: the whole stack, told as a story
 *
 * Two machines boot. The first, with 1 GiB, shows what each allocator gives
 * and from where; the second, with 16 MiB, is fragmented on purpose. Every
 * claim that is printed is also checked: exit status 1 if one does not hold.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xmem/xmem.h>

#include "demo.h"
#include "xmem_host.h"

extern __thread jmp_buf *xmem_host_panic_catcher;
extern __thread char xmem_host_panic_text[512];
void xmem_host_drop_locks(void);

#define PAGES_64K (65536UL >> PAGE_SHIFT > 16 ? 65536UL >> PAGE_SHIFT : 16UL)

static void power_on(const struct xmem_host_config *config)
{
	if (!demo_expect(xmem_host_power_on(config) == 0,
			 "the machine does not start")) {
		exit(1);
	}
}

/* ---- 1 and 2: from nothing to a heap ---- */

static void show_machine(void)
{
	demo_heading("The machine");
	demo_say("RAM is simulated, the page tables in it are not: what they "
		 "map is really mapped in this process, and what they do not "
		 "map really faults. The firmware reports this memory map:");
	demo_gap();
	demo_memory_map();
	demo_gap();
	demo_say("Pages have %s; the direct map shows frame 0 at %lx.",
		 demo_size(PAGE_SIZE), (unsigned long)mfn_to_virt(0));
}

static unsigned long ram_pages(void)
{
	unsigned long smfn, emfn;
	unsigned long nr = 0;

	for (unsigned int i = 0; xmem_host_range_at(i, &smfn, &emfn); i++) {
		nr += emfn - smfn;
	}
	return nr;
}

static void boot_line(const char *who, unsigned long pages, const char *why)
{
	demo_line("  %-16s %6lu pages  %9s  %s", who, pages,
		  demo_size((uint64_t)pages << PAGE_SHIFT), why);
}

/* The boot allocator has gone: who got what? */
static void show_boot(void)
{
	struct xmem_host_stats machine;
	struct xmem_heap_stats heap;
	unsigned long ram = ram_pages();
	unsigned long meta, tables, frames;

	xmem_host_get_stats(&machine);
	xmem_heap_get_stats(0, &heap);
	meta = (heap.meta_bytes + PAGE_SIZE - 1) >> PAGE_SHIFT;
	tables = machine.nr_tables + xmem_map_spare_tables();
	frames = ram - 1 - heap.free_pages - meta - tables;
	boot_line("page tables", tables, "for direct map and frame table");
	boot_line("frame table", frames, "one descriptor for each frame");
	boot_line("heap metadata", meta, "bitmaps: free? dirty? what order?");
	boot_line("frame 0", 1, "left out, as NULL is no memory");
	boot_line("the heap", heap.free_pages, "all the rest, handed over");
	demo_gap();
	demo_say("The heap costs %lu.%02lu bytes a frame; the hand-over took "
		 "time by ranges, not by pages.",
		 heap.meta_bytes / ram, heap.meta_bytes * 100 / ram % 100);
	demo_expect(frames >= ram * sizeof(struct page_info) >> PAGE_SHIFT,
		    "the frame table is too small");
	demo_expect(heap.meta_bytes <= ram, "metadata above a byte a frame");
}

static void boot_first(void)
{
	power_on(&(struct xmem_host_config){.nr_cpus = 2});
	show_machine();
	demo_heading("Boot: memory before there is a heap");
	demo_say("init_boot_pages() takes the map in; alloc_boot_pages() hands "
		 "out frames from the top; end_boot_allocator() makes what is "
		 "left the heap. By then frames had gone to:");
	demo_gap();
	xmem_host_give_ram();
	arch_init_directmap();
	arch_init_frametable();
	end_boot_allocator();
	show_boot();
	vm_init();
	heap_init_late();
	xmem_host_boot_done();
}

/* ---- 3: one of each ---- */

struct vcpu {
	unsigned int id;
	char state[92];
};

/* Bytes that an xmalloc'd object takes up, its header included. */
static unsigned long taken_by(const void *p)
{
	return xmem_usable_size(p) + 8;
}

static unsigned long whole_pages(unsigned long size)
{
	return (size + PAGE_SIZE - 1) & PAGE_MASK;
}

static void show_xenheap(void)
{
	void *va = alloc_xenheap_pages(2, 0);
	struct page_info *pg = alloc_domheap_pages(NULL, 3, 0);

	if (!demo_expect(va != NULL && pg != NULL, "no pages")) {
		return;
	}
	demo_place(&(struct demo_place){"alloc_xenheap_pages(2, 0)",
					4 * PAGE_SIZE, 4 * PAGE_SIZE, va, 0});
	demo_place(&(struct demo_place){"alloc_domheap_pages(d, 3, 0)",
					8 * PAGE_SIZE, 8 * PAGE_SIZE, NULL,
					mfn_x(page_to_mfn(pg))});
	free_domheap_pages(pg, 3);
	free_xenheap_pages(va, 2);
}

static void show_xmalloc(void)
{
	struct vcpu *v = xmalloc(struct vcpu);
	char *large = xmalloc_array(char, 100000);

	if (!demo_expect(v != NULL && large != NULL, "no objects")) {
		return;
	}
	demo_place(&(struct demo_place){"xmalloc(struct vcpu)", sizeof(*v),
					taken_by(v), v, 0});
	demo_place(&(struct demo_place){"xmalloc_array(char, 100000)", 100000,
					whole_pages(100000), large, 0});
	demo_expect(virt_to_mfn(large + 99999) ==
			    virt_to_mfn(large) + (99999 >> PAGE_SHIFT),
		    "xmalloc is not contiguous");
	xfree(large);
	xfree(v);
}

static void show_vmap(void)
{
	struct page_info *pg = alloc_domheap_pages(NULL, 3, 0);
	mfn_t odd[4];
	void *v = vmalloc(100000);
	void *map, *io;

	for (unsigned int i = 0; pg != NULL && i < 4; i++) {
		odd[i] = mfn_add(page_to_mfn(pg), 7 - 2 * i);
	}
	map = pg != NULL ? vmap(odd, 4) : NULL;
	io = ioremap(0xfee00020, 64);
	if (!demo_expect(v != NULL && map != NULL && io != NULL, "no maps")) {
		return;
	}
	demo_place(&(struct demo_place){"vmalloc(100000)", 100000,
					whole_pages(100000), v, 0});
	demo_place(&(struct demo_place){"vmap(4 odd frames, 4)", 4 * PAGE_SIZE,
					4 * PAGE_SIZE, map, 0});
	demo_place(
		&(struct demo_place){"ioremap(0xfee00020, 64)", 64, 64, io, 0});
	demo_expect(mfn_x(vmap_to_mfn(io)) == 0xfee00000UL >> PAGE_SHIFT,
		    "ioremap shows another frame");
	iounmap(io);
	vunmap(map);
	vfree(v);
	free_domheap_pages(pg, 3);
}

static void show_xvmalloc(void)
{
	struct vcpu *small = xvmalloc(struct vcpu);
	char *large = xvmalloc_array(char, 100000);

	if (!demo_expect(small != NULL && large != NULL, "no xvmalloc")) {
		return;
	}
	demo_place(&(struct demo_place){"xvmalloc(struct vcpu)", sizeof(*small),
					taken_by(small), small, 0});
	demo_place(&(struct demo_place){"xvmalloc_array(char, 100000)", 100000,
					whole_pages(100000), large, 0});
	demo_expect(!vmap_contains(small) && vmap_contains(large),
		    "xvmalloc chose the wrong world");
	xvfree(large);
	xvfree(small);
}

static void show_allocators(void)
{
	demo_heading("One allocation of each kind");
	demo_place_head();
	show_xenheap();
	show_xmalloc();
	show_vmap();
	show_xvmalloc();
	demo_gap();
	demo_say("xmalloc is contiguous in physical memory. vmalloc takes "
		 "frames from anywhere and maps them in a row. xvmalloc, the "
		 "default, does whichever fits the size.");
}

/* ---- 4: faults ---- */

static sigjmp_buf after_fault;
static void *volatile fault_address;

static void on_fault(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	fault_address = info->si_addr;
	siglongjmp(after_fault, 1);
}

/* Write to @va. Return: true if that was a page fault there. */
static bool write_faults(char *va)
{
	struct sigaction catch_it = {.sa_sigaction = on_fault,
				     .sa_flags = SA_SIGINFO};
	struct sigaction before;
	bool faulted = true;

	fault_address = NULL;
	sigaction(SIGSEGV, &catch_it, &before);
	if (sigsetjmp(after_fault, 1) == 0) {
		*(volatile char *)va = 'x';
		faulted = false;
	}
	sigaction(SIGSEGV, &before, NULL);
	return faulted && fault_address == va;
}

static void show_write(const char *what, char *va, bool may_fault)
{
	bool faulted = write_faults(va);

	demo_line("  write to %012lx  %-22s  %s", (unsigned long)va, what,
		  faulted ? "PAGE FAULT, recovered" : "works");
	demo_expect(faulted == may_fault, "expected otherwise");
}

static void show_guards(void)
{
	char *va = vmalloc(3 * PAGE_SIZE);

	demo_heading("Guard pages and read-only pages");
	demo_say("Every vmap area has an unmapped page on both sides. Here is "
		 "vmalloc(%lu):",
		 3 * PAGE_SIZE);
	demo_gap();
	if (!demo_expect(va != NULL, "no memory")) {
		return;
	}
	show_write("byte before the area", va - 1, true);
	show_write("first byte", va, false);
	show_write("last byte", va + 3 * PAGE_SIZE - 1, false);
	show_write("byte behind the area", va + 3 * PAGE_SIZE, true);
	demo_expect(modify_xen_mappings((unsigned long)va,
					(unsigned long)va + PAGE_SIZE,
					PAGE_HYPERVISOR_RO) == 0,
		    "the page cannot be made read-only");
	show_write("now read-only", va, true);
	vfree(va);
	show_write("freed", va + PAGE_SIZE, true);
}

/* ---- 5: mistakes ---- */

static void show_mistakes(void)
{
	char *p = xmalloc_array(char, 40);
	char *q = vmalloc(PAGE_SIZE);
	struct page_info *pg = alloc_domheap_page(NULL, 0);

	demo_heading("Mistakes that are caught");
	demo_say("A wrong free changes nothing and stops the machine with a "
		 "message that names the address, what was found and who "
		 "called. (The demo carries on.)");
	demo_gap();
	if (!demo_expect(p != NULL && q != NULL && pg != NULL, "no memory")) {
		return;
	}
	DEMO_PANIC(xfree(p + 16), "xfree");
	xfree(p);
	DEMO_PANIC(xfree(p), "xfree");
	DEMO_PANIC(xfree(q), "xfree");
	DEMO_PANIC(vfree(q + 8), "vfree");
	free_domheap_page(pg);
	DEMO_PANIC(free_domheap_page(pg), "free");
	vfree(q);
	demo_expect(xmem_check_all() == NULL, "the validators complain");
}

/* ---- 6: a guest, and the map ---- */

#define GUEST_CHUNKS 96
#define CHUNK_ORDER  (20 - PAGE_SHIFT + 1) /* 2 MiB */

static void show_guest(void)
{
	static struct page_info *chunk[GUEST_CHUNKS];
	struct domain guest;
	unsigned int nr = 0;
	struct page_info *huge;

	demo_heading("A guest moves in, and half out");
	xmem_owner_init(&guest.mem, 512UL << (20 - PAGE_SHIFT), 0);
	huge = alloc_domheap_pages(&guest, 28 - PAGE_SHIFT, MEMF_no_scrub);
	while (nr < GUEST_CHUNKS) {
		chunk[nr] =
			alloc_domheap_pages(&guest, CHUNK_ORDER, MEMF_no_scrub);
		if (chunk[nr] == NULL) {
			break;
		}
		nr++;
	}
	demo_say("A guest with a limit of 512 MiB gets 256 MiB in one block "
		 "and %u x 2 MiB; 128 MiB more are refused. It gives every "
		 "second of the small blocks back, and single pages of some "
		 "others. Physical memory now:",
		 nr);
	demo_gap();
	demo_expect(huge != NULL && nr == GUEST_CHUNKS, "no memory");
	demo_expect(alloc_domheap_pages(&guest, 27 - PAGE_SHIFT, 0) == NULL,
		    "the guest got more than its limit");
	for (unsigned int i = 0; i < nr; i += 2) {
		free_domheap_pages(chunk[i], CHUNK_ORDER);
	}
	for (unsigned int i = 1; i < nr; i += 8) {
		free_domheap_page(chunk[i] + 5);
	}
	demo_heap_map();
	demo_gap();
	demo_free_blocks();
	demo_gap();
	for (unsigned int i = 1; i < nr; i += 2) {
		for (unsigned long k = 0; k < 1UL << CHUNK_ORDER; k++) {
			if (i % 8 != 1 || k != 5) {
				free_domheap_page(chunk[i] + k);
			}
		}
	}
	free_domheap_pages(huge, 28 - PAGE_SHIFT);
	demo_expect(guest.mem.tot_pages == 0, "the guest still owns pages");
	demo_say("Then it goes, page by page; the frames merge again:");
	demo_gap();
	demo_free_blocks();
}

static void shut_down(const char *which)
{
	unsigned long leaked = xmem_host_shutdown();

	demo_gap();
	demo_line("  %s shuts down: %s", which,
		  leaked == 0 ? "validators agree, no page leaked"
			      : "SOMETHING IS MISSING");
	demo_expect(leaked == 0, "leak, or a validator complained");
}

/* ---- 7: fragmentation ---- */

#define SMALL_RAM   (16UL << 20)
#define SMALL_PAGES (SMALL_RAM >> 12)

/* Every second frame of RAM, by address, is free; nothing else is. */
static unsigned long fragment(struct page_info **page)
{
	unsigned long nr = 0;
	struct page_info *pg;

	while (nr < SMALL_PAGES &&
	       (pg = alloc_domheap_page(NULL, MEMF_no_scrub)) != NULL) {
		page[nr++] = pg;
	}
	for (unsigned long i = 0; i < nr; i++) {
		if (mfn_x(page_to_mfn(page[i])) % 2 == 0) {
			free_domheap_page(page[i]);
			page[i] = NULL;
		}
	}
	return nr;
}

static void show_both_ways(unsigned long size)
{
	void *x = _xmalloc(size, 8);
	void *xv = _xvmalloc(size, 8);

	demo_line("  _xmalloc(%lu, 8)   %s", size,
		  x == NULL ? "NULL: no such block exists" : "?");
	demo_line("  _xvmalloc(%lu, 8)  %012lx, in a row from these frames:",
		  size, (unsigned long)xv);
	demo_expect(x == NULL, "xmalloc should have failed");
	if (demo_expect(xv != NULL, "xvmalloc should have succeeded")) {
		unsigned int runs = demo_frames(xv, size >> PAGE_SHIFT);

		memset(xv, 0x5a, size);
		demo_expect(runs > 1, "the frames are contiguous");
	}
	xvfree(xv);
	xfree(x);
}

static void show_fragmentation(void)
{
	static struct page_info *page[SMALL_PAGES];
	unsigned long size = PAGES_64K << PAGE_SHIFT;
	unsigned long nr;

	demo_heading("Fragmentation: where xvmalloc wins");
	power_on(&(struct xmem_host_config){.ram_bytes = SMALL_RAM,
					    .vmap_bytes = 64UL << 20});
	xmem_host_give_ram();
	arch_init_directmap();
	arch_init_frametable();
	end_boot_allocator();
	vm_init();
	heap_init_late();
	xmem_host_boot_done();
	nr = fragment(page);
	demo_say("A machine of %s. Somebody took every page, then gave every "
		 "second one back: %s are free, but never two pages in a row.",
		 demo_size(SMALL_RAM),
		 demo_size((uint64_t)total_free_pages() << PAGE_SHIFT));
	demo_gap();
	demo_free_blocks();
	demo_gap();
	show_both_ways(size);
	for (unsigned long i = 0; i < nr; i++) {
		if (page[i] != NULL) {
			free_domheap_page(page[i]);
		}
	}
	shut_down("the small machine");
}

int main(void)
{
	demo_say("xmem: the memory of a hypervisor, from the memory map to "
		 "the last free");
	boot_first();
	show_allocators();
	show_guards();
	show_mistakes();
	show_guest();
	shut_down("the machine");
	show_fragmentation();
	demo_gap();
	if (demo_nr_failed() > 0) {
		demo_say("%u things were not as they should be (marked !!).",
			 demo_nr_failed());
		return 1;
	}
	demo_say("All of this was checked while it was printed. Next: `make "
		 "check` runs the tests; docs/memory-allocation-functions.rst "
		 "says which function when; docs/design.md why.");
	return 0;
}
