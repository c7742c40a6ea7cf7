/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * own_vmap.c - vmap() of the host's: a range of its own, never used twice
 */
#include <xmem/xmem.h>

#include <arch/layout.h>

unsigned long own_vmap_calls;

#define NR_AREAS 64U

static struct {
	unsigned long va;
	unsigned int nr;
} area[NR_AREAS];
static unsigned int nr_areas;
static unsigned long next;

static unsigned int size_of(const void *va)
{
	for (unsigned int i = 0; i < nr_areas; i++) {
		if (area[i].va == (unsigned long)va) {
			return area[i].nr;
		}
	}
	return 0;
}

static mfn_t frame_of(const void *va)
{
	return xen_map_to_mfn((unsigned long)va);
}

void *__vmap(const mfn_t *mfn, unsigned int granularity, unsigned int nr,
	     unsigned int align, unsigned int flags, enum vmap_region type)
{
	unsigned long end = (unsigned long)arch_vmap_virt_end();
	unsigned long bytes = ((unsigned long)nr * granularity) << PAGE_SHIFT;

	(void)align;
	(void)type;
	own_vmap_calls++;
	/* Down from the top, where the library is last to come. */
	next = (next != 0 ? next : end) - bytes - PAGE_SIZE;
	if (nr_areas == NR_AREAS) {
		return NULL;
	}
	for (unsigned int i = 0; i < nr; i++) {
		unsigned long at = (unsigned long)i * granularity;

		if (map_pages_to_xen(next + (at << PAGE_SHIFT), mfn[i],
				     granularity,
				     flags | MAP_SMALL_PAGES) != 0) {
			return NULL;
		}
	}
	area[nr_areas].va = next;
	area[nr_areas++].nr = nr * granularity;
	return (void *)next;
}

void *vmap(const mfn_t *mfn, unsigned int nr)
{
	return __vmap(mfn, 1, nr, 1, PAGE_HYPERVISOR, VMAP_DEFAULT);
}

void *vmap_contig(mfn_t mfn, unsigned int nr)
{
	return __vmap(&mfn, nr, 1, 1, PAGE_HYPERVISOR, VMAP_DEFAULT);
}

void vunmap(const void *va)
{
	unsigned long start = (unsigned long)va;

	own_vmap_calls++;
	if (destroy_xen_mappings(start, start + ((unsigned long)size_of(va)
						 << PAGE_SHIFT)) != 0) {
		__builtin_trap();
	}
}

bool vmap_contains(const void *va)
{
	own_vmap_calls++;
	return (unsigned long)va >= VMAP_VIRT_START &&
	       va < arch_vmap_virt_end();
}

unsigned int vmap_size(const void *va)
{
	own_vmap_calls++;
	return size_of(va);
}

mfn_t vmap_to_mfn(const void *va)
{
	own_vmap_calls++;
	return frame_of(va);
}

struct page_info *vmap_to_page(const void *va)
{
	own_vmap_calls++;
	return mfn_to_page(frame_of(va));
}
