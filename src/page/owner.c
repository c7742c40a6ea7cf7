/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * owner.c - count the frames of an owner against its quota
 *
 * Locking     (D), one for each owner. Nothing else is locked under it.
 */
#include "page/owner.h"

#include "lib/assert.h"

bool xmem_owner_reserve(struct domain *d, unsigned long nr)
{
	struct xmem_owner *owner = xmem_domain_owner(d);
	bool fits;

	XMEM_PANIC_IF(XMEM_DEBUG > 0 && owner->seal != xmem_owner_seal(owner),
		      "heap: owner %p was not set up there by "
		      "xmem_owner_init(), caller %p\n",
		      (const void *)owner, XMEM_CALLER());
	xmem_owner_lock(owner);
	fits = owner->tot_pages <= owner->max_pages &&
	       nr <= owner->max_pages - owner->tot_pages;
	if (fits) {
		owner->tot_pages += nr;
	}
	xmem_owner_unlock(owner);
	return fits;
}

void xmem_owner_release(struct domain *d, unsigned long nr)
{
	struct xmem_owner *owner = xmem_domain_owner(d);

	xmem_owner_lock(owner);
	owner->tot_pages -= nr;
	xmem_owner_unlock(owner);
}
