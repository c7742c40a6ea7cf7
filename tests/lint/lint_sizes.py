#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""lint_sizes.py - functions and files stay readable.

Fails: function above 60 lines, .c or .h above 600. Warns (a '#' line): .c
above 450, header above 260, nesting above 3, more than 5 parameters, a line
over 80 columns, a theory comment above 40 lines.
"""
import glob
import re
import statistics
import sys

COMMENT = re.compile(r"/\*.*?\*/", re.S)
PARAMS = re.compile(r"\(([^()]*(?:\([^()]*\)[^()]*)*)\)\s*$", re.S)


def functions(lines):
    """(name, first line, nr of lines, nesting, parameters) of each body."""
    start = None
    for i, line in enumerate(lines):
        if line.startswith("{"):
            start = i
        elif line.startswith("}") and start is not None:
            head = []
            for j in range(start - 1, max(start - 12, -1), -1):
                if not lines[j].strip() or lines[j][0] in "#}" \
                        or lines[j].rstrip().endswith((";", "*/")):
                    break
                head.insert(0, lines[j])
            text = " ".join(head)
            name = re.search(r"\b(?!XMEM_)(\w+)\s*\(", text)
            if name and "=" not in text.split("(")[0]:
                params = PARAMS.search(text)
                nr = params.group(1).count(",") + 1 if params else 0
                body = [b for b in lines[start + 1:i]
                        if b.rstrip().endswith("{")]
                depth = max((len(b) - len(b.lstrip("\t")) for b in body),
                            default=0)
                yield name.group(1), start + 1, i - start + 1, depth, nr
            start = None


def main():
    bad, warn, sizes = [], [], []
    paths = sorted(glob.glob("src/*/*.[ch]") + glob.glob("include/xmem/*.h")
                   + glob.glob("arch/**/*.[ch]", recursive=True)
                   + glob.glob("docs/examples/**/*.[ch]", recursive=True)
                   + glob.glob("tests/**/*.[ch]", recursive=True))
    for path in paths:
        text = open(path, encoding="utf-8").read()
        lines = text.split("\n")
        ours = not path.startswith("tests/")
        if len(lines) > 601:
            (bad if ours else warn).append(f"{path}: {len(lines)} lines")
        elif ours and len(lines) > (260 if path.endswith(".h") else 450):
            warn.append(f"{path}: {len(lines)} lines: review")
        theory = COMMENT.search(text, text.find("*/") + 2)
        if ours and theory and theory.group().count("\n") > 42 \
                and theory.start() < 200:
            warn.append(f"{path}: theory comment above 40 lines")
        for i, line in enumerate(lines):
            if ours and len(line.expandtabs(8)) > 80:
                warn.append(f"{path}:{i + 1}: over 80 columns")
        for name, first, nr, depth, params in functions(lines):
            if ours:
                sizes.append(nr)
            if nr > 60:
                (bad if ours else warn).append(
                    f"{path}:{first}: {name}() has {nr} lines")
            if ours and depth > 3:
                warn.append(f"{path}:{first}: {name}() nests {depth} deep")
            if ours and params > 5:
                warn.append(f"{path}:{first}: {name}() has {params} parameters")
    print("\n".join("# " + w for w in warn))
    print("\n".join(bad))
    if sizes:
        sizes.sort()
        print(f"# {len(sizes)} functions: median {statistics.median(sizes)}, "
              f"p90 {sizes[len(sizes) * 9 // 10]}, longest {sizes[-1]} lines")
    print(("not ok" if bad else "ok")
          + " 1 - functions have at most 60 lines, files 600")
    return 1 if bad else 0


sys.exit(main())
