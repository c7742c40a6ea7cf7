/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * litmus.c - does the scheduler find all that can happen, and nothing else?
 *
 * A few accesses on two or three CPUs, for which it is known what the loads may
 * return, in sequential consistency (sc) and with store buffers (tso). Each
 * outcome is a number, one bit for each load; the set of those that were seen
 * must be the set of those that can be.
 *
 * link: src/buddy/ src/heap/ src/page/ src/xenheap/ src/lib/
 * link: tests/interleave/tasks.c tests/interleave/points.c
 * link: tests/interleave/buffer.c tests/interleave/explore.c
 * link: tests/interleave/replay.c tests/interleave/machine.c
 * include: tests/interleave/include tests/interleave
 * flags: -fsanitize=thread -Wno-tsan -DXMEM_MAY_RACE=
 * native: needs the calls that -fsanitize=thread makes, and no runtime of it
 */
#include "interleave.h"

#define SET(outcome) (1U << (outcome))
#define ANY_OF_TWO   (SET(0) | SET(1) | SET(2) | SET(3))
#define RELAXED	     __ATOMIC_RELAXED
#define BARRIER()    __atomic_thread_fence(__ATOMIC_SEQ_CST)

static unsigned long x, y;		      /* a word each */
IL_QUIET static unsigned long r0, r1, r2, r3; /* what was loaded */
IL_KEPT static unsigned int outcomes[2];      /* sc, tso */

static unsigned long load(const unsigned long *from)
{
	return __atomic_load_n(from, RELAXED);
}

static void store(unsigned long *to, unsigned long value)
{
	__atomic_store_n(to, value, RELAXED);
}

static void nothing(void)
{
}

static void note_outcome(void)
{
	outcomes[il_is_tso()] |= SET(r0 | r1 << 1 | r2 << 2 | r3 << 3);
}

static void expect(struct il_scenario s, unsigned int sc, unsigned int tso)
{
	s.set_up = nothing;
	if (s.check == NULL) {
		s.check = note_outcome;
	}
	s.flags |= IL_TSO;
	s.bound = s.bound != 0 ? s.bound : 8;
	s.runs = 200000;
	s.random = 100;
	outcomes[0] = outcomes[1] = 0;
	il_explore(&s);
	if (!il_is_replay()) {
		assert_int_equal(outcomes[0], sc);
		assert_int_equal(outcomes[1], tso);
	}
}

/* ---- store, then load the other's ---- */

static void store_x_load_y(void)
{
	store(&x, 1);
	r0 = load(&y);
}

static void store_y_load_x(void)
{
	store(&y, 1);
	r1 = load(&x);
}

/* Both loads miss the stores, with store buffers alone. */
static void stores_may_wait(void **state)
{
	(void)state;
	expect((struct il_scenario){.name = "store buffers",
				    .cpu = {store_x_load_y, store_y_load_x}},
	       SET(1) | SET(2) | SET(3), ANY_OF_TWO);
}

static void store_x_barrier_load_y(void)
{
	store(&x, 1);
	BARRIER();
	r0 = load(&y);
}

static void exchange_y_load_x(void)
{
	__atomic_exchange_n(&y, 1, RELAXED);
	r1 = load(&x);
}

/* A barrier on each side, of whatever form, and one load sees the other. */
static void barriers_end_the_wait(void **state)
{
	(void)state;
	expect((struct il_scenario){.name = "barriers",
				    .cpu = {store_x_barrier_load_y,
					    exchange_y_load_x}},
	       SET(1) | SET(2) | SET(3), SET(1) | SET(2) | SET(3));
}

/* A barrier on one side alone is none. */
static void one_barrier_is_not_enough(void **state)
{
	(void)state;
	expect((struct il_scenario){.name = "one barrier",
				    .cpu = {store_x_barrier_load_y,
					    store_y_load_x}},
	       SET(1) | SET(2) | SET(3), ANY_OF_TWO);
}

static void store_y_broadcast_load_x(void)
{
	store(&y, 1);
	xmem_port_broadcast_barrier();
	r1 = load(&x);
}

/* Unless it is for all. */
static void one_barrier_for_all_is_enough(void **state)
{
	(void)state;
	expect((struct il_scenario){.name = "broadcast",
				    .cpu = {store_x_load_y,
					    store_y_broadcast_load_x}},
	       SET(1) | SET(2) | SET(3), SET(1) | SET(2) | SET(3));
}

/* ---- what store buffers do not allow ---- */

static void store_both(void)
{
	store(&x, 1);
	store(&y, 1);
}

static void load_both(void)
{
	r0 = load(&y);
	r1 = load(&x);
}

/* Stores are seen in their order: not the second without the first. */
static void stores_keep_their_order(void **state)
{
	const unsigned int can_be = SET(0) | SET(2) | SET(3);

	(void)state;
	expect((struct il_scenario){.name = "messages",
				    .cpu = {store_both, load_both}},
	       can_be, can_be);
}

static void load_x_store_y(void)
{
	r0 = load(&x);
	store(&y, 1);
}

static void load_y_store_x(void)
{
	r1 = load(&y);
	store(&x, 1);
}

/* No load sees what comes after it. */
static void loads_are_not_late(void **state)
{
	const unsigned int can_be = SET(0) | SET(1) | SET(2);

	(void)state;
	expect((struct il_scenario){.name = "loads first",
				    .cpu = {load_x_store_y, load_y_store_x}},
	       can_be, can_be);
}

static void store_x_load_both(void)
{
	store(&x, 1);
	r0 = load(&x);
	r1 = load(&y);
}

static void store_y_load_both(void)
{
	store(&y, 1);
	r2 = load(&y);
	r3 = load(&x);
}

/* A CPU sees its own stores at once. */
static void own_stores_are_seen_at_once(void **state)
{
	(void)state;
	expect((struct il_scenario){.name = "own stores",
				    .cpu = {store_x_load_both,
					    store_y_load_both}},
	       SET(7) | SET(13) | SET(15), SET(5) | SET(7) | SET(13) | SET(15));
}

/* ---- three CPUs, locks, interrupts ---- */

static void load_x_load_y(void)
{
	r0 = load(&x);
	r1 = load(&y);
}

static void load_y_load_x(void)
{
	r2 = load(&y);
	r3 = load(&x);
}

static void store_x(void)
{
	store(&x, 1);
}

static void store_y(void)
{
	store(&y, 1);
}

/* Two CPUs agree on which of two stores came first. */
static void all_see_the_same_order(void **state)
{
	/* But x not y here, y not x there. */
	const unsigned int can_be = 0xffffU & ~SET(5);

	(void)state;
	expect((struct il_scenario){.name = "four CPUs",
				    .cpu = {load_x_load_y, load_y_load_x,
					    store_x, store_y}},
	       can_be, can_be);
}

static xmem_lock_t lock;

static void add_one(void)
{
	store(&x, load(&x) + 1);
}

static void add_one_locked(void)
{
	xmem_port_lock(&lock);
	add_one();
	xmem_port_unlock(&lock);
}

static void note_sum(void)
{
	outcomes[il_is_tso()] |= SET(x);
}

/* Three sums: with a lock none is lost, without one two may be. */
static void locks_exclude(void **state)
{
	(void)state;
	expect((struct il_scenario){.name = "locked sums",
				    .cpu = {add_one_locked, add_one_locked,
					    add_one_locked},
				    .check = note_sum},
	       SET(3), SET(3));
	expect((struct il_scenario){.name = "sums",
				    .cpu = {add_one, add_one, add_one},
				    .check = note_sum},
	       SET(1) | SET(2) | SET(3), SET(1) | SET(2) | SET(3));
}

/* An interrupt is in the middle, and its handler never is interrupted by the
 * body: one of two may be lost, as with another CPU; but its own store is
 * seen. */
static void an_interrupt_is_in_the_middle(void **state)
{
	(void)state;
	expect((struct il_scenario){.name = "interrupt",
				    .cpu = {add_one},
				    .handler = {add_one},
				    .check = note_sum},
	       SET(1) | SET(2), SET(1) | SET(2));
	expect((struct il_scenario){.name = "interrupt, locked",
				    .cpu = {add_one_locked},
				    .handler = {add_one_locked},
				    .check = note_sum,
				    .flags = IL_LOCK_IRQS},
	       SET(2), SET(2));
	/* The handler is not left for the body: what it stores in between is
	 * not seen there. */
	expect((struct il_scenario){.name = "handler",
				    .cpu = {load_both},
				    .handler = {store_both}},
	       SET(0) | SET(2) | SET(3), SET(0) | SET(2) | SET(3));
}

static void wait_for_y(void)
{
	while (load(&y) == 0) {
		xmem_port_cpu_pause();
	}
	r0 = load(&x);
}

/* Who spins comes on when the other has written, and sees it. */
static void who_waits_comes_on(void **state)
{
	(void)state;
	expect((struct il_scenario){.name = "spin",
				    .cpu = {wait_for_y, store_both}},
	       SET(1), SET(1));
}

/* ---- what is wrong is noticed ---- */

static xmem_lock_t other_lock;

static void lock_two(void)
{
	xmem_port_lock(&lock);
	xmem_port_lock(&other_lock);
	xmem_port_unlock(&other_lock);
	xmem_port_unlock(&lock);
}

static void lock_two_backwards(void)
{
	xmem_port_lock(&other_lock);
	xmem_port_lock(&lock);
	xmem_port_unlock(&lock);
	xmem_port_unlock(&other_lock);
}

static void panic_if_x(void)
{
	if (load(&x) != 0) {
		xmem_port_panic("x is %lu\n", load(&x));
	}
}

static void one_store_was_seen(void)
{
	if (r0 == 0 && r1 == 0) {
		il_fail("both missed");
	}
}

static void lock_only(void)
{
	xmem_port_lock(&lock);
}

/* All schedules are tried until one goes wrong; the same steps again go wrong
 * in the same way. */
static void expect_failure(struct il_scenario s, const char *why)
{
	char schedule[256];
	const char *text;

	s.name = "wrong";
	s.set_up = nothing;
	s.bound = 4;
	s.runs = 1000;
	text = il_first_failure(&s, NULL, schedule, sizeof(schedule));
	assert_string_equal(text, why);
	text = il_first_failure(&s, schedule, NULL, 0);
	assert_string_equal(text, why);
}

static void broadcast_store_y(void)
{
	xmem_port_broadcast_barrier();
	store(&y, 1);
}

static void store_x_wait_for_y(void)
{
	store(&x, 1);
	while (load(&y) == 0) {
		xmem_port_cpu_pause();
	}
}

/* It needs an answer, which handlers do not give. */
static void handlers_do_not_answer(void **state)
{
	(void)state;
	expect_failure(
		(struct il_scenario){.cpu = {broadcast_store_y, nothing},
				     .handler = {NULL, store_x_wait_for_y}},
		"nobody can go on; the body of CPU 0 waits for others "
		"to answer; the handler of CPU 1 waits for a write");
}

/* Deadlocks, panics and locks that stay are found. */
static void what_is_wrong_is_noticed(void **state)
{
	(void)state;
	expect_failure(
		(struct il_scenario){.cpu = {lock_two, lock_two_backwards}},
		"nobody can go on; the body of CPU 0 wants a lock; the body of "
		"CPU 1 wants a lock");
	expect_failure((struct il_scenario){.cpu = {wait_for_y}},
		       "nobody can go on; the body of CPU 0 waits for a write");
	expect_failure((struct il_scenario){.cpu = {store_x, panic_if_x}},
		       "panic: x is 1");
	expect_failure(
		(struct il_scenario){.cpu = {store_x_load_y, store_y_load_x},
				     .check = one_store_was_seen,
				     .flags = IL_TSO},
		"both missed");
	expect_failure((struct il_scenario){.cpu = {lock_only}},
		       "the body of CPU 0 ends with a lock held");
	expect_failure(
		(struct il_scenario){.cpu = {add_one_locked},
				     .handler = {add_one_locked}},
		"nobody can go on; the body of CPU 0 is interrupted; the "
		"handler of CPU 0 wants a lock");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(stores_may_wait),
	cmocka_unit_test(barriers_end_the_wait),
	cmocka_unit_test(one_barrier_is_not_enough),
	cmocka_unit_test(one_barrier_for_all_is_enough),
	cmocka_unit_test(stores_keep_their_order),
	cmocka_unit_test(loads_are_not_late),
	cmocka_unit_test(own_stores_are_seen_at_once),
	cmocka_unit_test(all_see_the_same_order),
	cmocka_unit_test(locks_exclude),
	cmocka_unit_test(an_interrupt_is_in_the_middle),
	cmocka_unit_test(who_waits_comes_on),
	cmocka_unit_test(handlers_do_not_answer),
	cmocka_unit_test(what_is_wrong_is_noticed),
};

TEST_MAIN(tests)
