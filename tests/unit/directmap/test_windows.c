/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_windows.c - windows that are variables are checked at boot
 *
 * pages: 4 KiB
 * link: src/directmap/windows.c
 * native: its windows are laid out for addresses of 64 bits
 * include: tests/fake/directmap/include arch/common/include
 * flags: -DFAKE_WINDOWS_VARY
 *
 * What the compiler refuses, tests/lint/lint_config.sh has. The root of this
 * architecture translates addresses below 2^46.
 */
#include <arch/layout.h>

#include "directmap/directmap_priv.h"
#include "test.h"

static const struct fake_windows good = {
	.direct = 0x100000000000,
	.direct_size = 1UL << 43,
	.frames = 0x200000000000,
	.frames_size = 1UL << 40,
	.per_cpu = 0x300000000000,
	.vmap = 0x310000001000,
	.vmap_size = 3UL << 39,
	.code = 0x330000000000,
	.code_end = 0x338000000000,
};
struct fake_windows fake_windows;

#define TOP	 (1UL << 46)
#define GIB	 (1UL << 30)
#define CPU_SIZE CPU_WINDOWS_SIZE

static int set_up(void **unused)
{
	(void)unused;
	fake_windows = good;
	return 0;
}

/* With one member of the windows changed. */
#define REFUSED(member, value, text)                      \
	do {                                              \
		fake_windows = good;                      \
		fake_windows.member = (value);            \
		EXPECT_PANIC(xmem_windows_check(), text); \
	} while (0)
#define ACCEPTED(member, value)                \
	do {                                   \
		fake_windows = good;           \
		fake_windows.member = (value); \
		xmem_windows_check();          \
	} while (0)

static void windows_side_by_side_are_good(void **unused)
{
	(void)unused;
	xmem_windows_check();
	ACCEPTED(frames, good.direct + good.direct_size);
	ACCEPTED(frames, good.direct - good.frames_size);
	ACCEPTED(per_cpu, good.vmap - CPU_SIZE);
	ACCEPTED(code, good.vmap + good.vmap_size);
	ACCEPTED(per_cpu, TOP - CPU_SIZE);
	ACCEPTED(vmap_size, 3 * PAGE_SIZE);
}

static void what_is_no_range_of_addresses_is_refused(void **unused)
{
	(void)unused;
	REFUSED(direct, 1UL << 47, "mmu: DIRECTMAP_VIRT_START at 800000000000");
	REFUSED(direct, 0xffffff0000000000, "DIRECTMAP_VIRT_START at ffff");
	REFUSED(direct_size, 0, "DIRECTMAP_VIRT_START at");
	REFUSED(direct_size, 1UL << 62, "DIRECTMAP_VIRT_START at");
	REFUSED(frames, TOP - good.frames_size + PAGE_SIZE,
		"FRAMETABLE_VIRT at 3f0000001000, 10000000000 bytes, is no "
		"range of pages that the root table translates");
	REFUSED(frames_size, 2 * PAGE_SIZE, "FRAMETABLE_VIRT at");
	REFUSED(per_cpu, TOP - PAGE_SIZE, "CPU_WINDOWS_VIRT at");
	REFUSED(per_cpu, -PAGE_SIZE, "CPU_WINDOWS_VIRT at");
	REFUSED(vmap, good.vmap + 8, "VMAP_VIRT_START at");
	REFUSED(vmap_size, 2 * PAGE_SIZE, "VMAP_VIRT_START at");
	REFUSED(code_end, good.code, "VMAP_XEN_VIRT_START at");
	REFUSED(code_end, good.code - GIB, "VMAP_XEN_VIRT_START at");
	REFUSED(code_end, good.code + 100, "VMAP_XEN_VIRT_START at");
}

static void windows_that_overlap_are_refused(void **unused)
{
	(void)unused;
	REFUSED(frames, good.direct + good.direct_size - PAGE_SIZE,
		"mmu: FRAMETABLE_VIRT at 17fffffff000 overlaps "
		"DIRECTMAP_VIRT_START at 100000000000, 80000000000 bytes");
	REFUSED(frames, good.direct - PAGE_SIZE,
		"overlaps DIRECTMAP_VIRT_START");
	REFUSED(direct_size, good.frames + PAGE_SIZE - good.direct,
		"FRAMETABLE_VIRT at 200000000000 overlaps DIRECTMAP");
	REFUSED(per_cpu, good.direct + GIB, "CPU_WINDOWS_VIRT at 100040000000");
	REFUSED(per_cpu, good.frames + GIB, "overlaps FRAMETABLE_VIRT");
	REFUSED(vmap, good.per_cpu,
		"VMAP_VIRT_START at 300000000000 overlaps "
		"CPU_WINDOWS_VIRT");
	REFUSED(vmap, good.frames, "overlaps FRAMETABLE_VIRT");
	REFUSED(vmap, good.direct, "overlaps DIRECTMAP_VIRT_START");
	REFUSED(vmap_size, good.code + PAGE_SIZE - good.vmap,
		"VMAP_XEN_VIRT_START at 330000000000 overlaps VMAP_VIRT_START");
	fake_windows = good;
	fake_windows.code = good.per_cpu;
	fake_windows.code_end = good.per_cpu + 3 * PAGE_SIZE;
	EXPECT_PANIC(xmem_windows_check(), "overlaps CPU_WINDOWS_VIRT");
}

static void windows_that_are_too_small_are_refused(void **unused)
{
	(void)unused;
	REFUSED(frames_size, GIB, "FRAMETABLE_SIZE is too small");
	REFUSED(direct_size, GIB / 2, "one section at least");
	REFUSED(direct, good.direct + GIB / 2, "multiple of the largest block");
	ACCEPTED(direct_size, GIB);
}

/* Code that runs in a window would be unmapped, or not executable. */
static void the_code_lies_in_no_window(void **unused)
{
	(void)unused;
	REFUSED(vmap, (unsigned long)xmem_windows_check & PAGE_MASK,
		"VMAP_VIRT_START at");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup(windows_side_by_side_are_good, set_up),
	cmocka_unit_test_setup(what_is_no_range_of_addresses_is_refused,
			       set_up),
	cmocka_unit_test_setup(windows_that_overlap_are_refused, set_up),
	cmocka_unit_test_setup(windows_that_are_too_small_are_refused, set_up),
	cmocka_unit_test_setup(the_code_lies_in_no_window, set_up),
};

TEST_MAIN(tests)
