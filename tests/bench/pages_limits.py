# SPDX-License-Identifier: BSD-2-Clause
"""pages_limits.py - what page frames may cost, and which limits do not hold yet.

A row of COUNTS is instructions by callgrind, of one CPU, adapter included
(about 20 a pair): `part` says of what. `caches` is 0 or 1.
"""
from collections import namedtuple

NOBODY, XEN, OWNED = "bench_pages", "bench_pages_xen", "bench_pages_dom"
KINDS = {NOBODY: "nobody's", XEN: "xenheap", OWNED: "owned"}
SEEDS = (1, 2, 3, 4, 5)

Count = namedtuple("Count", "what kind caches args part limit")

STEADY_0 = "-w repeat-steady -o 0 -n 2000"
STEADY_9 = "-w repeat-steady -o 9 -n 500"
BULK = "-w bulk -f 262144"
RAND = "-w rand -f 262144"

COUNTS = (
    Count("pair of order 0, steady", NOBODY, 1, STEADY_0, "pair", 92),
    Count("pair of order 0, steady", XEN, 1, STEADY_0, "pair", 96),
    Count("pair of order 0, steady", OWNED, 1, STEADY_0, "pair", 170),
    Count("pair of order 0, steady", NOBODY, 0, STEADY_0, "pair", 1100),
    Count("pair of order 0, unbroken heap", NOBODY, 0,
          "-w repeat -o 0 -n 2000", "pair", 3000),
    Count("pair of order 9, steady", NOBODY, 1, STEADY_9, "pair", 140),
    Count("pair of order 9, steady", NOBODY, 0, STEADY_9, "pair", 1500),
    Count("pair of order 9, steady", XEN, 1, STEADY_9, "pair", 7000),
    Count("pair of order 9, steady", OWNED, 1, STEADY_9, "pair", 7000),
    Count("pair of order 9, steady", XEN, 0, STEADY_9, "pair", 7000),
    Count("pair of order 9, steady", OWNED, 0, STEADY_9, "pair", 7000),
    Count("pair of order 18", NOBODY, 1, "-w repeat -o 18 -n 20", "pair",
          2500),
    Count("all of memory, a frame: take", NOBODY, 1, BULK, "alloc", 90),
    Count("all of memory, a frame: give in order", NOBODY, 1, BULK, "free",
          130),
    Count("all of memory, a frame: give at random", NOBODY, 1, RAND, "free",
          320),
    Count("mixed orders, an operation", NOBODY, 1, "-w mixed -n 20000",
          "operation", 500),
)

# No limit, but good to know.
TOLD = tuple(Count(*c, None) for c in (
    ("pair of order 0, steady", XEN, 0, STEADY_0, "pair"),
    ("pair of order 0, steady", OWNED, 0, STEADY_0, "pair"),
    ("pair of order 0, unbroken heap", NOBODY, 1, "-w repeat -o 0 -n 2000",
     "pair"),
    ("pair of order 3, steady", NOBODY, 1, "-w repeat-steady -o 3 -n 2000",
     "pair"),
    ("pair of order 18", NOBODY, 0, "-w repeat -o 18 -n 20", "pair"),
    ("all of memory, a frame: take", NOBODY, 0, BULK, "alloc"),
    ("all of memory, a frame: give in order", NOBODY, 0, BULK, "free"),
    ("all of memory, a frame: give at random", NOBODY, 0, RAND, "free"),
    ("mixed orders, an operation", NOBODY, 0, "-w mixed -n 20000",
     "operation"),
    ("all of memory, a frame: take", OWNED, 1, BULK, "alloc"),
    ("all of memory, a frame: give in order", OWNED, 1, BULK, "free"),
    ("all of memory, a frame: give at random", OWNED, 1, RAND, "free"),
    ("mixed orders, an operation", OWNED, 1, "-w mixed -n 20000",
     "operation"),
))

# One call of each order 0 to 8, the longest, on 1 TiB in 64 arenas of which
# nearly all free blocks are single frames (pages/bench_call.c).
CALL_LIMIT = 5000
# A million operations of two CPUs that have nothing to do with each other, and
# other atomic instructions: none, but where the last frame of the machine is
# taken and a CPU becomes the thief of all caches.
LOCK_LIMIT = 40000
LOCKS = (
    ("pairs of order 0", "-w repeat-steady -o 0 -n 20000 -t 2", 0),
    ("single frames at random", "-w mixed0 -n 50000 -t 2 -f 131072", 0),
    ("all of memory", "-w bulk -f 131072 -t 2", None),
)
# Shares of the free memory that lie in whole superpages, with the caches on.
FRAG_SHARE = 0.98
LEFT_SHARE = 0.95
STEADY_LOSS = 0.01   # below the same seed without caches
# Bytes of text on x86-64: the engine, the heap, and the fronts of page frames.
TEXT_LIMIT = 30 * 1024
# Of these, what a host without caches links: no more than before there were any
# (of 20,582 bytes in all of these files).
TEXT_WITHOUT = 16923

# Limits that do not hold yet, by the beginning of the gate's name, and nothing
# else: a gate of this list that fails is no failure; one that holds is one.
# vmalloc takes and frees blocks of a few frames where the heap is whole: it
# splits and merges.
NOT_YET = ("limit vmalloc_64k",)


def say_gates(verdicts):
    """Print TAP for each (name, does it hold?, sentence); 1 if one failed."""
    failed = 0
    for i, (name, holds, what) in enumerate(verdicts):
        waits = name.startswith(NOT_YET) if NOT_YET else False
        note = "" if not waits else \
            " (holds: take it off NOT_YET)" if holds else " (not yet)"
        good = holds != waits
        failed |= not good
        print(f"{'ok' if good else 'not ok'} {i + 1} - {what}{note}",
              flush=True)
    return int(failed)
