/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * main.c - a kernel whose mapping functions are inlines and macros
 *
 * It takes pages and objects, and includes no header of xmem: the names of its
 * own header stand for other things there. xmem_port.h, arch/layout.h and
 * glue.c are what lies between.
 *
 * include: tests/embed/pages_inline tests/embed/common
 * with: tests/embed/pages_inline/glue.c
 * link: tests/embed/common/console.c
 * link: src/buddy/ src/heap/ src/page/ src/xenheap/ src/lib/[a-z]*.c
 * link: src/malloc/xmalloc[_.]*c src/tlsf/ src/pool/
 * flags: -O0
 */
#include <my_mm.h>
#include <tap.h>

#define PAGE (1UL << PAGE_SHIFT)

unsigned long my_ram_at;
unsigned int my_windows_open;
unsigned long my_windows_opened;

/* Pages and objects, all over each other; the kernel's macros find them. */
static int churn(void)
{
	static unsigned char *live[32];
	int good = 1;

	for (unsigned int i = 0; i < 2000; i++) {
		unsigned int at = i * 11 % 32;
		unsigned char *p = live[at];

		if (p != NULL) {
			good &= *p == at && mfn_valid(virt_to_mfn(p)) &&
				mfn_to_virt(virt_to_mfn(p)) ==
					(void *)((unsigned long)p & -PAGE);
		}
		if (at % 2 != 0) {
			xfree(p);
			p = _xmalloc(1 + i % 6000, 8);
		} else {
			free_xenheap_pages(p, at % 3);
			p = alloc_xenheap_pages(at % 3, 0);
		}
		live[at] = p;
		*p = (unsigned char)at;
	}
	for (unsigned int at = 0; at < 32; at++) {
		if (at % 2 != 0) {
			xfree(live[at]);
		} else {
			free_xenheap_pages(live[at], at % 3);
		}
		live[at] = NULL;
	}
	return good;
}

/* The library zeroes a frame through the kernel's own windows. */
static int check_guest_frame(void)
{
	unsigned long opened = my_windows_opened;
	unsigned long mfn = my_guest_frame();
	const unsigned char *page = map_domain_page(mfn);
	int good = mfn != 0 && my_windows_opened > opened + 1;

	for (unsigned long i = 0; i < PAGE; i++) {
		good &= page[i] == 0;
	}
	unmap_domain_page(page);
	my_free_guest_frame(mfn);
	return good && my_windows_open == 0;
}

int main(void)
{
	unsigned char *ram = aligned_alloc(MY_FRAMES * PAGE, MY_FRAMES * PAGE);
	unsigned long before;

	my_ram_at = (unsigned long)ram;
	memset(ram, 0xff, MY_FRAMES * PAGE);
	my_memory_starts(MY_FRAMES * PAGE);
	tap(total_free_pages() > MY_FRAMES - 16, "the memory is the heap's");
	tap(churn(), "pages and objects are where the kernel says");
	before = total_free_pages();
	tap(churn() && total_free_pages() == before, "and all come back");
	tap(check_guest_frame(), "frames are zeroed through its inlines");
	return tap_end();
}
