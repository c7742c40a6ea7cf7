/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vectors.S - entry of all exceptions, and the two jumps of recovery
 *
 * An exception switches to SP_ELx, the trap stack of this CPU, since
 * everything else runs on SP_EL0: a stack that has run over is left alone.
 * Registers are stored as struct boot_frame says, boot_trap() may change
 * them, and what is there then is what goes on.
 */
#define FRAME	 288
#define FRAME_PC 256
#define FRAME_KIND 272

	.text

	.macro	vector kind
	.balign	128
	sub	sp, sp, #FRAME
	stp	x0, x1, [sp]
	mov	x0, #\kind
	b	common
	.endm

	.balign	2048
	.globl	boot_vectors
boot_vectors:
	.set	kind, 0
	.rept	16
	vector	kind
	.set	kind, kind + 1
	.endr

common:
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	mrs	x1, sp_el0
	stp	x30, x1, [sp, #240]
	mrs	x3, CurrentEL
	cmp	x3, #8
	b.eq	1f
	mrs	x1, elr_el1
	mrs	x2, spsr_el1
	b	2f
1:	mrs	x1, elr_el2
	mrs	x2, spsr_el2
2:	stp	x1, x2, [sp, #FRAME_PC]
	str	x0, [sp, #FRAME_KIND]
	mov	x0, sp
	mov	x29, xzr
	bl	boot_trap
	ldp	x1, x2, [sp, #FRAME_PC]
	mrs	x3, CurrentEL
	cmp	x3, #8
	b.eq	1f
	msr	elr_el1, x1
	msr	spsr_el1, x2
	b	2f
1:	msr	elr_el2, x1
	msr	spsr_el2, x2
2:	ldp	x30, x1, [sp, #240]
	msr	sp_el0, x1
	ldp	x28, x29, [sp, #224]
	ldp	x26, x27, [sp, #208]
	ldp	x24, x25, [sp, #192]
	ldp	x22, x23, [sp, #176]
	ldp	x20, x21, [sp, #160]
	ldp	x18, x19, [sp, #144]
	ldp	x16, x17, [sp, #128]
	ldp	x14, x15, [sp, #112]
	ldp	x12, x13, [sp, #96]
	ldp	x10, x11, [sp, #80]
	ldp	x8, x9, [sp, #64]
	ldp	x6, x7, [sp, #48]
	ldp	x4, x5, [sp, #32]
	ldp	x2, x3, [sp, #16]
	ldp	x0, x1, [sp], #FRAME
	eret

/* int boot_setjmp(struct boot_jmp *) */
	.globl	boot_setjmp
boot_setjmp:
	stp	x19, x20, [x0]
	stp	x21, x22, [x0, #16]
	stp	x23, x24, [x0, #32]
	stp	x25, x26, [x0, #48]
	stp	x27, x28, [x0, #64]
	stp	x29, x30, [x0, #80]
	mov	x1, sp
	str	x1, [x0, #96]
	mov	w0, #0
	ret

/* void boot_longjmp(struct boot_jmp *, int): also from a handler, whose stack
 * is left at its top, as after an eret. */
	.globl	boot_longjmp
boot_longjmp:
	mrs	x3, CurrentEL
	cmp	x3, #8
	b.eq	1f
	mrs	x2, tpidr_el1
	b	2f
1:	mrs	x2, tpidr_el2
2:	ldr	x2, [x2, #16]
	msr	spsel, #1
	mov	sp, x2
	msr	spsel, #0
	ldp	x19, x20, [x0]
	ldp	x21, x22, [x0, #16]
	ldp	x23, x24, [x0, #32]
	ldp	x25, x26, [x0, #48]
	ldp	x27, x28, [x0, #64]
	ldp	x29, x30, [x0, #80]
	ldr	x2, [x0, #96]
	mov	sp, x2
	mov	w0, w1
	ret

	.section .note.GNU-stack, "", @progbits
