/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libgcc.c - what libgcc wants of a hosted system
 *
 * The tests divide numbers of 64 bits, for which the compiler calls libgcc;
 * the library itself does without.
 */
#include "boot.h"

int raise(int signal);

int raise(int signal)
{
	boot_bail_out("division by zero, signal %d", signal);
}
