/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_bitmap_tree_check.c - the validator notices every kind of damage
 *
 * link: src/lib/bitmap_tree.c src/lib/bitmap_tree_check.c
 */
#include "lib/bitmap_tree.h"
#include "test.h"

#define NR 5000UL

static struct xmem_bitmap_tree tree;
static uint64_t mem[200];

static void set_up(void)
{
	memset(mem, 0xa5, sizeof(mem));
	assert_true(xmem_bitmap_tree_bytes(NR) <= sizeof(mem));
	xmem_bitmap_tree_init(&tree, NR, mem);
	xmem_bitmap_tree_set(&tree, 100);
	xmem_bitmap_tree_set(&tree, 4999);
	ASSERT_VALID(xmem_bitmap_tree_check(&tree));
}

static void assert_broken(const char *what)
{
	const char *broken = xmem_bitmap_tree_check(&tree);

	assert_non_null(broken);
	if (strstr(broken, what) == NULL) {
		fail_msg("'%s' does not say '%s'", broken, what);
	}
}

/* A bit above a word that is 0. */
static void notices_empty_word(void **state)
{
	(void)state;
	set_up();
	tree.level[0][100 / 64] = 0;
	assert_broken("I1");
	set_up();
	tree.level[1][0] = 0;
	assert_broken("I1");
}

/* A bit above a word with no meaning makes the garbage in it speak. */
static void notices_bit_beyond_nr(void **state)
{
	(void)state;
	set_up();
	tree.level[0][NR / 64] |= (uint64_t)1 << (NR % 64);
	assert_broken("I3");
	set_up();
	tree.level[2][0] |= 4;
	assert_broken("I3");
}

/* Levels and number of bits. */
static void notices_wrong_shape(void **state)
{
	(void)state;
	set_up();
	tree.levels = 2;
	assert_broken("levels");
	tree.levels = 0;
	assert_broken("levels");
	tree.levels = XMEM_BITMAP_TREE_LEVELS + 1;
	assert_broken("levels");
	set_up();
	tree.nr = 0;
	assert_broken("number of bits");
}

/* Words without meaning may hold anything. */
static void ignores_words_without_meaning(void **state)
{
	(void)state;
	set_up();
	tree.level[0][7] = ~(uint64_t)0;
	ASSERT_VALID(xmem_bitmap_tree_check(&tree));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(notices_empty_word),
	cmocka_unit_test(notices_bit_beyond_nr),
	cmocka_unit_test(notices_wrong_shape),
	cmocka_unit_test(ignores_words_without_meaning),
};

TEST_MAIN(tests)
