/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * machine.c - frames without contents, and all memory as it was at the start
 *
 * What a run changes is the variables of the program, but for those that are
 * kept, the descriptors and the heap's metadata. All of it is copied once, when
 * a scenario is set up, and copied back before each run.
 *
 * The hooks say which frames come and go: one that comes twice has been handed
 * out twice.
 */
#include "interleave_priv.h"

#include <sys/mman.h>

#include "heap/heap_priv.h"

#define NR_REGIONS 16U
#define META_BYTES (16UL << 10)
#define MEMORY	   (IL_FRAMES << PAGE_SHIFT)
#define PA(mfn)	   ((paddr_t)(mfn) << PAGE_SHIFT)

extern char __data_start[], _end[];
extern char __start_il_kept[], __stop_il_kept[];
extern char __start_il_quiet[], __stop_il_quiet[];

/* In the section of what is not watched at all; neither is it copied. */
#define OWN __attribute__((section("il_kept"), aligned(64)))

OWN static unsigned char meta[META_BYTES];
OWN static unsigned long meta_used;
OWN static struct page_info descriptors[IL_FRAMES];
struct page_info *const il_frametable = descriptors;
OWN static unsigned long frames_used;
OWN unsigned char *il_memory;
OWN static unsigned char window[PAGE_SIZE];
IL_QUIET static unsigned char free_now[IL_FRAMES]; /* what the hooks told */
IL_QUIET unsigned long il_node_border = ~0UL;

/* ---- memory as it was ---- */

struct region {
	char *from;
	size_t size;
	char *copy;
};

struct memory {
	unsigned int nr;
	struct region region[NR_REGIONS];
};

IL_KEPT static struct memory at_power_on, at_start;

static PLAIN bool is_in(uintptr_t addr, const void *from, const void *to)
{
	return addr >= (uintptr_t)from && addr < (uintptr_t)to;
}

static PLAIN void remember(struct memory *m, char *from, char *to)
{
	struct region *r = &m->region[m->nr++];

	assert_true(m->nr <= NR_REGIONS);
	r->from = from;
	r->size = (size_t)(to - from);
	free(r->copy);
	r->copy = malloc(r->size + 1);
	memcpy(r->copy, from, r->size);
}

static PLAIN char *page_of(unsigned long mfn)
{
	return (char *)il_memory + (mfn << PAGE_SHIFT);
}

static PLAIN bool has_contents(unsigned long mfn)
{
	const char *page = page_of(mfn);

	return page[0] != 0 || memcmp(page, page + 1, PAGE_SIZE - 1) != 0;
}

/* The library's own memory, in frames: those that are not all zero. */
static PLAIN void remember_frames(struct memory *m)
{
	unsigned long first = 0;

	for (unsigned long i = 0; i <= frames_used; i++) {
		if (i < frames_used && has_contents(i)) {
			continue;
		}
		if (first < i) {
			remember(m, page_of(first), page_of(i));
		}
		first = i + 1;
	}
}

static PLAIN void remember_all(struct memory *m)
{
	m->nr = 0;
	if (is_in((uintptr_t)__start_il_kept, __data_start, _end)) {
		remember(m, __data_start, __start_il_kept);
		remember(m, __stop_il_kept, _end);
	} else {
		remember(m, __data_start, _end);
	}
	remember(m, (char *)meta, (char *)meta + meta_used);
	remember(m, (char *)descriptors, (char *)(descriptors + frames_used));
	remember_frames(m);
}

static PLAIN void restore(const struct memory *m)
{
	for (unsigned int i = 0; i < m->nr; i++) {
		const struct region *r = &m->region[i];

		memcpy(r->from, r->copy, r->size);
	}
}

PLAIN void il_restore(void)
{
	restore(&at_start);
}

PLAIN bool il_is_watched(uintptr_t addr)
{
	if (!is_in(addr, __data_start, _end)) {
		return is_in(addr, il_memory, page_of(frames_used));
	}
	if (is_in(addr, __start_il_kept, __stop_il_kept)) {
		return is_in(addr, meta, meta + meta_used) ||
		       is_in(addr, il_frametable, il_frametable + frames_used);
	}
	return !is_in(addr, __start_il_quiet, __stop_il_quiet);
}

/* ---- set-up ---- */

PLAIN void il_power_on(const struct il_scenario *s)
{
	if (il_memory == NULL) {
		il_memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
				 -1, 0);
	}
	madvise(il_memory, MEMORY, MADV_DONTNEED);
	if (at_power_on.nr == 0) {
		remember_all(&at_power_on);
	}
	restore(&at_power_on);
	memset(descriptors, 0, sizeof(descriptors));
	meta_used = frames_used = 0;
	il_be_nobody();
	s->set_up();
	remember_all(&at_start);
}

PLAIN void *il_reserve(unsigned long smfn, unsigned long emfn)
{
	unsigned long bytes = xmem_heap_span_bytes(smfn, emfn);
	void *at = meta + meta_used;

	meta_used += (bytes + 63) & ~63UL;
	frames_used = emfn > frames_used ? emfn : frames_used;
	assert_true(meta_used <= META_BYTES && emfn <= IL_FRAMES);
	return memset(at, 0xa5, bytes);
}

PLAIN void il_add(unsigned long smfn, unsigned long emfn)
{
	void *at = il_reserve(smfn, emfn);

	assert_int_equal(
		xmem_heap_add_span(smfn, emfn, il_mfn_to_node(smfn), false, at),
		0);
	init_domheap_pages(PA(smfn), PA(emfn));
}

PLAIN void il_check_heap(void)
{
	const char *broken = xmem_heap_check();
	unsigned long nr = 0;

	if (broken != NULL) {
		il_fail("%s", broken);
	}
	for (unsigned long i = 0; i < IL_FRAMES; i++) {
		nr += free_now[i];
	}
	if ((il.s->flags & IL_NO_HOOKS) == 0 && nr != total_free_pages()) {
		il_fail("%lu frames are free, %lu are counted", nr,
			total_free_pages());
	}
}

/* ---- hooks ---- */

PLAIN unsigned int il_mfn_to_node(unsigned long mfn)
{
	return mfn >= il_node_border;
}

PLAIN unsigned long il_node_end(unsigned long mfn)
{
	return mfn < il_node_border ? il_node_border : ~0UL;
}

PLAIN unsigned int il_cpu_to_node(unsigned int cpu)
{
	(void)cpu;
	return 0;
}

static PLAIN void move_frames(unsigned long mfn, unsigned int order, bool to)
{
	if ((il.s->flags & IL_NO_HOOKS) != 0) {
		return;
	}
	for (unsigned long i = mfn; i < mfn + (1UL << order); i++) {
		if (i >= IL_FRAMES || free_now[i] == to) {
			il_fail("frame %lx is %s twice", i,
				to ? "given" : "taken");
		}
		free_now[i] = to;
	}
}

PLAIN void il_taken(unsigned long mfn, unsigned int order)
{
	move_frames(mfn, order, false);
}

PLAIN void il_given(unsigned long mfn, unsigned int order)
{
	move_frames(mfn, order, true);
}

PLAIN void *map_domain_page(mfn_t mfn)
{
	(void)mfn;
	return window;
}

PLAIN void unmap_domain_page(const void *va)
{
	(void)va;
}
