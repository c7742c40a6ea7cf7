/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * frees.c - the same block freed on two CPUs, step by step: the scenarios of
 * twice.c and twice_told.c
 *
 * Exactly one free may succeed; the other panics with a message of double
 * frees, before it has changed anything. The winner takes frames again at once,
 * for another use: so a loser that has passed its checks and comes late must do
 * no harm. tests/stress/double_free.c does the same on threads, where most
 * steps never meet.
 *
 * Where CPUs have caches both may succeed, each into its own cache: what is
 * there twice is noticed when it is taken, or goes back to the heap, for the
 * second time.
 *
 * What cannot be told from two frees in turn is left out (docs/locking.md):
 * frames of nobody that somebody gets as nobody's, and overlaps that are handed
 * out in between.
 */
#include "frees.h"

#include "interleave.h"

#include "heap/cache.h"

#define MEMORY	      63UL   /* frames, from 1 on */
#define CACHED_MEMORY 1535UL /* where there are caches */

/* How the block is made and freed. */
struct kind {
	const char *name;
	struct domain *owner; /* NULL: nobody's */
	bool xen;	      /* a xenheap block, no owner */
	bool run;	      /* freed as a run */
	unsigned int order;
	enum { NOT_AGAIN, AS_XENHEAP, AS_OWNED } again; /* by the winner */
	bool cached; /* both CPUs have caches, and it came from one */
	bool below;  /* but the cache of CPU 1 does not keep it */
	bool alone;  /* but CPU 1 has none, and goes to the heap */
	bool part;   /* the second CPU frees the last frame only */
};

IL_KEPT static struct kind kind;
static struct domain d;	    /* owner of what is freed twice */
static struct domain other; /* of what the winner takes */

IL_QUIET static struct page_info *block;
IL_QUIET static unsigned int nr_frees, freed_order;
IL_QUIET static struct page_info *again;
IL_QUIET static unsigned long nr_frames; /* that caches do not lie in */

/* ---- taking and freeing ---- */

static struct page_info *take(struct domain *owner, bool xen,
			      unsigned int order)
{
	void *va;

	if (!xen) {
		return alloc_domheap_pages(owner, order, MEMF_no_scrub);
	}
	va = alloc_xenheap_pages(order, 0);
	return va != NULL ? virt_to_page(va) : NULL;
}

static void free_run(struct page_info *pg, unsigned int order)
{
	struct xmem_run run = {mfn_x(page_to_mfn(pg)), 1UL << order};

	xmem_free_runs(&run, 1);
}

static void free_pages(struct page_info *pg, unsigned int order, bool xen)
{
	if (xen) {
		free_xenheap_pages(page_to_virt(pg), order);
	} else {
		free_domheap_pages(pg, order);
	}
}

/* So that the cache of this CPU keeps what is above. */
static void fill_cache(void)
{
	struct page_info *pg = take(kind.owner, kind.xen, kind.order);

	assert_non_null(pg);
	free_pages(pg, kind.order, kind.xen);
}

static void take_block(void)
{
	il_add(1, (kind.cached ? CACHED_MEMORY : MEMORY) + 1);
	for (unsigned int cpu = 0; kind.cached && cpu < 2U - kind.alone;
	     cpu++) {
		assert_int_equal(xmem_cpu_up(cpu, 0), 0);
	}
	nr_frames = total_free_pages();
	xmem_owner_init(&d.mem, nr_frames, 0);
	xmem_owner_init(&other.mem, nr_frames, 0);
	if (kind.cached && !kind.below && !kind.alone) {
		il_on_cpu(1, fill_cache);
	}
	block = take(kind.owner, kind.xen, kind.order);
	assert_non_null(block);
	assert_true(!kind.cached || xmem_page_live(block) != XMEM_LIVE_NONE);
	if (kind.below) {
		il_on_cpu(1, fill_cache);
	}
}

/* ---- the bodies ---- */

static bool is_usual(const char *text)
{
	return strstr(text, ", caller 0x") != NULL &&
	       (strstr(text, "free already") != NULL ||
		strstr(text, "still referenced") != NULL ||
		strstr(text, "not of the owner of the first") != NULL ||
		strstr(text, "a xenheap page") != NULL ||
		strstr(text, "which is owned") != NULL ||
		strstr(text, "in use again") != NULL ||
		strstr(text, "not as xenheap") != NULL);
}

static void note_free(const char *text, unsigned int order)
{
	if (text == NULL) {
		nr_frees++;
		freed_order = order;
	} else if (!is_usual(text)) {
		il_fail("the panic says: %s", text);
	}
}

static void free_all(void)
{
	if (kind.run) {
		free_run(block, kind.order);
	} else {
		free_pages(block, kind.order, kind.xen);
	}
}

static void free_last(void)
{
	free_pages(block + ((1UL << kind.order) - 1), 0, kind.xen);
}

/* Of the other kind, and until the end. */
static void take_again(void)
{
	again = take(&other, kind.again == AS_XENHEAP, kind.order);
	IL_EXPECT(again != NULL);
}

/* Who has freed it, as @text is NULL, takes it. If both have, into their
 * caches, the second one to take it may find out. */
static void use_again(const char *text)
{
	if (text != NULL || kind.again == NOT_AGAIN) {
		return;
	}
	if (!kind.cached) {
		take_again();
		return;
	}
	text = il_catch(take_again);
	IL_EXPECT(text == NULL || strstr(text, "freed it at once") != NULL);
}

static void free_on_one(void)
{
	const char *text = il_catch(free_all);

	note_free(text, kind.order);
	use_again(text);
}

static void free_on_other(void)
{
	const char *text = il_catch(kind.part ? free_last : free_all);

	note_free(text, kind.part ? 0 : kind.order);
	use_again(text);
}

/* ---- the end ---- */

IL_KEPT static unsigned long nr_twice; /* runs in which both were freed */

static void check_again(void)
{
	bool xen = kind.again == AS_XENHEAP;

	for (unsigned long i = 0; i < 1UL << kind.order; i++) {
		IL_EXPECT(is_xen_heap_page(again + i) == xen);
		IL_EXPECT(xmem_page_owner(again + i) == (xen ? NULL : &other));
	}
	free_pages(again, kind.order, xen);
}

/* What is left of a block of which the last frame was freed: with its owner,
 * or after the other free had made it nobody's. */
static void check_rest(void)
{
	unsigned long was = 1UL << kind.order;

	IL_EXPECT(total_free_pages() == MEMORY - was + 1);
	IL_EXPECT(kind.owner == NULL || d.mem.tot_pages == was - 1 ||
		  d.mem.tot_pages == was);
	d.mem.tot_pages = 0;
}

static void one_was_freed(void)
{
	il_check_heap();
	IL_EXPECT(nr_frees == 1);
	if (freed_order != kind.order) {
		check_rest();
		return;
	}
	if (kind.again != NOT_AGAIN) {
		IL_EXPECT(total_free_pages() == MEMORY - (1UL << kind.order));
		check_again();
	}
	/* Who panics may have claimed the last frame alone. */
	IL_EXPECT(d.mem.tot_pages == 0 || (kind.part && d.mem.tot_pages == 1));
	IL_EXPECT(other.mem.tot_pages == 0);
	IL_EXPECT(total_free_pages() == MEMORY);
	il_check_heap();
}

static void drain(void)
{
	IL_EXPECT(xmem_drain_caches());
}

/* Who has panicked may have done so in his cache. */
static void leave_caches(void)
{
	for (struct xmem_cache *c = xmem_cache_first(); c != NULL;
	     c = c->next) {
		c->head.busy = 0;
	}
}

/* Who has panicked has changed nothing. */
static void all_is_whole(void)
{
	const char *broken = xmem_heap_check();

	if (broken != NULL) {
		il_fail("one was freed, and then: %s", broken);
	}
	if (kind.again != NOT_AGAIN) {
		check_again();
	}
	IL_EXPECT(xmem_drain_caches());
	IL_EXPECT(total_free_pages() == nr_frames);
	IL_EXPECT(d.mem.tot_pages == 0 && other.mem.tot_pages == 0);
}

/* Both were freed: the validator knows, and it is found at the latest when both
 * go back. */
static void is_found_when_drained(void)
{
	const char *text;

	IL_EXPECT(xmem_heap_check() != NULL);
	text = il_catch(drain);
	if (text == NULL || strstr(text, "double free") == NULL) {
		il_fail("both were freed, and then: %s",
			text != NULL ? text : "nothing");
	}
}

static void one_was_freed_or_is_found(void)
{
	IL_EXPECT(nr_frees == 1 || nr_frees == 2);
	leave_caches();
	if (nr_frees == 1) {
		all_is_whole();
		return;
	}
	nr_twice++;
	/* Who has it again may be a third one: that cannot be told. */
	if (kind.again == NOT_AGAIN) {
		is_found_when_drained();
	}
}

static void is_freed_once(struct kind k)
{
	const struct il_scenario s = {
		.name = k.name,
		.set_up = take_block,
		.cpu = {free_on_one, free_on_other},
		.check = k.cached ? one_was_freed_or_is_found : one_was_freed,
		.flags = IL_TSO | IL_NO_HOOKS,
		.bound = 4,
		.runs = k.order == HEAP_SUPER_ORDER ? 10000 : 20000,
		.random = 2000,
	};

	kind = k;
	il_explore(&s);
}

/* Nobody's: the heap's bitmaps tell. */
static void a_page_of_nobody_is_freed_once(void **state)
{
	(void)state;
	is_freed_once((struct kind){.name = "nobody's page"});
	is_freed_once((struct kind){.name = "nobody's block", .order = 3});
}

/* The winner makes it xenheap: the loser finds another mark. */
static void a_page_of_nobody_is_freed_once_and_used(void **state)
{
	(void)state;
	is_freed_once((struct kind){.name = "nobody's page, xenheap",
				    .again = AS_XENHEAP});
	is_freed_once((struct kind){.name = "nobody's block, xenheap",
				    .order = 1,
				    .again = AS_XENHEAP});
}

/* A block with an owner; the winner makes it xenheap. */
static void an_owned_block_is_freed_once(void **state)
{
	(void)state;
	is_freed_once((struct kind){
		.name = "owned page", .owner = &d, .again = AS_XENHEAP});
	is_freed_once(
		(struct kind){.name = "owned block", .owner = &d, .order = 3});
	is_freed_once((struct kind){.name = "owned block again",
				    .owner = &d,
				    .order = 1,
				    .again = AS_XENHEAP});
}

/* A xenheap block; the winner gives it to a domain. */
static void a_xenheap_block_is_freed_once(void **state)
{
	(void)state;
	is_freed_once((struct kind){
		.name = "xenheap page", .xen = true, .again = AS_OWNED});
	is_freed_once((struct kind){
		.name = "xenheap block", .xen = true, .order = 3});
	is_freed_once((struct kind){.name = "xenheap block again",
				    .xen = true,
				    .order = 1,
				    .again = AS_OWNED});
}

/* A run of nobody's; the winner gives it to a domain. */
static void a_run_is_freed_once(void **state)
{
	(void)state;
	is_freed_once((struct kind){
		.name = "run of one", .run = true, .again = AS_OWNED});
	is_freed_once((struct kind){
		.name = "run", .run = true, .order = 1, .again = AS_OWNED});
}

/* All of a block here, its last frame there: one of the two. */
static void part_of_a_block_is_freed_once(void **state)
{
	(void)state;
	is_freed_once((struct kind){
		.name = "part of nobody's", .order = 2, .part = true});
	is_freed_once((struct kind){.name = "part of owned",
				    .owner = &d,
				    .order = 2,
				    .part = true});
}

/* The same through caches, which know no lock. */
static void a_cached_block_is_freed_once_or_found(void **state)
{
	static const struct kind kinds[] = {
		{.name = "cached page"},
		{.name = "cached block", .order = 3},
		{.name = "cached superpage", .order = 9},
		{.name = "cached page, owned", .owner = &d},
		{.name = "cached page, below", .below = true},
		{.name = "cached page, owned, below",
		 .owner = &d,
		 .below = true},
		{.name = "cached block, owned", .owner = &d, .order = 2},
		{.name = "cached page, xenheap", .xen = true},
		{.name = "cached block, xenheap", .xen = true, .order = 2},
		{.name = "cached superpage, owned",
		 .owner = &d,
		 .order = 9,
		 .again = AS_XENHEAP},
	};

	(void)state;
	nr_twice = 0;
	for (unsigned int i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		struct kind k = kinds[i];

		k.cached = true;
		is_freed_once(k);
	}
	assert_true(il_is_replay() || nr_twice > 0);
}

/* The same where one of the two goes to the heap. */
static void a_cached_block_is_freed_once_in_the_heap_or_found(void **state)
{
	static const struct kind kinds[] = {
		{.name = "alone, page"},
		{.name = "alone, block of 2", .order = 1},
		{.name = "alone, block of 4", .order = 2},
		{.name = "alone, block of 8", .order = 3},
		{.name = "alone, superpage", .order = 9},
		{.name = "alone, owned page", .owner = &d},
		{.name = "alone, owned block", .owner = &d, .order = 1},
		{.name = "alone, xenheap page", .xen = true},
		{.name = "alone, xenheap block", .xen = true, .order = 1},
	};

	(void)state;
	nr_twice = 0;
	for (unsigned int i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		struct kind k = kinds[i];

		k.cached = k.alone = true;
		is_freed_once(k);
	}
	assert_true(il_is_replay() || nr_twice > 0);
}

/* ---- freed here, taken there ---- */

static void own_the_only_frame(void)
{
	il_add(1, 2);
	xmem_owner_init(&d.mem, 1, 0);
	xmem_owner_init(&other.mem, 1, 0);
	block = take(&d, false, 0);
	assert_non_null(block);
}

static void free_it(void)
{
	free_domheap_page(block);
}

static void take_it(void)
{
	again = take(&other, false, 0);
}

static void it_has_one_owner(void)
{
	il_check_heap();
	IL_EXPECT(d.mem.tot_pages == 0);
	IL_EXPECT(other.mem.tot_pages == (again != NULL));
	IL_EXPECT(total_free_pages() == (again == NULL));
	IL_EXPECT(xmem_page_owner(block) == (again != NULL ? &other : NULL));
	IL_EXPECT(again == NULL || xmem_page_is_counted(block));
}

/* A frame that somebody gets as soon as it is free keeps its new mark. */
static void the_next_owner_keeps_it(void **state)
{
	static const struct il_scenario s = {
		.name = "next owner",
		.set_up = own_the_only_frame,
		.cpu = {free_it, take_it},
		.check = it_has_one_owner,
		.flags = IL_TSO | IL_NO_HOOKS,
		.bound = 4,
		.runs = 10000,
		.random = 1000,
	};

	(void)state;
	il_explore(&s);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(the_next_owner_keeps_it),
	cmocka_unit_test(a_page_of_nobody_is_freed_once),
	cmocka_unit_test(a_page_of_nobody_is_freed_once_and_used),
	cmocka_unit_test(an_owned_block_is_freed_once),
	cmocka_unit_test(a_xenheap_block_is_freed_once),
	cmocka_unit_test(a_run_is_freed_once),
	cmocka_unit_test(a_cached_block_is_freed_once_or_found),
	cmocka_unit_test(a_cached_block_is_freed_once_in_the_heap_or_found),
	cmocka_unit_test(part_of_a_block_is_freed_once),
};

int frees_main(void)
{
	test_begin();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
