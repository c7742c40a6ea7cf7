/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * run.c - one workload on the page frames of a machine
 *
 * usage: bench_pages [-w workload] [-o order] [-n rounds] [-t CPUs] [-s seed]
 *		      [-f frames] [-a arenas] [-l fill level] [-c caches]
 *
 * Workloads: churn.c, bulk.c, frag.c. The fill level is in per cent, of those
 * that have one; caches is 0 or 1. bench_pages takes frames of nobody,
 * bench_pages_dom those of a domain, bench_pages_xen those of the xenheap.
 *
 * Prints lines of "key=value": one a phase, with hundredths of nanoseconds of
 * its CPU for one operation, and by the clock on the wall; frag.c has more.
 * Under callgrind a dump is made at the end of each phase.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <valgrind/callgrind.h>

#include "workload.h"

struct options opt = {
	.workload = "repeat",
	.cpus = 1,
	.arenas = 1,
	.fill = 80,
	.caches = true,
	.rounds = 2000000,
	.frames = (size_t)1 << 20,
	.seed = 42,
};
struct cpu cpus[MAX_CPUS];

/* -- memory ---------------------------------------------------------------- */

void *pfa_map(size_t bytes, int prefault)
{
	const size_t large = (size_t)2 << 20;
	char *p = mmap(NULL, bytes + large, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED) {
		perror("bench_pages: mmap");
		exit(1);
	}
	p += -(uintptr_t)p % large;
	madvise(p, bytes, MADV_HUGEPAGE);
	for (size_t i = 0; prefault && i < bytes; i += 4096) {
		((volatile char *)p)[i] = 0;
	}
	return p;
}

void *bench_memory(size_t n, size_t size)
{
	return pfa_map(n * size, 0);
}

/* -- the window in which things count -------------------------------------- */

static pthread_barrier_t barrier;

void all_here(void)
{
	if (opt.cpus > 1) {
		pthread_barrier_wait(&barrier);
	}
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

void window_open(struct cpu *c)
{
	all_here();
	if (c->id == 0) {
		CALLGRIND_START_INSTRUMENTATION;
		CALLGRIND_ZERO_STATS;
	}
	all_here();
	c->opened[0] = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	c->opened[1] = clock_ns(CLOCK_MONOTONIC);
}

/* Times of the phase at hand, summed up by the CPUs one after the other. */
static uint64_t spent[MAX_CPUS][2];

static uint64_t failures(void)
{
	uint64_t nr = 0;

	for (unsigned int i = 0; i < opt.cpus; i++) {
		for (unsigned int o = 0; o < MAX_ORDERS; o++) {
			nr += cpus[i].failed[o];
		}
	}
	return nr;
}

/* Hundredths of a nanosecond for an operation, the mean of the CPUs. */
static void print_time(const char *name, unsigned int which, uint64_t ops)
{
	uint64_t sum = 0;
	unsigned long long mean;

	for (unsigned int i = 0; i < opt.cpus; i++) {
		sum += spent[i][which];
	}
	mean = ops == 0 ? 0 : sum * 100 / (ops * opt.cpus);
	printf(" %s=%llu.%02llu", name, mean / 100, mean % 100);
}

void window_close(struct cpu *c, const char *phase, uint64_t ops)
{
	spent[c->id][0] = clock_ns(CLOCK_THREAD_CPUTIME_ID) - c->opened[0];
	spent[c->id][1] = clock_ns(CLOCK_MONOTONIC) - c->opened[1];
	all_here();
	if (c->id == 0) {
		CALLGRIND_DUMP_STATS_AT(phase);
		CALLGRIND_STOP_INSTRUMENTATION;
		printf("phase name=%s workload=%s kind=%s order=%u cpus=%u "
		       "ops=%llu failed=%llu",
		       phase, opt.workload, pfa_name, opt.order, opt.cpus,
		       (unsigned long long)ops, (unsigned long long)failures());
		print_time("ns", 0, ops);
		print_time("wall", 1, ops);
		printf("\n");
	}
	all_here();
}

/* -- the machine and its CPUs ---------------------------------------------- */

static const struct {
	const char *name;
	void (*run)(struct cpu *c);
} workloads[] = {
	{"repeat", run_repeat},	   {"repeat-steady", run_repeat_steady},
	{"bulk", run_bulk},	   {"rand", run_rand},
	{"cross", run_cross},	   {"mixed", run_mixed},
	{"mixed0", run_mixed},	   {"prodcons", run_prodcons},
	{"frag", run_frag},	   {"fragmix", run_fragmix},
	{"fragmix0", run_fragmix}, {"verify", run_verify},
};

#define NR_WORKLOADS (sizeof(workloads) / sizeof(workloads[0]))

static void (*workload)(struct cpu *c);

static void *run_cpu(void *arg)
{
	struct cpu *c = arg;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(c->id % (unsigned int)sysconf(_SC_NPROCESSORS_ONLN), &set);
	sched_setaffinity(0, sizeof(set), &set);
	workload(c);
	return NULL;
}

static void run_all(void)
{
	pthread_t thread[MAX_CPUS];

	pthread_barrier_init(&barrier, NULL, opt.cpus);
	for (unsigned int i = 1; i < opt.cpus; i++) {
		pthread_create(&thread[i], NULL, run_cpu, &cpus[i]);
	}
	run_cpu(&cpus[0]);
	for (unsigned int i = 1; i < opt.cpus; i++) {
		pthread_join(thread[i], NULL);
	}
}

/* Of all arenas but the last; no superpage lies across two of them. */
static unsigned long arena_frames(void)
{
	unsigned long nr = (opt.frames + opt.arenas - 1) / opt.arenas;

	return (nr + 511) / 512 * 512;
}

static void power_on(void)
{
	adapter_span_frames = arena_frames();
	/* pfa_init() has caches, if there are any. */
	if (pfa_init(PFA_BASE, opt.frames, opt.cpus) != 0 ||
	    !adapter_use_caches(opt.caches)) {
		fprintf(stderr, "bench_pages: no such machine\n");
		exit(1);
	}
	for (unsigned int i = 0; i < opt.cpus; i++) {
		cpus[i].id = i;
		cpus[i].seed = opt.seed * 1000003 + i * 7919 + 1;
		cpus[i].live = pfa_map(opt.frames * sizeof(block_t) + 64, 1);
	}
}

static void usage(void)
{
	fprintf(stderr, "usage: bench_pages [-w workload] [-o order] "
			"[-n rounds] [-t CPUs] [-s seed]\n\t[-f frames] "
			"[-a arenas] [-l fill level] [-c caches]\n");
	exit(1);
}

static void set_option(int name, const char *text)
{
	unsigned long n = strtoul(text, NULL, 10);

	switch (name) {
	case 'w':
		opt.workload = text;
		break;
	case 'o':
		opt.order = (unsigned int)n;
		break;
	case 'n':
		opt.rounds = n;
		break;
	case 't':
		opt.cpus = (unsigned int)n;
		break;
	case 's':
		opt.seed = n;
		break;
	case 'f':
		opt.frames = n;
		break;
	case 'a':
		opt.arenas = (unsigned int)n;
		break;
	case 'l':
		opt.fill = (unsigned int)n;
		break;
	case 'c':
		opt.caches = n != 0;
		break;
	default:
		usage();
	}
}

static void check_options(void)
{
	for (size_t i = 0; i < NR_WORKLOADS; i++) {
		if (strcmp(workloads[i].name, opt.workload) == 0) {
			workload = workloads[i].run;
		}
	}
	if (workload == NULL || opt.order > pfa_max_order || opt.cpus == 0 ||
	    opt.cpus > MAX_CPUS || opt.frames == 0 || opt.fill < 11 ||
	    opt.arenas == 0) {
		usage();
	}
}

int run_pages(int argc, char **argv)
{
	int name;

	while ((name = getopt(argc, argv, "w:o:n:t:s:f:a:l:c:")) != -1) {
		set_option(name, optarg);
	}
	check_options();
	power_on();
	run_all();
	return 0;
}
