/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_owner.c - the account of an owner is exact and never wraps
 *
 * link: src/page/owner.c tests/host/panic.c
 */
#include "test.h"

#include "page/owner.h"

static struct domain d;

static int set_up(void **state)
{
	(void)state;
	xmem_owner_init(&d.mem, 100, 0);
	return 0;
}

/* Up to the limit, and not one more. */
static void limit_is_exact(void **state)
{
	(void)state;
	assert_true(xmem_owner_reserve(&d, 60));
	assert_false(xmem_owner_reserve(&d, 41));
	assert_int_equal(d.mem.tot_pages, 60);
	assert_true(xmem_owner_reserve(&d, 40));
	assert_false(xmem_owner_reserve(&d, 1));
	assert_true(xmem_owner_reserve(&d, 0));
	xmem_owner_release(&d, 1);
	assert_true(xmem_owner_reserve(&d, 1));
	assert_int_equal(d.mem.tot_pages, 100);
	assert_int_equal(xmem_host_held.nr, 0);
}

/* A limit that was lowered below what is owned: nothing more, until enough has
 * been given back. */
static void lowered_limit_waits_for_frees(void **state)
{
	(void)state;
	assert_true(xmem_owner_reserve(&d, 100));
	d.mem.max_pages = 50;
	assert_false(xmem_owner_reserve(&d, 1));
	assert_false(xmem_owner_reserve(&d, ~0UL));
	xmem_owner_release(&d, 50);
	assert_false(xmem_owner_reserve(&d, 1));
	xmem_owner_release(&d, 1);
	assert_true(xmem_owner_reserve(&d, 1));
	assert_false(xmem_owner_reserve(&d, 1));
}

/* Sums beyond an unsigned long do not pass for small ones. */
static void sums_do_not_wrap(void **state)
{
	(void)state;
	d.mem.max_pages = ~0UL;
	assert_true(xmem_owner_reserve(&d, 2));
	assert_false(xmem_owner_reserve(&d, ~0UL));
	assert_false(xmem_owner_reserve(&d, ~0UL - 1));
	assert_true(xmem_owner_reserve(&d, ~0UL - 2));
	assert_int_equal(d.mem.tot_pages, ~0UL);
	assert_false(xmem_owner_reserve(&d, 1));
}

#define T(name) cmocka_unit_test_setup(name, set_up)
static const struct CMUnitTest tests[] = {
	T(limit_is_exact),
	T(lowered_limit_waits_for_frees),
	T(sums_do_not_wrap),
};

TEST_MAIN(tests)
