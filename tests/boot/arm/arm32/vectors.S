/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vectors.S - entry of all exceptions, and the two jumps of recovery
 *
 * At PL1 an abort switches to a mode with a stack pointer of its own, which
 * is set to the trap stack of the CPU. Hyp mode has one for everything, so the
 * entry switches by hand, before anything is stored: the stack that was in
 * use may have run over. Registers are stored as struct boot_frame says; if
 * boot_trap() returns, the instruction runs again.
 */
#define FRAME	   72
#define FRAME_SP   52
#define FRAME_LR   56
#define FRAME_PC   60
#define FRAME_PSR  64
#define FRAME_KIND 68

#define MODE_MASK  0x1f
#define MODE_SVC   0x13
#define MODE_HYP   0x1a

	.arch_extension virt
	.arm
	.text

/* ---- PL1 ---- */

	.balign	32
	.globl	boot_vectors
boot_vectors:
	b	.
	b	pl1_undefined
	b	pl1_call
	b	pl1_fetch
	b	pl1_data
	b	.
	b	pl1_irq
	b	pl1_fiq

	/* @back: how far behind the instruction lr is. */
	.macro	pl1_entry name, kind, back
\name:
	sub	sp, sp, #FRAME
	stm	sp, {r0-r12}
	sub	lr, lr, #\back
	mov	r0, #\kind
	b	pl1_common
	.endm

	pl1_entry pl1_undefined, 1, 4
	pl1_entry pl1_call, 2, 4
	pl1_entry pl1_fetch, 3, 4
	pl1_entry pl1_data, 4, 8
	pl1_entry pl1_irq, 6, 4
	pl1_entry pl1_fiq, 7, 4

pl1_common:
	mrs	r3, spsr
	mrs	r4, cpsr
	cps	#MODE_SVC		/* what was interrupted, or it is over */
	mov	r1, sp
	mov	r2, lr
	msr	cpsr_c, r4
	str	r1, [sp, #FRAME_SP]
	str	r2, [sp, #FRAME_LR]
	str	lr, [sp, #FRAME_PC]
	str	r3, [sp, #FRAME_PSR]
	str	r0, [sp, #FRAME_KIND]
	clrex				/* of the code that was interrupted */
	mov	r0, sp
	bl	boot_trap
	ldr	lr, [sp, #FRAME_PC]
	ldr	r0, [sp, #FRAME_PSR]
	msr	spsr_cxsf, r0
	ldm	sp, {r0-r12}
	add	sp, sp, #FRAME
	movs	pc, lr

/* ---- Hyp mode ---- */

	.balign	32
	.globl	boot_vectors_hyp
boot_vectors_hyp:
	b	.
	b	hyp_undefined
	b	hyp_call
	b	hyp_fetch
	b	hyp_data
	b	hyp_trap
	b	hyp_irq
	b	hyp_fiq

	/* A guest's thread register keeps r0 for the moment: there is none. */
	.macro	hyp_entry name, kind
\name:
	mcr	p15, 0, r0, c13, c0, 4	/* TPIDRPRW */
	mrc	p15, 4, r0, c13, c0, 2	/* HTPIDR */
	ldr	r0, [r0, #8]
	sub	r0, r0, #FRAME
	str	sp, [r0, #FRAME_SP]
	mov	sp, r0
	mrc	p15, 0, r0, c13, c0, 4
	stm	sp, {r0-r12}
	mov	r0, #\kind
	b	hyp_common
	.endm

	hyp_entry hyp_undefined, 1
	hyp_entry hyp_call, 2
	hyp_entry hyp_fetch, 3
	hyp_entry hyp_data, 4
	hyp_entry hyp_trap, 5
	hyp_entry hyp_irq, 6
	hyp_entry hyp_fiq, 7

hyp_common:
	mrs	r1, elr_hyp
	mrs	r2, spsr
	str	lr, [sp, #FRAME_LR]
	str	r1, [sp, #FRAME_PC]
	str	r2, [sp, #FRAME_PSR]
	str	r0, [sp, #FRAME_KIND]
	clrex
	mov	r0, sp
	bl	boot_trap
	ldr	r1, [sp, #FRAME_PC]
	ldr	r2, [sp, #FRAME_PSR]
	msr	elr_hyp, r1
	msr	spsr_cxsf, r2
	ldm	sp, {r0-r12}
	ldr	lr, [sp, #FRAME_LR]
	ldr	sp, [sp, #FRAME_SP]
	eret

/* int boot_setjmp(struct boot_jmp *) */
	.globl	boot_setjmp
	.type	boot_setjmp, %function
boot_setjmp:
	stm	r0, {r4-r11}
	str	sp, [r0, #32]
	str	lr, [r0, #36]
	mov	r0, #0
	bx	lr

/* void boot_longjmp(struct boot_jmp *, int): also from a handler, whose stack
 * is left at its top, as after a return from it. */
	.globl	boot_longjmp
	.type	boot_longjmp, %function
boot_longjmp:
	mrs	r2, cpsr
	and	r2, r2, #MODE_MASK
	cmp	r2, #MODE_HYP
	cmpne	r2, #MODE_SVC
	beq	1f
	mrc	p15, 0, r2, c13, c0, 4	/* TPIDRPRW */
	ldr	sp, [r2, #8]
	cps	#MODE_SVC
1:	ldm	r0, {r4-r11}
	ldr	sp, [r0, #32]
	ldr	lr, [r0, #36]
	mov	r0, r1
	bx	lr

	.section .note.GNU-stack, "", %progbits
