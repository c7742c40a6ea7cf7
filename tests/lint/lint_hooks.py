#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""lint_hooks.py - <xmem/hooks.h> can be read beside any header of a host.

 - It reads neither the port nor <arch/...>, nor a header of the compiler.
 - Every macro, tag, type, function and enumerator of it begins with xmem_ or
   XMEM_. (So are mistakes of each kind found, which are tried here.)
 - Before and after a header that has all other names of the library's public
   headers, functions, types and macros, as something else, it compiles: gcc
   and clang, C99 and C11, C++.
"""
import os
import re
import subprocess
import sys

OWN = {f"include/xmem/{n}.h"
       for n in ("hooks", "base", "lock", "pool")}
WARN = ["-Wall", "-Wextra", "-Werror", "-Wundef", "-Wredundant-decls",
        "-Wstrict-prototypes", "-Wshadow"]
FULL = ["-Iinclude", "-Iarch/x86/include", "-Iarch/common/include"]
HOOKS = "#include <xmem/hooks.h>\n"


def run(args, text):
    return subprocess.run(args, input=text, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)


def gcc(args, text):
    done = run(["gcc", "-std=gnu11", "-ffreestanding", *args, "-x", "c", "-"],
               text)
    if done.returncode != 0:
        raise SystemExit("not ok 1 - gcc: " + done.stdout)
    return done.stdout


# ---- What a header declares, from its preprocessed text.

def strip_attributes(text):
    """Without __attribute__((...)), whatever is nested in it."""
    out, at = "", 0
    for m in re.finditer(r"__attribute__\s*\(", text):
        if m.start() < at:
            continue
        depth, end = 1, m.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        out, at = out + text[at:m.start()], end
    return out + text[at:]


def declared(text):
    """Macros, and names in declarations, of the text of gcc -E -dD."""
    names = re.findall(r"^#define (\w+)", text, re.M)
    text = strip_attributes(re.sub(r"^#.*$", "", text, flags=re.M))
    names += re.findall(r"\b(?:struct|union|enum)\s+(\w+)", text)
    for body in re.findall(r"\benum\b[^{;]*\{([^}]*)\}", text):
        names += re.findall(r"(\w+)\s*(?:=[^,]*)?(?:,|$)", body.strip())
    flat, depth = "", 0
    for c in text:
        depth -= c == "}"
        flat += c if depth == 0 else ""
        depth += c == "{"
    for decl in flat.split(";"):
        decl = " ".join(decl.split())
        m = re.search(r"\(\s*\*?\s*(\w+)\s*\)\s*\(", decl) \
            or re.search(r"(\w+)\s*\(", decl)
        if m:
            names.append(m.group(1))
        elif re.match(r"(typedef|extern|static)\b", decl):
            names += re.findall(r"(\w+)(?:\[[^]]*\])?(?=\s*(?:,|$))", decl)
    return names


def foreign(text):
    return sorted({n for n in declared(text)
                   if not n.startswith(("xmem_", "XMEM_"))})


MISTAKES = {
    "PAGE_SIZE": "#define PAGE_SIZE 4096",
    "page_info": "struct page_info { int xmem_x; };",
    "domain": "int xmem_f(struct domain *d);",
    "mfn_t": "typedef struct { unsigned long m; } mfn_t;",
    "get_memory": "typedef void *(get_memory)(unsigned long bytes);",
    "free_pages": "__attribute__((__format__(__printf__, 1, 2))) void "
                  "free_pages(const char *fmt, ...);",
    "EINVAL": "enum xmem_error { XMEM_A = 1, EINVAL = 22 };",
    "lock_letter": "extern struct xmem_a xmem_b, lock_letter;",
}


def check_names(bad):
    own = gcc(["-nostdinc", "-Iinclude", "-M"], HOOKS)
    read = {w for w in own.split() if w.endswith(".h")}
    bad += [f"{name}: read by hooks.h" for name in sorted(read - OWN)]
    bad += [f"{name}: not read by hooks.h" for name in sorted(OWN - read)]
    text = gcc(["-nostdinc", "-Iinclude", "-E", "-dD"], HOOKS)
    text = text[text.index('include/xmem/hooks.h"'):]
    bad += [f"{name}: declared by hooks.h" for name in foreign(text)]
    if len(declared(text)) < 100:
        bad.append("hooks.h: fewer than 100 names were found")
    for name, text in MISTAKES.items():
        if foreign(gcc(["-E", "-dD", "-undef"], "#line 1\n" + text)
                   .split('"<stdin>"')[-1]) != [name]:
            bad.append(f"{text}: {name} is not found")


# ---- A header of a host that has all other names.

def hostile():
    """All names of the full headers but xmem_*, as something else."""
    full = "#include <xmem/xmem.h>\n"
    before = set(re.findall(r"^#define (\w+)", gcc(["-dM", "-E"], ""), re.M))
    macros = set(re.findall(r"^#define (\w+)", gcc(FULL + ["-dM", "-E"], full),
                            re.M)) - before
    gcc(FULL + ["-fsyntax-only", "-aux-info", "build/aux.txt"], full)
    with open("build/aux.txt", encoding="utf-8") as f:
        functions = set(re.findall(r"(\w+) \(", f.read()))
    ours = re.compile(r"xmem_|XMEM_|__|_[A-Z]|.*_H$|printf|mem|str|offsetof|"
                      r"NULL|true|false|bool|.*INT\w*_|.*_(MAX|MIN|C|WIDTH)$")
    macros = sorted(n for n in macros if not ours.match(n))
    functions = sorted(n for n in functions - set(macros)
                       if not ours.match(n) and n.isidentifier())
    if "PAGE_SHIFT" not in macros or "free_xenheap_pages" not in functions:
        raise SystemExit("not ok 1 - the names of the library were not found")
    lines = ["struct page_info { char odd[3]; };",
             "struct domain { float odd; };",
             "typedef struct { long long odd; } mfn_t;",
             "typedef float paddr_t;",
             "enum { ENOENT = 1001, ENOMEM, EBUSY, EEXIST, EINVAL, ENOSPC };",
             "#define noinline __attribute__((__noinline__)) nonsense",
             "#define noreturn nonsense", "#define packed nonsense",
             "#define weak nonsense", "#define format nonsense",
             "#define always_inline nonsense", "#define guarded_by nonsense",
             "#define capability nonsense"]
    lines += [f"struct odd_{i};\nint {n}(struct odd_{i} *, double);"
              for i, n in enumerate(functions)]
    lines += [f'#define {n} "of the host" nonsense' for n in macros]
    only_c = ["typedef char bool;", "enum host_bool { no, yes };",
              "#define NULL 0", "#define true yes", "#define false no"]
    return "\n".join(lines + only_c) + "\n", "\n".join(lines) + "\n"


def check_beside(bad):
    host_c, host_cpp = hostile()
    compilers = [("gcc", "c", "gnu99"), ("gcc", "c", "gnu11"),
                 ("clang", "c", "gnu99"), ("clang", "c", "gnu11"),
                 ("g++", "c++", "gnu++17"), ("clang++", "c++", "gnu++17")]
    for cc, language, std in compilers:
        if subprocess.run(["which", cc], stdout=subprocess.DEVNULL,
                          check=False).returncode != 0:
            print(f"# {cc}: not installed")
            continue
        host = host_c if language == "c" else host_cpp
        warn = [w for w in WARN
                if language == "c" or w != "-Wstrict-prototypes"]
        for text in (host + HOOKS, HOOKS + host, HOOKS + host + HOOKS):
            done = run([cc, f"-std={std}", "-nostdinc", "-ffreestanding",
                        "-fsyntax-only", "-Iinclude", *warn, "-x", language,
                        "-"], text)
            if done.returncode != 0:
                bad.append(f"{cc} -std={std}: " +
                           "\n".join(done.stdout.splitlines()[:6]))


def main():
    os.makedirs("build", exist_ok=True)
    bad = []
    check_names(bad)
    check_beside(bad)
    print("\n".join(bad))
    print(("not ok" if bad else "ok")
          + " 1 - hooks.h can be read beside any header of a host")
    return 1 if bad else 0


sys.exit(main())
