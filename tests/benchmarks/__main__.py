"""Run the benchmarks: ``python -m tests.benchmarks``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.benchmarks import elsewhere, ensemble, scale, starts, sweeps, the_model
from tests.benchmarks.report import machine, write_between_markers

SECTIONS = {
    "model": the_model,
    "ensemble": ensemble,
    "scale": scale,
    "elsewhere": elsewhere,
    "starts": starts,
    "sweeps": sweeps,
}


def main(arguments: list[str] | None = None) -> None:
    """Time what was asked for, print it, and write it down if that was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each is timed")
    parser.add_argument("--only", choices=SECTIONS, help="one section")
    parser.add_argument("--write", type=Path, help="a file with markers to write the tables into")
    parser.add_argument("--quick", action="store_true", help="tiny sizes: does everything work?")
    options = parser.parse_args(arguments)
    if options.write and (options.only or options.quick):
        parser.error("only a full run is written down")
    if options.rounds < 1:
        parser.error("there must be a round")
    parts = [
        f"{machine()} Contestants take turns, round after round ({options.rounds}): medians, and "
        "in brackets the smallest and the largest. Ratios are formed within each round.",
    ]
    for name in [options.only] if options.only else SECTIONS:
        print(f"{SECTIONS[name].TITLE} ...", file=sys.stderr)
        text = SECTIONS[name].section(options.rounds, options.quick)
        parts.append(f"### {SECTIONS[name].TITLE}\n\n{text}")
    document = "\n\n".join(parts)
    print(document)
    if options.write:
        write_between_markers(options.write, document)


if __name__ == "__main__":
    main()
