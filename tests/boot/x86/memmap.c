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

unsigned long boot_rsdp;

extern char boot_image_start[];
extern char boot_image_end[];

static void read_memmap(const struct memmap_entry *entry, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++) {
		contract_print("# memmap %016lx-%016lx type %u\n",
			       entry[i].addr, entry[i].addr + entry[i].size - 1,
			       entry[i].type);
		if (entry[i].type == TYPE_RAM) {
			boot_add_ram(entry[i].addr,
				     entry[i].addr + entry[i].size);
		}
	}
}

/* All of it is below 1 GiB, where start.S maps address 0 and up. */
void boot_read_start_info(unsigned long paddr)
{
	const struct start_info *info = (const struct start_info *)paddr;

	if (info->magic != START_MAGIC || info->version < 1) {
		boot_bail_out("no PVH start info with a memory map");
	}
	boot_rsdp = info->rsdp;
	if (info->cmdline != 0) {
		boot_read_command_line((const char *)info->cmdline);
	}
	read_memmap((const struct memmap_entry *)info->memmap,
		    info->memmap_entries);
}

/* The first MiB (firmware data, the trampoline) and the image are not free. */
void boot_reserve_used(void)
{
	paddr_t image = (unsigned long)boot_image_start - XMEM_IMAGE_VIRT_START;
	paddr_t end = (unsigned long)boot_image_end - XMEM_IMAGE_VIRT_START;

	xmem_boot_reserve(0, 1UL << 20);
	xmem_boot_reserve(image, end);
}
