/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * va_closure.c - every state of a tiny window, every call from each state
 *
 * Breadth first over all states that any sequence of calls can reach. From
 * every state every function is called with every argument worth a try,
 * right or wrong, on the real struct and its bytes as the path left them,
 * with the oracle beside it. A refused call must leave every byte as it was;
 * after one that succeeds validator and oracle must agree on every page.
 *
 * A state is a tiling of [1, n) by areas of two pages or more, each with one
 * of t tags, and free segments of one page or more, no two of which are
 * neighbours. With a(m) tilings of m pages that do not end free and b(m)
 * that do: a(0) = 1, b(0) = 0, a(m) = t * sum over l >= 2 of a(m-l) + b(m-l),
 * b(m) = sum over l >= 1 of a(m-l). a(n-1) + b(n-1) states must be found, for
 * one tag that is 2^(n-2).
 *
 * A word has 2 bits, so that a dozen pages make trees of four levels.
 *
 * link: src/va/va.c src/va/va_check.c
 * link: src/lib/bitmap_tree.c src/lib/bitmap_tree_check.c
 * flags: -DXMEM_WORD_SHIFT=1
 */
#include "va_oracle.h"

#define MAX_PAGES 18UL
#define MAX_META  4096UL
#define HASH	  (1UL << 18)

struct snapshot {
	uint64_t key;
	struct xmem_va va;
	unsigned char meta[];
};

static struct {
	unsigned long nr;
	unsigned int tags;
	struct xmem_va va;
	uint64_t meta[MAX_META / 8];
	unsigned long bytes;
	struct oracle oracle;	/* of the state called from */
	struct snapshot *from;	/* that state */
	struct snapshot **seen; /* by number */
	unsigned int *hash;	/* number + 1, by key */
	unsigned long nr_seen;
	unsigned long calls;
} world;

/* Three bits a page: 0 inside, 1 a free segment starts, 1 + tag an area. */
static uint64_t key_of(const struct oracle *o)
{
	uint64_t key = 0;

	for (unsigned long p = 1; p < o->nr; p++) {
		uint64_t code = 0;

		if (o->owner[p] == p) {
			code = 1U + o->tag[p];
		} else if (o->owner[p] == 0 && (p == 1 || o->owner[p - 1])) {
			code = 1;
		}
		key |= code << (3 * p);
	}
	return key;
}

static void oracle_from_key(struct oracle *o, uint64_t key)
{
	unsigned int owner = 0;

	for (unsigned long p = 1; p < o->nr; p++) {
		uint64_t code = key >> (3 * p) & 7;

		if (code == 1) {
			owner = 0;
		} else if (code > 1) {
			owner = (unsigned int)p;
			o->tag[p] = (unsigned char)(code - 1);
		}
		o->owner[p] = owner;
	}
}

/* Note the state that va and meta are in, if it is new. */
static void note(uint64_t key)
{
	unsigned long at = key * 11400714819323198485ULL % HASH;
	struct snapshot *s;

	while (world.hash[at] != 0) {
		if (world.seen[world.hash[at] - 1]->key == key) {
			return;
		}
		at = (at + 1) % HASH;
	}
	s = malloc(sizeof(*s) + world.bytes);
	s->key = key;
	s->va = world.va;
	memcpy(s->meta, world.meta, world.bytes);
	world.seen[world.nr_seen++] = s;
	world.hash[at] = (unsigned int)world.nr_seen;
	assert_true(world.nr_seen < HASH / 2);
}

static void restore(void)
{
	world.va = world.from->va;
	memcpy(world.meta, world.from->meta, world.bytes);
	world.calls++;
}

static void expect_untouched(void)
{
	assert_memory_equal(&world.va, &world.from->va, sizeof(world.va));
	assert_memory_equal(world.meta, world.from->meta, world.bytes);
}

/* The oracle has followed a call that succeeded. */
static void settle(void)
{
	oracle_compare(&world.oracle, &world.va);
	note(key_of(&world.oracle));
	oracle_from_key(&world.oracle, world.from->key);
}

static void try_take(unsigned long nr, unsigned long align, unsigned long bias,
		     unsigned int tag)
{
	unsigned long expected = XMEM_VA_NONE;
	unsigned long at;

	restore();
	if (nr > 0 && nr < world.nr && align != 0 &&
	    (align & (align - 1)) == 0 && tag >= 1 && tag <= 3) {
		expected = oracle_place(&world.oracle, nr, align, bias);
	}
	at = xmem_va_take(&world.va, nr, align, bias, tag);
	assert_int_equal(at, expected);
	if (at == XMEM_VA_NONE) {
		expect_untouched();
	} else {
		oracle_take(&world.oracle, at, nr, tag);
		settle();
	}
}

static void try_take_at(unsigned long page, unsigned long nr, unsigned int tag)
{
	int ret;

	restore();
	ret = xmem_va_take_at(&world.va, page, nr, tag);
	if (page == 0 || page >= world.nr || nr == 0 || nr >= world.nr - page ||
	    tag < 1 || tag > 3) {
		assert_int_equal(ret, -XMEM_EINVAL);
	} else if (oracle_is_free(&world.oracle, page, nr + 1)) {
		assert_int_equal(ret, 0);
		oracle_take(&world.oracle, page, nr, tag);
		settle();
		return;
	} else {
		assert_int_equal(ret, -XMEM_EBUSY);
	}
	expect_untouched();
}

static void try_give(unsigned long page)
{
	restore();
	if (oracle_is_area(&world.oracle, page)) {
		assert_int_equal(xmem_va_give(&world.va, page), 0);
		oracle_give(&world.oracle, page);
		settle();
	} else {
		assert_int_equal(xmem_va_give(&world.va, page), -XMEM_EINVAL);
		expect_untouched();
	}
}

static void try_retag(unsigned long page, unsigned int from, unsigned int to)
{
	const struct oracle *o = &world.oracle;

	restore();
	if (oracle_is_area(o, page) && o->tag[page] == from && to >= 1 &&
	    to <= 3) {
		assert_int_equal(xmem_va_retag(&world.va, page, from, to),
				 oracle_end(o, page) - page - 1);
		world.oracle.tag[page] = (unsigned char)to;
		settle();
	} else {
		assert_int_equal(xmem_va_retag(&world.va, page, from, to), 0);
		expect_untouched();
	}
}

static void try_retags(unsigned long page)
{
	for (unsigned int from = 0; from <= world.tags; from++) {
		for (unsigned int to = 0; to <= world.tags; to++) {
			try_retag(page, from, to);
		}
		try_retag(page, from, 4);
	}
}

static void try_takes(void)
{
	static const unsigned long aligns[] = {0, 1, 2,	 3,
					       4, 8, 16, TEST_TOP_BIT};

	for (unsigned long nr = 0; nr <= world.nr + 1; nr++) {
		for (unsigned int a = 0; a < 8; a++) {
			try_take(nr, aligns[a], 0, 1);
			try_take(nr, aligns[a], 0x1003, world.tags);
		}
		try_take(nr, 1, 0, 0);
		try_take(nr, 1, 0, 4);
	}
	try_take(~0UL, 1, 0, 1);
	try_take(~0UL - 1, 2, 0, 1);
}

static void try_all(void)
{
	try_takes();
	for (unsigned long page = 0; page <= world.nr + 1; page++) {
		for (unsigned long nr = 0; nr <= world.nr + 1; nr++) {
			try_take_at(page, nr, world.tags);
		}
		try_take_at(page, 1, 0);
		try_take_at(page, 1, 4);
		try_take_at(page, ~0UL, 1);
		try_give(page);
		try_retags(page);
	}
	try_give(~0UL);
	try_take_at(~0UL, 1, 1);
}

static unsigned long closed_form(unsigned long m, unsigned long t)
{
	unsigned long a[MAX_PAGES] = {1};
	unsigned long b[MAX_PAGES] = {0};

	for (unsigned long i = 1; i <= m; i++) {
		for (unsigned long l = 1; l <= i; l++) {
			a[i] += l < 2 ? 0 : t * (a[i - l] + b[i - l]);
			b[i] += a[i - l];
		}
	}
	return a[m] + b[m];
}

static void close_window(unsigned long nr, unsigned int tags)
{
	memset(&world, 0, sizeof(world));
	world.nr = nr;
	world.tags = tags;
	world.bytes = xmem_va_bytes(nr);
	assert_true(world.bytes <= MAX_META);
	world.hash = calloc(HASH, sizeof(*world.hash));
	world.seen = calloc(HASH, sizeof(struct snapshot *));
	oracle_init(&world.oracle, nr);
	memset(world.meta, 0x5a, sizeof(world.meta));
	xmem_va_init(&world.va, nr, world.meta);
	oracle_compare(&world.oracle, &world.va);
	note(key_of(&world.oracle));
	for (unsigned long i = 0; i < world.nr_seen; i++) {
		world.from = world.seen[i];
		oracle_from_key(&world.oracle, world.from->key);
		try_all();
	}
	print_message("# %lu pages, %u tags: %lu states, %lu calls\n", nr, tags,
		      world.nr_seen, world.calls);
	assert_int_equal(world.nr_seen, closed_form(nr - 1, tags));
	if (tags == 1) {
		assert_int_equal(world.nr_seen, 1UL << (nr - 2));
	}
	for (unsigned long i = 0; i < world.nr_seen; i++) {
		free(world.seen[i]);
	}
	free(world.seen);
	free(world.hash);
	oracle_fini(&world.oracle);
}

/* An emulated CPU has some pages fewer. */
static unsigned long pages(unsigned long nr, unsigned long fewer)
{
	return test_is_emulated() ? nr - fewer : nr;
}

/* Windows of 3 to 12 pages, areas of one kind. */
static void windows_up_to_twelve_pages(void **state)
{
	(void)state;
	for (unsigned long nr = 3; nr <= pages(12, 2); nr++) {
		close_window(nr, 1);
	}
}

/* A window whose segments reach into the fourth class. */
static void window_of_fourteen_pages(void **state)
{
	(void)state;
	close_window(pages(14, 3), 1);
}

/* All three tags. */
static void window_with_tags(void **state)
{
	(void)state;
	close_window(pages(10, 2), 3);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(windows_up_to_twelve_pages),
	cmocka_unit_test(window_of_fourteen_pages),
	cmocka_unit_test(window_with_tags),
};

TEST_MAIN(tests)
