# SPDX-License-Identifier: BSD-2-Clause
#
# cross.mk - the tests of a port: engines on other machines, `make cross`
#
# VARIANT=user-<target> is the host's build with the compiler of another
# architecture; its programs run as processes of this machine, in an emulator
# of the other CPU or, where the CPU can do that, directly. A target is named
# as Debian names the architecture:
#
#	arm64	64 bits
#	armhf	32 bits: a long is smaller than a word of a bitmap
#	i386	32 bits, and a uint64_t is aligned to 4 bytes only
#	s390x	64 bits, big-endian
#
# What runs is every program that needs no host machine, which is an x86-64
# process through and through: those whose `link:` names no file of tests/host
# other than panic.c (tests/rules.sh decides).

CROSS_TARGETS := arm64 armhf i386 s390x

CROSS_TRIPLE_arm64 := aarch64-linux-gnu
CROSS_LOADER_arm64 := ld-linux-aarch64.so.1
CROSS_RUN_arm64    := qemu-aarch64
CROSS_TRIPLE_armhf := arm-linux-gnueabihf
CROSS_LOADER_armhf := ld-linux-armhf.so.3
CROSS_RUN_armhf    := qemu-arm
CROSS_TRIPLE_i386  := i686-linux-gnu
CROSS_LOADER_i386  := ld-linux.so.2
CROSS_RUN_i386     :=
CROSS_TRIPLE_s390x := s390x-linux-gnu
CROSS_LOADER_s390x := ld64.so.1
CROSS_RUN_s390x    := qemu-s390x

# Otherwise every lock is a call into libgcc, which picks an instruction at
# run time: nothing for a kernel, and nothing to test either.
CROSS_CFLAGS_arm64 := -mno-outline-atomics

# The target of this variant, empty for all others.
CROSS := $(filter $(patsubst user-%,%,$(filter user-%,$(VARIANT))),\
	   $(CROSS_TARGETS))
ifneq ($(CROSS),)
CROSS_TRIPLE  := $(CROSS_TRIPLE_$(CROSS))
CROSS_COMPILE := $(CROSS_TRIPLE)-
CROSS_RUN     := $(CROSS_RUN_$(CROSS))
CROSS_ROOT    := /usr/$(CROSS_TRIPLE)
# cmocka, from tests/cross/packages.sh. Debian's i386 is compiled for i686.
CROSS_PKG     := $(CURDIR)/build/cross/$(CROSS)/usr
CROSS_LIB     := $(CROSS_PKG)/lib/$(CROSS_TRIPLE:i686-%=i386-%)
CROSS_CFLAGS  := $(CROSS_CFLAGS_$(CROSS)) -isystem $(CROSS_PKG)/include
# A program names its loader and libraries, so it needs no environment.
CROSS_LIBS    := -L$(CROSS_LIB) -Wl,-rpath,$(CROSS_LIB):$(CROSS_ROOT)/lib \
	-Wl,--dynamic-linker=$(CROSS_ROOT)/lib/$(CROSS_LOADER_$(CROSS))
# An emulated CPU is ten times slower: a share of the random steps.
ifneq ($(CROSS_RUN),)
export XMEM_TEST_PERCENT ?= 4
export XMEM_TEST_EMULATED := $(CROSS_RUN)
endif

# Objects depend on the flags, and with them on compiler and headers.
$(B)/flags: | cross-packages
cross-packages:
	@tests/cross/packages.sh $(CROSS)
.PHONY: cross-packages
else ifneq ($(filter user-%,$(VARIANT)),)
$(error no VARIANT=$(VARIANT): after user- comes one of $(CROSS_TARGETS))
endif

# One target after the other: each uses all CPUs.
cross:
	@code=0; for target in $(CROSS_TARGETS); do \
		$(MAKE) -s VARIANT=user-$$target test-run || code=1; \
	done; exit $$code

.PHONY: cross
