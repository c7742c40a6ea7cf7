/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stress.h - what the stress tests share: CPUs as threads, and their errors
 *
 * A test starts a thread for each CPU and joins them: stress_run(). cmocka's
 * assertions belong to the first thread; the others count errors instead.
 */
#ifndef STRESS_H
#define STRESS_H

#include "test.h"

#include <pthread.h>

#define STRESS_MAX_CPUS 8

/* What a thread is told. */
struct cpu {
	unsigned int id;
	uint64_t seed;
	unsigned long steps;
};

typedef void *stress_body(void *cpu);

static unsigned long nr_errors;

static inline void error(void)
{
	__atomic_fetch_add(&nr_errors, 1, __ATOMIC_RELAXED);
}

/* Run bodies[i] on CPU @first + i, @steps steps each, for all @nr of them and
 * to the end; random numbers begin at @seed + i. Nobody saw an error. */
static inline void stress_run(stress_body *const *bodies, unsigned int nr,
			      unsigned int first, uint64_t seed,
			      unsigned long steps)
{
	pthread_t threads[STRESS_MAX_CPUS];
	struct cpu cpus[STRESS_MAX_CPUS];

	assert_in_range(nr, 1, STRESS_MAX_CPUS);
	for (unsigned int i = 0; i < nr; i++) {
		cpus[i] = (struct cpu){first + i, seed + i, test_steps(steps)};
		assert_int_equal(
			pthread_create(&threads[i], NULL, bodies[i], &cpus[i]),
			0);
	}
	for (unsigned int i = 0; i < nr; i++) {
		pthread_join(threads[i], NULL);
	}
	assert_int_equal(nr_errors, 0);
}

#endif /* STRESS_H */
