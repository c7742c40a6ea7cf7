#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""callbacks.py - what is called by address is marked XMEM_PORT_CALLBACK

usage: callbacks.py [-endbr] libxmem.a

The library is compiled with -ffunction-sections, and with a port whose
XMEM_PORT_CALLBACK puts functions into the section .text.callback
(tests/lint/hostile): then every use of a function's address leaves a
relocation. Each function whose address is used by anything but a branch must be
in that section; where relocations have addends, each function in that section
must be used so. With -endbr those functions, and no
others, begin with a landing pad.
"""
import glob
import os
import re
import subprocess
import sys
import tempfile

MARKED = ".text.callback"
BRANCH = re.compile(r"(call|j[a-z]+|bl?|bl?\.?(eq|ne|cs|hs|cc|lo|mi|pl|vs|vc|hi"
                    r"|ls|ge|lt|gt|le|al)|t?b[nz]+|cb[nz]+)$")
TOOLS = {"X86-64": "", "AArch64": "aarch64-linux-gnu-",
         "ARM": "arm-linux-gnueabihf-"}
# Sections that tell debuggers and unwinders of functions; nothing calls them.
ASIDE = re.compile(r"\.(debug|eh_frame|ARM\.ex|stab|note|comment|llvm)")


def run(*command):
    return subprocess.run(command, text=True, check=True,
                          stdout=subprocess.PIPE).stdout


def machine(obj):
    """The machine of an object, a key of TOOLS."""
    return re.search(r"Machine: .*?([\w-]+)$", run("readelf", "-hW", obj),
                     re.M).group(1)


def functions(obj):
    """{name: (section number, offset)} of the functions of an object."""
    found = {}
    for line in run("readelf", "-sW", obj).splitlines():
        f = line.split()
        if len(f) == 8 and f[3] == "FUNC" and f[6].isdigit():
            found[f[7]] = (int(f[6]), int(f[1], 16))
    return found


def sections(obj):
    """{number: name} of the sections of an object."""
    return {int(n): name for n, name in
            re.findall(r"^ *\[ *(\d+)\] (\S+)", run("readelf", "-SW", obj),
                       re.M)}


def uses(obj):
    """(section, symbol, addend or None) of each relocation that is no branch."""
    where, branch = None, False
    for line in run("readelf", "-rW", obj).splitlines():
        head = re.match(r"Relocation section '\.rela?(\S+)'", line)
        if head:
            where = head.group(1)
            continue
        f = line.split()
        if where is None or len(f) < 5 or not f[2].startswith("R_") or \
                ASIDE.match(where) or where.startswith(".text"):
            continue
        yield where, f[4], int(f[5] + f[6], 16) if len(f) == 7 else None
    for line in run(TOOLS[machine(obj)] + "objdump", "-dr",
                    "--no-show-raw-insn", obj).splitlines():
        head = re.match(r"Disassembly of section (\S+):", line)
        insn = re.match(r" *[0-9a-f]+:\t(?:(?:notrack|bnd) )?([a-z.0-9]+)", line)
        at = re.match(r"\s+[0-9a-f]+: (R_\w+)\s+(.*?)([-+]0x[0-9a-f]+)?$", line)
        if head:
            where = head.group(1)
        elif at and not branch:
            # A pc-relative one of x86 counts from its end.
            end = 4 if re.match(r"R_X86_64_(PC32|GOTPC)", at[1]) else 0
            addend = int(at[3] or "0", 16) + end
            yield where, at[2], None if at[1].startswith("R_ARM") else addend
        elif insn:
            branch = BRANCH.match(insn[1]) is not None


def pads(obj):
    """Names of the functions that begin with endbr64."""
    return set(re.findall(r"^[0-9a-f]+ <(\S+)>:\n[^\n]*\bendbr64",
                          run("objdump", "-d", "--no-show-raw-insn", obj), re.M))


def check(obj, endbr, marked):
    """Yield what is wrong in one object; add its marked functions to @marked."""
    names, places = functions(obj), sections(obj)
    base = os.path.basename(obj)
    own = {n: at for n, (s, at) in names.items() if places[s] == MARKED}
    marked.update(own)
    taken = set()
    for where, symbol, addend in uses(obj):
        if symbol in names and symbol not in own or \
                re.match(r"\.text", symbol) and symbol != MARKED:
            yield f"{base}: {where} has the address of {symbol}, " \
                  "which is not marked XMEM_PORT_CALLBACK"
        elif symbol in own:
            taken.add(symbol)
        elif symbol == MARKED:
            taken |= {n for n, at in own.items() if addend in (at, None)}
    for name in sorted(set(own) - taken) if machine(obj) != "ARM" else []:
        yield f"{base}: {name} is marked XMEM_PORT_CALLBACK in vain"
    if endbr:
        for name in sorted(pads(obj) ^ set(own)):
            yield f"{base}: {name}: landing pad, or XMEM_PORT_CALLBACK, " \
                  "but not both"


def main():
    endbr = sys.argv[1] == "-endbr"
    marked, bad = {}, []
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["ar", "x", os.path.abspath(sys.argv[-1])], cwd=folder,
                       check=True)
        for obj in sorted(glob.glob(os.path.join(folder, "*.o"))):
            bad += check(obj, endbr, marked)
    if not marked:
        bad.append(f"no function is in {MARKED}: not the port of this test?")
    print("\n".join(bad))
    print(("not ok" if bad else "ok") + " 1 - functions that are called by "
          f"address are marked: {' '.join(sorted(marked))}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
