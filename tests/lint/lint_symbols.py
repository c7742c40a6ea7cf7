#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""lint_symbols.py - the names the library exports are its API, layer by layer.

usage: lint_symbols.py [--write]   (--write makes tests/lint/api.sym anew)

 - api.sym lists exactly the functions that the public headers declare
   (but what a host provides in any case: xmem_port_*, xmem_meta_*), sorted;
 - build/x86_64/libxmem.a defines each of them, in the folder that owns the
   header;
 - any other global symbol starts with xmem_.
"""
import glob
import os
import re
import subprocess
import sys

LIBRARY = "build/x86_64/libxmem.a"
API = "tests/lint/api.sym"
# Header -> folders whose members define what it declares.
OWNERS = {
    "boot": {"boot"},
    "pages": {"heap", "page", "xenheap"},
    "xenheap": {"xenheap"},
    "admin": {"heap"},
    "pool": {"pool"},
    "xmalloc": {"malloc"},
    "xvmalloc": {"malloc"},
    "vmap": {"vmap", "arch"},
    "map": {"map", "directmap", "arch"},
    "debug": {"heap", "pool", "malloc", "vmap", "map", "debug"},
}
# Those of <xmem/hooks.h> by the start of their names.
HOOKS = {
    "xmem_block_": {"heap"},
    "xmem_heap_": {"heap"},
    "xmem_boot_": {"boot"},
    "xmem_map_": {"map"},
    "xmem_alloc_runs": {"page"},
    "xmem_free_runs": {"page"},
    "xmem_alloc_pages_exact": {"xenheap"},
    "xmem_free_pages_exact": {"xenheap"},
    "xmem_xenheap_": {"xenheap"},
}
AUX = re.compile(r"/\* include/xmem/(\w+)\.h:\d+:\w+ \*/ extern (.*);")


def declared():
    """API function -> header, from the compiler's own list."""
    source = "#include <xmem/xmem.h>\n"
    subprocess.run(["gcc", "-std=gnu11", "-ffreestanding", "-Iinclude",
                    "-Iarch/x86/include",
                    "-Iarch/common/include", "-fsyntax-only", "-aux-info",
                    "build/aux.txt", "-x", "c", "-"], input=source.encode(),
                   check=True)
    names = {}
    for line in open("build/aux.txt", encoding="utf-8"):
        m = AUX.match(line)
        if m:
            name = re.search(r"(\w+) \(", m.group(2)).group(1)
            if not name.startswith(("xmem_port_", "xmem_meta_",
                                    "xmem_arch_")):
                names[name] = m.group(1)
    return names


def owners(name, header):
    """Folders one of which defines a function of a header."""
    if header != "hooks":
        return OWNERS.get(header, set())
    return set().union(*(folders for start, folders in HOOKS.items()
                         if name.startswith(start)))


def defined():
    """Global symbol -> folder of the member that defines it, not weak if there
    are two."""
    folders = {}
    for path in glob.glob("src/*/*.c") + glob.glob("arch/x86/*.c"):
        parts = path.split("/")
        folder = "arch" if parts[0] == "arch" else parts[1]
        folders[parts[-1].rsplit(".", 1)[0] + ".o"] = folder
    out = subprocess.run(["nm", "-A", "--defined-only", "-g", LIBRARY],
                         capture_output=True, text=True, check=True).stdout
    symbols = {}
    for line in out.splitlines():
        where, _, rest = line.rpartition(":")
        member = where.split(":")[-1]
        kind, name = rest.split()[-2:]
        if kind != "W" or name not in symbols:
            symbols[name] = folders.get(member, member)
    return symbols


def main():
    for name in ("MAKEFLAGS", "MAKELEVEL"):  # no jobserver reaches here
        os.environ.pop(name, None)
    subprocess.run(["make", "-s", "ARCH=x86_64", "lib"], check=True)
    api = declared()
    if "--write" in sys.argv:
        with open(API, "w", encoding="utf-8") as f:
            f.write("\n".join(sorted(api)) + "\n")
    listed = open(API, encoding="utf-8").read().split()
    symbols = defined()
    bad = []
    if listed != sorted(listed):
        bad.append(f"{API} is not sorted")
    for name in sorted(set(listed) ^ set(api)):
        where = "in api.sym only" if name in listed else "not in api.sym"
        bad.append(f"{name}: {where} (lint_symbols.py --write)")
    for name, header in sorted(api.items()):
        if name not in symbols:
            bad.append(f"{name}: declared in <xmem/{header}.h>, not defined")
        elif symbols[name] not in owners(name, header):
            bad.append(f"{name} of <xmem/{header}.h> is defined in "
                       f"{symbols[name]}")
    for name, folder in sorted(symbols.items()):
        if name not in api and not name.startswith("xmem_"):
            bad.append(f"{name} ({folder}): neither API nor xmem_*")
    print("\n".join(bad))
    print(("not ok" if bad else "ok") + " 1 - exported symbols are the API")
    return 1 if bad else 0


sys.exit(main())
