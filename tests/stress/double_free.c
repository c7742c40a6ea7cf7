/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * double_free.c - the same block freed on two CPUs at once
 *
 * In each round two threads free one block at the same moment. Exactly one
 * may succeed; the other panics with a message of double frees, which is
 * caught. The winner takes the frames again at once, for another use, and
 * must be able to keep them: so a loser that has passed its checks and comes
 * late does no harm. In the end accounts and free frames are as before.
 *
 * A busy machine may never run both threads at the moment that matters;
 * tests/unit/page/test_claim.c takes the same steps one by one.
 *
 * What cannot be told from two frees in turn is left out (src/page/mark.h):
 * frames of no owner, and parts of a block, are not taken again in a round.
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "fake.h"
#include "stress.h"

#include <sched.h>

#define MEMORY 1024

static struct domain d;	    /* owner of what is freed twice */
static struct domain other; /* of what the winner takes */

/* How the blocks of a test are made and freed; see the tests. */
struct kind {
	struct domain *owner; /* NULL: nobody's */
	bool xen;	      /* a xenheap block, no owner */
	bool again;	      /* the winner takes the frames again */
	bool part;	      /* the second thread frees the last frame only */
};
static struct kind kind;

/* One round's block. */
static struct {
	struct page_info *pg;
	unsigned int order;
	unsigned int nr_freed;	   /* frees that came back */
	unsigned int winner_order; /* of one of them */
} round;

/* ---- threads side by side ---- */

static unsigned int arrived;

/* Both threads leave this at once: they spin, unless the other has no CPU. */
static void meet(unsigned int *meetings)
{
	unsigned int all = 2 * ++*meetings;
	unsigned int tries = 0;

	__atomic_fetch_add(&arrived, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&arrived, __ATOMIC_ACQUIRE) < all) {
		if (++tries > 10000) {
			sched_yield();
		}
	}
}

/* ---- a free that may panic ---- */

static bool is_usual(const char *text)
{
	return strstr(text, ", caller 0x") != NULL &&
	       (strstr(text, "free already") != NULL ||
		strstr(text, "in use again") != NULL ||
		strstr(text, "still referenced") != NULL ||
		strstr(text, "not of the owner of the first") != NULL ||
		strstr(text, "a xenheap page") != NULL ||
		strstr(text, "not as xenheap") != NULL);
}

static void free_block(struct page_info *pg, unsigned int order, bool xen)
{
	if (xen) {
		free_xenheap_pages(page_to_virt(pg), order);
	} else {
		free_domheap_pages(pg, order);
	}
}

/* Return: did the free succeed? */
static bool try_free(struct page_info *pg, unsigned int order, bool xen)
{
	jmp_buf catcher;

	xmem_host_panic_catcher = &catcher;
	if (setjmp(catcher) == 0) {
		free_block(pg, order, xen);
		xmem_host_panic_catcher = NULL;
		return true;
	}
	xmem_host_panic_catcher = NULL;
	xmem_host_drop_locks();
	if (!is_usual(xmem_host_panic_text)) {
		fprintf(stderr, "# unusual: %s\n", xmem_host_panic_text);
		error();
	}
	return false;
}

/* ---- rounds ---- */

static struct page_info *take(struct domain *owner, bool xen,
			      unsigned int order)
{
	void *va;

	if (!xen) {
		/* Scrubbing is a long time to be without a mark. */
		return alloc_domheap_pages(owner, order,
					   order < 3 ? 0 : MEMF_no_scrub);
	}
	va = alloc_xenheap_pages(order, 0);
	return va != NULL ? virt_to_page(va) : NULL;
}

/* The winner's frames are his: as he took them, until he frees them. */
static void check_taken(const struct page_info *pg, unsigned int order)
{
	for (unsigned long i = 0; i < 1UL << order; i++) {
		if (is_xen_heap_page(pg + i) == kind.xen ||
		    xmem_page_owner(pg + i) != (kind.xen ? &other : NULL)) {
			error();
			return;
		}
	}
}

/* A block of the other kind, as long as the round lasts. */
static struct page_info *take_again(unsigned int order)
{
	struct page_info *pg = take(&other, !kind.xen, order);

	if (pg == NULL) {
		error();
	}
	return pg;
}

static void prepare(unsigned int order)
{
	round.pg = take(kind.owner, kind.xen, order);
	round.order = order;
	round.nr_freed = 0;
	if (round.pg == NULL) {
		error();
	}
}

/* What is left of a block of which the last frame was freed. The other free may
 * have removed the marks of these frames before it has failed. */
static void free_rest(void)
{
	for (unsigned long i = 0; i + 1 < 1UL << round.order; i++) {
		xmem_page_set_owner(round.pg + i, &d, false);
		free_domheap_page(round.pg + i);
	}
}

/* Between the rounds, on one CPU. */
static void settle(void)
{
	unsigned long was = 1UL << round.order;

	if (round.nr_freed != 1) {
		error();
	} else if (kind.part && round.winner_order != round.order) {
		/* Its last frame was freed, while it still had its owner. */
		if (d.mem.tot_pages != was - 1 && d.mem.tot_pages != was) {
			error();
		}
		free_rest();
		d.mem.tot_pages = 0;
	}
	if (total_free_pages() != MEMORY || d.mem.tot_pages != 0) {
		error();
	}
}

static void *run_free(void *arg)
{
	struct cpu *cpu = arg;
	unsigned int meetings = 0;

	xmem_host_this_cpu = cpu->id;
	for (unsigned long i = 0; i < cpu->steps && nr_errors == 0; i++) {
		struct page_info *mine = NULL;
		struct page_info *pg;
		unsigned int order;

		if (cpu->id == 0) {
			prepare(i % 3 == 0 ? (unsigned int)(i / 3 % 9)
					   : (unsigned int)(i % 3 - 1) * 8);
		}
		meet(&meetings);
		pg = round.pg;
		order = round.order;
		if (kind.part && cpu->id == 1) {
			pg += (1UL << order) - 1;
			order = 0;
		}
		if (try_free(pg, order, kind.xen)) {
			mine = kind.again ? take_again(order) : NULL;
			__atomic_fetch_add(&round.nr_freed, 1,
					   __ATOMIC_RELAXED);
			__atomic_store_n(&round.winner_order, order,
					 __ATOMIC_RELAXED);
		}
		meet(&meetings);
		if (mine != NULL) {
			check_taken(mine, order);
			if (!try_free(mine, order, !kind.xen)) {
				error();
			}
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

static void run_rounds(struct kind k)
{
	stress_body *const bodies[] = {run_free, run_free};

	fake_reset();
	fake.track = false; /* slow, and in the lock */
	fake_add(1024, 1024 + MEMORY, false);
	xmem_owner_init(&d.mem, MEMORY, 0);
	xmem_owner_init(&other.mem, MEMORY, 0);
	kind = k;
	arrived = 0;
	nr_errors = 0;
	stress_run(bodies, 2, 0, 7, 15000);
	assert_int_equal(total_free_pages(), MEMORY);
	assert_int_equal(d.mem.tot_pages, 0);
	assert_int_equal(other.mem.tot_pages, 0);
	fake_check();
}

/* A block with an owner; the winner makes it xenheap. */
static void owned_block_is_freed_once(void **state)
{
	(void)state;
	run_rounds((struct kind){.owner = &d, .again = true});
}

/* A xenheap block; the winner gives it to a domain. */
static void xenheap_block_is_freed_once(void **state)
{
	(void)state;
	run_rounds((struct kind){.xen = true, .again = true});
}

static void anonymous_block_is_freed_once(void **state)
{
	(void)state;
	run_rounds((struct kind){0});
}

/* All of a block here, its last frame there: one of the two. */
static void part_of_an_owned_block_is_freed_once(void **state)
{
	(void)state;
	run_rounds((struct kind){.owner = &d, .part = true});
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(owned_block_is_freed_once),
	cmocka_unit_test(xenheap_block_is_freed_once),
	cmocka_unit_test(anonymous_block_is_freed_once),
	cmocka_unit_test(part_of_an_owned_block_is_freed_once),
};

TEST_MAIN(tests)
