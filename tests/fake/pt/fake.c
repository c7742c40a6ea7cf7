/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake.c - RAM, tables and TLB of the fake architecture
 *
 * The TLB is one that has seen everything: what was present in an entry
 * (`stale`) is remembered from its first change until the flush, and a new
 * present entry must agree with it as with the old entry itself. So an entry
 * that was cleared cannot be used for something else before the flush.
 *
 * It has also seen every table: one that has lost its place may be walked until
 * the flush, so what is present in it, and in those below, stays (`walked`).
 * After the flush nobody cares what is in it (`dead`), until it is used again.
 *
 * During a break its entries are reached through `alias`, addresses that
 * serve for nothing else; every other access to tables panics.
 */
#include "fake.h"

#include <xmem/page_info.h>

#define ENTRIES (1UL << FAKE_PT_BITS)

unsigned char fake_ram[FAKE_FRAMES][PAGE_SIZE]
	__attribute__((aligned(1 << 16)));
static struct page_info descriptors[FAKE_FRAMES];
struct page_info *fake_frametable;
unsigned char fake_taken[FAKE_FRAMES];
static unsigned char alias[FAKE_FRAMES][PAGE_SIZE] /* never touched */
	__attribute__((aligned(1 << 16)));
static xmem_pte_t stale[FAKE_FRAMES][ENTRIES]; /* 0: nothing */
static unsigned long nr_stale;
static bool walked[FAKE_FRAMES];
static bool dead[FAKE_FRAMES]; /* was walked, up to a flush */
unsigned int fake_levels = FAKE_PT_LEVELS;
unsigned int fake_leaf_levels;
bool fake_bbm;
bool fake_has_low;
bool fake_breaking;
unsigned long fake_nr_breaks;
unsigned long fake_root, fake_limit;
unsigned long fake_nr_reads, fake_nr_writes, fake_nr_tables;
static unsigned long cursor; /* frames are handed out in turn */

struct xmem_pt fake_reset(void)
{
	struct xmem_pt_stash stash = {0, 0};

	fake_frametable = (struct page_info *)((uintptr_t)descriptors -
					       FAKE_MFN * sizeof(*descriptors));
	memset(descriptors, 0, sizeof(descriptors));
	memset(fake_taken, 0, sizeof(fake_taken));
	fake_flush();
	fake_breaking = false;
	fake_root = XMEM_NO_MFN;
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
			dead[cursor] = false;
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
	assert_int_equal(nr_stale, 0); /* A CPU may still walk it. */
	fake_taken[mfn - FAKE_MFN] = 0;
	fake_nr_tables--;
}

/* ---- what may be written where ---- */

static bool is_present(xmem_pte_t e)
{
	if (e.v == (uint64_t)-1 / 0xff * FAKE_DIRT) {
		return false;
	}
	return fake_kind(e) == FAKE_LEAF || fake_kind(e) == FAKE_TABLE;
}

/* Level of a leaf. */
static unsigned int level_of(xmem_pte_t leaf)
{
	return fake_tag(leaf) - 1;
}

static unsigned int flags_of(xmem_pte_t leaf)
{
	return xmem_pte_flags(leaf, level_of(leaf));
}

static unsigned long frame_of_slot(const xmem_pte_t *slot)
{
	return (unsigned long)((const unsigned char *)slot - fake_ram[0]) >>
	       PAGE_SHIFT;
}

static unsigned long index_of_slot(const xmem_pte_t *slot)
{
	return ((unsigned long)slot & (PAGE_SIZE - 1)) / sizeof(*slot);
}

/* Frame of a leaf that is entry @i of its table. */
static unsigned long frame_of_leaf(xmem_pte_t leaf, unsigned long i)
{
	return xmem_pte_mfn(xmem_pt_strip(leaf, i));
}

/* Two leaves, for entry @i of one table: the same frame and memory type? */
static bool lead_alike(xmem_pte_t a, xmem_pte_t b, unsigned long i)
{
	return frame_of_leaf(a, i) == frame_of_leaf(b, i) &&
	       ((flags_of(a) ^ flags_of(b)) & XMEM_MAP_TYPE_MASK) == 0;
}

/* On a CPU as the one that is simulated, entry @i of a table. */
static bool must_break(xmem_pte_t old, xmem_pte_t new, unsigned long i)
{
	bool was_leaf = fake_kind(old) == FAKE_LEAF;
	bool is_leaf = fake_kind(new) == FAKE_LEAF;

	if (!FAKE_BREAKS || old.v == new.v) {
		return false;
	}
	if (was_leaf != is_leaf) {
		return !was_leaf || !fake_bbm;
	}
	return !is_leaf || !lead_alike(old, new, i) ||
	       (!fake_bbm && (fake_has_hint(old) || fake_has_hint(new)));
}

/* The parts of a block in @table are the block, with the hint or without. */
static void check_parts(const xmem_pte_t *table, xmem_pte_t block)
{
	unsigned int level = level_of(block) - 1;
	bool hint = fake_has_hint(table[0]);

	for (unsigned long i = 0; i < ENTRIES; i++) {
		FAKE_CHECK(xmem_pte_is_leaf(table[i], level));
		FAKE_CHECK(flags_of(table[i]) == flags_of(block));
		FAKE_CHECK(frame_of_leaf(table[i], i) ==
			   xmem_pte_mfn(block) + (i << (level * FAKE_PT_BITS)));
		FAKE_CHECK(fake_has_hint(table[i]) == hint);
	}
}

/* A table must be complete when it is linked; in place of a block, full. */
static void check_link(xmem_pte_t old, xmem_pte_t new)
{
	const xmem_pte_t *table =
		(const xmem_pte_t *)xmem_arch_mfn_to_virt(xmem_pte_mfn(new));

	FAKE_CHECK(fake_taken[xmem_pte_mfn(new) - FAKE_MFN]);
	dead[xmem_pte_mfn(new) - FAKE_MFN] = false;
	if (fake_kind(old) == FAKE_LEAF) {
		FAKE_CHECK(level_of(old) > 0);
		check_parts(table, old);
		return;
	}
	for (unsigned long i = 0; i < ENTRIES; i++) {
		FAKE_CHECK(xmem_pte_is_none(table[i]));
	}
}

static bool is_table(xmem_pte_t e)
{
	return is_present(e) && fake_kind(e) == FAKE_TABLE;
}

/* Table @mfn and those below it are not linked any more. */
static void note_walked(unsigned long mfn)
{
	const xmem_pte_t *table =
		(const xmem_pte_t *)xmem_arch_mfn_to_virt(mfn);

	walked[mfn - FAKE_MFN] = true;
	for (unsigned long i = 0; i < ENTRIES; i++) {
		if (is_table(table[i])) {
			note_walked(xmem_pte_mfn(table[i]));
		}
	}
}

/* All addresses lead where they did: the hint alone, or the parts of a block,
 * which check_link() compares. Then no flush is due. */
static bool means_same(xmem_pte_t old, xmem_pte_t new, unsigned long i)
{
	if (fake_kind(old) != FAKE_LEAF) {
		return old.v == new.v;
	}
	return fake_kind(new) == FAKE_TABLE ||
	       (fake_kind(new) == FAKE_LEAF && lead_alike(old, new, i) &&
		flags_of(old) == flags_of(new));
}

/* A CPU that knows @old may now meet @new, in entry @i of a table. */
static void may_follow(xmem_pte_t old, xmem_pte_t new, unsigned long i)
{
	FAKE_CHECK(!must_break(old, new, i));
}

#ifdef FAKE_PLAIN
static void check_group(const xmem_pte_t *slot, xmem_pte_t new)
{
	(void)slot;
	(void)new;
}
#else
/* A leaf of level 0 beside what is present in its group. */
static void check_group(const xmem_pte_t *slot, xmem_pte_t new)
{
	unsigned long mask = (1UL << FAKE_PT_CONT_BITS) - 1;
	unsigned long at = index_of_slot(slot) & mask;
	unsigned long first_mfn = frame_of_leaf(new, at) - at;
	const xmem_pte_t *first = slot - at;

	FAKE_CHECK(!fake_has_hint(new) || (first_mfn & mask) == 0);
	for (unsigned long i = 0; i <= mask && FAKE_BREAKS && !fake_bbm; i++) {
		if (i == at || !is_present(first[i])) {
			continue;
		}
		FAKE_CHECK(fake_has_hint(first[i]) == fake_has_hint(new));
		FAKE_CHECK(!fake_has_hint(new) ||
			   (flags_of(first[i]) == flags_of(new) &&
			    frame_of_leaf(first[i], i) - i == first_mfn));
	}
}
#endif

/* No CPU walks a table any more that is not linked. */
static void stop_walks(void)
{
	for (unsigned long i = 0; i < FAKE_FRAMES; i++) {
		dead[i] |= walked[i];
		walked[i] = false;
	}
}

/* ---- break-before-make ---- */

static struct {
	unsigned long frame, first, nr; /* entries of one table */
	unsigned long va, nr_pages;
	unsigned long nr_broken; /* and not yet present again */
	bool flushed;
	xmem_pte_t old[ENTRIES]; /* 0: not broken */
} now;

xmem_pte_t *fake_slot_in_break(const xmem_pte_t *e)
{
	unsigned long offset = (unsigned long)e - (unsigned long)alias;
	unsigned long i = (offset & (PAGE_SIZE - 1)) / sizeof(*e);

	FAKE_CHECK(offset < sizeof(alias));
	FAKE_CHECK(offset >> PAGE_SHIFT == now.frame);
	FAKE_CHECK(i - now.first < now.nr);
	return (xmem_pte_t *)(fake_ram[0] + offset);
}

/* The order of things between begin and end; what was there, if broken. */
static xmem_pte_t check_break(const xmem_pte_t *slot, xmem_pte_t new)
{
	unsigned long i = index_of_slot(slot);

	if (!now.flushed) {
		FAKE_CHECK(!is_present(new));
		if (is_present(*slot)) {
			now.old[i] = *slot;
			now.nr_broken++;
		}
		return *slot;
	}
	FAKE_CHECK(is_present(new));
	if (!is_present(*slot) && now.old[i].v != 0) {
		now.nr_broken--;
		return now.old[i];
	}
	return *slot;
}

#ifdef XMEM_ARCH_HAS_BREAK
bool xmem_pte_must_break(xmem_pte_t old, xmem_pte_t new, unsigned int level,
			 unsigned long index)
{
	FAKE_CHECK(index >> FAKE_PT_CONT_BITS == 0);
	FAKE_CHECK(xmem_pte_is_leaf(old, level) ||
		   xmem_pte_is_table(old, level));
	FAKE_CHECK(xmem_pte_is_leaf(new, level) ||
		   xmem_pte_is_table(new, level));
	FAKE_CHECK(old.v != new.v);
	return must_break(old, new, index);
}

/* Level of the entry of @page at @slot; panics if it is not there. */
static unsigned int find_level(const xmem_pte_t *slot, unsigned long page)
{
	unsigned int level = ARCH_PT_LEVELS - 1;
	unsigned long mask = (1UL << FAKE_PT_TOP_BITS) - 1;
	unsigned long mfn = fake_root;

	for (;;) {
		const xmem_pte_t *table =
			(const xmem_pte_t *)xmem_arch_mfn_to_virt(mfn);

		table += page >> (level * ARCH_PT_BITS) & mask;
		if (table == slot) {
			return level;
		}
		FAKE_CHECK(xmem_pte_is_table(*table, level));
		mfn = xmem_pte_mfn(*table);
		mask = ENTRIES - 1;
		level--;
	}
}

static struct xmem_arch_break *of_now;

xmem_pte_t *xmem_arch_break_begin(struct xmem_arch_break *brk, xmem_pte_t *slot,
				  unsigned long va, unsigned long nr)
{
	xmem_pte_t *real = fake_slot(slot);
	unsigned long page = va >> PAGE_SHIFT;
	unsigned int shift = find_level(real, page) * ARCH_PT_BITS;

	FAKE_CHECK(!fake_breaking);
	of_now = brk;
	brk->nr = fake_nr_breaks;
	memset(&now, 0, sizeof(now));
	now.frame = frame_of_slot(real);
	now.first = index_of_slot(real);
	now.nr = nr >> shift;
	now.va = va;
	now.nr_pages = nr;
	FAKE_CHECK((va & (PAGE_SIZE - 1)) == 0);
	FAKE_CHECK(((page | nr) & ((1UL << shift) - 1)) == 0);
	FAKE_CHECK(now.nr > 0 && now.first + now.nr <= ENTRIES);
	fake_breaking = true;
	fake_nr_breaks++;
	return (xmem_pte_t *)(alias[now.frame] + now.first * sizeof(*slot));
}

void xmem_arch_break_flush(unsigned long va, unsigned long nr)
{
	FAKE_CHECK(fake_breaking && !now.flushed);
	FAKE_CHECK(va == now.va && nr == now.nr_pages);
	FAKE_CHECK(now.nr_broken > 0);
	now.flushed = true;
	stop_walks();
	for (unsigned long i = now.first; i < now.first + now.nr; i++) {
		nr_stale -= stale[now.frame][i].v != 0;
		stale[now.frame][i].v = 0;
	}
}

void xmem_arch_break_end(const struct xmem_arch_break *brk)
{
	FAKE_CHECK(fake_breaking && now.flushed);
	FAKE_CHECK(brk == of_now && brk->nr + 1 == fake_nr_breaks);
	FAKE_CHECK(now.nr_broken == 0);
	fake_breaking = false;
}
#endif

void fake_flush(void)
{
	stop_walks();
	if (nr_stale > 0) {
		memset(stale, 0, sizeof(stale));
		nr_stale = 0;
	}
}

bool fake_is_clean(void)
{
	return nr_stale == 0;
}

void fake_check_write(const xmem_pte_t *slot, xmem_pte_t new)
{
	unsigned long i = index_of_slot(slot);
	xmem_pte_t *seen = &stale[frame_of_slot(slot)][i];
	xmem_pte_t old = *slot;
	xmem_pte_t was = old;

	FAKE_CHECK(!walked[frame_of_slot(slot)] || !is_present(old) ||
		   old.v == new.v);
	if (dead[frame_of_slot(slot)]) {
		return;
	}
	if (is_table(old) && old.v != new.v) {
		note_walked(xmem_pte_mfn(old));
	}
	if (fake_breaking) {
		was = check_break(slot, new);
	}
	if (is_present(new)) {
		if (is_present(old)) {
			may_follow(old, new, i);
		}
		if (seen->v != 0) {
			may_follow(*seen, new, i);
		}
	}
	if (fake_kind(new) == FAKE_TABLE) {
		check_link(was, new);
	}
	if (fake_kind(new) == FAKE_LEAF && level_of(new) == 0) {
		check_group(slot, new);
	}
	if (is_present(old) && !means_same(old, new, i) && seen->v == 0) {
		*seen = old;
		nr_stale++;
	}
}

/* ---- what tests call ---- */

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

/* Flush if it is due, and only then. */
static void flush_after(bool changed, const struct xmem_pt_rest *rest)
{
	if (fake_breaking) {
		fail_msg("a break has no end");
	}
	if (changed || rest->out.nr > 0) {
		fake_flush();
	} else if (nr_stale > 0) {
		fail_msg("a flush is due and not asked for");
	}
}

bool fake_apply(const struct xmem_pt *pt, const struct xmem_pt_req *req)
{
	struct xmem_pt_stash stash = {0, 0};
	struct xmem_pt_rest rest = {.nr = 0};
	struct xmem_pt_req part = *req;
	bool changed = false;
	bool now, more;

	fake_fill(&stash, xmem_pt_need(pt, req));
	do {
		now = xmem_pt_apply(pt, &part, &stash, &rest);
		flush_after(now, &rest);
		changed |= now;
		more = xmem_pt_end_stretch(&part, &rest);
	} while (more);
	if (stash.nr != 0) {
		fail_msg("need was %lu tables too high", stash.nr);
	}
	fake_drain(&rest.out);
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
__attribute__((weak)) void fake_made(unsigned long va, unsigned long nr,
				     bool tables)
{
	(void)va;
	(void)nr;
	(void)tables;
}

__attribute__((weak)) void fake_changed(unsigned long va, unsigned long nr)
{
	(void)va;
	(void)nr;
}

__attribute__((weak)) void fake_relax(void)
{
}
