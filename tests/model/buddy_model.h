/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buddy_model.h - random steps on a buddy and on the oracle, side by side
 *
 * Every function of the buddy with random arguments, right and wrong; every
 * result must be the oracle's, every rejected call must leave each byte of
 * the struct and the metadata as it was. After `every` steps the validator
 * runs and the whole state is compared; in between on a large span the
 * choice of a take is tested for being right, not for being the best one.
 * The metadata is garbage before init. Included by a `.c` file per width of
 * a word.
 */
#ifndef BUDDY_MODEL_H
#define BUDDY_MODEL_H

#include "buddy_oracle.h"
#include "test.h"

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
	int exact;	    /* compare everything in this step */
};

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

static inline void some_range(struct model *m, unsigned long *lo,
			      unsigned long *hi)
{
	*lo = below(m, 2) ? 0 : some_mfn(m);
	*hi = below(m, 2) ? ~0UL : some_mfn(m);
}

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
		assert_int_equal(
			memcmp(&m->buddy, &m->buddy_before, sizeof(m->buddy)),
			0);
		assert_int_equal(memcmp(m->meta, m->meta_before, m->bytes), 0);
	}
}

/* A take of any kind gave [mfn, mfn + nr), or nothing. */
static inline void taken(struct model *m, unsigned long mfn, unsigned long nr,
			 unsigned int dirty)
{
	if (mfn == XMEM_NO_MFN) {
		assert_int_equal(dirty, 2);
		assert_unchanged(m);
		return;
	}
	assert_true(oracle_inside(&m->oracle, mfn, nr));
	assert_true(oracle_all_free(&m->oracle, mfn, nr));
	assert_int_equal(dirty, oracle_nr_dirty(&m->oracle, mfn, nr) != 0);
	oracle_set(&m->oracle, mfn, nr, ORACLE_USED);
	m->nr_free -= nr;
}

static inline void step_take(struct model *m, int run)
{
	unsigned int order = some_order(m);
	unsigned long nr = run ? some_nr(m) : 1UL << order;
	enum xmem_buddy_end end =
		below(m, 2) ? XMEM_BUDDY_LOW : XMEM_BUDDY_HIGH;
	unsigned long lo, hi, mfn;
	bool dirty = below(m, 2);
	bool was = dirty;

	some_range(m, &lo, &hi);
	remember(m);
	struct xmem_buddy_request req = {lo, hi, order, end};

	mfn = run ? xmem_buddy_take_run(&m->buddy, &req, nr, &dirty)
		  : xmem_buddy_take(&m->buddy, &req, &dirty);
	if (m->exact) {
		assert_int_equal(mfn, oracle_find(&m->oracle, nr, order, lo, hi,
						  end == XMEM_BUDDY_LOW));
	}
	if (mfn == XMEM_NO_MFN) {
		assert_int_equal(dirty, was);
		taken(m, mfn, nr, 2);
		return;
	}
	assert_true(mfn >= lo && mfn + nr <= hi);
	assert_int_equal(mfn & ((1UL << order) - 1), 0);
	taken(m, mfn, nr, dirty);
}

static inline void step_take_range(struct model *m)
{
	unsigned long mfn = some_mfn(m);
	unsigned long nr = some_nr(m);
	bool dirty = false;
	int rc;

	remember(m);
	rc = xmem_buddy_take_range(&m->buddy, mfn, nr, &dirty);
	assert_int_equal(rc, oracle_verdict(&m->oracle, mfn, nr, 1));
	taken(m, rc == 0 ? mfn : XMEM_NO_MFN, nr, rc == 0 ? dirty : 2);
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
			oracle_set(&m->oracle, at, most,
				   dirty ? ORACLE_DIRTY : ORACLE_CLEAN);
			m->nr_free += most;
		} else if (xmem_buddy_take_range(&m->buddy, at, most, NULL) ==
			   0) {
			oracle_set(&m->oracle, at, most, ORACLE_USED);
			m->nr_free -= most;
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

		while (end < o->end && oracle_all_free(o, end, 1)) {
			end++;
		}
		nr = end > mfn ? end - mfn - below(m, 2) : nr;
	}
	remember(m);
	rc = xmem_buddy_borrow(&m->buddy, mfn, nr, &edges, &dirty);
	assert_int_equal(rc, oracle_verdict(o, mfn, nr, 1));
	if (rc != 0) {
		assert_unchanged(m);
		assert_int_equal(xmem_buddy_return(&m->buddy, ~0UL, nr, &edges),
				 -XMEM_EINVAL);
		return;
	}
	assert_int_equal(dirty, oracle_nr_dirty(o, mfn, nr) != 0);
	use_the_sides(m, mfn, nr);
	if (m->exact) {
		ASSERT_VALID(xmem_buddy_check(&m->buddy));
		assert_int_equal(m->buddy.nr_free, m->nr_free - nr);
	}
	assert_int_equal(xmem_buddy_return(&m->buddy, mfn, nr, &edges), 0);
	remember(m);
	assert_int_equal(xmem_buddy_return(&m->buddy, mfn, nr, &edges),
			 -XMEM_EBUSY);
	assert_unchanged(m);
	for (unsigned long i = 0; i < nr && (m->exact || i < 200); i++) {
		unsigned char was = o->frame[mfn - o->start + i];
		bool now = false;

		assert_true(xmem_buddy_is_free(&m->buddy, mfn + i, &now));
		assert_int_equal(now, was == ORACLE_DIRTY);
	}
}

/* Where the free frames around a frame begin and end, and blocks. */
static inline void step_ask_run(struct model *m)
{
	const struct oracle *o = &m->oracle;
	unsigned long mfn = o->start + below(m, o->end - o->start);
	unsigned long lo, hi, at;
	struct xmem_buddy_request req = {.order = some_order(m)};

	some_range(m, &lo, &hi);
	hi = hi > mfn ? hi : mfn;
	lo = lo < mfn ? lo : mfn;
	at = mfn;
	while (at < hi && at < o->end && oracle_all_free(o, at, 1)) {
		at++;
	}
	assert_int_equal(xmem_buddy_free_end(&m->buddy, mfn, hi), at);
	at = mfn;
	while (at > lo && at > o->start && oracle_all_free(o, at - 1, 1)) {
		at--;
	}
	assert_int_equal(xmem_buddy_free_start(&m->buddy, mfn, lo), at);
	if (!m->exact) {
		return;
	}
	req.lo = lo;
	req.hi = hi;
	at = hi < o->end ? hi : o->end;
	lo = lo > o->start ? lo : o->start;
	while (at > lo && (!oracle_all_free(o, at - 1, 1) ||
			   oracle_block(o, at - 1) < req.order)) {
		at--;
	}
	assert_int_equal(xmem_buddy_last_in_block(&m->buddy, &req),
			 at > lo ? at - 1 : XMEM_NO_MFN);
}

static inline void step_give(struct model *m)
{
	unsigned int order = some_order(m);
	unsigned long mfn = some_mfn(m);
	bool dirty = below(m, 2);
	int rc;

	if (below(m, 16) != 0) {
		mfn &= ~((1UL << order) - 1);
	}
	remember(m);
	rc = xmem_buddy_give(&m->buddy, mfn, order, dirty);
	assert_int_equal(rc, oracle_block_verdict(&m->oracle, mfn, order, 0));
	if (rc != 0) {
		assert_unchanged(m);
		return;
	}
	oracle_set(&m->oracle, mfn, 1UL << order,
		   dirty ? ORACLE_DIRTY : ORACLE_CLEAN);
	m->nr_free += 1UL << order;
}

static inline void step_give_range(struct model *m)
{
	unsigned long mfn = some_mfn(m);
	unsigned long nr = some_nr(m);
	bool dirty = below(m, 2);
	int rc;

	remember(m);
	rc = xmem_buddy_give_range(&m->buddy, mfn, nr, dirty);
	assert_int_equal(rc, oracle_verdict(&m->oracle, mfn, nr, 0));
	if (rc != 0) {
		assert_unchanged(m);
		return;
	}
	oracle_set(&m->oracle, mfn, nr, dirty ? ORACLE_DIRTY : ORACLE_CLEAN);
	m->nr_free += nr;
}

static inline void step_mark(struct model *m)
{
	unsigned int order = some_order(m);
	unsigned long mfn = some_mfn(m);
	bool dirty = below(m, 2);
	int rc;

	if (below(m, 16) != 0) {
		mfn &= ~((1UL << order) - 1);
	}
	remember(m);
	rc = xmem_buddy_mark(&m->buddy, mfn, order, dirty);
	assert_int_equal(rc, oracle_block_verdict(&m->oracle, mfn, order, 1));
	if (rc != 0) {
		assert_unchanged(m);
		return;
	}
	oracle_set(&m->oracle, mfn, 1UL << order,
		   dirty ? ORACLE_DIRTY : ORACLE_CLEAN);
}

static inline void step_ask(struct model *m)
{
	unsigned long mfn = some_mfn(m);
	unsigned long head = 1;
	unsigned int state = ORACLE_USED;
	bool dirty = false;

	if (oracle_inside(&m->oracle, mfn, 1)) {
		state = m->oracle.frame[mfn - m->oracle.start];
	}
	assert_int_equal(xmem_buddy_is_free(&m->buddy, mfn, &dirty),
			 state != ORACLE_USED);
	assert_int_equal(dirty, state == ORACLE_DIRTY);
	if (state == ORACLE_USED) {
		assert_int_equal(xmem_buddy_block_of(&m->buddy, mfn, &head),
				 MAX_ORDER + 1);
		assert_int_equal(head, 1);
		return;
	}
	unsigned int order = oracle_block(&m->oracle, mfn);

	assert_int_equal(xmem_buddy_block_of(&m->buddy, mfn, &head), order);
	assert_int_equal(head, mfn & ~((1UL << order) - 1));
}

/* All that can be asked of the whole. */
static inline void compare_all(struct model *m)
{
	const struct oracle *o = &m->oracle;
	unsigned long blocks[MAX_ORDER + 2] = {0};
	unsigned long mfn = o->start;
	unsigned long lo = some_mfn(m);
	unsigned long hi = some_mfn(m);
	unsigned long nr = 0;

	ASSERT_VALID(xmem_buddy_check(&m->buddy));
	assert_int_equal(m->buddy.nr_free, m->nr_free);
	while (mfn < o->end) {
		if (o->frame[mfn - o->start] == ORACLE_USED) {
			mfn++;
			continue;
		}
		unsigned int order = oracle_block(o, mfn);

		blocks[order]++;
		mfn += 1UL << order;
	}
	for (unsigned int k = 0; k <= MAX_ORDER + 1; k++) {
		assert_int_equal(xmem_buddy_count(&m->buddy, k), blocks[k]);
		assert_int_equal(m->buddy.orders >> k & 1, blocks[k] != 0);
	}
	assert_int_equal(xmem_buddy_count_dirty(&m->buddy),
			 oracle_nr_dirty(o, o->start, o->end - o->start));
	for (mfn = lo > o->start ? lo : o->start; mfn < hi && mfn < o->end;
	     mfn++) {
		nr += o->frame[mfn - o->start] != ORACLE_USED;
	}
	assert_int_equal(xmem_buddy_count_free(&m->buddy, lo, hi), nr);
}

static inline void step(struct model *m)
{
	unsigned int kind = (unsigned int)below(m, 22);

	if (kind < 9) {
		/* Takes in phase 0 mostly, gives in phase 1. */
		if (below(m, 4) == m->phase || (m->phase == 0 && kind < 5)) {
			step_take(m, kind & 1);
		} else if (kind & 1) {
			step_give(m);
		} else {
			step_give_range(m);
		}
	} else if (kind < 11) {
		step_take(m, kind == 10);
	} else if (kind < 13) {
		step_take_range(m);
	} else if (kind < 15) {
		step_give(m);
	} else if (kind < 17) {
		step_give_range(m);
	} else if (kind < 19) {
		step_mark(m);
	} else if (kind < 20) {
		step_ask(m);
	} else if (kind < 21) {
		step_borrow(m);
	} else {
		step_ask_run(m);
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
	for (unsigned long i = 0; i < test_steps(steps); i++) {
		m->phase = i / 4096 % 2;
		m->exact = i % every == 0;
		step(m);
		if (m->exact) {
			compare_all(m);
		}
	}
	compare_all(m);
	free(m->meta);
	free(m->meta_before);
	free(frames);
	free(m);
}

#endif /* BUDDY_MODEL_H */
