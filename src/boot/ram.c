/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ram.c - add RAM as firmware describes it, as far as that makes sense
 *
 * Model       A range is cut where bytes that were given before meet bytes
 *             that were not. The new bytes become RAM; a message names the
 *             others. So whatever is wrong with a range costs only bytes that
 *             a message names. (Frame 0, which is never RAM, gets no message:
 *             see init_boot_pages().)
 * Fragments   Bytes that fill no page are kept in the table, since another
 *             range may bring the rest of the page. Fragments that touch are
 *             joined; one that fills its page becomes RAM.
 * Room        New RAM that touches no free piece needs an entry of the table,
 *             and so does a fragment that touches no other. BOOT_SPARE entries
 *             are left for what is cut out of RAM later.
 * Cost        One search in the table, fragments included, for each cut.
 * Locking     None: one CPU, as in boot.c.
 */
#include <xmem/port.h>

#include "boot/boot_priv.h"
#include "lib/phase.h"

static unsigned int paddr_bits = BOOT_PADDR_BITS;

XMEM_API_PAGES void xmem_boot_paddr_bits(unsigned int bits)
{
	paddr_bits = bits < BOOT_PADDR_BITS ? bits : BOOT_PADDR_BITS;
}

/* Report bytes that do not become RAM, and why. *@rc becomes @error, unless it
 * is -ENOSPC, which tells the port to configure a larger table. */
static void ignore(paddr_t start, paddr_t size, const char *why, int error,
		   int *rc)
{
	xmem_boot_ignore(start, size, why);
	*rc = *rc == -XMEM_ENOSPC ? *rc : error;
}

/* Add frames [@start, @end), which are not RAM yet, as far as there is room. */
static void add_frames(unsigned long start, unsigned long end,
		       unsigned int spare, int *rc)
{
	if (start < end && !xmem_boot_insert(start, end, spare)) {
		ignore((paddr_t)start << PAGE_SHIFT,
		       (paddr_t)(end - start) << PAGE_SHIFT, BOOT_FULL,
		       -XMEM_ENOSPC, rc);
	}
}

/* Extend [*@start, *@end) by the fragments of frame @mfn that touch it, and
 * remove those. Return: how many. */
static unsigned int join_fragments(unsigned long mfn, paddr_t *start,
				   paddr_t *end)
{
	unsigned int before = xmem_boot.nr_fragments;

	for (unsigned int i = before; i-- > 0;) {
		paddr_t first = boot_fragment_start(i);
		paddr_t behind = boot_fragment_end(i);

		if (boot_fragment(i)->start == mfn &&
		    (first == *end || behind == *start)) {
			*start = first < *start ? first : *start;
			*end = behind > *end ? behind : *end;
			xmem_boot.nr_fragments--;
			*boot_fragment(i) =
				*boot_fragment(xmem_boot.nr_fragments);
		}
	}
	return before - xmem_boot.nr_fragments;
}

/* Add bytes [@start, @end) of one frame: none was given before, and if a byte
 * right before or after was, it is in a fragment. */
static void add_fragment(paddr_t start, paddr_t end, int *rc)
{
	unsigned long mfn = (unsigned long)(start >> PAGE_SHIFT);
	bool has_room = boot_has_room(1 + BOOT_SPARE);

	has_room = join_fragments(mfn, &start, &end) > 0 || has_room;
	if (end - start == PAGE_SIZE) {
		add_frames(mfn, mfn + 1, 0, rc);
	} else if (!has_room) {
		ignore(start, end - start, BOOT_FULL, -XMEM_ENOSPC, rc);
	} else {
		unsigned long first = (unsigned long)start & (PAGE_SIZE - 1);
		unsigned long last = (unsigned long)(end - 1) & (PAGE_SIZE - 1);

		*boot_fragment(xmem_boot.nr_fragments++) = (struct boot_piece){
			.start = mfn, .end = first | last << BOOT_LAST};
	}
}

/* Add bytes [@start, @end), none of them given before: whole pages as RAM, the
 * rest at both ends as fragments. */
static void add_bytes(paddr_t start, paddr_t end, int *rc)
{
	const paddr_t mask = PAGE_SIZE - 1;
	paddr_t first = (start + mask) & ~mask;
	paddr_t last = end & ~mask;

	first = first < end ? first : end;
	last = last > first ? last : first;
	if (start < first) {
		add_fragment(start, first, rc);
	}
	add_frames((unsigned long)(first >> PAGE_SHIFT),
		   (unsigned long)(last >> PAGE_SHIFT), BOOT_SPARE, rc);
	if (last < end) {
		add_fragment(last, end, rc);
	}
}

/* Reduce *@end to @border if it is higher. */
static void clip(paddr_t border, paddr_t *end)
{
	*end = border < *end ? border : *end;
}

/* Was the byte at @start given before (*@is_given)? Return: the end, at most
 * @end, of the bytes from @start on of which the same is true. */
static paddr_t next_change(paddr_t start, paddr_t end, bool *is_given)
{
	unsigned long mfn = (unsigned long)(start >> PAGE_SHIFT);
	unsigned int at = xmem_boot_find(mfn);
	const struct boot_piece *p = &xmem_boot.piece[at];

	*is_given = at < xmem_boot.nr && p->start <= mfn;
	if (at < xmem_boot.nr) {
		clip((paddr_t)(*is_given ? p->end : p->start) << PAGE_SHIFT,
		     &end);
	}
	for (unsigned int i = 0; i < xmem_boot.nr_fragments; i++) {
		paddr_t first = boot_fragment_start(i);

		if (start < first) {
			clip(first, &end);
		} else if (start < boot_fragment_end(i)) {
			*is_given = true;
			clip(boot_fragment_end(i), &end);
		}
	}
	return end;
}

XMEM_API_PAGES int xmem_boot_add_ram(paddr_t start, paddr_t size)
{
	const paddr_t top = (paddr_t)1 << paddr_bits;
	paddr_t fits = start < top ? top - start : 0;
	paddr_t end;
	int rc = 0;

	if (size == 0) {
		ignore(start, size, "empty", -XMEM_EINVAL, &rc);
		return rc;
	}
	if (boot_has_ended() || xmem_phase_is_done(XMEM_PHASE_DIRECTMAP)) {
		ignore(start, size,
		       boot_has_ended() ? "end_boot_allocator() ran"
					: "arch_init_directmap() ran",
		       -XMEM_EBUSY, &rc);
		return rc;
	}
	if (size > fits) {
		ignore(start + fits, size - fits, "address too wide",
		       -XMEM_ERANGE, &rc);
		size = fits;
	}
	end = start + size;
	start = start < PAGE_SIZE ? PAGE_SIZE : start;
	while (start < end) {
		bool is_given;
		paddr_t next = next_change(start, end, &is_given);

		if (is_given) {
			ignore(start, next - start, "given before",
			       -XMEM_EEXIST, &rc);
		} else {
			add_bytes(start, next, &rc);
		}
		start = next;
	}
	return rc;
}
