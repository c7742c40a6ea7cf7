# SPDX-License-Identifier: BSD-2-Clause
#
# sources.sh - what an embedder's program is made of, for the scripts that link it

# sources_of program: its own, those of others that its head names, and a
# console, unless it has one.
sources_of() {
	local own
	own=$({
		ls tests/embed/"$1"/*.c
		sed -n 's/^ \* with://p' tests/embed/"$1"/main.c | tr ' ' '\n'
	} | grep . | sort -u)
	# shellcheck disable=SC2086
	grep -Eqs '(void|define) xmem_port_panic\b' $own tests/embed/"$1"/*.h ||
		own="$own tests/embed/common/console.c"
	echo "$own"
}
