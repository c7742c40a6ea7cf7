#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# run.sh - boot the test hypervisor on a matrix of machines, collect TAP
#
# usage: run.sh image [cpus ...:MiB ...]
#   run.sh boot.elf              the whole matrix: 1, 2, 4 CPUs; 64 M, 1 G, 6 G
#   run.sh boot.elf 2:1024       one machine
#
# Every line of a machine is printed as `ok`/`not ok` with the machine in
# brackets, so that `grep -c '^ok'` counts. A machine that hangs is killed
# after BOOT_TIMEOUT seconds (default 120): a hang detector, not a benchmark.
# Machines with no more CPUs than this host run a thread for each, truly at the
# same time; larger ones take turns in one thread, since a CPU that spins would
# take the host's core from the one it waits for. BOOT_THREAD=multi|single
# decides for all. BOOT_VERBOSE=1 shows the comments, BOOT_CPU= the CPU model.
# Status: 0 if every machine ran all its tests and none failed.

image=$1
shift
[ $# -gt 0 ] || set -- 1:64 2:64 4:64 1:1024 2:1024 4:1024 1:6144 2:6144 4:6144
limit=${BOOT_TIMEOUT:-120}
qemu=${QEMU:-qemu-system-x86_64}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
total=0 failed=0

# ok or not ok lines of the log, with the machine; comments with -v.
show()
{
	sed -n -e "s/^ok [0-9]* - /ok [$1] /p" \
	       -e "s/^not ok [0-9]* - /not ok [$1] /p" \
	       -e "s/^Bail out!/# [$1] bail out:/p" \
	       ${BOOT_VERBOSE:+-e "s/^# /# [$1] /p"}
}

for machine in "$@"; do
	cpus=${machine%:*} mib=${machine#*:}
	name="$cpus CPUs, $mib MiB"
	thread=multi
	[ "$cpus" -le "$(nproc)" ] || thread=single
	timeout -k 5 "$limit" "$qemu" -M q35 -accel "tcg,thread=${BOOT_THREAD:-$thread}" \
		-cpu "${BOOT_CPU:-max}" -smp "$cpus" -m "${mib}M" -nodefaults \
		-no-reboot -display none -serial stdio -net none \
		-device isa-debug-exit,iobase=0xf4,iosize=4 \
		-kernel "$image" -append "mem=$mib cpus=$cpus" \
		< /dev/null 2>&1 | tr -d '\r' > "$log"
	show "$name" < "$log"
	good=$(grep -c '^ok ' "$log")
	bad=$(grep -c '^not ok ' "$log")
	plan=$(sed -n 's/^1\.\.\([0-9]*\)$/\1/p' "$log")
	total=$((total + good + bad))
	failed=$((failed + bad))
	if [ "$plan" != $((good + bad)) ]; then
		echo "not ok [$name] the machine runs to its end" \
			"(killed after $limit s, or dead)"
		tail -n 5 "$log" | sed 's/^/# /'
		total=$((total + 1)) failed=$((failed + 1))
	elif [ "$bad" -gt 0 ]; then
		grep -B 4 '^not ok' "$log" | sed -n 's/^# /#   /p'
	fi
done
echo "# boot: $total tests on $# machines, $failed failed"
[ "$failed" -eq 0 ]
