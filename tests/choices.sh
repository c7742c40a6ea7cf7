#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# choices.sh - what T can be for `make test`, where it is wrong; fails
#
# usage: choices.sh T
set -u
programs() { # programs dir: below it, as T says them
	find "tests/$1" -name '*.c' -exec grep -lE \
		'^int main\(|^TEST_MAIN|^[^ ]*TEST_MAIN\(' {} + 2>/dev/null |
		sed "s|^tests/||; s|^unit/||; s|\.c$||" | sort
}

dir=${1#tests/}
dir=${dir%/*}
for near in "$dir" "unit/$dir"; do
	[ ! -d "tests/$near" ] || break
done
exec >&2
if [ -d "tests/$near" ] && [ "$near" != "$1" ]; then
	echo "make test: there is no T=$1; $near has"
	programs "$near" | sed 's/^/	/'
else
	echo "make test: there is no T=$1"
fi
echo "T is a folder or a program of it, such as T=heap or T=heap/test_heap:"
for d in tests/[!bh]*/ tests/unit/*/ tests/sim/*/; do
	name=${d#tests/}
	name=${name%/}
	[ -z "$(programs "$name")" ] || echo "${name#unit/}"
done | tr '\n' ' ' | fold -s -w 68 | sed 's/^/	/; s/ *$//'
echo
exit 2
