/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vmap_tests.h - what the tests of mappings ask of the page tables
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

#endif /* VMAP_TESTS_H */
