/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * owners.h - a machine of 1024 free frames, and two domains to own them
 */
#ifndef OWNERS_H
#define OWNERS_H

#include "fake.h"

static struct domain d, other;

static int set_up(void **state)
{
	(void)state;
	fake_reset();
	fake_add(1024, 2048, false);
	xmem_owner_init(&d.mem, 100, 0);
	xmem_owner_init(&other.mem, 100, 0);
	return 0;
}

#endif /* OWNERS_H */
