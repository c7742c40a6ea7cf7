#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# seeded_pt.sh - does the page-table model notice bugs? It must fail on each
#
# usage: seeded_pt.sh [build-dir]. Each bug is a sed command on a copy of
# src/pt; a command that changes nothing is an error. The unchanged copy must
# pass. A share of the random steps is enough. Prints TAP.
set -u
cd "$(dirname "$0")/../.." || exit 1
tmp=${1:-$(mktemp -d)}/seeded_pt
CC=${CC:-gcc}
XMEM_TEST_PERCENT=2
export XMEM_TEST_PERCENT
n=0
bad=0

result() { # ok-or-not, text
	n=$((n + 1))
	[ "$1" = ok ] || bad=$((bad + 1))
	echo "$1 $n - $2"
}

# Build and run the model on the copy; 0 if it passes, 2 if it has no program.
model_passes() {
	$CC -std=gnu11 -O2 -Itests/unit/pt/fake/include -I"$tmp" -Iinclude \
		-Isrc -Itests/host/include -Itests/host tests/model/pt_model.c \
		"$tmp/pt/pt.c" "$tmp/pt/pt_leaf.c" "$tmp/pt/pt_check.c" \
		tests/unit/pt/fake/fake.c tests/host/panic.c -lcmocka \
		-o "$tmp/model" >"$tmp/log" 2>&1 || {
		result "not ok" "does not compile: $1"
		return 2
	}
	timeout 120 "$tmp/model" >"$tmp/log" 2>&1 || return 1
}

seed() { # what, file, sed command
	rm -rf "$tmp"
	mkdir -p "$tmp"
	cp -r src/pt "$tmp/pt"
	sed -i "$3" "$tmp/pt/$2"
	if cmp -s "src/pt/$2" "$tmp/pt/$2"; then
		result "not ok" "the seed changes nothing: $1"
		return
	fi
	model_passes "$1"
	case $? in
	0) result "not ok" "not noticed: $1" ;;
	2) ;;
	*) result ok "noticed: $1" ;;
	esac
}

rm -rf "$tmp"
mkdir -p "$tmp"
cp -r src/pt "$tmp/pt"
if model_passes "no bug"; then
	result ok "the unchanged engine passes"
else
	result "not ok" "the unchanged engine fails"
fi

seed "a table goes out although the range covers only its end" pt.c \
	's/done >= xmem_pt_span(level)/done > 0/'
seed "a table taken out is forgotten" pt.c \
	'/push(out, xmem_pte_mfn(at.pte));$/d'
seed "a table in the root that gives way to a block is forgotten" pt.c \
	'/It was in the root/d'
seed "all parts of a split block get its first frame" pt.c \
	'/mfn += xmem_pt_span(at->level - 1);/d'
seed "a split gives its parts other attributes" pt.c \
	's/flags = xmem_pte_flags(at->pte, at->level)/flags = 3/'
seed "need forgets the tables at the first place" pt.c \
	's/c->page == c->first ||//'
seed "need counts tables for holes that are cleared" pt.c \
	's/if (fills ||/if (true ||/'
seed "a block is taken although the frames are not aligned" pt.c \
	's/!xmem_pt_aligned(frame_at(req, c), level)/false/'
seed "a block is larger than what is left" pt.c \
	's/c->left < xmem_pt_span(level)/false/'
seed "clearing part of a block clears all of it" pt.c \
	's/at.level > 0 \&\& nr < xmem_pt_span(at.level)/false/'
seed "a change of a present entry goes unsaid" pt.c \
	's/return xmem_pte_is_leaf(old, level);/return false;/'
seed "park says that nothing was present" pt_leaf.c \
	's/present = true;/present = false;/'
seed "collect merges frames that are not neighbours" pt_leaf.c \
	's/run\[-1\].mfn + run\[-1\].nr == mfn/true/'
seed "collect passes over an entry for which there was no room" pt_leaf.c \
	's/if (cleared == 0) {/if (false) {/; s/done += cleared;$/done += cleared + (cleared == 0);/'
seed "a run of pages goes on past its leaf table" pt_priv.h \
	's/unsigned long room = span -/unsigned long room = span + 1 -/'
echo "1..$n"
rm -rf "$tmp"
[ "$bad" = 0 ]
