/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memmap.c - what the loader tells: memory map, ACPI root, command line
 *
 * The PVH start info (hvm_start_info of Xen's public interface) names the
 * E820-like memory map. It is copied before the library is given any of the
 * memory it lies in.
 */
#include <arch/layout.h>
#include <xmem/boot.h>
#include <xmem/map.h>

#include "boot.h"

#define START_MAGIC 0x336ec578U
#define TYPE_RAM    1

struct start_info {
	uint32_t magic;
	uint32_t version;
	uint32_t flags;
	uint32_t nr_modules;
	uint64_t modlist;
	uint64_t cmdline;
	uint64_t rsdp;
	uint64_t memmap;
	uint32_t memmap_entries;
	uint32_t reserved;
};

struct memmap_entry {
	uint64_t addr;
	uint64_t size;
	uint32_t type;
	uint32_t reserved;
};

struct boot_range boot_ram[BOOT_MAX_RANGES];
unsigned int boot_nr_ram;
unsigned long boot_rsdp;
unsigned long boot_want_mib;
unsigned long boot_want_cpus;

extern char boot_image_start[];
extern char boot_image_end[];

/* The value of "@key<decimal>" in @text, or 0. */
static unsigned long find_number(const char *text, const char *key)
{
	for (; *text != '\0'; text++) {
		unsigned long v = 0;
		size_t i = 0;

		while (key[i] != '\0' && text[i] == key[i]) {
			i++;
		}
		if (key[i] != '\0') {
			continue;
		}
		for (; text[i] >= '0' && text[i] <= '9'; i++) {
			v = v * 10 + (unsigned long)(text[i] - '0');
		}
		return v;
	}
	return 0;
}

static void read_memmap(const struct memmap_entry *entry, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++) {
		boot_print("# memmap %016lx-%016lx type %u\n", entry[i].addr,
			   entry[i].addr + entry[i].size - 1, entry[i].type);
		if (entry[i].type == TYPE_RAM &&
		    boot_nr_ram < BOOT_MAX_RANGES) {
			boot_ram[boot_nr_ram++] = (struct boot_range){
				entry[i].addr, entry[i].addr + entry[i].size};
		}
	}
}

/* All of it is below 1 GiB, where start.S maps address 0 and up. */
void boot_read_start_info(unsigned long paddr)
{
	const struct start_info *info = (const struct start_info *)paddr;

	if (info->magic != START_MAGIC || info->version < 1) {
		boot_print("Bail out! no PVH start info with a memory map\n");
		boot_exit(1);
	}
	boot_rsdp = info->rsdp;
	if (info->cmdline != 0) {
		const char *text = (const char *)info->cmdline;

		boot_print("# command line: %s\n", text);
		boot_want_mib = find_number(text, "mem=");
		boot_want_cpus = find_number(text, "cpus=");
	}
	read_memmap((const struct memmap_entry *)info->memmap,
		    info->memmap_entries);
}

/* All RAM belongs to the library, as RAM; the first MiB (firmware data, the
 * trampoline) and the image are not free. */
void boot_give_ram(void)
{
	paddr_t image = (unsigned long)boot_image_start - XMEM_IMAGE_VIRT_START;
	paddr_t end = (unsigned long)boot_image_end - XMEM_IMAGE_VIRT_START;

	for (unsigned int i = 0; i < boot_nr_ram; i++) {
		init_boot_pages(boot_ram[i].start, boot_ram[i].end);
	}
	xmem_boot_reserve(0, 1UL << 20);
	xmem_boot_reserve(image, end);
}
