/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * start.S - from the PVH entry, and from a start-up IPI, to C in long mode
 *
 * The boot processor comes in 32-bit protected mode without paging, EBX the
 * physical address of the start info. Page tables are data, filled in by the
 * assembler: the first GiB at 0 (dropped once all CPUs run) and at the
 * direct map, 6 MiB of image at -2 GiB. With five levels one table more lies
 * above them, and everything is where it is with four.
 */
#define BASE	    0xffffffff80000000
#define PHYS(sym)   ((sym) - BASE)
#define TRAMP	    0x8000
#define CR4_INIT    0xa0	/* PAE, PGE */
#define CR4_LA57    0x1000
#define CPUID_LA57  0x10000	/* leaf 7, ECX */
#define CR0_INIT    0x80010031	/* PG, WP, NE, ET, PE */
#define MSR_EFER    0xc0000080
#define EFER_INIT   0x900	/* LME, NXE */
#define MSR_PAT	    0x277
#define PAT	    0x00010406	/* both halves; ARCH_PAT of arch/pte.h */
#define MSR_GS_BASE 0xc0000101

	.section .note.pvh, "a", @note
	.align 4
	.long 4			/* size of the name */
	.long 8			/* size of the value */
	.long 18		/* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz "Xen"
	.quad PHYS(boot_start32)

	.section .text.start, "ax"
	.code32
	.globl boot_start32
boot_start32:
	cli
	cld
	movl	%ebx, %edi
	xorl	%eax, %eax
	cpuid
	cmpl	$7, %eax
	jb	1f
	movl	$7, %eax
	xorl	%ecx, %ecx
	cpuid
	testl	$CPUID_LA57, %ecx
	jz	1f
	orl	$CR4_LA57, PHYS(paging_cr4)
	movl	$PHYS(boot_pml5), PHYS(paging_cr3)
1:
	movl	PHYS(paging_cr4), %eax
	movl	%eax, %cr4
	movl	PHYS(paging_cr3), %eax
	movl	%eax, %cr3
	movl	$MSR_EFER, %ecx
	movl	$EFER_INIT, %eax
	xorl	%edx, %edx
	wrmsr
	movl	$CR0_INIT, %eax
	movl	%eax, %cr0
	lgdtl	PHYS(gdt_ptr)
	ljmp	$0x08, $PHYS(start64)

	.code64
start64:
	movabs	$high64, %rax
	jmp	*%rax
high64:
	movl	$0x10, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
	movl	%edi, %ebx	/* start info; also clears the upper half */
	lea	boot_cpus(%rip), %rbp
	movq	%rbp, (%rbp)	/* self; the number is 0 already */
	lea	boot_stack_top(%rip), %rsp
	movq	%rsp, 16(%rbp)
	call	set_msrs
	movq	%rbx, %rdi
	xorl	%ebp, %ebp
	call	boot_main
	ud2

/* GS base from RBP, and the memory types. */
set_msrs:
	movl	$MSR_GS_BASE, %ecx
	movl	%ebp, %eax
	movq	%rbp, %rdx
	shrq	$32, %rdx
	wrmsr
	movl	$MSR_PAT, %ecx
	movl	$PAT, %eax
	movl	$PAT, %edx
	wrmsr
	ret

/* An application processor, in long mode; boot_ap_cpu is its structure. */
ap_high:
	movl	$0x10, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movq	boot_ap_cpu(%rip), %rbp
	movq	16(%rbp), %rsp
	call	set_msrs
	movq	%rbp, %rdi
	xorl	%ebp, %ebp
	call	boot_ap_main
	ud2

/* Copied to TRAMP; runs there in real mode, CS = TRAMP >> 4. */
	.section .rodata
	.globl boot_tramp_start, boot_tramp_end
	.balign 16
	.code16
boot_tramp_start:
	cli
	cld
	movw	%cs, %ax
	movw	%ax, %ds
	lgdtl	tramp_gdt_ptr - boot_tramp_start
	movl	%cr0, %eax
	orl	$1, %eax
	movl	%eax, %cr0
	ljmpl	$0x18, $(TRAMP + tramp32 - boot_tramp_start)
	.code32
tramp32:
	movl	$0x10, %eax
	movl	%eax, %ds
	movl	PHYS(paging_cr4), %eax
	movl	%eax, %cr4
	movl	PHYS(paging_cr3), %eax
	movl	%eax, %cr3
	movl	$MSR_EFER, %ecx
	movl	$EFER_INIT, %eax
	xorl	%edx, %edx
	wrmsr
	movl	$CR0_INIT, %eax
	movl	%eax, %cr0
	ljmp	$0x08, $(TRAMP + tramp64 - boot_tramp_start)
	.code64
tramp64:
	movabs	$ap_high, %rax
	jmp	*%rax
	.balign 8
tramp_gdt:
	.quad	0
	.quad	0x00af9b000000ffff	/* 08: code, 64 bit */
	.quad	0x00cf93000000ffff	/* 10: data */
	.quad	0x00cf9b000000ffff	/* 18: code, 32 bit */
tramp_gdt_ptr:
	.word	4 * 8 - 1
	.long	TRAMP + tramp_gdt - boot_tramp_start
boot_tramp_end:

	.data
	.balign 8
gdt:
	.quad	0
	.quad	0x00af9b000000ffff
	.quad	0x00cf93000000ffff
gdt_ptr:
	.word	3 * 8 - 1
	.long	PHYS(gdt)

/* How all CPUs go into paging: five levels where they have them. */
paging_cr4:
	.long	CR4_INIT
paging_cr3:
	.long	PHYS(boot_pml4)

	.balign 4096
	.globl boot_pml5
boot_pml5:			/* both halves of 48 bits lie below these */
	.quad	PHYS(boot_pml4) + 3
	.fill	510, 8, 0
	.quad	PHYS(boot_pml4) + 3
	.globl boot_pml4
boot_pml4:
	.quad	PHYS(l3_ident) + 3
	.fill	255, 8, 0
	.quad	PHYS(l3_direct) + 3
	.fill	254, 8, 0
	.quad	PHYS(l3_image) + 3
l3_ident:
	.quad	PHYS(l2_ident) + 3
	.fill	511, 8, 0
l3_direct:
	.quad	PHYS(l2_direct) + 3
	.fill	511, 8, 0
l3_image:
	.fill	510, 8, 0
	.quad	PHYS(l2_image) + 3
	.quad	0
l2_ident:
	.set	i, 0
	.rept	512
	.quad	i + 0x83
	.set	i, i + 0x200000
	.endr
l2_direct:			/* not executable */
	.set	i, 0
	.rept	512
	.quad	i + 0x8000000000000083
	.set	i, i + 0x200000
	.endr
l2_image:
	.quad	0
	.quad	0x200083
	.quad	0x400083
	.quad	0x600083
	.fill	508, 8, 0

	.bss
	.balign 4096
	.globl boot_stack_top
	.skip	32768
boot_stack_top:

	.section .note.GNU-stack, "", @progbits
