/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * main.c - the boot of the Arm test hypervisor, in the order embedders follow
 */
#include <arch/cpu.h>
#include <arch/layout.h>

#include <xmem/xmem.h>

#include "boot.h"

extern char boot_image_start[];
extern char boot_rodata_end[];
extern char boot_image_end[];

/* The RAM that the library builds its first tables in: at most so much. */
#define WINDOW_BYTES (1ULL << 30)

/* Of RAM some is in use. */
static void give_ram(const struct boot_fdt *fdt)
{
	paddr_t tree = (unsigned long)fdt->base;

	boot_give_ram(xmem_cpu_paddr_bits());
	xmem_boot_reserve(boot_image_pa(boot_image_start),
			  boot_image_pa(boot_image_end));
	xmem_boot_reserve(tree, tree + fdt->bytes);
	for (unsigned int i = 0; i < boot_nr_reserved; i++) {
		xmem_boot_reserve(boot_reserved[i].start, boot_reserved[i].end);
	}
}

/* Where the RAM that the image lies in ends; 0 if it lies in none. */
static uint64_t end_of_ram_at(uint64_t pa)
{
	for (unsigned int i = 0; i < boot_nr_ram; i++) {
		if (pa >= boot_ram[i].start && pa < boot_ram[i].end) {
			return boot_ram[i].end;
		}
	}
	return 0;
}

static uint64_t lesser(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* From the image's data on, in which the root table is, to the end of that
 * RAM; not over a multiple of the size of a section (xmem_boot_window()). */
static void open_window(void)
{
	const uint64_t section = (uint64_t)PAGE_SIZE << MAX_ORDER;
	uint64_t start = boot_image_pa(boot_rodata_end);
	uint64_t end = end_of_ram_at(start) & ~(uint64_t)(PAGE_SIZE - 1);

	end = lesser(end, start + WINDOW_BYTES);
	end = lesser(end, (start / section + 1) * section);
	end = lesser(end, BOOT_IDENT_MAX);
	if (end <= start || !boot_map_ident(start, end - start)) {
		boot_bail_out("no RAM at the image, %llx",
			      (unsigned long long)start);
	}
	xmem_boot_window((unsigned long)(start >> PAGE_SHIFT),
			 (unsigned long)((end - start) >> PAGE_SHIFT),
			 (void *)(unsigned long)start);
}

static void init_memory(const struct boot_fdt *fdt)
{
	give_ram(fdt);
	boot_limit_xenheap(~0UL);
	open_window();
	boot_init_memory();
}

static void describe_machine(void)
{
	contract_machine.firmware_kib = 0; /* QEMU names all RAM */
	contract_machine.ret_code = boot_ret_code;
	contract_machine.ret_bytes = BOOT_RET_BYTES;
	contract_machine.stack_bytes = BOOT_AP_STACK_BYTES;
}

XMEM_NORETURN void boot_main(unsigned long tree);

/* Without a tree or a console nothing can be said: the run script notices a
 * machine that does not end. */
void boot_main(unsigned long tree)
{
	struct boot_fdt fdt;

	if (!boot_dt_open(&fdt, tree) ||
	    !boot_console_init(boot_dt_console(&fdt))) {
		boot_exit(1);
	}
	contract_print("TAP version 13\n");
	boot_trap_init();
	boot_psci_init(&fdt);
	boot_dt_read(&fdt);
	init_memory(&fdt);
	boot_console_remap();
	boot_smp_start();
	boot_drop_own();
	describe_machine();
	contract_print("# %s, %u CPUs, %lu MiB free\n", boot_level_name(),
		       contract_nr_cpus(),
		       total_free_pages() >> (20 - PAGE_SHIFT));
	boot_exit(contract_suite());
}
