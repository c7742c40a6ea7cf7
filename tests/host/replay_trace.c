/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * replay_trace.c - the trace, from a compressed file into an array
 *
 * Read first, so that the replay itself makes no call that is not the
 * library's.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay_priv.h"

static char error[256];

bool xmem_replay_fail(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(error, sizeof(error), fmt, args);
	va_end(args);
	return false;
}

const char *replay_error(void)
{
	return error;
}

const struct replay_counts *replay_count(const struct replay *r)
{
	return &r->counts;
}

/* ---- reading ---- */

static bool parse_fields(struct op *op, char *text)
{
	switch (op->call) {
	case 'B':
		return sscanf(text, "%lx %lx", &op->a, &op->b) == 2;
	case 'I':
		return sscanf(text, "%lx %lu", &op->a, &op->b) == 2;
	case 'b':
		return sscanf(text, "%*x %lu %lu %23s", &op->a, &op->b,
			      op->caller) == 3;
	case 'E':
		return true;
	case 'N':
		return sscanf(text, "%*s %lu %lu", &op->a, &op->b) == 2;
	default:
		break;
	}
	/* All others begin with the id. */
	char id[24];
	int at = 0;

	if (sscanf(text, "%23s%n", id, &at) != 1) {
		return false;
	}
	op->id = strcmp(id, "-") == 0 ? -1 : strtol(id, NULL, 10);
	text += at;
	if (op->id >= MAX_ID) {
		return false;
	}
	switch (op->call) {
	case 'X': /* order memflags */
	case 'D': /* order memflags domid */
	case 'A':
		return sscanf(text, "%lu %lx %lu", &op->a, &op->b, &op->c) >= 2;
	case 'r': /* oldid size align */
	case 'q':
		return sscanf(text, "%lu %lu %lu", &op->a, &op->b, &op->c) == 3;
	case 'f':
	case 'g':
	case 'e':
	case 'u':
		return true;
	default: /* size [align], or pages, or off order */
		return sscanf(text, "%lu %lu", &op->a, &op->b) >= 1;
	}
}

static bool parse_line(struct replay *r, char *line)
{
	struct op op = {.id = -1};
	unsigned int depth;
	int at = 0;

	if (line[0] == '#' || line[0] == '\n') {
		return true;
	}
	if (sscanf(line, "%c %u %u%n", &op.call, &op.cpu, &depth, &at) != 3 ||
	    !parse_fields(&op, line + at)) {
		return xmem_replay_fail("not a line of a trace: %.60s", line);
	}
	if (op.call == 'N') {
		r->counts.owned_trace += op.a;
	}
	if (depth > 0) {
		r->counts.inner++;
		return true;
	}
	r->op = realloc(r->op, (r->nr_ops + 1) * sizeof(op));
	r->op[r->nr_ops++] = op;
	if (op.call == 'E') {
		r->boot_ops = r->nr_ops;
	}
	return true;
}

static bool read_trace(struct replay *r, const char *path)
{
	char command[512];
	char line[256];
	bool good = true;
	FILE *in;

	snprintf(command, sizeof(command), "gzip -dc '%s'", path);
	in = popen(command, "r");
	if (in == NULL) {
		return xmem_replay_fail("cannot run %s", command);
	}
	while (good && fgets(line, sizeof(line), in) != NULL) {
		good = parse_line(r, line);
	}
	if (pclose(in) != 0 || r->boot_ops == 0) {
		return good ? xmem_replay_fail("%s: no trace of a boot", path)
			    : false;
	}
	return good;
}

struct replay *replay_load(const char *path, struct replay_options options)
{
	struct replay *r = calloc(1, sizeof(*r));

	r->options = options;
	xmem_owner_init(&r->guest.mem, GUEST_LIMIT >> PAGE_SHIFT, 0);
	for (unsigned int k = 0; k < NR_KINDS; k++) {
		r->live[k] = calloc(MAX_ID, sizeof(struct live));
	}
	if (!read_trace(r, path)) {
		replay_unload(r);
		return NULL;
	}
	r->loose = calloc(r->nr_ops, sizeof(*r->loose));
	return r;
}

void replay_unload(struct replay *r)
{
	for (unsigned int k = 0; k < NR_KINDS; k++) {
		free(r->live[k]);
	}
	free(r->loose);
	free(r->op);
	free(r);
}

/* ---- RAM that comes late ---- */

bool xmem_replay_is_late(const struct replay *r, unsigned int i,
			 uint64_t *start, uint64_t *end)
{
	unsigned int first = r->boot_ops;

	while (first < r->nr_ops && r->op[first].call == 'I') {
		first++; /* the hand-over itself */
	}
	if (i < first || r->op[i].call != 'I') {
		return false;
	}
	*start = (uint64_t)r->op[i].a << TRACE_SHIFT;
	*end = *start + ((uint64_t)1 << (r->op[i].b + TRACE_SHIFT));
	return true;
}

unsigned int xmem_replay_late_run(const struct replay *r, unsigned int i,
				  uint64_t *end)
{
	uint64_t next_start, next_end;

	while (i + 1 < r->nr_ops &&
	       xmem_replay_is_late(r, i + 1, &next_start, &next_end) &&
	       next_start == *end) {
		*end = next_end;
		i++;
	}
	return i;
}
