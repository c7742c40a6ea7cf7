#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""calls.py - the objects of the library need each other downwards only.

usage: calls.py [--used | --public | --list | --text | --dot] libxmem.a...

An object needs another one when it has an undefined symbol, of a function or
a variable, that the other one defines. Refuses, in each archive:

 - a circle among objects;
 - a need of one folder for another that layers.txt does not let it have.

 --used    refuses folders in layers.txt that neither an object of these
	   archives needs nor a source includes. Give it all architectures
 --public  what objects need of the API (api.sym), of other members or their
	   own; refuses what public_calls.txt does not let them and, given
	   more than one archive, lines of it that none needs. Own needs are
	   all seen where the API is weak: else the compiler may inline
 --list    every circle, and every need between folders
 --text    folders by layer, the ground last
 --dot     the same, for graphviz

Hooks (xmem_port_*), needs that may stay undefined and what no member defines do
not count.
"""
import fnmatch
import glob
import os
import subprocess
import sys

sys.dont_write_bytecode = True
from lint_layers import INCLUDE, folder_of, read_layers  # noqa: E402

LAYERS = "tests/lint/layers.txt"
API = "tests/lint/api.sym"
PUBLIC = "tests/lint/public_calls.txt"


# ---- What there is: objects are named page/heap.o and arch/x86/mmu.o.

def folder(obj):
    return obj.split("/")[0]


def source_names(paths):
    """Member of an archive -> name of the object, from paths of sources."""
    names = {}
    for path in paths:
        obj = os.path.splitext(path)[0].removeprefix("src/") + ".o"
        member = os.path.basename(obj)
        if names.setdefault(member, obj) != obj:
            raise SystemExit(f"{member}: {names[member]} or {obj}?")
    return names


def parse_nm(text, names):
    """Object -> (defined, undefined), from the output of nm -P -A -g. What is
    weak in an object, and defined by another one, too, is the other's; if that
    is weak as well, it is the first one's, as for the linker."""
    objects, weak, strong = {}, [], set()
    for line in text.splitlines():
        where, _, rest = line.partition("]: ")
        member = where.rpartition("[")[2]
        if member not in names:
            raise SystemExit(f"{where}]: no source of that name")
        name, kind = rest.split()[:2]
        defined, undefined = objects.setdefault(names[member], (set(), set()))
        # What may stay undefined; numbers, which all objects have
        # (<xmem/agree.h>).
        if kind in "wvA" or name.startswith("xmem_port_"):
            continue
        (undefined if kind == "U" else defined).add(name)
        if kind in "WV":
            weak.append((defined, name))
        elif kind != "U":
            strong.add(name)
    for defined, name in weak:
        if name in strong:
            defined.remove(name)
        strong.add(name)
    return objects


def all_sources():
    return source_names(glob.glob("src/*/*.[cS]")
                        + glob.glob("arch/**/*.[cS]", recursive=True))


def output_of(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, text=True,
                          check=True).stdout


def read_archive(path):
    return parse_nm(output_of(os.environ.get("NM", "nm"), "-P", "-A", "-g",
                              path), all_sources())


def parse_relocations(text, names):
    """Object -> names that its code and data have relocations for, from the
    output of readelf -rW."""
    objects, used, is_code = {}, set(), False
    for line in text.splitlines():
        if line.startswith("File: "):
            member = line.rpartition("(")[2].rstrip(")")
            if member not in names:
                raise SystemExit(f"{line}: no source of that name")
            used = objects.setdefault(names[member], set())
        elif line.startswith("Relocation section"):
            is_code = ".debug" not in line and ".eh_frame" not in line
        elif is_code and len(line.split()) > 4:
            used.add(line.split()[4])
    return objects


def own_needs(objects, relocations):
    """The graph of objects that need functions of their own by name."""
    return {(obj, obj): relocations[obj] & defined
            for obj, (defined, _) in objects.items()
            if relocations.get(obj, set()) & defined}


# ---- What follows from it. A graph is {(user, used): set of symbols}.

def needs(objects):
    """The graph of objects."""
    owner = {}
    for obj, (defined, _) in sorted(objects.items()):
        for name in defined:
            if name in owner:
                raise SystemExit(f"{name}: in {owner[name]} and in {obj}")
            owner[name] = obj
    graph = {}
    for obj, (defined, undefined) in objects.items():
        for name in undefined - defined:
            if name in owner:
                graph.setdefault((obj, owner[name]), set()).add(name)
    return graph


def reachable(pairs):
    """Node -> all that it needs, directly or not."""
    after = {}
    for a, b in pairs:
        after.setdefault(a, set()).add(b)
    reach = {}
    for start in after:
        seen, todo = set(), [start]
        while todo:
            new = after.get(todo.pop(), set()) - seen
            seen |= new
            todo += new
        reach[start] = seen
    return reach


def circles(pairs):
    """Lists of nodes each of which needs all of its list."""
    reach = reachable(pairs)
    found = {tuple(sorted(b for b in reach[a] if a in reach.get(b, ())))
             for a in reach if a in reach[a]}
    return sorted(map(list, found))


def between_folders(graph):
    return {(a, b): names for (a, b), names in graph.items()
            if folder(a) != folder(b)}


def bad_needs(graph, layers):
    return {(a, b): names for (a, b), names in between_folders(graph).items()
            if folder(b) not in layers.get(folder(a), [])}


def folder_pairs(graph):
    return {(folder(a), folder(b)) for a, b in between_folders(graph)}


def unused(layers, pairs):
    return [f"{a}: {b}" for a, below in sorted(layers.items())
            for b in below if (a, b) not in pairs]


def public_needs(graph, api):
    return {pair: names & api for pair, names in graph.items() if names & api}


def forbidden(graph, allowed):
    """What no line of patterns allows, and the lines that allow nothing."""
    bad, idle = {}, set(allowed)
    for (a, b), names in graph.items():
        for name in names:
            lines = {line for line in allowed
                     if all(map(fnmatch.fnmatchcase, (a, b, name), line))}
            idle -= lines
            if not lines:
                bad.setdefault((a, b), set()).add(name)
    return bad, [f"{a} -> {b}: {name}" for a, b, name in sorted(idle)]


def by_layer(pairs, folders):
    """Lists of folders; each needs lists after its own only, or its circle."""
    reach = reachable(pairs)
    left, layers = set(folders), []
    while left:
        def above(f):
            return {g for g in reach.get(f, set()) & left
                    if f not in reach.get(g, ())}
        ground = sorted(f for f in left if not above(f))
        layers.insert(0, ground)
        left -= set(ground)
    return layers


# ---- What is said of it.

def show(graph):
    return [f"{a} -> {b}: {' '.join(sorted(names))}"
            for (a, b), names in sorted(graph.items())]


def show_circles(graph):
    lines = []
    for ring in circles(graph):
        lines.append(f"circle of {len(ring)} objects: {' '.join(ring)}")
        lines += ["  " + line for line in show(
            {(a, b): names for (a, b), names in graph.items()
             if a in ring and b in ring})]
    return lines


def show_folders(graph):
    """Every need between folders, folder by folder."""
    lines = []
    graph = between_folders(graph)
    for pair in sorted(folder_pairs(graph)):
        lines.append(f"{pair[0]} -> {pair[1]}")
        lines += ["  " + line for line in show(
            {(a, b): names for (a, b), names in graph.items()
             if (folder(a), folder(b)) == pair})]
    return lines


def show_text(pairs, folders):
    lines = []
    for row in by_layer(pairs, folders):
        for f in row:
            below = " ".join(sorted(b for a, b in pairs if a == f))
            lines.append(f"{f:8} {below}".rstrip())
        lines.append("")
    return lines[:-1]


def show_dot(pairs, folders):
    lines = ["digraph layers {"]
    for row in by_layer(pairs, folders):
        lines.append("\t{ rank = same; " + "; ".join(row) + " }")
    lines += [f"\t{a} -> {b}" for a, b in sorted(pairs)]
    return lines + ["}"]


# ---- Modes.

def included(layers):
    """Pairs of folders, one of which includes a header of the other."""
    pairs = set()
    for path in glob.glob("src/*/*.[ch]") + \
            glob.glob("arch/**/*.[chS]", recursive=True):
        with open(path, encoding="utf-8") as f:
            for kind, name in INCLUDE.findall(f.read()):
                if kind == '"' and name.split("/")[0] in layers:
                    pairs.add((folder_of(path), name.split("/")[0]))
    return {(a, b) for a, b in pairs if a != b}


def read_allowed(path):
    """Patterns (user, used, function), from lines as show() makes them."""
    allowed = []
    with open(path, encoding="utf-8") as f:
        for line in f:
            pair, _, names = line.split("#")[0].partition(":")
            a, _, b = pair.partition("->")
            allowed += [(a.strip(), b.strip(), n) for n in names.split()]
    return allowed


class Tap:
    """Results, one line each."""
    def __init__(self):
        self.count = self.failed = 0

    def say(self, what, complaints):
        self.count += 1
        self.failed += bool(complaints)
        for line in complaints:
            print(line)
        print(f"{'not ok' if complaints else 'ok'} {self.count} - {what}")


def check_public(tap, path, graph):
    own = own_needs(read_archive(path), parse_relocations(
        output_of("readelf", "-rW", path), all_sources()))
    with open(API, encoding="utf-8") as f:
        public = public_needs({**graph, **own}, set(f.read().split()))
    bad, idle = forbidden(public, read_allowed(PUBLIC))
    print("\n".join(show(public)))
    print(f"# {path}: {sum(map(len, public.values()))} needs of a public "
          f"function")
    tap.say(f"{path}: public functions are needed as {PUBLIC} says", show(bad))
    return idle


def check(mode, graphs, layers):
    """Graphs of archives, by path."""
    tap = Tap()
    if mode == "--used":
        pairs = included(layers).union(*map(folder_pairs, graphs.values()))
        tap.say("each need in layers.txt is one",
                [f"layers.txt: nothing uses {line}"
                 for line in unused(layers, pairs)])
    elif mode == "--public":
        idle = [set(check_public(tap, *item)) for item in graphs.items()]
        if len(idle) > 1:
            tap.say(f"each line of {PUBLIC} is needed",
                    sorted(set.intersection(*idle)))
    else:
        for path, graph in graphs.items():
            tap.say(f"{path}: no circle among objects", show_circles(graph))
            tap.say(f"{path}: calls go where layers.txt lets them",
                    show(bad_needs(graph, layers)))
    return 1 if tap.failed else 0


def draw(mode, graphs, layers):
    if mode == "--list":
        for path, graph in graphs.items():
            print("\n".join([f"== {path}"] + show_circles(graph)
                            + show_folders(graph)))
        return 0
    pairs = included(layers).union(*map(folder_pairs, graphs.values()))
    folders = {f for pair in pairs for f in pair} | set(layers)
    print("\n".join((show_dot if mode == "--dot" else show_text)
                    (pairs, folders)))
    return 0


def main(args):
    modes = [a for a in args if a.startswith("-")]
    paths = [a for a in args if not a.startswith("-")]
    mode = modes[0] if modes else ""
    known = ("", "--used", "--public", "--list", "--text", "--dot")
    if len(modes) > 1 or mode not in known or not paths:
        print(__doc__)
        return 2
    layers = read_layers(LAYERS)
    graphs = {path: needs(read_archive(path)) for path in paths}
    work = draw if mode in ("--list", "--text", "--dot") else check
    return work(mode, graphs, layers)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
