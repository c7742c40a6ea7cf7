/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_once.c - set up once, by one of those that race
 *
 * link:
 */
#include "lib/once.h"

#include <pthread.h>

#include "test.h"

#define NR_CPUS_HERE 4
#define NR_ROUNDS    2000

/* The first caller sets up, all later ones find it done. */
static void the_first_one_sets_up(void **state)
{
	struct xmem_once once = {0};

	(void)state;
	assert_false(xmem_once_is_done(&once));
	assert_true(xmem_once_begins(&once));
	assert_false(xmem_once_is_done(&once));
	xmem_once_ends(&once);
	assert_true(xmem_once_is_done(&once));
	assert_false(xmem_once_begins(&once));
	assert_true(xmem_once_is_done(&once));
}

static struct xmem_once race[NR_ROUNDS];
static unsigned int nr_set_up[NR_ROUNDS]; /* plain: who reads it comes after */
static pthread_barrier_t start;

static void *run_cpu(void *unused)
{
	unsigned long nr_wrong = 0;

	(void)unused;
	for (unsigned int i = 0; i < NR_ROUNDS; i++) {
		if (i % 64 == 0) {
			pthread_barrier_wait(&start);
		}
		if (xmem_once_begins(&race[i])) {
			nr_set_up[i]++;
			xmem_once_ends(&race[i]);
		}
		nr_wrong += nr_set_up[i] != 1;
	}
	return (void *)nr_wrong;
}

/* Whoever comes back finds it set up, and that once. */
static void who_comes_later_waits(void **state)
{
	pthread_t cpu[NR_CPUS_HERE];

	(void)state;
	pthread_barrier_init(&start, NULL, NR_CPUS_HERE);
	for (unsigned int i = 0; i < NR_CPUS_HERE; i++) {
		assert_int_equal(pthread_create(&cpu[i], NULL, run_cpu, NULL),
				 0);
	}
	for (unsigned int i = 0; i < NR_CPUS_HERE; i++) {
		void *nr_wrong;

		pthread_join(cpu[i], &nr_wrong);
		assert_null(nr_wrong);
	}
	pthread_barrier_destroy(&start);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(the_first_one_sets_up),
	cmocka_unit_test(who_comes_later_waits),
};

TEST_MAIN(tests)
