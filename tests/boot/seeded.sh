#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# seeded.sh - does the test hypervisor notice bugs? It must fail on each
#
# usage: seeded.sh [pattern]; with a pattern those bugs whose name matches.
# Each bug is a sed command on a copy of the tree; a command that changes
# nothing is an error. The unchanged copy must pass. One machine a bug, the
# smallest that shows it. Prints TAP.
set -u
cd "$(dirname "$0")/../.." || exit 1
top=$PWD
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
n=0
bad=0
pattern=${1:-}

result() { # ok-or-not, text
	n=$((n + 1))
	[ "$1" = ok ] || bad=$((bad + 1))
	echo "$1 $n - $2"
}

# 0 if all tests pass, 1 if not, 2 if there is no image.
boots() { # what, machine
	make -C "$tmp" ARCH=x86_64 boot-image >"$tmp/log" 2>&1 || {
		result "not ok" "does not build: $1"
		return 2
	}
	BOOT_TIMEOUT=60 "$tmp/tests/boot/run.sh" x86_64 \
		"$tmp/build/x86_64-boot/boot.elf" "$2" >"$tmp/log" 2>&1 ||
		return 1
}

seed() { # what, machine, file, sed command
	echo "$1" | grep -qE "$pattern" || return 0
	cp "$top/$3" "$tmp/$3"
	sed -i "$4" "$tmp/$3"
	if cmp -s "$top/$3" "$tmp/$3"; then
		result "not ok" "the seed changes nothing: $1"
		return
	fi
	boots "$1" "$2"
	case $? in
	0) result "not ok" "not noticed: $1" ;;
	2) ;;
	*) result ok "noticed: $1" ;;
	esac
	[ -z "${SEED_VERBOSE:-}" ] || grep '^not ok' "$tmp/log" | sed 's/^/# /'
	cp "$top/$3" "$tmp/$3"
}

cp -r Makefile include src arch tests "$tmp/"
if boots "no bug" 2:64; then
	result ok "the unchanged tree passes"
else
	result "not ok" "the unchanged tree fails"
fi

pte=arch/x86/include/arch/pte.h
seed "changed mappings are not flushed" 2:64 src/pt/xenmap.c \
	'/xmem_port_tlb_flush(req->va/d'
seed "vfree does not flush" 2:64 src/vmap/vmalloc.c \
	'/xmem_port_tlb_flush(va, nr);/d'
seed "the flush reaches this CPU only" 2:64 tests/boot/x86/smp.c \
	's/if (others == 0)/if (others < 64)/'
seed "nothing is no-execute" 1:64 $pte \
	's/XMEM_MAP_EXEC) != 0 ? 0 : XMEM_PTE_NX/XMEM_MAP_EXEC) != 0 ? 0 : 0/'
seed "everything is writable" 1:64 $pte \
	's/(flags \& XMEM_MAP_WRITE) != 0 ? XMEM_PTE_W : 0/XMEM_PTE_W/'
seed "device memory is cached" 1:64 $pte \
	's/^\tv |= (uint64_t)((flags \& XMEM_MAP_TYPE_MASK) >> 4).*/\t(void)0;/'
seed "a parked entry is still present" 1:64 $pte \
	's/(~e.v \& XMEM_PTE_FRAME) | XMEM_PTE_PARKED}/e.v}/'
seed "addresses need not be canonical" 1:64 $pte \
	's/return (long)(va << unused) >> unused == (long)va;/return (void)unused, true;/'
seed "an area has no guard behind it" 1:64 src/vmap/va.c \
	's/\bnr + 1\b/nr/'
seed "holes stay in the direct map" 1:64 arch/x86/mmu.c \
	'/^\tunmap_holes();/d'
seed "the direct map has no large blocks" 1:64 arch/x86/mmu.c \
	's/\.flags = PAGE_HYPERVISOR_RW,/.flags = PAGE_HYPERVISOR_RW | MAP_SMALL_PAGES,/'
seed "the direct map has no 1 GiB blocks" 1:6144 arch/x86/mmu.c \
	's/smfn >= WINDOW_PAGES \&\& xmem_cpu_has_1g()/false/'
seed "tables are taken from memory not mapped yet" 1:6144 arch/x86/mmu.c \
	's/below(1, 1, xmem_mmu_limit)/below(1, 1, ~0UL)/'
seed "the frame table is backed over holes" 1:6144 arch/x86/mmu.c \
	's/#define GAP_PAGES 32UL/#define GAP_PAGES (1UL << 20)/'
seed "the last frames of a range have no descriptor" 1:64 arch/x86/mmu.c \
	's/xmem_pages_for(emfn \* entry)/(emfn * entry) >> PAGE_SHIFT/'
echo "1..$n"
[ "$bad" = 0 ]
