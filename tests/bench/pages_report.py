# SPDX-License-Identifier: BSD-2-Clause
"""pages_report.py - page frames in docs/benchmarks.md: peers, and plots.

Peers come from the benchmark that the project shares with them,
../shared/bench/pages: it has an adapter for each, and takes ours from
tests/bench/adapters. Where it is not there, the table of peers stays as it is.
"""
import json
import os
import subprocess
import sys

import callgrind
import pages_measure as measure

DOC = "docs/benchmarks.md"
BEGIN, END = "<!-- pages table begins -->", "<!-- pages table ends -->"
PEERS_OUT = "build/peers"
PEERS = ("stack", "linuxmodel", "xenmodel", "xmem-off", "xmem")
HEAD = ("workload", "limit", "Linux-style", "Xen-style", "LLFree",
        "xmem, caches off", "xmem")

# What, arguments, part of the result, what LLFree needed (ns; not in this run:
# it is not to be had here).
PAIR, TAKE, GIVE = "pair", "alloc", "free"
TIMES = (
    ("pair of order 0, steady", "repeat-steady -o 0 -n 300000", PAIR, "33"),
    ("pair of order 0, unbroken heap", "repeat -o 0 -n 300000", PAIR, "33"),
    ("pair of order 9, steady", "repeat-steady -o 9 -n 20000", PAIR, "27"),
    ("pair of order 18", "repeat -o 18 -n 200", PAIR, ""),
    ("all of memory, a frame: take", "bulk", TAKE, "26"),
    ("the same: give in order", "bulk", GIVE, "22"),
    ("the same: give at random", "rand", GIVE, "16"),
    ("mixed orders, an operation", "mixed -n 1000000", PAIR, "46"),
    ("two CPUs: pair of order 0", "repeat-steady -o 0 -n 300000 -t 2", PAIR,
     "33"),
    ("two CPUs: producer, consumer", "prodcons -n 300000 -t 2", PAIR, "122"),
)
TWO_CPUS = 8  # which of them
COUNTS = (
    ("pair of order 0, steady", "repeat-steady -o 0 -n 2000", "pair", "572"),
    ("pair of order 0, unbroken heap", "repeat -o 0 -n 2000", "pair", ""),
    ("pair of order 9, steady", "repeat-steady -o 9 -n 500", "pair", ""),
    ("all of memory, a frame: take", "bulk -f 262144", "alloc", ""),
    ("the same: give in order", "bulk -f 262144", "free", ""),
    ("the same: give at random", "rand -f 262144", "free", ""),
    ("mixed orders, an operation", "mixed -n 20000", "operation", ""),
)
SHARES = (
    ("half of all frames freed at random, and churn",
     "frag -n 100 -s 1", "it100", "0.87"),
    ("mixed orders, steady", "fragmix -n 3000000 -s 1", "steady", "0.002"),
    ("only its single frames stay", "fragmix -n 3000000 -s 1", "only0left",
     "0.50"),
)


# -- peers --------------------------------------------------------------------

def peers_folder():
    for path in ("../shared/bench/pages", "../../shared/bench/pages"):
        if os.path.exists(path):
            return path
    return None


def build_peers(folder):
    subprocess.run([f"{folder}/build.sh", ".", PEERS_OUT], check=True)
    for prefix in ("", "cg-"):
        path = f"{PEERS_OUT}/{prefix}xmem-off"
        with open(path, "w", encoding="utf-8") as f:
            f.write("#!/bin/sh\nXMEM_NO_CACHES=1 exec "
                    f"{PEERS_OUT}/{prefix}xmem \"$@\"\n")
        os.chmod(path, 0o755)


def can(peer, args):
    """Has that peer such blocks? The limit has single frames alone, and
    Linux-style ones end at order 10."""
    single = args.startswith(("repeat -o 0", "bulk", "rand", "prodcons"))
    return (peer != "stack" or single) and \
        (peer != "linuxmodel" or "-o 18" not in args)


def peer_times(folder):
    """(arguments, peer) -> what run.py says of interleaved runs."""
    out = f"{PEERS_OUT}/times.json"
    subprocess.run([sys.executable, f"{folder}/run.py", out, "-r", "3",
                    "-b", PEERS_OUT, "-a", ",".join(PEERS), "-w",
                    ";".join(dict.fromkeys(args for _, args, *_ in TIMES))],
                   check=True, stdout=subprocess.DEVNULL)
    with open(out, encoding="utf-8") as f:
        return {(row["wl"], row["alloc"]): row for row in json.load(f)}


def best(row, part):
    """Nanoseconds of the threads' CPUs: the least of all runs, since this
    machine has other work."""
    return row[{PAIR: "mix", TAKE: "alloc", GIVE: "free"}[part] + "_c"]["min"]


def speed_up(times, peer):
    """What two CPUs do in the time in which one does 1.00."""
    pair, two = TIMES[0][1], TIMES[TWO_CPUS][1]
    if (pair, peer) not in times:
        return ""
    return f"{2 * best(times[pair, peer], PAIR) / best(times[two, peer], PAIR):.2f}"


def peer_counts(args, peer, part):
    """Instructions, or None."""
    env = dict(os.environ)
    if peer.endswith("-off"):
        env["XMEM_NO_CACHES"] = "1"
    program = f"{PEERS_OUT}/cg-{peer.removesuffix('-off')}"
    dumps, _ = callgrind.run(program, "-w", *args.split(), env=env)
    total = {"pfa_alloc": [0, 0], "pfa_free": [0, 0]}
    for dump in dumps:
        for name, (cost, nr) in dump.calls(total).items():
            total[name][0] += cost
            total[name][1] += nr
    return measure.part_of(total["pfa_alloc"], total["pfa_free"], part)


def peer_share(args, peer, tag):
    out = subprocess.run([f"{PEERS_OUT}/{peer}", "-w", *args.split()],
                         capture_output=True, text=True, check=True).stdout
    line = next(ln for ln in out.splitlines() if f" tag={tag} " in ln)
    return line.partition("share9=")[2].split()[0][:5]


def row_of(what, llfree, cells):
    """Peers in the order of HEAD; LLFree stands between them."""
    return (what, *cells[:3], llfree, *cells[3:])


def time_rows(folder):
    times = peer_times(folder)
    yield ("nanoseconds", *HEAD[1:])
    for what, args, part, llfree in TIMES:
        cells = [best(times[args, p], part)
                 if can(p, args) and (args, p) in times else None
                 for p in PEERS]
        yield row_of(what, llfree, [
            "" if ns is None else f"{ns:,.0f}" if ns >= 20 else f"{ns:.1f}"
            for ns in cells])
    yield row_of("two CPUs against one", "",
                 [speed_up(times, p) for p in PEERS])


def count_rows():
    yield ("instructions", *HEAD[1:])
    for what, args, part, llfree in COUNTS:
        cells = measure.in_parallel(
            [lambda p=p: f"{peer_counts(args, p, part):,.0f}"
             if can(p, args) else "" for p in PEERS])
        yield row_of(what, llfree, cells)


def share_rows():
    yield ("free memory in whole superpages", *HEAD[1:])
    for what, args, tag, llfree in SHARES:
        cells = measure.in_parallel(
            [lambda p=p: peer_share(args, p, tag) if p != "stack" else ""
             for p in PEERS])
        yield row_of(what, llfree, cells)


def table(rows):
    rows = list(rows)
    width = [max(len(r[i]) for r in rows) for i in range(len(rows[0]))]
    for nr, row in enumerate(rows):
        yield "| " + " | ".join(
            c.rjust(w) if i else c.ljust(w)
            for i, (c, w) in enumerate(zip(row, width))) + " |"
        if nr == 0:
            yield "|" + "|".join("-" * (w + 1) + (":" if i else "-")
                                 for i, w in enumerate(width)) + "|"


def peer_tables():
    """Markdown, or None if the peers are not to be had."""
    folder = peers_folder()
    if folder is None:
        print("no peers: ../shared/bench/pages is not there", file=sys.stderr)
        return None
    build_peers(folder)
    return "\n\n".join("\n".join(table(rows)) for rows in
                       (time_rows(folder), count_rows(), share_rows()))


# -- the document -------------------------------------------------------------

def write():
    import pages_plots
    pages_plots.draw_all()
    text = peer_tables()
    if text is None:
        return 0
    print(text)
    with open(DOC, encoding="utf-8") as f:
        before, _, rest = f.read().partition(BEGIN)
    _, _, after = rest.partition(END)
    with open(DOC, "w", encoding="utf-8") as f:
        f.write(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")
    return 0
