/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * full_table.h - a machine with as many ranges as the boot allocator takes
 *
 * Each range is in a section of its own, so that the direct map, asking for
 * tables below what it has mapped, is offered a new piece of RAM each time.
 * What was accepted must boot to the end, and lose nothing on the way to the
 * hand-over. A program defines full_ram[], includes this, and runs the tests.
 */
#ifndef FULL_TABLE_H
#define FULL_TABLE_H

#include <arch/cpu.h>
#include <arch/layout.h>

#include <xmem/xmem.h>

#include "x86_cpu.h"

unsigned int xmem_host_layout = XMEM_LAYOUT_FULL;
const struct x86_cpu x86_cpu = {.cr4 = XMEM_CR4_PGE};

static void give_ram(uint64_t used)
{
	uint64_t module = sim_ram[0].start + (33UL << 20);

	for (unsigned int i = 0; i < sim_nr_ram; i++) {
		assert_int_equal(
			xmem_boot_add_ram(sim_ram[i].start,
					  sim_ram[i].end - sim_ram[i].start),
			0);
	}
	xmem_boot_reserve(sim_ram[0].start, sim_ram[0].start + used);
	xmem_boot_reserve(module, module + (1UL << 20));
}

static void all_of_it_boots(void **unused)
{
	sim_ram = full_ram;
	sim_nr_ram = sizeof(full_ram) / sizeof(full_ram[0]);
	sim_listen(unused);
	give_ram(sim_power_on());
	arch_init_directmap();
	arch_init_frametable();
	vm_init();
	vfree(vmalloc(10 * PAGE_SIZE));
	assert_int_equal(xmem_host_nr_prints, 0);
	end_boot_allocator();
	heap_init_late();
	ASSERT_VALID(xmem_check_all());
}

/* Each frame is in the direct map, and has a descriptor. */
static void all_of_it_is_mapped(void **unused)
{
	struct sim_translation t;

	sim_listen(unused);
	for (unsigned int i = 0; i < sim_nr_ram; i++) {
		unsigned long last =
			(unsigned long)(sim_ram[i].end >> PAGE_SHIFT) - 1;

		for (unsigned long mfn =
			     (unsigned long)(sim_ram[i].start >> PAGE_SHIFT);
		     mfn <= last; mfn++) {
			assert_true(sim_translate(
				(unsigned long)mfn_to_virt(mfn), &t));
			assert_true(t.pa == (uint64_t)mfn << PAGE_SHIFT);
			assert_int_equal(
				mfn_x(page_to_mfn(mfn_to_page(_mfn(mfn)))),
				mfn);
		}
		assert_false(mfn_valid(_mfn(last + 1)));
		assert_true(sim_can_read(mfn_to_page(_mfn(last))));
	}
}

static void memory_can_be_had(void **unused)
{
	char *p;

	sim_listen(unused);
	p = xvmalloc_array(char, (2UL << 20));
	assert_non_null(p);
	memset(p, 7, (2UL << 20));
	xvfree(p);
	ASSERT_VALID(xmem_check_all());
}

#endif /* FULL_TABLE_H */
