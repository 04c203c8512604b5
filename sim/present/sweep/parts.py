"""Parts of the page of a sweep, each made of blocks: a page of another kind takes what it needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sim.analysis.findings import FOLDER
from sim.analysis.sweep_sensitivity import INTERVAL, moving_and_idle
from sim.experiment.sweeps import Design
from sim.experiment.titles import unique_titles
from sim.files.shipped import program
from sim.files.words import listed, plural
from sim.present.blocks import (
    Block,
    Bullets,
    Code,
    Findings,
    Heading,
    Link,
    Listing,
    Note,
    Number,
    Paragraph,
    Part,
    Picture,
    Quote,
    Strong,
    Table,
    Text,
)
from sim.present.figures.style import Figure
from sim.present.formats import percent, plain_number
from sim.present.report.facts import Record, records
from sim.present.sweep.words import (
    case_words,
    limit_words,
    listed_values,
    names_of,
    title_of,
    value_of,
)
from sim.present.words import sentence
from sim.settings.columns import is_share, outcome_text, unit

DESIGNS = {
    "grid": "a grid",
    "latin_hypercube": "a Latin hypercube",
    "random": "points by chance",
    "sobol": "Sobol's design",
    "morris": "Morris's design",
    "table": "points of a table",
}


@dataclass(frozen=True)
class About:
    """What the parts of a page are about.

    Attributes
    ----------
    design
        What was run.
    findings
        Of `sim.analysis.sweep_findings`.
    """

    design: Design
    findings: Findings

    @property
    def names(self) -> dict[str, str]:
        """Settings that vary, in words."""
        return names_of(self.design.settings)

    def scenario(self, name: str) -> str:
        """Title of a scenario."""
        return unique_titles(self.design.experiment)[name]

    def title(self) -> str:
        """What is asked."""
        return self.design.sweep.title or self.design.experiment.title or self.design.name


def opening(about: About) -> list[Block]:
    """Say what is asked, and how much was run for it."""
    design = about.design
    scenarios = [about.scenario(name) for name in design.sweep.scenarios]
    how = f"{DESIGNS[design.sweep.design]}, "
    size = (
        f"{plural(len(design), 'point')}, each with {plural(design.sweep.replicates, 'future')}"
        + (" of the same luck" if design.sweep.replicates > 1 else "")
    )
    return [
        Heading(1, Quote(about.title())),
        Paragraph(
            [
                "A sweep of the experiment ",
                Quote(f"“{design.experiment.title}”"),
                ", scenario ",
                Quote(f"{listed([f'“{title}”' for title in scenarios])}: {how}{size}"),
                ". All futures are simulated, none observed.",
            ]
        ),
    ]


def varied(about: About) -> list[Block]:
    """Say what is varied, and over what."""
    design, names = about.design, about.names
    sweep = design.sweep
    rows: list[Sequence[Text]] = []
    for setting in design.settings:
        cells = design.table[setting]
        if setting in sweep.varied and sweep.varied[setting].values is None:
            limits = sweep.varied[setting]
            over = f"{value_of(setting, limits.low)} to {value_of(setting, limits.high)}"
        elif cells.dtype.kind in "if":
            over = f"{value_of(setting, cells.min())} to {value_of(setting, cells.max())}"
        else:
            over = listed_values(setting, sorted(cells.unique()))
        who = (
            "policy decides"
            if setting in sweep.levers
            else "nobody knows"
            if setting in sweep.uncertainties
            else "given as points"
        )
        rows.append([Quote(sentence(names[setting])), Quote(over), who, Code(setting)])
    blocks: list[Block] = [
        Heading(2, "What is varied"),
        Table(["Setting", "From and to", "Who decides", "In the file"], rows, align="llll"),
    ]
    if sweep.constants:
        said = [f"{setting} = {value}" for setting, value in sweep.constants.items()]
        blocks.append(
            Paragraph(["At all points, other than in the scenario: ", Code(", ".join(said)), "."])
        )
    return blocks


def outcomes(about: About) -> list[Block]:
    """Say how far the outcomes of points lie apart."""
    rows: list[Sequence[Text]] = []
    for row in records(about.findings["outcomes"]):
        key = (row["scenario"], row["outcome"])
        form = "percent" if _is_fraction(row["outcome"]) else "plain"
        rows.append(
            [
                Quote(outcome_text(row["outcome"])),
                Quote(about.scenario(row["scenario"])),
                *(Number("outcomes", key, end, form) for end in ("q05", "median", "q95")),
                Number("outcomes", key, "luck_sd", form),
                Number("outcomes", key, "missing", "count"),
            ]
        )
    head: list[Text] = [
        "Outcome",
        "Scenario",
        "Low",
        "Median",
        "High",
        "Luck within a point",
        "Futures without it",
    ]
    return [
        Heading(2, "What came out"),
        Paragraph(
            "Each point has the mean of its futures. Nine in ten points lie between low and high; "
            "luck is the standard deviation between futures of one point. This is where points "
            "were put, not how likely they are."
        ),
        Table(head, rows, align="llrrrrr"),
    ]


def spread_words(about: About) -> str:
    """Say how far points lie apart in the first outcome."""
    row = records(about.findings["outcomes"].head(1))[0]
    write = percent if _is_fraction(row["outcome"]) else plain_number
    return (
        f"{outcome_text(row['outcome'])}, {about.scenario(row['scenario'])}: nine in ten points "
        f"lie between {write(row['q05'])} and {write(row['q95'])}."
    )


def _is_fraction(outcome: str) -> bool:
    return is_share(outcome) or unit(outcome) == "probability"


# ---------------------------------------------------------------- what outcomes hang on

# The measure by which settings are ordered, and what measures are.
LEADING = {"sobol": "total", "morris": "size"}
MEANING = {
    "sobol": "The share of the variance between points that a setting makes by itself, and with "
    "all others. The noise of luck is taken out.",
    "morris": "What the outcome changes by as a setting goes over its whole range, on the mean "
    "over trajectories.",
}


def index_words(about: About, rows: Sequence[Record], leading: str) -> str:
    """Say what an outcome hangs on most, and which settings make no difference.

    Parameters
    ----------
    rows
        Of the finding indices, of one scenario and outcome.
    leading
        The measure by which settings are ordered.
    """
    names = about.names
    moving, idle = (
        [names[setting] for setting in settings] for settings in moving_and_idle(rows, leading)
    )
    if not moving:
        return "Nothing that varies makes a difference that can be told from chance"
    said = f"Hangs most on {listed(moving[:3])}"
    return f"{said}; not at all on {listed(idle)}" if idle else said


def interval_words() -> str:
    """Say what stands beside an index."""
    return f"Beside each stands an interval of {percent(INTERVAL)}."


def hangs_on(about: About, pictures: Mapping[str, Figure]) -> list[Block]:
    """Say what outcomes hang on, where the design can tell."""
    table = about.findings["indices"]
    kind = about.design.sweep.design
    if table.empty:
        return []
    blocks: list[Block] = [
        Heading(2, "What it hangs on"),
        Paragraph([MEANING[kind], " ", Quote(interval_words())]),
    ]
    for (scenario, outcome), part in table.groupby(["scenario", "outcome"], sort=False):
        rows = records(part)
        lead = f"{outcome_text(str(outcome))}, {about.scenario(str(scenario))}"
        blocks.append(
            Paragraph(
                [Strong(Quote(f"{lead}: ")), Quote(f"{index_words(about, rows, LEADING[kind])}.")]
            )
        )
        blocks += _picture(pictures.get(f"indices_{scenario}_{outcome}"))
        blocks.append(_index_table(about, rows))
    return blocks


def _index_table(about: About, rows: Sequence[Record]) -> Block:
    measures = list(dict.fromkeys(row["measure"] for row in rows))
    settings = list(dict.fromkeys(row["setting"] for row in rows))
    cells: list[Sequence[Text]] = []
    for setting in settings:
        line: list[Text] = [Quote(sentence(about.names[setting]))]
        for measure in measures:
            key = (rows[0]["scenario"], rows[0]["outcome"], setting, measure)
            ends = [Number("indices", key, end, "plain") for end in ("value", "low", "high")]
            line.append([ends[0], " (", ends[1], " to ", ends[2], ")"])
        cells.append(line)
    titles: list[Text] = ["Setting", *(Quote(sentence(measure)) for measure in measures)]
    table = Table(titles, cells, align="l" + "r" * len(measures))
    return Note("All settings in figures", [table], kind="remark")


# ---------------------------------------------------------------- boxes


def box_sentence(about: About, row: Record) -> list[Part]:
    """Say what a box is and how well it holds, or that none was found.

    Parameters
    ----------
    row
        Of the finding boxes.
    """
    case = about.design.sweep.boxes[row["case"]]
    happens = title_of(row["case"], case)
    key = (row["scenario"], row["case"], row["method"])

    def number(column: str, form: str = "percent") -> Number:
        return Number("boxes", key, column, form)

    of = ["futures"] if case.share is None else ["points"]
    if row["found"] == "too few":
        rare = not row["base_share"] > 0.5
        return [
            Quote(sentence(happens)),
            " in ",
            number("cases", "count"),
            " of ",
            number("futures", "count"),
            " futures: too few in which it "
            + ("does" if rare else "does not")
            + " to look for boxes.",
        ]
    if row["found"] == "nothing":
        return [
            "Nothing was found: ",
            Quote(happens),
            " in ",
            number("base_share"),
            f" of {of[0]}, and no box of settings holds it more often at points that had no part "
            "in finding it.",
        ]
    limits = [limit_words(limit, about.names) for limit in box_limits(about, row)]
    return [
        "Where ",
        Strong(Quote(listed(limits))),
        ", ",
        Quote(happens),
        " in " if case.share is None else " at ",
        Strong(number("density")),
        f" of {of[0]} (",
        number("density_low", "percent_bare"),
        "–",
        number("density_high"),
        "), against ",
        number("base_share"),
        " everywhere; the box holds ",
        number("coverage"),
        " of all such cases (",
        number("coverage_low", "percent_bare"),
        "–",
        number("coverage_high"),
        ") and ",
        number("mass"),
        " of points. Of points that had no part in finding it: ",
        number("density_held_out"),
        ".",
    ]


def box_title(about: About, row: Record) -> list[Part]:
    """Say in a line what a box is."""
    case = about.design.sweep.boxes[row["case"]]
    limits = [limit_words(limit, about.names) for limit in box_limits(about, row)]
    key = (row["scenario"], row["case"], row["method"])
    return [
        Quote(f"{sentence(title_of(row['case'], case))} "),
        "in " if case.share is None else "at ",
        Number("boxes", key, "density", "percent"),
        " of futures" if case.share is None else " of points",
        Quote(f" where {listed(limits)}"),
    ]


def box_limits(about: About, row: Record) -> list[Record]:
    """Rows of the limits that a box has, the one that matters most first."""
    mine = [
        limit
        for limit in records(about.findings["box_limits"])
        if all(limit[key] == row[key] for key in ("scenario", "case", "method")) and limit["limit"]
    ]
    return sorted(mine, key=lambda limit: limit["density_without"])


def boxes(about: About, pictures: Mapping[str, Figure]) -> list[Block]:
    """Say in which settings the cases occur that the file asks for."""
    rows = records(about.findings["boxes"])
    if not rows:
        return []
    blocks: list[Block] = [
        Heading(2, "Where it happens"),
        Paragraph(
            "A box is a limit for some settings. Intervals are those of nine in ten other samples "
            "of points and of luck. Shares are those of points as they were put: they say what "
            "goes with what, not what is likely."
        ),
    ]
    several = len(about.design.sweep.scenarios) > 1
    for row in rows:
        case = about.design.sweep.boxes[row["case"]]
        lead = sentence(title_of(row["case"], case))
        if several:
            lead += f", {about.scenario(row['scenario'])}"
        blocks += [
            Paragraph(
                [
                    Strong(Quote(lead)),
                    Quote(f" ({case_words(case)}; by {row['method'].upper()}). "),
                    *box_sentence(about, row),
                    *_left_out(row),
                ]
            ),
            *_picture(pictures.get(f"box_{row['scenario']}_{row['case']}_{row['method']}")),
        ]
        if row["found"] == "box":
            blocks.append(_firmness(about, row))
    return blocks


def _left_out(row: Record) -> Iterator[Part]:
    if row["left_out"]:
        key = (row["scenario"], row["case"], row["method"])
        yield " Left out: "
        yield Number("boxes", key, "left_out", "count")
        yield " futures that failed or have no such figure."


def _firmness(about: About, row: Record) -> Block:
    """Show how firm the limits of a box are, and how often others had one."""
    cells: list[Sequence[Text]] = []
    mine = [
        limit
        for limit in records(about.findings["box_limits"])
        if all(limit[key] == row[key] for key in ("scenario", "case", "method"))
    ]
    for limit in sorted(mine, key=lambda one: -one["resampled_share"]):
        setting = limit["setting"]
        key = (row["scenario"], row["case"], row["method"], setting)
        ends = [
            f"{_end(setting, limit[f'{end}_from'])} to {_end(setting, limit[f'{end}_to'])}"
            for end in ("low", "high")
            if np.isfinite(limit[f"{end}_from"])
        ]
        cells.append(
            [
                Quote(sentence(about.names[setting])),
                Quote(limit_words(limit, about.names) if limit["limit"] else ""),
                Quote("; ".join(ends)),
                Number("box_limits", key, "resampled_share", "percent"),
                Number("box_limits", key, "density_without", "percent"),
            ]
        )
    head: list[Text] = [
        "Setting",
        "Limit",
        "Where the limit lies in other samples",
        "Samples that limit it",
        "In the box without this limit",
    ]
    return Note("How firm it is", [Table(head, cells, align="lllrr")], kind="remark")


def _end(setting: str, end: float) -> str:
    return value_of(setting, float(f"{end:.3g}") if abs(end) < 1000 else end)


# ---------------------------------------------------------------- files


def files(folder: Path) -> list[Block]:
    """Say which files there are, and how to go on."""
    known = {
        "design.parquet": "the points, a row each",
        "runs.parquet": "the futures, a row each, with the outcomes that are kept",
        "series.parquet": "the same month by month",
        "experiment.toml": "the experiment, every setting of it",
        f"{FOLDER}/outcomes.csv": "how far outcomes lie apart",
        f"{FOLDER}/indices.csv": "what outcomes hang on",
        f"{FOLDER}/boxes.csv": "boxes, and how well they hold",
        f"{FOLDER}/box_limits.csv": "limits of boxes, and how firm they are",
    }
    there = [name for name in known if (folder / name).is_file()]
    return [
        Heading(2, "Files"),
        Bullets([[Link(Code(name), f"./{name}"), ": ", known[name], "."] for name in there]),
        Paragraph("Whether they are as they were written, and come out again:"),
        Listing(f"{program()} verify {folder.as_posix()}"),
    ]


def _picture(figure: Figure | None) -> list[Block]:
    if figure is None:
        return []
    path = f"figures/{figure.png.name}"
    return [Picture(figure.name, Quote(figure.title), path, Quote(""), Quote(figure.alt))]
