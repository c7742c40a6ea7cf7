/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * storm.c - how often CPUs steal from each other where memory is used up
 *
 * On threads: all memory is in use but for a block of each CPU, which frees it
 * and takes one at once, over and over; or CPUs free and take as it comes, and
 * who takes one has drawn one of as many permits as there are free blocks. Each
 * take must succeed, wherever the block lies, and there must be next to no
 * steals, as caches keep nothing where frames are few.
 *
 * In turns: one thread is all CPUs, a step of each after the other. So what is
 * kept in one cache is wanted by the next CPU at once, and steals are counted
 * exactly: where memory is used up, where calls fail, and where frames of a
 * limited range are few but others are many.
 *
 * It prints what docs/design.md says of storms:
 *
 *	make VARIANT=bench test T=storm; cat
 *build/bench/log/tests-stress-storm.log
 */
#include "stress.h"

#include <xmem/xmem.h>

#include <sched.h>
#include <time.h>

#include "xmem_host.h"

#define CPUS	   8U
#define SOME_NODES 4U
#define RAM	   (16384UL * PAGE_SIZE)
#define SUPER	   9U /* order of superpages, where pages have 4 KiB */

/* ---- what happened ---- */

#define NR_BUCKETS 64U

/* By CPU: calls, and how long allocations took, by half powers of two. */
static struct tally {
	unsigned long calls;
	unsigned long failed;
	unsigned long bucket[NR_BUCKETS];
} tallies[CPUS];

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static unsigned int bucket_of(uint64_t ns)
{
	unsigned int log = 63 - (unsigned int)__builtin_clzll(ns | 1);
	unsigned int half = log > 0 ? (unsigned int)(ns >> (log - 1)) & 1 : 0;
	unsigned int i = 2 * log + half;

	return i < NR_BUCKETS ? i : NR_BUCKETS - 1;
}

/* The upper end of bucket @i. */
static uint64_t end_of(unsigned int i)
{
	uint64_t low = 1ULL << (i / 2);

	return i % 2 == 0 ? low + low / 2 : 2 * low;
}

static void note(struct tally *t, uint64_t began, bool failed)
{
	uint64_t ns = now_ns() - began;

	t->calls++;
	t->failed += failed;
	t->bucket[bucket_of(ns)]++;
}

static uint64_t percentile(const struct tally *t, double share)
{
	double left = share * (double)t->calls;
	unsigned int i = 0;

	while (i < NR_BUCKETS - 1 && left > (double)t->bucket[i]) {
		left -= (double)t->bucket[i++];
	}
	return end_of(i);
}

static struct tally sum_up(void)
{
	struct tally sum = {0};

	for (unsigned int c = 0; c < CPUS; c++) {
		sum.calls += tallies[c].calls;
		sum.failed += tallies[c].failed;
		for (unsigned int i = 0; i < NR_BUCKETS; i++) {
			sum.bucket[i] += tallies[c].bucket[i];
		}
	}
	return sum;
}

/* ---- kinds of what is freed and taken ---- */

struct kind {
	const char *name;
	unsigned int order;
	enum { NOBODYS, OWNED, XENHEAP, LISTED } how;
	unsigned int memflags;
};
static const struct kind *kind;
static struct domain owner;

static struct page_info *take(void)
{
	struct page_info *pg = NULL;
	void *va;

	switch (kind->how) {
	case XENHEAP:
		va = alloc_xenheap_pages(kind->order, kind->memflags);
		return va != NULL ? virt_to_page(va) : NULL;
	case LISTED:
		(void)!xmem_alloc_frame_pages(&owner, 1, MEMF_no_scrub, &pg);
		return pg;
	default:
		return alloc_domheap_pages(kind->how == OWNED ? &owner : NULL,
					   kind->order,
					   MEMF_no_scrub | kind->memflags);
	}
}

static void give(struct page_info *pg)
{
	switch (kind->how) {
	case XENHEAP:
		free_xenheap_pages(page_to_virt(pg), kind->order);
		break;
	case LISTED:
		(void)!xmem_free_frame_pages(&owner, &pg, 1);
		break;
	default:
		free_domheap_pages(pg, kind->order);
		break;
	}
}

/* ---- the machine: all in use ---- */

static struct page_info *own[CPUS]; /* what each CPU begins with */
static unsigned long list[RAM / PAGE_SIZE];
static unsigned long nr_listed;
static unsigned int nr_cpus;

static void power_on(unsigned int cpus, unsigned int nodes)
{
	const struct xmem_host_config config = {
		.ram_bytes = RAM, .nr_cpus = CPUS, .nr_nodes = nodes};

	assert_int_equal(xmem_host_boot(&config), 0);
	for (unsigned int cpu = cpus; cpu < CPUS; cpu++) {
		assert_int_equal(xmem_cpu_down(cpu), 0);
	}
	xmem_owner_init(&owner.mem, ~0UL, 0);
	nr_cpus = cpus;
	memset(tallies, 0, sizeof(tallies));
	nr_errors = 0;
}

/* Each CPU has one of the current kind; all else is taken. */
static void use_all(void)
{
	unsigned long got;

	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++) {
		own[cpu] = take();
		assert_non_null(own[cpu]);
	}
	nr_listed = 0;
	while ((got = xmem_alloc_frames(NULL, 4096, MEMF_no_scrub,
					list + nr_listed)) > 0) {
		nr_listed += got;
	}
	assert_int_equal(total_free_pages(), 0);
}

static void end(void)
{
	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++) {
		if (own[cpu] != NULL) {
			give(own[cpu]);
		}
	}
	for (unsigned long done = 0; done < nr_listed;) {
		done += xmem_free_frames(NULL, list + done, nr_listed - done);
	}
	assert_int_equal(owner.mem.tot_pages, 0);
	assert_int_equal(xmem_host_shutdown(), 0);
}

/* Say what came of @name, with @steals in @ns. Return: steals in a million of
 * the calls that were noted; of a short run two may be chance. */
static unsigned long report(const char *name, unsigned long steals, uint64_t ns)
{
	struct tally t = sum_up();

	printf("# %-34s %u CPUs: %7lu calls, %6lu failed, %5lu steals: %6.0f a "
	       "s, %7.0f a million; ns: half %llu, 99 %% %llu\n",
	       name, nr_cpus, t.calls, t.failed, steals,
	       (double)steals * 1e9 / (double)ns,
	       (double)steals * 1e6 / (double)t.calls,
	       (unsigned long long)percentile(&t, 0.5),
	       (unsigned long long)percentile(&t, 0.99));
	return steals <= 2 ? 0
			   : (unsigned long)((double)steals * 1e6 /
					     (double)t.calls);
}

/* @body on each CPU. */
static unsigned long run(const char *name, stress_body *body,
			 unsigned long steps)
{
	unsigned long steals = xmem_host_nr_broadcasts;
	stress_body *bodies[CPUS];
	uint64_t ns = now_ns();

	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++) {
		bodies[cpu] = body;
	}
	stress_run(bodies, nr_cpus, 0, 1, steps);
	return report(name, xmem_host_nr_broadcasts - steals, now_ns() - ns);
}

/* ---- a block is freed, and one is taken at once ---- */

static void free_and_take(struct cpu *cpu)
{
	uint64_t began;

	give(own[cpu->id]);
	began = now_ns();
	own[cpu->id] = take();
	note(&tallies[cpu->id], began, own[cpu->id] == NULL);
	if (own[cpu->id] == NULL) {
		error();
	}
}

/* ---- blocks are freed and taken as it comes ---- */

/* So many blocks are free. Who takes one has drawn a permit first, and so must
 * get one. */
static long permits;

static bool draw_permit(void)
{
	if (__atomic_sub_fetch(&permits, 1, __ATOMIC_ACQ_REL) >= 0) {
		return true;
	}
	__atomic_add_fetch(&permits, 1, __ATOMIC_ACQ_REL);
	return false;
}

#define MOST 64U

struct hoard {
	struct page_info *pg[MOST];
	unsigned int nr;
	unsigned long steps;
};
static struct hoard hoards[CPUS];

static void take_one(struct hoard *h, struct tally *t)
{
	uint64_t began;

	if (h->nr == MOST || !draw_permit()) {
		return;
	}
	began = now_ns();
	h->pg[h->nr] = take();
	note(t, began, h->pg[h->nr] == NULL);
	if (h->pg[h->nr] == NULL) {
		error();
	} else {
		h->nr++;
	}
}

static void give_one(struct hoard *h, uint64_t random)
{
	if (h->nr > 0) {
		unsigned int i = (unsigned int)(random % h->nr);

		give(h->pg[i]);
		h->pg[i] = h->pg[--h->nr];
		__atomic_add_fetch(&permits, 1, __ATOMIC_ACQ_REL);
	}
}

/* More of these, then more of those: so what one CPU frees another takes. */
static void give_or_take(struct cpu *cpu)
{
	struct hoard *h = &hoards[cpu->id];
	uint64_t random = test_random(&cpu->seed);
	bool takes = (h->steps++ / 100 + cpu->id) % 2 == 0;

	if ((random >> 32) % 16 < (takes ? 12 : 4)) {
		take_one(h, &tallies[cpu->id]);
	} else {
		give_one(h, random);
	}
}

/* ---- calls beside others: CPU 0 asks, the others go on ---- */

static void churn(void)
{
	struct page_info *pg = alloc_domheap_pages(NULL, 0, MEMF_no_scrub);

	if (pg != NULL) {
		free_domheap_pages(pg, 0);
	}
}

static void ask_beside_churn(struct cpu *cpu)
{
	struct page_info *pg;
	uint64_t began;

	if (cpu->id != 0) {
		churn();
		return;
	}
	began = now_ns();
	pg = take();
	note(&tallies[0], began, pg == NULL);
	if (pg != NULL) {
		give(pg);
	}
}

/* ---- on threads, and in turns ---- */

static void (*step)(struct cpu *cpu);

static void *run_steps(void *arg)
{
	struct cpu *cpu = arg;

	xmem_host_cpu_enter(cpu->id);
	for (unsigned long i = 0; i < cpu->steps && nr_errors == 0; i++) {
		step(cpu);
	}
	return NULL;
}

static unsigned long run_in_turns(const char *name, unsigned long steps)
{
	unsigned long steals = xmem_host_nr_broadcasts;
	uint64_t ns = now_ns();
	struct cpu cpus[CPUS];

	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++) {
		cpus[cpu] = (struct cpu){cpu, cpu + 1, 0};
	}
	for (unsigned long i = 0; i < test_steps(steps); i++) {
		for (unsigned int cpu = 0; cpu < nr_cpus; cpu++) {
			xmem_host_cpu_enter(cpu);
			step(&cpus[cpu]);
		}
	}
	xmem_host_cpu_enter(0);
	assert_int_equal(nr_errors, 0);
	return report(name, xmem_host_nr_broadcasts - steals, now_ns() - ns);
}

/* ---- where all memory is in use ---- */

/* So many steals in a million calls are next to none. */
#define FEW 1000UL

static const struct kind kinds[] = {
	{"nobody's", 0, NOBODYS, 0}, {"owned", 0, OWNED, 0},
	{"xenheap", 0, XENHEAP, 0},  {"lists of one", 0, LISTED, 0},
	{"order 2", 2, NOBODYS, 0},  {"superpages", SUPER, NOBODYS, 0},
};
#define NR_KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* Each CPU has @nr blocks of the current kind. */
static void fill_hoards(unsigned int nr)
{
	memset(hoards, 0, sizeof(hoards));
	permits = 0;
	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++) {
		struct hoard *h = &hoards[cpu];

		xmem_host_cpu_enter(cpu);
		for (; h->nr < nr; h->nr++) {
			h->pg[h->nr] = take();
			assert_non_null(h->pg[h->nr]);
		}
	}
	xmem_host_cpu_enter(0);
}

static void empty_hoards(void)
{
	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++) {
		while (hoards[cpu].nr > 0) {
			give_one(&hoards[cpu], 0);
		}
	}
}

/* The same for superpages. Where few are free there are many frames, so caches
 * keep superpages. */
#define FEW_SUPERS 250000UL

/* @how: each CPU's step, with @held blocks beside its own. */
static void exhausted(const char *text, void (*how)(struct cpu *),
		      const struct kind *k, unsigned int held, bool in_turns)
{
	unsigned long most = k->order > 2 && held > 0 ? FEW_SUPERS : FEW;
	unsigned int nodes = held == 1 ? SOME_NODES : 1;

	for (unsigned int cpus = 2; cpus <= CPUS; cpus *= 2) {
		unsigned long steals;
		char name[64];

		kind = k;
		step = how;
		power_on(cpus, nodes);
		fill_hoards(held);
		use_all();
		snprintf(name, sizeof(name), "%s, %s%s", k->name, text,
			 in_turns ? ", in turns" : "");
		steals = in_turns ? run_in_turns(name, 20000)
				  : run(name, run_steps, 20000);
		empty_hoards();
		end();
		assert_in_range(steals, 0, most);
	}
}

static void a_frame_that_was_freed_is_had_at_once(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < NR_KINDS; i++) {
		exhausted("last ones", free_and_take, &kinds[i], 0, false);
		exhausted("last ones", free_and_take, &kinds[i], 0, true);
	}
}

static void what_is_free_is_had_by_any_cpu(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < NR_KINDS; i++) {
		bool large = kinds[i].order > 2;

		exhausted("bursts", give_or_take, &kinds[i], large ? 2 : 32,
			  false);
		exhausted("bursts", give_or_take, &kinds[i], large ? 2 : 32,
			  true);
	}
	exhausted("four nodes", give_or_take, &kinds[0], 1, false);
	exhausted("four nodes", give_or_take, &kinds[0], 1, true);
}

/* ---- where some of it is free, but not what is asked for ---- */

/* Of all frames free those that @stays says no to. */
static void free_some(bool (*stays)(unsigned long mfn))
{
	unsigned long nr = nr_listed;

	nr_listed = 0;
	for (unsigned long i = 0; i < nr; i++) {
		if (stays(list[i])) {
			list[nr_listed++] = list[i];
		} else {
			free_domheap_page(mfn_to_page(_mfn(list[i])));
		}
	}
}

static bool is_odd(unsigned long mfn)
{
	return mfn % 2 != 0;
}

/* All but the frames of one word. */
static bool is_elsewhere(unsigned long mfn)
{
	return mfn / 8 != 1000;
}

/* The upper half is free, and of the lower one 128 frames. */
#define LOW_BITS 13U

static bool is_low(unsigned long mfn)
{
	return mfn < 1UL << LOW_BITS && (mfn % 8 != 0 || mfn / 1024 != 4);
}

/* CPU 0 asks for @k, while the others have a frame, and none. */
static void beside_others(const char *name, const struct kind *k,
			  bool (*stays)(unsigned long mfn), unsigned long most)
{
	for (unsigned int cpus = 2; cpus <= CPUS; cpus *= 2) {
		unsigned long steals;

		kind = &kinds[0];
		power_on(cpus, 1);
		use_all();
		free_some(stays);
		kind = k;
		step = ask_beside_churn;
		steals = run_in_turns(name, 20000);
		kind = &kinds[0];
		end();
		assert_in_range(steals, 0, most);
	}
}

/* A frame for each CPU is free: they get it. */
static void frames_that_come_and_go(void **state)
{
	(void)state;
	beside_others("nobody's, beside others", &kinds[0], is_elsewhere, FEW);
}

static bool stays_used(unsigned long mfn)
{
	(void)mfn;
	return true;
}

/* There is nothing in caches either: nobody looks there. */
static void frames_that_are_not_there(void **state)
{
	(void)state;
	beside_others("nobody's in vain", &kinds[0], stays_used, FEW);
}

/* Any frame in a cache may be what is missing, so each call that fails looks
 * there: one steal for each, and no more. */
static void blocks_that_are_not_there(void **state)
{
	static const struct kind wanted[] = {
		{"order 1", 1, NOBODYS, 0},
		{"superpages", SUPER, NOBODYS, 0},
	};

	(void)state;
	beside_others("order 1 in vain", &wanted[0], is_odd, 1000000);
	beside_others("superpages in vain", &wanted[1], is_odd, 1000000);
}

static void low_frames_that_others_keep(void **state)
{
	static const struct kind low = {"low", 0, NOBODYS,
					MEMF_bits(PAGE_SHIFT + LOW_BITS)};

	(void)state;
	beside_others("low frames", &low, is_low, 1000000);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_frame_that_was_freed_is_had_at_once),
	cmocka_unit_test(what_is_free_is_had_by_any_cpu),
	cmocka_unit_test(frames_that_come_and_go),
	cmocka_unit_test(frames_that_are_not_there),
	cmocka_unit_test(blocks_that_are_not_there),
	cmocka_unit_test(low_frames_that_others_keep),
};

TEST_MAIN(tests)
