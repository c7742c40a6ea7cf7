#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""test_calls.py - calls.py finds what it is for, and nothing else.

First its parts with made-up symbols, then the whole with small libraries,
each in a tree of its own.
"""
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import calls  # noqa: E402

TOOL = os.path.abspath(calls.__file__)
NAMES = calls.source_names(["src/a/one.c", "src/b/two.c", "arch/q/mmu.S"])
results = []


def expect(what, good, seen=""):
    results.append(good)
    if not good:
        print(seen)
    print(f"{'ok' if good else 'not ok'} {len(results)} - {what}")


def equal(what, seen, wanted):
    expect(what, seen == wanted, f"seen {seen}\nnot  {wanted}")


def fails(what, function, *args):
    try:
        seen = function(*args)
        expect(what, False, seen)
    except SystemExit:
        expect(what, True)


def graph_of(*lines):
    """From lines as show() makes them."""
    graph = {}
    for line in lines:
        pair, _, names = line.partition(": ")
        graph[tuple(pair.split(" -> "))] = set(names.split())
    return graph


# ---- Parts.

def try_symbols():
    equal("objects have the names of their sources", NAMES,
          {"one.o": "a/one.o", "two.o": "b/two.o", "mmu.o": "arch/q/mmu.o"})
    fails("two sources of one name are refused", calls.source_names,
          ["src/a/one.c", "src/b/one.c"])
    fails("a member without source is refused", calls.parse_nm,
          "l.a[three.o]: f T 0 1\n", NAMES)
    equal("of two weak functions the first counts", calls.parse_nm(
        "l.a[one.o]: f W 0 1\nl.a[two.o]: f W 0 1\n", NAMES),
          {"a/one.o": ({"f"}, set()), "b/two.o": (set(), set())})
    equal("a weak function yields to another of its name", calls.parse_nm(
        "l.a[one.o]: f W 0 1\nl.a[one.o]: g W 0 1\nl.a[two.o]: f T 0 1\n",
        NAMES), {"a/one.o": ({"g"}, set()), "b/two.o": ({"f"}, set())})
    text = "".join(f"build/x/l.a[{line}\n" for line in (
        "one.o]: f T 0000000000000000 0000000000000010", "one.o]: g U",
        "one.o]: table U         ", "one.o]: xmem_port_panic U",
        "one.o]: maybe w", "one.o]: memcpy U", "two.o]: g T 0 10",
        "two.o]: table B 0 8", "two.o]: maybe T 0 8", "two.o]: weak W 0 8",
        "mmu.o]: f U", "mmu.o]: weak U", "mmu.o]: xmem_port_panic T 0 8",
        "one.o]: must_agree A 0", "two.o]: must_agree A 0"))
    equal("needs are of functions and variables, also weak ones, not numbers "
          "and hooks; not those that may stay undefined",
          calls.needs(calls.parse_nm(text, NAMES)),
          graph_of("a/one.o -> b/two.o: g table",
                   "arch/q/mmu.o -> a/one.o: f", "arch/q/mmu.o -> b/two.o: weak"))
    fails("a symbol that two members define is refused", calls.needs,
          {"a/one.o": ({"f"}, set()), "b/two.o": ({"f"}, set())})


def try_circles():
    ring = graph_of("a/x.o -> a/y.o: f", "a/y.o -> b/z.o: g h",
                    "b/z.o -> a/x.o: i", "a/x.o -> c/end.o: j",
                    "c/start.o -> a/x.o: k")
    equal("a circle of three is shown with its symbols alone",
          calls.show_circles(ring),
          ["circle of 3 objects: a/x.o a/y.o b/z.o", "  a/x.o -> a/y.o: f",
           "  a/y.o -> b/z.o: g h", "  b/z.o -> a/x.o: i"])
    equal("two circles are two", calls.circles(
        [("p", "q"), ("q", "p"), ("q", "r"), ("r", "s"), ("s", "r")]),
        [["p", "q"], ["r", "s"]])
    equal("a diamond is no circle", calls.circles(
        [("p", "q"), ("p", "r"), ("q", "s"), ("r", "s")]), [])


def try_folders():
    layers = {"a": ["b"], "b": [], "arch": []}
    graph = graph_of("a/x.o -> b/y.o: f", "b/y.o -> arch/q/m.o: g",
                     "b/y.o -> b/z.o: h", "arch/q/m.o -> arch/r/n.o: i",
                     "c/w.o -> b/y.o: f")
    equal("needs that layers.txt does not have are found",
          calls.show(calls.bad_needs(graph, layers)),
          ["b/y.o -> arch/q/m.o: g", "c/w.o -> b/y.o: f"])
    equal("a folder that nothing uses is found",
          calls.unused({"a": ["b", "arch"], "b": ["a"]},
                       calls.folder_pairs(graph)), ["a: arch", "b: a"])
    pairs = {("top", "mid"), ("mid", "low"), ("top", "low"), ("low", "loop"),
             ("loop", "low")}
    equal("folders are drawn by layer, a circle as one",
          calls.by_layer(pairs, {"top", "mid", "low", "loop", "lone"}),
          [["top"], ["mid"], ["lone", "loop", "low"]])
    equal("the text for documents", calls.show_text(pairs, {"top", "mid"}),
          ["top      low mid", "", "mid      low"])


def try_public():
    graph = graph_of("a/x.o -> b/y.o: open close", "a/z.o -> b/y.o: open own")
    public = calls.public_needs(graph, {"open", "close"})
    equal("needs of the API", calls.show(public),
          ["a/x.o -> b/y.o: close open", "a/z.o -> b/y.o: open"])
    equal("a line for all", calls.forbidden(public, [("*", "*", "*")]),
          ({}, []))
    bad, idle = calls.forbidden(public, [
        ("a/x.o", "b/y.o", "open"), ("a/x.o", "b/w.o", "close"),
        ("a/z.o", "b/*", "o*")])
    equal("a need that no line has", calls.show(bad),
          ["a/x.o -> b/y.o: close"])
    equal("a line without a need", idle, ["a/x.o -> b/w.o: close"])


# ---- The whole. A tree has two folders: top may use low.

TOP = "int low(void); int top(void); int top(void) { return low(); }"
LOW = "int low(void); int low(void) { return 1; }"
LOW_UP = "int low(void); int top(void); int low(void) { return top(); }"
LOW_IN = LOW + " int inner(void); int other(void) { return inner(); }"


def run(mode, sources, layers="top: low\nlow:\n", public="* -> *: *\n"):
    """Exit status and output of calls.py for the library of such sources.

    There is also part.a, an archive of the member l.o alone.
    """
    files = dict(sources)
    files.update({"tests/lint/layers.txt": layers, "tests/lint/api.sym":
                  "low\n", "tests/lint/public_calls.txt": public})
    with tempfile.TemporaryDirectory() as top:
        for path, text in files.items():
            os.makedirs(os.path.join(top, os.path.dirname(path)),
                        exist_ok=True)
            with open(os.path.join(top, path), "w", encoding="utf-8") as f:
                f.write(text + "\n")
        subprocess.run(["gcc", "-c", "-I", "src"]
                       + [p for p in sources if p.endswith(".c")],
                       cwd=top, check=True)
        subprocess.run("ar rcs lib.a *.o; ar rcs part.a l.o || :", shell=True,
                       cwd=top, check=True, stderr=subprocess.DEVNULL)
        done = subprocess.run([sys.executable, TOOL] + mode + ["lib.a"],
                              cwd=top, stdout=subprocess.PIPE, text=True)
    return done.returncode, done.stdout


def whole(what, code, parts, *args, **more):
    seen, text = run(*args, **more)
    expect(what, seen == code and all(p in text for p in parts)
           and ("not ok" in text) == (code != 0), f"exit {seen}\n{text}")


def try_whole():
    good = {"src/top/t.c": TOP, "src/low/l.c": LOW}
    up = {"src/top/t.c": TOP, "src/low/l.c": LOW_UP}
    ring = {"src/top/t.c": TOP, "src/low/l.c": LOW_IN,
            "src/low/m.c": "int low(void); int inner(void) { return low(); }"}
    own = {"src/low/l.c": "__attribute__((weak)) " + LOW
           + " int other(void); int other(void) { return low() + 1; }"}
    weak = {"src/top/t.c": TOP, "src/low/l.c": LOW.replace(
        "int low(void) {", "__attribute__((weak)) int low(void) {")}
    front = {"src/low/l.c": "int real(void); int real(void) { return 1; } "
             '#define F __attribute__((weak, alias("real")))\n'
             "extern int low(void) F; "
             "int other(void); int other(void) { return real() + 1; }"
             .replace("#define", "\n#define")}
    header = {"src/top/t.c": '#include "low/l.h"', "src/low/l.h": LOW}
    whole("a good library", 0, ["ok 2"], [], good)
    whole("a call up", 1, [
        "circle of 2 objects: low/l.o top/t.o\n  low/l.o -> top/t.o: top\n"
        "  top/t.o -> low/l.o: low\nnot ok 1",
        "low/l.o -> top/t.o: top\nnot ok 2"], [], up)
    whole("a circle in a folder", 1, ["circle of 2 objects: low/l.o low/m.o",
                                      "not ok 1", "\nok 2"], [], ring)
    whole("a need that is not allowed", 1, ["ok 1", "low\nnot ok 2"], [], good,
          layers="top:\nlow:\n")
    whole("all that is allowed is used", 0, [], ["--used"], good)
    whole("an include is a use", 0, [], ["--used"], header)
    whole("something allowed is not used", 1, ["nothing uses top: arch\n"],
          ["--used"], good, layers="top: low arch\nlow:\narch:\n")
    whole("public functions are listed", 0, [
        "top/t.o -> low/l.o: low\n", "lib.a: 1 needs"], ["--public"], good)
    whole("public functions are refused", 1, [
        "low\nnot ok 1"], ["--public"], good, public="low/* -> x: y\n")
    whole("a line that none of two libraries needs", 1, [
        "x: y\nnot ok 3"], ["--public", "part.a"], good,
        public="* -> low/l.o: low\nlow/* -> x: y\n")
    whole("a public function that its own file needs", 1, [
        "low/l.o -> low/l.o: low\nnot ok 1"], ["--public"], own, public="")
    whole("a front is no need of its own", 0, ["lib.a: 0 needs"],
          ["--public"], front, public="")
    whole("a weak public function that another needs", 1, [
        "top/t.o -> low/l.o: low\nnot ok 1"], ["--public"], weak, public="")
    whole("a line that one of two libraries needs", 0, ["part.a: 0 needs"],
          ["--public", "part.a"], good, public="* -> low/l.o: low\n")
    whole("the list", 0, ["top -> low\n  top/t.o -> low/l.o: low\n"],
          ["--list"], good)
    whole("the text", 0, ["top      low\n\nlow\n"], ["--text"], good)
    whole("the graph", 0, ["\ttop -> low\n}"], ["--dot"], good)


for part in (try_symbols, try_circles, try_folders, try_public, try_whole):
    part()
sys.exit(0 if all(results) else 1)
