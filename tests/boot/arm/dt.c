/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dt.c - what the device tree says: RAM, reserved memory, CPUs, devices
 *
 * The tree is checked as a whole before anything is read, so libfdt's walks
 * are safe; what a node says may still be nonsense. Such a node gets a
 * message and is left out: better a machine with less RAM than none.
 * Everything is copied; nothing points into the tree afterwards.
 *
 * Format: Devicetree Specification 0.4, chapters 2, 3 and 5.
 */
#include <libfdt.h>

#include "boot.h"
#include "lib/mem.h"

/* The boot protocol of arm64 allows no larger tree. */
#define MAX_TREE (2U << 20)

struct contract_range boot_reserved[BOOT_MAX_RANGES];
unsigned int boot_nr_reserved;
unsigned int boot_dt_nr_odd;
unsigned int boot_dt_want_odd;

struct boot_cpu boot_cpus[NR_CPUS];
unsigned int boot_nr_cpus;

const void *boot_dt_open(uint64_t pa)
{
	const void *fdt = (const void *)(unsigned long)pa;

	if (pa == 0 || (pa & 7) != 0 ||
	    !boot_map_ident(pa, sizeof(struct fdt_header)) ||
	    fdt_magic(fdt) != FDT_MAGIC || fdt_totalsize(fdt) > MAX_TREE ||
	    !boot_map_ident(pa, fdt_totalsize(fdt)) ||
	    fdt_check_full(fdt, fdt_totalsize(fdt)) != 0) {
		return NULL;
	}
	return fdt;
}

static void complain(const void *fdt, int node, const char *what)
{
	const char *name = fdt_get_name(fdt, node, NULL);

	contract_diag("device tree: %s: %s", name != NULL ? name : "?", what);
	boot_dt_nr_odd++;
}

/* A string property of @node that ends inside itself, or NULL. */
static const char *string_of(const void *fdt, int node, const char *prop)
{
	int len;
	const char *s = fdt_getprop(fdt, node, prop, &len);

	return s != NULL && len > 0 && s[len - 1] == '\0' ? s : NULL;
}

static bool is_text(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

/* Nodes without "status" are in use. */
static bool is_in_use(const void *fdt, int node)
{
	const char *status = string_of(fdt, node, "status");

	return status == NULL || is_text(status, "okay") ||
	       is_text(status, "ok");
}

/* ---- "reg" ---- */

/** struct reg - the "reg" of a node, as its parent says it is to be read. */
struct reg {
	const fdt32_t *cell;
	unsigned int nr; /* entries */
	unsigned int address_cells;
	unsigned int size_cells;
};

static uint64_t read_cells(const fdt32_t *cell, unsigned int nr)
{
	uint64_t v = 0;

	for (unsigned int i = 0; i < nr; i++) {
		v = v << 32 | fdt32_to_cpu(cell[i]);
	}
	return v;
}

/* Return: NULL, or what is wrong. */
static const char *read_reg(const void *fdt, int node, int parent,
			    struct reg *reg)
{
	int address = fdt_address_cells(fdt, parent);
	int size = fdt_size_cells(fdt, parent);
	int len;
	int entry;

	reg->cell = fdt_getprop(fdt, node, "reg", &len);
	if (reg->cell == NULL) {
		return "no reg";
	}
	if (address < 1 || address > 2 || size < 0 || size > 2) {
		return "#address-cells or #size-cells of the parent is odd";
	}
	entry = (address + size) * (int)sizeof(fdt32_t);
	if (len == 0 || len % entry != 0) {
		return "the length of reg is not that of whole entries";
	}
	reg->nr = (unsigned int)(len / entry);
	reg->address_cells = (unsigned int)address;
	reg->size_cells = (unsigned int)size;
	return NULL;
}

static struct contract_range reg_entry(const struct reg *reg, unsigned int i)
{
	const fdt32_t *cell =
		reg->cell + i * (reg->address_cells + reg->size_cells);
	uint64_t start = read_cells(cell, reg->address_cells);
	uint64_t size = read_cells(cell + reg->address_cells, reg->size_cells);

	return (struct contract_range){start, start + size};
}

/* ---- memory ---- */

/* What a range is for. Return: NULL, or what is wrong with it. */
typedef const char *add_fn(struct contract_range range);

static const char *add_ram(struct contract_range range)
{
	if (boot_nr_ram == BOOT_MAX_RANGES) {
		return "too many ranges of RAM, the rest is left out";
	}
	boot_add_ram(range.start, range.end);
	return NULL;
}

static const char *add_reserved(struct contract_range range)
{
	if (boot_nr_reserved == BOOT_MAX_RANGES) {
		boot_bail_out("more reserved ranges than %u: not safe",
			      BOOT_MAX_RANGES);
	}
	boot_reserved[boot_nr_reserved++] = range;
	return NULL;
}

static const char *add_range(struct contract_range range, add_fn *add)
{
	if (range.end < range.start) {
		return "a range runs over the end of the address space";
	}
	/* An empty bank is no mistake. */
	return range.end > range.start ? add(range) : NULL;
}

/* All entries of the "reg" of @node. */
static void add_node(const void *fdt, int node, int parent, add_fn *add)
{
	struct reg reg;
	const char *wrong = read_reg(fdt, node, parent, &reg);

	if (wrong == NULL && reg.size_cells == 0) {
		wrong = "a range without a size";
	}
	if (wrong != NULL) {
		complain(fdt, node, wrong);
		return;
	}
	for (unsigned int i = 0; i < reg.nr; i++) {
		wrong = add_range(reg_entry(&reg, i), add);
		if (wrong != NULL) {
			complain(fdt, node, wrong);
		}
	}
}

static void read_memory(const void *fdt)
{
	int node;

	for (node = fdt_first_subnode(fdt, 0); node >= 0;
	     node = fdt_next_subnode(fdt, node)) {
		const char *type = string_of(fdt, node, "device_type");

		if (type != NULL && is_text(type, "memory") &&
		    is_in_use(fdt, node)) {
			add_node(fdt, node, 0, add_ram);
		}
	}
}

static void read_memreserve(const void *fdt)
{
	uint64_t start;
	uint64_t size;

	for (int i = 0; i < fdt_num_mem_rsv(fdt); i++) {
		struct contract_range range;

		if (fdt_get_mem_rsv(fdt, i, &start, &size) != 0) {
			return;
		}
		range = (struct contract_range){start, start + size};
		if (add_range(range, add_reserved) != NULL) {
			complain(fdt, 0, "a memreserve entry wraps");
		}
	}
}

/* "no-map": not even to be read by speculation, so it is no RAM at all. */
static const char *cut_out(struct contract_range hole)
{
	unsigned int nr = boot_nr_ram;
	struct contract_range old[BOOT_MAX_RANGES];

	memcpy(old, boot_ram, sizeof(old));
	boot_nr_ram = 0;
	for (unsigned int i = 0; i < nr; i++) {
		uint64_t below =
			old[i].end < hole.start ? old[i].end : hole.start;
		uint64_t above =
			old[i].start > hole.end ? old[i].start : hole.end;

		boot_add_ram(old[i].start, below);
		boot_add_ram(above, old[i].end);
	}
	return NULL;
}

static void read_reserved(const void *fdt)
{
	int parent = fdt_path_offset(fdt, "/reserved-memory");
	int node;

	if (parent < 0) {
		return;
	}
	for (node = fdt_first_subnode(fdt, parent); node >= 0;
	     node = fdt_next_subnode(fdt, node)) {
		if (is_in_use(fdt, node)) {
			add_node(fdt, node, parent,
				 fdt_getprop(fdt, node, "no-map", NULL)
					 ? cut_out
					 : add_reserved);
		}
	}
}

/* ---- CPUs ---- */

static const char *add_cpu(const void *fdt, int node, int parent)
{
	const char *method = string_of(fdt, node, "enable-method");
	struct reg reg;
	const char *wrong = read_reg(fdt, node, parent, &reg);
	uint64_t mpidr;

	if (wrong != NULL) {
		return wrong;
	}
	mpidr = read_cells(reg.cell, reg.address_cells) & BOOT_MPIDR_MASK;
	if (mpidr == boot_cpus[0].mpidr) {
		return NULL;
	}
	if (method == NULL || !is_text(method, "psci")) {
		return "enable-method is not psci, the CPU stays off";
	}
	if (boot_nr_cpus == NR_CPUS) {
		return "more CPUs than NR_CPUS, the CPU stays off";
	}
	boot_cpus[boot_nr_cpus].number = boot_nr_cpus;
	boot_cpus[boot_nr_cpus++].mpidr = mpidr;
	return NULL;
}

/* The CPU that runs this is number 0, whatever its place in the tree. */
static void read_cpus(const void *fdt)
{
	int parent = fdt_path_offset(fdt, "/cpus");
	int node;

	boot_cpus[0].mpidr = boot_own_mpidr();
	boot_nr_cpus = 1;
	if (parent < 0) {
		return;
	}
	for (node = fdt_first_subnode(fdt, parent); node >= 0;
	     node = fdt_next_subnode(fdt, node)) {
		const char *type = string_of(fdt, node, "device_type");
		const char *wrong;

		if (type == NULL || !is_text(type, "cpu") ||
		    !is_in_use(fdt, node)) {
			continue;
		}
		wrong = add_cpu(fdt, node, parent);
		if (wrong != NULL) {
			complain(fdt, node, wrong);
		}
	}
}

/* ---- devices ---- */

/* Registers of @node, a device on the bus of the root. */
static uint64_t device_at(const void *fdt, int node)
{
	struct reg reg;

	if (node < 0 || fdt_parent_offset(fdt, node) != 0 ||
	    read_reg(fdt, node, 0, &reg) != NULL) {
		return 0;
	}
	return reg_entry(&reg, 0).start;
}

uint64_t boot_dt_console(const void *fdt)
{
	int chosen = fdt_path_offset(fdt, "/chosen");
	const char *path =
		chosen < 0 ? NULL : string_of(fdt, chosen, "stdout-path");
	int node = -1;

	if (path != NULL) {
		int len = 0;

		while (path[len] != '\0' && path[len] != ':') {
			len++; /* what follows is the speed */
		}
		node = fdt_path_offset_namelen(fdt, path, len);
	}
	if (node < 0 ||
	    fdt_node_check_compatible(fdt, node, "arm,pl011") != 0) {
		node = fdt_node_offset_by_compatible(fdt, -1, "arm,pl011");
	}
	return device_at(fdt, node);
}

void boot_dt_read(const void *fdt)
{
	int chosen = fdt_path_offset(fdt, "/chosen");
	const char *text =
		chosen < 0 ? NULL : string_of(fdt, chosen, "bootargs");

	read_memory(fdt);
	read_memreserve(fdt);
	read_reserved(fdt);
	read_cpus(fdt);
	if (text != NULL) {
		boot_read_command_line(text);
		boot_dt_want_odd = (unsigned int)boot_find_number(text, "odd=");
	}
	contract_machine.device = device_at(
		fdt, fdt_node_offset_by_compatible(fdt, -1, "arm,pl031"));
	contract_machine.device_offset = 0xfe0; /* PrimeCell number */
}
