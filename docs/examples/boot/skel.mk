# SPDX-License-Identifier: BSD-2-Clause
#
# skel.mk - the test hypervisor of the architecture to copy
#
# Copy this folder to tests/boot/<yours>, and this file to <yours>.mk there. At
# the head of tests/boot/boot.mk is what else can be set.
#
# Decide: the code model, for an image linked so high up (large here; none is
# needed where it is linked within reach of address 0); what the loader wants,
# an ELF file or a raw image (BOOT_FILE := boot.bin); the QEMU.

BOOT_CFLAGS  := -mcmodel=large
BOOT_LDFLAGS := --defsym=boot_page_size=$(if $(PAGE_SHIFT),$$((1 << \
		$(PAGE_SHIFT))),4096)
# Assembler and devices, which skel does not have; remove this.
BOOT_LDFLAGS += --warn-unresolved-symbols
