# SPDX-License-Identifier: BSD-2-Clause
"""table.py - tables of seeded bugs, and where in the tree a seed applies.

A table is a text file tests/mutate/AREA.seeds. A `#` in the first column
begins a comment. Settings hold for the seeds below them, or, indented below a
seed, for it alone. A line that is indented twice goes on with the one before.

  test NAME [FLAG...]   the test that must fail: a file of tests by its base
                        name, or by as much of its path as it takes; flags that
                        it is built with beside its own
  percent N             XMEM_TEST_PERCENT; 100 if there is none
  only FUNCTION         of a test that takes long, the function that fails (it
                        must pass alone as well)
  caught REGEX          lines that say a bug was noticed, beside "not ok"
  seed SENTENCE         a bug, then its steps:
	in WHERE: ACTION    see ops.py

Tables of boots, boot-*.seeds, have instead of tests
  on ARCH MACHINE, ...  the machine of tests/boot/run.sh that shows it, for
                        each architecture
  layout NAME           build with this LAYOUT
  thread multi          BOOT_THREAD
  missed SENTENCE       a bug that QEMU cannot show: it must not be noticed
	why TEXT            what shows it instead
"""
import glob
import os
from collections import namedtuple

import ctext
import ops

Seed = namedtuple("Seed", "area name kind steps settings")
SETTINGS = ("test", "percent", "only", "caught", "on", "layout", "thread",
            "why")
# What is mutated: not the tests, but what ports of the boot tests share.
PRODUCT = ("src/", "arch/", "include/", "docs/examples/", "tests/boot/")


def logical_lines(path):
    """(indented, text) of each line, joined with those that go on with it."""
    lines = []
    with open(path, encoding="utf-8") as f:
        for line in f:
            if line.startswith("#") or not line.strip():
                continue
            if line.startswith("\t\t"):
                lines[-1][1] += " " + line.strip()
            else:
                lines.append([line.startswith("\t"), line.strip()])
    return lines


def read_line(seed, own, text):
    """A line below a seed: a step or a setting."""
    word, _, rest = text.partition(" ")
    if word == "in":
        where, colon, action = rest.partition(": ")
        if not colon:
            raise ops.Bad(f"in WHERE: ACTION, not: {text}")
        seed.steps.append(ops.read_step(where, action))
    elif word in SETTINGS:
        own[word] = rest
    else:
        raise ops.Bad(f"neither a step nor a setting: {text}")


def read(path):
    """The seeds of a table."""
    area = os.path.basename(path).rsplit(".", 1)[0]
    settings, seeds, names = {}, [], set()
    for indented, text in logical_lines(path):
        word, _, rest = text.partition(" ")
        try:
            if indented and seeds:
                read_line(seeds[-1], seeds[-1].settings, text)
            elif word in ("seed", "missed"):
                if rest in names:
                    raise ops.Bad(f"named twice: {rest}")
                names.add(rest)
                seeds.append(Seed(area, rest, word, [], dict(settings)))
            elif word in SETTINGS:
                settings[word] = rest
            else:
                raise ops.Bad(f"no setting: {text}")
        except ops.Bad as e:
            raise ops.Bad(f"{path}: {e}") from None
    return seeds


# ---- where it applies ----

class Tree:
    """The product below a directory: its texts and definitions."""

    def __init__(self, top="."):
        self.top = top
        self.texts = {}
        self.parsed = {}

    def text(self, path):
        if path not in self.texts:
            with open(os.path.join(self.top, path), encoding="utf-8") as f:
                self.texts[path] = f.read()
        return self.texts[path]

    def definitions(self, path):
        if path not in self.parsed:
            self.parsed[path] = ctext.definitions(self.text(path))
        return self.parsed[path]

    def files(self):
        found = []
        for folder in PRODUCT:
            for ext in "ch":
                found += glob.glob(f"{folder}**/*.{ext}", root_dir=self.top,
                                   recursive=True)
        return sorted(set(found))

    def find(self, where, files):
        """The path of the one file of @files that defines @where."""
        folder, _, name = where.rpartition("/")
        found = [(path, d) for path in files
                 if path.startswith(PRODUCT)
                 and (not folder or f"/{path}".endswith(f"/{folder}"))
                 for d in self.definitions(path) if d.name == name]
        if not found:
            raise ops.Bad(f"nothing is named {where}")
        # A *_arch.h has what an architecture need not have: its own counts.
        if any(path.startswith(("arch/", "docs/")) for path, _ in found):
            found = [f for f in found if not f[0].endswith("_arch.h")]
        if len(found) > 1:
            places = ", ".join(path for path, _ in found)
            raise ops.Bad(f"{where} is defined more than once: {places}")
        return found[0][0]

    def apply(self, seed, files):
        """{path: mutated text}, for the definitions that @files have."""
        changed = {}
        for step in seed.steps:
            path = self.find(step.where, files)
            text = changed.get(path, self.text(path))
            name = step.where.rpartition("/")[2]
            definition = next(d for d in ctext.definitions(text)
                              if d.name == name)
            try:
                changed[path] = ops.apply(text, definition, step)
            except (ops.Bad, ctext.BadText) as e:
                raise ops.Bad(f"in {step.where}: {e}") from None
        if not changed:
            raise ops.Bad("the seed has no step")
        return changed
