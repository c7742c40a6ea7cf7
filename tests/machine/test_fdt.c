/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_fdt.c - the walk of device trees (tests/boot/common/fdt*.c)
 *
 * The trees are put together here, token by token, with a mistake where a test
 * wants one. Random damage is done in a copy that is as large as the tree, at
 * the end of a page behind which there is none: a read past it faults, and the
 * sanitizer's heap says so of either side. The trees of a compiler are read by
 * the test hypervisors of Arm.
 *
 * link: tests/boot/common/fdt.c tests/boot/common/fdt_reg.c
 * include: tests/boot/common
 */
#include <sys/mman.h>

#include "fdt.h"
#include "test.h"

enum { BEGIN_NODE = 1, END_NODE, PROP, NOP, END = 9 };
#define MAGIC 0xd00dfeedU

/** struct blob - a tree in the making: three blocks. */
struct blob {
	unsigned char tree[2048];
	unsigned char strings[256];
	unsigned char reserve[64];
	uint32_t tree_len;
	uint32_t strings_len;
	uint32_t reserve_len;
	unsigned char all[4096];
	uint32_t len;
};

static void put32(unsigned char *at, uint32_t v)
{
	for (int i = 0; i < 4; i++) {
		at[i] = (unsigned char)(v >> (24 - 8 * i));
	}
}

static void cell(struct blob *b, uint32_t v)
{
	put32(b->tree + b->tree_len, v);
	b->tree_len += 4;
}

static void bytes(struct blob *b, const void *data, uint32_t len)
{
	memcpy(b->tree + b->tree_len, data, len);
	b->tree_len = (b->tree_len + len + 3) & ~3U;
}

static void begin(struct blob *b, const char *name)
{
	cell(b, BEGIN_NODE);
	bytes(b, name, (uint32_t)strlen(name) + 1);
}

static void end(struct blob *b)
{
	cell(b, END_NODE);
}

static void prop(struct blob *b, const char *name, const void *data,
		 uint32_t len)
{
	cell(b, PROP);
	cell(b, len);
	cell(b, b->strings_len);
	bytes(b, data, len);
	strcpy((char *)b->strings + b->strings_len, name);
	b->strings_len += (uint32_t)strlen(name) + 1;
}

static void text(struct blob *b, const char *name, const char *value)
{
	prop(b, name, value, (uint32_t)strlen(value) + 1);
}

static void cells(struct blob *b, const char *name, uint32_t nr,
		  const uint32_t *v)
{
	unsigned char data[64];

	for (uint32_t i = 0; i < nr; i++) {
		put32(data + 4 * i, v[i]);
	}
	prop(b, name, data, 4 * nr);
}
#define CELLS(b, name, ...)                                       \
	cells((b), (name), sizeof((uint32_t[]){__VA_ARGS__}) / 4, \
	      (const uint32_t[]){__VA_ARGS__})

static void range(struct blob *b, uint64_t start, uint64_t size)
{
	unsigned char *at = b->reserve + b->reserve_len;

	put32(at, (uint32_t)(start >> 32));
	put32(at + 4, (uint32_t)start);
	put32(at + 8, (uint32_t)(size >> 32));
	put32(at + 12, (uint32_t)size);
	b->reserve_len += 16;
}

/* Cells of the header. */
enum {
	BYTES = 1,
	AT_TREE,
	AT_STRINGS,
	AT_RESERVE,
	VERSION,
	COMPATIBLE,
	LEN_STRINGS = 8,
	LEN_TREE
};

static void set_header(struct blob *b, unsigned int i, uint32_t v)
{
	put32(b->all + 4 * i, v);
}

static uint32_t get_header(const struct blob *b, unsigned int i)
{
	return boot_fdt_cell(b->all, i);
}

/* The blocks in the order of the specification. */
static void finish(struct blob *b)
{
	uint32_t tree = 40 + b->reserve_len;
	uint32_t strings = tree + b->tree_len;

	b->len = strings + b->strings_len;
	assert_true(b->len <= sizeof(b->all));
	memcpy(b->all + 40, b->reserve, b->reserve_len);
	memcpy(b->all + tree, b->tree, b->tree_len);
	memcpy(b->all + strings, b->strings, b->strings_len);
	set_header(b, 0, MAGIC);
	set_header(b, BYTES, b->len);
	set_header(b, AT_TREE, tree);
	set_header(b, AT_STRINGS, strings);
	set_header(b, AT_RESERVE, 40);
	set_header(b, VERSION, 17);
	set_header(b, COMPATIBLE, 16);
	set_header(b, LEN_STRINGS, b->strings_len);
	set_header(b, LEN_TREE, b->tree_len);
}

static void begin_blob(struct blob *b)
{
	memset(b, 0, sizeof(*b));
}

static void put_cpus(struct blob *b)
{
	begin(b, "cpus");
	CELLS(b, "#address-cells", 1);
	CELLS(b, "#size-cells", 0);
	begin(b, "cpu@0");
	text(b, "device_type", "cpu");
	CELLS(b, "reg", 0);
	end(b);
	cell(b, NOP);
	begin(b, "cpu@100");
	text(b, "device_type", "cpu");
	text(b, "status", "disabled");
	CELLS(b, "reg", 0x100);
	end(b);
	end(b);
}

static void put_bus(struct blob *b)
{
	begin(b, "bus");
	begin(b, "serial@9000000");
	prop(b, "compatible", "arm,pl011\0arm,primecell", 24);
	CELLS(b, "reg", 1, 0x9000000, 0x1000, 2, 0, 8);
	end(b);
	begin(b, "serial@a000000");
	prop(b, "compatible", "arm,pl011", 9); /* does not end */
	end(b);
	begin(b, "clock");
	text(b, "compatible", "arm,pl031");
	prop(b, "is-set", "", 0);
	begin(b, "deep");
	end(b);
	end(b);
	end(b);
}

/* A good tree with all that the functions know of. */
static void good_blob(struct blob *b)
{
	begin_blob(b);
	range(b, 0x40000000, 0x1000);
	range(b, 0x123456789abcdef0, 0x100000000);
	range(b, 0, 0);
	cell(b, NOP);
	begin(b, "");
	CELLS(b, "#address-cells", 2);
	cell(b, NOP);
	CELLS(b, "#size-cells", 2);
	begin(b, "memory@40000000");
	text(b, "device_type", "memory");
	CELLS(b, "reg", 0, 0x40000000, 0, 0x8000000, 8, 0x80000000, 1, 0);
	end(b);
	put_cpus(b);
	put_bus(b);
	begin(b, "aliases");
	text(b, "serial0", "/bus/serial@9000000");
	text(b, "loop", "loop");
	end(b);
	end(b);
	cell(b, NOP);
	cell(b, END);
	finish(b);
}

static struct blob blob;
static struct boot_fdt fdt;

static void open_good(void)
{
	good_blob(&blob);
	ASSERT_VALID(boot_fdt_open(&fdt, blob.all, blob.len));
}

static void assert_refused(const char *why)
{
	const char *wrong = boot_fdt_open(&fdt, blob.all, blob.len);

	if (wrong == NULL || strstr(wrong, why) == NULL) {
		fail_msg("says '%s', expected '%s'", wrong ? wrong : "good",
			 why);
	}
}

static uint32_t find(const char *path)
{
	return boot_fdt_find(&fdt, path, (uint32_t)strlen(path));
}

/* ---- the header ---- */

/* The header says how large the tree is, if it is one. */
static void size_of_the_tree(void **state)
{
	(void)state;
	open_good();
	assert_int_equal(boot_fdt_bytes(blob.all), blob.len);
	assert_int_equal(fdt.bytes, blob.len);
	blob.all[0] ^= 1;
	assert_int_equal(boot_fdt_bytes(blob.all), 0);
	assert_refused("no device tree");
	assert_string_equal(boot_fdt_open(&fdt, blob.all, 39),
			    "no device tree");
}

/* Every field of the header that is out of bounds is refused. */
static void header_is_checked(void **state)
{
	static const struct {
		unsigned int field;
		uint32_t value;
		const char *why;
	} bad[] = {
		{BYTES, 39, "the size"},
		{BYTES, 4096, "the size"},
		{BYTES, ~0U, "the size"},
		{VERSION, 16, "a version"},
		{COMPATIBLE, 18, "a version"},
		{AT_TREE, 39, "is not in the tree"},
		{AT_TREE, ~0U, "is not in the tree"},
		{AT_STRINGS, 0, "is not in the tree"},
		{AT_STRINGS, ~7U, "is not in the tree"},
		{AT_RESERVE, 32, "is not in the tree"},
		{AT_RESERVE, ~7U, "is not in the tree"},
		{AT_RESERVE, 44, "is not aligned"},
		{LEN_STRINGS, ~0U, "is not in the tree"},
		{LEN_TREE, ~0U, "is not in the tree"},
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		open_good();
		set_header(&blob, bad[i].field, bad[i].value);
		assert_refused(bad[i].why);
	}
	open_good();
	set_header(&blob, AT_TREE, get_header(&blob, AT_TREE) + 2);
	set_header(&blob, LEN_TREE, get_header(&blob, LEN_TREE) - 4);
	assert_refused("is not aligned");
	open_good();
	set_header(&blob, LEN_TREE, get_header(&blob, LEN_TREE) - 2);
	assert_refused("is not aligned");
	open_good();
	set_header(&blob, LEN_TREE, get_header(&blob, LEN_TREE) + 4);
	assert_refused("ends too early");
}

/* A tree of which less can be read than it has is refused. */
static void cut_off(void **state)
{
	(void)state;
	open_good();
	for (uint32_t len = 0; len < blob.len; len++) {
		unsigned char *copy = malloc(len + 1);

		memcpy(copy, blob.all, len);
		assert_non_null(boot_fdt_open(&fdt, copy, len));
		free(copy);
	}
}

/* ---- the tree ---- */

/* Nodes come in their order, whatever stands between them. */
static void nodes_in_order(void **state)
{
	static const char *const names[] = {
		"",
		"memory@40000000",
		"cpus",
		"cpu@0",
		"cpu@100",
		"bus",
		"serial@9000000",
		"serial@a000000",
		"clock",
		"deep",
		"aliases",
	};
	uint32_t node;
	unsigned int n = 0;

	(void)state;
	open_good();
	for (node = boot_fdt_root(&fdt); node != 0;
	     node = boot_fdt_next(&fdt, node)) {
		assert_true(n < 11);
		assert_string_equal(boot_fdt_name(&fdt, node), names[n++]);
	}
	assert_int_equal(n, 11);
}

/* Children, siblings and parents are those of the tree. */
static void family(void **state)
{
	uint32_t root;
	uint32_t bus;

	(void)state;
	open_good();
	root = boot_fdt_root(&fdt);
	bus = find("/bus");
	assert_int_equal(boot_fdt_child(&fdt, root), find("/memory"));
	assert_int_equal(boot_fdt_sibling(&fdt, find("/cpus")), bus);
	assert_int_equal(boot_fdt_sibling(&fdt, find("/cpus/cpu@0")),
			 find("/cpus/cpu@100"));
	assert_int_equal(boot_fdt_sibling(&fdt, find("/bus/clock")), 0);
	assert_int_equal(boot_fdt_sibling(&fdt, root), 0);
	assert_int_equal(boot_fdt_child(&fdt, find("/memory")), 0);
	assert_int_equal(boot_fdt_parent(&fdt, root), 0);
	assert_int_equal(boot_fdt_parent(&fdt, bus), root);
	assert_int_equal(boot_fdt_parent(&fdt, find("/aliases")), root);
	assert_int_equal(boot_fdt_parent(&fdt, find("/bus/serial@a000000")),
			 bus);
	assert_int_equal(boot_fdt_parent(&fdt, find("/bus/clock/deep")),
			 find("/bus/clock"));
}

/* What is no node has nothing, and is no reason to read elsewhere. */
static void no_node(void **state)
{
	const uint32_t no[] = {0, 1, 40, blob.len, ~0U, ~3U, fdt.struct_end};
	uint32_t len;

	(void)state;
	open_good();
	for (unsigned int i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
		assert_int_equal(boot_fdt_child(&fdt, no[i]), 0);
		assert_int_equal(boot_fdt_sibling(&fdt, no[i]), 0);
		assert_int_equal(boot_fdt_next(&fdt, no[i]), 0);
		assert_int_equal(boot_fdt_parent(&fdt, no[i]), 0);
		assert_string_equal(boot_fdt_name(&fdt, no[i]), "");
		assert_null(boot_fdt_prop(&fdt, no[i], "reg", &len));
	}
}

/* A path names a node by all of its names, with addresses or without. */
static void paths(void **state)
{
	(void)state;
	open_good();
	assert_int_equal(find("/"), boot_fdt_root(&fdt));
	assert_int_equal(find("//bus/"), find("/bus"));
	assert_string_equal(boot_fdt_name(&fdt, find("/bus/serial")),
			    "serial@9000000");
	assert_string_equal(boot_fdt_name(&fdt, find("/bus/serial@a000000")),
			    "serial@a000000");
	assert_int_equal(find("/bu"), 0);
	assert_int_equal(find("/buss"), 0);
	assert_int_equal(find("/bus/serial@9"), 0);
	assert_int_equal(find("/bus/clock/deep/er"), 0);
	assert_int_equal(boot_fdt_find(&fdt, "/bus:115200", 4), find("/bus"));
	assert_int_equal(find("serial0"), find("/bus/serial"));
	assert_int_equal(find("serial"), 0);
	assert_int_equal(find("loop"), 0);
	assert_int_equal(find(""), 0);
}

/* ---- properties ---- */

/* A value is found by the whole name, in its own node only. */
static void values(void **state)
{
	uint32_t clock;
	uint32_t len = 1;

	(void)state;
	open_good();
	clock = find("/bus/clock");
	assert_non_null(boot_fdt_prop(&fdt, clock, "is-set", &len));
	assert_int_equal(len, 0);
	assert_null(boot_fdt_prop(&fdt, clock, "is-se", &len));
	assert_null(boot_fdt_prop(&fdt, find("/bus"), "compatible", &len));
	assert_null(boot_fdt_text(&fdt, clock, "is-set"));
	assert_string_equal(boot_fdt_text(&fdt, clock, "compatible"),
			    "arm,pl031");
	assert_null(
		boot_fdt_text(&fdt, find("/bus/serial@a000000"), "compatible"));
	assert_true(boot_fdt_says(&fdt, clock, "compatible", "arm,pl031"));
	assert_false(boot_fdt_says(&fdt, clock, "compatible", "arm,pl03"));
	assert_false(boot_fdt_says(&fdt, clock, "status", ""));
}

/* Any entry of the list counts, but not one that does not end. */
static void compatible(void **state)
{
	uint32_t serial;

	(void)state;
	open_good();
	serial = boot_fdt_find_compatible(&fdt, 0, "arm,pl011");
	assert_int_equal(serial, find("/bus/serial@9000000"));
	assert_int_equal(boot_fdt_find_compatible(&fdt, 0, "arm,primecell"),
			 serial);
	assert_int_equal(boot_fdt_find_compatible(&fdt, serial, "arm,pl011"),
			 0);
	assert_int_equal(boot_fdt_find_compatible(&fdt, serial, "arm,pl031"),
			 find("/bus/clock"));
	assert_false(boot_fdt_is_compatible(&fdt, serial, "arm,pl01"));
}

/* "status" decides, and without it a node is in use. */
static void in_use(void **state)
{
	(void)state;
	open_good();
	assert_true(boot_fdt_is_in_use(&fdt, find("/cpus/cpu@0")));
	assert_false(boot_fdt_is_in_use(&fdt, find("/cpus/cpu@100")));
}

static void assert_entry(const struct boot_fdt_reg *reg, unsigned int i,
			 uint64_t start, uint64_t size)
{
	uint64_t is_start;
	uint64_t is_size;

	boot_fdt_reg_entry(reg, i, &is_start, &is_size);
	assert_int_equal(is_start, start);
	assert_int_equal(is_size, size);
}

/* "reg" is read with the cells of the parent, or 2 and 1. */
static void reg_entries(void **state)
{
	struct boot_fdt_reg reg;

	(void)state;
	open_good();
	ASSERT_VALID(boot_fdt_reg(&fdt, find("/memory"), find("/"), &reg));
	assert_int_equal(reg.nr, 2);
	assert_entry(&reg, 0, 0x40000000, 0x8000000);
	assert_entry(&reg, 1, 0x880000000, 0x100000000);
	ASSERT_VALID(
		boot_fdt_reg(&fdt, find("/cpus/cpu@100"), find("/cpus"), &reg));
	assert_int_equal(reg.nr, 1);
	assert_int_equal(reg.size_cells, 0);
	assert_entry(&reg, 0, 0x100, 0);
	ASSERT_VALID(
		boot_fdt_reg(&fdt, find("/bus/serial"), find("/bus"), &reg));
	assert_int_equal(reg.nr, 2);
	assert_entry(&reg, 0, 0x109000000, 0x1000);
	assert_entry(&reg, 1, 0x200000000, 8);
}

/* A node with a "reg" of three cells in one whose numbers have so many. */
static const char *read_odd_reg(uint32_t address, uint32_t size)
{
	struct boot_fdt_reg reg;

	begin_blob(&blob);
	range(&blob, 0, 0);
	begin(&blob, "");
	CELLS(&blob, "#address-cells", address);
	CELLS(&blob, "#size-cells", size);
	begin(&blob, "x");
	CELLS(&blob, "reg", 1, 2, 3);
	end(&blob);
	begin(&blob, "y");
	prop(&blob, "reg", "", 0);
	end(&blob);
	end(&blob);
	cell(&blob, END);
	finish(&blob);
	ASSERT_VALID(boot_fdt_open(&fdt, blob.all, blob.len));
	assert_string_equal(boot_fdt_reg(&fdt, find("/"), find("/"), &reg),
			    "no reg");
	assert_non_null(boot_fdt_reg(&fdt, find("/y"), find("/"), &reg));
	return boot_fdt_reg(&fdt, find("/x"), find("/"), &reg);
}

/* Numbers that do not fit 64 bits, or half an entry, are not read. */
static void odd_reg(void **state)
{
	(void)state;
	assert_null(read_odd_reg(2, 1));
	assert_null(read_odd_reg(1, 0));
	assert_non_null(strstr(read_odd_reg(3, 0), "#address-cells"));
	assert_non_null(strstr(read_odd_reg(0, 1), "#address-cells"));
	assert_non_null(strstr(read_odd_reg(1, 3), "#size-cells"));
	assert_non_null(strstr(read_odd_reg(~0U, 2), "#address-cells"));
	assert_non_null(strstr(read_odd_reg(1, 1), "whole entries"));
	assert_non_null(strstr(read_odd_reg(2, 2), "whole entries"));
}

/* ---- reserved memory ---- */

/* The ranges end with an empty one at 0, and not before. */
static void reserved_memory(void **state)
{
	uint64_t start;
	uint64_t size;

	(void)state;
	open_good();
	assert_true(boot_fdt_reserved(&fdt, 0, &start, &size));
	assert_true(start == 0x40000000 && size == 0x1000);
	assert_true(boot_fdt_reserved(&fdt, 1, &start, &size));
	assert_true(start == 0x123456789abcdef0 && size == 0x100000000);
	assert_false(boot_fdt_reserved(&fdt, 2, &start, &size));
	assert_false(boot_fdt_reserved(&fdt, ~0U, &start, &size));

	/* At the end of the blob, where there is no other block to end it. */
	set_header(&blob, AT_RESERVE, blob.len & ~7U);
	memset(blob.all + (blob.len & ~7U), 1, 32);
	blob.len = (blob.len & ~7U) + 32;
	set_header(&blob, BYTES, blob.len);
	assert_refused("reserved memory do not end");
}

/* ---- mistakes in the tree ---- */

/* A root, with @what in it, and the end. */
static void assert_bad_tree(void (*what)(struct blob *), const char *why)
{
	begin_blob(&blob);
	range(&blob, 0, 0);
	begin(&blob, "");
	text(&blob, "model", "x");
	what(&blob);
	finish(&blob);
	assert_refused(why);
}

static void nothing(struct blob *b)
{
	(void)b;
}

static void no_end_of_root(struct blob *b)
{
	cell(b, END);
}

static void one_end_too_many(struct blob *b)
{
	end(b);
	end(b);
	cell(b, END);
}

static void second_root(struct blob *b)
{
	end(b);
	begin(b, "");
	end(b);
	cell(b, END);
}

static void prop_behind_node(struct blob *b)
{
	begin(b, "x");
	end(b);
	text(b, "late", "x");
	end(b);
	cell(b, END);
}

static void prop_behind_root(struct blob *b)
{
	end(b);
	text(b, "late", "x");
	cell(b, END);
}

static void end_twice(struct blob *b)
{
	end(b);
	cell(b, END);
	cell(b, END);
}

static void no_token(struct blob *b)
{
	cell(b, 5);
	end(b);
	cell(b, END);
}

static void endless_name(struct blob *b)
{
	cell(b, BEGIN_NODE);
	bytes(b, "abcdefgh", 8);
}

static void long_value(struct blob *b)
{
	cell(b, PROP);
	cell(b, 9);
	cell(b, 0);
	bytes(b, "abcdefgh", 8);
}

static void longest_value(struct blob *b)
{
	cell(b, PROP);
	cell(b, ~0U);
	cell(b, 0);
	end(b);
	cell(b, END);
}

static void cut_prop(struct blob *b)
{
	cell(b, PROP);
	cell(b, 0);
}

static void foreign_name(struct blob *b)
{
	cell(b, PROP);
	cell(b, 0);
	cell(b, b->strings_len);
	end(b);
	cell(b, END);
}

static void endless_string(struct blob *b)
{
	text(b, "name", "x");
	b->strings_len--;
	end(b);
	cell(b, END);
}

/* Each kind of damage is refused, with words of its own. */
static void bad_trees(void **state)
{
	(void)state;
	assert_bad_tree(nothing, "does not end");
	assert_bad_tree(no_end_of_root, "ends too early");
	assert_bad_tree(one_end_too_many, "did not begin");
	assert_bad_tree(second_root, "two roots");
	assert_bad_tree(prop_behind_node, "behind a node");
	assert_bad_tree(prop_behind_root, "behind a node");
	assert_bad_tree(end_twice, "ends too early");
	assert_bad_tree(no_token, "a token that is none");
	assert_bad_tree(endless_name, "the name of a node");
	assert_bad_tree(long_value, "longer than the tree");
	assert_bad_tree(longest_value, "longer than the tree");
	assert_bad_tree(cut_prop, "cut off");
	assert_bad_tree(foreign_name, "the name of a property");
	assert_bad_tree(endless_string, "the name of a property");
}

/* A tree without a root is none. */
static void empty_tree(void **state)
{
	(void)state;
	begin_blob(&blob);
	range(&blob, 0, 0);
	cell(&blob, END);
	finish(&blob);
	assert_refused("ends too early");
}

/* ---- random damage ---- */

static uint64_t seed = 25;

static uint32_t below(uint32_t n)
{
	return (uint32_t)(test_random(&seed) >> 32) % n;
}

/* A few bytes, or one cell that gets a value that means something. */
static void damage(unsigned char *tree, uint32_t len)
{
	const uint32_t values[] = {0, 1,   2,	     3,	  4,
				   9, ~0U, 1U << 31, len, len - 4};
	uint32_t n = 1 + below(4);

	while (n-- > 0) {
		if (below(2) == 0) {
			tree[below(len)] ^= (unsigned char)(1U << below(8));
		} else {
			put32(tree + 4 * below(len / 4), values[below(10)]);
		}
	}
}

/* Use what is read, so that it is read. */
static volatile uint64_t sink;

static void read_node(const struct boot_fdt *t, uint32_t node)
{
	uint32_t parent = boot_fdt_parent(t, node);
	struct boot_fdt_reg reg;
	uint32_t len;

	sink += strlen(boot_fdt_name(t, node));
	sink += boot_fdt_child(t, node) + boot_fdt_sibling(t, node);
	sink += boot_fdt_prop(t, node, "is-set", &len) != NULL;
	sink += boot_fdt_is_in_use(t, node);
	sink += boot_fdt_is_compatible(t, node, "arm,pl031");
	if (boot_fdt_reg(t, node, parent, &reg) == NULL) {
		for (unsigned int i = 0; i < reg.nr; i++) {
			uint64_t start;
			uint64_t size;

			boot_fdt_reg_entry(&reg, i, &start, &size);
			sink += start + size;
		}
	}
}

static void read_all(const struct boot_fdt *t)
{
	uint64_t start;
	uint64_t size;
	uint32_t node;

	for (node = boot_fdt_root(t); node != 0;
	     node = boot_fdt_next(t, node)) {
		read_node(t, node);
	}
	for (unsigned int i = 0; boot_fdt_reserved(t, i, &start, &size); i++) {
		sink += start ^ size;
	}
	sink += boot_fdt_find(t, "serial0", 7);
	sink += boot_fdt_find(t, "/bus/clock/deep", 15);
	sink += boot_fdt_find_compatible(t, 0, "none");
}

/* @len bytes that end where the memory does. */
static unsigned char *at_the_end(uint32_t len)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t room = (len + page - 1) / page * page;
	unsigned char *mem = mmap(NULL, room + page, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(mem != MAP_FAILED);
	assert_int_equal(mprotect(mem + room, page, PROT_NONE), 0);
	return mem + room - len;
}

/* Damage before the tree is opened: it is refused, or can be read. Damage
 * afterwards: what is read is in the tree, and all walks end. */
static void damage_many(unsigned char *tree, uint32_t len, unsigned long steps)
{
	unsigned long nr_refused = 0;

	for (unsigned long i = 0; i < steps; i++) {
		struct boot_fdt t;
		bool late = i % 2 == 1;

		memcpy(tree, blob.all, len);
		if (late) {
			ASSERT_VALID(boot_fdt_open(&t, tree, len));
		}
		damage(tree, len);
		if (late || boot_fdt_open(&t, tree, len) == NULL) {
			read_all(&t);
		} else {
			nr_refused++;
		}
	}
	/* Many of the first kind are noticed, many are harmless. */
	assert_in_range(nr_refused, steps / 10, steps / 2 - steps / 50);
}

/* 100,000 random corruptions: no read outside, no endless walk. */
static void random_damage(void **state)
{
	unsigned long steps = test_steps(50000);
	unsigned char *heap;

	(void)state;
	open_good();
	damage_many(at_the_end(blob.len), blob.len, steps);
	heap = malloc(blob.len);
	damage_many(heap, blob.len, steps);
	free(heap);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(size_of_the_tree),
	cmocka_unit_test(header_is_checked),
	cmocka_unit_test(cut_off),
	cmocka_unit_test(nodes_in_order),
	cmocka_unit_test(family),
	cmocka_unit_test(no_node),
	cmocka_unit_test(paths),
	cmocka_unit_test(values),
	cmocka_unit_test(compatible),
	cmocka_unit_test(in_use),
	cmocka_unit_test(reg_entries),
	cmocka_unit_test(odd_reg),
	cmocka_unit_test(reserved_memory),
	cmocka_unit_test(bad_trees),
	cmocka_unit_test(empty_tree),
	cmocka_unit_test(random_damage),
};

TEST_MAIN(tests)
