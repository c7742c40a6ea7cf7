/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * host.c - the contract tests on machines of tests/host, one after another
 *
 * Layouts, memory maps and numbers of CPUs that no single test hypervisor
 * has; every machine must be whole when it is switched off. host_cpu.c has
 * the CPUs and the faults. XMEM_CONTRACT_MACHINE=N boots number N alone.
 *
 * with: tests/contract/suite.c tests/contract/host_cpu.c
 * with: tests/contract/test_map.c tests/contract/test_alloc.c
 * with: tests/contract/test_limit.c tests/contract/test_fault.c
 * with: tests/contract/test_load.c tests/contract/test_misuse.c
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <arch/pte.h>
#include <xmem/xmem.h>

#include "contract.h"
#include "host.h"
#include "memory_maps.h"
#include "xmem_host.h"

#define MIB(n) ((uint64_t)(n) << 20)
#define GIB(n) ((uint64_t)(n) << 30)

/* ---- output ---- */

void contract_print(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	fflush(stdout);
}

void contract_diag(const char *fmt, ...)
{
	char text[320];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	contract_print("# %s\n", text);
}

void contract_format(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(buf, size, fmt, args);
	va_end(args);
}

/* ---- the machine ---- */

unsigned int contract_seconds_since(unsigned int then)
{
	return ((unsigned int)(time(NULL) % 60) + 60 - then) % 60;
}

bool contract_ram(unsigned int i, struct contract_range *range)
{
	unsigned long smfn;
	unsigned long emfn;

	if (!xmem_host_range_at(i, &smfn, &emfn)) {
		return false;
	}
	range->start = (uint64_t)smfn << PAGE_SHIFT;
	range->end = (uint64_t)emfn << PAGE_SHIFT;
	return true;
}

/* There are no registers that could give the types another meaning. */
bool contract_has_type(const void *va, unsigned int type)
{
	unsigned long page = (unsigned long)va >> PAGE_SHIFT;
	unsigned long mfn = xmem_arch_root();
	unsigned int level = ARCH_PT_LEVELS - 1;

	for (;;) {
		unsigned long i = page >> (level * ARCH_PT_BITS);
		xmem_pte_t e = xmem_pte_read(
			&xmem_arch_table(mfn)[i & ((1UL << ARCH_PT_BITS) - 1)]);

		if (!xmem_pte_is_table(e, level)) {
			return (xmem_pte_flags(e, level) &
				XMEM_MAP_TYPE_MASK) == type;
		}
		mfn = xmem_pte_mfn(e);
		level--;
	}
}

void contract_sync_code(void *va, unsigned long bytes)
{
	__builtin___clear_cache(va, (char *)va + bytes);
}

#ifdef __x86_64__
static const unsigned char ret_code[] = {0xc3};
#else
static const unsigned char ret_code[] = {0xc0, 0x03, 0x5f, 0xd6}; /* arm64 */
#endif

/* ---- tests of this platform ---- */

static bool no_translation_is_stale(void)
{
	struct xmem_host_stats stats;

	xmem_host_get_stats(&stats);
	CHECK(stats.nr_stale == 0);
	CHECK(stats.nr_flushes > 0);
	return true;
}

const struct contract_test contract_tests_platform[] = {
	{"no translation waits for a flush", no_translation_is_stale},
	{NULL, NULL},
};

/* ---- machines ---- */

/* RAM that begins high and has gaps of many GiB. */
static const struct xmem_host_range sparse[] = {
	{.start = GIB(2), .end = GIB(4)},
	{.start = GIB(34), .end = GIB(40)},
	{.start = GIB(512), .end = GIB(520)},
};

/* Two sockets, and firmware that keeps pieces of what lies below 4 GiB: the
 * first ranges are a real server's (memory_maps.h), with less above. */
static const struct xmem_host_range server[] = {
	{.start = 0, .end = 0x9f000},
	{.start = MIB(1), .end = 0x69c00000},
	{.start = 0x6a880000, .end = 0x6ad70000},
	{.start = 0x6b2c0000, .end = 0x77c00000},
	{.start = 0x78c00000, .end = 0x80000000},
	{.start = GIB(4), .end = GIB(7)},
	{.start = GIB(7), .end = GIB(10), .node = 1},
};

/* As large pages may leave a range empty, their RAM is not what adds up. */
static struct xmem_host_range thousand[MAPS_MAX_RANGES];

static void fill_thousand(void)
{
	static struct memory_map map;

	map_fill(&map, MAP_THOUSAND);
	for (unsigned int i = 0; i < MAPS_MAX_RANGES; i++) {
		thousand[i].start = map.range[i].start;
		thousand[i].end = map.range[i].end;
	}
}

static const struct xmem_host_range from_zero[] = {
	{.start = 0, .end = GIB(1)},
};

/* A PC of 384 KiB less than asked for, unless there are ranges. */
static const struct {
	const char *name;
	struct xmem_host_config config;
} machines[] = {
	{"full, 1 CPU, 1 GiB", {.nr_cpus = 1}},
	{"full, 4 CPUs, 1 GiB", {.nr_cpus = 4}},
	{"partial, 4 CPUs, 1 GiB",
	 {.nr_cpus = 4, .layout = XMEM_LAYOUT_PARTIAL}},
	{"separate, 4 CPUs, 1 GiB",
	 {.nr_cpus = 4, .layout = XMEM_LAYOUT_SEPARATE}},
	{"separate, 1 CPU, 6 GiB",
	 {.layout = XMEM_LAYOUT_SEPARATE, .ram_bytes = GIB(6)}},
	{"full, 1 CPU, 64 MiB, pages only",
	 {.ram_bytes = MIB(64), .block_levels = 1}},
	{"full, 4 CPUs, 2 nodes, 6 GiB",
	 {.nr_cpus = 4, .nr_nodes = 2, .ram_bytes = GIB(6)}},
	{"full, 4 CPUs, 16 GiB in 3 pieces",
	 {.nr_cpus = 4, .ranges = sparse, .nr_ranges = 3}},
	{"partial, 1 CPU, 16 GiB in 3 pieces",
	 {.layout = XMEM_LAYOUT_PARTIAL,
	  .xenheap_bytes = GIB(3),
	  .ranges = sparse,
	  .nr_ranges = 3}},
	{"full, 4 CPUs, two sockets, 8 GiB",
	 {.nr_cpus = 4, .nr_nodes = 2, .ranges = server, .nr_ranges = 7}},
	{"full, 1 CPU, 1000 small ranges",
	 {.ranges = thousand, .nr_ranges = MAPS_MAX_RANGES}},
	{"full, 1 CPU, RAM from 0", {.ranges = from_zero, .nr_ranges = 1}},
	{"separate, 4 CPUs, 16 GiB in 3 pieces",
	 {.nr_cpus = 4,
	  .layout = XMEM_LAYOUT_SEPARATE,
	  .ranges = sparse,
	  .nr_ranges = 3}},
};
#define NR_MACHINES (sizeof(machines) / sizeof(machines[0]))

static void describe(const struct xmem_host_config *config)
{
	const char *percent = getenv("XMEM_TEST_PERCENT");
	uint64_t bytes = config->ram_bytes;

	for (unsigned int i = 0; i < config->nr_ranges; i++) {
		bytes += config->ranges[i].end - config->ranges[i].start;
	}
	bytes = bytes != 0 ? bytes : MIB(1024);
	contract_machine = (struct contract_machine){
		.want_mib = (unsigned long)((bytes + MIB(1) - 1) >> 20),
		.want_cpus = config->nr_cpus != 0 ? config->nr_cpus : 1,
		/* Or what makes the sum of ranges a whole MiB. */
		.firmware_kib = config->nr_ranges != 0 ? 1023 : 384,
		.free_at_start = total_free_pages(),
		/* Behind all RAM: reads as 0. */
		.device = (paddr_t)xmem_host_max_mfn << PAGE_SHIFT,
		.device_offset = 0x30,
		.ret_code = ret_code,
		.ret_bytes = sizeof(ret_code),
		.load_percent =
			percent != NULL ? (unsigned int)atoi(percent) : 100,
	};
}

/* Return: tests that failed. */
static unsigned int run_machine(unsigned int i)
{
	unsigned int nr_failed;
	unsigned long missing;

	contract_print("# machine %u: %s\n", i, machines[i].name);
	if (xmem_host_boot(&machines[i].config) != 0) {
		contract_print("not ok 1 - %s: boots\n1..1\n",
			       machines[i].name);
		return 1;
	}
	describe(&machines[i].config);
	host_cpus_on((unsigned int)contract_machine.want_cpus);
	nr_failed = contract_suite();
	host_cpus_off();
	missing = xmem_host_shutdown();
	contract_print("%s 1 - %s: nothing is missing at the end\n1..1\n",
		       missing == 0 ? "ok" : "not ok", machines[i].name);
	return nr_failed + (missing != 0);
}

int main(void)
{
	const char *only = getenv("XMEM_CONTRACT_MACHINE");
	unsigned int nr_failed = 0;

	fill_thousand();
	for (unsigned int i = 0; i < NR_MACHINES; i++) {
		if (only == NULL || (unsigned int)atoi(only) == i) {
			nr_failed += run_machine(i);
		}
	}
	return nr_failed != 0;
}
