/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * port_check.c - what the port must have done before the direct map is built
 *
 * The port's tables are read where the port has mapped them, in the boot
 * window. An address whose tables lie elsewhere, or that this root does not
 * translate (another root does, or there is no MMU), cannot be looked up: then
 * nothing is said.
 *
 * Mapped      All RAM of the window is mapped at its address, and can be
 *             written.
 * Reserved    The root table, the tables on the way to the library's own
 *             code, data and stack, and these themselves are not free RAM:
 *             else the direct map's tables would soon be written there.
 * Shared      No entry on the way to a frame in the direct map leads to it
 *             from elsewhere, too: not from the address that is the frame's
 *             own (the identity map), nor where the library runs. The direct
 *             map is written anew, and is not executable. (Ways may share a
 *             table, if they go through different entries of it.)
 */
#include <arch/layout.h>
#include <arch/pte.h>

#include <xmem/boot.h>
#include <xmem/port.h>

#include "directmap/directmap_priv.h"
#include "lib/assert.h"
#include "pt/pt.h"

#define window xmem_boot_ram_window

/* What an address is mapped to. */
struct mapping {
	unsigned long mfn;
	unsigned long pages; /* of the entry, a power of two; 0: not known */
	bool mapped;
	bool writable;
};

static bool in_window(unsigned long mfn)
{
	return mfn >= window.start && mfn < window.all;
}

/* A free frame is the one that an allocation would get: that is what would
 * happen to it later. */
static void check_used(unsigned long mfn, const char *what)
{
	XMEM_PANIC_IF(!mfn_eq(xmem_alloc_boot_pages_in(1, 1, mfn, mfn + 1),
			      INVALID_MFN),
		      "boot: frame %lx holds %s and is free: call "
		      "xmem_boot_reserve() for it\n",
		      mfn, what);
}

/* The entry of @va in table @table of @level, which lies in the window. */
static const xmem_pte_t *slot_of(unsigned long table, unsigned long va,
				 unsigned int level)
{
	unsigned int bits =
		level == ARCH_PT_LEVELS - 1 ? ARCH_PT_TOP_BITS : ARCH_PT_BITS;
	unsigned long i = va >> PAGE_SHIFT >> (level * ARCH_PT_BITS);

	return (const xmem_pte_t *)common_window_address(table) +
	       (i & ((1UL << bits) - 1));
}

/* Where @va leads by @pte of @level, which is no table. */
static struct mapping read_entry(xmem_pte_t pte, unsigned int level,
				 unsigned long va)
{
	struct mapping m = {.pages = 1UL << (level * ARCH_PT_BITS)};
	unsigned long page = va >> PAGE_SHIFT;

	if (xmem_pte_is_leaf(pte, level)) {
		m.mfn = xmem_pte_mfn(xmem_pt_strip(pte, page)) +
			(page & (m.pages - 1));
		m.mapped = true;
		m.writable = (xmem_pte_flags(pte, level) & XMEM_MAP_WRITE) != 0;
	}
	return m;
}

/* Where @va leads. @in_use: what is there is, so the tables on the way are. */
static struct mapping look_up(unsigned long va, bool in_use)
{
	unsigned long table = xmem_arch_root();
	unsigned int level = ARCH_PT_LEVELS;

	while (xmem_arch_is_va(va) && in_window(table)) {
		xmem_pte_t pte = xmem_pte_read(slot_of(table, va, --level));

		if (in_use) {
			check_used(table, "a page table");
		}
		if (!xmem_pte_is_table(pte, level)) {
			return read_entry(pte, level, va);
		}
		table = xmem_pte_mfn(pte);
	}
	return (struct mapping){.pages = 0};
}

/* Do the ways to @a and @b part, and then meet in one entry? */
static bool do_meet(unsigned long a, unsigned long b)
{
	unsigned long table_a = xmem_arch_root();
	unsigned long table_b = table_a;
	unsigned int level = ARCH_PT_LEVELS;
	bool parted = false;
	xmem_pte_t pte;

	if (!xmem_arch_is_va(a) || !xmem_arch_is_va(b)) {
		return false;
	}
	while (level > 0 && in_window(table_a) && in_window(table_b)) {
		const xmem_pte_t *slot_a = slot_of(table_a, a, --level);
		const xmem_pte_t *slot_b = slot_of(table_b, b, level);

		pte = xmem_pte_read(slot_a);
		if (parted && slot_a == slot_b) {
			return !xmem_pte_is_none(pte);
		}
		parted |= slot_a != slot_b;
		table_a = xmem_pte_mfn(pte);
		if (!xmem_pte_is_table(pte, level)) {
			break;
		}
		pte = xmem_pte_read(slot_b);
		table_b = xmem_pte_mfn(pte);
		if (!xmem_pte_is_table(pte, level)) {
			break;
		}
	}
	return false;
}

/* Frames of the @i-th range of RAM that are in the window. Return: false if
 * there is no such range. */
static bool ram_of_window(unsigned int i, unsigned long *start,
			  unsigned long *end)
{
	bool found = xmem_boot_ram(i, start, end);

	*start = *start > window.start ? *start : window.start;
	*end = *end < window.all ? *end : window.all;
	return found;
}

/* Frames [@mfn, @end) are mapped, as the port says. */
static void check_mapped(unsigned long mfn, unsigned long end)
{
	while (mfn < end) {
		unsigned long va = (unsigned long)common_window_address(mfn);
		struct mapping m = look_up(va, false);

		if (m.pages == 0) {
			return;
		}
		XMEM_PANIC_IF(!m.mapped || !m.writable || m.mfn != mfn,
			      "mmu: frame %lx of the boot window cannot be "
			      "written at %lx: map it, or make the window "
			      "(XMEM_PORT_BOOT_MAPPED) smaller\n",
			      mfn, va);
		mfn += m.pages - (va >> PAGE_SHIFT & (m.pages - 1));
	}
}

/* Something that the library runs on. */
struct own {
	const char *what;
	unsigned long va;
};

static struct own own_at(unsigned int i)
{
	const struct own all[] = {
		{"the library's code", (unsigned long)xmem_port_check_mapped},
		{"the library's data", (unsigned long)&window},
		{"the stack", (unsigned long)__builtin_frame_address(0)},
	};

	return all[i];
}

#define NR_OWN 3U

void xmem_port_check_mapped(void)
{
	unsigned long start;
	unsigned long end;

	for (unsigned int i = 0; ram_of_window(i, &start, &end); i++) {
		check_mapped(start, end);
	}
	check_used(xmem_arch_root(), "the root table");
	for (unsigned int i = 0; i < NR_OWN; i++) {
		struct own own = own_at(i);
		struct mapping m = look_up(own.va, true);

		if (m.mapped) {
			check_used(m.mfn, own.what);
		}
	}
}

/* @va leads nowhere through an entry of the direct map: that of @mfn, its
 * frame, and those at the same place in a table, at each level. */
static void check_alone(unsigned long va, unsigned long mfn)
{
	unsigned long offset = (unsigned long)xmem_arch_mfn_to_virt(mfn) -
			       DIRECTMAP_VIRT_START;
	unsigned long span = PAGE_SIZE;

	for (unsigned int level = 0; level < ARCH_PT_LEVELS; level++) {
		unsigned long direct = DIRECTMAP_VIRT_START + offset;

		XMEM_PANIC_IF(va - DIRECTMAP_VIRT_START >= DIRECTMAP_SIZE &&
				      offset < DIRECTMAP_SIZE &&
				      do_meet(va, direct),
			      "mmu: address %lx is mapped by the same table as "
			      "%lx of the direct map: give the direct map "
			      "tables of its own\n",
			      va, direct);
		span <<= ARCH_PT_BITS;
		offset = va & (span - 1);
	}
}

void xmem_port_check_shared(void)
{
	unsigned long start;
	unsigned long end;

	for (unsigned int i = 0; ram_of_window(i, &start, &end); i++) {
		for (; start < end; start += 1UL << ARCH_PT_BITS) {
			unsigned long pa = start << PAGE_SHIFT;

			if (pa >> PAGE_SHIFT == start) {
				check_alone(pa, start);
			}
			check_alone((unsigned long)common_window_address(start),
				    start);
		}
	}
	for (unsigned int i = 0; i < NR_OWN; i++) {
		unsigned long va = own_at(i).va;
		struct mapping m = look_up(va, false);

		if (m.mapped && xmem_arch_mfn_valid(m.mfn)) {
			check_alone(va, m.mfn);
		}
	}
}
