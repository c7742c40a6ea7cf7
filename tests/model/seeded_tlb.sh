#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# seeded_tlb.sh - the tests of TLB flushes must fail where a bug is
#
# usage: seeded_tlb.sh. Here are the bugs; the rest is in tests/seeded.sh.
cd "$(dirname "$0")/../.." || exit 1
. tests/seeded.sh
test=tests/sim/x86/test_tlb.c
tlb=arch/x86/include/arch/tlb.h

unchanged "$test"

seed "CR3 is thought to drop global pages" "$test" $tlb \
	's/(cr4 & (XMEM_CR4_PGE | XMEM_CR4_PCIDE)) == 0/(cr4 \& XMEM_CR4_PCIDE) == 0/'
seed "CR3 is thought to drop all contexts" "$test" $tlb \
	's/(cr4 & (XMEM_CR4_PGE | XMEM_CR4_PCIDE)) == 0/(cr4 \& XMEM_CR4_PGE) == 0/'
seed "invpcid is used without asking for it" "$test" $tlb \
	's/ && xmem_cpu_has_invpcid()//'
seed "PGE stays the other way" "$test" $tlb \
	'/^\t\txmem_cpu_write_cr4(cr4);$/d'
seed "PGE is set, not changed" "$test" $tlb \
	's/write_cr4(cr4 ^ XMEM_CR4_PGE)/write_cr4(cr4 | XMEM_CR4_PGE)/'
seed "PGE is cleared, not changed" "$test" $tlb \
	's/write_cr4(cr4 ^ XMEM_CR4_PGE)/write_cr4(cr4 \& ~XMEM_CR4_PGE)/'
seed "PCIDE is changed along with PGE" "$test" $tlb \
	's/write_cr4(cr4 ^ XMEM_CR4_PGE)/write_cr4(cr4 ^ XMEM_CR4_PGE ^ XMEM_CR4_PCIDE)/'
seed "without PGE one context is flushed page by page" "$test" $tlb \
	's/(cr4 & (XMEM_CR4_PGE | XMEM_CR4_PCIDE)) == XMEM_CR4_PCIDE/false/'
seed "with PCIDs everything is dropped always" "$test" $tlb \
	's/(cr4 & (XMEM_CR4_PGE | XMEM_CR4_PCIDE)) == XMEM_CR4_PCIDE/(cr4 \& XMEM_CR4_PCIDE) != 0/'
seed "the limit itself is flushed as a whole" "$test" $tlb \
	's/nr > XMEM_TLB_FLUSH_MAX/nr >= XMEM_TLB_FLUSH_MAX/'
seed "a range of any length is flushed page by page" "$test" $tlb \
	's/nr > XMEM_TLB_FLUSH_MAX ||/false ||/'
seed "the last page is left out" "$test" $tlb \
	's/unsigned long i = 0; i < nr/unsigned long i = 1; i < nr/'
seed "the same page is flushed again and again" "$test" $tlb \
	's/va + (i << PAGE_SHIFT)/va/'
seed "a flush of nothing drops everything" "$test" $tlb \
	's/nr > 0 ? xmem_cpu_read_cr4() : XMEM_CR4_PGE/XMEM_CR4_PCIDE/'

test=tests/sim/arm/test_tlb.c
tlb=arch/arm/include/arch/tlb.h

unchanged "$test"

seed "Arm: entries are not written before the flush" "$test" $tlb \
	'/^static inline void xmem_tlbi(/,/^}/{/xmem_dsb_writes(local);/d}'
seed "Arm: nobody waits until all have forgotten" "$test" $tlb \
	'/^static inline void xmem_tlbi(/,/^}/{/xmem_dsb(local);/d}'
seed "Arm: instructions fetched before are used" "$test" $tlb \
	'/^static inline void xmem_tlbi(/,/^}/{/xmem_isb();/d}'
seed "Arm: the full flush does not wait" "$test" $tlb \
	'/^static inline void xmem_tlb_flush_all(/,/^}/{/xmem_dsb(false);/d}'
seed "Arm: the full flush is before the writes" "$test" $tlb \
	'/^static inline void xmem_tlb_flush_all/,/^}/{/xmem_dsb_writes/d}'
seed "Arm: the barrier is this CPU's alone" "$test" $tlb \
	's/xmem_dsb(local)/xmem_dsb(true)/'
seed "Arm: the flush of all CPUs is local" "$test" $tlb \
	's/xmem_tlbi(va, nr, false)/xmem_tlbi(va, nr, true)/'
seed "Arm: the flush of this CPU is for all" "$test" $tlb \
	's/xmem_tlbi(va, nr, true)/xmem_tlbi(va, nr, false)/'
seed "Arm: ranges without the instructions" "$test" $tlb \
	's/xmem_mmu.tlbi_range \&\& nr > 1/nr > 1/'
seed "Arm: a unit of a range is one page" "$test" $tlb \
	's/5 \* scale + 1;/5 * scale;/'
seed "Arm: NUM is the number of units" "$test" $tlb \
	's/(count - 1) << 39/count << 39/'
seed "Arm: NUM loses its highest bit" "$test" $tlb \
	's/shift & 31/shift \& 15/'
seed "Arm: SCALE is always 0" "$test" $tlb \
	's/(uint64_t)scale << 44/(uint64_t)0 << 44/'
seed "Arm: the granule is always 4K" "$test" $tlb \
	's,PAGE_SHIFT / 2 - 5,PAGE_SHIFT / 2 - 4,'
seed "Arm: the address runs into the operand's fields" "$test" $tlb \
	's/(base & (((uint64_t)1 << 37) - 1))/base/'
seed "Arm: all ranges begin at the first page" "$test" $tlb \
	'/va += count << shift << PAGE_SHIFT;/d'
seed "Arm: the odd page is forgotten" "$test" $tlb \
	's/\tnr &= 1;/\tnr = 0;/'
seed "Arm: the odd page is part of a range too" "$test" $tlb \
	's/nr & ~1UL, local/nr + 1, local/'
seed "Arm: more than fits in five instructions" "$test" $tlb \
	's/((1UL << 21) - 1)/(1UL << 22)/'
finish
