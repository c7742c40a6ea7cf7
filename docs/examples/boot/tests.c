/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests.c - tests of this machine alone
 *
 * Decide: what else its raw registers and entries must say. Breaks of
 * mappings: tests/boot/arm/test_arm.c; types: tests/boot/x86/test_x86.c.
 */
#include <arch/layout.h>

#include <xmem/xmem.h>

#include "boot.h"

extern char boot_image_start[];
extern char boot_image_end[];

/* Text cannot be written, nor constants, and data are not executed. */
static bool image_is_protected(void)
{
	static unsigned int data; /* no instruction is fetched */
	static const char rodata[] = "rodata";

	CHECK(boot_faults(BOOT_WRITE, boot_image_start, CAUSE_NO_WRITE));
	CHECK(boot_faults(BOOT_WRITE, rodata, CAUSE_NO_WRITE));
	CHECK(boot_faults(BOOT_CALL, &data, CAUSE_NO_EXEC));
	return true;
}

/* NULL is nothing, nor is where the image was loaded. */
static bool identity_map_is_gone(void)
{
	const void *image = (const void *)(unsigned long)skel_image_load;

	CHECK(boot_faults(BOOT_READ, NULL, CAUSE_NOT_PRESENT));
	CHECK(boot_faults(BOOT_READ, image, CAUSE_NOT_PRESENT));
	return true;
}

/* The frames of the image are RAM, but never free. */
static bool image_stays_out_of_the_heap(void)
{
	for (char *p = boot_image_start; p < boot_image_end; p += PAGE_SIZE) {
		unsigned long mfn =
			(unsigned long)(boot_image_pa(p) >> PAGE_SHIFT);

		CHECK(xmem_heap_frame_state(mfn) == XMEM_FRAME_USED);
	}
	return true;
}

const struct contract_test contract_tests_platform[] = {
	{"the image is protected", image_is_protected},
	{"the identity map is gone", identity_map_is_gone},
	{"the image stays out of the heap", image_stays_out_of_the_heap},
	{NULL, NULL},
};
