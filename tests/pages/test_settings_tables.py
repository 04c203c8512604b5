"""docs/settings.md has every setting once, with an example that a file may have."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from sim.evidence.basis import setting_bases
from sim.experiment.write import experiment_schema
from sim.pages.settings_tables import (
    EXAMPLES,
    PARTS,
    example,
    inner_table,
    own_settings,
    settings_tables,
)
from sim.present.blocks import plain
from sim.present.markdown import markdown
from sim.settings import AfterOpening, Experiment, Team
from tests.shared.folders import ROOT

SHOWN = [model for tables in PARTS.values() for _, model in tables]
ROWS = [(model, key) for model in SHOWN for key in own_settings(model)]


def tables_in(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield model
    for field in model.model_fields.values():
        inner = inner_table(field)
        if inner is not None:
            yield from tables_in(inner)


def test_every_kind_of_table_is_shown_once() -> None:
    assert len(set(SHOWN)) == len(SHOWN)
    # What a team may say is shown with the push, which is one.
    assert {*tables_in(Experiment), AfterOpening} == {*SHOWN, Team}  # it stands for a month
    (push,) = (model for model in SHOWN if model.__name__ == "Push")
    assert set(own_settings(Team)) <= set(own_settings(push))


@pytest.mark.parametrize(("model", "key"), ROWS, ids=[f"{m.__name__}.{k}" for m, k in ROWS])
def test_each_example_is_what_the_setting_takes(model: type[BaseModel], key: str) -> None:
    line = f"{key} = {example(key, own_settings(model)[key], model)}"
    table: dict[str, Any] = tomllib.loads(line)
    try:
        model.model_validate(table)
    except ValidationError as error:
        wrong = [entry["msg"] for entry in error.errors() if entry["loc"][:1] == (key,)]
        assert not wrong, f"{line}: {wrong}"


def test_no_example_is_of_a_setting_that_there_is_not() -> None:
    assert EXAMPLES.keys() <= {f"{model.__name__}.{key}" for model, key in ROWS}


def test_what_each_default_rests_on_is_said() -> None:
    """Each setting with a stated basis says so; names of facts lead to docs/evidence.md."""
    told = "".join(markdown(settings_tables(part)) for part in PARTS)
    for name, basis in setting_bases().items():
        if "teams" in name or "mandate" in name:
            continue
        assert any(
            line.startswith(f"| `{name.rpartition('.')[2]}` |")
            and f"| {basis.kind}" in line
            and all(f"`{fact.id}`" in line for fact in basis.facts)
            for line in told.splitlines()
        ), name


def test_the_word_that_only_files_have_is_told_as_in_the_schema() -> None:
    about = experiment_schema()["$defs"]["Scenario"]["properties"]["based_on"]["description"]
    assert about in plain([markdown(settings_tables("settings-question"))], {}).replace("\\", "")


def test_the_document_leads_to_each_of_its_parts() -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    headings = [line[3:] for line in text.splitlines() if line.startswith("## ")]
    for heading in headings:
        assert f"(#{heading.lower().replace(' ', '-')})" in text, heading
