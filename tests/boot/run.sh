#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# run.sh - boot the test hypervisor on a matrix of machines, collect TAP
#
# usage: run.sh arch image [machine...]
#   run.sh x86_64 boot.elf               the whole matrix of the architecture
#   run.sh x86_64 boot.elf 2:1024        one machine: 2 CPUs, 1024 MiB
#   run.sh x86_64 boot.elf 2:64:la57off  one with a tag: see <arch>.run.sh
#   run.sh arm64 build/arm64-boot-lower/boot.bin 4:1024:el2+a57
#
# Every line of a machine is printed as `ok`/`not ok` with the machine in
# brackets, so that `grep -c '^ok'` counts. A machine that hangs is killed
# after BOOT_TIMEOUT seconds (default 120): a hang detector, not a benchmark.
# Machines with no more CPUs than this host run a thread for each, truly at the
# same time; larger ones take turns in one thread, since a CPU that spins would
# take the host's core from the one it waits for. BOOT_THREAD=multi|single
# decides for all. Machines of one thread boot side by side, first, one a core;
# those of several have the host for themselves. BOOT_VERBOSE=1 shows the
# comments, BOOT_CPU= the CPU model, BOOT_APPEND= more of the command line
# (percent=10: a share of the load).
# Status: 0 if every machine ran all its tests and none failed.

arch=$1
images=$2
shift 2
limit=${BOOT_TIMEOUT:-120}
cores=$(nproc)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# ---- what an architecture supplies ----
#
# tests/boot/<family>/<arch>.run.sh sets
#	matrix	  the machines
#	qemu	  the name of its QEMU
#	machine	  a function that gets a tag (or nothing) and changes what is set
#		  by default: $cpu, $board (-M), $memory (-m), $want (MiB of RAM
#		  in all), $extra (options), $append, $image; 1: no such machine
# Below are helpers for it.

dimm() # number, address: 256 MiB there
{
	echo "-object memory-backend-ram,id=ram$1,size=256M,reserve=off" \
		"-device pc-dimm,memdev=ram$1,addr=$2"
}

# Two DIMMs far away, which the firmware does not list.
far_away()
{
	memory=${mib}M,slots=4,maxmem=768G
	want=$((mib + 512))
	extra="$extra $(dimm 1 0x880000000) $(dimm 2 0x8000000000)"
	append="$append ram=0x880000000+0x10000000"
	append="$append ram=0x8000000000+0x10000000"
}

# The console is the standard output.
run_qemu()
{
	# shellcheck disable=SC2086
	timeout -k 5 "$limit" "${QEMU:-$qemu}" -M "$board" \
		-accel "tcg,thread=$thread" -cpu "$cpu" -smp "$cpus" \
		-m "$memory" $extra -nodefaults -no-reboot -display none \
		-serial stdio -net none -kernel "$image" -append "$append"
}

qemu='' matrix='' board='' cpu=''
own=$(echo "$(dirname "$0")"/*/"$arch.run.sh")
[ -f "$own" ] || {
	echo "run.sh: there is no architecture $arch: no $own" >&2
	exit 2
}
# shellcheck source=/dev/null
. "$own"

# ---- the machines ----

# ok or not ok lines of the log, with the machine; comments with -v.
show()
{
	sed -n -e "s/^ok [0-9]* - /ok [$1] /p" \
	       -e "s/^not ok [0-9]* - /not ok [$1] /p" \
	       -e "s/^Bail out!/# [$1] bail out:/p" \
	       ${BOOT_VERBOSE:+-e "s/^# /# [$1] /p"}
}

# How the CPUs of a machine run: multi or single.
threads()
{
	if [ -n "${BOOT_THREAD:-}" ]; then
		echo "$BOOT_THREAD"
	elif [ "${1%%:*}" -le "$cores" ]; then
		echo multi
	else
		echo single
	fi
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
	memory=${mib}M want=$mib extra='' append='' image=$images
	thread=$(threads "$1")
	machine "$tag" || {
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
	if [ "$plan" != $((good + bad)) ]; then
		echo "not ok [$name] the machine runs to its end" \
			"(killed after $limit s, or dead)"
		tail -n 5 "$log" | sed 's/^/# /'
		bad=$((bad + 1))
	elif [ "$bad" -gt 0 ]; then
		grep -B 4 '^not ok' "$log" | sed -n 's/^# /#   /p'
	fi
	echo "$good $bad $skip" >> "$work/sums"
}

# The machine that is set up, from power-on to its lines.
power_on()
{
	run_qemu < /dev/null 2>&1 | tr -d '\r' > "$log"
	judge > "$log.lines"
	flock "$work" cat "$log.lines"
}

if [ $# -eq 0 ]; then
	# shellcheck disable=SC2086
	set -- $matrix
fi
touch "$work/sums"
large=()
for each in "$@"; do
	if [ "${each%%:*}" -gt 1 ] && [ "$(threads "$each")" = multi ]; then
		large+=("$each")
		continue
	fi
	while [ "$(jobs -rp | wc -l)" -ge "$cores" ]; do
		wait -n
	done
	log=$(mktemp -p "$work")
	set_up "$each"
	power_on &
done
wait
for each in "${large[@]}"; do
	log=$(mktemp -p "$work")
	set_up "$each"
	power_on
done
awk -v machines=$# '
	{ good += $1; bad += $2; skip += $3 }
	END {
		printf "# boot: %d tests on %d machines, %d failed, %d skipped\n",
			good + bad, machines, bad, skip
		exit bad != 0
	}' "$work/sums"
