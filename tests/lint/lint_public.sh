#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# lint_public.sh - inside, the library calls internal names, and no validator:
# x86-64, weak API. (All architectures: tests/check.sh.)
. tests/lint/files.sh
unset MAKEFLAGS MFLAGS MAKELEVEL
make -s ARCH=x86_64 VARIANT=x86_64-weak G=-g0 EXTRA_CFLAGS="$(printf \
	-- '-DXMEM_CONFIG_WEAK_%s=1 ' PAGES OBJECTS MAPS)" lib >"$bad" 2>&1 &&
	tests/lint/calls.py --public build/x86_64-weak/libxmem.a >"$bad" &&
	: >"$bad"
# In builds without deep assertions, only validators need validators.
lib=build/x86_64-weak/libxmem.a
checks='(^|_)check\.o:'
nm -A -g --defined-only $lib | sed 's/^[^:]*://' | grep -E "$checks" |
	grep -v '^port_check' | awk '{ print $NF }' | sort -u >"$bad.checks"
[ "$(wc -l <"$bad.checks")" -ge 8 ] || echo "no validators in $lib" >>"$bad"
nm -A -u $lib | sed 's/^[^:]*://' | grep -vE "$checks" | while read -r where _ f; do
	! grep -qx "$f" "$bad.checks" || echo "$where needs the validator $f()"
done >>"$bad"
rm -f "$bad.checks"
# Seams are what a porter reads of, in the part on layers.
sed -e 's/#.*//' -e 's/^[^:]*://' tests/lint/public_calls.txt | tr -s ' ' '\n' |
	sort -u | grep . | while read -r f; do
	sed -n '/^## Taking a layer/,/^## /p' docs/porting.md | grep -qw "$f" ||
		echo "$f is a seam, which docs/porting.md does not name"
done >>"$bad"
finish "public functions are called from inside at seams alone, validators never"
