#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# run.sh - boot the test hypervisor on a matrix of machines, collect TAP
#
# usage: run.sh arch image [machine...]
#   run.sh x86_64 boot.elf               the whole matrix of the architecture
#   run.sh x86_64 boot.elf 2:1024        one machine: 2 CPUs, 1024 MiB
#   run.sh x86_64 boot.elf 2:64:la57off  one with a tag: see machine_<arch>
#   run.sh arm64 build/arm64-boot-lower/boot.bin 4:1024:el2+a57
#
# Every line of a machine is printed as `ok`/`not ok` with the machine in
# brackets, so that `grep -c '^ok'` counts. A machine that hangs is killed
# after BOOT_TIMEOUT seconds (default 120): a hang detector, not a benchmark.
# Machines with no more CPUs than this host run a thread for each, truly at the
# same time; larger ones take turns in one thread, since a CPU that spins would
# take the host's core from the one it waits for. BOOT_THREAD=multi|single
# decides for all. BOOT_VERBOSE=1 shows the comments, BOOT_CPU= the CPU model,
# BOOT_APPEND= more of the command line (percent=10: a share of the load).
# Status: 0 if every machine ran all its tests and none failed.

arch=$1
image=$2
images=$image
shift 2
limit=${BOOT_TIMEOUT:-120}
log=$(mktemp)
trap 'rm -f "$log" "$log".*' EXIT
total=0 failed=0 skipped=0

# ---- one function and one matrix an architecture ----
#
# machine_<arch> gets a tag (or nothing) and changes what is set by default:
# $cpu, $memory, $want (MiB of RAM in all), $extra (options), $append.
# qemu_<arch> runs QEMU with them, the console on its standard output.

matrix_x86_64='1:64 2:64:la57off 4:64 1:1024:la57off 2:1024 4:1024 1:6144
	2:6144 4:6144:la57off 2:1024:sparse'

# Five levels of tables, where the tag does not say otherwise.
# sparse: two DIMMs far away, which the firmware's map does not list.
machine_x86_64()
{
	cpu=max
	case $1 in
	'') ;;
	la57off) cpu=max,la57=off ;;
	sparse)
		memory=${mib}M,slots=4,maxmem=768G
		want=$((mib + 512))
		extra="$(dimm 1 0x880000000) $(dimm 2 0x8000000000)"
		append='ram=0x880000000+0x10000000 ram=0x8000000000+0x10000000'
		;;
	*) return 1 ;;
	esac
}

dimm() # number, address: 256 MiB there
{
	echo "-object memory-backend-ram,id=ram$1,size=256M,reserve=off" \
		"-device pc-dimm,memdev=ram$1,addr=$2"
}

qemu_x86_64()
{
	# shellcheck disable=SC2086
	timeout -k 5 "$limit" "${QEMU:-qemu-system-x86_64}" -M q35 \
		-accel "tcg,thread=$thread" -cpu "$cpu" -smp "$cpus" \
		-m "$memory" $extra -nodefaults -no-reboot -display none \
		-serial stdio -net none \
		-device isa-debug-exit,iobase=0xf4,iosize=4 \
		-kernel "$image" -append "$append"
}

# Arm: the tag is words joined by +.
#	el2	   EL2 without VHE, the image in the lower half
#	vhe	   EL2 with VHE, the image in the upper half
#	el1, upper EL1, the image in the lower or the upper half
#	a57, a72   CPUs without VHE, FEAT_BBM, and pages of 16 KiB
#	sparse	   two DIMMs far away, which the device tree does not list
#	odd	   a device tree with reserved memory, and with mistakes
# Four CPUs, which take turns, do half of the load.
matrix_arm64='1:64:el2 1:64:vhe 1:64:el1 1:64:upper 2:1024:el2 2:1024:vhe
	4:1024:el2 4:1024:vhe 4:1024:el1 4:2048:upper 2:1024:vhe+sparse
	2:256:el2+odd'
# These CPUs do not know pages of 16 KiB.
case $image in
*-ps14*) ;;
*) matrix_arm64="$matrix_arm64 2:1024:el2+a57 4:256:upper+a72" ;;
esac

machine_arm64()
{
	cpu=max machine=virt,gic-version=3 image=$images
	[ "$cpus" -lt 4 ] || append=percent=50
	for word in $(echo "${1:-el2}" | tr + ' '); do
		case $word in
		el1) ;;
		el2) machine=$machine,virtualization=on ;;
		vhe) machine=$machine,virtualization=on image=$(upper) ;;
		upper) image=$(upper) ;;
		a57) cpu=cortex-a57 ;;
		a72) cpu=cortex-a72 ;;
		sparse) far_away ;;
		odd) odd_tree qemu_arm64 ;;
		*) return 1 ;;
		esac
	done
}

# The other form of the image.
upper()
{
	echo "${images%%-lower*}-upper${images#*-lower}"
}

# DIMMs as on x86-64. QEMU plugs them into a machine that has firmware only:
# here it is three instructions at 0, which do what -kernel would, x0 the
# device tree at the start of RAM, and go to the image 2 MiB behind it.
far_away()
{
	rom=$log.rom
	printf '\000\000\250\322\001\004\250\322\040\000\037\326' > "$rom"
	memory=${mib}M,slots=4,maxmem=768G
	want=$((mib + 512))
	extra="$(dimm 1 0x880000000) $(dimm 2 0x8000000000) -bios $rom
		-device loader,file=$image,addr=0x40200000,force-raw=on"
	append="$append ram=0x880000000+0x10000000"
	append="$append ram=0x8000000000+0x10000000"
}

# QEMU's own tree for this machine, and more. Four nodes have mistakes: no
# place, half a range, a range that wraps, a CPU that PSCI cannot start.
odd_tree() # function that runs QEMU
{
	machine=$machine,dumpdtb=$log.dtb
	"$1" > /dev/null 2>&1
	machine=${machine%,dumpdtb=*}
	{
		dtc -q -I dtb -O dts "$log.dtb" | sed \
			's|^/dts-v1/;|&\n/memreserve/ 0x44000000 0x1000;|'
		cat << 'EOF'
/ {
	reserved-memory {
		#address-cells = <2>;
		#size-cells = <2>;
		ranges;
		firmware@43000000 { reg = <0 0x43000000 0 0x100800>; };
		secret@43800000 { reg = <0 0x43800000 0 0x200000>; no-map; };
		pool { size = <0 0x100000>; };
	};
	dram@1 { device_type = "memory"; reg = <0 1 2>; };
	dram@2 { device_type = "memory"; reg = <(~0) (~0xfff) 0 0x2000>; };
	cpus {
		cpu@7 {
			device_type = "cpu";
			reg = <7>;
			enable-method = "spin-table";
		};
	};
};
EOF
	} | dtc -q -I dts -O dtb -o "$log.odd.dtb" -
	extra="$extra -dtb $log.odd.dtb"
	want=$((want - 2))
	append="$append odd=4"
}

qemu_arm64()
{
	# shellcheck disable=SC2086
	timeout -k 5 "$limit" "${QEMU:-qemu-system-aarch64}" -M "$machine" \
		-accel "tcg,thread=$thread" -cpu "$cpu" -smp "$cpus" \
		-m "$memory" $extra -nodefaults -no-reboot -display none \
		-serial stdio -net none -kernel "$image" -append "$append"
}

# The same words: el2 is Hyp mode, el1 is PL1. RAM beyond 4 GiB takes LPAE.
matrix_arm32='1:64:el2 1:64:el1 2:1024:el2 2:1024:el1 4:1024:el2 4:1024:el1
	2:3072:el1 2:6144:el2 2:512:el2+max 2:512:el1+a7 2:256:el1+odd'

machine_arm32()
{
	cpu=cortex-a15 machine=virt,gic-version=2
	[ "$cpus" -lt 4 ] || append=percent=50
	for word in $(echo "${1:-el2}" | tr + ' '); do
		case $word in
		el1) ;;
		el2) machine=$machine,virtualization=on ;;
		a7) cpu=cortex-a7 ;;
		max) cpu=max ;;
		odd) odd_tree qemu_arm32 ;;
		*) return 1 ;;
		esac
	done
}

qemu_arm32()
{
	# shellcheck disable=SC2086
	timeout -k 5 "$limit" "${QEMU:-qemu-system-arm}" -M "$machine" \
		-accel "tcg,thread=$thread" -cpu "$cpu" -smp "$cpus" \
		-m "$memory" $extra -nodefaults -no-reboot -display none \
		-serial stdio -net none -kernel "$image" -append "$append"
}

# ---- the machines ----

# ok or not ok lines of the log, with the machine; comments with -v.
show()
{
	sed -n -e "s/^ok [0-9]* - /ok [$1] /p" \
	       -e "s/^not ok [0-9]* - /not ok [$1] /p" \
	       -e "s/^Bail out!/# [$1] bail out:/p" \
	       ${BOOT_VERBOSE:+-e "s/^# /# [$1] /p"}
}

# Everything about the machine cpus:MiB[:tag], as variables.
set_up()
{
	cpus=${1%%:*} tag=
	mib=${1#*:}
	case $mib in
	*:*) tag=${mib#*:} mib=${mib%%:*} ;;
	esac
	name="$cpus CPUs, $mib MiB${tag:+, $tag}"
	memory=${mib}M want=$mib extra= append=
	thread=multi
	[ "$cpus" -le "$(nproc)" ] || thread=single
	thread=${BOOT_THREAD:-$thread}
	"machine_$arch" "$tag" || {
		echo "run.sh: there is no machine $1 of $arch" >&2
		exit 2
	}
	cpu=${BOOT_CPU:-$cpu}
	append="mem=$want cpus=$cpus $append ${BOOT_APPEND:-}"
}

# What the log says, as lines and in the sums.
judge()
{
	show "$name" < "$log"
	good=$(grep -c '^ok ' "$log")
	bad=$(grep -c '^not ok ' "$log")
	skip=$(grep -c '^ok .*# SKIP' "$log")
	plan=$(sed -n 's/^1\.\.\([0-9]*\)$/\1/p' "$log")
	total=$((total + good + bad))
	failed=$((failed + bad)) skipped=$((skipped + skip))
	if [ "$plan" != $((good + bad)) ]; then
		echo "not ok [$name] the machine runs to its end" \
			"(killed after $limit s, or dead)"
		tail -n 5 "$log" | sed 's/^/# /'
		total=$((total + 1)) failed=$((failed + 1))
	elif [ "$bad" -gt 0 ]; then
		grep -B 4 '^not ok' "$log" | sed -n 's/^# /#   /p'
	fi
}

if [ $# -eq 0 ]; then
	eval "set -- \$matrix_$arch"
fi
for machine in "$@"; do
	set_up "$machine"
	"qemu_$arch" < /dev/null 2>&1 | tr -d '\r' > "$log"
	judge
done
echo "# boot: $total tests on $# machines, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
