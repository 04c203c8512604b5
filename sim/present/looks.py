"""How each scenario looks: one colour, mark and kind of line, in every picture, film and table.

The base is grey, so that it can stand behind the others in every chart. The other scenarios take
the colours in turn, those on the same councils after each other, so that lines in one panel differ
in colour as well; no two of fourteen scenarios have the same mark, which tells them apart without
any colour. What has run makes no difference: it is the experiment that decides.
"""

from __future__ import annotations

from typing import NamedTuple

from sim.settings import CouncilChoice, Experiment

# Government Analysis Function, categorical, in its order; its dark grey is too near its dark blue.
COLOURS = ("#12436D", "#28A197", "#801650", "#F46A25", "#A285D1")
BASE_COLOUR = "#6F777B"
BASE_MARK = "circle"
# No two that have the same colour are alike in shape.
MARKS = (
    "square",
    "triangle up",
    "diamond",
    "triangle down",
    "plus",
    "cross",
    "star",
    "pentagon",
    "hexagon",
    "triangle right",
    "octagon",
    "thin diamond",
    "triangle left",
)
# Lengths of strokes and gaps, in widths of the line; none is a whole line.
DASHES: tuple[tuple[float, ...], ...] = ((), (4.0, 1.6), (1.2, 1.2), (5.0, 1.4, 1.2, 1.4))

# The marks as Matplotlib names them.
MATPLOTLIB = {
    "circle": "o",
    "square": "s",
    "triangle up": "^",
    "diamond": "D",
    "triangle down": "v",
    "plus": "P",
    "cross": "X",
    "star": "*",
    "pentagon": "p",
    "hexagon": "h",
    "triangle right": ">",
    "octagon": "8",
    "thin diamond": "d",
    "triangle left": "<",
}


class Look(NamedTuple):
    """What tells a scenario from the others.

    Attributes
    ----------
    colour
        As `#RRGGBB`.
    mark
        Name of a filled shape, one of the keys of `MATPLOTLIB`.
    dash
        Lengths of strokes and gaps in widths of the line; empty for a whole line.
    """

    colour: str
    mark: str
    dash: tuple[float, ...]

    @property
    def marker(self) -> str:
        """The mark as Matplotlib names it."""
        return MATPLOTLIB[self.mark]


def look_of(experiment: Experiment, scenario: str) -> Look:
    """Look of a scenario of an experiment.

    Raises
    ------
    KeyError
        If the experiment has no such scenario.
    """
    if scenario not in experiment.scenarios:
        raise KeyError(f"no scenario {scenario!r}: there are {', '.join(experiment.scenarios)}")
    if scenario == experiment.base_scenario:
        return Look(BASE_COLOUR, BASE_MARK, ())
    return look_at(_order(experiment).index(scenario))


def look_at(position: int) -> Look:
    """Look of a scenario by its place among those that are not the base."""
    dash = DASHES[position // len(COLOURS) % len(DASHES)]
    return Look(COLOURS[position % len(COLOURS)], MARKS[position % len(MARKS)], dash)


def _order(experiment: Experiment) -> list[str]:
    """Scenarios but the base, those on the same councils together, else as in the file."""
    sets: list[tuple[CouncilChoice, list[str]]] = []
    base = experiment.base_scenario
    for name in (base, *experiment.scenarios):
        choice = experiment.scenarios[name].councils
        found = next((names for other, names in sets if other == choice), None)
        if found is None:
            sets.append((choice, [name]))
        elif name not in found:
            found.append(name)
    return [name for _, names in sets for name in names if name != base]
