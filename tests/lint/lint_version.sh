#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# lint_version.sh - whatever says a version says that of <xmem/version.h>
. tests/lint/files.sh
version=$(tests/version.sh)
heading='## [0-9]+(\.[0-9]+){2} - (unreleased|[0-9]{4}(-[0-9]{2}){2})'
{
	echo "$version" | grep -qxE '(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*)){2}' ||
		echo "include/xmem/version.h: $version is no major.minor.patch"
	text=$(printf '#include <xmem/version.h>\nXMEM_VERSION\n' |
		gcc -E -P -Iinclude - | tr -d ' "\n')
	[ "$text" = "$version" ] ||
		echo "include/xmem/version.h: XMEM_VERSION is \"$text\""
	newest=$(sed -n 's/^## \([^ ]*\).*/\1/p' docs/CHANGELOG.md | head -n 1)
	[ "$newest" = "$version" ] ||
		echo "docs/CHANGELOG.md: the newest is $newest, not $version"
	grep '^## ' docs/CHANGELOG.md | grep -vxE "$heading" |
		sed 's/^/docs\/CHANGELOG.md: not "## version - date": /'
	sed '0,/^## /d' docs/CHANGELOG.md | grep '^## .*unreleased' |
		sed 's/^/docs\/CHANGELOG.md: only the newest can be: /'
	for f in $(list_files . | grep '\.pc\.in$'); do
		grep -qx 'Version: @version@' "$f" ||
			echo "$f: its version is not @version@"
	done
	tag=$(git describe --exact-match --tags --match 'v[0-9]*' 2>/dev/null)
	[ -z "$tag" ] || [ "$tag" = "v$version" ] ||
		echo "this commit is tagged $tag, and says $version"
} >"$bad"
finish "the version is $version everywhere"
