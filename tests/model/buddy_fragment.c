/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buddy_fragment.c - how many superpages the engine keeps whole
 *
 * Two workloads on 256 superpages. One fills them with single frames, gives
 * half of them back at random, and then many times a tenth back and as many
 * out. The other takes blocks of orders 0 to 9 and gives them back between 70
 * and 90 % of use; then half of them go, and all but the single frames. What is
 * asserted is the share of the free frames that are in superpages all free.
 * The random numbers are the same each time, so the shares are, too.
 *
 * link: src/buddy/
 * flags: -DXMEM_BUDDY_SUPER=9
 * pages: 4 KiB
 */
#include "buddy/buddy.h"
#include "test.h"

#define SUPERS	  256UL
#define NR_FRAMES (SUPERS << XMEM_BUDDY_SUPER)
#define START	  (NR_FRAMES * 3) /* aligned, and not 0 */

struct block {
	unsigned long mfn;
	unsigned int order;
};

static struct {
	struct xmem_buddy buddy;
	struct block *blocks; /* that are taken */
	unsigned long nr_blocks;
	uint64_t seed;
} world;

static unsigned long rnd(unsigned long below)
{
	return (unsigned long)(test_random(&world.seed) % below);
}

static void power_on(uint64_t seed)
{
	unsigned long end = START + NR_FRAMES;

	memset(&world, 0, sizeof(world));
	world.seed = seed * 0x9e3779b97f4a7c15ULL;
	world.blocks = malloc(NR_FRAMES * sizeof(*world.blocks));
	assert_non_null(world.blocks);
	xmem_buddy_init(&world.buddy, START, end, MAX_ORDER,
			malloc(xmem_buddy_bytes(START, end, MAX_ORDER)));
	assert_int_equal(
		xmem_buddy_give_range(&world.buddy, START, NR_FRAMES, false),
		0);
}

static void power_off(void)
{
	ASSERT_VALID(xmem_buddy_check(&world.buddy));
	free(world.buddy.map[0]);
	free(world.blocks);
}

static bool take(unsigned int order)
{
	struct xmem_buddy_request req = {
		.hi = ~0UL, .order = order, .prefer = XMEM_BUDDY_HIGH};
	unsigned long mfn = xmem_buddy_take(&world.buddy, &req, NULL);

	if (mfn == XMEM_NO_MFN) {
		return false;
	}
	world.blocks[world.nr_blocks++] = (struct block){mfn, order};
	return true;
}

/* Give a block back, and forget it. */
static void give(unsigned long i)
{
	struct block block = world.blocks[i];

	world.blocks[i] = world.blocks[--world.nr_blocks];
	assert_int_equal(xmem_buddy_give(&world.buddy, block.mfn, block.order,
					 false, false),
			 0);
}

static void give_some(unsigned long nr)
{
	while (nr-- > 0) {
		give(rnd(world.nr_blocks));
	}
}

/* The share of the free frames that are in free superpages, in thousandths. */
static unsigned long share(void)
{
	unsigned long in_supers = 0;

	for (unsigned int k = XMEM_BUDDY_SUPER; k <= MAX_ORDER; k++) {
		in_supers += xmem_buddy_count(&world.buddy, k) << k;
	}
	return in_supers * 1000 / world.buddy.nr_free;
}

static void assert_share(const char *when, unsigned long at_least)
{
	print_message("# %s: %lu thousandths\n", when, share());
	assert_true(share() >= at_least);
}

/* Single frames: half of them, at random, and then much that changes. */
static void single_frames_gather(void **state)
{
	(void)state;
	for (unsigned int seed = 1; seed <= 3; seed++) {
		power_on(seed);
		while (take(0)) {
		}
		assert_int_equal(world.nr_blocks, NR_FRAMES);
		give_some(NR_FRAMES / 2);
		assert_true(share() < 50);
		for (unsigned int round = 0; round < 100; round++) {
			unsigned long nr = world.nr_blocks / 10;

			give_some(nr);
			for (unsigned long i = 0; i < nr; i++) {
				assert_true(take(0));
			}
		}
		assert_share("single frames", 980);
		power_off();
	}
}

/* Mostly single frames, and fewer of each larger order. */
static unsigned int some_order(void)
{
	static const unsigned int per_mille[] = {600, 80, 80, 80, 40,
						 40,  20, 20, 10, 30};
	unsigned int at = (unsigned int)rnd(1000);
	unsigned int order = 0;

	while (at >= per_mille[order]) {
		at -= per_mille[order];
		order++;
	}
	return order;
}

/* Take and give blocks, so that 70 to 90 % are in use. */
static void mix(unsigned long steps)
{
	for (unsigned long i = 0; i < steps; i++) {
		unsigned long used = NR_FRAMES - world.buddy.nr_free;

		if (used * 10 <= NR_FRAMES * 7 ||
		    (used * 10 < NR_FRAMES * 9 && rnd(2) == 0)) {
			(void)take(some_order());
		} else {
			give(rnd(world.nr_blocks));
		}
	}
}

/* Blocks of all orders: what remains when only the single frames do. */
static void single_frames_of_a_mix_are_together(void **state)
{
	(void)state;
	for (unsigned int seed = 1; seed <= 3; seed++) {
		power_on(seed);
		mix(300000);
		print_message("# mix: %lu thousandths\n", share());
		give_some(world.nr_blocks / 2);
		for (unsigned long i = world.nr_blocks; i-- > 0;) {
			if (world.blocks[i].order != 0) {
				give(i);
			}
		}
		assert_true(world.nr_blocks > NR_FRAMES / 200);
		assert_share("single frames of a mix", 950);
		power_off();
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(single_frames_gather),
	cmocka_unit_test(single_frames_of_a_mix_are_together),
};

TEST_MAIN(tests)
