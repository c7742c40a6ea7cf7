# SPDX-License-Identifier: BSD-2-Clause
#
# arm32.mk - the test hypervisor of arm32, for tests/boot/boot.mk
#
# A raw image, as the boot protocol of Linux wants it. The tests divide numbers
# of 64 bits, for which the compiler calls libgcc.

BOOT_FILE    := boot.bin
BOOT_SRCS    += $(wildcard tests/boot/arm/arm32/*.[cS])
BOOT_INC     := -Itests/boot/arm -Itests/boot/arm/arm32
BOOT_LDFLAGS := --defsym=boot_page_size=4096 -z max-page-size=4096 \
		--defsym=boot_link_address=0x00200000
BOOT_LIBS     = $(shell $(CC) -print-libgcc-file-name)
BOOT_TOOLS   := arm-linux-gnueabihf-gcc:gcc-arm-linux-gnueabihf \
		qemu-system-arm:qemu-system-arm dtc:device-tree-compiler

# As on arm64 (arm64.mk).
$(B)/obj/tests/boot/arm/early.o: OWN_WARN += -mno-unaligned-access -fpie \
	$(if $(CLANG),-fno-builtin,-fno-tree-loop-distribute-patterns)
