"""Settings for docs/settings.md: every one with what is allowed, its default and an example.

Grouped as a reader thinks, not as files nest them; recipes stand beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from sim.evidence.basis import Basis, meaning, setting_bases, value_text
from sim.experiment.recipes import recipe
from sim.experiment.write import experiment_schema
from sim.files.problems import quoted, toml_value
from sim.files.shipped import RECIPES
from sim.pages.fact_table import fact_ids
from sim.present.blocks import Block, Code, Heading, Listing, Paragraph, Quote, Table, Text
from sim.settings import (
    AfterOpening,
    Behaviour,
    Case,
    Claim,
    Climate,
    Condition,
    CouncilChoice,
    Curve,
    Event,
    EventChange,
    Experiment,
    Explanation,
    Goal,
    Horizon,
    Ideas,
    Layers,
    Levers,
    Mandate,
    Network,
    Offer,
    OtherNetworks,
    Outcomes,
    Parameters,
    Push,
    Scenario,
    Scope,
    Search,
    Seeds,
    Sensitivity,
    Structures,
    Supply,
    Sweep,
    Traits,
    Varied,
)
from sim.settings.location import expected, is_model, keys, unwrap

HEADER = ("Setting", "What it says", "Allowed", "Default", "Rests on", "Example")
# Tables by the part of the document that they stand in, each with its header in a file.
PARTS: Mapping[str, tuple[tuple[str, type[BaseModel]], ...]] = MappingProxyType(
    {
        "settings-question": (
            ("At the top of the file", Experiment),
            ("[scenarios.NAME]", Scenario),
        ),
        "settings-councils": (
            ("[councils]", CouncilChoice),
            ("[network]", Network),
            ("[network.layers]", Layers),
            ("[traits]", Traits),
        ),
        "settings-offers": (
            ("[scenarios.NAME.offers.OFFER]", Offer),
            ("[scenarios.NAME.offers.OFFER.scope]", Scope),
        ),
        "settings-push": (
            ("[scenarios.NAME.push]", Push),
            ("[scenarios.NAME.push.mandate]", Mandate),
        ),
        "settings-events": (
            ("[[scenarios.NAME.events]]", Event),
            ("{ months_after_opening = 24 }, in place of a month", AfterOpening),
            ("[scenarios.NAME.events.change]", EventChange),
            ("[climate]", Climate),
        ),
        "settings-behaviour": (("[behaviour]", Behaviour),),
        "settings-runs": (
            ("[horizon]", Horizon),
            ("[seeds]", Seeds),
            ("[parameters]", Parameters),
        ),
        "settings-outcomes": (
            ("[outcomes]", Outcomes),
            ("[curves.NAME]", Curve),
            ("[explain.NAME]", Explanation),
            ("[sensitivity]", Sensitivity),
            ("[ideas]", Ideas),
            ("[structures]", Structures),
            ("[claims.NAME]", Claim),
            ("[other_networks]", OtherNetworks),
            ("[supply]", Supply),
            ("[levers]", Levers),
            ("[sweep.NAME]", Sweep),
            ("[sweep.NAME.levers.SETTING]", Varied),
            ("[sweep.NAME.boxes.CASE]", Case),
            ("[[sweep.NAME.boxes.CASE.when]]", Condition),
            ("[search.NAME]", Search),
            ("[[search.NAME.goals]]", Goal),
        ),
    }
)
# Examples of what has no default, or one that shows nothing.
EXAMPLES: Mapping[str, str] = MappingProxyType(
    {
        "Experiment.title": '"A duty or a choice?"',
        "Experiment.question": '"Would a duty bring more councils in than a better offer?"',
        "Experiment.base": '"as_planned"',
        "Experiment.together": '[["low", "high"]]',
        "Experiment.caveats": '["Costs are estimates."]',
        "Scenario.title": '"As planned"',
        "Scenario.stands_for": '"One shared platform, offered from May."',
        "Scenario.evidence": '["The fee, by the published tariff."]',
        "Scenario.assumptions": '["The number of visits."]',
        "Scenario.programme": '"notify"',
        "Scenario.fixed_settings": '["behaviour.saving_weight"]',
        "CouncilChoice.nations": '["Scotland"]',
        "CouncilChoice.regions": '["North West", "Glasgow City Region"]',
        "CouncilChoice.types": '["unitary", "scottish_unitary"]',
        "CouncilChoice.codes": '["Fife", "S12000020"]',
        "CouncilChoice.draw": "32",
        "CouncilChoice.synthetic": "1000",
        "Network.kind": '"complete"',
        "Network.cross_border_contacts": "4",
        "Network.shuffled": '"places"',
        "Network.edge_probability": "0.1",
        "Network.edge_list": '"ties.csv"',
        "Offer.launched": '"2018-02"',
        "Offer.opens": '"2018-05"',
        "Offer.annual_fee_gbp_m": "0.02",
        "Offer.joining_cost_gbp_m": "0.1",
        "Offer.switching_cost_years": "1.5",
        "Offer.approval_months": "3",
        "Offer.migration_months": "12",
        "Offer.security_gain": "0.3",
        "Offer.shared_fate": "0.1",
        "Offer.economies_of_scale": "0.2",
        "Offer.scale_max_population": "100000",
        "Offer.initial_members": '["Fife", "Moray"]',
        "Offer.pledge_share": "0.5",
        "Offer.joining_effort_months": "6.0",
        "Offer.served_share": "0.3",
        "Offer.stream": "1",
        "Scope.nations": '["Scotland"]',
        "Scope.regions": '["Island councils"]',
        "Scope.types": '["county", "district"]',
        "Scope.codes": '["Fife", "Moray"]',
        "Scope.ends": '"2023-04"',
        "Push.starts": '"2018-05"',
        "Push.ends": '"2021-04"',
        "Push.visits_per_month": "6.0",
        "Push.visits_per_council_per_year": "2.25",
        "Push.launch_contact": "0.5",
        "Push.codesign": "0.5",
        "Push.subsidy_share": "0.5",
        "Push.refuser_calls_per_quarter": "2",
        "Push.review_months": "24",
        "Push.annual_cost_gbp_m": "1.0",
        "Push.fixed_cost_gbp_m": "0.3",
        "Push.cost_per_visit_gbp_m": "0.002",
        "Push.annual_budget_gbp_m": "1.5",
        "Mandate.starts": '"2021-01"',
        "Mandate.ends": "{ months_after_opening = 60 }",
        "Event.date": '"2020-04"',
        "AfterOpening.months_after_opening": "24",
        "AfterOpening.offer": '"platform"',
        "Event.label": '"The team is doubled."',
        "Event.breach": '["Fife"]',
        "EventChange.offers": "{ main = { depth = 0.2 } }",
        "EventChange.push": "{ visits_per_month = 12.0 }",
        "EventChange.climate": "{ severe_share = 0.4 }",
        "Traits.pressure_scale": "0.0",
        "Behaviour.liquidity": "0.5",
        "Behaviour.contact_weight": "0.5",
        "Behaviour.coordination": "0.1",
        "Behaviour.waiting": "0.2",
        "Behaviour.contract_binding_share": "0.5",
        "Behaviour.pressure_starving": "1.0",
        "Behaviour.tie_threshold_share": "0.3",
        "Behaviour.depth_risk": "1.0",
        "Behaviour.dominance_weight": "0.5",
        "Behaviour.effort_weight": "0.5",
        "Behaviour.foresight_share": "0.5",
        "Behaviour.leave_with_others_per_month": "0.01",
        "Horizon.starts": '"2018-01"',
        "Horizon.ends": '"2025-12"',
        "Parameters.source": '"prior"',
        "Parameters.fit": '"my_fit"',
        "Curve.title": '"What effort buys"',
        "Curve.setting": '"push.visits_per_council_per_year"',
        "Curve.label": '"Visits for each council and year"',
        "Curve.group": '"Scotland"',
        "Curve.values": "[0.5, 1.0, 2.0, 4.0]",
        "Curve.scenarios": '["as_planned"]',
        "Explanation.title": '"Offer or effort"',
        "Explanation.from": '"as_planned"',
        "Explanation.to": '"half_paid"',
        "Explanation.outcome": '"joined_share_60m"',
        "Explanation.groups": '{ "The offer" = ["offers"], "The effort" = ["push"] }',
        "Sensitivity.scenarios": '["as_planned"]',
        "Ideas.scenarios": '["as_planned"]',
        "Structures.scenarios": '["as_planned"]',
        "Claim.says": '"Half the fee brings many more councils in."',
        "Claim.test": '"more"',
        "Claim.outcome": '"joined_share_60m"',
        "Claim.scenario": '"half_paid"',
        "Claim.than": '"as_planned"',
        "Claim.scenarios": '["half_paid", "as_planned"]',
        "Claim.figure": "0.5",
        "Claim.by": "0.1",
        "Claim.curve": '"effort"',
        "Claim.idea": '"network"',
        "Supply.seeds": "200",
        "Supply.scenarios": '["as_planned"]',
        "Levers.seeds": "20",
        "Levers.scenarios": '["as_planned"]',
        "Sweep.title": '"Effort or terms"',
        "Sweep.scenarios": '["as_planned"]',
        "Sweep.table": '"points.csv"',
        "Sweep.outcomes": '["joined_share_60m", "use_share_60m"]',
        "Sweep.series": '["joined_share"]',
        "Sweep.constants": '{ "push.codesign" = 0.5 }',
        "Case.title": '"the programme dies"',
        "Case.share": "0.5",
        "Condition.outcome": '"cancelled"',
        "Condition.below": "0.05",
        "Condition.at_least": "1.0",
        "Search.title": '"What would bring three quarters in?"',
        "Search.scenario": '"as_planned"',
        "Search.constants": '{ "offers.main.depth" = 0.3 }',
        "Goal.outcome": '"joined_share_60m"',
        "Goal.at_least": "0.75",
        "Varied.low": "1.0",
        "Varied.high": "12.0",
        "Varied.steps": "5",
        "Varied.values": '["central", "sector"]',
    }
)


def settings_tables(part: str) -> list[Block]:
    """Lay out one part of the settings: a table of each of its tables."""
    blocks: list[Block] = []
    for header, model in PARTS[part]:
        rows = [_row(key, field, model) for key, field in own_settings(model).items()]
        if model is Scenario:
            rows.insert(0, _based_on())
        title = Code(header) if header.startswith("[") else header
        blocks += [Heading(3, title), Table(HEADER, rows)]
    return blocks


def own_settings(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Settings of a table by their keys, without the tables in it."""
    return {key: field for key, field in keys(model).items() if not inner_table(field)}


def inner_table(field: FieldInfo) -> type[BaseModel] | None:
    """Return the kind of table that a field holds, alone, by names or as a list, if any."""
    annotation, _ = unwrap(field.annotation)
    if get_origin(annotation) in (dict, list):
        annotation, _ = unwrap(get_args(annotation)[-1])
    return annotation if is_model(annotation) else None


def example(key: str, field: FieldInfo, model: type[BaseModel]) -> str:
    """Write a value of a setting as a file has it: the default, where that shows something."""
    name = f"{model.__name__}.{key}"
    if name in EXAMPLES:
        return EXAMPLES[name]
    if isinstance(field.default, bool):
        return toml_value(not field.default)
    if field.default in (None, PydanticUndefined, 0):
        raise LookupError(f"{name} has no default that shows something, and no example")
    if isinstance(field.default, str):
        choices = get_args(unwrap(field.annotation)[0])
        return quoted(next((one for one in choices if one != field.default), field.default))
    return toml_value(field.default)


def _row(key: str, field: FieldInfo, model: type[BaseModel]) -> list[Text]:
    annotation, limits = unwrap(field.annotation, field.metadata)
    basis = _bases().get((model, key))
    unit = basis.unit if basis else ""
    return [
        Code(key),
        Quote(meaning(field)),
        Quote(expected(annotation, limits, unit)),
        _default(field),
        _basis(basis),
        Code(f"{key} = {example(key, field, model)}"),
    ]


def _based_on() -> list[Text]:
    """Lay out the one word of a scenario that is gone when the file is read."""
    about = experiment_schema()["$defs"]["Scenario"]["properties"]["based_on"]["description"]
    allowed = expected(str)
    return [Code("based_on"), Quote(about), allowed, "", "a choice", Code('based_on = "other"')]


def _default(field: FieldInfo) -> Text:
    if field.is_required():
        return "none: it must be given"
    default: Any = field.default
    if default in (None, "", [], {}):
        return ""
    return Code(value_text(default) if isinstance(default, float) else toml_value(default))


def _basis(basis: Basis | None) -> Text:
    """Say what a default rests on: its kind, then its facts."""
    if basis is None:
        return "a choice"
    kind = Quote(basis.kind)
    return [kind, ": ", *fact_ids(basis.facts)] if basis.facts else kind


def _bases() -> dict[tuple[type[BaseModel], str], Basis]:
    """Bases by table and key; what stands in several places has the same everywhere."""
    found = setting_bases()
    places: dict[str, type[BaseModel]] = {
        "behaviour": Behaviour,
        "climate": Climate,
        "network": Network,
        "network.layers": Layers,
        "offers": Offer,
        "push": Push,
        "traits": Traits,
    }
    return {
        (places[path], key): basis
        for name, basis in found.items()
        for path, _, key in [name.rpartition(".")]
        if path in places
    }


def recipe_list() -> list[Block]:
    """Show every recipe with what it is for, as it stands in a file."""
    blocks: list[Block] = []
    for name in RECIPES:
        one = recipe(name)
        blocks += [Heading(3, Code(name)), Paragraph(Quote(one.about)), Listing(one.text)]
    return blocks
