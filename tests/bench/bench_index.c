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
 *  sections  what the library does, <xmem/frame_index.h>
 *
 * The index spans from 0 to its largest value: that many pages of addresses a
 * direct map needs, and a frame table that is not backed page by page as much
 * memory in descriptors.
 */
#include "test.h"

#include <xmem/frame_index.h>

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

static void bits_init(struct bits *b, const struct xmem_frame_range *range,
		      unsigned long nr)
{
	unsigned long used = (1UL << XMEM_SECTION_ORDER) - 1;
	unsigned int first = 0;

	for (unsigned long i = 0; i < nr; i++) {
		used |= used_bits(&range[i]);
	}
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

/* ---- the machines ---- */

static struct xmem_frame_range range[MAPS_MAX_RANGES];
static unsigned long nr_ranges;
static unsigned long nr_frames;
static struct xmem_frame_index sections;
static struct bits bits;

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
		nr_frames += range[i].end - range[i].start;
	}
	mem = malloc(xmem_frame_index_bytes(range, nr_ranges));
	bench_need(mem, "memory");
	xmem_frame_index_init(&sections, range, nr_ranges, mem);
	bits_init(&bits, range, nr_ranges);
	return map.name;
}

/* Both ways give every frame at the edges of RAM a number of its own, and
 * find it again. */
static void verify(void)
{
	for (unsigned long i = 0; i < nr_ranges; i++) {
		unsigned long edge[2] = {range[i].start, range[i].end - 1};

		for (unsigned int k = 0; k < 2; k++) {
			unsigned long f = edge[k];

			if (bits_to_frame(&bits, bits_to_index(&bits, f)) !=
				    f ||
			    xmem_index_to_frame(
				    &sections,
				    xmem_frame_to_index(&sections, f)) != f) {
				fprintf(stderr, "bench_index: frame %lx\n", f);
				exit(1);
			}
		}
	}
}

static void print_row(const char *name)
{
	unsigned long last = range[nr_ranges - 1].end - 1;
	double gib = (double)(1UL << (30 - PAGE_SHIFT));

	printf("| %s | %.1f | %.1f | %.1f | %.1f | %.1f | %.1f |\n", name,
	       (double)nr_frames / gib, (double)(last + 1) / gib,
	       (double)(bits_to_index(&bits, last) + 1) / gib,
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

static void number_alone(void *arg)
{
	(void)arg;
	number = frame;
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
	load(MAP_ARM_BOARD);
	frame = range[1].start + 12345;
	bench_run("index_number", number_alone, NULL, 1000);
	bench_run("index_bits_forth", bits_forth, &bits, 1000);
	number = bits_to_index(&bits, range[1].start);
	bench_run("index_bits_back", bits_back, &bits, 1000);
	frame = range[1].start + 12345;
	bench_run("index_sections_forth", sections_forth, &sections, 1000);
	number = xmem_frame_to_index(&sections, range[1].start);
	bench_run("index_sections_back", sections_back, &sections, 1000);
	bench_run("index_sections_is_ram", sections_is_ram, &sections, 1000);
	bench_run("index_ranges_is_ram", ranges_is_ram, &sections, 1000);
	return 0;
}
