#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# seeded_tlsf.sh - does the TLSF closure test notice bugs? It must fail on each
#
# usage: seeded_tlsf.sh [build-dir]. Each bug is a sed command on a copy of
# src/pool; a command that changes nothing is an error. The unchanged copy
# must pass. Prints TAP.
set -u
cd "$(dirname "$0")/../.." || exit 1
tmp=${1:-$(mktemp -d)}/seeded_tlsf
CC=${CC:-gcc}
n=0
bad=0

result() { # ok-or-not, text
	n=$((n + 1))
	[ "$1" = ok ] || bad=$((bad + 1))
	echo "$1 $n - $2"
}

# build and run the closure test on the copy; true if it passes
closure_passes() {
	$CC -std=gnu11 -O2 -DREGION=256 -I"$tmp" -Iinclude -Isrc \
		-Itests/host/include -Itests/host tests/model/tlsf_closure.c \
		"$tmp/pool/tlsf.c" "$tmp/pool/tlsf_take.c" \
		"$tmp/pool/tlsf_region.c" "$tmp/pool/tlsf_check.c" tests/host/panic.c -lcmocka \
		-o "$tmp/closure" >"$tmp/log" 2>&1 || {
		result "not ok" "does not compile: $1"
		return 2
	}
	timeout 120 "$tmp/closure" >"$tmp/log" 2>&1 || return 1
}

seed() { # what, file, sed command
	rm -rf "$tmp"
	mkdir -p "$tmp"
	cp -r src/pool "$tmp/pool"
	sed -i "$3" "$tmp/pool/$2"
	if cmp -s "src/pool/$2" "$tmp/pool/$2"; then
		result "not ok" "the seed changes nothing: $1"
		return
	fi
	closure_passes "$1"
	case $? in
	0) result "not ok" "not noticed: $1" ;;
	2) ;;
	*) result ok "noticed: $1" ;;
	esac
}

rm -rf "$tmp"
mkdir -p "$tmp"
cp -r src/pool "$tmp/pool"
if closure_passes "no bug"; then
	result ok "the unchanged engine passes"
else
	result "not ok" "the unchanged engine fails"
fi

seed "the map keeps the bit of an empty list" tlsf_list.h \
	'/t->map\[class \/ 64\] &= /d'
seed "an exact take leaves the next header saying 'before is free'" tlsf_take.c \
	's/(unsigned int)word & TLSF_FIRST);$/(unsigned int)word);/'
seed "a rest of one unit is split off" tlsf_take.c \
	's/if (rest >= TLSF_MIN_UNITS)/if (rest >= 1)/'
seed "a gap too small for a block is left in front" tlsf_take.c \
	's/if (gap == XMEM_TLSF_ALIGN)/if (gap == 1)/'
seed "a merged header still reads as used (double free)" tlsf.c \
	'/TLSF_FREE); \/\* I7 \*\//d'
seed "links are not verified before an unlink" tlsf_list.h \
	's/return (next == NULL || next->prev == b) \&\&/return true ||/'
seed "the header behind is not verified" tlsf.c \
	's/(!word_is_good(u->next_word) ||/((u->next_word == 1) ||/'
seed "the loose block is taken although a smaller one fits" tlsf_take.c \
	's/return class_of(t->loose_units) <= class;/return class == class;/'
echo "1..$n"
rm -rf "$tmp"
[ "$bad" = 0 ]
