/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * frames_tests.h - lists of frames, for the tests of bulk frees
 */
#ifndef FRAMES_TESTS_H
#define FRAMES_TESTS_H

#include "caches.h"

#define NR 4096UL
static unsigned long mfns[NR];
static struct page_info *pages[NR];
static struct domain d;
static struct domain other;
static uint64_t seed;

static inline int setup(void **state)
{
	xmem_owner_init(&d.mem, ~0UL, 1);
	xmem_owner_init(&other.mem, ~0UL, 2);
	seed = 77;
	return fake_setup(state);
}

static inline void shuffle(unsigned long nr)
{
	for (unsigned long i = nr; i > 1; i--) {
		unsigned long k = test_random(&seed) % i;
		unsigned long mfn = mfns[i - 1];

		mfns[i - 1] = mfns[k];
		mfns[k] = mfn;
	}
}

static inline void reverse(unsigned long nr)
{
	for (unsigned long i = 0; i < nr / 2; i++) {
		unsigned long mfn = mfns[i];

		mfns[i] = mfns[nr - 1 - i];
		mfns[nr - 1 - i] = mfn;
	}
}

#endif /* FRAMES_TESTS_H */
