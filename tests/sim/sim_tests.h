/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sim_tests.h - the whole library boots and works on an architecture
 *
 * A port's boot with the files of an architecture, on a machine that
 * translates addresses by the tables they make (sim_machine.h). A program
 * defines SIM_LAYOUT, the layout of the heap, and includes this; its main() is
 * SIM_RUN of an array that begins with SIM_TESTS.
 */
#ifndef SIM_TESTS_H
#define SIM_TESTS_H

#include <arch/layout.h>
#include <arch/pte.h>
#include <arch/tlb.h>

#include <xmem/xmem.h>

#include "pt/pt.h"
#include "sim_machine.h"

unsigned int xmem_host_layout = SIM_LAYOUT;

/* ---- the boot, as docs/porting.md has it ---- */

/* Where the layout says so, the end of the xenheap. */
#define XENHEAP_END (128UL << 20)

static void give_ram(uint64_t used)
{
	xmem_boot_paddr_bits(PADDR_BITS);
	for (unsigned int i = 0; i < sim_nr_ram; i++) {
		uint64_t bytes = sim_ram[i].end - sim_ram[i].start;

		assert_int_equal(xmem_boot_add_ram(sim_ram[i].start, bytes), 0);
	}
	/* The root table and those below it. */
	xmem_boot_reserve(sim_ram[0].start, sim_ram[0].start + used);
}

/* Separate layout: the xenheap is what lies in the direct map. */
static void give_xenheap(void)
{
	unsigned long nr = (32UL << 20) >> PAGE_SHIFT;
	mfn_t mfn =
		xmem_alloc_boot_pages_below(nr, 1, XENHEAP_END >> PAGE_SHIFT);

	assert_false(mfn_eq(mfn, INVALID_MFN));
	init_xenheap_pages((paddr_t)mfn_x(mfn) << PAGE_SHIFT,
			   (paddr_t)(mfn_x(mfn) + nr) << PAGE_SHIFT);
}

static int boot(void **unused)
{
	uint64_t used = sim_power_on();

	(void)unused;
	if (SIM_LAYOUT == XMEM_LAYOUT_PARTIAL) {
		xenheap_max_mfn((XENHEAP_END >> PAGE_SHIFT) - 1);
	}
	give_ram(used);
	if (ARCH_BOOT_WINDOW_PAGES == 0) {
		xmem_boot_window(
			(unsigned long)(sim_ram[0].start >> PAGE_SHIFT),
			(unsigned long)(SIM_BOOT_BYTES >> PAGE_SHIFT),
			(void *)sim_boot.va);
	}
	arch_init_directmap();
	arch_init_frametable();
	if (SIM_LAYOUT == XMEM_LAYOUT_SEPARATE) {
		give_xenheap();
	}
	end_boot_allocator();
	vm_init();
	vm_init_type(VMAP_XEN, (void *)VMAP_XEN_VIRT_START,
		     (void *)VMAP_XEN_VIRT_END);
	heap_init_late();
	sim_start_other();
	return 0;
}

/* After each test: the tables and the heap are in order. */
static int check(void **unused)
{
	struct xmem_pt pt = {xmem_arch_root()};
	unsigned long nr;

	sim_listen(unused);
	ASSERT_VALID(xmem_check_all());
	ASSERT_VALID(xmem_pt_check(&pt, &nr));
	return 0;
}

/* ---- entries ---- */

static unsigned int nr_kinds(xmem_pte_t e, unsigned int level)
{
	return (unsigned int)xmem_pte_is_none(e) +
	       (unsigned int)xmem_pte_is_parked(e) +
	       (unsigned int)xmem_pte_is_leaf(e, level) +
	       (unsigned int)xmem_pte_is_table(e, level);
}

static void check_leaf(unsigned long mfn, unsigned int flags,
		       unsigned int level)
{
	xmem_pte_t leaf = xmem_pte_leaf(mfn, flags, level);
	xmem_pte_t parked = xmem_pte_park(leaf, level);

	assert_true(xmem_pte_is_leaf(leaf, level));
	assert_int_equal(nr_kinds(leaf, level), 1);
	assert_int_equal(xmem_pte_mfn(leaf), mfn);
	assert_int_equal(xmem_pte_flags(leaf, level), flags);
	assert_true(xmem_pte_is_parked(parked));
	assert_int_equal(nr_kinds(parked, level), 1);
	assert_int_equal(xmem_pte_mfn(parked), mfn);
}

/* An entry is of one kind, and says what it was made of; all bits of a frame
 * number, all flags, all levels. */
static void entries_keep_what_they_are_made_of(void **unused)
{
	static const unsigned int access[] = {
		PAGE_HYPERVISOR_RO, PAGE_HYPERVISOR_RW, PAGE_HYPERVISOR_RX};

	sim_listen(unused);
	for (unsigned int level = 0; level < ARCH_PT_LEVELS; level++) {
		assert_int_equal(nr_kinds(xmem_pte_none(), level), 1);
		assert_true(xmem_pte_is_none(xmem_pte_none()));
		for (unsigned int bit = level * ARCH_PT_BITS;
		     xmem_arch_level_has_leaf(level) &&
		     bit < PADDR_BITS - PAGE_SHIFT;
		     bit++) {
			for (unsigned int k = 0; k < 12; k++) {
				check_leaf(1UL << bit,
					   access[k / 4] | k % 4 << 4, level);
			}
		}
	}
	for (unsigned int bit = 0; bit < PADDR_BITS - PAGE_SHIFT; bit++) {
		xmem_pte_t table = xmem_pte_table(1UL << bit);

		assert_true(xmem_pte_is_table(table, 1));
		assert_int_equal(nr_kinds(table, 1), 1);
		assert_int_equal(xmem_pte_mfn(table), 1UL << bit);
	}
}

/* ---- what the boot has built ---- */

/* First and last whole frame of the @i-th range of RAM. */
static unsigned long first_frame(unsigned int i)
{
	return (unsigned long)((sim_ram[i].start + PAGE_SIZE - 1) >>
			       PAGE_SHIFT);
}

static unsigned long last_frame(unsigned int i)
{
	return (unsigned long)(sim_ram[i].end >> PAGE_SHIFT) - 1;
}

/* Frame @mfn is RAM: it has a descriptor, and a window leads to it. */
static void check_frame(unsigned long mfn)
{
	struct sim_translation t;
	xmem_preempt_t preempt;
	void *page;

	xmem_port_preempt_off(preempt);
	page = map_domain_page(_mfn(mfn));
	assert_true(mfn_valid(_mfn(mfn)));
	assert_true(mfn_x(page_to_mfn(mfn_to_page(_mfn(mfn)))) == mfn);
	assert_true(sim_can_read(mfn_to_page(_mfn(mfn))));
	assert_true(sim_translate((unsigned long)page, &t));
	assert_true(t.pa == (uint64_t)mfn << PAGE_SHIFT);
	if (xmem_arch_mfn_mapped(mfn)) {
		assert_ptr_equal(page, mfn_to_virt(mfn));
		assert_int_equal(virt_to_mfn(page), mfn);
		assert_int_equal(mfn_x(xen_map_to_mfn((unsigned long)page)),
				 mfn);
	} else {
		assert_true((unsigned long)page - CPU_WINDOWS_VIRT <
			    CPU_WINDOWS_SIZE);
	}
	unmap_domain_page(page);
	xmem_port_preempt_on(preempt);
}

static void all_ram_is_described_and_reached(void **unused)
{
	sim_listen(unused);
	for (unsigned int i = 0; i < sim_nr_ram; i++) {
		unsigned long mfn = first_frame(i);
		unsigned long last = last_frame(i);

		assert_false(mfn_valid(_mfn(mfn - 1)));
		assert_false(mfn_valid(_mfn(last + 1)));
		check_frame(last);
		for (; mfn <= last; mfn += 991) {
			check_frame(mfn);
		}
	}
	assert_int_equal(xmem_arch_mfn_mapped(first_frame(2)),
			 SIM_LAYOUT == XMEM_LAYOUT_FULL);
}

/* Next to RAM nothing is mapped, whatever the port had there. */
static void holes_are_not_mapped(void **unused)
{
	struct sim_translation t;

	sim_listen(unused);
	for (unsigned int i = 0; i < sim_nr_ram; i++) {
		if (xmem_arch_mfn_mapped(last_frame(i))) {
			unsigned long first =
				(unsigned long)mfn_to_virt(first_frame(i));
			unsigned long last =
				(unsigned long)mfn_to_virt(last_frame(i));

			assert_true(sim_translate(first, &t));
			assert_false(sim_translate(first - PAGE_SIZE, &t));
			assert_true(sim_translate(last, &t));
			assert_false(sim_translate(last + PAGE_SIZE, &t));
		}
	}
}

/* The direct map has the largest blocks there are, nothing executable in it,
 * and no more than the RAM of the layout. */
static void the_direct_map_is_made_of_blocks(void **unused)
{
	struct sim_translation t;
	unsigned int order;
	unsigned int flags;
	char *va;

	sim_listen(unused);
	va = mfn_to_virt(first_frame(2));
	if (SIM_LAYOUT != XMEM_LAYOUT_FULL) {
		assert_false(sim_can_read(va));
		return;
	}
	assert_true(xmem_map_attrs((unsigned long)va, &flags, &order));
	assert_int_equal(order, sim_largest_order());
	assert_int_equal(flags, PAGE_HYPERVISOR_RW);
	assert_true(sim_translate((unsigned long)va, &t));
	assert_true(t.pa == sim_ram[2].start);
	assert_true(t.can_write && !t.can_exec && t.type == 0);
}

/* ---- allocation ---- */

/* An area of @nr pages that was used is not there any more once it is freed. */
static void check_freed_area(unsigned long nr)
{
	char *p = vmalloc(nr << PAGE_SHIFT);

	assert_non_null(p);
	for (unsigned long i = 0; i < nr; i++) {
		p[i << PAGE_SHIFT] = (char)i;
	}
	vfree(p);
	for (unsigned long i = 0; i < nr; i++) {
		assert_false(sim_can_read(p + (i << PAGE_SHIFT)));
	}
}

/* All lengths that a CPU flushes in one way or another. */
static void areas_are_gone_when_freed(void **unused)
{
	sim_listen(unused);
	for (unsigned long nr = 1; nr < 70; nr++) {
		check_freed_area(nr);
	}
	for (unsigned long nr = 128; nr <= 1024; nr *= 2) {
		check_freed_area(nr + 1);
	}
}

/* Memory of every size keeps what is written, and is gone when freed. */
static void memory_comes_and_goes(void **unused)
{
	static const size_t sizes[] = {1, 100, 4000, 70000, 3 << 20};
	unsigned long before;
	char *p[5];

	sim_listen(unused);
	vfree(vmalloc(3 << 20)); /* Tables of the window stay. */
	before = total_free_pages();
	for (unsigned int i = 0; i < 5; i++) {
		p[i] = xvmalloc_array(char, sizes[i]);
		assert_non_null(p[i]);
		memset(p[i], (int)i + 1, sizes[i]);
	}
	for (unsigned int i = 0; i < 5; i++) {
		assert_int_equal(p[i][0], i + 1);
		assert_int_equal(p[i][sizes[i] - 1], i + 1);
	}
	assert_false(sim_can_read(p[4] + (3 << 20)));
	for (unsigned int i = 0; i < 5; i++) {
		xvfree(p[i]);
	}
	assert_false(sim_can_read(p[4]));
	xmem_xmalloc_trim();
	assert_int_equal(total_free_pages(), before);
}

/* A frame that was just scrubbed is empty, and a word that is written to it
 * through a window arrives. */
static void use_frame(unsigned long mfn, uint64_t word)
{
	xmem_preempt_t preempt;
	uint64_t *page;

	xmem_port_preempt_off(preempt);
	page = map_domain_page(_mfn(mfn));
	assert_true(page[7] == 0);
	page[7] = word;
	unmap_domain_page(page);
	xmem_port_preempt_on(preempt);
	assert_true(sim_peek(((uint64_t)mfn << PAGE_SHIFT) + 56) == word);
}

/* Frames of domains, scrubbed, wherever they lie. */
static void domains_get_scrubbed_frames(void **unused)
{
	struct domain guest;
	struct page_info *pg[2];

	xmem_owner_init(&guest.mem, 64, 0);
	sim_listen(unused);
	for (unsigned int round = 0; round < 2; round++) {
		for (unsigned int i = 0; i < 2; i++) {
			pg[i] = alloc_domheap_pages(&guest, 2, 0);
			assert_non_null(pg[i]);
			use_frame(mfn_x(page_to_mfn(pg[i])), 0x5eed + i);
		}
		for (unsigned int i = 0; i < 2; i++) {
			free_domheap_pages(pg[i], 2);
		}
	}
	assert_int_equal(guest.mem.tot_pages, 0);
}

/* ---- random changes of mappings, against an array ---- */

/* The memory type, 0 to 3, that comes back for one; a CPU that has fewer than
 * four defines it before. */
#ifndef SIM_TYPE
#define SIM_TYPE(type) (type)
#endif

enum { HOLE, MAPPED, PARKED };

#define PAGES (3UL << ARCH_PT_BITS) /* three blocks of level 1 */
#define BASE  SIM_FREE_VIRT
_Static_assert(PAGES << PAGE_SHIFT <= SIM_FREE_SIZE, "no room for them");

static struct {
	unsigned int state;
	unsigned int flags;
	unsigned long mfn;
} oracle[3UL << 13];
static unsigned long ram_mfn; /* PAGES frames for it, each with its number */
static uint64_t seed = 77;

static unsigned long below(unsigned long n)
{
	return (unsigned long)(test_random(&seed) % n);
}

static unsigned long va_of(unsigned long page)
{
	return BASE + (page << PAGE_SHIFT);
}

static unsigned int random_flags(void)
{
	static const unsigned int access[] = {
		PAGE_HYPERVISOR_RO, PAGE_HYPERVISOR_RW, PAGE_HYPERVISOR_RX};

	return access[below(3)] | (unsigned int)below(4) << 4;
}

/* A page is what the array says: by the library's walk, the hardware's walk,
 * and an access, which goes through the TLB. */
static void compare(unsigned long page)
{
	volatile uint64_t *va = (volatile uint64_t *)va_of(page);
	bool mapped = oracle[page].state == MAPPED;
	struct sim_translation t;
	unsigned int flags = 0;

	assert_int_equal(xmem_map_attrs(va_of(page), &flags, NULL), mapped);
	assert_int_equal(sim_translate(va_of(page), &t), mapped);
	assert_int_equal(sim_can_read(va), mapped);
	if (!mapped) {
		return;
	}
	assert_int_equal(flags, (oracle[page].flags & ~XMEM_MAP_TYPE_MASK) |
					SIM_TYPE(oracle[page].flags >> 4) << 4);
	assert_int_equal(mfn_x(xen_map_to_mfn(va_of(page))), oracle[page].mfn);
	assert_true(t.pa >> PAGE_SHIFT == oracle[page].mfn);
	assert_int_equal(t.can_write, (flags & XMEM_MAP_WRITE) != 0);
	assert_int_equal(t.can_exec, (flags & XMEM_MAP_EXEC) != 0);
	assert_int_equal(t.type, flags >> 4);
	assert_int_equal(*va, oracle[page].mfn);
	assert_int_equal(sim_can_write(va), (flags & XMEM_MAP_WRITE) != 0);
}

static void expect(unsigned long first, unsigned long nr, unsigned int state,
		   unsigned int flags, unsigned long mfn)
{
	for (unsigned long i = first; i < first + nr; i++) {
		oracle[i].state = state;
		oracle[i].flags = flags;
		oracle[i].mfn = mfn + (i - first);
	}
}

static void step_map(unsigned long first, unsigned long nr)
{
	unsigned int flags = random_flags();
	unsigned int small = below(4) == 0 ? MAP_SMALL_PAGES : 0;
	unsigned long mfn = ram_mfn + (below(2) == 0 ? first : 0);

	assert_int_equal(
		map_pages_to_xen(va_of(first), _mfn(mfn), nr, flags | small),
		0);
	expect(first, nr, MAPPED, flags, mfn);
}

static void step_modify(unsigned long first, unsigned long nr)
{
	unsigned int flags = random_flags();

	assert_int_equal(
		modify_xen_mappings(va_of(first), va_of(first + nr), flags), 0);
	for (unsigned long i = first; i < first + nr; i++) {
		oracle[i].flags = flags;
	}
}

static void step_destroy(unsigned long first, unsigned long nr)
{
	assert_int_equal(destroy_xen_mappings(va_of(first), va_of(first + nr)),
			 0);
	expect(first, nr, HOLE, 0, 0);
}

/* The life of an area of vmap: empty, committed, parked, flushed, collected. */
static void step_area(unsigned long first, unsigned long nr)
{
	unsigned int flags = random_flags();
	struct xmem_run run;
	unsigned long done;

	step_destroy(first, nr);
	assert_int_equal(xmem_map_prepare(va_of(first), nr), 0);
	xmem_map_commit(va_of(first), ram_mfn, nr, flags);
	expect(first, nr, MAPPED, flags, ram_mfn);
	compare(first);
	compare(first + nr - 1);
	if (below(2) == 0) {
		return;
	}
	xmem_map_park(va_of(first), nr);
	xmem_port_tlb_flush(va_of(first), nr);
	expect(first, nr, PARKED, 0, 0);
	compare(first + nr / 2);
	assert_int_equal(xmem_map_collect(va_of(first), nr, &run, 1, &done), 1);
	assert_int_equal(done, nr);
	assert_int_equal(run.mfn, ram_mfn);
	assert_int_equal(run.nr, nr);
	expect(first, nr, HOLE, 0, 0);
}

static void step(void)
{
	static void (*const steps[])(unsigned long, unsigned long) = {
		step_map, step_modify, step_destroy, step_area};
	unsigned long unit = below(2) == 0 ? 1UL << ARCH_PT_BITS : 1;
	unsigned long first = below(PAGES) & ~(unit - 1);
	unsigned long nr = 1 + below(below(3) == 0 ? PAGES : 40);

	nr = nr < PAGES - first ? nr : PAGES - first;
	compare(first);
	compare(first + nr - 1);
	steps[below(4)](first, nr);
	compare(first);
	compare(first + nr - 1);
	compare(first > 0 ? first - 1 : 0);
	compare(first + nr < PAGES ? first + nr : 0);
}

/* Whatever is done in whatever order, every page is as the array says, and
 * the frames come back. */
static void mappings_agree_with_an_array(void **unused)
{
	struct page_info *pg;
	unsigned long before;

	sim_listen(unused);
	before = total_free_pages();
	pg = alloc_domheap_pages(NULL, ARCH_PT_BITS + 2, MEMF_no_scrub);
	assert_non_null(pg);
	ram_mfn = mfn_x(page_to_mfn(pg));
	for (unsigned long i = 0; i < 4UL << ARCH_PT_BITS; i++) {
		sim_poke((uint64_t)(ram_mfn + i) << PAGE_SHIFT, ram_mfn + i);
	}
	for (unsigned long i = test_steps(5000); i > 0; i--) {
		step();
		for (unsigned int k = 0; k < 4; k++) {
			compare(below(PAGES));
		}
	}
	step_destroy(0, PAGES);
	for (unsigned long i = 0; i < PAGES; i++) {
		compare(i);
	}
	free_domheap_pages(pg, ARCH_PT_BITS + 2);
	/* The path to the area is tables now. */
	assert_true(before - total_free_pages() <= 3 * ARCH_PT_LEVELS);
}

/* A page at @va is found there by the hardware. The process may have something
 * else at that address, so nothing is read. */
static void check_address(unsigned long va)
{
	struct sim_translation t;
	unsigned long mfn = first_frame(0);

	assert_false(sim_translate(va, &t));
	assert_int_equal(map_pages_to_xen(va, _mfn(mfn), 1, PAGE_HYPERVISOR_RO),
			 0);
	assert_true(sim_translate(va, &t));
	assert_true(t.pa >> PAGE_SHIFT == mfn);
	assert_int_equal(destroy_xen_mappings(va, va + PAGE_SIZE), 0);
	assert_false(sim_translate(va, &t));
}

/* Addresses that the root does not translate are refused, and those that it
 * does may be mapped: all around each power of two, up and down. */
static void addresses_are_those_of_the_root(void **unused)
{
	sim_listen(unused);
	for (unsigned int bit = PAGE_SHIFT; bit < 64; bit++) {
		const unsigned long near[] = {
			1UL << bit, (1UL << bit) - PAGE_SIZE,
			0UL - (1UL << bit), 0UL - (1UL << bit) - PAGE_SIZE};

		for (unsigned int i = 0; i < 4; i++) {
			bool is_va = sim_is_va(near[i]);

			assert_int_equal(xmem_arch_is_va(near[i]), is_va);
			if (!is_va) {
				assert_int_equal(
					map_pages_to_xen(near[i], _mfn(ram_mfn),
							 1, PAGE_HYPERVISOR_RW),
					-XMEM_EINVAL);
			} else if (near[i] < SIM_SPACE_START ||
				   near[i] >= SIM_SPACE_END) {
				check_address(near[i]);
			}
		}
	}
}

/* Frames of the caller in a row are not there any more when unmapped, by either
 * function: ioremap_attr() takes RAM as it is cached everywhere else. */
static void mappings_are_gone_when_unmapped(void **unused)
{
	mfn_t mfn[40];
	char *p;

	sim_listen(unused);
	for (unsigned int nr = 1; nr <= 40; nr++) {
		bool by_address = nr % 2 == 0;

		for (unsigned int i = 0; i < nr; i++) {
			mfn[i] = _mfn(first_frame(0) + i);
		}
		p = by_address
			    ? ioremap_attr((paddr_t)mfn_x(mfn[0]) << PAGE_SHIFT,
					   nr << PAGE_SHIFT, PAGE_HYPERVISOR_RW)
			    : vmap(mfn, nr);
		assert_non_null(p);
		for (unsigned int i = 0; i < nr; i++) {
			assert_true(sim_can_read(p + (i << PAGE_SHIFT)));
		}
		if (by_address) {
			iounmap(p);
		} else {
			vunmap(p);
		}
		for (unsigned int i = 0; i < nr; i++) {
			assert_false(sim_can_read(p + (i << PAGE_SHIFT)));
		}
	}
}

/* Tables of a range in which nothing was ever mapped go out of use with it, for
 * the hart too that has looked at each: more than are kept for later. */
static void empty_tables_are_gone(void **unused)
{
	const unsigned long nr = 4UL * ARCH_PT_MAX_LEVELS;
	const unsigned long span = PAGE_SIZE << ARCH_PT_BITS;
	unsigned long before;

	sim_listen(unused);
	before = total_free_pages();
	assert_true(nr * span <= SIM_FREE_SIZE);
	assert_int_equal(populate_pt_range(SIM_FREE_VIRT, nr << ARCH_PT_BITS),
			 0);
	assert_true(before - total_free_pages() > nr / 2);
	for (unsigned long i = 0; i < nr; i++) {
		assert_true(sim_other_agrees(SIM_FREE_VIRT + i * span));
	}
	assert_int_equal(
		destroy_xen_mappings(SIM_FREE_VIRT, SIM_FREE_VIRT + nr * span),
		0);
	/* The path to the range stays, and some in the stash; with two levels
	 * all do, since tables that the root leads to stay (src/pt/pt.h). */
	assert_true(before - total_free_pages() < nr || ARCH_PT_LEVELS == 2);
	for (unsigned long i = 0; i < nr; i++) {
		assert_true(sim_other_agrees(SIM_FREE_VIRT + i * span));
	}
}

/* A flush reaches hart 1 if it is the port's, and not if it is of this CPU
 * alone; the machine knows the difference. */
static void the_other_hart_has_a_tlb(void **unused)
{
	struct xmem_run run;
	unsigned long done;
	unsigned long va;
	char *p;

	sim_listen(unused);
	p = vmalloc(3 << PAGE_SHIFT);
	assert_non_null(p);
	va = (unsigned long)p;
	vfree(p); /* Its tables stay. */
	assert_int_equal(xmem_map_prepare(va, 3), 0);
	xmem_map_commit(va, first_frame(0), 3, PAGE_HYPERVISOR);
	assert_true(sim_can_read(p + PAGE_SIZE));
	xmem_map_park(va, 3);
	xmem_tlb_flush_local(va, 3);
	for (unsigned long i = 0; i < 3; i++) {
		assert_false(sim_other_agrees(va + (i << PAGE_SHIFT)));
	}
	xmem_port_tlb_flush(va, 2);
	assert_true(sim_other_agrees(va));
	assert_true(sim_other_agrees(va + PAGE_SIZE));
	assert_false(sim_other_agrees(va + 2 * PAGE_SIZE));
	xmem_port_tlb_flush(va, 3);
	assert_false(sim_can_read(p + 2 * PAGE_SIZE));
	assert_int_equal(xmem_map_collect(va, 3, &run, 1, &done), 1);
	assert_int_equal(done, 3);
}

/* clang-format off */
#define SIM_TESTS \
	cmocka_unit_test(entries_keep_what_they_are_made_of), \
	cmocka_unit_test_teardown(all_ram_is_described_and_reached, check), \
	cmocka_unit_test_teardown(holes_are_not_mapped, check), \
	cmocka_unit_test_teardown(the_direct_map_is_made_of_blocks, check), \
	cmocka_unit_test_teardown(memory_comes_and_goes, check), \
	cmocka_unit_test_teardown(areas_are_gone_when_freed, check), \
	cmocka_unit_test_teardown(mappings_are_gone_when_unmapped, check), \
	cmocka_unit_test_teardown(empty_tables_are_gone, check), \
	cmocka_unit_test_teardown(the_other_hart_has_a_tlb, check), \
	cmocka_unit_test_teardown(domains_get_scrubbed_frames, check), \
	cmocka_unit_test_teardown(addresses_are_those_of_the_root, check)

/* What takes longest comes last, so that a bug that others find is soon found. */
#define SIM_LONG_TESTS \
	cmocka_unit_test_teardown(mappings_agree_with_an_array, check)
/* clang-format on */

#define SIM_RUN(tests) (test_begin(), cmocka_run_group_tests(tests, boot, NULL))

#endif /* SIM_TESTS_H */
