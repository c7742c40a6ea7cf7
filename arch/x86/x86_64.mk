# SPDX-License-Identifier: BSD-2-Clause
#
# x86_64.mk - how x86-64 is built; the Makefile reads it before it knows $(CC)

ARCH_INC  := arch/x86/include arch/common/include
LIB_SRCS  := $(wildcard src/*/*.c arch/x86/*.c)
VAR_FLAGS  = -m64 $(FREESTANDING) -mno-red-zone -mgeneral-regs-only \
	     $(if $(CLANG),,-fno-align-jumps -fno-align-loops)
