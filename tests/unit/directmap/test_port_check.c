/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_port_check.c - what a port has done to its tables is seen, and told
 *
 * pages: 4 KiB
 * link: src/directmap/port_check.c src/frame/frame_index.c
 * native: its direct map is laid out for addresses of 64 bits
 * include: tests/fake/directmap/include arch/common/include
 * flags: -DFAKE_VA_BITS=48
 *
 * A port that made no mistake, changed in one place. RAM is 4 MiB that the
 * port has mapped where this process has it, so it is window and tables at
 * once. This CPU translates all addresses of the process, so that the library
 * can be looked up: what runs is the process's, what is read are tables that a
 * test has made.
 */
#include <sys/mman.h>

#include <arch/layout.h>
#include <arch/pte.h>

#include <xmem/boot.h>
#include <xmem/map.h>

#include "directmap/directmap_priv.h"
#include "test.h"

#define NR	1024UL
#define FIRST	(1UL << 18) /* 1 GiB */
#define CODE	(FIRST + 100)
#define DATA	(FIRST + 101)
#define STACK	(FIRST + 102)
#define ROOT	(FIRST + 200) /* other tables behind it */
#define TOP	(ARCH_PT_LEVELS - 1)
#define RW	PAGE_HYPERVISOR_RW
#define IN_USE	true
#define PA(mfn) ((mfn) << PAGE_SHIFT)

extern unsigned int xmem_host_layout;
unsigned long fake_directmap_size = 1UL << 43;
unsigned long fake_root;
struct boot_window xmem_boot_ram_window;
struct xmem_frame_index xmem_frames;

static unsigned char *ram; /* frame FIRST */
static bool used[NR];
static unsigned long next_table;

/* ---- what the library asks ---- */

bool xmem_directmap_valid(unsigned long mfn)
{
	return xmem_frame_is_ram(&xmem_frames, mfn);
}

bool xmem_boot_ram(unsigned int i, unsigned long *start, unsigned long *end)
{
	*start = FIRST;
	*end = FIRST + NR;
	return i == 0;
}

unsigned long xmem_boot_take(unsigned long nr, unsigned long align,
			     unsigned long start, unsigned long end)
{
	assert_int_equal(nr, 1);
	assert_int_equal(align, 1);
	assert_int_equal(end, start + 1);
	return start - FIRST < NR && !used[start - FIRST] ? start : XMEM_NO_MFN;
}

/* ---- the port's tables ---- */

static unsigned long make_table(void)
{
	used[next_table - FIRST] = true;
	return next_table++;
}

/* Where the entry of @va at @level is; tables that lack are made. */
static uint64_t *entry_of(unsigned long va, unsigned int level)
{
	unsigned long table = fake_root;

	for (unsigned int l = TOP;; l--) {
		unsigned long i = va >> PAGE_SHIFT >> (l * ARCH_PT_BITS);
		uint64_t *e = (uint64_t *)(void *)(ram + PA(table - FIRST));

		e += i % (1UL << ARCH_PT_BITS);
		if (l == level) {
			return e;
		}
		if (*e == 0) {
			*e = xmem_pte_table(make_table()).v;
		}
		table = xmem_pte_mfn((xmem_pte_t){*e});
	}
}

static void map_page(unsigned long va, unsigned long mfn)
{
	*entry_of(va, 0) = xmem_pte_leaf(mfn, RW, 0).v;
}

/* The table that the entry of @va at @level leads to. */
static unsigned long table_of(unsigned long va, unsigned int level)
{
	return xmem_pte_mfn((xmem_pte_t){*entry_of(va, level)});
}

static unsigned long window_va(unsigned long mfn)
{
	return (unsigned long)ram + PA(mfn - FIRST);
}

static void use(unsigned long mfn, bool in_use)
{
	used[mfn - FIRST] = in_use;
}

/* The window, an identity map, and what the library runs on. */
static void map_all(void)
{
	unsigned long stack = (unsigned long)__builtin_frame_address(0);

	for (unsigned long mfn = FIRST; mfn < FIRST + NR; mfn++) {
		map_page(window_va(mfn), mfn);
		map_page(PA(mfn), mfn);
	}
	map_page((unsigned long)xmem_port_check_mapped, CODE);
	map_page((unsigned long)&xmem_boot_ram_window, DATA);
	for (unsigned long i = 0; i < 64; i++) {
		map_page(stack + (8 << PAGE_SHIFT) - PA(i), STACK);
	}
	use(CODE, IN_USE);
	use(DATA, IN_USE);
	use(STACK, IN_USE);
}

static void *mapping, *index_memory;

static int set_up(void **unused)
{
	static const struct xmem_frame_range range = {FIRST, FIRST + NR};

	(void)unused;
	mapping = mmap(NULL, PA(2 * NR), PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ram = mapping;
	ram += -(unsigned long)ram % PA(NR);
	index_memory = malloc(xmem_frame_index_bytes(&range, 1));
	xmem_frame_index_init(&xmem_frames, &range, 1, index_memory);
	xmem_boot_ram_window.start = FIRST;
	xmem_boot_ram_window.end = FIRST + NR;
	xmem_boot_ram_window.direct_end = FIRST + NR;
	xmem_boot_ram_window.va = (unsigned long)ram;
	memset(used, 0, sizeof(used));
	next_table = ROOT;
	fake_root = make_table();
	map_all();
	return 0;
}

static int tear_down(void **unused)
{
	(void)unused;
	free(index_memory);
	return munmap(mapping, PA(2 * NR));
}

/* Functions of their own: setjmp() and variables do not go together. */
__attribute__((noinline)) static void mapped_panics(const char *text)
{
	EXPECT_PANIC(xmem_port_check_mapped(), text);
}

__attribute__((noinline)) static void shared_panics(const char *text)
{
	EXPECT_PANIC(xmem_port_check_shared(), text);
}

/* ---- before anything is allocated ---- */

static void a_good_port_hears_nothing(void **unused)
{
	(void)unused;
	xmem_port_check_mapped();
	xmem_port_check_shared();
	/* A direct map with tables of its own. */
	map_page(DIRECTMAP_VIRT_START, FIRST);
	xmem_port_check_shared();
}

static void ram_that_is_not_mapped_is_told(void **unused)
{
	unsigned long last = FIRST + NR - 1;
	uint64_t *e = entry_of(window_va(last), 0);
	uint64_t good = *e;
	char text[100];

	(void)unused;
	snprintf(text, sizeof(text),
		 "mmu: frame 403ff of the boot window cannot be written at "
		 "%lx: map it",
		 window_va(last));
	*e = 0;
	mapped_panics(text);
	*e = xmem_pte_leaf(last, PAGE_HYPERVISOR_RO, 0).v;
	mapped_panics(text);
	*e = xmem_pte_leaf(last - 1, RW, 0).v;
	mapped_panics(text);
	*e = good;
	xmem_port_check_mapped();
	*entry_of(window_va(FIRST), 0) = 0;
	mapped_panics("frame 40000 of the boot");
}

/* A block maps all of its frames, from its own first one on. */
static void blocks_map_ram_too(void **unused)
{
	uint64_t *e = entry_of(window_va(FIRST), 1);

	(void)unused;
	*e = xmem_pte_leaf(FIRST, RW, 1).v;
	xmem_port_check_mapped();
	*e = xmem_pte_leaf(FIRST, PAGE_HYPERVISOR_RO, 1).v;
	mapped_panics("frame 40000 of the boot");
	*e = xmem_pte_leaf(FIRST + 512, RW, 1).v;
	mapped_panics("frame 40000 of the boot");
	/* From the middle of the block on. */
	*e = xmem_pte_leaf(FIRST, RW, 1).v;
	xmem_boot_ram_window.start = FIRST + 7;
	xmem_boot_ram_window.va = window_va(FIRST + 7);
	xmem_port_check_mapped();
	*entry_of(window_va(FIRST + 512), 1) = 0;
	mapped_panics("frame 40200 of the boot");
}

/* What lies in tables outside the window, or is translated by another root,
 * cannot be seen. */
static void what_is_not_seen_is_taken_for_granted(void **unused)
{
	uint64_t *e = entry_of(window_va(FIRST), 1);

	(void)unused;
	*e = xmem_pte_table(FIRST + NR).v;
	xmem_port_check_mapped();
	xmem_port_check_shared();
	fake_root = FIRST + NR;
	use(ROOT, false);
	use(CODE, false);
	xmem_port_check_mapped();
	xmem_port_check_shared();
}

static void tables_that_are_free_ram_are_told(void **unused)
{
	unsigned long code = (unsigned long)xmem_port_check_mapped;
	unsigned long table = table_of(code, 1);
	char text[100];

	(void)unused;
	use(ROOT, false);
	mapped_panics(
		"boot: frame 400c8 holds the root table and is free: call "
		"xmem_boot_reserve() for it");
	use(ROOT, IN_USE);
	for (unsigned int level = TOP; level > 0; level--) {
		table = table_of(code, level);
		snprintf(text, sizeof(text),
			 "boot: frame %lx holds a page table and is free",
			 table);
		use(table, false);
		mapped_panics(text);
		use(table, IN_USE);
	}
	xmem_port_check_mapped();
}

static void the_library_in_free_ram_is_told(void **unused)
{
	(void)unused;
	use(CODE, false);
	mapped_panics("frame 40064 holds the library's code and is free");
	use(CODE, IN_USE);
	use(DATA, false);
	mapped_panics("frame 40065 holds the library's data and is free");
	use(DATA, IN_USE);
	use(STACK, false);
	mapped_panics("frame 40066 holds the stack and is free");
	use(STACK, IN_USE);
	xmem_port_check_mapped();
}

/* ---- when there is an index ---- */

/* The direct map's entry at @level leads where that of @va does: told, with
 * both addresses. */
static void refuse_shared(unsigned long va, unsigned int level)
{
	unsigned long span = PAGE_SIZE << (level * ARCH_PT_BITS);
	unsigned long inside = va % (span << ARCH_PT_BITS);
	unsigned long direct = DIRECTMAP_VIRT_START;
	uint64_t *e;
	char text[100];

	/* At the same place in its table, as that is where the ways meet. */
	direct += level == TOP ? 0 : inside - inside % span;
	e = entry_of(direct, level);
	*e = *entry_of(va, level);
	snprintf(text, sizeof(text),
		 "mmu: address %lx is mapped by the same table as 10", va);
	shared_panics(text);
	*e = 0;
	xmem_port_check_shared();
}

static void tables_that_the_direct_map_shares_are_told(void **unused)
{
	unsigned long code = (unsigned long)xmem_port_check_mapped;

	(void)unused;
	for (unsigned int level = 1; level <= TOP; level++) {
		refuse_shared(PA(FIRST), level); /* the identity map */
	}
	refuse_shared(window_va(FIRST), TOP);
	refuse_shared(code, TOP);
}

/* Ways that part again through other entries share nothing. */
static void a_table_may_be_shared_between_entries(void **unused)
{
	unsigned long away = DIRECTMAP_VIRT_START + (1UL << 34);

	(void)unused;
	map_page(away, CODE);
	*entry_of(DIRECTMAP_VIRT_START + (1UL << 39), TOP) =
		*entry_of(away, TOP);
	xmem_port_check_shared();
	/* Nothing is mapped where they meet. */
	*entry_of(DIRECTMAP_VIRT_START, TOP) = *entry_of(PA(FIRST), TOP);
	*entry_of(PA(FIRST), TOP - 1) = 0;
	xmem_port_check_shared();
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
static const struct CMUnitTest tests[] = {
	T(a_good_port_hears_nothing),
	T(ram_that_is_not_mapped_is_told),
	T(blocks_map_ram_too),
	T(what_is_not_seen_is_taken_for_granted),
	T(tables_that_are_free_ram_are_told),
	T(the_library_in_free_ram_is_told),
	T(tables_that_the_direct_map_shares_are_told),
	T(a_table_may_be_shared_between_entries),
};

TEST_MAIN(tests)
