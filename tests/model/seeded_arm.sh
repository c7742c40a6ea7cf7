#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# seeded_arm.sh - the tests of arm64 on a hostile CPU must fail where a bug is
#
# usage: seeded_arm.sh. Bugs that QEMU would forgive come first; the rest is in
# tests/seeded.sh.
cd "$(dirname "$0")/../.." || exit 1
. tests/seeded.sh
export XMEM_TEST_PERCENT=20
caught='^not ok|^xmem panic|^sim machine'
el1=tests/sim/arm/test_arm_el1.c
el2=tests/sim/arm/test_arm_el2.c
partial=tests/sim/arm/test_arm_partial.c
pte=arch/arm/include/arch/pte.h
tlb=arch/arm/include/arch/tlb.h
stage1=arch/arm/stage1.c

unchanged $el1
unchanged $el2
unchanged $partial

seed "the walker is not told of new entries" $el2 $pte \
	'/^static inline void xmem_arch_pt_made/,/^}/{/xmem_dsb_writes/d}'
seed "the direct map is built without barriers" $el2 src/directmap/directmap.c \
	'/xmem_arch_pt_made(part.va, part.nr, true);/d'
seed "the walker is not told before the flush" $el2 $tlb \
	'/^static inline void xmem_tlbi(/,/^}/{/xmem_dsb_writes(local);/d}'
seed "a break ends before its entries are there" $el2 $stage1 \
	'/^void xmem_arch_break_end/,/^}/{/xmem_dsb_writes/d}'
seed "frames for domains are not cleaned" $el2 arch/arm/cache.c \
	'/xmem_cpu_dc_civac(va + i);/d'
seed "every second line of a frame is cleaned" $el2 arch/arm/cache.c \
	's/i += line/i += 2 * line/'
seed "nobody waits for the cleaning" $el2 arch/arm/cache.c \
	'/xmem_dsb_system();/d'
seed "the first frame of a block is cleaned alone" $el2 arch/arm/cache.c \
	's/clean_frame(mfn + i)/clean_frame(mfn)/'
seed "the last frame of a block is cleaned alone" $el2 arch/arm/cache.c \
	's/clean_frame(mfn + i)/clean_frame(mfn + nr - 1)/'
seed "areas are flushed before they are taken away" $el1 vmap/vmalloc.c \
	'/^static void depopulate/,/^}/{/xmem_port_tlb_flush(va, nr);/d; s/\txmem_map_park(va, nr);/\txmem_port_tlb_flush(va, nr);\n&/}'
seed "ranges are flushed as if all CPUs had it" $partial $stage1 \
	's/XMEM_PORT_TLBI_RANGE && //'
seed "ranges are flushed page by page" $el1 $stage1 \
	's/XMEM_PORT_TLBI_RANGE && xmem/false \&\& xmem/'
seed "other rights are not flushed" $el2 map/map.c \
	'/xmem_port_tlb_flush(req->va, req->nr);/d'
seed "frames are cleaned before they are scrubbed" $el2 page/domheap.c \
	's/xmem_port_flush_to_ram(mfn, 1UL << order/xmem_port_flush_to_ram(mfn, 0UL/'
seed "instructions are not forgotten" $el2 arch/arm/cache.c \
	's/if (sync_icache) {/if (false) {/'
seed "a flush is for this CPU alone" $el2 $tlb \
	's/xmem_tlbi(va, nr, false)/xmem_tlbi(va, nr, true)/'
seed "a range is half of what it should be" $el1 $tlb \
	's/(count - 1) << 39/(count - 1) \/ 2 << 39/'
seed "nothing is broken before it is made" $el2 $pte \
	's/^\treturn ((old.v ^ new.v) & ~may_change) != 0;/\treturn false;/'
seed "a block is split without a break" $el2 $pte \
	's/return !xmem_mmu.may_resize; .*/return false;/'
seed "a break is not flushed" $el2 $stage1 \
	'/^void xmem_arch_break_flush/,/^}/s/xmem_tlb_flush_range(va, nr)/(void)va, (void)nr/'
seed "a part of a group changes and the hint stays" $el2 pt/pt_break.c \
	's/if (XMEM_PT_GROUP == 1) {/if (true) {/'
seed "rights of a group change in use" $el1 $pte \
	's/if (xmem_pte_is_cont(old) || xmem_pte_is_cont(new))/if (false)/'
seed "the broken table has no alias" $el2 $stage1 \
	's/aliased = (unsigned long)slot - va < nr << PAGE_SHIFT/aliased = false/'
seed "interrupts stay masked after a break" $el2 $stage1 \
	's/xmem_cpu_irq_restore(pause\[cpu\].flags)/(void)0/'
seed "windows of other frames are not flushed" $partial \
	src/directmap/domain_page.c '/xmem_tlb_flush_local(page, 1);/d'
# A file that may flush on this CPU alone.
with_tlb='s/^#include <xmem\/map.h>$/&\n#include <arch\/tlb.h>/; s/^#include <xmem\/vmap.h>$/&\n#include <arch\/tlb.h>/'
# The same bugs as the other hart sees them: this one flushes all that it must.
seed "hart 1: areas are flushed on this CPU alone" $el2 vmap/vmalloc.c \
	"$with_tlb"'; /^static void depopulate/,/^}/s/xmem_port_tlb_flush(va, nr)/xmem_tlb_flush_local(va, nr)/'
seed "hart 1: the flush of an area is a page short" $el2 vmap/vmalloc.c \
	"$with_tlb"'; /^static void depopulate/,/^}/s/xmem_port_tlb_flush(va, nr)/xmem_tlb_flush_local(va, nr); xmem_port_tlb_flush(va, nr - 1)/'
seed "hart 1: areas are flushed when their frames are free" $el2 \
	vmap/vmalloc.c "$with_tlb"'; /^static void depopulate/,/^}/{s/xmem_port_tlb_flush(va, nr)/unsigned long v = va, n = nr; xmem_tlb_flush_local(va, nr)/; s/^}/xmem_port_tlb_flush(v, n);\n}/}'
seed "hart 1: what is unmapped is flushed on this CPU alone" $el2 \
	vmap/vmap.c "$with_tlb"'; /^static void unmap/,/^}/s/xmem_port_tlb_flush(va, nr)/xmem_tlb_flush_local(va, nr)/'
seed "hart 1: the flush of what is unmapped is a page short" $el2 \
	vmap/vmap.c "$with_tlb"'; /^static void unmap/,/^}/s/xmem_port_tlb_flush(va, nr)/xmem_tlb_flush_local(va, nr); xmem_port_tlb_flush(va, nr - 1)/'
seed "hart 1: changed mappings are flushed on this CPU alone" $el2 \
	map/map.c "$with_tlb"'; s/xmem_port_tlb_flush(req->va, req->nr)/xmem_tlb_flush_local(req->va, req->nr)/'
seed "hart 1: the flush of changed mappings is a page short" $el2 \
	map/map.c "$with_tlb"'; s/xmem_port_tlb_flush(req->va, req->nr)/xmem_tlb_flush_local(req->va, req->nr); xmem_port_tlb_flush(req->va, req->nr - 1)/'
seed "hart 1: tables that go out of use are not flushed" $el2 map/map.c \
	's/work->changed || work->rest.out.nr > work->nr_walked/work->changed/'
seed "hart 1: a break is flushed on this CPU alone" $el2 $stage1 \
	'/^void xmem_arch_break_flush/,/^}/s/xmem_tlb_flush_range/xmem_tlb_flush_local/'
seed "hart 1: the page of an alias is flushed on this CPU alone" $el2 $stage1 \
	's/xmem_tlb_flush_range(ALIAS_VIRT, 1)/xmem_tlb_flush_local(ALIAS_VIRT, 1)/'
seed "hart 1: the last page is flushed on this CPU alone" $el2 $tlb \
	's/xmem_cpu_tlbi_page(va + (i << PAGE_SHIFT), local)/xmem_cpu_tlbi_page(va + (i << PAGE_SHIFT), local || i + 1 == nr)/'
seed "hart 1: a range is flushed on this CPU alone" $el1 $tlb \
	's/(unsigned int)count),$/&\n true ||/'
seed "hart 1: the full flush is on this CPU alone" $el2 $tlb \
	's/xmem_cpu_tlbi_all(local)/xmem_cpu_tlbi_all(true)/'
seed "hart 1: other walkers are not told of new entries" $el2 $pte \
	'/^static inline void xmem_arch_pt_made/,/^}/s/xmem_dsb_writes(false)/xmem_dsb_writes(true)/'

seed "memory is not shareable" $el2 $stage1 \
	's/leaf_bits = XMEM_PTE_AF | XMEM_PTE_INNER/leaf_bits = XMEM_PTE_AF/'
seed "the access flag is not set" $el2 $stage1 \
	's/leaf_bits = XMEM_PTE_AF | XMEM_PTE_INNER/leaf_bits = XMEM_PTE_INNER/'
seed "EL2 lacks the bit that must be one" $el2 $stage1 \
	's/leaf_bits |= XMEM_PTE_AP1/leaf_bits |= 0/'
seed "EL0 may execute" $el1 $stage1 's/leaf_bits |= XMEM_PTE_UXN/leaf_bits |= 0/'
seed "EL1 may execute everything" $el1 $stage1 \
	's/no_exec = XMEM_PTE_PXN/no_exec = XMEM_PTE_UXN/'
seed "another TCR is taken" $el2 $stage1 \
	'/^\tcheck_tcr();/d'
seed "the ASID is taken for a part of the root" $el2 $stage1 \
	's/#define TTBR_BASE .*/#define TTBR_BASE (~(uint64_t)1)/'
seed "the root is not found" $el2 $stage1 \
	's/((ttbr & TTBR_BASE) >> PAGE_SHIFT)/((ttbr \& TTBR_BASE) >> PAGE_SHIFT) + 1/'
finish
