# SPDX-License-Identifier: BSD-2-Clause
"""ctext.py - C as text with a structure: tokens, definitions, statements.

A parser of what mutations need, on tokens before the preprocessor: so all
branches of an #if, arguments of macros and headers of any architecture are
seen, and nobody has to say how a file is compiled. What it takes for granted:
brackets are paired in each definition, and no macro hides a keyword.
"""
import re
from collections import namedtuple

Token = namedtuple("Token", "kind text start end")
# body: tokens first..last, without the brackets of a function or initialiser.
Definition = namedtuple("Definition", "name kind tokens first last")
# kind: if, for, while, do, switch, return, label, block, decl, expr, jump.
Statement = namedtuple("Statement", "kind first last cond")

TOKEN = re.compile(
    r"""(?P<skip>\s+|\\\n|/\*.*?\*/|//[^\n]*)
      |(?P<str>(?:u8|[uUL])?"(?:[^"\\\n]|\\.)*")
      |(?P<chr>'(?:[^'\\\n]|\\.)+')
      |(?P<num>\.?\d(?:[eEpP][-+]|[\w.])*)
      |(?P<id>[A-Za-z_]\w*)
      |(?P<op><<=|>>=|\.\.\.|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||\#\#
             |[-+*/%&|^]=|.)""", re.S | re.X)
DIRECTIVE = re.compile(r"(?m)^[ \t]*#(?:/\*.*?\*/|\\\n|[^\n])*", re.S)
DEFINE = re.compile(r"\s*#\s*define\s+(\w+)(\([^)]*\))?", re.S)
OPEN = {"(": ")", "[": "]", "{": "}"}
CLOSE = {v: k for k, v in OPEN.items()}
ASSIGN = {"=", "|=", "&=", "^=", "+=", "-=", "*=", "/=", "%=", "<<=", ">>="}
TYPES = {"const", "volatile", "static", "extern", "struct", "union", "enum",
         "unsigned", "signed", "int", "long", "short", "char", "bool", "void",
         "register", "float", "double"}
NO_NAMES = {"__attribute__", "_Alignas", "__aligned__", "__asm__"}


class BadText(Exception):
    """A text that the parser does not understand."""


def lex(text, start=0, end=None):
    """The tokens of @text[@start:@end], without comments."""
    tokens = []
    for m in TOKEN.finditer(text, start, len(text) if end is None else end):
        if m.lastgroup != "skip":
            tokens.append(Token(m.lastgroup, m.group(), m.start(), m.end()))
    return tokens


def words(text):
    """The spellings of the tokens of @text."""
    return [t.text for t in lex(text)]


def blank_comments(text):
    """@text with blanks for comments, so that directives can be found."""
    def blank(m):
        if m.group().startswith("/"):
            return re.sub(r"[^\n]", " ", m.group())
        return m.group()
    return re.sub(r"/\*.*?\*/|//[^\n]*|\"(?:[^\"\\\n]|\\.)*\""
                  r"|'(?:[^'\\\n]|\\.)+'", blank, text, flags=re.S)


def matching(tokens, i):
    """The position of the bracket that closes the one at @i."""
    depth = 0
    for j in range(i, len(tokens)):
        if tokens[j].text in OPEN:
            depth += 1
        elif tokens[j].text in CLOSE:
            depth -= 1
            if depth == 0:
                return j
    raise BadText(f"no bracket closes {tokens[i].text!r}")


def macros(text, flat):
    """The definitions of macros with a body."""
    for m in DIRECTIVE.finditer(flat):
        d = DEFINE.match(m.group())
        if d is None:
            continue
        tokens = lex(text, m.start() + d.end(), m.end())
        tokens = [t for t in tokens if t.text != "\\"]
        if tokens:
            yield Definition(d.group(1), "macro", tokens, 0, len(tokens))


def function_name(tokens, first, brace):
    """The name of the function whose body begins at @brace, or None."""
    names = []
    i = first
    while i < brace:
        if tokens[i].text in ("struct", "union", "enum") and i + 2 >= brace:
            return None
        if tokens[i].text == "(":
            before = tokens[i - 1]
            if i > first and before.kind == "id" \
                    and before.text not in NO_NAMES:
                names.append((i - 1, before.text))
            i = matching(tokens, i)
        i += 1
    if not names:
        return None
    typed = [n for at, n in names if at > first]
    return (typed or [n for _, n in names])[0]


def variable(tokens, first, equals, semicolon):
    """The definition of a variable with an initialiser."""
    i = equals - 1
    while tokens[i].text == "]":
        depth = 0
        while True:
            depth += {"]": 1, "[": -1}.get(tokens[i].text, 0)
            i -= 1
            if depth == 0:
                break
    return Definition(tokens[i].text, "variable", tokens, equals + 1,
                      semicolon)


def external(tokens, first):
    """One external declaration: (definition or None, where it ends)."""
    equals = None
    i = first
    while i < len(tokens):
        text = tokens[i].text
        if text == ";":
            if equals is None:
                return None, i + 1
            return variable(tokens, first, equals, i), i + 1
        if text == "=" and equals is None:
            equals = i
        if text == "{" and equals is None:
            name = function_name(tokens, first, i)
            if name is not None:
                close = matching(tokens, i)
                return (Definition(name, "function", tokens, i + 1, close),
                        close + 1)
        i = matching(tokens, i) + 1 if text in OPEN else i + 1
    return None, i


def definitions(text):
    """Functions, initialised variables and macros of a file."""
    flat = blank_comments(text)
    found = list(macros(text, flat))
    code = DIRECTIVE.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), flat)
    tokens = lex(code)
    i = 0
    while i < len(tokens):
        if tokens[i].text in CLOSE:  # two branches of an #if open one block
            i += 1
            continue
        try:
            found_one, i = external(tokens, i)
        except BadText:
            break
        if found_one is not None:
            found.append(found_one)
    return found


# ---- statements ----

class Parser:
    """The statements of the tokens @first..@last of a function."""

    def __init__(self, definition):
        self.t = definition.tokens
        self.out = []
        i = definition.first
        while i < definition.last:
            i = self.statement(i)

    def add(self, kind, first, last, cond=None):
        self.out.append(Statement(kind, first, last, cond))

    def to_semicolon(self, i):
        if self.t[i + 1].text == "(" and self.t[
                matching(self.t, i + 1) + 1].text == "{":
            return None  # a macro that is a loop
        while self.t[i].text != ";":
            i = matching(self.t, i) + 1 if self.t[i].text in OPEN else i + 1
        return i + 1

    def statement(self, i):
        """Parse the one at @i, and all in it. Return: where it ends."""
        word = self.t[i].text
        if word == "{":
            end = matching(self.t, i) + 1
            self.add("block", i, end)
            j = i + 1
            while j < end - 1:
                j = self.statement(j)
            return end
        if word in ("if", "while", "for", "switch"):
            return self.controlled(i, word)
        if word == "do":
            return self.do(i)
        if word in ("case", "default") or (self.t[i].kind == "id"
                                           and self.t[i + 1].text == ":"):
            while self.t[i].text != ":":
                i += 1
            return i + 1
        return self.simple(i, word)

    def controlled(self, i, word):
        close = matching(self.t, i + 1)
        cond = (i + 2, close)
        if word == "for":
            semis, j = [], i + 2
            while j < close:
                if self.t[j].text == ";":
                    semis.append(j)
                j = matching(self.t, j) + 1 if self.t[j].text in OPEN \
                    else j + 1
            cond = (semis[0] + 1, semis[1])
        at = len(self.out)
        end = self.statement(close + 1)
        if word == "if" and end < len(self.t) and self.t[end].text == "else":
            end = self.statement(end + 1)
        self.out.insert(at, Statement(word, i, end, cond))
        return end

    def do(self, i):
        at = len(self.out)
        end = self.statement(i + 1)
        close = matching(self.t, end + 1)
        self.out.insert(at, Statement("do", i, close + 2, (end + 2, close)))
        return close + 2

    def simple(self, i, word):
        end = self.to_semicolon(i)
        if end is None:
            return self.statement(matching(self.t, i + 1) + 1)
        kind = "expr"
        if word in ("return", "goto", "break", "continue"):
            kind = "return" if word == "return" else "jump"
        elif word in TYPES or (
                self.t[i].kind == "id" and re.match(
                    r"(\*\s)*[A-Za-z_]\w* [=;,[]",
                    " ".join(t.text for t in self.t[i + 1:end]))):
            kind = "decl"
        self.add(kind, i, end)
        return end


def statements(definition):
    if definition.kind != "function":
        return []
    return Parser(definition).out


# ---- places in expressions ----

def left_end(t, i, first, stops):
    """Where the operand that ends before @i begins: behind one of @stops, or
    the bracket around it."""
    while i > first:
        text = t[i - 1].text
        if text in OPEN or text in stops:
            return i
        if text in CLOSE:
            depth = 1
            i -= 1
            while depth > 0:
                i -= 1
                depth += {**{c: 1 for c in CLOSE},
                          **{o: -1 for o in OPEN}}.get(t[i].text, 0)
        else:
            i -= 1
    return i


def right_end(t, i, last, stops):
    """Where the operand that begins at @i ends."""
    while i < last:
        text = t[i].text
        if text in CLOSE or text in stops:
            return i
        i = matching(t, i) + 1 if text in OPEN else i + 1
    return i


EXPRESSION_ENDS = {";", ",", "return", "?", ":", "{", "}", "case"} | ASSIGN
TERM_ENDS = EXPRESSION_ENDS | {"&&", "||"}


def arguments(t, i):
    """The ranges of the arguments of the call whose bracket is at @i."""
    close = matching(t, i)
    args = []
    start = i + 1
    while start < close:
        end = right_end(t, start, close, {","})
        args.append((start, end))
        start = end + 1
    return args
