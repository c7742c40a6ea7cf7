#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# check.sh - everything that must pass; the last line counts
#
# usage: check.sh [step...]   without arguments all steps, in this order:
# packages lint build freestanding tests variants ports examples bench boot
#
# A step goes on after a failure, so that one run shows all that is wrong.
# Logs: build/check/log. Instrumented variants run a share of the random
# steps (XMEM_TEST_PERCENT), the plain one a fifth of them.
set -u
cd "$(dirname "$0")/.." || exit 2
export WERROR=1 CI=${CI:-true} LC_ALL=C
unset MAKEFLAGS MFLAGS MAKELEVEL
mkdir -p build/check/log
export XMEM_TOTALS=$PWD/build/check/totals
: >"$XMEM_TOTALS"
# Debuggers' information only where lines are named: by sanitizers and callgrind.
# (No ccache: of what is compiled here, one source in five is known again, and
# each of the others costs a quarter more.)
export G=-g0
jobs=$(nproc)
begun=$SECONDS

# say name command...: runs it; its TAP lines count, else its exit code.
say() {
	local lines
	lines=$(report "$@")
	echo "$lines"
}

# later name command...: the same beside others, one a CPU; settle waits for
# all of them. Nothing may depend on the order, nor share a directory in build.
later() {
	while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do
		wait -n
	done
	width=1 say "$@" &
}

settle() {
	wait
}

report() {
	local name=$1 log start cpu ok bad skip code mark=pass TIMEFORMAT='%U %S'
	shift
	log=build/check/log/$(echo "$name" | tr ' /' '--').log
	start=$SECONDS
	cpu=$({ time "$@" >"$log" 2>&1 </dev/null; } 2>&1)
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
	sed -n 's/^# tried: \(.*\)/, \1/p' "$log" | tr -d '\n'
	printf ' %6d s, CPU %.0f\n' $((SECONDS - start)) \
		"$(echo "$cpu" | awk '{ print $1 + $2 }')"
	if [ "$bad" != 0 ]; then
		grep -vE '^ok ' "$log" | tail -n 25 | sed 's/^/	| /'
		echo "	| exit code $code; log: $log"
	fi
	echo "$((ok - skip)) $bad $skip" >>"$XMEM_TOTALS"
}

quiet_make() {
	make -s -j"${width:-$jobs}" "$@"
}

step_packages() {
	tests/packages.sh gcc:gcc g++:g++ clang:clang clang++:clang ld.lld:lld llvm-ar:llvm ld:binutils readelf:binutils \
		valgrind:valgrind python3:python3 rst2html:python3-docutils gzip:gzip awk:mawk \
		clang-format:clang-format pkg-config:pkg-config git:git \
		pygmentize:python3-pygments \
		spin:spin /usr/include/cmocka.h:libcmocka-dev \
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
	later 'install, and its options' tests/lint/installed.sh
	later 'dist' tests/lint/unpacked.sh
	later 'pairs that do not link' tests/lint/pairs.sh
	later 'calls go down, host' tests/lint/calls.py build/host/libxmem.a
	later 'host library, clang' quiet_make VARIANT=clang CC=clang lib
	later 'demo (with its build)' demo_from_scratch
	later 'pkg-config xmem-host' pkg_config_program
	later 'docs' tests/docs.sh build/docs
	settle
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
#	$also	    flags of what is compiled, in the build with a sanitizer
#	after_libraries	    looks at those that are built: calls later()
#	boots	    builds of the test hypervisor: calls boot()
#	guards	    prints the flags by which compiler $1 guards branches
#
# all optional, and what tests/lint/object.sh wants to know.
#
# each_arch function: calls it with $arch for each; 1 if it failed for any.
each_arch() {
	local file failed=0
	for file in arch/*/*.check.sh; do
		(
			arch=$(basename "$file" .check.sh)
			libraries() { :; }
			also=
			after_libraries() { :; }
			boots() { :; }
			guards() { :; }
			# shellcheck source=/dev/null
			. "./$file"
			"$1"
			code=$?
			settle
			exit $code
		) || failed=1
	done
	return $failed
}

# library name extra-flags [make options]: the freestanding one, of $arch. What
# is looked at is warnings and object code; debuggers' information is neither.
# Flags that have nothing to do with each other may share a build: one of how
# code is made, one of what is compiled. A warning, a symbol or a relocation that
# one of them brings is not hidden by the other.
library() {
	local name=$1 extra=$2 variant
	shift 2
	variant=$arch-$(echo "$name" | tr -cs 'A-Za-z0-9_\n' -)
	later "$arch $name" library_and_objects "$variant" "$extra" "$@"
}

library_and_objects() { # library_and_objects variant extra-flags [make options]
	local variant=$1 extra=$2
	shift 2
	quiet_make ARCH="$arch" VARIANT="$variant" G=-g0 EXTRA_CFLAGS="$extra" \
		"$@" lib && tests/lint/object.sh "build/$variant/libxmem.a"
}

weak_api='-DXMEM_CONFIG_WEAK_PAGES=1 -DXMEM_CONFIG_WEAK_OBJECTS=1'
weak_api="$weak_api -DXMEM_CONFIG_WEAK_MAPS=1"

# hostile_host compiler [make options]: tests/lint/hostile, with flags of hosts
# that guard their branches. One more thing is looked at in its objects: whether
# functions whose address is taken are marked.
hostile_host() {
	local variant=$arch-hostile-$1 extra pads=
	extra="-std=gnu99 -nostdinc -fpic -fvisibility=hidden -ffunction-sections"
	extra="$extra -Wdeclaration-after-statement $(guards "$1")"
	case $extra in
	*-mmanual-endbr*) pads=-endbr ;;
	esac
	shift
	library_and_objects "$variant" "$extra" PORT=tests/lint/hostile "$@" &&
		tests/lint/callbacks.py $pads "build/$variant/libxmem.a"
}

# usual_flags compiler: the flags that real hosts build with.
usual_flags() {
	local cc=$1
	# The Makefile knows the gcc of an architecture.
	set --
	[ "$cc" = gcc ] || set -- CC="$cc"
	# -O3 inlines more, which makes no name or declaration right.
	later "$arch $cc -O3, a host that stops at nothing" hostile_host "$cc" \
		OPT=-O3 "$@"
	library "$cc -fsanitize=undefined${also:+, $also}" \
		"-fsanitize=undefined $also" "$@"
	# A weak API: what the library needs of its own functions is seen.
	library "$cc -O1, XMEM_DEBUG=3" "-DXMEM_DEBUG=3 $weak_api" OPT=-O1 "$@"
}

step_freestanding() {
	each_arch all_libraries
	# shellcheck disable=SC2046
	{
		later 'calls go down, nothing allowed in vain' \
			tests/lint/calls.py --used build/host/libxmem.a \
			$(each_arch plain_library)
		later 'calls of public functions' tests/lint/calls.py --public \
			$(each_arch plain_library) $(each_arch debug_library)
	}
	settle
}

all_libraries() {
	library gcc -fstack-usage
	library clang '' CC=clang
	usual_flags gcc
	libraries
	later "$arch data and bss" tests/lint/data.sh "$arch"
	settle
	later "calls go down, $arch" tests/lint/calls.py "$(plain_library)" \
		"$(debug_library)"
	after_libraries
}

# Two of them, by the compiler of $arch.
plain_library() {
	echo "build/$arch-gcc/libxmem.a"
}

debug_library() {
	echo "build/$arch-gcc-O1-XMEM_DEBUG-3/libxmem.a"
}

# The default library of $arch, as gcc has counted its stack and objects are
# counted.
stack_usage() {
	tests/lint/stack.sh "build/$arch-gcc" &&
		tests/lint/object.sh "$(plain_library)" -size
}

# run_variant name percent [make options]: its library, machine and tests.
run_variant() {
	local v=$1 percent=$2
	shift 2
	[ "$v" = host ] || set -- TEST_AGAIN=1 "$@"
	say "build of variant $v" quiet_make -k VARIANT="$v" "$@" tests
	XMEM_TEST_PERCENT=$percent make -s -k VARIANT="$v" "$@" test-run \
		2>/dev/null | grep -E '^(pass|FAIL|	)'
}

# A fifth of the random steps, as in make test: seeded bugs are found with a
# tenth of them. All of them: make test T=... (100 %), or XMEM_TEST_PERCENT=100.
# A third of the seeded bugs, which the commit chooses (mutate.py); the others
# apply. A test that goes blind is seen some commits later, and most tests have
# several seeds. All of them, before a release and for those who change tests:
# make mutate.
step_tests() {
	local few=20
	run_variant host $few
	XMEM_TEST_TIMEOUT=600 tests/run.sh scripts tests/embed/*.sh | grep -E '^(pass|FAIL|	)'
	say 'spin: caches of CPUs, all runs of a model' tests/spin/run.sh
	say 'seeded bugs: the words for them' tests/mutate/selftest.py
	say 'seeded bugs: a test fails for each' tests/mutate/mutate.py \
		--passed $few --share 3
	say 'seeded bugs for QEMU apply' tests/mutate/mutate.py --boot all --dry
}

# What the host does not have, without the programs that say once: (tests.mk):
# another one of the variant has the same layers. The plain variant (gcc -O2, but
# for simulated architectures; 4 KiB, most steps) is step_tests; of the others
# each has one thing that the compiler checks, and one that the library does,
# since neither hides what the other finds:
#
#	san	sanitizers, on code with all of the library's own checks on: what
#		fails first is a failure
#	ps14	pages of 16 KiB: without the programs whose pages are always of
#		one size, which are those of the plain variant (tests.mk: pages:)
#	ps16	pages of 64 KiB, compiled by clang; the programs of one size
#		too, since here they are clang's. Neither has tests/embed: each
#		host there compiles most of the library anew, and what it is
#		about does not depend on the size of pages
#	ps16s	of that the architectures (tests/sim), but those of one size
#	tsan	threads only, an eighth of their steps: a race is seen when both
#		sides have run once in any order; make soak has them for minutes
#	lto	what -flto can break: the machine, which finds the library's
#		variables by section
#
# -O0 where the code that is made is not what is tried: half as much to compile,
# but for models, which run longer than they compile (tests.mk: OPT_MODEL).
# Clang's optimizer is tried by ps16, on all but the architectures, which have
# nothing but their assembler that a compiler could get wrong, and the simulated
# ones have none. (Not -O0 in an emulator: there it costs more than it saves.)
step_variants() {
	run_variant san 2 G=-g1 OPT=-O0 EXTRA_CFLAGS=-DXMEM_DEBUG=3
	local plain='unit model misuse contract stress machine bench/adapters'
	run_variant ps14 3 OPT=-O0 TEST_VARIED=1 TEST_DIRS="$plain sim"
	run_variant ps16 3 OPT=-O1 CC=clang TEST_DIRS="$plain"
	run_variant ps16s 3 PAGE_SHIFT=16 OPT=-O0 CC=clang TEST_VARIED=1 \
		TEST_DIRS=sim
	run_variant tsan 12 G=-g1 TEST_DIRS=stress
	run_variant lto 10 EXTRA_CFLAGS=-flto=auto TEST_DIRS=machine
}

# The library for another architecture, warnings and all, as its tests take it.
port_library() { # port_library target tool-prefix
	quiet_make VARIANT="user-$1" OPT=-O1 lib &&
		tests/cross/symbols.sh "build/user-$1/libxmem.a" "$2-"
}

step_ports() {
	later 'arm64 library' port_library arm64 aarch64-linux-gnu
	later 'armhf library' port_library armhf arm-linux-gnueabihf
	later 'i386 library' port_library i386 i686-linux-gnu
	later 's390x library' port_library s390x s390x-linux-gnu
	later 'riscv libraries: no helper of the compiler' tests/cross/bare.sh
	settle
	# Word size, alignment, byte order and the sign of char. Models run where
	# a word is not this machine's: 32 bits on i386, which needs no emulator.
	# The other byte order (s390x) can only matter where a word is read in
	# pieces: each function is tried there, but not each history of a model.
	# What the two Arms have of their own is atomics, alignment and the sign
	# of char. -O1, as the libraries above, which are theirs: what ships is
	# compiled and looked at in freestanding, and boots.
	run_variant user-arm64 2 OPT=-O1 TEST_DIRS='unit misuse stress'
	run_variant user-armhf 2 OPT=-O1 TEST_DIRS='unit misuse stress'
	run_variant user-i386 5 OPT=-O1
	run_variant user-s390x 2 OPT=-O1 TEST_DIRS='unit misuse stress'
}

step_examples() {
	later 'examples of the documents' tests/lint/examples.sh
}

# On all architectures, and the layouts that a build can choose.
step_boot() {
	settle
	each_arch boots
}

# boot name [make options]: the test hypervisor of $arch. What differs from the
# usual one by a layout or by the size of pages is not how its code is made, nor
# how it bears a load: a share of that.
boot() {
	local name=$1
	shift
	case $name in
	'' | PAGE_SHIFT=12) ;;
	*)
		set -- OPT=-O1 "$@"
		local -x BOOT_APPEND=percent=30
		;;
	esac
	say "test hypervisor, $arch${name:+, $name}" make -s ARCH="$arch" "$@" \
		boot
}

step_bench() {
	local -x G=-g1
	later 'page frames' tests/bench/bench_pages.py --gate
	later 'instructions per operation' tests/bench/bench.py --gate
	settle
}

# One function, so that the script is read before it runs.
main() {
	local step
	for step in ${*:-packages lint build freestanding tests variants \
		ports examples bench boot}; do
		echo "== $step"
		"step_$step"
	done
	settle
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
