#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""lint_links.py - paths and functions that the documents name exist.

Relative links of Markdown and reStructuredText, and every path in backquotes
that starts with a folder of the top level; of a link to a part of a Markdown
document (#fragment), the heading, too. Then names in backquotes: functions,
with their parentheses, and what begins with xmem_. Each is a word of the
sources or the tests; or the end of one, if it begins with "_". Of a picture all
functions are looked at, and every folder/file.c is one of src.
"""
import glob
import os
import re
import sys

MD_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
RST_LINK = re.compile(r"`[^`<]*<([^`>]+)>`_|^\.\. (?:include|literalinclude|"
                      r"image|figure):: (\S+)", re.M)
PATH = re.compile(r"`{1,2}((?:include|src|arch|tests|docs)/[\w./+-]+)`{1,2}")

FENCED = re.compile(r"^```.*?^```", re.M | re.S)
HEADING = re.compile(r"^#+ (.*)$", re.M)

NAME = re.compile(r"`(?=\w+\([^`]*\)`|(?:xmem|XMEM)_\w+`)(\w+)")
DRAWN = re.compile(r">[^<]*?\b(_?[a-z]\w*)\(")
DRAWN_FILE = re.compile(r"\b([a-z]+/\w+\.[ch])\b")


def words_of_the_tree():
    words = set()
    for top in ("include", "src", "arch", "tests", "docs/examples"):
        for folder, _, names in os.walk(top):
            for name in names:
                path = os.path.join(folder, name)
                words |= set(re.findall(r"\w+", open(
                    path, encoding="utf-8", errors="replace").read()))
    return words


def unknown_names(doc, text, words):
    """Complaints about functions, and about files that a picture draws."""
    drawn = doc.endswith(".svg")
    for name in (DRAWN if drawn else NAME).findall(text):
        if name not in words and not (
                name[0] == "_" and any(w.endswith(name) for w in words)):
            yield f"{doc}: there is no {name}"
    for path in DRAWN_FILE.findall(text) if drawn else []:
        if not os.path.exists("src/" + path):
            yield f"{doc}: src/{path} does not exist"


def has_fragment(path, fragment):
    """Is there such a heading in a Markdown document?"""
    text = FENCED.sub("", open(path, encoding="utf-8").read())
    return fragment in {re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-")
                        for h in HEADING.findall(text)}


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
        + glob.glob("docs/**/*.rst", recursive=True) + glob.glob("docs/*.svg")
    words = words_of_the_tree()
    for doc in docs:
        if not os.path.exists(doc):
            continue
        text = open(doc, encoding="utf-8").read()
        bad += unknown_names(doc, text, words)
        for target, relative in targets(text, doc.endswith(".md")):
            if re.match(r"[a-z]+:", target):
                continue
            target, _, fragment = target.partition("#")
            base = os.path.dirname(doc) if relative else ""
            path = os.path.join(base, target.rstrip(".")) if target else doc
            if not exists(path):
                bad.append(f"{doc}: {target} does not exist")
            elif fragment and path.endswith(".md") \
                    and not has_fragment(path, fragment):
                bad.append(f"{doc}: {target}#{fragment}: no such heading")
    print("\n".join(sorted(set(bad))))
    print(("not ok" if bad else "ok") + " 1 - links, paths and functions in documents exist")
    return 1 if bad else 0


sys.exit(main())
