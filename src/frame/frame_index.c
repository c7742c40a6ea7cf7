/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * frame_index.c - build the frame index from the ranges of RAM
 *
 * Model       Two tables. One has an entry for each section of the address
 *             space: the distance from frame to index. The other has an entry
 *             for each section with RAM, by number: the way back, and the two
 *             largest ranges of RAM in it. Most sections have only one.
 * Operations  Building costs time proportional to sections and ranges. A
 *             conversion (<arch/frame_index.h>) is a shift, a load and an
 *             addition.
 * Trade-offs  Holes inside a section stay in the index. They cost addresses,
 *             not memory, as the frame table has memory only where it
 *             describes RAM. A machine whose RAM lies at the very end of 52
 *             address bits needs a table of 32 MiB (4 KiB pages).
 * Locking     None: built by one CPU, constant afterwards.
 */
#include <arch/frame_index.h>

static unsigned long section_of(unsigned long frame)
{
	return frame >> XMEM_SECTION_ORDER;
}

static unsigned long last_section(const struct xmem_frame_range *range)
{
	return section_of(range->end - 1);
}

/* The first section of range @i that no range before it has a frame in. */
static unsigned long first_section(const struct xmem_frame_range *range,
				   unsigned long i)
{
	unsigned long first = section_of(range[i].start);

	return i > 0 && last_section(&range[i - 1]) == first ? first + 1
							     : first;
}

/* How many sections hold RAM. */
static unsigned long count_numbers(const struct xmem_frame_range *range,
				   unsigned long nr)
{
	unsigned long numbers = 0;

	for (unsigned long i = 0; i < nr; i++) {
		numbers +=
			last_section(&range[i]) + 1 - first_section(range, i);
	}
	return numbers;
}

unsigned long xmem_frame_index_bytes(const struct xmem_frame_range *range,
				     unsigned long nr)
{
	return (last_section(&range[nr - 1]) + 1) * sizeof(unsigned long) +
	       count_numbers(range, nr) * sizeof(struct xmem_section);
}

/* In memory the table by number comes first. */
void xmem_frame_index_move(struct xmem_frame_index *index,
			   const struct xmem_frame_range *range, void *mem)
{
	struct xmem_section *section = mem;

	index->range = range;
	index->section = section;
	index->forth = (const unsigned long *)(const void *)(section +
							     index->nr_numbers);
}

/* The frames of @range that lie in section @s. @forth: index - frame there. */
static struct xmem_section_range section_range_of(
	const struct xmem_frame_range *range, unsigned long s,
	unsigned long forth)
{
	unsigned long low = s << XMEM_SECTION_ORDER;
	unsigned long last = low + (1UL << XMEM_SECTION_ORDER) - 1;
	unsigned long start = range->start > low ? range->start : low;
	unsigned long end = range->end - 1 < last ? range->end - 1 : last;

	return (struct xmem_section_range){start + forth,
					   (uint32_t)(end - start + 1), 0};
}

/* Add @range to @section, which keeps the two largest. */
static void add_section_range(struct xmem_section *section,
			      struct xmem_section_range range)
{
	for (unsigned int i = 0; i < 2; i++) {
		struct xmem_section_range other = section->range[i];

		if (range.nr > other.nr) {
			section->range[i] = range;
			range = other;
		}
	}
	section->has_more |= range.nr != 0;
}

void xmem_frame_index_init(struct xmem_frame_index *index,
			   const struct xmem_frame_range *range,
			   unsigned long nr, void *mem)
{
	struct xmem_section *section = mem;
	unsigned long *forth;
	unsigned long n = 0;
	unsigned long s = 0;

	index->nr_ranges = nr;
	index->nr_sections = last_section(&range[nr - 1]) + 1;
	index->nr_numbers = count_numbers(range, nr);
	xmem_frame_index_move(index, range, mem);
	forth = (unsigned long *)(void *)(section + index->nr_numbers);
	for (unsigned long i = 0; i < nr; i++) {
		/* Does it begin in the last section of the range before? */
		if (section_of(range[i].start) < s) {
			add_section_range(&section[n - 1],
					  section_range_of(&range[i], s - 1,
							   forth[s - 1]));
		}
		for (; s < section_of(range[i].start); s++) {
			forth[s] = (index->nr_numbers - s)
				   << XMEM_SECTION_ORDER;
		}
		for (; s <= last_section(&range[i]); s++, n++) {
			forth[s] = (n - s) << XMEM_SECTION_ORDER;
			section[n] =
				(struct xmem_section){.back = 0 - forth[s]};
			add_section_range(
				&section[n],
				section_range_of(&range[i], s, forth[s]));
		}
	}
	xmem_frame_index_limit(index, mem, ~0UL);
}

void xmem_frame_index_limit(struct xmem_frame_index *index, void *mem,
			    unsigned long end)
{
	struct xmem_section *section = mem;

	index->mapped_end = end;
	for (unsigned long i = 0; i < 2 * index->nr_numbers; i++) {
		struct xmem_section_range *r = &section[i / 2].range[i % 2];
		unsigned long start = r->first + section[i / 2].back;
		unsigned long most = end > start ? end - start : 0;

		r->nr_mapped = r->nr < most ? r->nr : (uint32_t)most;
	}
}

unsigned long xmem_frame_ram_end(const struct xmem_frame_index *index,
				 unsigned long frame)
{
	unsigned long low = 0;
	unsigned long high = index->nr_ranges;

	while (low < high) {
		unsigned long mid = low + (high - low) / 2;

		if (frame < index->range[mid].start) {
			high = mid;
		} else if (frame >= index->range[mid].end) {
			low = mid + 1;
		} else {
			return index->range[mid].end;
		}
	}
	return frame;
}

bool xmem_frame_index_search(const struct xmem_frame_index *index,
			     unsigned long frame)
{
	return xmem_frame_ram_end(index, frame) != frame;
}
