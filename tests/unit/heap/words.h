/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * words.h - take words of single frames, and give them back
 */
#ifndef HEAP_WORDS_H
#define HEAP_WORDS_H

#include "fake.h"

#include "heap/heap_priv.h"

static struct heap_frames f;

static inline void begin(unsigned long nr, unsigned int memflags,
			 bool described)
{
	f = (struct heap_frames){
		.memflags = memflags, .described = described, .left = nr};
	xmem_heap_frames_begin(&f);
}

/* The same without hooks, which are the fronts'. */
static inline int set_up(void **state)
{
	fake_setup(state);
	fake.track = false;
	return 0;
}

/* Take what there is. Return: frames; at most @most words a lock hold. */
static inline unsigned long take_all(unsigned int most)
{
	unsigned long nr = 0;

	while (xmem_heap_take_words(&f)) {
		assert_in_range(f.nr_words, 1, most);
		assert_int_equal(xmem_host_held.nr, 0);
		for (unsigned int i = 0; i < f.nr_words; i++) {
			nr += xmem_popcount64(f.word[i].frames);
			assert_true((f.word[i].dirty & ~f.word[i].frames) == 0);
		}
	}
	assert_int_equal(f.nr_words, 0);
	assert_false(xmem_heap_take_words(&f));
	ASSERT_VALID(xmem_heap_check());
	return nr;
}

static inline int give(unsigned long first, uint64_t frames, bool described)
{
	struct heap_node *node = heap_node_of(first + xmem_ffs64(frames));
	struct xmem_buddy_word w = {first, frames, frames};
	struct heap_hold h;
	int rc;

	heap_node_lock(node);
	heap_hold_begin(&h, node, described);
	rc = xmem_hold_give_all(&h, &w, 1);
	xmem_hold_end(&h);
	heap_node_unlock(node);
	ASSERT_VALID(xmem_heap_check());
	return rc;
}

static inline struct heap_look look(unsigned long first, uint64_t frames)
{
	struct heap_node *node = heap_node_of(first + xmem_ffs64(frames));
	struct xmem_buddy_word w = {first, frames, 0};
	struct heap_look seen;

	heap_node_lock(node);
	seen = xmem_heap_look(node, &w);
	heap_node_unlock(node);
	return seen;
}

#endif /* HEAP_WORDS_H */
