/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * start.S - from the entry of the Linux boot protocol, and of PSCI, to C
 *
 * A loader jumps to the first instruction of the image at EL2 or EL1, MMU
 * off, x0 = physical address of the device tree. The image may lie at any
 * multiple of the page size; the header is what QEMU, like other loaders,
 * recognises: without it x0 would say nothing.
 *
 * Until the MMU is on every data access goes to memory past the caches, as
 * to a device: aligned ones only, no exclusives. Addresses are relative to
 * the program counter, hence physical; the few linked ones come from literals
 * in this section. The first page of the image, where all this is, is mapped
 * where it was loaded as well, so that the next instruction is there when the
 * MMU comes on.
 *
 * ARCH_VA_UPPER: the image is in the upper half, which TTBR1 translates; at
 * EL2 that takes VHE. Otherwise everything is under TTBR0.
 */
#include "../asm.h"

#ifndef PAGE_SHIFT
#define PAGE_SHIFT 12
#endif
#ifndef ARCH_VA_UPPER
#define ARCH_VA_UPPER 0
#endif

#define CURRENT_EL2 8

/* HCR_EL2: EL1 would be 64-bit; with VHE EL2 is host and has EL0 beneath. */
#define HCR_RW	    (1 << 31)
#define HCR_E2H	    (1 << 34)
#define HCR_TGE	    (1 << 27)
#if ARCH_VA_UPPER
#define HCR	    (HCR_RW | HCR_E2H | HCR_TGE)
#else
#define HCR	    HCR_RW
#endif
/* Vector registers work, though the compiler is told not to use them. */
#define CPACR_FPEN  (3 << 20)
#define CPTR_EL2    0x33ff	/* RES1, traps nothing that exists: TFP is 0 */

/* Memory types by index: write-back, write-through, not cached, device
 * nGnRE. ARCH_MAIR of arch/pte.h. */
#define MAIR	    0x0444bbff

/* 48-bit addresses, tables in write-back memory, inner shareable. */
#define TCR_HALF    (16 | 1 << 8 | 1 << 10 | 3 << 12)
#if PAGE_SHIFT == 12
#define TG0	    0
#define TG1	    2
#elif PAGE_SHIFT == 14
#define TG0	    2
#define TG1	    1
#else
#define TG0	    1
#define TG1	    3
#endif
#define TCR_LOW	    (TCR_HALF | TG0 << 14)
#define TCR_EPD1    (1 << 23)	/* EL1, VHE: no walks for the upper half */
#if ARCH_VA_UPPER
#define TCR_EL1_V   (TCR_LOW | TCR_HALF << 16 | TG1 << 30)
#else
#define TCR_EL1_V   (TCR_LOW | TCR_EPD1)
#endif
#define TCR_EL2_V   (TCR_LOW | 1 << 31 | 1 << 23)	/* RES1 */
#define TCR_IPS	    32
#define TCR_PS	    16

/* MMU, caches, stack alignment; RES1 bits; no WXN, no alignment check. */
#define SCTLR_ON    (1 | 1 << 2 | 1 << 3 | 1 << 12)
#define SCTLR_EL1_V (SCTLR_ON | 0x30d00800)
#define SCTLR_EL2_V (SCTLR_ON | 0x30c50830)

	.macro	mov64 reg, value
	movz	\reg, #((\value) & 0xffff)
	movk	\reg, #((\value) >> 16 & 0xffff), lsl #16
	movk	\reg, #((\value) >> 32 & 0xffff), lsl #32
	.endm

	/* Condition eq: at EL2. */
	.macro	cmp_el2 tmp
	mrs	\tmp, CurrentEL
	cmp	\tmp, #CURRENT_EL2
	.endm

	.section .text.start, "ax"
	.globl	boot_start
boot_start:
	b	start
	.long	0
	.quad	0			/* offset from a multiple of 2 MiB */
	.quad	boot_image_bytes	/* bss included */
	.quad	2			/* little-endian; pages: said at run time */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

start:
	msr	daifset, #15
	msr	spsel, #1
	mov	x20, x0
	bl	level_init
	/* A loader that had its caches on may have left lines of what is
	 * written now, past the caches: dirty ones would be written over it
	 * later, so out with them. */
	adrp	x0, boot_data_start
	adrp	x1, boot_image_end
	bl	clean_invalidate
	adrp	x0, boot_bss_start
	adrp	x1, boot_image_end
1:	stp	xzr, xzr, [x0], #16
	cmp	x0, x1
	b.lo	1b
	adrp	x0, boot_stack_top
	mov	sp, x0
	mov	x29, xzr
	adrp	x0, boot_image_start
	ldr	x1, =boot_image_start
	bl	boot_early_map
	cbz	w0, park
	/* Lines that speculation brought in since then are stale: whoever
	 * looks through the caches, as the walks of the tables do, must see
	 * what was written past them. */
	adrp	x0, boot_data_start
	adrp	x1, boot_image_end
	bl	invalidate
	ldr	x30, =high
	b	mmu_on

high:
	/* Exceptions are taken on a stack of their own: SP_ELx. Everything
	 * else runs on SP_EL0, so a fault there, even in the stack, is safe. */
	ldr	x0, =boot_trap_stacks + BOOT_TRAP_STACK
	mov	sp, x0
	msr	spsel, #0
	ldr	x1, =boot_stack_top
	mov	sp, x1
	ldr	x2, =boot_cpus
	str	x1, [x2, #8]
	str	x0, [x2, #16]
	bl	set_thread
	mov	x0, x20
	mov	x29, xzr
	bl	boot_main
	b	park

/* Another CPU, started by PSCI: x0 = its struct boot_cpu, where it will be
 * when the MMU is on. Reads no data before that. */
	.globl	boot_ap_start
boot_ap_start:
	msr	daifset, #15
	msr	spsel, #1
	mov	x20, x0
	bl	level_init
	ldr	x30, =ap_high
	b	mmu_on

ap_high:
	ldr	x0, [x20, #16]
	mov	sp, x0
	msr	spsel, #0
	ldr	x0, [x20, #8]
	mov	sp, x0
	mov	x2, x20
	bl	set_thread
	mov	x0, x20
	mov	x29, xzr
	bl	boot_ap_main

/* Nothing can be said: no console yet, or nobody to talk to. */
park:
	wfe
	b	park

/* The thread register := x2. */
set_thread:
	cmp_el2	x3
	b.ne	1f
	msr	tpidr_el2, x2
	ret
1:	msr	tpidr_el1, x2
	ret

/* What must be right before the MMU, and the first use of vector registers.
 * Clobbers x0. */
level_init:
	cmp_el2	x0
	b.ne	1f
#if ARCH_VA_UPPER
	/* An upper half at EL2: only with VHE. */
	mrs	x0, id_aa64mmfr1_el1
	ubfx	x0, x0, #8, #4
	cbz	x0, park
#endif
	mov64	x0, HCR
	msr	hcr_el2, x0
	isb				/* names of registers change */
	msr	cntvoff_el2, xzr
#if !ARCH_VA_UPPER
	mov64	x0, CPTR_EL2
	msr	cptr_el2, x0
	isb
	ret
#endif
1:	mov64	x0, CPACR_FPEN
	msr	cpacr_el1, x0
	isb
	ret

/* MMU and caches on, then to x30. Clobbers x0 to x4. */
mmu_on:
	mrs	x3, id_aa64mmfr0_el1
#if PAGE_SHIFT == 14
	ubfx	x4, x3, #20, #4			/* 0: no such granule */
	cbz	x4, park
#else
	ubfx	x4, x3, #(40 - PAGE_SHIFT), #4
	cmp	x4, #15				/* 15: no such granule */
	b.eq	park
#endif
	adrp	x0, boot_tables			/* the library's half */
	mov64	x1, 1 << PAGE_SHIFT
	add	x1, x0, x1			/* identity map, if apart */
	mov64	x2, MAIR
	and	x3, x3, #15			/* physical addresses: */
	mov	x4, #5
	cmp	x3, x4
	csel	x3, x3, x4, lo			/* 48 bits at most */
	dsb	sy				/* tables are in memory */
#if !ARCH_VA_UPPER
	cmp_el2	x4
	b.eq	mmu_on_el2
#endif
	msr	mair_el1, x2
	mov64	x4, TCR_EL1_V
	orr	x4, x4, x3, lsl #TCR_IPS
	msr	tcr_el1, x4
#if ARCH_VA_UPPER
	msr	ttbr0_el1, x1
	msr	ttbr1_el1, x0
#else
	msr	ttbr0_el1, x0
#endif
	isb
	tlbi	vmalle1				/* with VHE: of EL2 */
	ic	iallu
	dsb	nsh
	isb
	mov64	x4, SCTLR_EL1_V
	msr	sctlr_el1, x4
	isb
	ret
#if !ARCH_VA_UPPER
mmu_on_el2:
	msr	mair_el2, x2
	mov64	x4, TCR_EL2_V
	orr	x4, x4, x3, lsl #TCR_PS
	msr	tcr_el2, x4
	msr	ttbr0_el2, x0
	isb
	tlbi	alle2
	ic	iallu
	dsb	nsh
	isb
	mov64	x4, SCTLR_EL2_V
	msr	sctlr_el2, x4
	isb
	ret
#endif

/* Data cache, [x0, x1), to the point of coherency. Clobbers x0, x2, x3. */
	.macro	by_line op
	mrs	x2, ctr_el0
	ubfx	x2, x2, #16, #4
	mov	x3, #4
	lsl	x2, x3, x2
1:	dc	\op, x0
	add	x0, x0, x2
	cmp	x0, x1
	b.lo	1b
	dsb	sy
	.endm

clean_invalidate:
	by_line	civac
	ret
invalidate:
	by_line	ivac
	ret

	.ltorg

	.bss
	.balign 4096
	.skip	32768
	.globl	boot_stack_top
boot_stack_top:

	.section .note.GNU-stack, "", @progbits
