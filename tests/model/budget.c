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

#include "vmap/va.h"
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
		cmocka_unit_test(page_info_is_small),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
