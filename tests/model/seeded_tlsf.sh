#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# seeded_tlsf.sh - the closure test of TLSF must fail where a bug is
#
# usage: seeded_tlsf.sh. Here are the bugs; the rest is in tests/seeded.sh.
cd "$(dirname "$0")/../.." || exit 1
. tests/seeded.sh
closure=tests/model/tlsf_closure.c

build() {
	build_test "$1" -O2 -DREGION=256
}

unchanged "$closure"

seed "the map keeps the bit of an empty list" "$closure" pool/tlsf_list.h \
	'/t->map\[class \/ 64\] &= /d'
seed "an exact take leaves the next header saying 'before is free'" "$closure" pool/tlsf_take.c \
	's/(unsigned int)word & TLSF_FIRST);$/(unsigned int)word);/'
seed "a rest of one unit is split off" "$closure" pool/tlsf_take.c \
	's/if (rest >= TLSF_MIN_UNITS)/if (rest >= 1)/'
seed "a gap too small for a block is left in front" "$closure" pool/tlsf_take.c \
	's/if (gap == XMEM_TLSF_ALIGN)/if (gap == 1)/'
seed "a merged header still reads as used (double free)" "$closure" pool/tlsf.c \
	'/TLSF_FREE); \/\* I7 \*\//d'
seed "links are not verified before an unlink" "$closure" pool/tlsf_list.h \
	's/return (next == NULL || next->prev == b) \&\&/return true ||/'
seed "the header behind is not verified" "$closure" pool/tlsf.c \
	's/(!word_is_good(u->next_word) ||/((u->next_word == 1) ||/'
seed "the loose block is taken although a smaller one fits" "$closure" pool/tlsf_take.c \
	's/return class_of(t->loose_units) <= class;/return class == class;/'
finish
