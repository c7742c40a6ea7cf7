/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vmap_tests.h - what several tests ask of page tables and of windows
 */
#ifndef VMAP_TESTS_H
#define VMAP_TESTS_H

#include "../../fake/fake_maps.h"

static inline void expect_mapped(const void *va, unsigned long mfn,
				 unsigned int flags)
{
	const struct pte *pte = pte_of((unsigned long)va);

	assert_int_equal(pte->state, PTE_MAPPED);
	assert_int_equal(pte->mfn, mfn);
	assert_int_equal(pte->flags, flags);
}

/* A window contains its first and last byte and nothing around them. */
static inline void check_bytes_of_windows(bool (*holds)(const void *))
{
	unsigned long first = (unsigned long)fake_space;

	for (unsigned int i = 0; i < VMAP_REGION_NR; i++) {
		char *start = fake_start(i);
		char *end = fake_end(i);

		assert_true(holds(start));
		assert_true(holds(end - 1));
	}
	assert_false(holds((void *)(first - 1)));
	assert_false(holds((void *)(first + sizeof(fake_space))));
	assert_false(holds((void *)-1L));
	fake_reset();
	assert_false(holds(fake_space));
	assert_false(holds(NULL));
}

#endif /* VMAP_TESTS_H */
