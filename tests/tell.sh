# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
#
# tell.sh - how a script that tries many things reports them; to be sourced
#
# tell exit-code description [log]: a line of TAP, numbered. If the code is not
# 0, the beginning of the log comes first, and $failed is 1 from then on.
n=0
failed=0
tell() {
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		grep -v '^not ok' "${3:-/dev/null}" | head -n 12
		echo "not ok $n - $2"
		failed=1
	fi
}
