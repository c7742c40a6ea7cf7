# SPDX-License-Identifier: BSD-2-Clause
#
# skel.mk - how the architecture to copy is built
#
# Copy it to arch/<yours>/<yours>.mk. The Makefile reads it before it knows the
# compiler: what depends on $(CLANG) is a variable that is expanded late (=).
# skel has no compiler of its own; a real one sets CROSS_TOOLS, the prefix of
# its tools ("riscv64-linux-gnu-").
#
# Decide: the flags that keep the compiler away from vector registers, from a
# red zone, and from calls of a libgcc that you do not link.

ARCH_INC  := docs/examples/arch/include arch/common/include
LIB_SRCS  := $(wildcard src/*/*.c docs/examples/arch/*.c)
VAR_FLAGS  = $(FREESTANDING) -mgeneral-regs-only
