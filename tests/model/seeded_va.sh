#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# seeded_va.sh - the tests of address space and vmap must fail where a bug is
#
# usage: seeded_va.sh. Here are the bugs; the rest is in tests/seeded.sh.
cd "$(dirname "$0")/../.." || exit 1
. tests/seeded.sh
export XMEM_TEST_PERCENT="${XMEM_TEST_PERCENT:-10}"

closure=tests/model/va_closure.c
model=tests/model/va_model.c

seed forgets_right_neighbour "$closure" va/va.c \
	's/if (seg->end < va->nr && state_of/if (0 \&\& state_of/'
seed forgets_left_neighbour "$closure" va/va.c \
	's/if (start != XMEM_NO_BIT && state_of/if (0 \&\& state_of/'
seed last_neighbour_is_looked_at_beyond_the_end "$closure" va/va.c \
	's/end == XMEM_NO_BIT ? va->nr : end/end == XMEM_NO_BIT ? va->nr - 1 : end/'
seed no_guard "$closure" va/va.c \
	's/struct request req = {nr + 1,/struct request req = {nr,/'
seed take_at_without_guard "$closure" va/va.c \
	's/nr + 1 > seg.end - page/nr > seg.end - page/'
seed class_bit_rounded_down "$closure" va/va.h \
	's/return (page + (1UL << grain) - 1) >> grain/return page >> grain/'
seed class_mask_left_behind "$closure" va/va.c \
	's/va->classes &= ~xmem_bit(class);/;/'
seed rest_keeps_old_state "$closure" va/va.c \
	's/set_state(va, behind.start, XMEM_VA_FREE);/;/'
seed bias_ignored "$closure" va/va.c \
	's/seg->start + req->bias, req->align/seg->start, req->align/'
seed give_of_interior_page "$closure" va/va.c \
	's/xmem_bitmap_tree_test(&va->start, page) &&//'
seed highest_first "$closure" va/va.c \
	's/bit = xmem_bitmap_tree_first(tree, 0)/bit = xmem_bitmap_tree_last(tree, ~0UL)/'
seed one_probe_too_few "$model" va/va.c \
	's/#define MAX_PROBES 4/#define MAX_PROBES 3/'
seed classes_above_32_too_coarse "$model" va/va.h \
	's/if (k < 7)/if (k < 6)/'
seed bit_kept_though_it_moves "$closure" va/va.c \
	's/if (xmem_va_bit(from.start, grain) ==/if (1 || xmem_va_bit(from.start, grain) ==/'
seed step_stops_at_the_word "$closure" lib/bitmap_tree_near.h \
	's/while (level < t->levels) {/while (level < 1) {/'
seed near_taken_for_granted "$closure" lib/bitmap_tree_near.h \
	's/if (i >> XMEM_WORD_SHIFT == near >> XMEM_WORD_SHIFT)/if (1)/'

fronts=tests/model/vmap_model.c
seed address_lost_when_tables_fail "$fronts" vmap/vmap.c \
	's/xmem_window_give(va, nr);/;/'
seed address_lost_when_memory_fails "$fronts" vmap/vmalloc.c \
	's/^out_give_va:/out_give_va: return NULL;/'
seed frames_lost_when_memory_fails "$fronts" vmap/vmalloc.c \
	's/if (done > 0) {/if (0) {/'
seed no_flush "$fronts" vmap/vmalloc.c \
	's/xmem_port_tlb_flush(va, nr);/;/'
seed claim_takes_any_kind "$fronts" vmap/window.c \
	's/if (found.tag == AREA_/if (0 \&\& found.tag == AREA_/;s/, tag,$/, xmem_va_tag(\&window->va, page_of(window, (unsigned long)va)),/'
seed ioremap_forgets_the_offset "$fronts" vmap/vmap.c \
	's/xmem_checked_add(len, offset, &bytes)/xmem_checked_add(len, 0, \&bytes)/'
marks=tests/unit/heap/test_heap.c
seed the_mark_is_not_looked_at "$marks" heap/heap.c \
	's/left > 0 && xmem_page_is_at(pg, page)/left > 0/'
seed a_missing_page_is_not_missed "$marks" heap/heap.c \
	's/if (good == nr) {/if (true) {/;s/^\treturn good;/\treturn nr;/'
seed a_frame_for_vmalloc_is_not_held "$marks" heap/heap.c \
	's/if ((req->memflags & MEMF_vmalloc) != 0)/if (false)/'
seed second_batch_on_the_first "$fronts" vmap/vmalloc.c \
	'0,/va += runs/s/va += runs.*/;/'
finish
