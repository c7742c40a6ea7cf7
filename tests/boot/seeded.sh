#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# seeded.sh - does the test hypervisor notice bugs? It must fail on each
#
# usage: seeded.sh [-a arch] [pattern]; with an architecture its bugs, with a
# pattern those whose name matches.
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
arches='x86_64 arm64 arm32'
if [ "${1:-}" = -a ]; then
	arches=$2
	shift 2
fi
pattern=${1:-}

result() { # ok-or-not, text
	n=$((n + 1))
	[ "$1" = ok ] || bad=$((bad + 1))
	echo "$1 $n - $2"
}

# 0 if all tests pass, 1 if not, 2 if there is no image.
boots() { # what, machine
	make -C "$tmp" ARCH=$arch boot-image >"$tmp/log" 2>&1 || {
		result "not ok" "$arch, does not build: $1"
		return 2
	}
	BOOT_TIMEOUT=60 "$tmp/tests/boot/run.sh" $arch "$tmp/$image" "$2" \
		>"$tmp/log" 2>&1 || return 1
}

seed() { # what, machine, file, sed command
	echo "$1" | grep -qE "$pattern" || return 0
	cp "$top/$3" "$tmp/$3"
	sed -i "$4" "$tmp/$3"
	if cmp -s "$top/$3" "$tmp/$3"; then
		result "not ok" "$arch, the seed changes nothing: $1"
		return
	fi
	boots "$1" "$2"
	case $? in
	0) result "not ok" "$arch, not noticed: $1" ;;
	2) ;;
	*) result ok "$arch, noticed: $1" ;;
	esac
	[ -z "${SEED_VERBOSE:-}" ] || grep '^not ok' "$tmp/log" | sed 's/^/# /'
	cp "$top/$3" "$tmp/$3"
}

bug_free() { # machine
	if boots "no bug" "$1"; then
		result ok "$arch, the unchanged tree passes"
	else
		result "not ok" "$arch, the unchanged tree fails"
	fi
}

cp -r Makefile include src arch tests "$tmp/"
mkdir -p build/cross "$tmp/build"
ln -s "$top/build/cross" "$tmp/build/cross"
common=arch/common

bugs_x86_64() {
image=build/x86_64-boot/boot.elf
bug_free 2:64
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
seed "holes stay in the direct map" 1:64 $common/directmap.c \
	'/^\t\tunmap_holes();/d'
seed "the direct map has no large blocks" 1:64 $common/directmap.c \
	's/\.flags = PAGE_HYPERVISOR_RW,/.flags = PAGE_HYPERVISOR_RW | MAP_SMALL_PAGES,/'
seed "the direct map has no 1 GiB blocks" 1:6144 $pte \
	's/on \&\& xmem_cpu_has_1g()/false \&\& on/'
seed "tables are taken from memory not mapped yet" 1:6144 \
	$common/directmap.c 's/in(1, 1, 0, mapped_end)/in(1, 1, 0, ~0UL)/'
seed "the frame table is backed over holes" 1:1024:sparse $common/frametable.c \
	's/gap <= (now.end - now.start) \/ GAP_SHARE/gap < 1UL << 20/'
seed "the last frames of a range have no descriptor" 1:64 \
	$common/frametable.c \
	's/xmem_pages_for((last + 1) \* entry)/(last * entry) >> PAGE_SHIFT/'
}

# CPUs without FEAT_BBM show a break that is not waited for, the upper half at
# EL1 that execute-never is another bit there.
bugs_arm() { # machines: 1 CPU, 2 CPUs, 4 CPUs, EL1, odd tree
bug_free "$5"
pte=arch/arm/include/arch/pte.h
seed "changed mappings are not flushed" "$2" src/pt/xenmap.c \
	'/xmem_port_tlb_flush(req->va/d'
seed "the flush reaches this CPU only" "$2" tests/boot/arm/smp.c \
	's/xmem_tlb_flush_range(va, nr_pages)/xmem_tlb_flush_local(va, nr_pages)/'
seed "nothing is no-execute" "$1" $pte \
	's/XMEM_MAP_EXEC) != 0 ? 0 : xmem_mmu.no_exec/XMEM_MAP_EXEC) != 0 ? 0 : 0/'
seed "no-execute is another bit" "$4" arch/arm/stage1.c \
	's/no_exec = XMEM_PTE_\(UXN\|PXN\)/no_exec = XMEM_PTE_CONT/'
seed "everything is writable" "$1" $pte \
	's/XMEM_MAP_WRITE) != 0 ? 0 : XMEM_PTE_RO/XMEM_MAP_WRITE) != 0 ? 0 : 0/'
seed "device memory is cached" "$1" $pte \
	's/^\tv |= (uint64_t)((flags & XMEM_MAP_TYPE_MASK).*/\t(void)0;/'
seed "a parked entry is still present" "$1" $pte \
	's/(e.v & XMEM_PTE_FRAME) | XMEM_PTE_PARKED}/e.v}/'
seed "faults of a break are not tried again" "$3" tests/boot/arm/trap.c \
	's/xmem_mmu_spurious_fault(fault.va)/false/'
seed "a fault is never real" "$1" tests/boot/arm/trap.c \
	's/xmem_mmu_spurious_fault(fault.va)/true/'
seed "the direct map has no large blocks" "$1" $common/directmap.c \
	's/\.flags = PAGE_HYPERVISOR_RW,/.flags = PAGE_HYPERVISOR_RW | MAP_SMALL_PAGES,/'
seed "the identity map stays" "$1" tests/boot/arm/main.c \
	'/^\tboot_drop_own();/d'
seed "the text of the image is writable" "$1" tests/boot/arm/early.c \
	's/rights == BOOT_TEXT || rights == BOOT_RODATA ? /rights == BOOT_RODATA ? /'
seed "reserved memory is free" "$5" tests/boot/arm/main.c \
	's/i < boot_nr_reserved/i < 0 * boot_nr_reserved/'
seed "memory that must not be mapped is RAM" "$5" tests/boot/arm/dt.c \
	's/"no-map"/"no-mop"/'
}

bugs_arm64() {
image=build/arm64-boot-lower/boot.bin
bugs_arm 1:64:el2 2:64:el2 4:128:el2+a57 1:64:upper 2:128:vhe+odd
}

bugs_arm32() {
image=build/arm32-boot/boot.bin
bugs_arm 1:64:el2 2:64:el1 4:128:el2 1:64:el1 2:128:el2+odd
}

for arch in $arches; do
	"bugs_$arch"
done
echo "1..$n"
[ "$bad" = 0 ]
