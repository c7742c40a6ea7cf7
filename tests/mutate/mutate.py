#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""mutate.py - a test must fail where a bug is.

usage:
  mutate.py [--only REGEX] [--dry] [AREA...]           the tables for this host
  mutate.py --boot ARCH [--only REGEX] [--dry|--build] those for QEMU
  mutate.py --files FILE... [--number N] [--seed N]    bugs drawn at random

Seeds are in tables (table.py) in words of ops.py. Each test is built and run
once as it is, and must pass; then with each of its seeds, and must fail with
a line "not ok". Wrong is a seed that does not apply or compile, a test that
passes, hangs or ends without such a line. --dry only applies the seeds, and
--build boots nothing; ARCH may be "all". --only takes seeds whose area or
sentence matches.
Prints TAP.
"""
import argparse
import glob
import os
import re
import sys

import boot
import build
import draw
import ops
import table
import trial

HERE = os.path.dirname(os.path.abspath(__file__))


def programs_of(seeds, tap):
    """{settings: Program} of all that the seeds need, checked."""
    programs = {}
    for seed in seeds:
        key = (seed.settings["test"], seed.settings.get("percent"),
               seed.settings.get("caught"))
        if key not in programs:
            programs[key] = trial.Program(seed.settings)
    objects = build.Objects()

    def check(program):
        program.check(objects)
        first, _, rest = (program.wrong or "").partition("\n")
        tap.line(f"{program.test.name} passes as it is", first or None, rest)

    trial.in_parallel([lambda _, p=p: check(p) for p in programs.values()])
    return programs


def try_seed(seed, program, tree, worker, tap):
    """One seed, from its steps to the line of TAP."""
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


def run_host(seeds, tap):
    programs = programs_of(seeds, tap)
    tree = table.Tree()

    def job(seed):
        key = (seed.settings["test"], seed.settings.get("percent"),
               seed.settings.get("caught"))
        return lambda worker: try_seed(seed, programs[key], tree, worker, tap)

    trial.in_parallel([job(seed) for seed in seeds], build.Worker)


def dry(seeds, tap):
    """Do the seeds of the host apply?"""
    tree = table.Tree()
    files = {}
    for seed in seeds:
        try:
            name, *flags = seed.settings["test"].split()
            if name not in files:
                test = build.Test(name, flags)
                wrong = test.prepare(build.Objects())
                if wrong is not None:
                    raise ops.Bad(wrong)
                files[name] = test.files()
            tree.apply(seed, files[name])
            tap.line(f"{seed.area}: {seed.name}")
        except ops.Bad as e:
            tap.line(f"{seed.area}: {seed.name}", str(e))


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
            run_host(seeds, tap)
    except ops.Bad as e:
        tap.line("the tables can be read", str(e))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
