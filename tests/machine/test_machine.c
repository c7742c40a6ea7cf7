/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_machine.c - machines of every layout and size boot, and leaks show
 */
#include <pthread.h>

#include <xmem/xmem.h>

#include "test.h"
#include "xmem_host.h"

#define MIB(n) ((uint64_t)(n) << 20)
#define GIB(n) ((uint64_t)(n) << 30)

/* One allocation of each kind, written to from end to end. */
static void use_everything(void)
{
	unsigned char *small = xmalloc_bytes(100);
	unsigned char *large = _xmalloc(5 * PAGE_SIZE + 1, 8);
	unsigned char *pages = alloc_xenheap_pages(2, 0);
	unsigned char *mapped = vzalloc(3 * PAGE_SIZE);
	struct page_info *frames = alloc_domheap_pages(NULL, 4, 0);

	assert_non_null(small);
	assert_non_null(large);
	assert_non_null(pages);
	assert_non_null(mapped);
	assert_non_null(frames);
	memset(small, 1, 100);
	memset(large, 2, 5 * PAGE_SIZE + 1);
	memset(pages, 3, PAGE_SIZE << 2);
	memset(mapped, 4, 3 * PAGE_SIZE);
	for (unsigned long i = 0; i < 16; i++) {
		void *va = map_domain_page(mfn_add(page_to_mfn(frames), i));

		assert_int_equal(((unsigned char *)va)[i], 0);
		memset(va, 5, PAGE_SIZE);
		unmap_domain_page(va);
	}
	assert_false(xmem_host_probe(mapped + 3 * PAGE_SIZE, XMEM_HOST_READ));
	free_domheap_pages(frames, 4);
	vfree(mapped);
	free_xenheap_pages(pages, 2);
	xfree(large);
	xfree(small);
}

/* Every layout boots with 16 MiB to 6 GiB, works, and leaks nothing. */
static void every_layout_boots_at_every_size(void **state)
{
	static const uint64_t sizes[] = {MIB(16), MIB(64), GIB(1), GIB(6)};

	(void)state;
	for (unsigned int layout = 0; layout <= XMEM_LAYOUT_SEPARATE;
	     layout++) {
		for (unsigned int i = 0; i < 4; i++) {
			struct xmem_host_config c = {.layout = layout,
						     .ram_bytes = sizes[i]};

			assert_int_equal(xmem_host_boot(&c), 0);
			use_everything();
			assert_int_equal(xmem_host_shutdown(), 0);
		}
	}
}

/* vmap may be set up before the heap. */
static void vmap_can_come_first(void **state)
{
	struct xmem_host_config c = {.early_vmap = true};

	(void)state;
	assert_int_equal(xmem_host_boot(&c), 0);
	use_everything();
	assert_int_equal(xmem_host_shutdown(), 0);
}

/* Memory from before there is a heap can be freed before and after the
 * hand-over; when it gives out, all is as before. */
static void early_memory_comes_and_goes(void **state)
{
	struct xmem_host_config c = {.ram_bytes = MIB(32)};
	void *early[2];
	mfn_t mfn;

	(void)state;
	assert_int_equal(xmem_host_power_on(&c), 0);
	xmem_host_give_ram();
	arch_init_directmap();
	arch_init_frametable();
	vm_init();
	early[0] = vmalloc(5 * PAGE_SIZE);
	early[1] = vmalloc(MIB(1));
	assert_non_null(early[0]);
	assert_non_null(early[1]);
	vfree(early[1]);
	mfn = xmem_alloc_boot_pages_below(MIB(4) >> PAGE_SHIFT, 1, ~0UL);
	assert_false(mfn_eq(mfn, INVALID_MFN));
	assert_null(vmalloc(MIB(40)));
	early[1] = vmalloc(MIB(16));
	assert_non_null(early[1]);
	memset(early[1], 7, MIB(16));
	vfree(early[1]);
	end_boot_allocator();
	heap_init_late();
	vfree(early[0]);
	use_everything();
	assert_null(xmem_check_all());
	assert_int_equal(xmem_host_shutdown(), 0);
}

/* A CPU without large blocks gets page tables of pages. */
static void pages_only_works(void **state)
{
	struct xmem_host_config c = {.ram_bytes = MIB(64), .block_levels = 1};
	unsigned int order = 9;

	(void)state;
	assert_int_equal(xmem_host_boot(&c), 0);
	use_everything();
	assert_true(xmem_map_attrs((unsigned long)mfn_to_virt(0x200), NULL,
				   &order));
	assert_int_equal(order, 0);
	assert_int_equal(xmem_host_shutdown(), 0);
}

/* Layouts differ in what the direct map covers. */
static void layouts_differ_in_the_direct_map(void **state)
{
	struct xmem_host_config c = {.xenheap_bytes = MIB(128)};
	unsigned long mfn = (512UL << 20) >> PAGE_SHIFT;

	(void)state;
	for (c.layout = 0; c.layout <= XMEM_LAYOUT_SEPARATE; c.layout++) {
		assert_int_equal(xmem_host_boot(&c), 0);
		assert_true(xmem_arch_mfn_valid(mfn));
		assert_int_equal(xmem_arch_mfn_mapped(mfn), c.layout == 0);
		assert_int_equal(
			xmem_host_probe(mfn_to_virt(mfn), XMEM_HOST_READ),
			c.layout == 0);
		assert_int_equal(xmem_host_shutdown(), 0);
	}
}

/* 64 TiB in 1000 ranges boot in no time. */
static void largest_machine_boots(void **state)
{
	static struct xmem_host_range range[1000];
	struct xmem_host_config c = {.ranges = range, .nr_ranges = 1000};
	uint64_t at = MIB(1);

	(void)state;
	for (unsigned int i = 0; i < 1000; i++) {
		range[i].start = at;
		range[i].end = at + ((GIB(65536) / 1000) & ~(MIB(1) - 1));
		at = range[i].end + MIB(16 + i % 7);
	}
	if (xmem_host_boot(&c) == -XMEM_ENOMEM) {
		return; /* a sanitizer left no room for the addresses */
	}
	assert_true(total_free_pages() > GIB(60000) >> PAGE_SHIFT);
	use_everything();
	assert_int_equal(xmem_host_shutdown(), 0);
}

/* With two nodes each CPU finds its memory nearby. */
static void nodes_have_their_memory(void **state)
{
	struct xmem_host_config c = {
		.nr_nodes = 2, .nr_cpus = 4, .ram_bytes = GIB(2)};

	(void)state;
	assert_int_equal(xmem_host_boot(&c), 0);
	for (unsigned int cpu = 0; cpu < 4; cpu++) {
		struct page_info *pg;

		xmem_host_cpu_enter(cpu);
		pg = alloc_domheap_page(NULL, 0);
		assert_int_equal(xmem_host_mfn_to_node(mfn_x(page_to_mfn(pg))),
				 cpu / 2);
		free_domheap_page(pg);
	}
	xmem_host_cpu_enter(0);
	assert_true(avail_node_heap_pages(0) > MIB(900) >> PAGE_SHIFT);
	assert_true(avail_node_heap_pages(1) > MIB(900) >> PAGE_SHIFT);
	assert_int_equal(xmem_host_shutdown(), 0);
}

static void *run_cpu(void *arg)
{
	xmem_host_cpu_enter(*(unsigned int *)arg);
	for (unsigned int i = 0; i < 200; i++) {
		void *p = vmalloc(PAGE_SIZE * 2);

		*(volatile char *)p = 1;
		vfree(p);
	}
	return NULL;
}

/* Threads as CPUs. */
static void cpus_run_at_once(void **state)
{
	struct xmem_host_config c = {.nr_cpus = 4, .ram_bytes = MIB(64)};
	unsigned int cpu[4] = {0, 1, 2, 3};
	pthread_t thread[4];

	(void)state;
	assert_int_equal(xmem_host_boot(&c), 0);
	for (unsigned int i = 0; i < 4; i++) {
		pthread_create(&thread[i], NULL, run_cpu, &cpu[i]);
	}
	for (unsigned int i = 0; i < 4; i++) {
		pthread_join(thread[i], NULL);
	}
	EXPECT_PANIC(xmem_host_cpu_enter(4), "no CPU 4");
	assert_int_equal(xmem_host_shutdown(), 0);
}

/* What is not freed is reported, in pages. */
static void leaks_are_counted(void **state)
{
	(void)state;
	assert_int_equal(xmem_host_boot(NULL), 0);
	assert_non_null(alloc_domheap_pages(NULL, 2, 0));
	assert_non_null(xmalloc_bytes(8));
	assert_int_equal(xmem_host_shutdown(), 5);
}

/* RAM that the boot did not get can be added later. */
static void late_ram_can_be_added(void **state)
{
	static const struct xmem_host_range range[] = {
		{.start = MIB(1), .end = MIB(64)},
		{.start = MIB(80), .end = MIB(96), .late = true},
	};
	struct xmem_host_config c = {.ranges = range, .nr_ranges = 2};
	unsigned long before;

	(void)state;
	assert_int_equal(xmem_host_boot(&c), 0);
	before = total_free_pages();
	init_domheap_pages(MIB(80), MIB(96));
	assert_true(total_free_pages() > before);
	xmem_host_adopt((long)(total_free_pages() - before));
	use_everything();
	assert_int_equal(xmem_host_shutdown(), 0);
}

/* Nonsense is refused, and so is a second machine. */
static void bad_configurations_are_refused(void **state)
{
	static const struct xmem_host_range overlap[] = {
		{.start = MIB(1), .end = MIB(64)},
		{.start = MIB(32), .end = MIB(96)},
	};
	struct xmem_host_config bad[] = {
		{.ranges = overlap, .nr_ranges = 2},
		{.nr_cpus = NR_CPUS + 1},
		{.nr_nodes = MAX_NUMNODES + 1},
		{.layout = XMEM_LAYOUT_NONE},
		{.ram_bytes = 4096},
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(xmem_host_boot(&bad[i]), -XMEM_EINVAL);
	}
	assert_int_equal(xmem_host_boot(NULL), 0);
	assert_int_equal(xmem_host_boot(NULL), -XMEM_EBUSY);
	assert_int_equal(xmem_host_shutdown(), 0);
	assert_int_equal(xmem_host_shutdown(), 0); /* nothing runs */
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(every_layout_boots_at_every_size),
	cmocka_unit_test(vmap_can_come_first),
	cmocka_unit_test(early_memory_comes_and_goes),
	cmocka_unit_test(pages_only_works),
	cmocka_unit_test(layouts_differ_in_the_direct_map),
	cmocka_unit_test(largest_machine_boots),
	cmocka_unit_test(nodes_have_their_memory),
	cmocka_unit_test(cpus_run_at_once),
	cmocka_unit_test(leaks_are_counted),
	cmocka_unit_test(late_ram_can_be_added),
	cmocka_unit_test(bad_configurations_are_refused),
};

TEST_MAIN(tests)
