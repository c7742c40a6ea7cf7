/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_map.c - the service: checks, lock, allocation, flush, order
 *
 * link: src/map/ src/pt/ tests/fake/pt/fake.c
 * include: tests/fake/pt/include
 * flags: -DXMEM_STRETCH=16UL
 *
 * Heap, boot allocator and TLB are stand-ins that write down what happens, a
 * letter an event: a allocate, m entries made, t and tables, c entries changed,
 * f flush, x free. They fail the test if they are called with a lock held.
 * `fail_at` makes the n-th allocation from now fail. The space lives through
 * all tests (the service keeps spare tables); each test begins with nothing
 * mapped.
 */
#include <xmem/debug.h>
#include <xmem/page_info.h>

#include "boot_memory.h"

#define RO PAGE_HYPERVISOR_RO
#define RW PAGE_HYPERVISOR_RW
#define RX PAGE_HYPERVISOR_RX

/* The space ends where addresses end. */
#define BASE	  (0UL - (FAKE_PAGES << PAGE_SHIFT))
#define SPARE_MAX (2UL * ARCH_PT_LEVELS)

static char events[4096];
static unsigned int nr_events;
static unsigned long flushed_va, flushed_nr;
static unsigned long fail_at; /* 0: never */
static bool early;	      /* tables of the boot may still be kept */
static unsigned long nr_of_boot, nr_of_heap; /* tables given back */
static struct xmem_pt pt;

static void note(char event)
{
	assert_int_equal(xmem_host_held.nr, 0);
	if (nr_events < sizeof(events) - 1) {
		events[nr_events++] = event;
		events[nr_events] = 0;
	}
}

/* Does the letter occur? */
static bool happened(char event)
{
	return memchr(events, event, nr_events) != NULL;
}

static void forget(void)
{
	nr_events = 0;
	events[0] = 0;
	flushed_va = 0;
	flushed_nr = 0;
}

/* ---- stand-ins ---- */

static unsigned long take_frame(void)
{
	note('a');
	if (fail_at > 0 && --fail_at == 0) {
		return XMEM_NO_MFN;
	}
	return fake_take();
}

void *xmem_meta_take(unsigned long nr)
{
	unsigned long mfn = take_frame();

	assert_false(boot);
	assert_int_equal(nr, 1);
	if (mfn == XMEM_NO_MFN) {
		return NULL;
	}
	mfn_to_page(_mfn(mfn))->count_info = PGC_xen_heap;
	return mfn_to_virt(mfn);
}

void xmem_meta_give(void *va, unsigned long nr)
{
	struct page_info *pg = virt_to_page(va);

	note('x');
	assert_false(boot);
	assert_int_equal(nr, 1);
	if (is_xen_heap_page(pg)) {
		nr_of_heap++;
	} else {
		nr_of_boot++;
	}
	pg->count_info = 0;
	fake_give(virt_to_mfn(va));
}

void xmem_port_tlb_flush(unsigned long va, unsigned long nr_pages)
{
	note('f');
	flushed_va = va;
	flushed_nr = nr_pages;
	fake_flush();
}

void fake_made(unsigned long va, unsigned long nr, bool tables)
{
	(void)va;
	assert_true(nr > 0);
	note(tables ? 't' : 'm');
}

void fake_changed(unsigned long va, unsigned long nr)
{
	(void)va;
	assert_true(nr > 0);
	note('c');
}

static unsigned long nr_relaxed, most_writes, writes_before;

/* A stretch ends: without a lock, and it was none too long. */
void fake_relax(void)
{
	unsigned long nr = fake_nr_writes - writes_before;

	assert_int_equal(xmem_host_held.nr, 0);
	most_writes = nr > most_writes ? nr : most_writes;
	writes_before = fake_nr_writes;
	nr_relaxed++;
}

/* ---- helpers ---- */

static unsigned long va_of(unsigned long page)
{
	return BASE + (page << PAGE_SHIFT);
}

static unsigned long nr_reachable(void)
{
	unsigned long nr = 0;

	ASSERT_VALID(xmem_pt_check(&pt, &nr));
	return nr;
}

/* Every table taken is in the space or spare, and few are spare. */
static void assert_no_table_lost(void)
{
	unsigned long spare = xmem_map_spare_tables();

	assert_true(fake_is_clean());
	assert_int_equal(nr_reachable() + spare, fake_nr_tables);
	assert_true(early || spare <= SPARE_MAX);
}

/* A number for all that is mapped. */
static uint64_t mapped_sum(void)
{
	uint64_t sum = 0;

	for (unsigned long i = 0; i < FAKE_PAGES; i++) {
		struct xmem_pt_found found = {0, 0, 0, false};
		bool mapped = xmem_pt_lookup(&pt, va_of(i), &found);

		sum = (sum ^ (found.mfn * 1024 + found.flags * 16 +
			      found.order * 2 + mapped)) *
			      0x100000001b3ULL +
		      i;
	}
	return sum;
}

static void assert_mapped(unsigned long page, unsigned long mfn,
			  unsigned int flags, unsigned int order)
{
	unsigned int f, o;

	assert_true(xmem_map_attrs(va_of(page), &f, &o));
	assert_int_equal(f, flags);
	assert_int_equal(o, order);
	assert_int_equal(mfn_x(xen_map_to_mfn(va_of(page) + 5)), mfn);
}

static void assert_hole(unsigned long page)
{
	assert_false(xmem_map_attrs(va_of(page), NULL, NULL));
	assert_true(mfn_eq(xen_map_to_mfn(va_of(page)), INVALID_MFN));
}

static int map(unsigned long page, unsigned long mfn, unsigned long nr,
	       unsigned int flags)
{
	return map_pages_to_xen(va_of(page), _mfn(mfn), nr, flags);
}

static int clean(void **unused)
{
	(void)unused;
	fail_at = 0;
	fake_has_low = false;
	assert_int_equal(destroy_xen_mappings(BASE, 0), 0);
	assert_no_table_lost();
	forget();
	return 0;
}

static int power_on(void **unused)
{
	(void)unused;
	pt = fake_reset();
	boot = true;
	early = true;
	return 0;
}

/* ---- tests ---- */

/* During boot: tables from the boot allocator, also below a limit. */
static void boot_tables_come_from_the_boot_allocator(void **unused)
{
	(void)unused;
	fake_limit = FAKE_MFN + FAKE_FRAMES;
	assert_int_equal(map(0, 0x1001, 64, RW), 0);
	assert_string_equal(events, "aaaaaaaaaaaaaaaaaaaaat");
	assert_mapped(63, 0x1040, RW, 0);
	fake_limit = ~0UL;
}

/* During boot nothing can be given back: tables wait for the next use. */
static void boot_tables_are_used_again(void **unused)
{
	unsigned long taken;

	(void)unused;
	assert_int_equal(map(0, 0x1001, 64, RW), 0);
	taken = fake_nr_tables;
	for (unsigned int i = 0; i < 10; i++) {
		assert_int_equal(destroy_xen_mappings(BASE, 0), 0);
		assert_int_equal(map(128, 0x1001, 16, RW), 0);
	}
	assert_true(fake_nr_tables <= taken + 1);
	forget();
	fail_at = 1;
	assert_int_equal(map(128, 0x1001, 128, RW | MAP_SMALL_PAGES),
			 -XMEM_ENOMEM);
	fail_at = 1;
	assert_int_equal(map(128, 0x1001, 128, RW | MAP_SMALL_PAGES),
			 -XMEM_ENOMEM);
	assert_hole(144);
	assert_no_table_lost();
	boot = false;
}

/* After boot all tables go back to the heap, also those of the boot. */
static void tables_go_back_to_the_heap(void **unused)
{
	(void)unused;
	assert_int_equal(map(0, 0x1001, 256, RW), 0);
	assert_int_equal(destroy_xen_mappings(BASE, 0), 0);
	assert_true(nr_of_boot > 0);
	early = false;
	for (unsigned int i = 0; i < 4; i++) {
		assert_int_equal(map(0, 0x1001, 256, RW), 0);
		forget();
		assert_int_equal(destroy_xen_mappings(BASE, 0), 0);
		assert_true(happened('x'));
		assert_no_table_lost();
	}
	assert_true(nr_of_heap > 0);
}

/* Largest blocks, or pages if the caller wants them. */
static void map_uses_blocks_unless_told_not_to(void **unused)
{
	(void)unused;
	assert_int_equal(map(15, 0x100f, 22, RO), 0);
	assert_mapped(15, 0x100f, RO, 0);
	assert_mapped(16, 0x1010, RO, 4);
	assert_mapped(32, 0x1020, RO, 2);
	assert_mapped(36, 0x1024, RO, 0);
	assert_int_equal(map(64, 0x1000, 16, RX | MAP_SMALL_PAGES), 0);
	assert_mapped(64, 0x1000, RX, 0);
}

/* Access and memory type of every kind come back as given. */
static void attributes_come_back(void **unused)
{
	static const unsigned int flags[] = {
		PAGE_HYPERVISOR_RO, PAGE_HYPERVISOR_RW, PAGE_HYPERVISOR_RX,
		PAGE_HYPERVISOR_UC, PAGE_HYPERVISOR_WC, PAGE_HYPERVISOR_WT,
	};

	(void)unused;
	for (unsigned int i = 0; i < 6; i++) {
		assert_int_equal(map(0, 0x1000, 21, flags[i]), 0);
		assert_mapped(3, 0x1003, flags[i], 4);
		assert_mapped(16, 0x1010, flags[i], 2);
		assert_mapped(20, 0x1014, flags[i], 0);
		assert_int_equal(map(0, 0x1000, 21, flags[(i + 1) % 6]), 0);
	}
}

/* Bad ranges and flags are refused and change nothing. */
static void bad_requests_are_refused(void **unused)
{
	unsigned long far = 1UL << (PADDR_BITS - PAGE_SHIFT);
	unsigned long huge = ~0UL >> PAGE_SHIFT;
	unsigned int wx = RW | XMEM_MAP_EXEC;
	uint64_t sum;

	(void)unused;
	assert_int_equal(map(0, 0x1000, 64, RW), 0);
	sum = mapped_sum();
	forget();
	assert_int_equal(map(0, 0x2000, 1, wx), -XMEM_EINVAL);
	assert_int_equal(map(0, 0x2000, 1, RW | 1U << 9), -XMEM_EINVAL);
	assert_int_equal(map(0, 0x2000, 257, RW), -XMEM_EINVAL);
	assert_int_equal(map(0, 0x2000, huge + 2, RW), -XMEM_EINVAL);
	assert_int_equal(map(0, 0x2000, ~0UL, RW), -XMEM_EINVAL);
	assert_int_equal(map(0, far, 1, RW), -XMEM_EINVAL);
	assert_int_equal(map(0, far - 1, 2, RW), -XMEM_EINVAL);
	assert_int_equal(map(0, ~0UL - 1, 2, RW), -XMEM_EINVAL);
	assert_int_equal(map_pages_to_xen(BASE + 8, _mfn(1), 1, RW),
			 -XMEM_EINVAL);
	/* Not an address of the space: in its hole, or across an end. */
	assert_int_equal(map_pages_to_xen(BASE - PAGE_SIZE, _mfn(1), 1, RW),
			 -XMEM_EINVAL);
	assert_int_equal(
		map_pages_to_xen(0UL - PAGE_SIZE - BASE, _mfn(1), 2, RW),
		-XMEM_EINVAL);
	assert_int_equal(modify_xen_mappings(BASE, BASE + PAGE_SIZE, wx),
			 -XMEM_EINVAL);
	assert_int_equal(modify_xen_mappings(BASE, BASE + PAGE_SIZE,
					     RW | MAP_SMALL_PAGES),
			 -XMEM_EINVAL);
	assert_int_equal(modify_xen_mappings(BASE + 1, 0, RW), -XMEM_EINVAL);
	assert_int_equal(modify_xen_mappings(va_of(2), va_of(1), RW),
			 -XMEM_EINVAL);
	assert_int_equal(modify_xen_mappings(BASE - PAGE_SIZE, 0, RW),
			 -XMEM_EINVAL);
	assert_int_equal(destroy_xen_mappings(va_of(2), va_of(1)),
			 -XMEM_EINVAL);
	assert_int_equal(destroy_xen_mappings(BASE, 5), -XMEM_EINVAL);
	assert_int_equal(populate_pt_range(BASE + 1, 1), -XMEM_EINVAL);
	assert_int_equal(populate_pt_range(BASE, 257), -XMEM_EINVAL);
	assert_string_equal(events, "");
	assert_true(sum == mapped_sum());
}

/* The root translates the last addresses only: none below, with whatever bits
 * above those it uses, and no range that begins or ends there. */
static void addresses_that_are_not_the_spaces_are_refused(void **unused)
{
	unsigned long size = FAKE_PAGES << PAGE_SHIFT;

	(void)unused;
	for (unsigned long va = 0; va < 4 * size; va += size) {
		assert_int_equal(map_pages_to_xen(va, _mfn(0x1000), 1, RW),
				 -XMEM_EINVAL);
		assert_int_equal(map_pages_to_xen(BASE - va - PAGE_SIZE,
						  _mfn(0x1000), 1, RW),
				 -XMEM_EINVAL);
		assert_int_equal(populate_pt_range(va, 1), -XMEM_EINVAL);
		assert_int_equal(xmem_map_prepare(va, 1), -XMEM_EINVAL);
		assert_int_equal(modify_xen_mappings(va, va + PAGE_SIZE, RO),
				 -XMEM_EINVAL);
		assert_int_equal(destroy_xen_mappings(va, va + PAGE_SIZE),
				 -XMEM_EINVAL);
	}
	assert_int_equal(map_pages_to_xen(BASE - PAGE_SIZE, _mfn(1), 2, RW),
			 -XMEM_EINVAL);
	assert_int_equal(destroy_xen_mappings(PAGE_SIZE, 0), -XMEM_EINVAL);
	assert_string_equal(events, "");
}

/* An address that differs in the bits above the tables alone is another one:
 * what is mapped at the space's is not found there, nor are its tables. */
static void addresses_are_no_aliases(void **unused)
{
	unsigned long other = va_of(0) & ((FAKE_PAGES << PAGE_SHIFT) - 1);

	(void)unused;
	assert_int_equal(map(0, 0x1040, 1, RW), 0);
	assert_mapped(0, 0x1040, RW, 0);
	assert_true(mfn_eq(xen_map_to_mfn(other), INVALID_MFN));
	assert_false(xmem_map_attrs(other, NULL, NULL));
	assert_int_equal(xmem_map_prepare(va_of(0), 1), 0);
	assert_int_equal(xmem_map_prepare(other, 1), -XMEM_EINVAL);
	assert_int_equal(xmem_map_prepare(va_of(0), FAKE_PAGES + 1),
			 -XMEM_EINVAL);
}

/* Where there are addresses at both ends: no range reaches out of one, and
 * none has all between them in it. */
static void a_range_lies_in_one_row_of_addresses(void **unused)
{
	unsigned long size = FAKE_PAGES << PAGE_SHIFT;

	(void)unused;
	fake_has_low = true;
	assert_int_equal(map_pages_to_xen(size - PAGE_SIZE, _mfn(1), 2, RW),
			 -XMEM_EINVAL);
	assert_int_equal(map_pages_to_xen(BASE - PAGE_SIZE, _mfn(1), 2, RW),
			 -XMEM_EINVAL);
	assert_int_equal(destroy_xen_mappings(0, size + PAGE_SIZE),
			 -XMEM_EINVAL);
	assert_int_equal(destroy_xen_mappings(size - PAGE_SIZE, BASE),
			 -XMEM_EINVAL);
	assert_int_equal(
		destroy_xen_mappings(size - PAGE_SIZE, BASE + PAGE_SIZE),
		-XMEM_EINVAL);
	assert_int_equal(destroy_xen_mappings(PAGE_SIZE, 0), -XMEM_EINVAL);
	assert_string_equal(events, "");
	assert_int_equal(map_pages_to_xen(0, _mfn(0x1000), FAKE_PAGES, RW), 0);
	assert_int_equal(destroy_xen_mappings(0, size), 0);
	fake_has_low = false;
}

/* No pages: success, and nothing happens. */
static void empty_ranges_do_nothing(void **unused)
{
	(void)unused;
	assert_int_equal(map(0, 0x1000, 0, RW), 0);
	assert_int_equal(map(0, ~0UL - 7, 0, RW), 0);
	assert_int_equal(modify_xen_mappings(BASE, BASE, RO), 0);
	assert_int_equal(destroy_xen_mappings(BASE, BASE), 0);
	assert_int_equal(destroy_xen_mappings(0, 0), 0);
	assert_int_equal(populate_pt_range(BASE, 0), 0);
	assert_string_equal(events, "");
}

/* The top of the address space, where the end is address 0. */
static void ranges_may_end_at_the_top(void **unused)
{
	(void)unused;
	assert_int_equal(map(239, 0x10ef, 17, RW), 0);
	assert_mapped(255, 0x10ff, RW, 4);
	assert_int_equal(modify_xen_mappings(va_of(255), 0, RO), 0);
	assert_mapped(255, 0x10ff, RO, 0);
	assert_mapped(254, 0x10fe, RW, 0);
	assert_int_equal(destroy_xen_mappings(va_of(240), 0), 0);
	assert_hole(255);
	assert_mapped(239, 0x10ef, RW, 0);
}

/* A flush exactly when a present entry changed, over the range, at the end. */
static void flush_if_and_only_if_needed(void **unused)
{
	(void)unused;
	assert_int_equal(map(16, 0x1010, 64, RW), 0);
	assert_false(happened('f'));
	assert_int_equal(map(16, 0x1010, 64, RW), 0);
	assert_false(happened('f'));
	assert_int_equal(modify_xen_mappings(va_of(16), va_of(80), RW), 0);
	assert_int_equal(modify_xen_mappings(va_of(80), 0, RO), 0);
	assert_int_equal(populate_pt_range(va_of(16), 64), 0);
	assert_false(happened('f'));
	forget();
	assert_int_equal(modify_xen_mappings(va_of(20), va_of(25), RO), 0);
	assert_string_equal(events, "cf");
	assert_int_equal(flushed_va, va_of(20));
	assert_int_equal(flushed_nr, 5);
	forget();
	assert_int_equal(map(16, 0x2010, 2, RW), 0);
	assert_string_equal(events, "mcf");
	forget();
	assert_int_equal(destroy_xen_mappings(va_of(17), va_of(18)), 0);
	assert_string_equal(events, "cf");
	forget();
	assert_int_equal(destroy_xen_mappings(va_of(17), va_of(18)), 0);
	assert_string_equal(events, "");
}

/* Tables taken out are freed, and only after the flush. */
static void tables_are_freed_after_the_flush(void **unused)
{
	(void)unused;
	assert_int_equal(map(0, 0x1001, 256, RW), 0);
	forget();
	assert_int_equal(destroy_xen_mappings(BASE, 0), 0);
	assert_memory_equal(events, "cfx", 3);
	forget();
	/* Also if nothing was mapped: hardware may have cached the tables. */
	assert_int_equal(populate_pt_range(BASE, 256), 0);
	forget();
	assert_int_equal(destroy_xen_mappings(BASE, 0), 0);
	assert_memory_equal(events, "fx", 2);
}

/* Blocks take the place of tables, after which these are freed. */
static void map_gives_back_tables_it_replaces(void **unused)
{
	unsigned long before;

	(void)unused;
	assert_int_equal(map(0, 0x1000, 256, RW | MAP_SMALL_PAGES), 0);
	before = nr_reachable();
	forget();
	assert_int_equal(map(0, 0x1000, 256, RW), 0);
	assert_mapped(77, 0x104d, RW, 4);
	assert_int_equal(nr_reachable(), before - 16 * 5);
	assert_memory_equal(events, "mcf", 3);
	assert_no_table_lost();
}

/* Attributes of a part of a block, the rest as before; NONE unmaps. */
static void modify_splits_blocks(void **unused)
{
	(void)unused;
	assert_int_equal(map(0, 0x1000, 32, RX | XMEM_MAP_WT), 0);
	assert_int_equal(modify_xen_mappings(va_of(9), va_of(17), RO), 0);
	assert_mapped(8, 0x1008, RX | XMEM_MAP_WT, 0);
	assert_mapped(9, 0x1009, RO, 0);
	assert_mapped(12, 0x100c, RO, 2);
	assert_mapped(16, 0x1010, RO, 0);
	assert_mapped(17, 0x1011, RX | XMEM_MAP_WT, 0);
	assert_mapped(20, 0x1014, RX | XMEM_MAP_WT, 2);
	assert_mapped(0, 0x1000, RX | XMEM_MAP_WT, 2);
	assert_int_equal(modify_xen_mappings(va_of(8), va_of(16), 0), 0);
	assert_hole(8);
	assert_hole(15);
	assert_mapped(16, 0x1010, RO, 0);
}

/* Part of a block goes. */
static void destroy_splits_blocks(void **unused)
{
	(void)unused;
	assert_int_equal(map(16, 0x1010, 16, RW), 0);
	assert_int_equal(destroy_xen_mappings(va_of(20), va_of(24)), 0);
	assert_mapped(19, 0x1013, RW, 2);
	assert_hole(20);
	assert_hole(23);
	assert_mapped(24, 0x1018, RW, 2);
}

/* Tables down to page level, nothing mapped, nothing unmapped. */
static void populate_makes_a_range_ready(void **unused)
{
	(void)unused;
	assert_int_equal(map(16, 0x1010, 16, RW), 0);
	assert_int_equal(populate_pt_range(va_of(10), 20), 0);
	assert_hole(10);
	assert_mapped(16, 0x1010, RW, 0);
	forget();
	fail_at = 1;
	assert_int_equal(xmem_map_prepare(va_of(10), 20), 0);
	assert_string_equal(events, "");
	xmem_map_commit(va_of(10), 0x555, 6, RW);
	assert_mapped(15, 0x55a, RW, 0);
}

/* INVALID_MFN, or no access: the range is populated and unmapped. */
static void map_of_nothing_populates(void **unused)
{
	(void)unused;
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(map(0, 0x1000, 32, RW), 0);
		forget();
		assert_int_equal(map(4, i == 0 ? XMEM_NO_MFN : 0x1000, 20,
				     i == 0 ? RW : PAGE_HYPERVISOR_NONE),
				 0);
		assert_true(happened('f'));
		assert_mapped(0, 0x1000, RW, 2);
		assert_hole(4);
		assert_hole(23);
		assert_mapped(24, 0x1018, RW, 2);
		forget();
		assert_int_equal(xmem_map_prepare(va_of(4), 20), 0);
		assert_string_equal(events, "");
		assert_int_equal(destroy_xen_mappings(BASE, 0), 0);
	}
}

/* prepare, commit, park, collect: no flush by themselves, frames come back. */
static void the_life_of_a_range(void **unused)
{
	struct xmem_run run[2];
	unsigned long done;

	(void)unused;
	assert_int_equal(xmem_map_prepare(va_of(100), 20), 0);
	xmem_map_commit(va_of(100), 0x700, 12, RW);
	xmem_map_commit(va_of(112), 0x900, 8, RO);
	assert_mapped(111, 0x70b, RW, 0);
	assert_mapped(112, 0x900, RO, 0);
	xmem_map_park(va_of(100), 20);
	assert_hole(100);
	assert_hole(119);
	fake_flush(); /* The caller's part. */
	assert_int_equal(xmem_map_collect(va_of(100), 20, run, 1, &done), 1);
	assert_int_equal(done, 12);
	assert_int_equal(run[0].mfn, 0x700);
	assert_int_equal(run[0].nr, 12);
	assert_int_equal(xmem_map_collect(va_of(112), 8, run, 2, &done), 1);
	assert_int_equal(done, 8);
	assert_int_equal(run[0].mfn, 0x900);
	assert_false(happened('f'));
	forget();
	assert_int_equal(xmem_map_prepare(va_of(100), 20), 0);
	assert_string_equal(events, "");
	assert_no_table_lost();
}

static void begin_stretches(void)
{
	nr_relaxed = 0;
	most_writes = 0;
	writes_before = fake_nr_writes;
}

/* What was done came in @nr stretches or more. In none were more entries
 * written than belong to one, and to the tables that these need or leave. */
static void expect_stretches(unsigned long nr)
{
	fake_relax();
	assert_true(nr_relaxed >= nr);
	assert_true(most_writes <=
		    XMEM_STRETCH + 4 * (1UL << ARCH_PT_BITS) + 2 * SPARE_MAX);
	begin_stretches();
}

/* All that may be long is cut: under the lock, which is dropped, and where
 * there is none. One flush serves all of it. */
static void long_work_comes_in_stretches(void **unused)
{
	struct xmem_run run[1];
	unsigned long done;

	(void)unused;
	begin_stretches();
	assert_int_equal(map(0, 0x1001, 256, RW | MAP_SMALL_PAGES), 0);
	expect_stretches(256 / XMEM_STRETCH + 64);
	forget();
	assert_int_equal(map(0, 0x3001, 256, RW | MAP_SMALL_PAGES), 0);
	assert_string_equal(events, "mcf");
	assert_int_equal(flushed_va, BASE);
	assert_int_equal(flushed_nr, 256);
	expect_stretches(256 / XMEM_STRETCH);
	forget();
	assert_int_equal(modify_xen_mappings(BASE, 0, RO), 0);
	assert_string_equal(events, "cf");
	expect_stretches(256 / XMEM_STRETCH);
	for (unsigned long i = 0; i < 256; i++) {
		assert_mapped(i, 0x3001 + i, RO, 0);
	}
	assert_int_equal(destroy_xen_mappings(BASE, 0), 0);
	expect_stretches(256 / XMEM_STRETCH);
	/* Those in the root stay. */
	assert_int_equal(nr_reachable(), 1 + (1UL << FAKE_PT_TOP_BITS));
	assert_int_equal(xmem_map_prepare(BASE, 256), 0);
	expect_stretches(5);
	xmem_map_commit(BASE, 0x5001, 256, RW);
	expect_stretches(256 / XMEM_STRETCH);
	forget();
	xmem_map_park(BASE, 256);
	assert_string_equal(events, "c");
	expect_stretches(256 / XMEM_STRETCH);
	fake_flush();
	assert_int_equal(xmem_map_collect(BASE, 256, run, 1, &done), 1);
	assert_int_equal(done, 256);
	assert_int_equal(run[0].nr, 256);
	assert_no_table_lost();
}

/* A block over tables: they are taken apart piece by piece, after the flush,
 * and the lock is not held meanwhile. */
static void tables_are_taken_apart_in_stretches(void **unused)
{
	(void)unused;
	assert_int_equal(map(0, 0x1001, 256, RW | MAP_SMALL_PAGES), 0);
	begin_stretches();
	forget();
	assert_int_equal(map(64, 0x1040, 64, RW), 0);
	assert_mapped(99, 0x1063, RW, 4);
	expect_stretches(4);
	assert_true(happened('x'));
	assert_no_table_lost();
}

/* The five requests that may need tables. */
static int run_request(unsigned int which)
{
	switch (which) {
	case 0:
		return map(60, 0x3001, 80, RO);
	case 1:
		return modify_xen_mappings(va_of(17), va_of(30), RO);
	case 2:
		return destroy_xen_mappings(va_of(17), va_of(30));
	case 3:
		return populate_pt_range(va_of(2), 200);
	case 4:
		return map(70, XMEM_NO_MFN, 100, RW);
	default:
		return xmem_map_prepare(va_of(150), 90);
	}
}

/* The n-th table cannot be had, for every n: -ENOMEM, nothing changed. */
static void every_failure_changes_nothing(void **unused)
{
	(void)unused;
	for (unsigned int which = 0; which < 6; which++) {
		unsigned long n = 0;
		int ret = -XMEM_ENOMEM;

		(void)clean(NULL);
		assert_int_equal(map(16, 0x1010, 32, RW), 0);
		while (ret != 0) {
			uint64_t sum = mapped_sum();

			forget();
			fail_at = ++n;
			ret = run_request(which);
			assert_no_table_lost();
			if (ret != 0) {
				assert_int_equal(ret, -XMEM_ENOMEM);
				assert_int_equal(fail_at, 0);
				assert_true(sum == mapped_sum());
				assert_false(happened('f'));
			}
		}
		fail_at = 0;
		assert_true(n > 1 || which == 1 || which == 2);
	}
}

/* All memory is gone: what needs no table still works. */
static void without_memory_what_needs_none_works(void **unused)
{
	(void)unused;
	assert_int_equal(map(16, 0x1010, 32, RW | MAP_SMALL_PAGES), 0);
	assert_int_equal(map(64, 0x1010, 16, RW), 0);
	forget();
	fail_at = 1;
	assert_int_equal(modify_xen_mappings(va_of(17), va_of(20), RO), 0);
	assert_int_equal(modify_xen_mappings(va_of(64), va_of(80), RO), 0);
	assert_int_equal(map(17, 0x7000, 20, RW), 0);
	assert_int_equal(destroy_xen_mappings(va_of(16), va_of(80)), 0);
	assert_false(happened('a'));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup(boot_tables_come_from_the_boot_allocator, clean),
	cmocka_unit_test_setup(boot_tables_are_used_again, clean),
	cmocka_unit_test_setup(tables_go_back_to_the_heap, clean),
	cmocka_unit_test_setup(map_uses_blocks_unless_told_not_to, clean),
	cmocka_unit_test_setup(attributes_come_back, clean),
	cmocka_unit_test_setup(bad_requests_are_refused, clean),
	cmocka_unit_test_setup(addresses_that_are_not_the_spaces_are_refused,
			       clean),
	cmocka_unit_test_setup(addresses_are_no_aliases, clean),
	cmocka_unit_test_setup(a_range_lies_in_one_row_of_addresses, clean),
	cmocka_unit_test_setup(empty_ranges_do_nothing, clean),
	cmocka_unit_test_setup(ranges_may_end_at_the_top, clean),
	cmocka_unit_test_setup(flush_if_and_only_if_needed, clean),
	cmocka_unit_test_setup(tables_are_freed_after_the_flush, clean),
	cmocka_unit_test_setup(map_gives_back_tables_it_replaces, clean),
	cmocka_unit_test_setup(modify_splits_blocks, clean),
	cmocka_unit_test_setup(destroy_splits_blocks, clean),
	cmocka_unit_test_setup(populate_makes_a_range_ready, clean),
	cmocka_unit_test_setup(map_of_nothing_populates, clean),
	cmocka_unit_test_setup(the_life_of_a_range, clean),
	cmocka_unit_test_setup(long_work_comes_in_stretches, clean),
	cmocka_unit_test_setup(tables_are_taken_apart_in_stretches, clean),
	cmocka_unit_test_setup(every_failure_changes_nothing, clean),
	cmocka_unit_test_setup(without_memory_what_needs_none_works, clean),
};

int main(void)
{
	test_begin();
	return cmocka_run_group_tests(tests, power_on, NULL);
}
