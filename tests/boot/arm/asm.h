/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * asm.h - numbers that assembly and C share
 */
#ifndef BOOT_ASM_H
#define BOOT_ASM_H

/* Bytes of the stack on which a CPU takes exceptions. */
#define BOOT_TRAP_STACK 4096

#endif /* BOOT_ASM_H */
