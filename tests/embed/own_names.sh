#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# own_names.sh - a host's own functions with public names are not called back
#
# The library with a weak API, all of it linked (--whole-archive), into hosts
# that have every public function themselves, but those that the program needs
# and the seams of tests/lint/public_calls.txt. Each of the host's functions
# says that it was called: none may be, from power-on to the last free.
set -u
cd "$(dirname "$0")/../.." || exit 2
unset MAKEFLAGS MFLAGS MAKELEVEL # no jobserver reaches this script
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
. tests/tell.sh
log=$out/log
v=embed-weak
weak='-DXMEM_CONFIG_WEAK_PAGES=1 -DXMEM_CONFIG_WEAK_OBJECTS=1'
weak="$weak -DXMEM_CONFIG_WEAK_MAPS=1"
make -s VARIANT=$v OPT=-O0 EXTRA_CFLAGS="$weak" all >"$log" 2>&1
tell $? 'a library with a weak API' "$log"
flags="-std=gnu11 -O1 $(PKG_CONFIG_PATH=build/$v pkg-config --cflags xmem-host)"

# link program object...: $out/prog, and the map of it
link() {
	local main=$1
	shift
	# shellcheck disable=SC2086
	gcc $flags -o "$out/prog" "$main" "$@" -Wl,-Map,"$out/map" \
		-Wl,--whole-archive build/$v/libxmem.a -Wl,--no-whole-archive \
		build/$v/libxmem_host.a -pthread >"$log" 2>&1
}

# needed program: the public functions that it, and what it links of the host
# machine, needs.
needed() {
	mkdir -p "$out/host"
	# shellcheck disable=SC2086
	gcc $flags -c -o "$out/main.o" "$1"
	(cd "$out/host" && ar x "$OLDPWD/build/$v/libxmem_host.a")
	{
		nm -u "$out/main.o"
		sed -n 's/^[^ ].*libxmem_host\.a(\(.*\.o\))$/\1/p' "$out/map" |
			sort -u | while read -r o; do nm -u "$out/host/$o"; done
	} | awk '{ print $2 }' | sort -u
}

seams() {
	sed -e 's/#.*//' -e 's/^[^:]*://' tests/lint/public_calls.txt |
		tr -s ' ' '\n' | sort -u
}

# try program: without own functions it runs; with them no one is called.
try() {
	link "$1" && timeout 60 "$out/prog" >>"$log" 2>&1
	tell $? "$1: linked with all of the library" "$log"
	sort tests/lint/api.sym | comm -23 - <(needed "$1") |
		comm -23 - <(seams) >"$out/own"
	{
		echo 'extern int dprintf(int, const char *, ...);'
		echo 'extern void _exit(int);'
		while read -r f; do
			echo "void $f(void);"
			echo "void $f(void) {"
			echo "	dprintf(1, \"the host's $f() was called\\n\");"
			echo '	_exit(1);'
			echo '}'
		done <"$out/own"
	} >"$out/own.c"
	gcc -c -o "$out/own.o" "$out/own.c" && link "$1" "$out/own.o" &&
		timeout 60 "$out/prog" >>"$log" 2>&1
	tell $? "$1: and with $(wc -l <"$out/own") functions of the host's" "$log"
}

try tests/embed/readme/main.c
[ "$(wc -l <"$out/own")" -ge 40 ]
tell $? 'which are most of the public functions' "$out/own"
try tests/embed/families/main.c
# Does it find a call? The program calls one of its own.
sed 's/xmem_host_power_on(NULL);/& (void)!avail_domheap_pages();/' \
	tests/embed/readme/main.c >"$out/calls.c"
link tests/embed/readme/main.c
needed tests/embed/readme/main.c >"$out/names"
sort tests/lint/api.sym | comm -23 - "$out/names" >"$out/own"
grep -qx avail_domheap_pages "$out/own"
tell $? 'avail_domheap_pages() is one of them' "$out/own"
printf 'extern int dprintf(int, const char *, ...); extern void _exit(int);\n%s\n' \
	'unsigned long avail_domheap_pages(void) { dprintf(1, "called\n"); _exit(1); }' \
	>"$out/own.c"
gcc -c -o "$out/own.o" "$out/own.c" && link "$out/calls.c" "$out/own.o" &&
	! timeout 60 "$out/prog" >>"$log" 2>&1 && grep -q called "$log"
tell $? 'and a call of it is found' "$log"
exit $failed
