/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pages.c - the page layer on several CPUs: threads, short
 *
 * Every frame has a holder, exchanged at allocation and free: a frame that
 * two CPUs get at once is noticed. In the end all memory is there again and
 * the validator is content. Runs under TSan too, which sees the lock.
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "fake.h"
#include "stress.h"

#define NR_THREADS 4
#define NR_HELD	   64
#define MEMORY	   12000

static unsigned char holder[FAKE_FRAMES];
static struct domain owners[2];

static void hold(unsigned long mfn, unsigned long nr, unsigned int from,
		 unsigned int to)
{
	for (unsigned long i = mfn; i < mfn + nr; i++) {
		if (__atomic_exchange_n(&holder[i], (unsigned char)to,
					__ATOMIC_RELAXED) != from) {
			error();
		}
	}
}

/* A block that a CPU holds. */
struct block {
	struct page_info *pg; /* domheap */
	void *va;	      /* or xenheap */
	unsigned int order;
};

static void check_quota(struct domain *d)
{
	xmem_port_lock(&d->mem.lock);
	if (d->mem.tot_pages > d->mem.max_pages) {
		error();
	}
	xmem_port_unlock(&d->mem.lock);
}

static struct block alloc_block(struct cpu *cpu)
{
	uint64_t die = test_random(&cpu->seed);
	struct block b = {NULL, NULL, die % 4 == 0 ? die >> 8 & 7 : 0};
	struct domain *d = (die >> 16 & 3) < 2 ? &owners[die >> 16 & 3] : NULL;

	if ((die >> 20 & 3) == 0) {
		b.va = alloc_xenheap_pages(b.order, 0);
	} else {
		b.pg = alloc_domheap_pages(d, b.order,
					   (die >> 24 & 7) ? MEMF_no_scrub : 0);
	}
	if (d != NULL) {
		check_quota(d);
	}
	if (b.va != NULL) {
		hold(virt_to_mfn(b.va), 1UL << b.order, 0, cpu->id);
	} else if (b.pg != NULL) {
		hold(mfn_of(b.pg), 1UL << b.order, 0, cpu->id);
	}
	return b;
}

/* Free @b, held by @id; a domheap block in parts now and then. */
static void free_block(struct block b, unsigned int id, bool parts)
{
	if (b.va != NULL) {
		hold(virt_to_mfn(b.va), 1UL << b.order, id, 0);
		free_xenheap_pages(b.va, b.order);
	} else if (b.pg != NULL) {
		hold(mfn_of(b.pg), 1UL << b.order, id, 0);
		for (unsigned long i = 0; parts && i < 1UL << b.order; i++) {
			free_domheap_page(b.pg + i);
		}
		if (!parts) {
			free_domheap_pages(b.pg, b.order);
		}
	}
}

static void *run_mixed(void *arg)
{
	struct cpu *cpu = arg;
	struct block held[NR_HELD] = {{0}};

	xmem_host_this_cpu = cpu->id;
	for (unsigned long i = 0; i < cpu->steps; i++) {
		unsigned int at = test_random(&cpu->seed) % NR_HELD;

		free_block(held[at], cpu->id, i % 3 == 0);
		held[at] = alloc_block(cpu);
	}
	for (unsigned int i = 0; i < NR_HELD; i++) {
		free_block(held[i], cpu->id, false);
	}
	return NULL;
}

static unsigned long nr_ranges; /* that were taken */

/* Runs: many frames at once, freed as other runs. */
static void *run_runs(void *arg)
{
	struct cpu *cpu = arg;

	xmem_host_this_cpu = cpu->id;
	for (unsigned long i = 0; i < cpu->steps / 8; i++) {
		struct xmem_run runs[16];
		unsigned long got;
		unsigned int nr = xmem_alloc_runs(
			runs, 16, 1 + i % 100, i % 8 ? MEMF_no_scrub : 0, &got);

		for (unsigned int k = 0; k < nr; k++) {
			hold(runs[k].mfn, runs[k].nr, 0, cpu->id);
		}
		for (unsigned int k = 0; k < nr; k++) {
			hold(runs[k].mfn, runs[k].nr, cpu->id, 0);
		}
		xmem_free_runs(runs, nr);
	}
	return NULL;
}

/* Fixed ranges, also across the border of the nodes, and runs, taken from
 * what the others leave. Whoever loses a race leaves all as it was. */
static void *run_ranges(void *arg)
{
	struct cpu *cpu = arg;

	xmem_host_this_cpu = cpu->id;
	for (unsigned long i = 0; i < cpu->steps / 4; i++) {
		uint64_t die = test_random(&cpu->seed);
		struct xmem_run run = {8192 - (die >> 8) % 40,
				       1 + (die >> 16) % 60};
		unsigned int flags = i % 8 ? MEMF_no_scrub : 0;
		bool got = true;

		if (die % 4 == 0) {
			run.mfn = mfn_x(xmem_take_run(
				run.nr, 1, _mfn((die >> 24) % MEMORY),
				INVALID_MFN, flags));
			got = run.mfn != XMEM_NO_MFN;
		} else if (die % 4 == 1) {
			run.nr = xmem_take_range_partial(_mfn(run.mfn), run.nr,
							 flags);
		} else {
			got = xmem_take_range(_mfn(run.mfn), run.nr, flags) ==
			      0;
			__atomic_fetch_add(&nr_ranges, got, __ATOMIC_RELAXED);
		}
		if (got) {
			hold(run.mfn, run.nr, 0, cpu->id);
			hold(run.mfn, run.nr, cpu->id, 0);
			xmem_free_runs(&run, 1);
		}
	}
	return NULL;
}

/* Counts may be asked for at any time, and never exceed the memory. */
static void *run_observer(void *arg)
{
	struct cpu *cpu = arg;

	xmem_host_this_cpu = cpu->id;
	for (unsigned long i = 0; i < cpu->steps / 100; i++) {
		struct xmem_heap_stats stats;

		xmem_heap_get_stats(0, &stats);
		if (stats.free_pages > MEMORY || total_free_pages() > MEMORY ||
		    avail_xenheap_pages() > MEMORY ||
		    xmem_heap_check() != NULL) {
			error();
		}
	}
	return NULL;
}

static int set_up(void **state)
{
	(void)state;
	fake_reset();
	fake.node_frames = 8192;
	fake_add(1, 8000, false);
	fake_add(8192, 8192 + 4001, false);
	memset(holder, 0, sizeof(holder));
	nr_errors = 0;
	for (unsigned int i = 0; i < 2; i++) {
		xmem_owner_init(&owners[i].mem, 150, 0);
	}
	return 0;
}

static void run_all(stress_body *const *bodies, unsigned int nr,
		    unsigned long steps)
{
	stress_run(bodies, nr, 1, 99, steps);
	assert_int_equal(total_free_pages(), MEMORY);
	assert_int_equal(owners[0].mem.tot_pages, 0);
	assert_int_equal(owners[1].mem.tot_pages, 0);
	fake_check();
}

/* Mixed orders, heaps and owners on every CPU: nothing is lost. */
static void mixed_load_loses_nothing(void **state)
{
	stress_body *const bodies[] = {run_mixed, run_mixed, run_mixed,
				       run_mixed};

	(void)state;
	run_all(bodies, NR_THREADS, 150000);
}

/* The same with bulk calls and an observer beside it. */
static void bulk_calls_and_observers_fit_in(void **state)
{
	stress_body *const bodies[] = {run_mixed, run_runs, run_runs,
				       run_observer, run_mixed};

	(void)state;
	run_all(bodies, 5, 60000);
}

/* Ranges over two nodes against blocks and runs: all are whole, and nothing
 * is lost. Little memory, so that the others get some of it, too. */
static void ranges_are_taken_among_others(void **state)
{
	stress_body *const bodies[] = {run_ranges, run_ranges, run_runs,
				       run_mixed};
	struct xmem_run all[] = {{1, 8090}, {8300, MEMORY + 1 - 8300}};

	(void)state;
	fake_reset();
	fake.node_frames = 8192;
	fake_add(1, 8150, false);
	fake_add(8150, 8192, false);
	fake_add(8192, MEMORY + 1, false);
	nr_ranges = 0;
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(xmem_take_range(_mfn(all[i].mfn), all[i].nr,
						 MEMF_no_scrub),
				 0);
	}
	/* Where steps are few, perhaps none of them finds a range: then again.
	 */
	for (uint64_t seed = 31; seed < 51 && nr_ranges == 0; seed++) {
		stress_run(bodies, 4, 1, seed, 60000);
	}
	assert_in_range(nr_ranges, 1, ~0UL);
	xmem_free_runs(all, 2);
	assert_int_equal(total_free_pages(), MEMORY);
	fake_check();
}

/* ---- allocated here, freed there ---- */

static struct block ring[32];
static unsigned int head, tail; /* under the mutex */
static pthread_mutex_t ring_lock = PTHREAD_MUTEX_INITIALIZER;

static bool ring_put(struct block b)
{
	bool fits;

	pthread_mutex_lock(&ring_lock);
	fits = head - tail < 32;
	if (fits) {
		ring[head++ % 32] = b;
	}
	pthread_mutex_unlock(&ring_lock);
	return fits;
}

static bool ring_get(struct block *b)
{
	bool there;

	pthread_mutex_lock(&ring_lock);
	there = head != tail;
	if (there) {
		*b = ring[tail++ % 32];
	}
	pthread_mutex_unlock(&ring_lock);
	return there;
}

static void *run_producer(void *arg)
{
	struct cpu *cpu = arg;
	struct cpu anyone = *cpu;

	xmem_host_this_cpu = cpu->id;
	anyone.id = 77; /* the holder of what is on its way */
	for (unsigned long i = 0; i < cpu->steps; i++) {
		struct block b = alloc_block(&anyone);

		if (!ring_put(b)) {
			free_block(b, 77, false);
		}
	}
	return NULL;
}

static void *run_consumer(void *arg)
{
	struct cpu *cpu = arg;
	struct block b;

	xmem_host_this_cpu = cpu->id;
	for (unsigned long i = 0; i < cpu->steps; i++) {
		if (ring_get(&b)) {
			free_block(b, 77, i % 2 == 0);
		}
	}
	return NULL;
}

/* Blocks allocated on one CPU may be freed on another. */
static void blocks_may_be_freed_on_another_cpu(void **state)
{
	stress_body *const bodies[] = {run_producer, run_consumer, run_producer,
				       run_consumer};
	struct block b;

	(void)state;
	head = tail = 0;
	for (unsigned int round = 0; round < 2; round++) {
		stress_run(bodies, 4, 1, 5, 60000);
		while (ring_get(&b)) {
			free_block(b, 77, false);
		}
		assert_int_equal(total_free_pages(), MEMORY);
		fake_check();
	}
}

static void *free_once(void *arg)
{
	static bool panicked;
	struct page_info *volatile pg = arg;
	jmp_buf catcher;

	xmem_host_panic_catcher = &catcher;
	if (setjmp(catcher) == 0) {
		free_domheap_page(pg);
		xmem_host_panic_catcher = NULL;
		return NULL;
	}
	xmem_host_panic_catcher = NULL;
	xmem_host_drop_locks();
	return &panicked;
}

/* Two CPUs free the same block at once: exactly one of them panics. */
static void concurrent_double_free_is_found(void **state)
{
	(void)state;
	for (unsigned long i = test_steps(2000); i > 0; i--) {
		struct page_info *pg = alloc_domheap_page(NULL, MEMF_no_scrub);
		pthread_t threads[2];
		void *panicked[2];

		pthread_create(&threads[0], NULL, free_once, pg);
		pthread_create(&threads[1], NULL, free_once, pg);
		pthread_join(threads[0], &panicked[0]);
		pthread_join(threads[1], &panicked[1]);
		assert_int_equal((panicked[0] != NULL) + (panicked[1] != NULL),
				 1);
	}
	assert_int_equal(total_free_pages(), MEMORY);
	fake_check();
}

#define T(name) cmocka_unit_test_setup(name, set_up)
static const struct CMUnitTest tests[] = {
	T(mixed_load_loses_nothing),
	T(bulk_calls_and_observers_fit_in),
	T(ranges_are_taken_among_others),
	T(blocks_may_be_freed_on_another_cpu),
	T(concurrent_double_free_is_found),
};

TEST_MAIN(tests)
