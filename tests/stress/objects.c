/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * objects.c - xmalloc on several CPUs: threads, short
 *
 * Each CPU allocates, resizes and frees; half of all objects change hands
 * through a shared array and are freed where they were not allocated. Every
 * object says what it must contain. In the end no byte is missing.
 */
#include "stress.h"

#include <xmem/xmem.h>

#include "xmem_host.h"

#define NR_CPUS_HERE 4
#define NR_HELD	     200
#define NR_SHARED    64

/* What every object begins with. */
struct object {
	unsigned long size;
	unsigned long mark;
};

static struct object *shared[NR_SHARED];

static unsigned long random_size(struct cpu *cpu)
{
	uint64_t die = test_random(&cpu->seed);
	unsigned long most = die % 100 < 70   ? 64
			     : die % 100 < 97 ? 2000
					      : 20000;

	return sizeof(struct object) + (die >> 32) % most;
}

static void write_object(struct object *o, unsigned long size, uint64_t mark)
{
	unsigned char *bytes = (unsigned char *)o;

	memset(bytes, (int)(mark & 0xff), size);
	o->size = size;
	o->mark = mark;
}

static void check_object(const struct object *o)
{
	const unsigned char *bytes = (const unsigned char *)o;

	for (unsigned long i = sizeof(*o); i < o->size; i++) {
		if (bytes[i] != (o->mark & 0xff)) {
			error();
			return;
		}
	}
}

static struct object *make_object(struct cpu *cpu)
{
	unsigned long size = random_size(cpu);
	unsigned long align = 1UL << test_random(&cpu->seed) % 8;
	struct object *o = _xmalloc(size, align);

	if (o == NULL || (uintptr_t)o % align != 0) {
		error();
		return NULL;
	}
	write_object(o, size, test_random(&cpu->seed));
	return o;
}

static struct object *resize_object(struct cpu *cpu, struct object *o)
{
	unsigned long size = random_size(cpu);
	unsigned long kept = size < o->size ? size : o->size;
	uint64_t mark = o->mark;
	struct object *n = _xrealloc(o, size, 16);

	if (n == NULL) {
		error();
		return o;
	}
	n->size = kept;
	check_object(n);
	write_object(n, size, mark);
	return n;
}

static void *run_cpu(void *arg)
{
	struct cpu *cpu = arg;
	struct object *held[NR_HELD] = {NULL};

	xmem_host_cpu_enter(cpu->id);
	for (unsigned long i = 0; i < cpu->steps; i++) {
		uint64_t die = test_random(&cpu->seed);
		struct object **mine = &held[die % NR_HELD];

		if (*mine == NULL) {
			*mine = make_object(cpu);
		} else if (die >> 20 & 1) {
			*mine = __atomic_exchange_n(
				&shared[(die >> 32) % NR_SHARED], *mine,
				__ATOMIC_ACQ_REL);
			if (*mine != NULL) {
				check_object(*mine);
			}
		} else if (die >> 21 & 1) {
			*mine = resize_object(cpu, *mine);
		} else {
			check_object(*mine);
			xfree(*mine);
			*mine = NULL;
		}
		if (cpu->id == 0 && i % 5000 == 0 &&
		    xmem_xmalloc_check() != NULL) {
			error();
		}
	}
	for (unsigned int i = 0; i < NR_HELD; i++) {
		xfree(held[i]);
	}
	return NULL;
}

/* Objects of all sizes change hands between CPUs; nothing is lost. */
static void objects_change_hands(void **state)
{
	struct xmem_host_config config = {.ram_bytes = 256UL << 20,
					  .nr_cpus = NR_CPUS_HERE};
	stress_body *const bodies[NR_CPUS_HERE] = {run_cpu, run_cpu, run_cpu,
						   run_cpu};

	(void)state;
	assert_int_equal(xmem_host_boot(&config), 0);
	assert_int_equal(xmem_xmalloc_used(), 0); /* the first call */
	stress_run(bodies, NR_CPUS_HERE, 0, 17, 150000);
	for (unsigned int i = 0; i < NR_SHARED; i++) {
		xfree(shared[i]);
	}
	assert_int_equal(xmem_xmalloc_used(), 0);
	ASSERT_VALID(xmem_check_all());
	assert_int_equal(xmem_host_shutdown(), 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(objects_change_hands),
};

TEST_MAIN(tests)
