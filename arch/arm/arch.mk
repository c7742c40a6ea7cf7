# SPDX-License-Identifier: BSD-2-Clause
#
# arch.mk - how arm64 and arm32 are built, for the Makefile

ARCHES += arm64 arm32

ARCH_DIR_arm64   := arch/arm
ARCH_TOOLS_arm64 := aarch64-linux-gnu-
ARCH_FLAGS_arm64  = $(if $(CLANG),--target=aarch64-linux-gnu) \
		    -mno-outline-atomics -mgeneral-regs-only $(FREESTANDING) \
		    -fno-unwind-tables

# The float ABI is a mark on objects only: none uses such registers, for which
# clang has another flag.
ARCH_DIR_arm32   := arch/arm
ARCH_TOOLS_arm32 := arm-linux-gnueabihf-
ARCH_FLAGS_arm32  = $(if $(CLANG),--target=arm-linux-gnueabihf) \
		    -march=armv7ve+fp -marm -mfloat-abi=hard \
		    $(if $(CLANG),-mfpu=none,-mgeneral-regs-only) \
		    $(FREESTANDING) -fno-unwind-tables
