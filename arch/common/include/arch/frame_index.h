/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * frame_index.h - number the frames so that sections without RAM are skipped
 *
 * Physical addresses are cut into sections of 2^XMEM_SECTION_ORDER frames.
 * The sections that hold RAM are numbered without gaps, ascending; the index
 * of a frame is the number of its section and the frame's offset in it:
 *
 *	frames	[0     RAM     ][1             ][2   RAM       ][3 RAM   ]
 *	index	[0             ]		[1             ][2       ]
 *
 * The direct map and the frame table are laid out by index, so only sections
 * with RAM need address space, wherever they are. One look at a section tells
 * exactly whether a frame is RAM.
 *
 * A section is as large as the largest block of the buddy engine or of the
 * direct map. So no block crosses a section: frames of a block are contiguous
 * and aligned by index too. The order of frames is kept.
 *
 * I1  forth[s] = index - frame for all frames of section s; if it has no RAM,
 *     the result is an index in section nr_numbers, which does not exist
 * I2  section[n].back = -forth[s], where n is the number of s
 * I3  section[n].range[]: the two largest ranges of RAM in section n, by
 *     index; if it has more, `has_more` is set: search the ranges
 * I4  range[].nr_mapped: how many of its frames are below frame mapped_end
 *
 * The tables are constant once xmem_frame_index_init() has built them. They
 * need 8 bytes for each section up to the last with RAM, 48 for each with RAM
 * and 16 for each range. docs/sparse.md says why the index goes by sections
 * instead of removing unused address bits.
 */
#ifndef ARCH_FRAME_INDEX_H
#define ARCH_FRAME_INDEX_H

#include <xmem/config.h>
#include <xmem/types.h>

XMEM_BEGIN_DECLS

/* The order of the largest block of the direct map: arch/page.h may say. */
#ifndef ARCH_MAX_BLOCK_ORDER
#define ARCH_MAX_BLOCK_ORDER 0
#endif
#define XMEM_SECTION_ORDER \
	(MAX_ORDER > ARCH_MAX_BLOCK_ORDER ? MAX_ORDER : ARCH_MAX_BLOCK_ORDER)

/** struct xmem_frame_range - frames [start, end). */
struct xmem_frame_range {
	unsigned long start;
	unsigned long end;
};

/** struct xmem_section_range - what a range of RAM has in one section. */
struct xmem_section_range {
	unsigned long first; /* index of its first frame */
	uint32_t nr;	     /* frames; 0: there is none */
	uint32_t nr_mapped;  /* of these, in the direct map */
};

/** struct xmem_section - a section that holds RAM. */
struct xmem_section {
	unsigned long back; /* frame - index */
	struct xmem_section_range range[2];
	bool has_more;
};

/** struct xmem_frame_index - the index of one machine. */
struct xmem_frame_index {
	unsigned long nr_sections; /* up to the last that holds RAM */
	unsigned long nr_numbers;  /* sections that hold RAM */
	const unsigned long *forth;
	const struct xmem_section *section;
	const struct xmem_frame_range *range; /* all RAM, ascending */
	unsigned long nr_ranges;
	unsigned long mapped_end; /* the direct map ends before this frame */
};

/**
 * xmem_frame_index_bytes - size of the tables for these ranges of RAM.
 * @range: ascending, disjoint, none empty. @nr: how many, at least 1.
 */
unsigned long xmem_frame_index_bytes(const struct xmem_frame_range *range,
				     unsigned long nr);

/**
 * xmem_frame_index_init - build the index of the RAM in @range.
 * @range: as above. It is not copied: the index goes on using it.
 * @mem:   xmem_frame_index_bytes() bytes, aligned to a long.
 */
void xmem_frame_index_init(struct xmem_frame_index *index,
			   const struct xmem_frame_range *range,
			   unsigned long nr, void *mem);

/**
 * xmem_frame_index_move - use the same tables at other addresses.
 * @range, @mem: where they can be reached from now on.
 */
void xmem_frame_index_move(struct xmem_frame_index *index,
			   const struct xmem_frame_range *range, void *mem);

/**
 * xmem_frame_index_limit - note that the direct map ends before frame @end.
 * @mem: the tables, at an address where they can be written. The default is
 *       that all RAM is in the direct map.
 */
void xmem_frame_index_limit(struct xmem_frame_index *index, void *mem,
			    unsigned long end);

/** xmem_frame_ram_end - the end of the range that holds @frame, any value;
 *  @frame itself if none does. By bisection. */
unsigned long xmem_frame_ram_end(const struct xmem_frame_index *index,
				 unsigned long frame);

/** xmem_frame_index_search - is @frame, any value, in one of the ranges? By
 *  bisection; xmem_frame_is_ram() is quicker. */
bool xmem_frame_index_search(const struct xmem_frame_index *index,
			     unsigned long frame);

/** xmem_frame_to_index - index of @frame, which is in a section with RAM. */
static inline unsigned long xmem_frame_to_index(
	const struct xmem_frame_index *index, unsigned long frame)
{
	return frame + index->forth[frame >> XMEM_SECTION_ORDER];
}

/** xmem_index_to_frame - the reverse; XMEM_NO_MFN if @i, any value, is the
 *  index of no section. */
static inline unsigned long xmem_index_to_frame(
	const struct xmem_frame_index *index, unsigned long i)
{
	unsigned long n = i >> XMEM_SECTION_ORDER;

	return n < index->nr_numbers ? i + index->section[n].back : XMEM_NO_MFN;
}

/** xmem_frame_is_ram - is @frame, any value, RAM? Exact. */
static inline bool xmem_frame_is_ram(const struct xmem_frame_index *index,
				     unsigned long frame)
{
	unsigned long s = frame >> XMEM_SECTION_ORDER;
	const struct xmem_section *section;
	unsigned long i;

	if (s >= index->nr_sections) {
		return false;
	}
	i = frame + index->forth[s];
	if (i >> XMEM_SECTION_ORDER >= index->nr_numbers) {
		return false;
	}
	section = &index->section[i >> XMEM_SECTION_ORDER];
	return i - section->range[0].first < section->range[0].nr ||
	       i - section->range[1].first < section->range[1].nr ||
	       (section->has_more && xmem_frame_index_search(index, frame));
}

/** xmem_index_is_mapped - is the frame with index @i, any value, RAM that is
 *  in the direct map? Exact. */
static inline bool xmem_index_is_mapped(const struct xmem_frame_index *index,
					unsigned long i)
{
	unsigned long n = i >> XMEM_SECTION_ORDER;
	const struct xmem_section *section = &index->section[n];

	return n < index->nr_numbers &&
	       (i - section->range[0].first < section->range[0].nr_mapped ||
		i - section->range[1].first < section->range[1].nr_mapped ||
		(section->has_more && i + section->back < index->mapped_end &&
		 xmem_frame_index_search(index, i + section->back)));
}

/** xmem_index_quick_frame - the frame with index @i, any value, if it is in the
 *  largest range of RAM of its section; else XMEM_NO_MFN. */
static inline unsigned long xmem_index_quick_frame(
	const struct xmem_frame_index *index, unsigned long i)
{
	unsigned long n = i >> XMEM_SECTION_ORDER;
	const struct xmem_section *section = &index->section[n];

	return n < index->nr_numbers && i - section->range[0].first <
						section->range[0].nr
		       ? i + section->back
		       : XMEM_NO_MFN;
}

/*
 * The index of this machine (src/frame/frames.c). arch_init_directmap() builds
 * it; it is constant afterwards. A host that numbers frames itself does not
 * use it.
 */
XMEM_HIDDEN extern struct xmem_frame_index xmem_frames;

/** Page tables that come from the boot allocator lie below this frame: once
 *  there is a direct map, it holds them. */
XMEM_HIDDEN extern unsigned long xmem_table_limit;

/** xmem_directmap_valid - is frame @mfn, any value, RAM? Not inline, as it has
 *  many callers. */
bool xmem_directmap_valid(unsigned long mfn);

/** xmem_directmap_has - is the frame with index @i, any value, in the direct
 *  map? */
bool xmem_directmap_has(unsigned long i);

XMEM_END_DECLS

#endif /* ARCH_FRAME_INDEX_H */
