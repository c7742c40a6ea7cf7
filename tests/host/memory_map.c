/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memory_map.c - where the RAM of the host machine lies, and on which node
 *
 * Either exactly what the configuration lists, or what a PC with that much
 * RAM has: nothing from 640 KiB to 1 MiB, nothing from 3 GiB to 4 GiB. With
 * several nodes each gets the same share, in address order.
 */
#include <stdlib.h>
#include <string.h>

#include "host_priv.h"

#define MIB(n) ((uint64_t)(n) << 20)
#define GIB(n) ((uint64_t)(n) << 30)

unsigned long xmem_host_max_mfn;
struct xmem_frame_index xmem_host_frames;

/* What the index consists of. */
static struct xmem_frame_range index_range[HOST_MAX_RANGES];
static void *index_tables;

/* Index of the range that holds @mfn, or of the last one before it. */
static unsigned int find_range(unsigned long mfn)
{
	unsigned int low = 0;
	unsigned int high = xmem_host.nr_ranges;

	while (high - low > 1) {
		unsigned int mid = (low + high) / 2;

		if (xmem_host.range[mid].smfn <= mfn) {
			low = mid;
		} else {
			high = mid;
		}
	}
	return low;
}

unsigned int xmem_host_mfn_to_node(unsigned long mfn)
{
	if (xmem_host.config.nr_nodes <= 1) {
		return 0;
	}
	return xmem_host.range[find_range(mfn)].node;
}

unsigned int xmem_host_cpu_to_node(unsigned int cpu)
{
	const struct xmem_host_config *c = &xmem_host.config;

	return c->nr_nodes <= 1 ? 0 : cpu * c->nr_nodes / c->nr_cpus;
}

bool xmem_host_range_at(unsigned int i, unsigned long *smfn,
			unsigned long *emfn)
{
	if (i >= xmem_host.nr_ranges) {
		return false;
	}
	*smfn = xmem_host.range[i].smfn;
	*emfn = xmem_host.range[i].emfn;
	return true;
}

/* Bytes [@start, @end), rounded inwards; empty ranges are dropped. */
static int add_range(const struct xmem_host_range *r)
{
	unsigned long smfn =
		(unsigned long)((r->start + PAGE_SIZE - 1) >> PAGE_SHIFT);
	unsigned long emfn = (unsigned long)(r->end >> PAGE_SHIFT);
	struct host_range *to = &xmem_host.range[xmem_host.nr_ranges];

	if (r->end > 1ULL << PADDR_BITS || r->node >= MAX_NUMNODES) {
		return -XMEM_EINVAL;
	}
	if (smfn >= emfn) {
		return 0;
	}
	if (xmem_host.nr_ranges == HOST_MAX_RANGES) {
		return -XMEM_EINVAL;
	}
	*to = (struct host_range){smfn, emfn, r->node, r->late};
	xmem_host.nr_ranges++;
	return 0;
}

/* Add [@start, @end), cut where the next node's share begins. */
static int add_shared(uint64_t start, uint64_t end, uint64_t *before)
{
	const struct xmem_host_config *c = &xmem_host.config;
	uint64_t share = (c->ram_bytes / c->nr_nodes) & ~(MIB(2) - 1);
	int rc = 0;

	while (start < end && rc == 0) {
		uint64_t node = share != 0 ? *before / share : 0;
		uint64_t stop = end;

		if (node >= c->nr_nodes - 1) {
			node = c->nr_nodes - 1;
		} else if (end - start > (node + 1) * share - *before) {
			stop = start + ((node + 1) * share - *before);
		}
		rc = add_range(&(struct xmem_host_range){
			start, stop, (unsigned int)node, false});
		*before += stop - start;
		start = stop;
	}
	return rc;
}

static int plan_pc(void)
{
	uint64_t ram = xmem_host.config.ram_bytes;
	uint64_t low = ram < GIB(3) ? ram : GIB(3);
	uint64_t before = 0;
	int rc;

	if (ram < MIB(2)) {
		return -XMEM_EINVAL;
	}
	rc = add_shared(0, 0xa0000, &before);
	if (rc == 0) {
		rc = add_shared(MIB(1), low, &before);
	}
	if (rc == 0 && ram > low) {
		rc = add_shared(GIB(4), GIB(4) + (ram - low), &before);
	}
	return rc;
}

static int compare(const void *a, const void *b)
{
	const struct host_range *x = a;
	const struct host_range *y = b;

	return x->smfn < y->smfn ? -1 : x->smfn > y->smfn;
}

/* Sorted, disjoint; remember the extremes. */
static int settle(void)
{
	struct host_range *r = xmem_host.range;

	qsort(r, xmem_host.nr_ranges, sizeof(*r), compare);
	for (unsigned int i = 0; i < xmem_host.nr_ranges; i++) {
		if (i > 0 && r[i].smfn < r[i - 1].emfn) {
			return -XMEM_EINVAL;
		}
		xmem_host_max_mfn = r[i].emfn;
	}
	return xmem_host.nr_ranges > 0 ? 0 : -XMEM_EINVAL;
}

/* The index of all RAM, late ranges included; neighbours are one range. */
static int build_index(void)
{
	unsigned long nr = 0;

	for (unsigned int i = 0; i < xmem_host.nr_ranges; i++) {
		const struct host_range *r = &xmem_host.range[i];

		if (nr > 0 && index_range[nr - 1].end == r->smfn) {
			index_range[nr - 1].end = r->emfn;
		} else {
			index_range[nr++] =
				(struct xmem_frame_range){r->smfn, r->emfn};
		}
	}
	free(index_tables);
	index_tables = malloc(xmem_frame_index_bytes(index_range, nr));
	if (index_tables == NULL) {
		return -XMEM_ENOMEM;
	}
	xmem_frame_index_init(&xmem_host_frames, index_range, nr, index_tables);
	return 0;
}

void xmem_host_limit_directmap(void)
{
	xmem_frame_index_limit(&xmem_host_frames, index_tables,
			       xmem_host_mapped_end);
}

int xmem_host_plan_ram(const struct xmem_host_config *config)
{
	int rc = 0;

	xmem_host.nr_ranges = 0;
	for (unsigned int i = 0; i < config->nr_ranges && rc == 0; i++) {
		rc = add_range(&config->ranges[i]);
	}
	if (config->nr_ranges == 0) {
		rc = plan_pc();
	}
	rc = rc == 0 ? settle() : rc;
	return rc == 0 ? build_index() : rc;
}
