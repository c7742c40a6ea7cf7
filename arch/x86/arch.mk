# SPDX-License-Identifier: BSD-2-Clause
#
# arch.mk - how x86-64 is built, for the Makefile

ARCHES += x86_64

ARCH_DIR_x86_64   := arch/x86
ARCH_FLAGS_x86_64  = -m64 $(FREESTANDING) -mno-red-zone -mgeneral-regs-only \
		     $(if $(CLANG),,-fno-align-jumps -fno-align-loops)
