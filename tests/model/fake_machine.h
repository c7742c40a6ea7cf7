/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_machine.h - the fake machine that the models of the heap boot
 */
#ifndef FAKE_MACHINE_H
#define FAKE_MACHINE_H

#include <xmem/admin.h>

#include "fake.h"

/** A new machine of @frames frames, @node_frames of them on a node, without any
 *  span. Return: in the partial layout, where the xenheap ends: inside a span,
 *  at no border of blocks; else 0. */
static unsigned long fake_power_on(unsigned long frames,
				   unsigned long node_frames,
				   unsigned int layout)
{
	fake_reset();
	fake.node_frames = node_frames;
	xmem_host_layout = layout;
	if (layout != XMEM_LAYOUT_PARTIAL) {
		return 0;
	}
	fake_mapped_end = frames / 3 - 3;
	xenheap_max_mfn(fake_mapped_end - 1);
	return fake_mapped_end;
}

#endif /* FAKE_MACHINE_H */
