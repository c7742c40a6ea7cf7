/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * own.h - families of functions that a host may define itself
 *
 * Each own_<family>.c defines all of the family, and counts its calls in a
 * variable that is there only if the file is linked.
 */
#ifndef OWN_H
#define OWN_H

#define OWN_FAMILIES(F) \
	F(vmap) F(vmalloc) F(ioremap) F(xvmalloc) F(pool) F(xmalloc) F(checks)

#define OWN_DECLARE(name) \
	extern unsigned long own_##name##_calls __attribute__((weak));
OWN_FAMILIES(OWN_DECLARE)

#endif /* OWN_H */
