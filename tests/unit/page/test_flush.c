/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_flush.c - frames are cleaned to RAM, a page at a time, with pauses
 *
 * link: src/page/flush.c
 * include: tests/fake/page/include
 * flags: -DARCH_FLUSH_TO_RAM
 *
 * Windows and caches are stand-ins: a window is an address that tells the
 * frame, and may be open once. The real ones: tests/sim/arm.
 */
#include <xmem/map.h>
#include <xmem/port.h>

#include <arch/cache.h>

#include "test.h"

#define BATCH  ((256UL << 10) >> PAGE_SHIFT)
#define FRAMES (4 * BATCH + 40)

static char window[FRAMES];
static const char *open;
static unsigned int nr_cleaned[FRAMES];
static unsigned int nr_forgotten, nr_relaxed;
static unsigned long total;

void *map_domain_page(mfn_t mfn)
{
	assert_null(open);
	assert_true(mfn_x(mfn) < FRAMES);
	open = &window[mfn_x(mfn)];
	return &window[mfn_x(mfn)];
}

void unmap_domain_page(const void *va)
{
	assert_ptr_equal(va, open);
	open = NULL;
}

void xmem_arch_clean_page(const void *page)
{
	assert_ptr_equal(page, open);
	nr_cleaned[(const char *)page - window]++;
	total++;
}

void xmem_arch_forget_code(void)
{
	assert_null(open);
	nr_forgotten++;
}

void fake_relax(void)
{
	assert_null(open);
	nr_relaxed++;
}

static int reset(void **unused)
{
	(void)unused;
	memset(nr_cleaned, 0, sizeof(nr_cleaned));
	nr_forgotten = nr_relaxed = 0;
	total = 0;
	return 0;
}

/* Exactly the frames asked for are cleaned, each once, in a window that is
 * closed again. */
static void exactly_these_frames_are_cleaned(void **unused)
{
	(void)unused;
	xmem_arch_flush_to_ram(10, 5, false);
	for (unsigned long i = 0; i < 30; i++) {
		assert_int_equal(nr_cleaned[i], i >= 10 && i < 15);
	}
	assert_int_equal(total, 5);
	assert_null(open);
}

/* Nothing is done for no frames. */
static void no_frames_no_work(void **unused)
{
	(void)unused;
	xmem_arch_flush_to_ram(10, 0, false);
	assert_int_equal(total + nr_relaxed + nr_forgotten, 0);
}

/* Instruction caches are emptied once for all frames, after the last, and
 * only if that is asked for. */
static void code_is_forgotten_once(void **unused)
{
	(void)unused;
	xmem_arch_flush_to_ram(10, 5, false);
	assert_int_equal(nr_forgotten, 0);
	xmem_arch_flush_to_ram(10, 5, true);
	assert_int_equal(nr_forgotten, 1);
}

/* Long work pauses every 256 KiB, short work never. */
static void long_work_pauses(void **unused)
{
	(void)unused;
	xmem_arch_flush_to_ram(0, BATCH - 1, false);
	assert_int_equal(nr_relaxed, 0);
	xmem_arch_flush_to_ram(0, BATCH * 4, false);
	assert_int_equal(nr_relaxed, 4);
}

#define T(name) cmocka_unit_test_setup(name, reset)
static const struct CMUnitTest tests[] = {
	T(exactly_these_frames_are_cleaned),
	T(no_frames_no_work),
	T(code_is_forgotten_once),
	T(long_work_pauses),
};

TEST_MAIN(tests)
