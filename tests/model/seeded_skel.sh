#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# seeded_skel.sh - the tests of the skeleton must fail where a bug is
#
# usage: seeded_skel.sh. The bugs are such as one makes with a new
# architecture, and some in arch/common; the rest is in tests/seeded.sh.
cd "$(dirname "$0")/../.." || exit 1
. tests/seeded.sh
export XMEM_TEST_PERCENT=20
caught='^not ok|^xmem panic|^sim machine'
full=tests/sim/skel/test_skel.c
partial=tests/sim/skel/test_skel_partial.c
small=tests/sim/skel/test_skel_small.c
table=tests/unit/directmap/test_frametable.c
inc=docs/examples/arch/include/arch

unchanged $full
unchanged $partial
unchanged $small

seed "nothing is executable" $full $inc/pte.h \
	's/XMEM_MAP_EXEC) != 0 ? XMEM_PTE_X/XMEM_MAP_EXEC) != 0 ? 0/'
seed "what is parked is still present" $full $inc/pte.h \
	's/(e.v \& XMEM_PTE_FRAME) | XMEM_PTE_PARKED}/e.v | XMEM_PTE_PARKED}/'
seed "the frame loses its high bits" $full $inc/pte.h \
	's/((uint64_t)1 << PADDR_BITS) - 1)/((uint64_t)1 << 39) - 1)/'
seed "every address is taken for one of the root" $full $inc/pte.h \
	's/^static inline bool xmem_arch_is_va(unsigned long va)$/&\n{ return true; } static inline bool xmem_is_va_not(unsigned long va)/'
seed "more addresses are taken for those of the root" $small $inc/pte.h \
	's/va >> ARCH_VA_BITS == 0/va >> (ARCH_VA_BITS + 1) == 0/'
seed "half of a short root is used" $small $inc/pte.h \
	's/(ARCH_VA_BITS - PAGE_SHIFT - (ARCH_PT_LEVELS - 1) \* ARCH_PT_BITS)/(ARCH_VA_BITS - PAGE_SHIFT - (ARCH_PT_LEVELS - 1) * ARCH_PT_BITS - 1)/'
seed "blocks are smaller than they could be" $full $inc/pte.h \
	's/level < (PAGE_SHIFT == 12 ? 3U : 2U)/level < ARCH_PT_LEVELS - 2/'
seed "the last page is not flushed" $full $inc/tlb.h \
	's/i = 0; i < nr; i++/i = 0; i + 1 < nr; i++/'
seed "tables come from RAM that is not mapped" $partial $inc/pte.h \
	's/#define XMEM_ARCH_TABLE_LIMIT xmem_table_limit/#define XMEM_ARCH_TABLE_LIMIT (~0UL)/'
seed "the window of a CPU is not flushed" $partial src/directmap/domain_page.c \
	'/xmem_tlb_flush_local(page, 1);/d'
seed "the end of the direct map is not seen" $partial src/directmap/directmap.c \
	's/emfn < xmem_frames.mapped_end ? emfn : xmem_frames.mapped_end/emfn/'
seed "the last page of the frame table is not there" $table \
	src/directmap/frametable.c 's/xmem_pages_for((last + 1) \* entry)/(last * entry) >> PAGE_SHIFT/'
seed "the frame table is backed over holes" $table src/directmap/frametable.c \
	's/#define GAP_SHARE 32UL/#define GAP_SHARE 1UL/'
seed "the frame table is not cleared" $table src/directmap/frametable.c \
	'/memset((void \*)va, 0, got << PAGE_SHIFT);/d'
finish
