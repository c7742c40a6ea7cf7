#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""selftest.py - each operator changes what it says, and nothing else.

The functions below are mutated; the result must be the tokens that are
expected, and the same again if every line break goes elsewhere. Steps that
cannot be applied must be refused for the right reason. Prints TAP.
"""
import re
import sys
import tempfile

import ctext
import ops
import table

TEXT = r'''/* A comment with a "quote" and if (x) {. */
#include <a.h>
#include "b.h"

#define LIMIT 4U
#define SUM(a, b) \
	((a) + (b))

static const struct rule {
	const char *name;
	int bits;
} rules[2] = {
	[0] = {"first()", A | B},
	{"second()", A | B},
};

PUBLIC static int *find(struct s *s, int a, int b) __attribute__((pure));

static int one(struct s *s, int a, int b)
{
	int x = a + 1;
	int y = s->left, z = 0;

	PANIC_IF(a > b && x != 0, "no: %d, (\n", a);
	if (a < b || y == 0) {
		tell(s, a, b + 1);
		s->sum[a] += 2;
	} else if (b == 7) {
		tell(s, 0, 1);
	}
	for (int i = 0; i < b; i++) {
		s->sum[i] = (struct s){.left = a, .right = b}.left;
		z |= work(s) ? 1 : 2;
	}
	do {
		x--;
	} while (x > 0);
	first(s);
	second(s);
	__asm__ volatile("tlbi %0is, c8" ::"r"(x) : "memory");
	switch (a) {
	case 1:
		return s->sum[0];
	default:
		break;
	}
	return x + z;
}
'''

# where, action, the text that is new instead of the one that was there
GOOD = (
    ("one", "drop call first", "first(s);", ";"),
    ("one", "drop call tell #2", "tell(s, 0, 1);", ";"),
    ("one", "call work := 0", "work(s)", "0"),
    ("one", "arg 3 of tell #1 := `@ - 1`", "b + 1)", "b + 1 - 1)"),
    ("one", "arg 3 of tell with b := b", "b + 1)", "b)"),
    ("one", "arg 2 of PANIC_IF := `\"%d\"`", '"no: %d, (\\n"', '"%d"'),
    ("one", "negate cond 7", "b == 7", "!(b == 7)"),
    ("one", "cond `i < b` := `i <= b`", "i < b", "i <= b"),
    ("one", "cond work := true", "work(s) ?", "true ?"),
    ("one", "cond `x > 0` := false", "x > 0", "false"),
    ("one", "cond `x != 0` := 0", "a > b && x != 0", "0"),
    ("one", "term `y == 0` := 1", "y == 0", "1"),
    ("one", "drop term `y == 0`", "|| y == 0", ""),
    ("one", "drop term `a > b`", "a > b &&", ""),
    ("one", "set x := a", "a + 1;", "a;"),
    ("one", "set sum with 2 := 3", "+= 2", "+= 3"),
    ("one", "set left := b", ".left = a", ".left = b"),
    ("one", "drop set left", ".left = a,", ""),
    ("one", "drop set s->sum with 2", "s->sum[a] += 2;", ";"),
    ("one", "return sum := 0", "return s->sum[0]", "return 0"),
    ("one", "return x := `@ + 1`", "x + z", "x + z + 1"),
    ("one", "drop stmt x--", "x--;", ";"),
    ("one", "expr `+=` := `-=`", "+= 2", "-= 2"),
    ("one", "expr `i++` := `i += 2`", "i++", "i += 2"),
    ("one", "text is, := ,", "%0is,", "%0,"),
    ("one", "put `more(s);` before call second", "second(s)",
     "more(s); second(s)"),
    ("one", "put `more(s);` after call second", "second(s);",
     "second(s); more(s);"),
    ("one", "put `more(s);` before cond `i < b`", "for (int",
     "more(s); for (int"),
    ("one", "put `more(s);` at start", "int x = a", "more(s); int x = a"),
    ("one", "put `more(s);` at end", "return x + z;",
     "return x + z; more(s);"),
    ("one", "move call second before call first", "first(s);\n\tsecond(s);",
     "second(s); first(s); ;"),
    ("one", "swap stmt first and stmt second", "first(s);\n\tsecond(s);",
     "second(s); first(s);"),
    ("one", "swap arg 1 of tell #1 and arg 2 of tell #1", "(s, a, b + 1)",
     "(a, s, b + 1)"),
    ("one", "include <c.h>", '#include "b.h"\n',
     '#include "b.h"\n#include <c.h>\n'),
    ("LIMIT", "body := 5U", "4U", "5U"),
    ("SUM", "expr + := -", "(a) + (b)", "(a) - (b)"),
    ("rules", "drop expr `| B` in row `\"second()\"`",
     '{"second()", A | B}', '{"second()", A }'),
)
# where, action, what the refusal says
WRONG = (
    ("one", "drop call third", "there is no call third"),
    ("one", "drop call tell", "which one?"),
    ("one", "drop call tell #3", "there are 2"),
    ("one", "drop call work", "no statement of its own"),
    ("one", "drop cond 7", "cannot be dropped"),
    ("one", "arg 4 of tell #1 := 0", "has 3 arguments"),
    ("one", "cond 7 := `b == 7`", "changes nothing"),
    ("one", "expr a := b", "which one?"),
    ("one", "drop", "more is missing"),
    ("one", "drop call", "more is missing"),
    ("one", "drop first", "no such place"),
    ("one", "call work : 0", ":= is missing"),
    ("one", "put `a();` near call first", "before or after"),
    ("one", "put `a();` at last", "at start, or at end"),
    ("one", "drop call first now", "too much"),
)

# a table, and what is wrong with it
TABLES = (
    ("test t\nseed a\n\tin one: drop call\n\t\tfirst\n", None),
    ("seed a\n\tin a.c/one: drop call first\n", None),
    ("seed a\n\tin two: drop call first\n", "nothing is named two"),
    ("seed a\n\tin LIMIT: body := 5U\n", "defined more than once"),
    ("seed a\n", "has no step"),
    ("seed a\nseed a\n", "named twice"),
    ("tests t\n", "no setting"),
    ("seed a\n\tone: drop call first\n", "neither a step nor a setting"),
    ("seed a\n\tin one drop call first\n", "in WHERE: ACTION"),
)


def definition(text, name):
    return next(d for d in ctext.definitions(text) if d.name == name)


def mutated(text, where, action):
    return ops.apply(text, definition(text, where),
                     ops.read_step(where, action))


def reflowed(text):
    """The same tokens with other line breaks; directives keep theirs."""
    parts = re.split(r"(?m)(^#(?:[^\\\n]|\\.|\\\n)*\n)", text)
    return "".join(p if p.startswith("#")
                   else "\n".join(ctext.words(p)) + "\n" for p in parts)


def try_good(where, action, old, new):
    """What is wrong with an action that applies, or None."""
    assert TEXT.count(old) == 1, f"{old!r} is not once in the text"
    new_text = TEXT.replace(old, new)
    for text in (TEXT, reflowed(TEXT)):
        got = ctext.words(mutated(text, where, action))
        if got != ctext.words(new_text):
            return f"the result is {' '.join(got)}"
    return None


def try_table(text, reason):
    """What is wrong with what is said of a table."""
    tree = table.Tree()
    tree.texts = {"src/a/a.c": TEXT, "src/b/b.c": "#define LIMIT 1\n"}
    try:
        with tempfile.NamedTemporaryFile("w", suffix=".seeds") as f:
            f.write(text)
            f.flush()
            for seed in table.read(f.name):
                tree.apply(seed, sorted(tree.texts))
    except ops.Bad as e:
        return None if reason and re.search(reason, str(e)) else str(e)
    return reason and "it is not refused"


def tests():
    """(name, what is wrong or None) of each."""
    names = [(d.kind, d.name) for d in ctext.definitions(TEXT)]
    want = [("macro", "LIMIT"), ("macro", "SUM"), ("variable", "rules"),
            ("function", "one")]
    yield ("definitions are found", None if names == want else str(names))
    for where, action, old, new in GOOD:
        try:
            yield f"{where}: {action}", try_good(where, action, old, new)
        except ops.Bad as e:
            yield f"{where}: {action}", str(e)
    for where, action, reason in WRONG:
        try:
            mutated(TEXT, where, action)
            yield f"refused: {action}", "it is not"
        except ops.Bad as e:
            yield (f"refused: {action}",
                   None if re.search(reason, str(e)) else str(e))
    for text, reason in TABLES:
        yield f"table: {reason or 'sound'}", try_table(text, reason)


def main():
    nr = bad = 0
    for name, wrong in tests():
        nr += 1
        bad += wrong is not None
        print(("ok" if wrong is None else "not ok") + f" {nr} - {name}"
              + (f" ({wrong})" if wrong else ""))
    print(f"1..{nr}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
