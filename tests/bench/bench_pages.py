#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""bench_pages.py - what page frames cost, and how much of them stays in whole.

usage: bench_pages.py [--gate | --figures]

Builds the programs of tests/bench/pages (the variant `pages`) and measures all
that pages_limits.py has a limit for. With --gate it prints TAP; with --figures
a table; else it writes docs/benchmarks.md, with plots (pages_report.py).

Instructions repeat exactly on the same compiler, and shares on all.
"""
import os
import sys

import pages_measure as measure
from pages_limits import (CALL_LIMIT, COUNTS, FRAG_SHARE, KINDS,
                          LEFT_SHARE, LOCK_LIMIT, LOCKS, STEADY_LOSS,
                          TEXT_LIMIT, TEXT_WITHOUT, TOLD, say_gates)

ON_OFF = ("caches off", "caches on")


def verdicts():
    """(name, value or None, limit, does it hold?) of every gate."""
    caches = measure.has_caches()
    yield from verify_verdicts(caches)
    yield from count_verdicts(COUNTS, caches)
    yield from call_verdicts(caches)
    yield from lock_verdicts(caches)
    yield from share_verdicts(caches)
    yield from text_verdicts()


def text_verdicts():
    measure.build_text("PORT=tests/bench/pages/port")
    yield at_most("text with caches", measure.all_text(), TEXT_LIMIT)
    yield at_most("linked text with caches", measure.linked_text(), None)
    measure.build_text("EXTRA_CFLAGS=-DXMEM_CONFIG_CPU_CACHES=0")
    yield at_most("text without caches, linked", measure.linked_text(),
                  TEXT_WITHOUT)
    yield at_most("all text without caches", measure.all_text(), None)


def at_most(name, value, limit):
    return name, value, limit, limit is None or \
        value is not None and value <= limit


def at_least(name, value, limit):
    return name, value, limit, value is not None and value >= limit


def verify_verdicts(caches):
    runs = [(kind, f"-c {on} -a {arenas} -t {cpus}") for kind in KINDS
            for on in range(1 + caches) for arenas in (1, 7) for cpus in (1, 2)]
    for (kind, options), wrong in zip(runs, measure.in_parallel(
            [lambda r=run: measure.verify(*r) for run in runs])):
        if wrong:
            print(f"# {wrong}")
        yield at_most(f"verify {options}, {KINDS[kind]}", len(wrong), 0)


def count_verdicts(table, caches):
    rows = [r for r in table if caches or not r.caches]
    counts = dict(zip(rows, measure.in_parallel(
        [lambda r=r: measure.count(r) for r in rows])))
    for row in table:
        name = f"{row.what}, {KINDS[row.kind]}, {ON_OFF[row.caches]}"
        yield at_most(name, counts.get(row), row.limit)


def call_verdicts(caches):
    for on in (0, 1):
        if on and not caches:
            yield at_most("longest call, caches on", None, CALL_LIMIT)
            continue
        for (order, what), cost in sorted(measure.longest_calls(on).items()):
            yield at_most(f"longest {what} of order {order}, {ON_OFF[on]}",
                          cost, CALL_LIMIT)


def lock_verdicts(caches):
    found = measure.all_locks(1) if caches else [(None, None)] * len(LOCKS)
    for (what, _, limit), (locks, others) in zip(LOCKS, found):
        yield at_most(f"locks in a million operations, {what}", locks,
                      LOCK_LIMIT)
        yield at_most(f"other atomics in a million operations, {what}",
                      others, limit)


def share_verdicts(caches):
    off = measure.all_shares(0)
    on = measure.all_shares(1) if caches else {}
    for seed in off:
        for where, got in (("off", off[seed]), ("on", on.get(seed, {}))):
            for tag, limit in (("frag", FRAG_SHARE),
                               ("only0left", LEFT_SHARE)):
                yield at_least(f"caches {where}, share {tag}, seed {seed}",
                               got.get(tag), limit)
        yield at_least(f"caches on, share steady, seed {seed}",
                       on.get(seed, {}).get("steady"),
                       off[seed]["steady"] - STEADY_LOSS)


def num(x):
    if x is None:
        return "-"
    return f"{x:.4f}" if 0 < x < 2 else f"{x:,.0f}"


def gate():
    return say_gates(
        (name, holds, f"{name}: {num(value)}, limit {num(limit)}")
        for name, value, limit, holds in verdicts())


def told():
    """As verdicts(), of what has no limit."""
    caches = measure.has_caches()
    yield from count_verdicts(TOLD, caches)
    for seed, tags in measure.all_shares(0).items():
        yield at_most(f"share steady, seed {seed}, caches off",
                      tags["steady"], None)


def figures():
    print("| what | value | limit | holds |\n|---|--:|--:|---|")
    for name, value, limit, holds in (*verdicts(), *told()):
        print(f"| {name} | {num(value)} | {num(limit)} | "
              f"{'yes' if holds else '**no**'} |", flush=True)
    return 0


def main():
    for name in ("MAKEFLAGS", "MAKELEVEL"):  # no jobserver reaches here
        os.environ.pop(name, None)
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
    measure.build()
    if "--gate" in sys.argv:
        return gate()
    if "--figures" in sys.argv:
        return figures()
    import pages_report
    return pages_report.write()


sys.exit(main())
