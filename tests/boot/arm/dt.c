/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dt.c - what the device tree says: RAM, reserved memory, CPUs, devices
 *
 * The tree is checked as a whole before anything is read (fdt.c); what a node
 * says may still be nonsense. Such a node gets a message and is left out:
 * better a machine with less RAM than none. Everything is copied; nothing
 * points into the tree afterwards.
 *
 * Format: Devicetree Specification 0.4, chapters 2 and 3.
 */
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

bool boot_dt_open(struct boot_fdt *fdt, uint64_t pa)
{
	const void *base = (const void *)(unsigned long)pa;
	uint32_t bytes;

	if (pa == 0 || (pa & 7) != 0 || !boot_map_ident(pa, BOOT_FDT_HEADER)) {
		return false;
	}
	bytes = boot_fdt_bytes(base);
	return bytes <= MAX_TREE && boot_map_ident(pa, bytes) &&
	       boot_fdt_open(fdt, base, bytes) == NULL;
}

static void complain(const struct boot_fdt *fdt, uint32_t node,
		     const char *what)
{
	contract_diag("device tree: %s: %s", boot_fdt_name(fdt, node), what);
	boot_dt_nr_odd++;
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

static struct contract_range range_of(const struct boot_fdt_reg *reg,
				      unsigned int i)
{
	uint64_t start;
	uint64_t size;

	boot_fdt_reg_entry(reg, i, &start, &size);
	return (struct contract_range){start, start + size};
}

/* All entries of the "reg" of @node. */
static void add_node(const struct boot_fdt *fdt, uint32_t node, uint32_t parent,
		     add_fn *add)
{
	struct boot_fdt_reg reg;
	const char *wrong = boot_fdt_reg(fdt, node, parent, &reg);

	if (wrong == NULL && reg.size_cells == 0) {
		wrong = "a range without a size";
	}
	if (wrong != NULL) {
		complain(fdt, node, wrong);
		return;
	}
	for (unsigned int i = 0; i < reg.nr; i++) {
		wrong = add_range(range_of(&reg, i), add);
		if (wrong != NULL) {
			complain(fdt, node, wrong);
		}
	}
}

static void read_memory(const struct boot_fdt *fdt)
{
	uint32_t root = boot_fdt_root(fdt);
	uint32_t node = boot_fdt_child(fdt, root);

	for (; node != 0; node = boot_fdt_sibling(fdt, node)) {
		if (boot_fdt_says(fdt, node, "device_type", "memory") &&
		    boot_fdt_is_in_use(fdt, node)) {
			add_node(fdt, node, root, add_ram);
		}
	}
}

static void read_memreserve(const struct boot_fdt *fdt)
{
	uint64_t start;
	uint64_t size;

	for (unsigned int i = 0; boot_fdt_reserved(fdt, i, &start, &size);
	     i++) {
		struct contract_range range = {start, start + size};

		if (add_range(range, add_reserved) != NULL) {
			complain(fdt, boot_fdt_root(fdt),
				 "a memreserve entry wraps");
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

/* The node at @path, without an alias; 0: none. */
static uint32_t find(const struct boot_fdt *fdt, const char *path)
{
	uint32_t len = 0;

	while (path[len] != '\0') {
		len++;
	}
	return boot_fdt_find(fdt, path, len);
}

static void read_reserved(const struct boot_fdt *fdt)
{
	uint32_t parent = find(fdt, "/reserved-memory");
	uint32_t node = boot_fdt_child(fdt, parent);

	for (; node != 0; node = boot_fdt_sibling(fdt, node)) {
		uint32_t len;

		if (boot_fdt_is_in_use(fdt, node)) {
			add_node(fdt, node, parent,
				 boot_fdt_prop(fdt, node, "no-map", &len)
					 ? cut_out
					 : add_reserved);
		}
	}
}

/* ---- CPUs ---- */

static const char *add_cpu(const struct boot_fdt *fdt, uint32_t node,
			   uint32_t parent)
{
	struct boot_fdt_reg reg;
	const char *wrong = boot_fdt_reg(fdt, node, parent, &reg);
	uint64_t mpidr;

	if (wrong != NULL) {
		return wrong;
	}
	mpidr = range_of(&reg, 0).start & BOOT_MPIDR_MASK;
	if (mpidr == boot_cpus[0].mpidr) {
		return NULL;
	}
	if (!boot_fdt_says(fdt, node, "enable-method", "psci")) {
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
static void read_cpus(const struct boot_fdt *fdt)
{
	uint32_t parent = find(fdt, "/cpus");
	uint32_t node = boot_fdt_child(fdt, parent);

	boot_cpus[0].mpidr = boot_own_mpidr();
	boot_nr_cpus = 1;
	for (; node != 0; node = boot_fdt_sibling(fdt, node)) {
		const char *wrong;

		if (!boot_fdt_says(fdt, node, "device_type", "cpu") ||
		    !boot_fdt_is_in_use(fdt, node)) {
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
static uint64_t device_at(const struct boot_fdt *fdt, uint32_t node)
{
	uint32_t root = boot_fdt_root(fdt);
	struct boot_fdt_reg reg;

	if (node == 0 || boot_fdt_parent(fdt, node) != root ||
	    boot_fdt_reg(fdt, node, root, &reg) != NULL) {
		return 0;
	}
	return range_of(&reg, 0).start;
}

uint64_t boot_dt_console(const struct boot_fdt *fdt)
{
	const char *path =
		boot_fdt_text(fdt, find(fdt, "/chosen"), "stdout-path");
	uint32_t node = 0;

	if (path != NULL) {
		uint32_t len = 0;

		while (path[len] != '\0' && path[len] != ':') {
			len++; /* what follows is the speed */
		}
		node = boot_fdt_find(fdt, path, len);
	}
	if (!boot_fdt_is_compatible(fdt, node, "arm,pl011")) {
		node = boot_fdt_find_compatible(fdt, 0, "arm,pl011");
	}
	return device_at(fdt, node);
}

void boot_dt_read(const struct boot_fdt *fdt)
{
	const char *text = boot_fdt_text(fdt, find(fdt, "/chosen"), "bootargs");

	read_memory(fdt);
	read_memreserve(fdt);
	read_reserved(fdt);
	read_cpus(fdt);
	if (text != NULL) {
		boot_read_command_line(text);
		boot_dt_want_odd = (unsigned int)boot_find_number(text, "odd=");
	}
	contract_machine.device =
		device_at(fdt, boot_fdt_find_compatible(fdt, 0, "arm,pl031"));
	contract_machine.device_offset = 0xfe0; /* PrimeCell number */
}
