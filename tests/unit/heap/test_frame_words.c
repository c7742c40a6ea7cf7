/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_frame_words.c - words of single frames: which come, how they go back
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "fake.h"

#include "heap/heap_priv.h"

static struct heap_frames f;

static void begin(unsigned long nr, unsigned int memflags, bool described)
{
	f = (struct heap_frames){
		.memflags = memflags, .described = described, .left = nr};
	xmem_heap_frames_begin(&f);
}

/* The same without hooks, which are the fronts'. */
static int set_up(void **state)
{
	fake_setup(state);
	fake.track = false;
	return 0;
}

/* Take what there is. Return: frames; at most @most words a lock hold. */
static unsigned long take_all(unsigned int most)
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

static int give(unsigned long first, uint64_t frames, bool described)
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

static struct heap_look look(unsigned long first, uint64_t frames)
{
	struct heap_node *node = heap_node_of(first + xmem_ffs64(frames));
	struct xmem_buddy_word w = {first, frames, 0};
	struct heap_look seen;

	heap_node_lock(node);
	seen = xmem_heap_look(node, &w);
	heap_node_unlock(node);
	return seen;
}

/* No more than a few words in a lock hold, also if they are hardly free. */
static void lock_holds_are_short(void **state)
{
	(void)state;
	fake_add(4096, 8192, false);
	begin(~0UL, 0, true);
	assert_int_equal(take_all(HEAP_WORDS), 4096);
	for (unsigned long i = 0; i < 64; i++) {
		assert_int_equal(give(4096 + 64 * i, 1ULL << i, true), 0);
	}
	begin(~0UL, 0, false);
	assert_int_equal(take_all(HEAP_WORDS), 64);
}

/* A superpage is not broken while there is a broken one, and is taken as a
 * block then. */
static void whole_superpages_come_last(void **state)
{
	(void)state;
	if (XMEM_BUDDY_SUPER != 9) {
		return;
	}
	fake_add(4096, 8192, false);
	begin(100, 0, false);
	assert_int_equal(take_all(HEAP_WORDS), 100);
	begin(1000, 0, false);
	assert_true(xmem_heap_take_words(&f));
	/* The rest of the highest one first. */
	assert_int_equal(f.nr_words, 7);
	assert_int_equal(f.left, 1000 - 412);
	for (unsigned int i = 0; i < f.nr_words; i++) {
		assert_in_range(f.word[i].first, 8192 - 512, 8191);
	}
	assert_true(xmem_heap_take_words(&f));
	assert_int_equal(f.nr_words, 8);
	assert_int_equal(f.word[0].first, 8192 - 1024);
	assert_int_equal(f.word[7].first, 8192 - 512 - 64);
	assert_int_equal(f.left, 1000 - 412 - 512);
	assert_int_equal(take_all(HEAP_WORDS), 76);
	assert_int_equal(total_free_pages(), 4096 - 1100);
	assert_int_equal(avail_domheap_pages(), 4096 - 1100);
}

/* No word is in two blocks of the largest order: descriptors there may be far
 * from each other. */
static void words_do_not_cross_sections(void **state)
{
	unsigned long border = 1UL << MAX_ORDER;

	(void)state;
	fake_add(border - 3, border + 3, false);
	begin(~0UL, 0, false);
	while (xmem_heap_take_words(&f)) {
		for (unsigned int i = 0; i < f.nr_words; i++) {
			const struct xmem_buddy_word *w = &f.word[i];

			assert_int_equal((w->first + xmem_ffs64(w->frames)) >>
						 MAX_ORDER,
					 (w->first + xmem_fls64(w->frames)) >>
						 MAX_ORDER);
		}
	}
	assert_int_equal(f.left, ~0UL - 6);
}

/* A word over several spans, each with an engine of its own. */
static void words_over_spans(void **state)
{
	struct heap_look seen;

	(void)state;
	fake_span(1024, 1030, false);
	fake_span(1030, 1071, false);
	fake_span(1075, 1090, false);
	seen = look(1024, ~0ULL);
	assert_true(seen.unknown == 0xfULL << 47); /* 1071 to 1074 */
	assert_true(seen.free == 0 && seen.described == 0);
	assert_int_equal(give(1024, ~0ULL, false), -XMEM_ENOENT);
	assert_int_equal(total_free_pages(), 0);
	assert_int_equal(give(1024, ~seen.unknown, false), 0);
	assert_int_equal(total_free_pages(), 60);
	assert_int_equal(give(1024, 1ULL << 60, false), -XMEM_EBUSY);
	assert_true(look(1024, ~0ULL).free == ~seen.unknown);
	/* Spans of more than a word. */
	fake_span(2048, 2154, false);
	fake_span(2154, 2304, false);
	assert_int_equal(give(2112, ~0ULL, false), 0);
	assert_int_equal(total_free_pages(), 60 + 64);
}

/* One bad frame, and nothing of the word is given: neither in its own span nor
 * in those before. */
static void all_or_nothing(void **state)
{
	(void)state;
	fake_span(1024, 1050, false);
	fake_span(1050, 1088, false);
	assert_int_equal(give(1024, 1ULL << 63, false), 0);
	assert_int_equal(give(1024, ~0ULL, false), -XMEM_EBUSY);
	assert_int_equal(total_free_pages(), 1);
	assert_int_equal(give(1024, 0xffffULL, true), -XMEM_EEXIST);
	assert_int_equal(total_free_pages(), 1);
	begin(1, 0, true);
	assert_int_equal(take_all(1), 1);
	assert_true(look(1024, ~0ULL).described == 1ULL << 63);
	assert_int_equal(give(1024, ~0ULL, false), -XMEM_EEXIST);
	assert_int_equal(total_free_pages(), 0);
	assert_int_equal(give(1024, ~0ULL >> 1, false), 0);
	assert_int_equal(give(1024, 1ULL << 63, true), 0);
	assert_int_equal(total_free_pages(), 64);
}

/* What is taken back is in use as it was. */
static void gives_are_undone(void **state)
{
	const struct xmem_buddy_word w[2] = {{1088, 0xf0f0ULL, 0xf0f0ULL},
					     {1280, ~0ULL, ~0ULL}};
	struct heap_node *node;
	struct heap_hold h;

	(void)state;
	fake_add(1024, 2048, false);
	node = heap_node_of(1024);
	for (unsigned int described = 0; described < 2; described++) {
		begin(~0UL, 0, described);
		assert_int_equal(take_all(HEAP_WORDS), 1024);
		assert_int_equal(give(1280, 1ULL << 7, described), 0);
		heap_node_lock(node);
		heap_hold_begin(&h, node, described);
		assert_int_equal(xmem_hold_give_all(&h, w, 2), -XMEM_EBUSY);
		xmem_hold_end(&h);
		heap_node_unlock(node);
		assert_int_equal(total_free_pages(), 1);
		begin(1, 0, described);
		assert_int_equal(take_all(1), 1);
		assert_true(look(1088, ~0ULL).described ==
			    (described ? ~0ULL : 0));
		assert_int_equal(total_free_pages(), 0);
		for (unsigned long mfn = 1024; mfn < 2048; mfn += 64) {
			assert_int_equal(give(mfn, ~0ULL, described), 0);
		}
		assert_int_equal(total_free_pages(), 1024);
	}
}

/* Who hunts for a frame that lies in caches shall notice what comes. */
static void a_give_is_noticed(void **state)
{
	const struct node_heap *heap;
	unsigned long before;

	(void)state;
	fake_add(4096, 4224, false);
	begin(64, 0, false);
	assert_int_equal(take_all(16), 64);
	heap = &heap_node(0)->heap[HEAP_DOM];
	before = heap->gives;
	assert_int_equal(give(4160, 3, false), 0);
	assert_int_equal(heap->gives, before + 1);
}

#define T(name) cmocka_unit_test_setup(name, set_up)
static const struct CMUnitTest tests[] = {
	T(lock_holds_are_short),
	T(whole_superpages_come_last),
	T(words_do_not_cross_sections),
	T(words_over_spans),
	T(all_or_nothing),
	T(gives_are_undone),
	T(a_give_is_noticed),
};

TEST_MAIN(tests)
