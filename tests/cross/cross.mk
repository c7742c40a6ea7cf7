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

# Share of the random steps: an emulated CPU is ten times slower.
CROSS_PERCENT      ?= 5

# The target of this variant, empty for all others.
CROSS := $(filter $(patsubst user-%,%,$(filter user-%,$(VARIANT))),\
	   $(CROSS_TARGETS))
ifneq ($(CROSS),)
CROSS_TRIPLE  := $(CROSS_TRIPLE_$(CROSS))
CROSS_COMPILE := $(CROSS_TRIPLE)-
CROSS_RUN     := $(CROSS_RUN_$(CROSS))
CROSS_ROOT    := /usr/$(CROSS_TRIPLE)
# cmocka and libfdt, from tests/cross/packages.sh.
CROSS_PKG     := $(CURDIR)/build/cross/$(CROSS)/usr
CROSS_LIB     := $(wildcard $(CROSS_PKG)/lib/*-linux-gnu*)
CROSS_CFLAGS  := -isystem $(CROSS_PKG)/include
# A program names its loader and libraries, so it needs no environment.
CROSS_LIBS    := -L$(CROSS_LIB) -Wl,-rpath,$(CROSS_LIB):$(CROSS_ROOT)/lib \
	-Wl,--dynamic-linker=$(CROSS_ROOT)/lib/$(CROSS_LOADER_$(CROSS))
endif

cross: $(CROSS_TARGETS:%=cross-%)

# One after the other: each uses all CPUs.
cross-%:
	@tests/cross/packages.sh $*
	@XMEM_TEST_PERCENT=$(or $(XMEM_TEST_PERCENT),$(CROSS_PERCENT)) \
		$(MAKE) -s VARIANT=user-$* test-run

.PHONY: cross
