/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mmu.c - address space, direct map, frame table and CPU windows
 *
 * Power-on reserves one stretch of addresses (nothing mapped) and maps the
 * direct map, as firmware leaves it; arch_init_directmap() then builds the
 * page tables that say the same. The frame table takes boot frames and is
 * mapped by page tables, as on a real machine: so it costs what it would
 * cost there, and only the descriptors that are touched cost real memory.
 *
 * A frame outside the direct map is reached through a window of the CPU:
 * a stack of WINDOWS pages, strictly last in first out.
 */
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <arch/pte.h>

#include "host_priv.h"

#define GIB	(1UL << 30)
#define WINDOWS 16U

unsigned long xmem_host_directmap;
unsigned long xmem_host_mapped_end;
struct page_info *xmem_host_frametable;
unsigned long xmem_host_vmap_start;
unsigned int xmem_host_block_levels = 3;
unsigned long xmem_host_root;

static unsigned int windows_open[NR_CPUS];

_Noreturn void xmem_host_bad_pte(const char *what, uint64_t pte,
				 unsigned int level)
{
	xmem_port_panic("host: page table entry %llx at level %u is %s\n",
			(unsigned long long)pte, level, what);
}

/* ---- addresses ---- */

static unsigned long round_up(unsigned long x, unsigned long align)
{
	return (x + align - 1) & ~(align - 1);
}

/* Pages, and bytes, of a direct map by index. */
static unsigned long nr_indices(void)
{
	return xmem_host_frames.nr_numbers << XMEM_SECTION_ORDER;
}

static unsigned long ram_addresses(void)
{
	return nr_indices() << PAGE_SHIFT;
}

/* The largest block that a machine of this size can use. */
static unsigned long block_align(void)
{
	unsigned long most = PAGE_SIZE << (2 * ARCH_PT_BITS);
	unsigned long align = GIB;

	while (align < most && align < ram_addresses()) {
		align *= 2;
	}
	return align;
}

/* Take @bytes from the front of @left. */
static struct host_window carve(struct host_window *left, unsigned long bytes)
{
	struct host_window w = {left->start, left->start + bytes};

	left->start = round_up(w.end, GIB);
	return w;
}

static unsigned long vmap_bytes(void)
{
	uint64_t want = xmem_host.config.vmap_bytes;
	uint64_t ram = (uint64_t)xmem_host.config.ram_bytes;

	if (want == 0) {
		want = 256UL << 20;
		while (want < 4 * ram && want < 64 * GIB) {
			want *= 2;
		}
	}
	return round_up((unsigned long)want, PAGE_SIZE);
}

/* Any place for a small machine; a large one needs the long gap below the
 * program, above what the sanitizers use or from the very start. */
static void *reserve(unsigned long bytes)
{
	static const unsigned long places[] = {0, 1UL << 40, 17UL << 40};
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;

	for (unsigned int i = 0; i < 3; i++) {
		void *at = (void *)places[i];
		void *got = mmap(
			at, bytes, PROT_NONE,
			places[i] ? flags | MAP_FIXED_NOREPLACE : flags, -1, 0);

		if (got != MAP_FAILED) {
			return got;
		}
	}
	return MAP_FAILED;
}

static int lay_out(void)
{
	unsigned long align = block_align();
	unsigned long ram = round_up(ram_addresses(), GIB);
	unsigned long table =
		round_up(nr_indices() * sizeof(struct page_info), GIB);
	unsigned long windows = (unsigned long)NR_CPUS * WINDOWS * PAGE_SIZE;
	unsigned long bytes = align + ram + table + 10 * GIB +
			      round_up(vmap_bytes(), GIB) +
			      round_up(windows, GIB);
	void *place = reserve(bytes);
	struct host_window left;

	if (place == MAP_FAILED) {
		return -XMEM_ENOMEM;
	}
	left.start = round_up((unsigned long)place, align);
	left.end = (unsigned long)place + bytes;
	xmem_host.reserved =
		(struct host_window){(unsigned long)place, left.end};
	xmem_host_directmap = carve(&left, ram).start;
	xmem_host_frametable = (struct page_info *)carve(&left, table).start;
	xmem_host.vmap = carve(&left, vmap_bytes());
	xmem_host.vmap_xen = carve(&left, GIB);
	xmem_host.spare = carve(&left, 8 * GIB);
	xmem_host.cpu_windows = carve(&left, windows);
	xmem_host_vmap_start = xmem_host.vmap.start;
	return 0;
}

void xmem_host_free_window(unsigned long *start, unsigned long *end)
{
	*start = xmem_host.spare.start;
	*end = xmem_host.spare.end;
}

XMEM_API_MAPS void *arch_vmap_virt_end(void)
{
	return (void *)xmem_host.vmap.end;
}

/* ---- direct map ---- */

/* The part of range @i that is in the direct map. */
static bool mapped_part(unsigned int i, unsigned long *smfn, unsigned long *nr)
{
	const struct host_range *r = &xmem_host.range[i];
	unsigned long end =
		r->emfn < xmem_host_mapped_end ? r->emfn : xmem_host_mapped_end;

	*smfn = r->smfn;
	*nr = end > r->smfn ? end - r->smfn : 0;
	return *nr > 0;
}

static void map_ram(void)
{
	unsigned long smfn, nr;

	for (unsigned int i = 0; i < xmem_host.nr_ranges; i++) {
		if (mapped_part(i, &smfn, &nr)) {
			unsigned long va =
				(unsigned long)xmem_arch_mfn_to_virt(smfn);

			xmem_host_mmap(va, nr, smfn, PAGE_HYPERVISOR_RW);
			xmem_host_mirror_note(va, nr, smfn, PAGE_HYPERVISOR_RW);
		}
	}
}

int xmem_host_mmu_on(void)
{
	const struct xmem_host_config *c = &xmem_host.config;

	xmem_host.memfd = memfd_create("xmem-ram", MFD_CLOEXEC);
	if (xmem_host.memfd < 0) {
		return -XMEM_ENOMEM;
	}
	if (ftruncate(xmem_host.memfd, (off_t)1 << PADDR_BITS) != 0 ||
	    lay_out() != 0) {
		close(xmem_host.memfd);
		return -XMEM_ENOMEM;
	}
	xmem_host_block_levels = c->block_levels != 0 ? c->block_levels : 3;
	xmem_host_root = XMEM_NO_MFN;
	memset(windows_open, 0, sizeof(windows_open));
	xmem_host_mirror_on();
	map_ram();
	return 0;
}

void xmem_host_mmu_off(void)
{
	struct host_window w = xmem_host.reserved;

	xmem_host_mirror_off();
	munmap((void *)w.start, w.end - w.start);
	close(xmem_host.memfd);
}

static void make_root(void)
{
	mfn_t root = xmem_alloc_boot_pages_below(1, 1, xmem_host_mapped_end);
	xmem_pte_t *table;

	if (mfn_eq(root, INVALID_MFN)) {
		xmem_port_panic("host: no boot frame for the root table\n");
	}
	table = xmem_arch_table(mfn_x(root));
	for (unsigned long i = 0; i < 1UL << ARCH_PT_BITS; i++) {
		xmem_pte_write(&table[i], xmem_pte_none());
	}
	xmem_host_root = mfn_x(root);
}

XMEM_API_MAPS void arch_init_directmap(void)
{
	unsigned long smfn, nr;

	make_root();
	for (unsigned int i = 0; i < xmem_host.nr_ranges; i++) {
		unsigned long va;

		if (!mapped_part(i, &smfn, &nr)) {
			continue;
		}
		va = (unsigned long)xmem_arch_mfn_to_virt(smfn);
		if (map_pages_to_xen(va, _mfn(smfn), nr, PAGE_HYPERVISOR_RW)) {
			xmem_port_panic("host: no tables for the direct map\n");
		}
	}
}

/* ---- frame table ---- */

/* Map table pages [@page, @end) with the largest blocks there are frames
 * for. Return: pages done. */
static unsigned long map_table_part(unsigned long page, unsigned long end)
{
	unsigned long nr = 1;
	mfn_t mfn;
	int rc;

	while ((page & nr) == 0 && nr * 2 <= end - page &&
	       nr < 1UL << MAX_ORDER) {
		nr *= 2;
	}
	do {
		mfn = xmem_alloc_boot_pages_below(nr, nr, ~0UL);
	} while (mfn_eq(mfn, INVALID_MFN) && (nr /= 2) > 0);
	if (nr == 0) {
		xmem_port_panic("host: no boot frames for the frame table\n");
	}
	rc = map_pages_to_xen(page << PAGE_SHIFT, mfn, nr, PAGE_HYPERVISOR_RW);
	if (rc != 0) {
		xmem_port_panic("host: no tables for the frame table\n");
	}
	return nr;
}

XMEM_API_MAPS void arch_init_frametable(void)
{
	unsigned long next = 0;

	for (unsigned int i = 0; i < xmem_host.nr_ranges; i++) {
		const struct host_range *r = &xmem_host.range[i];
		unsigned long from = (unsigned long)mfn_to_page(_mfn(r->smfn));
		unsigned long to =
			(unsigned long)(mfn_to_page(_mfn(r->emfn - 1)) + 1);
		unsigned long end = (to + PAGE_SIZE - 1) >> PAGE_SHIFT;

		from >>= PAGE_SHIFT;
		next = next > from ? next : from;
		while (next < end) {
			next += map_table_part(next, end);
		}
	}
}

/* ---- any frame ---- */

static unsigned long window_address(unsigned int cpu, unsigned int i)
{
	return xmem_host.cpu_windows.start +
	       ((unsigned long)cpu * WINDOWS + i) * PAGE_SIZE;
}

XMEM_API_MAPS void *map_domain_page(mfn_t mfn)
{
	unsigned int cpu = xmem_host_this_cpu;
	unsigned long va;

	if (xmem_arch_mfn_mapped(mfn_x(mfn))) {
		return xmem_arch_mfn_to_virt(mfn_x(mfn));
	}
	if (!xmem_arch_mfn_valid(mfn_x(mfn))) {
		xmem_port_panic("host: map_domain_page of frame %lx: no such "
				"RAM\n",
				mfn_x(mfn));
	}
	if (windows_open[cpu] == WINDOWS) {
		xmem_port_panic("host: CPU %u has %u domain pages mapped, no "
				"more slots\n",
				cpu, WINDOWS);
	}
	va = window_address(cpu, windows_open[cpu]++);
	xmem_host_mmap(va, 1, mfn_x(mfn), PAGE_HYPERVISOR_RW);
	return (void *)va;
}

XMEM_API_MAPS void unmap_domain_page(const void *va)
{
	unsigned int cpu = xmem_host_this_cpu;
	unsigned long page = (unsigned long)va & PAGE_MASK;

	if (xmem_arch_in_directmap(va)) {
		return;
	}
	if (windows_open[cpu] == 0 ||
	    page != window_address(cpu, windows_open[cpu] - 1)) {
		xmem_port_panic("host: unmap_domain_page(%p) is not the newest "
				"slot of CPU %u\n",
				va, cpu);
	}
	windows_open[cpu]--;
	xmem_host_mmap(page, 1, XMEM_NO_MFN, 0);
}

unsigned int xmem_host_open_windows(void)
{
	unsigned int nr = 0;

	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++) {
		nr += windows_open[cpu];
	}
	return nr;
}
