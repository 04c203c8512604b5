"""Run the benchmarks: ``python -m tests.benchmarks``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.benchmarks import (
    elsewhere,
    ensemble,
    fitting,
    main_experiment,
    scale,
    starts,
    sweeps,
    the_model,
)
from tests.benchmarks.report import (
    between_markers,
    machine,
    with_section,
    write_between_markers,
)

SECTIONS = {
    "model": the_model,
    "ensemble": ensemble,
    "fitting": fitting,
    "scale": scale,
    "elsewhere": elsewhere,
    "starts": starts,
    "main": main_experiment,
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
    if options.write and options.quick:
        parser.error("tiny sizes are not written down")
    if options.rounds < 1:
        parser.error("there must be a round")
    if options.write:
        # Nothing is measured in vain.
        _, there, _ = between_markers(options.write)
    how = (
        f"{machine()} Contestants take turns, round after round ({options.rounds}): medians, and "
        "in brackets the smallest and the largest. Ratios are formed within each round."
    )
    if options.only:
        print(f"{SECTIONS[options.only].TITLE} ...", file=sys.stderr)
        text = SECTIONS[options.only].section(options.rounds, options.quick)
        heading = f"### {SECTIONS[options.only].TITLE}"
        # Where it was measured by itself, it says where and how.
        section = f"{heading}\n\n{how}\n\n{text}"
        print(section)
        if options.write:
            write_between_markers(options.write, with_section(there, heading, section))
        return
    parts = [how]
    for name in SECTIONS:
        print(f"{SECTIONS[name].TITLE} ...", file=sys.stderr)
        text = SECTIONS[name].section(options.rounds, options.quick)
        parts.append(f"### {SECTIONS[name].TITLE}\n\n{text}")
    document = "\n\n".join(parts)
    print(document)
    if options.write:
        write_between_markers(options.write, document)


if __name__ == "__main__":
    main()
