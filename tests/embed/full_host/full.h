/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * full.h - the hypervisor of tests/embed/own_accounting, with all the rest:
 * nothing here is for xmem
 */
#ifndef FULL_H
#define FULL_H

#include "full_base.h"

#include "../own_accounting/hyp.h"

#define NO_FRAME (~0UL)

/* Behind the RAM: registers of a device. */
#define DEVICE_FRAME  NR_FRAMES
#define DEVICE_FRAMES 16UL

/* Its descriptor; NULL: @va is not in the direct map. */
struct page_info *virt_to_page(const void *va);

/* ---- boot_alloc.c: memory before there is anything else ---- */

void boot_add_ram(mfn_t from, mfn_t to, int node);
void *boot_alloc(unsigned long nr_pages); /* zeroed, for ever */
void boot_hand_over(void);		  /* what is left is the allocator's */

/* ---- paging.c: page tables of the window ---- */

#define WINDOW_PAGES 2048UL

#define PT_READ	    1UL
#define PT_WRITE    2UL
#define PT_UNCACHED 4UL

void pt_init(void);

/* 0, or -ENOMEM: build the tables. They stay. */
int pt_populate(unsigned long va, unsigned long nr);
void pt_map(unsigned long va, mfn_t mfn, unsigned long nr,
	    unsigned long rights);
/* Rights of what is mapped; 0 for none, but entries keep their frames. */
void pt_protect(unsigned long va, unsigned long nr, unsigned long rights);
/* Clear an entry. Return: the frame it had, with rights or without. */
mfn_t pt_unmap(unsigned long va);
/* The frame of an address that somebody may read. */
mfn_t pt_lookup(unsigned long va);

/* What is wrong between tables and TLB; NULL: nothing. */
const char *pt_check(void);
unsigned long pt_entries_in_use(void);
extern unsigned long pt_tables;

/* ---- objects and maps: those of the library ---- */

void vm_init(void);
void *vmap(const mfn_t *mfns, unsigned int nr);
void vunmap(const void *va);
mfn_t vmap_to_mfn(const void *va);
void *vmalloc(unsigned long bytes);
void *vzalloc(unsigned long bytes);
void vfree(void *va);
void *ioremap(paddr_t pa, unsigned long bytes);
void iounmap(const void *va);
void *_xvmalloc(unsigned long bytes, unsigned int align);
void *_xvrealloc(void *va, unsigned long bytes, unsigned int align);
void xvfree(void *va);

/* Whose the pages of vmalloc are: it counts them. (glue.c) */
extern struct domain vmalloc_domain;

#endif /* FULL_H */
