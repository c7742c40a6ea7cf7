#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# symbols.sh - the library asks a port for nothing but the port's own functions
#
# usage: symbols.sh libxmem.a tool-prefix [also-allowed]
#
# A compiler turns what a CPU cannot do, like a division of 64 bits on a
# 32-bit one, into a call into libgcc. A kernel has none. Allowed are the
# memory functions, and what the host machine's headers and those of skel
# declare: the hooks, and what an architecture supplies in src/pt's place.
set -u
all=$(mktemp) || exit 1
trap 'rm -f "$all" "$all.bad"' EXIT
# What a member defines and another wants is no undefined symbol.
"$2nm" "$1" >"$all" || exit 1
grep -q ' T ' "$all" || { echo "no function in $1"; exit 1; }
awk 'NF == 2 && $1 == "U" { wanted[$2] }
	NF == 3 { defined[$3] }
	END { for (name in wanted) { if (!(name in defined)) { print name } } }' \
	"$all" | grep -vxE \
	'mem(cpy|set|move|cmp)|(xmem_(port|host)|skel)_.*|_GLOBAL_OFFSET_TABLE_|arch_vmap_virt_end|(un)?map_domain_page'"${3:+|$3}" |
	sort >"$all.bad"
if [ -s "$all.bad" ]; then
	sed "s|^|undefined in $1: |" "$all.bad"
	echo "not ok 1 - the library calls no helper of the compiler"
	exit 1
fi
echo "ok 1 - the library calls no helper of the compiler"
