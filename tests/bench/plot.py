# SPDX-License-Identifier: BSD-2-Clause
"""plot.py - lines over an axis, as a small SVG

Every point of the first series has a tick below it. Either axis may be
logarithmic; otherwise the one that goes up begins at 0 if no span is named.
"""
import math

WIDTH, HEIGHT = 640, 340
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 34, 92
COLOURS = ("#0b6e99", "#c0392b", "#7d5ba6", "#5f8a1f")
STYLE = ("text{font:12px sans-serif;fill:#222}.t{font-size:14px}"
         ".g{stroke:#ddd}.a{stroke:#444}path{fill:none;stroke-width:2}")


class Axis:
    def __init__(self, low, high, begin, end, log):
        self.log = log
        self.low, self.high = self.of(low), self.of(high)
        self.begin, self.end = begin, end

    def of(self, x):
        return math.log(x) if self.log else x

    def at(self, x):
        part = (self.of(x) - self.low) / (self.high - self.low)
        return round(self.begin + part * (self.end - self.begin), 1)


def steps(low, high):
    """Ticks from @low to @high or a little more: 4 to 8 of 1, 2 or 5."""
    unit = 10 ** math.floor(math.log10((high - low) / 4))
    step = next(unit * n for n in (1, 2, 5, 10)
                if (high - low) / (unit * n) <= 7)
    nr = math.ceil((high - low) / step - 1e-9)
    return [round(low + i * step, 6) for i in range(nr + 1)]


def decades(low, high):
    """1, 3, 10, 30 ... from below @low to above @high."""
    ticks = [m * 10 ** e for e in range(0, 9) for m in (1, 3)]
    first = max(i for i, t in enumerate(ticks) if t <= max(low, 1))
    last = min(i for i, t in enumerate(ticks) if t >= high)
    return ticks[first:last + 1]


def text(x, y, words, anchor="middle", more=""):
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}"{more}>{words}</text>'


def line(x1, y1, x2, y2, name):
    return f'<path class="{name}" d="M{x1} {y1}L{x2} {y2}"/>'


def legend(series):
    for i, what in enumerate(series):
        x, y = LEFT + i % 2 * 290, HEIGHT - 32 + i // 2 * 20
        yield f'<path stroke="{COLOURS[i]}" d="M{x} {y - 4}h24"/>'
        yield text(x + 32, y, what, "start")


def curve(points, x, y, colour):
    at = [(x.at(a), y.at(b)) for a, b in points]
    yield f'<path stroke="{colour}" d="M' + \
        "L".join(f"{a} {b}" for a, b in at) + '"/>'
    for a, b in at:
        yield f'<circle cx="{a}" cy="{b}" r="3" fill="{colour}"/>'


def svg(title, labels, series, log_x=False, log_y=False, span=None):
    """@series: name -> [(x, y)], at most four; @span: lowest and highest y."""
    xs = [x for x, _ in next(iter(series.values()))]
    ys = [y for points in series.values() for _, y in points]
    ticks = decades(min(ys), max(ys)) if log_y else \
        steps(*(span or (0, max(ys))))
    x = Axis(xs[0], xs[-1], LEFT, WIDTH - RIGHT, log_x)
    y = Axis(ticks[0], ticks[-1], HEIGHT - BOTTOM, TOP, log_y)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" '
           f'height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">',
           f"<title>{title}</title><style>{STYLE}</style>",
           '<rect width="100%" height="100%" fill="#fff"/>',
           text(WIDTH // 2, 20, title, more=' class="t"')]
    for tick in ticks:
        out.append(line(LEFT, y.at(tick), WIDTH - RIGHT, y.at(tick), "g"))
        out.append(text(LEFT - 6, y.at(tick) + 4, f"{tick:,}", "end"))
    for tick in xs:
        out.append(text(x.at(tick), HEIGHT - BOTTOM + 16, f"{tick:,}"))
    out.append(line(LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM,
                    "a"))
    out.append(text((LEFT + WIDTH - RIGHT) // 2, HEIGHT - BOTTOM + 34,
                    labels[0]))
    out.append(text(14, (TOP + HEIGHT - BOTTOM) // 2, labels[1],
                    more=' transform="rotate(-90 14 '
                    f'{(TOP + HEIGHT - BOTTOM) // 2})"'))
    for points, colour in zip(series.values(), COLOURS):
        out.extend(curve(points, x, y, colour))
    out.extend(legend(series))
    return "\n".join(out) + "\n</svg>\n"
