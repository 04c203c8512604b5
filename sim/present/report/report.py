"""The report of an experiment: a question, an answer in plain words, and what it rests on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sim.experiment.graphs import graph_lines
from sim.present.blocks import (
    Block,
    Bullets,
    Code,
    Date,
    Emphasis,
    Heading,
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
from sim.present.report.answer import answer
from sim.present.report.attribution import explanations, paragraph
from sim.present.report.evidence import evidence
from sim.present.report.facts import Facts, sections
from sim.present.report.sensitivity import how_sure, in_bands
from sim.settings import month_text

if TYPE_CHECKING:
    from sim.present.figures.style import Figure

# Figures that stand for a convention and not for a result; see `typed_digits`.
CONVENTIONS = (
    "9 in 10 futures",
    "95% interval",
    "19 of 20 futures",
    "1 of 20 futures",
    "24 months after the announcement",
    "future 7 ",
    "100% of the promise",
    "OGL v3.0",
)
ATTRIBUTION: Text = [
    "Contains public sector information licensed under the Open Government Licence ",
    Quote("v3.0"),
    ". Contains OS data © Crown copyright and database right ",
    Date("2014"),
    ". Contains National Statistics data © Crown copyright. Boundaries © Martin Chorley ",
    Quote("CC BY 4.0"),
    "; council register © mySociety ",
    Quote("CC BY 4.0"),
    ".",
]
LIMITS: tuple[Text, ...] = (
    "It says how councils would behave if they followed these rules; it is no forecast. No band "
    "holds doubt about the rules themselves.",
    "Dated history informs few of the behavioural parameters (docs/validation.md). Worry, "
    "regret, reactance, duty, shared fate, economies of scale and ties across the border rest "
    "on judgement, and so does any finding that turns on them: such findings are prior-driven.",
    "Visits by the teams, depth, fees, co-design and the costs of joining and running a programme "
    "are recorded nowhere. They are assumptions.",
    "Whether anything pays is arithmetic of the promise, the part of it that comes true and the "
    "cost of switching: read the payback and the break-even ratio, not only a total.",
    "Councils weigh an offer as if all the spend it addresses moved, although little of it does "
    "for years. That they would foresee this, and refuse, is possible and not in the model.",
    [
        "Councils are those of ",
        Date("April 2018"),
        " and stay so: no mergers, no elections, no parties, no suppliers, no staff.",
    ],
)


def report(facts: Facts, figures: Sequence[Figure], command: str) -> list[Block]:
    """Say what the report says, block by block.

    Parameters
    ----------
    facts
        The numbers, of at least one run that went through.
    figures
        Pictures in the folder ``figures`` beside the report.
    command
        What reproduces it.
    """
    experiment = facts.experiment
    left = list(figures)

    def pictures(*names: str) -> Iterator[Block]:
        """Give the pictures of these names that have not been shown, all of one name together."""
        for figure in list(left):
            if any(figure.name == name or figure.name.startswith(name + "_") for name in names):
                left.remove(figure)
                yield Picture(
                    figure.name,
                    Quote(figure.title),
                    f"figures/{figure.png.name}",
                    alt=Quote(figure.caption),
                )

    graphs = graph_lines(experiment, facts.scenarios)
    return [
        Heading(1, Quote(experiment.title)),
        Paragraph([Strong("The question."), " ", Quote(experiment.question)]),
        Heading(2, "The answer"),
        Bullets(answer(facts)),
        *_caveats(facts),
        *pictures("adoption"),
        Heading(2, "The scenarios side by side"),
        *_side_by_side(facts),
        *pictures("small_multiples"),
        Heading(2, "What makes the difference"),
        *_differences(facts),
        *pictures("differences"),
        *_explained(facts),
        *pictures("explained", "curves", "cancellation"),
        Heading(2, "How sure this is"),
        *how_sure(facts),
        *pictures("sensitivity"),
        Heading(2, "Who joins, and who does not"),
        *_groups(facts),
        *pictures("map", "why_not"),
        Heading(2, "What it costs and saves"),
        *_money(facts),
        *pictures("net_saving", "gains_losses"),
        Heading(2, "What is evidence and what is assumption"),
        *evidence(facts),
        Heading(2, "What the model cannot say"),
        Bullets(LIMITS),
        Heading(2, "Who listens to whom"),
        Bullets([[Quote(line), "."] for line in graphs]),
        *pictures("network"),
        *pictures(*(figure.name for figure in left)),
        Heading(2, "How to read the figures"),
        *_reading(facts),
        Heading(2, "How to reproduce this"),
        *_reproduce(facts, command),
    ]


def _caveats(facts: Facts) -> Iterator[Block]:
    items: list[Text] = [Quote(caveat) for caveat in facts.experiment.caveats]
    note = seeds_note(facts)
    if note:
        items.append([Strong("Too few futures for fine differences."), " ", *note])
    failed = [row for row in facts.rows("runs") if row["failed"]]
    for row in failed:
        number = Number("runs", (row["kind"],), "failed", "count")
        word = " run failed" if row["failed"] == 1 else " runs failed"
        of = "" if row["kind"] == "scenario" else f" (kind: {row['kind']})"
        items.append([Strong([number, word]), of + " and left out."])
    if items:
        yield Note("Read with this in mind", [Bullets(items)])


def seeds_note(facts: Facts) -> list[Part]:
    """Say that the seeds are too few for the outcome the report leads with; [] if they are not."""
    rows = facts.rows("precision")
    fewest = facts.in_force("fewest_seeds")
    if any(row["seeds"] == 1 for row in rows):
        return ["One seed cannot tell how far futures differ: run at least ", fewest, "."]
    # A number that is missing, where the spread is not known, is no whole number.
    short = [
        row
        for row in rows
        if isinstance(row["seeds_needed"], int) and row["seeds_needed"] > row["seeds"]
    ]
    if not short:
        return []
    worst = max(short, key=lambda row: row["seeds_needed"])

    def of(column: str, form: str) -> Number:
        return Number("precision", (worst["scenario"],), column, form)

    if worst["reach"] <= worst["asked"]:
        return [
            of("seeds", "count"),
            " seeds are too few to tell how far futures differ: run at least ",
            of("seeds_needed", "count"),
            ".",
        ]
    return [
        of("seeds", "count"),
        " seeds pin the average share of councils joined at the headline month down to ±",
        of("reach", "points_plain"),
        " points (",
        facts.title(worst["scenario"]),
        ", the least certain); ±",
        of("asked", "points_plain"),
        " points needs about ",
        of("seeds_needed", "count"),
        " seeds.",
    ]


def _side_by_side(facts: Facts) -> Iterator[Block]:
    outcomes = facts.experiment.outcomes
    marks = outcomes.months_since_opening
    routed = f"use_share_{outcomes.headline_months}m"
    yield Paragraph(
        [
            "Share of councils: median of the futures, and in brackets the band of 9 in 10 "
            "futures. The clock starts when councils could join. Programme cost is discounted, to "
            "the end of the horizon (",
            Date(month_text(facts.experiment.horizon.ends)),
            ").",
        ]
    )
    head: list[Text] = [
        "Scenario",
        "Councils",
        "Opened",
        *(_joined_after(facts, months) for months in marks),
        "Half have joined after",
        ["Spend routed after ", facts.in_force("headline_months"), " months"],
        [
            facts.in_force("pass_share", "percent"),
            " joined within ",
            facts.in_force("longest_months"),
            " months",
        ],
        "People in joined councils, at the end",
        "Programme cost",
    ]
    rows: list[list[Text]] = []
    for row in facts.rows("headline"):
        name = row["scenario"]
        rows.append(
            [
                facts.title(name),
                facts.headline(name, "councils", "count"),
                Date(row["opened"]) if isinstance(row["opened"], str) else "never",
                *(facts.band(name, f"joined_share_{months}m") for months in marks),
                _half(facts, name),
                facts.band(name, routed),
                [
                    facts.of(name, "passed", "mean"),
                    ", ",
                    facts.of(name, "passed", "mean", "likelihood"),
                ],
                facts.of(name, "joined_people_share_end"),
                facts.of(name, "programme_cost_gbp_m", form="gbp_m"),
            ]
        )
    yield Table(head, rows, align="l" + "r" * (len(head) - 1))
    for name in facts.scenarios:
        about = facts.settings(name).stands_for
        if about:
            yield Paragraph([Strong([facts.title(name), "."]), " ", Quote(about)])


def _joined_after(facts: Facts, months: int) -> Text:
    return ["Joined after ", facts.in_force(f"months_{months}"), " months"]


def _half(facts: Facts, scenario: str) -> Text:
    """Months until half have joined; futures that never get there are kept as such."""
    outcome = "months_to_50pc"
    row = facts.row(scenario, outcome)
    if row is None or row["missing_share"] >= 1.0:
        return "not within the horizon"
    never = facts.of(scenario, outcome, "missing_share")
    if math.isnan(row["median"]):
        return ["not within the horizon in ", never, " of futures"]
    middle = facts.of(scenario, outcome, "median", "count")
    if row["missing_share"]:
        return [middle, " months (not in ", never, " of futures)"]
    return [middle, " months"]


def _differences(facts: Facts) -> Iterator[Block]:
    rows = facts.contrasts()
    if not rows:
        yield Paragraph("There is only one scenario: nothing to compare with.")
        return
    drawn = facts.experiment.parameters.source != "point"
    yield Paragraph(
        [
            "Differences in the share of councils joined ",
            facts.in_force("headline_months"),
            " months after opening, in percentage points. ",
            Emphasis("Paired"),
            ": same councils, same luck, future by future, so that only the policy differs. ",
            Emphasis("Unpaired"),
            ": different councils, so that these differ as well"
            + ("; behaviour is the same." if drawn else "."),
        ]
    )
    yield Table(
        [
            "Scenario",
            "Against",
            "How",
            "Difference",
            "95% interval of the mean",
            "Higher in",
            "Enough futures",
        ],
        [
            [
                facts.title(row["scenario"]),
                facts.title(row["versus"]),
                "paired" if row["paired"] else "unpaired",
                facts.contrast(row, "difference"),
                "–" if math.isnan(row["low"]) else facts.interval(row),
                facts.contrast(row, "share_higher", "percent"),
                "yes" if bool(row["enough_seeds"]) else "no",
            ]
            for row in rows
        ],
        align="lllrrrr",
    )
    yield Paragraph("With so many comparisons, some intervals will leave out zero by chance.")


def _explained(facts: Facts) -> Iterator[Block]:
    """Tell what differences are made of."""
    told = list(explanations(facts.findings, facts.experiment))
    if not told:
        return
    yield Paragraph(
        "What a difference is made of, within the model: groups of settings are moved from the one "
        "scenario to the other, in every order and with the same luck. Each figure is what a group "
        "adds on average over all orders, with its 95% interval; what groups bring about only "
        "together is shared equally between them. Effort is counted for each council. Settings "
        "are mostly assumptions, so this says what the model makes of them and not what caused "
        "anything in the world."
    )
    for one in told:
        yield Paragraph([Strong([Quote(one.title), "."]), " ", *paragraph(one)])


def _groups(facts: Facts) -> Iterator[Block]:
    for grouping in sections(facts):
        rows = facts.rows("summary", grouping=grouping, outcome=facts.outcome)
        groups = list(dict.fromkeys(row["group"] for row in rows))
        if len(groups) < 2:
            continue
        present = {row["scenario"] for row in rows}
        yield Paragraph(
            [
                "Joined ",
                facts.in_force("headline_months"),
                f" months after opening, by {grouping}:",
            ]
        )
        yield Table(
            ["Scenario", *(Quote(str(group).replace("_", " ")) for group in groups)],
            [
                [
                    facts.title(name),
                    *(facts.band(name, facts.outcome, group, grouping) for group in groups),
                ]
                for name in facts.scenarios
                if name in present
            ],
            align="l" + "r" * len(groups),
        )


def _money(facts: Facts) -> Iterator[Block]:
    yield Paragraph(
        [
            "Discounted to ",
            Date("April 2018"),
            " at ",
            Date("2017-18"),
            " prices, from the start to the end of the horizon; medians, and the band of 9 in 10 "
            "futures. Fees pass from councils to the programme. More than 100% of the promise "
            "means that even the full promise would not pay.",
        ]
    )
    yield Table(
        [
            "Scenario",
            "Net saving, councils",
            "Net saving, programme",
            "Net saving, both",
            "Money back within the horizon",
            "Breaks even if this part of the promise comes true",
            "Incident costs avoided",
        ],
        [
            [
                facts.title(name),
                facts.money_band(name, "net_saving_councils_gbp_m"),
                facts.money_band(name, "net_saving_programme_gbp_m"),
                facts.money_band(name, "net_saving_total_gbp_m"),
                ["in ", facts.of(name, "payback_years", "reached_share"), " of futures"],
                facts.of(name, "break_even_ratio"),
                facts.money_band(name, "incident_cost_avoided_gbp_m"),
            ]
            for name in facts.scenarios
        ],
        align="lrrrrrr",
    )


def _reading(facts: Facts) -> Iterator[Block]:
    parameters = facts.experiment.parameters
    yield Bullets(
        [
            [
                "A ",
                Emphasis("future"),
                " is one simulated run. All scenarios share their luck: future 7 has the same "
                "attacks, contract ends and tastes in every one of them"
                + (", and the same behaviour." if parameters.source != "point" else "."),
            ],
            [
                Emphasis("Joined"),
                " means signed up and not gone again, whether live or still migrating. ",
                Emphasis("Spend routed"),
                " is the part of the addressed IT spend that goes through the offer.",
            ],
            [
                "The ",
                Emphasis("band of 9 in 10 futures"),
                " says how far futures lie apart. ",
                *in_bands(parameters),
                " The ",
                Emphasis("95% interval"),
                " of the mean says only what a limited number of futures leaves open.",
            ],
            "Words for probabilities, after the UK's Probability Yardstick with its gaps closed:",
        ]
    )
    yield Table(
        ["Words", "Probability"],
        [
            [
                row["words"],
                [
                    Number("yardstick", (row["words"],), "low", "percent"),
                    " to ",
                    Number("yardstick", (row["words"],), "high", "percent"),
                ],
            ]
            for row in facts.rows("yardstick")
        ],
        align="lr",
    )


def _reproduce(facts: Facts, command: str) -> Iterator[Block]:
    manifest = facts.manifest
    session = (manifest.get("sessions") or [{}])[-1]
    git = session.get("git") or {}
    commit = str(git.get("commit") or "")[:12]
    rows = facts.rows("headline")
    fewest, most = (pick(rows, key=lambda row: row["seeds"]) for pick in (min, max))
    seeds: list[Part] = [facts.headline(fewest["scenario"], "seeds", "count")]
    if most["seeds"] > fewest["seeds"]:
        seeds += [" to ", facts.headline(most["scenario"], "seeds", "count")]
    made: list[Part] = []
    if commit:
        made = [", commit ", Code(commit), " with changes" if git.get("changed") else ""]
    yield Listing(command)
    yield Paragraph(
        [
            "Run ",
            Code(str(manifest.get("hash", ""))[:12] or "not kept"),
            ": version ",
            Quote(str(manifest.get("version", "unknown"))),
            *made,
            ", ",
            *seeds,
            " seeds a scenario, Python ",
            Quote(str(session.get("python", ""))),
            ". ",
            Code("experiment.toml"),
            " beside this report holds every setting, ",
            Code("manifest.json"),
            " every version, ",
            Code("findings"),
            " every figure of this report; the tables are described in docs/data-dictionary.md, "
            "the model in docs/odd.md.",
        ]
    )
    yield Paragraph(ATTRIBUTION)
