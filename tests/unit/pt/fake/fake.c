/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake.c - RAM and tables of the fake architecture
 */
#include "fake.h"

unsigned char fake_ram[FAKE_FRAMES][PAGE_SIZE]
	__attribute__((aligned(1 << 16)));
static struct page_info descriptors[FAKE_FRAMES];
struct page_info *fake_frametable;
unsigned char fake_taken[FAKE_FRAMES];
unsigned int fake_leaf_levels;
unsigned long fake_root, fake_limit;
unsigned long fake_nr_reads, fake_nr_writes, fake_nr_tables, fake_nr_syncs;
static unsigned long cursor; /* frames are handed out in turn */

struct xmem_pt fake_reset(void)
{
	struct xmem_pt_stash stash = {0, 0};

	fake_frametable = (struct page_info *)((uintptr_t)descriptors -
					       FAKE_MFN * sizeof(*descriptors));
	memset(descriptors, 0, sizeof(descriptors));
	memset(fake_taken, 0, sizeof(fake_taken));
	fake_nr_tables = 0;
	fake_leaf_levels = ARCH_PT_LEVELS - 1;
	fake_limit = ~0UL;
	xmem_pt_stash_put(&stash, fake_take());
	fake_root = xmem_pt_stash_take(&stash);
	return (struct xmem_pt){fake_root};
}

unsigned long fake_take(void)
{
	for (unsigned long i = 0; i < FAKE_FRAMES; i++) {
		cursor = (cursor + 1) % FAKE_FRAMES;
		if (!fake_taken[cursor]) {
			fake_taken[cursor] = 1;
			fake_nr_tables++;
			memset(fake_ram[cursor], FAKE_DIRT,
			       sizeof(xmem_pte_t) << ARCH_PT_BITS);
			return FAKE_MFN + cursor;
		}
	}
	fail_msg("the fake architecture is out of frames");
	return 0;
}

void fake_give(unsigned long mfn)
{
	assert_true(xmem_arch_mfn_valid(mfn));
	assert_true(fake_taken[mfn - FAKE_MFN]);
	fake_taken[mfn - FAKE_MFN] = 0;
	fake_nr_tables--;
}

/* A table must be complete when it is linked; in place of a block, full. */
void fake_check_link(xmem_pte_t old, xmem_pte_t new)
{
	const xmem_pte_t *table = xmem_arch_table(xmem_pte_mfn(new));
	unsigned int level = fake_tag(old) - 1;
	bool split = level > 0 && xmem_pte_is_leaf(old, level);

	for (unsigned long i = 0; i < 1UL << ARCH_PT_BITS; i++) {
		FAKE_CHECK(split ? xmem_pte_is_leaf(table[i], level - 1)
				 : xmem_pte_is_none(table[i]));
	}
}

void fake_fill(struct xmem_pt_stash *stash, unsigned long nr)
{
	while (stash->nr < nr) {
		xmem_pt_stash_put(stash, fake_take());
	}
}

void fake_drain(struct xmem_pt_stash *stash)
{
	while (stash->nr > 0) {
		fake_give(xmem_pt_stash_take(stash));
	}
}

bool fake_apply(const struct xmem_pt *pt, const struct xmem_pt_req *req)
{
	struct xmem_pt_stash stash = {0, 0};
	struct xmem_pt_stash out = {0, 0};
	bool changed;

	fake_fill(&stash, xmem_pt_need(pt, req));
	changed = xmem_pt_apply(pt, req, &stash, &out);
	if (stash.nr != 0) {
		fail_msg("need was %lu tables too high", stash.nr);
	}
	fake_drain(&out);
	return changed;
}

const char *fake_check(const struct xmem_pt *pt)
{
	unsigned long nr;
	const char *broken = xmem_pt_check(pt, &nr);

	if (broken == NULL && nr != fake_nr_tables) {
		broken = "tables reachable are not those taken and not given";
	}
	return broken;
}

uint64_t fake_sum(void)
{
	uint64_t sum = 0;

	for (unsigned long i = 0; i < FAKE_FRAMES; i++) {
		const uint64_t *entry = (const void *)fake_ram[i];

		for (unsigned long k = 0;
		     fake_taken[i] && k >> ARCH_PT_BITS == 0; k++) {
			sum = (sum ^ entry[k]) * 0x100000001b3ULL + i;
		}
	}
	return sum;
}

/* For tests of engines; those of the service bring their own. */
__attribute__((weak)) void fake_sync(unsigned long va, unsigned long nr)
{
	(void)va;
	(void)nr;
	fake_nr_syncs++;
}
