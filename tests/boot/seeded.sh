#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# seeded.sh - does the test hypervisor notice bugs? It must fail on each
#
# usage: seeded.sh [-a arch] [pattern]; with an architecture its bugs, with a
# pattern those whose name matches.
# Each bug is a sed command on a copy of the tree; a command that changes
# nothing is an error. The unchanged copy must pass. One machine a bug, the
# smallest that shows it. What QEMU cannot show is said to be missed, with what
# else shows it; if it is noticed after all, that is an error too. Prints TAP.
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
	make -C "$tmp" ARCH=$arch LAYOUT=$layout boot-image \
		>"$tmp/log" 2>&1 || {
		result "not ok" "$arch, does not build: $1"
		return 2
	}
	BOOT_TIMEOUT=60 BOOT_APPEND=percent=10 "$tmp/tests/boot/run.sh" $arch \
		"$tmp/build/$image${layout:+-$layout}/$file" "$2" \
		>"$tmp/log" 2>&1 || return 1
}

# The status of boots with the bug, or 3 if there is none to plant.
plant() { # what, machine, file, sed command
	cp "$top/$3" "$tmp/$3"
	sed -i "$4" "$tmp/$3"
	if cmp -s "$top/$3" "$tmp/$3"; then
		result "not ok" "$arch, the seed changes nothing: $1"
		return 3
	fi
	boots "$1" "$2"
	code=$?
	[ -z "${SEED_VERBOSE:-}" ] || grep '^not ok' "$tmp/log" | sed 's/^/# /'
	cp "$top/$3" "$tmp/$3"
	return $code
}

seed() { # what, machine, file, sed command
	echo "$1" | grep -qE "$pattern" || return 0
	plant "$@"
	case $? in
	0) result "not ok" "$arch, not noticed: $1" ;;
	1) result ok "$arch, noticed: $1" ;;
	esac
}

# QEMU has no caches, no walkers beside the CPU, no TLB that holds an address
# twice.
missed() { # what, machine, file, sed command, what else shows it
	echo "$1" | grep -qE "$pattern" || return 0
	plant "$@"
	case $? in
	0) result ok "$arch, QEMU cannot show: $1 ($5)" ;;
	1) result "not ok" "$arch, noticed, so a seed: $1" ;;
	esac
}

bug_free() { # machine
	if boots "no bug" "$1"; then
		result ok "$arch, the unchanged tree passes"
	else
		result "not ok" "$arch, the unchanged tree fails"
	fi
}

cp -r Makefile include src arch tests "$tmp/"
common=arch/common
layout=

bugs_x86_64() {
image=x86_64-boot file=boot.elf
bug_free 2:64
pte=arch/x86/include/arch/pte.h
seed "changed mappings are not flushed" 2:64 src/map/map.c \
	'/xmem_port_tlb_flush(req->va/d'
seed "vfree does not flush" 2:64 src/vmap/vmalloc.c \
	'/xmem_port_tlb_flush(va, nr);/d'
seed "the flush reaches this CPU only" 2:64 tests/boot/common/flush.c \
	's/if (others == 0)/if (others < 64)/'
seed "nothing is no-execute" 1:64 $pte \
	's/XMEM_MAP_EXEC) != 0 ? 0 : XMEM_PTE_NX/XMEM_MAP_EXEC) != 0 ? 0 : 0/'
seed "everything is writable" 1:64 $pte \
	's/(flags \& XMEM_MAP_WRITE) != 0 ? XMEM_PTE_W | XMEM_PTE_D : 0/XMEM_PTE_W/'
seed "what is read-only is dirty" 1:64 $pte \
	's/XMEM_PTE_P | XMEM_PTE_A | XMEM_PTE_G;/XMEM_PTE_P | XMEM_PTE_A | XMEM_PTE_D | XMEM_PTE_G;/'
seed "device memory is cached" 1:64 $pte \
	's/^\tv |= (uint64_t)((flags \& XMEM_MAP_TYPE_MASK) >> 4).*/\t(void)0;/'
seed "a parked entry is still present" 1:64 $pte \
	's/(~e.v \& XMEM_PTE_FRAME) | XMEM_PTE_PARKED}/e.v}/'
seed "addresses need not be canonical" 1:64 $pte \
	's/return (long)(va << unused) >> unused == (long)va;/return (void)unused, true;/'
seed "an area has no guard behind it" 1:64 src/va/va.c \
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
seed "changed mappings are not flushed" "$2" src/map/map.c \
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
image=arm64-boot-lower file=boot.bin
bugs_arm 1:64:el2 2:64:el2 4:128:el2+a57 1:64:upper 2:128:vhe+odd
cpu=arch/arm/arm64/include/arch/cpu.h
stage1=arch/arm/stage1.c
seed "vfree does not flush" 2:64:el2 src/vmap/vmalloc.c \
	'/xmem_port_tlb_flush(va, nr);/d'
seed "EL2: the flush of a page reaches this CPU only" 2:64:el2 $cpu \
	's/tlbi " name "is, %0"/tlbi " name ", %0"/'
seed "EL1: the flush of a page reaches this CPU only" 2:64:upper $cpu \
	's/tlbi " name "is, %0"/tlbi " name ", %0"/'
seed "EL2: the flush of a range reaches this CPU only" 2:64:el2 $cpu \
	's/c8, c2, /c8, c6, /'
seed "EL1: the flush of a range reaches this CPU only" 2:64:upper $cpu \
	's/c8, c2, /c8, c6, /'
seed "EL2: the flush of a range is that of EL1" 1:64:el2 $cpu \
	's/"4", "1", op/"0", "3", op/'
seed "EL1: the flush of a range is that of EL2" 1:64:upper $cpu \
	's/"0", "3", op/"4", "1", op/'
seed "VHE: the flush goes to a guest" 1:64:vhe $cpu \
	's/(1UL << 34 | 1UL << 27)/(1UL << 34)/'
seed "the operand of the flush is not shifted" 1:64:el2 $cpu \
	's/va >> 12 & /va \& /'
seed "the operand of a range has the wrong granule" 1:64:el2 \
	arch/arm/include/arch/tlb.h 's,PAGE_SHIFT / 2 - 5,PAGE_SHIFT / 2 - 4,'
layout=partial
seed "windows of other frames are not flushed" 2:1024:el2 \
	$common/domain_page.c '/xmem_tlb_flush_local(page, 1);/d'
layout=
seed "types have the wrong index" 1:64:el2 $pte \
	's/#define XMEM_PTE_TYPE	2U/#define XMEM_PTE_TYPE	3U/'
seed "memory is not shareable" 1:64:el2 $stage1 \
	's/leaf_bits = XMEM_PTE_AF | XMEM_PTE_INNER/leaf_bits = XMEM_PTE_AF/'
seed "the access flag is not set" 1:64:el2 $stage1 \
	's/leaf_bits = XMEM_PTE_AF | XMEM_PTE_INNER/leaf_bits = XMEM_PTE_INNER/'
bugs_breaks
missed_arm64
}

# Breaks of a mapping, and the faults of other CPUs meanwhile.
bugs_breaks() {
seed "nothing is broken before it is made" 1:64:el2 $pte \
	's/^\treturn ((old.v ^ new.v) & ~may_change) != 0;/\treturn false;/'
seed "a block is split without a break" 1:64:el2 $pte \
	's/return !xmem_mmu.may_resize; .*/return false;/'
seed "a break is not flushed" 2:64:el2 $stage1 \
	'/^void xmem_arch_break_flush/,/^}/s/xmem_tlb_flush_range(va, nr)/(void)va, (void)nr/'
seed "rights of a group change in use" 1:64:el2 $pte \
	's/if (xmem_pte_is_cont(old) || xmem_pte_is_cont(new))/if (false)/'
seed "the broken table has no alias" 1:64:el2 $stage1 \
	's/aliased = (unsigned long)slot - va < nr << PAGE_SHIFT/aliased = false/'
seed "a fault meanwhile is never spurious" 2:64:el2 $stage1 \
	's/if (xmem_cpu_can_read(va)) {/if (false) {/'
seed "a fault is always spurious" 1:64:el2 $stage1 \
	's/if (xmem_cpu_can_read(va)) {/if (true) {/'
BOOT_THREAD=multi
export BOOT_THREAD
seed "a break that begins meanwhile is not seen" 4:64:el2 $stage1 \
	's/^\t\tif (xmem_cpu_can_read(va)) {/\t\tif (nr == over) { return xmem_cpu_can_read(va); } if (false) {/'
unset BOOT_THREAD
seed "a CPU waits for its own break" 1:64:el2 $stage1 \
	's/nr - over == own/nr == over/'
seed "the stack in use is broken" 1:64:el2 $stage1 \
	'/^\tcheck_not_in_use(va, nr);/d'
seed "the guest's PAR is lost" 1:64:el2 $cpu '/msr par_el1/d'
seed "interrupts are not masked during a break" 1:64:el2 $stage1 \
	'/^xmem_pte_t \*xmem_arch_break_begin/,/^}/s/xmem_cpu_irq_save()/0x3c0/'
seed "interrupts stay masked after a break" 1:64:el2 $stage1 \
	's/xmem_cpu_irq_restore(pause\[cpu\].flags)/(void)0/'
}

missed_arm64() {
model="tests/sim/arm, tests/model/seeded_arm.sh"
missed "a part of a group changes and the hint stays" 1:64:el2 \
	src/pt/pt_break.c 's/if (XMEM_PT_GROUP == 1) {/if (true) {/' "$model"
missed "the walker is not told of new entries" 2:64:el2 $pte \
	'/^static inline void xmem_arch_pt_made/,/^}/{/xmem_dsb_writes/d}' \
	"$model"
missed "the direct map is built without barriers" 2:64:el2 \
	$common/directmap.c '/xmem_arch_pt_made(part.va, part.nr, true);/d' "$model"
missed "frames for domains are not cleaned" 1:64:el2 arch/arm/cache.c \
	'/xmem_cpu_dc_civac(va + i);/d' "$model"
}

bugs_arm32() {
image=arm32-boot file=boot.bin
bugs_arm 1:64:el2 2:64:el1 4:128:el2 1:64:el1 2:128:el2+odd
cpu=arch/arm/arm32/include/arch/cpu.h
seed "Hyp: the flush reaches this CPU only" 2:256:el2 $cpu \
	'/^static inline void xmem_cpu_tlbi_page/,/^}/s/8, 3, /8, 7, /'
seed "windows of other frames are not flushed" 2:2048:el2 \
	$common/domain_page.c '/xmem_tlb_flush_local(page, 1);/d'
seed "the wrong bit says what can be read" 1:256:el1 $cpu \
	'/bool xmem_cpu_can_read/,/^}/s/par & 1/par \& 2/'
}

for arch in $arches; do
	"bugs_$arch"
done
echo "1..$n"
[ "$bad" = 0 ]
