/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * budget.c - what the allocators themselves cost in memory
 *
 * Bytes of metadata per frame of RAM, frame table excluded: the bitmaps of
 * the heap and of the vmap window that vm_init() manages. On machines below
 * 64 MiB the smallest window costs more than its share; not tested here.
 */
#include "test.h"

#include <xmem/xmem.h>

#include "memory_maps.h"
#include "va/va.h"
#include "xmem_host.h"

static unsigned long count_ram(void)
{
	unsigned long nr = 0;
	unsigned long start, end;

	for (unsigned int i = 0; xmem_boot_ram(i, &start, &end); i++) {
		nr += end - start;
	}
	return nr;
}

static void check_machine(unsigned long mib)
{
	struct xmem_host_config config = {.ram_bytes = (uint64_t)mib << 20};
	struct xmem_heap_stats stats;
	unsigned long window = 32UL << (20 - PAGE_SHIFT);
	unsigned long bytes, ram;

	assert_int_equal(xmem_host_boot(&config), 0);
	ram = count_ram();
	xmem_heap_get_stats(0, &stats);
	window = ram - ram / 8 > window ? ram - ram / 8 : window;
	bytes = stats.meta_bytes + xmem_va_bytes(window);
	print_message("# %lu MiB: %lu frames, %lu bytes\n", mib, ram, bytes);
	assert_true(bytes <= ram);
	assert_int_equal(xmem_host_shutdown(), 0);
}

/* ---- machines with holes ---- */

static void add_stats(struct xmem_heap_stats *sum)
{
	for (unsigned int node = 0; node < 2; node++) {
		struct xmem_heap_stats stats;

		xmem_heap_get_stats(node, &stats);
		sum->span_pages += stats.span_pages;
		sum->meta_bytes += stats.meta_bytes;
		sum->nr_arenas += stats.nr_arenas;
	}
}

/* Boots @map. Return: bytes of metadata of the heap, times 1000, a frame. */
static unsigned long measure_map(const struct memory_map *map)
{
	static struct xmem_host_range range[MAPS_MAX_RANGES];
	struct xmem_host_config config = {
		.ranges = range, .nr_ranges = map->nr, .nr_nodes = 2};
	struct xmem_heap_stats sum = {0};
	unsigned long ram;

	for (unsigned int i = 0; i < map->nr; i++) {
		range[i] = (struct xmem_host_range){
			.start = map->range[i].start,
			.end = map->range[i].end,
			.node = map->range[i].node,
		};
	}
	assert_int_equal(xmem_host_boot(&config), 0);
	ram = count_ram();
	add_stats(&sum);
	print_message("# %s: %lu frames, %lu in %u spans, %lu bytes: %lu.%03lu "
		      "a frame\n",
		      map->name, ram, sum.span_pages, sum.nr_arenas,
		      sum.meta_bytes, sum.meta_bytes / ram,
		      sum.meta_bytes * 1000 / ram % 1000);
	assert_int_equal(xmem_host_shutdown(), 0);
	return sum.meta_bytes * 1000 / ram;
}

/* Holes between the spans cost nothing; a thousand small ranges, of a few pages
 * each where these are large, pay for their spans. The figures of
 * docs/sparse.md. */
static void metadata_is_paid_for_ram(void **state)
{
	static struct memory_map map;

	(void)state;
	for (unsigned int which = 0; which < NR_MAPS; which++) {
		unsigned long cost;

		map_fill(&map, which);
		cost = measure_map(&map);
		assert_true(cost <= (which == MAP_THOUSAND && PAGE_SHIFT > 12
					     ? 3000
					     : 500));
	}
}

/* At most one byte of metadata a frame, from small to large machines. */
static void metadata_is_below_a_byte_a_frame(void **state)
{
	(void)state;
	check_machine(PAGE_SHIFT == 12 ? 64 : 1024);
	check_machine(1024);
	check_machine(6144);
	check_machine(16384);
}

/* A frame table entry has 32 bytes at most. */
static void page_info_is_small(void **state)
{
	(void)state;
	assert_true(sizeof(struct page_info) <= 32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(metadata_is_below_a_byte_a_frame),
		cmocka_unit_test(metadata_is_paid_for_ram),
		cmocka_unit_test(page_info_is_small),
	};

	test_begin();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
