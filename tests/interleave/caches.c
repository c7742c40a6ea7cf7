/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * caches.c - the caches of CPUs, step by step: hits against thieves
 *
 * The argument of src/heap/cache_steal.c is about the order of a few writes and
 * reads on two CPUs. Here every order is tried, with store buffers, since the
 * hit path has no barrier: the thief makes the others execute one.
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

#include "heap/cache.h"
#include "heap/heap.h"

/* ---- taking and giving: who has a frame ---- */

IL_QUIET static unsigned char holders[IL_FRAMES];

static void hold(struct page_info *pg, unsigned int order, unsigned char was)
{
	unsigned long mfn = mfn_x(page_to_mfn(pg));

	for (unsigned long i = mfn; i < mfn + (1UL << order); i++) {
		if (holders[i] != was) {
			il_fail("frame %lx %s", i,
				was == 0 ? "is handed out twice"
					 : "is freed by who has it not");
		}
		holders[i] = !was;
	}
}

/* NULL: there is none, or it must not be stolen here. */
static struct page_info *take(unsigned int order)
{
	struct page_info *pg = alloc_domheap_pages(NULL, order, MEMF_no_scrub);

	if (pg != NULL) {
		hold(pg, order, 0);
	}
	return pg;
}

static void give(struct page_info *pg, unsigned int order)
{
	hold(pg, order, 1);
	free_domheap_pages(pg, order);
}

/* ---- set-up: all frames are taken but for some in a cache ---- */

#define MEMORY	 800UL /* enough for refills of whole words */
#define MAX_LEFT 8U

IL_KEPT static unsigned int nr_left; /* the scenario wants so many */
IL_QUIET static struct page_info *left[MAX_LEFT];
IL_QUIET static unsigned long nr_frames; /* that caches do not lie in */

static unsigned long in_caches(void)
{
	return xmem_cache_count(0, HEAP_DOM, 0, ~0UL);
}

static void take_all_of_the_heap(void)
{
	struct heap_request req = {.order = 0};
	unsigned long mfn;
	bool dirty;

	while ((mfn = xmem_heap_take_once(&req, &dirty)) != XMEM_NO_MFN) {
		hold(mfn_to_page(_mfn(mfn)), 0, 0);
	}
}

static void power_up(unsigned long frames, unsigned int cpus)
{
	il_add(1, 1 + frames);
	for (unsigned int cpu = 0; cpu < cpus; cpu++) {
		assert_int_equal(xmem_cpu_up(cpu, 0), 0);
	}
	nr_frames = total_free_pages();
}

static void leave_some(void)
{
	do {
		assert_non_null(take(0));
	} while (in_caches() > nr_left);
}

/* So many frames are left, in the stack of CPU 1. */
static void leave_some_in_a_stack(void)
{
	power_up(MEMORY, 3);
	il_on_cpu(1, leave_some);
	take_all_of_the_heap();
	assert_int_equal(in_caches(), nr_left);
	assert_int_equal(total_free_pages(), nr_left);
}

static void take_some(void)
{
	for (unsigned int i = 0; i < nr_left; i++) {
		left[i] = take(0);
		assert_non_null(left[i]);
	}
}

static void give_some(void)
{
	for (unsigned int i = 0; i < nr_left; i++) {
		give(left[i], 0);
	}
}

/* They wait to go back to the heap: they are above no frontier. */
static void leave_some_pending(void)
{
	power_up(MEMORY, 3);
	take_some();
	il_on_cpu(0, leave_some);
	xmem_drain_caches();
	take_all_of_the_heap();
	il_on_cpu(1, give_some);
	assert_int_equal(in_caches(), nr_left);
	assert_int_equal(total_free_pages(), nr_left);
}

/* ---- the end: all is there, once ---- */

static void check_all(void)
{
	unsigned long held = 0;
	const char *broken = xmem_heap_check();

	if (broken != NULL) {
		il_fail("%s", broken);
	}
	for (unsigned long i = 0; i < IL_FRAMES; i++) {
		held += holders[i];
	}
	IL_EXPECT(held + total_free_pages() == nr_frames);
	IL_EXPECT(xmem_drain_caches());
	IL_EXPECT(in_caches() == 0);
	IL_EXPECT(held + total_free_pages() == nr_frames);
	il_check_heap();
}

static void check_all_but_a_page(void)
{
	nr_frames--;
	check_all();
}

static void explore(struct il_scenario s, unsigned int frames)
{
	nr_left = frames;
	s.check = s.check != NULL ? s.check : check_all;
	s.flags ^= IL_TSO | IL_LOCK_IRQS | IL_NO_HOOKS;
	s.bound = s.bound != 0 ? s.bound : 3;
	s.runs = s.runs != 0 ? s.runs : 10000;
	s.random = 1000;
	il_explore(&s);
}

/* ---- the bodies ---- */

IL_KEPT static unsigned long nr_refused;
IL_QUIET static bool is_down;

static void must_take(void)
{
	IL_EXPECT(take(0) != NULL);
}

/* Never has more than one. */
static void must_take_and_give(void)
{
	struct page_info *pg = take(0);

	IL_EXPECT(pg != NULL);
	give(pg, 0);
}

static void may_take_and_give(void)
{
	struct page_info *pg = take(0);

	if (pg != NULL) {
		give(pg, 0);
	}
}

IL_QUIET static bool was_used; /* the frame that the other CPU wants */

static void take_and_give_note(void)
{
	struct page_info *pg = take(0);

	if (pg != NULL) {
		was_used = pg == left[0];
		give(pg, 0);
	}
}

/* Frames that lie in a cache are free: a range of them can be had. */
static void must_take_range(void)
{
	mfn_t mfn = page_to_mfn(left[0]);

	if (xmem_take_range(mfn, 1, MEMF_no_scrub) == 0) {
		hold(left[0], 0, 0);
	} else {
		IL_EXPECT(was_used);
	}
}

static void must_take_run(void)
{
	struct xmem_run run;
	unsigned long got;

	IL_EXPECT(xmem_alloc_runs(&run, 1, 1, MEMF_no_scrub, &got) == 1);
	hold(mfn_to_page(_mfn(run.mfn)), 0, 0);
}

static void come_up(void)
{
	IL_EXPECT(xmem_cpu_up(3, 0) == 0);
	may_take_and_give();
}

static void go_down(void)
{
	IL_EXPECT(xmem_cpu_down(1) == 0);
}

static void go_down_in_handler(void)
{
	int rc = xmem_cpu_down(1);

	IL_EXPECT(rc == 0 || rc == -XMEM_EBUSY);
	nr_refused += rc != 0;
	is_down = rc == 0;
}

static void use_own_cache(void)
{
	xmem_preempt_t state;
	struct xmem_cache *c = xmem_cache_enter(&state);

	IL_EXPECT((c == NULL) == is_down);
	if (c != NULL) {
		xmem_cache_leave(c, &state);
	}
}

/* As if it had not been asked, if it was refused. */
static void is_down_or_up(void)
{
	check_all();
	il_on_cpu(1, use_own_cache);
	IL_EXPECT(xmem_cpu_down(1) == (is_down ? -XMEM_ENOENT : 0));
}

static void look_at_the_heap(void)
{
	IL_EXPECT(xmem_heap_check() == NULL);
}

static void drain(void)
{
	IL_EXPECT(xmem_drain_caches());
}

/* ---- blocks that come and go, and are free all the time ---- */

#define BLOCKS_FROM 1024UL /* frames */
#define NR_BLOCKS   5UL

/* In other places every second frame is free: enough for refills, and no block
 * of order 3. */
static void leave_blocks_in_a_stack(void)
{
	power_up(BLOCKS_FROM + 8 * NR_BLOCKS - 1, 2);
	take_all_of_the_heap();
	for (unsigned long i = 2; i < BLOCKS_FROM + 8 * NR_BLOCKS; i++) {
		if ((i >= BLOCKS_FROM || i % 2 == 0) && holders[i] != 0) {
			holders[i] = 0;
			assert_int_equal(xmem_block_give(i, 0, true), 0);
		}
	}
}

/* One of the blocks is used now and then, the others never are. */
static void come_and_go(void)
{
	for (unsigned int i = 0; i < 2; i++) {
		struct page_info *pg = take(3);

		if (pg != NULL) {
			give(pg, 3);
		}
		xmem_port_relax();
		IL_EXPECT(xmem_cpu_down(1) == 0);
		xmem_port_relax();
		IL_EXPECT(xmem_cpu_up(1, 0) == 0);
	}
}

static void must_take_block(void)
{
	IL_EXPECT(take(3) != NULL);
}

/* ---- a CPU that comes up on another node ---- */

static void leave_some_on_node_0(void)
{
	il_node_border = 1024;
	power_up(1023, 2);
	il_add(1024, 1024 + 64);
	nr_frames += 64;
	il_on_cpu(1, leave_some);
	assert_int_equal(in_caches(), nr_left);
}

static void move_to_node_1(void)
{
	IL_EXPECT(xmem_cpu_down(1) == 0);
	IL_EXPECT(xmem_cpu_up(1, 1) == 0);
	may_take_and_give();
}

/* ---- superpages ---- */

static void take_superpage(void)
{
	left[0] = take(HEAP_SUPER_ORDER);
	assert_non_null(left[0]);
}

static void give_superpage(void)
{
	give(left[0], HEAP_SUPER_ORDER);
}

static void leave_a_superpage(void)
{
	power_up(1535, 2);
	il_on_cpu(1, take_superpage);
	take_all_of_the_heap();
	il_on_cpu(1, give_superpage);
	assert_int_equal(in_caches(), 512);
}

static void must_take_superpage(void)
{
	IL_EXPECT(take(HEAP_SUPER_ORDER) != NULL);
}

static void may_take_a_superpage(void)
{
	struct page_info *pg = take(HEAP_SUPER_ORDER);

	if (pg != NULL) {
		give(pg, HEAP_SUPER_ORDER);
	}
}

/* ---- the same frame freed on two CPUs ---- */

IL_QUIET static unsigned int nr_frees;
IL_KEPT static unsigned long nr_twice; /* runs in which both came through */

static void leave_one_handed_out(void)
{
	power_up(MEMORY, 3);
	il_on_cpu(1, leave_some);
	il_on_cpu(2, leave_some);
	il_on_cpu(1, take_some);
	holders[mfn_x(page_to_mfn(left[0]))] = 0;
}

static void give_left(void)
{
	free_domheap_page(left[0]);
}

static void give_or_panic(void)
{
	nr_frees += il_catch(give_left) == NULL;
}

static void take_all_cached(void)
{
	while (take(0) != left[0]) {
	}
}

/* A frame that has one user: it has another when it is taken again. */
static void take_on_both(void)
{
	il_on_cpu(1, take_all_cached);
	holders[mfn_x(page_to_mfn(left[0]))] = 0;
	il_on_cpu(2, take_all_cached);
}

static void expect_panic(void (*body)(void), const char *says)
{
	const char *text = il_catch(body);

	if (text == NULL || strstr(text, says) == NULL) {
		il_fail("two frees came through, and then: %s",
			text != NULL ? text : "nothing");
	}
}

static void is_noticed_when_taken(void)
{
	IL_EXPECT(nr_frees == 1 || nr_frees == 2);
	if (nr_frees == 1) {
		check_all();
	} else {
		nr_twice++;
		expect_panic(take_on_both, "freed it at once");
	}
}

static void is_noticed_when_drained(void)
{
	IL_EXPECT(nr_frees == 1 || nr_frees == 2);
	if (nr_frees == 1) {
		check_all();
	} else {
		nr_twice++;
		expect_panic(drain, "free already");
	}
}

/* ---- what must hold ---- */

/* Whoever wants a frame gets one, as long as one is free at each moment, in
 * whatever cache. */
static void the_last_frame_can_be_had(void **state)
{
	(void)state;
	explore((struct il_scenario){.name = "one of two",
				     .set_up = leave_some_in_a_stack,
				     .cpu = {must_take, must_take_and_give}},
		2);
	explore((struct il_scenario){.name = "one of two, pending",
				     .set_up = leave_some_pending,
				     .cpu = {must_take, must_take_and_give}},
		2);
	explore((struct il_scenario){.name = "the only one",
				     .set_up = leave_some_in_a_stack,
				     .cpu = {must_take, may_take_and_give}},
		2);
}

/* A block on its way from a cache to the heap is not overlooked. */
static void what_moves_is_found(void **state)
{
	(void)state;
	explore((struct il_scenario){.name = "come and go",
				     .set_up = leave_blocks_in_a_stack,
				     .cpu = {must_take_block, come_and_go},
				     .flags = IL_TSO, /* without */
				     .runs = 150000},
		0);
}

/* The same by calls that take other things than blocks. */
static void ranges_and_runs_can_be_had(void **state)
{
	(void)state;
	explore((struct il_scenario){.name = "range",
				     .set_up = leave_some_pending,
				     .cpu = {must_take_range,
					     take_and_give_note}},
		2);
	explore((struct il_scenario){.name = "run",
				     .set_up = leave_some_in_a_stack,
				     .cpu = {must_take_run,
					     must_take_and_give}},
		2);
}

/* Thieves against each other: one at a time, and nobody fails. */
static void thieves_take_turns(void **state)
{
	(void)state;
	explore((struct il_scenario){.name = "two thieves",
				     .set_up = leave_some_in_a_stack,
				     .cpu = {must_take, NULL, must_take}},
		2);
	explore((struct il_scenario){.name = "thieves and owner",
				     .set_up = leave_some_in_a_stack,
				     .cpu = {must_take_and_give,
					     must_take_and_give,
					     must_take_and_give},
				     .bound = 2},
		3);
}

/* A cache that is made while a thief goes through the others; its memory is a
 * frame that was free. */
static void a_cpu_may_come_up(void **state)
{
	(void)state;
	explore((struct il_scenario){.name = "cpu up",
				     .set_up = leave_some_in_a_stack,
				     .cpu = {must_take, NULL, NULL, come_up},
				     .check = check_all_but_a_page},
		3);
}

/* A CPU goes down while its frames are wanted. */
static void a_cpu_may_go_down(void **state)
{
	(void)state;
	explore((struct il_scenario){.name = "cpu down",
				     .set_up = leave_some_in_a_stack,
				     .cpu = {must_take, go_down}},
		1);
	explore((struct il_scenario){.name = "cpu down, pending",
				     .set_up = leave_some_pending,
				     .cpu = {must_take, go_down}},
		1);
	nr_refused = 0;
	explore((struct il_scenario){.name = "cpu down in a handler",
				     .set_up = leave_some_in_a_stack,
				     .cpu = {drain, may_take_and_give},
				     .handler = {NULL, go_down_in_handler},
				     .check = is_down_or_up},
		2);
	assert_true(il_is_replay() || nr_refused >= 1);
}

/* Somebody drains all caches in the middle of hits. */
static void drains_fit_in(void **state)
{
	(void)state;
	explore((struct il_scenario){.name = "drain",
				     .set_up = leave_some_in_a_stack,
				     .cpu = {drain, must_take_and_give}},
		2);
	explore((struct il_scenario){.name = "drain, pending",
				     .set_up = leave_some_pending,
				     .cpu = {drain, must_take_and_give}},
		2);
	explore((struct il_scenario){.name = "drains",
				     .set_up = leave_some_in_a_stack,
				     .cpu = {drain, must_take_and_give, drain},
				     .bound = 2},
		1);
}

/* A handler that comes in the middle of a hit works without the cache. */
static void handlers_fit_in(void **state)
{
	(void)state;
	explore((struct il_scenario){.name = "handler",
				     .set_up = leave_some_in_a_stack,
				     .cpu = {NULL, may_take_and_give},
				     .handler = {NULL, may_take_and_give}},
		2);
	explore((struct il_scenario){.name = "handler and thief",
				     .set_up = leave_some_in_a_stack,
				     .cpu = {drain, may_take_and_give},
				     .handler = {NULL, may_take_and_give},
				     .bound = 2},
		2);
}

/* Two frees of a frame at the same moment may both come through, each into the
 * cache of its CPU. That is noticed when the frame is taken from the second
 * one, or goes back to the heap from there. */
static void a_double_free_is_noticed_at_last(void **state)
{
	(void)state;
	nr_twice = 0;
	explore((struct il_scenario){.name = "twice, and taken",
				     .set_up = leave_one_handed_out,
				     .cpu = {NULL, give_or_panic,
					     give_or_panic},
				     .check = is_noticed_when_taken},
		1);
	explore((struct il_scenario){.name = "twice, and drained",
				     .set_up = leave_one_handed_out,
				     .cpu = {NULL, give_or_panic,
					     give_or_panic},
				     .check = is_noticed_when_drained},
		1);
	assert_true(il_is_replay() || nr_twice >= 2);
}

/* A CPU comes up on another node while a thief has its cache. */
static void a_cpu_may_move_to_another_node(void **state)
{
	(void)state;
	explore((struct il_scenario){.name = "another node",
				     .set_up = leave_some_on_node_0,
				     .cpu = {drain, move_to_node_1}},
		4);
	explore((struct il_scenario){.name = "another node, looked at",
				     .set_up = leave_some_on_node_0,
				     .cpu = {look_at_the_heap, move_to_node_1},
				     .bound = 2},
		4);
}

/* Superpages are had from other CPUs, too. */
static void superpages_can_be_had(void **state)
{
	(void)state;
	explore((struct il_scenario){.name = "superpage",
				     .set_up = leave_a_superpage,
				     .cpu = {may_take_a_superpage,
					     may_take_a_superpage}},
		0);
	explore((struct il_scenario){.name = "last superpage",
				     .set_up = leave_a_superpage,
				     .cpu = {must_take_superpage, drain}},
		0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_double_free_is_noticed_at_last),
	cmocka_unit_test(a_cpu_may_move_to_another_node),
	cmocka_unit_test(superpages_can_be_had),
	cmocka_unit_test(the_last_frame_can_be_had),
	cmocka_unit_test(what_moves_is_found),
	cmocka_unit_test(ranges_and_runs_can_be_had),
	cmocka_unit_test(thieves_take_turns),
	cmocka_unit_test(a_cpu_may_come_up),
	cmocka_unit_test(a_cpu_may_go_down),
	cmocka_unit_test(drains_fit_in),
	cmocka_unit_test(handlers_fit_in),
};

TEST_MAIN(tests)
