#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# seeded_fdt.sh - the test of the device-tree walk must fail where a bug is
#
# usage: seeded_fdt.sh. Most of the bugs are bounds that are not asked for: what
# is read outside the tree is seen by the sanitizer, by a page that is not
# there, or by a tree that is not refused. The rest is in tests/seeded.sh.
cd "$(dirname "$0")/../.." || exit 1
. tests/seeded.sh
export XMEM_TEST_PERCENT=20 XMEM_SEED_TIMEOUT=60
caught='^not ok|ERROR: AddressSanitizer|runtime error'
test=tests/machine/test_fdt.c
fdt=tests/boot/common/fdt.c
reg=tests/boot/common/fdt_reg.c

build() {
	build_test "$1" -fsanitize=address,undefined -fno-sanitize-recover=all
}

unchanged $test

seed "the tree may be larger than what can be read" $test $fdt \
	's/fdt->bytes > max || //'
seed "blocks may lie outside" $test $fdt \
	's/^	return at >= BOOT_FDT_HEADER && at <= fdt->bytes \&\&$/	return true ||/'
seed "the place of a block is not looked at" $test $fdt \
	's/at >= BOOT_FDT_HEADER && at <= fdt->bytes \&\&/at >= BOOT_FDT_HEADER \&\&/'
seed "a block may lie in the header" $test $fdt \
	's/at >= BOOT_FDT_HEADER && at <= fdt->bytes/at <= fdt->bytes/'
seed "any version is read" $test $fdt \
	's/boot_fdt_cell(h, H_COMPATIBLE) > VERSION/false/'
seed "a value may be longer than the tree" $test $fdt \
	's/if (len > left - 12) {/if (len > (1U << 20)) {/'
seed "the head of a property is not asked for" $test $fdt \
	's/if (left < 12) {/if (false) {/'
seed "the name of a property may lie anywhere" $test $fdt \
	's/name >= fdt->strings_end - fdt->strings_at ||/false ||/'
seed "the name of a property need not end" $test $fdt \
	's/^	    end_of_text(fdt, fdt->strings_at + name, fdt->strings_end) ==$/	    1 + end_of_text(fdt, fdt->strings_at + name, fdt->strings_end) ==/'
seed "the name of a node need not end" $test $fdt \
	's/if (end == fdt->struct_end) {/if (false) {/'
seed "the last token may be cut" $test $fdt \
	's/fdt->struct_end - at >= 4; at += 4/fdt->struct_end - at >= 0; at += 4/'
seed "values are not padded" $test $fdt \
	's/return at + ((fdt->struct_at - at) & 3);/return at;/'
seed "reserved ranges need not end" $test $fdt \
	's/^	return "the ranges of reserved memory do not end";/	return NULL;/'
seed "reserved ranges are read past the tree" $test $fdt \
	's/if (i >= (fdt->bytes - at) .*/if (false) {/'
seed "properties may stand behind nodes" $test $fdt \
	's/return at->depth > 0 && !at->had_child$/return at->depth > 0/'
seed "the tree may end in a node" $test $fdt \
	's/return at->had_root && at->depth == 0 \&\&$/return at->had_root \&\&/'
seed "a text need not end in its value" $test $fdt \
	's/if (value == NULL || text_in(value, len) == len) {/if (value == NULL) {/'
seed "the last entry of a list need not end" $test $fdt \
	's/^		if (n == len) {/		if (false) {/'
seed "half an entry is an entry" $test $reg \
	's/if (len == 0 || len % entry != 0) {/if (len == 0) {/'
seed "numbers may have any cells" $test $reg \
	's/return \*nr <= 2;/return true;/'
seed "a number has its low cell first" $test $reg \
	's/v = v << 32 | boot_fdt_cell(value, i)/v |= (uint64_t)boot_fdt_cell(value, i) << 32 * i/'
seed "a sibling of the parent is a sibling" $test $fdt \
	's/^	while (depth > 0) {/	while (depth > 1 || t.kind != END_NODE) {/'
seed "the parent is the sibling before" $test $fdt \
	's/next != 0 && next <= node/next != 0 \&\& next < node/'
seed "a name is found by its beginning" $test $fdt \
	"s/(own\[len\] == '.0' || own\[len\] == '@')/true/"
finish
