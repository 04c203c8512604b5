"""The answer of a report: five sentences in the order in which one asks.

Before them stands what turns over with how the model is built, where anything does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from sim.analysis.estimators import FEWEST_SEEDS
from sim.present.blocks import Number, Part, Quote, Strong, parts_of
from sim.present.report.attribution import Explained, explanations
from sim.present.report.facts import Facts, Row, listed_parts
from sim.present.report.payback import line
from sim.present.report.settings import meaning
from sim.present.report.standing import spread, stands, turned
from sim.present.report.statements import Claim, Statement, contrast, several
from sim.settings.columns import outcome_text

Sentence = list[Part]

# Where councils stand at the end, as in the finding "reasons", in the middle of a sentence.
STANDING = {
    "refused: autonomy": "had refused it to keep control of their IT",
    "refused: does not pay": "because it does not pay",
    "refused: other reasons": "for other reasons",
    "never considered it": "had never considered it",
    "gave up or left again": "had joined and given up or left again",
}
MOST_GROUPS = 3
# Parts of a promise beyond this are not told apart.
FAR = 10.0
PURSE = "public purse"
BEYOND = "more than ten times all of it"


def answer(facts: Facts) -> list[Sentence]:
    """Answer in five sentences: does it work, why not, what matters, does it pay, how sure."""
    return [statement.text for statement in statements(facts)]


def statements(facts: Facts) -> list[Statement]:
    """Give the sentences of the answer with what they claim."""
    parts: tuple[Callable[[Facts], Statement], ...] = (works, why_not, difference, pays, how_sure)
    first = turned(facts)
    return [*([first] if first else []), *(part(facts) for part in parts)]


def _seen(facts: Facts) -> list[str]:
    """Scenarios of the answer with something on offer, of which the headline is known."""
    return [
        name
        for name in facts.chief
        if not facts.nothing_on_offer(name) and not math.isnan(facts.middle(name))
    ]


def _named(facts: Facts, names: list[str]) -> list[Part]:
    return listed_parts([["“", facts.title(name), "”"] for name in names])


# ---------------------------------------------------------------- does it work


def works(facts: Facts) -> Statement:
    """Say how likely most councils join in time, how many have joined, and how much is used."""
    said: Sentence = [Strong("Does it work?"), " "]
    seen = _seen(facts)
    claims = [Claim("chance", (name,)) for name in seen]
    if seen:
        passing: Sentence = [
            facts.in_force("pass_share", "percent"),
            " of councils or more join within ",
            facts.in_force("longest_months", "span"),
            " of opening",
        ]
        chances = listed_parts(
            [[facts.chance(name), " under “", facts.title(name), "”"] for name in seen]
        )
        if facts.trials(seen[0]) == 1:
            said += ["As far as one future, or one draw of behaviour, can show, it "]
            said += ["is ", *chances, " that ", *passing]
            claims.append(Claim("one future", (seen[0],)))
        else:
            said += ["That ", *passing, " is ", *chances]
        bands = listed_parts([[*parts_of(facts.band(name, facts.outcome))] for name in seen])
        many = facts.trials(seen[0]) > 1
        said += [
            "; ",
            *facts.when,
            ", typically " if many else ", ",
            *bands,
            " of councils have joined",
            " (in brackets: nine in ten futures)" if many else "",
            ", with ",
            *several(
                facts,
                [facts.of(name, facts.use) for name in seen],
                " of the IT spend that the offer is about going through it",
            ),
        ]
    for kind, names, words in (
        (
            "nothing on offer",
            [name for name in facts.chief if facts.nothing_on_offer(name)],
            "nothing is on offer, so nobody can join",
        ),
        (
            "not seen",
            [n for n in facts.chief if n not in seen and not facts.nothing_on_offer(n)],
            "the horizon ends before that time, so nothing can be said of it",
        ),
    ):
        if names:
            said += ["; under " if seen else "Under ", *_named(facts, names), " ", words]
            claims += [Claim(kind, (name,)) for name in names]  # type: ignore[arg-type]
            seen = seen or names
    held, apart = stands(facts, _seen(facts)), spread(facts, _seen(facts))
    return Statement([*said, *held.text, *apart.text, "."], (*claims, *held.claims, *apart.claims))


# ---------------------------------------------------------------- why did the other not


def lagging(facts: Facts) -> str | None:
    """Scenario in which most councils surely do not join in time: the base, if it is one."""
    short = []
    for name in _seen(facts):
        row = facts.row(name, "passed")
        if row is not None and row["mean_high"] < 0.5:
            short.append(name)
    return facts.base if facts.base in short else short[-1] if short else None


def why_not(facts: Facts) -> Statement:
    """Say where councils stand that are not members, where a scenario falls short."""
    seen = _seen(facts)
    if not seen:
        return Statement([Strong("Why not?"), " No council is seen for long enough to tell."])
    found = lagging(facts)
    name = found or seen[-1]
    title: Sentence = ["“", facts.title(name), "”"]
    if found:
        said: Sentence = [Strong(["Why does ", *title, " fall short?"]), " "]
        claims = [Claim("falls short", (name,))]
    else:
        said, claims = [Strong(["Who stays out of ", *title, "?"]), " "], []
    rows = {row["reason"]: row for row in facts.rows("reasons", scenario=name)}
    # Refusals together, the largest of them first.
    out = [rows[reason] for reason in STANDING if reason in rows and rows[reason]["share"] >= 0.005]
    out.sort(key=lambda row: -row["share"] if row["reason"].startswith("refused") else 0.0)
    if not rows:
        said += ["Where its councils stand in the end was not kept."]
    elif not out:
        said += ["Nobody: by ", facts.end, " all its councils are in or about to be."]
    else:
        said += [
            "By ",
            facts.end,
            ", " if facts.trials(name) == 1 else ", on average ",
            *listed_parts(_standing(name, out)),
            ".",
        ]
    return Statement(said, tuple(claims))


def _standing(scenario: str, rows: list[Row]) -> list[Sentence]:
    """Say how many councils stand where; refusals share their verb."""
    said: list[Sentence] = []
    refused = False
    for number, row in enumerate(rows):
        share = Number("reasons", (scenario, row["reason"]), "share", "percent")
        words = STANDING[row["reason"]]
        if row["reason"].startswith("refused"):
            words = words.removeprefix("had refused it ")
            words = words if refused else "had refused it " + words
            refused = True
        said.append([share, " of councils " if number == 0 else " ", words])
    return said


# ---------------------------------------------------------------- what makes the difference


def difference(facts: Facts) -> Statement:
    """Say what a difference is made of; else, which there is; else, why nothing can be said."""
    lead = Strong("What makes the difference?")
    for one in explanations(facts.findings, facts.experiment):
        if one.in_points and one.rows["total_low"].notna().all():
            return _taken_apart(facts, one, lead)
    rows = [row for row in facts.contrasts() if facts.base in (row["scenario"], row["versus"])]
    told = [row for row in rows if row["verdict"] in ("higher", "lower")]
    told.sort(key=lambda row: (not row["paired"], -abs(row["difference"])))
    best = told[:1] or [row for row in rows if row["verdict"] != "not known"][:1] or rows[:1]
    if best:
        found = contrast(facts, best[0])
        joined: Sentence = [lead, " In the share of councils joined, ", *found.text]
        return Statement(joined, found.claims)
    moves = facts.rows("moves")
    if moves:
        return _along(facts, moves[0], lead)
    return Statement([lead, " There is only one scenario, and so nothing to compare it with."])


def _taken_apart(facts: Facts, one: Explained, lead: Part) -> Statement:
    def of(group: str, column: str) -> Number:
        return Number("attribution", (one.name, group), column, "points")

    groups = [part.group for part in one.parts]
    first = groups[0]
    shown = groups if len(groups) <= MOST_GROUPS + 1 else groups[:MOST_GROUPS]
    key = (one.name,)
    what: Sentence = ["the share of councils joined"]
    if one.outcome != facts.outcome:
        what = ["“", Quote(outcome_text(one.outcome)), "”"]
    said: Sentence = [
        lead,
        " From “",
        facts.title(one.rows["from"].iloc[0]),
        "” to “",
        facts.title(one.rows["to"].iloc[0]),
        "” ",
        *what,
        " changes by ",
        of(first, "total"),
        " points (95% interval ",
        of(first, "total_low"),
        " to ",
        of(first, "total_high"),
        ", from ",
        Number("attribution", (one.name, first), "seeds", "count"),
        " futures), of which the model puts ",
        *listed_parts(
            [[of(group, "attributed"), " down to “", Quote(group), "”"] for group in shown]
        ),
    ]
    if len(shown) < len(groups):
        said.append(", and the rest for other settings")
    if one.tied:
        said.append("; the first two cannot be told apart")
        return Statement([*said, "."], (Claim("cannot be told", key),))
    return Statement([*said, "."])


def _along(facts: Facts, row: Row, lead: Part) -> Statement:
    """Say how the share moves along a curve, where there is nothing else to compare."""
    curve = facts.experiment.curves[row["curve"]]
    key = (row["curve"], row["scenario"])

    def of(column: str, form: str = "points") -> Number:
        return Number("moves", key, column, form)

    said: Sentence = [
        lead,
        " With “",
        Quote(curve.label or meaning(curve.setting)),
        "” at ",
        of("to", "plain"),
        " instead of ",
        of("from", "plain"),
        ", ",
    ]
    change: Sentence = [
        of("difference"),
        " points (95% interval ",
        of("low"),
        " to ",
        of("high"),
        ")",
    ]
    match row["verdict"]:
        case "equal":
            said += ["no difference in any future in the share of councils joined"]
        case "hardly differs":
            said += ["hardly a difference in the share of councils joined: ", *change]
        case "cannot be told":
            said += ["a difference in the share of councils joined cannot be told: ", *change]
        case "not known":
            said += ["one future cannot tell a difference from luck"]
        case _:
            said += ["the share of councils joined differs by ", *change]
    return Statement([*said, "."], (Claim(row["verdict"], key),))


# ---------------------------------------------------------------- does it pay


def pays(facts: Facts) -> Statement:
    """Say what is saved, whether the money comes back, and what that would take."""
    lead: Sentence = [Strong("Does it pay?"), " "]
    names = [name for name in facts.chief if not facts.nothing_on_offer(name)]
    net = {name: facts.row(name, "net_saving_total_gbp_m") for name in names}
    known = {
        name: row for name, row in net.items() if row is not None and not math.isnan(row["median"])
    }
    if not known:
        return Statement([*lead, "No money is counted."])
    if all(row["q05"] == row["q95"] == 0.0 for row in known.values()):
        return Statement([*lead, "Nothing costs or saves any money here."])
    claims: list[Claim] = []
    enough = all(facts.trials(name) >= FEWEST_SEEDS for name in known)
    for word, column, sign, kind in (
        ("No: ", "q95", -1.0, "loses money"),
        ("Yes: ", "q05", 1.0, "gains money"),
    ):
        if enough and all(row[column] * sign > 0.0 for row in known.values()):
            lead.append(word)
            claims += [Claim(kind, (name,)) for name in known]  # type: ignore[arg-type]
    alone = facts.trials(next(iter(known))) == 1
    said: Sentence = [
        *lead,
        "by " if claims else "By ",
        facts.end,
        " the net saving" if alone else " the typical net saving",
        " of councils and programme together is ",
        *listed_parts(
            [
                [
                    facts.of(name, "net_saving_total_gbp_m", form="gbp_m"),
                    " under “",
                    facts.title(name),
                    "”",
                ]
                for name in known
            ]
        ),
        ", and the money put in is back in ",
        *several(
            facts, [facts.of(n, "payback_years", "reached_share") for n in known], " of futures"
        ),
    ]
    ratios = {name: facts.row(name, "break_even_ratio") for name in known}
    medians = {name: row["median"] for name, row in ratios.items() if row is not None}
    if medians and all(math.isfinite(value) for value in medians.values()):
        # Only where it would not at full use either: little use so far is no fault of the promise.
        beyond = all(value > 1.0 for value in medians.values()) and all(
            _ratio_within(facts, name, 1.0) > 1.0 for name in known
        )
        said += [
            "; even the full promise would not pay: "
            if beyond
            else "; at the pace at which spend moves here, ",
            "breaking even takes, of the saving promised, ",
            *_promise(facts, {n: facts.of(n, "break_even_ratio") for n in known}, medians),
        ]
        at_half = {name: _ratio_within(facts, name, 0.5) for name in known}
        if not beyond and all(math.isfinite(value) for value in at_half.values()):
            said += [
                "; were half of that spend moved from the opening on, ",
                *_promise(facts, {n: line(n, PURSE, 0.5, "ratio_within") for n in known}, at_half),
            ]
        if beyond:
            claims += [Claim("full promise does not pay", (name,)) for name in known]
    return Statement([*said, "."], tuple(claims))


def _promise(facts: Facts, of: Mapping[str, Number], values: Mapping[str, float]) -> Sentence:
    """Parts of a promise; of those beyond ten times the promise, how much beyond says nothing."""
    if max(values.values()) <= FAR:
        return several(facts, list(of.values()), "")
    if min(values.values()) > FAR:
        return [BEYOND, " under each" * (len(of) > 1)]
    return listed_parts([[of[name] if values[name] <= FAR else BEYOND] for name in of])


def _ratio_within(facts: Facts, scenario: str, used: float) -> float:
    """Part of the promise with which it pays for the public purse at this use; nan if not known."""
    row = facts.findings.row("payback_line", scenario, PURSE, used)
    return math.nan if row is None else float(str(row["ratio_within"]))


# ---------------------------------------------------------------- how sure are we


def how_sure(facts: Facts) -> Statement:
    """Say what the futures leave open, and what evidence does not pin down."""
    lead: Sentence = [Strong("How sure is this?"), " "]
    name = facts.chief[0]
    seeds = facts.headline(name, "seeds", "count")
    trials = facts.trials(name)
    claims: list[Claim] = []
    if trials == 1:
        said: Sentence = ["One future, or one draw of behaviour, cannot tell policy from luck"]
        claims.append(Claim("one future", (name,)))
    elif trials < FEWEST_SEEDS:
        of_draws: Sentence = []
        if facts.experiment.parameters.source != "point":
            of_draws = [", of ", facts.headline(name, "trials", "count"), " draws of behaviour,"]
        said = [seeds, " futures", *of_draws, " are too few to tell how far futures differ"]
    else:
        said = [*_precision(facts, name)]
    examined = [row for row in facts.rows("examined", versus="") if row["scenario"] in facts.chief]
    if not examined:
        said += [", and how far the answer rests on judgement was not tried out"]
    elif not any(row["driving"] for row in examined):
        said += [
            ", and no setting that evidence does not pin down moves the share joined by ",
            facts.in_force("prior_driven", "hundredths"),
            " points from one end to the other",
        ]
    else:
        said += [
            ", but judgement weighs more: of the settings that evidence does not pin down, ",
            *listed_parts(
                [
                    [
                        Number("examined", (row["scenario"], ""), "driving", "count"),
                        " can each" if row["driving"] > 1 else " can",
                        " move the share joined under “",
                        facts.title(row["scenario"]),
                        "” by ",
                        facts.in_force("prior_driven", "hundredths"),
                        " points or more from one end to the other",
                    ]
                    if number == 0
                    else [
                        Number("examined", (row["scenario"], ""), "driving", "count"),
                        " that under “",
                        facts.title(row["scenario"]),
                        "”",
                    ]
                    for number, row in enumerate(examined)
                ]
            ),
        ]
    said += ["; no figure says whether the rules of the model are right"]
    return Statement([*lead, *said, "."], tuple(claims))


def _precision(facts: Facts, name: str) -> Sentence:
    seeds = facts.headline(name, "seeds", "count")
    rows = [row for row in facts.rows("precision") if row["scenario"] in facts.chief]
    known = [row for row in rows if not math.isnan(row["reach"])]
    if not known:
        return [seeds, " futures were run"]
    worst = max(known, key=lambda row: row["reach"])
    reach = Number("precision", (worst["scenario"],), "reach", "points_plain")
    return [seeds, " futures pin the average share joined down to ±", reach, " points"]
