/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_fault.c - mappings hold: proved by real page faults, on every CPU
 *
 * An access that must fail runs under contract_try(); cause and address of
 * the fault are compared. An access that must work runs the same way, so
 * that a surprise is a failed test and not a dead machine.
 */
#include <arch/layout.h>
#include <arch/pte.h>

#include <xmem/xmem.h>

#include "contract.h"
#include "lib/mem.h"

enum how { READ, WRITE, CALL };

struct access {
	enum how how;
	void *va;
	bool stopped;
	struct contract_fault fault;
};

/* A write reads first: to what is not present it is a read. */
static void do_access(void *arg)
{
	const struct access *a = arg;
	volatile char *byte = a->va;

	if (a->how == READ) {
		(void)*byte;
	} else if (a->how == WRITE) {
		*byte = *byte;
	} else {
		((void (*)(void))a->va)();
	}
}

static void try_access(void *arg)
{
	struct access *a = arg;

	a->stopped = contract_try(do_access, a, &a->fault);
}

static void describe(unsigned int cpu, const struct access *a)
{
	contract_diag("CPU %u, access %u to %lx: cause %u at %lx, pc %lx, raw "
		      "%lx",
		      cpu, (unsigned int)a->how, (unsigned long)a->va,
		      (unsigned int)a->fault.cause, a->fault.va, a->fault.pc,
		      a->fault.raw);
}

/* Does the access to @va by @how on CPU @cpu fault because of @cause? */
static bool faults_on(unsigned int cpu, enum how how, void *va,
		      enum contract_cause cause)
{
	struct access a = {.how = how, .va = va};

	contract_run_on(cpu, try_access, &a);
	if (!a.stopped || a.fault.cause != cause ||
	    a.fault.va != (unsigned long)va) {
		describe(cpu, &a);
		return false;
	}
	return true;
}

static bool works_on(unsigned int cpu, enum how how, void *va)
{
	struct access a = {.how = how, .va = va};

	contract_run_on(cpu, try_access, &a);
	if (a.stopped) {
		describe(cpu, &a);
	}
	return !a.stopped;
}

static bool faults(enum how how, void *va, enum contract_cause cause)
{
	for (unsigned int cpu = 0; cpu < contract_nr_cpus(); cpu++) {
		CHECK(faults_on(cpu, how, va, cause));
	}
	return true;
}

static bool works(enum how how, void *va)
{
	for (unsigned int cpu = 0; cpu < contract_nr_cpus(); cpu++) {
		CHECK(works_on(cpu, how, va));
	}
	return true;
}

static bool modify(void *va, unsigned long nr, unsigned int flags)
{
	unsigned long s = (unsigned long)va;

	CHECK(modify_xen_mappings(s, s + nr * PAGE_SIZE, flags) == 0);
	return true;
}

/* The page before and the page behind every vmalloc area are not there. */
static bool guard_pages_fault(void)
{
	char *a = vmalloc(3 * PAGE_SIZE);
	char *b = vmalloc(PAGE_SIZE);

	CHECK(a != NULL && b != NULL);
	CHECK(works(WRITE, a) && works(WRITE, a + 3 * PAGE_SIZE - 1));
	CHECK(faults(READ, a - 1, CAUSE_NOT_PRESENT));
	CHECK(faults(READ, a + 3 * PAGE_SIZE, CAUSE_NOT_PRESENT));
	CHECK(faults(WRITE, b - 1, CAUSE_NOT_PRESENT));
	CHECK(faults(WRITE, b + PAGE_SIZE, CAUSE_NOT_PRESENT));
	vfree(b);
	vfree(a);
	return true;
}

/* Pages of an area of @nr pages that are looked at: the @i-th. */
static unsigned long some_page(unsigned long nr, unsigned int i)
{
	const unsigned long pages[] = {0, nr / 3, nr / 2, nr - 1 - nr / 5,
				       nr - 1};

	return pages[i];
}

static bool freed_area_faults(unsigned long nr)
{
	char *p = vmalloc(nr * PAGE_SIZE);

	CHECK(p != NULL);
	for (unsigned int i = 0; i < 5; i++) {
		CHECK(works(WRITE, p + some_page(nr, i) * PAGE_SIZE));
	}
	vfree(p);
	for (unsigned int i = 0; i < 5; i++) {
		CHECK(faults(READ, p + some_page(nr, i) * PAGE_SIZE,
			     CAUSE_NOT_PRESENT));
	}
	return true;
}

/* After vfree() no CPU reaches the memory, though all had it in their TLB:
 * lengths around the limits of x86 and Arm. */
static bool freed_area_faults_everywhere(void)
{
	static const unsigned long nr[] = {1,  2,  3,  31,  32, 33,
					   63, 64, 65, 131, 260};

	for (unsigned int i = 0; i < sizeof(nr) / sizeof(nr[0]); i++) {
		CHECK(freed_area_faults(nr[i]));
	}
	return true;
}

/* RW -> RO -> RW; the other CPUs have the page in their TLB each time. */
static bool read_only_faults_on_write(void)
{
	char *p = vmalloc(3 * PAGE_SIZE);

	CHECK(p != NULL);
	p[PAGE_SIZE] = 42;
	CHECK(works(WRITE, p + PAGE_SIZE));
	CHECK(modify(p + PAGE_SIZE, 1, PAGE_HYPERVISOR_RO));
	CHECK(faults(WRITE, p + PAGE_SIZE, CAUSE_NO_WRITE));
	CHECK(works(READ, p + PAGE_SIZE) && p[PAGE_SIZE] == 42);
	CHECK(works(WRITE, p) && works(WRITE, p + 2 * PAGE_SIZE));
	CHECK(modify(p + PAGE_SIZE, 1, PAGE_HYPERVISOR_RW));
	CHECK(works(WRITE, p + PAGE_SIZE));
	vfree(p);
	return true;
}

/* Code that returns at once. */
static void put_code(void *va)
{
	memcpy(va, contract_machine.ret_code, contract_machine.ret_bytes);
	contract_sync_code(va, contract_machine.ret_bytes);
}

static bool data_faults_on_fetch(void)
{
	char *p = vmalloc(PAGE_SIZE);
	char *x = alloc_xenheap_page();

	CHECK(p != NULL && x != NULL);
	put_code(p);
	put_code(x);
	CHECK(faults(CALL, p, CAUSE_NO_EXEC));
	CHECK(faults(CALL, x, CAUSE_NO_EXEC));
	free_xenheap_page(x);
	vfree(p);
	return true;
}

/* Code in its own window: written, then executable and no longer writable. */
static bool code_is_executable_not_writable(void)
{
	unsigned long used = xmem_vmap_used(VMAP_XEN);
	char *p = vmalloc_xen(PAGE_SIZE);
	unsigned long va = (unsigned long)p;

	CHECK(p != NULL && xmem_vmap_used(VMAP_XEN) == used + 1);
	put_code(p);
	CHECK(faults(CALL, p, CAUSE_NO_EXEC));
	CHECK(modify(p, 1, PAGE_HYPERVISOR_RX));
	CHECK(works(CALL, p));
	CHECK(faults(WRITE, p, CAUSE_NO_WRITE));
	CHECK(modify_xen_mappings(va, va + PAGE_SIZE,
				  PAGE_HYPERVISOR_RX | XMEM_MAP_WRITE) ==
	      -XMEM_EINVAL);
	CHECK(works(CALL, p) && faults(WRITE, p, CAUSE_NO_WRITE));
	CHECK(modify(p, 1, PAGE_HYPERVISOR_RW));
	vfree(p);
	return true;
}

/* ---- blocks of the direct map ---- */

/* @p is a block of @nr pages: page @i becomes read-only, no other does. */
static bool splits_around(char *p, unsigned long nr, unsigned long i)
{
	char *mid = p + i * PAGE_SIZE;
	mfn_t next = xen_map_to_mfn((unsigned long)mid + PAGE_SIZE);
	unsigned int order = 0;

	CHECK(works(WRITE, mid));
	CHECK(modify(mid, 1, PAGE_HYPERVISOR_RO));
	CHECK(faults(WRITE, mid, CAUSE_NO_WRITE));
	CHECK(works(WRITE, mid - 1) && works(WRITE, mid + PAGE_SIZE));
	CHECK(works(WRITE, p) && works(WRITE, p + (nr - 1) * PAGE_SIZE));
	CHECK(xmem_map_attrs((unsigned long)mid, NULL, &order) && order == 0);
	CHECK(mfn_x(next) == virt_to_mfn(p) + i + 1);
	CHECK(mfn_eq(xen_map_to_mfn((unsigned long)mid + PAGE_SIZE), next));
	CHECK(modify(mid, 1, PAGE_HYPERVISOR_RW));
	CHECK(works(WRITE, mid));
	return true;
}

/* One page of a block of the direct map: the block is split, its other pages
 * stay as they are. Mapping it anew puts the block together again. */
static bool block_splits_around_a_page(void)
{
	const unsigned int block = ARCH_PT_BITS;
	unsigned int order = 0;
	char *p;

	if (!xmem_arch_level_has_leaf(1)) {
		return contract_skip("the direct map has no blocks");
	}
	p = block <= MAX_ORDER ? alloc_xenheap_pages(block, 0) : NULL;
	if (p == NULL) {
		return contract_skip("no free memory as large as a block");
	}
	CHECK(xmem_map_attrs((unsigned long)p, NULL, &order) && order >= block);
	CHECK(splits_around(p, 1UL << block, 100));
	CHECK(map_pages_to_xen((unsigned long)p, _mfn(virt_to_mfn(p)),
			       1UL << block, PAGE_HYPERVISOR_RW) == 0);
	CHECK(xmem_map_attrs((unsigned long)p + 100 * PAGE_SIZE, NULL,
			     &order) &&
	      order == block);
	CHECK(works(WRITE, p + 100 * PAGE_SIZE));
	free_xenheap_pages(p, block);
	return true;
}

/* What the direct map loses is gone on every CPU, and comes back. */
static bool page_leaves_the_direct_map(void)
{
	char *x = alloc_xenheap_page();
	unsigned long va = (unsigned long)x;
	mfn_t mfn = xen_map_to_mfn(va);

	CHECK(x != NULL && works(WRITE, x));
	CHECK(destroy_xen_mappings(va, va + PAGE_SIZE) == 0);
	CHECK(faults(READ, x, CAUSE_NOT_PRESENT));
	CHECK(mfn_eq(xen_map_to_mfn(va), INVALID_MFN));
	CHECK(map_pages_to_xen(va, mfn, 1, PAGE_HYPERVISOR_RW) == 0);
	CHECK(works(WRITE, x));
	free_xenheap_page(x);
	return true;
}

/* ---- blocks of the direct map, in use meanwhile ---- */

static struct access user[NR_CPUS];
static unsigned long uses[NR_CPUS];
static char *used_block;
static bool stop_using;

/* Each CPU a word of its own, in a page that keeps its rights. */
static void use_block(void *arg)
{
	unsigned long cpu = xmem_port_cpu();
	volatile unsigned long *word = (void *)used_block;

	(void)arg;
	while (!__atomic_load_n(&stop_using, __ATOMIC_RELAXED)) {
		word[cpu] = ++uses[cpu];
		if (word[cpu] != uses[cpu]) {
			break;
		}
	}
}

static void use_until_told(void *arg)
{
	unsigned int cpu = xmem_port_cpu();
	struct access *a = &user[cpu];

	(void)arg;
	a->stopped = contract_try(use_block, NULL, &a->fault);
}

/* Split the block at @p and put it together again: often, but where all CPUs
 * take turns on one of the tester's, a flush of all of them takes a while. */
static bool resize(char *p, unsigned int block)
{
	unsigned int started = contract_seconds_since(0);

	for (unsigned int round = 0;
	     round < 1000 && contract_seconds_since(started) < 4; round++) {
		CHECK(modify(p + 100 * PAGE_SIZE, 1, PAGE_HYPERVISOR_RO));
		CHECK(map_pages_to_xen((unsigned long)p, _mfn(virt_to_mfn(p)),
				       1UL << block, PAGE_HYPERVISOR_RW) == 0);
	}
	return true;
}

static bool users_never_noticed(void)
{
	for (unsigned int cpu = 1; cpu < contract_nr_cpus(); cpu++) {
		contract_wait(cpu);
		if (user[cpu].stopped) {
			describe(cpu, &user[cpu]);
		}
		CHECK(!user[cpu].stopped);
		CHECK(uses[cpu] > 0 &&
		      ((unsigned long *)(void *)used_block)[cpu] == uses[cpu]);
	}
	return true;
}

/* The other CPUs use a page of a block without a pause while the block is
 * split and put together again: for them nothing happens, whatever this takes
 * (break-before-make). */
static bool block_changes_under_running_cpus(void)
{
	const unsigned int block = ARCH_PT_BITS;
	bool ok;

	if (contract_nr_cpus() == 1) {
		return contract_skip("one CPU");
	}
	used_block = block <= MAX_ORDER ? alloc_xenheap_pages(block, 0) : NULL;
	if (used_block == NULL) {
		return contract_skip("no free memory as large as a block");
	}
	memset(used_block, 0, PAGE_SIZE);
	stop_using = false;
	for (unsigned int cpu = 1; cpu < contract_nr_cpus(); cpu++) {
		uses[cpu] = 0;
		contract_post(cpu, use_until_told, NULL);
	}
	for (unsigned int cpu = 1; cpu < contract_nr_cpus(); cpu++) {
		while (__atomic_load_n(&uses[cpu], __ATOMIC_RELAXED) < 100) {
			xmem_port_cpu_pause();
		}
	}
	ok = resize(used_block, block);
	__atomic_store_n(&stop_using, true, __ATOMIC_RELAXED);
	CHECK(users_never_noticed() && ok);
	free_xenheap_pages(used_block, block);
	return true;
}

/* ---- a CPU in full flight ---- */

static unsigned long *target; /* page the writers write to */

static void write_for_ever(void *arg)
{
	volatile unsigned long *count = arg;

	for (;;) {
		++*count;
	}
}

static struct access writer[NR_CPUS];

static void write_until_fault(void *arg)
{
	unsigned int cpu = xmem_port_cpu();
	struct access *a = &writer[cpu];

	(void)arg;
	a->stopped = contract_try(write_for_ever, &target[cpu], &a->fault);
}

static void post_writers(void)
{
	for (unsigned int cpu = 1; cpu < contract_nr_cpus(); cpu++) {
		target[cpu] = 0;
		contract_post(cpu, write_until_fault, NULL);
	}
	for (unsigned int cpu = 1; cpu < contract_nr_cpus(); cpu++) {
		while (__atomic_load_n(&target[cpu], __ATOMIC_RELAXED) < 100) {
			xmem_port_cpu_pause();
		}
	}
}

static bool writers_stopped(enum contract_cause cause)
{
	for (unsigned int cpu = 1; cpu < contract_nr_cpus(); cpu++) {
		contract_wait(cpu);
		CHECK(writer[cpu].stopped);
		CHECK(writer[cpu].fault.cause == cause);
		CHECK(writer[cpu].fault.va == (unsigned long)&target[cpu]);
	}
	return true;
}

/* The other CPUs write to a page without a pause; modify_xen_mappings()
 * returns when none of them can any more: the counters stand still. */
static bool shoot_down_stops_running_writers(void)
{
	static unsigned long seen[NR_CPUS];
	unsigned long size = contract_nr_cpus() * sizeof(seen[0]);

	if (contract_nr_cpus() == 1) {
		return contract_skip("one CPU");
	}
	target = vzalloc(PAGE_SIZE);
	CHECK(target != NULL);
	for (unsigned int round = 0; round < 20; round++) {
		post_writers();
		CHECK(modify(target, 1, PAGE_HYPERVISOR_RO));
		memcpy(seen, target, size);
		CHECK(writers_stopped(CAUSE_NO_WRITE));
		CHECK(memcmp(seen, target, size) == 0);
		CHECK(modify(target, 1, PAGE_HYPERVISOR_RW));
	}
	post_writers();
	vfree(target);
	CHECK(writers_stopped(CAUSE_NOT_PRESENT));
	return true;
}

/* The pointer keeps the compiler from seeing the recursion, the array from
 * doing without a frame. */
static void call_for_ever(void *arg)
{
	static void (*volatile again)(void *) = call_for_ever;
	volatile char frame[32];

	frame[0] = arg != NULL;
	again(arg);
	frame[1] = frame[0];
}

static void overflow_stack(void *arg)
{
	struct access *a = arg;

	a->stopped = contract_try(call_for_ever, NULL, &a->fault);
}

/* Stacks of the other CPUs are vmalloc'd: running over ends at the guard. */
static bool stack_overflow_hits_the_guard(void)
{
	if (contract_machine.stack_bytes == 0 || contract_nr_cpus() == 1) {
		return contract_skip("no CPU with a vmalloc'd stack");
	}
	for (unsigned int cpu = 1; cpu < contract_nr_cpus(); cpu++) {
		unsigned long base = contract_stack_base(cpu);
		struct access a = {.how = WRITE};

		contract_run_on(cpu, overflow_stack, &a);
		if (!a.stopped || a.fault.cause != CAUSE_STACK ||
		    a.fault.va >= base || a.fault.va < base - PAGE_SIZE) {
			describe(cpu, &a);
			return false;
		}
	}
	return true;
}

/* ---- memory types ---- */

/* Four mappings of one device page, each of the type that was asked for. */
static bool types_are_those_asked_for(void)
{
	paddr_t pa = contract_machine.device;
	char *wc = ioremap_attr(pa, PAGE_SIZE, PAGE_HYPERVISOR_WC);
	char *wt = ioremap_attr(pa, PAGE_SIZE, PAGE_HYPERVISOR_WT);
	char *uc = ioremap_attr(pa, PAGE_SIZE, PAGE_HYPERVISOR_UC);
	char *wb = vmalloc(PAGE_SIZE);

	CHECK(wc && wt && uc && wb);
	CHECK(contract_has_type(wc, XMEM_MAP_WC));
	CHECK(contract_has_type(wt, XMEM_MAP_WT));
	CHECK(contract_has_type(uc, XMEM_MAP_UC));
	CHECK(contract_has_type(wb, XMEM_MAP_WB));
	CHECK(!contract_has_type(wb, XMEM_MAP_UC));
	CHECK(!contract_has_type(uc, XMEM_MAP_WB));
	vfree(wb);
	iounmap(uc);
	iounmap(wt);
	iounmap(wc);
	return true;
}

/* Devices are uncached, at any offset in a page, and never code. */
static bool memory_types_are_in_the_tables(void)
{
	unsigned int flags = 0;
	char *odd;

	if (contract_machine.device == 0) {
		return contract_skip("no device to map");
	}
	CHECK(types_are_those_asked_for());
	odd = ioremap(contract_machine.device + contract_machine.device_offset,
		      4);
	CHECK(odd != NULL);
	CHECK(((unsigned long)odd & ~PAGE_MASK) ==
	      contract_machine.device_offset);
	CHECK(contract_has_type(odd, XMEM_MAP_UC));
	CHECK(xmem_map_attrs((unsigned long)odd, &flags, NULL));
	CHECK(flags == PAGE_HYPERVISOR_UC);
	CHECK(mfn_x(vmap_to_mfn(odd)) == contract_machine.device >> PAGE_SHIFT);
	(void)*(volatile uint32_t *)odd;
	CHECK(faults(CALL, odd, CAUSE_NO_EXEC));
	iounmap(odd);
	CHECK(faults(READ, odd, CAUSE_NOT_PRESENT));
	return true;
}

const struct contract_test contract_tests_fault[] = {
	{"guard pages fault before and behind", guard_pages_fault},
	{"a freed area faults on every CPU", freed_area_faults_everywhere},
	{"read-only faults on write, and back", read_only_faults_on_write},
	{"data faults on instruction fetch", data_faults_on_fetch},
	{"code is executable, not writable", code_is_executable_not_writable},
	{"a block splits around a page and is mapped anew",
	 block_splits_around_a_page},
	{"a block changes while other CPUs use it",
	 block_changes_under_running_cpus},
	{"a page leaves the direct map and returns",
	 page_leaves_the_direct_map},
	{"a shoot-down stops CPUs that write",
	 shoot_down_stops_running_writers},
	{"stack overflow hits the guard page", stack_overflow_hits_the_guard},
	{"memory types are in the tables", memory_types_are_in_the_tables},
	{NULL, NULL},
};
