/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sim_context.h - what docs/locking.md, "Contexts", says may be called in a
 * panic takes no lock and lets nobody else run
 *
 * A panic may come under any lock of this CPU. So all locks of the library are
 * held, which the lock of the host finds taken twice if a function takes one.
 * tests/lint/lint_contexts.py looks whether all of the table is called here.
 * For a program with the partial layout and the port of tests/sim/context.
 */
#ifndef SIM_CONTEXT_H
#define SIM_CONTEXT_H

#include "sim_tests.h"

#include "heap/heap.h"
#include "map/tables.h"
#include "pool/pool.h"
#include "vmap/vmap_priv.h"

unsigned long context_nr_relaxed;

static struct xmem_pool *pool;
static char *area, *object;

static void *get_mem(unsigned long bytes)
{
	return vmalloc(bytes);
}

static void put_mem(void *p)
{
	vfree(p);
}

static void set_up_objects(void)
{
	pool = xmem_pool_create("context", get_mem, put_mem, 0, 4096);
	area = vmalloc(3 * PAGE_SIZE);
	object = _xmalloc(100, 0);
	assert_non_null(pool);
	assert_non_null(area);
	assert_non_null(object);
}

static void free_objects(void)
{
	xmem_pool_destroy(pool);
	vfree(area);
	xfree(object);
}

/* The panic comes. xmem_host_drop_locks() ends it. */
static void hold_all_locks(void)
{
	xmem_port_lock(&xmem_tables.lock);
	xmem_port_lock(&pool->lock);
	for (unsigned int i = 0; i < VMAP_REGION_NR; i++) {
		xmem_port_lock(&xmem_windows[i].lock);
	}
	for (unsigned int i = 0; i < MAX_NUMNODES; i++) {
		if (xmem_heap_nodes[i] != NULL) {
			xmem_port_lock(&xmem_heap_nodes[i]->lock);
		}
	}
}

static void ask_about_addresses(void)
{
	assert_true(vmap_contains(area));
	assert_false(vmap_contains(object));
	assert_ptr_equal(arch_vmap_virt_end(),
			 (void *)(VMAP_VIRT_START + VMAP_VIRT_SIZE));
	assert_true(xmem_xenheap_tag(object) == XMEM_TAG_POOL);
	assert_true(xmem_xenheap_tag(area) == XMEM_TAG_NONE);
	xmem_xenheap_set_tag((void *)((unsigned long)object & PAGE_MASK),
			     XMEM_TAG_POOL);
}

static void ask_about_memory(void)
{
	unsigned long start_mfn;
	unsigned long end_mfn;

	assert_true(xmem_boot_ram(0, &start_mfn, &end_mfn));
	assert_true(start_mfn < end_mfn);
	assert_false(xmem_boot_active());
	assert_int_equal(xmem_xenheap_limit(), XENHEAP_END >> PAGE_SHIFT);
	assert_true(xmem_heap_span_bytes(start_mfn, end_mfn) > 0);
	assert_true(xmem_pool_maxalloc(pool) > 0);
}

/* A dump shows frames, whether they are in the direct map or not. */
static void look_at_frames(void)
{
	for (unsigned int i = 0; i < sim_nr_ram; i++) {
		unsigned long mfn = last_frame(i);
		const uint64_t *page = map_domain_page(_mfn(mfn));

		assert_true(page[9] ==
			    sim_peek(((uint64_t)mfn << PAGE_SHIFT) + 72));
		unmap_domain_page(page);
	}
}

static void a_panic_may_ask(void **unused)
{
	unsigned long before;

	sim_listen(unused);
	set_up_objects();
	hold_all_locks();
	before = context_nr_relaxed;
	ask_about_addresses();
	ask_about_memory();
	look_at_frames();
	assert_int_equal(context_nr_relaxed, before);
	xmem_host_drop_locks();
	free_objects();
}

/* The same locks stop those that take one: so they are the right ones. */
#define LOCKS(call)                                             \
	do {                                                    \
		hold_all_locks();                               \
		EXPECT_PANIC((void)(call), "lock taken twice"); \
	} while (0)

static void others_lock(void **unused)
{
	sim_listen(unused);
	set_up_objects();
	LOCKS(total_free_pages());
	LOCKS(xmem_heap_frame_state(first_frame(0)));
	LOCKS(alloc_xenheap_pages(4, 0) == NULL); /* no cache has it */
	LOCKS(vmap_size(area));
	LOCKS(vmalloc_size(area));
	LOCKS(xmem_vmap_used(VMAP_DEFAULT));
	LOCKS(vmap_to_mfn(area));
	LOCKS(vmap_to_page(area));
	LOCKS(xen_map_to_mfn((unsigned long)area));
	LOCKS(xmem_map_spare_tables());
	LOCKS(xmem_pool_get_used_size(pool));
	LOCKS(xmem_pool_usable_size(object, pool));
	free_objects();
}

/* clang-format off */
#define CONTEXT_TESTS \
	cmocka_unit_test_teardown(a_panic_may_ask, check), \
	cmocka_unit_test_teardown(others_lock, check)
/* clang-format on */

#endif /* SIM_CONTEXT_H */
