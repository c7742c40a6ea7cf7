/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * acpi.c - the list of CPUs, from the MADT
 *
 * Tables lie in memory that is not RAM to the library, so each is mapped by
 * ioremap() while it is read: a sub-page, unaligned use of it.
 */
#include <xmem/vmap.h>

#include "boot.h"
#include "lib/mem.h"

struct rsdp {
	char signature[8];
	uint8_t checksum;
	char oem[6];
	uint8_t revision;
	uint32_t rsdt;
	uint32_t length;
	uint64_t xsdt;
} __attribute__((packed));

struct sdt {
	char signature[4];
	uint32_t length;
	uint8_t revision;
	uint8_t checksum;
	char rest[26];
} __attribute__((packed));

struct madt {
	struct sdt header;
	uint32_t lapic;
	uint32_t flags;
} __attribute__((packed));

struct madt_lapic {
	uint8_t type;
	uint8_t length;
	uint8_t acpi_id;
	uint8_t apic_id;
	uint32_t flags;
} __attribute__((packed));

#define BIOS_START 0xe0000UL
#define BIOS_BYTES 0x20000UL

/* Byte sum of a whole table is 0. */
static bool sum_is_zero(const void *table, unsigned long bytes)
{
	const uint8_t *byte = table;
	uint8_t sum = 0;

	for (unsigned long i = 0; i < bytes; i++) {
		sum = (uint8_t)(sum + byte[i]);
	}
	return sum == 0;
}

/* Where the loader does not tell: the firmware's area, every 16 bytes. */
static bool scan_rsdp(struct rsdp *out)
{
	const char *area = ioremap(BIOS_START, BIOS_BYTES);
	bool found = false;

	for (unsigned long i = 0; area && !found && i < BIOS_BYTES; i += 16) {
		found = memcmp(area + i, "RSD PTR ", 8) == 0 &&
			sum_is_zero(area + i, 20);
		if (found) {
			memcpy(out, area + i, sizeof(*out));
		}
	}
	iounmap(area);
	return found;
}

static bool read_rsdp(struct rsdp *out)
{
	const struct rsdp *rsdp;

	if (boot_rsdp == 0) {
		return scan_rsdp(out);
	}
	rsdp = ioremap(boot_rsdp, sizeof(*rsdp));
	if (rsdp == NULL) {
		return false;
	}
	memcpy(out, rsdp, sizeof(*out));
	iounmap(rsdp);
	return memcmp(out->signature, "RSD PTR ", 8) == 0;
}

/* The whole table at @paddr, mapped; NULL if it is broken. */
static struct sdt *map_table(unsigned long paddr)
{
	struct sdt *header = ioremap(paddr, sizeof(*header));
	unsigned long length;

	if (header == NULL) {
		return NULL;
	}
	length = header->length;
	iounmap(header);
	header = ioremap(paddr, length);
	if (header != NULL && !sum_is_zero(header, length)) {
		iounmap(header);
		return NULL;
	}
	return header;
}

static void note_cpu(unsigned int apic_id, unsigned int own)
{
	struct boot_cpu *cpu;

	if (apic_id == own || boot_nr_cpus == NR_CPUS) {
		return; /* the boot processor is number 0 already */
	}
	cpu = &boot_cpus[boot_nr_cpus];
	cpu->self = cpu;
	cpu->number = boot_nr_cpus++;
	cpu->apic_id = apic_id;
}

static void read_madt(const struct madt *madt, unsigned int own)
{
	const uint8_t *at = (const uint8_t *)(madt + 1);
	const uint8_t *end = (const uint8_t *)madt + madt->header.length;

	while (at + 2 <= end && at[1] >= 2) {
		const struct madt_lapic *entry = (const void *)at;

		if (entry->type == 0 && (entry->flags & 1) != 0) {
			note_cpu(entry->apic_id, own);
		}
		at += at[1];
	}
}

/* Address number @i of the RSDT (4 bytes each) or XSDT (8). */
static unsigned long table_address(const struct sdt *root, unsigned int width,
				   unsigned int i)
{
	unsigned long v = 0;

	memcpy(&v, (const char *)(root + 1) + i * width, width);
	return v;
}

static bool use_table(unsigned long paddr, unsigned int own,
		      unsigned long *lapic)
{
	struct sdt *table = map_table(paddr);
	bool found;

	if (table == NULL) {
		return false;
	}
	found = memcmp(table->signature, "APIC", 4) == 0;
	if (found) {
		*lapic = ((const struct madt *)table)->lapic;
		read_madt((const struct madt *)table, own);
	}
	iounmap(table);
	return found;
}

bool boot_acpi_read_cpus(unsigned int own_apic_id, unsigned long *lapic)
{
	struct rsdp rsdp;
	unsigned int width;
	struct sdt *root;
	bool found = false;

	boot_nr_cpus = 1;
	boot_cpus[0].apic_id = own_apic_id;
	if (!read_rsdp(&rsdp)) {
		return false;
	}
	width = rsdp.revision >= 2 && rsdp.xsdt != 0 ? 8 : 4;
	root = map_table(width == 8 ? rsdp.xsdt : rsdp.rsdt);
	for (unsigned int i = 0;
	     root && !found && (i + 1) * width + sizeof(*root) <= root->length;
	     i++) {
		found = use_table(table_address(root, width, i), own_apic_id,
				  lapic);
	}
	iounmap(root);
	return found;
}
