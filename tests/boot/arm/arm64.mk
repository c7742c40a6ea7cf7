# SPDX-License-Identifier: BSD-2-Clause
#
# arm64.mk - the test hypervisor of arm64, for tests/boot/boot.mk
#
# A raw image, as the boot protocol of Linux wants it. Linked below 2^48 for
# EL2 and EL1, or in the upper half for EL1 and EL2 with VHE. Its parts are
# aligned for the largest pages, so that there is one linker script.

BOOT_FORMS	   := lower upper
BOOT_FILE	   := boot.bin
BOOT_SRCS	   += $(wildcard tests/boot/arm/arm64/*.[cS])
BOOT_INC	   := -Itests/boot/arm -Itests/boot/arm/arm64
BOOT_CFLAGS_upper  := -DARCH_VA_UPPER=1
BOOT_LDFLAGS	   := --defsym=boot_page_size=65536 -z max-page-size=65536
BOOT_LDFLAGS_lower := --defsym=boot_link_address=0x00000a0000200000
BOOT_LDFLAGS_upper := --defsym=boot_link_address=0xffff0a0000200000
BOOT_TOOLS	   := aarch64-linux-gnu-gcc:gcc-aarch64-linux-gnu \
		      qemu-system-aarch64:qemu-system-arm \
		      dtc:device-tree-compiler

# Runs before the MMU does, where it was loaded: memory is a device, which
# knows no unaligned accesses, and there are no linked addresses yet. Nor may
# a loop become a call.
$(B)/obj/tests/boot/arm/early.o: OWN_WARN += -mstrict-align \
	$(if $(CLANG),-fno-builtin,-fno-tree-loop-distribute-patterns)
