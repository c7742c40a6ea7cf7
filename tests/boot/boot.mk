# SPDX-License-Identifier: BSD-2-Clause
#
# boot.mk - `make boot ARCH=x86_64`: the test hypervisor, linked and booted
#
# The library is built with the port of the test hypervisor (CPU numbers, a
# lock that knows its holder), as every embedder builds it with his own: a
# variant of its own, build/$(ARCH)-boot, with -psN for a PAGE_SHIFT=N.
# EXTRA_CFLAGS=-DXMEM_DEBUG=3 boots with all checks on, MACHINES=2:1024 one
# machine of the matrix in tests/boot/run.sh.
#
# An architecture is these variables, its folder, and a function in run.sh:
#	BOOT_DIR_<arch>      folder in tests/boot, with port/xmem_port.h
#	BOOT_SRCS_<arch>     its sources; default all *.c and *.S in the folder
#	BOOT_LDS_<arch>      linker script; default boot.lds in the folder
#	BOOT_CFLAGS_<arch>   flags for everything, the library included
#	BOOT_LDFLAGS_<arch>

# The image is linked at -2 GiB.
BOOT_DIR_x86_64	    := x86
BOOT_CFLAGS_x86_64  := -mcmodel=kernel
BOOT_LDFLAGS_x86_64 := -z max-page-size=4096

BOOT_DIR := $(BOOT_DIR_$(ARCH))

ifneq ($(BOOT_DIR),)
BOOT_NAME    := $(ARCH)-boot$(if $(PAGE_SHIFT),-ps$(PAGE_SHIFT))
BOOT_IMAGE   := build/$(BOOT_NAME)/boot.elf
BOOT_TOP     := tests/boot/$(BOOT_DIR)
BOOT_LDS     := $(or $(BOOT_LDS_$(ARCH)),$(BOOT_TOP)/boot.lds)
BOOT_SRCS    := $(or $(BOOT_SRCS_$(ARCH)),$(wildcard $(BOOT_TOP)/*.[cS])) \
		$(wildcard tests/boot/common/*.c) \
		$(filter-out tests/contract/host%,$(wildcard tests/contract/*.c))
BOOT_OBJS    := $(addsuffix .o,$(addprefix $(B)/obj/,$(basename $(BOOT_SRCS))))

boot: boot-image
	@tests/boot/run.sh $(ARCH) $(BOOT_IMAGE) $(MACHINES)

boot-image:
	@$(MAKE) ARCH=$(ARCH) VARIANT=$(BOOT_NAME) PORT=$(BOOT_TOP)/port \
		EXTRA_CFLAGS='$(strip $(EXTRA_CFLAGS) $(BOOT_CFLAGS_$(ARCH)))' \
		$(BOOT_IMAGE)

$(B)/obj/tests/boot/%.o: OWN_WARN = $(TEST_WARN) -Itests/contract \
	-Itests/boot/common

$(B)/boot.elf: $(BOOT_OBJS) $(B)/libxmem.a $(BOOT_LDS)
	$(Q)$(LD) -nostdlib -static -no-pie $(BOOT_LDFLAGS_$(ARCH)) \
		-z noexecstack --no-warn-rwx-segments \
		-T $(BOOT_LDS) -o $@ $(BOOT_OBJS) $(B)/libxmem.a

-include $(BOOT_OBJS:.o=.d)
.PHONY: boot-image
else
boot:
	@echo "make boot ARCH=$(ARCH): no test hypervisor; use ARCH=x86_64"
	@exit 2
endif
