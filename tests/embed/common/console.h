/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console.h - a panic that a check expects
 *
 *	jmp_buf here;
 *
 *	console_catch = &here;
 *	if (setjmp(here) == 0)
 *		vfree(wrong);
 *	console_catch = NULL;
 */
#ifndef CONSOLE_H
#define CONSOLE_H

#include <setjmp.h>

extern jmp_buf *console_catch;	/* NULL: a panic ends the program */
extern char console_panic[256]; /* what the last one said */

#endif /* CONSOLE_H */
