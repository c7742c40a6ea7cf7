/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sparse.c - machines whose RAM is far apart, or comes late, lose none of it
 *
 * Each machine of the host boots as a hypervisor does. What is free afterwards
 * is at least 98 % of the RAM; the metadata of heap and vmap window is at most
 * 1 % of it, 0.2 % where ranges have 64 MiB or more; and the console has the
 * one line that heap_init_late() prints.
 */
#include "test.h"

#include <xmem/admin.h>
#include <xmem/pages.h>
#include <xmem_host.h>

#include "va/va.h"

#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)
#define TIB ((uint64_t)1 << 40)

#define MOST 1024
static struct xmem_host_range range[MOST];
static struct xmem_host_config config;
static uint64_t given; /* bytes of RAM that the boot allocator gets */

static void new_machine(void)
{
	config = (struct xmem_host_config){.ranges = range, .nr_nodes = 1};
	given = 0;
}

static void add(uint64_t start, uint64_t size, unsigned int node, bool late)
{
	assert_true(config.nr_ranges < MOST);
	range[config.nr_ranges++] = (struct xmem_host_range){
		.start = start,
		.end = start + size,
		.node = node,
		.late = late,
	};
	given += late ? 0 : size;
}

/* @nr ranges of @size, one every @distance, on @nodes nodes in turn. */
static void add_row(unsigned int nr, uint64_t size, uint64_t distance,
		    unsigned int nodes)
{
	for (unsigned int i = 0; i < nr; i++) {
		/* Frame 0 is nobody's: the first range begins later. */
		add(i * distance + distance / 2, size, i % nodes, false);
	}
	config.nr_nodes = nodes;
}

/* The heap's metadata and that of the vmap window, in bytes. */
static uint64_t count_metadata(unsigned long ram)
{
	unsigned long window = ram - ram / 8;
	uint64_t bytes = xmem_va_bytes(window);

	for (unsigned int n = 0; n < config.nr_nodes; n++) {
		struct xmem_heap_stats stats;

		xmem_heap_get_stats(n, &stats);
		bytes += stats.meta_bytes;
	}
	return bytes;
}

/* Boots. What is lost is at most 1/50 of RAM, what is metadata 1/@share. */
static void boot(const char *what, unsigned int share)
{
	unsigned long ram = (unsigned long)(given >> PAGE_SHIFT);
	unsigned long prints = xmem_host_nr_prints;
	uint64_t meta;

	assert_int_equal(xmem_host_boot(&config), 0);
	meta = count_metadata(ram);
	print_message("# %s: %lu of %lu frames free, %lu bytes of metadata\n",
		      what, total_free_pages(), ram, (unsigned long)meta);
	assert_true(total_free_pages() >= ram / 50 * 49);
	assert_true(meta <= given / share);
	assert_int_equal(xmem_host_nr_prints, prints + 1);
}

/* Equal ranges at equal distances: the more alike all holes are, the less can
 * be joined. */
static void equal_holes_cost_nothing(void **state)
{
	static const struct {
		const char *what;
		unsigned int nr;
		uint64_t size;
		uint64_t distance;
	} map[] = {
		{"1000 x 1 GiB every 16 GiB", 1000, GIB, 16 * GIB},
		{"1000 x 8 MiB every GiB", 1000, 8 * MIB, GIB},
		{"200 x 64 MiB every 64 GiB", 200, 64 * MIB, 64 * GIB},
		{"100 x 4 GiB every TiB", 100, 4 * GIB, TIB},
		{"70 x 256 MiB every TiB", 70, 256 * MIB, TIB},
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(map) / sizeof(map[0]); i++) {
		new_machine();
		add_row(map[i].nr, map[i].size, map[i].distance, 1);
		boot(map[i].what, map[i].size >= 64 * MIB ? 500 : 100);
		assert_int_equal(xmem_host_shutdown(), 0);
	}
}

/* Two nodes that alternate 300 times. */
static void nodes_may_alternate(void **state)
{
	(void)state;
	new_machine();
	add_row(600, 128 * MIB, 128 * MIB, 2);
	boot("two nodes, 300 times in turn", 500);
	assert_int_equal(xmem_host_shutdown(), 0);
}

static void add_late(uint64_t start, uint64_t size)
{
	init_domheap_pages((paddr_t)start, (paddr_t)(start + size));
}

/* 128 MiB blocks in a row come late: all arrive, whatever the order. @step has
 * no common divisor with their number. */
static void add_blocks(unsigned int step)
{
	const unsigned int blocks = 256;
	const uint64_t size = 128 * MIB;
	uint64_t start = 64 * GIB + size; /* no multiple of a section */
	unsigned long before;
	unsigned long frames = (unsigned long)(blocks * size >> PAGE_SHIFT);

	new_machine();
	add(GIB, GIB, 0, false);
	add(start, blocks * size, 0, true);
	assert_int_equal(xmem_host_boot(&config), 0);
	before = total_free_pages();
	for (unsigned int i = 0; i < blocks; i++) {
		add_late(start + i * step % blocks * size, size);
	}
	print_message("# by steps of %u: %lu of %lu frames have come\n", step,
		      total_free_pages() - before, frames);
	assert_true(total_free_pages() - before >= frames - frames / 500);
	/* As large a block as if all had come at once. */
	assert_non_null(alloc_domheap_pages(
		NULL, PAGE_SHIFT == 12 ? MAX_ORDER : 11, MEMF_no_scrub));
}

static void late_blocks_all_arrive(void **state)
{
	static const unsigned int steps[] = {1, 255, 77};

	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		add_blocks(steps[i]);
		/* One block is out, and page tables are not counted. */
		(void)!xmem_host_shutdown();
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(equal_holes_cost_nothing),
	cmocka_unit_test(nodes_may_alternate),
	cmocka_unit_test(late_blocks_all_arrive),
};

TEST_MAIN(tests)
