#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# dist.sh - build/xmem-<version>.tar.gz, the same bytes whoever makes it
#
# usage: dist.sh
#
# What is in it: the files that git tracks, as they are here; without git, all
# files but build. Their time is that of the commit, or SOURCE_DATE_EPOCH, or,
# without either, that of the newest file: so that what was unpacked makes the
# same archive again.
set -euo pipefail
cd "$(dirname "$0")/.." || exit 2
export LC_ALL=C
name=xmem-$(tests/version.sh)
archive=build/$name.tar.gz
list=build/dist.list
mkdir -p build

# Not so for a tree that was unpacked below somebody else's repository.
is_repository() {
	[ "$(git rev-parse --show-toplevel 2>/dev/null)" = "$(pwd -P)" ]
}

if is_repository; then
	git ls-files -z | while IFS= read -r -d '' f; do
		[ ! -f "$f" ] || printf '%s\0' "$f"
	done | sort -z >$list
	time=$(git log -1 --format=%ct)
	[ -z "$(git status --porcelain)" ] ||
		echo "dist: note: not all that is here is committed" >&2
else
	find . -type f -not -path './build/*' -printf '%P\0' | sort -z >$list
	time=$(xargs -0 stat -c %Y <$list | sort -n | tail -n 1)
fi
tar -c --null --no-recursion --files-from=$list --format=ustar \
	--mode='u=rwX,go=rX' --owner=0 --group=0 --numeric-owner \
	--mtime="@${SOURCE_DATE_EPOCH:-$time}" --transform="s|^|$name/|" |
	gzip -9n >"$archive.new"
mv "$archive.new" "$archive"
echo "$archive"
