# SPDX-License-Identifier: BSD-2-Clause
#
# boot.mk - `make boot ARCH=...`: the test hypervisor, linked and booted
#
# The library is built with the port of the test hypervisor (CPU numbers, a
# lock that knows its holder), as every embedder builds it with his own: a
# variant of its own, build/$(ARCH)-boot, with -psN for a PAGE_SHIFT=N. An
# architecture may have several forms of image, each with its own flags and
# one more word in the name: build/arm64-boot-upper-ps14.
# LAYOUT=partial builds for that layout of the heap.
# EXTRA_CFLAGS=-DXMEM_DEBUG=3 boots with all checks on, MACHINES=2:1024 one
# machine of the matrix in tests/boot/run.sh.
#
# An architecture is these variables, its folder, and a function in run.sh:
#	BOOT_DIR_<arch>      folder in tests/boot, with port/xmem_port.h
#	BOOT_FORMS_<arch>    forms of the image, if there are several
#	BOOT_FILE_<arch>     what is booted; default boot.elf
#	BOOT_SRCS_<arch>     its sources; default all *.c and *.S in the folder
#	BOOT_INC_<arch>      include directories of its sources
#	BOOT_LDS_<arch>      linker script; default boot.lds in the folder
#	BOOT_CFLAGS_<arch>   flags for everything, the library included;
#			     BOOT_CFLAGS_<form> too
#	BOOT_LDFLAGS_<arch>, BOOT_LDFLAGS_<form>
#	BOOT_LIBS_<arch>     archives that the test hypervisor is linked with
#	BOOT_TOOLS_<arch>    what it takes to run it, for tests/packages.sh

# The image is linked at -2 GiB.
BOOT_DIR_x86_64	    := x86
BOOT_CFLAGS_x86_64  := -mcmodel=kernel
BOOT_LDFLAGS_x86_64 := -z max-page-size=4096

# Arm: a raw image, as the boot protocols of Linux want it. Linked below 2^48
# for EL2 and EL1, or in the upper half for EL1 and EL2 with VHE. Its parts are
# aligned for the largest pages, so that there is one linker script.
DEBARCH_arm64 := arm64
DEBARCH_arm32 := armhf
CROSS_ROOT    ?= build/cross/$(DEBARCH_$(ARCH))
LIBFDT_arm64  := $(CROSS_ROOT)/usr/lib/aarch64-linux-gnu/libfdt.a
LIBFDT_arm32  := $(CROSS_ROOT)/usr/lib/arm-linux-gnueabihf/libfdt.a
LIBFDT        := $(LIBFDT_$(ARCH))

arm_srcs = $(wildcard tests/boot/arm/*.c tests/boot/arm/$1/*.[cS])
linked_at = --defsym=boot_link_address=$1 --defsym=boot_page_size=$2 \
	    -z max-page-size=$2

BOOT_DIR_arm64	    := arm
BOOT_FORMS_arm64    := lower upper
BOOT_FILE_arm64	    := boot.bin
BOOT_SRCS_arm64	    := $(call arm_srcs,arm64)
BOOT_CFLAGS_upper   := -DARCH_VA_UPPER=1
BOOT_LDFLAGS_lower  := $(call linked_at,0x00000a0000200000,65536)
BOOT_LDFLAGS_upper  := $(call linked_at,0xffff0a0000200000,65536)
BOOT_LIBS_arm64	    := $(LIBFDT)

BOOT_TOOLS_arm64    := qemu-system-aarch64:qemu-system-arm \
		       dtc:device-tree-compiler

BOOT_DIR_arm32	    := arm
BOOT_FILE_arm32	    := boot.bin
BOOT_SRCS_arm32	    := $(call arm_srcs,arm32)
BOOT_TOOLS_arm32    := qemu-system-arm:qemu-system-arm \
		       dtc:device-tree-compiler
BOOT_LDFLAGS_arm32  := $(call linked_at,0x00200000,4096)
BOOT_LIBS_arm32	     = $(LIBFDT) $(shell $(CC) -print-libgcc-file-name)

BOOT_DIR := $(BOOT_DIR_$(ARCH))

ifneq ($(BOOT_DIR),)
BOOT_FORMS   := $(or $(BOOT_FORMS_$(ARCH)),default)
BOOT_FILE    := $(or $(BOOT_FILE_$(ARCH)),boot.elf)
BOOT_LAYOUT  := $(if $(LAYOUT),-DXMEM_LAYOUT=XMEM_LAYOUT_$(shell \
		echo $(LAYOUT) | tr a-z A-Z))
BOOT_TOP     := tests/boot/$(BOOT_DIR)
BOOT_LDS     := $(or $(BOOT_LDS_$(ARCH)),$(BOOT_TOP)/boot.lds)
BOOT_SRCS    := $(or $(BOOT_SRCS_$(ARCH)),$(wildcard $(BOOT_TOP)/*.[cS])) \
		$(wildcard tests/boot/common/*.c) \
		$(filter-out tests/contract/host%,$(wildcard tests/contract/*.c))
BOOT_OBJS    := $(addsuffix .o,$(addprefix $(B)/obj/,$(basename $(BOOT_SRCS))))

boot_name = $(ARCH)-boot$(filter-out -default,-$1)$(if \
	$(PAGE_SHIFT),-ps$(PAGE_SHIFT))$(if $(LAYOUT),-$(LAYOUT))
boot_image = build/$(call boot_name,$1)/$(BOOT_FILE)

boot: boot-image
	@[ -z '$(BOOT_TOOLS_$(ARCH))' ] || \
		tests/packages.sh $(BOOT_TOOLS_$(ARCH))
	@tests/boot/run.sh $(ARCH) $(call boot_image,$(firstword \
		$(BOOT_FORMS))) $(MACHINES)

boot-image: $(addprefix boot-image-,$(BOOT_FORMS))
boot-image-%: $(BOOT_LIBS_$(ARCH))
	@$(MAKE) ARCH=$(ARCH) VARIANT=$(call boot_name,$*) FORM=$* \
		PORT=$(BOOT_TOP)/port EXTRA_CFLAGS='$(strip $(EXTRA_CFLAGS) \
			$(BOOT_LAYOUT) $(BOOT_CFLAGS_$(ARCH)) $(BOOT_CFLAGS_$*))' \
		$(call boot_image,$*)

ifneq ($(LIBFDT),)
$(LIBFDT):
	@tests/cross/packages.sh $(DEBARCH_$(ARCH))
endif

$(B)/obj/tests/boot/%.o: OWN_WARN = $(TEST_WARN) -Itests/contract \
	-Itests/boot/common $(BOOT_INC_$(ARCH))
BOOT_INC_arm64 := -Itests/boot/arm -Itests/boot/arm/arm64 \
		  -isystem $(CROSS_ROOT)/usr/include
# libfdt.h includes the C library's headers, which have inlines with doubles.
BOOT_INC_arm32 := -Itests/boot/arm -Itests/boot/arm/arm32 \
		  -isystem $(CROSS_ROOT)/usr/include -D__NO_INLINE__
# Runs before the MMU does, where it was loaded: memory is a device, which
# knows no unaligned accesses, and there are no linked addresses yet. Nor may
# a loop become a call.
EARLY_arm64 := -mstrict-align
EARLY_arm32 := -mno-unaligned-access -fpie
$(B)/obj/tests/boot/arm/early.o: OWN_WARN += $(EARLY_$(ARCH)) \
	$(if $(CLANG),-fno-builtin,-fno-tree-loop-distribute-patterns)

$(B)/boot.elf: $(BOOT_OBJS) $(B)/libxmem.a $(BOOT_LDS) tests/boot/boot.mk
	$(Q)$(LD) -nostdlib -static -no-pie $(BOOT_LDFLAGS_$(ARCH)) \
		$(BOOT_LDFLAGS_$(FORM)) -z noexecstack --no-warn-rwx-segments \
		-T $(BOOT_LDS) -o $@ $(BOOT_OBJS) $(B)/libxmem.a \
		$(BOOT_LIBS_$(ARCH))

$(B)/boot.bin: $(B)/boot.elf
	$(Q)$(OBJCOPY) -O binary $< $@

-include $(BOOT_OBJS:.o=.d)
.PHONY: boot-image
else
boot:
	@echo "make boot ARCH=$(ARCH): no test hypervisor; use ARCH=x86_64," \
		"arm64 or arm32"
	@exit 2
endif
