/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * early.c - the page tables that the port boots with
 *
 * Tables     From a static pool. The first is the root of the library's half
 *            of the address space and stays in use for ever; the second, with
 *            an upper half, that of the identity map.
 * MMU off    boot_early_map() runs where the image was loaded, all accesses
 *            uncached: no unaligned ones, no exclusives, and no address but
 *            relative to the program counter. Then the address of the pool is
 *            a physical one. Later the same functions run at the linked
 *            address; `pool_pa` keeps what it was.
 * Mapped     The image page by page with the rights of its parts; its first
 *            page where it was loaded, for the switch; then, on request,
 *            whatever is not mapped yet. Entries go from invalid to valid
 *            only, so no TLB knows anything older.
 * The end    boot_drop_own() cuts the port's part of the space off. The
 *            library has its own tables by then, except the root and those
 *            that map the image.
 */
#include <arch/page.h>
#include <arch/tlb.h>

#include <xmem/config.h>

#include "boot.h"

#define PT_BITS	  (PAGE_SHIFT - 3U)
#define PT_MASK	  ((1UL << PT_BITS) - 1)
#define VA_MASK	  ((1ULL << ARCH_VA_BITS) - 1)
#define PT_LEVELS ((ARCH_VA_BITS - PAGE_SHIFT + PT_BITS - 1) / PT_BITS)
#define PA_MASK	  ((1ULL << 48) - PAGE_SIZE)

/* What the image, the device tree, a console and the ends of the window need;
 * larger tables map more. */
#define NR_TABLES (PAGE_SHIFT == 12 ? 32 : 16)

#define PTE_VALID   1ULL
#define PTE_TABLE   2ULL /* at level 0: a page */
#define PTE_TYPE    2	 /* index into MAIR */
#define PTE_AP1	    (1ULL << 6)
#define PTE_RO	    (1ULL << 7)
#define PTE_INNER   (3ULL << 8)
#define PTE_AF	    (1ULL << 10)
#define PTE_PXN	    (1ULL << 53)
#define PTE_UXN	    (1ULL << 54)
#define TYPE_DEVICE 3ULL

/* Hidden: found relative to the program counter, not by a table of linked
 * addresses. */
XMEM_HIDDEN extern char boot_text_end[];
XMEM_HIDDEN extern char boot_rodata_end[];
XMEM_HIDDEN extern char boot_image_end[];

XMEM_HIDDEN extern uint64_t boot_tables[NR_TABLES][1UL << PT_BITS];
__attribute__((aligned(PAGE_SIZE)))
uint64_t boot_tables[NR_TABLES][1UL << PT_BITS];

static unsigned int nr_tables;
static uint64_t pool_pa;
static uint64_t image_offset; /* linked address - physical one */
static uint64_t leaf_bits;    /* in every leaf of this regime */
static uint64_t no_exec;

static uint64_t *table_at(uint64_t entry)
{
	return (uint64_t *)((char *)boot_tables +
			    (unsigned long)((entry & PA_MASK) - pool_pa));
}

static unsigned int shift_of(unsigned int level)
{
	return PAGE_SHIFT + level * PT_BITS;
}

static uint64_t *slot_in(uint64_t *table, uint64_t va, unsigned int level)
{
	return &table[(va & VA_MASK) >> shift_of(level) & PT_MASK];
}

static uint64_t leaf_of(uint64_t pa, enum boot_rights rights,
			unsigned int level)
{
	uint64_t v = pa | leaf_bits | PTE_VALID;

	v |= level == 0 ? PTE_TABLE : 0;
	v |= rights == BOOT_TEXT || rights == BOOT_RODATA ? PTE_RO : 0;
	v |= rights == BOOT_TEXT ? 0 : no_exec;
	v |= rights == BOOT_DEVICE ? TYPE_DEVICE << PTE_TYPE : 0;
	return v;
}

/* Map the page or block of @level; what is mapped there stays. */
static bool map_one(unsigned int root, uint64_t va, uint64_t leaf,
		    unsigned int level)
{
	uint64_t *table = boot_tables[root];
	uint64_t *slot;

	for (unsigned int l = PT_LEVELS - 1; l > level; l--) {
		slot = slot_in(table, va, l);
		if ((*slot & PTE_VALID) == 0) {
			if (nr_tables == NR_TABLES) {
				return false;
			}
			boot_write64(slot, (pool_pa + nr_tables++ * PAGE_SIZE) |
						   PTE_TABLE | PTE_VALID);
		} else if ((*slot & PTE_TABLE) == 0) {
			return true; /* in a block */
		}
		table = table_at(*slot);
	}
	slot = slot_in(table, va, level);
	if ((*slot & PTE_VALID) == 0) {
		boot_write64(slot, leaf);
	}
	return true;
}

/* Is a block possible at @va, @pa, and no table there yet? */
static bool can_block(unsigned int root, uint64_t va, uint64_t pa,
		      uint64_t left)
{
	uint64_t size = 1ULL << shift_of(1);
	uint64_t *table = boot_tables[root];

	if (((va | pa) & (size - 1)) != 0 || left < size) {
		return false;
	}
	for (unsigned int l = PT_LEVELS - 1; l > 1; l--) {
		uint64_t entry = *slot_in(table, va, l);

		if ((entry & PTE_VALID) == 0) {
			return true;
		}
		table = table_at(entry);
	}
	return (*slot_in(table, va, 1) & PTE_VALID) == 0;
}

/* @size bytes, all of them multiples of pages. */
static bool map_range(unsigned int root, uint64_t va, uint64_t pa,
		      uint64_t size, enum boot_rights rights)
{
	bool small = rights == BOOT_TEXT || rights == BOOT_RODATA;

	while (size > 0) {
		unsigned int level =
			!small && can_block(root, va, pa, size) ? 1 : 0;
		uint64_t step = 1ULL << shift_of(level);

		if (!map_one(root, va, leaf_of(pa, rights, level), level)) {
			return false;
		}
		va += step;
		pa += step;
		size -= step;
	}
	/* The walkers see the entries before anybody uses them. */
	__asm__ volatile("dsb ishst\n\tisb" ::: "memory");
	return true;
}

/* A part of the image, by pages whatever its size: rights of parts of it may
 * be changed later, and a block in use cannot be split safely. */
static bool map_image(uint64_t start, uint64_t end, enum boot_rights rights)
{
	for (uint64_t pa = start; pa < end; pa += PAGE_SIZE) {
		if (!map_one(0, pa + image_offset, leaf_of(pa, rights, 0), 0)) {
			return false;
		}
	}
	return true;
}

/* To the compiler the address of an object is one and the same for ever, so it
 * may put another calculation of it where this one is kept. */
static uint64_t address_now(const void *object)
{
	unsigned long address = (unsigned long)object;

	__asm__ volatile("" : "+r"(address));
	return address;
}

/* Is there room for [@start, @start + @size) in the port's own part? */
static bool can_ident(uint64_t start, uint64_t size)
{
	const uint64_t room = BOOT_IDENT_MAX - BOOT_IDENT_MIN;
	uint64_t at = start - BOOT_IDENT_MIN;

	return size <= room && at <= room - size;
}

bool boot_early_map(unsigned long image_pa, unsigned long image_va)
{
	uint64_t text_end = address_now(boot_text_end);
	uint64_t rodata_end = address_now(boot_rodata_end);
	uint64_t end = address_now(boot_image_end);

	if (!can_ident(image_pa, PAGE_SIZE)) {
		return false;
	}
	pool_pa = address_now(boot_tables);
	image_offset = image_va - (uint64_t)image_pa;
	nr_tables = BOOT_IDENT_ROOT + 1;
	leaf_bits = PTE_AF | PTE_INNER;
	no_exec = PTE_UXN;
	if (boot_has_own_regime()) {
		leaf_bits |= PTE_AP1; /* RES1 where there is no EL0 */
	} else if (BOOT_HAS_UXN) {
		leaf_bits |= PTE_UXN;
		no_exec = PTE_PXN;
	}
	return map_image(image_pa, text_end, BOOT_TEXT) &&
	       map_image(text_end, rodata_end, BOOT_RODATA) &&
	       map_image(rodata_end, end, BOOT_DATA) &&
	       map_range(BOOT_IDENT_ROOT, image_pa, image_pa, PAGE_SIZE,
			 BOOT_TEXT);
}

uint64_t boot_image_pa(const void *va)
{
	return (uint64_t)(unsigned long)va - image_offset;
}

bool boot_map_ident(uint64_t pa, uint64_t size)
{
	uint64_t start = pa & ~(uint64_t)(PAGE_SIZE - 1);
	uint64_t end = (pa + size + PAGE_SIZE - 1) & ~(uint64_t)(PAGE_SIZE - 1);

	if (end <= start || !can_ident(start, end - start)) {
		return false;
	}
	return map_range(BOOT_IDENT_ROOT, start, start, end - start, BOOT_DATA);
}

volatile void *boot_map_device(uint64_t pa)
{
	uint64_t page = pa & ~(uint64_t)(PAGE_SIZE - 1);

	if (!map_range(0, BOOT_DEVICE_VA, page, PAGE_SIZE, BOOT_DEVICE)) {
		return NULL;
	}
	return (volatile char *)BOOT_DEVICE_VA + (pa - page);
}

/* Clear the highest entries that lie in [@va, @va + @size) as a whole. */
static void cut_off(unsigned int root, uint64_t va, uint64_t size)
{
	uint64_t end = va + size;

	while (va < end) {
		uint64_t *table = boot_tables[root];
		unsigned int level = PT_LEVELS - 1;
		uint64_t *slot = slot_in(table, va, level);

		while (1ULL << shift_of(level) > size) {
			if ((*slot & PTE_VALID) == 0) {
				break;
			}
			slot = slot_in(table_at(*slot), va, --level);
		}
		boot_write64(slot, 0);
		va += 1ULL << shift_of(level);
	}
}

void boot_drop_own(void)
{
	cut_off(0, BOOT_OWN_VA, BOOT_OWN_SIZE);
	if (BOOT_IDENT_ROOT != 0) {
		cut_off(BOOT_IDENT_ROOT, 0, BOOT_OWN_SIZE);
	}
	xmem_tlb_flush_all();
}
