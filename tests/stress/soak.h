/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * soak.h - all entry points of the library at once: what the parts share
 *
 * A thread holds *things*: blocks, lists of frames, objects, areas. It makes
 * one, looks at one, hands one to whoever comes next, or drops it. What a thing
 * is made of is stamped: each frame has a holder in a table of bytes, and
 * content that follows from the thing. So two things that overlap are found
 * even if nobody has noticed while they were made.
 *
 * soak.c		the machines, the rounds, what must be true after each
 * soak_things.c	holders, and what is in frames and in memory
 * soak_pages.c		page frames, by all doors
 * soak_objects.c	xmalloc, xvmalloc, pools
 * soak_maps.c		vmalloc, vmap, ioremap, mappings by hand
 * soak_asks.c		what holds nothing: counts, CPUs, drains, validators
 */
#ifndef SOAK_H
#define SOAK_H

#include "stress.h"

#include <xmem/xmem.h>

#include "xmem_host.h"

#define SOAK_CPUS   8U /* each is a thread */
#define SOAK_NODES  4U
#define SOAK_OWNERS 4U
#define SOAK_LATE   4U /* ranges of RAM that come late */

struct soak_kind;

/** struct thing - something a thread holds. */
struct thing {
	const struct soak_kind *kind; /* NULL: there is none */
	uint64_t mark;		      /* its content follows from that */
	unsigned long mfn;	      /* a block or a run: */
	unsigned long nr;	      /* frames; or entries of @list */
	unsigned int order;
	struct domain *d;	/* owner of the frames */
	void *va;		/* memory that can be reached as it is */
	size_t size;		/* bytes there */
	unsigned long *list;	/* numbers of single frames, or runs */
	struct xmem_pool *pool; /* it comes from */
};

/** struct soak_kind - how things of a kind come and go. */
struct soak_kind {
	const char *name;
	unsigned int weight; /* how often, beside the others */
	unsigned int group;  /* SOAK_* */
	/* Return: is there a thing? It is not stamped yet. */
	bool (*make)(struct cpu *cpu, struct thing *t);
	void (*stamp)(struct cpu *cpu, const struct thing *t);
	void (*check)(struct cpu *cpu, const struct thing *t);
	void (*drop)(struct cpu *cpu, struct thing *t);
};

enum { SOAK_PAGES = 1, SOAK_OBJECTS = 2, SOAK_MAPS = 4, SOAK_ALL = 7 };

/** The kinds of each part, and how many there are. */
extern const struct soak_kind soak_pages[], soak_objects[], soak_maps[];
extern const unsigned int soak_nr_pages, soak_nr_objects, soak_nr_maps;

/* ---- of the machine that runs (soak.c) ---- */

extern struct domain soak_owner[SOAK_OWNERS];
extern struct soak_range {
	unsigned long smfn;
	unsigned long emfn;
	unsigned int state; /* SOAK_ABSENT, then what the atomics make of it */
} soak_late[SOAK_LATE];
extern unsigned long soak_end; /* frame behind the last of RAM */
enum { SOAK_ABSENT, SOAK_COMING, SOAK_THERE };

/** Say what is wrong, once, and count it. */
__attribute__((format(printf, 1, 2))) void soak_error(const char *fmt, ...);

/* ---- random numbers ---- */

static inline unsigned long soak_below(struct cpu *cpu, unsigned long n)
{
	return (unsigned long)((test_random(&cpu->seed) >> 16) % n);
}

static inline bool soak_one_in(struct cpu *cpu, unsigned long n)
{
	return soak_below(cpu, n) == 0;
}

/* ---- holders and content (soak_things.c) ---- */

/** Frames [@mfn, @mfn + @nr) had holder @from and have @to now. 0: nobody. */
void soak_hold(unsigned long mfn, unsigned long nr, unsigned int from,
	       unsigned int to);
/** Has every frame no holder? */
void soak_check_nobody(void);
void soak_forget_all(void);

/** Write content into some of the frames, or see that it is there. */
void soak_fill_frames(unsigned long mfn, unsigned long nr, uint64_t mark);
void soak_check_frames(unsigned long mfn, unsigned long nr, uint64_t mark);
/** Some of the frames, which have just been scrubbed, are zero. */
void soak_check_zero(unsigned long mfn, unsigned long nr);

/** The same for memory. */
void soak_fill(void *va, size_t size, uint64_t mark);
void soak_check(const void *va, size_t size, uint64_t mark);
void soak_check_zeroed(const void *va, size_t size);

/** Descriptors of some of the frames: owner and xenheap are as they should. */
void soak_check_marks(unsigned long mfn, unsigned long nr,
		      const struct domain *d, bool xen);

/** A thing of one run of frames: fill and hold; check. */
void soak_stamp_run(struct cpu *cpu, const struct thing *t);
void soak_check_run(struct cpu *cpu, const struct thing *t);
/** It is about to be dropped. */
void soak_unhold(const struct thing *t);
/** Make and drop a thing of @kind; what was made is stamped, and what is
 *  dropped was as it should be. */
bool soak_make(const struct soak_kind *kind, struct cpu *cpu, struct thing *t);
void soak_drop(struct cpu *cpu, struct thing *t);

/* ---- what holds nothing (soak_asks.c) ---- */

void soak_ask(struct cpu *cpu);
/** A late range, which nobody has given, enters the heap. */
void soak_give_late(struct cpu *cpu);

/** Tables for mappings by hand (soak_maps.c). */
void soak_populate(void);

/** Pools that all share (soak_objects.c). */
void soak_open_pools(void);
void soak_close_pools(void);

#endif /* SOAK_H */
