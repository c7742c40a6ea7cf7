/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench_replay.c - the recorded boot of a hypervisor, per call
 *
 * usage: bench_replay
 *
 * Counts the calls after the hand-over to the heap. The machine carries the
 * changes of page tables out (zeroed memory is written to), so bench.py takes
 * the instructions of the library's own code alone: not the machine's, nor
 * memset() and memcpy(), nor the replay itself.
 */
#include <string.h>

#include "replay.h"

#include "../bench/bench.h"

static void rest(void *arg)
{
	if (!replay_rest(arg)) {
		fprintf(stderr, "bench: replay: %s\n", replay_error());
		exit(1);
	}
}

int main(void)
{
	struct replay_options options = {false, 0};
	struct xmem_host_config config;
	struct replay *r = replay_load("tests/data/boot.ops.txt.gz", options);

	memset(&config, 0, sizeof(config));
	if (r == NULL || replay_power_on(r, config) != 0 || !replay_boot(r)) {
		fprintf(stderr, "bench: replay: %s\n", replay_error());
		return 1;
	}
	bench_overhead();
	bench_run_ops("replay", rest, r, 1, replay_nr_calls(r));
	return 0;
}
