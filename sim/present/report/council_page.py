"""A page on one council: what it is like, whom it listens to, and what it does in each scenario."""

from __future__ import annotations

from collections.abc import Iterator

from sim.analysis.councils import REASONS
from sim.present.blocks import (
    Block,
    Bullets,
    Heading,
    Note,
    Number,
    Paragraph,
    Part,
    Quote,
    Table,
    Text,
)
from sim.present.report.facts import Facts
from sim.present.report.reading import made_by
from sim.present.words import sentence

KIND = {
    "county": "county council",
    "district": "district",
    "unitary": "unitary council",
    "metropolitan": "metropolitan district",
    "london": "London borough",
    "scottish_unitary": "Scottish council",
}
CAUTION = (
    "The model knows this council by its place, kind, size, spending and neighbours only: not its "
    "people, its politics or its contracts. This is what councils like it tend to do in the "
    "model, and no forecast for it."
)


def council_page(facts: Facts, gss_code: str) -> list[Block]:
    """Say what becomes of one council.

    Parameters
    ----------
    facts
        The numbers, of at least one run that went through.
    gss_code
        Official code of the council.

    Raises
    ------
    KeyError
        If the council takes part in no scenario.
    """
    inside = [row["scenario"] for row in facts.rows("councils", gss_code=gss_code)]
    traits = facts.findings.row("traits", gss_code)
    if not inside and traits is None:
        raise KeyError(f"no scenario has the council {gss_code}")
    name = gss_code if traits is None else str(traits["name"])
    return [
        Heading(1, Quote(name)),
        Paragraph(_about(facts, gss_code)),
        Note("What this is not", [Paragraph(CAUTION)]),
        Heading(2, "What it does in each scenario"),
        *_record(facts, gss_code, name, inside),
        Heading(2, "Whom it listens to"),
        *_listening(facts, gss_code),
        Paragraph(made_by(facts)),
    ]


def _about(facts: Facts, gss_code: str) -> list[Part]:
    traits = facts.findings.row("traits", gss_code)
    if traits is None:
        return ["A council that takes part in some futures, ", Quote(gss_code), "."]

    def of(column: str, form: str) -> Number:
        return Number("traits", (gss_code,), column, form)

    nation, region = str(traits["nation"]), str(traits["region"])
    where = nation if region == nation else f"{region}, {nation}"
    kind = str(traits["council_type"])
    return [
        sentence(KIND.get(kind, kind.replace("_", " "))),
        " in ",
        Quote(where),
        " (",
        Quote(gss_code),
        "): ",
        of("people", "count"),
        " people, IT spend of about ",
        of("it_spend_gbp_m", "gbp_m"),
        " a year, more deprived than ",
        of("deprivation_percentile", "percent"),
        " of councils of its nation.",
    ]


def _record(facts: Facts, gss_code: str, council: str, scenarios: list[str]) -> Iterator[Block]:
    if not scenarios:
        yield Paragraph("No offer was ever open to it, or who joins was not kept.")
        return
    when: list[Part] = facts.when
    yield Paragraph(
        [
            "Joined: the share of futures in which it had joined at some time, ",
            *when,
            ". Half by: months after opening by which half of the futures have seen it join; "
            "a dash, where most have not. "
            "The other columns: where it stands in ",
            facts.end,
            ", as shares of futures; a refusal with what weighed most.",
        ]
    )
    rows: list[list[Text]] = []
    for name in scenarios:
        reasons: list[Text] = [
            Number("council_reasons", (name, gss_code, reason), "share", "percent")
            for reason in REASONS
        ]
        rows.append(
            [
                facts.title(name),
                Number("councils", (name, gss_code), "joined_by_then_share", "percent"),
                Number("councils", (name, gss_code), "typical_months", "months"),
                *reasons,
            ]
        )
    in_the_end = ["in", *(reason for reason in REASONS if reason != "joined")]
    yield Table(
        ["Scenario", "Joined", "Half by", *(sentence(head) for head in in_the_end)],
        rows,
        align="l" + "r" * (2 + len(REASONS)),
        caption=["How often ", Quote(council), " joins, and where it stands at the end"],
    )
    alone = [name for name in scenarios if facts.trials(name) == 1]
    if alone:
        yield Paragraph("One future, or one draw of behaviour, cannot tell a habit from luck.")


def _listening(facts: Facts, gss_code: str) -> Iterator[Block]:
    """Name its sources, once for all scenarios with the same ones."""
    told: dict[tuple[tuple[str, float], ...], list[str]] = {}
    for name in facts.scenarios:
        rows = facts.rows("listening", scenario=name, gss_code=gss_code)
        if rows:
            sources = tuple((str(row["source_code"]), float(row["weight"])) for row in rows)
            told.setdefault(sources, []).append(name)
    if not told:
        yield Paragraph("To nobody, as far as is kept.")
    for names in told.values():
        first = names[0]
        rows = facts.rows("listening", scenario=first, gss_code=gss_code)
        if len(told) > 1:
            yield Paragraph(
                ["In ", *(part for name in names for part in (facts.title(name), "; "))][:-1]
            )
        yield Bullets(
            [
                [
                    Quote(row["source"]),
                    ": ",
                    Number("listening", (first, gss_code, row["place"]), "weight", "percent"),
                    " of what it hears",
                ]
                for row in rows
            ]
        )
        heard = facts.findings.row("influence", first, gss_code)
        if heard is not None:
            yield Paragraph(
                [
                    "It is listened to itself ",
                    Number("influence", (first, gss_code), "heard", "plain"),
                    " times as much as an average council, which is place ",
                    Number("influence", (first, gss_code), "rank", "count"),
                    " of ",
                    facts.headline(first, "councils", "count"),
                    ".",
                ]
            )
