/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cached_double_free.c - the same block, from a cache, freed on three CPUs at
 * once
 *
 * Each CPU has a cache. In each round three threads free one block that came
 * from a cache, at the same moment. One of them succeeds; the others panic with
 * a message that names the frame, its state and the caller. If two look at the
 * block before either of them has cleared its mark, both put it into their
 * caches: nobody can tell then. It is found when the block is taken for the
 * second time (src/page/cached.h), or goes back to the heap for the second
 * time. So either there was one free, or the block lies in caches as often as
 * it was freed, and a child of the test finds that neither is possible.
 *
 * tests/interleave/twice.c takes the same steps one by one. What cannot be told
 * from two frees in turn is left out here as well (src/page/mark.h): nobody
 * takes the block again in a round.
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "caches.h"
#include "stress.h"

#include <sched.h>
#include <sys/wait.h>

#define CPUS 3U
#define SMFN (1UL << HEAP_SUPER_ORDER)
#define NR   (24UL << HEAP_SUPER_ORDER)

static struct domain d;

/* How the blocks of a test are made and freed. */
static struct kind {
	struct domain *owner; /* NULL: nobody's */
	bool xen;
} kind;

/* One round's block. */
static struct {
	struct page_info *pg;
	unsigned int order;
	unsigned int nr_freed; /* frees that came back */
	bool stopped_inside;   /* a panic, half-way into a cache or out of it */
} round;

static unsigned long nr_rounds;
static unsigned long nr_late;	/* rounds in which several frees came back */
static unsigned long nr_broken; /* who stopped had changed something */

/* ---- threads side by side ---- */

static unsigned int arrived;

static void meet(unsigned int *meetings)
{
	unsigned int all = CPUS * ++*meetings;
	unsigned int tries = 0;

	__atomic_fetch_add(&arrived, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&arrived, __ATOMIC_ACQUIRE) < all) {
		if (++tries > 1000) {
			sched_yield();
		}
	}
}

/* ---- taking and freeing, which may panic ---- */

static struct page_info *take(unsigned int order)
{
	void *va;

	if (!kind.xen) {
		return alloc_domheap_pages(kind.owner, order, MEMF_no_scrub);
	}
	va = alloc_xenheap_pages(order, 0);
	return va != NULL ? virt_to_page(va) : NULL;
}

static void give(struct page_info *pg, unsigned int order)
{
	if (kind.xen) {
		free_xenheap_pages(page_to_virt(pg), order);
	} else {
		free_domheap_pages(pg, order);
	}
}

/* The panic has left this CPU where it was: also in its cache, perhaps. */
static void recover(void)
{
	struct xmem_cache *c = caches_of(xmem_host_this_cpu);

	xmem_host_panic_catcher = NULL;
	xmem_host_drop_locks();
	if (c->head.busy != 0) {
		__atomic_store_n(&round.stopped_inside, true, __ATOMIC_RELAXED);
		__atomic_store_n(&c->head.busy, 0, __ATOMIC_RELEASE);
	}
}

static bool has_any(const char *const *texts)
{
	for (; *texts != NULL; texts++) {
		if (strstr(xmem_host_panic_text, *texts) != NULL) {
			return true;
		}
	}
	return false;
}

/* Does the panic name the block, what it is instead, and the caller? */
static void check_text(const struct page_info *pg)
{
	static const char *const states[] = {
		"free already",
		"in use again",
		"in use as something else",
		"which is owned",
		"free, in the",
		"a xenheap page",
		"not as xenheap",
		"still referenced",
		"not of the owner",
		"and in use",
		"and owned",
		"and a xenheap page",
		NULL,
	};
	char frame[32], address[32];
	const char *const names[] = {frame, address, NULL};

	snprintf(frame, sizeof(frame), "frame %lx", mfn_of(pg));
	snprintf(address, sizeof(address), "%p", page_to_virt(pg));
	if (!has_any(names) || !has_any(states) ||
	    strstr(xmem_host_panic_text, ", caller 0x") == NULL) {
		fprintf(stderr, "# unusual: %s", xmem_host_panic_text);
		error();
	}
}

static bool try_free(struct page_info *pg, unsigned int order)
{
	jmp_buf catcher;

	xmem_host_panic_catcher = &catcher;
	if (setjmp(catcher) == 0) {
		give(pg, order);
		xmem_host_panic_catcher = NULL;
		return true;
	}
	recover();
	check_text(pg);
	return false;
}

/* ---- rounds ---- */

/* The stack of CPU @cpu for the round's order. */
static struct cache_stack *stack_of(unsigned int cpu)
{
	return cache_stack_of(cache_kind_of(caches_of(cpu), kind.xen),
			      round.order);
}

/* How often is the round's block in stacks? */
static unsigned int count_stacked(void)
{
	unsigned int nr = 0;

	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		const struct cache_stack *s = stack_of(cpu);

		for (unsigned long i = 0; i < s->nr; i++) {
			nr += (s->slot[i] & ~(uintptr_t)1) ==
			      (uintptr_t)round.pg;
		}
	}
	return nr;
}

/* How often does it wait to go back? */
static unsigned int count_pending(void)
{
	unsigned long mfn = mfn_of(round.pg);
	unsigned int nr = 0;

	for (unsigned int cpu = 0; cpu < CPUS && round.order == 0; cpu++) {
		const struct cache_pending *p =
			&cache_kind_of(caches_of(cpu), kind.xen)->pending;

		for (const struct xmem_buddy_word *w = p->word; w <= p->last;
		     w++) {
			nr += mfn / 64 == w->first / 64 &&
			      (w->frames >> mfn % 64 & 1) != 0;
		}
	}
	return nr;
}

static bool drain_says_no(void)
{
	jmp_buf catcher;

	xmem_host_panic_catcher = &catcher;
	if (setjmp(catcher) == 0) {
		(void)xmem_drain_caches();
		return false;
	}
	return strstr(xmem_host_panic_text, "free") != NULL;
}

/* All that lies in stacks is taken. */
static bool take_says_no(void)
{
	jmp_buf catcher;

	d.mem.tot_pages = 0; /* Each of them has counted. */
	xmem_host_panic_catcher = &catcher;
	if (setjmp(catcher) == 0) {
		for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
			xmem_host_this_cpu = cpu;
			while (stack_of(cpu)->nr > 0 &&
			       take(round.order) != NULL) {
			}
		}
		return false;
	}
	check_text(round.pg);
	return nr_errors == 0;
}

/* Ask @says_no in a child: the machine stops there. */
static void expect_no(bool (*says_no)(void), const char *text)
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		test_end_child(says_no() ? 0 : 1);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
		fprintf(stderr, "# order %u, %u frees: %s is not refused: %x\n",
			round.order, round.nr_freed, text, (unsigned)status);
		error();
	}
}

/* Did one of the frees give it to the heap? Then it is free there. */
static unsigned int is_in_heap(void)
{
	enum xmem_frame_state state = xmem_heap_frame_state(mfn_of(round.pg));

	return state == XMEM_FRAME_DIRTY || state == XMEM_FRAME_CLEAN;
}

/* Several have freed the block: it is there as often. It cannot be taken from
 * stacks twice, nor go back to the heap twice, and the validator knows. */
static void find_late(void)
{
	unsigned int in_heap = is_in_heap();
	unsigned int stacked = count_stacked();
	unsigned int pending = count_pending();

	if (in_heap + stacked + pending != round.nr_freed ||
	    xmem_heap_check() == NULL) {
		fprintf(stderr,
			"# order %u: %u frees, but it is there %u + %u + %u "
			"times\n",
			round.order, round.nr_freed, in_heap, stacked, pending);
		error();
		return;
	}
	expect_no(drain_says_no, "a drain");
	if (stacked > 1) {
		expect_no(take_says_no, "a second take");
	}
}

static void start_machine(void);

/* Frames that are free in the end: all but the caches themselves. */
static unsigned long all;

/* Between the rounds, on one CPU. A real machine has stopped; here the next
 * one begins if this one is not as it was. */
static void settle(void)
{
	bool is_whole = total_free_pages() == all && d.mem.tot_pages == 0 &&
			xmem_heap_check() == NULL;

	nr_rounds++;
	if (round.nr_freed == 0 ||
	    (round.nr_freed == 1 && !is_whole && !round.stopped_inside)) {
		fprintf(stderr,
			"# order %u: %u frees, %lu free, %lu owned, %s\n",
			round.order, round.nr_freed, total_free_pages(),
			d.mem.tot_pages, xmem_heap_check());
		error();
		return;
	}
	if (round.nr_freed > 1 && !round.stopped_inside) {
		find_late();
	}
	nr_late += round.nr_freed > 1;
	nr_broken += round.nr_freed == 1 && !is_whole;
	if (round.nr_freed > 1 || round.stopped_inside || !is_whole) {
		start_machine();
	}
}

static void prepare(unsigned long i)
{
	static const unsigned int orders[] = {0, 0, 1, 2, 3, HEAP_SUPER_ORDER};

	round.order = orders[i % 6];
	round.pg = take(round.order);
	round.nr_freed = 0;
	round.stopped_inside = false;
	if (round.pg == NULL || xmem_page_live(round.pg) == XMEM_LIVE_NONE) {
		error();
	}
}

static void *run_free(void *arg)
{
	struct cpu *cpu = arg;
	unsigned int meetings = 0;

	xmem_host_this_cpu = cpu->id;
	for (unsigned long i = 0; i < cpu->steps && nr_errors == 0; i++) {
		if (cpu->id == 0) {
			prepare(i);
		}
		meet(&meetings);
		if (try_free(round.pg, round.order)) {
			__atomic_fetch_add(&round.nr_freed, 1,
					   __ATOMIC_RELAXED);
		}
		meet(&meetings);
		if (cpu->id == 0) {
			settle();
		}
		/* Nobody looks at the errors while they are counted. */
		meet(&meetings);
	}
	return NULL;
}

/* Each CPU's stacks keep what the others free: from low frames up. */
static void lower_frontiers(void)
{
	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		struct cache_kind *k = cache_kind_of(caches_of(cpu), kind.xen);

		k->frames.frontier = (uintptr_t)mfn_to_page(_mfn(SMFN));
		k->frames.reach = NR;
		for (unsigned int i = 0; i < CACHE_NR_BLOCKS; i++) {
			k->blocks[i].frontier = k->frames.frontier;
			k->blocks[i].reach = NR;
		}
	}
}

static bool kept;

/* @kept: what is freed is kept, until stacks are full. */
static void start_machine(void)
{
	fake_reset();
	fake.track = false; /* slow; and a free that panics may be told */
	fake_add(SMFN, SMFN + NR, false);
	xmem_owner_init(&d.mem, NR, 0);
	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		assert_int_equal(xmem_cpu_up(cpu, 0), 0);
	}
	all = total_free_pages();
	if (kept) {
		lower_frontiers();
	}
}

static void run_rounds(struct kind k, bool keep)
{
	stress_body *const bodies[CPUS] = {run_free, run_free, run_free};

	kind = k;
	arrived = 0;
	nr_errors = 0;
	nr_rounds = nr_late = nr_broken = 0;
	kept = keep;
	start_machine();
	stress_run(bodies, CPUS, 0, 7, 4000);
	printf("# of %lu rounds, in %lu it is found late, in %lu half-way\n",
	       nr_rounds, nr_late, nr_broken);
	/* That takes the same few instructions at the same time. An emulator
	 * stops its CPUs between any two, and for long. */
	assert_in_range(nr_late + nr_broken, 0,
			nr_rounds / (test_is_emulated() ? 2 : 8));
	xmem_host_this_cpu = 0;
	assert_true(xmem_drain_caches());
	assert_int_equal(caches_held(), 0);
	assert_int_equal(total_free_pages(), all);
	ASSERT_VALID(xmem_heap_check());
}

static void nobodys_block_is_freed_once(void **state)
{
	(void)state;
	run_rounds((struct kind){0}, true);
	run_rounds((struct kind){0}, false);
}

static void owned_block_is_freed_once(void **state)
{
	(void)state;
	run_rounds((struct kind){.owner = &d}, true);
	run_rounds((struct kind){.owner = &d}, false);
}

static void xenheap_block_is_freed_once(void **state)
{
	(void)state;
	run_rounds((struct kind){.xen = true}, true);
	run_rounds((struct kind){.xen = true}, false);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(nobodys_block_is_freed_once),
	cmocka_unit_test(owned_block_is_freed_once),
	cmocka_unit_test(xenheap_block_is_freed_once),
};

TEST_MAIN(tests)
