/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * owner.h - the account of an owner of pages
 */
#ifndef PAGE_OWNER_H
#define PAGE_OWNER_H

#include <xmem/page_info.h>

/** Count @nr frames more for @d. Return: false, and nothing is counted, if
 *  they would exceed its limit. */
XMEM_MUST_CHECK bool xmem_owner_reserve(struct domain *d, unsigned long nr);

/** Count @nr frames less for @d. */
void xmem_owner_release(struct domain *d, unsigned long nr);

#endif /* PAGE_OWNER_H */
