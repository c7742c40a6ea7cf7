# SPDX-License-Identifier: BSD-2-Clause
# seeded.sh - a test must fail where a bug is (sourced; run from the top)
# shellcheck shell=bash
#
# usage:
#	. tests/seeded.sh
#	build() { ...; }                       # optional, see build_test
#	unchanged test                         # optional: a line of its own
#	seed name test file sed-script         # once for each bug
#	finish
#
# The file is one of src, or arch/..., docs/... (the examples), tests/boot/...
# (what ports share). Each bug is
# planted into a fresh copy; the test is built with the copy and must fail with
# a line that matches $caught, "not ok". A failure of the script is: a sed
# script that changes nothing, a copy that does not compile, a test that
# passes, hangs or ends without such a line, and one that fails with the
# unchanged copy too.
# XMEM_SEED_TIMEOUT is the limit of one run in seconds. Prints TAP.
set -u
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
nr=0
failed=0
caught='^not ok'
declare -A passes # test: does it pass with the unchanged copy?

# words key file: the words behind "key:" in the head comment.
words() {
	sed -n "1,60s|^ \* $1:||p" "$2" | tr '\n' ' '
}

# Where a file lies, as seed() names it.
path() {
	case $1 in
	arch/* | docs/* | tests/boot/*) echo "$1" ;;
	*) echo "src/$1" ;;
	esac
}

# What a seed does not touch is compiled once: ccache knows it again.
export CCACHE_DIR=$tmp/ccache CCACHE_NOCOMPRESS=1
export CCACHE_SLOPPINESS=include_file_mtime,include_file_ctime
cached=$(command -v ccache)

# build_test test [option...]: $tmp/prog of the test and the copies in $tmp.
build_test() {
	local test=$1 link flags dirs source object objects=()
	shift
	link=$(words link "$test" |
		sed -E "s,(^| )src/ ,\1src/*/ ,g; s,(^| )(src|arch|docs|tests/boot)/,\1$tmp/\2/,g; s,/( |$),/*.c\1,g")
	flags=$(words flags "$test")
	dirs=$(words include "$test" | sed 's| *\([^ ][^ ]*\)| -I\1|g' |
		sed -E "s,-I(arch|docs|tests/boot)/,-I$tmp/\1/,g")
	mkdir -p "$tmp/obj"
	# shellcheck disable=SC2086
	for source in "$test" $link tests/host/panic.c; do
		object=$tmp/obj/${source//\//-}.o
		case " ${objects[*]} " in
		*" $object "*) continue ;; # named twice
		esac
		objects+=("$object")
		$cached ${CC:-gcc} -std=gnu11 -O1 -w $dirs -Iinclude \
			-I"$tmp/src" -Itests/host/include -Iarch/common/include -Itests/host \
			$flags "$@" -c -o "$object" "$source" || return 1
	done
	# shellcheck disable=SC2086
	${CC:-gcc} $flags "$@" -o "$tmp/prog" "${objects[@]}" -lcmocka
}

# build test: a script with options of its own defines another one.
build() {
	build_test "$1"
}

run() {
	timeout -k 5 "${XMEM_SEED_TIMEOUT:-120}" "$tmp/prog" >"$tmp/log" 2>&1
}

fresh_copy() {
	rm -rf "$tmp/src" "$tmp/arch" "$tmp/docs" "$tmp/tests" "$tmp/prog"
	mkdir -p "$tmp/tests"
	cp -r src arch docs "$tmp"
	cp -r tests/boot "$tmp/tests"
}

# report name [what is wrong]
report() {
	nr=$((nr + 1))
	if [ $# = 1 ]; then
		echo "ok $nr - $1"
	else
		echo "not ok $nr - $1 ($2)"
		failed=1
	fi
}

# passes_unchanged test: built and run once; the answer is kept.
passes_unchanged() {
	if [ -z "${passes[$1]:-}" ]; then
		fresh_copy
		passes[$1]=no
		if build "$1" && run; then
			passes[$1]=yes
		fi
	fi
	[ "${passes[$1]}" = yes ]
}

unchanged() {
	if passes_unchanged "$1"; then
		report "the unchanged copy passes $1"
	else
		report "the unchanged copy passes $1" "it does not"
	fi
}

# verdict test file: what is wrong with the seed planted, if anything.
verdict() {
	local code
	if cmp -s "$(path "$2")" "$tmp/$(path "$2")"; then
		echo "nothing to change in $2"
		return
	fi
	if ! build "$1"; then
		echo "does not compile"
		return
	fi
	run
	code=$?
	case $code in
	0) echo "not caught by $1" ;;
	124 | 137) echo "hang of $1" ;;
	*)
		grep -qE "$caught" "$tmp/log" ||
			echo "no test failed, but $1 did not end well"
		;;
	esac
}

seed() {
	local wrong
	if ! passes_unchanged "$2"; then
		report "$1" "$2 fails with the unchanged copy too"
		return
	fi
	fresh_copy
	sed -i "$4" "$tmp/$(path "$3")"
	wrong=$(verdict "$2" "$3")
	report "$1" ${wrong:+"$wrong"}
}

# The plan, and the status of the script.
finish() {
	echo "1..$nr"
	exit $failed
}
