/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * main.c - the boot of the test hypervisor, in the order embedders follow
 */
#include <arch/cpu.h>
#include <arch/layout.h>
#include <arch/pte.h>
#include <arch/tlb.h>

#include <xmem/xmem.h>

#include "boot.h"

#define LAPIC_PA 0xfee00000UL

#define MIB_PAGES (1UL << (20 - PAGE_SHIFT))

extern char boot_image_start[];
extern char boot_text_end[];
extern char boot_rodata_end[];
extern char boot_image_end[];
extern uint64_t boot_pml4[];
extern uint64_t boot_pml5[];

static unsigned int own_apic_id(void)
{
	return xmem_cpuid(1, 0).ebx >> 24;
}

static void must(int error, const char *what)
{
	if (error != 0) {
		boot_bail_out("%s: %d", what, error);
	}
}

/* start.S mapped the image with large pages that allow everything. */
static void protect_image(void)
{
	unsigned long start = (unsigned long)boot_image_start;
	unsigned long text = (unsigned long)boot_text_end;
	unsigned long rodata = (unsigned long)boot_rodata_end;
	unsigned long end = (unsigned long)boot_image_end;
	unsigned long mapped = start + 0x600000;

	must(modify_xen_mappings(start, text, PAGE_HYPERVISOR_RX), "text");
	must(modify_xen_mappings(text, rodata, PAGE_HYPERVISOR_RO), "rodata");
	must(modify_xen_mappings(rodata, end, PAGE_HYPERVISOR_RW), "data");
	must(destroy_xen_mappings(end, mapped), "behind the image");
}

/* Nobody needs address 0 any more: from here on NULL faults. */
static void drop_identity_map(void)
{
	boot_pml4[0] = 0;
	boot_pml5[0] = 0;
	xmem_port_tlb_flush(0, 1UL << 18);
}

static void start_cpus(void)
{
	unsigned long lapic = 0;

	if (!boot_acpi_read_cpus(own_apic_id(), &lapic)) {
		boot_bail_out("no MADT");
	}
	if (!boot_lapic_init(lapic)) {
		boot_bail_out("no local APIC");
	}
	boot_smp_start();
}

static void init_memory(void)
{
	boot_give_ram(xmem_cpu_paddr_bits());
	boot_reserve_used();
	/* Inside what start.S has mapped, also behind the holes below 1 MiB. */
	boot_limit_xenheap(768 * MIB_PAGES);
	boot_init_memory();
}

/* Firmware keeps less than 2 MiB of what QEMU was told to provide. */
static void describe_machine(void)
{
	static const unsigned char ret[] = {0xc3};

	contract_machine.firmware_kib = 2048;
	contract_machine.device = LAPIC_PA;
	contract_machine.device_offset = 0x30; /* its version */
	contract_machine.ret_code = ret;
	contract_machine.ret_bytes = sizeof(ret);
	contract_machine.stack_bytes = BOOT_AP_STACK_BYTES;
}

XMEM_NORETURN void boot_main(unsigned long start_info);

void boot_main(unsigned long start_info)
{
	boot_console_init();
	contract_print("TAP version 13\n");
	boot_trap_init(boot_this_cpu());
	boot_read_start_info(start_info);
	init_memory();
	start_cpus();
	protect_image();
	drop_identity_map();
	describe_machine();
	contract_print("# %u CPUs, %lu MiB free, %u levels, 1 GiB blocks: "
		       "%s\n",
		       contract_nr_cpus(),
		       total_free_pages() >> (20 - PAGE_SHIFT), ARCH_PT_LEVELS,
		       xmem_mmu_has_1g ? "yes" : "no");
	boot_exit(contract_suite());
}
