#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# coverage.sh - lines and branches of src that unit and model tests reach
cd "$(dirname "$0")/.." || exit 2
command -v gcov >/dev/null || { echo "make coverage: needs gcov (gcc)"; exit 2; }
find build/cov -name '*.gcda' -delete 2>/dev/null
XMEM_TEST_PERCENT=${XMEM_TEST_PERCENT:-5} \
	make -s VARIANT=cov TEST_DIRS="unit model misuse" test-run || exit 1
cd build/cov || exit 1
find . -path './obj/src/*' -name '*.gcda' -print0 | sort -z | while read -rd '' f; do
	(cd ../.. && gcov -bn -o "build/cov/$(dirname "$f")" "build/cov/$f") |
		awk -v want="/$(basename "$f" .gcda).c" '
		/^File/ { on = index($0, want) }
		on && /^Lines/ { split($2, a, ":"); lines = a[2]; nr = $4 }
		on && /^Taken/ { split($4, a, ":"); taken = a[2] }
		on && /^Taken/ {
			sub(/^.*:/, "", $0)
			print want, lines, nr, $0
		}'
done | tee coverage.txt | awk '
	{
		printf "%-24s lines %7s of %4d   branches taken %s\n",
			substr($1, 2), $2, $3, $4
		l += $2 * $3 / 100; n += $3
	}
	END { if (n) { printf "%-24s lines %6.2f%% of %4d\n", "all", 100 * l / n, n } }'
