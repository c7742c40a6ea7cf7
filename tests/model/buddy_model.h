/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buddy_model.h - random steps on a buddy and on the oracle, side by side
 *
 * Every function of the buddy with random arguments, right and wrong; every
 * result must be the oracle's, every rejected call must leave each byte of
 * the struct and the metadata as it was. After `every` steps the validator
 * runs and all frames, blocks and counts are compared; in between on a large
 * span the choice of a take is tested for being right, not for being the best
 * one. Each kind of answer must come up. At the end all frames are given back,
 * word by word, and the blocks must be those of complete merging. The metadata
 * is garbage before init. Included by a `.c` file per width of a word.
 */
#ifndef BUDDY_MODEL_H
#define BUDDY_MODEL_H

#include "buddy_bytes.h"
#include "buddy_oracle.h"
#include "test.h"

/* Each kind of call, and how it ended. */
enum call {
	TAKE,
	TAKE_RUN,
	TAKE_WORD,
	FIND_DIRTY,
	TAKE_RANGE, /* from here on: with an error number */
	BORROW,
	MARK,
	GIVE_RANGE,
	GIVE, /* from here on: -EEXIST, too */
	GIVE_WORD,
	DESCRIBE,
	NR_CALLS,
};

enum answer { DONE, INVALID, BUSY, EXISTS, NR_ANSWERS };

struct model {
	struct xmem_buddy buddy;
	struct xmem_buddy buddy_before;
	struct oracle oracle;
	unsigned char *meta;
	unsigned char *meta_before;
	unsigned long bytes;
	uint64_t seed;
	unsigned long nr_free;
	unsigned int phase; /* 0: more takes, 1: more gives */
	unsigned int kind;  /* takes make frames 0: plain, 1: described, mostly;
			     * 2: any */
	int exact;	    /* compare everything in this step */
	unsigned long seen[NR_CALLS][NR_ANSWERS];
};

/* -- Random arguments ------------------------------------------------------ */

static inline unsigned long below(struct model *m, unsigned long n)
{
	return (unsigned long)(test_random(&m->seed) % n);
}

/* Mostly small. */
static inline unsigned int some_order(struct model *m)
{
	unsigned int order = 0;

	while (order <= m->oracle.max_order && below(m, 5) < 2) {
		order++;
	}
	return below(m, 16) == 0
		       ? (unsigned int)below(m, m->oracle.max_order + 2)
		       : order;
}

static inline unsigned long some_nr(struct model *m)
{
	unsigned long most = 1UL << some_order(m);

	return below(m, 64) == 0 ? 0 : 1 + below(m, 2 * most);
}

/* Somewhere in the span, or a little outside. */
static inline unsigned long some_mfn(struct model *m)
{
	unsigned long nr = m->oracle.end - m->oracle.start;

	return m->oracle.start - 3 + below(m, nr + 6);
}

/* The same, mostly aligned. */
static inline unsigned long some_head(struct model *m, unsigned int order)
{
	unsigned long mfn = some_mfn(m);

	return below(m, 16) != 0 ? mfn & ~((1UL << order) - 1) : mfn;
}

/* Mostly as the frame is, if it is used. */
static inline bool some_kind(struct model *m, unsigned long mfn)
{
	if (below(m, 8) != 0 && oracle_inside(&m->oracle, mfn, 1)) {
		return oracle_state(&m->oracle, mfn) == ORACLE_DESCRIBED;
	}
	return below(m, 2);
}

/* What a take makes of its frames: mostly the same for some time, so that
 * frames of one kind are together. */
static inline bool next_kind(struct model *m)
{
	return m->kind == 2 || below(m, 32) == 0 ? below(m, 2) : m->kind;
}

/* The request of a take, in any range. */
static inline struct xmem_buddy_request some_request(struct model *m)
{
	struct xmem_buddy_request req = {.lo = 0, .hi = ~0UL};

	req.order = some_order(m);
	req.prefer = below(m, 2) ? XMEM_BUDDY_LOW : XMEM_BUDDY_HIGH;
	req.described = next_kind(m);
	if (below(m, 2)) {
		req.lo = some_mfn(m);
	}
	if (below(m, 2)) {
		req.hi = some_mfn(m);
	}
	return req;
}

/* -- Before and after a call ----------------------------------------------- */

static inline void remember(struct model *m)
{
	if (m->exact) {
		m->buddy_before = m->buddy;
		memcpy(m->meta_before, m->meta, m->bytes);
	}
}

static inline void assert_unchanged(struct model *m)
{
	if (m->exact) {
		struct buddy_bytes b = {&m->buddy, m->meta, m->bytes};

		assert_true(
			bytes_are_kept(b, &m->buddy_before, m->meta_before));
	}
}

/* A call has said what it should. Return: has it done something? */
static inline bool judge(struct model *m, enum call call, int rc, int expected)
{
	assert_int_equal(rc, expected);
	m->seen[call][rc == 0		   ? DONE
		      : rc == -XMEM_EINVAL ? INVALID
		      : rc == -XMEM_EBUSY  ? BUSY
					   : EXISTS]++;
	if (rc != 0) {
		assert_unchanged(m);
	}
	return rc == 0;
}

/* The frames [mfn, mfn + nr) have been taken; `dirty` is what was said, or
 * NULL. */
static inline void taken(struct model *m, unsigned long mfn, unsigned long nr,
			 bool described, const bool *dirty)
{
	struct oracle *o = &m->oracle;

	assert_true(oracle_inside(o, mfn, nr));
	assert_true(oracle_all_free(o, mfn, nr));
	if (dirty != NULL) {
		assert_int_equal(*dirty,
				 oracle_nr(o, mfn, nr, ORACLE_DIRTY) != 0);
	}
	oracle_set(o, mfn, nr, described ? ORACLE_DESCRIBED : ORACLE_PLAIN);
	m->nr_free -= nr;
}

/* The frames [mfn, mfn + nr) have been given back. */
static inline void given(struct model *m, unsigned long mfn, unsigned long nr,
			 bool dirty)
{
	oracle_set(&m->oracle, mfn, nr, dirty ? ORACLE_DIRTY : ORACLE_CLEAN);
	m->nr_free += nr;
}

/* -- Takes ------------------------------------------------------------------
 */

static inline void step_take(struct model *m, int run)
{
	struct xmem_buddy_request req = some_request(m);
	unsigned long nr = run ? some_nr(m) : 1UL << req.order;
	enum call call = run ? TAKE_RUN : TAKE;
	bool dirty = below(m, 2);
	bool was = dirty;
	bool *told = below(m, 32) != 0 ? &dirty : NULL;
	unsigned long mfn;

	remember(m);
	mfn = run ? xmem_buddy_take_run(&m->buddy, &req, nr, told)
		  : xmem_buddy_take(&m->buddy, &req, told);
	if (m->exact) {
		assert_int_equal(
			mfn, oracle_find(&m->oracle, nr, req.order, req.lo,
					 req.hi, req.prefer == XMEM_BUDDY_LOW));
	}
	if (mfn == XMEM_NO_MFN) {
		m->seen[call][BUSY]++;
		assert_int_equal(dirty, was);
		assert_unchanged(m);
		return;
	}
	m->seen[call][DONE]++;
	assert_true(mfn >= req.lo && mfn + nr <= req.hi);
	assert_int_equal(mfn & ((1UL << req.order) - 1), 0);
	taken(m, mfn, nr, req.described, told);
}

/* The frames of `w`, one by one, have been taken. */
static inline void taken_word(struct model *m, const struct xmem_buddy_word *w,
			      bool described)
{
	for (unsigned int i = 0; i < XMEM_WORD_BITS; i++) {
		if ((w->frames >> i & 1) != 0) {
			bool dirty = w->dirty >> i & 1;

			taken(m, w->first + i, 1, described, &dirty);
		}
	}
}

static inline void step_take_word(struct model *m)
{
	struct xmem_buddy_request req = some_request(m);
	struct xmem_buddy_word w = {1, 2, 3};
	bool found;

	req.order = 0;
	remember(m);
	found = xmem_buddy_take_word(&m->buddy, &req, &w);
	m->seen[TAKE_WORD][found ? DONE : BUSY]++;
	if (m->exact) {
		struct xmem_buddy_word best =
			oracle_find_word(&m->oracle, req.lo, req.hi,
					 req.prefer == XMEM_BUDDY_LOW);

		assert_int_equal(found, best.frames != 0);
		if (found) {
			assert_int_equal(w.first, best.first);
			assert_int_equal(w.frames, best.frames);
			assert_int_equal(w.dirty, best.dirty);
		}
	}
	if (!found) {
		assert_true(w.first == 1 && w.frames == 2 && w.dirty == 3);
		assert_unchanged(m);
		return;
	}
	assert_true(oracle_is_word(&m->oracle, &w));
	taken_word(m, &w, req.described);
}

static inline void step_take_range(struct model *m)
{
	unsigned long mfn = some_mfn(m);
	unsigned long nr = some_nr(m);
	bool dirty = false;
	bool *told = below(m, 32) != 0 ? &dirty : NULL;
	int rc;

	remember(m);
	rc = xmem_buddy_take_range(&m->buddy, mfn, nr, told);
	if (judge(m, TAKE_RANGE, rc, oracle_wants_free(&m->oracle, mfn, nr))) {
		taken(m, mfn, nr, false, told);
	}
}

/* Others give or take the frames on both sides of the borrowed [@mfn, @mfn +
 * @nr), so that the groups there come and go. */
static inline void use_the_sides(struct model *m, unsigned long mfn,
				 unsigned long nr)
{
	for (unsigned int side = 0; side < 2; side++) {
		unsigned long most = below(m, 2) ? 1 : some_nr(m);
		unsigned long at = side ? mfn + nr : mfn - most;
		bool dirty = below(m, 2);

		if (xmem_buddy_give_range(&m->buddy, at, most, dirty) == 0) {
			given(m, at, most, dirty);
		} else if (xmem_buddy_take_range(&m->buddy, at, most, &dirty) ==
			   0) {
			taken(m, at, most, false, &dirty);
		}
	}
}

/* A range is borrowed and put back; meanwhile others use what is beside it. */
static inline void step_borrow(struct model *m)
{
	const struct oracle *o = &m->oracle;
	unsigned long mfn = some_mfn(m);
	unsigned long nr = some_nr(m);
	struct xmem_buddy_edges edges;
	bool dirty = false;
	int rc;

	if (oracle_inside(o, mfn, 1) && below(m, 2)) { /* all that is free */
		unsigned long end = mfn;

		while (end < o->end && oracle_is_free(o, end)) {
			end++;
		}
		while (end > mfn && mfn > o->start && below(m, 64) != 0 &&
		       oracle_is_free(o, mfn - 1)) {
			mfn--;
		}
		nr = end > mfn ? end - mfn - below(m, 2) : nr;
	}
	remember(m);
	rc = xmem_buddy_borrow(&m->buddy, mfn, nr, &edges, &dirty);
	if (!judge(m, BORROW, rc, oracle_wants_free(o, mfn, nr))) {
		assert_int_equal(xmem_buddy_return(&m->buddy, ~0UL, nr, &edges),
				 -XMEM_EINVAL);
		return;
	}
	assert_int_equal(dirty, oracle_nr(o, mfn, nr, ORACLE_DIRTY) != 0);
	use_the_sides(m, mfn, nr);
	if (m->exact) {
		ASSERT_VALID(xmem_buddy_check(&m->buddy));
		assert_int_equal(m->buddy.nr_free, m->nr_free - nr);
		assert_false(xmem_buddy_is_described(&m->buddy, mfn));
	}
	assert_int_equal(xmem_buddy_return(&m->buddy, mfn, nr, &edges), 0);
	remember(m);
	assert_int_equal(xmem_buddy_return(&m->buddy, mfn, nr, &edges),
			 -XMEM_EBUSY);
	assert_unchanged(m);
	for (unsigned long i = 0; i < nr && i < 200; i++) {
		unsigned int was = oracle_state(o, mfn + i);
		bool now = false;

		assert_true(xmem_buddy_is_free(&m->buddy, mfn + i, &now));
		assert_int_equal(now, was == ORACLE_DIRTY);
	}
}

/* -- Gives ------------------------------------------------------------------
 */

static inline void step_give(struct model *m)
{
	unsigned int order = some_order(m);
	unsigned long mfn = some_head(m, order);
	bool described = some_kind(m, mfn);
	bool dirty = below(m, 2);
	int expected = -XMEM_EINVAL;
	int rc;

	if (oracle_is_block(&m->oracle, mfn, order)) {
		expected = oracle_wants_used(&m->oracle, mfn, 1UL << order,
					     described);
	}
	remember(m);
	rc = xmem_buddy_give(&m->buddy, mfn, order, described, dirty);
	if (judge(m, GIVE, rc, expected)) {
		given(m, mfn, 1UL << order, dirty);
	}
}

static inline void step_give_range(struct model *m)
{
	unsigned long mfn = some_mfn(m);
	unsigned long nr = some_nr(m);
	bool dirty = below(m, 2);
	int rc;

	remember(m);
	rc = xmem_buddy_give_range(&m->buddy, mfn, nr, dirty);
	if (judge(m, GIVE_RANGE, rc,
		  oracle_wants_used(&m->oracle, mfn, nr, false))) {
		given(m, mfn, nr, dirty);
	}
}

/* The frames of one kind, or of any, in the word of a frame. */
static inline uint64_t frames_of(const struct oracle *o, unsigned long first,
				 bool described)
{
	unsigned int state = described ? ORACLE_DESCRIBED : ORACLE_PLAIN;
	uint64_t frames = 0;

	for (unsigned int i = 0; i < XMEM_WORD_BITS; i++) {
		if (oracle_inside(o, first + i, 1) &&
		    oracle_state(o, first + i) == state) {
			frames |= (uint64_t)1 << i;
		}
	}
	return frames;
}

/* A word to give back: some or all of its frames of one kind; or others, too,
 * perhaps outside the span. */
static inline struct xmem_buddy_word some_word(struct model *m, bool *described)
{
	const struct oracle *o = &m->oracle;
	struct xmem_buddy_word w;
	unsigned long mfn = some_mfn(m);

	*described = some_kind(m, mfn);
	w.first = mfn - (mfn - o->base) % XMEM_WORD_BITS;
	w.frames = frames_of(o, w.first, *described);
	switch (below(m, 8)) {
	case 0:
	case 1:
		w.frames |= (uint64_t)1 << below(m, XMEM_WORD_BITS);
		break;
	case 2:
	case 3:
	case 4:
		w.frames &= test_random(&m->seed);
		break;
	default:
		break;
	}
	w.dirty = w.frames & test_random(&m->seed);
	return w;
}

/* The frames of a word have been given back. */
static inline void given_word(struct model *m, const struct xmem_buddy_word *w)
{
	for (unsigned int i = 0; i < XMEM_WORD_BITS; i++) {
		if ((w->frames >> i & 1) != 0) {
			given(m, w->first + i, 1, w->dirty >> i & 1);
		}
	}
}

static inline void step_give_word(struct model *m)
{
	bool described;
	struct xmem_buddy_word w = some_word(m, &described);
	int rc;

	if (!oracle_is_word(&m->oracle, &w)) {
		return; /* Who gives a word has looked for its span. */
	}
	remember(m);
	rc = xmem_buddy_give_word(&m->buddy, &w, described);
	if (judge(m, GIVE_WORD, rc,
		  oracle_word_verdict(&m->oracle, &w, described))) {
		given_word(m, &w);
	}
}

/* -- Changes of a state -----------------------------------------------------
 */

static inline void step_mark(struct model *m)
{
	unsigned int order = some_order(m);
	unsigned long mfn = some_head(m, order);
	bool dirty = below(m, 2);
	int expected = -XMEM_EINVAL;
	int rc;

	if (oracle_is_block(&m->oracle, mfn, order)) {
		expected = oracle_wants_free(&m->oracle, mfn, 1UL << order);
	}
	remember(m);
	rc = xmem_buddy_mark(&m->buddy, mfn, order, dirty);
	if (judge(m, MARK, rc, expected)) {
		oracle_set(&m->oracle, mfn, 1UL << order,
			   dirty ? ORACLE_DIRTY : ORACLE_CLEAN);
	}
}

static inline void step_describe(struct model *m)
{
	unsigned int order = some_order(m);
	unsigned long mfn = some_head(m, order);
	bool described = !some_kind(m, mfn);
	int expected = -XMEM_EINVAL;
	int rc;

	if (oracle_is_block(&m->oracle, mfn, order)) {
		expected = oracle_wants_used(&m->oracle, mfn, 1UL << order,
					     !described);
	}
	remember(m);
	rc = xmem_buddy_describe(&m->buddy, mfn, order, described);
	if (judge(m, DESCRIBE, rc, expected)) {
		oracle_set(&m->oracle, mfn, 1UL << order,
			   described ? ORACLE_DESCRIBED : ORACLE_PLAIN);
	}
}

/* -- Questions --------------------------------------------------------------
 */

/* Where the free frames around a frame begin and end, and blocks. */
static inline void step_ask_run(struct model *m)
{
	const struct oracle *o = &m->oracle;
	unsigned long mfn = o->start + below(m, o->end - o->start);
	struct xmem_buddy_request req = some_request(m);
	unsigned long at = mfn;
	unsigned long lo;

	req.hi = req.hi > mfn ? req.hi : mfn;
	req.lo = req.lo < mfn ? req.lo : mfn;
	while (at < req.hi && at < o->end && oracle_is_free(o, at)) {
		at++;
	}
	assert_int_equal(xmem_buddy_free_end(&m->buddy, mfn, req.hi), at);
	at = mfn;
	while (at > req.lo && at > o->start && oracle_is_free(o, at - 1)) {
		at--;
	}
	assert_int_equal(xmem_buddy_free_start(&m->buddy, mfn, req.lo), at);
	if (!m->exact) {
		return;
	}
	at = req.hi < o->end ? req.hi : o->end;
	lo = req.lo > o->start ? req.lo : o->start;
	while (at > lo && (!oracle_is_free(o, at - 1) ||
			   oracle_block(o, at - 1).order < req.order)) {
		at--;
	}
	assert_int_equal(xmem_buddy_last_in_block(&m->buddy, &req),
			 at > lo ? at - 1 : XMEM_NO_MFN);
}

/* The block of frame @mfn, which is in the span or near it. */
static inline void step_ask(struct model *m)
{
	const struct oracle *o = &m->oracle;
	unsigned long mfn = some_mfn(m);
	unsigned long head = 1;
	struct oracle_block block = {1, MAX_ORDER + 1};

	if (oracle_inside(o, mfn, 1) && oracle_is_free(o, mfn)) {
		block = oracle_block(o, mfn);
	}
	assert_int_equal(xmem_buddy_block_of(&m->buddy, mfn, &head),
			 block.order);
	assert_int_equal(head, block.head);
}

static inline void step_find_dirty(struct model *m)
{
	unsigned int limit = some_order(m);
	struct oracle_block block;
	unsigned int order = 99;
	unsigned long mfn = xmem_buddy_find_dirty(&m->buddy, limit, &order);

	m->seen[FIND_DIRTY][mfn != XMEM_NO_MFN ? DONE : BUSY]++;
	if (m->exact) {
		block = oracle_find_dirty(&m->oracle, limit);
		assert_int_equal(mfn, block.order > MAX_ORDER ? XMEM_NO_MFN
							      : block.head);
		assert_int_equal(order,
				 block.order > MAX_ORDER ? 99 : block.order);
	}
}

/* The state of frame @mfn, any value. */
static inline void compare_frame(struct model *m, unsigned long mfn)
{
	unsigned int state = ORACLE_PLAIN;
	bool dirty = false;

	if (oracle_inside(&m->oracle, mfn, 1)) {
		state = oracle_state(&m->oracle, mfn);
	}
	assert_int_equal(xmem_buddy_is_free(&m->buddy, mfn, &dirty),
			 state >= ORACLE_CLEAN);
	assert_int_equal(dirty, state == ORACLE_DIRTY);
	assert_int_equal(xmem_buddy_is_described(&m->buddy, mfn),
			 state == ORACLE_DESCRIBED);
}

/* All frames, or, of a large span, some that are neighbours. */
static inline void compare_frames(struct model *m, unsigned long most)
{
	unsigned long nr = m->oracle.end - m->oracle.start + 4;
	unsigned long at = nr <= most ? m->oracle.start - 2 : some_mfn(m);

	for (nr = nr < most ? nr : most; nr > 0; nr--) {
		compare_frame(m, at++);
	}
}

/* All that can be asked of the whole. */
static inline void compare_all(struct model *m)
{
	const struct oracle *o = &m->oracle;
	unsigned long blocks[MAX_ORDER + 2] = {0};
	unsigned long lo = some_mfn(m);
	unsigned long hi = some_mfn(m);
	unsigned long nr = 0;
	struct oracle_block at = oracle_next_block(o, o->start);

	ASSERT_VALID(xmem_buddy_check(&m->buddy));
	assert_int_equal(m->buddy.nr_free, m->nr_free);
	while (at.order <= MAX_ORDER) {
		blocks[at.order]++;
		at = oracle_next_block(o, at.head + (1UL << at.order));
	}
	for (unsigned int k = 0; k <= MAX_ORDER + 1; k++) {
		assert_int_equal(xmem_buddy_count(&m->buddy, k), blocks[k]);
	}
	assert_int_equal(
		xmem_buddy_count_dirty(&m->buddy),
		oracle_nr(o, o->start, o->end - o->start, ORACLE_DIRTY));
	for (unsigned long mfn = lo; mfn < hi; mfn++) {
		nr += oracle_inside(o, mfn, 1) && oracle_is_free(o, mfn);
	}
	assert_int_equal(xmem_buddy_count_free(&m->buddy, lo, hi), nr);
}

/* -- The walk ----------------------------------------------------------------
 */

static inline void step(struct model *m)
{
	unsigned int kind = (unsigned int)below(m, 32);

	if (kind < 12) {
		/* Takes in phase 0 mostly, gives in phase 1. */
		if (below(m, 4) == m->phase || (m->phase == 0 && kind < 7)) {
			step_take(m, kind & 1);
		} else if (kind < 10) {
			step_give(m);
		} else {
			step_give_range(m);
		}
	} else if (kind < 14) {
		step_take(m, kind & 1);
	} else if (kind < 16) {
		step_take_word(m);
	} else if (kind < 18) {
		step_take_range(m);
	} else if (kind < 19) {
		step_give(m);
	} else if (kind < 20) {
		step_give_range(m);
	} else if (kind < 23) {
		step_give_word(m);
	} else if (kind < 26) {
		step_describe(m);
	} else if (kind < 28) {
		step_mark(m);
	} else if (kind < 29) {
		step_ask(m);
	} else if (kind < 30) {
		step_borrow(m);
	} else if (kind < 31) {
		step_find_dirty(m);
	} else {
		step_ask_run(m);
	}
}

/* All used frames come back, word by word: those of one kind, then others. */
static inline void drain(struct model *m)
{
	const struct oracle *o = &m->oracle;

	for (unsigned long first = o->base; first < o->end;
	     first += XMEM_WORD_BITS) {
		for (int described = 0; described < 2; described++) {
			struct xmem_buddy_word w = {.first = first};

			w.frames = frames_of(o, first, described != 0);
			w.dirty = w.frames & test_random(&m->seed);
			if (w.frames != 0) {
				assert_int_equal(
					xmem_buddy_give_word(&m->buddy, &w,
							     described != 0),
					0);
				given_word(m, &w);
			}
		}
	}
	assert_int_equal(m->buddy.nr_free, o->end - o->start);
	compare_all(m);
	compare_frames(m, ~0UL);
}

/* Each call has ended in each way that it can. */
static inline void check_seen(struct model *m)
{
	for (unsigned int call = 0; call < NR_CALLS; call++) {
		for (unsigned int how = 0; how < NR_ANSWERS; how++) {
			bool can = how == DONE || how == BUSY ||
				   (how == INVALID && call >= TAKE_RANGE &&
				    call != GIVE_WORD) ||
				   (how == EXISTS && call >= GIVE_RANGE);

			if ((m->seen[call][how] != 0) != can) {
				fail_msg("call %u ended %lu times as %u", call,
					 m->seen[call][how], how);
			}
		}
	}
}

/* Steps on [start, start + nr), all compared after every `every` steps. */
static inline void walk(unsigned long start, unsigned long nr,
			unsigned long steps, unsigned long every)
{
	struct model *m = calloc(1, sizeof(*m));
	unsigned char *frames = malloc(nr);

	assert_non_null(m);
	m->seed = start * 2 + nr + 1;
	m->bytes = xmem_buddy_bytes(start, start + nr, MAX_ORDER);
	m->meta = malloc(m->bytes);
	m->meta_before = malloc(m->bytes);
	memset(m->meta, 0xa5, m->bytes);
	xmem_buddy_init(&m->buddy, start, start + nr, MAX_ORDER, m->meta);
	oracle_init(&m->oracle, start, start + nr, frames);
	assert_int_equal(m->buddy.max_order, m->oracle.max_order);
	compare_all(m);
	m->exact = 1;
	step_find_dirty(m); /* there is none */
	for (unsigned long i = 0; i < test_steps(steps); i++) {
		m->phase = i / 4096 % 2;
		m->kind = i / 8192 % 3;
		m->exact = i % every == 0;
		step(m);
		if (m->exact) {
			compare_all(m);
			compare_frames(m, 600);
		}
	}
	compare_all(m);
	compare_frames(m, ~0UL);
	drain(m);
	if (test_steps(100) >= 100) {
		check_seen(m);
	}
	free(m->meta);
	free(m->meta_before);
	free(frames);
	free(m);
}

#endif /* BUDDY_MODEL_H */
