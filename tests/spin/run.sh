#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# run.sh - spin looks for a run of steal.pml that breaks a property
#
# usage: run.sh [all]
#
# In the protocol as it is there must be none, all states searched. With each
# mistake there must be one, and of the kind that it is listed with. Prints TAP.
# `all` has larger searches as well, of some minutes and up to 6 GB each.
# To see the run that was found: cd build/spin/<name> && ./pan -m4000000;
# spin <the flags in its log> -p -g -t ../../../tests/spin/steal.pml
set -u
cd "$(dirname "$0")/../.." || exit 2
model=$PWD/tests/spin/steal.pml
top=$PWD/build/spin
rm -rf "$top"
mkdir -p "$top"

# search directory optimization flags: prints what spin has found, and how many
# states there are; nothing if the search has failed.
search() {
	local dir=$top/$1 opt=$2 for_pan='-DSAFETY -DNOFAIR' run=-m4000000
	shift 2
	case $* in
	*PROGRESS*) for_pan='-DNP' run="$run -l -f" ;;
	esac
	case $* in
	*HANDLER*) for_pan="$for_pan -DNOREDUCE" ;; # spin says so: provided()
	esac
	mkdir "$dir" && cd "$dir" || return
	# shellcheck disable=SC2086
	{
		echo "flags: $*"
		spin -a "$@" "$model" && gcc -w "$opt" -DCOLLAPSE \
			-DMEMLIM=6000 $for_pan -o pan pan.c && ./pan $run -w22
	} >log 2>&1
	if grep -q 'depth too small\|Search not completed' log &&
		! grep -q '^pan:1:' log; then
		return
	fi
	sed -n -e 's/^pan:1: \(.*\) (at depth.*/\1,/p' \
		-e 's/^ *\([0-9.e+]*\) states, stored.*/\1 states/p' log |
		tr '\n' ' '
}

# holds name flags: nothing may be found.
holds() {
	local name=$1 found
	shift
	found=$(search "${name//[^A-Za-z0-9]/_}" "$optimize" "$@")
	case $found in
	*,* | '') say not "$name: ${found:-the search did not end}" ;;
	*) say '' "$name: $found" ;;
	esac
}

# finds mistake how flags: what is found must have the words `how`.
finds() {
	local bug=$1 how=$2 found
	shift 2
	found=$(search "$bug" -O0 -DBUG="$bug" "$@")
	case $found in
	*"$how"*,*) say '' "found, $bug: $found" ;;
	*) say not "found, $bug, by $how: ${found:-nothing}" ;;
	esac
}

say() {
	echo "${1:+$1 }ok - $2"
}

later() {
	while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do
		wait -n
	done
	"$@" &
}

all() {
	local optimize=-O2
	later holds 'three CPUs have caches' -DCPUS=3
	later holds 'two thieves, store buffers' -DCPUS=3 -DCACHES=1
	later holds 'a handler, store buffers' -DHANDLER -DCACHES=1
	later holds 'a handler, two have caches' -DHANDLER
	later holds 'by a barrier of each CPU, a handler' -DFENCED -DHANDLER \
		-DCACHES=1 -DPENDING=1
	later holds 'two frames' -DFRAMES=2 -DMASKED
	later holds 'caches of two frames' -DSLOTS=2 -DFRAMES=3
}

# A search of seconds is over before -O2 has compiled it.
optimize=-O0
{
	[ "${1:-}" != all ] || all
	later holds 'two have caches' -DMASKED
	later holds 'long store buffers' -DPENDING=3
	later holds 'two thieves without a cache' -DCPUS=3 -DCACHES=1 -DPENDING=1
	later holds 'a handler' -DHANDLER -DCACHES=1 -DPENDING=1
	later holds 'a CPU goes down' -DDOWN
	later holds 'by a barrier of each CPU' -DFENCED -DMASKED
	later holds 'progress' -DPROGRESS -DMASKED
	later finds NO_BARRIER users
	later finds NO_WAIT users
	later finds NO_RECHECK users
	later finds NO_ACQUIRE 'user[f]==0'
	later finds EARLY_LEAVE users
	later finds NO_RELEASE 'user[f]==0'
	later finds EARLY_UNREVOKE asks
	later finds NO_THIEF_RELEASE places
	later finds TWO_THIEVES users
	later finds NO_RETRY asks
	later finds WAIT_LOCKED 'invalid end state'
	later finds BUSY_STEALS 'invalid end state'
	later finds MASKED_STEALS 'invalid end state' -DMASKED
	later finds HANDLER_STEALS 'invalid end state' -DHANDLER -DCACHES=1
	later finds HANDLER_ENTERS users -DHANDLER -DCACHES=1
	later finds RE_ENTERS 'non-progress' -DPROGRESS
	later finds NO_FENCE users -DFENCED
	later finds NO_MOVES stays
	later finds LATE_MOVES stays
	later finds LATE_REFILL stays
	wait
} | awk '
	{ print }
	/^not ok/ { failed++ }
	END { print "1.." NR; exit failed != 0 }'
