#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# options.sh - <xmem/options.h> of a library: what it was built with
#
# usage: options.sh config-file arch-include-dirs compiler flags...
#
# The Makefile calls it with the flags of the library's objects; config-file
# and arch-include-dirs ("a b") may be empty. The header has two parts:
#
#  - What was chosen by -D and by CONFIG=file, as #defines: read before all
#    else, so that programs need no flag to get the same. These are the macros
#    that exist when nothing has been read yet, and that belong to the library:
#    it asks for them by #if, or they begin with XMEM_ or xmem_.
#  - For all that the library's headers ask for by #if: the value or state
#    here. <xmem/config.h> reads this part at its end; a program or a port that
#    says otherwise does not compile.
#
# A value is expanded by the compiler, in the midst of all headers.
set -eu
config=$1 dirs=$2
shift 2
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# What is no #define would be lost.
declares() {
	skip=
	for word; do
		shift
		if [ "$word" = -include ]; then
			skip=$word
		elif [ -n "$skip" ] && [ "$word" -ef "$config" ]; then
			skip=
		else
			set -- "$@" ${skip:+"$skip"} "$word"
			skip=
		fi
	done
	"$@" -E -P -x c "$config" | grep -q '[^[:space:]]'
}
if [ -n "$config" ] && declares "$@"; then
	echo "CONFIG=$config: more than #defines, which is what programs" \
		"are told of; the rest belongs into xmem_port.h" >&2
	exit 1
fi

# An initialiser is no value that #if could compare.
set -- "$@" -E -x c
headers=$(for dir in $dirs; do ls "$dir"/arch/*.h; done)
# shellcheck disable=SC2086
sed -nE 's/^[[:space:]]*#[[:space:]]*(ifn?def|if|elif)\>//p' \
	include/xmem/*.h $headers | grep -oE '\<[A-Z][A-Z0-9_]*\>' |
	grep -vE '_H$|^XMEM_OPTIONS_|^XMEM_LOCK_INIT$' | sort -u >"$tmp/asked"

# "#define name[(parameters)] text" of the chosen ones.
"$@" -dM /dev/null >"$tmp/all"
awk '
	NR == FNR { asked[$1]; next }
	{ name = $2; sub(/\(.*/, "", name) }
	name in asked || name ~ /^(XMEM|xmem)_/' "$tmp/asked" "$tmp/all" |
	sort >"$tmp/chosen"

# Every name as it is used: name, or name(parameters).
{
	sed 's/.*/& &/' "$tmp/asked"
	sed -nE 's/^#define ([A-Za-z0-9_]+)(\([^)]*\)) .*/\1 \1\2/p' \
		"$tmp/chosen"
	sed -nE 's/^#define ([A-Za-z0-9_]+)( .*)?$/\1 \1/p' "$tmp/chosen"
} | sort -u >"$tmp/names"

# A line for each that is defined: when "name" @ value @ "value"
{
	echo '#include <xmem/config.h>'
	echo '#define XMEM_OPTIONS_TEXT_(...) #__VA_ARGS__'
	echo '#define XMEM_OPTIONS_TEXT(...) XMEM_OPTIONS_TEXT_(__VA_ARGS__)'
	for when in early late; do
		while read -r name use; do
			echo "#ifdef $name"
			echo "xmem_option $when \"$name\" @ $use @" \
				"XMEM_OPTIONS_TEXT($use)"
			echo '#endif'
		done <"$tmp/names"
		# Who takes objects alone has no layout.
		echo '#if __has_include(<arch/layout.h>)'
		echo '#include <xmem/xmem.h>'
		echo '#else'
		echo '#include <xmem/xmalloc.h>'
		echo '#include <xmem/xvmalloc.h>'
		echo '#endif'
		for header in $headers; do
			# Where it is in use, <arch/layout.h> includes it.
			case $header in */directmap.h | */by_index.h) continue ;; esac
			echo "#include <arch/${header##*/}>"
		done
	done
} >"$tmp/probe.c"
"$@" -P "$tmp/probe.c" >"$tmp/all"
grep '^xmem_option ' "$tmp/all" >"$tmp/values"

cat <<'END'
/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * options.h - what this library was built with; written by make
 *
 * First what was chosen. Then, at the end of <xmem/config.h>, what must be
 * the same in a program.
 */
#if !defined(XMEM_OPTIONS_H)
#define XMEM_OPTIONS_H
END
awk -v part=chosen -f tests/options.awk "$tmp/values" "$tmp/chosen"
cat <<'END'

#elif defined(XMEM_OPTIONS_CHECK)

#define XMEM_OPTIONS_TEXT_(...) #__VA_ARGS__
#define XMEM_OPTIONS_TEXT(...) XMEM_OPTIONS_TEXT_(__VA_ARGS__)

END
awk -v part=checks -f tests/options.awk "$tmp/values" "$tmp/names"
echo
echo '#endif'
