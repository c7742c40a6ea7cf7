/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sim_preempt.h - what a kernel that preempts (tests/sim/preempt) asks beside
 * all that sim_tests.h does
 */
#ifndef SIM_PREEMPT_H
#define SIM_PREEMPT_H

#include "preempt/preempt.h"
#include "sim_tests.h"

/* A guest's 4 MiB, dirty, above the direct map: they are scrubbed page by
 * page, with the thread on many CPUs one after the other. */
static void a_long_scrub_moves_from_cpu_to_cpu(void **unused)
{
	const unsigned int order = get_order_from_bytes(4UL << 20);
	unsigned long moves = preempt_nr_moves;
	unsigned long offs = preempt_nr_offs;
	struct page_info *pg;
	unsigned long mfn;

	sim_listen(unused);
	pg = alloc_domheap_pages(NULL, order, MEMF_no_scrub);
	assert_non_null(pg);
	mfn = mfn_x(page_to_mfn(pg));
	assert_false(xmem_arch_mfn_mapped(mfn));
	for (unsigned long i = 0; i < 1UL << order; i++) {
		sim_poke((uint64_t)(mfn + i) << PAGE_SHIFT, ~i);
	}
	free_domheap_pages(pg, order);
	pg = alloc_domheap_pages(NULL, order, 0);
	assert_int_equal(mfn_x(page_to_mfn(pg)), mfn);
	for (unsigned long i = 0; i < 1UL << order; i++) {
		assert_true(sim_peek((uint64_t)(mfn + i) << PAGE_SHIFT) == 0);
	}
	free_domheap_pages(pg, order);
	assert_true(preempt_nr_offs - offs > 1UL << order);
	assert_true(preempt_nr_moves - moves > 1UL << order);
	assert_false(preempt_is_off());
}

/* Who waits for a lock must not wait for one who does not run. */
static void a_lock_keeps_its_holder_running(void **unused)
{
	xmem_lock_t lock;

	sim_listen(unused);
	xmem_port_lock_init(&lock);
	assert_false(preempt_is_off());
	xmem_port_lock(&lock);
	assert_true(preempt_is_off());
	xmem_port_unlock(&lock);
	assert_false(preempt_is_off());
}

#define PREEMPT_TESTS                                                         \
	cmocka_unit_test_teardown(a_long_scrub_moves_from_cpu_to_cpu, check), \
		cmocka_unit_test_teardown(a_lock_keeps_its_holder_running,    \
					  check)

#endif /* SIM_PREEMPT_H */
