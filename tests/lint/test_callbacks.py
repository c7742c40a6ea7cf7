#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""test_callbacks.py - callbacks.py finds what is not marked, and vain marks

One source for each architecture and compiler: two functions whose addresses
are taken, in data and in code, marked or not, and one that is only called.
"""
import shutil
import sys
import tempfile

from test_object import TARGETS, verdict

FLAGS = ["-O2", "-ffreestanding", "-fpic", "-fvisibility=hidden",
         "-ffunction-sections", "-fno-asynchronous-unwind-tables"]
SOURCE = """
#define CALLBACK __attribute__((__section__(".text.callback")))
typedef int function(int);
void take(function *f);
IN_DATA static int in_data(int n) { return n + 1; }
IN_CODE static int in_code(int n) { return n + 2; }
CALLED __attribute__((__noinline__)) static int called(int n)
{ static int sum; return sum += n; }
struct { function *f; } table = { in_data };
int all(int n);
int all(int n) { take(in_code); return called(n) + called(n + 1); }
"""
CASES = [  # what is marked, what is complained about
    (("IN_DATA", "IN_CODE"), None),
    (("IN_CODE",), "in_data"),
    (("IN_DATA",), "in_code"),
    (("IN_DATA", "IN_CODE", "CALLED"), "called is marked XMEM_PORT_CALLBACK in"),
    ((), "no function is in .text.callback"),
]


def said_of(folder, command, marks):
    """What callbacks.py says of the source with these marks."""
    macros = [f"-D{m}={'CALLBACK' if m in marks else ''}"
              for m in ("IN_DATA", "IN_CODE", "CALLED")]
    return verdict(folder, command + macros, SOURCE, "tests/lint/callbacks.py")


def main():
    bad = []
    with tempfile.TemporaryDirectory() as folder:
        for name, gcc, target, flags in TARGETS:
            for compiler in [gcc], ["clang"] + target:
                if not shutil.which(compiler[0]):
                    bad.append(f"{compiler[0]}: not installed")
                    continue
                for marks, complaint in CASES:
                    if name == "arm32" and "CALLED" in marks:
                        continue
                    said = said_of(folder, compiler + flags + FLAGS, marks)
                    right = "\nok" in said if complaint is None else \
                        complaint in said and "not ok" in said
                    if not right:
                        bad.append(f"{name}, {compiler[0]}, marked "
                                   f"{' '.join(marks)}:\n{said}")
    print("\n".join(bad))
    print(("not ok" if bad else "ok") + " 1 - functions that are not marked "
          "are found")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
