/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pte.h - page tables of the fake architecture: tiny and hostile
 *
 * FAKE_PT_LEVELS levels at most (fake_levels now) of 2^FAKE_PT_BITS entries,
 * the root of 2^FAKE_PT_TOP_BITS, so that a space of a few hundred pages has
 * every shape a real one can have. An entry is
 *	bits 0-2	level + 1 of a leaf or parked entry; 6 table; 7 none
 *	bits 3-63	rotated by an amount that depends on bits 0-2:
 *			kind (2), flags (8), hint (1), spare (2), frame (48),
 *			the frame mixed with a constant, inverted if parked
 * Zero is no entry at all. Every function checks its arguments and panics:
 * a frame not aligned, a leaf at a level that has none, no access, a level
 * that is not the entry's, an address outside of a table in use; also a table
 * that is linked before it is complete.
 *
 * Present entries must be broken, all but a change of rights alone, and a
 * group with the hint even then; with fake_bbm only a change of frame or type
 * must, or a block in place of a table. A break is done through addresses
 * that exist for nothing else (fake.c), and what a CPU may still remember is
 * kept until the flush. Addresses are those of the upper end, unless told.
 *
 * The hint takes bits of the frame, as Svnapot of RISC-V does: the entries of
 * a group are all the same, so a frame is had only with the index in the group,
 * and who asks for it without is told so, by a panic. With FAKE_FULL_FRAMES the
 * hint is a bit of its own, as on Arm, so that a group can be wrong.
 *
 * With FAKE_NO_BREAK any entry may be written over another. With FAKE_PLAIN
 * there is nothing of all that: the defaults of pt_arch.h.
 */
#ifndef ARCH_PTE_H
#define ARCH_PTE_H

#include <arch/layout.h>
#include <xmem/config.h>
#include <xmem/map.h>
#include <xmem/port.h>
#include <xmem/types.h>

#ifndef FAKE_PT_LEVELS
#define FAKE_PT_LEVELS 4
#endif
#ifndef FAKE_PT_BITS
#define FAKE_PT_BITS 2
#endif
#ifdef FAKE_PLAIN
#define FAKE_PT_TOP_BITS FAKE_PT_BITS
#define ARCH_PT_LEVELS	 ((unsigned int)FAKE_PT_LEVELS)
#else
#ifndef FAKE_PT_TOP_BITS
#define FAKE_PT_TOP_BITS FAKE_PT_BITS
#endif
#ifndef FAKE_PT_CONT_BITS
#define FAKE_PT_CONT_BITS 2
#endif
#define ARCH_PT_LEVELS	   fake_levels
#define ARCH_PT_MAX_LEVELS ((unsigned int)FAKE_PT_LEVELS)
#define ARCH_PT_TOP_BITS   ((unsigned int)FAKE_PT_TOP_BITS)
#define ARCH_PT_CONT_BITS  ((unsigned int)FAKE_PT_CONT_BITS)
#define XMEM_ARCH_HAS_IS_VA
#ifndef FAKE_NO_BREAK
#define XMEM_ARCH_HAS_BREAK
#endif
#endif
#ifdef XMEM_ARCH_HAS_BREAK
#define FAKE_BREAKS true
#else
#define FAKE_BREAKS false
#endif
#define ARCH_PT_BITS ((unsigned int)FAKE_PT_BITS)

/* Work at a stretch ends here: with no lock held. */
void fake_relax(void);
#undef xmem_port_relax
#define xmem_port_relax() fake_relax()

typedef struct {
	uint64_t v;
} xmem_pte_t;

extern unsigned int fake_levels;	      /* of the space */
extern unsigned int fake_leaf_levels;	      /* levels that may have leaves */
extern bool fake_bbm;			      /* few changes must break */
extern bool fake_has_low;		      /* addresses from 0 up */
extern bool fake_breaking;		      /* between begin and end */
extern unsigned long fake_root;		      /* frame of the root */
extern unsigned long fake_limit;	      /* XMEM_ARCH_TABLE_LIMIT */
extern unsigned char fake_taken[FAKE_FRAMES]; /* is it a table? */
extern unsigned long fake_nr_reads, fake_nr_writes;
void fake_made(unsigned long va, unsigned long nr, bool tables);
void fake_changed(unsigned long va, unsigned long nr);
void fake_check_write(const xmem_pte_t *slot, xmem_pte_t new);
xmem_pte_t *fake_slot_in_break(const xmem_pte_t *alias);

#define XMEM_ARCH_TABLE_LIMIT fake_limit

#define FAKE_NONE  0x6e6f6e652d2d2d07ULL
#define FAKE_MIX   0xa5c3e1f08765ULL
#define FAKE_BODY  ((1ULL << 61) - 1)
#define FAKE_FRAME ((1ULL << 48) - 1)
#define FAKE_CONT  (1U << 8) /* beside the flags */
enum { FAKE_LEAF = 1, FAKE_TABLE = 2, FAKE_PARKED = 3 };

#define FAKE_CHECK(cond)                                                      \
	do {                                                                  \
		if (!(cond)) {                                                \
			xmem_port_panic("fake arch: %s: not: %s\n", __func__, \
					#cond);                               \
		}                                                             \
	} while (0)

static inline unsigned int fake_tag(xmem_pte_t e)
{
	return (unsigned int)(e.v & 7);
}

static inline uint64_t fake_body(xmem_pte_t e)
{
	unsigned int by = 11 * fake_tag(e) % 61;
	uint64_t body = e.v >> 3;

	return by == 0 ? body : (body >> by | body << (61 - by)) & FAKE_BODY;
}

static inline unsigned int fake_kind(xmem_pte_t e)
{
	if (fake_tag(e) == 0 || fake_tag(e) == 7) {
		return 0;
	}
	return (unsigned int)(fake_body(e) & 3);
}

static inline xmem_pte_t fake_make(unsigned int tag, unsigned int kind,
				   unsigned int flags, uint64_t frame)
{
	uint64_t mixed = (frame ^ FAKE_MIX) & FAKE_FRAME;
	unsigned int by = 11 * tag % 61;
	uint64_t body;

	if (kind == FAKE_PARKED) {
		mixed = ~mixed & FAKE_FRAME;
	}
	body = kind | (uint64_t)flags << 2 | mixed << 13;
	body = by == 0 ? body : (body << by | body >> (61 - by)) & FAKE_BODY;
	return (xmem_pte_t){body << 3 | tag};
}

static inline bool fake_has_hint(xmem_pte_t e)
{
	return fake_kind(e) == FAKE_LEAF &&
	       (fake_body(e) >> 2 & FAKE_CONT) != 0;
}

/* What an entry holds that is not parked. */
static inline uint64_t fake_frame(xmem_pte_t e)
{
	return (fake_body(e) >> 13 ^ FAKE_MIX) & FAKE_FRAME;
}

static inline bool xmem_arch_level_has_leaf(unsigned int level)
{
	FAKE_CHECK(level < ARCH_PT_LEVELS);
	return level < fake_leaf_levels;
}

static inline xmem_pte_t xmem_pte_none(void)
{
	return (xmem_pte_t){FAKE_NONE};
}

static inline xmem_pte_t xmem_pte_leaf(unsigned long mfn, unsigned int flags,
				       unsigned int level)
{
	FAKE_CHECK(xmem_arch_level_has_leaf(level));
	FAKE_CHECK((mfn & ((1UL << (level * ARCH_PT_BITS)) - 1)) == 0);
	FAKE_CHECK((flags & ~XMEM_MAP_ATTRS_MASK) == 0);
	FAKE_CHECK((flags & 7) != 0);
	return fake_make(level + 1, FAKE_LEAF, flags, mfn);
}

static inline xmem_pte_t xmem_pte_table(unsigned long mfn)
{
	FAKE_CHECK(xmem_arch_mfn_valid(mfn));
	return fake_make(6, FAKE_TABLE, 0, mfn);
}

static inline bool xmem_pte_is_none(xmem_pte_t e)
{
	return e.v == FAKE_NONE;
}

static inline bool xmem_pte_is_leaf(xmem_pte_t e, unsigned int level)
{
	return fake_tag(e) == level + 1 && fake_kind(e) == FAKE_LEAF;
}

static inline bool xmem_pte_is_table(xmem_pte_t e, unsigned int level)
{
	return level > 0 && fake_tag(e) == 6 && fake_kind(e) == FAKE_TABLE;
}

static inline bool xmem_pte_is_parked(xmem_pte_t e)
{
	return fake_kind(e) == FAKE_PARKED;
}

static inline unsigned long xmem_pte_mfn(xmem_pte_t e)
{
	uint64_t frame = fake_frame(e);

	FAKE_CHECK(fake_kind(e) != 0);
	FAKE_CHECK(!fake_has_hint(e));
	return (unsigned long)(xmem_pte_is_parked(e) ? ~frame & FAKE_FRAME
						     : frame);
}

static inline unsigned int xmem_pte_flags(xmem_pte_t e, unsigned int level)
{
	FAKE_CHECK(xmem_pte_is_leaf(e, level));
	return (unsigned int)(fake_body(e) >> 2) & 0xff;
}

static inline xmem_pte_t xmem_pte_park(xmem_pte_t e, unsigned int level)
{
	FAKE_CHECK(xmem_pte_is_leaf(e, level));
	return fake_make(level + 1, FAKE_PARKED, 0, xmem_pte_mfn(e));
}

/* @e is one of the entries of a table; the root may be shorter. */
static inline xmem_pte_t *fake_slot(const xmem_pte_t *e)
{
	unsigned long offset = (unsigned long)e - (unsigned long)fake_ram;
	unsigned long mfn = FAKE_MFN + (offset >> PAGE_SHIFT);
	unsigned int bits = mfn == fake_root ? FAKE_PT_TOP_BITS : FAKE_PT_BITS;

	if (fake_breaking) {
		return fake_slot_in_break(e);
	}
	FAKE_CHECK(offset < sizeof(fake_ram));
	FAKE_CHECK(fake_taken[offset >> PAGE_SHIFT]);
	FAKE_CHECK((offset & (PAGE_SIZE - 1)) < sizeof(*e) << bits);
	return (xmem_pte_t *)(fake_ram[0] + offset);
}

static inline xmem_pte_t xmem_pte_read(const xmem_pte_t *e)
{
	fake_nr_reads++;
	return (xmem_pte_t){
		__atomic_load_n(&fake_slot(e)->v, __ATOMIC_RELAXED)};
}

static inline void xmem_pte_write(xmem_pte_t *e, xmem_pte_t new)
{
	xmem_pte_t *slot = fake_slot(e);

	fake_nr_writes++;
	fake_check_write(slot, new);
	__atomic_store_n(&slot->v, new.v, __ATOMIC_RELAXED);
}

static inline xmem_pte_t *xmem_arch_table(unsigned long mfn)
{
	FAKE_CHECK(!fake_breaking);
	FAKE_CHECK(xmem_arch_mfn_valid(mfn));
	FAKE_CHECK(fake_taken[mfn - FAKE_MFN]);
	return (xmem_pte_t *)xmem_arch_mfn_to_virt(mfn);
}

static inline unsigned long xmem_arch_root(void)
{
	return fake_root;
}

static inline void xmem_arch_pt_made(unsigned long va, unsigned long nr,
				     bool tables)
{
	fake_made(va, nr, tables);
}

#define XMEM_ARCH_HAS_CHANGED
static inline void xmem_arch_pt_changed(unsigned long va, unsigned long nr)
{
	fake_changed(va, nr);
}

#ifndef FAKE_PLAIN
/* The space is the last addresses there are, perhaps the first, too. */
static inline bool xmem_arch_is_va(unsigned long va)
{
	unsigned int bits =
		(ARCH_PT_LEVELS - 1) * ARCH_PT_BITS + ARCH_PT_TOP_BITS;

	return ~va >> PAGE_SHIFT >> bits == 0 ||
	       (fake_has_low && va >> PAGE_SHIFT >> bits == 0);
}

static inline bool xmem_pte_is_cont(xmem_pte_t leaf)
{
	FAKE_CHECK(fake_kind(leaf) == FAKE_LEAF);
	return fake_has_hint(leaf);
}

#ifdef FAKE_FULL_FRAMES
static inline uint64_t fake_hide(uint64_t frame, unsigned long index)
{
	(void)index;
	return frame;
}

static inline uint64_t fake_unhide(uint64_t held, unsigned long index)
{
	(void)index;
	return held;
}
#else
#define FAKE_IN_GROUP (((uint64_t)1 << FAKE_PT_CONT_BITS) - 1)
#define FAKE_NAPOT    ((uint64_t)1 << FAKE_PT_CONT_BITS >> 1) /* the size */

static inline uint64_t fake_hide(uint64_t frame, unsigned long index)
{
	FAKE_CHECK((frame & FAKE_IN_GROUP) == index);
	return (frame & ~FAKE_IN_GROUP) | FAKE_NAPOT;
}

static inline uint64_t fake_unhide(uint64_t held, unsigned long index)
{
	FAKE_CHECK((held & FAKE_IN_GROUP) == FAKE_NAPOT);
	return (held & ~FAKE_IN_GROUP) | index;
}
#endif

static inline xmem_pte_t fake_loosen(xmem_pte_t leaf, unsigned long index)
{
	FAKE_CHECK(xmem_pte_is_leaf(leaf, 0));
	return fake_make(1, FAKE_LEAF, xmem_pte_flags(leaf, 0),
			 fake_unhide(fake_frame(leaf), index));
}

static inline xmem_pte_t xmem_pte_set_cont(xmem_pte_t e, bool on,
					   unsigned long index)
{
	FAKE_CHECK(fake_kind(e) == FAKE_LEAF || xmem_pte_is_parked(e));
	FAKE_CHECK(index >> FAKE_PT_CONT_BITS == 0);
	if (!on) {
		return fake_has_hint(e) ? fake_loosen(e, index) : e;
	}
	FAKE_CHECK(xmem_pte_is_leaf(e, 0));
	return fake_make(1, FAKE_LEAF, xmem_pte_flags(e, 0) | FAKE_CONT,
			 fake_hide(xmem_pte_mfn(e), index));
}
#endif

#ifdef XMEM_ARCH_HAS_BREAK
bool xmem_pte_must_break(xmem_pte_t old, xmem_pte_t new, unsigned int level,
			 unsigned long index);
struct xmem_arch_break {
	unsigned long nr;
};

xmem_pte_t *xmem_arch_break_begin(struct xmem_arch_break *brk, xmem_pte_t *slot,
				  unsigned long va, unsigned long nr);
void xmem_arch_break_flush(unsigned long va, unsigned long nr);
void xmem_arch_break_end(const struct xmem_arch_break *brk);
#endif

#endif /* ARCH_PTE_H */
