/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * my_mm.h - the kernel's own header of its memory
 *
 * The names are those that xmem has, too, but here they are macros, inlines,
 * and types of the kernel's. All of the kernel includes this, and nothing of
 * xmem.
 */
#ifndef MY_MM_H
#define MY_MM_H

#ifndef PAGE_SHIFT
#define PAGE_SHIFT 12
#endif
#define MY_FRAMES 1024UL

extern unsigned long my_ram_at;	     /* where RAM is mapped */
extern unsigned int my_windows_open; /* now, of map_domain_page() */
extern unsigned long my_windows_opened;

#define mfn_valid(mfn) ((unsigned long)(mfn) < MY_FRAMES)
#define mfn_to_virt(mfn) \
	((void *)(my_ram_at + ((unsigned long)(mfn) << PAGE_SHIFT)))
#define virt_to_mfn(va) (((unsigned long)(va)-my_ram_at) >> PAGE_SHIFT)

static inline void *map_domain_page(unsigned long mfn)
{
	my_windows_open++;
	my_windows_opened++;
	return mfn_to_virt(mfn);
}

static inline void unmap_domain_page(const void *va)
{
	(void)va;
	my_windows_open--;
}

/* The allocator, wherever it comes from. */
void my_memory_starts(unsigned long bytes);
void *alloc_xenheap_pages(unsigned int order, unsigned int memflags);
void free_xenheap_pages(void *va, unsigned int order);
void *_xmalloc(unsigned long size, unsigned long align);
void xfree(void *ptr);
unsigned long total_free_pages(void);

/* A frame full of zeroes, for a guest; 0: there is none. */
unsigned long my_guest_frame(void);
void my_free_guest_frame(unsigned long mfn);

#endif /* MY_MM_H */
