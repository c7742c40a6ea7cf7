#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# lint_words.sh - what the generic code must not say
#
# No option as #if in a .c file; no architecture and no page size by name in
# src and include; no unfinished business; no libc; no recursion by VLA.
. tests/lint/files.sh
src=$(list_files src | grep -E '\.[ch]$')
inc=$(list_files include | grep -E '\.h$')
arch=$(list_files arch docs/examples | grep -E '\.[chS]$')

hit() { # hit message pattern file...
	local what=$1 pattern=$2
	shift 2
	[ $# = 0 ] || grep -nHE "$pattern" "$@" | sed "s/^/$what: /"
}
{
	# shellcheck disable=SC2086
	hit 'option as #if' '^[[:space:]]*#[[:space:]]*(if|ifdef|ifndef|elif)\b' \
		$(echo "$src" | grep '\.c$')
	hit 'architecture or page size' \
		'\b(x86|x86_64|amd64|arm|arm64|arm32|aarch64|__[a-z0-9_]*(x86|arm|aarch)[a-z0-9_]*|4096|65536|0x1000)\b|<< ?12\b|>> ?12\b' \
		$src $inc | grep -v NR_CPUS
	hit 'unfinished' '\b(TODO|FIXME|XXX|HACK)\b' $src $inc $arch
	hit 'dynamic stack' '\balloca[[:space:]]*\(' $src $arch
	hit 'C++ comment' '^[^"]*[^:"]//' $src $inc
} >"$bad"
finish "generic code names no architecture, page size, #if option or TODO"
