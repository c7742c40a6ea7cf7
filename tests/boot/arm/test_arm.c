/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_arm.c - what only this machine can be asked: image, faults, the tree
 */
#include <arch/layout.h>
#include <arch/pte.h>

#include <xmem/xmem.h>

#include "boot.h"
#include "pt/pt_priv.h"

/* ---- the image ---- */

extern char boot_image_start[];
extern char boot_text_end[];
extern char boot_image_end[];

/* Text cannot be written, data not executed. */
static bool image_is_protected(void)
{
	static unsigned int data; /* no instruction is fetched */
	static const char rodata[] = "rodata";
	struct boot_access text = {BOOT_READ, boot_image_start};
	struct contract_fault fault;

	CHECK(boot_faults(BOOT_WRITE, boot_image_start, CAUSE_NO_WRITE));
	CHECK(boot_faults(BOOT_WRITE, rodata, CAUSE_NO_WRITE));
	CHECK(boot_faults(BOOT_CALL, &data, CAUSE_NO_EXEC));
	CHECK(!contract_try(boot_do_access, &text, &fault));
	return true;
}

/* NULL is nothing, nor is where the image was loaded, or the port's own part
 * of the address space. */
static bool identity_map_is_gone(void)
{
	uint64_t image = boot_image_pa(boot_image_start);

	CHECK(boot_faults(BOOT_READ, NULL, CAUSE_NOT_PRESENT));
	CHECK(boot_faults(BOOT_READ, (void *)(unsigned long)image,
			  CAUSE_NOT_PRESENT));
	CHECK(boot_faults(BOOT_CALL, (void *)(unsigned long)image,
			  CAUSE_NOT_PRESENT));
	CHECK(boot_faults(BOOT_READ, (void *)BOOT_DEVICE_VA,
			  CAUSE_NOT_PRESENT));
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
	struct boot_access write = {BOOT_WRITE, p};
	struct contract_fault fault;

	CHECK(!contract_try(boot_do_access, &write, &fault));
	CHECK(modify_xen_mappings(va, va + PAGE_SIZE, PAGE_HYPERVISOR_RO) == 0);
	CHECK(boot_faults(BOOT_WRITE, p, CAUSE_NO_WRITE));
	CHECK(modify_xen_mappings(va, va + PAGE_SIZE, PAGE_HYPERVISOR_RW) == 0);
	CHECK(!contract_try(boot_do_access, &write, &fault));
	return true;
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

static uint64_t mair[NR_CPUS];

static void note_level(void *arg)
{
	bool *own = arg;

	own[xmem_port_cpu()] = boot_has_own_regime();
	mair[xmem_port_cpu()] = boot_read_mair();
}

/* All CPUs are at the same exception level, with the same memory types. */
static bool cpus_are_alike(void)
{
	static bool own[NR_CPUS];

	contract_run_all(note_level, own);
	for (unsigned int i = 0; i < contract_nr_cpus(); i++) {
		CHECK(own[i] == boot_has_own_regime());
		CHECK(boot_cpus[i].number == i);
		CHECK((mair[i] & 0xffffffffU) == ARCH_MAIR);
	}
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

/* Of the interrupts and aborts the one that never comes here. */
static bool is_masked(void)
{
	return (BOOT_READ(daif) >> 9 & 1) != 0;
}

static void set_masked(bool on)
{
	if (on) {
		__asm__ volatile("msr daifset, #8" ::: "memory");
	} else {
		__asm__ volatile("msr daifclr, #8" ::: "memory");
	}
}
#else
static bool is_masked(void)
{
	unsigned long cpsr;

	__asm__ volatile("mrs %0, cpsr" : "=r"(cpsr));
	return (cpsr >> 8 & 1) != 0;
}

static void set_masked(bool on)
{
	if (on) {
		__asm__ volatile("cpsid a" ::: "memory");
	} else {
		__asm__ volatile("cpsie a" ::: "memory");
	}
}

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
	struct xmem_arch_break brk;
	xmem_pte_t none;

	contract_diag("instructions run again: %u", boot_nr_retries);
	CHECK(p != NULL);
	write_par(par);
	CHECK(xmem_mmu_spurious_fault(va));
	CHECK(!xmem_mmu_spurious_fault(va + PAGE_SIZE));
	CHECK(read_par() == par);
	CHECK(xmem_arch_break_begin(&brk, &none, va + PAGE_SIZE, 1) == &none);
	CHECK(xmem_mmu_spurious_fault(va));
	CHECK(!xmem_mmu_spurious_fault(va + PAGE_SIZE));
	xmem_arch_break_end(&brk);
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
	CHECK(boot_faults(BOOT_WRITE, p, CAUSE_NO_WRITE));
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

/* Must RW become @flags, with the hint before (@from) and after (@to), by a
 * break? */
static bool must_break(bool from, unsigned int flags, bool to)
{
	xmem_pte_t old = xmem_pte_leaf(64, PAGE_HYPERVISOR_RW, 0);
	xmem_pte_t new = xmem_pte_leaf(64, flags, 0);

	return xmem_pte_must_break(xmem_pte_set_cont(old, from, 0),
				   xmem_pte_set_cont(new, to, 0), 0, 0);
}

/* With FEAT_BBM the hint alone may come and go, and a block become a table;
 * rights change without a break where there is no hint, a memory type never. */
static bool what_must_break_is_known(void)
{
	const xmem_pte_t block = xmem_pte_leaf(0, PAGE_HYPERVISOR_RW, 1);
	const bool may_resize = xmem_mmu.may_resize;
	bool ok = true;

	for (int bbm = 0; bbm < 2; bbm++) {
		xmem_mmu.may_resize = bbm;
		ok = ok && !must_break(false, PAGE_HYPERVISOR_RO, false) &&
		     must_break(true, PAGE_HYPERVISOR_RO, true) &&
		     must_break(true, PAGE_HYPERVISOR_RO, false) &&
		     must_break(false, PAGE_HYPERVISOR_RX, true) &&
		     must_break(true, PAGE_HYPERVISOR_RW, false) != bbm &&
		     must_break(false, PAGE_HYPERVISOR_RW, true) != bbm &&
		     must_break(false, PAGE_HYPERVISOR_UC, false) &&
		     xmem_pte_must_break(block, xmem_pte_table(1), 1, 0) != bbm;
	}
	xmem_mmu.may_resize = may_resize;
	CHECK(ok);
	return true;
}

static struct {
	char *page;
	unsigned long nr;
	bool stop;
} reader;

static void read_on(void *arg)
{
	(void)arg;
	while (!__atomic_load_n(&reader.stop, __ATOMIC_RELAXED)) {
		(void)*(volatile char *)reader.page;
		__atomic_fetch_add(&reader.nr, 1, __ATOMIC_RELAXED);
	}
}

/* After a while; where CPUs take turns, a pause is a turn of each. */
static unsigned long nr_reads_later(void)
{
	unsigned long nr = 0;

	for (unsigned long i = 1; i <= 40000; i++) {
		nr = __atomic_load_n(&reader.nr, __ATOMIC_RELAXED);
		if (i % 10000 == 0) {
			xmem_port_cpu_pause();
		}
	}
	return nr;
}

/* From the flush to the end of a break nothing is there for other CPUs: they
 * wait in the fault handler. One read may have been under way. */
static bool cpus_wait_for_a_break(void)
{
	struct xmem_pt pt = {xmem_arch_root()};
	unsigned long va, before, after;
	struct xmem_arch_break brk;
	struct xmem_pt_at at;
	xmem_pte_t *slot;

	if (contract_nr_cpus() == 1) {
		return contract_skip("one CPU");
	}
	reader.page = vmalloc(PAGE_SIZE);
	CHECK(reader.page != NULL);
	va = (unsigned long)reader.page;
	at = xmem_pt_walk(&pt, va >> PAGE_SHIFT, 0);
	reader.nr = 0;
	reader.stop = false;
	contract_post(1, read_on, NULL);
	while (nr_reads_later() == 0) {
	}
	slot = xmem_arch_break_begin(&brk, at.slot, va, 1);
	xmem_pte_write(slot, xmem_pte_none());
	xmem_arch_break_flush(va, 1);
	before = __atomic_load_n(&reader.nr, __ATOMIC_RELAXED);
	after = nr_reads_later();
	xmem_pte_write(slot, at.pte);
	xmem_arch_break_end(&brk);
	while (nr_reads_later() <= after + 1) {
	}
	__atomic_store_n(&reader.stop, true, __ATOMIC_RELAXED);
	contract_wait(1);
	vfree(reader.page);
	CHECK(at.level == 0 && after - before <= 1);
	return true;
}

static void break_stack(void *arg)
{
	unsigned long here = (unsigned long)__builtin_frame_address(0);
	struct xmem_arch_break brk;

	(void)xmem_arch_break_begin(&brk, arg, (here & PAGE_MASK) - PAGE_SIZE,
				    2);
}

static void break_text(void *arg)
{
	unsigned long start = (unsigned long)boot_image_start;
	struct xmem_arch_break brk;

	(void)xmem_arch_break_begin(&brk, arg, start,
				    ((unsigned long)boot_text_end - start) >>
					    PAGE_SHIFT);
}

/* What this CPU runs on cannot be taken away from it for a moment. */
static bool breaks_of_what_is_in_use_panic(void)
{
	struct contract_fault fault;
	xmem_pte_t none;

	CHECK(contract_try(break_stack, &none, &fault));
	CHECK(fault.cause == CAUSE_PANIC);
	CHECK(contract_try(break_text, &none, &fault));
	CHECK(fault.cause == CAUSE_PANIC);
	contract_diag("says: %s", fault.text);
	return true;
}

/* Masked during a break and a look at an address, and after it as before. */
static bool interrupts_are_masked_meanwhile(void)
{
	bool before = is_masked();
	bool masked;
	struct xmem_arch_break brk;
	xmem_pte_t none;
	char *p = vmalloc(PAGE_SIZE);
	unsigned long va = (unsigned long)p;

	CHECK(p != NULL);
	set_masked(false);
	(void)xmem_arch_break_begin(&brk, &none, va + PAGE_SIZE, 1);
	masked = is_masked();
	xmem_arch_break_end(&brk);
	masked = masked && !is_masked() && xmem_mmu_spurious_fault(va) &&
		 !is_masked();
	set_masked(true);
	(void)xmem_arch_break_begin(&brk, &none, va + PAGE_SIZE, 1);
	xmem_arch_break_end(&brk);
	masked = masked && is_masked();
	set_masked(before);
	vfree(p);
	return masked;
}

const struct contract_test contract_tests_platform[] = {
	{"the image is protected", image_is_protected},
	{"the identity map is gone", identity_map_is_gone},
	{"the image is mapped by pages", image_is_of_pages},
	{"rights of the image can change", image_rights_can_change},
	{"reserved frames stay out of the heap",
	 reserved_frames_stay_out_of_the_heap},
	{"odd nodes of the tree are noticed", odd_nodes_are_noticed},
	{"all CPUs are alike", cpus_are_alike},
	{"the device of the tree answers", device_answers},
	{"spurious faults are told from real ones", spurious_faults_are_told},
	{"what must be broken is known", what_must_break_is_known},
	{"CPUs wait for the end of a break", cpus_wait_for_a_break},
	{"breaks of what is in use panic", breaks_of_what_is_in_use_panic},
	{"interrupts are masked during a break",
	 interrupts_are_masked_meanwhile},
	{"VHE works without TGE", vhe_works_without_tge},
	{NULL, NULL},
};
