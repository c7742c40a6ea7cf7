/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * psci.c - starting CPUs and leaving the machine, by the firmware
 *
 * Source: Power State Coordination Interface (DEN 0022), version 0.2 and up,
 * whose function numbers are fixed. Which instruction leads to the firmware
 * is said in the device tree: hvc from EL1, smc from EL2.
 */
#include "boot.h"

#define CPU_ON	   0x84000003U
#define SYSTEM_OFF 0x84000008U

static enum { NO_FIRMWARE, BY_SMC, BY_HVC } conduit;

void boot_psci_init(const struct boot_fdt *fdt)
{
	uint32_t node = boot_fdt_find_compatible(fdt, 0, "arm,psci-0.2");

	if (node == 0) {
		node = boot_fdt_find_compatible(fdt, 0, "arm,psci-1.0");
	}
	if (boot_fdt_says(fdt, node, "method", "hvc")) {
		conduit = BY_HVC;
	} else if (boot_fdt_says(fdt, node, "method", "smc")) {
		conduit = BY_SMC;
	} else {
		contract_diag("device tree: no psci of version 0.2 or later");
	}
}

int boot_psci_cpu_on(uint64_t mpidr, uint64_t entry, unsigned long context)
{
	if (conduit == NO_FIRMWARE) {
		return -1;
	}
	return (int)boot_firmware_call(conduit == BY_HVC, CPU_ON | BOOT_PSCI_64,
				       (unsigned long)mpidr,
				       (unsigned long)entry, context);
}

/* The machine is off: what was printed is the result. */
void boot_exit(unsigned int code)
{
	(void)code;
	if (conduit != NO_FIRMWARE) {
		boot_firmware_call(conduit == BY_HVC, SYSTEM_OFF, 0, 0, 0);
	}
	for (;;) {
		__asm__ volatile("wfi");
	}
}
