/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_load.c - a random mix of everything on all CPUs at once
 *
 * Each CPU owns some slots. A step frees a full slot, after looking at its
 * pattern, or fills an empty one by a random kind of allocation. What is
 * left of a CPU's slots is freed by the next CPU at the end, so that frees
 * cross CPUs. Validators run when all are done, and nothing may be lost.
 * Frames of the domheap are mapped only while they are touched.
 */
#include <xmem/xmem.h>

#include "contract.h"

#define NR_SLOTS	  48U
#define NR_STEPS	  3000UL
#define MAX_PAGES	  24U /* of one slot */
#define MAX_ORDER_OF_SLOT 3U
/* A round ends early on a slow machine, so that it is no hang. */
#define MAX_SECONDS 8

enum kind { XMALLOC, XVMALLOC, VMALLOC, XENHEAP, DOMHEAP, VMAP, NR_KINDS };

struct slot {
	bool full;
	char *p;	      /* NULL for DOMHEAP */
	struct page_info *pg; /* DOMHEAP, VMAP */
	unsigned long size;
	unsigned int order;
	enum kind kind;
	uint64_t mark;
};

struct worker {
	struct slot slot[NR_SLOTS];
	uint64_t seed;
	unsigned long nr_steps;
	unsigned long nr_failed; /* allocations that gave NULL */
	unsigned long nr_broken; /* patterns found changed */
};

static struct worker workers[NR_CPUS];

static uint64_t next_random(struct worker *w)
{
	w->seed ^= w->seed >> 12;
	w->seed ^= w->seed << 25;
	w->seed ^= w->seed >> 27;
	return w->seed * 2685821657736338717ULL;
}

/* ---- patterns ---- */

/* The word at byte @offset, reachable until close_word(). */
static uint64_t *open_word(const struct slot *s, unsigned long offset)
{
	unsigned long page = offset >> PAGE_SHIFT;
	char *p;

	if (s->kind == DOMHEAP) {
		p = map_domain_page(mfn_add(page_to_mfn(s->pg), page));
		p += offset & ~PAGE_MASK;
	} else {
		p = s->p + offset;
	}
	return (uint64_t *)(void *)p;
}

static void close_word(const struct slot *s, const uint64_t *word)
{
	if (s->kind == DOMHEAP) {
		unmap_domain_page(word);
	}
}

static void put_word(const struct slot *s, unsigned long offset, uint64_t v)
{
	uint64_t *word = open_word(s, offset);

	*word = v;
	close_word(s, word);
}

static bool has_word(const struct slot *s, unsigned long offset, uint64_t v)
{
	uint64_t *word = open_word(s, offset);
	bool same = *word == v;

	close_word(s, word);
	return same;
}

static unsigned long last_word(const struct slot *s)
{
	return (s->size / 8 - 1) * 8;
}

/* The first word of each page, and the last word. */
static void put_marks(const struct slot *s)
{
	for (unsigned long at = 0; at < last_word(s); at += PAGE_SIZE) {
		put_word(s, at, s->mark + at);
	}
	put_word(s, last_word(s), ~s->mark);
}

static bool marks_hold(const struct slot *s)
{
	for (unsigned long at = 0; at < last_word(s); at += PAGE_SIZE) {
		if (!has_word(s, at, s->mark + at)) {
			return false;
		}
	}
	return has_word(s, last_word(s), ~s->mark);
}

/* ---- steps ---- */

static void fill_vmap(struct slot *s)
{
	mfn_t mfn[4];

	s->order = 2;
	s->size = 4 * PAGE_SIZE;
	s->pg = alloc_domheap_pages(NULL, s->order, MEMF_no_scrub);
	for (unsigned long i = 0; s->pg != NULL && i < 4; i++) {
		mfn[i] = mfn_add(page_to_mfn(s->pg), i ^ 1);
	}
	s->p = s->pg != NULL ? vmap(mfn, 4) : NULL;
	if (s->p == NULL && s->pg != NULL) {
		free_domheap_pages(s->pg, s->order);
	}
}

/* 32-bit remainders: others are calls of a library on 32-bit machines. */
static unsigned long size_of(enum kind kind, unsigned int order, uint64_t r)
{
	uint32_t some = (uint32_t)(r >> 16);

	switch (kind) {
	case XMALLOC:
		return 16 + ((r >> 50) % 2 != 0 ? some % 9000 : some % 500);
	case XVMALLOC:
		return 16 + some % 60000;
	case VMALLOC:
		return PAGE_SIZE * (1 + some % MAX_PAGES);
	default:
		return PAGE_SIZE << order;
	}
}

static void take(struct slot *s)
{
	switch (s->kind) {
	case XMALLOC:
		s->p = _xmalloc(s->size, 16);
		break;
	case XVMALLOC:
		s->p = _xvmalloc(s->size, 16);
		break;
	case VMALLOC:
		s->p = vmalloc(s->size);
		break;
	case XENHEAP:
		s->p = alloc_xenheap_pages(s->order, 0);
		break;
	case DOMHEAP:
		s->p = NULL;
		s->pg = alloc_domheap_pages(NULL, s->order, 0);
		break;
	default:
		fill_vmap(s);
		break;
	}
	s->full = s->kind == DOMHEAP ? s->pg != NULL : s->p != NULL;
}

static void fill_slot(struct worker *w, struct slot *s)
{
	uint64_t r = next_random(w);

	s->kind = (enum kind)((uint32_t)r % NR_KINDS);
	s->order = (unsigned int)(r >> 8) % (MAX_ORDER_OF_SLOT + 1);
	s->size = size_of(s->kind, s->order, r);
	s->mark = r;
	take(s);
	if (s->full) {
		put_marks(s);
	} else {
		w->nr_failed++;
	}
}

static void empty_slot(struct worker *w, struct slot *s)
{
	w->nr_broken += !marks_hold(s);
	s->full = false;
	switch (s->kind) {
	case XMALLOC:
		xfree(s->p);
		break;
	case XVMALLOC:
		xvfree(s->p);
		break;
	case VMALLOC:
		vfree(s->p);
		break;
	case XENHEAP:
		free_xenheap_pages(s->p, s->order);
		break;
	case DOMHEAP:
		free_domheap_pages(s->pg, s->order);
		break;
	default:
		vunmap(s->p);
		free_domheap_pages(s->pg, s->order);
		break;
	}
}

/* ---- rounds ---- */

static unsigned int started; /* second of a minute */

static void work(void *arg)
{
	struct worker *w = &workers[xmem_port_cpu()];
	unsigned long nr = NR_STEPS * contract_machine.load_percent / 100 + 1;

	(void)arg;
	for (w->nr_steps = 0; w->nr_steps < nr; w->nr_steps++) {
		struct slot *s = &w->slot[(uint32_t)next_random(w) % NR_SLOTS];

		if (s->full) {
			empty_slot(w, s);
		} else {
			fill_slot(w, s);
		}
		if (w->nr_steps % 64 == 0 &&
		    contract_seconds_since(started) >= MAX_SECONDS) {
			break;
		}
	}
}

/* What the CPU before this one left is freed here. */
static void clean_up(void *arg)
{
	unsigned int cpu = (xmem_port_cpu() + 1) % contract_nr_cpus();
	struct worker *w = &workers[cpu];

	(void)arg;
	for (unsigned int i = 0; i < NR_SLOTS; i++) {
		if (w->slot[i].full) {
			empty_slot(w, &w->slot[i]);
		}
	}
}

static struct contract_fault surprise[NR_CPUS];
static bool surprised[NR_CPUS];

static void guarded(void *arg)
{
	unsigned int cpu = xmem_port_cpu();

	surprised[cpu] = contract_try(arg != NULL ? clean_up : work, NULL,
				      &surprise[cpu]);
}

static bool run_everywhere(bool cleaning)
{
	bool ok = true;

	contract_run_all(guarded, cleaning ? workers : NULL);
	for (unsigned int cpu = 0; cpu < contract_nr_cpus(); cpu++) {
		const struct contract_fault *f = &surprise[cpu];

		if (surprised[cpu]) {
			contract_diag("CPU %u: cause %u at %lx, pc %lx: %s",
				      cpu, (unsigned int)f->cause, f->va, f->pc,
				      f->text);
			ok = false;
		}
	}
	return ok;
}

/* Has the machine memory for all slots, each as large as it gets? */
static bool nothing_may_fail(void)
{
	unsigned long slots = contract_nr_cpus() * NR_SLOTS;

	return avail_domheap_pages() >= slots * (MAX_PAGES + 1) &&
	       avail_xenheap_pages() >= (slots << MAX_ORDER_OF_SLOT) * 2;
}

static bool one_round(unsigned int round)
{
	bool enough = nothing_may_fail();
	unsigned long failed = 0;

	for (unsigned int cpu = 0; cpu < contract_nr_cpus(); cpu++) {
		workers[cpu].seed = 0x123456789ULL + round * 1000 + cpu;
		workers[cpu].nr_failed = 0;
		workers[cpu].nr_broken = 0;
	}
	started = contract_seconds_since(0);
	CHECK(run_everywhere(false));
	CHECK(xmem_check_all() == NULL);
	CHECK(run_everywhere(true));
	CHECK(xmem_check_all() == NULL);
	for (unsigned int cpu = 0; cpu < contract_nr_cpus(); cpu++) {
		CHECK(workers[cpu].nr_broken == 0);
		failed += workers[cpu].nr_failed;
		contract_diag("CPU %u: %lu steps", cpu, workers[cpu].nr_steps);
	}
	if (!enough) {
		contract_diag("%lu allocations failed, with little memory",
			      failed);
	}
	CHECK(failed == 0 || !enough);
	return true;
}

static void forget_all(void)
{
	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++) {
		for (unsigned int i = 0; i < NR_SLOTS; i++) {
			workers[cpu].slot[i].full = false;
		}
	}
}

/* All CPUs, all kinds, frees on other CPUs; validators; nothing lost. */
static bool mixed_load_loses_nothing(void)
{
	unsigned long used = xmem_vmap_used(VMAP_DEFAULT);
	unsigned long bytes = xmem_xmalloc_used();
	unsigned long before;

	forget_all();
	CHECK(one_round(0)); /* tables and pools settle */
	xmem_xmalloc_trim();
	before = total_free_pages();
	CHECK(one_round(0));
	xmem_xmalloc_trim();
	CHECK(xmem_vmap_used(VMAP_DEFAULT) == used);
	CHECK(xmem_xmalloc_used() == bytes);
	if (total_free_pages() != before) {
		contract_diag("free pages: %lu before, %lu after", before,
			      total_free_pages());
	}
	/* The order in which CPUs run differs: other parts of the window may
	 * have been used, whose tables stay. */
	CHECK(total_free_pages() + 64 >= before);
	return true;
}

const struct contract_test contract_tests_load[] = {
	{"a mixed load on all CPUs loses nothing", mixed_load_loses_nothing},
	{NULL, NULL},
};
