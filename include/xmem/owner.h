/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * owner.h - owners of pages: what the page layer needs from a domain
 *
 * A host whose `struct domain` is its own defines XMEM_PORT_DOMAIN in
 * `xmem_port.h`, and declares xmem_domain_owner() there or in the header of its
 * page descriptor (<xmem/page_info.h>).
 */
#ifndef XMEM_OWNER_H
#define XMEM_OWNER_H

#include <xmem/lock.h>
#include <xmem/port.h>
#include <xmem/types.h>

XMEM_BEGIN_DECLS

/**
 * struct xmem_owner - what the allocator needs of an owner of pages.
 *
 * I1  tot_pages = number of frames of this owner that are counted (all but
 *     those allocated with MEMF_no_refcount), plus requests under way
 * I2  tot_pages <= max_pages, unless max_pages was lowered meanwhile
 *
 * Embed it in the hypervisor's `struct domain`, and call xmem_owner_init().
 * Lock letters: (D) lock of this struct, which xmem_owner_lock() takes; (C)
 * constant after set-up.
 */
struct XMEM_LOCKABLE xmem_owner {
	xmem_lock_t lock;
	unsigned long tot_pages XMEM_GUARDED_BY(D); /* frames owned */
	unsigned long max_pages XMEM_GUARDED_BY(D); /* limit on tot_pages */
	unsigned int id;			    /* (C) for messages only */
	unsigned int seal; /* (C) xmem_owner_seal(), since it was set up */
};

/** xmem_owner_seal - of an owner that was set up at this address. */
static inline unsigned int xmem_owner_seal(const struct xmem_owner *owner)
{
	return (unsigned int)(unsigned long)owner ^ 0x6f776e65U;
}

/**
 * xmem_owner_init - set up an owner that owns nothing.
 * @owner:     memory of any contents.
 * @max_pages: how many frames it may own; ~0UL: any number.
 * @id:        for messages.
 *
 * Context: before anybody else knows of @owner. It must not be moved or copied
 * after. With XMEM_DEBUG an allocation for an owner that was not set up, or was
 * moved, panics.
 */
XMEM_UNCHECKED
static inline void xmem_owner_init(struct xmem_owner *owner,
				   unsigned long max_pages, unsigned int id)
{
	xmem_port_lock_init(&owner->lock);
	owner->tot_pages = 0;
	owner->max_pages = max_pages;
	owner->id = id;
	owner->seal = xmem_owner_seal(owner);
}

/**
 * xmem_owner_lock, xmem_owner_unlock - take and drop (D), to read the counts
 * while others allocate, or to change the limit.
 * @owner: not NULL.
 *
 * The caller must call no function of the library in between.
 */
static inline void xmem_owner_lock(struct xmem_owner *owner)
	XMEM_LOCKS_OF(D, *owner)
{
	xmem_port_lock(&owner->lock);
}

static inline void xmem_owner_unlock(struct xmem_owner *owner)
	XMEM_UNLOCKS_OF(D, *owner)
{
	xmem_port_unlock(&owner->lock);
}

struct domain;

#ifndef XMEM_PORT_DOMAIN
/** struct domain - the default owner, for those who have none of their own. */
struct domain {
	struct xmem_owner mem;
};

/**
 * xmem_domain_owner - the xmem_owner inside a domain.
 * @d: the domain; not NULL.
 *
 * Called by every allocation and free of pages that have an owner, on any CPU,
 * without a lock. Return: never NULL, and the same as long as @d owns pages.
 */
static inline struct xmem_owner *xmem_domain_owner(struct domain *d)
{
	return &d->mem;
}
#endif

XMEM_END_DECLS

XMEM_AGREE(owner)
{
	XMEM_AGREE_ON("XMEM_PORT_DOMAIN", XMEM_IS_DEFINED(XMEM_PORT_DOMAIN));
	XMEM_AGREE_ON("sizeof_xmem_owner", sizeof(struct xmem_owner));
	XMEM_AGREED();
}

#endif /* XMEM_OWNER_H */
