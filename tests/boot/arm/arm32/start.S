/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * start.S - from the entry of the Linux boot protocol, and of PSCI, to C
 *
 * A loader jumps to the first instruction of the image in Hyp or Supervisor
 * mode, MMU off, r2 = physical address of the device tree. QEMU does that
 * for a raw image alone: to an ELF file it passes nothing. Other loaders know
 * the image by the zImage magic number.
 *
 * Until the MMU is on every data access goes to memory past the caches, as
 * to a device: aligned ones only, no exclusives. r9 is what must be added to
 * a linked address to get a physical one. The first page of the image, where
 * all this is, is mapped where it was loaded as well, so that the next
 * instruction is there when the MMU comes on.
 */
#include "../asm.h"

#define MODE_MASK 0x1f
#define MODE_SVC  0x13
#define MODE_ABT  0x17
#define MODE_UND  0x1b
#define MODE_HYP  0x1a

/* Memory types by index: write-back, write-through, not cached, device.
 * ARCH_MAIR of arch/pte.h. */
#define MAIR0	  0x0444bbff

/* Long descriptors, all 32 bits by TTBR0, tables in write-back memory, inner
 * shareable; RES1. */
#define TTBCR	  0x80003500
#define HTCR	  0x80803500
/* MMU, caches, branch prediction, RES1 bits; exceptions in ARM state. */
#define SCTLR	  0x00c5187d
#define HSCTLR	  0x30c5183d
/* RES1, traps nothing: bits 10, 11, 15 are 0. */
#define HCPTR	  0x000033ff
#define CPACR_FP  (0xf << 20)
#define FPEXC_EN  (1 << 30)

	.fpu	vfpv3
	.arm

	/* Condition eq: in Hyp mode. */
	.macro	cmp_hyp tmp
	mrs	\tmp, cpsr
	and	\tmp, \tmp, #MODE_MASK
	cmp	\tmp, #MODE_HYP
	.endm

	/* Where @sym is now. */
	.macro	phys reg, sym
	ldr	\reg, =\sym
	add	\reg, \reg, r9
	.endm

	.section .text.start, "ax"
	.globl	boot_start
boot_start:
	b	start
	.rept	8
	nop
	.endr
	.word	0x016f2818		/* zImage */
	.word	0			/* runs anywhere */
	.word	boot_image_bytes	/* bss included */
	.word	0x04030201		/* little-endian */

start:
	cpsid	aif
	mov	r10, r2
	bl	level_init
	adr	r0, boot_start
	ldr	r1, =boot_start
	sub	r9, r0, r1
	/* A loader that had its caches on may have left lines of what is
	 * written now, past the caches: dirty ones would be written over it
	 * later, so out with them. */
	phys	r0, boot_data_start
	phys	r1, boot_image_end
	bl	clean_invalidate
	phys	r0, boot_bss_start
	mov	r2, #0
	mov	r3, #0
1:	strd	r2, r3, [r0], #8
	cmp	r0, r1
	blo	1b
	phys	sp, boot_stack_top
	adr	r0, boot_start
	ldr	r1, =boot_start
	bl	boot_early_map
	cmp	r0, #0
	beq	park
	/* Lines that speculation brought in since then are stale: whoever
	 * looks through the caches, as the walks of the tables do, must see
	 * what was written past them. */
	phys	r0, boot_data_start
	phys	r1, boot_image_end
	bl	invalidate
	ldr	lr, =high
	b	mmu_on

high:
	ldr	r5, =boot_cpus
	ldr	r0, =boot_stack_top
	ldr	r1, =boot_trap_stacks + BOOT_TRAP_STACK
	str	r0, [r5, #4]
	str	r1, [r5, #8]
	bl	set_cpu
	mov	r0, r10
	mov	fp, #0
	bl	boot_main
	b	park

/* Another CPU, started by PSCI: r0 = its struct boot_cpu, where it will be
 * when the MMU is on. Reads no data before that but literals of this page. */
	.globl	boot_ap_start
boot_ap_start:
	cpsid	aif
	mov	r5, r0
	bl	level_init
	adr	r0, boot_start
	ldr	r1, =boot_start
	sub	r9, r0, r1
	ldr	lr, =ap_high
	b	mmu_on

ap_high:
	bl	set_cpu
	mov	r0, r5
	mov	fp, #0
	bl	boot_ap_main

/* Nothing can be said: no console yet, or nobody to talk to. */
park:
	wfe
	b	park

/* The stacks of struct boot_cpu r5, and the thread register. At PL1 aborts
 * and undefined instructions have modes of their own, with stack pointers of
 * their own; in Hyp mode vectors.S switches. */
set_cpu:
	ldr	r1, [r5, #8]
	cmp_hyp	r0
	beq	1f
	cps	#MODE_ABT
	mov	sp, r1
	cps	#MODE_UND
	mov	sp, r1
	cps	#MODE_SVC
	mcr	p15, 0, r5, c13, c0, 4	/* TPIDRPRW */
	ldr	sp, [r5, #4]
	bx	lr
1:	mcr	p15, 4, r5, c13, c0, 2	/* HTPIDR */
	ldr	sp, [r5, #4]
	bx	lr

/* What must be right before the MMU, and the first use of vector registers:
 * libgcc may have been compiled to use them. Clobbers r0, r1. */
level_init:
	cmp_hyp	r0
	beq	1f
	cps	#MODE_SVC
	b	2f
1:	mov	r0, #0
	mov	r1, #0
	mcr	p15, 4, r0, c1, c1, 0	/* HCR */
	mcrr	p15, 4, r0, r1, c14	/* CNTVOFF */
	ldr	r0, =HCPTR
	mcr	p15, 4, r0, c1, c1, 2
2:	mrc	p15, 0, r0, c1, c0, 2	/* CPACR */
	orr	r0, r0, #CPACR_FP
	mcr	p15, 0, r0, c1, c0, 2
	isb
	mov	r0, #FPEXC_EN
	vmsr	fpexc, r0
	bx	lr

/* MMU and caches on, then to lr. Clobbers r0 to r3. */
mmu_on:
	phys	r0, boot_tables
	mov	r1, #0
	ldr	r2, =MAIR0
	dsb	sy			/* tables are in memory */
	cmp_hyp	r3
	beq	1f
	mcr	p15, 0, r2, c10, c2, 0	/* MAIR0 */
	mcr	p15, 0, r1, c10, c2, 1	/* MAIR1 */
	ldr	r2, =TTBCR
	mcr	p15, 0, r2, c2, c0, 2
	isb				/* the TTBRs have 64 bits now */
	mcrr	p15, 0, r0, r1, c2	/* TTBR0 */
	mcrr	p15, 1, r1, r1, c2	/* TTBR1 */
	isb
	mcr	p15, 0, r1, c8, c7, 0	/* TLBIALL */
	mcr	p15, 0, r1, c7, c5, 0	/* ICIALLU, and branches */
	dsb	nsh
	isb
	ldr	r2, =SCTLR
	mcr	p15, 0, r2, c1, c0, 0
	isb
	bx	lr
1:	mcr	p15, 4, r2, c10, c2, 0	/* HMAIR0 */
	mcr	p15, 4, r1, c10, c2, 1	/* HMAIR1 */
	ldr	r2, =HTCR
	mcr	p15, 4, r2, c2, c0, 2
	mcrr	p15, 4, r0, r1, c2	/* HTTBR */
	isb
	mcr	p15, 4, r1, c8, c7, 0	/* TLBIALLH */
	mcr	p15, 0, r1, c7, c5, 0
	dsb	nsh
	isb
	ldr	r2, =HSCTLR
	mcr	p15, 4, r2, c1, c0, 0
	isb
	bx	lr

/* Data cache, [r0, r1), to the point of coherency. Clobbers r0, r2, r3. */
	.macro	by_line crm
	mrc	p15, 0, r2, c0, c0, 1	/* CTR */
	ubfx	r2, r2, #16, #4
	mov	r3, #4
	lsl	r2, r3, r2
1:	mcr	p15, 0, r0, c7, \crm, 1
	add	r0, r0, r2
	cmp	r0, r1
	blo	1b
	dsb	sy
	.endm

clean_invalidate:
	by_line	c14			/* DCCIMVAC */
	bx	lr
invalidate:
	by_line	c6			/* DCIMVAC */
	bx	lr

	.ltorg

	.bss
	.balign 4096
	.skip	32768
	.globl	boot_stack_top
boot_stack_top:

	.section .note.GNU-stack, "", %progbits
