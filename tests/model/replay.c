/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * replay.c - a real hypervisor's boot, call by call, on the host machine
 *
 * tests/host/replay.h says how the trace is read. All memory is filled and
 * looked at again before it is freed, zeroed memory is checked, and the
 * validators run every few calls and at the end, in every layout. What this
 * does not show: contention (the trace is in the order of one global lock)
 * and fragmentation by long use.
 */
#include <unistd.h>

#include <xmem/xmem.h>

#include "replay.h"
#include "test.h"
#include "xmem_host.h"

#define TRACE "tests/data/boot.ops.txt.gz"

/* From the top of the tree, or from build/<variant>/... below it. */
static const char *find_trace(void)
{
	static char path[256] = TRACE;

	for (unsigned int up = 0; up < 6 && access(path, R_OK) != 0; up++) {
		char higher[256];

		snprintf(higher, sizeof(higher), "../%.250s", path);
		strcpy(path, higher);
	}
	return path;
}

static struct replay *load(struct replay_options options)
{
	struct replay *r = replay_load(find_trace(), options);

	if (r == NULL) {
		fail_msg("%s", replay_error());
	}
	return r;
}

static void check_good(bool good)
{
	if (!good) {
		fail_msg("%s", replay_error());
	}
}

/* Boot, all calls, free all: nothing is lost. */
static void run_all(struct xmem_host_config config)
{
	struct replay_options options = {.touch = true, .check_every = 16};
	struct replay *r = load(options);
	const struct replay_counts *counts = replay_count(r);

	assert_int_equal(replay_power_on(r, config), 0);
	check_good(replay_boot(r));
	check_good(replay_rest(r));
	ASSERT_VALID(xmem_check_all());
	assert_true(counts->live > 500);
	check_good(replay_free_all(r));
	assert_int_equal(counts->live, 0);
	ASSERT_VALID(xmem_check_all());
	assert_int_equal(xmem_host_shutdown(), 0);
	replay_unload(r);
}

/* The trace has the calls its description promises. */
static void trace_is_complete(void **state)
{
	struct replay *r = load((struct replay_options){0});
	const struct replay_counts *counts = replay_count(r);

	(void)state;
	assert_int_equal(replay_power_on(r, (struct xmem_host_config){0}), 0);
	check_good(replay_boot(r));
	assert_int_equal(counts->done['B'], 10);
	assert_int_equal(counts->done['E'], 1);
	assert_int_equal(counts->done['c'], 1);
	check_good(replay_rest(r));
	assert_int_equal(counts->done['m'], 128);
	assert_int_equal(counts->done['z'], 107);
	assert_int_equal(counts->done['D'], 298);
	assert_int_equal(counts->done['X'], 29);
	assert_int_equal(counts->done['N'], 252);
	check_good(replay_free_all(r));
	assert_int_equal(xmem_host_shutdown(), 0);
	replay_unload(r);
}

/* The guest ends up with the pages that the recorded one had. */
static void guest_owns_what_it_owned(void **state)
{
	struct replay *r;
	const struct replay_counts *counts;

	(void)state;
	if (PAGE_SHIFT != 12) {
		return; /* counts are rounded */
	}
	r = load((struct replay_options){0});
	counts = replay_count(r);
	assert_int_equal(replay_power_on(r, (struct xmem_host_config){0}), 0);
	check_good(replay_boot(r));
	check_good(replay_rest(r));
	assert_int_equal(counts->owned, counts->owned_trace);
	check_good(replay_free_all(r));
	assert_int_equal(xmem_host_shutdown(), 0);
	replay_unload(r);
}

/* Full direct map: all calls, all freed, nothing lost. */
static void full_layout_replays(void **state)
{
	(void)state;
	run_all((struct xmem_host_config){.layout = XMEM_LAYOUT_FULL});
}

/* The same with the xenheap below 512 MiB. */
static void partial_layout_replays(void **state)
{
	(void)state;
	run_all((struct xmem_host_config){.layout = XMEM_LAYOUT_PARTIAL,
					  .xenheap_bytes = 512UL << 20});
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(trace_is_complete),
	cmocka_unit_test(guest_owns_what_it_owned),
	cmocka_unit_test(full_layout_replays),
	cmocka_unit_test(partial_layout_replays),
};

TEST_MAIN(tests)
