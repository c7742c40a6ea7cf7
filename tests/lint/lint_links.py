#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""lint_links.py - paths that the documents name exist.

Relative links of Markdown and reStructuredText, and every path in backquotes
that starts with a folder of the top level.
"""
import glob
import os
import re
import sys

MD_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
RST_LINK = re.compile(r"`[^`<]*<([^`>]+)>`_|^\.\. (?:include|literalinclude|"
                      r"image|figure):: (\S+)", re.M)
PATH = re.compile(r"`{1,2}((?:include|src|arch|tests|docs)/[\w./+-]+)`{1,2}")


def targets(text, is_md):
    for m in (MD_LINK if is_md else RST_LINK).finditer(text):
        yield next(g for g in m.groups() if g), True
    for m in PATH.finditer(text):
        yield m.group(1), False


def exists(path):
    """A file, a pair of .c and .h, or a header that every arch has."""
    if os.path.exists(path) or glob.glob(path + ".[ch]"):
        return True
    name = re.sub(r"^(include/)?arch/", "include/arch/", path)
    return bool(glob.glob(f"arch/*/{name}"))


def main():
    bad = []
    docs = ["README.md"] + glob.glob("docs/**/*.md", recursive=True) \
        + glob.glob("docs/**/*.rst", recursive=True)
    for doc in docs:
        if not os.path.exists(doc):
            continue
        text = open(doc, encoding="utf-8").read()
        for target, relative in targets(text, doc.endswith(".md")):
            if re.match(r"[a-z]+:|#", target):
                continue
            target = target.split("#")[0].rstrip(".")
            base = os.path.dirname(doc) if relative else ""
            if not exists(os.path.join(base, target)):
                bad.append(f"{doc}: {target} does not exist")
    print("\n".join(sorted(set(bad))))
    print(("not ok" if bad else "ok") + " 1 - links and paths in documents exist")
    return 1 if bad else 0


sys.exit(main())
