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
 *  xmem_pte_park(e, level)    of a leaf without the hint; not present to the
 *			       hardware; the frame in a form that no CPU
 *			       speculates on; depends on frame and level alone
 *  xmem_pte_is_none(e), _is_parked(e), _is_leaf(e, level),
 *  xmem_pte_is_table(e, level)       exactly one of the four is true
 *  xmem_pte_mfn(e)	       first frame of a leaf without the hint or of a
 *			       parked entry; of a table
 *  xmem_pte_flags(e, level)   flags such that xmem_pte_leaf() of them means
 *			       the same entry (splits rely on it), but for
 *			       the hint. A CPU with fewer than four memory
 *			       types gives one the entry of another that
 *			       promises more, and has its flags come back;
 *			       write-back and uncached are two
 *  xmem_pte_read(p), xmem_pte_write(p, e)   one access each, atomic; p is
 *			       an entry of a table in use or in a stash, or
 *			       what xmem_arch_break_begin() returned
 *  xmem_arch_table(mfn)       address of a table, callable at any time
 *  xmem_arch_root()	       frame of the root of the hypervisor's space
 *  xmem_arch_pt_made(va, nr, tables)   entries of [@va, @va + @nr pages)
 *			       that were not present are now: leaves, and with
 *			       @tables also tables that lead to them. From its
 *			       return on this CPU reaches what they map, and a
 *			       CPU that remembers that an entry was not present
 *			       has forgotten it. No lock is held
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
 *   xmem_arch_is_va(va)       is this an address that the root translates?
 *			       Any value. Such addresses form at most two
 *			       rows, one from 0 up, one from the top down; by
 *			       default both, each half of the space, as
 *			       where the last bit translated is repeated in
 *			       all above it (canonical addresses)
 *  XMEM_ARCH_HAS_BREAK	       defined if there are the following five; by
 *			       default any entry may be written over another
 *   xmem_pte_must_break(old, new, level, index)   both are present, a leaf
 *			       or a table, and differ: may new not be written
 *			       straight over old? Of the leaves of a group
 *			       with the hint it says the same for each.
 *			       At level 0 @index is that of the entry in its
 *			       group
 *   xmem_arch_set_alias(entry)      called once, when the tables of the
 *			       per-CPU windows are built: the level 0 entry of
 *			       the page behind them (CPU_ALIAS_VIRT). It is
 *			       none, its table stays, and only the architecture
 *			       writes it: to reach a table that lies in the
 *			       range that is broken
 *   xmem_arch_break_begin(slot, va, nr)   entries from @slot on, that serve
 *			       [@va, @va + @nr pages), will not be present
 *			       for a moment. Return: the address by which
 *			       they are read and written until the end (the
 *			       table itself may lie in the range). Nothing
 *			       else in memory is touched until then but the
 *			       stack
 *   xmem_arch_break_flush(va, nr)   they are not present now. Returns when
 *			       no CPU holds a translation of the range, nor
 *			       one of a table that served it
 *   xmem_arch_break_end()     they are present again: returns when this CPU
 *			       uses the new ones
 *			       The last three never fail, come in this order,
 *			       once each, never nested, but on several CPUs
 *			       at a time, with a lock held or without. An
 *			       access to the range in between faults: so no
 *			       code, stack or interrupt handler in it
 *  XMEM_ARCH_HAS_CHANGED      defined if there is
 *   xmem_arch_pt_changed(va, nr)    present entries of the range were written
 *			       over or are not present any more, and
 *			       xmem_port_tlb_flush() of it comes next, which
 *			       orders these writes before what it does. No CPU
 *			       needs more; a simulated one may watch
 *  ARCH_PT_CONT_BITS	       log2 of the entries of a group of level 0 with
 *			       the contiguous hint, at most ARCH_PT_BITS; 0:
 *			       no hint. If defined, there are
 *   xmem_pte_set_cont(leaf, on, index)   a leaf of level 0 that is entry
 *			       @index of its group, 0 to
 *			       2^ARCH_PT_CONT_BITS - 1: with the hint, which it
 *			       has not yet, or without. The hint is set only
 *			       if the frame, too, is number @index of an
 *			       aligned group. So some of its bits may give way
 *			       to the hint, as in Svnapot of RISC-V: while a
 *			       leaf has the hint, its frame is not asked for.
 *			       The hint is taken off from leaves of all levels
 *			       and from parked entries, whether they have it or
 *			       not
 *   xmem_pte_is_cont(leaf)    of a leaf of any level: has it the hint?
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
	unsigned int unused = bits < sizeof(long) * 8
				      ? (unsigned int)sizeof(long) * 8 - bits
				      : 0;

	return (long)(va << unused) >> unused == (long)va;
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

static inline xmem_pte_t *xmem_arch_break_begin(xmem_pte_t *slot,
						unsigned long va,
						unsigned long nr)
{
	(void)va;
	(void)nr;
	return slot;
}

static inline void xmem_arch_break_flush(unsigned long va, unsigned long nr)
{
	(void)va;
	(void)nr;
}

static inline void xmem_arch_break_end(void)
{
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

/** Index of @page in its group: of its entry at level 0, or, where the entry
 *  has the hint, of its frame. */
static inline unsigned long xmem_pt_in_group(unsigned long page)
{
	return page & (XMEM_PT_GROUP - 1);
}

/** Leaf or parked entry @e of @page, without the hint: it tells its frame. */
static inline xmem_pte_t xmem_pt_strip(xmem_pte_t e, unsigned long page)
{
	return xmem_pte_set_cont(e, false, xmem_pt_in_group(page));
}

#endif /* PT_PT_ARCH_H */
