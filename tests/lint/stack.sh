#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# stack.sh - no dynamic stack frame, none above 512 bytes, few above 256
#
# usage: stack.sh build-dir   (compiled with -fstack-usage)
find "$1" -name '*.su' -print0 | xargs -0 cat | awk -F '\t' '
	{ n++ }
	$3 !~ /^static/ && $3 !~ /bounded/ { print $0; bad = 1; next }
	$2 > 512 { print $0; bad = 1; next }
	$2 > 256 { print "# above the target of 256: " $0 }
	$2 > max { max = $2; at = $1 }
	END {
		print "# " n " frames, largest " max " bytes: " at
		if (!n) { bad = 1 }
		print (bad ? "not " : "") "ok 1 - stack frames"
		exit bad
	}'
