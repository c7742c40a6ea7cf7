# SPDX-License-Identifier: BSD-2-Clause
"""pages_plots.py - page frames over fill level, RAM size and arenas.

All but the shares are instructions: the mean of three seeds, since a pair in a
steady state is a pair at one place.
"""
import pages_measure as measure
import plot
from pages_limits import NOBODY

FILLS = (20, 30, 40, 50, 60, 70, 80, 85)
GIB = (1, 2, 4, 8, 16, 32, 64)
ARENAS = (1, 4, 16, 64, 256, 1024)
SEEDS = (1, 2, 3)


def draw(name, *args, **more):
    with open(f"docs/{name}.svg", "w", encoding="utf-8") as f:
        f.write(plot.svg(*args, **more))


def over(xs, args, part, caches):
    """[(x, instructions)]: @args has a place for x."""
    found = measure.in_parallel(
        [lambda x=x, s=seed: measure.part_of(*measure.calls(
            NOBODY, f"{args.format(x)} -s {s}", caches), part)
         for x in xs for seed in SEEDS])
    nr = len(SEEDS)
    return [(x, sum(found[i * nr:(i + 1) * nr]) / nr)
            for i, x in enumerate(xs)]


def both(xs, what, args, part):
    """The same with and without caches, if there are any."""
    found = {f"{what}, caches off": over(xs, args, part, 0)}
    if measure.has_caches():
        found[f"{what}, caches on"] = over(xs, args, part, 1)
    return found


def draw_fill():
    series = both(FILLS, "pair of order 0",
                  "-w repeat-steady -n 2000 -l {}", "pair")
    series |= both(FILLS, "mixed orders, an operation",
                   "-w mixed -n 20000 -l {}", "operation")
    draw("pages-fill", "Page frames over the fill level, 4 GiB",
         ("% of memory in use", "instructions"), series, log_y=True)


def draw_shares():
    args = "-w fragmix -n 1000000 -l {}"
    series = {}
    for caches in (0, 1) if measure.has_caches() else (0,):
        found = measure.in_parallel(
            [lambda x=x, c=caches: measure.shares(args.format(x), 1, c)
             for x in FILLS])
        for tag, what in (("steady", "mixed orders"),
                          ("only0left", "only single frames stay")):
            series[f"{what}, caches {'on' if caches else 'off'}"] = [
                (x, f[tag]) for x, f in zip(FILLS, found)]
    draw("pages-shares", "Free memory that is in whole superpages, 4 GiB",
         ("% of memory in use (before only single frames stay)", "share"),
         series, span=(0.8, 1))


def draw_ram():
    frames = [gib << 18 for gib in GIB]
    series = both(frames, "steady", "-w repeat-steady -n 2000 -f {}", "pair")
    series |= both(frames, "unbroken heap", "-w repeat -n 2000 -f {}", "pair")
    draw("pages-ram", "Pair of order 0 over the size of RAM",
         ("GiB", "instructions"),
         {what: [(x >> 18, y) for x, y in points]
          for what, points in series.items()}, log_x=True, log_y=True)


def draw_arenas():
    series = both(ARENAS, "order 0, steady", "-w repeat-steady -n 2000 -a {}",
                  "pair")
    series |= both(ARENAS, "order 9, steady",
                   "-w repeat-steady -o 9 -n 200 -a {}", "pair")
    draw("pages-arenas", "A pair over the number of arenas, 4 GiB",
         ("arenas", "instructions"), series, log_x=True, log_y=True)


def draw_all():
    draw_fill()
    draw_shares()
    draw_ram()
    draw_arenas()
