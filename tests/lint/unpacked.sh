#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# unpacked.sh - `make dist` makes the same archive each time, of what git
# tracks, and what is unpacked from it builds, and makes the archive again
#
# usage: unpacked.sh
set -u
cd "$(dirname "$0")/../.." || exit 2
version=$(tests/version.sh)
name=xmem-$version
out=$PWD/build/unpacked
rm -rf "$out"
mkdir -p "$out"
. tests/tell.sh

# dist_to file [assignment...]: make dist with another environment.
dist_to() {
	local file=$1
	shift
	env "$@" make -s dist >"$out/log" 2>&1 &&
		mv "build/$name.tar.gz" "$out/$file"
	tell $? "make dist $*" "$out/log"
}

same() { # same what file
	cmp "$out/first.tar.gz" "$2" >"$out/log" 2>&1
	tell $? "$1" "$out/log"
}

# Tracked files, or without git all that is no product of a build.
names() {
	if [ -e .git ]; then
		git ls-files | while read -r f; do
			[ ! -f "$f" ] || echo "$f"
		done
	else
		find . -type f -not -path './build/*' -printf '%P\n'
	fi | LC_ALL=C sort
}

dist_to first.tar.gz
umask 077
dist_to second.tar.gz TZ=Asia/Tokyo LC_ALL=C.UTF-8
umask 022
same 'the same bytes with another umask, time zone and language' \
	"$out/second.tar.gz"

tar -xzf "$out/first.tar.gz" -C "$out" >"$out/log" 2>&1
tell $? 'it is unpacked' "$out/log"
diff <(names) <(cd "$out/$name" && LC_ALL=C find . -type f -printf '%P\n' |
	LC_ALL=C sort) >"$out/log" 2>&1
tell $? 'its files are those that are tracked' "$out/log"
names | while read -r f; do
	cmp "$f" "$out/$name/$f" || exit 1
done >"$out/log" 2>&1
tell $? 'their content is that of the tree' "$out/log"

make -s -C "$out/$name" dist >"$out/log" 2>&1
tell $? 'make dist, unpacked' "$out/log"
same 'the same bytes from what was unpacked' "$out/$name/build/$name.tar.gz"
make -s -C "$out/$name" WERROR=1 OPT=-O0 lib >"$out/log" 2>&1
tell $? 'make WERROR=1 lib, unpacked' "$out/log"
make -s -C "$out/$name" ARCH=x86_64 WERROR=1 OPT=-O0 >"$out/log" 2>&1
tell $? 'make ARCH=x86_64 WERROR=1, unpacked' "$out/log"
[ "$(PKG_CONFIG_PATH=$out/$name/build/x86_64 pkg-config --modversion xmem)" \
	= "$version" ] >"$out/log" 2>&1
tell $? "pkg-config says $version" "$out/log"
exit "$failed"
