/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_buddy_word.c - whole words of frames go out and come back
 *
 * link: src/buddy/
 */
#include "buddy/buddy.h"
#include "test.h"

#define NR 8192UL

static struct xmem_buddy buddy, before;
static unsigned char *meta, *meta_before;
static unsigned long bytes;

/* All used. */
static int set_up(void **state)
{
	(void)state;
	free(meta);
	free(meta_before);
	bytes = xmem_buddy_bytes(0, NR, MAX_ORDER);
	meta = malloc(bytes);
	meta_before = malloc(bytes);
	memset(meta, 0xa5, bytes);
	xmem_buddy_init(&buddy, 0, NR, MAX_ORDER, meta);
	return 0;
}

static void give(unsigned long mfn, unsigned int order, bool dirty)
{
	assert_int_equal(xmem_buddy_give(&buddy, mfn, order, false, dirty), 0);
}

static struct xmem_buddy_word take_word(unsigned long lo, unsigned long hi,
					bool described)
{
	struct xmem_buddy_request req = {lo, hi, 0, XMEM_BUDDY_HIGH, described};
	struct xmem_buddy_word w;

	assert_true(xmem_buddy_take_word(&buddy, &req, &w));
	ASSERT_VALID(xmem_buddy_check(&buddy));
	return w;
}

static void give_word(struct xmem_buddy_word w, bool described)
{
	assert_int_equal(xmem_buddy_give_word(&buddy, &w, described), 0);
	ASSERT_VALID(xmem_buddy_check(&buddy));
}

/* All free frames of the word that a take would use, each clean or dirty as it
 * was, and no other. */
static void a_word_goes_out(void **state)
{
	struct xmem_buddy_word w;

	(void)state;
	give(4100, 2, false);
	give(4110, 0, true);
	give(4200, 3, true);
	w = take_word(0, 4160, true);
	assert_int_equal(w.first, 4096);
	assert_int_equal(w.frames, 0xf << 4 | 1 << 14);
	assert_int_equal(w.dirty, 1 << 14);
	assert_int_equal(buddy.nr_free, 8);
	assert_true(xmem_buddy_is_described(&buddy, 4101));
	assert_false(xmem_buddy_is_described(&buddy, 4099));
	w = take_word(4202, 4205, false);
	assert_int_equal(w.first, 4160);
	assert_int_equal(w.frames, 7ULL << 42);
	assert_int_equal(w.dirty, 7ULL << 42);
	assert_false(xmem_buddy_is_described(&buddy, 4203));
	assert_int_equal(buddy.nr_free, 5);
}

/* Out of a large block one word goes, the nearest one. */
static void a_word_is_cut_out_of_a_block(void **state)
{
	struct xmem_buddy_word w;

	(void)state;
	give(0, 13, true);
	w = take_word(0, ~0UL, false);
	assert_int_equal(w.first, NR - 64);
	assert_int_equal(w.frames, ~0ULL);
	assert_int_equal(w.dirty, ~0ULL);
	assert_int_equal(buddy.nr_free, NR - 64);
	w = take_word(0, ~0UL, false);
	assert_int_equal(w.first, NR - 128);
}

/* Nothing is found where nothing is. */
static void no_word_without_a_frame(void **state)
{
	struct xmem_buddy_request req = {0, ~0UL, 0, XMEM_BUDDY_HIGH, false};
	struct xmem_buddy_word w = {77, 77, 77};

	(void)state;
	assert_false(xmem_buddy_take_word(&buddy, &req, &w));
	give(100, 0, false);
	req.lo = 101;
	assert_false(xmem_buddy_take_word(&buddy, &req, &w));
	req.hi = 101;
	assert_false(xmem_buddy_take_word(&buddy, &req, &w));
	assert_int_equal(w.frames, 77);
	assert_int_equal(buddy.nr_free, 1);
}

/* Words merge with each other as blocks do, whatever is dirty, and clean and
 * dirty frames stay apart. */
static void words_come_back_and_merge(void **state)
{
	struct xmem_buddy_word w = {.dirty = 5};
	bool dirty = false;

	(void)state;
	for (w.first = 0; w.first < NR; w.first += 64) {
		w.frames = 0xffffffff00000005ULL;
		give_word(w, false);
		w.frames = ~w.frames;
		w.dirty = 0;
		give_word(w, false);
		w.dirty = 5;
	}
	assert_int_equal(buddy.nr_free, NR);
	assert_int_equal(xmem_buddy_count(&buddy, 13), 1);
	assert_int_equal(xmem_buddy_count_dirty(&buddy), NR / 32);
	assert_true(xmem_buddy_is_free(&buddy, 4098, &dirty));
	assert_true(dirty);
	assert_true(xmem_buddy_is_free(&buddy, 4097, &dirty));
	assert_false(dirty);
}

/* A full word comes back by one call, clean, dirty or both. */
static void full_words_come_back(void **state)
{
	struct xmem_buddy_word w = {64, ~0ULL, 0};

	(void)state;
	give_word(w, false);
	assert_int_equal(xmem_buddy_count(&buddy, 6), 1);
	assert_int_equal(xmem_buddy_count_dirty(&buddy), 0);
	w.first = 0;
	w.dirty = ~0ULL;
	give_word(w, false);
	assert_int_equal(xmem_buddy_count(&buddy, 7), 1);
	w.first = 128;
	w.dirty = 1ULL << 63;
	give_word(w, false);
	assert_int_equal(xmem_buddy_count_dirty(&buddy), 65);
}

/* All or nothing: what is free, used otherwise, outside or not a word is told,
 * and nothing is changed. */
static void misuse_of_words(void **state)
{
	struct xmem_buddy_word w = {4096, 0x30, 0};

	(void)state;
	give(4101, 0, false);
	assert_int_equal(xmem_buddy_describe(&buddy, 4103, 0, true), 0);
	before = buddy;
	memcpy(meta_before, meta, bytes);
	assert_int_equal(xmem_buddy_give_word(&buddy, &w, false), -XMEM_EBUSY);
	w.frames = 0xf0;
	assert_int_equal(xmem_buddy_give_word(&buddy, &w, true), -XMEM_EBUSY);
	w.frames = 0xc0;
	assert_int_equal(xmem_buddy_give_word(&buddy, &w, false), -XMEM_EEXIST);
	assert_int_equal(xmem_buddy_give_word(&buddy, &w, true), -XMEM_EEXIST);
	assert_memory_equal(&before, &buddy, sizeof(buddy));
	assert_memory_equal(meta_before, meta, bytes);
	w.frames = 1 << 7;
	give_word(w, true);
}

#define T(name) cmocka_unit_test_setup(name, set_up)
static const struct CMUnitTest tests[] = {
	T(a_word_goes_out),	    T(a_word_is_cut_out_of_a_block),
	T(no_word_without_a_frame), T(words_come_back_and_merge),
	T(full_words_come_back),    T(misuse_of_words),
};

TEST_MAIN(tests)
