/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pt_model.c - random changes of a small space, against a flat array
 *
 * link: src/pt/pt.c src/pt/pt_leaf.c src/pt/pt_check.c
 * link: tests/unit/pt/fake/fake.c
 * include: tests/unit/pt/fake/include
 *
 * The space has four levels of four entries, 256 pages, on the fake
 * architecture, which panics at any misuse of an entry. The oracle has one
 * record a page: mapped or parked, frame, flags. Blocks of one, two or three
 * levels are allowed in turn. After every step every page is looked up, the
 * validator walks the space, the tables are counted (none lost, none used
 * twice), and the answer "a present entry changed" is compared with what
 * happened to the oracle. The tables needed are always handed in exactly, so
 * a count too low panics and one too high fails.
 *
 * Not covered: locks, allocation, flushes: tests/unit/pt/test_xenmap.c.
 */
#include "fake.h"

enum { HOLE, MAPPED, PARKED };

struct page {
	unsigned int state;
	unsigned int flags;
	unsigned long mfn;
};

static struct page oracle[FAKE_PAGES];
static struct xmem_pt pt;
static uint64_t seed = 20260;

/* Where the space begins: its end is the end of all addresses. */
#define BASE (0UL - (FAKE_PAGES << PAGE_SHIFT))

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

static struct xmem_pt_req request(enum xmem_pt_kind kind, unsigned long first,
				  unsigned long nr)
{
	struct xmem_pt_req req = {kind, random_flags(),
				  BASE + (first << PAGE_SHIFT), nr, 0};
	unsigned int unit = ARCH_PT_BITS * (unsigned int)below(4);

	req.flags |= below(4) == 0 ? MAP_SMALL_PAGES : 0;
	req.mfn = (below(1UL << 20) << unit) + (first & ((1UL << unit) - 1));
	return req;
}

static void compare_page(unsigned long i)
{
	struct xmem_pt_found found = {0, 0, 0};
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

	random_range(&first, &nr);
	req = request(kind, first, nr);
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
	if (changed && (!mapped || kind == XMEM_PT_PREPARE)) {
		fail_msg("kind %u: a flush for nothing", kind);
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
	assert_int_equal(xmem_pt_park(&pt, BASE + (first << PAGE_SHIFT), nr),
			 present);
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

/* Whatever is done in whatever order, the space is what the array says. */
static void random_changes_agree_with_a_flat_array(void **unused)
{
	unsigned long steps = test_steps(1000000);

	(void)unused;
	for (unsigned int levels = 1; levels <= ARCH_PT_LEVELS; levels++) {
		pt = fake_reset();
		fake_leaf_levels = levels;
		memset(oracle, 0, sizeof(oracle));
		for (unsigned long i = 0; i < steps / ARCH_PT_LEVELS; i++) {
			step();
			compare_all();
		}
	}
}

/* What was built goes away: clearing all leaves the root's tables only. */
static void clear_returns_every_table_but_those_in_the_root(void **unused)
{
	struct xmem_pt_req all = {XMEM_PT_CLEAR, 0, BASE, FAKE_PAGES, 0};

	(void)unused;
	pt = fake_reset();
	for (unsigned long i = 0; i < 1000; i++) {
		memset(oracle, 0, sizeof(oracle));
		for (unsigned long k = below(20); k > 0; k--) {
			step();
		}
		fake_apply(&pt, &all);
		assert_true(fake_nr_tables <= 1 + (1UL << ARCH_PT_BITS));
		ASSERT_VALID(fake_check(&pt));
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(random_changes_agree_with_a_flat_array),
	cmocka_unit_test(clear_returns_every_table_but_those_in_the_root),
};

TEST_MAIN(tests)
