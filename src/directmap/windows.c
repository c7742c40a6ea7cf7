/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * windows.c - check that the windows of layout.h lie where they can
 *
 * A window is given by its first address and its size. Where they are constants
 * a mistake stops the build. But a port may make any of them a variable, and
 * only the CPU says how many bits the root table translates, so everything is
 * checked again at boot.
 */
#include <arch/layout.h>
#include <arch/pte.h>

#include <xmem/page_info.h>
#include <xmem/port.h>
#include <xmem/vmap.h>

#include "directmap/directmap_priv.h"
#include "lib/assert.h"
#include "pt/pt.h"

#define DIRECT	  DIRECTMAP_VIRT_START, DIRECTMAP_SIZE
#define FRAMES	  FRAMETABLE_VIRT, FRAMETABLE_SIZE
#define CPU_SLOTS CPU_WINDOWS_VIRT, CPU_WINDOWS_SIZE
#define VMAP_DATA VMAP_VIRT_START, VMAP_VIRT_SIZE
#define VMAP_CODE VMAP_XEN_VIRT_START, (VMAP_XEN_VIRT_END - VMAP_XEN_VIRT_START)

/* The least size of a window: three pages. */
#define MIN_BYTES (3 * PAGE_SIZE)

/* Whole pages, enough of them, none beyond the last address. */
#define IS_WINDOW(...) IS_WINDOW_(__VA_ARGS__)
#define IS_WINDOW_(start, size)                                                \
	((((start) | (size)) & (PAGE_SIZE - 1)) == 0 && (size) >= MIN_BYTES && \
	 (start) + ((size)-1) >= (start))

/* Two windows have no address in common. */
#define ARE_APART(...) ARE_APART_(__VA_ARGS__)
#define ARE_APART_(a, a_size, b, b_size) \
	((a) + ((a_size)-1) < (b) || (b) + ((b_size)-1) < (a))

/* The frame table has room for the descriptors of all frames in the direct map;
 * the latter begins with a whole block and has room for a section. */
#define TABLE_IS_LARGE                                                   \
	(FRAMETABLE_SIZE / sizeof(struct page_info) >= DIRECTMAP_SIZE >> \
	 PAGE_SHIFT)
#define BEGINS_WITH_A_BLOCK                       \
	((DIRECTMAP_VIRT_START >> PAGE_SHIFT) %   \
		 (1UL << ARCH_MAX_BLOCK_ORDER) == \
	 0)
#define HAS_A_SECTION \
	((DIRECTMAP_SIZE >> PAGE_SHIFT) >> XMEM_SECTION_ORDER != 0)

/* A condition that is not constant is checked at boot only. */
#define REQUIRE(cond, text)                                                   \
	_Static_assert(                                                       \
		__builtin_choose_expr(__builtin_constant_p(cond), (cond), 1), \
		text)

REQUIRE(IS_WINDOW(DIRECT), "DIRECTMAP_VIRT_START, DIRECTMAP_SIZE: no window");
REQUIRE(IS_WINDOW(FRAMES), "FRAMETABLE_VIRT, FRAMETABLE_SIZE: no window");
REQUIRE(IS_WINDOW(CPU_SLOTS), "CPU_WINDOWS_VIRT: no room for the windows of "
			      "map_domain_page(): move it, or lower NR_CPUS");
REQUIRE(IS_WINDOW(VMAP_DATA), "VMAP_VIRT_START, VMAP_VIRT_SIZE: no window");
REQUIRE(IS_WINDOW(VMAP_CODE),
	"VMAP_XEN_VIRT_START, VMAP_XEN_VIRT_END: no window");
REQUIRE(ARE_APART(DIRECT, FRAMES), "FRAMETABLE_VIRT lies in the direct map");
REQUIRE(ARE_APART(DIRECT, CPU_SLOTS),
	"CPU_WINDOWS_VIRT lies in the direct map");
REQUIRE(ARE_APART(DIRECT, VMAP_DATA), "VMAP_VIRT_START: in the direct map");
REQUIRE(ARE_APART(DIRECT, VMAP_CODE), "VMAP_XEN_VIRT_START: in the direct map");
REQUIRE(ARE_APART(FRAMES, CPU_SLOTS), "CPU_WINDOWS_VIRT: in the frame table");
REQUIRE(ARE_APART(FRAMES, VMAP_DATA), "VMAP_VIRT_START: in the frame table");
REQUIRE(ARE_APART(FRAMES, VMAP_CODE),
	"VMAP_XEN_VIRT_START: in the frame table");
REQUIRE(ARE_APART(CPU_SLOTS, VMAP_DATA),
	"CPU_WINDOWS_VIRT: in the vmap window");
REQUIRE(ARE_APART(CPU_SLOTS, VMAP_CODE),
	"CPU_WINDOWS_VIRT: in the VMAP_XEN one");
REQUIRE(ARE_APART(VMAP_DATA, VMAP_CODE),
	"VMAP_XEN_VIRT_START: in the vmap one");
REQUIRE(TABLE_IS_LARGE, "FRAMETABLE_SIZE: fewer descriptors than the direct "
			"map has frames");
REQUIRE(BEGINS_WITH_A_BLOCK,
	"the direct map must begin at a multiple of its largest block");
REQUIRE(HAS_A_SECTION,
	"MAX_ORDER: a section does not fit in the direct map: lower it");

struct range {
	const char *name;
	unsigned long start;
	unsigned long size;
};

/* Does the root table translate all of @w: both ends, and, as it is no longer
 * than the space, what lies between? */
static bool is_translated(const struct range *w)
{
	return xmem_arch_is_va(w->start) &&
	       xmem_arch_is_va(w->start + (w->size - 1)) &&
	       (w->size - 1) >> PAGE_SHIFT >> XMEM_PT_SPACE_BITS == 0;
}

static void check_range(const struct range *w)
{
	unsigned long code = (unsigned long)xmem_windows_check;

	XMEM_PANIC_IF(!IS_WINDOW(w->start, w->size) || !is_translated(w),
		      "mmu: %s at %lx, %lx bytes, is no range of pages that "
		      "the root table translates\n",
		      w->name, w->start, w->size);
	XMEM_PANIC_IF(code - w->start < w->size,
		      "mmu: the code of the library, %lx, is in %s\n", code,
		      w->name);
}

void xmem_windows_check(void)
{
	const struct range all[] = {
		{"DIRECTMAP_VIRT_START", DIRECT},
		{"FRAMETABLE_VIRT", FRAMES},
		{"CPU_WINDOWS_VIRT", CPU_SLOTS},
		{"VMAP_VIRT_START", VMAP_DATA},
		{"VMAP_XEN_VIRT_START", VMAP_CODE},
	};

	for (const struct range *w = all; w < all + sizeof(all) / sizeof(*w);
	     w++) {
		check_range(w);
		for (const struct range *v = all; v < w; v++) {
			XMEM_PANIC_IF(!ARE_APART(v->start, v->size, w->start,
						 w->size),
				      "mmu: %s at %lx overlaps %s at %lx, %lx "
				      "bytes\n",
				      w->name, w->start, v->name, v->start,
				      v->size);
		}
	}
	XMEM_PANIC_IF(!TABLE_IS_LARGE || !HAS_A_SECTION || !BEGINS_WITH_A_BLOCK,
		      "mmu: DIRECTMAP_SIZE %lx, at %lx: FRAMETABLE_SIZE is too "
		      "small, or that is no multiple of the largest block and "
		      "one section at least\n",
		      DIRECTMAP_SIZE, DIRECTMAP_VIRT_START);
}
