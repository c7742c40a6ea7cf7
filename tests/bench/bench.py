#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""bench.py - instructions per operation, counted by callgrind.

usage: bench.py [--gate]

Builds the variant `bench` (host machine with the default lock and without
its checkers), runs the programs of tests/bench under valgrind and prints a
table. With --gate the limits of GATES and RATIOS are checked and TAP is
printed instead of writing docs/benchmarks.md.

The counts are of one CPU, warm, with the loop around the operation taken
off. They repeat exactly on the same compiler. "Library alone" is the part in
src and headers on the first machine: without the host's page table
entries, its table of RAM and the C library.
"""
import glob
import os
import re
import subprocess
import sys

from pages_limits import say_gates

OUT = "build/bench"
DOC = "docs/benchmarks.md"
BEGIN, END = "<!-- bench table begins -->", "<!-- bench table ends -->"
MACHINES = ((1024, 10), (16384, 10), (1024, 10000), (16384, 10000))

# Name, what it is, what the peers need (measured by their own benchmarks).
ROWS = (
    ("domheap_page", "alloc + free_domheap_page",
     "Xen-style 717, LLFree 487, Linux-style 124"),
    ("xenheap_page", "alloc + free_xenheap_page", "Xen-style 717"),
    ("domheap_order9", "the same, order 9", "Xen-style 25,245"),
    ("xenheap_order9", "xenheap, order 9", "Xen-style 25,245"),
    ("xmalloc_64", "xmalloc + xfree, 64 B",
     "tlsf 213-271, glibc 139, mimalloc 47"),
    ("xmalloc_1000", "xmalloc + xfree, 1000 B",
     "tlsf 272-316, glibc 398, mimalloc 53"),
    ("xvmalloc_64", "xvmalloc + xvfree, 64 B", ""),
    ("vmalloc_64k", "vmalloc + vfree, 64 KiB", ""),
    ("range_1", "xmem_take_range alone, 1 frame", ""),
    ("range_512", "the same, 512 frames", ""),
    ("run_66000", "xmem_take_run alone, 66,000 frames", ""),
    ("replay", "recorded boot, per call", ""),
)
# Most instructions allowed on any machine.
GATES = {
    "domheap_page": 100, "xenheap_page": 130,
    "xmalloc_64": 240, "xmalloc_1000": 240, "vmalloc_64k": 5000,
    "range_1": 2000, "range_512": 1000, "run_66000": 9000,
}
# Single frames without caches, by the state that the heap is in: of nobody, and
# of the xenheap, whose descriptor is written, too.
STATES = {"half": (1100, 1350), "sole": (1150, 1400), "split": (3400, 3600),
          "steady": (1400, 1600)}
STATE_MACHINES = (1024, 16384)
# Bulk calls, a frame: on a heap that is whole, given back in order.
BULK = {"nobodys_alloc": 15, "nobodys_free": 25, "owned_alloc": 35,
        "owned_free": 50}
BULK_ROWS = (
    ("nobodys_alloc", "allocate, nobody's"), ("owned_alloc", "owned"),
    ("nobodys_free", "free as they came, nobody's"), ("owned_free", "owned"),
    ("nobodys_free_ascending", "ascending, nobody's"),
    ("owned_free_ascending", "owned"),
    ("nobodys_free_shuffled", "shuffled within a call, nobody's"),
    ("owned_free_shuffled", "owned"),
    ("nobodys_free_random", "at random, nobody's"),
    ("owned_free_random", "owned"),
)
HANDOVER_LIMIT = 13200000  # 64 TiB
SIZE_RATIO = 1.25    # 16 GiB against 1 GiB: one level of the tree more
LIVE_RATIO = 1.5     # 10,000 live objects against 10
HANDOVER_RATIO = 1.5  # 64 TiB against 1 TiB in as many ranges
INDEX_MORE = 6       # frame to index against the frame number itself
SPAN_RATIO = 1.02    # addresses for a direct map against RAM, large ranges

# Rows of the table of conversions: what, case there, case back.
INDEX_ROWS = (
    ("the frame number itself", "index_number", "index_number"),
    ("one run of unused bits taken out", "index_bits_forth",
     "index_bits_back"),
    ("all such runs taken out", "index_runs_forth", ""),
    ("ranges, by bisection: 3 of them", "index_ranges_forth", ""),
    ("the same, 1000", "index_thousand_ranges_forth", ""),
    ("sections: 3 ranges", "index_sections_forth", "index_sections_back"),
    ("the same, 1000", "index_thousand_forth", ""),
    ("is it RAM? 3 ranges, by bisection", "index_ranges_is_ram", ""),
    ("the same, by section", "index_sections_is_ram", ""),
    ("1000 ranges, by bisection", "index_thousand_ranges_is_ram", ""),
    ("1000 ranges, one of the two at hand", "index_thousand_at_hand", ""),
    ("1000 ranges, another one", "index_thousand_search", ""),
)
SPAN_HEAD = ("machine", "RAM", "frame number", "one run", "all runs",
             "sections", "KiB of tables", "KiB of ranges")
# Where the library is, but for the host's own part of it.
OURS = ("src/", "include/xmem/", "arch/common/include/")


def library_cost(text):
    """Instructions in code of src and include, callees elsewhere excluded."""
    names, total, ours, skip = {}, 0, False, False
    for line in text.splitlines():
        m = re.match(r"(?:fl|fi|fe)=\((\d+)\)(?: (.*))?", line)
        if m:
            if m.group(2):
                names[m.group(1)] = m.group(2)
            name = os.path.relpath(names[m.group(1)])
            ours = name.startswith(OURS)
        elif line.startswith("c") and re.match(r"c(fi|fl)=\((\d+)\) ", line):
            key, name = re.match(r"c..=\((\d+)\) (.*)", line).groups()
            names[key] = name
        elif line.startswith("calls="):
            skip = True
        elif re.match(r"[+*\d-]", line):
            total += int(line.split()[1]) if ours and not skip else 0
            skip = False
    return total


def run(program, *args):
    """Case name -> instructions per operation: (all code, the library's)."""
    base = f"{OUT}/callgrind.{program}"
    for old in glob.glob(base + "*"):
        os.remove(old)
    done = subprocess.run(
        ["valgrind", "-q", "--tool=callgrind", "--instr-atstart=no",
         f"--callgrind-out-file={base}", f"{OUT}/tests/bench/{program}",
         *map(str, args)], capture_output=True, text=True, timeout=600,
        check=False)
    if done.returncode != 0:
        sys.exit(f"not ok - {program} {args}: exit {done.returncode}\n"
                 + done.stdout[-800:] + done.stderr[-1500:])
    raw = {}
    for path in glob.glob(base + ".*"):
        text = open(path, encoding="utf-8").read()
        m = re.search(r"Client Request: case (\w+) (\d+) (\d+)", text)
        if m:
            total = int(re.search(r"^summary: (\d+)", text, re.M).group(1))
            raw[m.group(1)] = (total, library_cost(text), int(m.group(2)),
                               int(m.group(3)))
    total, _, calls, _ = raw.pop("overhead")
    per_call = total / calls
    return {name: ((total - calls * per_call) / ops, own / ops)
            for name, (total, own, calls, ops) in raw.items()}


def spans():
    """Machine -> what the printed table of bench_index says of it."""
    out = subprocess.run([f"{OUT}/tests/bench/bench_index"], check=True,
                         capture_output=True, text=True).stdout
    rows = (line.strip("| ").split(" | ") for line in out.splitlines())
    return {name: [float(x) for x in numbers] for name, *numbers in rows}


def build():
    programs = " ".join(p[6:-2] for p in glob.glob("tests/bench/bench_*.c"))
    subprocess.run(["make", "-s", "-j2", "VARIANT=bench", f"T={programs}",
                    "tests"], check=True)


def measure():
    stack, own = {}, {}
    for mib, live in MACHINES:
        for name, (count, library) in run("bench_stack", mib, live).items():
            stack.setdefault(name, []).append(count)
            own.setdefault(name, library)
    states = [{name: count for name, (count, _) in
               run("bench_states", mib).items()} for mib in STATE_MACHINES]
    bulk = {name: count for name, (count, _) in run("bench_bulk").items()}
    va = {live: {name: count for name, (count, _) in
                 run("bench_va", live).items()} for live in (10, 100000)}
    handover = {gib: run("bench_handover", gib, 1000)["handover"][0] * 1000
                for gib in (1024, 65536)}
    # The replay writes into memory and maps it for real: library alone.
    own["replay"] = run("bench_replay")["replay"][1]
    index = {name: count for name, (count, _) in
             run("bench_index", "count").items()}
    return stack, own, states, bulk, va, handover, (index, spans())


def num(x):
    return f"{x:,.0f}"


def tables(stack, own, states, bulk, va, handover, index):
    """Lines of Markdown: seven tables, aligned for the terminal as well."""
    head = ("operation", "1 GiB", "16 GiB", "1 GiB, 10k live",
            "16 GiB, 10k live", "library alone", "limit", "peers")
    rows = [head]
    for name, what, peers in ROWS:
        counts = [num(c) for c in stack.get(name, [])] or [""] * 4
        limit = num(GATES[name]) if name in GATES else ""
        rows.append((what, *counts, num(own[name]), limit, peers))
    yield from layout(rows)
    yield ""
    rows = [("a single frame, without caches", "nobody's, 1 GiB", "16 GiB",
             "limit", "xenheap, 1 GiB", "16 GiB", "limit")]
    for state, limits in STATES.items():
        rows.append((state, *(num(n) for kind, limit in
                              zip(("dom", "xen"), limits) for n in
                              (*(m[f"{kind}_{state}"] for m in states),
                               limit))))
    yield from layout(rows)
    yield ""
    rows = [("bulk calls, a frame", "whole heap", "in pieces", "limit")]
    for name, what in BULK_ROWS:
        rows.append((what, num(bulk[f"bulk_whole_{name}"]),
                     num(bulk[f"bulk_broken_{name}"]),
                     num(BULK[name]) if name in BULK else ""))
    yield from layout(rows)
    yield ""
    rows = [("address ranges: take + give", "10 live", "100,000 live")]
    for name, what in (("va_1_page", "1 page"), ("va_16_pages", "16 pages")):
        rows.append((what, num(va[10][name]), num(va[100000][name])))
    yield from layout(rows)
    yield ""
    rows = [("end_boot_allocator(), 1000 ranges", "instructions")]
    for gib, count in sorted(handover.items()):
        rows.append((f"{gib // 1024} TiB", num(count)))
    yield from layout(rows)
    yield ""
    yield from index_tables(*index)


def index_tables(counts, machines):
    rows = [("frame to a number without holes", "there", "back")]
    for what, there, back in INDEX_ROWS:
        rows.append((what, num(counts[there]),
                     num(counts[back]) if back else ""))
    yield from layout(rows)
    yield ""
    rows = [SPAN_HEAD]
    for name, numbers in machines.items():
        rows.append((name, *(f"{x:,.1f}" for x in numbers)))
    yield from layout(rows, left=(0,))


def layout(rows, left=(0, 7)):
    width = [max(len(r[i]) for r in rows) for i in range(len(rows[0]))]
    for nr, row in enumerate(rows):
        cells = [c.ljust(w) if i in left else c.rjust(w)
                 for i, (c, w) in enumerate(zip(row, width))]
        yield "| " + " | ".join(cells) + " |"
        if nr == 0:
            yield "|" + "|".join(
                "-" * (w + 2) if i in left else "-" * (w + 1) + ":"
                for i, w in enumerate(width)) + "|"


def write_tsv(stack, own, states, bulk, va, handover, index):
    with open(f"{OUT}/stack.tsv", "w", encoding="utf-8") as f:
        f.write("operation\t" + "\t".join(
            f"{mib}MiB_{live}live" for mib, live in MACHINES)
            + "\tlibrary\n")
        for name, counts in stack.items():
            f.write(name + "".join(f"\t{c:.1f}" for c in counts)
                    + f"\t{own[name]:.1f}\n")
    with open(f"{OUT}/states.tsv", "w", encoding="utf-8") as f:
        f.write("case\tMiB\tinstructions\n")
        for mib, cases in zip(STATE_MACHINES, states):
            for name, count in cases.items():
                f.write(f"{name}\t{mib}\t{count:.1f}\n")
    with open(f"{OUT}/bulk.tsv", "w", encoding="utf-8") as f:
        f.write("case\tinstructions\n")
        for name, count in bulk.items():
            f.write(f"{name}\t{count:.1f}\n")
    with open(f"{OUT}/va.tsv", "w", encoding="utf-8") as f:
        f.write("operation\tlive\tinstructions\n")
        for live, cases in va.items():
            for name, count in cases.items():
                f.write(f"{name}\t{live}\t{count:.1f}\n")
    with open(f"{OUT}/handover.tsv", "w", encoding="utf-8") as f:
        f.write("GiB\tinstructions\n")
        for gib, count in handover.items():
            f.write(f"{gib}\t{count:.0f}\n")
    with open(f"{OUT}/index.tsv", "w", encoding="utf-8") as f:
        f.write("case\tinstructions\n")
        for name, count in index[0].items():
            f.write(f"{name}\t{count:.1f}\n")


def write_doc(lines):
    compiler = subprocess.run(["gcc", "--version"], capture_output=True,
                              text=True, check=True).stdout.split("\n")[0]
    text = open(DOC, encoding="utf-8").read() if os.path.exists(DOC) else \
        f"# Benchmarks\n\n{BEGIN}\n{END}\n"
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    table = "\n".join(lines)
    with open(DOC, "w", encoding="utf-8") as f:
        f.write(f"{before}{BEGIN}\n\n{table}\n\nCompiler: {compiler}, -O2.\n\n"
                f"{END}{after}")


def verdicts(stack, _own, states, bulk, va, handover, index):
    """(name, holds?, sentence) of every gate."""
    for name, worst in ((n, max(m[n] for m in states)) for n in states[0]):
        limit = STATES[name[4:]][name.startswith("xen")]
        yield f"state {name}", worst <= limit, \
            f"state {name}: {worst:.0f} of {limit} instructions"
    for name, limit in BULK.items():
        count = bulk[f"bulk_whole_{name}"]
        yield f"bulk {name}", count <= limit, \
            f"bulk {name}: {count:.1f} of {limit} instructions a frame"
    yield "hand-over", handover[65536] <= HANDOVER_LIMIT, \
        f"handover: {handover[65536]:.0f} of {HANDOVER_LIMIT} instructions"
    for name, limit in GATES.items():
        worst = max(stack[name])
        yield f"limit {name}", worst <= limit, \
            f"{name}: {worst:.0f} of {limit} instructions"
    for holds, what in ratios(stack, va, handover, index):
        yield what, holds, what


def ratios(stack, va, handover, index):
    """(holds?, sentence)."""
    for name, counts in stack.items():
        size = max(counts[1] / counts[0], counts[3] / counts[2])
        live = max(counts[2] / counts[0], counts[3] / counts[1])
        yield size <= SIZE_RATIO, \
            f"{name}: 16 GiB / 1 GiB = {size:.2f} (limit {SIZE_RATIO})"
        yield live <= LIVE_RATIO, \
            f"{name}: 10,000 / 10 live = {live:.2f} (limit {LIVE_RATIO})"
    for name in va[10]:
        ratio = va[100000][name] / va[10][name]
        yield ratio <= LIVE_RATIO, \
            f"{name}: 100,000 / 10 live = {ratio:.2f} (limit {LIVE_RATIO})"
    ratio = handover[65536] / handover[1024]
    yield ratio <= HANDOVER_RATIO, \
        f"handover: 64 TiB / 1 TiB = {ratio:.2f} (limit {HANDOVER_RATIO})"
    counts, machines = index
    more = counts["index_sections_forth"] - counts["index_number"]
    yield more <= INDEX_MORE, \
        f"frame to index: {more:.0f} instructions (limit {INDEX_MORE})"
    for name, (ram, *_, span, _tables, _ranges) in machines.items():
        if not name.startswith("1000"):
            yield span / ram <= SPAN_RATIO, \
                f"{name}: span / RAM = {span / ram:.3f} (limit {SPAN_RATIO})"


def main():
    for name in ("MAKEFLAGS", "MAKELEVEL"):  # no jobserver reaches here
        os.environ.pop(name, None)
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
    build()
    results = measure()
    lines = list(tables(*results))
    write_tsv(*results)
    if "--gate" not in sys.argv:
        print("Instructions per operation\n")
        print("\n".join(lines))
        write_doc(lines)
        return 0
    return say_gates(verdicts(*results))


sys.exit(main())
