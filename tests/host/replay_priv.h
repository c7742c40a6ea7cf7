/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * replay_priv.h - the trace in memory, for the files that read and replay it
 */
#ifndef REPLAY_PRIV_H
#define REPLAY_PRIV_H

#include <xmem/xmem.h>

#include "replay.h"

#define TRACE_SHIFT 12U /* page size of the recorded machine */
#define SET_ASIDE   (64U >> (PAGE_SHIFT - TRACE_SHIFT) | 8U)
#define MAX_ID	    4096
#define GUEST_LIMIT (1UL << 40)

enum kind { KIND_X, KIND_XV, KIND_V, KIND_MAP, KIND_XEN, KIND_DOM, NR_KINDS };

/* One line of depth 0. What a, b and c are depends on the call. */
struct op {
	char call;
	unsigned int cpu;
	long id; /* -1: none */
	unsigned long a;
	unsigned long b;
	unsigned long c;
	char caller[24];
};

struct live {
	unsigned char *va;
	struct page_info *pg;
	unsigned long size; /* bytes, or 1 << order pages */
	unsigned int order;
	unsigned long seq; /* when it was made; 0 = not alive */
};

struct replay {
	struct replay_options options;
	struct replay_counts counts;
	struct op *op;
	unsigned int nr_ops;
	unsigned int boot_ops; /* up to E, included */
	struct live *live[NR_KINDS];
	struct domain guest;
	unsigned long *loose; /* frames that N gave to the guest */
	unsigned int nr_loose;
	mfn_t aside[SET_ASIDE]; /* frames to map */
	unsigned int late_until; /* lines of late RAM before it are done */
	bool has_maps;
	bool has_vmap;
	unsigned long seq;
};

/* Remember why; returns false. */
__attribute__((format(printf, 1, 2))) bool xmem_replay_fail(const char *fmt,
							    ...);

/* Does line @i, after the hand-over, bring new RAM? Which, in bytes. */
bool xmem_replay_is_late(const struct replay *r, unsigned int i,
			 uint64_t *start, uint64_t *end);
/* Last line of the run of touching late blocks that begins at @i. */
unsigned int xmem_replay_late_run(const struct replay *r, unsigned int i,
				  uint64_t *end);

static inline unsigned int xmem_replay_order(unsigned long order)
{
	unsigned int less = PAGE_SHIFT - TRACE_SHIFT;

	return order > less ? (unsigned int)order - less : 0;
}

static inline unsigned long xmem_replay_pages(unsigned long nr)
{
	unsigned long per_page = 1UL << (PAGE_SHIFT - TRACE_SHIFT);

	return (nr + per_page - 1) / per_page;
}

#endif /* REPLAY_PRIV_H */
