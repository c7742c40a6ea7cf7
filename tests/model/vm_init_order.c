/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vm_init_order.c - windows where the largest block is small
 *
 * With MAX_ORDER 9 a block has 512 pages; the metadata of a window of many
 * GiB has more, and comes all the same, before the hand-over and after it.
 *
 * flags: -DMAX_ORDER=9 -O0
 * once: the host machine but for the largest order
 */
#include "test.h"

#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <xmem/debug.h>
#include <xmem/xmem.h>

#include "va/va.h"
#include "xmem_host.h"

static bool run_machine(const struct xmem_host_config *config)
{
	char *p;

	if (xmem_host_boot(config) != 0) {
		return false;
	}
	p = vmalloc(1UL << 20);
	if (p == NULL) {
		return false;
	}
	memset(p, 1, 1UL << 20);
	vfree(p);
	return xmem_check_all() == NULL && xmem_host_shutdown() == 0;
}

/* A process has one machine. */
static void check_machine(unsigned int gib, bool early)
{
	struct xmem_host_config config = {
		.ram_bytes = (uint64_t)gib << 30,
		.early_vmap = early,
	};
	unsigned long nr = (gib - gib / 8UL) << (30 - PAGE_SHIFT);
	int status = -1;
	pid_t child;

	assert_true(xmem_va_bytes(nr) >> PAGE_SHIFT > 1UL << MAX_ORDER ||
		    gib < 16 || PAGE_SHIFT > 12);
	(void)fflush(stdout);
	child = fork();
	if (child == 0) {
		_exit(run_machine(&config) ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void metadata_is_larger_than_a_block(void **state)
{
	(void)state;
	check_machine(8, false);
	check_machine(16, false);
	check_machine(64, false);
}

static void so_it_is_before_the_hand_over(void **state)
{
	(void)state;
	check_machine(16, true);
	check_machine(64, true);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(metadata_is_larger_than_a_block),
	cmocka_unit_test(so_it_is_before_the_hand_over),
};

TEST_MAIN(tests)
