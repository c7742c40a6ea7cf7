#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""test_object.py - object.sh finds calls by address, and says where

Small libraries for each architecture and compiler: in one only the pool's two
functions call by address, in others another function does, as a call, as a
jump at its end, and by way of a thunk.
"""
import os
import shutil
import subprocess
import sys
import tempfile

TARGETS = [  # name, gcc, clang's target, flags
    ("x86-64", "gcc", [], ["-mno-red-zone"]),
    ("arm64", "aarch64-linux-gnu-gcc", ["--target=aarch64-linux-gnu"], []),
    ("arm32", "arm-linux-gnueabihf-gcc", ["--target=arm-linux-gnueabihf"],
     ["-march=armv7ve+fp", "-marm"]),
]
COMMON = ["-O2", "-ffreestanding", "-fno-pic", "-fno-asynchronous-unwind-tables",
          "-fno-unwind-tables", "-fno-stack-protector"]

POOL = """
typedef void *get(unsigned long bytes);
typedef void put(void *mem);
__attribute__((__noinline__)) void *get_region(get *of) { return of(1); }
__attribute__((__noinline__)) void xmem_pool_give_region(put *to, void *mem) { to(mem); }
void direct(void *mem);
void direct(void *mem) { xmem_pool_give_region(0, mem); }
"""
CALL = POOL + """
int hot(int (*choice)(int), int n);
int hot(int (*choice)(int), int n) { return choice(n) + choice(n + 1); }
"""
JUMP = POOL + """
int hot(int (**choice)(int), int n);
int hot(int (**choice)(int), int n) { return (*choice)(n); }
"""
NONE = POOL.replace("{ to(mem); }", "{ (void)to; (void)mem; }")
LINE = "no call by address but the pool's"


def verdict(folder, command, text, tool="tests/lint/object.sh"):
    """What a tool prints about a library of one source."""
    source, obj, lib = (os.path.join(folder, n) for n in
                        ("one.c", "one.o", "lib.a"))
    with open(source, "w", encoding="utf-8") as file:
        file.write(text)
    if os.path.exists(lib):
        os.remove(lib)
    subprocess.run(command + ["-c", source, "-o", obj], check=True)
    subprocess.run(["ar", "rcs", lib, obj], check=True)
    return subprocess.run([tool, lib], text=True, capture_output=True,
                          check=False).stdout


def problems(folder, command):
    """What is wrong with the verdicts on one compiler's libraries."""
    good = verdict(folder, command, POOL)
    if not any(l.startswith("ok") and LINE in l for l in good.splitlines()):
        yield f"the pool's are refused:\n{good}"
    for name, text in (("call", CALL), ("jump", JUMP)):
        bad = verdict(folder, command, text)
        if "\nhot:" not in "\n" + bad or "not ok" not in bad:
            yield f"a {name} is not found:\n{bad}"
    if "xmem_pool_give_region: none found" not in verdict(folder, command, NONE):
        yield "a pool without the second call is taken"


def main():
    bad = []
    with tempfile.TemporaryDirectory() as folder:
        for name, gcc, target, flags in TARGETS:
            compilers = [[gcc], ["clang"] + target]
            if name == "x86-64":
                compilers += [
                    ["gcc", "-mindirect-branch=thunk-extern"],
                    ["clang", "-mretpoline-external-thunk"]]
            for compiler in compilers:
                if not shutil.which(compiler[0]):
                    bad.append(f"{compiler[0]}: not installed")
                    continue
                for text in problems(folder, compiler + flags + COMMON):
                    bad.append(f"{name}, {' '.join(compiler)}: {text}")
    print("\n".join(bad))
    print(("not ok" if bad else "ok") + " 1 - calls by address are found")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
