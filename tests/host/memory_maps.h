/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memory_maps.h - where real machines have their RAM
 *
 * For tests and measurements of everything that must cope with holes. Bytes,
 * ascending; `node` is the NUMA node.
 */
#ifndef MEMORY_MAPS_H
#define MEMORY_MAPS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct map_range {
	uint64_t start;
	uint64_t end;
	unsigned int node;
};

#define MAPS_MAX_RANGES 1000

struct memory_map {
	const char *name;
	unsigned int nr;
	struct map_range range[MAPS_MAX_RANGES];
};

#define MAPS_KIB (1ULL << 10)
#define MAPS_MIB (1ULL << 20)
#define MAPS_GIB (1ULL << 30)

enum {
	MAP_PC,		 /* RAM from 0, the usual holes */
	MAP_ARM_BOARD,	 /* 2 GiB at 2 GiB, 6 at 34, 8 at 512 */
	MAP_TWO_SOCKETS, /* a server, firmware's holes below 4 GiB */
	MAP_ARM_SERVER,	 /* two sockets, RAM at 2 GiB, 8 TiB and 64 TiB */
	MAP_THOUSAND,	 /* 1000 small ranges */
	NR_MAPS
};

static inline void map_add(struct memory_map *map, uint64_t start,
			   uint64_t size, unsigned int node)
{
	map->range[map->nr++] = (struct map_range){start, start + size, node};
}

/* A thousand ranges of 1 to 8 MiB with odd ends, 64 MiB apart. */
static inline void map_fill_thousand(struct memory_map *map)
{
	for (unsigned int i = 0; i < 1000; i++) {
		uint64_t size = (1 + i % 8) * MAPS_MIB + i * 64 * MAPS_KIB / 10;

		map_add(map, (16 + 64ULL * i) * MAPS_MIB + (i % 3) * MAPS_MIB,
			size & ~(64 * MAPS_KIB - 1), 0);
	}
}

static inline void map_fill(struct memory_map *map, unsigned int which)
{
	static const char *const names[] = {
		"PC, 16 GiB", "Arm board, 2 + 6 + 8 GiB",
		"two sockets, 256 GiB", "Arm server, two sockets, 512 GiB",
		"1000 ranges, 7.5 GiB"};

	memset(map, 0, sizeof(*map));
	map->name = names[which];
	switch (which) {
	case MAP_PC:
		map_add(map, 0, 640 * MAPS_KIB, 0);
		map_add(map, MAPS_MIB, 3 * MAPS_GIB - MAPS_MIB, 0);
		map_add(map, 4 * MAPS_GIB, 13 * MAPS_GIB, 0);
		break;
	case MAP_ARM_BOARD:
		map_add(map, 2 * MAPS_GIB, 2 * MAPS_GIB, 0);
		map_add(map, 34 * MAPS_GIB, 6 * MAPS_GIB, 0);
		map_add(map, 512 * MAPS_GIB, 8 * MAPS_GIB, 0);
		break;
	case MAP_TWO_SOCKETS:
		map_add(map, 0, 0x9f000, 0);
		map_add(map, MAPS_MIB, 0x69b00000, 0);
		map_add(map, 0x6a880000, 0x4f0000, 0);
		map_add(map, 0x6b2c0000, 0xc940000, 0);
		map_add(map, 0x78c00000, 0x7400000, 0);
		map_add(map, 4 * MAPS_GIB, 126 * MAPS_GIB, 0);
		map_add(map, 130 * MAPS_GIB, 128 * MAPS_GIB, 1);
		break;
	case MAP_ARM_SERVER:
		map_add(map, 0x88300000, 0x77d00000, 0);
		map_add(map, 0x80000000000, 254 * MAPS_GIB, 0);
		map_add(map, 0x400000000000, 256 * MAPS_GIB, 1);
		break;
	default:
		map_fill_thousand(map);
		break;
	}
}

#endif /* MEMORY_MAPS_H */
