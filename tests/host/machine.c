/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * machine.c - power on, boot, shut down
 *
 * Layouts     full      the direct map covers all RAM
 *             partial   it covers RAM below an address, and so the xenheap
 *             separate  it covers RAM below an address; of that the upper
 *                       part is the xenheap, and the lower part is for the
 *                       boot allocator's page tables
 * Leaks       Free pages at shutdown plus the page tables built since boot
 *             must be the free pages after boot.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host_priv.h"

#define MIB(n) ((uint64_t)(n) << 20)

struct host_machine xmem_host;
unsigned int xmem_host_layout;

void xmem_host_cpu_enter(unsigned int cpu)
{
	if (cpu >= xmem_host.config.nr_cpus) {
		xmem_port_panic("host: no CPU %u, the machine has %u\n", cpu,
				xmem_host.config.nr_cpus);
	}
	xmem_host_this_cpu = cpu;
}

/* ---- configuration ---- */

static uint64_t listed_ram(const struct xmem_host_config *c)
{
	uint64_t bytes = 0;

	for (unsigned int i = 0; i < c->nr_ranges; i++) {
		if (c->ranges[i].start < c->ranges[i].end) {
			bytes += c->ranges[i].end - c->ranges[i].start;
		}
	}
	return bytes;
}

static int settle_config(const struct xmem_host_config *config)
{
	struct xmem_host_config *c = &xmem_host.config;

	*c = config != NULL ? *config : (struct xmem_host_config){0};
	if (c->nr_ranges > 0) {
		c->ram_bytes = listed_ram(c);
	}
	c->ram_bytes = c->ram_bytes != 0 ? c->ram_bytes : MIB(1024);
	c->nr_cpus = c->nr_cpus != 0 ? c->nr_cpus : 1;
	c->nr_nodes = c->nr_nodes != 0 ? c->nr_nodes : 1;
	if (c->xenheap_bytes == 0) {
		c->xenheap_bytes = c->ram_bytes / 4;
	}
	return c->nr_cpus <= NR_CPUS && c->nr_nodes <= MAX_NUMNODES &&
			       c->layout <= XMEM_LAYOUT_SEPARATE
		       ? 0
		       : -XMEM_EINVAL;
}

/* Frames of low memory for the tables of a separate xenheap's boot. */
static unsigned long boot_frames(void)
{
	return (unsigned long)(MIB(2) >> PAGE_SHIFT) + 64;
}

/* The first range that has room for @nr frames of xenheap behind the boot
 * allocator's part. */
static bool place_xenheap(unsigned long nr)
{
	for (unsigned int i = 0; i < xmem_host.nr_ranges; i++) {
		const struct host_range *r = &xmem_host.range[i];

		if (!r->late && r->emfn - r->smfn > nr + boot_frames()) {
			xmem_host.xen_smfn = r->smfn + boot_frames();
			xmem_host.xen_emfn = xmem_host.xen_smfn + nr;
			xmem_host_mapped_end = xmem_host.xen_emfn;
			return true;
		}
	}
	return false;
}

/* What was asked for, or half of it, or ... */
static int find_xenheap(void)
{
	unsigned long nr =
		(unsigned long)(xmem_host.config.xenheap_bytes >> PAGE_SHIFT);

	while (nr > 0 && !place_xenheap(nr)) {
		nr /= 2;
	}
	return nr > 0 ? 0 : -XMEM_EINVAL;
}

static int place_heaps(void)
{
	xmem_host.xen_smfn = 0;
	xmem_host.xen_emfn = 0;
	xmem_host_mapped_end = xmem_host_max_mfn;
	if (xmem_host_layout == XMEM_LAYOUT_PARTIAL) {
		unsigned long end =
			(unsigned long)(xmem_host.config.xenheap_bytes >>
					PAGE_SHIFT);

		xmem_host_mapped_end =
			end < xmem_host_max_mfn ? end : xmem_host_max_mfn;
	}
	return xmem_host_layout == XMEM_LAYOUT_SEPARATE ? find_xenheap() : 0;
}

/* ---- power, boot ---- */

int xmem_host_power_on(const struct xmem_host_config *config)
{
	int rc;

	if (xmem_host.on) {
		return -XMEM_EBUSY;
	}
	memset(&xmem_host, 0, sizeof(xmem_host));
	rc = settle_config(config);
	if (rc == 0) {
		rc = xmem_host_plan_ram(&xmem_host.config);
	}
	if (rc == 0) {
		rc = xmem_host_image_reset();
	}
	if (rc != 0) {
		return rc;
	}
	xmem_host_layout = xmem_host.config.layout;
	xmem_host_this_cpu = 0;
	rc = place_heaps();
	if (rc == 0) {
		xmem_host_limit_directmap();
		rc = xmem_host_mmu_on();
	}
	xmem_host.on = rc == 0;
	return rc;
}

/* RAM of range @i that the boot allocator gets: not the xenheap. */
static void give_range(const struct host_range *r)
{
	unsigned long xs = xmem_host.xen_smfn;
	unsigned long xe = xmem_host.xen_emfn;
	paddr_t start = (paddr_t)r->smfn << PAGE_SHIFT;
	paddr_t end = (paddr_t)r->emfn << PAGE_SHIFT;

	if (xs < xe && xs >= r->smfn && xe <= r->emfn) {
		init_boot_pages(start, (paddr_t)xs << PAGE_SHIFT);
		init_boot_pages((paddr_t)xe << PAGE_SHIFT, end);
	} else {
		init_boot_pages(start, end);
	}
}

void xmem_host_give_ram(void)
{
	if (xmem_host_layout == XMEM_LAYOUT_PARTIAL) {
		xenheap_max_mfn(xmem_host_mapped_end - 1);
	}
	for (unsigned int i = 0; i < xmem_host.nr_ranges; i++) {
		if (!xmem_host.range[i].late) {
			give_range(&xmem_host.range[i]);
		}
	}
}

static void start_vmap(void)
{
	vm_init();
	vm_init_type(VMAP_XEN, (void *)xmem_host.vmap_xen.start,
		     (void *)xmem_host.vmap_xen.end);
}

/* All CPUs but the first, which the library has announced itself. */
static int start_cpus(void)
{
	int rc = 0;

	for (unsigned int cpu = 1; cpu < xmem_host.config.nr_cpus && rc == 0;
	     cpu++) {
		rc = xmem_cpu_up(cpu, xmem_host_cpu_to_node(cpu));
	}
	return rc;
}

int xmem_host_boot(const struct xmem_host_config *config)
{
	int rc = xmem_host_power_on(config);

	if (rc != 0) {
		return rc;
	}
	xmem_host_give_ram();
	arch_init_directmap();
	arch_init_frametable();
	if (xmem_host.config.early_vmap) {
		start_vmap();
	}
	if (xmem_host_layout == XMEM_LAYOUT_SEPARATE) {
		init_xenheap_pages((paddr_t)xmem_host.xen_smfn << PAGE_SHIFT,
				   (paddr_t)xmem_host.xen_emfn << PAGE_SHIFT);
	}
	end_boot_allocator();
	if (!xmem_host.config.early_vmap) {
		start_vmap();
	}
	heap_init_late();
	rc = start_cpus();
	if (rc != 0) {
		return rc;
	}
	xmem_host_boot_done();
	xmem_host_fail_nth(xmem_host.config.fail_nth,
			   xmem_host.config.fail_persistent);
	return 0;
}

/* ---- leaks ---- */

/* Pages that are free, hold page tables, or wait to become one. */
static unsigned long count_pages(void)
{
	return total_free_pages() + xmem_host_count_tables() +
	       xmem_map_spare_tables();
}

void xmem_host_boot_done(void)
{
	xmem_host.free_at_boot = count_pages();
	xmem_host.boot_done = true;
}

void xmem_host_adopt(long pages)
{
	xmem_host.free_at_boot += (unsigned long)pages;
}

static unsigned long count_missing(void)
{
	unsigned long now = count_pages();

	if (!xmem_host.boot_done || now == xmem_host.free_at_boot) {
		return 0;
	}
	if (now > xmem_host.free_at_boot) {
		fprintf(stderr, "xmem host: %lu pages more than after boot\n",
			now - xmem_host.free_at_boot);
		return ~0UL;
	}
	fprintf(stderr,
		"xmem host: %lu pages leaked (xmalloc: %lu bytes in "
		"use, vmap: %lu pages)\n",
		xmem_host.free_at_boot - now, xmem_xmalloc_used(),
		xmem_vmap_used(VMAP_DEFAULT));
	return xmem_host.free_at_boot - now;
}

static bool is_sound(void)
{
	const char *broken = xmem_check_all();
	struct xmem_host_stats stats;

	xmem_host_get_stats(&stats);
	if (broken != NULL) {
		fprintf(stderr, "xmem host: %s\n", broken);
	}
	if (stats.nr_stale > 0) {
		fprintf(stderr, "xmem host: %lu translations never flushed\n",
			stats.nr_stale);
	}
	if (xmem_host_open_windows() > 0) {
		fprintf(stderr, "xmem host: %u domain pages still mapped\n",
			xmem_host_open_windows());
	}
	return broken == NULL && stats.nr_stale == 0 &&
	       xmem_host_open_windows() == 0;
}

unsigned long xmem_host_shutdown(void)
{
	unsigned long missing;

	if (!xmem_host.on) {
		return 0;
	}
	xmem_host_fail_nth(0, false);
	xmem_xmalloc_trim();
	missing = is_sound() ? count_missing() : ~0UL;
	xmem_host_mmu_off();
	xmem_host.on = false;
	return missing;
}
