/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * soak_things.c - who holds a frame, and what is in frames and in memory
 */
#include "soak.h"

/* Of more frames than this only some have content. */
#define ALL_OF	 8UL
#define SOME	 8UL
#define MAX_ALL	 (1UL << 20)
#define NR_BYTES 16UL /* at each end of a page */

static unsigned char holder[MAX_ALL] __attribute__((aligned(8)));

/* ---- holders ---- */

/* Eight frames at a time, if @i is a multiple of that and so many are left.
 * Return: how many had holder @from, and have @to now; 0: another one. */
static unsigned long hold_some(unsigned long i, unsigned long left,
			       unsigned int from, unsigned int to)
{
	const uint64_t each = 0x0101010101010101ULL;

	if (i % 8 == 0 && left >= 8) {
		return __atomic_exchange_n((uint64_t *)(void *)&holder[i],
					   each * to,
					   __ATOMIC_RELAXED) == each * from
			       ? 8
			       : 0;
	}
	return __atomic_exchange_n(&holder[i], (unsigned char)to,
				   __ATOMIC_RELAXED) == from;
}

void soak_hold(unsigned long mfn, unsigned long nr, unsigned int from,
	       unsigned int to)
{
	unsigned long some;

	if (nr > MAX_ALL || mfn > MAX_ALL - nr) {
		soak_error("no such frames: %lx, %lu of them", mfn, nr);
		return;
	}
	for (unsigned long i = mfn; i < mfn + nr; i += some) {
		some = hold_some(i, mfn + nr - i, from, to);
		if (some == 0) {
			soak_error("frame %lx, of %lx with %lu: expected to be "
				   "held by %u, comes %u",
				   i, mfn, nr, from, to);
			return;
		}
	}
}

void soak_check_nobody(void)
{
	for (unsigned long i = 0; i < MAX_ALL; i++) {
		if (holder[i] != 0) {
			soak_error("frame %lx is held by %u in the end", i,
				   holder[i]);
			return;
		}
	}
}

void soak_forget_all(void)
{
	memset(holder, 0, sizeof(holder));
}

/* ---- frames ---- */

/* The @i-th of the frames that have content: all, or the first, the last and
 * some that @mark says. */
static unsigned long chosen(unsigned long nr, uint64_t mark, unsigned long i)
{
	uint64_t state = mark + i;

	if (nr <= ALL_OF || i == 0) {
		return i;
	}
	return i == 1 ? nr - 1 : (unsigned long)(test_random(&state) % nr);
}

static unsigned long nr_chosen(unsigned long nr)
{
	return nr <= ALL_OF ? nr : SOME;
}

static uint64_t word_of(unsigned long mfn, uint64_t mark)
{
	return mark ^ mfn * 0x9e3779b97f4a7c15ULL;
}

/* The first word of a page, and the last. */
static uint64_t *words_of(void *page, unsigned int i)
{
	return (uint64_t *)((char *)page + (i == 0 ? 0 : PAGE_SIZE - 8));
}

void soak_fill_frames(unsigned long mfn, unsigned long nr, uint64_t mark)
{
	for (unsigned long i = 0; i < nr_chosen(nr); i++) {
		unsigned long at = mfn + chosen(nr, mark, i);
		void *page = map_domain_page(_mfn(at));

		*words_of(page, 0) = word_of(at, mark);
		*words_of(page, 1) = word_of(at, ~mark);
		unmap_domain_page(page);
	}
}

void soak_check_frames(unsigned long mfn, unsigned long nr, uint64_t mark)
{
	for (unsigned long i = 0; i < nr_chosen(nr); i++) {
		unsigned long at = mfn + chosen(nr, mark, i);
		void *page = map_domain_page(_mfn(at));

		if (*words_of(page, 0) != word_of(at, mark) ||
		    *words_of(page, 1) != word_of(at, ~mark)) {
			soak_error("frame %lx, of %lx with %lu: another "
				   "content",
				   at, mfn, nr);
		}
		unmap_domain_page(page);
	}
}

void soak_check_zero(unsigned long mfn, unsigned long nr)
{
	for (unsigned long i = 0; i < nr_chosen(nr); i++) {
		unsigned long at = mfn + chosen(nr, mfn, i);
		void *page = map_domain_page(_mfn(at));

		if (*words_of(page, 0) != 0 || *words_of(page, 1) != 0) {
			soak_error("frame %lx, of %lx with %lu: not scrubbed",
				   at, mfn, nr);
		}
		unmap_domain_page(page);
	}
}

void soak_check_marks(unsigned long mfn, unsigned long nr,
		      const struct domain *d, bool xen)
{
	for (unsigned long i = 0; i < nr_chosen(nr); i++) {
		unsigned long at = mfn + chosen(nr, mfn, i);
		const struct page_info *pg = mfn_to_page(_mfn(at));

		if (page_get_owner(pg) != d || is_xen_heap_page(pg) != xen ||
		    mfn_x(page_to_mfn(pg)) != at) {
			soak_error("frame %lx, of %lx with %lu: wrong mark", at,
				   mfn, nr);
		}
	}
}

/* ---- memory ---- */

/* Bytes of @size that have content, from @at on: the ends of each page. */
static size_t next_piece(size_t size, size_t *at)
{
	size_t in_page = *at % 4096;
	size_t left;

	if (in_page >= NR_BYTES && in_page < 4096 - NR_BYTES) {
		*at += 4096 - NR_BYTES - in_page;
	}
	if (*at >= size) {
		return 0;
	}
	left = size - *at;
	return left < NR_BYTES ? left : NR_BYTES;
}

static unsigned char byte_of(uint64_t mark, size_t at)
{
	return (unsigned char)(mark >> at % 7 * 8) ^ (unsigned char)(at >> 4);
}

void soak_fill(void *va, size_t size, uint64_t mark)
{
	unsigned char *bytes = va;
	size_t at = 0;
	size_t nr;

	for (; (nr = next_piece(size, &at)) > 0; at += nr) {
		for (size_t i = at; i < at + nr; i++) {
			bytes[i] = byte_of(mark, i);
		}
	}
}

void soak_check(const void *va, size_t size, uint64_t mark)
{
	const unsigned char *bytes = va;
	size_t at = 0;
	size_t nr;

	for (; (nr = next_piece(size, &at)) > 0; at += nr) {
		for (size_t i = at; i < at + nr; i++) {
			if (bytes[i] != byte_of(mark, i)) {
				soak_error("byte %zu of %zu at %p: another "
					   "content",
					   i, size, va);
				return;
			}
		}
	}
}

void soak_check_zeroed(const void *va, size_t size)
{
	const unsigned char *bytes = va;
	size_t at = 0;
	size_t nr;

	for (; (nr = next_piece(size, &at)) > 0; at += nr) {
		for (size_t i = at; i < at + nr; i++) {
			if (bytes[i] != 0) {
				soak_error("byte %zu of %zu at %p: not zero", i,
					   size, va);
				return;
			}
		}
	}
}

/* ---- things ---- */

void soak_stamp_run(struct cpu *cpu, const struct thing *t)
{
	(void)cpu;
	soak_hold(t->mfn, t->nr, 0, 1);
	soak_fill_frames(t->mfn, t->nr, t->mark);
}

void soak_check_run(struct cpu *cpu, const struct thing *t)
{
	(void)cpu;
	soak_check_frames(t->mfn, t->nr, t->mark);
}

void soak_unhold(const struct thing *t)
{
	soak_hold(t->mfn, t->nr, 1, 0);
}

bool soak_make(const struct soak_kind *kind, struct cpu *cpu, struct thing *t)
{
	*t = (struct thing){.mark = test_random(&cpu->seed)};
	if (!kind->make(cpu, t)) {
		return false;
	}
	t->kind = kind;
	kind->stamp(cpu, t);
	return true;
}

void soak_drop(struct cpu *cpu, struct thing *t)
{
	t->kind->check(cpu, t);
	t->kind->drop(cpu, t);
	t->kind = NULL;
}
