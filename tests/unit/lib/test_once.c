/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_once.c - set up once, by one of those that race
 *
 * link:
 */
#include "lib/once.h"

#include <pthread.h>
#include <time.h>

#include "test.h"

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

static struct xmem_once slow;
static unsigned int value; /* plain: who reads it comes after */
static bool has_arrived;
static bool is_back;

static void *come_later(void *begins)
{
	__atomic_store_n(&has_arrived, true, __ATOMIC_RELEASE);
	*(bool *)begins = xmem_once_begins(&slow);
	__atomic_store_n(&is_back, true, __ATOMIC_RELEASE);
	return &value + (value == 7 ? 0 : 1);
}

/* Who comes while another CPU sets up waits until that is done. */
static void who_comes_later_waits(void **state)
{
	const struct timespec moment = {.tv_nsec = 30000000};
	bool begins = true;
	pthread_t later;
	void *seen;

	(void)state;
	assert_true(xmem_once_begins(&slow));
	assert_int_equal(pthread_create(&later, NULL, come_later, &begins), 0);
	while (!__atomic_load_n(&has_arrived, __ATOMIC_ACQUIRE)) {
	}
	nanosleep(&moment, NULL);
	assert_false(__atomic_load_n(&is_back, __ATOMIC_ACQUIRE));
	value = 7;
	xmem_once_ends(&slow);
	pthread_join(later, &seen);
	assert_false(begins);
	assert_ptr_equal(seen, &value);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(the_first_one_sets_up),
	cmocka_unit_test(who_comes_later_waits),
};

TEST_MAIN(tests)
