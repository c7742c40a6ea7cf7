#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# layers.sh - make LAYERS= builds what src/layers.mk says, with the host's flags
#
# Each layer alone and some together, for two architectures, by gcc; all of them by
# clang, whose options are another question than which layer a source is in; then
# for the embedders of this folder, whose programs are linked with that. One
# compiler each: archive.sh has the same hosts by gcc.
set -u
cd "$(dirname "$0")/../.." || exit 2
unset MAKEFLAGS MFLAGS MAKELEVEL # no jobserver reaches this script
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
. tests/tell.sh
. tests/embed/common/sources.sh
log=$out/log

names() { # names file...: of sources, as members
	basename -a -s .c "$@" | sort
}

members() { # members archive
	ar t "$1" | sed 's/\.o$//' | sort
}

all=$(make -s layers | sed 's/:.*//' | tr '\n' ' ')
all=${all% }

# ---- Names.

make LAYERS=objects,vmaps lib >"$log" 2>&1
[ $? = 2 ] && grep -q 'no layer vmaps' "$log"
tell $? 'a layer that does not exist is an error'
for layer in $all; do
	grep -qw "$layer" "$log" || echo "$layer"
done >"$out/missing"
[ -n "$all" ] && [ ! -s "$out/missing" ]
tell $? 'which names those that exist' "$out/missing"
# shellcheck disable=SC2046
diff <(names $(make -s ARCH=x86_64 LAYERS="${all// /,}" layers)) \
	<(names src/*/*.c arch/x86/*.c) >"$log"
tell $? 'every source is in a layer' "$log"

# ---- The host's flags.

rm -rf build/layers-flags
make V=1 ARCH=x86_64 VARIANT=layers-flags LAYERS=xvmalloc WERROR=1 \
	CFLAGS='-O1 -DMINE=1 -Wdeclaration-after-statement' lib >"$log" 2>&1
tell $? 'flags of the host' "$log"
grep -- '-c -o' "$log" >"$out/line"
grep -q -- '-O1 -DMINE=1' "$out/line" && grep -q -- '-ffreestanding' "$out/line" &&
	grep -q -- '-mno-red-zone' "$out/line"
tell $? 'are in use, with those that the library needs' "$out/line"
! grep -oE -- ' -(W[a-ce-z][a-z-]*|O2|Os|g)( |$)' "$out/line" >"$log"
tell $? 'and none of ours' "$log"

# ---- Layers of an architecture.

# try_arch arch compiler layers
try_arch() {
	local v="layers-$1-$2-$3"
	rm -rf "build/$v"
	make -s ARCH="$1" CC="$2" VARIANT="$v" LAYERS="$3" \
		CFLAGS='-O0 -fno-pic -fno-stack-protector' lib >"$log" 2>&1 &&
		diff <(members "build/$v/libxmem.a") \
			<(names $(make -s ARCH="$1" LAYERS="$3" layers)) >>"$log"
	tell $? "$3, $1, $2" "$log"
}

for layers in $all objects,maps tables,direct pages,boot,objects; do
	try_arch x86_64 gcc "$layers"
done
try_arch x86_64 clang "${all// /,}"
try_arch arm64 aarch64-linux-gnu-gcc tables,maps

# ---- Layers of embedders, who have the headers of an architecture. Those of a
# layer that a program does not need do no harm.

# try_embedder program layers compiler
try_embedder() {
	local cc=$3 prog=$1 port=tests/embed/common flags
	[ ! -f "tests/embed/$1/xmem_port.h" ] || port=tests/embed/$1
	flags="-O0 -Itests/embed/$1 -Itests/embed/common"
	# shellcheck disable=SC2046
	make -s CC="$cc" VARIANT="layers-$cc-$prog" LAYERS="$2" PORT="$port" \
		CFLAGS="$flags" >"$log" 2>&1 &&
		$cc -std=gnu11 $flags -Iinclude -Isrc -Iarch/common/include \
			-o "$out/prog" $(sources_of "$prog") \
			"build/layers-$cc-$prog/libxmem.a" >>"$log" 2>&1 &&
		timeout 60 "$out/prog" >>"$log" 2>&1
	tell $? "$prog with make LAYERS=$2, $cc" "$log"
}

try_embedder objects_alone objects clang
try_embedder objects_alone objects,xvmalloc clang
try_embedder maps_alone maps gcc
try_embedder maps_alone maps,objects,xvmalloc gcc
try_embedder pages_alone pages gcc
try_embedder pages_alone pages,objects gcc
try_embedder foreign_page pages,boot clang
try_embedder own_accounting blocks,objects gcc
try_embedder full_host blocks,objects,maps,xvmalloc clang
exit $failed
