# SPDX-License-Identifier: BSD-2-Clause
#
# arch.mk - how the architecture to copy is built, for the Makefile
#
# Copy it to arch/<yours>/arch.mk, and change skel to the name that ARCH= will
# have. It is found there; a folder may have several names (arch/arm/arch.mk).
# What can be set is said in the Makefile. It is read before the compiler is
# known: what depends on $(CLANG) is a variable that is expanded late (=).
# skel has no compiler of its own; a real one sets ARCH_TOOLS_<name>, the prefix
# of its tools ("riscv64-linux-gnu-").
#
# Decide: the flags that keep the compiler away from vector registers, from a
# red zone, and from calls of a libgcc that you do not link.

ARCHES += skel

ARCH_DIR_skel   := docs/examples/arch
ARCH_FLAGS_skel  = $(FREESTANDING) -mgeneral-regs-only
