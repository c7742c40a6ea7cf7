# SPDX-License-Identifier: BSD-2-Clause
"""boot.py - does the test hypervisor notice bugs? Seeds for QEMU.

A seed boots one machine, the smallest that shows it, with an image of a copy
of the tree. The unchanged copy must pass on the machine. What QEMU cannot show
is said to be missed; if it is noticed after all, that is an error too.
"""
import glob
import os
import shutil

import build
import ops
import table

COPIED = ("Makefile", "include", "src", "arch", "tests", "docs/examples")
ENV = {"BOOT_TIMEOUT": "60", "BOOT_APPEND": "percent=10"}


def architectures():
    """{name: (its family's folder, the other members of the family)}."""
    found = {}
    for mk in glob.glob("tests/boot/*/*.mk"):
        family = os.path.basename(os.path.dirname(mk))
        others = [os.path.basename(p)[:-3]
                  for p in glob.glob(f"tests/boot/{family}/*.mk") if p != mk]
        found[os.path.basename(mk)[:-3]] = (family, others)
    return found


def files_of(arch, tree):
    """What an image of @arch is made of."""
    family, others = architectures()[arch]
    own = {"src", "include", "arch/common", f"arch/{family}",
           "tests/boot/common", f"tests/boot/{family}"}
    return [p for p in tree.files()
            if any(p.startswith(f"{d}/") for d in own)
            and not any(f"/{o}/" in p for o in others)]


def machine_of(seed, arch):
    """The machine of a seed for @arch, or None."""
    for pair in seed.settings.get("on", "").split(","):
        if pair.split()[:1] == [arch]:
            return pair.split()[1]
    return None


class Boots:
    """A copy of the tree, and what boots from it."""

    def __init__(self, arch):
        self.arch = arch
        self.dir = f"{build.B}/boot-{arch}"
        self.passes = {}
        shutil.rmtree(self.dir, ignore_errors=True)
        os.makedirs(f"{self.dir}/docs")
        for name in COPIED:
            if os.path.isdir(name):
                shutil.copytree(name, f"{self.dir}/{name}")
            else:
                shutil.copy2(name, self.dir)

    def make(self, seed, goal, *more):
        env = {k: v for k, v in os.environ.items()
               if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
        env.update(ENV)
        if "thread" in seed.settings:
            env["BOOT_THREAD"] = seed.settings["thread"]
        layout = seed.settings.get("layout", "")
        return build.call(["make", "-s", "-C", self.dir, f"ARCH={self.arch}",
                           f"LAYOUT={layout}", *more, goal], env=env)

    def boots(self, seed, run=True):
        """None if all tests pass, or what fails."""
        wrong = self.make(seed, "boot-image")
        if wrong is not None:
            raise ops.Bad("does not build:\n" + wrong)
        if not run:
            return None
        return self.make(seed, "boot",
                         f"MACHINES={machine_of(seed, self.arch)}")

    def unchanged(self, seed):
        """Does the machine of @seed pass as the tree is? Asked once."""
        key = (machine_of(seed, self.arch), seed.settings.get("layout"),
               seed.settings.get("thread"))
        if key not in self.passes:
            self.passes[key] = self.boots(seed) is None
        if not self.passes[key]:
            raise ops.Bad(f"{key[0]} fails as it is")

    def planted(self, seed, changed, run):
        """Boot with @changed, {path: text}."""
        for path, text in changed.items():
            with open(f"{self.dir}/{path}", "w", encoding="utf-8") as f:
                f.write(text)
        try:
            return self.boots(seed, run)
        finally:
            for path in changed:
                shutil.copy(path, f"{self.dir}/{path}")


def try_seed(seed, tree, boots, how):
    """What is wrong with a seed, or None. @how: dry, build or run."""
    changed = tree.apply(seed, files_of(boots.arch, tree) if boots
                         else files_of(how[1], tree))
    if how[0] == "dry":
        return None
    if how[0] == "run":
        boots.unchanged(seed)
    failed = boots.planted(seed, changed, how[0] == "run")
    if how[0] == "build":
        return None
    if seed.kind == "missed" and failed is not None:
        return "noticed, so a seed"
    if seed.kind == "seed" and failed is None:
        return "not noticed"
    if os.environ.get("SEED_VERBOSE") and failed:
        print("\n".join(f"# {line}" for line in failed.splitlines()
                        if line.startswith("not ok")))
    return None


def run_one(seeds, arch, how, tree, tap):
    """The seeds of one architecture."""
    seeds = [s for s in seeds if machine_of(s, arch)]
    boots = None if how == "dry" else Boots(arch)
    for seed in seeds:
        rest = ""
        try:
            wrong = try_seed(seed, tree, boots, (how, arch))
        except ops.Bad as e:
            wrong, _, rest = str(e).partition("\n")
        note = ""
        if seed.kind == "missed" and how == "run":
            note = f", which QEMU cannot show: {seed.settings.get('why')}"
        tap.line(f"{arch}, {seed.name}{note}", wrong, rest)


def run(seeds, arch, how, tap):
    """@arch may be "all"; @how: dry, build or run."""
    known = sorted(architectures())
    if arch != "all" and arch not in known:
        raise ops.Bad(f"there is no {arch}, but {', '.join(known)}, all")
    tree = table.Tree()
    for name in known if arch == "all" else [arch]:
        run_one(seeds, name, how, tree, tap)
