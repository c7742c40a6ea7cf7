#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# examples.sh - the code in the documents compiles, and runs where it can
#
# usage: examples.sh [--write]
#
# What stands between "<!-- embed: file -->" and "<!-- embed: end -->" is that
# file, which the tests build and run; --write puts it there. docs/examples/
# compiles: x.c alone, xmem_port.h as the port of every public header, arch/
# with all of the library, by the Makefile, as an architecture of its own
# (tests/sim/skel runs it); boot/ is its test hypervisor, which is linked: what
# is missing then is assembler, which skel does not have.
#
# A fenced C block of README.md or docs/*.md, or a C code-block of docs/*.rst:
#  - with "xmem_port.h -" in its first comment: used as that header, for all
#    public headers, freestanding;
#  - with main(): linked with the host machine and run;
#  - with an #include: compiled alone, freestanding.
# Other blocks are fragments and are not compiled.
set -u
out=build/examples
rm -rf $out
mkdir -p $out
. tests/tell.sh

extract() { # extract file: writes $out/<base>.<nr>.c
	awk -v base="$out/$(basename "$1")" '
		function stop() { if (name) { close(name) } name = ""; rst = 0 }
		/^<!-- embed: / { embedded = $3 != "end" }
		embedded { next }
		/^```c$/ { name = base "." ++nr ".c"; next }
		/^```/ { stop(); next }
		/^\.\. code-block:: c$/ { stop(); rst = 1; indent = ""; next }
		rst && !name && /^[ \t]*$/ { next }
		rst && !name && /^[ \t]*:/ { next }
		rst && !name {
			match($0, /^[ \t]*/)
			indent = substr($0, 1, RLENGTH)
			name = base "." ++nr ".c"
		}
		rst && /[^ \t]/ && substr($0, 1, length(indent)) != indent {
			stop(); next
		}
		rst { $0 = substr($0, length(indent) + 1) }
		name { print > name }' "$1"
}

free="-std=gnu11 -Wall -Wextra -Werror -ffreestanding -Iinclude"

# The document with every embedded file as it is now.
fill() {
	awk '
		/^<!-- embed: end -->/ { skip = 0 }
		!skip { print }
		/^<!-- embed: / && $3 != "end" {
			print $3 ~ /\.mk$/ ? "```make" : "```c"
			while ((getline line < $3) > 0) { print line }
			print "```"
			skip = 1
		}' "$1"
}

as_port() { # as_port header: tries it under all public headers
	mkdir -p "$out/port"
	cp "$1" "$out/port/xmem_port.h"
	echo '#include <xmem/xmem.h>' | gcc -I"$out/port" $free \
		-Iarch/x86/include -Iarch/common/include -fsyntax-only -x c - >"$out/log" 2>&1
	tell $? "$1 as the port of all public headers" "$out/log"
}

for doc in README.md docs/*.md; do
	grep -q '^<!-- embed: ' "$doc" || continue
	for f in $(sed -n 's/^<!-- embed: \(.*\) -->$/\1/p' "$doc"); do
		[ "$f" = end ] || [ -f "$f" ] || echo "$f does not exist"
	done >"$out/log"
	fill "$doc" >"$out/filled"
	if [ "${1:-}" = --write ] && [ ! -s "$out/log" ]; then
		cp "$out/filled" "$doc"
	fi
	cmp -s "$doc" "$out/filled" || echo "run tests/lint/examples.sh --write" \
		>>"$out/log"
	tell "$([ -s "$out/log" ]; echo $((1 - $?)))" \
		"$doc shows its embedded files" "$out/log"
done
for f in docs/examples/*.c; do
	[ -f "$f" ] || continue
	gcc $free -Iarch/x86/include -Iarch/common/include -Idocs/examples -fsyntax-only "$f" \
		>"$out/log" 2>&1
	tell $? "$f compiles" "$out/log"
done
for f in docs/examples/xmem_port*.h; do
	[ ! -f "$f" ] || as_port "$f"
done
# All of its warnings once for each compiler; another size of pages needs no
# optimization. (A warning about a size needs no certain compiler.)
for how in 'gcc 12' 'clang 14' 'gcc 16 OPT=-O0'; do
	read -r cc shift opt <<<"$how"
	make -s WERROR=1 ARCH=skel VARIANT="skel-$cc-ps$shift" CC="$cc" \
		PAGE_SHIFT="$shift" $opt lib >"$out/log" 2>&1
	tell $? "docs/examples/arch: the library, $how" "$out/log"
done
tests/lint/calls.py --public build/skel-gcc-ps12/libxmem.a >"$out/log"
tell $? 'docs/examples/arch: public functions are needed at seams alone' \
	"$out/log"

# The image lacks what skel has no assembler for, and nothing else. Prints what
# is wrong.
boot_skeleton() { # boot_skeleton compiler page-shift [layout]
	local log=$out/boot.log missing
	rm -rf build/skel-boot*
	make -s WERROR=1 ARCH=skel CC="$1" PAGE_SHIFT="$2" LAYOUT="${3:-}" \
		boot-image >"$log" 2>&1 || {
		cat "$log"
		return
	}
	missing=$(sed -nE "s/.*undefined references? to .([a-z_0-9]+).*/\1/p" \
		"$log" | sort -u)
	echo "$missing" | grep -qx skel_ap_start || echo "it was not linked"
	echo "$missing" | grep -vE '^(skel_|boot_(set|long)jmp$)'
}

for how in 'gcc 12' 'clang 14 partial'; do
	# shellcheck disable=SC2086
	boot_skeleton $how >"$out/log"
	tell "$([ -s "$out/log" ]; echo $((1 - $?)))" \
		"docs/examples/boot: the image, $how" "$out/log"
done
for doc in README.md docs/*.md docs/*.rst; do
	[ ! -f "$doc" ] || extract "$doc"
done
for f in "$out"/*.c; do
	[ -f "$f" ] || continue
	log=$f.log
	if head -n 6 "$f" | grep -q 'xmem_port\.h -'; then
		as_port "$f"
	elif grep -q '\<main(' "$f"; then
		{
			gcc -std=gnu11 -Wall -Wextra -Werror -o "${f%.c}" "$f" \
				$(PKG_CONFIG_PATH=build/host pkg-config \
					--cflags --libs xmem-host) &&
				timeout 60 "${f%.c}"
		} >"$log" 2>&1
		tell $? "$f builds and runs" "$log"
	elif grep -q '^#include' "$f"; then
		gcc $free -Iarch/x86/include -Iarch/common/include -fsyntax-only "$f" >"$log" 2>&1
		tell $? "$f compiles" "$log"
	fi
done
[ $n != 0 ] || { echo "no example found"; failed=1; }
exit $failed
