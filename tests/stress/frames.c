/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * frames.c - bulk calls for single frames on several CPUs
 *
 * Threads allocate and free lists of frames, for owners and for nobody, beside
 * others that take and free blocks. Every frame has a holder, exchanged at
 * allocation and free: a frame that two CPUs get at once is noticed. Then two
 * CPUs free the same list at the same moment, each in an order of its own: of
 * each batch one of them gets all and the other panics with nothing changed,
 * so that accounts and free frames agree after every round. Runs under TSan,
 * too.
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "fake.h"
#include "stress.h"

#include <sched.h>

#define MEMORY 12000
#define NR     2000UL

static unsigned char holder[FAKE_FRAMES];
static struct domain owners[2];
static unsigned long nr_large; /* lists of more than some words */

static void hold(unsigned long mfn, unsigned int from, unsigned int to)
{
	if (__atomic_exchange_n(&holder[mfn], (unsigned char)to,
				__ATOMIC_RELAXED) != from) {
		error();
	}
}

static void shuffle(unsigned long *list, unsigned long nr, uint64_t *seed)
{
	for (unsigned long i = nr; i > 1; i--) {
		unsigned long k = test_random(seed) % i;
		unsigned long mfn = list[i - 1];

		list[i - 1] = list[k];
		list[k] = mfn;
	}
}

/* ---- side by side ---- */

static void *run_lists(void *arg)
{
	struct cpu *cpu = arg;
	unsigned long *list = malloc(NR * sizeof(*list));

	xmem_host_this_cpu = cpu->id;
	for (unsigned long i = 0; i < cpu->steps; i++) {
		uint64_t die = test_random(&cpu->seed);
		struct domain *d = (die & 3) < 2 ? &owners[die & 1] : NULL;
		unsigned long want = (die >> 8) % (die % 8 == 0 ? NR : 100);
		unsigned long nr = xmem_alloc_frames(
			d, want, (die >> 24 & 7) ? MEMF_no_scrub : 0, list);

		__atomic_fetch_add(&nr_large, nr > 500, __ATOMIC_RELAXED);
		for (unsigned long k = 0; k < nr; k++) {
			hold(list[k], 0, cpu->id);
		}
		if ((die >> 30 & 1) != 0) {
			shuffle(list, nr, &cpu->seed);
		}
		for (unsigned long k = 0; k < nr; k++) {
			hold(list[k], cpu->id, 0);
		}
		if (xmem_free_frames(d, list, nr) != nr) {
			error();
		}
	}
	free(list);
	return NULL;
}

static void *run_blocks(void *arg)
{
	struct cpu *cpu = arg;

	xmem_host_this_cpu = cpu->id;
	for (unsigned long i = 0; i < cpu->steps * 8; i++) {
		uint64_t die = test_random(&cpu->seed);
		unsigned int order = (unsigned int)(die % 8);
		struct domain *d =
			(die >> 8 & 1) ? &owners[die >> 9 & 1] : NULL;
		struct page_info *pg =
			alloc_domheap_pages(d, order, MEMF_no_scrub);

		for (unsigned long k = 0; pg && k < 1UL << order; k++) {
			hold(mfn_of(pg + k), 0, cpu->id);
		}
		for (unsigned long k = 0; pg && k < 1UL << order; k++) {
			hold(mfn_of(pg + k), cpu->id, 0);
			free_domheap_page(pg + k);
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
	nr_large = 0;
	for (unsigned int i = 0; i < 2; i++) {
		xmem_owner_init(&owners[i].mem, 1500, i);
	}
	return 0;
}

static void check_all_is_free(void)
{
	assert_int_equal(total_free_pages(), MEMORY);
	assert_int_equal(owners[0].mem.tot_pages, 0);
	assert_int_equal(owners[1].mem.tot_pages, 0);
	fake_check();
}

static void lists_and_blocks_lose_nothing(void **state)
{
	stress_body *const bodies[] = {run_lists, run_lists, run_blocks};

	(void)state;
	stress_run(bodies, 3, 1, 4711, 10000);
	assert_in_range(nr_large, 1, ~0UL);
	check_all_is_free();
}

/* ---- the same list on two CPUs ---- */

static struct {
	struct domain *d;
	unsigned long list[2][NR]; /* of each CPU */
	unsigned long nr;
	unsigned long nr_panics;
	unsigned int arrived;
} twice;

static void meet(unsigned int all)
{
	unsigned int tries = 0;

	__atomic_fetch_add(&twice.arrived, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&twice.arrived, __ATOMIC_ACQUIRE) < all) {
		if (++tries > 10000) {
			sched_yield();
		}
	}
}

static void free_or_panic(const unsigned long *list)
{
	jmp_buf catcher;

	xmem_host_panic_catcher = &catcher;
	if (setjmp(catcher) == 0) {
		(void)!xmem_free_frames(twice.d, list, twice.nr);
		xmem_host_panic_catcher = NULL;
		return;
	}
	xmem_host_panic_catcher = NULL;
	xmem_host_drop_locks();
	__atomic_fetch_add(&twice.nr_panics, 1, __ATOMIC_RELAXED);
	if (strstr(xmem_host_panic_text, " is free already, caller") == NULL) {
		error();
	}
}

/* What is still the owner's is what is not free. */
static void end_round(void)
{
	unsigned long left = 0;

	for (unsigned long i = 0; i < twice.nr; i++) {
		unsigned long mfn = twice.list[0][i];

		if (!xmem_frame_is_free(_mfn(mfn))) {
			twice.list[0][left++] = mfn;
		}
	}
	if (total_free_pages() != MEMORY - left ||
	    (twice.d != NULL && twice.d->mem.tot_pages != left) ||
	    xmem_free_frames(twice.d, twice.list[0], left) != left) {
		error();
	}
}

static void *run_twice(void *arg)
{
	struct cpu *cpu = arg;
	unsigned int all = 0;

	xmem_host_this_cpu = cpu->id;
	for (unsigned long i = 0; i < cpu->steps; i++) {
		if (cpu->id == 1) {
			twice.d = i % 2 == 0 ? &owners[0] : NULL;
			twice.nr = xmem_alloc_frames(
				twice.d, 1 + test_random(&cpu->seed) % 1400,
				MEMF_no_scrub, twice.list[0]);
			memcpy(twice.list[1], twice.list[0],
			       sizeof(twice.list[0]));
			shuffle(twice.list[1], twice.nr, &cpu->seed);
		}
		meet(all += 2);
		free_or_panic(twice.list[cpu->id - 1]);
		meet(all += 2);
		if (cpu->id == 1) {
			end_round();
		}
		meet(all += 2);
	}
	return NULL;
}

static void a_list_is_freed_once(void **state)
{
	stress_body *const bodies[] = {run_twice, run_twice};

	(void)state;
	fake.track = false; /* A free that panics may have been told. */
	memset(&twice, 0, sizeof(twice));
	stress_run(bodies, 2, 1, 815, 2000);
	assert_in_range(twice.nr_panics, test_steps(2000), ~0UL);
	check_all_is_free();
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup(lists_and_blocks_lose_nothing, set_up),
	cmocka_unit_test_setup(a_list_is_freed_once, set_up),
};

TEST_MAIN(tests)
