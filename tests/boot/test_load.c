/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_load.c - a random mix of everything on all CPUs at once
 *
 * Each CPU owns some slots. A step frees a full slot, after looking at its
 * pattern, or fills an empty one by a random kind of allocation. Half of the
 * slots are handed to the next CPU at the end, so that frees cross CPUs.
 * Validators run when all are done, and nothing may be lost.
 */
#include <xmem/xmem.h>

#include "boot.h"

#define NR_SLOTS 48
#define NR_STEPS 3000
/* A round ends early on a slow host, so that it is no hang. */
#define MAX_SECONDS 8

enum kind { XMALLOC, XVMALLOC, VMALLOC, XENHEAP, DOMHEAP, VMAP, NR_KINDS };

struct slot {
	void *p; /* NULL: empty */
	struct page_info *pg;
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

/* First word, last word, and one of each page. */
static void put_marks(struct slot *s)
{
	uint64_t *word = s->p;

	for (unsigned long i = 0; i < s->size / 8; i += PAGE_SIZE / 8) {
		word[i] = s->mark + i;
	}
	word[s->size / 8 - 1] = ~s->mark;
}

static bool marks_hold(const struct slot *s)
{
	const uint64_t *word = s->p;
	unsigned long last = s->size / 8 - 1;

	for (unsigned long i = 0; i < last; i += PAGE_SIZE / 8) {
		if (word[i] != s->mark + i) {
			return false;
		}
	}
	return word[last] == ~s->mark;
}

static void fill_domheap(struct slot *s)
{
	s->pg = alloc_domheap_pages(NULL, s->order, 0);
	s->p = s->pg != NULL ? map_domain_page(page_to_mfn(s->pg)) : NULL;
}

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

static void fill_slot(struct worker *w, struct slot *s)
{
	uint64_t r = next_random(w);

	s->kind = (enum kind)(r % NR_KINDS);
	s->order = (unsigned int)(r >> 8) % 4;
	s->size = PAGE_SIZE << s->order;
	s->mark = r;
	switch (s->kind) {
	case XMALLOC:
		s->size = 16 + (r >> 16) % (r & (1UL << 40) ? 9000 : 500);
		s->p = _xmalloc(s->size, 16);
		break;
	case XVMALLOC:
		s->size = 16 + (r >> 16) % 60000;
		s->p = _xvmalloc(s->size, 16);
		break;
	case VMALLOC:
		s->size = PAGE_SIZE * (1 + (r >> 16) % 24);
		s->p = vmalloc(s->size);
		break;
	case XENHEAP:
		s->p = alloc_xenheap_pages(s->order, 0);
		break;
	case DOMHEAP:
		fill_domheap(s);
		break;
	default:
		fill_vmap(s);
		break;
	}
	if (s->p == NULL) {
		w->nr_failed++;
		return;
	}
	put_marks(s);
}

static void empty_slot(struct worker *w, struct slot *s)
{
	w->nr_broken += !marks_hold(s);
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
		unmap_domain_page(s->p);
		free_domheap_pages(s->pg, s->order);
		break;
	default:
		vunmap(s->p);
		free_domheap_pages(s->pg, s->order);
		break;
	}
	s->p = NULL;
}

static unsigned int started; /* second of the wall clock */

static void work(void *arg)
{
	struct worker *w = &workers[boot_cpu_number()];

	(void)arg;
	for (w->nr_steps = 0; w->nr_steps < NR_STEPS; w->nr_steps++) {
		struct slot *s = &w->slot[next_random(w) % NR_SLOTS];

		if (s->p != NULL) {
			empty_slot(w, s);
		} else {
			fill_slot(w, s);
		}
		if (w->nr_steps % 64 == 0 &&
		    boot_seconds_since(started) >= MAX_SECONDS) {
			break;
		}
	}
}

/* What the CPU before this one left is freed here. */
static void clean_up(void *arg)
{
	unsigned int cpu = (boot_cpu_number() + 1) % boot_nr_online;
	struct worker *w = &workers[cpu];

	(void)arg;
	for (unsigned int i = 0; i < NR_SLOTS; i++) {
		if (w->slot[i].p != NULL) {
			empty_slot(w, &w->slot[i]);
		}
	}
}

static struct boot_fault surprise[NR_CPUS];
static bool surprised[NR_CPUS];

static void guarded(void *arg)
{
	unsigned int cpu = boot_cpu_number();

	surprised[cpu] =
		boot_try(arg != NULL ? clean_up : work, NULL, &surprise[cpu]);
}

static bool run_everywhere(bool cleaning)
{
	bool ok = true;

	boot_run_all(guarded, cleaning ? workers : NULL);
	for (unsigned int cpu = 0; cpu < boot_nr_online; cpu++) {
		if (surprised[cpu]) {
			boot_diag("CPU %u: vector %u, rip %lx, cr2 %lx: %s",
				  cpu, surprise[cpu].vector, surprise[cpu].rip,
				  surprise[cpu].cr2, surprise[cpu].text);
			ok = false;
		}
	}
	return ok;
}

static bool one_round(unsigned int round)
{
	for (unsigned int cpu = 0; cpu < boot_nr_online; cpu++) {
		workers[cpu].seed = 0x123456789UL + round * 1000 + cpu;
		workers[cpu].nr_failed = 0;
		workers[cpu].nr_broken = 0;
	}
	started = boot_seconds_since(0);
	CHECK(run_everywhere(false));
	CHECK(xmem_check_all() == NULL);
	CHECK(run_everywhere(true));
	CHECK(xmem_check_all() == NULL);
	for (unsigned int cpu = 0; cpu < boot_nr_online; cpu++) {
		CHECK(workers[cpu].nr_broken == 0);
		CHECK(workers[cpu].nr_failed == 0);
		boot_diag("CPU %u: %lu steps", cpu, workers[cpu].nr_steps);
	}
	return true;
}

/* All CPUs, all kinds, frees on other CPUs; validators; nothing lost. */
static bool mixed_load_loses_nothing(void)
{
	unsigned long used = xmem_vmap_used(VMAP_DEFAULT);
	unsigned long bytes = xmem_xmalloc_used();
	unsigned long before;

	CHECK(one_round(0)); /* tables and pools settle */
	xmem_xmalloc_trim();
	before = total_free_pages();
	CHECK(one_round(0));
	xmem_xmalloc_trim();
	CHECK(xmem_vmap_used(VMAP_DEFAULT) == used);
	CHECK(xmem_xmalloc_used() == bytes);
	if (total_free_pages() != before) {
		boot_diag("free pages: %lu before, %lu after", before,
			  total_free_pages());
	}
	/* The order in which CPUs run differs: other parts of the window may
	 * have been used, whose tables stay. */
	CHECK(total_free_pages() + 64 >= before);
	return true;
}

const struct boot_test boot_tests_load[] = {
	{"a mixed load on all CPUs loses nothing", mixed_load_loses_nothing},
	{NULL, NULL},
};
