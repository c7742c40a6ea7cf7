# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh disable=SC2034,SC2154
#
# skel.run.sh - the machines of the architecture to copy, for tests/boot/run.sh
#
# Copy it to tests/boot/<yours>/<yours>.run.sh; what run.sh has set when
# machine() is called, and its helpers, are said there.
#
# Decide: one machine for each variant of the CPU that your code asks about;
# one CPU and many, little RAM, RAM far away.

qemu='qemu-system-skel'
matrix='1:64 2:1024 4:1024 2:1024:sparse 2:64:old'

machine()
{
	board=virt cpu=max
	case $1 in
	'') ;;
	old) cpu=first ;; # cannot do what max can
	sparse) far_away ;;
	*) return 1 ;;
	esac
}
