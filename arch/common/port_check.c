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
 * Shared      The entry that maps a frame of the window in the direct map maps
 *             it nowhere else: not where address and frame are the same, nor
 *             where the library runs. The direct map is changed, and is not
 *             executable.
 */
#include <arch/layout.h>
#include <arch/pte.h>

#include <xmem/boot.h>
#include <xmem/port.h>

#include "common_priv.h"
#include "lib/assert.h"
#include "pt/pt.h"

#define window xmem_boot_ram_window

/* What an address is mapped to. */
struct mapping {
	unsigned long mfn;
	unsigned long pages;	/* of the entry, a power of two */
	const xmem_pte_t *slot; /* NULL: cannot be looked up */
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

/* Where @va leads. @what: it is that, so the tables on the way are in use. */
static struct mapping look_up(unsigned long va, const char *what)
{
	unsigned long table = xmem_arch_root();
	unsigned int level = ARCH_PT_LEVELS;
	struct mapping m = {.slot = NULL};

	while (xmem_arch_is_va(va) && in_window(table)) {
		const xmem_pte_t *slot = common_window_address(table);
		unsigned int bits;
		xmem_pte_t pte;

		if (what != NULL) {
			check_used(table, "a page table");
		}
		bits = level == ARCH_PT_LEVELS ? ARCH_PT_TOP_BITS
					       : ARCH_PT_BITS;
		level--;
		slot += va >> PAGE_SHIFT >> (level * ARCH_PT_BITS) &
			((1UL << bits) - 1);
		pte = xmem_pte_read(slot);
		table = xmem_pte_mfn(pte);
		if (!xmem_pte_is_table(pte, level)) {
			m.slot = slot;
			m.pages = 1UL << (level * ARCH_PT_BITS);
			m.mapped = xmem_pte_is_leaf(pte, level);
			m.mfn = table + (va >> PAGE_SHIFT & (m.pages - 1));
			m.writable = (xmem_pte_flags(pte, level) &
				      XMEM_MAP_WRITE) != 0;
			break;
		}
	}
	return m;
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
		struct mapping m = look_up(va, NULL);

		if (m.slot == NULL) {
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
		struct mapping m = look_up(own.va, own.what);

		if (m.mapped) {
			check_used(m.mfn, own.what);
		}
	}
}

/* @va, if it maps frame @mfn, has an entry of its own. */
static void check_alone(unsigned long va, unsigned long mfn)
{
	unsigned long direct = (unsigned long)xmem_arch_mfn_to_virt(mfn);
	struct mapping m = look_up(va, NULL);

	XMEM_PANIC_IF(va != direct && m.mapped && m.mfn == mfn &&
			      look_up(direct, NULL).slot == m.slot,
		      "mmu: address %lx is mapped by the same table as %lx of "
		      "the direct map: give the direct map tables of its own\n",
		      va, direct);
}

void xmem_port_check_shared(void)
{
	unsigned long start;
	unsigned long end;

	for (unsigned int i = 0; ram_of_window(i, &start, &end); i++) {
		for (; start < end; start += 1UL << ARCH_PT_BITS) {
			check_alone(start << PAGE_SHIFT, start);
			check_alone((unsigned long)common_window_address(start),
				    start);
		}
	}
	for (unsigned int i = 0; i < NR_OWN; i++) {
		unsigned long va = own_at(i).va;
		struct mapping m = look_up(va, NULL);

		if (m.mapped && xmem_arch_mfn_valid(m.mfn)) {
			check_alone(va, m.mfn);
		}
	}
}
