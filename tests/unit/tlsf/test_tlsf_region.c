/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_tlsf_region.c - set up, add, remove, drop, walk regions
 * link: src/tlsf/
 */
#include "tlsf/tlsf_priv.h"
#include "tlsf/tlsf.h"
#include "test.h"

#define REGION 1024UL

/* Enough for trees of every shape; most tests use the first few. */
#define MANY 16U
static unsigned char mem[MANY][REGION] __attribute__((aligned(4096)));
static unsigned char engine[XMEM_TLSF_BYTES(16)] __attribute__((aligned(64)));
static struct xmem_tlsf *const t = (struct xmem_tlsf *)engine;
static void *bad;

static int setup(void **state)
{
	(void)state;
	memset(mem, 0xcc, sizeof(mem));
	memset(engine, 0xcc, sizeof(engine));
	xmem_tlsf_init(t, REGION, 0);
	return 0;
}

static void add(unsigned int i)
{
	assert_int_equal(xmem_tlsf_add(t, mem[i], REGION, &bad), 0);
	ASSERT_VALID(xmem_tlsf_check(t));
}

static void *next_region(const void *prev)
{
	void *region;

	assert_int_equal(xmem_tlsf_next_region(t, prev, &region), XMEM_TLSF_OK);
	return region;
}

/* The size asked for holds all lists and no more; the constant form is not
 * smaller; 4 KiB regions need about 1.2 KiB. */
static void bytes_cover_the_lists(void **state)
{
	(void)state;
	for (unsigned int shift = 10; shift <= 26; shift++) {
		assert_in_range(xmem_tlsf_bytes(1UL << shift),
				sizeof(struct xmem_tlsf),
				XMEM_TLSF_BYTES(shift));
	}
	assert_true(xmem_tlsf_bytes(4096) <= 1280);
	assert_true(xmem_tlsf_bytes(XMEM_TLSF_MIN_REGION) <= 320);
}

/* A new allocator is empty, and so is memory that was never set up. */
static void init_gives_an_empty_allocator(void **state)
{
	(void)state;
	ASSERT_VALID(xmem_tlsf_check(t));
	assert_int_equal(xmem_tlsf_total(t), 0);
	assert_null(xmem_tlsf_take(t, 1, 16, NULL));
	assert_null(next_region(NULL));
	memset(engine, 0, sizeof(engine));
	assert_null(xmem_tlsf_take(t, 1, 16, NULL));
	assert_int_equal(xmem_tlsf_give(t, mem[0] + 32, &bad),
			 XMEM_TLSF_BAD_HEADER);
}

/* Bad arguments are refused, and nothing is written to them. */
static void add_refuses_bad_regions(void **state)
{
	(void)state;
	assert_int_equal(xmem_tlsf_add(t, NULL, REGION, &bad),
			 XMEM_TLSF_MISALIGNED);
	assert_int_equal(xmem_tlsf_add(t, mem[0] + 8, 512, &bad),
			 XMEM_TLSF_MISALIGNED);
	assert_int_equal(xmem_tlsf_add(t, mem[0], 504, &bad),
			 XMEM_TLSF_MISALIGNED);
	assert_int_equal(xmem_tlsf_add(t, mem[0], 240, &bad),
			 XMEM_TLSF_MISALIGNED);
	assert_int_equal(xmem_tlsf_add(t, mem[0], 0, &bad),
			 XMEM_TLSF_MISALIGNED);
	assert_int_equal(xmem_tlsf_add(t, mem[0], REGION + 16, &bad),
			 XMEM_TLSF_MISALIGNED);
	assert_int_equal(xmem_tlsf_add(t, mem[0], ~15UL, &bad),
			 XMEM_TLSF_MISALIGNED);
	assert_int_equal(xmem_tlsf_add(t, (void *)~255UL, 256, &bad),
			 XMEM_TLSF_MISALIGNED);
	for (unsigned long i = 0; i < REGION; i++) {
		assert_int_equal(mem[0][i], 0xcc);
	}
	ASSERT_VALID(xmem_tlsf_check(t));
}

/* Regions of different sizes live side by side and are counted. */
static void add_counts_and_walks_regions(void **state)
{
	void *r = NULL;
	unsigned int nr = 0;

	(void)state;
	add(0);
	assert_int_equal(xmem_tlsf_add(t, mem[2], 256, &bad), 0);
	add(1);
	assert_int_equal(xmem_tlsf_total(t), 2 * REGION + 256);
	assert_int_equal(xmem_tlsf_used(t), 0);
	while ((r = next_region(r)) != NULL) {
		assert_int_equal(xmem_tlsf_look(t, r), XMEM_TLSF_EMPTIED);
		nr++;
	}
	assert_int_equal(nr, 3);
}

/* Only a wholly free region leaves, and it leaves no trace. */
static void remove_takes_only_empty_regions(void **state)
{
	void *p, *region;

	(void)state;
	add(0);
	add(1);
	p = xmem_tlsf_take(t, 100, 16, NULL);
	assert_ptr_equal(p, mem[1] + 32);
	assert_int_equal(xmem_tlsf_remove(t, mem[1], &bad),
			 XMEM_TLSF_BAD_HEADER);
	assert_int_equal(xmem_tlsf_look(t, mem[1]), XMEM_TLSF_OK);
	assert_int_equal(xmem_tlsf_remove(t, mem[0], &bad), 0);
	ASSERT_VALID(xmem_tlsf_check(t));
	assert_int_equal(xmem_tlsf_remove(t, mem[0], &bad),
			 XMEM_TLSF_BAD_HEADER);
	assert_int_equal(xmem_tlsf_give(t, p, &region), XMEM_TLSF_EMPTIED);
	assert_ptr_equal(region, mem[1]);
	assert_int_equal(xmem_tlsf_remove(t, region, &bad), 0);
	ASSERT_VALID(xmem_tlsf_check(t));
	assert_int_equal(xmem_tlsf_total(t), 0);
	assert_int_equal(t->top, 0);
	assert_int_equal(xmem_tlsf_give(t, p, &region), XMEM_TLSF_BAD_HEADER);
}

/* Addresses that are no region are refused. */
static void remove_refuses_wrong_addresses(void **state)
{
	(void)state;
	assert_int_equal(xmem_tlsf_remove(t, mem[0], &bad),
			 XMEM_TLSF_BAD_HEADER);
	add(0);
	add(2);
	assert_int_equal(xmem_tlsf_remove(t, NULL, &bad), XMEM_TLSF_BAD_HEADER);
	assert_int_equal(xmem_tlsf_remove(t, mem[0] + 16, &bad),
			 XMEM_TLSF_BAD_HEADER);
	assert_int_equal(xmem_tlsf_remove(t, mem[0] + 8, &bad),
			 XMEM_TLSF_BAD_HEADER);
	assert_int_equal(xmem_tlsf_remove(t, mem[1], &bad),
			 XMEM_TLSF_BAD_HEADER);
	assert_int_equal(xmem_tlsf_remove(t, mem[3], &bad),
			 XMEM_TLSF_BAD_HEADER);
	assert_int_equal(xmem_tlsf_total(t), 2 * REGION);
}

/* A region whose header was overwritten, in any byte, is named by all who would
 * follow its links: remove, walk, find, drop. */
static void damaged_regions_are_named(void **state)
{
	struct xmem_tlsf_region *r = (struct xmem_tlsf_region *)mem[0];
	unsigned long nr_used = 0;
	void *region;

	(void)state;
	add(0);
	add(2);
	for (unsigned int i = 0; i < sizeof(*r); i++) {
		mem[0][i] ^= 0x81;
		assert_int_equal(xmem_tlsf_look(t, r), XMEM_TLSF_BAD_REGION);
		assert_int_equal(xmem_tlsf_remove(t, r, &bad),
				 XMEM_TLSF_BAD_REGION);
		assert_ptr_equal(bad, r);
		bad = NULL;
		assert_int_equal(xmem_tlsf_next_region(t, NULL, &bad),
				 XMEM_TLSF_BAD_REGION);
		assert_ptr_equal(bad, r);
		bad = NULL;
		assert_int_equal(xmem_tlsf_holds(t, mem[0] + 32, &bad),
				 XMEM_TLSF_BAD_REGION);
		assert_ptr_equal(bad, r);
		region = NULL;
		assert_int_equal(xmem_tlsf_drop(t, &region, &nr_used),
				 XMEM_TLSF_BAD_REGION);
		assert_ptr_equal(region, r);
		mem[0][i] ^= 0x81;
	}
	ASSERT_VALID(xmem_tlsf_check(t));
}

/* The region above, or below, in the tree is verified too: all that a remove
 * or an add will write. */
static void damaged_neighbours_in_the_tree_are_named(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < MANY - 1; i++) {
		add(i);
	}
	for (unsigned int i = 0; i < MANY - 1; i++) {
		struct xmem_tlsf_region *r = (void *)mem[i];

		r->seal ^= 1;
		bad = NULL;
		if (t->root == r) {
			assert_int_equal(
				xmem_tlsf_add(t, mem[MANY - 1], REGION, &bad),
				XMEM_TLSF_BAD_REGION);
			assert_ptr_equal(bad, r);
		}
		for (unsigned int k = 0; k < MANY - 1; k++) {
			struct xmem_tlsf_region *other = (void *)mem[k];

			if (other->child[0] != r && other->child[1] != r) {
				continue;
			}
			assert_int_equal(xmem_tlsf_remove(t, other, &bad),
					 XMEM_TLSF_BAD_REGION);
			assert_ptr_equal(bad, r);
		}
		r->seal ^= 1;
	}
	ASSERT_VALID(xmem_tlsf_check(t));
}

/* The free block of an empty region, if its links were overwritten. */
static void remove_names_a_damaged_block(void **state)
{
	struct xmem_tlsf_block *b = first_block((void *)mem[0]);

	(void)state;
	add(0);
	add(1); /* so that b is on a list */
	b->next ^= 16;
	assert_int_equal(xmem_tlsf_remove(t, mem[0], &bad),
			 XMEM_TLSF_BAD_BLOCK);
	assert_ptr_equal(bad, payload_of(b));
	b->next ^= 16;
	b->seal ^= 2;
	assert_int_equal(xmem_tlsf_remove(t, mem[0], &bad),
			 XMEM_TLSF_BAD_HEADER);
	b->seal ^= 2;
	assert_int_equal(xmem_tlsf_remove(t, mem[0], &bad), XMEM_TLSF_OK);
}

/* Any overlap with a region, or with the allocator, is refused; what only
 * touches is not. */
static void add_refuses_memory_it_has(void **state)
{
	(void)state;
	assert_int_equal(xmem_tlsf_add(t, mem[1], 512, &bad), XMEM_TLSF_OK);
	assert_int_equal(xmem_tlsf_add(t, mem[2], 256, &bad), XMEM_TLSF_OK);
	for (unsigned char *p = mem[0]; p < mem[3]; p += 16) {
		for (unsigned long n = 256; n <= REGION; n += 240) {
			bool overlaps = (p + n > mem[1] && p < mem[1] + 512) ||
					(p + n > mem[2] && p < mem[2] + 256);

			assert_int_equal(xmem_tlsf_vet(t, p, n, &bad),
					 overlaps ? XMEM_TLSF_OVERLAP
						  : XMEM_TLSF_OK);
			assert_ptr_equal(bad, overlaps ? p : NULL);
		}
	}
	assert_int_equal(xmem_tlsf_add(t, mem[1], 256, &bad),
			 XMEM_TLSF_OVERLAP);
	assert_int_equal(xmem_tlsf_add(t, engine, 256, &bad),
			 XMEM_TLSF_OVERLAP);
	assert_int_equal(xmem_tlsf_add(t, engine + 64, 256, &bad),
			 XMEM_TLSF_OVERLAP);
	ASSERT_VALID(xmem_tlsf_check(t));
}

/* Many regions: found by any address in them and by no other, in any order of
 * coming and going; the way down stays short. */
static void regions_are_found_by_address(void **state)
{
	enum { NR = 256, STEP = 336 };
	static unsigned char many[NR * STEP] __attribute__((aligned(16)));
	bool is_in[NR] = {false};
	uint64_t seed = 5;

	(void)state;
	for (unsigned int n = 0; n < 20000; n++) {
		unsigned int i = (test_random(&seed) >> 30) % NR;
		unsigned char *r = many + i * STEP;

		if (n < 10000 ? !is_in[i] : is_in[i]) {
			assert_int_equal(
				n < 10000 ? xmem_tlsf_add(t, r, 256, &bad)
					  : xmem_tlsf_remove(t, r, &bad),
				XMEM_TLSF_OK);
			is_in[i] = !is_in[i];
		}
		i = (test_random(&seed) >> 30) % NR;
		r = many + i * STEP + (test_random(&seed) >> 40) % STEP;
		assert_int_equal(
			xmem_tlsf_holds(t, r + 8, &bad) == XMEM_TLSF_OK,
			t->total == t->span ||
				(is_in[i] && r < many + i * STEP + 256));
		if (n % 64 == 0) {
			ASSERT_VALID(xmem_tlsf_check(t));
		}
		if (n == 9999) {
			struct xmem_tlsf_region *way = t->root;
			unsigned int depth = 0;

			for (; way != NULL; depth++) {
				way = way->child[n / 2 % 2];
			}
			assert_true(depth < 40);
		}
	}
}

/* Drop counts used blocks and wipes every header. */
static void drop_counts_and_wipes(void **state)
{
	void *p[3], *region;
	unsigned long nr_used = 0;

	(void)state;
	add(0);
	for (unsigned int i = 0; i < 3; i++) {
		p[i] = xmem_tlsf_take(t, 50, 16, NULL);
	}
	assert_int_equal(xmem_tlsf_give(t, p[1], &region), XMEM_TLSF_OK);
	assert_int_equal(xmem_tlsf_drop(t, &region, &nr_used), XMEM_TLSF_OK);
	assert_ptr_equal(region, mem[0]);
	assert_int_equal(nr_used, 2);
	assert_int_equal(xmem_tlsf_drop(t, &region, &nr_used), XMEM_TLSF_OK);
	assert_null(region);
	xmem_tlsf_init(t, REGION, 0);
	add(0);
	for (unsigned int i = 0; i < 3; i++) {
		assert_true(xmem_tlsf_give(t, p[i], &region) >
			    XMEM_TLSF_EMPTIED);
	}
}

/* Every region is dropped once, whatever the shape of the tree; an overwritten
 * block header is named. */
static void drop_finds_all(void **state)
{
	unsigned long nr_used = 0;
	void *region;

	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		add(i);
		assert_non_null(xmem_tlsf_take(t, 900, 16, NULL));
	}
	mem[2][24] ^= 1;
	for (unsigned int i = 0; i < 4; i++) {
		if (i == 2) {
			assert_int_equal(xmem_tlsf_drop(t, &region, &nr_used),
					 XMEM_TLSF_BAD_HEADER);
			assert_ptr_equal(region, mem[2] + 32);
			mem[2][24] ^= 1;
		}
		assert_int_equal(xmem_tlsf_drop(t, &region, &nr_used),
				 XMEM_TLSF_OK);
		assert_ptr_equal(region, mem[i]);
	}
	assert_int_equal(nr_used, 4);
	assert_null(t->root);
}

/* The secret changes every seal. */
static void the_secret_is_part_of_the_seal(void **state)
{
	uint64_t seal, key;

	(void)state;
	add(0);
	seal = first_block((void *)mem[0])->seal;
	key = t->cookie;
	xmem_tlsf_init(t, REGION, 0);
	assert_true(t->cookie == key);
	xmem_tlsf_init(t, REGION, 1ULL << 63);
	assert_true(t->cookie != key);
	assert_int_equal(xmem_tlsf_add(t, mem[0], REGION, &bad), XMEM_TLSF_OK);
	assert_true(first_block((void *)mem[0])->seal != seal);
	ASSERT_VALID(xmem_tlsf_check(t));
}

/* Each error has its own sentence. */
static void error_texts_are_distinct(void **state)
{
	(void)state;
	for (int a = XMEM_TLSF_EMPTIED; a <= XMEM_TLSF_OVERLAP; a++) {
		for (int b = a + 1; b <= XMEM_TLSF_OVERLAP; b++) {
			assert_string_not_equal(
				xmem_tlsf_error_text((enum xmem_tlsf_error)a),
				xmem_tlsf_error_text((enum xmem_tlsf_error)b));
		}
	}
}

#define T(name) cmocka_unit_test_setup(name, setup)

static const struct CMUnitTest tests[] = {
	T(bytes_cover_the_lists),
	T(init_gives_an_empty_allocator),
	T(add_refuses_bad_regions),
	T(add_counts_and_walks_regions),
	T(remove_takes_only_empty_regions),
	T(remove_refuses_wrong_addresses),
	T(damaged_regions_are_named),
	T(damaged_neighbours_in_the_tree_are_named),
	T(remove_names_a_damaged_block),
	T(add_refuses_memory_it_has),
	T(regions_are_found_by_address),
	T(drop_counts_and_wipes),
	T(drop_finds_all),
	T(the_secret_is_part_of_the_seal),
	T(error_texts_are_distinct),
};

TEST_MAIN(tests)
