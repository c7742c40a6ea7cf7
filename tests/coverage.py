#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""coverage.py - lines and branches of src that unit and model tests reach.

usage: coverage.py

Builds the variant `cov`, runs the tests (XMEM_TEST_PERCENT of their random
steps, default 5), merges what gcov says of all objects of a source file, and
writes the lines never reached to build/cov/missed.txt.
"""
import glob
import json
import os
import subprocess
import sys

TESTS = "unit model misuse"


def run_tests():
    for old in glob.glob("build/cov/**/*.gcda", recursive=True):
        os.remove(old)
    env = dict(os.environ)
    env.setdefault("XMEM_TEST_PERCENT", "5")
    done = subprocess.run(["make", "-s", "VARIANT=cov", f"TEST_DIRS={TESTS}",
                           "test-run"], env=env, capture_output=True,
                          text=True, check=False)
    print(done.stdout.splitlines()[-1] if done.stdout else done.stderr)
    return done.returncode


def merge():
    """Source -> line -> (count, [branch counts])."""
    files = {}
    for data in sorted(glob.glob("build/cov/**/src/**/*.gcda",
                                 recursive=True)):
        out = subprocess.run(["gcov", "-b", "--json-format", "--stdout", data],
                             capture_output=True, text=True,
                             check=True).stdout
        for report in map(json.loads, out.splitlines()):
            for f in report["files"]:
                name = os.path.relpath(f["file"])
                if not name.startswith("src/"):
                    continue
                lines = files.setdefault(name, {})
                for line in f["lines"]:
                    old = lines.get(line["line_number"], (0, []))
                    new = [b["count"] for b in line["branches"]]
                    size = max(len(new), len(old[1]))
                    pad = [0] * size
                    lines[line["line_number"]] = (
                        old[0] + line["count"],
                        [a + b for a, b in zip((old[1] + pad)[:size],
                                               (new + pad)[:size])])
    return files


def percent(part, whole):
    return f"{100 * part / whole:6.1f} %" if whole else "      - "


def main():
    for name in ("MAKEFLAGS", "MAKELEVEL"):  # no jobserver reaches here
        os.environ.pop(name, None)
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
    code = run_tests()
    sums = [0, 0, 0, 0]
    with open("build/cov/missed.txt", "w", encoding="utf-8") as missed:
        for name, lines in sorted(merge().items()):
            hit = sum(1 for count, _ in lines.values() if count)
            taken = [b for _, branches in lines.values() for b in branches]
            row = (hit, len(lines), sum(1 for b in taken if b), len(taken))
            sums = [a + b for a, b in zip(sums, row)]
            print(f"{name:32} lines {percent(*row[:2])} of {row[1]:4}   "
                  f"branches {percent(*row[2:])} of {row[3]:4}")
            for nr, (count, _) in sorted(lines.items()):
                if not count:
                    missed.write(f"{name}:{nr}\n")
    print(f"{'all':32} lines {percent(*sums[:2])} of {sums[1]:4}   "
          f"branches {percent(*sums[2:])} of {sums[3]:4}")
    print("lines never reached: build/cov/missed.txt")
    return code


sys.exit(main())
