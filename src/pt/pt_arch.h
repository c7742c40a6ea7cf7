/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pt_arch.h - what an architecture tells the page tables, and the defaults
 *
 * What <arch/pte.h> supplies (it may include <xmem/map.h>):
 *
 *  xmem_pte_t		       a struct with the one member `uint64_t v`;
 *			       equal entries have equal v
 *  ARCH_PT_LEVELS, ARCH_PT_BITS   2 levels at least; a table is one page and
 *			       uses its first 2^ARCH_PT_BITS entries. The
 *			       number of levels may be a variable that is
 *			       constant once there is a root
 *  xmem_arch_level_has_leaf(level)   if true, then for lower levels too
 *  xmem_pte_none()	       need not be all zero bits
 *  xmem_pte_leaf(mfn, flags, level)  flags: XMEM_MAP_*, with some access;
 *			       without the hint
 *  xmem_pte_table(mfn)	       with the widest rights: leaves restrict
 *  xmem_pte_park(e, level)    the parked form of a leaf without the hint: not
 *			       present to the hardware; holds the frame in a
 *			       form that no CPU speculates on; depends on
 *			       frame and level alone
 *  xmem_pte_is_none(e), _is_parked(e), _is_leaf(e, level),
 *  xmem_pte_is_table(e, level)       exactly one of the four is true
 *  xmem_pte_mfn(e)	       the first frame of a leaf without the hint or of
 *			       a parked entry; the frame of a table
 *  xmem_pte_flags(e, level)   the flags of a leaf: xmem_pte_leaf() of them
 *			       makes the same entry again, but for the hint
 *			       (splits rely on it). Where a CPU has fewer than
 *			       four memory types, a type it lacks is mapped as
 *			       a stricter one, yet comes back as asked for;
 *			       write-back and uncached always differ
 *  xmem_pte_read(p), xmem_pte_write(p, e)   one atomic access each; p is an
 *			       entry of a table in use or in a stash, or
 *			       what xmem_arch_break_begin() returned
 *  xmem_arch_table(mfn)       address of a table, callable at any time
 *  xmem_arch_root()	       frame of the root of the hypervisor's space
 *  xmem_arch_pt_made(va, nr, tables)   called without a lock after entries
 *			       of [@va, @va + @nr pages) have become present:
 *			       leaves, and with @tables also the tables above
 *			       them. When it returns, this CPU can access what
 *			       they map, and no CPU remembers any more that
 *			       they were not present
 *
 * Optional, each with the default that is defined below:
 *
 *  ARCH_PT_TOP_BITS	       index bits of the top level, 1 to ARCH_PT_BITS;
 *			       ARCH_PT_BITS. Bits above are ignored
 *  ARCH_PT_MAX_LEVELS	       constant, the most that ARCH_PT_LEVELS can be;
 *			       ARCH_PT_LEVELS, which is constant then
 *  XMEM_ARCH_TABLE_START, XMEM_ARCH_TABLE_LIMIT   boot frames for tables
 *			       are from [START, LIMIT), that is, in the
 *			       direct map; 0 and no limit
 *  XMEM_ARCH_HAS_IS_VA	       defined if there is
 *   xmem_arch_is_va(va)       does the root translate this address? For any
 *			       value. Such addresses form at most two ranges,
 *			       one from 0 up, one from the top down. The
 *			       default has both, each one half of the space:
 *			       all bits above the last translated one repeat
 *			       it (canonical addresses)
 *  XMEM_ARCH_HAS_BREAK	       defined if there are the following five; by
 *			       default any entry may be written over another
 *   xmem_pte_must_break(old, new, level, index)   old and new are present,
 *			       leaves or tables, and differ: must old be broken
 *			       before new is written? The answer is the same
 *			       for all leaves of a group with the hint. At
 *			       level 0 @index is the number of the entry in
 *			       its group
 *   xmem_arch_set_alias(entry)      called once, when the tables of the slots
 *			       of map_domain_page() are built, with the level
 *			       0 entry of the page behind them
 *			       (CPU_ALIAS_VIRT). It is none, its table stays,
 *			       and only the architecture writes it: to reach
 *			       a table that lies in the range being broken
 *   struct xmem_arch_break    what a break keeps from its begin to its end; it
 *			       lies on the stack
 *   xmem_arch_break_begin(brk, slot, va, nr)   the entries from @slot on, which
 *			       serve [@va, @va + @nr pages), are about to be
 *			       made not present. Return: the address at which
 *			       to read and write them until the end, as the
 *			       table itself may lie in the range. Until then
 *			       the caller touches no other memory but the
 *			       stack
 *   xmem_arch_break_flush(va, nr)   the entries are not present now. Returns
 *			       when no CPU holds a translation of the range,
 *			       nor an entry of a table that served it
 *   xmem_arch_break_end(brk)  the entries are present again. Returns when this
 *			       CPU uses the new ones
 *			       The last three never fail. They are called once
 *			       each, in this order, never nested, perhaps on
 *			       several CPUs at a time, with or without a lock
 *			       held. An access to the range in between faults,
 *			       so it must not hold code, a stack or an
 *			       interrupt handler in use
 *  XMEM_ARCH_HAS_CHANGED      defined if there is
 *   xmem_arch_pt_changed(va, nr)    called after present entries of the range
 *			       were overwritten or cleared, before
 *			       xmem_port_tlb_flush(), which orders these
 *			       writes before its own work. No CPU needs more;
 *			       a simulated one may check
 *  ARCH_PT_CONT_BITS	       log2 of the entries of a group of level 0 with
 *			       the contiguous hint, at most ARCH_PT_BITS; 0:
 *			       no hint. If defined, there are
 *   xmem_pte_set_cont(leaf, on, index)   the same leaf with the hint (@on)
 *			       or without. @on is used only for leaves of level
 *			       0 without it, entry @index of their group, 0 to
 *			       2^ARCH_PT_CONT_BITS - 1, if the frame is also
 *			       number @index of an aligned group. So the hint
 *			       may replace bits of the frame, as in Svnapot of
 *			       RISC-V: xmem_pte_mfn() is never called for a
 *			       leaf with the hint. Without @on it may be a leaf
 *			       of any level or a parked entry, with or without
 *			       the hint
 *   xmem_pte_is_cont(leaf)    does a leaf, of any level, have the hint?
 */
#ifndef PT_PT_ARCH_H
#define PT_PT_ARCH_H

#include <xmem/map.h>

#include <arch/pte.h>

#ifndef ARCH_PT_TOP_BITS
#define ARCH_PT_TOP_BITS ARCH_PT_BITS
#endif
#ifndef ARCH_PT_MAX_LEVELS
#define ARCH_PT_MAX_LEVELS ARCH_PT_LEVELS
#endif
#ifndef XMEM_ARCH_TABLE_START
#define XMEM_ARCH_TABLE_START 0UL
#endif
#ifndef XMEM_ARCH_TABLE_LIMIT
#define XMEM_ARCH_TABLE_LIMIT (~0UL)
#endif

/** Bits of a page number that the tables translate. */
#define XMEM_PT_SPACE_BITS \
	((ARCH_PT_LEVELS - 1U) * ARCH_PT_BITS + ARCH_PT_TOP_BITS)

#ifndef XMEM_ARCH_HAS_IS_VA
static inline bool xmem_arch_is_va(unsigned long va)
{
	unsigned int bits = PAGE_SHIFT + XMEM_PT_SPACE_BITS;
	unsigned int above = bits < sizeof(long) * 8
				     ? (unsigned int)sizeof(long) * 8 - bits
				     : 0;

	return (long)(va << above) >> above == (long)va;
}
#endif

#ifdef XMEM_ARCH_HAS_BREAK
#define XMEM_PT_BREAKS true
#else
#define XMEM_PT_BREAKS false

static inline bool xmem_pte_must_break(xmem_pte_t old, xmem_pte_t new,
				       unsigned int level, unsigned long index)
{
	(void)old;
	(void)new;
	(void)level;
	(void)index;
	return false;
}

static inline void xmem_arch_set_alias(xmem_pte_t *entry)
{
	(void)entry;
}

struct xmem_arch_break {
	char unused;
};

static inline xmem_pte_t *xmem_arch_break_begin(struct xmem_arch_break *brk,
						xmem_pte_t *slot,
						unsigned long va,
						unsigned long nr)
{
	(void)brk;
	(void)va;
	(void)nr;
	return slot;
}

static inline void xmem_arch_break_flush(unsigned long va, unsigned long nr)
{
	(void)va;
	(void)nr;
}

static inline void xmem_arch_break_end(const struct xmem_arch_break *brk)
{
	(void)brk;
}
#endif

#ifndef XMEM_ARCH_HAS_CHANGED
static inline void xmem_arch_pt_changed(unsigned long va, unsigned long nr)
{
	(void)va;
	(void)nr;
}
#endif

#ifndef ARCH_PT_CONT_BITS
#define ARCH_PT_CONT_BITS 0U

static inline xmem_pte_t xmem_pte_set_cont(xmem_pte_t leaf, bool on,
					   unsigned long index)
{
	(void)on;
	(void)index;
	return leaf;
}

static inline bool xmem_pte_is_cont(xmem_pte_t leaf)
{
	(void)leaf;
	return false;
}
#endif

/** Entries of a group with the contiguous hint; 1: there is no hint. */
#define XMEM_PT_GROUP (1UL << ARCH_PT_CONT_BITS)

/** Index in its group of @page or, where the entry has the hint, of its
 *  frame. */
static inline unsigned long xmem_pt_in_group(unsigned long page)
{
	return page & (XMEM_PT_GROUP - 1);
}

/** Leaf or parked entry @e of @page without the hint, so that xmem_pte_mfn()
 *  can be asked for its frame. */
static inline xmem_pte_t xmem_pt_strip(xmem_pte_t e, unsigned long page)
{
	return xmem_pte_set_cont(e, false, xmem_pt_in_group(page));
}

#endif /* PT_PT_ARCH_H */
