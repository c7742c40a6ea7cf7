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
# An architecture is a folder of tests/boot, which it may share, with two files
# of its own: <arch>.run.sh says which machines there are (run.sh), <arch>.mk
# sets what is not as it is by default:
#	BOOT_FORMS	     forms of the image, if there are several
#	BOOT_FILE	     what is booted; boot.elf
#	BOOT_SRCS	     its sources; all *.c and *.S in the folder
#	BOOT_INC	     include directories of its sources
#	BOOT_LDS	     linker script; boot.lds in the folder
#	BOOT_PORT	     where xmem_port.h is; port in the folder
#	BOOT_CFLAGS	     flags for everything, the library included;
#			     BOOT_CFLAGS_<form> too
#	BOOT_LDFLAGS, BOOT_LDFLAGS_<form>
#	BOOT_LIBS	     archives that the test hypervisor is linked with
#	BOOT_TOOLS	     what it takes to link and run it, for
#			     tests/packages.sh
# Flags of one object are a variable of that object (arm64.mk).

BOOT_MKS := $(wildcard tests/boot/*/*.mk docs/examples/boot/*.mk)
BOOT_MK	 := $(filter %/$(ARCH).mk,$(BOOT_MKS))

ifneq ($(BOOT_MK),)
BOOT_TOP   := $(patsubst %/,%,$(dir $(BOOT_MK)))
BOOT_FORMS := default
BOOT_FILE  := boot.elf
BOOT_SRCS  := $(wildcard $(BOOT_TOP)/*.[cS])
BOOT_LDS   := $(BOOT_TOP)/boot.lds
BOOT_PORT  := $(BOOT_TOP)/port
BOOT_INC   :=
BOOT_LIBS  :=
BOOT_TOOLS :=
include $(BOOT_MK)

BOOT_LAYOUT  := $(if $(LAYOUT),-DXMEM_LAYOUT=XMEM_LAYOUT_$(shell \
		echo $(LAYOUT) | tr a-z A-Z))
BOOT_ALL     := $(BOOT_SRCS) $(wildcard tests/boot/common/*.c) \
		$(filter-out tests/contract/host%,$(wildcard tests/contract/*.c))
BOOT_OBJS    := $(addsuffix .o,$(addprefix $(B)/obj/,$(basename $(BOOT_ALL))))

boot_name = $(ARCH)-boot$(filter-out -default,-$1)$(if \
	$(PAGE_SHIFT),-ps$(PAGE_SHIFT))$(if $(LAYOUT),-$(LAYOUT))
boot_image = build/$(call boot_name,$1)/$(BOOT_FILE)

boot: boot-image
	@tests/boot/run.sh $(ARCH) $(call boot_image,$(firstword \
		$(BOOT_FORMS))) $(strip $(MACHINES))

boot-image: $(addprefix boot-image-,$(BOOT_FORMS))
boot-tools:
	@[ -z '$(BOOT_TOOLS)' ] || tests/packages.sh $(BOOT_TOOLS)
boot-image-%: boot-tools
	@$(MAKE) ARCH=$(ARCH) VARIANT=$(call boot_name,$*) FORM=$* \
		PORT=$(BOOT_PORT) EXTRA_CFLAGS='$(strip $(EXTRA_CFLAGS) \
			$(BOOT_LAYOUT) $(BOOT_CFLAGS) $(BOOT_CFLAGS_$*))' \
		$(call boot_image,$*)

$(B)/obj/$(BOOT_TOP)/%.o $(B)/obj/tests/boot/%.o: OWN_WARN = $(TEST_WARN) \
	-Itests/contract -Itests/boot/common $(BOOT_INC)

$(B)/boot.elf: $(BOOT_OBJS) $(B)/libxmem.a $(BOOT_LDS) tests/boot/boot.mk \
		$(BOOT_MK)
	$(Q)$(LD) -nostdlib -static -no-pie $(BOOT_LDFLAGS) \
		$(BOOT_LDFLAGS_$(FORM)) -z noexecstack --no-warn-rwx-segments \
		-T $(BOOT_LDS) -o $@ $(BOOT_OBJS) $(B)/libxmem.a $(BOOT_LIBS)

$(B)/boot.bin: $(B)/boot.elf
	$(Q)$(OBJCOPY) -O binary $< $@

-include $(BOOT_OBJS:.o=.d)
.PHONY: boot-image boot-tools
else
boot-tools: ;
boot:
	@echo "make boot ARCH=$(ARCH): no test hypervisor; use" \
		"ARCH=$(subst $() ,|,$(basename $(notdir $(filter tests/%,$(BOOT_MKS)))))"
	@exit 2
endif
