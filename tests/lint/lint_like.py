#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""lint_like.py - a program that is like: another has the same library

But for the sources behind its but:, the compiler reads the same text of each
source of the library with the flags of either program (tests/tests.mk).
"""
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, f"{HERE}/../mutate")
import build  # noqa: E402


def words(key, path):
    """What stands behind "key:" in the head comment of a file."""
    mark = f" * {key}: "
    with open(path, encoding="utf-8") as f:
        lines = f.read().partition("*/\n/*")[2].partition("*/")[0].splitlines()
    return [w for line in lines if line.startswith(mark)
            for w in line[len(mark):].split()]


def text_of(rules, sources):
    """What the compiler reads of @sources, one after the other."""
    command = [build.CC, "-std=gnu11"] + rules.dirs + rules.variables["INC"] \
        + rules.flags + ["-w", "-E", "-P", "-"]
    names = "".join(f'#include "{os.path.abspath(s)}"\n' for s in sources)
    return subprocess.run(command, input=names, stdout=subprocess.PIPE,
                          check=True, text=True).stdout


def problems(path):
    """What is wrong with the like: and but: of a program."""
    other = words("like", path)
    if not other:
        return
    but = words("but", path)
    own, like = build.Rules(path), build.Rules(other[0])
    shared = [s for s in own.sources if s not in but
              and s.startswith(("src/", "arch/", "docs/"))]
    if text_of(own, shared) != text_of(like, shared):
        for source in shared:
            if text_of(own, [source]) != text_of(like, [source]):
                yield f"{path}: but: lacks {source}"
    for source in but:
        if source not in own.sources or \
                text_of(own, [source]) == text_of(like, [source]):
            yield f"{path}: but: has {source} in vain"


def main():
    os.chdir(f"{HERE}/../..")
    build.Rules.variables = build.make_variables()
    paths = build.Rules.variables["TEST_SRCS"]
    wrong = [p for path in paths for p in problems(path)]
    for line in wrong:
        print(f"# {line}")
    nr = sum(bool(words("like", path)) for path in paths)
    print(f"{'not ok' if wrong or not nr else 'ok'} 1 - "
          f"{nr} programs have the library of another")
    print("1..1")
    return bool(wrong)


sys.exit(main())
