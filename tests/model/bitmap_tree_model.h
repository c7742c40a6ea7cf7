/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bitmap_tree_model.h - random steps on a bitmap tree and on a byte array
 *
 * The answers of first, last, test and empty are those of the array after
 * every step; the validator runs after every step or every 1000th. The
 * metadata is garbage before init. Included by a `.c` file per width of a
 * word.
 */
#ifndef BITMAP_TREE_MODEL_H
#define BITMAP_TREE_MODEL_H

#include "lib/bitmap_tree.h"
#include "test.h"

struct model {
	struct xmem_bitmap_tree tree;
	unsigned char *bit; /* the oracle */
	unsigned long nr;
	unsigned long nr_set;
	uint64_t seed;
};

static inline unsigned long below(struct model *m, unsigned long n)
{
	return (unsigned long)(test_random(&m->seed) % n);
}

static inline unsigned long first_of(const struct model *m, unsigned long from)
{
	const unsigned char *found = NULL;

	if (from < m->nr) {
		found = memchr(m->bit + from, 1, m->nr - from);
	}
	return found ? (unsigned long)(found - m->bit) : XMEM_NO_BIT;
}

static inline unsigned long last_of(const struct model *m, unsigned long upto)
{
	const unsigned char *found;

	upto = upto < m->nr ? upto : m->nr - 1;
	found = memrchr(m->bit, 1, upto + 1);
	return found ? (unsigned long)(found - m->bit) : XMEM_NO_BIT;
}

static inline void ask(struct model *m)
{
	unsigned long i = below(m, 2 * m->nr);

	if (below(m, 16) == 0) {
		i = below(m, 2) ? 0 : ~0UL;
	}
	assert_int_equal(xmem_bitmap_tree_first(&m->tree, i), first_of(m, i));
	assert_int_equal(xmem_bitmap_tree_last(&m->tree, i), last_of(m, i));
	if (i < m->nr) {
		assert_int_equal(xmem_bitmap_tree_test(&m->tree, i), m->bit[i]);
	}
	assert_int_equal(xmem_bitmap_tree_empty(&m->tree), m->nr_set == 0);
}

static inline void change(struct model *m, int set)
{
	unsigned long i = below(m, m->nr);

	/* Neighbours as well, so that whole words fill and empty. */
	for (unsigned long n = below(m, 4) ? 1 : below(m, 100);
	     n > 0 && i < m->nr; n--, i++) {
		if (set) {
			xmem_bitmap_tree_set(&m->tree, i);
			m->nr_set += !m->bit[i];
			m->bit[i] = 1;
		} else if (m->bit[i]) {
			m->nr_set--;
			m->bit[i] = 0;
			assert_int_equal(xmem_bitmap_tree_clear(&m->tree, i),
					 m->nr_set != 0);
		}
	}
}

static inline void walk(unsigned long nr, unsigned long steps,
			unsigned long every)
{
	unsigned long bytes = xmem_bitmap_tree_bytes(nr);
	struct model m = {.nr = nr, .seed = nr * 2 + 1};
	void *meta = malloc(bytes);

	m.bit = calloc(1, nr);
	assert_non_null(meta);
	memset(meta, 0xa5, bytes);
	xmem_bitmap_tree_init(&m.tree, nr, meta);
	ask(&m);
	for (unsigned long i = 0; i < test_steps(steps); i++) {
		/* Phases: filling, emptying, nearly empty. */
		unsigned long phase = i / 5000 % 4;

		change(&m, below(&m, 8) < (phase == 0	? 6
					   : phase == 1 ? 3
							: 1));
		ask(&m);
		if (i % every == 0) {
			ASSERT_VALID(xmem_bitmap_tree_check(&m.tree));
		}
	}
	free(meta);
	free(m.bit);
}

#endif /* BITMAP_TREE_MODEL_H */
