#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# seeded_pt.sh - the model test of the page tables must fail where a bug is
#
# usage: seeded_pt.sh. Here are the bugs; the rest is in tests/seeded.sh.
cd "$(dirname "$0")/../.." || exit 1
. tests/seeded.sh
export XMEM_TEST_PERCENT=2
caught='^not ok|^xmem panic: fake arch:' # it checks every call
model=tests/model/pt_model.c
plain=tests/model/pt_model_plain.c
counted=tests/unit/pt/test_pt_break.c
service=tests/unit/map/test_map.c

unchanged "$model"
unchanged "$plain"
unchanged "$counted"
unchanged "$service"

seed "a table goes out although the range covers only its end" "$plain" \
	pt/pt_tables.c \
	's/nr >= xmem_pt_span(level)/nr > 0/'
seed "a table taken out is forgotten" "$plain" pt/pt_tables.c \
	'/push(out, xmem_pte_mfn(at.pte));$/d'
seed "the tables below a block that takes their place are forgotten" \
	"$plain" pt/pt_tables.c \
	's/^\t\tif (xmem_pte_is_table(pte, level)) {/\t\tif (false) {/'
seed "a table that gives way to a block is forgotten" "$plain" pt/pt_tables.c \
	'/xmem_pt_stash_put(out, mfn);/d'
seed "all parts of a split block get its first frame" "$plain" pt/pt_tables.c \
	'/mfn += xmem_pt_span(level);/d'
seed "a split gives its parts other attributes" "$plain" pt/pt_tables.c \
	's/flags = xmem_pte_flags(at->pte, at->level)/flags = 3/'
seed "need forgets the tables at the first place" "$plain" pt/pt.c \
	's/c->page == c->first ||//'
seed "need counts tables for holes that are cleared" "$plain" pt/pt.c \
	's/if (fills ||/if (true ||/'
seed "a block is taken although the frames are not aligned" "$plain" pt/pt.c \
	's/!xmem_pt_aligned(frame_at(req, c), level)/false/'
seed "a block is larger than what is left" "$plain" pt/pt.c \
	's/c->left < xmem_pt_span(level)/false/'
seed "clearing part of a block clears all of it" "$plain" pt/pt.c \
	's/at.level > 0 \&\& nr < xmem_pt_span(at.level)/false/'
seed "a change of a present entry goes unsaid" "$plain" pt/pt_break.c \
	's/changed |= xmem_pte_is_leaf(old, row->level);//'
seed "clearing a present entry goes unsaid" "$plain" pt/pt.c \
	's/changed |= xmem_pte_is_leaf(old, level);//'
seed "pages that a block replaces go unsaid" "$plain" pt/pt.c \
	'/^static bool map_block/,/^}/s/return true;/return false;/'
seed "a table is taken apart while CPUs may walk it" "$plain" pt/pt.c \
	'/^static bool map_block/,/^}/s/return true;/(void)xmem_pt_dismantle(rest);\n\t&/'
seed "what is left of a request is forgotten" "$plain" pt/pt.c \
	's/return rest->nr > 0;/return false;/'
seed "collect merges frames that are not neighbours" "$model" pt/pt_leaf.c \
	's/run\[-1\].mfn + run\[-1\].nr == mfn/true/'
seed "collect passes over an entry for which there was no room" "$model" pt/pt_leaf.c \
	's/if (cleared == 0) {/if (false) {/; s/done += cleared;$/done += cleared + (cleared == 0);/'
seed "a run of pages goes on past its leaf table" "$model" pt/pt_priv.h \
	's/unsigned long room = span -/unsigned long room = span + 1 -/'

# What Arm needs. The fake architecture demands it and panics.
break=pt/pt_break.c
seed "a block is split without a break" "$model" $break \
	's/bool breaks = XMEM_PT_BREAKS .*;/bool breaks = false;/'
seed "pages are replaced without a break" "$model" $break \
	's/bool breaks = row_must_break(row);/bool breaks = false;/'
seed "the flush is forgotten when a block is split" "$model" $break \
	's/xmem_arch_break_flush(va, nr);//'
seed "the flush is forgotten when pages are replaced" "$model" $break \
	's/xmem_arch_break_flush(va, nr_pages);//'
seed "the flush comes before the entries are broken" "$model" $break \
	'/^static xmem_pte_t \*break_row/,/^}/{
		/xmem_arch_break_flush/d
		s/^\tfor (/\txmem_arch_break_flush(va, nr_pages);\n&/
	}'
seed "the flush is of one page of many" "$model" $break \
	's/xmem_arch_break_flush(va, nr_pages)/xmem_arch_break_flush(va, 1)/'
seed "a break has no end" "$model" $break \
	's/xmem_arch_break_end();//'
seed "the alias is ignored when pages are broken" "$model" $break \
	's/xmem_pte_write(&slot\[i\],$/xmem_pte_write(\&row->slot[i],/'
seed "the alias is ignored when new pages are written" "$model" $break \
	's/\*slot = breaks ? break_row(row) : row->slot;/*slot = row->slot; if (breaks) (void)break_row(row);/'
seed "the alias is ignored when a block is split" "$model" $break \
	's/slot = xmem_arch_break_begin(slot, va, nr);/(void)xmem_arch_break_begin(slot, va, nr);/'
seed "the address of a split block is that of a page in it" "$model" $break \
	's/va = (page \& ~(nr - 1)) << PAGE_SHIFT/va = page << PAGE_SHIFT/'
seed "a broken entry forgets its frame" "$model" $break \
	's/return xmem_pte_is_leaf(old, level)$/return false/'
seed "only entries that must be are broken, not their group" "$model" $break \
	's/if (is_present(old, row->level) \&\&/if (must_break(old, new_entry(row, old, i), row->level, row->page + i) \&\& (i \& 1) == 0 \&\&/'
seed "a table is filled after it is linked" "$model" pt/pt_tables.c \
	'/^void xmem_pt_grow/,/^}/{
		/^\tif (/,/^\t}/d
		s/^\txmem_pt_replace_block.*/&\n\tif (xmem_pte_is_leaf(at->pte, at->level)) fill_with_parts(xmem_arch_table(mfn), at);/
	}'
seed "a block takes the place of tables without a break" "$model" $break \
	's/return is_present(old, level) \&\&/return xmem_pte_is_leaf(old, level) \&\&/'
seed "a lookup forgets the index in the group" "$model" pt/pt.c \
	's/xmem_pt_strip(at.pte, page)/xmem_pt_strip(at.pte, 0)/'
seed "a lookup takes the frame that the hint hides" "$model" pt/pt.c \
	's/xmem_pt_strip(at.pte, page)/at.pte/'
seed "park keeps the bits of the hint" "$model" pt/pt_leaf.c \
	'/pte = xmem_pt_strip(pte, page);/d'
seed "park takes one index for all of a group" "$model" pt/pt_leaf.c \
	's/slot++, page++/slot++/'
seed "a broken entry keeps the bits of the hint" "$model" $break \
	's/xmem_pte_park(xmem_pt_strip(old, page), level)/xmem_pte_park(old, level)/'
seed "a row that keeps its frames forgets the index" \
	tests/model/pt_model_unbroken.c $break \
	's/xmem_pt_strip(old, row->page + i)/xmem_pt_strip(old, row->page)/'
seed "the hint of a split block forgets the index" "$model" pt/pt_tables.c \
	's/xmem_pt_hint(part, cont, i)/xmem_pt_hint(part, cont, 0)/'
seed "a break is asked for without the index" "$counted" $break \
	's/index = xmem_pt_in_group(page);/index = 0;/'
seed "a part of a group changes and the hint stays" "$model" pt/pt.c \
	'/^static bool change_entries/,/^}/s/xmem_pt_loosen(.*);//'
seed "a part of a group is mapped anew and the hint stays" "$model" pt/pt.c \
	'/^static bool map_pages/,/^}/s/xmem_pt_loosen(.*);//'
seed "a part of a group is parked and the hint stays" "$model" pt/pt_leaf.c \
	's/xmem_pt_loosen(.*);//'
seed "the group at the end of a range is not loosened" "$model" $break \
	's/loosen_group(slot + nr - 1, end - 1);//'
seed "one entry of a loosened group is left out" "$model" $break \
	's/\.nr = XMEM_PT_GROUP,/.nr = XMEM_PT_GROUP - 1,/'
seed "the hint is on frames that are not aligned" "$model" pt/pt_priv.h \
	's/((page ^ mfn) \& mask) != 0 ||//'
seed "the hint is on a part of a group" "$model" pt/pt_priv.h \
	's/left & ~mask, true/left, true/'
seed "the hint is on single pages" "$model" pt/pt_priv.h \
	's/(flags \& MAP_SMALL_PAGES) != 0 ||//'
seed "no group gets the hint" "$model" pt/pt_priv.h \
	's/left < head + XMEM_PT_GROUP/true/'
seed "rights of a group change and the hint goes" "$counted" pt/pt.c \
	's/row->cont = xmem_pte_is_cont(pte);/row->cont = false;/'
seed "pages beside a group get its hint with its rights" "$model" pt/pt.c \
	's/xmem_pte_is_cont(pte) != cont/false/'
seed "every page is broken by itself" "$counted" pt/pt.c \
	's/XMEM_PT_BREAKS \&\& nr < max/false/'
seed "what must not be broken is" "$counted" $break \
	's/new.v != old.v \&\&/new.v != old.v ||/'
seed "the index in the root is not masked" "$model" pt/pt_priv.h \
	's/level == XMEM_PT_TOP ? XMEM_PT_TOP_ENTRIES/false ? 0UL/'
seed "the validator walks more than there is" "$model" pt/pt_check.c \
	's/<< ARCH_PT_TOP_BITS/<< ARCH_PT_BITS/'
seed "the first address need not be one" "$service" map/map.c \
	's/xmem_arch_is_va(va) \&\&//'
seed "the last address need not be one" "$service" map/map.c \
	's/\(xmem_arch_is_va\)(last)/\1(va)/'
seed "what is mapped is found at other addresses, too" "$service" \
	map/map.c 's/if (!xmem_arch_is_va(va))/if (false)/'
seed "other addresses are ready where the tables are" "$service" \
	map/map.c 's/range_is_valid(va, nr) \&\& xmem_pt_ready/xmem_pt_ready/'
seed "long requests are not cut" "$service" pt/pt.c \
	's/if (c->spent > 0 && .*/if (false) {/'
seed "what is parked is not cut" "$service" map/map.c \
	'/^XMEM_API_MAPS void xmem_map_park/,/^}/s/left > XMEM_STRETCH/false/'
seed "the hardware is not told of new tables" "$service" map/map.c \
	's/work->grew |= .*/;/'
seed "a window has its first top-level entry only" \
	tests/unit/directmap/test_frametable.c src/directmap/frametable.c \
	's/VMAP_VIRT_SIZE >> PAGE_SHIFT/1/'
seed "top-level entries come with tables down to the pages" \
	tests/unit/pt/test_pt.c pt/pt.c 's/? XMEM_PT_TOP - 1 : 0/? 0 : 0/'
seed "addresses beyond the half of a canonical space are taken" \
	tests/unit/pt/test_pt_arch.c pt/pt_arch.h \
	's/bits = PAGE_SHIFT + XMEM_PT_SPACE_BITS;/bits = 1 + PAGE_SHIFT + XMEM_PT_SPACE_BITS;/'
finish
