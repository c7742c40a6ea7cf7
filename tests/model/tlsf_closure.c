/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tlsf_closure.c - every reachable state of a tiny TLSF allocator
 * link: src/tlsf/
 *
 * Breadth-first search over the real code on one region of REGION bytes, or of
 * the smallest size where the CPU is emulated. A state is the row of blocks
 * (size, used or free) with the order of the free lists and the loose block;
 * one memory image of each is kept. From every state: every take (all sizes,
 * alignments 16 to 64), every give, every resize to every size, and every
 * misuse (give, resize and query of every address that is no used block, of
 * damaged headers, sizes and links). The oracle is the row of blocks before,
 * edited by the rules in the simplest way; a refused call must leave every byte
 * as it was.
 *
 * The number of rows of blocks reached must equal the number there are: the
 * compositions of the region into blocks of at least 2 units, no two free
 * ones adjacent, counted by a recurrence that knows nothing of the code.
 */
#include "tlsf/tlsf_priv.h"
#include "tlsf/tlsf.h"
#include "test.h"

#ifndef REGION
#define REGION 288
#endif
#define UNITS	   (REGION / 16 - 2) /* at most; see nr_units */
#define MAX_BLOCKS (UNITS / 2)
#define MAX_STATES 200000UL
#define HASH_SIZE  (1UL << 20)

/* What the allocator looks like: blocks in the order of addresses. */
struct row {
	unsigned char nr;
	unsigned char units[MAX_BLOCKS];
	unsigned char is_free[MAX_BLOCKS];
	unsigned char place[MAX_BLOCKS]; /* free: 0 loose, else on its list */
};

struct image {
	unsigned char engine[XMEM_TLSF_BYTES(10)] __attribute__((aligned(16)));
	unsigned char region[REGION] __attribute__((aligned(16)));
};

/* The live image; all states run at this address. */
static struct {
	unsigned char margin_low[64];
	struct image image;
	unsigned char margin_high[64];
} live __attribute__((aligned(64)));

static struct xmem_tlsf *const tlsf = (struct xmem_tlsf *)live.image.engine;

static long region_bytes = REGION;
static unsigned int nr_units = UNITS;
static struct image *states;
static struct row *rows;
static unsigned long nr_states, nr_ops, nr_layouts;
static uint32_t *hash_state, *hash_layout;

/* --- rows -------------------------------------------------------------- */

static struct xmem_tlsf_block *first(void)
{
	return first_block((struct xmem_tlsf_region *)live.image.region);
}

static unsigned char place_of(const struct xmem_tlsf_block *b,
			      unsigned long units)
{
	unsigned char place = 1;

	if (b == tlsf->loose) {
		return 0;
	}
	for (const struct xmem_tlsf_block *p = tlsf->head[class_of(units)];
	     p != b; p = next_of(tlsf, p)) {
		assert_non_null(p);
		place++;
	}
	return place;
}

static void read_row(struct row *r)
{
	struct xmem_tlsf_block *b = first();
	uint64_t word = open_header(tlsf, b);

	memset(r, 0, sizeof(*r));
	while (word_units(word) != 0) {
		unsigned long units = word_units(word);

		assert_true(r->nr < MAX_BLOCKS);
		r->units[r->nr] = (unsigned char)units;
		r->is_free[r->nr] = (word & TLSF_FREE) != 0;
		if (r->is_free[r->nr]) {
			r->place[r->nr] = place_of(b, units);
		}
		r->nr++;
		b = block_after(b, units);
		word = open_header(tlsf, b);
	}
}

static void *payload_at(const struct row *r, unsigned int i)
{
	unsigned long units = 0;

	for (unsigned int k = 0; k < i; k++) {
		units += r->units[k];
	}
	return payload_of(block_after(first(), units));
}

static uint64_t hash_bytes(const void *p, unsigned long n)
{
	const unsigned char *c = p;
	uint64_t h = 0xcbf29ce484222325;

	while (n-- > 0) {
		h = (h ^ *c++) * 0x100000001b3;
	}
	return h ^ (h >> 29);
}

/* Note the row in a table; true if it is new. Without @places, the row is
 * compared as a layout only. */
static bool note(uint32_t *table, const struct row *r, bool places)
{
	unsigned long n = places ? sizeof(*r) : offsetof(struct row, place);
	unsigned long h = hash_bytes(r, n) & (HASH_SIZE - 1);

	for (; table[h] != 0; h = (h + 1) & (HASH_SIZE - 1)) {
		if (memcmp(&rows[table[h] - 1], r, n) == 0) {
			return false;
		}
	}
	table[h] = (uint32_t)nr_states + 1;
	return true;
}

static void restore(unsigned long s)
{
	memcpy(&live.image, &states[s], sizeof(live.image));
}

/* The live image after an operation: sound, and perhaps a new state. */
static void visit(void)
{
	struct row r;

	nr_ops++;
	ASSERT_VALID(xmem_tlsf_check(tlsf));
	read_row(&r);
	rows[nr_states] = r;
	if (!note(hash_state, &r, true)) {
		return;
	}
	nr_layouts += note(hash_layout, &r, false);
	assert_true(nr_states + 1 < MAX_STATES);
	states[nr_states++] = live.image;
}

/* --- the oracle -------------------------------------------------------- */

static void merge_row(struct row *r)
{
	struct row out = {0};

	for (unsigned int i = 0; i < r->nr; i++) {
		if (out.nr > 0 && r->is_free[i] && out.is_free[out.nr - 1]) {
			out.units[out.nr - 1] += r->units[i];
			continue;
		}
		out.units[out.nr] = r->units[i];
		out.is_free[out.nr++] = r->is_free[i];
	}
	*r = out;
}

/* Insert a block of @units behind block @i, taken from block @i. */
static void split_row(struct row *r, unsigned int i, unsigned int units)
{
	for (unsigned int k = r->nr++; k > i + 1; k--) {
		r->units[k] = r->units[k - 1];
		r->is_free[k] = r->is_free[k - 1];
	}
	r->units[i] -= (unsigned char)units;
	r->units[i + 1] = (unsigned char)units;
	r->is_free[i + 1] = true;
}

static void expect_row(const struct row *want)
{
	struct row got;
	unsigned long used = 0;

	read_row(&got);
	assert_int_equal(got.nr, want->nr);
	assert_memory_equal(got.units, want->units, want->nr);
	assert_memory_equal(got.is_free, want->is_free, want->nr);
	for (unsigned int i = 0; i < want->nr; i++) {
		used += want->is_free[i] ? 0 : want->units[i] * 16UL;
	}
	assert_int_equal(xmem_tlsf_used(tlsf), used);
}

static unsigned int gap_units(const void *payload, unsigned long align)
{
	uintptr_t p = (uintptr_t)payload, a = (p + align - 1) & ~(align - 1);

	if (a - p == 16) {
		a += align;
	}
	return (unsigned int)((a - p) / 16);
}

/* --- operations from one state ----------------------------------------- */

static void take_one(unsigned long s, unsigned long size, unsigned long align)
{
	unsigned int need = (unsigned int)(size + 8 + 15) / 16, best = 255;
	struct row r = rows[s];
	void *damaged = NULL;
	bool must = false;
	void *p;

	need = need < 2 ? 2 : need;
	for (unsigned int i = 0; i < r.nr; i++) {
		unsigned int extra =
			align > 16 ? (unsigned int)align / 16 + 1 : 0;

		if (r.is_free[i] && r.units[i] >= need + extra) {
			must = true;
			best = r.units[i] < best ? r.units[i] : best;
		}
	}
	restore(s);
	p = xmem_tlsf_take(tlsf, size, align, &damaged);
	assert_null(damaged);
	if (p == NULL) {
		assert_false(must);
		assert_memory_equal(&live.image, &states[s],
				    sizeof(live.image));
		return;
	}
	assert_int_equal((uintptr_t)p % align, 0);
	for (unsigned int i = 0; i < r.nr; i++) {
		char *start = payload_at(&r, i);
		unsigned int gap = gap_units(start, align);

		if ((char *)p != start + gap * 16 || !r.is_free[i] ||
		    gap >= r.units[i]) {
			continue;
		}
		/* Best fit: exact classes, so the smallest that is enough. */
		assert_true(align > 16 || r.units[i] == best);
		assert_true(r.units[i] >= need + gap);
		if (gap != 0) {
			split_row(&r, i, r.units[i] - gap);
			i++;
		}
		if (r.units[i] - need >= 2) {
			split_row(&r, i, r.units[i] - need);
		}
		r.is_free[i] = false;
		expect_row(&r);
		memset(p, 0xa5, r.units[i] * 16UL - 8);
		visit();
		return;
	}
	fail_msg("the block is not where a free block was");
}

static void give_one(unsigned long s, unsigned int i)
{
	struct row r = rows[s];
	void *region = NULL;
	enum xmem_tlsf_error error;

	restore(s);
	error = xmem_tlsf_give(tlsf, payload_at(&r, i), &region);
	r.is_free[i] = true;
	merge_row(&r);
	expect_row(&r);
	if (r.nr == 1) {
		assert_int_equal(error, XMEM_TLSF_EMPTIED);
		assert_ptr_equal(region, live.image.region);
	} else {
		assert_int_equal(error, XMEM_TLSF_OK);
	}
	visit();
}

static void resize_one(unsigned long s, unsigned int i, unsigned long size)
{
	unsigned int need = (unsigned int)(size + 8 + 15) / 16, room, spare;
	struct row r = rows[s];
	bool done = false, free_behind = i + 1 < r.nr && r.is_free[i + 1];

	need = need < 2 ? 2 : need;
	room = r.units[i] + (free_behind ? r.units[i + 1] : 0U);
	restore(s);
	assert_int_equal(xmem_tlsf_resize(tlsf, payload_at(&r, i), size, &done),
			 XMEM_TLSF_OK);
	assert_int_equal(done, need <= room);
	spare = done ? room - need : 0;
	if (done && free_behind) {
		r.is_free[i + 1] = false;
		r.units[i] = (unsigned char)room;
		memmove(&r.units[i + 1], &r.units[i + 2], r.nr - i - 2U);
		memmove(&r.is_free[i + 1], &r.is_free[i + 2], r.nr - i - 2U);
		r.nr--;
	}
	if (spare >= 2) {
		split_row(&r, i, spare);
	}
	expect_row(&r);
	visit();
}

static void expect_refused(void *p, const struct image *before,
			   enum xmem_tlsf_error want)
{
	void *region = NULL;
	unsigned long size = 77;
	bool done = false;
	enum xmem_tlsf_error got = xmem_tlsf_give(tlsf, p, &region);

	assert_true(got > XMEM_TLSF_EMPTIED);
	assert_true(want == XMEM_TLSF_OK || want == got);
	assert_ptr_equal(region, p);
	got = xmem_tlsf_resize(tlsf, p, 24, &done);
	assert_true(got > XMEM_TLSF_EMPTIED || want == XMEM_TLSF_OK);
	assert_memory_equal(&live.image, before, sizeof(*before));
	got = xmem_tlsf_usable(tlsf, p, &size);
	assert_true(got > XMEM_TLSF_EMPTIED || want == XMEM_TLSF_OK);
	nr_ops += 3;
}

/* Every address in and around the region that is not a used block. */
static void misuse_addresses(unsigned long s)
{
	const struct row *r = &rows[s];
	char *start = (char *)live.image.region;

	restore(s);
	for (long at = -32; at <= region_bytes + 32; at += 8) {
		enum xmem_tlsf_error want = XMEM_TLSF_BAD_HEADER;
		bool skip = false;

		if (at % 16 != 0) {
			want = XMEM_TLSF_MISALIGNED;
		}
		for (unsigned int i = 0; i < r->nr; i++) {
			if (start + at != (char *)payload_at(r, i)) {
				continue;
			}
			skip = !r->is_free[i];
			want = XMEM_TLSF_FREE_ALREADY;
		}
		if (skip) {
			continue;
		}
		if (want == XMEM_TLSF_BAD_HEADER && at > 0 &&
		    at < region_bytes) {
			/* A header that was merged away may still be seen. */
			void *region;
			enum xmem_tlsf_error got =
				xmem_tlsf_give(tlsf, start + at, &region);

			want = got == XMEM_TLSF_FREE_ALREADY ? got : want;
		}
		expect_refused(start + at, &states[s], want);
	}
}

static void damage(uint64_t *word, uint64_t value, void *victim)
{
	uint64_t saved = *word;
	struct image before;

	*word = value;
	before = live.image;
	expect_refused(victim, &before, XMEM_TLSF_BAD_NEIGHBOUR);
	*word = saved;
}

/* A used block's own header, the next one's, and what give must read of the
 * free neighbours. */
static void misuse_damage(unsigned long s)
{
	static const uint64_t masks[] = {1, 0xff, 0x4141414141414141,
					 1ULL << 63};
	const struct row *r = &rows[s];
	struct image before;

	restore(s);
	for (unsigned int i = 0; i < r->nr; i++) {
		struct xmem_tlsf_block *b = block_of(payload_at(r, i));
		struct xmem_tlsf_block *next = block_after(b, r->units[i]);
		void *p = payload_of(b);

		if (r->is_free[i]) {
			continue;
		}
		for (unsigned int m = 0; m < 4; m++) {
			damage(&next->seal, next->seal ^ masks[m], p);
			b->seal ^= masks[m];
			before = live.image;
			expect_refused(p, &before, XMEM_TLSF_BAD_HEADER);
			b->seal ^= masks[m];
		}
		damage(&next->seal, 0, p);
	}
}

/* Free block @i of @r has a wrong link: nobody may unlink it. */
static void damage_link(const struct row *r, unsigned int i, uintptr_t wrong)
{
	struct xmem_tlsf_block *b = block_of(payload_at(r, i));
	uintptr_t saved = b->next;
	struct image before;
	void *damaged = NULL;
	void *region = NULL;

	b->next = wrong;
	before = live.image;
	if (i + 1 < r->nr) {
		assert_int_equal(
			xmem_tlsf_give(tlsf, payload_at(r, i + 1), &region),
			XMEM_TLSF_BAD_NEIGHBOUR);
	}
	if (i > 0) {
		assert_int_equal(
			xmem_tlsf_give(tlsf, payload_at(r, i - 1), &region),
			XMEM_TLSF_BAD_NEIGHBOUR);
	}
	/* A take of exactly this block, if it is the first of its list. */
	if (r->place[i] == 1 && tlsf->loose_units != r->units[i]) {
		assert_null(xmem_tlsf_take(tlsf, r->units[i] * 16UL - 8, 16,
					   &damaged));
		assert_ptr_equal(damaged, payload_of(b));
	}
	assert_memory_equal(&live.image, &before, sizeof(before));
	b->next = saved;
	nr_ops += 3;
}

/* Links of a free block on a list, the size at the end of a free block. */
static void misuse_links(unsigned long s)
{
	const struct row *r = &rows[s];
	struct image before;

	restore(s);
	for (unsigned int i = 0; i < r->nr; i++) {
		struct xmem_tlsf_block *b = block_of(payload_at(r, i));
		struct xmem_tlsf_block *next = block_after(b, r->units[i]);
		void *region = NULL, *p = payload_of(next);

		if (!r->is_free[i]) {
			continue;
		}
		if (i + 1 < r->nr) {
			uint64_t size = *size_before(next);

			*size_before(next) = size + 1;
			before = live.image;
			assert_int_equal(xmem_tlsf_give(tlsf, p, &region),
					 XMEM_TLSF_BAD_NEIGHBOUR);
			assert_memory_equal(&live.image, &before,
					    sizeof(before));
			*size_before(next) = ~0ULL;
			assert_int_equal(xmem_tlsf_give(tlsf, p, &region),
					 XMEM_TLSF_BAD_NEIGHBOUR);
			*size_before(next) = size;
		}
		if (r->place[i] == 0) {
			continue;
		}
		damage_link(r, i, (uintptr_t)0x4141414141414140);
		damage_link(r, i, 0);
		damage_link(
			r, i,
			link_to(tlsf,
				(struct xmem_tlsf_block *)live.margin_high));
		damage_link(
			r, i,
			link_to(tlsf,
				(struct xmem_tlsf_block *)live.image.region));
		damage_link(r, i, link_to(tlsf, b));
	}
}

static void explore(unsigned long s)
{
	for (unsigned long units = 2; units <= nr_units + 1; units++) {
		for (unsigned long align = 16; align <= 64; align *= 2) {
			take_one(s, units * 16 - 8, align);
		}
	}
	take_one(s, 1, 16);
	for (unsigned int i = 0; i < rows[s].nr; i++) {
		if (rows[s].is_free[i]) {
			continue;
		}
		give_one(s, i);
		for (unsigned long units = 2; units <= nr_units + 1; units++) {
			resize_one(s, i, units * 16 - 15);
			resize_one(s, i, units * 16 - 8);
		}
	}
	misuse_addresses(s);
	misuse_damage(s);
	misuse_links(s);
}

/* --- the test ---------------------------------------------------------- */

/* Rows of @n units: first block used, first block free. */
static unsigned long count_rows(unsigned int n)
{
	unsigned long used[UNITS + 1] = {0}, free_[UNITS + 1] = {0};

	for (unsigned int k = 2; k <= n; k++) {
		for (unsigned int len = 2; len <= k; len++) {
			unsigned long none = len == k;

			used[k] += used[k - len] + free_[k - len] + none;
			free_[k] += used[k - len] + none;
		}
	}
	return used[n] + free_[n];
}

/* Every operation is right from every state; all states are reached. */
static void every_operation_is_right_from_every_state(void **state)
{
	void *bad;

	(void)state;
	if (test_is_emulated()) {
		region_bytes = XMEM_TLSF_MIN_REGION;
		nr_units = XMEM_TLSF_MIN_REGION / 16 - 2;
	}
	states = malloc(MAX_STATES * sizeof(*states));
	rows = malloc(MAX_STATES * sizeof(*rows));
	hash_state = calloc(HASH_SIZE, sizeof(*hash_state));
	hash_layout = calloc(HASH_SIZE, sizeof(*hash_layout));
	assert_true(states && rows && hash_state && hash_layout);
	assert_true(xmem_tlsf_bytes(REGION) <= sizeof(live.image.engine));

	memset(&live, 0xee, sizeof(live));
	xmem_tlsf_init(tlsf, REGION, 0);
	assert_int_equal(xmem_tlsf_add(tlsf, live.image.region,
				       (unsigned long)region_bytes, &bad),
			 XMEM_TLSF_OK);
	visit();
	for (unsigned long s = 0; s < nr_states; s++) {
		explore(s);
	}
	print_message("# %lu states, %lu layouts, %lu operations\n", nr_states,
		      nr_layouts, nr_ops);
	assert_int_equal(nr_layouts, count_rows(nr_units));
	for (unsigned int i = 0; i < sizeof(live.margin_low); i++) {
		assert_int_equal(live.margin_low[i], 0xee);
		assert_int_equal(live.margin_high[i], 0xee);
	}
	free(states);
	free(rows);
	free(hash_state);
	free(hash_layout);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(every_operation_is_right_from_every_state),
};

TEST_MAIN(tests)
