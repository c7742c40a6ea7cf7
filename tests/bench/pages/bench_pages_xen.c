/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench_pages_xen.c - the workloads on page frames, frames of the xenheap
 *
 * include: tests/bench/adapters/port tests/bench/adapters
 * with: tests/bench/pages/run.c tests/bench/pages/blocks.c
 * with: tests/bench/pages/churn.c tests/bench/pages/bulk.c
 * with: tests/bench/pages/frag.c tests/bench/pages/shares.c
 * link: src/lib/ src/frame/ src/buddy/ src/heap/ src/page/ src/xenheap/
 * flags: -mgeneral-regs-only
 *
 * usage: run.c
 */
#define XENHEAP
#include "../adapters/pages/xmem.c"

#include "workload.h"

int main(int argc, char **argv)
{
	return run_pages(argc, argv);
}
