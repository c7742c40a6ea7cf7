/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot_memory.h - a stand-in for the boot allocator, as tables.c calls it
 *
 * A table is one frame, below the limit that the fake architecture sets. The
 * including test says what take_frame() does.
 */
#ifndef BOOT_MEMORY_H
#define BOOT_MEMORY_H

#include <xmem/boot.h>

#include "fake.h"

static bool boot; /* the boot allocator is in charge */
static unsigned long nr_from_boot;

/* A frame, or XMEM_NO_MFN. */
static unsigned long take_frame(void);

bool xmem_boot_active(void)
{
	return boot;
}

unsigned long xmem_boot_take(unsigned long nr_pfns, unsigned long pfn_align,
			     unsigned long smfn, unsigned long emfn)
{
	assert_true(boot);
	assert_int_equal(nr_pfns, 1);
	assert_int_equal(pfn_align, 1);
	assert_int_equal(smfn, 0);
	assert_int_equal(emfn, fake_limit);
	nr_from_boot++;
	return take_frame();
}

#endif /* BOOT_MEMORY_H */
