/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_x86.c - what only this machine can be asked: image, low memory, PAT
 *
 * And the two answers that depend on raw entries and registers:
 * contract_has_type(), contract_sync_code().
 */
#include <arch/layout.h>
#include <arch/pte.h>

#include <xmem/xmem.h>

#include "boot.h"
#include "lib/mem.h"

#define MIB	 (1UL << 20)
#define GIB	 (1UL << 30)
#define LAPIC_PA 0xfee00000UL

/* ---- memory types ---- */

/* PWT and PCD choose the entry of IA32_PAT, as it is programmed. */
bool contract_has_type(const void *va, unsigned int type)
{
	static const unsigned char pat_type[] = {
		[XMEM_MAP_WB >> 4] = 6,
		[XMEM_MAP_WT >> 4] = 4,
		[XMEM_MAP_WC >> 4] = 1,
		[XMEM_MAP_UC >> 4] = 0,
	};
	unsigned int index = (unsigned int)(boot_raw_pte(va) >> 3) & 3;
	uint64_t pat = xmem_cpu_rdmsr(XMEM_MSR_PAT);

	return ((pat >> (8 * index)) & 0xff) == pat_type[type >> 4];
}

/* Instruction fetches see what was written. */
void contract_sync_code(void *va, unsigned long bytes)
{
	(void)va;
	(void)bytes;
}

static bool pat_is_programmed(void)
{
	CHECK(xmem_cpu_rdmsr(XMEM_MSR_PAT) == ARCH_PAT);
	CHECK(contract_has_type(boot_lapic_va(), XMEM_MAP_UC));
	return true;
}

/* The version register: an integrated APIC says 0x10 to 0x1f. */
static bool local_apic_answers(void)
{
	char *odd = ioremap(LAPIC_PA + 0x30, 4);
	uint32_t version;

	CHECK(odd != NULL);
	version = *(volatile uint32_t *)odd;
	iounmap(odd);
	CHECK((version & 0xf0) == 0x10);
	CHECK(version == boot_lapic_read(0x30));
	return true;
}

/* ---- memory map ---- */

static bool memory_map_is_a_pcs(void)
{
	if (contract_machine.want_mib > 4096) {
		CHECK(boot_ram[boot_nr_ram - 1].start >= 4 * GIB);
	}
	CHECK(boot_ram[0].start < MIB);
	return true;
}

static bool address_leads_nowhere(unsigned long mfn)
{
	const void *va = mfn_to_virt(mfn);

	CHECK(!xmem_arch_in_directmap(va));
	CHECK(!xmem_map_attrs((unsigned long)va, NULL, NULL));
	CHECK(mfn_eq(xen_map_to_mfn((unsigned long)va), INVALID_MFN));
	return true;
}

/* What start.S mapped of the first GiB and is not RAM is gone. */
static bool no_address_for_what_is_not_ram(void)
{
	CHECK(address_leads_nowhere(0));
	CHECK(address_leads_nowhere(0xa0000 >> PAGE_SHIFT));
	return true;
}

/* What the walk may use is what the CPU has; the test of the direct map
 * believes the walk. */
static bool blocks_are_the_cpus(void)
{
	CHECK(xmem_arch_level_has_leaf(1));
	CHECK(xmem_arch_level_has_leaf(2) == xmem_cpu_has_1g());
	return true;
}

/* Dirty and read-only would be a page of a shadow stack: WRSS could write it.
 */
static bool no_leaf_is_a_shadow_stack(void)
{
	const unsigned int flags[] = {PAGE_HYPERVISOR_RO, PAGE_HYPERVISOR_RX,
				      PAGE_HYPERVISOR_RW, PAGE_HYPERVISOR_UC};

	for (unsigned int i = 0; i < 4; i++) {
		for (unsigned int level = 0; level < 3; level++) {
			uint64_t v = xmem_pte_leaf(1, flags[i], level).v;

			CHECK(((v & XMEM_PTE_W) != 0) ==
			      ((v & XMEM_PTE_D) != 0));
			CHECK((v & XMEM_PTE_A) != 0);
		}
	}
	return true;
}

/* The trampoline's and the image's frames are RAM, mapped, never free. */
static bool reserved_frames_stay_out_of_the_heap(void)
{
	for (unsigned long mfn = 1; mfn < MIB >> PAGE_SHIFT; mfn++) {
		CHECK(xmem_heap_frame_state(mfn) == XMEM_FRAME_USED ||
		      xmem_heap_frame_state(mfn) == XMEM_FRAME_UNKNOWN);
	}
	CHECK(alloc_domheap_pages(NULL, 0, MEMF_bits(20)) == NULL);
	CHECK(mfn_valid(_mfn(BOOT_TRAMP >> PAGE_SHIFT)));
	CHECK(xmem_heap_frame_state(0x200) == XMEM_FRAME_USED);
	CHECK(mfn_valid(_mfn(0x200)));
	return true;
}

/* ---- the image ---- */

/* Text cannot be written, data not executed, NULL is nothing. */
static bool image_is_protected(void)
{
	extern char boot_image_start[];
	static char data = (char)0xc3; /* ret */
	static const char rodata[] = "rodata";
	struct boot_access text = {BOOT_READ, boot_image_start};
	struct contract_fault fault;

	CHECK(boot_faults(BOOT_WRITE, boot_image_start, CAUSE_NO_WRITE));
	CHECK(boot_faults(BOOT_WRITE, rodata, CAUSE_NO_WRITE));
	CHECK(boot_faults(BOOT_CALL, &data, CAUSE_NO_EXEC));
	CHECK(boot_faults(BOOT_READ, NULL, CAUSE_NOT_PRESENT));
	CHECK(!contract_try(boot_do_access, &text, &fault));
	return true;
}

/* vmalloc_xen() is near the image, for relative jumps. */
static bool code_is_near_the_image(void)
{
	void *p = vmalloc_xen(PAGE_SIZE);

	CHECK(p != NULL);
	CHECK((unsigned long)p >= VMAP_XEN_VIRT_START);
	CHECK((unsigned long)p < VMAP_XEN_VIRT_END);
	vfree(p);
	return true;
}

/* Leaf 7, ECX bit 16: the CPU has five levels; start.S uses what there is. */
static bool levels_are_the_cpus(void)
{
	bool la57 = xmem_cpuid(0, 0).eax >= 7 &&
		    (xmem_cpuid(7, 0).ecx & (1U << 16)) != 0;

	CHECK(ARCH_PT_LEVELS == (la57 ? 5U : 4U));
	CHECK(((xmem_cpu_read_cr4() & XMEM_CR4_LA57) != 0) == la57);
	/* Canonical with five levels only. */
	CHECK(xmem_arch_is_va(1UL << 50) == la57);
	CHECK(xmem_arch_is_va(DIRECTMAP_VIRT_START));
	CHECK(!xmem_arch_is_va(1UL << 57));
	return true;
}

const struct contract_test contract_tests_platform[] = {
	{"the levels are the CPU's", levels_are_the_cpus},
	{"memory map is a PC's", memory_map_is_a_pcs},
	{"no address for what is not RAM", no_address_for_what_is_not_ram},
	{"blocks are those that the CPU has", blocks_are_the_cpus},
	{"no leaf is a shadow stack", no_leaf_is_a_shadow_stack},
	{"reserved frames stay out of the heap",
	 reserved_frames_stay_out_of_the_heap},
	{"image and address 0 are protected", image_is_protected},
	{"code is near the image", code_is_near_the_image},
	{"PAT is what the memory types need", pat_is_programmed},
	{"the local APIC answers", local_apic_answers},
	{NULL, NULL},
};
