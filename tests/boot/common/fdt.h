/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fdt.h - reading a flattened device tree, the description of a machine
 *
 * boot_fdt_open() checks the header and walks the whole tree once. What comes
 * later still reads inside the tree only, whatever was written over it since:
 * a walk ends at what it cannot read. Nothing is changed, nothing is copied:
 * names and values point into the tree.
 *
 * A node is a number, where it begins; 0 is no node. A value is not aligned:
 * boot_fdt_cell() reads it.
 *
 * Format: Devicetree Specification 0.4, chapter 5.
 */
#ifndef BOOT_FDT_H
#define BOOT_FDT_H

#include <xmem/types.h>

/** Bytes of the header: what boot_fdt_bytes() reads. */
#define BOOT_FDT_HEADER 40U

/** struct boot_fdt - a tree that boot_fdt_open() found to be one. All places
 *  count from its first byte. */
struct boot_fdt {
	const unsigned char *base;
	uint32_t bytes;
	uint32_t reserve_at; /* ranges of memory, up to one of 0 bytes at 0 */
	uint32_t struct_at;  /* nodes and properties */
	uint32_t struct_end;
	uint32_t strings_at; /* names of properties */
	uint32_t strings_end;
};

/** What the header at @base, of BOOT_FDT_HEADER bytes, says of the size of the
 *  tree; 0 if it is none. */
uint32_t boot_fdt_bytes(const void *base);

/** Open the tree at @base, of which @max bytes can be read.
 *  Return: NULL, or what is wrong with it. */
const char *boot_fdt_open(struct boot_fdt *fdt, const void *base, uint32_t max);

/** The @i-th range of memory that the tree says is in use; false: no more. */
bool boot_fdt_reserved(const struct boot_fdt *fdt, unsigned int i,
		       uint64_t *start, uint64_t *size);

/* ---- nodes ---- */

uint32_t boot_fdt_root(const struct boot_fdt *fdt);
/** The first node in @node, the next one beside @node; 0: none. */
uint32_t boot_fdt_child(const struct boot_fdt *fdt, uint32_t node);
uint32_t boot_fdt_sibling(const struct boot_fdt *fdt, uint32_t node);
/** The node that begins next behind the beginning of @node, in it or not. */
uint32_t boot_fdt_next(const struct boot_fdt *fdt, uint32_t node);
/** The node that @node is in; 0 of the root. Reads the tree from the start. */
uint32_t boot_fdt_parent(const struct boot_fdt *fdt, uint32_t node);
/** With the address behind the @; "" is the root, and what is no node. */
const char *boot_fdt_name(const struct boot_fdt *fdt, uint32_t node);

/** The node at the first @len characters of @path: "/cpus/cpu@0", also without
 *  addresses; or an alias and what follows: "serial0". 0: there is none. */
uint32_t boot_fdt_find(const struct boot_fdt *fdt, const char *path,
		       uint32_t len);
/** The next node behind @node (0: the first one) that is compatible. */
uint32_t boot_fdt_find_compatible(const struct boot_fdt *fdt, uint32_t node,
				  const char *what);

/* ---- properties ---- */

/** The value of property @name, *@len bytes; NULL: @node has none. */
const unsigned char *boot_fdt_prop(const struct boot_fdt *fdt, uint32_t node,
				   const char *name, uint32_t *len);
/** The text that a value begins with; NULL: it does not end in the value. */
const char *boot_fdt_text(const struct boot_fdt *fdt, uint32_t node,
			  const char *name);
/** Is it this text? */
bool boot_fdt_says(const struct boot_fdt *fdt, uint32_t node, const char *name,
		   const char *text);
/** Is @what in the list of "compatible"? */
bool boot_fdt_is_compatible(const struct boot_fdt *fdt, uint32_t node,
			    const char *what);
/** A node is in use, unless its "status" says otherwise. */
bool boot_fdt_is_in_use(const struct boot_fdt *fdt, uint32_t node);
/** Cell @i of a value: 32 bits, the highest byte first. */
uint32_t boot_fdt_cell(const unsigned char *value, unsigned int i);

/** struct boot_fdt_reg - "reg" of a node, as its parent says it is read. */
struct boot_fdt_reg {
	const unsigned char *value;
	unsigned int nr; /* entries */
	unsigned int address_cells;
	unsigned int size_cells;
};

/** Return: NULL, or why the "reg" of @node, which is in @parent, cannot be
 *  read: also if a number has more than 64 bits. */
const char *boot_fdt_reg(const struct boot_fdt *fdt, uint32_t node,
			 uint32_t parent, struct boot_fdt_reg *reg);
/** Entry @i, below reg->nr. *@size is 0 if entries have none. */
void boot_fdt_reg_entry(const struct boot_fdt_reg *reg, unsigned int i,
			uint64_t *start, uint64_t *size);

#endif /* BOOT_FDT_H */
