#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# families.sh - a layer that a host defines itself is not pulled in: function
# family by function family, in every choice of them
#
# Links families/main.c with each choice of the families own_*.c, and with the
# archive of the host machine for the rest. It must link (nothing is defined
# twice), run, and have called its own.
set -u
cd "$(dirname "$0")/../.." || exit 2
unset MAKEFLAGS MFLAGS MAKELEVEL # no jobserver reaches this script
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
. tests/tell.sh

own_all='own_vmap own_vmalloc own_ioremap own_xvmalloc own_pool own_xmalloc
	own_checks'

# Every choice of them, one a line.
each_choice() {
	local choices=('') own c
	for own in $own_all; do
		for c in "${choices[@]}"; do
			choices+=("$c $own")
		done
	done
	printf '%s\n' "${choices[@]}"
}

make -s all >"$out/log" 2>&1 &&
	flags=$(PKG_CONFIG_PATH=build/host pkg-config --cflags --libs xmem-host)
tell $? 'the library and the host machine' "$out/log"
for f in main $own_all; do
	# shellcheck disable=SC2086
	gcc -std=gnu11 -O1 -Wall -Wextra -Werror -c -o "$out/$f.o" \
		"tests/embed/families/$f.c" $flags >"$out/log" 2>&1 || failed=1
done
tell $failed 'its families compile' "$out/log"

# try_choice own_x...: links, runs; prints what is wrong.
try_choice() {
	local prog
	prog=$out/$(echo "main $*" | tr ' ' -)
	# shellcheck disable=SC2086
	gcc -o "$prog" $(printf "$out/%s.o " main "$@") $flags >"$prog.log" 2>&1 &&
		timeout 60 "$prog" >>"$prog.log" 2>&1
	echo "$? $*" >"$prog.result"
	rm -f "$prog"
}

while read -r choice; do
	while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do
		wait -n
	done
	# shellcheck disable=SC2086
	try_choice $choice &
done < <(each_choice)
wait
for f in "$out"/*.result; do
	read -r code choice <"$f"
	tell "$code" "the host's own: ${choice:-none}" "${f%.result}.log"
done
[ $n = 130 ] || { echo "$((n - 2)) choices, not 128"; failed=1; }
exit $failed
