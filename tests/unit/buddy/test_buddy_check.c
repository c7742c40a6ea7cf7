/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_buddy_check.c - the validator notices every kind of damage
 *
 * link: src/buddy/
 */
#include "buddy/buddy.h"
#include "test.h"

#define START 4100UL
#define NR    9000UL

static struct xmem_buddy buddy;
static unsigned char mem[8192];

/* Frames 4100..8191 free, 9000 free and dirty, 9216..9343 mixed dirt;
 * the last frame of the span free. */
static void set_up(void)
{
	memset(mem, 0xa5, sizeof(mem));
	assert_true(xmem_buddy_bytes(START, START + NR, MAX_ORDER) <=
		    sizeof(mem));
	xmem_buddy_init(&buddy, START, START + NR, MAX_ORDER, mem);
	assert_int_equal(
		xmem_buddy_give_range(&buddy, START, 8192 - START, false), 0);
	assert_int_equal(xmem_buddy_give(&buddy, 9000, 0, false, true), 0);
	assert_int_equal(xmem_buddy_give(&buddy, 9216, 5, false, true), 0);
	assert_int_equal(xmem_buddy_give(&buddy, 9248, 5, false, false), 0);
	assert_int_equal(xmem_buddy_give(&buddy, 9280, 6, false, false), 0);
	assert_int_equal(
		xmem_buddy_give(&buddy, START + NR - 1, 0, false, false), 0);
	ASSERT_VALID(xmem_buddy_check(&buddy));
}

static void assert_broken(const char *what)
{
	const char *broken = xmem_buddy_check(&buddy);

	assert_non_null(broken);
	if (strstr(broken, what) == NULL) {
		fail_msg("'%s' does not say '%s'", broken, what);
	}
	set_up();
}

/* Words of the group of frame mfn on a level: free, note, mixed, dirt, finders.
 */
static uint64_t *group(unsigned int level, unsigned long mfn)
{
	unsigned long w = (mfn - buddy.base) >> (6 * level + 6);

	return buddy.map[level] + w * buddy.words[level];
}

/* The bit of frame mfn in those words. */
static uint64_t bit(unsigned int level, unsigned long mfn)
{
	return (uint64_t)1 << (((mfn - buddy.base) >> (6 * level)) % 64);
}

/* I1: what a node says must be what is below it. */
static void notices_false_mixtures(void **state)
{
	(void)state;
	set_up();
	/* The only free frame of a group goes. */
	group(0, 9000)[0] = 0;
	group(0, 9000)[1] = 0;
	assert_broken("I3");
	/* The group whose dirt varies becomes clean. */
	group(0, 9216)[1] = 0;
	assert_broken("I");
	/* A node that is dirty and varied. */
	group(1, 9216)[1] |= bit(1, 9216);
	assert_broken("I1: a node is both");
	/* A node that says too little. */
	group(1, 9000)[2] &= ~bit(1, 9000);
	assert_broken("I3");
	/* A mixture of used frames of which none is described. */
	group(1, 12800)[2] |= bit(1, 12800);
	group(1, 12800)[1] |= bit(1, 12800);
	group(0, 12800)[0] = 0;
	group(0, 12800)[1] = 0;
	assert_broken("I1: a node does not say");
}

/* I2: blocks are not larger than the largest. */
static void notices_too_large_a_block(void **state)
{
	(void)state;
	set_up();
	group(2, START)[0] |= bit(2, START);
	assert_broken("I");
	group(buddy.top, START)[0] |= 2;
	if (buddy.top * 6 > buddy.max_order) {
		assert_broken("I2");
	}
}

/* I3: finders and blocks. */
static void notices_wrong_finders(void **state)
{
	(void)state;
	set_up();
	group(0, 9000)[0] |= bit(0, 9001);
	assert_broken("I3");
	group(1, 9000)[4 + 2] |= bit(1, 9000);
	assert_broken("I3: a finder leads to no block");
	group(1, 9000)[4] &= ~bit(1, 9000);
	assert_broken("I3");
	group(1, 9000)[4] |= bit(1, 12000);
	assert_broken("I3: a finder leads to no block");
	group(2, 9000)[4] &= ~bit(2, 9000);
	assert_broken("I3: no finder for a free block");
	group(2, 9000)[4 + 6] ^= bit(2, 9000);
	assert_broken("I3");
	/* A block that is there, but in a higher tier. */
	group(2, START)[4 + 8] |= bit(2, START);
	buddy.orders ^= 1U << 4;
	assert_broken("I3");
	buddy.orders |= 1U << 16;
	assert_broken("I3: `orders`");
	/* A frame more of which no finder need know: the count notices. */
	group(0, 9000)[0] |= bit(0, 9002);
	assert_broken("I4");
}

/* I3: dirt that is not said to be there, and the other way round. */
static void notices_wrong_dirt(void **state)
{
	(void)state;
	set_up();
	group(2, 9000)[3] &= ~bit(2, 9000);
	assert_broken("I3: dirt");
	group(1, 9000)[3] &= ~bit(1, 9000);
	assert_broken("I3: dirt");
	group(1, 9216)[3] |= bit(1, 9280);
	assert_broken("I3: dirt");
	group(0, 9000)[1] &= ~bit(0, 9000);
	assert_broken("I3: dirt");
}

/* I4: the counter. */
static void notices_a_wrong_count(void **state)
{
	(void)state;
	set_up();
	buddy.nr_free--;
	assert_broken("I4");
}

/* I5: a frame outside the span. */
static void notices_frames_outside(void **state)
{
	(void)state;
	set_up();
	buddy.start = START + 1;
	assert_broken("I5");
	buddy.end = START + NR - 1;
	assert_broken("I5");
}

/* Shape: span, base, levels and orders belong together. */
static void notices_a_wrong_shape(void **state)
{
	(void)state;
	set_up();
	buddy.start = buddy.end;
	assert_broken("span");
	buddy.max_order = MAX_ORDER + 1;
	assert_broken("span");
	buddy.max_order = ~0U; /* No shift is made with it. */
	assert_broken("span");
	buddy.top--;
	assert_broken("levels");
	buddy.top = 1000;
	assert_broken("levels");
	buddy.base += 64;
	assert_broken("base");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(notices_false_mixtures),
	cmocka_unit_test(notices_too_large_a_block),
	cmocka_unit_test(notices_wrong_finders),
	cmocka_unit_test(notices_wrong_dirt),
	cmocka_unit_test(notices_a_wrong_count),
	cmocka_unit_test(notices_frames_outside),
	cmocka_unit_test(notices_a_wrong_shape),
};

TEST_MAIN(tests)
