/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench_index.c - ways to number frames without the holes, compared
 *
 * link: src/frame/frame_index.c
 * usage: bench_index        a table: addresses and memory that each way needs
 *        bench_index count  instructions per conversion, for bench.py
 *
 *  number    the frame number itself
 *  bits      one run of address bits that no frame of RAM uses is taken out,
 *            the longest (two masks and a shift)
 *  runs      all such runs of bits are taken out
 *  ranges    bisection: the range of the frame, and how many frames are before
 *  sections  what the library does, <arch/frame_index.h>
 *
 * The index spans from 0 to its largest value: that many pages of addresses a
 * direct map needs, and a frame table that is not backed page by page as much
 * memory in descriptors.
 */
#include "test.h"

#include <arch/frame_index.h>

#include "../bench/bench.h"
#include "memory_maps.h"

/* ---- bits ---- */

struct bits {
	unsigned long low;  /* mask of the bits below the run */
	unsigned long high; /* of those above */
	unsigned int shift; /* length of the run */
};

/* Bits that differ inside [start, end), or are set in all of it. */
static unsigned long used_bits(const struct xmem_frame_range *r)
{
	unsigned long differ = r->start ^ (r->end - 1);

	while ((differ & (differ + 1)) != 0) {
		differ |= differ >> 1;
	}
	return differ | r->start | (r->end - 1);
}

/* Bits that frames of RAM use; a section stays whole. */
static unsigned long all_used(const struct xmem_frame_range *range,
			      unsigned long nr)
{
	unsigned long used = (1UL << XMEM_SECTION_ORDER) - 1;

	for (unsigned long i = 0; i < nr; i++) {
		used |= used_bits(&range[i]);
	}
	return used;
}

static void bits_init(struct bits *b, const struct xmem_frame_range *range,
		      unsigned long nr)
{
	unsigned long used = all_used(range, nr);
	unsigned int first = 0;

	*b = (struct bits){~0UL, 0, 0};
	for (unsigned int i = 0; i < 64 && used >> i != 0; i++) {
		if ((used >> i & 1) != 0) {
			first = i + 1;
		} else if (i + 1 - first > b->shift) {
			b->shift = i + 1 - first;
			b->low = (1UL << first) - 1;
			b->high = ~0UL << (i + 1);
		}
	}
}

static inline unsigned long bits_to_index(const struct bits *b,
					  unsigned long frame)
{
	return (frame & b->low) | (frame & b->high) >> b->shift;
}

static inline unsigned long bits_to_frame(const struct bits *b, unsigned long i)
{
	return (i & b->low) | (i << b->shift & b->high);
}

/* ---- runs ---- */

#define MAX_RUNS 8

/* What is left between the runs: bits in mask, moved down by shift. */
struct runs {
	unsigned int nr;
	unsigned long mask[MAX_RUNS];
	unsigned int shift[MAX_RUNS];
};

static void runs_init(struct runs *r, const struct xmem_frame_range *range,
		      unsigned long nr)
{
	unsigned long used = all_used(range, nr);
	unsigned int gone = 0;

	*r = (struct runs){.nr = 1};
	for (unsigned int i = 0; i < 64 && used >> i != 0; i++) {
		if ((used >> i & 1) == 0) {
			gone++;
			continue;
		}
		if (gone > r->shift[r->nr - 1]) {
			bench_need(r->nr < MAX_RUNS ? r : NULL, "more runs");
			r->shift[r->nr++] = gone;
		}
		r->mask[r->nr - 1] |= 1UL << i;
	}
}

static inline unsigned long runs_to_index(const struct runs *r,
					  unsigned long frame)
{
	unsigned long i = 0;

	for (unsigned int k = 0; k < r->nr; k++) {
		i |= (frame & r->mask[k]) >> r->shift[k];
	}
	return i;
}

/* ---- ranges ---- */

static unsigned long before[MAPS_MAX_RANGES]; /* frames of RAM before it */

static inline unsigned long ranges_to_index(
	const struct xmem_frame_range *range, unsigned long nr,
	unsigned long frame)
{
	unsigned long low = 0;

	while (nr - low > 1) {
		unsigned long mid = (low + nr) / 2;

		if (range[mid].start <= frame) {
			low = mid;
		} else {
			nr = mid;
		}
	}
	return frame - range[low].start + before[low];
}

/* ---- the machines ---- */

static struct xmem_frame_range range[MAPS_MAX_RANGES];
static unsigned long nr_ranges;
static unsigned long nr_frames;
static struct xmem_frame_index sections;
static struct bits bits;
static struct runs runs;

static const char *load(unsigned int which)
{
	static struct memory_map map;
	void *mem;

	map_fill(&map, which);
	nr_ranges = map.nr;
	nr_frames = 0;
	for (unsigned int i = 0; i < map.nr; i++) {
		range[i].start =
			(map.range[i].start + PAGE_SIZE - 1) >> PAGE_SHIFT;
		range[i].end = map.range[i].end >> PAGE_SHIFT;
		before[i] = nr_frames;
		nr_frames += range[i].end - range[i].start;
	}
	mem = malloc(xmem_frame_index_bytes(range, nr_ranges));
	bench_need(mem, "memory");
	xmem_frame_index_init(&sections, range, nr_ranges, mem);
	bits_init(&bits, range, nr_ranges);
	runs_init(&runs, range, nr_ranges);
	return map.name;
}

/* All ways give every frame at the edges of RAM a number of its own, in the
 * same order, and two find it again. */
static void verify(void)
{
	unsigned long behind = 0;

	for (unsigned long i = 0; i < nr_ranges; i++) {
		unsigned long edge[2] = {range[i].start, range[i].end - 1};

		for (unsigned int k = 0; k < 2; k++) {
			unsigned long f = edge[k];

			if (bits_to_frame(&bits, bits_to_index(&bits, f)) !=
				    f ||
			    xmem_index_to_frame(
				    &sections,
				    xmem_frame_to_index(&sections, f)) != f ||
			    runs_to_index(&runs, f) < behind) {
				fprintf(stderr, "bench_index: frame %lx\n", f);
				exit(1);
			}
			behind = runs_to_index(&runs, f) + k;
		}
	}
}

static void print_row(const char *name)
{
	unsigned long last = range[nr_ranges - 1].end - 1;
	double gib = (double)(1UL << (30 - PAGE_SHIFT));

	printf("| %s | %.1f | %.1f | %.1f | %.1f | %.1f | %.1f | %.1f |\n",
	       name, (double)nr_frames / gib, (double)(last + 1) / gib,
	       (double)(bits_to_index(&bits, last) + 1) / gib,
	       (double)(runs_to_index(&runs, last) + 1) / gib,
	       (double)(xmem_frame_to_index(&sections, last) + 1) / gib,
	       (double)xmem_frame_index_bytes(range, nr_ranges) / 1024,
	       (double)(nr_ranges * sizeof(range[0])) / 1024);
}

/* ---- counting ---- */

static volatile unsigned long frame;
static volatile unsigned long number;

static void sections_forth(void *arg)
{
	number = xmem_frame_to_index(arg, frame);
}

static void sections_back(void *arg)
{
	frame = xmem_index_to_frame(arg, number);
}

static void sections_is_ram(void *arg)
{
	number = xmem_frame_is_ram(arg, frame);
}

static void ranges_is_ram(void *arg)
{
	number = xmem_frame_index_search(arg, frame);
}

static void bits_forth(void *arg)
{
	number = bits_to_index(arg, frame);
}

static void bits_back(void *arg)
{
	frame = bits_to_frame(arg, number);
}

static void runs_forth(void *arg)
{
	number = runs_to_index(arg, frame);
}

static void ranges_forth(void *arg)
{
	number = ranges_to_index(arg, nr_ranges, frame);
}

static void number_alone(void *arg)
{
	(void)arg;
	number = frame;
}

/* A few large ranges, as most machines have. */
static void count_board(void)
{
	load(MAP_ARM_BOARD);
	frame = range[1].start + 12345;
	bench_run("index_number", number_alone, NULL, 1000);
	bench_run("index_bits_forth", bits_forth, &bits, 1000);
	number = bits_to_index(&bits, range[1].start);
	bench_run("index_bits_back", bits_back, &bits, 1000);
	frame = range[1].start + 12345;
	bench_run("index_runs_forth", runs_forth, &runs, 1000);
	bench_run("index_ranges_forth", ranges_forth, range, 1000);
	bench_run("index_sections_forth", sections_forth, &sections, 1000);
	number = xmem_frame_to_index(&sections, range[1].start);
	bench_run("index_sections_back", sections_back, &sections, 1000);
	frame = range[1].start + 12345;
	bench_run("index_sections_is_ram", sections_is_ram, &sections, 1000);
	bench_run("index_ranges_is_ram", ranges_is_ram, &sections, 1000);
}

/* Sixteen ranges a section: the two largest are at hand, the others not. */
static void count_thousand(void)
{
	load(MAP_THOUSAND);
	frame = range[337].start + 10;
	bench_run("index_thousand_forth", sections_forth, &sections, 1000);
	bench_run("index_thousand_ranges_forth", ranges_forth, range, 1000);
	bench_run("index_thousand_ranges_is_ram", ranges_is_ram, &sections,
		  1000);
	frame = sections.section[20].range[0].first + sections.section[20].back;
	bench_run("index_thousand_at_hand", sections_is_ram, &sections, 1000);
	for (unsigned long i = 0; i < nr_ranges; i++) {
		/* The smallest range of a section is neither of the two. */
		if (range[i].end - range[i].start < 300) {
			frame = range[i].start;
		}
	}
	bench_run("index_thousand_search", sections_is_ram, &sections, 1000);
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc == 1) {
		for (unsigned int which = 0; which < NR_MAPS; which++) {
			const char *name = load(which);

			verify();
			print_row(name);
		}
		return 0;
	}
	bench_overhead();
	count_board();
	count_thousand();
	return 0;
}
