#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""lint_layers.py - includes only go where layers.txt lets them.

Refuses: a folder that is not allowed, another folder's *_priv.h, a hosted
header in src or arch, a cycle among folders or among headers; and a table in
docs/design.md that says something else than layers.txt.
"""
import glob
import os
import re
import sys

FREESTANDING = {"stdint.h", "stddef.h", "stdbool.h"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def read_layers(path):
    layers = {}
    for line in open(path, encoding="utf-8"):
        line = line.split("#")[0].strip()
        if line:
            name, _, rest = line.partition(":")
            layers[name.strip()] = rest.split()
    return layers


def folder_of(path):
    parts = path.split("/")
    return "arch" if parts[0] == "arch" else parts[1]


def check_include(path, kind, name, layers):
    """The complaint about one include of one file, or None."""
    own = folder_of(path)
    if kind == "<":
        if name.startswith(("xmem/", "arch/")):
            return None
        return f"hosted header <{name}>"
    other = name.split("/")[0] if "/" in name else own
    if name == "xmem_port.h":
        return "includes xmem_port.h itself, not <xmem/port.h>"
    if other == own:
        return None
    if name.endswith("_priv.h"):
        return f'private header of another folder "{name}"'
    if other not in layers.get(own, []):
        return f'"{name}": layers.txt does not let {own} include {other}'
    return None


def table_of(path):
    """The rows "| `folder` | what | uses |" of a document."""
    rows = re.findall(r"^\| `(\w+)` \|[^|]*\|([^|]*)\|$",
                      open(path, encoding="utf-8").read(), re.M)
    return {name: uses.split() for name, uses in rows}


def find_cycle(graph):
    state = {}

    def visit(node, trail):
        state[node] = 1
        for nxt in graph.get(node, []):
            if state.get(nxt) == 1:
                return trail + [node, nxt]
            if nxt not in state:
                found = visit(nxt, trail + [node])
                if found:
                    return found
        state[node] = 2
        return None

    for node in list(graph):
        if node not in state:
            found = visit(node, [])
            if found:
                return " -> ".join(found)
    return None


def main():
    layers = read_layers("tests/lint/layers.txt")
    bad = []
    headers = {}
    paths = [p for pat in ("src/*/*.[ch]", "arch/**/*.[chS]", "include/xmem/*.h")
             for p in glob.glob(pat, recursive=True)]
    for path in sorted(paths):
        text = open(path, encoding="utf-8").read()
        includes = INCLUDE.findall(text)
        if path.startswith("src/") and folder_of(path) not in layers:
            bad.append(f"{path}: folder not in layers.txt")
        for kind, name in includes:
            if path.startswith("include/"):
                if kind == "<" and not name.startswith(("xmem/", "arch/")) \
                        and not (path.endswith("/types.h")
                                 and name in FREESTANDING):
                    bad.append(f"{path}: <{name}> belongs into types.h only")
            else:
                what = check_include(path, kind, name, layers)
                if what:
                    bad.append(f"{path}: {what}")
        if path.endswith(".h"):
            key = path.split("include/")[-1].replace("src/", "", 1)
            headers[key] = [n for _, n in includes]
    drawn = table_of("docs/design.md")
    bad += [f"docs/design.md: {name} is not as in layers.txt"
            for name in sorted(set(layers) | set(drawn))
            if layers.get(name) != drawn.get(name)]
    for what, graph in (("folders", layers), ("headers", headers)):
        cycle = find_cycle(graph)
        if cycle:
            bad.append(f"cycle among {what}: {cycle}")
    print("\n".join(bad))
    print(("not ok" if bad else "ok") + " 1 - includes follow layers.txt")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
