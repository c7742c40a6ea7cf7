#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# packages.sh - what the tests of a port need: a compiler, an emulator, and
# cmocka of the other architecture in build/cross/<debarch>
#
# usage: packages.sh debarch...	    arm64, armhf, i386, s390x; riscv64, for
#				    which a compiler is all (bare.sh)
#
# The compilers are packages of this machine; tests/packages.sh installs them.
# The library is a package of the other architecture. It is fetched by an
# apt-get that is told to be such a machine, with package lists, cache and
# list of sources of its own below build/: nothing of this machine changes, no
# foreign architecture is added. Once unpacked it stays, until `make clean`. Exit status 2 and a message where that is not possible.
set -u
cd "$(dirname "$0")/../.." || exit 2
top=$PWD/build/cross

fail() {
	echo "tests/cross/packages.sh: $*"
	exit 2
}

# triple_of debarch: the name that its compiler goes by.
triple_of() {
	case $1 in
	arm64) echo aarch64-linux-gnu ;;
	armhf) echo arm-linux-gnueabihf ;;
	i386) echo i686-linux-gnu ;;
	s390x | riscv64) echo "$1-linux-gnu" ;;
	*) return 1 ;;
	esac
}

# tools_of debarch: words for tests/packages.sh.
tools_of() {
	local triple
	triple=$(triple_of "$1") || return 1
	echo "$triple-gcc:gcc-$triple"
	[ "$1" != riscv64 ] || return 0
	echo "/usr/$triple/include/stdio.h:libc6-dev-$1-cross"
	echo "qemu-$(qemu_of "$1"):qemu-user"
}

qemu_of() {
	case $1 in
	arm64) echo aarch64 ;;
	armhf) echo arm ;;
	*) echo "$1" ;;
	esac
}

# Packages to unpack.
packages='libcmocka-dev libcmocka0'

# Where apt looks for Debian's main component, one line for each suite. Of
# the updates nothing is needed, and other archives have nothing to offer.
sources() {
	local files=(/etc/apt/sources.list.d/*.sources)
	[ ! -e "${files[0]}" ] || awk '
	function flush(  i, j, nu, ns, option) {
		nu = split(field["uris"], uri)
		ns = split(field["suites"], suite)
		option = field["signed-by"]
		option = option ~ /^\// ? "[signed-by=" option "] " : ""
		if (field["types"] ~ /(^| )deb( |$)/ &&
		    field["components"] ~ /(^| )main( |$)/ &&
		    tolower(field["enabled"]) !~ /^(no|false|0)$/) {
			for (i = 1; i <= nu; i++) {
				for (j = 1; j <= ns; j++) {
					print "deb", option uri[i], suite[j], "main"
				}
			}
		}
		split("", field)
	}
	FNR == 1 { flush() }
	/^[ \t]*$/ { flush(); next }
	/^#/ { next }
	/^[^ \t]/ {
		key = tolower(substr($0, 1, index($0, ":") - 1))
		sub(/^[^:]*:[ \t]*/, "")
		field[key] = $0
		next
	}
	{ field[key] = field[key] " " $0 }
	END { flush() }' "${files[@]}"
	cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
		awk '$1 == "deb" {
			option = ""
			if (match($0, /signed-by=[^] \t]+/)) {
				option = "[" substr($0, RSTART, RLENGTH) "] "
			}
			sub(/\[[^]]*\]/, "")
			if ((" " $0 " ") ~ / main /) {
				print "deb", option $2, $3, "main"
			}
		}'
}

debian_sources() {
	sources | grep -E '://[^ ]*debian/? [^ ]+ main$' |
		grep -vE ' [^ ]*[-/][^ ]* main$' | sort -u
}

# apt debarch command...: apt-get as on a machine of that architecture.
apt() {
	local arch=$1 state=$top/apt/$1
	shift
	apt-get -q -o APT::Architecture="$arch" \
		-o APT::Architectures="$arch" \
		-o APT::Sandbox::User=root \
		-o Acquire::Languages=none \
		-o Dir::State::Lists="$state/lists" \
		-o Dir::Cache="$state/cache" \
		-o Dir::Etc::SourceList="$state/sources.list" \
		-o Dir::Etc::SourceParts=/dev/null \
		"$@" </dev/null
}

# The download leaves its files in the current directory.
fetch() { # fetch debarch log
	local state=$top/apt/$1
	mkdir -p "$state/lists/partial" "$state/cache/archives/partial" \
		"$state/debs"
	debian_sources >"$state/sources.list"
	[ -s "$state/sources.list" ] ||
		fail "no Debian archive in /etc/apt/sources.list*"
	{
		apt "$1" --error-on=any update || {
			sleep 3
			apt "$1" --error-on=any update
		}
	} >"$2" 2>&1 || return 1
	# shellcheck disable=SC2086
	(cd "$state/debs" && rm -f ./*.deb &&
		apt "$1" download $packages) >>"$2" 2>&1
}

# The mark "complete" is set last, by a rename of the whole tree.
unpack() { # unpack debarch
	local new=$top/$1.new deb
	rm -rf "$new" "${top:?}/$1"
	mkdir -p "$new"
	for deb in "$top/apt/$1/debs"/*.deb; do
		dpkg-deb -x "$deb" "$new" || return 1
	done
	echo "$packages" >"$new/complete"
	mv "$new" "$top/$1"
}

libraries() { # libraries debarch
	local log=$top/apt/$1.log
	case "$(cat "$top/$1/complete" 2>/dev/null) " in
	"$packages "*) return ;;
	esac
	command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null ||
		fail "needs apt-get and dpkg-deb: this is not Debian"
	mkdir -p "$top/apt"
	echo "fetching for $1: $packages"
	if ! fetch "$1" "$log"; then
		tail -n 20 "$log"
		fail "cannot fetch the packages of $1 (no network?); log: $log"
	fi
	unpack "$1" || fail "cannot unpack the packages of $1"
	# The lists are large and are not needed again.
	rm -rf "$top/apt/$1/lists" "$top/apt/$1/cache"
}

tools=()
for arch; do
	words=$(tools_of "$arch") || fail "no port named $arch"
	# shellcheck disable=SC2206
	tools+=($words)
done
tests/packages.sh "${tools[@]}" || exit 2
for arch; do
	[ "$arch" = riscv64 ] || libraries "$arch"
done
