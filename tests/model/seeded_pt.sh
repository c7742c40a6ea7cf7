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

unchanged "$model"

seed "a table goes out although the range covers only its end" "$model" pt/pt.c \
	's/done >= xmem_pt_span(level)/done > 0/'
seed "a table taken out is forgotten" "$model" pt/pt.c \
	'/push(out, xmem_pte_mfn(at.pte));$/d'
seed "a table in the root that gives way to a block is forgotten" "$model" pt/pt.c \
	'/It was in the root/d'
seed "all parts of a split block get its first frame" "$model" pt/pt.c \
	'/mfn += xmem_pt_span(at->level - 1);/d'
seed "a split gives its parts other attributes" "$model" pt/pt.c \
	's/flags = xmem_pte_flags(at->pte, at->level)/flags = 3/'
seed "need forgets the tables at the first place" "$model" pt/pt.c \
	's/c->page == c->first ||//'
seed "need counts tables for holes that are cleared" "$model" pt/pt.c \
	's/if (fills ||/if (true ||/'
seed "a block is taken although the frames are not aligned" "$model" pt/pt.c \
	's/!xmem_pt_aligned(frame_at(req, c), level)/false/'
seed "a block is larger than what is left" "$model" pt/pt.c \
	's/c->left < xmem_pt_span(level)/false/'
seed "clearing part of a block clears all of it" "$model" pt/pt.c \
	's/at.level > 0 \&\& nr < xmem_pt_span(at.level)/false/'
seed "a change of a present entry goes unsaid" "$model" pt/pt.c \
	's/return xmem_pte_is_leaf(old, level);/return false;/'
seed "park says that nothing was present" "$model" pt/pt_leaf.c \
	's/present = true;/present = false;/'
seed "collect merges frames that are not neighbours" "$model" pt/pt_leaf.c \
	's/run\[-1\].mfn + run\[-1\].nr == mfn/true/'
seed "collect passes over an entry for which there was no room" "$model" pt/pt_leaf.c \
	's/if (cleared == 0) {/if (false) {/; s/done += cleared;$/done += cleared + (cleared == 0);/'
seed "a run of pages goes on past its leaf table" "$model" pt/pt_priv.h \
	's/unsigned long room = span -/unsigned long room = span + 1 -/'
finish
