/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_tree_walk.c - the walk through a tree of words, against bytes
 *
 * A tree is written from an array of bytes that says which positions are
 * set. Words that have no meaning, and all memory behind words, are
 * garbage with many bits set: who reads it is led astray. A word has 4 bits.
 * Every set of a tree of two levels is tried, and random ones up to five
 * levels.
 *
 * link: tests/host/panic.c
 * flags: -DXMEM_WORD_SHIFT=2
 */
#include "lib/tree_walk.h"
#include "test.h"

#define LEVELS 5U
#define NR     1024UL /* positions of that many levels */

#define LOWEST	XMEM_TREE_LOWEST
#define HIGHEST XMEM_TREE_HIGHEST

static struct {
	struct xmem_tree_view view;
	unsigned long nr;      /* positions */
	unsigned char set[NR]; /* the oracle */
	uint64_t mem[LEVELS][NR / 4 + 1];
	uint64_t *level[LEVELS];
} tree;

static uint64_t seed = 1;

static unsigned long below(unsigned long n)
{
	return (unsigned long)(test_random(&seed) % n);
}

/* Bits of a position that lie below a bit of @level. */
static unsigned int shift_of(unsigned int level)
{
	return level * XMEM_WORD_SHIFT;
}

/* ---- the oracle ---- */

/* Is any of the positions set that bit @at of @level stands for? */
static bool any_under(unsigned int level, unsigned long at)
{
	unsigned long nr = 1UL << shift_of(level);

	return memchr(tree.set + at * nr, 1, nr) != NULL;
}

/* The first set position of [@from, @to), or XMEM_NO_BIT; and the last. */
static unsigned long first_in(unsigned long from, unsigned long to)
{
	while (from < to && !tree.set[from]) {
		from++;
	}
	return from < to ? from : XMEM_NO_BIT;
}

static unsigned long last_in(unsigned long from, unsigned long to)
{
	while (to > from && !tree.set[to - 1]) {
		to--;
	}
	return to > from ? to - 1 : XMEM_NO_BIT;
}

/* ---- the tree ---- */

/* A view of @levels levels, empty. */
static void shape(unsigned int levels)
{
	memset(&tree, 0, sizeof(tree));
	for (unsigned int i = 0; i < levels; i++) {
		tree.level[i] = tree.mem[i];
	}
	tree.view = (struct xmem_tree_view){
		.level = tree.level,
		.top = levels - 1,
	};
	tree.nr = 1UL << levels * XMEM_WORD_SHIFT;
}

/* Write word @w of @level, and those below that have meaning. */
static void write_word(unsigned int level, unsigned long w)
{
	uint64_t *word = &tree.level[level][w];

	*word = 0;
	for (unsigned int bit = 0; bit < XMEM_WORD_BITS; bit++) {
		unsigned long at = w * XMEM_WORD_BITS + bit;

		if (any_under(level, at)) {
			*word |= 1ULL << bit;
			if (level > 0) {
				write_word(level - 1, at);
			}
		}
	}
}

/* Make the tree say what the oracle says. */
static void write_tree(void)
{
	for (unsigned int i = 0; i <= tree.view.top; i++) {
		unsigned long words = tree.nr >> (i + 1) * XMEM_WORD_SHIFT;

		memset(tree.mem[i], 0xb7, (words + 1) * sizeof(uint64_t));
	}
	write_word(tree.view.top, 0);
}

/* ---- the questions ---- */

/* From position @at, set or not, both ways, and from every bit above it that
 * may be asked. */
static void ask_at(unsigned long at)
{
	struct xmem_tree_view v = tree.view;
	unsigned int reach = xmem_tree_reach(v, at);
	unsigned int lowest = 0; /* set bit on the way */

	while (lowest <= v.top && !any_under(lowest, at >> shift_of(lowest))) {
		lowest++;
	}
	assert_int_equal(reach, lowest);
	assert_int_equal(xmem_tree_seek(v, at, LOWEST), first_in(at, tree.nr));
	assert_int_equal(xmem_tree_seek(v, at, HIGHEST), last_in(0, at + 1));
	for (unsigned int level = 0; level <= v.top + 1; level++) {
		unsigned long from = at >> shift_of(level) << shift_of(level);
		unsigned long to = from + (1UL << shift_of(level));
		unsigned long bit = at >> shift_of(level);

		if (any_under(level, bit)) {
			assert_int_equal(xmem_tree_under(v, level, bit, LOWEST),
					 first_in(from, to));
			assert_int_equal(
				xmem_tree_under(v, level, bit, HIGHEST),
				last_in(from, to));
		}
		if (level + 1 >= lowest) {
			assert_int_equal(
				xmem_tree_beyond(v, level, bit, LOWEST),
				first_in(to, tree.nr));
			assert_int_equal(
				xmem_tree_beyond(v, level, bit, HIGHEST),
				last_in(0, from));
		}
	}
}

/* Every set of positions of a tree of two levels, from every position. */
static void every_small_tree(void **state)
{
	unsigned long sets = test_steps(1UL << 16);

	(void)state;
	shape(2);
	for (unsigned long set = 0; set < sets; set++) {
		for (unsigned long i = 0; i < tree.nr; i++) {
			tree.set[i] = (set * 40503) >> i & 1; /* all, mixed */
		}
		write_tree();
		for (unsigned long i = 0; i < tree.nr; i++) {
			ask_at(i);
		}
	}
}

/* Trees of one to five levels, from one position that is set to all. */
static void random_trees(void **state)
{
	(void)state;
	for (unsigned long i = test_steps(4000); i > 0; i--) {
		shape(1 + (unsigned int)below(LEVELS));
		unsigned long n = (below(tree.nr) >> below(2 * LEVELS)) + 1;

		while (n-- > 0) {
			tree.set[below(tree.nr)] = 1;
		}
		write_tree();
		for (unsigned int k = 0; k < 30; k++) {
			ask_at(below(tree.nr));
		}
		ask_at(0);
		ask_at(tree.nr - 1);
	}
}

/* Nothing is set: nothing is found, and only the top word is read. */
static void empty_trees(void **state)
{
	(void)state;
	for (unsigned int levels = 1; levels <= LEVELS; levels++) {
		shape(levels);
		write_tree();
		for (unsigned long i = 0; i < tree.nr; i++) {
			ask_at(i);
		}
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(every_small_tree),
	cmocka_unit_test(random_trees),
	cmocka_unit_test(empty_trees),
};

TEST_MAIN(tests)
