/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * caches.c - CPUs with caches, where all memory is in use
 *
 * Who takes a frame has drawn one of as many permits as there are frames, and
 * returns it after he has given the frame. So at each moment there is a free
 * frame for everybody who wants one, in some cache or in the heap: no take may
 * fail.
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "caches.h"
#include "stress.h"

#define SMFN 4096UL
#define NR   4096UL
#define CPUS 4U

static long permits;

/* Through the functions of the page layer, or the caches alone. */
static bool by_api;

static struct page_info *take(void)
{
	return by_api ? alloc_domheap_pages(NULL, 0, MEMF_no_scrub)
		      : caches_take(false, 0);
}

static void give(struct page_info *pg)
{
	if (by_api) {
		free_domheap_pages(pg, 0);
	} else {
		caches_give(pg, false, 0);
	}
}

static bool draw_permit(void)
{
	if (__atomic_sub_fetch(&permits, 1, __ATOMIC_ACQ_REL) >= 0) {
		return true;
	}
	__atomic_add_fetch(&permits, 1, __ATOMIC_ACQ_REL);
	return false;
}

static void return_permit(void)
{
	__atomic_add_fetch(&permits, 1, __ATOMIC_ACQ_REL);
}

/* What a frame's owner writes there, to see that it has no other. */
static unsigned char owner[NR];

static void own(struct page_info *pg, unsigned char now, unsigned char was)
{
	unsigned char *o = &owner[mfn_of(pg) - SMFN];

	if (__atomic_exchange_n(o, now, __ATOMIC_RELAXED) != was) {
		error();
	}
}

struct hoard {
	struct page_info *pg[NR];
	unsigned long nr;
};

static struct hoard hoards[CPUS];

static void take_one(struct hoard *h, unsigned int cpu)
{
	struct page_info *pg;

	if (h->nr == NR || !draw_permit()) {
		return;
	}
	pg = take();
	if (pg == NULL) {
		error();
		return;
	}
	own(pg, (unsigned char)(cpu + 1), 0);
	h->pg[h->nr++] = pg;
}

static void give_one(struct hoard *h, unsigned int cpu, uint64_t random)
{
	unsigned long i;

	if (h->nr == 0) {
		return;
	}
	i = random % h->nr;
	own(h->pg[i], 0, (unsigned char)(cpu + 1));
	give(h->pg[i]);
	h->pg[i] = h->pg[--h->nr];
	return_permit();
}

/* Takes and gives in bursts: now more of these, now of those. */
static void *run_cpu(void *arg)
{
	struct cpu *cpu = arg;
	struct hoard *h = &hoards[cpu->id];
	uint64_t seed = cpu->seed;

	xmem_host_this_cpu = cpu->id;
	for (unsigned long i = 0; i < cpu->steps && nr_errors == 0; i++) {
		uint64_t random = test_random(&seed);

		if ((random >> 32) % 16 <
		    ((i / 1000 + cpu->id) % 4 == 0 ? 7 : 9)) {
			take_one(h, cpu->id);
		} else {
			give_one(h, cpu->id, random);
		}
	}
	return NULL;
}

static void start(unsigned int nr_caches, bool api)
{
	by_api = api;
	fake_reset();
	fake.track = false;
	fake_add(SMFN, SMFN + NR, false);
	for (unsigned int cpu = 0; cpu < nr_caches; cpu++) {
		assert_int_equal(xmem_cpu_up(cpu, 0), 0);
	}
	memset(owner, 0, sizeof(owner));
	memset(hoards, 0, sizeof(hoards));
	permits = (long)total_free_pages();
	nr_errors = 0;
}

static void finish(void)
{
	unsigned long nr = 0;

	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		nr += hoards[cpu].nr;
	}
	assert_int_equal((long)total_free_pages(), permits);
	ASSERT_VALID(xmem_heap_check());
	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		xmem_host_this_cpu = cpu;
		while (hoards[cpu].nr > 0) {
			give_one(&hoards[cpu], cpu, 0);
			nr--;
		}
	}
	assert_int_equal(nr, 0);
	assert_true(xmem_drain_caches());
	assert_int_equal(caches_held(), 0);
	ASSERT_VALID(xmem_heap_check());
	assert_int_equal(fake.hook_errors, 0);
}

static stress_body *const bodies[] = {run_cpu, run_cpu, run_cpu, run_cpu};

static void all_frames_can_be_had(void **state)
{
	(void)state;
	start(CPUS, false);
	stress_run(bodies, CPUS, 0, 5, 150000);
	finish();
}

static void all_frames_can_be_had_by_the_api(void **state)
{
	(void)state;
	start(CPUS, true);
	stress_run(bodies, CPUS, 0, 7, 150000);
	finish();
}

/* Two CPUs work without a cache. */
static void with_cpus_that_have_no_cache(void **state)
{
	(void)state;
	start(CPUS / 2, false);
	stress_run(bodies, CPUS, 0, 9, 150000);
	finish();
}

/* One CPU comes and goes, and somebody drains all caches. */
static void *run_others(void *arg)
{
	struct cpu *cpu = arg;

	xmem_host_this_cpu = CPUS;
	for (unsigned long i = 0; i < cpu->steps && nr_errors == 0; i++) {
		struct xmem_heap_stats stats;
		struct page_info *pg;

		if (xmem_cpu_up(CPUS, 0) != 0) {
			error();
		}
		pg = draw_permit() ? take() : NULL;
		if (pg != NULL) {
			give(pg);
			return_permit();
		}
		if (xmem_cpu_down(CPUS) != 0 ||
		    (i % 8 == 0 && !xmem_drain_caches()) ||
		    xmem_heap_check() != NULL) {
			error();
		}
		xmem_heap_get_stats(0, &stats);
		if (total_free_pages() > NR || stats.cached_pages > NR) {
			error();
		}
	}
	return NULL;
}

static void come_and_go(bool api)
{
	static stress_body *const with[] = {run_cpu, run_cpu, run_cpu, run_cpu,
					    run_others};

	start(CPUS, api);
	/* Its memory, so that the permits are right. */
	assert_int_equal(xmem_cpu_up(CPUS, 0), 0);
	assert_int_equal(xmem_cpu_down(CPUS), 0);
	permits = (long)total_free_pages();
	stress_run(with, CPUS + 1, 0, 13, 8000);
	finish();
}

static void while_cpus_come_and_go(void **state)
{
	(void)state;
	come_and_go(false);
}

static void while_cpus_come_and_go_by_the_api(void **state)
{
	(void)state;
	come_and_go(true);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(all_frames_can_be_had),
	cmocka_unit_test(all_frames_can_be_had_by_the_api),
	cmocka_unit_test(with_cpus_that_have_no_cache),
	cmocka_unit_test(while_cpus_come_and_go),
	cmocka_unit_test(while_cpus_come_and_go_by_the_api),
};

TEST_MAIN(tests)
