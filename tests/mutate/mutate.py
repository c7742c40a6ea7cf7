#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""mutate.py - a test must fail where a bug is.

usage:
  mutate.py [--only REGEX] [--dry] [--passed PERCENT] [--share N] [AREA...]
                                                       the tables for this host
  mutate.py --boot ARCH [--only REGEX] [--dry|--build] those for QEMU
  mutate.py --files FILE... [--number N] [--seed N]    bugs drawn at random

Seeds are in tables (table.py) in words of ops.py. Each test is built and run
once as it is, and must pass (--passed: the host's have just done so, with so
many percent of their steps); then with each of its seeds, and must fail with a
line "not ok". Wrong is a seed that does not apply or compile, a test that
passes, hangs or ends without such a line. --dry only applies the seeds, and
--build boots nothing; ARCH may be "all". --only takes seeds whose area or
sentence matches. --share takes one in N of them, and applies the others: which,
the commit says, so that a failure comes again and all are tried in some commits.
Prints TAP.
"""
import argparse
import fcntl
import glob
import os
import re
import subprocess
import sys
import zlib

import boot
import build
import draw
import ops
import table
import trial

HERE = os.path.dirname(os.path.abspath(__file__))


def key_of(seed):
    return tuple(seed.settings.get(k)
                 for k in ("test", "percent", "only", "caught"))


def check(program, objects, passed, tap):
    """A test as it is; whoever waits for it goes on."""
    try:
        program.check(objects, passed)
    finally:
        program.ready.set()
    first, _, rest = (program.wrong or "").partition("\n")
    tap.line(f"{program.test.name} passes as it is", first or None, rest)


def try_seed(seed, program, tree, worker, tap):
    """One seed, from its steps to the line of TAP."""
    program.ready.wait()
    try:
        if program.wrong is not None:
            raise ops.Bad(f"{program.test.name} fails as it is")
        changed = tree.apply(seed, program.test.files())
        line, wrong = program.verdict(worker, changed)
    except ops.Bad as e:
        line, wrong = None, str(e)
    first, _, rest = (wrong or "").partition("\n")
    if os.environ.get("SEED_VERBOSE") and line is not None:
        rest = line
    tap.line(f"{seed.area}: {seed.name}", first or None, rest)


def split(seeds, parts):
    """The seeds that this commit tries, one in @parts of them, and the others.

    The hash of the commit, since its number is always 1 in a shallow clone. A
    name is in the same part whatever else is in the tables."""
    done = subprocess.run(["git", "rev-parse", "HEAD"], text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    commit = int(done.stdout[:8] or "0", 16)
    both = [], []
    for seed in seeds:
        name = zlib.crc32(f"{seed.area}: {seed.name}".encode())
        both[(name + commit) % parts != 0].append(seed)
    return both


def run_host(seeds, passed, tap, but=()):
    """All tests as they are, and behind them the seeds; those of @but apply."""
    programs = {}
    for seed in seeds:
        if key_of(seed) not in programs:
            programs[key_of(seed)] = trial.Program(seed.settings)
    build.make_tests([p.test for p in programs.values()])
    objects, tree = build.Objects(), table.Tree()
    jobs = [lambda _, p=p: check(p, objects, passed, tap)
            for p in programs.values()]
    jobs += [lambda worker, s=s: try_seed(s, programs[key_of(s)], tree,
                                          worker, tap) for s in seeds]
    trial.in_parallel(jobs, build.Worker)
    print(f"# tried: {len(seeds)} of {len(seeds) + len(but)} seeds")
    dry(but, tap)


def dry(seeds, tap):
    """Do the seeds of the host apply?"""
    tree = table.Tree()
    files = {}
    for name in {seed.settings["test"] for seed in seeds}:
        base, *flags = name.split()
        files[name] = build.Test(base, flags)
    build.make_tests(files.values())
    for seed in seeds:
        try:
            test = files[seed.settings["test"]]
            wrong = None if test.objects else test.prepare(build.Objects())
            if wrong is not None:
                raise ops.Bad(wrong)
            tree.apply(seed, test.files())
            tap.line(f"applies: {seed.area}: {seed.name}")
        except ops.Bad as e:
            tap.line(f"applies: {seed.area}: {seed.name}", str(e))


def read_tables(areas, of_boots, only):
    """The seeds of the tables named, or of all of them."""
    paths = [f"{HERE}/{area}.seeds" for area in areas]
    if not areas:
        paths = [p for p in sorted(glob.glob(f"{HERE}/*.seeds"))
                 if os.path.basename(p).startswith("boot-") == of_boots]
    seeds = [seed for path in paths for seed in table.read(path)]
    return [s for s in seeds if re.search(only, f"{s.area}: {s.name}")]


def arguments():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("areas", nargs="*")
    p.add_argument("--only", default="")
    p.add_argument("--dry", action="store_true")
    p.add_argument("--passed", metavar="PERCENT", type=int, default=0)
    p.add_argument("--share", metavar="N", type=int, default=1)
    p.add_argument("--build", action="store_true")
    p.add_argument("--boot", metavar="ARCH")
    p.add_argument("--files", nargs="+")
    p.add_argument("--number", type=int, default=20)
    p.add_argument("--seed", type=int)
    return p.parse_args()


def main():
    args = arguments()
    os.chdir(f"{HERE}/../..")
    os.makedirs(build.B, exist_ok=True)
    tap = trial.Tap()
    # Two runs would change each other's copies: the second one waits.
    lock = open(f"{build.B}/lock", "w", encoding="utf-8")
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        if args.files:
            return draw.main(args)
        seeds = read_tables(args.areas, bool(args.boot), args.only)
        if args.boot:
            how = "dry" if args.dry else "build" if args.build else "run"
            boot.run(seeds, args.boot, how, tap)
        elif args.dry:
            dry(seeds, tap)
        else:
            tried, others = split(seeds, args.share)
            run_host(tried, args.passed, tap, others)
    except ops.Bad as e:
        tap.line("the tables can be read", str(e))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
