/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pool_check.c - validator of a pool: its engine, its spare, its size
 *
 * Takes the pool's lock and holds it for a walk of all blocks: for tests and
 * debug builds.
 */
#include <xmem/debug.h>

#include "lib/assert.h"
#include "lib/front.h"
#include "pool/pool.h"

/* I1: is only the spare empty? */
XMEM_REQUIRES(P)
static const char *check_empty_locked(const struct xmem_pool *pool)
{
	const struct xmem_tlsf *t = pool->tlsf;
	unsigned int nr_empty = 0;
	void *r = NULL;

	while (xmem_tlsf_next_region(t, r, &r) == XMEM_TLSF_OK && r != NULL) {
		if (xmem_tlsf_look(t, r) != XMEM_TLSF_EMPTIED) {
			continue;
		}
		if (++nr_empty > 1) {
			return "pool I1: two regions are wholly free";
		}
		if (r != pool->spare) {
			return "pool I1: the empty region is not the spare";
		}
	}
	return NULL;
}

XMEM_REQUIRES(P)
static const char *check_locked(const struct xmem_pool *pool)
{
	const char *broken = xmem_tlsf_check(pool->tlsf);

	if (broken != NULL) {
		return broken;
	}
	if (pool->max_size != 0 &&
	    xmem_tlsf_total(pool->tlsf) + pool->growing > pool->max_size) {
		return "pool I2: larger than its limit";
	}
	return check_empty_locked(pool);
}

const char *xmem_pool_validate(struct xmem_pool *pool)
{
	const char *broken;

	xmem_pool_lock(pool);
	broken = check_locked(pool);
	xmem_pool_unlock(pool);
	return broken;
}

XMEM_FRONT(xmem_pool_check, xmem_pool_validate);
