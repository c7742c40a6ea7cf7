/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * maps.c - vmalloc, vmap and xvmalloc on several CPUs: threads, short
 *
 * Areas come and go, some freed on another CPU than they were made on. Every
 * page of an area carries a mark, read back through the mapping: two areas
 * that share a frame or an address are noticed. The host machine stops at a
 * frame that is freed before its translations are flushed.
 */
#include "stress.h"

#include <xmem/xmem.h>

#include "xmem_host.h"

#define NR_CPUS_HERE 4
#define NR_HELD	     12
#define NR_SHARED    8

static void *shared[NR_SHARED];

/* The first word of an area is its size in pages, the others marks. */
static unsigned long *word(void *va, unsigned long page)
{
	return (unsigned long *)((char *)va + page * PAGE_SIZE);
}

static void *mark(void *va, unsigned long nr)
{
	if (va == NULL) {
		error();
		return NULL;
	}
	for (unsigned long i = 0; i < nr; i++) {
		*word(va, i) = i == 0 ? nr : (unsigned long)va + i;
	}
	return va;
}

static void check(void *va)
{
	unsigned long nr = *word(va, 0);

	for (unsigned long i = 1; i < nr; i++) {
		if (*word(va, i) != (unsigned long)va + i) {
			error();
		}
	}
}

static void *make(struct cpu *cpu)
{
	uint64_t die = test_random(&cpu->seed);
	unsigned long nr = 1 + (die >> 8) % 9;
	char *va;

	switch (die % 4) {
	case 0:
		return mark(vmalloc(nr * PAGE_SIZE), nr);
	case 1:
		va = vzalloc(nr * PAGE_SIZE);
		if (va != NULL && va[nr * PAGE_SIZE - 1] != 0) {
			error();
		}
		return mark(va, nr);
	default:
		return mark(_xvmalloc(nr * PAGE_SIZE, PAGE_SIZE), nr);
	}
}

/* Two views of the same frames, one of them for a moment. */
static void look_twice(void *va)
{
	mfn_t mfns[10];
	unsigned long nr = *word(va, 0);
	void *view;

	for (unsigned long i = 0; i < nr; i++) {
		mfns[i] = vmap_to_mfn((char *)va + i * PAGE_SIZE);
		if (mfn_eq(mfns[i], INVALID_MFN)) {
			return; /* of xmalloc's world */
		}
	}
	view = vmap(mfns, (unsigned int)nr);
	if (view == NULL || vmap_size(view) != nr) {
		error();
		return;
	}
	for (unsigned long i = 0; i < nr; i++) {
		if (*word(view, i) != *word(va, i)) {
			error();
		}
	}
	vunmap(view);
}

static void *run_cpu(void *arg)
{
	struct cpu *cpu = arg;
	void *held[NR_HELD] = {NULL};

	xmem_host_cpu_enter(cpu->id);
	for (unsigned long i = 0; i < cpu->steps; i++) {
		uint64_t die = test_random(&cpu->seed);
		void **mine = &held[die % NR_HELD];

		if (*mine == NULL) {
			*mine = make(cpu);
			continue;
		}
		check(*mine);
		if (die >> 20 & 1) {
			*mine = __atomic_exchange_n(
				&shared[(die >> 32) % NR_SHARED], *mine,
				__ATOMIC_ACQ_REL);
		} else if (die >> 21 & 1) {
			look_twice(*mine);
		} else {
			xvfree(*mine);
			*mine = NULL;
		}
		if (i % 1000 == 0 && xmem_vmap_check() != NULL) {
			error();
		}
	}
	for (unsigned int i = 0; i < NR_HELD; i++) {
		xvfree(held[i]);
	}
	return NULL;
}

/* Areas of all kinds change hands between CPUs; nothing is lost. */
static void areas_change_hands(void **state)
{
	struct xmem_host_config config = {.ram_bytes = 256UL << 20,
					  .nr_cpus = NR_CPUS_HERE};
	stress_body *const bodies[NR_CPUS_HERE] = {run_cpu, run_cpu, run_cpu,
						   run_cpu};

	(void)state;
	assert_int_equal(xmem_host_boot(&config), 0);
	stress_run(bodies, NR_CPUS_HERE, 0, 17, 10000);
	for (unsigned int i = 0; i < NR_SHARED; i++) {
		xvfree(shared[i]);
	}
	assert_int_equal(xmem_vmap_used(VMAP_DEFAULT), 0);
	ASSERT_VALID(xmem_check_all());
	assert_int_equal(xmem_host_shutdown(), 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(areas_change_hands),
};

TEST_MAIN(tests)
