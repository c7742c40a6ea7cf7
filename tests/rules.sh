#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# rules.sh - make rules for test programs from their head comments
#
# usage: rules.sh [-alone] [-varied] build-dir source...
#
# See tests/tests.mk for the lines read. With -alone, programs that need the
# host machine are left out, and those that say native: TEST_LEFT names them.
# With -varied, those that say pages: are.
set -eu
alone='' varied=''
while :; do
	case $1 in
	-alone) alone=y ;;
	-varied) varied=y ;;
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
	prog=$B/${src%.c}
	link=$(words link "$src")
	with=$(words with "$src")
	flags=$(words flags "$src")
	incs=$(words include "$src")
	dir=$(dirname "$src")
	if [ -z "$incs" ] && [ -f "$dir/xmem_port.h" ]; then
		incs=$dir
	fi
	dirs= headers=
	for d in $incs; do
		dirs="$dirs -I$d"
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
	obj=$B/obj
	if [ -n "${own# }" ]; then
		# Objects of their own, shared by all programs that have
		# the same flags.
		obj=$B/obj-$(echo "$own" | cksum | cut -d ' ' -f 1)
		case " $known " in
		*" $obj "*) ;;
		*)
			known="$known $obj"
			echo "$obj/%.o: %.c \$(B)/flags"
			printf '\t@mkdir -p $(@D)\n'
			# Directories come first, flags last: both decide.
			printf '\t$(Q)$(CC)%s $(CFLAGS_ALL) $(TEST_WARN) %s' \
				"$dirs" "$flags"
			printf ' -MD -MP -c -o $@ $<\n'
			;;
		esac
	fi
	if [ -n "$link" ]; then
		archives=
		libs=
	else
		archives="\$(B)/libxmem.a \$(B)/libxmem_host.a"
		libs='$(HOST_LIBS)'
	fi
	echo "OBJS := \$(patsubst %.c,$obj/%.o,$src $with $link)"
	echo "$prog: \$(OBJS) $archives"
	printf '\t@mkdir -p $(@D)\n'
	printf '\t$(Q)$(CC) $(CFLAGS_ALL) -o $@ $(filter %%.o,$^) %s $(TEST_LIBS)\n' \
		"$libs"
	echo "-include \$(OBJS:.o=.d)"
done
