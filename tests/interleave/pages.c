/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pages.c - the page layer, step by step: what two or three CPUs may do to
 * each other
 *
 * link: src/buddy/ src/heap/ src/page/ src/xenheap/ src/lib/
 * link: tests/interleave/tasks.c tests/interleave/points.c
 * link: tests/interleave/buffer.c tests/interleave/explore.c
 * link: tests/interleave/replay.c tests/interleave/machine.c
 * include: tests/interleave/include tests/interleave
 * flags: -fsanitize=thread -Wno-tsan
 * native: needs the calls that -fsanitize=thread makes, and no runtime of it
 */
#include "interleave.h"

#define MEMORY 63UL /* frames, from 1 on */

IL_QUIET static struct page_info *block;
IL_QUIET static unsigned int nr_frees;

static bool says(const char *text, const char *part)
{
	return text != NULL && strstr(text, part) != NULL;
}

/* ---- the same block freed on two CPUs ---- */

IL_QUIET static unsigned int order;

static void take_block(void)
{
	il_add(1, 64);
	block = alloc_domheap_pages(NULL, order, MEMF_no_scrub);
	assert_non_null(block);
}

static void take_page(void)
{
	order = 0;
	take_block();
}

static void take_order_3(void)
{
	order = 3;
	take_block();
}

static void free_block(void)
{
	free_domheap_pages(block, order);
}

static void free_or_panic(void)
{
	const char *text = il_catch(free_block);

	if (text == NULL) {
		nr_frees++;
	} else if (!says(text, "free already")) {
		il_fail("the panic says %s", text);
	}
}

static void one_was_freed(void)
{
	IL_EXPECT(nr_frees == 1);
	IL_EXPECT(total_free_pages() == MEMORY);
	il_check_heap();
}

/* Two frees of a page of nobody: one panics, and nothing is lost. */
static void a_page_is_freed_once(void **state)
{
	static const struct il_scenario s = {
		.name = "free a page twice",
		.set_up = take_page,
		.cpu = {free_or_panic, free_or_panic},
		.check = one_was_freed,
		.flags = IL_TSO,
		.bound = 4,
		.runs = 20000,
		.random = 1000,
	};

	(void)state;
	il_explore(&s);
}

/* The same with a block. */
static void a_block_is_freed_once(void **state)
{
	static const struct il_scenario s = {
		.name = "free a block twice",
		.set_up = take_order_3,
		.cpu = {free_or_panic, free_or_panic},
		.check = one_was_freed,
		.flags = IL_TSO,
		.bound = 4,
		.runs = 20000,
		.random = 1000,
	};

	(void)state;
	il_explore(&s);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_page_is_freed_once),
	cmocka_unit_test(a_block_is_freed_once),
};

TEST_MAIN(tests)
