/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_directmap.c - the direct map is built, on machines of all shapes
 *
 * pages: 4 KiB
 * link: src/directmap/directmap.c src/directmap/port_check.c
 * link: src/directmap/boot_window.c
 * link: src/directmap/windows.c src/frame/frame_index.c src/boot/boot.c
 * link: src/boot/handover.c src/pt/ src/frame/frames.c src/lib/phase.c
 * native: its direct map is laid out for addresses of 64 bits
 * include: tests/fake/directmap/include arch/common/include
 *
 * RAM is a piece of the process that is backed where it is touched. A table
 * is reached at its address in the boot window, or at the one in the direct
 * map if the walker of the hardware finds it there: it sees an entry only
 * after the next sync, as a CPU may whose walker is not coherent with it in
 * order. So a table in a frame that is not mapped yet, or not for certain, is
 * found. One process a machine, as a machine boots once.
 */
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <arch/layout.h>
#include <arch/pte.h>

#include <xmem/admin.h>
#include <xmem/boot.h>
#include <xmem/pages.h>

#include "heap/heap.h"

#include "test.h"

#define GIB	   (1UL << (30 - PAGE_SHIFT)) /* frames */
#define MIB	   (1UL << (20 - PAGE_SHIFT))
#define RAM_FRAMES (64 * GIB)
#define NR_PENDING (1UL << 20)

unsigned long fake_directmap_size;
unsigned int fake_leaf_levels;
unsigned long fake_root;

extern unsigned int xmem_host_layout;

static unsigned char *ram;
static struct {
	unsigned long start, nr;
} boot_window;

/* ---- what the library needs beside what is tested ---- */

unsigned long xmem_heap_xen_end;

unsigned long xmem_span_bytes(unsigned long smfn, unsigned long emfn)
{
	return emfn - smfn;
}

unsigned long xmem_heap_node_bytes(unsigned int n)
{
	(void)n;
	return 0;
}

int xmem_span_add(unsigned long smfn, unsigned long emfn, unsigned int node,
		  bool xen, void *meta)
{
	(void)smfn, (void)emfn, (void)node, (void)xen, (void)meta;
	return 0;
}

void xmem_heap_init_frames(unsigned long smfn, unsigned long emfn, bool xen)
{
	(void)smfn, (void)emfn, (void)xen;
}

void *xmem_meta_take(unsigned long nr)
{
	(void)nr;
	return NULL;
}

void xmem_meta_give(void *va, unsigned long nr)
{
	(void)va, (void)nr;
	fail();
}

/* ---- memory as the hardware sees it ---- */

/* Entries written since the last sync, and what they were before. */
static struct {
	uint64_t *p;
	uint64_t old;
	unsigned long age;
} pending[NR_PENDING];
static unsigned long age = 1;
static unsigned long nr_pending;

static unsigned long find_pending(const uint64_t *p)
{
	unsigned long i = ((uintptr_t)p >> 3) * 0x9e3779b97f4a7c15ULL >> 44;

	while (pending[i].age == age && pending[i].p != p) {
		i = (i + 1) % NR_PENDING;
	}
	return i;
}

void fake_write(uint64_t *p, uint64_t v)
{
	unsigned long i = find_pending(p);

	if (pending[i].age != age) {
		assert_true(++nr_pending < NR_PENDING / 2);
		pending[i].age = age;
		pending[i].p = p;
		pending[i].old = *p;
	}
	*p = v;
}

void fake_sync(void)
{
	age++;
	nr_pending = 0;
}

static uint64_t *entry_at(unsigned long mfn, unsigned long i)
{
	assert_true(mfn < RAM_FRAMES);
	return (uint64_t *)(void *)(ram + (mfn << PAGE_SHIFT)) + i;
}

/* What the walker of the hardware makes of @va; *@e: the leaf. */
static bool walk(unsigned long va, unsigned long *mfn, xmem_pte_t *e)
{
	unsigned long table = fake_root;

	for (unsigned int level = ARCH_PT_LEVELS; level-- > 0;) {
		unsigned int shift = PAGE_SHIFT + level * ARCH_PT_BITS;
		uint64_t *p = entry_at(table, va >> shift & 511);
		unsigned long i = find_pending(p);

		e->v = pending[i].age == age ? pending[i].old : *p;
		if (xmem_pte_is_leaf(*e, level)) {
			*mfn = xmem_pte_mfn(*e) +
			       ((va & ((1UL << shift) - 1)) >> PAGE_SHIFT);
			return true;
		}
		if (!xmem_pte_is_table(*e, level)) {
			return false;
		}
		table = xmem_pte_mfn(*e);
	}
	return false;
}

static void *reach(const void *at)
{
	unsigned long va = (unsigned long)at;
	unsigned long low =
		(unsigned long)ram + (boot_window.start << PAGE_SHIFT);
	unsigned long mfn;
	xmem_pte_t e;

	if (va - low < boot_window.nr << PAGE_SHIFT) {
		return (void *)va;
	}
	if (va < DIRECTMAP_VIRT_START || !walk(va, &mfn, &e)) {
		xmem_port_panic("address %lx is not mapped\n", va);
	}
	return ram + (mfn << PAGE_SHIFT) + (va & (PAGE_SIZE - 1));
}

xmem_pte_t *fake_table(const void *va)
{
	return reach(va);
}

/* ---- machines ---- */

struct machine {
	const char *name;
	unsigned int layout;
	unsigned long limit; /* of the partial layout */
	unsigned long directmap_size;
	unsigned int leaf_levels;
	unsigned long window, window_nr;
	unsigned long range[2 * 32]; /* first frame, end; 0: no more */
};

static void power_on(const struct machine *m)
{
	ram = mmap(NULL, RAM_FRAMES << PAGE_SHIFT, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert_true(ram != MAP_FAILED);
	xmem_host_layout = m->layout;
	xmem_heap_xen_end = m->limit;
	fake_directmap_size = m->directmap_size;
	fake_leaf_levels = m->leaf_levels;
	boot_window.start = m->window;
	boot_window.nr = m->window_nr;
	for (const unsigned long *r = m->range; r[1] != 0; r += 2) {
		init_boot_pages((paddr_t)r[0] << PAGE_SHIFT,
				(paddr_t)r[1] << PAGE_SHIFT);
	}
	fake_root = m->window + 1;
	xmem_boot_reserve((paddr_t)m->window << PAGE_SHIFT,
			  (paddr_t)(m->window + 3) << PAGE_SHIFT);
	xmem_boot_window(m->window, m->window_nr,
			 ram + (m->window << PAGE_SHIFT));
}

static void check_frame(unsigned long mfn)
{
	bool mapped = mfn < xmem_frames.mapped_end;
	unsigned long found = 0;
	xmem_pte_t e = {0};
	void *va;

	assert_true(xmem_arch_mfn_valid(mfn));
	va = xmem_arch_mfn_to_virt(mfn);
	assert_int_equal(xmem_arch_in_directmap(va), mapped);
	assert_int_equal(walk((unsigned long)va, &found, &e), mapped);
	if (mapped) {
		assert_int_equal(found, mfn);
		assert_int_equal(xmem_pte_flags(e, 0), PAGE_HYPERVISOR_RW);
	}
}

static void check_hole(unsigned long mfn)
{
	unsigned long s = mfn >> XMEM_SECTION_ORDER;
	unsigned long found;
	xmem_pte_t e;

	assert_false(xmem_arch_mfn_valid(mfn));
	if (s < xmem_frames.nr_sections) {
		assert_false(walk((unsigned long)xmem_arch_mfn_to_virt(mfn),
				  &found, &e) &&
			     found == mfn);
	}
}

static void check_range(unsigned long start, unsigned long end)
{
	uint64_t seed = start * 77 + end;

	check_frame(start);
	check_frame(end - 1);
	for (unsigned int i = 0; i < 200; i++) {
		check_frame(start + test_random(&seed) % (end - start));
	}
	if (xmem_frames.mapped_end > start && xmem_frames.mapped_end < end) {
		check_frame(xmem_frames.mapped_end);
		check_frame(xmem_frames.mapped_end - 1);
	}
	check_hole(end);
	check_hole(start - 1);
}

static void boot(const struct machine *m)
{
	power_on(m);
	arch_init_directmap();
	/* As it is mapped, for the checks. */
	boot_window.nr = 0;
	xmem_frame_index_move(&xmem_frames, reach(xmem_frames.range),
			      reach(xmem_frames.section));
	for (const unsigned long *r = m->range; r[1] != 0; r += 2) {
		check_range(r[0], r[1]);
	}
}

/* In a process of its own; @panics: with this message, or NULL. */
static void run(const struct machine *m, const char *panics)
{
	int status = -1;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		setenv("CMOCKA_TEST_ABORT", "1", 1);
		if (panics != NULL) {
			EXPECT_PANIC(boot(m), panics);
		} else {
			boot(m);
		}
		test_end_child(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (status != 0) {
		fail_msg("machine '%s': status %x", m->name, status);
	}
}

#define FULL	 XMEM_LAYOUT_FULL
#define PARTIAL	 XMEM_LAYOUT_PARTIAL
#define SEPARATE XMEM_LAYOUT_SEPARATE
#define ALL	 (1UL << 43)

static void all_machines_boot(void **unused)
{
	/* clang-format off */
	static const struct machine machines[] = {
		{"1 GiB", FULL, 0, ALL, 3, GIB + 2 * MIB, 1000 * MIB,
		 {GIB, 2 * GIB}},
		{"60 GiB, 2 MiB blocks, window on top", FULL, 0, ALL, 2,
		 60 * GIB, 32 * MIB, {1, 60 * GIB + 32 * MIB}},
		{"4 GiB, 4 KiB pages", FULL, 0, ALL, 1, 2 * GIB,
		 32 * MIB, {1, 4 * GIB}},
		{"3 GiB from 1 GiB on and high RAM, 1 GiB of addresses",
		 SEPARATE, 0, GIB << PAGE_SHIFT, 2, GIB + 8 * MIB, 32 * MIB,
		 {GIB, 4 * GIB, 34 * GIB, 36 * GIB + 5}},
		{"all RAM fits", SEPARATE, 0, 8 * GIB << PAGE_SHIFT, 2,
		 GIB + 8 * MIB, 32 * MIB, {GIB, 4 * GIB}},
		{"limit in the window", PARTIAL, GIB + 20 * MIB + 3, ALL, 3,
		 GIB + 8 * MIB, 32 * MIB, {GIB, 4 * GIB, 34 * GIB, 36 * GIB}},
		{"limit in a hole", PARTIAL, 20 * GIB, ALL, 3,
		 GIB + 8 * MIB, 32 * MIB, {GIB, 4 * GIB, 34 * GIB, 36 * GIB}},
		{"single pages below the window", FULL, 0, ALL, 3,
		 20 * GIB + 5, 8 * MIB,
		 {1, 2, GIB + 7, GIB + 8, 2 * GIB + 511, 2 * GIB + 513,
		  3 * GIB - 1, 3 * GIB + 1, 20 * GIB + 5, 20 * GIB + 9 * MIB,
		  20 * GIB + 77 * MIB + 1, 20 * GIB + 78 * MIB + 3,
		  40 * GIB + 3, 40 * GIB + 4}},
		{"window alone in its section, RAM above and below", FULL, 0,
		 ALL, 2, 5 * GIB + 100 * MIB, 3 * MIB,
		 {GIB, 3 * GIB, 5 * GIB + 100 * MIB, 5 * GIB + 103 * MIB,
		  7 * GIB, 30 * GIB}},
		{"three ranges a section, the window in the second", FULL, 0,
		 ALL, 3, GIB + 300 * MIB, 4 * MIB,
		 {GIB + 5, GIB + 100, GIB + 300 * MIB, GIB + 400 * MIB,
		  GIB + 500 * MIB, GIB + 501 * MIB, 2 * GIB, 3 * GIB}},
	};
	/* clang-format on */

	(void)unused;
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
		run(&machines[i], NULL);
	}
}

static void what_cannot_be_is_said(void **unused)
{
	/* clang-format off */
	static const struct machine crossing = {
		"", FULL, 0, ALL, 3, 2 * GIB - MIB, 2 * MIB, {GIB, 3 * GIB}};
	static const struct machine small = {
		"", FULL, 0, 2 * GIB << PAGE_SHIFT, 3, GIB, 32 * MIB,
		{GIB, 4 * GIB}};
	static const struct machine above = {
		"", SEPARATE, 0, GIB << PAGE_SHIFT, 3, 3 * GIB, 32 * MIB,
		{GIB, 4 * GIB}};
	static const struct machine tiny = {
		"", FULL, 0, ALL, 1, 3 * GIB, 8, {3 * GIB, 4 * GIB}};
	static const struct machine below = {
		"", PARTIAL, GIB, ALL, 3, 3 * GIB, 32 * MIB, {GIB / 2, 4 * GIB}};
	/* clang-format on */

	(void)unused;
	run(&crossing, "crosses a multiple");
	run(&small, "does not fit in the direct map");
	run(&above, "does not fit in the direct map");
	run(&tiny, "no boot frame below");
	run(&below, "is not in the boot window");
}

/* Machines nobody would build. */
static void random_machines_boot(void **unused)
{
	unsigned long nr = test_steps(60);
	uint64_t seed = 5;

	(void)unused;
	for (unsigned long n = 0; n < nr; n++) {
		struct machine m = {"random", FULL, 0, ALL, 3, 0, 0, {0}};
		unsigned long at = 1 + test_random(&seed) % GIB;
		unsigned int nr_ranges = 2 + test_random(&seed) % 12;
		unsigned int home = test_random(&seed) % nr_ranges;
		unsigned long end;

		m.leaf_levels = 2 + test_random(&seed) % 2;
		for (unsigned int i = 0; i < nr_ranges; i++) {
			unsigned int shift = test_random(&seed) % 21;
			unsigned long len =
				1 + test_random(&seed) % (1UL << shift);

			len = i == home ? len + 16 * MIB : len;
			m.range[2 * i] = at;
			m.range[2 * i + 1] = at + len;
			at += len + 2 + test_random(&seed) % (2 * GIB);
		}
		m.window = m.range[2 * home];
		end = (m.window / GIB + 1) * GIB;
		end = end < m.range[2 * home + 1] ? end : m.range[2 * home + 1];
		m.window_nr = end - m.window;
		if (at > RAM_FRAMES || m.window_nr < 8 * MIB) {
			continue;
		}
		if (n % 3 == 1) {
			m.layout = PARTIAL;
			m.limit = m.window + 4 * MIB +
				  test_random(&seed) % (30 * GIB);
		}
		run(&m, NULL);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(all_machines_boot),
	cmocka_unit_test(what_cannot_be_is_said),
	cmocka_unit_test(random_machines_boot),
};

TEST_MAIN(tests)
