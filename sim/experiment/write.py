"""Experiments as text: written out in full, as a template, and their format as JSON Schema."""

from __future__ import annotations

from typing import Any

from sim import settings
from sim.files.problems import quoted, toml_key, toml_value
from sim.settings.plain_errors import DEFAULT_TABLES

NAMES = {"pattern": "^[a-z0-9_]{1,40}$"}
SCHEMA_LINE = "#:schema ./experiment.schema.json"


def to_toml(experiment: settings.Experiment) -> str:
    """Write a resolved experiment as TOML, every setting with its value.

    `load_experiment` reads it back to an equal experiment, on any day: no programme is looked
    up again.
    """
    table = experiment.model_dump(mode="json", exclude_none=True, by_alias=True)
    rows = [
        "# Every setting of the experiment as it was resolved.",
        "# Scenarios are complete: names of programmes are only labels here.",
        "resolved = true",
        *_rows((), table),
    ]
    return "\n".join(rows) + "\n"


def _rows(path: tuple[str, ...], table: dict[str, Any]) -> list[str]:
    """Write a table: first its values, since what follows a header belongs to it."""
    inner = {key: value for key, value in table.items() if isinstance(value, dict)}
    rows = [
        f"{toml_key([key])} = {toml_value(value)}"
        for key, value in table.items()
        if key not in inner
    ]
    if path and (rows or not inner):
        rows = ["", f"[{toml_key(path)}]", *rows]
    for key, value in inner.items():
        rows += _rows((*path, key), value)
    return rows


# ---------------------------------------------------------------- schema


def experiment_schema() -> dict[str, Any]:
    """Return the JSON Schema of the file format, for completion and checks in an editor."""
    schema = settings.Experiment.model_json_schema()
    tables = schema["$defs"]
    for key, model in DEFAULT_TABLES.items():
        schema["properties"][key] = {
            "$ref": f"#/$defs/{model.__name__}",
            "description": "For all scenarios, unless they say otherwise.",
        }
    schema["properties"]["resolved"] = {
        "type": "boolean",
        "description": "Written by the simulator: names of programmes are only labels.",
    }
    tables["Scenario"]["properties"]["based_on"] = {
        "type": "string",
        "description": "Another scenario of this file, from which all settings are taken that "
        "are not given here.",
    }
    # What a scenario needs may come from the one it is based on, or from its programme.
    for name in ("Scenario", "Offer", "Mandate"):
        tables[name].pop("required", None)
    changes = tables["EventChange"]["properties"]
    changes["offers"]["additionalProperties"] = {"$ref": "#/$defs/Offer"}
    for key, name in (("push", "Push"), ("climate", "Climate")):
        text = "Settings that change."
        changes[key] = {"$ref": f"#/$defs/{name}", "description": text}
    for properties, key in (
        (schema["properties"], "scenarios"),
        (schema["properties"], "curves"),
        (schema["properties"], "explain"),
        (schema["properties"], "sweep"),
        (tables["Scenario"]["properties"], "offers"),
    ):
        properties[key]["propertyNames"] = NAMES
    about = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "experiment.schema.json",
        "title": "Experiment",
        "description": "A question, its scenarios, and how often they are simulated.",
    }
    plain: dict[str, Any] = _simplified({**schema, **about})
    return {**about, **{key: plain[key] for key in sorted(plain) if key not in about}}


def _simplified(schema: Any) -> Any:
    """Leave out what a TOML file cannot say (null) and defaults that are whole tables."""
    if isinstance(schema, list):
        return [_simplified(entry) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _simplified(value) for key, value in schema.items()}
    branches = found.get("anyOf")
    if isinstance(branches, list):
        branches = [branch for branch in branches if branch != {"type": "null"}]
        if len(branches) == 1:
            del found["anyOf"]
            found = {**branches[0], **found}
        else:
            found["anyOf"] = branches
    if found.get("default") is None or isinstance(found["default"], dict):
        found.pop("default", None)
    # That a table may hold anything goes without saying; only newer versions of pydantic say it.
    if found.get("additionalProperties") is True:
        del found["additionalProperties"]
    return found


# ---------------------------------------------------------------- template


def template(name: str) -> str:
    """Write a small experiment that works, to be filled in; `name` becomes its title."""
    title = quoted(name.replace("_", " ").strip().capitalize() or "An experiment")
    return _TEMPLATE.replace("TITLE", title)


_TEMPLATE = f"""\
{SCHEMA_LINE}
# Lines that begin with # are notes for you; the simulator passes over them.
# Text stands in "quotation marks", numbers do not; a share is a number from 0 to 1.

title = TITLE  # heads the report
question = "Would more Scottish councils join if moving were cheaper?"  # what you ask
base = "as_planned"  # the scenario that the others are compared with

[horizon]  # the months that are simulated
starts = "2018-01"  # first month, as "YYYY-MM"
ends = "2025-12"  # last month, included

[seeds]  # how many futures are simulated of each scenario
count = 50  # more of them make results steadier, and take longer

[outcomes]  # what the report leads with
months_since_opening = [12, 24, 60]  # results are given so many months after the opening
headline_months = 60  # the most important one of these

[councils]  # who takes part; stands here, outside the scenarios, and so holds for all of them
nations = ["Scotland"]  # "England", "Scotland" or both

# ---- the first scenario

[scenarios.as_planned]  # its short name: small letters, figures and _
title = "As planned"  # its name in tables and pictures
stands_for = "One shared platform, offered from May 2018."  # what it is, for the reader
evidence = []  # which of its figures rest on records, each as "text"
assumptions = ["All figures are examples."]  # which do not

[scenarios.as_planned.offers.platform]  # what councils are asked to join
opens = "2018-05"  # first month in which they can join
owner = "sector"  # who owns it: "central", "sector" or "peer" (another council)
depth = 0.5  # control given up, from 0 (none) to 1 (all)
addressed_share = 0.25  # part of IT spend that it is for
promised_saving_share = 0.2  # saving promised, of that part
switching_cost_years = 1.0  # cost of moving, in years of what that part costs
annual_fee_gbp_m = 0.0  # fee of a member, £m a year
needs_procurement = "use"  # do contracts bind? "no", "use" (for using it), "yes" (for joining)
migration_months = 6  # months from joining to using it

[scenarios.as_planned.push]  # what is done to bring councils in
visits_per_council_per_year = 1.0  # calls of the team on each council; recorded nowhere: assume
codesign = 0.5  # how far councils shape the offer, from 0 to 1
annual_cost_gbp_m = 1.0  # cost of the programme itself, £m a year

# ---- the second scenario: only what differs from the first

[scenarios.half_paid]  # its short name
based_on = "as_planned"  # takes all else from there
title = "Half of the cost paid"  # its name in tables and pictures
stands_for = "The same, but the programme pays half the cost of moving."  # what it is

[scenarios.half_paid.push]  # what is not said here stays as in the first
subsidy_share = 0.5  # part of joining and switching cost that the programme pays
"""
