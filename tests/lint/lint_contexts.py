#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""lint_contexts.py - docs/locking.md says of each function where it may be
called.

The table "Contexts" has
 - each function of tests/lint/api.sym, and each inline function and macro that
   a public header has for callers, exactly once;
 - no name that is none of these;
 - in its cells only the marks that are explained above it, and letters of
   locks;
 - a lock and a yes for panics never in the same row. What it says of panics
   tests/sim/sim_context.h tries: all functions of api.sym that have a yes
   there are called there.
It tries itself on tables with one mistake each.
"""
import glob
import re
import sys

TABLE = "docs/locking.md"
TEST = "tests/sim/sim_context.h"
HEAD = "| functions | locks | on | off | handler | NMI | panic | early " \
       "| preempt |"
# Functions of other headers for callers. Hooks are the host's.
ALSO = {"xmem_meta_take", "xmem_meta_give", "xmem_arch_flush_to_ram",
        "flush_page_to_ram", "xmem_tlb_flush_local", "xmem_tlb_flush_all",
        "xmem_tlb_flush_range"}
NOT = re.compile(r"xmem_port_|XMEM_")
MARKS = {"yes", "no", "L", "R", "F", "G", "D", "T", "V", "0"}
LOCKS = set("DHPVT")


def public():
    """Inline functions and macros of the public headers."""
    names = set()
    for path in glob.glob("include/xmem/*.h"):
        with open(path, encoding="utf-8") as f:
            text = f.read()
        text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
        names |= set(re.findall(r"\bstatic inline [^;{}(=]*?(\w+)\(", text))
        names |= set(re.findall(r"^#define (\w+)\(", text, flags=re.M))
    return {n for n in names if not NOT.match(n)}


def rows(text):
    """The rows of the table, each a list of cells."""
    _, found, rest = text.partition(HEAD + "\n")
    lines = rest.split("\n\n")[0].splitlines()[1:] if found else []
    return [[c.strip() for c in line.strip("|").split("|")]
            for line in lines if line.startswith("|")]


def names_in(row):
    return [n for n in re.findall(r"`([^`]+)`", row[0])
            if not re.match(r"[<(]|get_mem|put_mem", n)]


def wrong_cells(row):
    """What is wrong with a row besides its names."""
    if len(row) != 9:
        return [f"{row[0][:30]}: {len(row)} cells, not 9"]
    first = (names_in(row) or ["a row without a function"])[0]
    bad = []
    locks = set(row[1].split())
    if row[1] != "-" and not locks <= LOCKS:
        bad.append(f"{first}: no such locks: {row[1]}")
    for cell in row[2:]:
        marks = cell.split()
        if not marks or not set(marks) <= MARKS or \
                len(marks) > 1 and set(marks) & {"yes", "no", "0"}:
            bad.append(f"{first}: no such mark: {cell!r}")
    if row[1] != "-" and row[6] != "no":
        bad.append(f"{first}: takes a lock, and may be called in a panic")
    if not names_in(row):
        bad.append(first)
    return bad


def check(text, api, headers, test):
    table = rows(text)
    if not table:
        return [f"{TABLE}: no table {HEAD}"]
    bad = []
    listed = []
    for row in table:
        bad += wrong_cells(row)
        listed += names_in(row)
        if len(row) == 9 and row[6] == "yes":
            bad += [f"{n}: not called by {TEST}" for n in names_in(row)
                    if n in api and not re.search(rf"\b{n}\(", test)]
    wanted = api | headers | ALSO
    for name in sorted(set(listed)):
        if name not in wanted:
            bad.append(f"{name}: there is no such function")
        if listed.count(name) > 1:
            bad.append(f"{name}: in {listed.count(name)} places")
    bad += [f"{n}: not in the table" for n in sorted(wanted - set(listed))]
    return bad


def mistakes(text):
    """Tables with one mistake each, and what must be said of them."""
    return [
        (text.replace("`vfree` ", ""), "vfree: not in the table"),
        (text.replace("`vfree` ", "`vfree` `vfree` "), "vfree: in 2 places"),
        (text.replace("`vfree` ", "`vfree` `vfreed` "),
         "vfreed: there is no such"),
        (text.replace("`mfn_valid` ", ""), "mfn_valid: not in the table"),
        (text.replace("`XVFREE`", ""), "XVFREE: not in the table"),
        (text.replace("L R F | no | no | V | yes |",
                      "L R F | no | yes | V | yes |"), "takes a lock"),
        (text.replace("| L R F |", "| X |"), "no such mark"),
        (text.replace("| V T H |", "| V T Q |"), "no such locks"),
        (text.replace("| V | yes | yes | L | no | no | yes",
                      "| - | yes | yes | L | no | yes | yes"),
         "xmem_vmap_check: not called"),
        (text.replace(HEAD, ""), "no table"),
    ]


def main():
    def read(path):
        with open(path, encoding="utf-8") as f:
            return f.read()

    text, test = read(TABLE), read(TEST)
    api = set(read("tests/lint/api.sym").split())
    headers = public()
    bad = check(text, api, headers, test)
    for changed, message in mistakes(text):
        found = check(changed, api, headers, test)
        if not any(message in line for line in found):
            bad.append(f"a mistake is not found: {message}")
    print("\n".join(bad))
    print(("not ok" if bad else "ok") +
          " 1 - each function has its contexts in docs/locking.md")
    return 1 if bad else 0


sys.exit(main())
