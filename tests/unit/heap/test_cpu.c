/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_cpu.c - CPUs get their caches, and lose them
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 * flags: -DNR_CPUS=200 -O0
 */
#include "caches.h"

#define SMFN 4096UL
#define NR   4096UL

static int set_up(void **state)
{
	fake_setup(state);
	fake.track = false;
	fake_add(SMFN, SMFN + NR, false);
	return 0;
}

static bool has_cache(unsigned int cpu)
{
	xmem_preempt_t preempt;
	struct xmem_cache *c;

	xmem_host_this_cpu = cpu;
	c = xmem_cache_enter(&preempt);
	if (!c) {
		return false;
	}
	assert_int_equal(c->cpu, cpu);
	xmem_cache_leave(c, &preempt);
	return true;
}

static void bad_numbers_are_refused(void **state)
{
	(void)state;
	assert_int_equal(xmem_cpu_up(NR_CPUS, 0), -XMEM_EINVAL);
	assert_int_equal(xmem_cpu_up(0, MAX_NUMNODES), -XMEM_EINVAL);
	assert_int_equal(xmem_cpu_down(NR_CPUS), -XMEM_EINVAL);
	assert_int_equal(xmem_cpu_down(0), -XMEM_ENOENT);
	assert_int_equal(xmem_cpu_down(NR_CPUS - 1), -XMEM_ENOENT);
	assert_int_equal(total_free_pages(), NR);
	assert_null(xmem_cache_first());
}

/* Each CPU finds its own; one that was not named finds none. */
static void each_cpu_finds_its_cache(void **state)
{
	static const unsigned int cpus[] = {0, 1, 63, 64, 65, 130, 199};

	(void)state;
	for (unsigned int i = 0; i < 7; i++) {
		assert_false(has_cache(cpus[i]));
		assert_int_equal(xmem_cpu_up(cpus[i], 0), 0);
		assert_int_equal(xmem_cpu_up(cpus[i], 0), -XMEM_EEXIST);
		for (unsigned int j = 0; j < 7; j++) {
			assert_int_equal(has_cache(cpus[j]), j <= i);
		}
	}
	assert_false(has_cache(2));
	assert_false(has_cache(66));
	assert_false(has_cache(131));
	assert_false(has_cache(198));
	ASSERT_VALID(xmem_heap_check());
}

/* The boot ends with one for CPU 0, on its node. */
static void the_first_cpu_has_one_after_the_boot(void **state)
{
	(void)state;
	fake.cpu_node = 3;
	xmem_host_nr_prints = 0;
	assert_false(has_cache(0));
	xmem_cpu_up_first();
	assert_true(has_cache(0));
	assert_int_equal(caches_of(0)->node, 3);
	assert_int_equal(xmem_cpu_up(0, 0), -XMEM_EEXIST);
	/* A host may have been faster. */
	xmem_cpu_up_first();
	assert_int_equal(xmem_host_nr_prints, 0);
}

/* Its memory is from its node, if that has any. */
static void a_cache_is_on_its_node(void **state)
{
	unsigned long before;

	fake_setup(state);
	fake.track = false;
	fake.node_frames = 8192;
	fake_add(SMFN, 8192, false);
	fake_add(8192, 8192 + NR, false);
	before = avail_node_heap_pages(1);
	assert_int_equal(xmem_cpu_up(5, 1), 0);
	assert_int_equal(fake_mfn_to_node(virt_to_mfn(caches_of(5))), 1);
	assert_true(avail_node_heap_pages(1) < before);
	assert_int_equal(xmem_cpu_up(6, 2), 0);
	assert_int_equal(caches_of(6)->node, 2);
	assert_true(has_cache(6));
	assert_true(is_xen_heap_page(virt_to_page(caches_of(5))));
}

static void without_memory_it_fails(void **state)
{
	(void)state;
	fake_fail(1, false);
	assert_int_equal(xmem_cpu_up(1, 0), -XMEM_ENOMEM);
	assert_false(has_cache(1));
	assert_null(xmem_cache_first());
	assert_int_equal(total_free_pages(), NR);
	xmem_host_nr_prints = 0;
	fake_fail(1, false);
	xmem_cpu_up_first();
	assert_false(has_cache(0));
	assert_int_equal(xmem_host_nr_prints, 1);
	fake_fail(0, false);
	assert_int_equal(xmem_cpu_up(0, 0), 0);
	assert_int_equal(xmem_cpu_up(1, 0), 0);
}

static void down_drains(void **state)
{
	unsigned long before;
	bool dirty;

	(void)state;
	assert_int_equal(xmem_cpu_up(3, 0), 0);
	before = total_free_pages();
	xmem_host_this_cpu = 3;
	assert_true(caches_push(caches_pop(false, 0, &dirty), false, 0, true));
	assert_true(caches_push(caches_pop(false, 2, &dirty), false, 2, true));
	assert_true(caches_held() > 0);
	assert_int_equal(xmem_cpu_down(3), 0);
	assert_int_equal(caches_held(), 0);
	assert_int_equal(total_free_pages(), before);
	assert_false(has_cache(3));
	assert_int_equal(xmem_cpu_down(3), -XMEM_ENOENT);
	/* And up again, in the same memory. */
	assert_int_equal(xmem_cpu_up(3, 1), 0);
	assert_int_equal(total_free_pages(), before);
	assert_int_equal(caches_of(3)->node, 1);
	assert_true(has_cache(3));
	ASSERT_VALID(xmem_heap_check());
}

/* A CPU in its cache has not stopped. */
static void down_finds_a_cpu_that_runs(void **state)
{
	xmem_preempt_t preempt;
	struct xmem_cache *c;
	bool dirty;

	(void)state;
	assert_int_equal(xmem_cpu_up(0, 0), 0);
	assert_true(caches_push(caches_pop(false, 0, &dirty), false, 0, true));
	c = xmem_cache_enter(&preempt);
	assert_int_equal(xmem_cpu_down(0), -XMEM_EBUSY);
	assert_true(caches_held() >= XMEM_WORD_BITS);
	xmem_cache_leave(c, &preempt);
	assert_true(has_cache(0));
	/* Nor has one whose cache a thief has, where nobody can wait for him.
	 */
	caches_of(0)->head.revoked = 1;
	xmem_host_interrupts_off = true;
	assert_int_equal(xmem_cpu_down(0), -XMEM_EBUSY);
	xmem_host_interrupts_off = false;
	assert_true(caches_held() >= XMEM_WORD_BITS);
	caches_of(0)->head.revoked = 0;
	assert_true(has_cache(0));
	assert_int_equal(xmem_cpu_down(0), 0);
	assert_int_equal(caches_held(), 0);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

static const struct CMUnitTest tests[] = {
	TEST(bad_numbers_are_refused),
	TEST(each_cpu_finds_its_cache),
	TEST(the_first_cpu_has_one_after_the_boot),
	TEST(a_cache_is_on_its_node),
	TEST(without_memory_it_fails),
	TEST(down_drains),
	TEST(down_finds_a_cpu_that_runs),
};

TEST_MAIN(tests)
