# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh disable=SC2034,SC2154
#
# arm64.run.sh - the machines of arm64, for tests/boot/run.sh
#
# Words of a tag:
#	el2	   EL2 without VHE, the image in the lower half
#	vhe	   EL2 with VHE, the image in the upper half
#	el1, upper EL1, the image in the lower or the upper half
#	a57, a72   CPUs without VHE, FEAT_BBM, and pages of 16 KiB
#	sparse	   two DIMMs far away, which the device tree does not list
#	odd	   a device tree with reserved memory, and with mistakes
# shellcheck source=/dev/null
. "$(dirname "$own")/arm.sh"

qemu='qemu-system-aarch64'
matrix='1:64:el2 1:64:vhe 1:64:el1 1:64:upper 2:1024:el2 2:1024:vhe
	4:1024:el2 4:1024:vhe 4:1024:el1 4:2048:upper 2:1024:vhe+sparse
	2:256:el2+odd'
# These CPUs do not know pages of 16 KiB.
case $images in
*-ps14*) ;;
*) matrix="$matrix 2:1024:el2+a57 4:256:upper+a72" ;;
esac

machine()
{
	cpu=max board=virt,gic-version=3
	half_load
	for word in $(words_of "$1"); do
		case $word in
		el1) ;;
		el2) board=$board,virtualization=on ;;
		vhe) board=$board,virtualization=on image=$(upper) ;;
		upper) image=$(upper) ;;
		a57) cpu=cortex-a57 ;;
		a72) cpu=cortex-a72 ;;
		sparse) far_away && loaded_by_firmware ;;
		odd) odd_tree ;;
		*) return 1 ;;
		esac
	done
}

# The other form of the image.
upper()
{
	echo "${images%%-lower*}-upper${images#*-lower}"
}

# QEMU plugs DIMMs into a machine that has firmware only: here it is three
# instructions at 0, which do what -kernel would, x0 the device tree at the
# start of RAM, and go to the image 2 MiB behind it.
loaded_by_firmware()
{
	rom=$log.rom
	printf '\000\000\250\322\001\004\250\322\040\000\037\326' > "$rom"
	extra="$extra -bios $rom
		-device loader,file=$image,addr=0x40200000,force-raw=on"
}
