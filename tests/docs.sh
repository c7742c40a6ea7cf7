#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# docs.sh - docs/*.rst as HTML
#
# usage: docs.sh directory
tool=rst2html
mkdir -p "$1" || exit 1
for f in docs/*.rst; do
	"$tool" --halt=3 "$f" "$1/$(basename "$f" .rst).html" || exit 1
	echo "$1/$(basename "$f" .rst).html"
done
cp docs/*.md docs/*.svg README.md "$1" 2>/dev/null
exit 0
