/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fdt.c - reading a flattened device tree, for ports without a library
 *
 * The structure block is a row of tokens: a node begins (with its name), a
 * property (its length, the place of its name, its value), a node ends,
 * nothing, the end. read_token() is the only function that reads them, and
 * every byte that it reads it has compared with the end of a block. A token
 * that cannot be read is BROKEN and ends every walk, as END does. Each token
 * is followed by a later one, so a walk ends.
 *
 * Bytes are read one by one: the tree may lie anywhere, and the CPU may have
 * either byte order. No recursion, no allocation.
 *
 * Format: Devicetree Specification 0.4: 5.2 header, 5.3 reserved memory, 5.4
 * structure block, 5.5 strings block; 2.2 names, 2.3 properties, 3.3 aliases.
 */
#include "fdt.h"

#define MAGIC	    0xd00dfeedU
#define VERSION	    17U /* the first with the size of the structure block */
#define RANGE_BYTES 16U

/* Cells of the header. */
enum {
	H_MAGIC,
	H_BYTES,
	H_STRUCT,
	H_STRINGS,
	H_RESERVE,
	H_VERSION,
	H_COMPATIBLE,
	H_BOOT_CPU,
	H_STRINGS_BYTES,
	H_STRUCT_BYTES,
};

enum kind {
	BROKEN = 0,
	BEGIN_NODE = 1,
	END_NODE = 2,
	PROP = 3,
	NOP = 4,
	END = 9,
};

/** struct token - one of the structure block, but NOP. */
struct token {
	enum kind kind;
	uint32_t at;
	uint32_t next;	  /* what follows begins here */
	const char *name; /* of a node, a property; what is wrong, if BROKEN */
	const unsigned char *value;
	uint32_t len;
};

uint32_t boot_fdt_cell(const unsigned char *value, unsigned int i)
{
	value += (size_t)i * 4;
	return (uint32_t)value[0] << 24 | (uint32_t)value[1] << 16 |
	       (uint32_t)value[2] << 8 | value[3];
}

static uint64_t read_two_cells(const unsigned char *value)
{
	return (uint64_t)boot_fdt_cell(value, 0) << 32 |
	       boot_fdt_cell(value, 1);
}

/* ---- texts ---- */

static bool is_same(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

/* Does @text begin with the @len characters at @start? */
static bool begins_with(const char *text, const char *start, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++) {
		if (text[i] != start[i] || text[i] == '\0') {
			return false;
		}
	}
	return true;
}

/* Where the text at @at ends, below @end; @end if it does not. */
static uint32_t end_of_text(const struct boot_fdt *fdt, uint32_t at,
			    uint32_t end)
{
	while (at < end && fdt->base[at] != '\0') {
		at++;
	}
	return at;
}

/* ---- tokens ---- */

static struct token broken(uint32_t at, const char *why)
{
	return (struct token){.kind = BROKEN, .at = at, .name = why};
}

/* @at rounded up to a cell, which may be the end; a block is made of cells. */
static uint32_t next_cell(const struct boot_fdt *fdt, uint32_t at)
{
	return at + ((fdt->struct_at - at) & 3);
}

static struct token read_begin(const struct boot_fdt *fdt, uint32_t at)
{
	uint32_t name = at + 4;
	uint32_t end = end_of_text(fdt, name, fdt->struct_end);

	if (end == fdt->struct_end) {
		return broken(at, "the name of a node does not end");
	}
	return (struct token){.kind = BEGIN_NODE,
			      .at = at,
			      .next = next_cell(fdt, end + 1),
			      .name = (const char *)fdt->base + name};
}

static struct token read_prop(const struct boot_fdt *fdt, uint32_t at)
{
	uint32_t left = fdt->struct_end - at;
	uint32_t len;
	uint32_t name;

	if (left < 12) {
		return broken(at, "a property is cut off");
	}
	len = boot_fdt_cell(fdt->base + at, 1);
	name = boot_fdt_cell(fdt->base + at, 2);
	if (len > left - 12) {
		return broken(at, "a value is longer than the tree");
	}
	if (name >= fdt->strings_end - fdt->strings_at ||
	    end_of_text(fdt, fdt->strings_at + name, fdt->strings_end) ==
		    fdt->strings_end) {
		return broken(at, "the name of a property is not in the tree");
	}
	return (struct token){.kind = PROP,
			      .at = at,
			      .next = next_cell(fdt, at + 12 + len),
			      .name = (const char *)fdt->base +
				      fdt->strings_at + name,
			      .value = fdt->base + at + 12,
			      .len = len};
}

/* The first token at @at or later that is no NOP. */
static struct token read_token(const struct boot_fdt *fdt, uint32_t at)
{
	for (; at <= fdt->struct_end && fdt->struct_end - at >= 4; at += 4) {
		switch (boot_fdt_cell(fdt->base + at, 0)) {
		case NOP:
			break;
		case BEGIN_NODE:
			return read_begin(fdt, at);
		case PROP:
			return read_prop(fdt, at);
		case END_NODE:
			return (struct token){
				.kind = END_NODE, .at = at, .next = at + 4};
		case END:
			return (struct token){
				.kind = END, .at = at, .next = at + 4};
		default:
			return broken(at, "a token that is none");
		}
	}
	return broken(at, "the tree does not end");
}

/* The token that @node is, and with it the one behind; false: no node. */
static bool read_node(const struct boot_fdt *fdt, uint32_t node,
		      struct token *t)
{
	if (node < fdt->struct_at || (node - fdt->struct_at) % 4 != 0) {
		return false;
	}
	*t = read_token(fdt, node);
	return t->kind == BEGIN_NODE && t->at == node;
}

/* ---- opening ---- */

uint32_t boot_fdt_bytes(const void *base)
{
	if (boot_fdt_cell(base, H_MAGIC) != MAGIC) {
		return 0;
	}
	return boot_fdt_cell(base, H_BYTES);
}

/* Does a block of @bytes at @at lie in the tree, behind the header? */
static bool is_inside(const struct boot_fdt *fdt, uint32_t at, uint32_t bytes)
{
	return at >= BOOT_FDT_HEADER && at <= fdt->bytes &&
	       bytes <= fdt->bytes - at;
}

static const char *read_header(struct boot_fdt *fdt)
{
	const unsigned char *h = fdt->base;
	uint32_t struct_bytes = boot_fdt_cell(h, H_STRUCT_BYTES);
	uint32_t strings_bytes = boot_fdt_cell(h, H_STRINGS_BYTES);

	if (boot_fdt_cell(h, H_VERSION) < VERSION ||
	    boot_fdt_cell(h, H_COMPATIBLE) > VERSION) {
		return "a version that cannot be read";
	}
	fdt->reserve_at = boot_fdt_cell(h, H_RESERVE);
	fdt->struct_at = boot_fdt_cell(h, H_STRUCT);
	fdt->strings_at = boot_fdt_cell(h, H_STRINGS);
	if (!is_inside(fdt, fdt->reserve_at, RANGE_BYTES) ||
	    !is_inside(fdt, fdt->struct_at, struct_bytes) ||
	    !is_inside(fdt, fdt->strings_at, strings_bytes)) {
		return "a block is not in the tree";
	}
	if (fdt->reserve_at % 8 != 0 || fdt->struct_at % 4 != 0 ||
	    struct_bytes % 4 != 0) {
		return "a block is not aligned";
	}
	fdt->struct_end = fdt->struct_at + struct_bytes;
	fdt->strings_end = fdt->strings_at + strings_bytes;
	return NULL;
}

/* The @i-th entry, or the one that ends them; false: the tree ends first. */
static bool read_range(const struct boot_fdt *fdt, unsigned int i,
		       uint64_t *start, uint64_t *size)
{
	uint32_t at = fdt->reserve_at;

	if (i >= (fdt->bytes - at) / RANGE_BYTES) {
		return false;
	}
	at += i * RANGE_BYTES;
	*start = read_two_cells(fdt->base + at);
	*size = read_two_cells(fdt->base + at + 8);
	return true;
}

static const char *check_reserved(const struct boot_fdt *fdt)
{
	uint64_t start;
	uint64_t size;

	for (unsigned int i = 0; read_range(fdt, i, &start, &size); i++) {
		if (start == 0 && size == 0) {
			return NULL;
		}
	}
	return "the ranges of reserved memory do not end";
}

/** struct nesting - where a walk through all tokens is. */
struct nesting {
	uint32_t depth;
	bool had_root;
	bool had_child; /* properties stand before nodes */
};

static const char *check_token(const struct boot_fdt *fdt,
			       const struct token *t, struct nesting *at)
{
	switch (t->kind) {
	case BEGIN_NODE:
		if (at->depth == 0 && at->had_root) {
			return "two roots";
		}
		*at = (struct nesting){at->depth + 1, true, false};
		return NULL;
	case END_NODE:
		if (at->depth == 0) {
			return "the end of a node that did not begin";
		}
		*at = (struct nesting){at->depth - 1, true, true};
		return NULL;
	case PROP:
		return at->depth > 0 && !at->had_child
			       ? NULL
			       : "a property stands behind a node";
	case END:
		return at->had_root && at->depth == 0 &&
				       t->next == fdt->struct_end
			       ? NULL
			       : "the tree ends too early";
	case NOP:
	case BROKEN:
	default:
		return t->name;
	}
}

static const char *check_tokens(const struct boot_fdt *fdt)
{
	struct nesting nesting = {0, false, false};
	struct token t = {.next = fdt->struct_at};
	const char *wrong;

	do {
		t = read_token(fdt, t.next);
		wrong = check_token(fdt, &t, &nesting);
	} while (wrong == NULL && t.kind != END);
	return wrong;
}

const char *boot_fdt_open(struct boot_fdt *fdt, const void *base, uint32_t max)
{
	const char *wrong;

	*fdt = (struct boot_fdt){.base = base};
	if (max < BOOT_FDT_HEADER || boot_fdt_cell(base, H_MAGIC) != MAGIC) {
		return "no device tree";
	}
	fdt->bytes = boot_fdt_bytes(base);
	if (fdt->bytes > max || fdt->bytes < BOOT_FDT_HEADER) {
		return "the size is not that of the tree";
	}
	wrong = read_header(fdt);
	if (wrong == NULL) {
		wrong = check_reserved(fdt);
	}
	return wrong != NULL ? wrong : check_tokens(fdt);
}

bool boot_fdt_reserved(const struct boot_fdt *fdt, unsigned int i,
		       uint64_t *start, uint64_t *size)
{
	return read_range(fdt, i, start, size) && (*start != 0 || *size != 0);
}

/* ---- nodes ---- */

uint32_t boot_fdt_root(const struct boot_fdt *fdt)
{
	struct token t = read_token(fdt, fdt->struct_at);

	return t.kind == BEGIN_NODE ? t.at : 0;
}

uint32_t boot_fdt_child(const struct boot_fdt *fdt, uint32_t node)
{
	struct token t;

	if (!read_node(fdt, node, &t)) {
		return 0;
	}
	do {
		t = read_token(fdt, t.next);
	} while (t.kind == PROP);
	return t.kind == BEGIN_NODE ? t.at : 0;
}

uint32_t boot_fdt_sibling(const struct boot_fdt *fdt, uint32_t node)
{
	struct token t;
	uint32_t depth = 1;

	if (!read_node(fdt, node, &t)) {
		return 0;
	}
	while (depth > 0) {
		t = read_token(fdt, t.next);
		if (t.kind == BEGIN_NODE) {
			depth++;
		} else if (t.kind == END_NODE) {
			depth--;
		} else if (t.kind != PROP) {
			return 0;
		}
	}
	t = read_token(fdt, t.next);
	return t.kind == BEGIN_NODE ? t.at : 0;
}

uint32_t boot_fdt_next(const struct boot_fdt *fdt, uint32_t node)
{
	struct token t;

	if (!read_node(fdt, node, &t)) {
		return 0;
	}
	do {
		t = read_token(fdt, t.next);
	} while (t.kind == PROP || t.kind == END_NODE);
	return t.kind == BEGIN_NODE ? t.at : 0;
}

/* Down from the root: always into the last child that begins before @node. */
uint32_t boot_fdt_parent(const struct boot_fdt *fdt, uint32_t node)
{
	uint32_t parent = boot_fdt_root(fdt);
	uint32_t child = boot_fdt_child(fdt, parent);

	while (child != 0 && child != node) {
		uint32_t next = boot_fdt_sibling(fdt, child);

		if (next != 0 && next <= node) {
			child = next;
		} else {
			parent = child;
			child = boot_fdt_child(fdt, child);
		}
	}
	return child != 0 ? parent : 0;
}

const char *boot_fdt_name(const struct boot_fdt *fdt, uint32_t node)
{
	struct token t;

	return read_node(fdt, node, &t) ? t.name : "";
}

/* The child whose name is the first @len characters of @name, or that and an
 * address. */
static uint32_t find_child(const struct boot_fdt *fdt, uint32_t node,
			   const char *name, uint32_t len)
{
	uint32_t child = boot_fdt_child(fdt, node);

	for (; child != 0; child = boot_fdt_sibling(fdt, child)) {
		const char *own = boot_fdt_name(fdt, child);

		if (begins_with(own, name, len) &&
		    (own[len] == '\0' || own[len] == '@')) {
			return child;
		}
	}
	return 0;
}

/* From @node on: each name in @path, which begins with a slash or is empty. */
static uint32_t find_below(const struct boot_fdt *fdt, uint32_t node,
			   const char *path, uint32_t len)
{
	uint32_t at = 0;

	while (node != 0) {
		uint32_t start;

		while (at < len && path[at] == '/') {
			at++;
		}
		if (at == len) {
			break;
		}
		start = at;
		while (at < len && path[at] != '/') {
			at++;
		}
		node = find_child(fdt, node, path + start, at - start);
	}
	return node;
}

static uint32_t text_length(const char *text)
{
	uint32_t len = 0;

	while (text[len] != '\0') {
		len++;
	}
	return len;
}

/* The node that "/aliases" says is meant by the first @len characters. */
static uint32_t find_alias(const struct boot_fdt *fdt, const char *name,
			   uint32_t len)
{
	uint32_t root = boot_fdt_root(fdt);
	uint32_t aliases = find_child(fdt, root, "aliases", 7);
	struct token t;

	if (!read_node(fdt, aliases, &t)) {
		return 0;
	}
	for (t = read_token(fdt, t.next); t.kind == PROP;
	     t = read_token(fdt, t.next)) {
		if (begins_with(t.name, name, len) && t.name[len] == '\0') {
			const char *path = boot_fdt_text(fdt, aliases, t.name);

			return path != NULL && path[0] == '/'
				       ? find_below(fdt, root, path,
						    text_length(path))
				       : 0;
		}
	}
	return 0;
}

uint32_t boot_fdt_find(const struct boot_fdt *fdt, const char *path,
		       uint32_t len)
{
	uint32_t alias = 0;

	if (len > 0 && path[0] == '/') {
		return find_below(fdt, boot_fdt_root(fdt), path, len);
	}
	while (alias < len && path[alias] != '/') {
		alias++;
	}
	return find_below(fdt, find_alias(fdt, path, alias), path + alias,
			  len - alias);
}

uint32_t boot_fdt_find_compatible(const struct boot_fdt *fdt, uint32_t node,
				  const char *what)
{
	node = node == 0 ? boot_fdt_root(fdt) : boot_fdt_next(fdt, node);
	while (node != 0 && !boot_fdt_is_compatible(fdt, node, what)) {
		node = boot_fdt_next(fdt, node);
	}
	return node;
}

/* ---- properties ---- */

const unsigned char *boot_fdt_prop(const struct boot_fdt *fdt, uint32_t node,
				   const char *name, uint32_t *len)
{
	struct token t;

	*len = 0;
	if (!read_node(fdt, node, &t)) {
		return NULL;
	}
	for (t = read_token(fdt, t.next); t.kind == PROP;
	     t = read_token(fdt, t.next)) {
		if (is_same(t.name, name)) {
			*len = t.len;
			return t.value;
		}
	}
	return NULL;
}

/* Length of the text at the start of @value; @len if it does not end. */
static uint32_t text_in(const unsigned char *value, uint32_t len)
{
	uint32_t n = 0;

	while (n < len && value[n] != '\0') {
		n++;
	}
	return n;
}

const char *boot_fdt_text(const struct boot_fdt *fdt, uint32_t node,
			  const char *name)
{
	uint32_t len;
	const unsigned char *value = boot_fdt_prop(fdt, node, name, &len);

	if (value == NULL || text_in(value, len) == len) {
		return NULL;
	}
	return (const char *)value;
}

bool boot_fdt_says(const struct boot_fdt *fdt, uint32_t node, const char *name,
		   const char *text)
{
	const char *own = boot_fdt_text(fdt, node, name);

	return own != NULL && is_same(own, text);
}

bool boot_fdt_is_compatible(const struct boot_fdt *fdt, uint32_t node,
			    const char *what)
{
	uint32_t len;
	const unsigned char *value =
		boot_fdt_prop(fdt, node, "compatible", &len);

	while (len > 0) {
		uint32_t n = text_in(value, len);

		if (n == len) {
			return false;
		}
		if (is_same((const char *)value, what)) {
			return true;
		}
		value += n + 1;
		len -= n + 1;
	}
	return false;
}

bool boot_fdt_is_in_use(const struct boot_fdt *fdt, uint32_t node)
{
	return boot_fdt_text(fdt, node, "status") == NULL ||
	       boot_fdt_says(fdt, node, "status", "okay") ||
	       boot_fdt_says(fdt, node, "status", "ok");
}
