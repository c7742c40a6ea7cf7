/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pages.c - allocations, frees, ranges and quotas of two or three CPUs, step by
 * step: nothing is lost, and nothing is handed out twice
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

/* One span on node 0, one on node 1 where a scenario wants it. */
#define BORDER 64UL

static struct domain d;

/* ---- allocations against a free ---- */

IL_QUIET static struct page_info *block;
IL_QUIET static unsigned int nr_got;

static void take_one_of_three(void)
{
	il_add(1, 4);
	block = alloc_domheap_page(NULL, MEMF_no_scrub);
	assert_non_null(block);
}

static void free_it(void)
{
	free_domheap_page(block);
}

static void take_one(void)
{
	nr_got += alloc_domheap_page(NULL, MEMF_no_scrub) != NULL;
}

static void take_two(void)
{
	take_one();
	take_one();
}

/* The hooks look at who gets what. */
static void two_or_three_were_got(void)
{
	IL_EXPECT(nr_got == 2 || nr_got == 3);
	IL_EXPECT(total_free_pages() == 3 - nr_got);
	il_check_heap();
}

/* The last frames: each has one user, whoever comes first. */
static void the_last_frames_are_had_once(void **state)
{
	static const struct il_scenario s = {
		.name = "last frames",
		.set_up = take_one_of_three,
		.cpu = {free_it, take_one, take_two},
		.check = two_or_three_were_got,
		.flags = IL_TSO,
		.bound = 4,
		.runs = 20000,
		.random = 2000,
	};

	(void)state;
	il_explore(&s);
}

static void count_them(void)
{
	struct xmem_heap_stats stats;

	xmem_heap_get_stats(0, &stats);
	IL_EXPECT(stats.free_pages <= 3 && total_free_pages() <= 3);
	IL_EXPECT(xmem_heap_check() == NULL);
}

/* An observer sees no count that is more than there is, and a whole heap. */
static void observers_see_a_whole_heap(void **state)
{
	static const struct il_scenario s = {
		.name = "observer",
		.set_up = take_one_of_three,
		.cpu = {free_it, take_two, count_them},
		.check = two_or_three_were_got,
		.bound = 3,
		.runs = 20000,
		.random = 2000,
	};

	(void)state;
	il_explore(&s);
}

/* An interrupt frees in the middle of an allocation: locks keep it out. */
static void handlers_may_free(void **state)
{
	static const struct il_scenario s = {
		.name = "handler frees",
		.set_up = take_one_of_three,
		.cpu = {take_two, take_one},
		.handler = {free_it},
		.check = two_or_three_were_got,
		.flags = IL_LOCK_IRQS,
		.bound = 3,
		.runs = 20000,
		.random = 2000,
	};

	(void)state;
	il_explore(&s);
}

/* ---- the lowest door: blocks without descriptors ---- */

static void make_four(void)
{
	il_add(1, 5);
}

static void take_at_and_give(unsigned long mfn)
{
	bool dirty;

	IL_EXPECT(xmem_block_take_at(mfn, 0, &dirty) == 0);
	IL_EXPECT(xmem_block_give(mfn, 0, true) == 0);
}

static void take_one_at(void)
{
	take_at_and_give(1);
}

static void take_another_at(void)
{
	take_at_and_give(3);
}

static void look_at_the_heap(void)
{
	IL_EXPECT(xmem_heap_check() == NULL);
}

static void all_are_free(void)
{
	IL_EXPECT(total_free_pages() == 4);
	il_check_heap();
}

/* Frames, counts and tree change in one lock hold. */
static void blocks_change_in_one_lock_hold(void **state)
{
	static const struct il_scenario s = {
		.name = "blocks",
		.set_up = make_four,
		.cpu = {take_one_at, take_another_at, look_at_the_heap},
		.check = all_are_free,
		.flags = IL_TSO,
		.bound = 3,
		.runs = 20000,
		.random = 2000,
	};

	(void)state;
	il_explore(&s);
}

/* ---- the quota of an owner ---- */

static void let_own_two(void)
{
	il_add(1, 9);
	xmem_owner_init(&d.mem, 2, 0);
}

static void own_one(void)
{
	nr_got += alloc_domheap_page(&d, MEMF_no_scrub) != NULL;
}

static void own_one_and_free(void)
{
	struct page_info *pg = alloc_domheap_page(&d, MEMF_no_scrub);

	if (pg != NULL) {
		free_domheap_page(pg);
	}
}

static void quota_was_kept(void)
{
	IL_EXPECT(d.mem.tot_pages == nr_got);
	IL_EXPECT(total_free_pages() == 8 - nr_got);
	IL_EXPECT(nr_got >= 1);
	il_check_heap();
}

static void two_were_got(void)
{
	IL_EXPECT(nr_got == 2);
	quota_was_kept();
}

/* Three want a frame each, of two that the owner may have: two get one. */
static void the_quota_is_exact(void **state)
{
	static const struct il_scenario s = {
		.name = "quota",
		.set_up = let_own_two,
		.cpu = {own_one, own_one, own_one},
		.check = two_were_got,
		.flags = IL_TSO,
		.bound = 4,
		.runs = 20000,
		.random = 2000,
	};
	static const struct il_scenario back = {
		.name = "quota and back",
		.set_up = let_own_two,
		.cpu = {own_one, own_one_and_free, own_one},
		.check = quota_was_kept,
		.bound = 3,
		.runs = 20000,
		.random = 2000,
	};

	(void)state;
	il_explore(&s);
	il_explore(&back);
}

/* ---- ranges over two nodes ---- */

#define FIRST 58UL
#define NR    12UL
#define LATE  66UL /* in the second piece */

IL_QUIET static enum xmem_frame_state before[IL_FRAMES];
IL_QUIET static int range_rc, other_rc;

static void make_clean(unsigned long mfn)
{
	bool dirty;

	assert_int_equal(xmem_block_take_at(mfn, 0, &dirty), 0);
	assert_int_equal(xmem_block_give(mfn, 0, true), 0);
}

/* Some frames of the range clean, others dirty. */
static void make_two_nodes(void)
{
	il_node_border = BORDER;
	il_add(33, BORDER);
	il_add(BORDER, 97);
	make_clean(FIRST + 1);
	make_clean(BORDER - 1);
	make_clean(BORDER);
	make_clean(FIRST + NR - 1);
	for (unsigned long i = 33; i < 97; i++) {
		before[i] = xmem_heap_frame_state(i);
	}
}

static void take_the_range(void)
{
	range_rc = xmem_take_range(_mfn(FIRST), NR, MEMF_no_scrub);
}

static void take_a_late_frame(void)
{
	bool dirty;

	other_rc = xmem_block_take_at(LATE, 0, &dirty);
}

static void take_what_overlaps(void)
{
	other_rc = xmem_take_range(_mfn(FIRST + 2), NR, MEMF_no_scrub);
}

/* All that was not taken is as it was. */
static void check_rest(unsigned long mfn, unsigned long nr)
{
	for (unsigned long i = 33; i < 97; i++) {
		enum xmem_frame_state now = xmem_heap_frame_state(i);

		if (i >= mfn && i < mfn + nr) {
			IL_EXPECT(now == XMEM_FRAME_USED);
		} else {
			IL_EXPECT(now == before[i]);
		}
	}
	il_check_heap();
}

static void one_got_its_frames(void)
{
	IL_EXPECT((range_rc == 0) != (other_rc == 0));
	IL_EXPECT(range_rc + other_rc == -XMEM_EBUSY);
	if (range_rc == 0) {
		check_rest(FIRST, NR);
	} else {
		check_rest(LATE, 1);
	}
}

static void one_got_its_range(void)
{
	IL_EXPECT((range_rc == 0) != (other_rc == 0));
	IL_EXPECT(range_rc + other_rc == -XMEM_EBUSY);
	check_rest(range_rc == 0 ? FIRST : FIRST + 2, NR);
}

/* Look, borrow, put back: who loses leaves all as it was, clean or dirty. */
static void ranges_are_had_whole_or_not_at_all(void **state)
{
	static const struct il_scenario frame = {
		.name = "range and frame",
		.set_up = make_two_nodes,
		.cpu = {take_the_range, take_a_late_frame},
		.check = one_got_its_frames,
		.flags = IL_TSO,
		.bound = 4,
		.runs = 20000,
		.random = 500,
	};
	static const struct il_scenario range = {
		.name = "range and range",
		.set_up = make_two_nodes,
		.cpu = {take_the_range, take_what_overlaps},
		.check = one_got_its_range,
		.flags = IL_TSO,
		.bound = 4,
		.runs = 20000,
		.random = 500,
	};

	(void)state;
	il_explore(&frame);
	il_explore(&range);
}

/* ---- what is set up at its first use ---- */

static void make_one_node(void)
{
	il_node_border = BORDER;
	il_add(1, 9);
}

/* Of a node without memory: what stands for it has a lock, too. */
static void give_what_is_nobodys(void)
{
	IL_EXPECT(xmem_block_give(BORDER, 0, true) == -XMEM_ENOENT);
}

/* Each finds the lock set up, and nobody sets it up again. */
static void locks_are_set_up_once(void **state)
{
	static const struct il_scenario s = {
		.name = "first use of a lock",
		.set_up = make_one_node,
		.cpu = {give_what_is_nobodys, give_what_is_nobodys,
			give_what_is_nobodys},
		.check = il_check_heap,
		.flags = IL_TSO,
		.bound = 4,
		.runs = 20000,
		.random = 2000,
	};

	(void)state;
	il_explore(&s);
}

IL_QUIET static void *metadata[2];

static void reserve_two_spans(void)
{
	make_one_node();
	metadata[0] = il_reserve(BORDER, BORDER + 8);
	metadata[1] = il_reserve(BORDER + 8, BORDER + 16);
}

static void add_span(unsigned int i)
{
	unsigned long mfn = BORDER + 8UL * i;

	IL_EXPECT(xmem_heap_add_span(mfn, mfn + 8, 1, false, metadata[i]) == 0);
	IL_EXPECT(xmem_block_give_range(mfn, 8, false) == 0);
}

static void add_one_span(void)
{
	add_span(0);
}

static void add_other_span(void)
{
	add_span(1);
}

static void both_are_there(void)
{
	IL_EXPECT(total_free_pages() == 8 + 16);
	IL_EXPECT(avail_node_heap_pages(1) == 16);
	IL_EXPECT(xmem_heap_check() == NULL);
}

/* Two CPUs make the first span of a node: one struct, both spans. */
static void a_node_is_made_once(void **state)
{
	static const struct il_scenario s = {
		.name = "first spans of a node",
		.set_up = reserve_two_spans,
		.cpu = {add_one_span, add_other_span},
		.check = both_are_there,
		.flags = IL_TSO,
		.bound = 3,
		.runs = 20000,
		.random = 1000,
	};

	(void)state;
	il_explore(&s);
}

/* ---- many frames at once ---- */

IL_QUIET static unsigned long nr_frames;

static void make_eight(void)
{
	il_add(1, 9);
}

static void take_runs(unsigned int flags)
{
	struct xmem_run runs[4];
	unsigned long got;
	unsigned int nr =
		xmem_alloc_runs(runs, 4, 6, flags | MEMF_no_scrub, &got);

	nr_frames += got;
	IL_EXPECT(nr > 0 || got == 0);
	if (flags == 0) {
		xmem_free_runs(runs, nr);
		nr_frames -= got;
	}
}

static void take_runs_and_free(void)
{
	take_runs(0);
}

static void take_runs_for_vmalloc(void)
{
	take_runs(MEMF_vmalloc);
}

static void all_are_counted(void)
{
	IL_EXPECT(total_free_pages() == 8 - nr_frames);
	il_check_heap();
}

/* Runs against runs and a frame: what is taken is what is missing. */
static void runs_fit_in(void **state)
{
	static const struct il_scenario s = {
		.name = "runs",
		.set_up = make_eight,
		.cpu = {take_runs_and_free, take_runs_for_vmalloc,
			take_runs_and_free},
		.check = all_are_counted,
		.bound = 3,
		.runs = 20000,
		.random = 2000,
	};

	(void)state;
	il_explore(&s);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(the_last_frames_are_had_once),
	cmocka_unit_test(observers_see_a_whole_heap),
	cmocka_unit_test(handlers_may_free),
	cmocka_unit_test(blocks_change_in_one_lock_hold),
	cmocka_unit_test(the_quota_is_exact),
	cmocka_unit_test(ranges_are_had_whole_or_not_at_all),
	cmocka_unit_test(locks_are_set_up_once),
	cmocka_unit_test(a_node_is_made_once),
	cmocka_unit_test(runs_fit_in),
};

TEST_MAIN(tests)
