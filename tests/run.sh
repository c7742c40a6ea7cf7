#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# run.sh - runs test programs side by side, one line each, and counts
#
# usage: run.sh variant program...
#
# $XMEM_TEST_RUN, if set, is the command that runs a program: an emulator.
# $XMEM_TEST_LEFT names the programs that cannot run in this variant, since
# they need the host machine; each counts as a skipped test.
# A program passes its TAP lines ("ok", "not ok") on; one without any counts
# as one test. A time-out, a crash and a plan that is not fulfilled count as
# one failure. The sums are added to the file $XMEM_TOTALS, if set, and the
# last line is "N passed, M failed, K skipped".
set -u
variant=$1
shift
limit=${XMEM_TEST_TIMEOUT:-180}
logs=build/$variant/log
mkdir -p "$logs"

run_one() {
	local prog=$1 name log start end code ok bad skip plan mark
	name=${prog#"build/$variant/"}
	log=$logs/${name//\//-}.log
	start=${EPOCHREALTIME/[.,]/}
	case $prog in
	*.sh) timeout -k 5 "$limit" bash "$prog" >"$log" 2>&1 </dev/null ;;
	# shellcheck disable=SC2086
	*) timeout -k 5 "$limit" ${XMEM_TEST_RUN:-} "$prog" >"$log" 2>&1 </dev/null ;;
	esac
	code=$?
	end=${EPOCHREALTIME/[.,]/}
	read -r ok bad skip plan < <(awk '
		/^ok / { ok++; skip += tolower($0) ~ /# *skip/ }
		/^not ok / { bad++ }
		/^1\.\.[0-9]/ { plan += substr($0, 4) }
		END { print ok + 0, bad + 0, skip + 0, plan + 0 }' "$log")
	if [ "$((ok + bad))" = 0 ] && [ "$plan" = 0 ] && [ $code = 0 ]; then
		ok=1
	fi
	if [ "$bad" = 0 ] && { [ $code != 0 ] || [ "$ok" -lt "$plan" ]; }; then
		bad=1
	fi
	mark=pass
	if [ "$bad" != 0 ]; then
		mark=FAIL
	fi
	printf '%s %-8s %-42s %4d ok' "$mark" "$variant" "$name" \
		"$((ok - skip))"
	[ "$bad" = 0 ] || printf ' %d failed' "$bad"
	[ "$skip" = 0 ] || printf ' %d skipped' "$skip"
	case $code in
	124 | 137) printf ' (hang: killed after %s s)' "$limit" ;;
	esac
	printf ' %6d ms\n' $(((end - start) / 1000))
	if [ "$bad" != 0 ]; then
		grep -vE '^ok ' "$log" | tail -n 25 | sed 's/^/	| /'
		echo "	| exit code $code; log: $log"
	fi
	echo "$((ok - skip)) $bad $skip" >>"$logs/sums"
}
export -f run_one
export variant limit logs

: >"$logs/sums"
# shellcheck disable=SC2086
left=$(printf '%s\n' ${XMEM_TEST_LEFT:-} | grep -c .)
if [ "$left" != 0 ]; then
	printf 'pass %-8s %-42s %4d ok %d skipped\n' "$variant" \
		'(programs that run on this machine only)' 0 "$left"
	printf '	| %s\n' $XMEM_TEST_LEFT
	echo "0 0 $left" >>"$logs/sums"
fi
printf '%s\n' "$@" |
	xargs -r -P "${XMEM_JOBS:-$(nproc)}" -I{} bash -c 'run_one {}'
awk -v totals="${XMEM_TOTALS:-/dev/null}" '
	{ p += $1; f += $2; s += $3 }
	END {
		print p + 0, f + 0, s + 0 >> totals
		printf "%d passed, %d failed%s\n", p, f,
			s ? ", " s " skipped" : ""
		exit f != 0
	}' "$logs/sums"
