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
		valgrind:valgrind python3:python3 rst2html:python3-docutils gzip:gzip awk:mawk \
		clang-format:clang-format pkg-config:pkg-config git:git \
		pygmentize:python3-pygments ccache:ccache \
		/usr/include/cmocka.h:libcmocka-dev \
		/usr/include/stdio.h:libc6-dev || exit 1
	tests/cross/packages.sh arm64 armhf i386 s390x riscv64 || exit 1
	each_arch boot_tools || exit 1
}

# Its compiler and its QEMU.
boot_tools() {
	quiet_make ARCH="$arch" boot-tools
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
	say 'dist' tests/lint/unpacked.sh
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

# Architectures come by themselves: arch/<folder>/<arch>.check.sh says what to do
# for one beside what is done for all. It defines functions:
#
#	libraries   more builds of the library: calls library()
#	boots	    builds of the test hypervisor: calls boot()
#
# both optional, and what tests/lint/object.sh wants to know.
#
# each_arch function: calls it with $arch for each; 1 if it failed for any.
each_arch() {
	local file failed=0
	for file in arch/*/*.check.sh; do
		(
			arch=$(basename "$file" .check.sh)
			libraries() { :; }
			boots() { :; }
			# shellcheck source=/dev/null
			. "./$file"
			"$1"
		) || failed=1
	done
	return $failed
}

# library name extra-flags [make options]: the freestanding one, of $arch.
library() {
	local name=$1 extra=$2 variant
	shift 2
	variant=$arch-$(echo "$name" | tr -cs 'A-Za-z0-9_\n' -)
	say "$arch $name" library_and_objects "$variant" "$extra" "$@"
}

library_and_objects() { # library_and_objects variant extra-flags [make options]
	local variant=$1 extra=$2
	shift 2
	quiet_make ARCH="$arch" VARIANT="$variant" EXTRA_CFLAGS="$extra" "$@" \
		lib && tests/lint/object.sh "build/$variant/libxmem.a"
}

# usual_flags compiler: the flags that real hosts build with.
usual_flags() {
	local cc=$1 o
	# The Makefile knows the gcc of an architecture.
	set --
	[ "$cc" = gcc ] || set -- CC="$cc"
	library "$cc -fpic, hidden" '-fpic -fvisibility=hidden' "$@"
	for o in 1 3; do
		library "$cc -O$o" '' OPT=-O$o "$@"
	done
	library "$cc -fsanitize=undefined" -fsanitize=undefined "$@"
	library "$cc XMEM_DEBUG=3" -DXMEM_DEBUG=3 "$@"
	library "$cc own types, -nostdinc" -nostdinc \
		PORT=tests/lint/nostdinc "$@"
}

step_freestanding() {
	each_arch all_libraries
	# shellcheck disable=SC2046
	{
		say 'calls go down, nothing allowed in vain' \
			tests/lint/calls.py --used $(each_arch plain_library)
		say 'calls of public functions' tests/lint/calls.py --public \
			$(each_arch plain_library) $(each_arch debug_library)
	}
}

all_libraries() {
	library gcc ''
	library clang '' CC=clang
	usual_flags gcc
	say "calls go down, $arch" tests/lint/calls.py "$(plain_library)" \
		"$(debug_library)"
	libraries
}

# Two of them, by the compiler of $arch.
plain_library() {
	echo "build/$arch-gcc/libxmem.a"
}

debug_library() {
	echo "build/$arch-gcc-XMEM_DEBUG-3/libxmem.a"
}

stack_usage() {
	quiet_make ARCH="$arch" VARIANT="$arch-stack" CC=gcc \
		EXTRA_CFLAGS=-fstack-usage lib &&
		tests/lint/stack.sh "build/$arch-stack"
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
	each_arch boots
}

# boot name [make options]: the test hypervisor of $arch.
boot() {
	local name=$1
	shift
	say "test hypervisor, $arch${name:+, $name}" make -s ARCH="$arch" "$@" \
		boot
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
