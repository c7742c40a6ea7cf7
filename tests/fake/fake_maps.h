/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_maps.h - what vmap needs from below, and no more
 *
 * Stand-ins for the page tables and the page layer: a page table is an array
 * with one entry a page of window, the heap an array of frames. Together
 * they are what an embedder supplies who has both of his own: the functions
 * xmem_map_prepare, _commit, _park, _collect, _lookup; xmem_alloc_runs,
 * xmem_free_runs_at; and for set-up and early use
 * xmem_meta_take and four of the boot allocator.
 *
 * They are stricter than the real ones: no lock may be held; a page is
 * committed only where it was prepared and nothing is mapped; parked entries
 * are collected only after a flush of just that range; frames are freed only
 * when no entry leads to them; a run must be what was allocated. Any call
 * that may fail can be made to, by number. The window is real memory, by
 * address and not by frame, and is garbage where it is mapped anew.
 */
#ifndef FAKE_MAPS_H
#define FAKE_MAPS_H

#include <xmem/boot.h>
#include <xmem/debug.h>
#include <xmem/map.h>
#include <xmem/pages.h>
#include <xmem/vmap.h>

#include "test.h"
#include "vmap/vmap_priv.h"

#define WINDOW_PAGES 64UL  /* of each window */
#define NR_FRAMES    128UL /* of the heap: frames 1000 to 1127 */
#define FIRST_FRAME  1000UL
#define META_PAGES   64UL /* mapped memory: frames 16 to 79 */
#define FIRST_META   16UL

enum pte_state { PTE_NONE, PTE_PREPARED, PTE_MAPPED, PTE_PARKED, PTE_FLUSHED };

struct pte {
	enum pte_state state;
	unsigned long mfn;
	unsigned int flags;
};

static unsigned char fake_space[2][WINDOW_PAGES << PAGE_SHIFT]
	__attribute__((aligned(1 << 16)));
static struct pte fake_table[2][WINDOW_PAGES];
static unsigned char fake_frame[NR_FRAMES]; /* 1: allocated */
static unsigned char fake_meta[META_PAGES << PAGE_SHIFT]
	__attribute__((aligned(1 << 16)));

static struct {
	bool boot_active;
	unsigned long fail_nth;	  /* this call fails, from 1 on */
	unsigned long nr_calls;	  /* that may fail */
	unsigned long nr_flushes; /* of the TLB */
	unsigned long nr_commits; /* runs */
	unsigned long nr_used;	  /* frames of the heap in use */
	unsigned long nr_meta;	  /* frames of mapped memory in use */
	unsigned long max_run;	  /* longest run the heap gives */
	unsigned long boot_limit; /* expected: the end of the direct map */
	void *virt_end;		  /* of the architecture's window */
	unsigned long ram;	  /* frames of RAM not mapped */
	uint64_t seed;
} fake;

/* What <arch/layout.h> of the host machine refers to. */
unsigned long xmem_host_directmap;
unsigned long xmem_host_mapped_end;
unsigned long xmem_host_max_mfn;
struct page_info *xmem_host_frametable;
unsigned long xmem_host_vmap_start;
struct xmem_frame_index xmem_host_frames;
static struct page_info fake_pages[NR_FRAMES];

/* The index of the heap's frames and of mapped memory, which is lower. */
static void fake_number_frames(void)
{
	static const struct xmem_frame_range ram[] = {
		{FIRST_META, FIRST_META + META_PAGES},
		{FIRST_FRAME, FIRST_FRAME + NR_FRAMES},
	};
	static unsigned long tables[64];

	assert_true(xmem_frame_index_bytes(ram, 2) <= sizeof(tables));
	xmem_frame_index_init(&xmem_host_frames, ram, 2, tables);
}

static void *fake_start(enum vmap_region type)
{
	return fake_space[type];
}

static void *fake_end(enum vmap_region type)
{
	return fake_space[type] + sizeof(fake_space[type]);
}

/* Everything as at power-on; no window. */
static void fake_reset(void)
{
	for (int i = 0; i < VMAP_REGION_NR; i++) {
		xmem_windows[i].size = 0;
		xmem_windows[i].start = 0;
	}
	memset(&fake, 0, sizeof(fake));
	memset(fake_table, 0, sizeof(fake_table));
	memset(fake_frame, 0, sizeof(fake_frame));
	memset(fake_pages, 0, sizeof(fake_pages));
	fake.max_run = 4;
	fake.virt_end = fake_end(VMAP_DEFAULT);
	fake.ram = NR_FRAMES;
	fake.boot_limit = FIRST_META + META_PAGES;
	fake.seed = 77;
	fake_number_frames();
	xmem_host_directmap =
		(unsigned long)fake_meta -
		(xmem_arch_frame_to_index(FIRST_META) << PAGE_SHIFT);
	xmem_host_mapped_end = FIRST_META + META_PAGES;
	xmem_host_max_mfn = FIRST_FRAME + NR_FRAMES;
	xmem_host_frametable =
		(struct page_info *)((uintptr_t)fake_pages -
				     xmem_arch_frame_to_index(FIRST_FRAME) *
					     sizeof(*fake_pages));
	xmem_host_vmap_start = (unsigned long)fake_start(VMAP_DEFAULT);
}

/* Both windows are there, on a machine that has booted. */
static void fake_windows(void)
{
	fake_reset();
	memset(fake_meta, 0x77, sizeof(fake_meta));
	vm_init_type(VMAP_DEFAULT, fake_start(VMAP_DEFAULT),
		     fake_end(VMAP_DEFAULT));
	vm_init_type(VMAP_XEN, fake_start(VMAP_XEN), fake_end(VMAP_XEN));
}

static inline int fake_setup(void **state)
{
	(void)state;
	fake_windows();
	return 0;
}

/* Let the nth call from now on fail that may; 0: none. */
static inline void fake_fail(unsigned long nth)
{
	fake.fail_nth = nth;
	fake.nr_calls = 0;
}

static bool must_fail(void)
{
	assert_int_equal(xmem_host_held.nr, 0);
	fake.nr_calls++;
	return fake.nr_calls == fake.fail_nth;
}

/* ---- page tables ---- */

static struct pte *pte_of(unsigned long va)
{
	for (int i = 0; i < VMAP_REGION_NR; i++) {
		unsigned long at = va - (unsigned long)fake_space[i];

		if (at < sizeof(fake_space[i])) {
			return &fake_table[i][at >> PAGE_SHIFT];
		}
	}
	fail_msg("page table: %lx is in no window", va);
	return NULL;
}

static void expect_pages(unsigned long va, unsigned long nr)
{
	assert_int_equal(xmem_host_held.nr, 0);
	assert_int_equal(va % PAGE_SIZE, 0);
	assert_true(nr > 0 && nr < WINDOW_PAGES);
}

int xmem_map_prepare(unsigned long va, unsigned long nr)
{
	expect_pages(va, nr);
	if (must_fail()) {
		return -XMEM_ENOMEM;
	}
	for (struct pte *pte = pte_of(va); nr > 0; nr--, pte++) {
		assert_true(pte->state <= PTE_PREPARED);
		pte->state = PTE_PREPARED;
	}
	return 0;
}

void xmem_map_commit(unsigned long va, unsigned long mfn, unsigned long nr,
		     unsigned int flags)
{
	struct pte *pte = pte_of(va);

	expect_pages(va, nr);
	memset((void *)va, 0xee, nr << PAGE_SHIFT);
	for (unsigned long i = 0; i < nr; i++) {
		assert_int_equal(pte[i].state, PTE_PREPARED);
		pte[i] = (struct pte){PTE_MAPPED, mfn + i, flags};
	}
	fake.nr_commits++;
}

void xmem_map_park(unsigned long va, unsigned long nr)
{
	expect_pages(va, nr);
	for (struct pte *pte = pte_of(va); nr > 0; nr--, pte++) {
		assert_int_equal(pte->state, PTE_MAPPED);
		pte->state = PTE_PARKED;
	}
}

void xmem_port_tlb_flush(unsigned long va, unsigned long nr)
{
	expect_pages(va, nr);
	for (struct pte *pte = pte_of(va); nr > 0; nr--, pte++) {
		assert_int_equal(pte->state, PTE_PARKED);
		pte->state = PTE_FLUSHED;
	}
	fake.nr_flushes++;
}

unsigned int xmem_map_collect(unsigned long va, unsigned long nr,
			      struct xmem_run *runs, unsigned int max_runs,
			      unsigned long *nr_done)
{
	struct pte *pte = pte_of(va);
	unsigned int filled = 0;
	unsigned long i;

	expect_pages(va, nr);
	assert_true(max_runs > 0);
	for (i = 0; i < nr; i++) {
		struct xmem_run *last = filled > 0 ? &runs[filled - 1] : NULL;

		assert_int_equal(pte[i].state, PTE_FLUSHED);
		if (last != NULL && last->mfn + last->nr == pte[i].mfn) {
			last->nr++;
		} else if (filled < max_runs) {
			runs[filled++] = (struct xmem_run){pte[i].mfn, 1};
		} else {
			break;
		}
		pte[i].state = PTE_NONE;
	}
	*nr_done = i;
	return filled;
}

unsigned long xmem_map_lookup(unsigned long va)
{
	const struct pte *pte = pte_of(va);

	assert_int_equal(xmem_host_held.nr, 0);
	return pte->state == PTE_MAPPED ? pte->mfn : XMEM_NO_MFN;
}

/* ---- the heap ---- */

/* The longest run of a random length limit, from a random place on. */
static unsigned long find_run(unsigned long max, unsigned long *first)
{
	unsigned long start = test_random(&fake.seed) % NR_FRAMES;
	unsigned long nr = 0;

	for (unsigned long i = 0; i < NR_FRAMES && nr == 0; i++) {
		*first = (start + i) % NR_FRAMES;
		while (nr < max && *first + nr < NR_FRAMES &&
		       fake_frame[*first + nr] == 0) {
			nr++;
		}
	}
	return nr;
}

unsigned int xmem_alloc_runs(struct xmem_run *runs, unsigned int max_runs,
			     unsigned long nr, unsigned int memflags,
			     unsigned long *got)
{
	unsigned int filled = 0;

	assert_int_equal(memflags, MEMF_no_scrub | MEMF_vmalloc);
	assert_true(nr > 0 && max_runs > 0);
	*got = 0;
	if (must_fail() || fake.boot_active) {
		return 0;
	}
	while (filled < max_runs && *got < nr) {
		unsigned long left = nr - *got;
		unsigned long max = left < fake.max_run ? left : fake.max_run;
		unsigned long first;
		unsigned long len = find_run(max, &first);

		if (len == 0) {
			break;
		}
		memset(fake_frame + first, 1, len);
		runs[filled++] = (struct xmem_run){FIRST_FRAME + first, len};
		*got += len;
		fake.nr_used += len;
	}
	return filled;
}

static void expect_unmapped(unsigned long mfn)
{
	for (unsigned long p = 0; p < 2 * WINDOW_PAGES; p++) {
		const struct pte *pte = &fake_table[0][0] + p;

		if (pte->state >= PTE_MAPPED && pte->mfn == mfn) {
			fail_msg("frame %lx is freed but still mapped", mfn);
		}
	}
}

/* Every second frame is still the boot allocator's when it is freed early. */
static bool fake_is_boots(unsigned long mfn)
{
	return mfn % 2 != 0;
}

/* For the function below: no mark is left on the frames. */
static void free_runs(const struct xmem_run *runs, unsigned int nr_runs)
{
	assert_int_equal(xmem_host_held.nr, 0);
	for (unsigned int i = 0; i < nr_runs; i++) {
		for (unsigned long j = 0; j < runs[i].nr; j++) {
			unsigned long mfn = runs[i].mfn + j;

			assert_true(mfn - FIRST_FRAME < NR_FRAMES);
			assert_int_equal(fake_frame[mfn - FIRST_FRAME], 1);
			assert_int_equal(xmem_page_refs(mfn_to_page(_mfn(mfn))),
					 0);
			expect_unmapped(mfn);
			fake_frame[mfn - FIRST_FRAME] = 0;
			fake.nr_used--;
		}
	}
}

/* A page at a time, so that it is another way than that of heap.c. */
unsigned long xmem_free_runs_at(const struct xmem_run *runs,
				unsigned int nr_runs, unsigned long va,
				unsigned long nr)
{
	unsigned long first = va;

	/* Early: one that the boot allocator has not taken back. */
	assert_true(!fake.boot_active ||
		    (nr == 1 && !fake_is_boots(runs->mfn)));
	for (unsigned int i = 0; i < nr_runs; i++) {
		for (unsigned long j = 0; j < runs[i].nr; j++) {
			mfn_t mfn = _mfn(runs[i].mfn + j);

			if (!mfn_valid(mfn) ||
			    !xmem_page_is_at(mfn_to_page(mfn),
					     va >> PAGE_SHIFT)) {
				return (va - first) >> PAGE_SHIFT;
			}
			va += PAGE_SIZE;
		}
	}
	if (va != first + (nr << PAGE_SHIFT)) {
		return (va - first) >> PAGE_SHIFT;
	}
	for (unsigned int i = 0; i < nr_runs; i++) {
		for (unsigned long j = 0; j < runs[i].nr; j++) {
			xmem_page_unset_vmalloc(
				mfn_to_page(_mfn(runs[i].mfn + j)));
		}
	}
	free_runs(runs, nr_runs);
	return nr;
}

/* ---- the boot allocator and metadata: mapped memory ---- */

bool xmem_boot_active(void)
{
	return fake.boot_active;
}

bool xmem_boot_give(unsigned long mfn)
{
	assert_true(fake.boot_active);
	if (!fake_is_boots(mfn)) {
		return false;
	}
	assert_int_equal(fake_frame[mfn - FIRST_FRAME], 1);
	expect_unmapped(mfn);
	fake_frame[mfn - FIRST_FRAME] = 0;
	fake.nr_used--;
	return true;
}

bool xmem_boot_ram(unsigned int i, unsigned long *smfn, unsigned long *emfn)
{
	*smfn = i == 0 ? FIRST_META : FIRST_FRAME;
	*emfn = i == 0 ? FIRST_META + META_PAGES : FIRST_FRAME + fake.ram;
	return i < 2;
}

/* Anywhere: a frame that is freed into the heap one day. Below a limit:
 * mapped memory. */
unsigned long xmem_boot_take(unsigned long nr_pfns, unsigned long pfn_align,
			     unsigned long smfn, unsigned long emfn)
{
	unsigned long first;

	assert_true(fake.boot_active);
	assert_int_equal(smfn, 0);
	assert_int_equal(pfn_align, 1);
	assert_int_equal(smfn, 0);
	if (must_fail()) {
		return XMEM_NO_MFN;
	}
	if (emfn == ~0UL) {
		if (find_run(nr_pfns, &first) != nr_pfns) {
			return XMEM_NO_MFN;
		}
		memset(fake_frame + first, 1, nr_pfns);
		fake.nr_used += nr_pfns;
		return FIRST_FRAME + first;
	}
	assert_int_equal(emfn, fake.boot_limit);
	if (fake.nr_meta + nr_pfns > META_PAGES) {
		return XMEM_NO_MFN;
	}
	fake.nr_meta += nr_pfns;
	return FIRST_META + META_PAGES - fake.nr_meta;
}

void *xmem_meta_take(unsigned long nr)
{
	unsigned long at = fake.nr_meta;

	assert_false(fake.boot_active);
	if (must_fail() || at + nr > META_PAGES) {
		return NULL;
	}
	fake.nr_meta = at + nr;
	return fake_meta + (at << PAGE_SHIFT);
}

void *arch_vmap_virt_end(void)
{
	return fake.virt_end;
}

/* ---- for the tests ---- */

/* Nothing is mapped, parked, allocated or in use. */
static inline void fake_expect_empty(void)
{
	for (unsigned long p = 0; p < 2 * WINDOW_PAGES; p++) {
		assert_true((&fake_table[0][0] + p)->state <= PTE_PREPARED);
	}
	for (unsigned long i = 0; i < NR_FRAMES; i++) {
		assert_int_equal(
			xmem_page_refs(mfn_to_page(_mfn(FIRST_FRAME + i))), 0);
	}
	assert_int_equal(fake.nr_used, 0);
	assert_int_equal(xmem_vmap_used(VMAP_DEFAULT), 0);
	assert_int_equal(xmem_vmap_used(VMAP_XEN), 0);
	ASSERT_VALID(xmem_vmap_check());
}

#endif /* FAKE_MAPS_H */
