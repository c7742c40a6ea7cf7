/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * owner.h - count the frames of an owner against its quota
 */
#ifndef PAGE_OWNER_H
#define PAGE_OWNER_H

#include <xmem/page_info.h>

/** Count @nr more frames for @d. Return: false, with nothing counted, if they
 *  would exceed its quota. */
XMEM_MUST_CHECK bool xmem_owner_reserve(struct domain *d, unsigned long nr);

/** Count @nr fewer frames for @d. */
void xmem_owner_release(struct domain *d, unsigned long nr);

#endif /* PAGE_OWNER_H */
