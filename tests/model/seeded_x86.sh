#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# seeded_x86.sh - the tests of x86-64 on a CPU that speculates must fail where
# a bug is
#
# usage: seeded_x86.sh. The rest is in tests/seeded.sh.
cd "$(dirname "$0")/../.." || exit 1
. tests/seeded.sh
export XMEM_TEST_PERCENT=20
caught='^not ok|Failure!not ok|^xmem panic|^sim machine'
full=tests/sim/x86/test_x86.c
la57=tests/sim/x86/test_x86_la57.c
partial=tests/sim/x86/test_x86_partial.c
mistakes=tests/sim/x86/test_x86_mistakes.c
windows=tests/unit/directmap/test_windows.c
check=src/directmap/port_check.c
pte=arch/x86/include/arch/pte.h
tlb=arch/x86/include/arch/tlb.h

unchanged $full
unchanged $la57
unchanged $partial
unchanged $mistakes
unchanged $windows

seed "a parked entry leads to its frame" $full $pte \
	's/(~e.v & XMEM_PTE_FRAME) | XMEM_PTE_PARKED}/(e.v \& XMEM_PTE_FRAME) | XMEM_PTE_PARKED}/'
seed "a parked entry is still present" $full $pte \
	's/(~e.v & XMEM_PTE_FRAME) | XMEM_PTE_PARKED}/e.v}/'
seed "what is read-only is dirty" $full $pte \
	's/XMEM_PTE_P | XMEM_PTE_A | XMEM_PTE_G;/XMEM_PTE_P | XMEM_PTE_A | XMEM_PTE_D | XMEM_PTE_G;/'
seed "the CPU sets accessed itself" $full $pte \
	's/XMEM_PTE_P | XMEM_PTE_A | XMEM_PTE_G;/XMEM_PTE_P | XMEM_PTE_G;/'
seed "the CPU sets dirty itself" $full $pte \
	's/XMEM_PTE_W | XMEM_PTE_D : 0/XMEM_PTE_W : 0/'
seed "leaves are not global" $full $pte \
	's/XMEM_PTE_P | XMEM_PTE_A | XMEM_PTE_G;/XMEM_PTE_P | XMEM_PTE_A;/'
seed "nothing is no-execute" $full $pte \
	's/XMEM_MAP_EXEC) != 0 ? 0 : XMEM_PTE_NX/XMEM_MAP_EXEC) != 0 ? 0 : 0/'
seed "a table cannot be written through" $full $pte \
	's/^\t\t\t    XMEM_PTE_P | XMEM_PTE_W | XMEM_PTE_A}/\t\t\t    XMEM_PTE_P | XMEM_PTE_A}/'
seed "the memory type is lost" $full $pte \
	's/^\tv |= (uint64_t)((flags & XMEM_MAP_TYPE_MASK) >> 4).*/\t(void)0;/'
seed "the frame loses its high bits" $full $pte \
	's/0x000ffffffffff000ULL/0x0000007ffffff000ULL/'
seed "blocks of 1 GiB without asking for them" $la57 $pte \
	's/on && xmem_cpu_has_1g()/on/'
seed "the fifth level is not seen" $la57 arch/x86/mmu.c \
	's/XMEM_CR4_LA57) != 0 ? 5 : 4/XMEM_CR4_LA57) != 0 ? 4 : 4/'
seed "addresses need not be canonical" $full $pte \
	's/return (long)(va << unused) >> unused == (long)va;/return (void)unused, true;/'
seed "the upper half is refused" $full $pte \
	's/return (long)(va << unused) >> unused == (long)va;/return (va << unused) >> unused == va;/'
seed "the last page of a range is not flushed" $full $tlb \
	's/i = 0; i < nr; i++/i = 0; i + 1 < nr; i++/'
seed "CR3 is thought to drop global pages" $full $tlb \
	's/(cr4 & (XMEM_CR4_PGE | XMEM_CR4_PCIDE)) == 0/(cr4 \& XMEM_CR4_PCIDE) == 0/'
seed "CR4 is written and not changed" $full $tlb \
	's/write_cr4(cr4 ^ XMEM_CR4_PGE)/write_cr4(cr4)/'
seed "areas are flushed before they are taken away" $full vmap/vmalloc.c \
	'/^static void depopulate/,/^}/{/xmem_port_tlb_flush(va, nr);/d; s/\txmem_map_park(va, nr);/\txmem_port_tlb_flush(va, nr);\n&/}'
seed "changed mappings are not flushed" $full map/map.c \
	'/xmem_port_tlb_flush(req->va, req->nr);/d'
# A file that may flush on this CPU alone.
with_tlb='s/^#include <xmem\/map.h>$/&\n#include <arch\/tlb.h>/; s/^#include <xmem\/vmap.h>$/&\n#include <arch\/tlb.h>/'
# The same bugs as the other hart sees them: this one flushes all that it must.
seed "hart 1: areas are flushed on this CPU alone" $full vmap/vmalloc.c \
	"$with_tlb"'; /^static void depopulate/,/^}/s/xmem_port_tlb_flush(va, nr)/xmem_tlb_flush_local(va, nr)/'
seed "hart 1: the flush of an area is a page short" $full vmap/vmalloc.c \
	"$with_tlb"'; /^static void depopulate/,/^}/s/xmem_port_tlb_flush(va, nr)/xmem_tlb_flush_local(va, nr); xmem_port_tlb_flush(va, nr - 1)/'
seed "hart 1: areas are flushed when their frames are free" $full \
	vmap/vmalloc.c "$with_tlb"'; /^static void depopulate/,/^}/{s/xmem_port_tlb_flush(va, nr)/unsigned long v = va, n = nr; xmem_tlb_flush_local(va, nr)/; s/^}/xmem_port_tlb_flush(v, n);\n}/}'
seed "hart 1: what is unmapped is flushed on this CPU alone" $full \
	vmap/vmap.c "$with_tlb"'; /^static void unmap/,/^}/s/xmem_port_tlb_flush(va, nr)/xmem_tlb_flush_local(va, nr)/'
seed "hart 1: the flush of what is unmapped is a page short" $full \
	vmap/vmap.c "$with_tlb"'; /^static void unmap/,/^}/s/xmem_port_tlb_flush(va, nr)/xmem_tlb_flush_local(va, nr); xmem_port_tlb_flush(va, nr - 1)/'
seed "hart 1: changed mappings are flushed on this CPU alone" $full \
	map/map.c "$with_tlb"'; s/xmem_port_tlb_flush(req->va, req->nr)/xmem_tlb_flush_local(req->va, req->nr)/'
seed "hart 1: the flush of changed mappings is a page short" $full \
	map/map.c "$with_tlb"'; s/xmem_port_tlb_flush(req->va, req->nr)/xmem_tlb_flush_local(req->va, req->nr); xmem_port_tlb_flush(req->va, req->nr - 1)/'
seed "hart 1: tables that go out of use are not flushed" $full map/map.c \
	's/work->changed || work->rest.out.nr > work->nr_walked/work->changed/'

seed "windows of other frames are not flushed" $partial \
	src/directmap/domain_page.c '/xmem_tlb_flush_local(page, 1);/d'
seed "holes stay in the direct map" $full src/directmap/directmap.c \
	'/^\t\tunmap_holes();/d'
seed "a step is not noted" $mistakes src/directmap/frametable.c \
	'/xmem_phase_done(XMEM_PHASE_FRAMETABLE);/d'
seed "a step may come again" $mistakes lib/phase.c \
	's/(over & 1U << call) != 0/false/; s/over != 0/false/'
seed "the frame table may be forgotten" $mistakes lib/phase.c \
	'/"end_boot_allocator()"/,/BIT(HANDOVER)}/s/BIT(DIRECTMAP) | BIT(FRAMETABLE)/BIT(DIRECTMAP)/'
seed "NXE may be off" $mistakes arch/x86/mmu.c \
	's/XMEM_EFER_NXE) == 0/XMEM_EFER_NXE) > XMEM_EFER_NXE/'
seed "the code may lie in free RAM" $mistakes $check \
	'/check_used(m.mfn, own.what);/d'
seed "tables may lie in free RAM" $mistakes $check \
	'/check_used(table, "a page table");/d'
seed "a hole in the boot window is not seen" $mistakes $check \
	's/!m.mapped || //; s/|| m.mfn != mfn/\&\& m.mapped/'
seed "another frame in the boot window is not seen" $mistakes $check \
	's/ || m.mfn != mfn//'
seed "tables may be shared with the identity map" $mistakes $check \
	's/return !xmem_pte_is_none(pte);/return false;/'
seed "tables may be shared with the stack" $mistakes $check \
	's/check_alone(va, m.mfn);/(void)va;/'
seed "windows may overlap" $windows src/directmap/windows.c \
	's/!ARE_APART(v->start/v == NULL \&\& !ARE_APART(v->start/'
seed "windows may lie where nothing is translated" $windows \
	src/directmap/windows.c 's/ || !is_translated(w)//'
finish
