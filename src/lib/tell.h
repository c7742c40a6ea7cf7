/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tell.h - tell the port which frames have been allocated, and which are freed
 *
 * A function of the API that hands frames out tells so after they have left the
 * heap; one that takes them back, before anybody else can have them. So the
 * notification hooks (<xmem/port.h>) see the calls for a frame in the true
 * order, though no lock is held. What the library moves about inside itself is
 * told to nobody. For a port without these hooks all of this is no code.
 */
#ifndef LIB_TELL_H
#define LIB_TELL_H

#include <xmem/lock.h>
#include <xmem/port.h>

#include "lib/bits.h"

/** The block of @order at @mfn has been allocated, or is about to be freed. */
XMEM_UNLOCKED
static inline void xmem_tell(unsigned long mfn, unsigned int order,
			     bool is_free)
{
	xmem_preempt_t preempt;

	(void)order; /* A hook that is a macro may not want it. */
	if (!XMEM_PORT_HEARS_FRAMES) {
		return;
	}
	xmem_port_preempt_off(preempt);
	if (is_free) {
		xmem_port_frames_given(mfn, order);
	} else {
		xmem_port_frames_taken(mfn, order);
	}
	xmem_port_preempt_on(preempt);
}

/** The same for frames [@mfn, @mfn + @nr), in as few blocks as possible. */
XMEM_UNLOCKED
static inline void xmem_tell_range(unsigned long mfn, unsigned long nr,
				   bool is_free)
{
	while (XMEM_PORT_HEARS_FRAMES && nr > 0) {
		unsigned int order = xmem_block_order(mfn, nr);

		xmem_tell(mfn, order, is_free);
		mfn += 1UL << order;
		nr -= 1UL << order;
	}
}

#endif /* LIB_TELL_H */
