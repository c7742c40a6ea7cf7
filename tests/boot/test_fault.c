/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_fault.c - mappings hold: proved by real page faults, on every CPU
 *
 * An access that must fail runs under boot_try(); vector, address and error
 * code of the fault are compared. An access that must work runs the same
 * way, so that a surprise is a failed test and not a dead machine.
 */
#include <arch/layout.h>
#include <arch/pte.h>

#include <xmem/xmem.h>

#include "boot.h"
#include "lib/mem.h"

#define PF_VECTOR 14
#define DF_VECTOR 8

enum how { READ, WRITE, CALL };

struct access {
	enum how how;
	void *va;
	bool stopped;
	struct boot_fault fault;
};

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

	a->stopped = boot_try(do_access, a, &a->fault);
}

/* Does the access to @va by @how on CPU @cpu fault with @error? */
static bool faults_on(unsigned int cpu, enum how how, void *va,
		      unsigned long error)
{
	struct access a = {.how = how, .va = va};

	boot_run_on(cpu, try_access, &a);
	CHECK(a.stopped);
	CHECK(a.fault.vector == PF_VECTOR);
	CHECK(a.fault.cr2 == (unsigned long)va);
	CHECK(a.fault.error == error);
	return true;
}

static bool works_on(unsigned int cpu, enum how how, void *va)
{
	struct access a = {.how = how, .va = va};

	boot_run_on(cpu, try_access, &a);
	if (a.stopped) {
		boot_diag("CPU %u: vector %u, error %lx, cr2 %lx", cpu,
			  a.fault.vector, a.fault.error, a.fault.cr2);
	}
	return !a.stopped;
}

static bool faults(enum how how, void *va, unsigned long error)
{
	for (unsigned int cpu = 0; cpu < boot_nr_online; cpu++) {
		CHECK(faults_on(cpu, how, va, error));
	}
	return true;
}

static bool works(enum how how, void *va)
{
	for (unsigned int cpu = 0; cpu < boot_nr_online; cpu++) {
		CHECK(works_on(cpu, how, va));
	}
	return true;
}

/* *byte = *byte reads first: a write to what is not present is a read. */
#define NOT_PRESENT 0UL
#define NO_WRITE    (BOOT_PF_PRESENT | BOOT_PF_WRITE)
#define NO_FETCH    (BOOT_PF_PRESENT | BOOT_PF_FETCH)

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
	CHECK(faults(READ, a - 1, NOT_PRESENT));
	CHECK(faults(READ, a + 3 * PAGE_SIZE, NOT_PRESENT));
	CHECK(faults(WRITE, b - 1, NOT_PRESENT));
	CHECK(faults(WRITE, b + PAGE_SIZE, NOT_PRESENT));
	vfree(b);
	vfree(a);
	return true;
}

/* After vfree() no CPU reaches the memory, though all had it in their TLB. */
static bool freed_area_faults_everywhere(void)
{
	char *p = vmalloc(40 * PAGE_SIZE);

	CHECK(p != NULL);
	CHECK(works(READ, p) && works(WRITE, p + 39 * PAGE_SIZE));
	vfree(p);
	CHECK(faults(READ, p, NOT_PRESENT));
	CHECK(faults(WRITE, p + 39 * PAGE_SIZE, NOT_PRESENT));
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
	CHECK(faults(WRITE, p + PAGE_SIZE, NO_WRITE));
	CHECK(works(READ, p + PAGE_SIZE) && p[PAGE_SIZE] == 42);
	CHECK(works(WRITE, p) && works(WRITE, p + 2 * PAGE_SIZE));
	CHECK(modify(p + PAGE_SIZE, 1, PAGE_HYPERVISOR_RW));
	CHECK(works(WRITE, p + PAGE_SIZE));
	vfree(p);
	return true;
}

static bool data_faults_on_fetch(void)
{
	char *p = vmalloc(PAGE_SIZE);
	char *x = alloc_xenheap_page();

	CHECK(p != NULL && x != NULL);
	*p = (char)0xc3; /* ret */
	*x = (char)0xc3;
	CHECK(faults(CALL, p, NO_FETCH));
	CHECK(faults(CALL, x, NO_FETCH));
	free_xenheap_page(x);
	vfree(p);
	return true;
}

/* Code near the image: written, then executable and no longer writable. */
static bool code_is_executable_not_writable(void)
{
	char *p = vmalloc_xen(PAGE_SIZE);
	unsigned long va = (unsigned long)p;

	CHECK(p != NULL && va >= VMAP_XEN_VIRT_START);
	*p = (char)0xc3;
	CHECK(faults(CALL, p, NO_FETCH));
	CHECK(modify(p, 1, PAGE_HYPERVISOR_RX));
	CHECK(works(CALL, p));
	CHECK(faults(WRITE, p, NO_WRITE));
	CHECK(modify_xen_mappings(va, va + PAGE_SIZE,
				  PAGE_HYPERVISOR_RX | XMEM_MAP_WRITE) ==
	      -EINVAL);
	CHECK(works(CALL, p) && faults(WRITE, p, NO_WRITE));
	CHECK(modify(p, 1, PAGE_HYPERVISOR_RW));
	vfree(p);
	return true;
}

/* One page of a 2 MiB block of the direct map: the block is split, its
 * other pages stay as they are. */
static bool block_splits_around_a_page(void)
{
	struct page_info *pg = alloc_domheap_pages(NULL, 9, MEMF_no_scrub);
	char *p = pg ? page_to_virt(pg) : NULL;
	char *mid = p + 100 * PAGE_SIZE;
	unsigned int order = 0;

	CHECK(pg != NULL);
	CHECK(works(WRITE, mid));
	CHECK(modify(mid, 1, PAGE_HYPERVISOR_RO));
	CHECK(faults(WRITE, mid, NO_WRITE));
	CHECK(works(WRITE, mid - 1) && works(WRITE, mid + PAGE_SIZE));
	CHECK(works(WRITE, p) && works(WRITE, p + 511 * PAGE_SIZE));
	CHECK(xmem_map_attrs((unsigned long)mid, NULL, &order) && order == 0);
	CHECK(mfn_eq(xen_map_to_mfn((unsigned long)mid + PAGE_SIZE),
		     mfn_add(page_to_mfn(pg), 101)));
	CHECK(modify(mid, 1, PAGE_HYPERVISOR_RW));
	CHECK(works(WRITE, mid));
	/* Mapping it anew puts the block together again. */
	CHECK(map_pages_to_xen((unsigned long)p, page_to_mfn(pg), 512,
			       PAGE_HYPERVISOR_RW) == 0);
	CHECK(xmem_map_attrs((unsigned long)mid, NULL, &order) && order == 9);
	CHECK(works(WRITE, mid));
	free_domheap_pages(pg, 9);
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
	CHECK(faults(READ, x, NOT_PRESENT));
	CHECK(mfn_eq(xen_map_to_mfn(va), INVALID_MFN));
	CHECK(map_pages_to_xen(va, mfn, 1, PAGE_HYPERVISOR_RW) == 0);
	CHECK(works(WRITE, x));
	free_xenheap_page(x);
	return true;
}

/* The image: text cannot be written, data not executed, NULL is nothing. */
static bool image_is_protected(void)
{
	extern char boot_image_start[];
	static char data = (char)0xc3;
	static const char rodata[] = "rodata";

	CHECK(faults(WRITE, boot_image_start, NO_WRITE));
	CHECK(faults(WRITE, (void *)(unsigned long)rodata, NO_WRITE));
	CHECK(faults(CALL, &data, NO_FETCH));
	CHECK(faults(READ, NULL, NOT_PRESENT));
	CHECK(works(READ, boot_image_start));
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
	unsigned int cpu = boot_cpu_number();
	struct access *a = &writer[cpu];

	(void)arg;
	a->stopped = boot_try(write_for_ever, &target[cpu], &a->fault);
}

static void post_writers(void)
{
	for (unsigned int cpu = 1; cpu < boot_nr_online; cpu++) {
		target[cpu] = 0;
		boot_post(cpu, write_until_fault, NULL);
	}
	for (unsigned int cpu = 1; cpu < boot_nr_online; cpu++) {
		while (__atomic_load_n(&target[cpu], __ATOMIC_RELAXED) < 100) {
			xmem_port_cpu_pause();
		}
	}
}

static bool writers_stopped(unsigned long error)
{
	for (unsigned int cpu = 1; cpu < boot_nr_online; cpu++) {
		boot_wait(cpu);
		CHECK(writer[cpu].stopped);
		CHECK(writer[cpu].fault.vector == PF_VECTOR);
		CHECK(writer[cpu].fault.cr2 == (unsigned long)&target[cpu]);
		CHECK((writer[cpu].fault.error & ~BOOT_PF_WRITE) == error);
	}
	return true;
}

/* The other CPUs write to a page without a pause; modify_xen_mappings()
 * returns when none of them can any more: the counters stand still. */
static bool shoot_down_stops_running_writers(void)
{
	unsigned long seen[NR_CPUS];

	target = vzalloc(PAGE_SIZE);
	CHECK(target != NULL);
	for (unsigned int round = 0; round < 20; round++) {
		post_writers();
		CHECK(modify(target, 1, PAGE_HYPERVISOR_RO));
		memcpy(seen, target, sizeof(seen));
		CHECK(writers_stopped(BOOT_PF_PRESENT));
		CHECK(memcmp(seen, target, sizeof(seen)) == 0);
		CHECK(modify(target, 1, PAGE_HYPERVISOR_RW));
	}
	post_writers();
	vfree(target);
	CHECK(writers_stopped(NOT_PRESENT));
	return true;
}

static void push_for_ever(void *arg)
{
	(void)arg;
	__asm__ volatile("1: pushq $0; jmp 1b" ::: "memory");
}

static void overflow_stack(void *arg)
{
	struct access *a = arg;

	a->stopped = boot_try(push_for_ever, NULL, &a->fault);
}

/* Stacks of the other CPUs are vmalloc'd: running over ends at the guard. */
static bool stack_overflow_hits_the_guard(void)
{
	for (unsigned int cpu = 1; cpu < boot_nr_online; cpu++) {
		unsigned long base = boot_cpus[cpu].stack_top - 16384;
		struct access a = {.how = WRITE};

		boot_run_on(cpu, overflow_stack, &a);
		CHECK(a.stopped);
		CHECK(a.fault.vector == DF_VECTOR);
		CHECK(a.fault.cr2 < base && a.fault.cr2 >= base - PAGE_SIZE);
	}
	return true;
}

/* ---- memory types ---- */

static uint64_t raw_pte(const void *va)
{
	unsigned long mfn = xmem_arch_root();
	unsigned int level = ARCH_PT_LEVELS - 1;

	for (;;) {
		unsigned int shift = PAGE_SHIFT + level * ARCH_PT_BITS;
		xmem_pte_t e =
			xmem_pte_read(xmem_arch_table(mfn) +
				      (((unsigned long)va >> shift) & 511));

		if (!xmem_pte_is_table(e, level)) {
			return e.v;
		}
		mfn = xmem_pte_mfn(e);
		level--;
	}
}

/* PWT and PCD, which choose the PAT entry. */
static unsigned int pat_index(const void *va)
{
	return (unsigned int)(raw_pte(va) >> 3) & 3;
}

static unsigned int type_at(const void *va)
{
	return (unsigned int)(ARCH_PAT >> (8 * pat_index(va))) & 0xff;
}

/* Devices are uncached, at any offset in a page; the other types are what
 * IA32_PAT, as programmed, says. */
static bool memory_types_are_in_the_tables(void)
{
	char *wc = ioremap_attr(0xfd000000UL, 8192, PAGE_HYPERVISOR_WC);
	char *wt = ioremap_attr(0xfd000000UL, 8192, PAGE_HYPERVISOR_WT);
	char *odd = ioremap(0xfee00030UL, 4);
	char *wb = vmalloc(PAGE_SIZE);
	unsigned int flags = 0;

	CHECK(wc && wt && odd && wb);
	CHECK(xmem_cpu_rdmsr(XMEM_MSR_PAT) == ARCH_PAT);
	CHECK(type_at(wc) == 1 && type_at(wt) == 4 && type_at(wb) == 6);
	CHECK(type_at(odd) == 0 && type_at(boot_lapic_va()) == 0);
	CHECK(xmem_map_attrs((unsigned long)odd, &flags, NULL));
	CHECK(flags == PAGE_HYPERVISOR_UC);
	CHECK(((unsigned long)odd & ~PAGE_MASK) == 0x30);
	/* The version register: integrated APIC, 0x10 to 0x1f. */
	CHECK((*(volatile uint32_t *)odd & 0xf0) == 0x10);
	CHECK(*(volatile uint32_t *)odd == boot_lapic_read(0x30));
	CHECK(faults(CALL, odd, NO_FETCH));
	iounmap(odd);
	iounmap(wt);
	iounmap(wc);
	vfree(wb);
	CHECK(faults(READ, odd, NOT_PRESENT));
	return true;
}

const struct boot_test boot_tests_fault[] = {
	{"guard pages fault before and behind", guard_pages_fault},
	{"a freed area faults on every CPU", freed_area_faults_everywhere},
	{"read-only faults on write, and back", read_only_faults_on_write},
	{"data faults on instruction fetch", data_faults_on_fetch},
	{"code is executable, not writable", code_is_executable_not_writable},
	{"a block splits around a page and is mapped anew",
	 block_splits_around_a_page},
	{"a page leaves the direct map and returns",
	 page_leaves_the_direct_map},
	{"image and address 0 are protected", image_is_protected},
	{"a shoot-down stops CPUs that write",
	 shoot_down_stops_running_writers},
	{"stack overflow hits the guard page", stack_overflow_hits_the_guard},
	{"memory types are in the tables", memory_types_are_in_the_tables},
	{NULL, NULL},
};
