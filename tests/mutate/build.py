# SPDX-License-Identifier: BSD-2-Clause
"""build.py - test programs, and the same with some files changed.

How a test is built is in its head comment (tests/rules.sh reads it). A test
as it is is that of the host's variant, which make builds; one with flags of its
own in a table has its objects in build/mutate. The compiler has said which
headers each object has read. A mutant is written into a copy of the tree, where
the objects that have read it are compiled again: without optimization, since
that costs less than it saves, but where a table has a flag that says -O.
"""
import functools
import glob
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import threading

import ops

B = "build/mutate"
HOST = "build/host"
CC = os.environ.get("CC", "gcc")
BASE = ["-std=gnu11", "-O0", "-w", "-fno-common", "-fno-strict-aliasing"]
COPIED = ("src", "arch", "include", "docs/examples", "tests")
# A compiler cache costs more than it gives where each text is new.
os.environ["PATH"] = ":".join(p for p in os.environ["PATH"].split(":")
                              if "ccache" not in p)


def call(command, cwd=".", env=None):
    """Run a command. Return: None, or what it says if it fails."""
    done = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.STDOUT, check=False,
                          stdin=subprocess.DEVNULL, env=env)
    return None if done.returncode == 0 else done.stdout or "it fails"


def make_variables():
    """What the Makefile says of the host's build: {name: words}."""
    env = {k: v for k, v in os.environ.items()
           if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    text = subprocess.run(["make", "-s", "mutate-build"], env=env, text=True,
                          stdout=subprocess.PIPE, check=True).stdout
    return {line.split()[0]: line.split()[1:] for line in text.splitlines()}


def make_tests(tests):
    """Have make build those of @tests that are the host's, as they are."""
    env = {k: v for k, v in os.environ.items()
           if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    names = {t.path[len("tests/"):-len(".c")] for t in tests if not t.own}
    wrong = names and call(["make", "-s", "-k",
                            f"VARIANT={os.path.basename(HOST)}", "tests",
                            "T=" + " ".join(sorted(names))], env=env)
    if wrong:
        raise ops.Bad("the tests are not built: " + wrong)


class Rules:
    """How tests are built, from the Makefile and tests/rules.sh."""

    variables = None

    def __init__(self, path):
        if Rules.variables is None:
            Rules.variables = make_variables()
        text = subprocess.run(["tests/rules.sh", HOST, path], text=True,
                              stdout=subprocess.PIPE, check=True).stdout
        # Where the objects are: first its own, then those of one it is like.
        objects = re.search(r"(?m)^OBJS := (.*)", text).group(1)
        parts = [part.rstrip(" )").partition("/%.o,")
                 for part in objects.split("$(patsubst %.c,")[1:]]
        self.objects = {source: f"{folder}/{source[:-2]}.o"
                        for folder, _, words in parts
                        for source in self.expand(words.split())}
        if "libxmem.a" in text:
            for source in self.expand(["$(LIB_SRCS)", "$(HOST_SRCS)"]):
                self.objects[source] = f"{HOST}/obj/{source[:-2]}.o"
        self.sources = list(self.objects)
        own = re.search(re.escape(parts[0][0]) + r"/%\.o: .*\n.*\n"
                        r".*\$\(CC\)(.*)\$\(CFLAGS_ALL\) \$\(TEST_WARN\)(.*)"
                        r" -MD", text)
        self.dirs, self.flags = [g.split() for g in own.groups()] if own \
            else ([], [])

    def expand(self, words):
        """Sources by their names, by patterns, or those of a variable."""
        for word in words:
            yield from self.variables.get(word.strip("$()")) or \
                sorted(glob.glob(word)) or [word]


def find_test(name):
    """The test with this base name, or end of a path."""
    if Rules.variables is None:
        Rules.variables = make_variables()
    found = [p for p in Rules.variables["TEST_SRCS"]
             if f"/{p}".endswith(f"/{name}.c")]
    if len(found) != 1:
        raise ops.Bad(f"{len(found)} tests are named {name}")
    return found[0]


class Test:
    """A test program: its sources and how they are compiled."""

    def __init__(self, name, flags=()):
        self.name = name
        self.path = find_test(name)
        rules = Rules(self.path)
        self.flags = rules.flags + list(flags)
        # Is it not that of the host's variant?
        self.own = not all(f.startswith("-O") for f in flags)
        self.made = {} if self.own else rules.objects
        self.program = f"{HOST}/{self.path[:-2]}"
        self.options = BASE + rules.dirs + rules.variables["INC"] + self.flags
        self.sources = rules.sources
        # The host machine finds the library's variables by their sections.
        self.renames = "tests/host/image.c" in self.sources
        key = hashlib.sha1(" ".join([CC, str(self.renames)]
                                    + self.options).encode())
        self.key = key.hexdigest()[:12]
        self.objects = {}  # source: object
        self.reads = {}    # source: the files that it is made of

    def files(self):
        return sorted(set().union(*self.reads.values()))

    def prepare(self, objects):
        """All objects as they are. Return: None, or what is wrong."""
        for source in self.sources:
            wrong = objects.get(self, source)
            if wrong is not None:
                return wrong
        return None

    def link(self, program, instead=()):
        """Link it, with some objects in the place of others."""
        objects = [dict(instead).get(s, o) for s, o in self.objects.items()]
        # Who has calls of a sanitizer made brings what they call.
        flags = [f for f in self.flags if f != "-fsanitize=thread"]
        return call([CC] + flags + ["-o", program] + objects
                    + ["-lcmocka", "-pthread"])


def compile_one(test, source, target, cwd=".", deps=None):
    """Compile one source of @test in the tree @cwd."""
    os.makedirs(os.path.dirname(target), exist_ok=True)
    more = ["-MD", "-MF", os.path.abspath(deps)] if deps else []
    wrong = call([CC] + test.options + more
                 + ["-c", "-o", os.path.abspath(target), source], cwd)
    if wrong is None and test.renames and source.startswith("src/"):
        wrong = call(["objcopy", target, "--rename-section", ".bss=xmem_bss"]
                     + [w for s in ("data", "data.rel", "data.rel.local")
                        for w in ("--rename-section", f".{s}=xmem_data")])
    return wrong


@functools.cache
def read_by(deps):
    """The files of a rule for make that the compiler has written."""
    with open(deps, encoding="utf-8") as f:
        rule = f.read().replace("\\\n", " ").partition("\n")[0]
    return {os.path.normpath(p) for p in rule.partition(": ")[2].split()}


class Objects:
    """The objects of the tree as it is, kept between runs."""

    def __init__(self):
        self.hashes = {}
        self.lock = threading.Lock()
        self.doing = {}

    def hash_of(self, path):
        if path not in self.hashes:
            try:
                with open(path, "rb") as f:
                    self.hashes[path] = hashlib.sha1(f.read()).hexdigest()
            except OSError:
                self.hashes[path] = "gone"
        return self.hashes[path]

    def known(self, target):
        """What the object @target was made of, if that is unchanged."""
        try:
            with open(f"{target}.json", encoding="utf-8") as f:
                reads = json.load(f)
        except (OSError, ValueError):
            return None
        if any(self.hash_of(p) != h for p, h in reads.items()):
            return None
        return set(reads)

    def get(self, test, source):
        made = test.made.get(source)
        if made is not None and os.path.exists(made):
            test.objects[source] = made
            test.reads[source] = read_by(f"{made[:-2]}.d")
            return None
        target = f"{B}/obj/{test.key}/{source[:-2]}.o"
        with self.lock:
            own = self.doing.setdefault(target, threading.Lock())
        with own:
            reads = self.known(target)
            if reads is None:
                deps = f"{target}.d"
                wrong = compile_one(test, source, target, deps=deps)
                if wrong is not None:
                    return wrong
                reads = self.note(target, deps)
        test.objects[source] = target
        test.reads[source] = reads
        return None

    def note(self, target, deps):
        reads = read_by(deps)
        with open(f"{target}.json", "w", encoding="utf-8") as f:
            json.dump({p: self.hash_of(p) for p in reads}, f)
        return reads


# ---- mutants ----

class Worker:
    """A copy of the tree, and a place for the objects of one mutant."""

    def __init__(self, number):
        self.dir = f"{B}/worker{number}"
        shutil.rmtree(self.dir, ignore_errors=True)
        for folder in COPIED:
            shutil.copytree(folder, f"{self.dir}/tree/{folder}",
                            symlinks=True)

    def build(self, test, changed):
        """The test with @changed, {path: text}. Return: what is wrong."""
        tree = f"{self.dir}/tree"
        for path, text in changed.items():
            with open(f"{tree}/{path}", "w", encoding="utf-8") as f:
                f.write(text)
        try:
            return self.rebuild(test, set(changed))
        finally:
            for path in changed:
                shutil.copy2(path, f"{tree}/{path}")

    def rebuild(self, test, paths):
        instead = {}
        for source in test.sources:
            if test.reads[source] & paths:
                target = f"{self.dir}/{source[:-2]}.o"
                wrong = compile_one(test, source, target, f"{self.dir}/tree")
                if wrong is not None:
                    return wrong
                instead[source] = target
        return test.link(f"{self.dir}/test", instead)


def run(program, env, caught, limit):
    """Run a test up to the first line that says a bug was noticed. Return:
    that line and None, or None and the status: "hang" if it was killed."""
    p = subprocess.Popen([os.path.abspath(program)], env={**os.environ, **env},
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, start_new_session=True)
    late = []

    def kill():
        late.append(True)
        os.killpg(p.pid, signal.SIGKILL)

    timer = threading.Timer(limit, kill)
    timer.start()
    try:
        for line in p.stdout:
            line = line.decode("utf-8", "replace").rstrip("\n")
            if caught.search(line):
                return line, None
        p.wait()
        return None, "hang" if late else p.returncode
    finally:
        timer.cancel()
        try:
            os.killpg(p.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        p.stdout.close()
        p.wait()
