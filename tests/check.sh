#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# check.sh - everything that must pass; the last line counts
#
# usage: check.sh [step...]   without arguments all steps, in this order:
# packages lint build freestanding tests variants clang ports examples boot
# bench
#
# A step goes on after a failure, so that one run shows all that is wrong.
# Logs: build/check/log. Instrumented variants run a share of the random
# steps (XMEM_TEST_PERCENT), the plain one all of them.
set -u
cd "$(dirname "$0")/.." || exit 2
export WERROR=1 CI=${CI:-true} LC_ALL=C
unset MAKEFLAGS MFLAGS MAKELEVEL
mkdir -p build/check/log
export XMEM_TOTALS=$PWD/build/check/totals
: >"$XMEM_TOTALS"
# Many programs compile the library with flags of their own that change little:
# ccache knows a source again. Its compilers go by the names of the real ones.
export PATH=/usr/lib/ccache:$PATH CCACHE_NOCOMPRESS=1
export CCACHE_DIR=$PWD/build/check/ccache
jobs=$(nproc)
begun=$SECONDS

# say name command...: runs it; its TAP lines count, else its exit code.
say() {
	local name=$1 log start ok bad skip code mark=pass
	shift
	log=build/check/log/$(echo "$name" | tr ' /' '--').log
	start=$SECONDS
	"$@" >"$log" 2>&1 </dev/null
	code=$?
	ok=$(grep -c '^ok ' "$log")
	bad=$(grep -c '^not ok ' "$log")
	skip=$(grep -ciE '^ok .*# *skip' "$log")
	[ $((ok + bad)) != 0 ] || [ $code != 0 ] || ok=1
	[ "$bad" != 0 ] || [ $code = 0 ] || bad=1
	[ "$bad" = 0 ] || mark=FAIL
	printf '%s check    %-42s %4d ok' "$mark" "$name" $((ok - skip))
	[ "$bad" = 0 ] || printf ' %d failed' "$bad"
	[ "$skip" = 0 ] || printf ' %d skipped' "$skip"
	printf ' %6d s\n' $((SECONDS - start))
	if [ "$bad" != 0 ]; then
		grep -vE '^ok ' "$log" | tail -n 25 | sed 's/^/	| /'
		echo "	| exit code $code; log: $log"
	fi
	echo "$((ok - skip)) $bad $skip" >>"$XMEM_TOTALS"
}

quiet_make() {
	make -s -j"$jobs" "$@"
}

step_packages() {
	tests/packages.sh gcc:gcc clang:clang ld:binutils readelf:binutils \
		valgrind:valgrind qemu-system-x86_64:qemu-system-x86 \
		python3:python3 rst2html:python3-docutils gzip:gzip awk:mawk \
		clang-format:clang-format pkg-config:pkg-config git:git \
		pygmentize:python3-pygments ccache:ccache \
		/usr/include/cmocka.h:libcmocka-dev \
		/usr/include/stdio.h:libc6-dev || exit 1
	tests/cross/packages.sh arm64 armhf i386 s390x riscv64 || exit 1
}

step_lint() {
	tests/lint/lint.sh | grep -vE '^[0-9]+ passed'
}

step_build() {
	say 'host library and machine, gcc' quiet_make
	say 'calls go down, host' tests/lint/calls.py build/host/libxmem.a
	say 'host library, clang' quiet_make VARIANT=clang CC=clang lib
	say 'demo (with its build)' demo_from_scratch
	say 'pkg-config xmem-host' pkg_config_program
	say 'install, and its options' tests/lint/installed.sh
	say 'docs' tests/docs.sh build/docs
}

# What a newcomer runs first: gcc and make only, below 20 s with the build.
# The time is that of the CPUs, so that a busy machine does not fail it.
demo_from_scratch() {
	local seconds TIMEFORMAT='%U %S'
	rm -rf build/demo-check
	{
		seconds=$({ time make -s VARIANT=demo-check demo >&3 2>&3; } \
			2>&1) || return 1
	} 3>&1
	echo "CPU seconds, user and system: $seconds"
	echo "$seconds" | awk '{ exit $1 + $2 >= 20 }'
}

# The program of the README, as the README compiles it.
pkg_config_program() {
	mkdir -p build/check/pc
	# shellcheck disable=SC2046
	gcc -o build/check/pc/t tests/embed/readme/main.c $(PKG_CONFIG_PATH=build/host \
		pkg-config --cflags --libs xmem-host) && timeout 60 build/check/pc/t
}

# The freestanding library, under the flags that real hosts build with.
free_one() { # free_one name compiler extra-flags [make options]
	local name=$1 cc=$2 extra=$3
	shift 3
	free_for x86_64 "$name" "$extra" CC="$cc" "$@"
}

free_for() { # free_for arch name extra-flags [make options]
	local arch=$1 name=$2 extra=$3
	shift 3
	quiet_make ARCH="$arch" VARIANT="$arch-$name" \
		EXTRA_CFLAGS="$extra" "$@" lib || return 1
	tests/lint/object.sh "build/$arch-$name/libxmem.a"
}

# Arm: every granule, both halves of addresses, both compilers.
free_arm() {
	local a o
	for a in arm64 arm32; do
		say "$a gcc" free_for $a gcc ''
		say "$a clang" free_for $a clang '' CC=clang
		say "$a gcc -fpic, hidden" free_for $a pic \
			'-fpic -fvisibility=hidden'
		for o in 1 3; do
			say "$a gcc -O$o" free_for $a O$o '' OPT=-O$o
		done
		say "$a gcc -fsanitize=undefined" free_for $a ubsan \
			-fsanitize=undefined
		say "$a gcc XMEM_DEBUG=3" free_for $a dbg3 -DXMEM_DEBUG=3
		say "calls go down, $a" tests/lint/calls.py \
			build/$a-{gcc,dbg3}/libxmem.a
	done
	say 'arm64 own types, -nostdinc' free_for arm64 nostdinc -nostdinc \
		PORT=tests/lint/nostdinc
	say 'arm64 upper half' free_for arm64 upper -DARCH_VA_UPPER=1
	say 'arm64 branch protection' free_for arm64 bti \
		-mbranch-protection=standard
	for o in 14 16; do
		say "arm64 gcc PAGE_SHIFT=$o" free_for arm64 ps$o '' \
			PAGE_SHIFT=$o
		say "arm64 clang PAGE_SHIFT=$o" free_for arm64 clang-ps$o '' \
			PAGE_SHIFT=$o CC=clang
	done
}

step_freestanding() {
	local cc o
	say 'x86_64 library, default' quiet_make ARCH=x86_64 lib
	say 'x86_64 object code' tests/lint/object.sh build/x86_64/libxmem.a -size
	for cc in gcc clang; do
		say "x86_64 $cc" free_one $cc $cc ''
		say "x86_64 $cc -fpic, hidden" free_one $cc-pic $cc \
			'-fpic -fvisibility=hidden'
		say "x86_64 $cc -mcmodel=kernel" free_one $cc-kernel $cc \
			'-fno-pic -mcmodel=kernel'
		for o in 1 3; do
			say "x86_64 $cc -O$o" free_one $cc-O$o $cc '' OPT=-O$o
		done
		say "x86_64 $cc -fno-builtin" free_one $cc-nobuiltin $cc \
			-fno-builtin
		say "x86_64 $cc -fsanitize=undefined" free_one $cc-ubsan $cc \
			-fsanitize=undefined
		say "x86_64 $cc own types, -nostdinc" free_one $cc-nostdinc \
			$cc -nostdinc PORT=tests/lint/nostdinc
		for o in 1 2 3; do
			say "x86_64 $cc XMEM_DEBUG=$o" free_one $cc-dbg$o $cc \
				-DXMEM_DEBUG=$o
		done
		say "x86_64 $cc weak API" free_one $cc-weak $cc \
			'-DXMEM_CONFIG_WEAK_PAGES=1 -DXMEM_CONFIG_WEAK_OBJECTS=1 -DXMEM_CONFIG_WEAK_MAPS=1'
	done
	say 'calls go down, x86_64' tests/lint/calls.py \
		build/x86_64{,-gcc-dbg3}/libxmem.a
	say 'x86_64 gcc retpoline, IBT' free_one gcc-retpoline gcc \
		'-mindirect-branch=thunk-extern -fcf-protection=branch'
	say 'x86_64 clang retpoline, IBT' free_one clang-retpoline clang \
		'-mretpoline-external-thunk -fcf-protection=branch'
	say 'x86_64 gcc, stack usage' stack_usage
	free_arm
	say 'calls go down, nothing allowed in vain' tests/lint/calls.py \
		--used build/{x86_64,arm{64,32}-gcc}/libxmem.a
	say 'calls of public functions' tests/lint/calls.py --public \
		build/{x86_64,x86_64-gcc-dbg3,arm{64,32}-{gcc,dbg3}}/libxmem.a
}

stack_usage() {
	quiet_make ARCH=x86_64 VARIANT=x86_64-stack CC=gcc \
		EXTRA_CFLAGS=-fstack-usage lib &&
		tests/lint/stack.sh build/x86_64-stack
}

# run_variant name percent [make options]: its library, machine and tests.
run_variant() {
	local v=$1 percent=$2
	shift 2
	say "build of variant $v" quiet_make -k VARIANT="$v" "$@" tests
	XMEM_TEST_PERCENT=$percent make -s -k VARIANT="$v" "$@" test-run \
		2>/dev/null | grep -E '^(pass|FAIL|	)'
}

step_tests() {
	run_variant host 100
	XMEM_TEST_TIMEOUT=600 tests/run.sh scripts tests/embed/*.sh | grep -E '^(pass|FAIL|	)'
	say 'seeded bugs: the words for them' tests/mutate/selftest.py
	say 'seeded bugs: a test fails for each' tests/mutate/mutate.py
	say 'seeded bugs for QEMU apply' tests/mutate/mutate.py --boot all --dry
}

step_variants() {
	run_variant san 5
	run_variant dbg3 5
	run_variant ps14 10
	run_variant ps16 10
	run_variant tsan 20 TEST_DIRS=stress
	run_variant lto 10 EXTRA_CFLAGS=-flto=auto TEST_DIRS=unit/host
}

step_clang() {
	run_variant clang 2 CC=clang
}

# The library for another architecture, warnings and all.
port_library() { # port_library target tool-prefix
	quiet_make VARIANT="user-$1" lib &&
		tests/cross/symbols.sh "build/user-$1/libxmem.a" "$2-"
}

step_ports() {
	say 'arm64 library' port_library arm64 aarch64-linux-gnu
	say 'armhf library' port_library armhf arm-linux-gnueabihf
	say 'i386 library' port_library i386 i686-linux-gnu
	say 's390x library' port_library s390x s390x-linux-gnu
	say 'riscv libraries: no helper of the compiler' tests/cross/bare.sh
	run_variant user-arm64 4
	run_variant user-armhf 4
	run_variant user-i386 20
	run_variant user-s390x 4
}

step_examples() {
	say 'examples of the documents' tests/lint/examples.sh
}

# On all architectures, and the layouts that a build can choose.
step_boot() {
	local shift
	say 'test hypervisor, x86_64' make -s ARCH=x86_64 boot
	say 'test hypervisor, x86_64, partial' make -s ARCH=x86_64 \
		LAYOUT=partial MACHINES='1:64 2:1024:la57off 2:1024:sparse' boot
	for shift in 12 14 16; do
		say "test hypervisor, arm64, PAGE_SHIFT=$shift" make -s \
			ARCH=arm64 PAGE_SHIFT=$shift boot
	done
	say 'test hypervisor, arm64, partial' make -s ARCH=arm64 \
		LAYOUT=partial boot \
		MACHINES='1:64:el2 2:1024:vhe 2:1024:vhe+sparse 2:64:el1+a57'
	say 'test hypervisor, arm32' make -s ARCH=arm32 boot
}

step_bench() {
	say 'instructions per operation' tests/bench/bench.py --gate
}

# One function, so that the script is read before it runs.
main() {
	local step
	for step in ${*:-packages lint build freestanding tests variants \
		clang ports examples boot bench}; do
		echo "== $step"
		"step_$step"
	done
	awk -v seconds=$((SECONDS - begun)) '
		{ p += $1; f += $2; s += $3 }
		END {
			printf "%d min %d s\n", seconds / 60, seconds % 60
			printf "%d passed, %d failed%s\n", p, f,
				s ? ", " s " skipped" : ""
			exit f != 0
		}' "$XMEM_TOTALS"
	exit
}

main "$@"
