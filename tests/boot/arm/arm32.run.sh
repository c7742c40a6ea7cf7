# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh disable=SC2034,SC2154
#
# arm32.run.sh - the machines of arm32, for tests/boot/run.sh
#
# Words of a tag as for arm64: el2 is Hyp mode, el1 is PL1. RAM beyond 4 GiB
# takes LPAE.
# shellcheck source=/dev/null
. "$(dirname "$own")/arm.sh"

qemu='qemu-system-arm'
matrix='1:64:el2 1:64:el1 2:1024:el2 2:1024:el1 4:1024:el2 4:1024:el1
	2:3072:el1 2:6144:el2 2:512:el2+max 2:512:el1+a7 2:256:el1+odd'

machine()
{
	cpu=cortex-a15 board=virt,gic-version=2
	half_load
	for word in $(words_of "$1"); do
		case $word in
		el1) ;;
		el2) board=$board,virtualization=on ;;
		a7) cpu=cortex-a7 ;;
		max) cpu=max ;;
		odd) odd_tree ;;
		*) return 1 ;;
		esac
	done
}
