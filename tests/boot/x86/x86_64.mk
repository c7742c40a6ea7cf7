# SPDX-License-Identifier: BSD-2-Clause
#
# x86_64.mk - the test hypervisor of x86-64, for tests/boot/boot.mk

# The image is linked at -2 GiB.
BOOT_CFLAGS  := -mcmodel=kernel
BOOT_LDFLAGS := -z max-page-size=4096
BOOT_TOOLS   := qemu-system-x86_64:qemu-system-x86
