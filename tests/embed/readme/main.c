/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * main.c - a hypervisor brings its memory up, in thirty lines
 */
#include <xmem/xmem.h>
#include <xmem_host.h> /* here a simulated machine; you have a real one */

struct vcpu {
	unsigned int id;
};

static void start_memory(void)
{
	unsigned long first, end;

	for (unsigned int i = 0; xmem_host_range_at(i, &first, &end); i++) {
		init_boot_pages((paddr_t)first << PAGE_SHIFT,
				(paddr_t)end << PAGE_SHIFT);
	}
	arch_init_directmap();	/* map all RAM ... */
	arch_init_frametable(); /* ... and describe it */
	end_boot_allocator();	/* the rest is the heap's */
	vm_init();
	heap_init_late();
}

int main(void)
{
	struct domain guest;

	xmem_owner_init(&guest.mem, 1 << 18, 0);
	xmem_host_power_on(NULL);
	start_memory();

	struct vcpu *vcpu = xvzalloc(struct vcpu);  /* any object */
	char *log = xvmalloc_array(char, 8, 65536); /* any size */
	void *ring = alloc_xenheap_pages(3, 0);	    /* for a device */
	struct page_info *ram = alloc_domheap_pages(&guest, 9, 0);
	bool up = vcpu && log && ring && ram && guest.mem.tot_pages == 512;

	XVFREE(vcpu);
	XVFREE(log);
	FREE_XENHEAP_PAGES(ring, 3);
	FREE_DOMHEAP_PAGES(ram, 9);
	return up && xmem_check_all() == NULL ? 0 : 1;
}
