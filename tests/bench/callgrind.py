# SPDX-License-Identifier: BSD-2-Clause
"""callgrind.py - run a program under callgrind, and read what it dumps.

A dump has lines of cost by function. `fn=` says which function's own lines
follow, `cfn=` and `calls=` a call, whose line has the cost of all that it did;
names are written once and numbered from then on.
"""
import glob
import os
import re
import subprocess
import sys
import tempfile


class Dump:
    """One dump: what it was asked for as, and what calls cost."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as f:
            self.text = f.read()
        found = re.search(r"Trigger: Client Request: (.*)", self.text)
        self.name = found.group(1) if found else ""

    def calls(self, names):
        """Name -> (instructions, calls), of those functions called by others,
        with all that they call."""
        known, cost = {}, {n: [0, 0] for n in names}
        callee, calls = None, None
        for line in self.text.splitlines():
            if line.startswith(("fn=", "cfn=")):
                name = full_name(known, line.partition("=")[2])
                callee = name if line[0] == "c" else callee
            elif line.startswith("calls="):
                calls = int(line[6:].split()[0])
            elif calls is not None:
                if callee in cost:
                    cost[callee][0] += int(line.split()[-1])
                    cost[callee][1] += calls
                calls = None
        return cost

    def executed(self):
        """(object, address) -> how often that instruction was executed; for
        runs with --dump-instr=yes."""
        count, known, where, obj, skip = {}, {}, 0, "", False
        for line in self.text.splitlines():
            if line.startswith("ob="):
                obj = full_name(known, line[3:])
            elif line.startswith("cob="):
                full_name(known, line[4:])
            elif line.startswith("calls="):
                skip = True
            elif re.match(r"(0x|[+*-])", line):
                where = address(line.split()[0], where)
                if not skip:
                    key = (obj, where)
                    count[key] = count.get(key, 0) + int(line.split()[-1])
                skip = False
        return count


def full_name(known, text):
    number, _, name = text.partition(" ")
    if name:
        known[number] = name
    return known.get(number, text)


def address(word, last):
    """Positions are written as differences where that is shorter."""
    if word == "*":
        return last
    if word[0] in "+-":
        return last + int(word, 0)
    return int(word, 16)


def run(program, *args, instr=False, env=None):
    """Run @program; its dumps, and what it printed."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["valgrind", "-q", "--tool=callgrind", "--instr-atstart=no",
             f"--callgrind-out-file={folder}/cg",
             *(["--dump-instr=yes"] if instr else []),
             program, *map(str, args)],
            capture_output=True, text=True, timeout=1200, check=False, env=env)
        if done.returncode != 0:
            sys.exit(f"not ok - {program} {args}: exit {done.returncode}\n"
                     + done.stdout[-800:] + done.stderr[-1500:])
        dumps = [Dump(p) for p in glob.glob(f"{folder}/cg.*")]
    return [d for d in dumps if d.name], done.stdout


# Reads, changes and writes memory in one step: with a lock prefix, or xchg,
# which needs none.
ATOMIC = re.compile(r"^\s*([0-9a-f]+):\s+(?:lock |xchg[bwlq]?\s.*\()")


def atomics(program):
    """Address of each atomic instruction of @program -> its source line."""
    out = subprocess.run(
        ["objdump", "-dl", "--no-show-raw-insn", "-M", "suffix", program],
        capture_output=True, text=True, check=True).stdout
    where, found = "", {}
    for line in out.splitlines():
        m = re.match(r"(/\S+):(\d+)", line)
        if m:
            where = f"{os.path.relpath(m.group(1))}:{m.group(2)}"
        m = ATOMIC.match(line)
        if m:
            found[int(m.group(1), 16)] = where
    return found
