#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# packages.sh - make sure that tools are there: install them, or name them
#
# usage: packages.sh tool:package...   (a tool with a / is a file to look for)
#
# Installs with apt-get, as root or with a sudo that asks no password. Exit
# status 2 and the names of the packages where that is not possible.
missing=()
for pair; do
	case $pair in
	/*) [ -e "${pair%%:*}" ] && continue ;;
	*) command -v "${pair%%:*}" >/dev/null && continue ;;
	esac
	missing+=("${pair#*:}")
done
[ ${#missing[@]} != 0 ] || exit 0
root=
if [ "$(id -u)" != 0 ]; then
	root="sudo -n"
fi
if ! command -v apt-get >/dev/null || ! $root true 2>/dev/null; then
	echo "These Debian packages are missing; install them first:"
	echo "  apt-get install ${missing[*]}"
	exit 2
fi
echo "installing: ${missing[*]}"
log=$(mktemp)
if $root apt-get -q update >"$log" 2>&1 </dev/null &&
	$root env DEBIAN_FRONTEND=noninteractive apt-get -qy install \
		--no-install-recommends "${missing[@]}" >"$log" 2>&1 </dev/null
then
	rm -f "$log"
	exit 0
fi
tail -n 20 "$log"
rm -f "$log"
echo "apt-get could not install: ${missing[*]}"
exit 2
