/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vectors.S - entry of all vectors, and the two jumps of recovery
 */
	.text
	.code64

/* 256 entries of 16 bytes. The CPU pushes an error code for 8, 10-14, 17, 21;
 * the others push 0. */
	.balign 16
	.globl	boot_vectors
boot_vectors:
	.set	vec, 0
	.rept	256
	.balign 16
	.if	!((vec == 8) || (vec == 10) || (vec == 11) || (vec == 12) || \
		  (vec == 13) || (vec == 14) || (vec == 17) || (vec == 21))
	pushq	$0
	.endif
	pushq	$vec
	jmp	common
	.set	vec, vec + 1
	.endr

common:
	cld
	pushq	%rax
	pushq	%rbx
	pushq	%rcx
	pushq	%rdx
	pushq	%rsi
	pushq	%rdi
	pushq	%rbp
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movq	%rsp, %rdi
	movq	%rsp, %rbp
	andq	$-16, %rsp
	call	boot_trap
	movq	%rbp, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rbp
	popq	%rdi
	popq	%rsi
	popq	%rdx
	popq	%rcx
	popq	%rbx
	popq	%rax
	addq	$16, %rsp
	iretq

/* int boot_setjmp(struct boot_jmp *) */
	.globl	boot_setjmp
boot_setjmp:
	movq	%rbx, 0(%rdi)
	movq	%rbp, 8(%rdi)
	movq	%r12, 16(%rdi)
	movq	%r13, 24(%rdi)
	movq	%r14, 32(%rdi)
	movq	%r15, 40(%rdi)
	leaq	8(%rsp), %rax
	movq	%rax, 48(%rdi)
	movq	(%rsp), %rax
	movq	%rax, 56(%rdi)
	pushfq
	popq	64(%rdi)
	xorl	%eax, %eax
	ret

/* void boot_longjmp(struct boot_jmp *, int) */
	.globl	boot_longjmp
boot_longjmp:
	movq	0(%rdi), %rbx
	movq	8(%rdi), %rbp
	movq	16(%rdi), %r12
	movq	24(%rdi), %r13
	movq	32(%rdi), %r14
	movq	40(%rdi), %r15
	movq	48(%rdi), %rsp
	movl	%esi, %eax
	movq	56(%rdi), %rdx
	pushq	64(%rdi)
	popfq
	jmp	*%rdx

	.section .note.GNU-stack, "", @progbits
