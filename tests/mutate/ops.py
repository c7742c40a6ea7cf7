# SPDX-License-Identifier: BSD-2-Clause
"""ops.py - the vocabulary of mutations: what a seed does to a function.

A step is "in WHERE: ACTION". WHERE is the name of a function, of a variable
with an initialiser or of a macro; file.c/name or folder/file.c/name where the
name alone says too little.

ACTION, with C text in `backquotes`, or without if it has no blanks:
  drop PLACE              a statement goes; a term of a condition goes with its
                          operator, an entry of an initialiser with its comma
  negate PLACE            a condition or a term becomes its opposite
  PLACE := `C`            it becomes that; @ in it is what was there
  put `C` before PLACE    (or: after PLACE, at start, at end) statements come
  move PLACE before PLACE (or: after PLACE) a statement goes elsewhere
  swap PLACE and PLACE    two places change their text
  include <header>        the file includes one header more

PLACE is one of
  call F        the call of F; as a statement, if it is dropped, moved, or has
                something put beside it
  arg N of F    an argument of the call of F, or of a macro; the first is 1
  cond `C`      the condition (of if, while, for, do, switch, ?: and the first
                argument of a ..._IF macro) that mentions C
  term `C`      the operand of && or || that mentions C
  set `C`       what is assigned to C, or what C is initialised with
  return `C`    what is returned, where it mentions C (which may be missing)
  stmt `C`      the simple statement that mentions C
  expr `C`      these tokens themselves
  text `C`      this part of a string
  body          all of the macro or initialiser
and may be followed by
  with `C`      only those that mention C, too
  in row `C`    only in the inner braces of an initialiser that mention C
  in call F, in set `C`, ...  only inside that place
  #N, or all    the N-th of several in the order of the text, or each of them
If a place is found more than once, the smallest one that is inside all others
is meant; several without #N are an error, and so is none.
"""
import re
from collections import namedtuple

import ctext

Place = namedtuple("Place", "kind what arg filters nr")
Step = namedtuple("Step", "where action places text side")
# A range of tokens [first, last) of a definition; text: part of a string.
Span = namedtuple("Span", "first last text")


class Bad(Exception):
    """A seed that cannot be read, or does not apply."""


# ---- reading ----

WORD = re.compile(r"\s*(`[^`]*`|:=|[^\s`]+)")
KINDS = ("call", "arg", "cond", "term", "set", "return", "stmt", "expr",
         "text", "body")
ENDS = ("before", "after", "and", ":=", "at", "with", "in", "all")


class Reader:
    """The words of an action, one after the other."""

    def __init__(self, line):
        self.words = WORD.findall(line)
        self.line = line

    def peek(self):
        return self.words[0] if self.words else ""

    def next(self, want=None):
        if not self.words or want not in (None, self.words[0]):
            raise Bad(f"{want or 'more'} is missing in: {self.line}")
        return self.words.pop(0)

    def code(self):
        return self.next().strip("`")

    def place(self):
        kind = self.next()
        if kind not in KINDS:
            raise Bad(f"no such place: {kind}")
        what, arg, filters, nr = "", 0, [], None
        if kind == "arg":
            arg = int(self.next())
            self.next("of")
        bare = not self.peek() or self.peek() in ENDS \
            or self.peek().startswith("#")
        if kind != "body" and not (kind == "return" and bare):
            what = self.code()
        while self.peek() in ("with", "in", "all") or \
                re.fullmatch(r"#\d+", self.peek()):
            word = self.next()
            if word == "with":
                filters.append(("with", self.code()))
            elif word == "in" and self.peek() == "row":
                self.next()
                filters.append(("row", self.code()))
            elif word == "in":
                filters.append(("in", self.place()))
            else:
                nr = word
        return Place(kind, what, arg, filters, nr)


def read_step(where, line):
    """One step from the text behind "in WHERE:"."""
    r = Reader(line)
    action, places, text, side = r.peek(), [], None, None
    if action == "include":
        r.next()
        text = r.code()
    elif action in ("drop", "negate"):
        r.next()
        places.append(r.place())
    elif action == "put":
        r.next()
        text = r.code()
        side = r.next()
        if side == "at":
            side = r.next()
            if side not in ("start", "end"):
                raise Bad(f"at start, or at end: {line}")
        else:
            places.append(r.place())
    elif action in ("move", "swap"):
        r.next()
        places.append(r.place())
        side = r.next()
        places.append(r.place())
    else:
        action = ":="
        places.append(r.place())
        r.next(":=")
        text = r.code()
    if r.words:
        raise Bad(f"too much in: {line}: {' '.join(r.words)}")
    if action in ("put", "move") and side not in ("before", "after", "start",
                                                  "end"):
        raise Bad(f"before or after: {line}")
    return Step(where, action, places, text, side)


# ---- finding places ----

class Finder:
    """The places of one definition."""

    def __init__(self, definition):
        self.d = definition
        self.t = definition.tokens
        self.statements = ctext.statements(definition)

    def mentions(self, span, code):
        want = ctext.words(code)
        if span.text is not None:
            return code in self.t[span.first].text
        have = [t.text for t in self.t[span.first:span.last]]
        return any(have[i:i + len(want)] == want
                   for i in range(len(have) - len(want) + 1))

    def all_tokens(self):
        return range(self.d.first, self.d.last)

    def calls(self, name):
        """Calls of @name, also through a pointer: a->b."""
        want = ctext.words(name)
        for i in self.all_tokens():
            j = i + len(want)
            if [t.text for t in self.t[i:j]] == want and j < self.d.last \
                    and self.t[j].text == "(" and (
                        i == self.d.first or self.t[i - 1].text != "."):
                yield Span(i, ctext.matching(self.t, j) + 1, None)

    def args(self, place):
        for call in self.calls(place.what):
            at = call.first + len(ctext.words(place.what))
            ranges = ctext.arguments(self.t, at)
            if place.arg > len(ranges):
                raise Bad(f"{place.what}() has {len(ranges)} arguments")
            yield Span(*ranges[place.arg - 1], None)

    def conds(self):
        for s in self.statements:
            if s.cond is not None:
                yield Span(*s.cond, None)
        for i in self.all_tokens():
            if self.t[i].text == "?":
                yield Span(ctext.left_end(self.t, i, self.d.first,
                                          ctext.EXPRESSION_ENDS), i, None)
            if self.t[i].text == "(" and i > self.d.first and \
                    self.t[i - 1].text.endswith("_IF"):
                yield Span(*ctext.arguments(self.t, i)[0], None)

    def terms(self):
        for i in self.all_tokens():
            if self.t[i].text in ("&&", "||"):
                left = ctext.left_end(self.t, i, self.d.first,
                                      ctext.TERM_ENDS)
                right = ctext.right_end(self.t, i + 1, self.d.last,
                                        ctext.TERM_ENDS)
                yield Span(left, i, None)
                yield Span(i + 1, right, None)

    def is_target(self, i, want):
        """Do the tokens before @i end with @want, or with an element of it?"""
        def ends(i):
            at = i - len(want)
            return at >= self.d.first and \
                [t.text for t in self.t[at:i]] == want
        if ends(i):
            return True
        while self.t[i - 1].text == "]":
            depth = 0
            while True:
                i -= 1
                depth += {"]": 1, "[": -1}.get(self.t[i].text, 0)
                if depth == 0:
                    break
            if ends(i):
                return True
        return False

    def sets(self, code):
        want = ctext.words(code)
        for i in self.all_tokens():
            if self.t[i].text in ctext.ASSIGN and self.is_target(i, want):
                yield Span(i + 1, ctext.right_end(
                    self.t, i + 1, self.d.last, {";", ","}), None)

    def returns(self):
        for s in self.statements:
            if s.kind == "return" and s.last - s.first > 2:
                yield Span(s.first + 1, s.last - 1, None)

    def simple(self):
        for s in self.statements:
            if s.kind in ("expr", "decl", "return", "jump"):
                yield Span(s.first, s.last, None)

    def exprs(self, code):
        want = ctext.words(code)
        for i in self.all_tokens():
            j = i + len(want)
            if j <= self.d.last and [t.text for t in self.t[i:j]] == want:
                yield Span(i, j, None)

    def texts(self, part):
        for i in self.all_tokens():
            if self.t[i].kind == "str" and part in self.t[i].text:
                yield Span(i, i + 1, part)

    def candidates(self, p):
        if p.kind == "call":
            return list(self.calls(p.what))
        if p.kind == "arg":
            return list(self.args(p))
        if p.kind in ("set", "expr", "text"):
            return list(getattr(self, p.kind + "s")(p.what))
        if p.kind == "body":
            return [Span(self.d.first, self.d.last, None)]
        found = {"cond": self.conds, "term": self.terms,
                 "return": self.returns, "stmt": self.simple}[p.kind]()
        return [s for s in found if self.mentions(s, p.what)]

    def row(self, span):
        """The inner braces around @span, with what stands before them."""
        first = ctext.left_end(self.t, span.first, self.d.first, set())
        if first == self.d.first:
            return Span(self.d.first, self.d.last, None)
        return Span(first, ctext.matching(self.t, first - 1), None)

    def passes(self, span, kind, arg):
        if kind == "with":
            return self.mentions(span, arg)
        if kind == "row":
            return self.mentions(self.row(span), arg)
        outer = self.find_one(arg)
        return outer.first <= span.first and span.last <= outer.last

    def find(self, place):
        """The spans that @place means."""
        found = sorted(set(self.candidates(place)))
        for kind, arg in place.filters:
            found = [s for s in found if self.passes(s, kind, arg)]
        name = f"{place.kind} {place.what}".strip()
        if not found:
            raise Bad(f"there is no {name}")
        if place.nr == "all":
            return found
        if place.nr is not None:
            nr = int(place.nr[1:])
            if nr > len(found):
                raise Bad(f"there are {len(found)} of {name}")
            return [found[nr - 1]]
        small = min(found, key=lambda s: s.last - s.first)
        if any(s.first > small.first or s.last < small.last for s in found):
            raise Bad(f"there are {len(found)} of {name}: which one?")
        return [small]

    def find_one(self, place):
        found = self.find(place)
        if len(found) != 1:
            raise Bad("one place is wanted here")
        return found[0]

    def statement(self, span):
        """The smallest statement around @span, or starting with it."""
        around = [s for s in self.statements
                  if s.first <= span.first and span.last <= s.last
                  and s.kind != "block"]
        if not around:
            raise Bad("that is in no statement")
        return min(around, key=lambda s: s.last - s.first)


# ---- changing text ----

class Editor:
    """Applies a step to the text of a file."""

    def __init__(self, text, definition):
        self.text = text
        self.f = Finder(definition)
        self.t = self.f.t
        self.edits = []  # start, end, new text

    def replace(self, first, last, new):
        """Tokens first..last - 1 become @new."""
        self.edits.append((self.t[first].start, self.t[last - 1].end, new))

    def old(self, span):
        return self.text[self.t[span.first].start:self.t[span.last - 1].end]

    def assign(self, span, new):
        if span.text is not None:
            t = self.t[span.first]
            self.replace(span.first, span.last,
                         t.text.replace(span.text, new, 1))
        else:
            self.replace(span.first, span.last,
                         new.replace("@", self.old(span)))

    def negate(self, span):
        self.replace(span.first, span.last, f"!({self.old(span)})")

    def drop_term(self, span):
        t = self.t
        after = t[span.last].text if span.last < len(t) else ""
        before = t[span.first - 1].text
        if after in ("&&", "||") and not (before == "&&" and after == "||"):
            self.replace(span.first, span.last + 1, "")
        else:
            self.replace(span.first - 1, span.last, "")

    def drop_set(self, span):
        """An assignment is a statement; `.x = 1,` is an entry."""
        start = ctext.left_end(self.t, span.first - 1, self.f.d.first,
                               {",", ";"})
        s = None
        if self.t[start].text not in (".", "["):
            s = self.f.statement(span)
        if s is not None and s.kind == "expr":
            self.replace(s.first, s.last, ";")
        elif s is not None:
            self.replace(span.first - 1, span.last, "")
        else:
            comma = self.t[span.last].text == ","
            self.replace(start, span.last + comma, "")

    def drop(self, place, span):
        if place.kind == "term":
            self.drop_term(span)
        elif place.kind == "set":
            self.drop_set(span)
        elif place.kind in ("expr", "arg"):
            self.replace(span.first, span.last, "")
        elif place.kind == "text":
            self.assign(span, "")
        elif place.kind in ("call", "stmt"):
            s = self.f.statement(span)
            around = self.t[s.first:span.first] + self.t[span.last:s.last]
            if s.kind not in ("expr", "decl", "jump", "return") or (
                    place.kind == "call"
                    and {t.text for t in around} - set("(void)!;") - {"void"}):
                raise Bad("that is no statement of its own")
            self.replace(s.first, s.last, ";")
        else:
            raise Bad(f"a {place.kind} cannot be dropped")

    def beside(self, span, side, new):
        """@new before or after the statement around @span."""
        s = self.f.statement(span)
        at = self.t[s.first].start if side == "before" \
            else self.t[s.last - 1].end
        self.edits.append((at, at, f"{new} " if side == "before"
                           else f" {new}"))

    def put(self, step):
        d = self.f.d
        if step.side == "start":
            at = self.t[d.first - 1].end
            self.edits.append((at, at, f" {step.text}"))
        elif step.side == "end":
            at = self.t[d.last].start
            self.edits.append((at, at, f"{step.text}\n"))
        else:
            for span in self.f.find(step.places[0]):
                self.beside(span, step.side, step.text)

    def move(self, step):
        what, where = [self.f.find_one(p) for p in step.places]
        s = self.f.statement(what)
        old = self.old(Span(s.first, s.last, None))
        self.replace(s.first, s.last, ";")
        self.beside(where, step.side, old)

    def swap(self, step):
        a, b = [self.f.find_one(p) for p in step.places]
        if step.places[0].kind == step.places[1].kind == "stmt":
            a, b = [self.f.statement(s) for s in (a, b)]
        old = [self.old(s) for s in (a, b)]
        self.replace(a.first, a.last, old[1])
        self.replace(b.first, b.last, old[0])

    def run(self, step):
        if step.action == "put":
            self.put(step)
        elif step.action in ("move", "swap"):
            getattr(self, step.action)(step)
        else:
            place = step.places[0]
            for span in self.f.find(place):
                if step.action == ":=":
                    self.assign(span, step.text)
                elif step.action == "negate":
                    self.negate(span)
                else:
                    self.drop(place, span)
        return self.result()

    def result(self):
        text = self.text
        edits = sorted(self.edits, reverse=True)
        for a, b in zip(edits, edits[1:]):
            if b[1] > a[0]:
                raise Bad("the places overlap")
        for start, end, new in edits:
            text = text[:start] + new + text[end:]
        return text


def add_include(text, header):
    """@text with one more #include, behind the last one that is there."""
    flat = ctext.blank_comments(text)
    last = None
    for m in re.finditer(r"(?m)^[ \t]*#[ \t]*include\b[^\n]*\n", flat):
        last = m
    if last is None:
        raise Bad("the file includes nothing")
    return text[:last.end()] + f"#include {header}\n" + text[last.end():]


def apply(text, definition, step):
    """The text of a file after @step, which is about @definition in it."""
    if step.action == "include":
        return add_include(text, step.text)
    new = Editor(text, definition).run(step)
    if ctext.words(new) == ctext.words(text):
        raise Bad("that changes nothing")
    return new
