#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# seeded_tlsf.sh - the tests of TLSF and of its regions must fail where a bug is
#
# usage: seeded_tlsf.sh. Here are the bugs; the rest is in tests/seeded.sh.
cd "$(dirname "$0")/../.." || exit 1
. tests/seeded.sh
closure=tests/model/tlsf_closure.c
regions=tests/unit/tlsf/test_tlsf_region.c
pools=tests/misuse/pools.c
gives=tests/unit/tlsf/test_tlsf.c

build() {
	if [ "$1" = "$closure" ]; then
		build_test "$1" -O2 -DREGION=256
	else
		build_test "$1"
	fi
}

unchanged "$closure"
unchanged "$regions"
unchanged "$pools"
unchanged "$gives"

seed "the map keeps the bit of an empty list" "$closure" tlsf/tlsf.c \
	'/t->map\[class \/ 64\] &= /d'
seed "an exact take leaves the next header saying 'before is free'" "$closure" tlsf/tlsf_take.c \
	's/(unsigned int)word & TLSF_FIRST);$/(unsigned int)word);/'
seed "a rest of one unit is split off" "$closure" tlsf/tlsf_take.c \
	's/if (rest >= TLSF_MIN_UNITS)/if (rest >= 1)/'
seed "a gap too small for a block is left in front" "$closure" tlsf/tlsf_take.c \
	's/if (gap == XMEM_TLSF_ALIGN)/if (gap == 1)/'
seed "a merged header still reads as used (double free)" "$closure" tlsf/tlsf.c \
	'/TLSF_FREE); \/\* I7 \*\//d'
seed "links are not verified before an unlink" "$closure" tlsf/tlsf.c \
	's/return (next == NULL || next->prev == link) \&\&/return true ||/'
seed "the header behind is not verified" "$closure" tlsf/tlsf.c \
	's/(!word_is_good(u->next_word) ||/((u->next_word == 1) ||/'
seed "the loose block is taken although a smaller one fits" "$closure" tlsf/tlsf_take.c \
	's/return class_of(t->loose_units) <= class;/return class == class;/'
seed "regions may overlap" "$regions" tlsf/tlsf_region.c \
	's/if (\*bad != NULL || is_struct/if (is_struct/'
seed "the seal of a region leaves a link out" "$regions" tlsf/tlsf_priv.h \
	's/(uintptr_t)r->child\[1\] \* TLSF_OPEN/0/'
seed "a remove does not look at the regions below" "$regions" tlsf/tlsf_region.c \
	's/\*bad = find_damaged(t, r);/*bad = NULL;/'
seed "a cut of the tree hangs all on one node" "$regions" tlsf/tlsf_region.c \
	's/tip\[side\] = n;/tip[side] = tip[side];/'
seed "an end of a cut keeps what it had" "$regions" tlsf/tlsf_region.c \
	's/hang(t, tip\[side\], !side, NULL);/(void)side;/'
seed "the size of the last region found is not looked at" "$regions" tlsf/tlsf_region.c \
	's/^\t\t    start) {/\t\t    0) {/'
seed "a free does not look at the header of the region" "$gives" tlsf/tlsf.c \
	's/if ((word \& TLSF_FIRST) != 0 \&\&/if ((word \& TLSF_FIRST) == 5 \&\&/'
seed "a free of the only block does not either" "$gives" tlsf/tlsf.c \
	'/give_first(/,/^}/s/xmem_tlsf_region_units(t, region_of(b)) == 0/word == 1/'
seed "a damaged sentinel hides that a region is empty" "$gives" tlsf/tlsf.c \
	'/ends_soundly(const/,/^}/s/return (open/return true || (open/'
seed "a free does not look its pointer up" "$pools" pool/pool.c \
	's/return pool->is_static ? XMEM_TLSF_OK/return true ? XMEM_TLSF_OK/'
seed "a region that is not needed goes back unseen" "$pools" pool/pool.c \
	's/: xmem_tlsf_vet(pool->tlsf, mem, pool->grow_size, bad);/: XMEM_TLSF_OK;/'
finish
