/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ignored.h - what xmem_boot_add_ram() says it ignores, collected
 */
#ifndef IGNORED_H
#define IGNORED_H

#include "fake.h"

#define MAX_IGNORED 256

/* One message. */
struct ignored {
	paddr_t start;
	paddr_t size;
	char why[48];
};

static struct ignored ignored[MAX_IGNORED];
static unsigned int nr_ignored;
static unsigned int nr_other; /* messages of another form */

void xmem_port_print(const char *fmt, ...)
{
	struct ignored *i = &ignored[nr_ignored];
	unsigned long long size, start;
	char text[200];
	int end = 0;
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (nr_ignored == MAX_IGNORED ||
	    sscanf(text,
		   "boot: %llx bytes of RAM at %llx ignored: %47[^\n]\n%n",
		   &size, &start, i->why, &end) != 3 ||
	    text[end] != '\0' || end == 0) {
		nr_other++;
		return;
	}
	i->start = start;
	i->size = size;
	nr_ignored++;
}

#endif /* IGNORED_H */
