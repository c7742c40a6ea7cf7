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
import queue
import re
import sys
import threading

import boot
import build
import draw
import ops
import table

HERE = os.path.dirname(os.path.abspath(__file__))
LIMIT = float(os.environ.get("XMEM_SEED_TIMEOUT", "120"))


class Tap:
    """Numbered lines, from several threads."""

    def __init__(self):
        self.lock = threading.Lock()
        self.nr = 0
        self.bad = 0

    def line(self, what, wrong=None, more=None):
        with self.lock:
            self.nr += 1
            self.bad += wrong is not None
            mark = "ok" if wrong is None else "not ok"
            print(f"{mark} {self.nr} - {what}"
                  + (f" ({wrong})" if wrong else ""), flush=True)
            for line in (more or "").splitlines()[-12:]:
                print(f"# {line}", flush=True)

    def end(self):
        print(f"1..{self.nr}")
        return 1 if self.bad else 0


def in_parallel(jobs, prepare=lambda number: None):
    """Call each of @jobs with what @prepare made for its thread."""
    todo = queue.SimpleQueue()
    for job in jobs:
        todo.put(job)

    def work(number):
        own = prepare(number)
        while True:
            try:
                job = todo.get_nowait()
            except queue.Empty:
                return
            job(own)

    threads = [threading.Thread(target=work, args=(i,), daemon=True)
               for i in range(os.cpu_count() or 1)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()


class Program:
    """A test as the settings of a seed want it."""

    def __init__(self, settings):
        name, *flags = settings["test"].split()
        self.test = build.Test(name, flags)
        self.env = {"XMEM_TEST_PERCENT": settings.get("percent", "100")}
        more = settings.get("caught")
        self.caught = re.compile("^not ok" + (f"|{more}" if more else ""))
        self.wrong = None

    def check(self, objects):
        """Build and run it as it is."""
        program = f"{build.B}/{os.path.basename(self.test.name)}" \
                  f"-{self.test.key}"
        self.wrong = self.test.prepare(objects) or self.test.link(program)
        if self.wrong is None:
            line, status = build.run(program, self.env, self.caught, LIMIT)
            if line is not None or status != 0:
                self.wrong = f"unchanged it fails: {line or status}"

    def verdict(self, worker, changed):
        """(line that noticed it, None) or (None, what is wrong)."""
        wrong = worker.build(self.test, changed)
        if wrong is not None:
            return None, "does not compile:\n" + wrong
        line, status = build.run(f"{worker.dir}/test", self.env, self.caught,
                                 LIMIT)
        if line is not None:
            return line, None
        if status == 0:
            return None, f"not caught by {self.test.name}"
        if status == "hang":
            return None, f"hang of {self.test.name}"
        return None, f"no test failed, but {self.test.name} ended: {status}"


def programs_of(seeds, tap):
    """{settings: Program} of all that the seeds need, checked."""
    programs = {}
    for seed in seeds:
        key = (seed.settings["test"], seed.settings.get("percent"),
               seed.settings.get("caught"))
        if key not in programs:
            programs[key] = Program(seed.settings)
    objects = build.Objects()

    def check(program):
        program.check(objects)
        first, _, rest = (program.wrong or "").partition("\n")
        tap.line(f"{program.test.name} passes as it is", first or None, rest)

    in_parallel([lambda _, p=p: check(p) for p in programs.values()])
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

    in_parallel([job(seed) for seed in seeds], build.Worker)


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
    tap = Tap()
    try:
        if args.files:
            return draw.main(args, LIMIT)
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
