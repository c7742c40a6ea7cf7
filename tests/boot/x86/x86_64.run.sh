# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh disable=SC2034,SC2154
#
# x86_64.run.sh - the machines of x86-64, for tests/boot/run.sh

qemu='qemu-system-x86_64'
matrix='1:64 2:64:la57off 4:64 1:1024:la57off 2:1024 4:1024 1:6144
	2:6144 4:6144:la57off 2:1024:sparse'

# Five levels of tables, where the tag does not say otherwise. The firmware's
# map does not list what is far away.
machine()
{
	board=q35 cpu=max
	extra='-device isa-debug-exit,iobase=0xf4,iosize=4'
	case $1 in
	'') ;;
	la57off) cpu=max,la57=off ;;
	sparse) far_away ;;
	*) return 1 ;;
	esac
}
