/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_tlb.c - arch/tlb.h of x86-64 forgets all that it must, and no more
 *
 * pages: 4 KiB
 * link: tests/sim/x86/fake_cpu.c
 * include: tests/sim/x86/fake arch/x86/include
 * flags: -UPAGE_SHIFT
 *
 * The real header on a model of the CPU (fake_cpu.h), since no emulator at
 * hand has PCIDs: every combination of CR4.PGE, CR4.PCIDE and INVPCID, in
 * every context, with ranges around XMEM_TLB_FLUSH_MAX.
 */
#include "fake_cpu.h"

#include <arch/tlb.h>

#define FIRST 5UL

static const unsigned long sizes[] = {0,
				      1,
				      2,
				      XMEM_TLB_FLUSH_MAX - 1,
				      XMEM_TLB_FLUSH_MAX,
				      XMEM_TLB_FLUSH_MAX + 1,
				      3 * XMEM_TLB_FLUSH_MAX};
#define NR_SIZES (sizeof(sizes) / sizeof(sizes[0]))

/* One machine, and where it is when the flush comes. */
struct setting {
	unsigned long cr4;
	bool has_invpcid;
	bool is_global;	   /* the leaves */
	bool was_switched; /* they were used with CR4.PGE the other way, too */
	unsigned int pcid;
};
#define NR_SETTINGS (2U * 2 * 2 * 2 * 2 * FAKE_PCIDS)

/* The @i-th setting; false if there is none like that. */
static bool get_setting(unsigned int i, struct setting *s)
{
	s->cr4 = (i & 1 ? XMEM_CR4_PGE : 0) | (i & 2 ? XMEM_CR4_PCIDE : 0);
	s->has_invpcid = (i & 4) != 0;
	s->is_global = (i & 8) != 0;
	s->was_switched = (i & 16) != 0;
	s->pcid = i / 32;
	return s->pcid == 0 || (s->cr4 & XMEM_CR4_PCIDE) != 0;
}

/* The machine of @s, which has used all its pages in all contexts. */
static void set_up(const struct setting *s)
{
	fake_power_on(s->cr4, s->has_invpcid);
	fake_cpu.pt.is_global = s->is_global;
	if (s->was_switched) {
		xmem_cpu_write_cr4(s->cr4 ^ XMEM_CR4_PGE);
		fake_use_all();
		xmem_cpu_write_cr4(s->cr4);
		fake_cpu.nr_cr4 = 0;
	}
	fake_cpu.cr3 |= s->pcid;
	fake_use_all();
	assert_true(fake_nr_known(FIRST, 1) > 0);
}

static void unmap(unsigned long first, unsigned long nr)
{
	fake_cpu.pt.first = first;
	fake_cpu.pt.nr_unmapped = nr;
}

static unsigned int nr_instructions(void)
{
	return fake_cpu.nr_invlpg + fake_cpu.nr_invpcid + fake_cpu.nr_cr3 +
	       fake_cpu.nr_cr4;
}

/* The registers are as they were before the flush. */
static void assert_registers(const struct setting *s, uint64_t cr3)
{
	assert_true(fake_cpu.cr4 == s->cr4);
	assert_true(fake_cpu.cr3 == cr3);
	assert_int_equal(fake_pcid(), s->pcid);
}

/* One way to drop everything was taken, once. */
static void assert_one_full_flush(const struct setting *s)
{
	assert_int_equal(fake_cpu.nr_invlpg, 0);
	if (fake_cpu.nr_cr4 > 0) {
		assert_int_equal(fake_cpu.nr_cr4, 2);
		assert_int_equal(nr_instructions(), 2);
	} else {
		assert_int_equal(nr_instructions(), 1);
	}
	assert_true(s->has_invpcid || fake_cpu.nr_invpcid == 0);
}

/* Can single invlpg reach the translations in all contexts? */
static bool page_by_page(const struct setting *s, unsigned long nr)
{
	return nr <= XMEM_TLB_FLUSH_MAX &&
	       ((s->cr4 & XMEM_CR4_PGE) != 0 || (s->cr4 & XMEM_CR4_PCIDE) == 0);
}

/* What the header asks of the port: with PCIDs, what the library unmaps is
 * mapped globally. */
static bool is_supported(const struct setting *s)
{
	return s->is_global || (s->cr4 & XMEM_CR4_PCIDE) == 0;
}

static void check_local(const struct setting *s, unsigned long nr)
{
	unsigned long others;
	uint64_t cr3;

	set_up(s);
	cr3 = fake_cpu.cr3;
	unmap(FIRST, nr);
	others = fake_nr_known(0, FIRST) +
		 fake_nr_known(FIRST + nr, FAKE_PAGES - FIRST - nr);
	xmem_tlb_flush_local(FAKE_VA + (FIRST << PAGE_SHIFT), nr);
	assert_int_equal(fake_nr_known(FIRST, nr), 0);
	assert_registers(s, cr3);
	if (page_by_page(s, nr)) {
		assert_int_equal(fake_cpu.nr_invlpg, nr);
		assert_int_equal(nr_instructions(), nr);
		assert_int_equal(others, fake_nr_known(0, FAKE_PAGES));
	} else if (nr > 0) {
		assert_one_full_flush(s);
	} else {
		assert_int_equal(nr_instructions(), 0);
	}
}

/* After a flush of a range no context has a translation of it, and CR3 and
 * CR4 are as before; where nr times invlpg do, nothing else is done or lost. */
static void a_range_is_forgotten_in_all_contexts(void **unused)
{
	struct setting s;

	(void)unused;
	for (unsigned int i = 0; i < NR_SETTINGS; i++) {
		for (unsigned int k = 0; k < NR_SIZES; k++) {
			if (get_setting(i, &s) && is_supported(&s)) {
				check_local(&s, sizes[k]);
			}
		}
	}
}

/* The tables are gone as well: nothing at all is known any more, tables
 * included, whatever the CPU does meanwhile. */
static void everything_is_forgotten(void **unused)
{
	struct setting s;

	(void)unused;
	for (unsigned int i = 0; i < NR_SETTINGS; i++) {
		uint64_t cr3;

		if (!get_setting(i, &s)) {
			continue;
		}
		set_up(&s);
		cr3 = fake_cpu.cr3;
		fake_cpu.pt.gone = true;
		xmem_tlb_flush_all();
		assert_int_equal(fake_nr_known(0, FAKE_PAGES), 0);
		assert_int_equal(fake_nr_tables(), 0);
		assert_registers(&s, cr3);
		assert_one_full_flush(&s);
	}
}

/* A range long enough to free a table is flushed with its tables. */
static void a_long_range_is_forgotten_with_its_tables(void **unused)
{
	struct setting s;

	(void)unused;
	for (unsigned int i = 0; i < NR_SETTINGS; i++) {
		if (get_setting(i, &s)) {
			set_up(&s);
			fake_cpu.pt.gone = true;
			xmem_tlb_flush_local(FAKE_VA, XMEM_TLB_FLUSH_MAX + 1);
			assert_int_equal(fake_nr_known(0, FAKE_PAGES), 0);
			assert_int_equal(fake_nr_tables(), 0);
		}
	}
}

static void flush_some(void)
{
	xmem_tlb_flush_local(FAKE_VA, 2);
}

/* Another CPU's request comes as an interrupt, before any instruction of a
 * flush, and is carried out there. */
static void a_flush_may_interrupt_another(void **unused)
{
	static void (*const handlers[])(void) = {xmem_tlb_flush_all,
						 flush_some};
	struct setting s;

	(void)unused;
	for (unsigned int i = 0; i < NR_SETTINGS * 2 * 3; i++) {
		uint64_t cr3;

		if (!get_setting(i / 6, &s) || !is_supported(&s)) {
			continue;
		}
		set_up(&s);
		cr3 = fake_cpu.cr3;
		unmap(0, FAKE_PAGES);
		fake_cpu.interrupt = handlers[i % 2];
		fake_cpu.countdown = i % 6 / 2;
		xmem_tlb_flush_all();
		assert_int_equal(fake_nr_known(0, FAKE_PAGES), 0);
		assert_registers(&s, cr3);
	}
}

/* Why the port has to map globally, with PCIDs, what the library may change:
 * a page that it did not is still known in other contexts after a flush of
 * that page. A flush of everything reaches it. */
static void pages_of_one_context_need_the_full_flush(void **unused)
{
	const struct setting s = {XMEM_CR4_PGE | XMEM_CR4_PCIDE, true, false,
				  false, 1};

	(void)unused;
	set_up(&s);
	unmap(FIRST, 1);
	xmem_tlb_flush_local(FAKE_VA + (FIRST << PAGE_SHIFT), 1);
	assert_int_equal(fake_nr_known(FIRST, 1), FAKE_PCIDS - 1);
	xmem_tlb_flush_all();
	assert_int_equal(fake_nr_known(FIRST, 1), 0);
}

/* ---- the model does what the manual says ---- */

/* In context 1, whose tables are forgotten: nothing is found again. */
static void set_up_model(bool is_global)
{
	const struct setting s = {XMEM_CR4_PGE | XMEM_CR4_PCIDE, true,
				  is_global, false, 1};

	set_up(&s);
	unmap(0, FAKE_PAGES);
	fake_cpu.pt.gone = true;
	memset(fake_cpu.table[1], 0, sizeof(fake_cpu.table[1]));
}

/* MOV to CR3 spares global pages and other contexts, and all with bit 63. */
static void the_model_knows_cr3(void **unused)
{
	(void)unused;
	set_up_model(false);
	xmem_cpu_write_cr3(0x5001);
	assert_int_equal(fake_nr_known(0, FAKE_PAGES), 2 * FAKE_PAGES);
	assert_int_equal(fake_nr_tables(), 2 * FAKE_REGIONS);
	if (TEST_LONG_BITS == 64) {
		xmem_cpu_write_cr3(TEST_TOP_BIT | 0x5002);
		assert_int_equal(fake_nr_known(0, FAKE_PAGES), 2 * FAKE_PAGES);
		assert_int_equal(xmem_cpu_read_cr3(), 0x5002);
	}
	set_up_model(true);
	xmem_cpu_write_cr3(0x5001);
	assert_int_equal(fake_nr_known(0, FAKE_PAGES), 3 * FAKE_PAGES);
}

/* MOV to CR4: a change of PGE, or PCIDE going off, and nothing else. */
static void the_model_knows_cr4(void **unused)
{
	(void)unused;
	set_up_model(true);
	xmem_cpu_write_cr4(XMEM_CR4_PGE | XMEM_CR4_PCIDE);
	assert_int_equal(fake_nr_known(0, FAKE_PAGES), 3 * FAKE_PAGES);
	xmem_cpu_write_cr4(XMEM_CR4_PCIDE);
	assert_int_equal(fake_nr_known(0, FAKE_PAGES), 0);
	set_up_model(false);
	xmem_cpu_write_cr4(XMEM_CR4_PGE);
	assert_int_equal(fake_nr_known(0, FAKE_PAGES) + fake_nr_tables(), 0);
}

/* INVLPG: one page, here and where it is global; all tables, here. */
static void the_model_knows_invlpg(void **unused)
{
	(void)unused;
	set_up_model(false);
	xmem_cpu_invlpg(FAKE_VA);
	assert_int_equal(fake_nr_known(0, FAKE_PAGES), 3 * FAKE_PAGES - 1);
	assert_int_equal(fake_nr_tables(), 2 * FAKE_REGIONS);
	set_up_model(true);
	xmem_cpu_invlpg(FAKE_VA);
	assert_int_equal(fake_nr_known(0, FAKE_PAGES), 3 * FAKE_PAGES - 3);
	assert_int_equal(fake_nr_tables(), 2 * FAKE_REGIONS);
}

/* INVPCID: a page, a context, everything, everything but global pages. */
static void the_model_knows_invpcid(void **unused)
{
	static const unsigned long left[4] = {3 * FAKE_PAGES - 1,
					      2 * FAKE_PAGES, 0, 0};

	(void)unused;
	for (unsigned int type = 0; type < 4; type++) {
		set_up_model(false);
		fake_invpcid(type, 2, FAKE_VA);
		assert_int_equal(fake_nr_known(0, FAKE_PAGES), left[type]);
		set_up_model(true);
		fake_invpcid(type, 2, FAKE_VA);
		assert_int_equal(fake_nr_known(0, FAKE_PAGES),
				 type == 2 ? 0 : 3 * FAKE_PAGES);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_range_is_forgotten_in_all_contexts),
	cmocka_unit_test(everything_is_forgotten),
	cmocka_unit_test(a_long_range_is_forgotten_with_its_tables),
	cmocka_unit_test(a_flush_may_interrupt_another),
	cmocka_unit_test(pages_of_one_context_need_the_full_flush),
	cmocka_unit_test(the_model_knows_cr3),
	cmocka_unit_test(the_model_knows_cr4),
	cmocka_unit_test(the_model_knows_invlpg),
	cmocka_unit_test(the_model_knows_invpcid),
};

TEST_MAIN(tests)
