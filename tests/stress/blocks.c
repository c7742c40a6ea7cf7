/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * blocks.c - the lowest door on several CPUs: no frame has two users, and what
 * is called clean is clean
 *
 * CPUs take blocks, anywhere and at a place, stain them and give them back in
 * parts; some scrub a block first and give it as clean. An idle CPU walks over
 * memory, as a hypervisor does: it takes what is free, scrubs what is dirty and
 * gives it as clean. Who has a frame alone notes it; the notes need no lock,
 * so a thread sanitizer finds a frame with two users as well.
 *
 * link: tests/fake/page/fake.c src/buddy/ src/heap/ src/page/ src/xenheap/
 * link: src/lib/
 * include: tests/fake/page/include tests/fake/page
 */
#include "fake.h"
#include "stress.h"

#define FIRST 1024UL
#define END   3072UL

static unsigned char user[END];	 /* 0: nobody; written by who has it */
static unsigned char stain[END]; /* what is in it */

static void enter(unsigned long mfn, unsigned int order, bool dirty,
		  const struct cpu *cpu)
{
	for (unsigned long i = mfn; i < mfn + (1UL << order); i++) {
		if (user[i] != 0 || (!dirty && stain[i] != 0)) {
			error();
		}
		user[i] = (unsigned char)cpu->id;
	}
}

static void leave(unsigned long mfn, unsigned int order, bool clean,
		  const struct cpu *cpu)
{
	for (unsigned long i = mfn; i < mfn + (1UL << order); i++) {
		if (user[i] != cpu->id) {
			error();
		}
		user[i] = 0;
		stain[i] = !clean;
	}
	if (xmem_block_give(mfn, order, clean) != 0) {
		error();
	}
}

/* Give the block in two parts, one of them perhaps as clean. */
static void leave_in_parts(unsigned long mfn, unsigned int order,
			   struct cpu *cpu)
{
	bool clean = test_random(&cpu->seed) % 3 == 0;

	if (order == 0) {
		leave(mfn, 0, clean, cpu);
		return;
	}
	leave(mfn + (1UL << (order - 1)), order - 1, clean, cpu);
	leave(mfn, order - 1, false, cpu);
}

#define NR_LIVE 16

static void *guests(void *arg)
{
	struct cpu *cpu = arg;
	struct {
		unsigned long mfn;
		unsigned int order;
	} live[NR_LIVE] = {{0}};

	xmem_host_this_cpu = cpu->id;
	for (unsigned long i = 0; i < cpu->steps + NR_LIVE; i++) {
		unsigned int at = (unsigned int)(i % NR_LIVE);
		uint64_t r = test_random(&cpu->seed);
		struct xmem_block_request req = {.order = (unsigned int)(r % 8),
						 .node = XMEM_ANY_NODE,
						 .hi = ~0UL};
		bool dirty;

		if (live[at].mfn != 0) {
			leave_in_parts(live[at].mfn, live[at].order, cpu);
		}
		live[at].order = req.order;
		live[at].mfn =
			i < cpu->steps ? xmem_block_take(&req, &dirty) : 0;
		live[at].mfn = live[at].mfn == XMEM_NO_MFN ? 0 : live[at].mfn;
		if (live[at].mfn != 0) {
			enter(live[at].mfn, req.order, dirty, cpu);
		}
	}
	return NULL;
}

static void *idle(void *arg)
{
	struct cpu *cpu = arg;

	xmem_host_this_cpu = cpu->id;
	for (unsigned long i = 0; i < 2 * cpu->steps; i++) {
		unsigned int order = (unsigned int)(i % 4);
		unsigned long mfn = FIRST + i * 8 % (END - FIRST);
		bool dirty;
		int rc = xmem_block_take_at(mfn, order, &dirty);

		if (rc == 0) {
			enter(mfn, order, dirty, cpu);
			leave(mfn, order, true, cpu);
		} else if (rc != -XMEM_EBUSY) {
			error();
		}
	}
	return NULL;
}

static void no_frame_has_two_users(void **state)
{
	stress_body *const bodies[] = {guests, idle, guests};
	bool dirty;

	(void)state;
	fake.track = false;
	fake_span(FIRST, END, false);
	memset(stain, 1, sizeof(stain));
	assert_int_equal(xmem_block_give_range(FIRST, END - FIRST, false), 0);
	stress_run(bodies, 3, 1, 77, 200000);
	assert_int_equal(total_free_pages(), END - FIRST);
	fake_check();
	for (unsigned long mfn = FIRST; mfn < END; mfn++) {
		assert_int_equal(xmem_block_take_at(mfn, 0, &dirty), 0);
		assert_int_equal(dirty, stain[mfn]);
		assert_int_equal(user[mfn], 0);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup(no_frame_has_two_users, fake_setup),
};

TEST_MAIN(tests)
