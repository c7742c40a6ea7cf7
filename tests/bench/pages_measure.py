# SPDX-License-Identifier: BSD-2-Clause
"""pages_measure.py - runs the programs of tests/bench/pages.

Each function returns None where the library has no caches yet and the run asks
for them.
"""
import glob
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import callgrind
from pages_limits import LOCKS, NOBODY, SEEDS

OUT = "build/pages/tests/bench/pages"
TEXT = "build/pages-text"
# Folders of the engine, the heap and the fronts of page frames, and of these
# what is only linked by a host that calls it (tests/lint/object.sh: seldom), or
# is no front.
FOLDERS = ("buddy", "heap", "page", "xenheap")
SELDOM = ("block", "buddy_run", "buddy_borrow", "buddy_many", "buddy_dirty",
          "range", "run", "runs", "is_free", "take_range", "take_run",
          "take_words", "give_words", "frames_", "pages_exact")
OTHERS = ("init", "flush", "scrub")  # of src/page
ROOTS = ("alloc_domheap_pages", "free_domheap_pages", "alloc_xenheap_pages",
         "free_xenheap_pages", "end_boot_allocator", "heap_init_late")


def build():
    subprocess.run(["make", "-s", "-j2", "VARIANT=pages",
                    "TEST_DIRS=bench/pages", "tests"], check=True)


def in_parallel(tasks):
    """Results of functions without arguments, a CPU each."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return [f.result() for f in [pool.submit(t) for t in tasks]]


def plainly(program, *args):
    """Run it, without valgrind. Its output, and what it complains of."""
    done = subprocess.run([f"{OUT}/{program}", *map(str, args)],
                          capture_output=True, text=True, check=False)
    return done.stdout, "" if done.returncode == 0 else \
        f"exit {done.returncode}: {done.stderr.strip()}"


def has_caches():
    return not plainly(NOBODY, *"-c 1 -n 1 -f 4096".split())[1]


# -- instructions -------------------------------------------------------------

def calls(kind, args, caches):
    """Instructions and calls of pfa_alloc and pfa_free."""
    dumps, _ = callgrind.run(f"{OUT}/{kind}", *args.split(), "-c", caches)
    total = {"pfa_alloc": [0, 0], "pfa_free": [0, 0]}
    for dump in dumps:
        for name, (cost, nr) in dump.calls(total).items():
            total[name][0] += cost
            total[name][1] += nr
    return total["pfa_alloc"], total["pfa_free"]


def part_of(taken, given, part):
    """The mean of an allocation, a free, both, or any of the two."""
    if part == "alloc":
        return taken[0] / taken[1]
    if part == "free":
        return given[0] / given[1]
    if part == "pair":
        return taken[0] / taken[1] + given[0] / given[1]
    return (taken[0] + given[0]) / (taken[1] + given[1])


def count(row):
    return part_of(*calls(row.kind, row.args, row.caches), row.part)


def longest_calls(caches, gib=1024, arenas=64):
    """(order, alloc or free) -> instructions of the longest one."""
    dumps, _ = callgrind.run(f"{OUT}/bench_call", gib, arenas, caches)
    longest = {}
    for dump in dumps:
        _, order, what = dump.name.split()
        cost, nr = dump.calls([f"call_{what}"])[f"call_{what}"]
        assert nr == 1, dump.name
        key = (int(order), what)
        longest[key] = max(longest.get(key, 0), cost)
    return longest


# -- locks and atomics --------------------------------------------------------

def is_lock(where):
    """Is that source line the exchange of the default lock?"""
    path, _, line = where.rpartition(":")
    with open(path, encoding="utf-8") as f:
        return "lock->held" in f.read().splitlines()[int(line) - 1]


def locks(args, caches):
    """Lock acquisitions and other atomic instructions, in a million calls."""
    program = f"{OUT}/{NOBODY}"
    atomic = callgrind.atomics(program)
    dumps, _ = callgrind.run(program, *args.split(), "-c", caches, instr=True)
    found, nr = {True: 0, False: 0}, 0
    for dump in dumps:
        nr += sum(n for _, n in dump.calls(("pfa_alloc", "pfa_free")).values())
        for (obj, address), times in dump.executed().items():
            if obj.endswith(program) and address in atomic:
                found[is_lock(atomic[address])] += times
    return found[True] * 1e6 / nr, found[False] * 1e6 / nr


def all_locks(caches):
    return in_parallel([lambda a=args: locks(a, caches) for _, args, _ in LOCKS])


# -- shares -------------------------------------------------------------------

def shares(args, seed, caches):
    """Tag -> the share of free memory in whole superpages."""
    out, wrong = plainly(NOBODY, *args.split(), "-s", seed, "-c", caches)
    if wrong:
        sys.exit(f"not ok - {args} -s {seed} -c {caches}: {wrong}")
    return {tag: float(share) for tag, share in
            re.findall(r"^share tag=(\S+) .* share=([\d.]+)", out, re.M)}


def all_shares(caches):
    """Seed -> shares, of both workloads."""
    both = in_parallel([lambda s=seed, a=args: shares(a, s, caches)
                        for args in ("-w frag -n 100", "-w fragmix -n 3000000")
                        for seed in SEEDS])
    frag, mix = both[:len(SEEDS)], both[len(SEEDS):]
    return {s: {"frag": f["end"], **m} for s, f, m in zip(SEEDS, frag, mix)}


# -- verification -------------------------------------------------------------

def verify(kind, options):
    """What is wrong with blocks, counts or merging; empty: nothing."""
    return plainly(kind, *"-w verify -n 200000 -f 262144".split(),
                   *options.split())[1]


# -- text ---------------------------------------------------------------------

def build_text(*options):
    subprocess.run(["make", "-s", "-j2", "ARCH=x86_64", f"VARIANT={TEXT[6:]}",
                    "G=-g0", *options, "lib"], check=True)


def members():
    return [path for d in FOLDERS for path in glob.glob(
        f"{d}/*.o", root_dir=f"{TEXT}/obj/src")]


def bytes_of(paths):
    out = subprocess.run(["size", *paths], cwd=f"{TEXT}/obj/src", check=True,
                         capture_output=True, text=True).stdout
    return sum(int(line.split()[0]) for line in out.splitlines()[1:])


def name_of(path):
    name = os.path.basename(path)[:-2]
    return "frames_" if name.startswith("frames_") else name


def all_text():
    """Bytes of the engine, the heap and the fronts, but for SELDOM."""
    return bytes_of(m for m in members() if name_of(m) not in SELDOM
                    and not (m.startswith("page/") and name_of(m) in OTHERS))


def linked_text():
    """Of these folders, what a host that boots and has page frames links."""
    out = subprocess.run(
        ["ld", "-r", "-o", f"{TEXT}/host.o", "-M",
         *(x for root in ROOTS for x in ("-u", root)), f"{TEXT}/libxmem.a"],
        check=True, capture_output=True, text=True).stdout
    linked = out.partition("Archive member")[2].partition("\n.")[0]
    names = set(re.findall(r"libxmem\.a\((\w+\.o)\)", linked))
    return bytes_of(m for m in members() if os.path.basename(m) in names)
