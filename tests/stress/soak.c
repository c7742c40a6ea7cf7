/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * soak.c - eight CPUs over all entry points of the library, for some seconds
 *
 * On a machine of each layout, with four nodes, several arenas and RAM that
 * comes late, threads make, hand over, look at and drop all that the library
 * has, for a round of a third of a second. In every other round one thread has
 * taken all memory before, and takes what becomes free: the others live on what
 * they give back, by steals from each other's caches. After a round nothing is
 * held, and all must be as at the start: counts, accounts, the blocks of each
 * order on each node, and what the validators say.
 *
 * XMEM_SOAK_SECONDS  how long, all machines together; 5 if not set
 * XMEM_SOAK_SEED     of the random numbers, as it was printed
 *
 * with: tests/stress/soak_things.c tests/stress/soak_pages.c
 * with: tests/stress/soak_objects.c tests/stress/soak_maps.c
 * with: tests/stress/soak_asks.c
 */
#include "soak.h"

#include <time.h>

#define PA_OF(mfn) ((uint64_t)(mfn) << PAGE_SHIFT)

#define ROUND_MS  300UL
#define NR_SHARED 64U
#define MAX_HELD  256U
#define MAX_HOARD 1024U
#define LARGE	  (1UL << MAX_ORDER)
#define LATE_NR	  2048UL /* frames of a range that comes late */
#define LATE_SMFN (3 * LARGE)
#define QUOTA	  6000UL

struct domain soak_owner[SOAK_OWNERS];
struct soak_range soak_late[SOAK_LATE];
unsigned long soak_end;

/* ---- errors ---- */

void soak_error(const char *fmt, ...)
{
	va_list args;

	if (__atomic_load_n(&nr_errors, __ATOMIC_RELAXED) < 10) {
		va_start(args, fmt);
		fputs("# ", stderr);
		vfprintf(stderr, fmt, args);
		fputs("\n", stderr);
		va_end(args);
	}
	error();
}

static bool is_over(void)
{
	return __atomic_load_n(&nr_errors, __ATOMIC_RELAXED) != 0;
}

/* ---- what a round is like ---- */

static struct {
	uint64_t end_ms;
	unsigned int groups; /* of kinds */
	unsigned int nr_held;
	bool full; /* CPU 0 has all memory that it can get */
} current;

static unsigned long nr_made, nr_refused, nr_rounds;

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* ---- things of a thread, and those that anybody may have next ---- */

static struct thing *shared[NR_SHARED];

static const struct soak_kind *pick_from(struct cpu *cpu,
					 const struct soak_kind *kinds,
					 unsigned int nr)
{
	unsigned long sum = 0;
	unsigned long at;

	for (unsigned int i = 0; i < nr; i++) {
		sum += kinds[i].weight;
	}
	at = soak_below(cpu, sum);
	while (at >= kinds->weight) {
		at -= kinds->weight;
		kinds++;
	}
	return kinds;
}

static const struct soak_kind *pick_kind(struct cpu *cpu)
{
	unsigned long die = soak_below(cpu, 4);

	if (die == 0 && (current.groups & SOAK_OBJECTS) != 0) {
		return pick_from(cpu, soak_objects, soak_nr_objects);
	}
	if (die == 1 && (current.groups & SOAK_MAPS) != 0) {
		return pick_from(cpu, soak_maps, soak_nr_maps);
	}
	return pick_from(cpu, soak_pages, soak_nr_pages);
}

/* Return: NULL: there is no memory for it. */
static struct thing *make_thing(struct cpu *cpu, const struct soak_kind *kind)
{
	struct thing *t = malloc(sizeof(*t));

	if (soak_make(kind, cpu, t)) {
		__atomic_fetch_add(&nr_made, 1, __ATOMIC_RELAXED);
		return t;
	}
	__atomic_fetch_add(&nr_refused, 1, __ATOMIC_RELAXED);
	free(t);
	return NULL;
}

static void drop_thing(struct cpu *cpu, struct thing **t)
{
	if (*t != NULL) {
		soak_drop(cpu, *t);
		free(*t);
		*t = NULL;
	}
}

static void swap_thing(struct cpu *cpu, struct thing **t)
{
	*t = __atomic_exchange_n(&shared[soak_below(cpu, NR_SHARED)], *t,
				 __ATOMIC_ACQ_REL);
	if (*t != NULL) {
		(*t)->kind->check(cpu, *t);
	}
}

static void step(struct cpu *cpu, struct thing **held)
{
	struct thing **t = &held[soak_below(cpu, current.nr_held)];

	if (soak_one_in(cpu, 64)) {
		soak_ask(cpu);
	} else if (soak_one_in(cpu, 4000)) {
		soak_give_late(cpu);
	} else if (*t == NULL) {
		*t = make_thing(cpu, pick_kind(cpu));
	} else if (soak_one_in(cpu, 4)) {
		swap_thing(cpu, t);
	} else if (soak_one_in(cpu, 8)) {
		(*t)->kind->check(cpu, *t);
	} else {
		drop_thing(cpu, t);
	}
}

/* ---- CPU 0 has all memory ---- */

static struct thing *hoard[MAX_HOARD];

/* Blocks from the largest on, then single frames. */
static bool hoard_one(struct cpu *cpu, struct thing **t)
{
	static const struct soak_kind *const kinds[] = {
		&soak_pages[0], /* blocks, most of them small */
		&soak_pages[3], /* lists */
	};
	struct thing block = {.mark = test_random(&cpu->seed),
			      .kind = kinds[0]};
	struct page_info *pg = NULL;

	for (int order = MAX_ORDER; order >= 9 && pg == NULL; order--) {
		block.order = (unsigned int)order;
		pg = alloc_domheap_pages(NULL, block.order, MEMF_no_scrub);
	}
	if (pg == NULL) {
		*t = make_thing(cpu, kinds[1]);
		return *t != NULL;
	}
	block.nr = 1UL << block.order;
	block.mfn = mfn_x(page_to_mfn(pg));
	soak_stamp_run(cpu, &block);
	*t = malloc(sizeof(**t));
	**t = block;
	return true;
}

static void fill_hoard(struct cpu *cpu)
{
	unsigned int refused = 0;

	for (unsigned int i = 0; i < MAX_HOARD && refused < 8; i++) {
		if (hoard[i] == NULL && !hoard_one(cpu, &hoard[i])) {
			refused++;
		}
	}
}

static void *run_cpu(void *arg)
{
	struct cpu *cpu = arg;
	bool hoards = current.full && cpu->id == 0;
	struct thing *held[MAX_HELD] = {NULL};

	xmem_host_cpu_enter(cpu->id);
	for (unsigned long i = 0; !is_over() && now_ms() < current.end_ms;
	     i++) {
		if (hoards && i % 64 == 0) {
			fill_hoard(cpu);
			drop_thing(cpu, &hoard[soak_below(cpu, MAX_HOARD)]);
		}
		step(cpu, held);
	}
	for (unsigned int i = 0; i < MAX_HELD && !is_over(); i++) {
		drop_thing(cpu, &held[i]);
	}
	for (unsigned int i = 0; hoards && i < MAX_HOARD && !is_over(); i++) {
		drop_thing(cpu, &hoard[i]);
	}
	return NULL;
}

/* ---- what must be true when nothing is held ---- */

struct state {
	struct xmem_heap_stats node[SOAK_NODES];
	unsigned long xenheap;
	unsigned long late; /* frames that came late until then */
};

static void take_state(struct state *s)
{
	(void)xmem_xmalloc_trim();
	assert_true(xmem_drain_caches());
	for (unsigned int n = 0; n < SOAK_NODES; n++) {
		xmem_heap_get_stats(n, &s->node[n]);
		assert_int_equal(s->node[n].cached_pages, 0);
	}
	s->xenheap = avail_xenheap_pages();
	s->late = 0;
	for (unsigned int i = 0; i < SOAK_LATE; i++) {
		s->late += soak_late[i].state == SOAK_THERE ? LATE_NR : 0;
	}
}

static unsigned long sum_free(const struct state *s)
{
	unsigned long nr = 0;

	for (unsigned int n = 0; n < SOAK_NODES; n++) {
		nr += s->node[n].free_pages;
	}
	return nr;
}

/* All memory is free, and merged as it was. */
static void compare_states(const struct state *now, const struct state *was)
{
	for (unsigned int n = 0; n < SOAK_NODES; n++) {
		const struct xmem_heap_stats *a = &now->node[n];
		const struct xmem_heap_stats *b = &was->node[n];

		assert_int_equal(a->free_pages, b->free_pages);
		assert_int_equal(a->span_pages, b->span_pages);
		assert_int_equal(a->nr_arenas, b->nr_arenas);
		for (unsigned int k = 0; k <= MAX_ORDER; k++) {
			assert_int_equal(a->free_blocks[k], b->free_blocks[k]);
		}
	}
	assert_int_equal(now->xenheap, was->xenheap);
}

/* RAM has come: less the metadata, at most 1/128 of it. Where it is not mapped
 * and there was no memory for them, it is lost. */
static void check_growth(const struct state *now, const struct state *was)
{
	unsigned long grown = sum_free(now) - sum_free(was);
	unsigned long came = now->late - was->late;

	if (xmem_host_layout == XMEM_LAYOUT_FULL) {
		assert_in_range(grown, came - came / 128 - SOAK_LATE, came);
	} else {
		assert_in_range(grown, 0, came);
	}
	xmem_host_adopt((long)grown);
}

static void check_settled(struct state *was)
{
	struct cpu cpu = {.seed = 1};
	struct state now;

	for (unsigned int i = 0; i < NR_SHARED; i++) {
		drop_thing(&cpu, &shared[i]);
	}
	assert_int_equal(nr_errors, 0);
	soak_close_pools();
	take_state(&now);
	if (now.late != was->late) {
		check_growth(&now, was);
	} else {
		compare_states(&now, was);
	}
	for (unsigned int i = 0; i < SOAK_OWNERS; i++) {
		assert_int_equal(soak_owner[i].mem.tot_pages, 0);
	}
	assert_int_equal(sum_free(&now), total_free_pages());
	assert_int_equal(xmem_xmalloc_used(), 0);
	assert_int_equal(xmem_vmap_used(VMAP_DEFAULT), 0);
	assert_int_equal(xmem_vmap_used(VMAP_XEN), 0);
	ASSERT_VALID(xmem_check_all());
	soak_check_nobody();
	assert_int_equal(nr_errors, 0);
	*was = now;
}

/* ---- machines ---- */

/* Four nodes: low RAM with a hole; two arenas that are far apart; the largest
 * blocks; little RAM in two pieces. And what comes late, on two of them. */
static void lay_out(struct xmem_host_config *c, struct xmem_host_range *r)
{
	static const struct {
		unsigned long smfn, emfn;
		unsigned int node;
	} ram[] = {
		{0, 160, 0},
		{256, 8192, 0},
		{8192, 14000, 1},
		{60000, 66000, 1},
		{LARGE, 2 * LARGE, 2},
		{80000, 82000, 3},
		{100000, 102100, 3},
		{2 * LARGE, 2 * LARGE + 9000, 2}, /* frame table, tables */
	};
	const unsigned int nr = sizeof(ram) / sizeof(ram[0]);

	for (unsigned int i = 0; i < nr; i++) {
		r[i] = (struct xmem_host_range){PA_OF(ram[i].smfn),
						PA_OF(ram[i].emfn), ram[i].node,
						false};
	}
	for (unsigned int i = 0; i < SOAK_LATE; i++) {
		unsigned long smfn = LATE_SMFN + i * LATE_NR;

		soak_late[i] =
			(struct soak_range){smfn, smfn + LATE_NR, SOAK_ABSENT};
		r[nr + i] = (struct xmem_host_range){
			PA_OF(smfn), PA_OF(smfn + LATE_NR), 1 + i / 2, true};
	}
	soak_end = LATE_SMFN + SOAK_LATE * LATE_NR;
	c->ranges = r;
	c->nr_ranges = nr + SOAK_LATE;
	c->nr_nodes = SOAK_NODES;
	c->nr_cpus = 2 * SOAK_CPUS;
	c->vmap_bytes = 4096 * PAGE_SIZE;
}

/* Tables for all that will be mapped, so that none is built on the way. */
static void build_tables(void)
{
	unsigned long va = (unsigned long)VMAP_VIRT_START;
	unsigned long end = (unsigned long)arch_vmap_virt_end();
	void *xen = vmalloc_xen(1);

	assert_int_equal(populate_pt_range(va, (end - va) >> PAGE_SHIFT), 0);
	assert_non_null(xen);
	assert_int_equal(populate_pt_range((unsigned long)xen & -(1UL << 30),
					   (1UL << 30) >> PAGE_SHIFT),
			 0);
	vfree(xen);
	soak_populate();
}

static void power_on(unsigned int layout)
{
	static struct xmem_host_range ranges[32];
	struct xmem_host_config config = {.layout = layout};

	lay_out(&config, ranges);
	config.xenheap_bytes = layout == XMEM_LAYOUT_PARTIAL
				       ? PA_OF(LARGE + LARGE / 2)
				       : PA_OF(5000);
	assert_int_equal(xmem_host_boot(&config), 0);
	for (unsigned int cpu = SOAK_CPUS; cpu < 2 * SOAK_CPUS; cpu++) {
		assert_int_equal(xmem_cpu_down(cpu), 0);
	}
	for (unsigned int i = 0; i < SOAK_OWNERS; i++) {
		xmem_owner_init(&soak_owner[i].mem, i == 0 ? ~0UL : QUOTA, i);
	}
	soak_forget_all();
	build_tables();
}

static void run_round(uint64_t seed, unsigned long round, uint64_t end_ms)
{
	static stress_body *const bodies[SOAK_CPUS] = {
		run_cpu, run_cpu, run_cpu, run_cpu,
		run_cpu, run_cpu, run_cpu, run_cpu,
	};
	uint64_t now = now_ms();
	uint64_t random = seed + round * 1000003;

	(void)test_random(&random);
	current.groups = round % 4 < 2 ? SOAK_ALL : SOAK_PAGES;
	current.full = round % 2 == 1;
	current.nr_held = 16 + (unsigned int)(test_random(&random) % 200);
	current.end_ms = now + ROUND_MS < end_ms ? now + ROUND_MS : end_ms;
	soak_open_pools();
	stress_run(bodies, SOAK_CPUS, 0, random, 1);
}

static unsigned long environment(const char *name, unsigned long usual)
{
	const char *value = getenv(name);

	return value != NULL ? strtoul(value, NULL, 0) : usual;
}

/* A third of the time on a machine of @layout. */
static void soak(unsigned int layout)
{
	uint64_t ms = environment("XMEM_SOAK_SECONDS", 5) * 1000 / 3;
	uint64_t seed = environment("XMEM_SOAK_SEED",
				    (unsigned long)time(NULL) * 2 + 1);
	unsigned long before = xmem_host_nr_broadcasts;
	uint64_t end_ms;
	struct state state;

	printf("# layout %u: XMEM_SOAK_SEED=%llu\n", layout,
	       (unsigned long long)seed);
	fflush(stdout);
	nr_made = nr_refused = nr_rounds = nr_errors = 0;
	power_on(layout);
	take_state(&state);
	end_ms = now_ms() + ms;
	while (nr_rounds < 4 || now_ms() < end_ms) {
		uint64_t last = now_ms() + ROUND_MS;

		run_round(seed, nr_rounds++, last > end_ms ? last : end_ms);
		check_settled(&state);
	}
	assert_int_equal(xmem_host_shutdown(), 0);
	printf("# %lu rounds, %lu things, %lu refused, %lu steals and drains\n",
	       nr_rounds, nr_made, nr_refused,
	       xmem_host_nr_broadcasts - before);
	assert_in_range(nr_made, 1, ~0UL);
	assert_in_range(nr_refused, 1, ~0UL);
}

static void all_at_once_in_the_full_layout(void **state)
{
	(void)state;
	soak(XMEM_LAYOUT_FULL);
}

static void all_at_once_in_the_partial_layout(void **state)
{
	(void)state;
	soak(XMEM_LAYOUT_PARTIAL);
}

static void all_at_once_in_the_separate_layout(void **state)
{
	(void)state;
	soak(XMEM_LAYOUT_SEPARATE);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(all_at_once_in_the_full_layout),
	cmocka_unit_test(all_at_once_in_the_partial_layout),
	cmocka_unit_test(all_at_once_in_the_separate_layout),
};

TEST_MAIN(tests)
