#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# seeded_tlb.sh - the test of x86's TLB flushes must fail where a bug is
#
# usage: seeded_tlb.sh. Here are the bugs; the rest is in tests/seeded.sh.
cd "$(dirname "$0")/../.." || exit 1
. tests/seeded.sh
test=tests/unit/x86/test_tlb.c
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
finish
