# SPDX-License-Identifier: BSD-2-Clause
#
# boot.mk - `make boot ARCH=x86_64`: the test hypervisor, linked and booted
#
# The library is built with the port of the test hypervisor (CPU numbers, a
# lock that knows its holder), as every embedder builds it with his own, and
# for an image at -2 GiB: a variant of its own, build/x86_64-boot.
# EXTRA_CFLAGS=-DXMEM_DEBUG=3 boots with all checks on.

ifeq ($(ARCH),x86_64)
BOOT_VARIANT := x86_64-boot
BOOT_SRCS    := $(wildcard tests/boot/*.c tests/boot/*.S)
BOOT_OBJS    := $(addsuffix .o,$(addprefix $(B)/obj/,$(basename $(BOOT_SRCS))))

boot: boot-image
	@tests/boot/run.sh build/x86_64/boot.elf $(MACHINES)

boot-image:
	@$(MAKE) ARCH=x86_64 VARIANT=$(BOOT_VARIANT) PORT=tests/boot/port \
		EXTRA_CFLAGS='$(strip $(EXTRA_CFLAGS) -mcmodel=kernel)' \
		build/$(BOOT_VARIANT)/boot.elf
	@mkdir -p build/x86_64
	@cp build/$(BOOT_VARIANT)/boot.elf build/x86_64/boot.elf

$(B)/boot.elf: $(BOOT_OBJS) $(B)/libxmem.a tests/boot/boot.lds
	$(Q)$(LD) -nostdlib -static -no-pie -z max-page-size=4096 \
		-z noexecstack --no-warn-rwx-segments \
		-T tests/boot/boot.lds -o $@ $(BOOT_OBJS) $(B)/libxmem.a

-include $(BOOT_OBJS:.o=.d)
.PHONY: boot-image
else
boot:
	@echo "make boot ARCH=$(ARCH): no test hypervisor; use ARCH=x86_64"
	@exit 2
endif
