"""Settings of a scenario as readers see them: what each means, and its value in words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel

from sim.files.words import listed, plural
from sim.model.councils import load_councils
from sim.model.world import chosen_councils
from sim.present.words import KINDS, month_name
from sim.settings import (
    AfterOpening,
    CouncilChoice,
    Event,
    Scenario,
    Scope,
    Team,
    about_setting,
    month_of,
    month_text,
)
from sim.settings.location import find_location

# Names in plain words, where that of the setting is a formula or leans on its neighbours.
PLAIN = {
    "addressed_share": "part of IT spend that it is about",
    "abandon_depth_per_month": "further chance of giving up, more the deeper the offer",
    "annual_budget_gbp_m": "budget for teams, visits and subsidies",
    "annual_cost_gbp_m": "cost of running the programme, beside teams and visits",
    "attention_base_per_month": "habit of looking at offers with no prompting",
    "autonomy_concentration": "how alike councils are in their wish for autonomy",
    "autonomy_weight": "how much a council minds giving up control",
    "border": "weight of neighbours",
    "codesign": "how far councils shaped it, from 0 to 1",
    "codes": "taking part",
    "contract_sigma": "how much contracts differ in length",
    "coordination": "red tape, more the more councils one deal needs",
    "cross_border": "weight of neighbours in the other nation",
    "degree": "ties of each council, in a generated network",
    "economies_of_scale": "further saving when all spend is in",
    "edge_list": "file that says who listens to whom",
    "edge_probability": "chance of each tie, in a random network",
    "incident_rate_per_month": "cyber incidents at each council",
    "isolation_allowed": "may a council listen to nobody",
    "kind": "kind of network",
    "launch_contact": "contact with all councils at opening, from 0 to 1",
    "launched": "announced",
    "leave_regret_per_month": "leaving, more the more it is regretted",
    "minimum_share": "share of councils below which a review cancels it",
    "national": "weight of people met at national bodies",
    "needs_procurement": "contracts bind",
    "opens": "opens to councils",
    "owner": "owned by",
    "pilot": "is it a pilot",
    "reactance": "resistance to being obliged or pressed",
    "realised_ratio": "part of the promised saving that comes true",
    "realised_ratio_sd": "how much that part differs between councils",
    "refuser_calls_per_quarter": "calls a quarter on a council that has refused",
    "rewiring": "share of ties rewired, in a small-world network",
    "review_months": "review after opening",
    "security_gain": "fewer incidents at full use",
    "severe_cost_sigma": "how much severe incidents differ in cost",
    "shared_fate": "chance that a severe breach at one member reaches another",
    "similar": "weight of councils of the same kind and size",
    "tier": "weight of a county and its districts",
    "waiting": "waiting for others to go first",
    "worry_attention_per_month": "considering it out of worry about attacks",
    "worry_listener": "worry at a council that hears of a breach",
    "worry_weight": "weight of worry about attacks",
}
WORDS = {
    "central": "central government",
    "sector": "the councils' own sector",
    "peer": "another council",
    "layers": "real ties",
    "edge_list": "from a file",
}
CONTRACTS = {"no": "no", "use": "for the routing of spend", "yes": "for joining, too"}
NONE = "none"
# What is said of a setting by which nothing is done, and of a scope that leaves out nobody.
NOTHINGS = (NONE, "no", "0", "0%", "£0", "£0 a year", "0 months", "0 years", "all that take part")
NEVER = {"offers": "not on offer", "event": "this does not happen"}


class Said(NamedTuple):
    """A setting in words.

    Attributes
    ----------
    name
        Dotted, as in a file.
    about
        What it is part of: councils, an offer, the push and so on.
    meaning, value
        Such as "fee of a member" and "£0.03m a year".
    basis
        What kinds of figure it rests on.
    """

    name: str
    about: str
    meaning: str
    value: str
    basis: str


def meaning(setting: str) -> str:
    """What a setting is, in words; `setting` is its dotted name in a scenario."""
    location = find_location(Scenario, setting.split("."))
    return _meaning(location.model, location.name)


def _meaning(model: type[BaseModel], name: str) -> str:
    if name in PLAIN:
        return PLAIN[name]
    text = re.split(r"\. |; | \(|: ", model.model_fields[name].description or "")[0].rstrip(".")
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def _basis(model: type[BaseModel], name: str) -> str:
    about = about_setting(model.model_fields[name])
    kind = about.get("basis", "choice" if not about else "assumption")
    return f"{kind}: {about['source']}" if "source" in about else kind


# ---------------------------------------------------------------- values


def value_words(model: type[BaseModel], name: str, value: Any) -> str:
    """Write the value of a setting with its unit."""
    if value is None:
        return NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name in ("launched", "opens", "starts", "ends", "date"):
        return _month(value)
    if name == "initial_members":
        return _members(value)
    if name == "needs_procurement":
        return CONTRACTS[value]
    if isinstance(value, str):
        return WORDS.get(value, value if name == "edge_list" else value.replace("_", " "))
    if isinstance(value, list):
        return listed([str(entry) for entry in value]) or NONE
    return _with_unit(float(value), about_setting(model.model_fields[name]).get("unit", ""))


def _with_unit(value: float, unit: str) -> str:
    number = _digits(abs(value))
    sign = "−" if value < 0 else ""
    if unit.startswith("£m"):
        if not value:
            return f"£0{unit.removeprefix('£m')}"
        return f"{sign}£{number}m{unit.removeprefix('£m')}"
    if unit in ("share", "share a year"):
        return f"{sign}{_digits(100 * abs(value))}%{unit.removeprefix('share')}"
    if unit in ("per month", "per year"):
        return f"{sign}{number} a {unit.removeprefix('per ')}"
    if unit in ("months", "years"):
        noun = unit if value != 1 else unit.removesuffix("s")
        return f"{sign}{number} {noun}"
    return sign + number


def _digits(size: float) -> str:
    """All digits of a number, so that no two that differ read the same."""
    return f"{round(size, 12):,.15g}" if size < 1e12 else f"{size:.15g}"


def _members(value: float | list[str]) -> str:
    if isinstance(value, list):
        return listed(names_of(value)) or NONE
    if not value:
        return NONE
    return f"{_digits(100 * value)}% of councils" if value < 1 else plural(int(value), "council")


def names_of(councils: Sequence[str]) -> list[str]:
    """Names of councils that may be given by their codes."""
    known = dict(zip(load_councils().gss_code, load_councils().name, strict=True))
    return [known.get(code, code) for code in councils]


def scope_words(scope: Scope | CouncilChoice) -> str:
    """Say to which councils something applies."""
    regions = scope.regions if isinstance(scope, CouncilChoice) else None
    some: list[str] = []
    if scope.codes is not None:
        some.append(listed(names_of(scope.codes)))
    if scope.types is not None:
        some.append(listed([KINDS[kind] for kind in scope.types]))
    some += [listed([str(place) for place in p]) for p in (regions, scope.nations) if p is not None]
    covered = ", in ".join(some) or "all that take part"
    ends = scope.ends if isinstance(scope, Scope) else None
    return covered if ends is None else f"{covered}, until {_month(ends)}"


def _month(when: int | AfterOpening) -> str:
    return month_name(month_text(month_of(when)))


def councils_words(choice: CouncilChoice) -> str:
    """Say which councils take part, and how many."""
    if choice.synthetic is not None:
        some = plural(choice.synthetic, "made-up council")
    else:
        everyone = chosen_councils(choice.model_copy(update={"draw": None}), seed=0)
        where = scope_words(choice).replace("all that take part", "England and Scotland")
        some = f"{where} ({plural(len(everyone), 'council')})"
    if choice.draw is None:
        return some
    return f"{choice.draw} in each future, drawn afresh from {some}"


def _effort(team: Team) -> str:
    """Say how much a team does; both measures are one setting."""
    if team.visits_per_council_per_year is not None:
        return f"{_digits(team.visits_per_council_per_year)} a year to each council"
    if team.visits_per_month:
        return f"{_digits(team.visits_per_month)} a month by the whole team"
    return NONE


# ---------------------------------------------------------------- a scenario


def said_of(scenario: Scenario) -> dict[str, Said]:
    """Every setting of a scenario in words, by its dotted name.

    Where a setting has no effect by itself, it stands with the one that gives it its sense: both
    measures of effort are one, a duty is told with its month and its councils, and a network that
    is built from real ties has no settings of other kinds.
    """
    scenario = scenario.in_calendar()
    found = [
        Said("councils", "councils", "taking part", councils_words(scenario.councils), ""),
        *_offers(scenario),
        *_push(scenario),
        *(said for event in scenario.events for said in _event(event)),
        *_plain("climate", "around all councils", scenario.climate),
        *_plain("network", "who listens to whom", scenario.network),
        *_plain("network.layers", "who listens to whom", scenario.network.layers),
        *_plain("behaviour", "how councils behave", scenario.behaviour),
        *_plain("traits", "what councils are like", scenario.traits),
        *(
            Said(f"fixed: {name}", "doubt", f"{meaning(name)} ({name})", "held at one value", "")
            for name in scenario.fixed_settings
        ),
    ]
    return {said.name: said for said in found}


def said_of_table(name: str, table: BaseModel) -> list[Said]:
    """Every setting of a table of the experiment that holds for all scenarios, in words."""
    return list(_plain(name, name, table))


def _plain(prefix: str, about: str, part: BaseModel, without: Sequence[str] = ()) -> Iterator[Said]:
    """Settings of a table that are plain values."""
    model = type(part)
    for name in model.model_fields:
        value = getattr(part, name)
        if name in without or isinstance(value, BaseModel | dict):
            continue
        yield Said(
            f"{prefix}.{name}",
            about,
            _meaning(model, name),
            value_words(model, name, value),
            _basis(model, name),
        )


def _offers(scenario: Scenario) -> Iterator[Said]:
    several = len(scenario.offers) > 1
    for name, offer in scenario.offers.items():
        # One offer is the offer, whatever its name.
        key, about = f"offers.{name}", f"offer “{name}”" if several else "the offer"
        dated = offer.model_copy(update={"launched": offer.launched or offer.opens})
        yield from _plain(key, about, dated)
        yield Said(f"{key}.scope", about, "open to", scope_words(offer.scope), "choice")


def _push(scenario: Scenario) -> Iterator[Said]:
    push, about = scenario.push, "the push"
    measures = ("visits_per_month", "visits_per_council_per_year")
    duty = NONE
    if push.mandate is not None:
        duty = f"from {_month(push.mandate.starts)}, "
        if push.mandate.ends is not None:
            duty += f"until {_month(push.mandate.ends)}, "
        duty += f"for {scope_words(push.mandate.scope)}"
    yield Said("push.mandate", about, "legal duty to join", duty, "choice")
    yield Said("push.visits", about, "visits", _effort(push), _basis(Team, measures[0]))
    yield Said("push.scope", about, "councils visited", scope_words(push.scope), "choice")
    yield from _plain("push", about, push, (*measures, "mandate", "review_months"))
    review = NONE
    if push.review_months is not None:
        bar = f"{_digits(100 * push.minimum_share)}%"
        review = f"{plural(push.review_months, 'month')}, ending it if fewer than {bar} have joined"
    yield Said("push.review_months", about, PLAIN["review_months"], review, "choice")
    for name, team in push.teams.items():
        key, of_team = f"push.teams.{name}", f"further team “{name}”"
        yield Said(f"{key}.visits", of_team, "visits", _effort(team), _basis(Team, measures[0]))
        yield Said(f"{key}.scope", of_team, "councils visited", scope_words(team.scope), "choice")
        yield from _plain(key, of_team, team, measures)


def _event(event: Event) -> Iterator[Said]:
    """What happens at a date: each breach and each setting that changes from then on."""
    starts = _month(event.date)
    label = f" (“{event.label}”)" if event.label else ""
    key = f"event {month_text(month_of(event.date))}"
    about = "events"
    if event.breach:
        struck = listed(names_of(event.breach))
        yield Said(
            f"{key} breach", about, f"in {starts}, severe breach{label} at", struck, "choice"
        )
    changes: dict[str, Any] = {
        **{f"offers.{name}": changed for name, changed in event.change.offers.items()},
        "push": event.change.push,
        "climate": event.change.climate,
    }
    told = False
    for path, value in _leaves(changes):
        told = True
        name = ".".join(path)
        words, said = _event_value(path, value)
        yield Said(f"{key} {name}", about, f"from {starts}{label}, {words}", said, "choice")
    if not event.breach and not told:
        yield Said(f"{key}{label}", about, f"in {starts}", event.label or "nothing", "choice")


def _event_value(path: tuple[str, ...], value: Any) -> tuple[str, str]:
    """Setting that an event changes, and its new value, in words."""
    if path[-1] in ("nations", "types", "codes") and isinstance(value, list):
        scope = Scope.model_validate({path[-1]: value})
        return {"offers": "open to", "push": "visits or duty for"}[path[0]], scope_words(scope)
    location = find_location(Scenario, path)
    words = _meaning(location.model, location.name)
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d", value):
        return words, month_name(value)
    return words, value_words(location.model, location.name, value)


def _leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, dict):
        for key, entry in value.items():
            yield from _leaves(entry, (*path, *str(key).split(".")))
    else:
        yield path, value


def alike_named(scenario: Scenario, other: Scenario) -> Scenario:
    """Call the one offer of a scenario as the one of another, since its name changes nothing."""
    if len(scenario.offers) == len(other.offers) == 1:
        (name,) = other.offers
        (offer,) = scenario.offers.values()
        return scenario.model_copy(update={"offers": {name: offer}})
    return scenario


def is_nothing(said: Said) -> bool:
    """Does a setting say that something is not done?"""
    return said.value in NOTHINGS
