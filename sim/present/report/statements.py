"""Sentences that say what they claim, so that each can be held against the tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from sim.present.blocks import Number, Part, written
from sim.present.report.facts import Facts, Row, listed_parts

Kind = Literal[
    "chance",
    "nothing on offer",
    "not seen",
    "falls short",
    "loses money",
    "gains money",
    "full promise does not pay",
    "same councils",
    "other councils",
    "higher",
    "lower",
    "equal",
    "hardly differs",
    "cannot be told",
    "not known",
    "one future",
    "stands",
    "spread",
    "turns over",
]


class Claim(NamedTuple):
    """Something that a sentence says beyond its numbers.

    Attributes
    ----------
    kind
        What is claimed.
    about
        Of what: a scenario; or a scenario, the one it is compared with, and the outcome; or a
        scenario and an idea; or a scenario and the structures with fewest and most members.
    """

    kind: Kind
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence with what it claims."""

    text: list[Part]
    claims: tuple[Claim, ...] = ()


def claims_of(statements: Iterable[Statement]) -> list[Claim]:
    """Everything that some sentences claim."""
    return [claim for statement in statements for claim in statement.claims]


def several(facts: Facts, numbers: list[Number], of: str) -> list[Part]:
    """List numbers of several scenarios, or give one once where all read the same.

    Parameters
    ----------
    facts
        Where they are from.
    numbers
        One of each scenario, in the order in which these were named.
    of
        What they are shares of or say, after the numbers.
    """
    words = {written(number, facts.findings) for number in numbers}
    if len(numbers) > 1 and len(words) == 1:
        return [numbers[0], of, " under each"]
    return [*listed_parts([[number] for number in numbers]), of]


def contrast(facts: Facts, row: Row) -> Statement:
    """Compare a scenario with another in the share joined, as surely as the futures allow."""
    scenario, versus = row["scenario"], row["versus"]
    key = (scenario, versus, row["grouping"], row["group"], row["outcome"])
    said: list[Part] = ["“", facts.title(scenario), "” against “", facts.title(versus), "”"]
    claims = [Claim("same councils" if row["paired"] else "other councils", (scenario, versus))]
    said.append(", same councils and same luck: " if row["paired"] else ", other councils: ")
    claims.append(Claim(row["verdict"], key))
    points: list[Part] = [facts.contrast(row, "difference"), " points"]
    interval: list[Part] = [" (95% interval of the mean ", *facts.interval(row), ")"]
    if row["verdict"] == "equal":
        said += ["no difference in any of ", facts.contrast(row, "seeds", "count"), " futures"]
    elif row["verdict"] == "not known":
        said.append("one future, or one draw of behaviour, cannot tell a difference from luck")
        if row["difference"] != row["difference"]:
            said[-1] = "not known, since the horizon ends too early"
    elif row["verdict"] == "hardly differs":
        said += ["hardly a difference, ", *points, *interval]
    elif row["verdict"] == "cannot be told":
        said += [
            "a difference cannot be told from none with ",
            facts.contrast(row, "seeds", "count"),
            " futures: ",
            *points,
            *interval,
        ]
    else:
        said += [*points, *interval]
    return Statement([*said, "."], tuple(claims))
