"""How to read a report, and how to make it again."""

from __future__ import annotations

from collections.abc import Iterator

from sim.present.blocks import (
    Block,
    Bullets,
    Code,
    Date,
    Emphasis,
    Listing,
    Number,
    Paragraph,
    Part,
    Quote,
    Table,
    Text,
)
from sim.present.report.facts import Facts
from sim.present.report.sensitivity import in_bands

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


def reading(facts: Facts) -> Iterator[Block]:
    """Explain the words and figures of the report."""
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


def reproducing(facts: Facts, command: str) -> Iterator[Block]:
    """Say what to type for the same figures, and whose data they are from."""
    yield Listing(command)
    yield Paragraph(
        [
            *made_by(facts),
            " ",
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


def made_by(facts: Facts) -> list[Part]:
    """Say which run of which version a page is of."""
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
    return [
        "Run ",
        Code(str(manifest.get("hash", ""))[:12] or "not kept"),
        ": version ",
        Quote(str(manifest.get("version", "unknown"))),
        *made,
        ", ",
        *seeds,
        " seeds a scenario, Python ",
        Quote(str(session.get("python", ""))),
        ".",
    ]
