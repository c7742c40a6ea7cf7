/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_phase.c - the order of the boot, where no header of arch/common is used
 *
 * link: src/lib/phase.c
 *
 * What holds with arch/common is tried on the simulated CPUs
 * (tests/sim/sim_mistakes.h).
 */
#include "lib/phase.h"
#include "lib/phase_arch.h"

#include "test.h"

static const char here[] = "";

static int set_up(void **unused)
{
	(void)unused;
	xmem_phases = 0;
	return 0;
}

static void check(enum xmem_phase call)
{
	xmem_phase_check(call, here);
}

/* A host with maps of its own, or with no boot allocator, is asked for
 * neither. */
static void replaced_layers_are_not_asked_for(void **unused)
{
	(void)unused;
	assert_false(XMEM_PHASE_MAPS);
	check(XMEM_PHASE_VMAP);
	check(XMEM_PHASE_DOMHEAP);
	check(XMEM_PHASE_XENHEAP);
	check(XMEM_PHASE_HANDOVER);
	check(XMEM_PHASE_LATE);
	check(XMEM_PHASE_LIMIT);
	check(XMEM_PHASE_RAM);
}

static void what_is_missing_is_named(void **unused)
{
	char text[80];

	(void)unused;
	snprintf(text, sizeof(text),
		 "boot: xmem_boot_reserve() before init_boot_pages(): call "
		 "that first, caller %p\n",
		 (const void *)here);
	EXPECT_PANIC(check(XMEM_PHASE_RESERVE), text);
	EXPECT_PANIC(check(XMEM_PHASE_DIRECTMAP), "before init_boot_pages()");
	EXPECT_PANIC(check(XMEM_PHASE_FRAMETABLE), "before init_boot_pages()");
	xmem_phase_done(XMEM_PHASE_RAM);
	check(XMEM_PHASE_RESERVE);
	check(XMEM_PHASE_DIRECTMAP);
	EXPECT_PANIC(check(XMEM_PHASE_LATE),
		     "heap_init_late() before end_boot_allocator()");
	xmem_phase_done(XMEM_PHASE_HANDOVER);
	check(XMEM_PHASE_LATE);
}

static void what_is_late_is_told(void **unused)
{
	(void)unused;
	xmem_phase_done(XMEM_PHASE_RAM);
	check(XMEM_PHASE_RAM); /* as often as there are ranges */
	for (unsigned int i = XMEM_PHASE_DIRECTMAP; i <= XMEM_PHASE_LATE; i++) {
		assert_false(xmem_phase_is_done(i));
		check(i);
		xmem_phase_done(i);
		assert_true(xmem_phase_is_done(i));
		EXPECT_PANIC(check(i), "() called twice, caller ");
	}
	EXPECT_PANIC(check(XMEM_PHASE_RAM),
		     "init_boot_pages() comes after arch_init_directmap(): "
		     "call it before that");
	EXPECT_PANIC(check(XMEM_PHASE_LIMIT),
		     "xenheap_max_mfn() comes after arch_init_directmap()");
	check(XMEM_PHASE_VMAP);
	check(XMEM_PHASE_DOMHEAP);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup(replaced_layers_are_not_asked_for, set_up),
	cmocka_unit_test_setup(what_is_missing_is_named, set_up),
	cmocka_unit_test_setup(what_is_late_is_told, set_up),
};

TEST_MAIN(tests)
