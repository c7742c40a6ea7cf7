/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * main.c - the boot of skel's test hypervisor, in the order embedders follow
 *
 * Decide: who says where RAM is. Here it is a device tree (fdt.h); for the
 * mistakes that one may have, and RAM that must not be mapped, see
 * tests/boot/arm/dt.c. tests/boot/x86/memmap.c reads a list of ranges.
 */
#include <arch/layout.h>

#include <xmem/xmem.h>

#include "boot.h"

extern char boot_image_start[];
extern char boot_text_end[];
extern char boot_rodata_end[];
extern char boot_image_end[];

uint64_t boot_image_pa(const void *va)
{
	return (unsigned long)va - (unsigned long)boot_image_start +
	       skel_image_load;
}

/* ---- the device tree ---- */

typedef void use_fn(uint64_t start, uint64_t size);

static void use_ram(uint64_t start, uint64_t size)
{
	boot_add_ram(start, start + size);
}

static void use_reserved(uint64_t start, uint64_t size)
{
	xmem_boot_reserve(start, start + size);
}

static void use_cpu(uint64_t id, uint64_t size)
{
	(void)size;
	if (id != boot_cpus[0].id && boot_nr_cpus < NR_CPUS) {
		boot_cpus[boot_nr_cpus].number = boot_nr_cpus;
		boot_cpus[boot_nr_cpus++].id = id;
	}
}

/* Call @use for every entry of "reg" of the children of @parent; with @type
 * only of those whose "device_type" it is. */
static void for_each(const struct boot_fdt *fdt, uint32_t parent,
		     const char *type, use_fn *use)
{
	uint32_t node = boot_fdt_child(fdt, parent);
	struct boot_fdt_reg reg;

	for (; node != 0; node = boot_fdt_sibling(fdt, node)) {
		uint64_t start;
		uint64_t size;

		if (!boot_fdt_is_in_use(fdt, node) ||
		    (type != NULL &&
		     !boot_fdt_says(fdt, node, "device_type", type)) ||
		    boot_fdt_reg(fdt, node, parent, &reg) != NULL) {
			continue;
		}
		for (unsigned int i = 0; i < reg.nr; i++) {
			boot_fdt_reg_entry(&reg, i, &start, &size);
			use(start, size);
		}
	}
}

static void read_tree(const struct boot_fdt *fdt)
{
	const char *text = boot_fdt_text(fdt, boot_fdt_find(fdt, "/chosen", 7),
					 "bootargs");

	boot_cpus[0].id = skel_own_id();
	boot_nr_cpus = 1;
	for_each(fdt, boot_fdt_root(fdt), "memory", use_ram);
	for_each(fdt, boot_fdt_find(fdt, "/cpus", 5), "cpu", use_cpu);
	if (text != NULL) {
		boot_read_command_line(text);
	}
}

/* ---- memory ---- */

/* All RAM, then what is in use of it. Decide: the address bits of the CPU at
 * hand, if they differ (xmem_cpu_paddr_bits() of arm64). */
static void give_ram(const struct boot_fdt *fdt)
{
	paddr_t tree = (unsigned long)fdt->base;
	uint64_t start;
	uint64_t size;

	boot_give_ram(PADDR_BITS);
	xmem_boot_reserve(boot_image_pa(boot_image_start),
			  boot_image_pa(boot_image_end));
	xmem_boot_reserve(tree, tree + fdt->bytes);
	for (unsigned int i = 0; boot_fdt_reserved(fdt, i, &start, &size);
	     i++) {
		use_reserved(start, size);
	}
	for_each(fdt, boot_fdt_find(fdt, "/reserved-memory", 16), NULL,
		 use_reserved);
}

static void init_memory(const struct boot_fdt *fdt)
{
	give_ram(fdt);
	boot_limit_xenheap(~0UL); /* LAYOUT=partial */
	xmem_boot_window(
		(unsigned long)(skel_window_start >> PAGE_SHIFT),
		(unsigned long)((skel_window_end - skel_window_start) >>
				PAGE_SHIFT),
		(void *)(unsigned long)skel_window_start);
	boot_init_memory();
}

static void must(int error, const char *what)
{
	if (error != 0) {
		boot_bail_out("%s: %d", what, error);
	}
}

/* The start code may have mapped the image with all access rights. */
static void protect_image(void)
{
	unsigned long start = (unsigned long)boot_image_start;
	unsigned long text = (unsigned long)boot_text_end;
	unsigned long rodata = (unsigned long)boot_rodata_end;
	unsigned long end = (unsigned long)boot_image_end;

	must(modify_xen_mappings(start, text, PAGE_HYPERVISOR_RX), "text");
	must(modify_xen_mappings(text, rodata, PAGE_HYPERVISOR_RO), "rodata");
	must(modify_xen_mappings(rodata, end, PAGE_HYPERVISOR_RW), "data");
}

/* What the contract tests must know of the machine. */
static void describe_machine(void)
{
	contract_machine.firmware_kib = 0; /* the tree names all RAM */
	contract_machine.device = 0;	   /* Decide: one that can be read */
	contract_machine.ret_code = skel_ret_code;
	contract_machine.ret_bytes = skel_ret_bytes;
	contract_machine.stack_bytes = BOOT_AP_STACK_BYTES;
}

void boot_main(unsigned long tree)
{
	struct boot_fdt fdt;
	const char *wrong;

	contract_print("TAP version 13\n");
	skel_set_vectors();
	wrong = boot_fdt_open(&fdt, (const void *)tree,
			      (uint32_t)(skel_window_end - tree));
	if (wrong != NULL) {
		boot_bail_out("device tree: %s", wrong);
	}
	read_tree(&fdt);
	init_memory(&fdt);
	boot_smp_start();
	protect_image();
	skel_drop_identity_map();
	describe_machine();
	contract_print("# %u CPUs, %lu MiB free\n", contract_nr_cpus(),
		       total_free_pages() >> (20 - PAGE_SHIFT));
	boot_exit(contract_suite());
}
