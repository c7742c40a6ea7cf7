# SPDX-License-Identifier: BSD-2-Clause
# files.sh - list the project's files (sourced; run from the top)
list_files() {
	if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
		git ls-files -co --exclude-standard -- "$@"
	else
		find "$@" -type f -not -path './build/*' | sed 's|^\./||'
	fi | while read -r f; do
		[ -f "$f" ] && echo "$f"
	done | grep -v '^build/' | sort -u
}

# finish what: succeeds if the file $bad is empty, else prints and fails.
bad=$(mktemp)
trap 'rm -f "$bad"' EXIT
finish() {
	if [ -s "$bad" ]; then
		awk '!seen[$0]++' "$bad"
		echo "not ok 1 - $1"
		exit 1
	fi
	echo "ok 1 - $1"
}
