/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fdt_reg.c - "reg" of a node in a device tree: addresses and sizes
 *
 * Two properties of the parent say how many cells an address and a size have;
 * without them it is 2 and 1.
 *
 * Format: Devicetree Specification 0.4, 2.3.5 and 2.3.6.
 */
#include "fdt.h"

static uint64_t read_cells(const unsigned char *value, unsigned int nr)
{
	uint64_t v = 0;

	for (unsigned int i = 0; i < nr; i++) {
		v = v << 32 | boot_fdt_cell(value, i);
	}
	return v;
}

/* The number of cells that @node says its children's numbers have. */
static bool read_nr_cells(const struct boot_fdt *fdt, uint32_t node,
			  const char *name, unsigned int *nr)
{
	uint32_t len;
	const unsigned char *value = boot_fdt_prop(fdt, node, name, &len);

	if (value == NULL) {
		return true; /* the caller's default */
	}
	if (len != 4) {
		return false;
	}
	*nr = boot_fdt_cell(value, 0);
	return *nr <= 2;
}

const char *boot_fdt_reg(const struct boot_fdt *fdt, uint32_t node,
			 uint32_t parent, struct boot_fdt_reg *reg)
{
	uint32_t len;
	uint32_t entry;

	*reg = (struct boot_fdt_reg){.address_cells = 2, .size_cells = 1};
	reg->value = boot_fdt_prop(fdt, node, "reg", &len);
	if (reg->value == NULL) {
		return "no reg";
	}
	if (!read_nr_cells(fdt, parent, "#address-cells",
			   &reg->address_cells) ||
	    !read_nr_cells(fdt, parent, "#size-cells", &reg->size_cells) ||
	    reg->address_cells == 0) {
		return "#address-cells or #size-cells of the parent is odd";
	}
	entry = (reg->address_cells + reg->size_cells) * 4;
	if (len == 0 || len % entry != 0) {
		return "the length of reg is not that of whole entries";
	}
	reg->nr = len / entry;
	return NULL;
}

void boot_fdt_reg_entry(const struct boot_fdt_reg *reg, unsigned int i,
			uint64_t *start, uint64_t *size)
{
	const unsigned char *entry =
		reg->value +
		(size_t)i * (reg->address_cells + reg->size_cells) * 4;

	*start = read_cells(entry, reg->address_cells);
	*size = read_cells(entry + (size_t)reg->address_cells * 4,
			   reg->size_cells);
}
