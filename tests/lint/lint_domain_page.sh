#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# lint_domain_page.sh - a host has map_domain_page() as an inline or a macro
#
# It defines the hooks of <xmem/port.h>. Then whatever in its xmem_port.h has
# these names, an inline or a macro, does not clash with any source of the
# library, and no object of the library needs or has a function of that name.
. tests/lint/files.sh
cc=${CC:-gcc}
own=$(mktemp -d)
trap 'rm -rf "$own" "$bad"' EXIT

# port kind: xmem_port.h with these names as an inline or as a macro.
port() {
	echo 'void *host_map(unsigned long frame);'
	echo 'void host_unmap(const void *page);'
	if [ "$1" = inline ]; then
		cat <<-'END'
		static inline void *map_domain_page(unsigned long frame)
		{
			return host_map(frame);
		}
		static inline void unmap_domain_page(const void *page)
		{
			host_unmap(page);
		}
		END
	else
		echo '#define map_domain_page(frame) host_map(frame)'
		echo '#define unmap_domain_page(page) host_unmap(page)'
	fi
	cat <<-'END'
	#define xmem_port_map_domain_page(mfn) map_domain_page(mfn_x(mfn))
	#define xmem_port_unmap_domain_page(va) unmap_domain_page(va)
	END
}

# objects kind flags...: all of the library, in $own/kind.
objects() {
	local kind=$1
	shift
	mkdir -p "$own/$kind"
	printf '%s\n' src/*/*.c arch/x86/*.c | xargs -P 2 -I{} sh -c '
		src={}; out=$1; shift
		"$@" -o "$out/$(basename "$src" .c).o" "$src"' - "$own/$kind" \
		"$cc" -std=gnu11 -O0 -ffreestanding -Wall -Wextra -Werror -c \
		"$@" -Iinclude -Isrc -Iarch/x86/include \
		-Iarch/common/include 2>&1 | head -n 5
}

names() {
	nm -A "$own/$1"/*.o | grep -E ' (un)?map_domain_page$' | grep "$2"
}

{
	for kind in inline macro; do
		mkdir -p "$own/port-$kind"
		port $kind >"$own/port-$kind/xmem_port.h"
		objects $kind -I"$own/port-$kind"
		# An inline is a local symbol, or none.
		names $kind ' [UTW] '
		nm "$own/$kind/scrub.o" | grep -q 'U host_map$' ||
			echo "$kind: scrubbing does not call the host's"
	done
	objects default -O1
	[ "$(names default ' U ' | wc -l)" = 2 ] ||
		echo 'without the hooks, scrubbing alone calls these functions'
	printf '#define xmem_port_map_domain_page(mfn) 0\n' >"$own/xmem_port.h"
	$cc -fsyntax-only -I"$own" -Iinclude -Isrc -Iarch/x86/include \
		-Iarch/common/include src/page/scrub.c 2>&1 |
		grep -q 'define xmem_port_unmap_domain_page, too' ||
		echo 'one hook without the other is accepted'
	printf '#define xmem_port_preempt_off(state) 0\n' >"$own/xmem_port.h"
	$cc -fsyntax-only -I"$own" -Iinclude -Isrc -Iarch/x86/include \
		-Iarch/common/include src/page/scrub.c 2>&1 |
		grep -q 'define XMEM_PORT_PREEMPT and xmem_preempt_t, too' ||
		echo 'preempt hooks without their type are accepted'
} >"$bad"
finish "a host's own map_domain_page, inline or macro, is the one called"
