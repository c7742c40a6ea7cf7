/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_arm.c - what only this machine can be asked: image, breaks, the tree
 */
#include <arch/layout.h>
#include <arch/pte.h>

#include <xmem/xmem.h>

#include "boot.h"

/* ---- the image ---- */

enum how { READ, WRITE, CALL };

struct access {
	enum how how;
	void *va;
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

static bool faults(enum how how, const void *va, enum contract_cause cause)
{
	struct access a = {how, (void *)(unsigned long)va};
	struct contract_fault fault;

	CHECK(contract_try(do_access, &a, &fault));
	CHECK(fault.cause == cause && fault.va == (unsigned long)va);
	return true;
}

extern char boot_image_start[];
extern char boot_text_end[];
extern char boot_image_end[];

/* Text cannot be written, data not executed. */
static bool image_is_protected(void)
{
	static unsigned int data; /* no instruction is fetched */
	static const char rodata[] = "rodata";
	struct access text = {READ, boot_image_start};
	struct contract_fault fault;

	CHECK(faults(WRITE, boot_image_start, CAUSE_NO_WRITE));
	CHECK(faults(WRITE, rodata, CAUSE_NO_WRITE));
	CHECK(faults(CALL, &data, CAUSE_NO_EXEC));
	CHECK(!contract_try(do_access, &text, &fault));
	return true;
}

/* NULL is nothing, nor is where the image was loaded, or the port's own part
 * of the address space. */
static bool identity_map_is_gone(void)
{
	uint64_t image = boot_image_pa(boot_image_start);

	CHECK(faults(READ, NULL, CAUSE_NOT_PRESENT));
	CHECK(faults(READ, (void *)(unsigned long)image, CAUSE_NOT_PRESENT));
	CHECK(faults(CALL, (void *)(unsigned long)image, CAUSE_NOT_PRESENT));
	CHECK(faults(READ, (void *)BOOT_DEVICE_VA, CAUSE_NOT_PRESENT));
	return true;
}

/* Of pages, so that rights can change without splitting what is in use. */
static bool image_is_of_pages(void)
{
	for (char *p = boot_image_start; p < boot_image_end; p += PAGE_SIZE) {
		unsigned int order = 1;
		unsigned int flags = 0;

		CHECK(xmem_map_attrs((unsigned long)p, &flags, &order));
		CHECK(order == 0);
		CHECK(((flags & XMEM_MAP_EXEC) != 0) == (p < boot_text_end));
		CHECK(mfn_x(xen_map_to_mfn((unsigned long)p)) ==
		      boot_image_pa(p) >> PAGE_SHIFT);
	}
	return true;
}

/* Rights of a page of the image in use change and come back: `page` holds
 * nothing else. */
static bool image_rights_can_change(void)
{
	static char page[2 * 65536];
	unsigned long va = ((unsigned long)page + PAGE_SIZE - 1) & PAGE_MASK;
	char *p = (char *)va;
	struct access write = {WRITE, p};
	struct contract_fault fault;

	CHECK(!contract_try(do_access, &write, &fault));
	CHECK(modify_xen_mappings(va, va + PAGE_SIZE, PAGE_HYPERVISOR_RO) == 0);
	CHECK(faults(WRITE, p, CAUSE_NO_WRITE));
	CHECK(modify_xen_mappings(va, va + PAGE_SIZE, PAGE_HYPERVISOR_RW) == 0);
	CHECK(!contract_try(do_access, &write, &fault));
	return true;
}

/* ---- breaks ---- */

#define BREAK_ROUNDS 16U

/* A block of the direct map, and what the other CPUs do to it. */
static struct {
	unsigned long *word;
	unsigned long nr; /* words */
	bool stop;
	bool stopped[NR_CPUS];
	bool lost[NR_CPUS];
	unsigned long count[NR_CPUS];
	struct contract_fault fault[NR_CPUS];
} block;

/* Counts in a word of its own in the last page, and reads all over. */
static void count_for_long(void *arg)
{
	unsigned int cpu = xmem_port_cpu();
	volatile unsigned long *mine = &block.word[block.nr - 1 - cpu];
	volatile unsigned long *word = block.word;
	unsigned long step = PAGE_SIZE / sizeof(*word);
	unsigned long at = cpu * step;

	(void)arg;
	for (*mine = 0; !__atomic_load_n(&block.stop, __ATOMIC_RELAXED);) {
		unsigned long now = ++block.count[cpu];

		(void)word[at];
		at = (at + 5 * step) % (block.nr - step);
		block.lost[cpu] |= ++*mine != now;
	}
}

static void use_block(void *arg)
{
	unsigned int cpu = xmem_port_cpu();

	(void)arg;
	block.lost[cpu] = false;
	block.stopped[cpu] =
		contract_try(count_for_long, NULL, &block.fault[cpu]);
}

/* Split the block around a page, put it together again. */
static bool split_and_join(unsigned int order)
{
	unsigned long va = (unsigned long)block.word;
	unsigned int now = 0;

	for (unsigned long i = 0; i < BREAK_ROUNDS; i++) {
		unsigned long page = va + (3 + i) * PAGE_SIZE;

		CHECK(modify_xen_mappings(page, page + PAGE_SIZE,
					  PAGE_HYPERVISOR_RO) == 0);
		CHECK(xmem_map_attrs(page, NULL, &now) && now == 0);
		CHECK(map_pages_to_xen(va, _mfn(virt_to_mfn(block.word)),
				       1UL << order, PAGE_HYPERVISOR_RW) == 0);
		CHECK(xmem_map_attrs(page, NULL, &now) && now == order);
	}
	return true;
}

/* While a mapping is broken to be made anew nothing is mapped there: CPUs
 * that come by fault, wait, and go on; none of them notices. */
static bool breaks_are_not_noticed(void)
{
	const unsigned int order = PAGE_SHIFT - 3;
	bool ok;

	if (contract_nr_cpus() == 1) {
		return contract_skip("one CPU");
	}
	block.word = alloc_xenheap_pages(order, 0);
	if (block.word == NULL) {
		return contract_skip("no free memory as large as a block");
	}
	block.nr = (PAGE_SIZE << order) / sizeof(*block.word);
	block.stop = false;
	for (unsigned int cpu = 1; cpu < contract_nr_cpus(); cpu++) {
		block.count[cpu] = 0;
		contract_post(cpu, use_block, NULL);
		while (__atomic_load_n(&block.count[cpu], __ATOMIC_RELAXED) ==
		       0) {
			xmem_port_cpu_pause();
		}
	}
	ok = split_and_join(order);
	__atomic_store_n(&block.stop, true, __ATOMIC_RELAXED);
	for (unsigned int cpu = 1; cpu < contract_nr_cpus(); cpu++) {
		contract_wait(cpu);
		contract_diag("CPU %u: %lu rounds", cpu, block.count[cpu]);
		ok = ok && !block.stopped[cpu] && !block.lost[cpu];
	}
	contract_diag("instructions run again: %u", boot_nr_retries);
	free_xenheap_pages(block.word, order);
	return ok;
}

/* ---- reserved memory ---- */

static bool is_used(uint64_t start, uint64_t end)
{
	for (uint64_t pa = start & ~(uint64_t)(PAGE_SIZE - 1); pa < end;
	     pa += PAGE_SIZE) {
		enum xmem_frame_state state = xmem_heap_frame_state(
			(unsigned long)(pa >> PAGE_SHIFT));

		CHECK(state == XMEM_FRAME_USED || state == XMEM_FRAME_UNKNOWN);
	}
	return true;
}

/* The image and what the tree reserves are RAM, but never free. */
static bool reserved_frames_stay_out_of_the_heap(void)
{
	CHECK(is_used(boot_image_pa(boot_image_start),
		      boot_image_pa(boot_image_end)));
	CHECK(mfn_valid(_mfn((unsigned long)(boot_image_pa(boot_image_start) >>
					     PAGE_SHIFT))));
	for (unsigned int i = 0; i < boot_nr_reserved; i++) {
		CHECK(is_used(boot_reserved[i].start, boot_reserved[i].end));
	}
	return true;
}

/* What is wrong in the device tree gets a message, node by node, and is left
 * out; the machine that results is tested like any other. */
static bool odd_nodes_are_noticed(void)
{
	CHECK(boot_dt_nr_odd == boot_dt_want_odd);
	return true;
}

static void note_level(void *arg)
{
	bool *own = arg;

	own[xmem_port_cpu()] = boot_has_own_regime();
}

/* All CPUs are at the same exception level, with the same memory types. */
static bool cpus_are_alike(void)
{
	static bool own[NR_CPUS];

	contract_run_all(note_level, own);
	for (unsigned int i = 0; i < contract_nr_cpus(); i++) {
		CHECK(own[i] == boot_has_own_regime());
		CHECK(boot_cpus[i].number == i);
	}
	CHECK((boot_read_mair() & 0xffffffffU) == ARCH_MAIR);
	return true;
}

/* The clock of the machine is where the device tree says: PrimeCell numbers
 * of a PL031, read by a mapping of the library. */
static bool device_answers(void)
{
	volatile uint32_t *rtc;
	uint32_t id;

	if (contract_machine.device == 0) {
		return contract_skip("no PL031 in the device tree");
	}
	rtc = ioremap(contract_machine.device, 0x1000);
	CHECK(rtc != NULL);
	id = rtc[0xfe0 / 4] | rtc[0xfe4 / 4] << 8;
	iounmap((void *)(unsigned long)rtc);
	CHECK(id == 0x1031);
	return true;
}

/* ---- faults while mappings are made anew ---- */

#ifdef __aarch64__
static uint64_t read_par(void)
{
	return BOOT_READ(par_el1);
}

static void write_par(uint64_t v)
{
	BOOT_WRITE(par_el1, v);
	__asm__ volatile("isb");
}
#else
static uint64_t read_par(void)
{
	uint64_t v;

	__asm__ volatile("mrrc p15, 0, %Q0, %R0, c7" : "=r"(v));
	return v;
}

static void write_par(uint64_t v)
{
	__asm__ volatile("mcrr p15, 0, %Q0, %R0, c7\n\tisb" ::"r"(v));
}
#endif

/* What is there can be tried again, what is not cannot, also while this CPU
 * breaks a mapping itself; and the result of an address translation that a
 * guest has asked for is left alone. */
static bool spurious_faults_are_told(void)
{
	char *p = vmalloc(PAGE_SIZE);
	unsigned long va = (unsigned long)p;
	uint64_t par = 0x12345000;
	xmem_pte_t none;

	CHECK(p != NULL);
	write_par(par);
	CHECK(xmem_mmu_spurious_fault(va));
	CHECK(!xmem_mmu_spurious_fault(va + PAGE_SIZE));
	CHECK(read_par() == par);
	CHECK(xmem_arch_break_begin(&none, va + PAGE_SIZE, 1) == &none);
	CHECK(xmem_mmu_spurious_fault(va));
	CHECK(!xmem_mmu_spurious_fault(va + PAGE_SIZE));
	xmem_arch_break_end();
	vfree(p);
	return true;
}

/* With VHE, HCR_EL2.TGE cleared, as a hypervisor has it that has loaded the
 * registers of a guest: its own mappings change all the same. */
#ifdef __aarch64__
#define HCR_TGE (1UL << 27)

static bool rights_change(char *p)
{
	unsigned long va = (unsigned long)p;

	CHECK(modify_xen_mappings(va, va + PAGE_SIZE, PAGE_HYPERVISOR_RO) == 0);
	CHECK(faults(WRITE, p, CAUSE_NO_WRITE));
	CHECK(xmem_mmu_spurious_fault(va));
	CHECK(!xmem_mmu_spurious_fault(va + PAGE_SIZE));
	return true;
}

static bool vhe_works_without_tge(void)
{
	bool vhe = boot_at_el2() && !boot_has_own_regime();
	char *p = vzalloc(PAGE_SIZE);
	unsigned long hcr;
	bool ok;

	CHECK(p != NULL);
	if (!vhe) {
		vfree(p);
		return contract_skip("not EL2 with VHE");
	}
	hcr = BOOT_READ(hcr_el2);
	BOOT_WRITE(hcr_el2, hcr & ~HCR_TGE);
	__asm__ volatile("isb");
	*(volatile char *)p = 1;
	ok = rights_change(p);
	BOOT_WRITE(hcr_el2, hcr);
	__asm__ volatile("isb");
	vfree(p);
	return ok;
}
#else
static bool vhe_works_without_tge(void)
{
	return contract_skip("arm32 has no VHE");
}
#endif

const struct contract_test contract_tests_platform[] = {
	{"the image is protected", image_is_protected},
	{"the identity map is gone", identity_map_is_gone},
	{"the image is mapped by pages", image_is_of_pages},
	{"rights of the image can change", image_rights_can_change},
	{"breaks of a mapping are not noticed", breaks_are_not_noticed},
	{"reserved frames stay out of the heap",
	 reserved_frames_stay_out_of_the_heap},
	{"odd nodes of the tree are noticed", odd_nodes_are_noticed},
	{"all CPUs are alike", cpus_are_alike},
	{"the device of the tree answers", device_answers},
	{"spurious faults are told from real ones", spurious_faults_are_told},
	{"VHE works without TGE", vhe_works_without_tge},
	{NULL, NULL},
};
