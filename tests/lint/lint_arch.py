#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""lint_arch.py - src and include know no architecture, word or page size.

Refuses, in code (lint_words.sh reads comments too): names of architectures;
macros that tell the size of a word or the order of bytes; assembly other
than an empty barrier, and directives; page sizes and shifts as numbers; what
holds only if a long has 64 bits. sizeof(long) is the way to ask. Each rule is first tried on
seeded examples, wrong and right.
"""
import glob
import re
import sys

ARCH = re.compile(
    r"(?i)(?<![a-z0-9])_*(x86_64|x86|amd64|i[3-6]86|x64|aarch64|aarch32|arm"
    r"|armv\d\w*|arm32|arm64|armhf|riscv|riscv\d+|mips|mips64|powerpc|ppc"
    r"|ppc64|s390|s390x|sparc|sparc64|ia64|loongarch\w*)_*(?![a-z0-9])")
WORD_SIZE = re.compile(
    r"\b(_*LP64_*|_*ILP32_*|_*LLP64_*|_WIN32|_WIN64|__SIZEOF_(?:LONG|POINTER"
    r"|SIZE_T|PTRDIFF_T|INT128)\w*|__(?:LONG|SIZE|INTPTR|UINTPTR)_"
    r"(?:WIDTH|MAX)__|__WORDSIZE|BITS_PER_LONG|CONFIG_(?:32|64)BIT|__int128"
    r"|__(?:BYTE_ORDER|ORDER_\w+|BIG_ENDIAN|LITTLE_ENDIAN)_*)\b")
LIMITS = re.compile(r"\b(U?LONG|U?INTPTR|SIZE|PTRDIFF|SSIZE)_MAX\b")
ASM = re.compile(
    r"\b(?:asm|__asm|__asm__)\b(?:\s*\b(?:volatile|__volatile__|__volatile"
    r"|goto|inline)\b)*\s*\(\s*((?:\"(?:[^\"\\\n]|\\.)*\"|\w|#|\\?\s)*)")
STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)
NUMBER = re.compile(r"(?<![\w.])(0[xX][0-9a-fA-F]+|\d+)([uUlL]*)(?![\w.])")
SHIFT = re.compile(r"(?:<<|>>)=?\s*\(?\s*(\d+)([uUlL]*)\b")
LONG_SHIFT = re.compile(r"\b(?:0[xX][0-9a-fA-F]+|\d+)(?:[uU]?[lL]|[lL][uU])"
                        r"\s*<<\s*\(?\s*(\d+)\b")
PAGE_COMPARE = re.compile(
    r"\bPAGE_(?:SHIFT|SIZE)\s*(?:==|!=|<=|>=|<(?!<)|>(?!>))\s*\(?\s*\d"
    r"|\d[uUlL]*\s*\)?\s*(?:==|!=|<=|>=|(?<!<)<|(?<!>)>)\s*PAGE_(?:SHIFT|SIZE)"
    r"\b")
CONVERSION = re.compile(r"%(?:%|[-+ #0]*(?:\*|\d+)?(?:\.(?:\*|\d+))?"
                        r"(hh|h|ll|l|j|z|t|L)?[a-zA-Z])")
WIDE_CAST = re.compile(r"\(\s*(?:u?int64_t|u?intptr_t|paddr_t|size_t|ptrdiff_t"
                       r"|(?:unsigned )?long long)\s*\)")
PAGE_SIZES = {4095, 4096, 16384, 65536}
PAGE_SHIFT = 12  # others are shifts of fields, too


def blank(match):
    """The same number of lines, and nothing else."""
    return " " + "\n" * match.group().count("\n")


def is_long(suffix):
    return suffix.lower().count("l") == 1


def number(text):
    if len(text) > 1 and text[0] == "0" and text[1] not in "xX":
        return int(text, 8) if set(text) <= set("01234567") else 0
    return int(text, 0)


def call_around(code, at):
    """The arguments of the call that position @at is an argument of."""
    depth = 0
    while at > 0 and depth >= 0:
        at -= 1
        depth += {")": 1, "(": -1}.get(code[at], 0)
    args, depth, start = [], 0, at + 1
    for i in range(at + 1, len(code)):
        if code[i] in ",)" and depth == 0:
            args.append(code[start:i].strip())
            start = i + 1
            if code[i] == ")":
                break
        depth += {")": -1, "(": 1}.get(code[i], 0)
    return args


def wide_arguments(code):
    """Positions of %l conversions whose argument is cast to another type."""
    # Commas and parentheses in strings are none.
    flat = STRING.sub(lambda m: '"' + re.sub(r"[(),]", "_", m.group()[1:-1])
                      + '"', code)
    done = 0
    for m in STRING.finditer(flat):
        if m.start() < done or not re.search(r"%[^%a-km-z]*l[^l]", m.group()):
            continue
        args = call_around(flat, m.start())
        at = next((i for i, a in enumerate(args) if m.group() in a), None)
        if at is None:
            continue
        done = m.start() + len(args[at])
        kinds = [c.group(1) for c in CONVERSION.finditer(args[at])
                 if c.group() != "%%"]
        for kind, arg in zip(kinds, args[at + 1:]):
            if kind == "l" and WIDE_CAST.match(arg):
                yield m.start()


def find(text):
    """(line, rule, what) of everything refused in the text of one file."""
    code = COMMENT.sub(blank, text)
    bare = STRING.sub(lambda m: '""' + blank(m), code)
    found = []

    def hit(source, at, rule, what):
        found.append((source.count("\n", 0, at) + 1, rule, what))

    for m in ARCH.finditer(bare):
        hit(bare, m.start(), "architecture", m.group())
    for m in WORD_SIZE.finditer(bare):
        hit(bare, m.start(), "word size", m.group())
    for m in re.finditer(r"(?m)^\s*#\s*(?:el)?if\b(?:[^\n]*\\\n)*[^\n]*", bare):
        for n in LIMITS.finditer(m.group()):
            hit(bare, m.start(), "word size", n.group())
    for m in ASM.finditer(code):
        lines = re.split(r"\\n|;", "".join(
            s[1:-1] for s in STRING.findall(m.group(1))))
        if any(not re.match(r"(\\t|\s)*(\.|$)", line) for line in lines):
            hit(code, m.start(), "assembly", m.group(1).strip())
        elif not STRING.search(m.group(1)):
            hit(code, m.start(), "assembly", "no string")
    for m in NUMBER.finditer(bare):
        value = number(m.group(1))
        line = bare[bare.rfind("\n", 0, m.start()) + 1:]
        line = line[:line.find("\n")] if "\n" in line else line
        if value in PAGE_SIZES and "NR_CPUS" not in line:
            hit(bare, m.start(), "page size", m.group())
        if is_long(m.group(2)) and value > 0xffffffff:
            hit(bare, m.start(), "64-bit long", m.group())
    for m in SHIFT.finditer(bare):
        if int(m.group(1)) == PAGE_SHIFT:
            hit(bare, m.start(), "page size", m.group())
    for m in PAGE_COMPARE.finditer(bare):
        hit(bare, m.start(), "page size", m.group())
    for m in LONG_SHIFT.finditer(bare):
        if int(m.group(1)) >= 32:
            hit(bare, m.start(), "64-bit long", m.group())
    for at in wide_arguments(code):
        hit(code, at, "64-bit long", "%l of another type")
    return found


WRONG = (
    ("architecture", "#ifdef __x86_64__\n"),
    ("architecture", "#if defined(__aarch64__)\n"),
    ("architecture", "#if defined(__arm__) && 1\n"),
    ("architecture", "#elif defined __i386__\n"),
    ("architecture", "#ifdef CONFIG_X86\n"),
    ("architecture", "#if XMEM_ARCH == ARCH_ARM64\n"),
    ("architecture", "#if defined(_M_X64)\n"),
    ("architecture", "#if __ARM_ARCH >= 8\n"),
    ("architecture", "if (is_enabled(CONFIG_ARM_64)) {\n"),
    ("architecture", "#include <arch/x86/pte.h>\n"),
    ("word size", "#ifdef __LP64__\n"),
    ("word size", "#ifdef _LP64\n"),
    ("word size", "#if __SIZEOF_LONG__ == 8\n"),
    ("word size", "#if __SIZEOF_POINTER__ > 4\n"),
    ("word size", "#ifdef _WIN64\n"),
    ("word size", "#if ULONG_MAX > 0xffffffff\n"),
    ("word size", "#if A && \\\n\tUINTPTR_MAX == 1\n"),
    ("word size", "#if BITS_PER_LONG == 64\n"),
    ("word size", "unsigned __int128 product;\n"),
    ("word size", "#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__\n"),
    ("assembly", '__asm__ volatile("pause");\n'),
    ("assembly", 'asm("" "nop" : : );\n'),
    ("assembly", '__asm__ __volatile__ (\n\t"mfence" ::: "memory");\n'),
    ("assembly", 'register unsigned long sp __asm__("rsp");\n'),
    ("assembly", '__asm__(".globl x" x "\\n\\t" "nop");\n'),
    ("assembly", '__asm__(".set x, 1; nop" : : );\n'),
    ("assembly", '__asm__(ARCH_PAUSE);\n'),
    ("page size", "size = 4096;\n"),
    ("page size", "size = 0x1000UL;\n"),
    ("page size", "va &= ~0xfffUL;\n"),
    ("page size", "#define SIZE (16384U)\n"),
    ("page size", "mfn = pa >> 12;\n"),
    ("page size", "pa = (paddr_t)mfn << 12;\n"),
    ("page size", "mfn >>= 12U;\n"),
    ("page size", "if (PAGE_SHIFT == 12) {\n"),
    ("page size", "#if PAGE_SIZE > 4096\n"),
    ("page size", "_Static_assert(14 >= PAGE_SHIFT, text);\n"),
    ("64-bit long", "limit = 1UL << 40;\n"),
    ("64-bit long", "limit = 1L << (32);\n"),
    ("64-bit long", "limit = 2LU<<63;\n"),
    ("64-bit long", "mask = 0xffff0000ffff0000UL;\n"),
    ("64-bit long", "limit = 4294967296L;\n"),
    ("64-bit long", 'print("at %lx\\n", (uint64_t)pa);\n'),
    ("64-bit long", 'print(log, "a (%s, %u) "\n"b %lu\\n", s, 1,\n'
                    "\t(paddr_t)(a + f(b, c)));\n"),
)
RIGHT = (
    "/* on x86 a page has 4096 bytes: pa >> 12, 1UL << 40 */\n",
    'const char *text = "4096 bytes on __x86_64__, %lx";\n',
    "_Static_assert(NR_CPUS >= 1 && NR_CPUS <= 4096, \"1..4096\");\n",
    '#define pause() __asm__ volatile("" ::: "memory")\n',
    '__asm__("" : "+r"(mfn));\n',
    '__asm__(".globl x" what "\\n\\t" \\\n"\\t.set x" what ", 1" : : );\n',
    'void f(void) __asm__(".Lf" #name);\n',
    "#define PAGE_SIZE (1UL << PAGE_SHIFT)\n",
    "if (sizeof(long) >= sizeof(x)) {\n",
    "unsigned long most = ~0UL >> PAGE_SHIFT;\n",
    "#define TOP (1UL << (sizeof(long) * 8 - 1))\n",
    "uint64_t word = 0xf1de83e19937733dULL + (1ULL << 40);\n",
    "uint64_t high = (uint64_t)1 << 63, low = x >> 32;\n",
    "unsigned long bits = 1UL << 31, more = 1UL << (24 - PAGE_SHIFT);\n",
    "#define ENOMEM 12\n",
    "flags |= node << 16;\n",
    "_Static_assert(PAGE_SHIFT >= ARCH_MIN_PAGE_SHIFT, text);\n",
    "size_t all = SIZE_MAX;\nint alarm = charm(arms, warm);\n",
    'print("%lx at %llx, %p\\n", mfn, (unsigned long long)pa, p);\n',
    'print("%llx of %lu\\n", (uint64_t)pa, (unsigned long)nr);\n',
    "#ifndef ARCH_PT_LEVELS\n#include <arch/page.h>\n",
)


def try_rules():
    """What the rules say of the examples, where that is wrong."""
    bad = []
    for rule, text in WRONG:
        rules = {r for _, r, _ in find(text)}
        if rule not in rules:
            bad.append(f"{rule}: not found: {text!r} ({rules})")
    for text in RIGHT:
        bad += [f"false alarm, {rule}: {what}: {text!r}"
                for _, rule, what in find(text)]
    return bad


def main():
    bad = try_rules()
    print("\n".join(bad))
    print(("not ok" if bad else "ok")
          + f" 1 - {len(WRONG)} seeded examples are found, "
            f"{len(RIGHT)} others are not")
    hits = []
    for path in sorted(glob.glob("src/*/*.[ch]")
                       + glob.glob("include/xmem/*.h")):
        with open(path, encoding="utf-8") as f:
            hits += [f"{path}:{line}: {rule}: {what}"
                     for line, rule, what in find(f.read())]
    print("\n".join(hits))
    print(("not ok" if hits else "ok")
          + " 2 - src and include know no architecture, word or page size")
    return 1 if bad or hits else 0


sys.exit(main())
