/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pt_model.h - random changes of a small space, against a flat array
 *
 * The space has a few hundred pages, on the fake architecture, which panics at
 * any misuse of an entry, at a present one that is not broken as it must be,
 * and at one that is used again before the flush. The oracle has one record a
 * page: mapped or parked, frame, flags. All numbers of levels, and of levels
 * with blocks, take their turn, and CPUs that demand more breaks or fewer.
 *
 * After every step every page is looked up, the validator walks the space,
 * the tables are counted (none lost, none used twice), and the answer "a
 * present entry changed" is compared with what happened to the oracle. The
 * tables needed are always handed in exactly, so a count too low panics and
 * one too high fails. A page with the contiguous hint must be in a group that
 * the oracle knows to be one, and a group just written whole must have it.
 *
 * Not covered: locks, allocation, flushes: tests/unit/map/test_map.c.
 */
#ifndef PT_MODEL_H
#define PT_MODEL_H

#include "fake.h"

enum { HOLE, MAPPED, PARKED };

struct page {
	unsigned int state;
	unsigned int flags;
	unsigned long mfn;
};

static struct page oracle[FAKE_MAX_PAGES];
static unsigned long nr_hints; /* seen */
static struct xmem_pt pt;
static uint64_t seed = 20260;

/* Where the space begins: its end is the end of all addresses. */
#define BASE  (0UL - (FAKE_PAGES << PAGE_SHIFT))
#define GROUP (1UL << ARCH_PT_CONT_BITS)

static unsigned long below(unsigned long n)
{
	return (unsigned long)(test_random(&seed) % n);
}

static unsigned int random_flags(void)
{
	static const unsigned int access[] = {
		PAGE_HYPERVISOR_RO, PAGE_HYPERVISOR_RW, PAGE_HYPERVISOR_RX};

	return access[below(3)] | (unsigned int)below(4) << 4;
}

/* A range, often aligned as blocks are. */
static void random_range(unsigned long *first, unsigned long *nr)
{
	unsigned long unit = 1UL << (ARCH_PT_BITS * below(4));
	unsigned long max = below(3) == 0 ? FAKE_PAGES : 4 * unit;

	*first = below(FAKE_PAGES) & ~(unit - 1);
	*nr = 1 + below(max);
	if (below(2) == 0) {
		*nr = (*nr + unit - 1) & ~(unit - 1);
	}
	if (*nr > FAKE_PAGES - *first) {
		*nr = FAKE_PAGES - *first;
	}
}

/* What is mapped already, once in a while, a little changed or not at all. */
static void repeat(struct xmem_pt_req *req, unsigned long first)
{
	const struct page *page = &oracle[first];

	if (page->state != MAPPED || below(3) != 0) {
		return;
	}
	req->mfn = page->mfn;
	if (below(2) == 0) {
		req->flags = page->flags | (req->flags & MAP_SMALL_PAGES);
	}
}

static struct xmem_pt_req request(enum xmem_pt_kind kind, unsigned long first,
				  unsigned long nr)
{
	struct xmem_pt_req req = {kind, random_flags(),
				  BASE + (first << PAGE_SHIFT), nr, 0, 0};
	unsigned int unit = ARCH_PT_BITS * (unsigned int)below(4);

	req.flags |= below(4) == 0 ? MAP_SMALL_PAGES : 0;
	req.mfn = (below(1UL << 20) << unit) + (first & ((1UL << unit) - 1));
	repeat(&req, first);
	return req;
}

/* Page @i has the hint: what does the oracle say of its group? */
static void compare_group(unsigned long i)
{
	unsigned long first = i & ~(GROUP - 1);

	nr_hints++;
	assert_int_equal(oracle[first].mfn % GROUP, 0);
	for (unsigned long k = 0; k < GROUP; k++) {
		const struct page *page = &oracle[first + k];

		if (page->state != MAPPED ||
		    page->flags != oracle[first].flags ||
		    page->mfn != oracle[first].mfn + k) {
			fail_msg("page %lu has the hint, but not page %lu", i,
				 first + k);
		}
	}
}

static void compare_page(unsigned long i)
{
	struct xmem_pt_found found = {0, 0, 0, false};
	unsigned long va = BASE + (i << PAGE_SHIFT) + below(PAGE_SIZE);
	bool mapped = xmem_pt_lookup(&pt, va, &found);

	if (mapped != (oracle[i].state == MAPPED)) {
		fail_msg("page %lu: mapped is %d", i, mapped);
	}
	if (mapped &&
	    (found.mfn != oracle[i].mfn || found.flags != oracle[i].flags)) {
		fail_msg("page %lu: frame %lx flags %x, expected %lx %x", i,
			 found.mfn, found.flags, oracle[i].mfn,
			 oracle[i].flags);
	}
	if (found.cont) {
		compare_group(i);
	}
}

/* @req has just written pages: whole groups have the hint, if they may. */
static void expect_hints(const struct xmem_pt_req *req, unsigned long first)
{
	bool can = GROUP > 1 && !(req->flags & MAP_SMALL_PAGES) &&
		   ((req->mfn ^ first) & (GROUP - 1)) == 0;

	for (unsigned long i = 0; i < req->nr; i++) {
		unsigned long start = (first + i) & ~(GROUP - 1);
		bool whole = start >= first && start + GROUP <= first + req->nr;
		struct xmem_pt_found found;

		if (xmem_pt_lookup(&pt, BASE + ((first + i) << PAGE_SHIFT),
				   &found) &&
		    found.order == 0) {
			assert_int_equal(found.cont, can && whole);
		}
	}
}

/* What the oracle expects of page @i under @req. */
static struct page expected(const struct xmem_pt_req *req, unsigned long i,
			    unsigned long offset)
{
	unsigned int flags = req->flags & XMEM_MAP_ATTRS_MASK;
	struct page page = oracle[i];

	if (req->kind == XMEM_PT_MAP) {
		page = (struct page){MAPPED, flags, req->mfn + offset};
	} else if (req->kind == XMEM_PT_CHANGE && page.state == MAPPED) {
		page.flags = flags;
	} else if (req->kind == XMEM_PT_CLEAR || req->kind == XMEM_PT_EMPTY) {
		page = (struct page){HOLE, 0, 0};
	}
	return page;
}

static bool same(const struct page *a, const struct page *b)
{
	return a->state == b->state && a->mfn == b->mfn && a->flags == b->flags;
}

/* A structural change; also that it says truly whether a flush is due. */
static void step_apply(enum xmem_pt_kind kind)
{
	unsigned long first, nr;
	struct xmem_pt_req req;
	bool differs = false;
	bool mapped = false;
	bool changed;
	unsigned long tables;

	random_range(&first, &nr);
	req = request(kind, first, nr);
	tables = fake_nr_tables + xmem_pt_need(&pt, &req);
	changed = fake_apply(&pt, &req);
	for (unsigned long i = 0; i < nr; i++) {
		struct page page = expected(&req, first + i, i);
		struct page *old = &oracle[first + i];

		mapped |= old->state == MAPPED;
		differs |= old->state == MAPPED && !same(old, &page);
		*old = page;
	}
	if (differs && !changed) {
		fail_msg("kind %u: a present entry changed unnoticed", kind);
	}
	/* Tables that a block has replaced may be walked until the flush. */
	mapped |= fake_nr_tables < tables;
	if (changed && (!mapped || kind == XMEM_PT_PREPARE)) {
		fail_msg("kind %u: a flush for nothing", kind);
	}
	if (kind == XMEM_PT_MAP) {
		expect_hints(&req, first);
	}
}

static void step_commit(void)
{
	unsigned long first, nr;
	struct xmem_pt_req req;

	random_range(&first, &nr);
	req = request(XMEM_PT_PREPARE, first, nr);
	for (unsigned long i = first; i < first + nr; i++) {
		if (oracle[i].state != HOLE) {
			return;
		}
	}
	fake_apply(&pt, &req);
	assert_int_equal(xmem_pt_need(&pt, &req), 0);
	assert_true(xmem_pt_ready(&pt, req.va, req.nr));
	req.flags &= below(8) == 0 ? ~XMEM_PT_ACCESS : ~0U;
	xmem_pt_commit(&pt, &req);
	expect_hints(&req, first);
	for (unsigned long i = 0; i < nr; i++) {
		oracle[first + i] = (struct page){
			req.flags & XMEM_PT_ACCESS ? MAPPED : PARKED,
			req.flags & XMEM_MAP_ATTRS_MASK, req.mfn + i};
	}
}

/* The order of the largest block in the range; FAIL if one is cut. */
#define CUT ~0U
static unsigned int largest_block(unsigned long first, unsigned long nr)
{
	unsigned int order = 0;

	for (unsigned long i = first; i < first + nr; i++) {
		struct xmem_pt_found found;
		unsigned long start;

		if (!xmem_pt_lookup(&pt, BASE + (i << PAGE_SHIFT), &found)) {
			continue;
		}
		start = i & ~((1UL << found.order) - 1);
		if (start < first ||
		    start + (1UL << found.order) > first + nr) {
			return CUT;
		}
		order = found.order > order ? found.order : order;
	}
	return order;
}

/* Collect from @first on; return the pages done. */
static unsigned long collect(unsigned long first, unsigned long nr)
{
	struct xmem_run run[3];
	struct xmem_pt_runs runs = {run, 1 + (unsigned int)below(3), 0};
	unsigned long i = first;
	unsigned long done;

	done = xmem_pt_collect(&pt, BASE + (first << PAGE_SHIFT), nr, &runs);
	assert_true(done <= nr);
	assert_true(done == nr || runs.nr == runs.max);
	for (unsigned int k = 0; k < runs.nr; k++) {
		assert_true(k == 0 ||
			    run[k].mfn != run[k - 1].mfn + run[k - 1].nr);
		for (unsigned long n = 0; n < run[k].nr; n++) {
			while (i < first + done && oracle[i].state != PARKED) {
				i++;
			}
			assert_true(i < first + done);
			assert_int_equal(oracle[i].mfn, run[k].mfn + n);
			oracle[i].state = HOLE;
		}
	}
	for (i = first; i < first + done; i++) {
		assert_int_not_equal(oracle[i].state, PARKED);
	}
	return done;
}

/* Park; then collect all of it, or, if there is no block in it, a part. */
static void step_park(void)
{
	unsigned long first, nr;
	unsigned int order;
	bool present = false;

	random_range(&first, &nr);
	order = largest_block(first, nr);
	if (order == CUT) {
		return;
	}
	for (unsigned long i = first; i < first + nr; i++) {
		present |= oracle[i].state == MAPPED;
		if (oracle[i].state == MAPPED) {
			oracle[i].state = PARKED;
		}
	}
	xmem_pt_park(&pt, BASE + (first << PAGE_SHIFT), nr);
	assert_int_equal(fake_is_clean(), !present);
	if (present) {
		fake_flush();
	}
	assert_true(fake_is_clean());
	while (nr > 0 && (order > 0 || below(4) != 0)) {
		unsigned long done = collect(first, nr);

		first += done;
		nr -= done;
	}
}

static void compare_all(void)
{
	for (unsigned long i = 0; i < FAKE_PAGES; i++) {
		compare_page(i);
	}
	ASSERT_VALID(fake_check(&pt));
}

static void step(void)
{
	switch (below(8)) {
	case 0:
		step_apply(XMEM_PT_PREPARE);
		break;
	case 1:
	case 2:
		step_apply(XMEM_PT_MAP);
		break;
	case 3:
		step_apply(XMEM_PT_CHANGE);
		break;
	case 4:
		step_apply(below(2) == 0 ? XMEM_PT_CLEAR : XMEM_PT_EMPTY);
		break;
	case 5:
	case 6:
		step_commit();
		break;
	default:
		step_park();
		break;
	}
}

/* A space of @levels levels, blocks at the lowest @leaf_levels. */
static void begin(unsigned int levels, unsigned int leaf_levels, bool bbm)
{
	fake_levels = levels;
	pt = fake_reset();
	fake_leaf_levels = leaf_levels;
	fake_bbm = bbm;
	memset(oracle, 0, sizeof(oracle));
}

/* Is the number of levels as compiled, where it must be? */
static bool is_possible(unsigned int levels)
{
	fake_levels = levels;
	return ARCH_PT_LEVELS == levels;
}

/* Whatever is done in whatever order, the space is what the array says. */
static void random_changes_agree_with_a_flat_array(void **unused)
{
	unsigned long steps = test_steps(1000000);

	(void)unused;
	for (unsigned int k = 0; k < FAKE_PT_LEVELS * 2; k++) {
		begin(FAKE_PT_LEVELS, k / 2 + 1, k % 2 != 0);
		for (unsigned long i = 0; i < steps / (FAKE_PT_LEVELS * 2);
		     i++) {
			step();
			compare_all();
		}
	}
	assert_true(GROUP == 1 || nr_hints > steps / 10);
	assert_true(!FAKE_BREAKS || fake_nr_breaks > steps / 100);
}

/* The number of levels is a variable. */
static void a_space_may_have_fewer_levels(void **unused)
{
	unsigned long steps = test_steps(100000);

	(void)unused;
	for (unsigned int levels = 2; levels < FAKE_PT_LEVELS; levels++) {
		for (unsigned long i = 0; is_possible(levels) && i < steps;
		     i++) {
			if (i % 10000 == 0) {
				begin(levels, 1 + (unsigned int)below(levels),
				      below(2) == 0);
			}
			step();
			compare_all();
		}
	}
	fake_levels = FAKE_PT_LEVELS;
}

/* What was built goes away: clearing all leaves the root's tables only. */
static void clear_returns_every_table_but_those_in_the_root(void **unused)
{
	struct xmem_pt_req all = {XMEM_PT_CLEAR, 0, BASE, FAKE_PAGES, 0, 0};

	(void)unused;
	begin(FAKE_PT_LEVELS, FAKE_PT_LEVELS - 1, false);
	for (unsigned long i = 0; i < 1000; i++) {
		memset(oracle, 0, sizeof(oracle));
		for (unsigned long k = below(20); k > 0; k--) {
			step();
		}
		fake_apply(&pt, &all);
		assert_true(fake_nr_tables <= 1 + (1UL << ARCH_PT_TOP_BITS));
		ASSERT_VALID(fake_check(&pt));
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(random_changes_agree_with_a_flat_array),
	cmocka_unit_test(a_space_may_have_fewer_levels),
	cmocka_unit_test(clear_returns_every_table_but_those_in_the_root),
};

#endif /* PT_MODEL_H */
