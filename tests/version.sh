#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# version.sh - print the version that include/xmem/version.h says
cd "$(dirname "$0")/.." || exit 2
awk '$1 == "#define" && $2 ~ /^XMEM_VERSION_(MAJOR|MINOR|PATCH)$/ {
	number[$2] = $3
} END {
	print number["XMEM_VERSION_MAJOR"] "." number["XMEM_VERSION_MINOR"] \
		"." number["XMEM_VERSION_PATCH"]
}' include/xmem/version.h
