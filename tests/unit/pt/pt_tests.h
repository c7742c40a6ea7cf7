/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pt_tests.h - page tables of the fake architecture that tests change
 */
#ifndef PT_TESTS_H
#define PT_TESTS_H

#include "fake.h"

static struct xmem_pt pt;

static unsigned long va_of(unsigned long page)
{
	return page << PAGE_SHIFT;
}

/* One change, after which the tables are sound. Return: fake_apply()'s. */
static bool apply(enum xmem_pt_kind kind, unsigned long page, unsigned long nr,
		  unsigned long mfn, unsigned int flags)
{
	struct xmem_pt_req req = {kind, flags, va_of(page), nr, mfn, 0};
	bool changed = fake_apply(&pt, &req);

	ASSERT_VALID(fake_check(&pt));
	return changed;
}

#endif /* PT_TESTS_H */
