#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# symbols.sh - the library asks a port for nothing but the port's own functions
#
# usage: symbols.sh libxmem.a tool-prefix
#
# A compiler turns what a CPU cannot do, like a division of 64 bits on a
# 32-bit one, into a call into libgcc. A kernel has none. Allowed are the
# memory functions, and what the host machine's headers declare: the hooks,
# and what an architecture supplies in src/pt's place.
set -u
all=$(mktemp) || exit 1
trap 'rm -f "$all" "$all.bad"' EXIT
"$2ld" -r --whole-archive "$1" -o "$all" || exit 1
"$2nm" -u "$all" | awk '{ print $NF }' | grep -vxE \
	'mem(cpy|set|move|cmp)|xmem_(port|host)_.*|_GLOBAL_OFFSET_TABLE_|arch_vmap_virt_end|(un)?map_domain_page' \
	>"$all.bad"
if [ -s "$all.bad" ]; then
	sed "s|^|undefined in $1: |" "$all.bad"
	echo "not ok 1 - the library calls no helper of the compiler"
	exit 1
fi
echo "ok 1 - the library calls no helper of the compiler"
