/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_frametable.c - the frame table is backed for RAM, and for little else
 *
 * pages: 4 KiB
 * link: src/directmap/frametable.c src/frame/frame_index.c src/lib/phase.c
 * native: its addresses are addresses of the process
 * include: tests/fake/directmap/include arch/common/include
 *
 * On the maps of real machines. What the table is mapped to are a few pages,
 * again and again, so that 4 GiB of it fit into any machine; they are full of
 * dirt whenever a piece is mapped, and must be clean before the next one is.
 */
#define _GNU_SOURCE

#include <sys/mman.h>
#include <unistd.h>

#include <arch/layout.h>
#include <arch/pte.h>

#include <xmem/boot.h>
#include <xmem/map.h>
#include <xmem/page_info.h>

#include "lib/phase.h"
#include "memory_maps.h"
#include "test.h"

#define BLOCK	    (PAGE_SIZE << ARCH_PT_BITS)
#define MAX_BACKED  (1UL << 22) /* pages of the table that can be told apart */
#define PER_PAGE    (PAGE_SIZE / sizeof(struct page_info))
#define MIB(pages)  ((double)(pages) / (1UL << (20 - PAGE_SHIFT)))
#define FIRST_FRAME 0x100000UL
#define MAX_TOPS    2U

struct xmem_frame_index xmem_frames;
unsigned long fake_directmap_size;
unsigned long fake_root; /* what no code here reaches */

static struct xmem_frame_range range[MAPS_MAX_RANGES];
static unsigned long nr_ranges;
static unsigned char backed[MAX_BACKED];
static unsigned long nr_backed, nr_populated;
static struct {
	unsigned long va, nr;
} top[MAX_TOPS]; /* ranges whose top-level entries are there */
static unsigned int nr_tops;
static unsigned long largest_run; /* what boot memory has in one piece; 0: it
				      has none at all */
static unsigned long next_frame;
static int block = -1; /* a file of one block */
static unsigned char *dirt;
static unsigned long nr_dirty; /* pages of it that must be clean next */

/* ---- what the library needs beside what is tested ---- */

unsigned long xmem_boot_take(unsigned long nr_pfns, unsigned long pfn_align,
			     unsigned long smfn, unsigned long emfn)
{
	unsigned long mfn = (next_frame + pfn_align - 1) & ~(pfn_align - 1);

	(void)smfn, (void)emfn;
	if (nr_pfns > largest_run) {
		return XMEM_NO_MFN;
	}
	next_frame = mfn + nr_pfns;
	return mfn;
}

static void assert_clean(void)
{
	unsigned long bytes = nr_dirty << PAGE_SHIFT;

	if (bytes > 0) {
		assert_int_equal(dirt[0], 0);
		assert_int_equal(memcmp(dirt, dirt + 1, bytes - 1), 0);
	}
	nr_dirty = 0;
}

/* A piece of the table, of one block at most, which has no page yet. */
int xmem_map_pages(unsigned long virt, mfn_t mfn, unsigned long nr_mfns,
		   unsigned int flags)
{
	unsigned long page = (virt - FRAMETABLE_VIRT) >> PAGE_SHIFT;
	void *va = (void *)virt;

	assert_int_equal(flags, PAGE_HYPERVISOR_RW);
	assert_true(mfn_x(mfn) >= FIRST_FRAME);
	assert_true(nr_mfns << PAGE_SHIFT <= BLOCK);
	assert_true(page + nr_mfns <= MAX_BACKED);
	assert_clean();
	for (unsigned long i = page; i < page + nr_mfns; i++) {
		assert_false(backed[i]);
		backed[i] = 1;
	}
	nr_backed += nr_mfns;
	memset(dirt, 0xa5, nr_mfns << PAGE_SHIFT);
	nr_dirty = nr_mfns;
	assert_ptr_equal(mmap(va, nr_mfns << PAGE_SHIFT, PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_FIXED, block, 0),
			 va);
	return 0;
}

int xmem_map_populate(unsigned long virt, unsigned long nr_mfns)
{
	nr_populated += nr_mfns;
	assert_int_equal(virt, CPU_WINDOWS_VIRT);
	assert_int_equal(nr_mfns, CPU_WINDOWS_SIZE >> PAGE_SHIFT);
	return 0;
}

int xmem_map_link_top(unsigned long va, unsigned long nr)
{
	assert_true(nr_tops < MAX_TOPS);
	top[nr_tops].va = va;
	top[nr_tops++].nr = nr;
	return 0;
}

/* ---- machines ---- */

static int power_on(void **unused)
{
	(void)unused;
	block = memfd_create("block", 0);
	assert_true(block >= 0);
	assert_int_equal(ftruncate(block, BLOCK), 0);
	dirt = mmap(NULL, BLOCK, PROT_READ | PROT_WRITE, MAP_SHARED, block, 0);
	assert_ptr_not_equal(dirt, MAP_FAILED);
	return 0;
}

/* The index of the first @nr of range[]; no page of the table is backed. */
static void *set_up(unsigned long nr)
{
	void *mem;

	nr_ranges = nr;
	mem = malloc(xmem_frame_index_bytes(range, nr));
	assert_non_null(mem);
	xmem_frame_index_init(&xmem_frames, range, nr, mem);
	memset(backed, 0, sizeof(backed));
	nr_backed = nr_populated = nr_dirty = nr_tops = 0;
	/* As many boots as there are machines. */
	xmem_phases = 0;
	xmem_phase_done(XMEM_PHASE_RAM);
	xmem_phase_done(XMEM_PHASE_DIRECTMAP);
	next_frame = FIRST_FRAME;
	largest_run = ~0UL;
	return mem;
}

static const char *load(unsigned int which)
{
	static struct memory_map map;
	unsigned long nr = 0;

	map_fill(&map, which);
	for (unsigned int i = 0; i < map.nr; i++) {
		unsigned long start =
			(map.range[i].start + PAGE_SIZE - 1) >> PAGE_SHIFT;

		range[nr].start = start > 0 ? start : 1;
		range[nr++].end = map.range[i].end >> PAGE_SHIFT;
	}
	nr_ranges = nr;
	return map.name;
}

static unsigned long page_of(unsigned long frame)
{
	return xmem_frame_to_index(&xmem_frames, frame) / PER_PAGE;
}

static unsigned long ram_frames(void)
{
	unsigned long nr = 0;

	for (unsigned long i = 0; i < nr_ranges; i++) {
		nr += range[i].end - range[i].start;
	}
	return nr;
}

/* All descriptors of RAM have their page. */
static void assert_all_described(void)
{
	assert_clean();
	for (unsigned long i = 0; i < nr_ranges; i++) {
		unsigned long last = page_of(range[i].end - 1);

		for (unsigned long p = page_of(range[i].start); p <= last;
		     p++) {
			if (!backed[p]) {
				fail_msg("range %lu: no page %lx", i, p);
			}
		}
	}
}

/* One in thirty-two more than the descriptors, and the ends of each range. */
static void assert_little_else(void)
{
	unsigned long need = (ram_frames() + PER_PAGE - 1) / PER_PAGE;

	assert_true(nr_backed >= need);
	assert_true(nr_backed - need <= need / 32 + 2 * nr_ranges);
}

/* ---- tests ---- */

/* Real machines, far apart or in a thousand pieces. Prints what docs/sparse.md
 * shows. */
static void holes_cost_nothing(void **unused)
{
	(void)unused;
	for (unsigned int which = 0; which < NR_MAPS; which++) {
		const char *name = load(which);
		void *mem = set_up(nr_ranges);
		unsigned long last = range[nr_ranges - 1].end - 1;

		arch_init_frametable();
		assert_all_described();
		assert_little_else();
		assert_int_equal(nr_populated, CPU_WINDOWS_SIZE >> PAGE_SHIFT);
		print_message("# %s: MiB by number %.1f, by index %.1f, "
			      "backed %.1f, descriptors of RAM %.1f\n",
			      name, MIB(last / PER_PAGE + 1),
			      MIB(page_of(last) + 1), MIB(nr_backed),
			      MIB(ram_frames() / PER_PAGE + 1));
		free(mem);
	}
}

/* Boot memory in small pieces: the table is built from these. */
static void pieces_may_be_small(void **unused)
{
	(void)unused;
	for (unsigned long run = 1; run < 600; run = run * 5 + 1) {
		void *mem;

		load(MAP_ARM_BOARD);
		mem = set_up(nr_ranges);
		largest_run = run;
		arch_init_frametable();
		assert_all_described();
		assert_little_else();
		free(mem);
	}
}

/* No boot memory at all: the boot cannot go on. */
static void no_memory_panics(void **unused)
{
	void *mem;

	(void)unused;
	load(MAP_ARM_BOARD);
	mem = set_up(nr_ranges);
	largest_run = 0;
	EXPECT_PANIC(arch_init_frametable(),
		     "mmu: no boot frame for the frame table");
	free(mem);
}

/* A whole block of the table gets one aligned block of frames. */
static void blocks_are_mapped_as_blocks(void **unused)
{
	unsigned long per_block = BLOCK / sizeof(struct page_info);
	void *mem;

	(void)unused;
	range[0] = (struct xmem_frame_range){4 * per_block, 6 * per_block};
	mem = set_up(1);
	arch_init_frametable();
	assert_int_equal(nr_backed, 2 << ARCH_PT_BITS);
	assert_int_equal(next_frame - FIRST_FRAME, 2 << ARCH_PT_BITS);
	free(mem);
}

/* Ranges that share a page of the table, and gaps of any length. */
static void random_ranges_are_described(void **unused)
{
	uint64_t seed = 4711;

	(void)unused;
	for (unsigned long i = test_steps(300); i > 0; i--) {
		unsigned long frame = 1;
		unsigned long nr = 1 + test_random(&seed) % 40;
		void *mem;

		for (unsigned long k = 0; k < nr; k++) {
			unsigned int bits = test_random(&seed) % 18;

			frame += 1 + test_random(&seed) % (1UL << bits);
			range[k].start = frame;
			bits = test_random(&seed) % 14;
			frame += 1 + test_random(&seed) % (1UL << bits);
			range[k].end = frame;
		}
		mem = set_up(nr);
		largest_run = 1UL << test_random(&seed) % 10;
		arch_init_frametable();
		assert_all_described();
		assert_little_else();
		free(mem);
	}
}

/* A root that is copied after the boot has all top-level entries of the
 * windows, also where a window reaches over several. */
static void windows_have_all_top_entries(void **unused)
{
	void *mem;

	(void)unused;
	load(MAP_ARM_BOARD);
	mem = set_up(nr_ranges);
	arch_init_frametable();
	assert_int_equal(nr_tops, 2);
	assert_int_equal(top[0].va, VMAP_VIRT_START);
	assert_int_equal(top[0].nr, VMAP_VIRT_SIZE >> PAGE_SHIFT);
	assert_int_equal(top[1].va, VMAP_XEN_VIRT_START);
	assert_int_equal(top[1].nr, (VMAP_XEN_VIRT_END - VMAP_XEN_VIRT_START) >>
					    PAGE_SHIFT);
	free(mem);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(windows_have_all_top_entries),
	cmocka_unit_test(holes_cost_nothing),
	cmocka_unit_test(pieces_may_be_small),
	cmocka_unit_test(no_memory_panics),
	cmocka_unit_test(blocks_are_mapped_as_blocks),
	cmocka_unit_test(random_ranges_are_described),
};

int main(void)
{
	test_begin();
	return cmocka_run_group_tests(tests, power_on, NULL);
}
