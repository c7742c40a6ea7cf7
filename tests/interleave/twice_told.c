/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * twice_told.c - the same block freed on two CPUs, for a port that is told of
 * each: a claim of its own, and then the release
 *
 * link: src/buddy/ src/heap/ src/page/ src/xenheap/ src/lib/
 * link: tests/interleave/frees.c
 * link: tests/interleave/tasks.c tests/interleave/points.c
 * link: tests/interleave/buffer.c tests/interleave/explore.c
 * link: tests/interleave/replay.c tests/interleave/machine.c
 * include: tests/interleave/include tests/interleave
 * flags: -fsanitize=thread -Wno-tsan -DXMEM_MAY_RACE=
 * native: needs the calls that -fsanitize=thread makes, and no runtime of it
 */
#include "frees.h"

int main(void)
{
	return frees_main();
}
