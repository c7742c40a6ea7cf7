/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ram.c - RAM as firmware describes it: taken as far as it makes sense
 *
 * Model       A range is cut into stretches of frames that are RAM already
 *             and of frames that are not. The former are overlap. The latter
 *             become RAM, less the bytes that fill no page, one node at a
 *             time. So whatever is wrong with a range costs the bytes that a
 *             message names, and no others; only frame 0, which nobody gets
 *             (see init_boot_pages()), goes without one.
 * Room        Every stretch that touches no free piece takes an entry of the
 *             table. Allocations take entries too, and die without one: so
 *             RAM leaves them SPARE_ENTRIES.
 * Cost        A search in the table for each stretch.
 * Locking     None: one CPU, as boot.c.
 */
#include <xmem/port.h>

#include "boot/boot_priv.h"
#include "lib/node.h"
#include "lib/phase.h"

/* Two entries are what cutting a block out of the middle of a piece takes.
 * What is cut so: the image, a module, the device tree; and the first block
 * of the direct map's tables, below the end of what is mapped. All other
 * allocations start at the top of a piece or go beside an earlier one, where
 * they merge. */
#define SPARE_ENTRIES 8U

_Static_assert(SPARE_ENTRIES < XMEM_CONFIG_BOOT_REGIONS,
	       "XMEM_CONFIG_BOOT_REGIONS leaves no entry for RAM");

static unsigned int paddr_bits = BOOT_PADDR_BITS;

XMEM_API_PAGES void xmem_boot_paddr_bits(unsigned int bits)
{
	paddr_bits = bits < BOOT_PADDR_BITS ? bits : BOOT_PADDR_BITS;
}

/* Say that @size bytes from @start on are not RAM. @rc takes the @error, but
 * keeps the one that the port can do something about. */
static void ignore(paddr_t start, paddr_t size, const char *why, int error,
		   int *rc)
{
	xmem_port_print("boot: %llx bytes of RAM at %llx ignored: %s\n",
			(unsigned long long)size, (unsigned long long)start,
			why);
	*rc = *rc == -ENOSPC ? *rc : error;
}

/* Frames [@start, @end), none of them RAM yet, as far as there is room. */
static void add_frames(unsigned long start, unsigned long end, int *rc)
{
	while (start < end) {
		unsigned long next = xmem_node_end(start, end);

		if (!xmem_boot_insert(start, next, SPARE_ENTRIES)) {
			ignore((paddr_t)start << PAGE_SHIFT,
			       (paddr_t)(next - start) << PAGE_SHIFT,
			       "raise XMEM_CONFIG_BOOT_REGIONS", -ENOSPC, rc);
		}
		start = next;
	}
}

/* Bytes [@start, @end), which no frame of RAM holds: whole pages of them. */
static void add_bytes(paddr_t start, paddr_t end, int *rc)
{
	const paddr_t mask = PAGE_SIZE - 1;
	paddr_t first = (start + mask) & ~mask;
	paddr_t last = end & ~mask;

	first = first < end ? first : end;
	last = last > first ? last : first;
	if (start < first) {
		ignore(start, first - start, "no whole page", -EINVAL, rc);
	}
	add_frames((unsigned long)(first >> PAGE_SHIFT),
		   (unsigned long)(last >> PAGE_SHIFT), rc);
	if (last < end) {
		ignore(last, end - last, "no whole page", -EINVAL, rc);
	}
}

/* Where, at most @end, the stretch that begins at @start ends: as far as the
 * bytes are all RAM (*@is_ram), or all not. */
static paddr_t stretch_end(paddr_t start, paddr_t end, bool *is_ram)
{
	unsigned long mfn = (unsigned long)(start >> PAGE_SHIFT);
	unsigned int at = xmem_boot_find(mfn);
	const struct boot_piece *p = &xmem_boot.piece[at];
	paddr_t border;

	*is_ram = at < xmem_boot.nr && p->start <= mfn;
	if (at == xmem_boot.nr) {
		return end;
	}
	border = (paddr_t)(*is_ram ? p->end : p->start) << PAGE_SHIFT;
	return border < end ? border : end;
}

XMEM_API_PAGES int xmem_boot_add_ram(paddr_t start, paddr_t size)
{
	const paddr_t top = (paddr_t)1 << paddr_bits;
	paddr_t fits = start < top ? top - start : 0;
	paddr_t end;
	int rc = 0;

	if (size == 0) {
		ignore(start, size, "empty", -EINVAL, &rc);
		return rc;
	}
	if (xmem_boot.ended || xmem_phase_is_done(XMEM_PHASE_DIRECTMAP)) {
		ignore(start, size,
		       xmem_boot.ended ? "end_boot_allocator() ran"
				       : "arch_init_directmap() ran",
		       -EBUSY, &rc);
		return rc;
	}
	if (size > fits) {
		ignore(start + fits, size - fits, "address too wide", -ERANGE,
		       &rc);
		size = fits;
	}
	end = start + size;
	start = start < PAGE_SIZE ? PAGE_SIZE : start;
	while (start < end) {
		bool is_ram;
		paddr_t next = stretch_end(start, end, &is_ram);

		if (is_ram) {
			ignore(start, next - start, "given before", -EEXIST,
			       &rc);
		} else {
			add_bytes(start, next, &rc);
		}
		start = next;
	}
	return rc;
}
