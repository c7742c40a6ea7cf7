# SPDX-License-Identifier: BSD-2-Clause
"""draw.py - bugs drawn at random, in the words of the tables.

For each function of some files: all the steps that could be, in the vocabulary
of ops.py. N of them are drawn and tried on the tests that are linked with the
file, the nearest first. One that survives is a line that no test needs, a
condition that is never asked in earnest, or a bug that changes nothing; the
first two want a test, which then is in a table with this bug.
"""
import difflib
import os
import random
import re

import build
import ctext
import ops
import table
import trial

# Tests that a bug is tried on, by the folder of tests where they are.
NEAREST = {"unit": 6, "model": 3, "sim": 3, "machine": 3}
PERCENT = "5"
OTHER = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==",
         "+": "-", "-": "+", "&": "|", "|": "&", "<<": ">>", ">>": "<<",
         "|=": "=", "+=": "-=", "-=": "+=", "&=": "="}


# ---- what could be wrong with a function ----

class Sites:
    """The steps that could be drawn for one function."""

    def __init__(self, name, definition, text):
        self.name = name
        self.text = text
        self.d = definition
        self.f = ops.Finder(definition)
        self.t = definition.tokens

    def quoted(self, first, last):
        """Tokens in backquotes, as a step names them; None: it cannot."""
        text = self.text[self.t[first].start:self.t[last - 1].end]
        text = " ".join(text.split())
        if "`" in text or "/*" in text or "//" in text:
            return None
        return f"`{text}`"

    def add(self, kind, what, span, form):
        """The step @form, with the place in it by number if it needs one."""
        if what is None:
            return []
        place = ops.Place(kind, what.strip("`"), 0, [], None)
        found = sorted(set(self.f.candidates(place)))
        if span not in found:
            return []
        if len(found) > 1:
            what += f" #{found.index(span) + 1}"
        return [f"in {self.name}: " + form.replace("PLACE", f"{kind} {what}")]

    def statements(self):
        for s in self.f.statements:
            if s.kind != "expr":
                continue
            for i in range(s.first, s.last):
                if self.t[i].text in ctext.ASSIGN:
                    end = ctext.right_end(self.t, i + 1, s.last, {";", ","})
                    yield from self.add("set", self.quoted(s.first, i),
                                        ops.Span(i + 1, end, None),
                                        "drop PLACE")
                    break
            else:
                yield from self.add("stmt", self.quoted(s.first, s.last),
                                    ops.Span(s.first, s.last, None),
                                    "drop PLACE")

    def conditions(self):
        for kind, spans in (("cond", self.f.conds()),
                            ("term", self.f.terms())):
            for s in spans:
                if s.first >= s.last:
                    continue
                what = self.quoted(s.first, s.last)
                forms = ("negate PLACE", "PLACE := true",
                         "PLACE := false")
                for form in forms:
                    yield from self.add(kind, what, s, form)

    def tokens(self):
        for i in range(self.d.first + 1, self.d.last - 1):
            token, new = self.t[i], None
            if token.kind == "num":
                new = f"({token.text} + 1)"
            elif token.text in OTHER and (
                    self.t[i - 1].kind in ("id", "num")
                    or self.t[i - 1].text in (")", "]")):
                new = OTHER[token.text]
            elif token.text in ("true", "false"):
                new = "false" if token.text == "true" else "true"
            if new is None:
                continue
            a, b = self.t[i - 1].text, self.t[i + 1].text
            yield from self.add("expr", self.quoted(i - 1, i + 2),
                                ops.Span(i - 1, i + 2, None),
                                "PLACE := `%s %s %s`" % (a, new, b))

    def all(self):
        found = []
        for steps in (self.statements(), self.conditions(), self.tokens()):
            found += steps
        return list(dict.fromkeys(found))


def steps_of(path, tree):
    """All steps for the functions of a file."""
    found = []
    names = [d.name for d in tree.definitions(path)]
    for d in tree.definitions(path):
        if d.kind == "function" and names.count(d.name) == 1:
            found += Sites(f"{os.path.basename(path)}/{d.name}", d,
                           tree.text(path)).all()
    return found


# ---- which tests ----

def distance(test, path):
    """How far a test is from a file: the nearest sorts first."""
    base = os.path.basename(path)[:-2]
    folders = [f for f in os.path.dirname(path).split("/")
               if f not in ("src", "include", "arch")]
    near = any(f"/{f}/" in test.path or f"/{f}_" in test.path
               for f in folders)
    return (f"test_{base}" != os.path.basename(test.name), not near,
            list(NEAREST).index(test.path.split("/")[1]), len(test.sources),
            test.path)


def programs_for(path, objects):
    """The nearest tests that are made of @path, as Programs."""
    tests = []
    for source in build.make_variables()["TEST_SRCS"]:
        with open(source, encoding="utf-8") as f:
            if source.split("/")[1] not in NEAREST or \
                    not re.search(r"(?m)^int main\(|TEST_MAIN", f.read()):
                continue
        test = build.Test(source[len("tests/"):-2])
        folder = os.path.dirname(path)
        if path in test.sources or path.endswith(".h") and (
                folder in map(os.path.dirname, test.sources)
                or f"-I{folder.rpartition('/')[0]}" in test.options):
            tests.append(test)
    tests.sort(key=lambda t: distance(t, path))
    programs, left = [], dict(NEAREST)
    for test in tests:
        kind = test.name.partition("/")[0]
        if left[kind] == 0:
            continue
        build.make_tests([test])
        if test.prepare(objects) is None \
                and path in test.files():
            left[kind] -= 1
            programs.append(trial.Program({"test": test.name,
                                           "percent": PERCENT}))
    return programs


# ---- trying ----

def diff_of(old, new):
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), n=0,
                                 lineterm="")
    return [line for line in lines if line[:1] in "+-"
            and not line.startswith(("+++", "---"))]


class Mutant:
    """One step, tried on some tests."""

    def __init__(self, step, path, tree, programs):
        self.step = step
        self.programs = programs
        where, _, action = step[3:].partition(": ")
        seed = table.Seed("", step, "seed", [ops.read_step(where, action)],
                          {})
        self.changed = tree.apply(seed, [path])
        self.diff = diff_of(tree.text(path), self.changed[path])

    def run(self, worker):
        """The verdict, in words; None: it does not compile."""
        for p in self.programs:
            line, wrong = p.verdict(worker, self.changed)
            if line is not None:
                return f"killed by {p.test.name}: {line}"
            if wrong.startswith("does not compile"):
                return None
            if not wrong.startswith("not caught"):
                return f"killed by {p.test.name}: {wrong}"
        return "SURVIVED"


def collect(args, tree):
    """[(step, path)] in random order, and {path: programs} that pass."""
    objects = build.Objects()
    steps, programs = [], {}
    for path in args.files:
        if not os.path.exists(path):
            raise ops.Bad(f"there is no {path}")
        steps += [(step, path) for step in steps_of(path, tree)]
        programs[path] = programs_for(path, objects)
    # One program is checked by one thread, and once.
    todo = [p for each in programs.values() for p in each]
    trial.in_parallel([lambda _, p=p: p.check(objects) for p in todo])
    for path, each in programs.items():
        for p in each:
            if not p.wrong:
                p.limit = 10 + 10 * p.seconds
            else:
                print(f"# {p.test.name} is not asked: {p.wrong}")
        programs[path] = [p for p in each if not p.wrong]
        names = ", ".join(p.test.name for p in programs[path])
        print(f"# {path}: {names or 'no test'}")
    random.Random(args.seed).shuffle(steps)
    return steps, programs


class Draw:
    """So many verdicts as were asked for."""

    def __init__(self, args, tap):
        self.tree = table.Tree()
        self.steps, self.programs = collect(args, self.tree)
        self.left = args.number
        self.tap = tap
        self.verdicts = []

    def next(self):
        with self.tap.lock:
            if not self.steps or self.left == 0:
                return None
            self.left -= 1
            return self.steps.pop(0)

    def work(self, worker):
        while True:
            drawn = self.next()
            if drawn is None:
                return
            try:
                mutant = Mutant(*drawn, self.tree, self.programs[drawn[1]])
                verdict = mutant.run(worker)
            except ops.Bad:
                verdict = None
            with self.tap.lock:
                if verdict is None:
                    self.left += 1
                    continue
                self.verdicts.append(verdict)
                print(verdict, f"\t{drawn[0]}",
                      *[f"\t{line}" for line in mutant.diff], sep="\n",
                      flush=True)


def main(args):
    if args.seed is None:
        args.seed = random.randrange(1, 100000)
    args.files = [f for word in args.files for f in word.split()]
    print(f'# make mutate FILES="{" ".join(args.files)}" N={args.number} '
          f"SEED={args.seed}", flush=True)
    draw = Draw(args, trial.Tap())
    trial.in_parallel([draw.work] * (os.cpu_count() or 1), build.Worker)
    survived = draw.verdicts.count("SURVIVED")
    print(f"# {len(draw.verdicts)} bugs, {survived} survived")
    return 0
