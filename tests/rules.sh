#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# rules.sh - make rules for test programs from their head comments
#
# usage: rules.sh [-alone] [-varied] [-again] build-dir source...
#
# See tests/tests.mk for the lines read. With -alone, programs that need the
# host machine are left out, and those that say native: TEST_LEFT names them.
# With -varied, those that say pages: are; with -again, those that say once:.
set -eu
alone='' varied='' again=''
while :; do
	case $1 in
	-alone) alone=y ;;
	-varied) varied=y ;;
	-again) again=y ;;
	*) break ;;
	esac
	shift
done
B=$1
shift

# The words behind "key:" in the head comment of a file.
words() {
	sed -n "1,60s|^ \* $1:||p" "$2" | tr '\n' ' '
}

# Sets $dirs and $flags to what a program is compiled with beside the flags of
# all, $incs to its directories of headers.
own_flags() {
	flags=$(words flags "$1")
	incs=$(words include "$1")
	if [ -z "$incs" ] && [ -f "$(dirname "$1")/xmem_port.h" ]; then
		incs=$(dirname "$1")
	fi
	dirs=
	for d in $incs; do
		dirs="$dirs -I$d"
	done
}

# Sets $obj to where the objects with $dirs and $flags are, which all programs
# share that have the same. Prints how they are made, once.
objects() {
	obj=$B/obj
	own="$dirs $flags"
	[ -n "${own# }" ] || return 0
	obj=$B/obj-$(echo "$own" | cksum | cut -d ' ' -f 1)
	case " $known " in
	*" $obj "*) return ;;
	esac
	known="$known $obj"
	echo "$obj/%.o: %.c \$(B)/flags"
	printf '\t$(FOLDER)\n'
	# Directories come first, flags last: both decide.
	printf '\t$(Q)$(CC)%s $(CFLAGS_ALL) $(TEST_WARN) %s' "$dirs" "$flags"
	printf ' -MD -MP -c -o $@ $<\n'
	# What tests.mk says of this kind of program, whatever OPT= says.
	case $src in
	tests/model/*) kind=_MODEL ;;
	tests/sim/*) kind=_SIM ;;
	*) kind= ;;
	esac
	[ -z "$kind" ] || echo "$obj/%.o: override OPT := \$(OPT$kind)"
	echo "\$(COLD:%.c=$obj/%.o): ${kind:+override }OPT := \$(OPT_COLD$kind)"
}

# Which of the sources $2... are those of the program that $1 is like?
shared() {
	but=$(words but "$1")
	shift
	for source; do
		case " $but " in
		*" $source "*) continue ;;
		esac
		case $source in
		src/* | arch/* | docs/*) echo "$source" ;;
		esac
	done
}

# Is one of these sources part of the host machine? No source: all of it is.
needs_machine() {
	[ $# != 0 ] || return 0
	for source; do
		case $source in
		tests/host/panic.c) ;;
		tests/host/* | *HOST_SRCS*) return 0 ;;
		esac
	done
	return 1
}

known=
for src in "$@"; do
	grep -Eq '^(int main\(|TEST_MAIN)|TEST_MAIN\(' "$src" || continue
	[ -z "$varied" ] || [ -z "$(words pages "$src")" ] || continue
	[ -z "$again" ] || [ -z "$(words once "$src")" ] || continue
	prog=$B/${src%.c}
	link=$(words link "$src")
	with=$(words with "$src")
	like=$(words like "$src")
	own_flags "$src"
	headers=
	for d in $incs; do
		headers="$headers $(echo "$d"/*.h)"
	done
	own="$dirs $flags"
	host='$(HOST_SRCS)'
	sources=
	for l in $link; do
		case $l in
		src/) sources="$sources $(echo src/*/*.c)" ;;
		*/) sources="$sources $(echo "$l"*.c)" ;;
		*) sources="$sources $l" ;;
		esac
	done
	link=${sources# }
	for d in $incs; do
		# A port of its own, not the host's.
		[ ! -f "$d/xmem_port.h" ] || host=
	done
	if [ -z "$link" ] && [ -n "${own# }" ]; then
		link="\$(LIB_SRCS) $host"
	fi
	# shellcheck disable=SC2086
	if [ -n "$alone" ] && { needs_machine $link ||
		[ -n "$(words native "$src")" ]; }; then
		echo "TEST_LEFT += ${src%.c}"
		continue
	fi
	echo "TEST_PROGS += $prog"
	case $link in
	'' | *HOST_SRCS*) ;;
	*)
		# shellcheck disable=SC2086
		grep -Eqs '(void|define) xmem_port_panic(\(const|\s)' \
			"$src" $link $headers ||
			link="$link tests/host/panic.c"
		;;
	esac
	others=
	if [ -n "$like" ]; then
		# shellcheck disable=SC2086
		others=$(shared "$src" $link | tr '\n' ' ')
		# shellcheck disable=SC2086
		link=$(printf '%s\n' $link | grep -vxF "$(printf '%s\n' $others)" |
			tr '\n' ' ')
		# shellcheck disable=SC2086
		own_flags $like
		objects
		others="\$(patsubst %.c,$obj/%.o,$others)"
		own_flags "$src"
	fi
	objects
	if [ -n "$link" ]; then
		archives=
		libs=
	else
		archives="\$(B)/libxmem.a \$(B)/libxmem_host.a"
		libs='$(HOST_LIBS)'
	fi
	echo "OBJS := \$(patsubst %.c,$obj/%.o,$src $with $link)${others:+ $others}"
	echo "$prog: \$(OBJS) $archives"
	printf '\t$(FOLDER)\n'
	printf '\t$(Q)$(CC) $(CFLAGS_ALL) -o $@ $(filter %%.o,$^) %s $(TEST_LIBS)\n' \
		"$libs"
	echo "-include \$(OBJS:.o=.d)"
done
