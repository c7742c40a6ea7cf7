# SPDX-License-Identifier: BSD-2-Clause
#
# arm32.mk - how arm32 is built; the Makefile reads it before it knows $(CC)
#
# The float ABI is a mark on objects only: none uses such registers, for which
# clang has another flag.

CROSS_TOOLS := arm-linux-gnueabihf-
ARCH_INC    := arch/arm/include arch/arm/arm32/include arch/common/include
LIB_SRCS    := $(wildcard src/*/*.c arch/arm/*.c)
VAR_FLAGS    = $(if $(CLANG),--target=arm-linux-gnueabihf) -march=armv7ve+fp \
	       -marm -mfloat-abi=hard \
	       $(if $(CLANG),-mfpu=none,-mgeneral-regs-only) $(FREESTANDING) \
	       -fno-unwind-tables
