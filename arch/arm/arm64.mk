# SPDX-License-Identifier: BSD-2-Clause
#
# arm64.mk - how arm64 is built; the Makefile reads it before it knows $(CC)

CROSS_TOOLS := aarch64-linux-gnu-
ARCH_INC    := arch/arm/include arch/arm/arm64/include arch/common/include
LIB_SRCS    := $(wildcard src/*/*.c arch/arm/*.c)
VAR_FLAGS    = $(if $(CLANG),--target=aarch64-linux-gnu) -mno-outline-atomics \
	       -mgeneral-regs-only $(FREESTANDING) -fno-unwind-tables
