/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * churn.h - areas of vmalloc come and go
 */
#ifndef CHURN_H
#define CHURN_H

#include <string.h>

#include <xmem/vmap.h>

/* Allocate, write, read and free areas of 1 to 13 pages. */
static inline int churn(void)
{
	static unsigned char *live[8];

	for (unsigned int i = 0; i < 400; i++) {
		unsigned int at = i * 5 % 8;
		unsigned long size = (1 + i % 13) * PAGE_SIZE;

		if (live[at] != NULL && live[at][0] != (unsigned char)at) {
			return 0;
		}
		vfree(live[at]);
		live[at] = vzalloc(size);
		if (live[at] == NULL || live[at][size - 1] != 0) {
			return 0;
		}
		memset(live[at], (int)at, size);
	}
	for (unsigned int at = 0; at < 8; at++) {
		VFREE(live[at]);
	}
	return 1;
}

#endif /* CHURN_H */
