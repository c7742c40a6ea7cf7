# SPDX-License-Identifier: BSD-2-Clause
"""pages_plots.py - page frames over fill level, RAM size and arenas, as SVG.

Drawn by gnuplot into docs/. All but the shares are instructions.
"""
import subprocess

import pages_measure as measure
from pages_limits import NOBODY

FILLS = (20, 30, 40, 50, 60, 70, 80, 85)
GIB = (1, 2, 4, 8, 16, 32, 64)
ARENAS = (1, 4, 16, 64, 256, 1024)

LOOKS = """
set terminal svg size 640,320 font 'sans-serif,12' background '#ffffff'
set output '{path}'
set title "{title}" noenhanced
set xlabel '{xlabel}'
set ylabel '{ylabel}'
set key {key}
set grid ytics lc rgb '#dddddd'
set border 3 lc rgb '#444444'
set tics nomirror
{more}
"""
COLOURS = ("#0b6e99", "#c0392b", "#7d5ba6", "#6b8e23")


def draw(name, title, axes, series, more="", key="outside right"):
    """@series: name -> [(x, y)]."""
    xlabel, ylabel = axes
    text = LOOKS.format(path=f"docs/{name}.svg", title=title, xlabel=xlabel,
                        ylabel=ylabel, key=key, more=more)
    plots = []
    for i, (what, points) in enumerate(series.items()):
        text += f"$d{i} << EOD\n" + "".join(
            f"{x} {y:.4g}\n" for x, y in points) + "EOD\n"
        plots.append(f"$d{i} using 1:2 with linespoints lw 2 pt 7 ps 0.5 "
                     f"lc rgb '{COLOURS[i]}' title '{what}'")
    subprocess.run(["gnuplot"], input=text + "plot " + ", ".join(plots),
                   text=True, check=True)


def over(xs, args, part, caches):
    """[(x, instructions)]: @args has a place for x."""
    return list(zip(xs, measure.in_parallel(
        [lambda x=x: measure.part_of(
            *measure.calls(NOBODY, args.format(x), caches), part)
         for x in xs])))


def both(xs, what, args, part):
    """The same with and without caches, if there are any."""
    found = {f"{what}, caches off": over(xs, args, part, 0)}
    if measure.has_caches():
        found[f"{what}, caches on"] = over(xs, args, part, 1)
    return found


def draw_fill():
    series = both(FILLS, "pair of order 0",
                  "-w repeat-steady -n 2000 -l {}", "pair")
    series |= both(FILLS, "mixed, an operation", "-w mixed -n 20000 -l {}",
                   "operation")
    draw("pages-fill", "A page frame over the fill level, 4 GiB",
         ("% of memory in use", "instructions"), series,
         "set yrange [0:]")


def draw_shares():
    args = "-w fragmix -n 1000000 -l {}"
    series = {}
    for caches in (0, 1) if measure.has_caches() else (0,):
        found = measure.in_parallel(
            [lambda x=x, c=caches: measure.shares(args.format(x), 1, c)
             for x in FILLS])
        for tag, what in (("steady", "steady"),
                          ("only0left", "single frames stay")):
            series[f"{what}, caches {'on' if caches else 'off'}"] = [
                (x, f[tag]) for x, f in zip(FILLS, found)]
    draw("pages-shares", "Free memory in whole superpages, mixed orders, 4 GiB",
         ("% of memory in use before", "share"), series, "set yrange [0:1]")


def draw_ram():
    frames = [gib << 18 for gib in GIB]
    series = both(frames, "steady", "-w repeat-steady -n 2000 -f {}", "pair")
    series |= both(frames, "unbroken heap", "-w repeat -n 2000 -f {}", "pair")
    series = {what: [(x >> 18, y) for x, y in points]
              for what, points in series.items()}
    draw("pages-ram", "Pair of order 0 over the size of RAM",
         ("GiB", "instructions"), series,
         "set logscale x 2\nset yrange [0:]")


def draw_arenas():
    series = both(ARENAS, "steady", "-w repeat-steady -n 2000 -a {}", "pair")
    series |= both(ARENAS, "order 9, steady",
                   "-w repeat-steady -o 9 -n 200 -a {}", "pair")
    draw("pages-arenas", "A pair over the number of arenas, 4 GiB",
         ("arenas", "instructions"), series,
         "set logscale x 4\nset yrange [0:]")


def draw_all():
    draw_fill()
    draw_shares()
    draw_ram()
    draw_arenas()
