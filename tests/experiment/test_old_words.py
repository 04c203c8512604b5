"""Files of the version before say some things in other words, and still mean the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.experiment.load import load_experiment
from sim.experiment.write import to_toml
from sim.files.problems import BadInput
from tests.shared.experiments import SMALL, written

TWO = """
[scenarios.two]
programme = "scottish_framework"
councils = { nations = ["Scotland"] }
STREAM
"""
NEW = {
    "[sensitivity]": "[doubt]",
    "seeds_per_draw": "lucks",
    "fixed_settings": "held",
    "stream": "luck",
}
TEXT = (
    SMALL.replace("[sensitivity]", "[parameters]\nseeds_per_draw = 4\n\n[sensitivity]")
    + 'fixed_settings = ["behaviour.temperature"]\n'
    + "[scenarios.drawn.offers.main]\nstream = 7\n"
)


def in_old_words(text: str) -> str:
    for new, old in NEW.items():
        assert new in text
        text = text.replace(new, old)
    return text


def test_a_file_in_old_words_is_the_same_experiment_and_each_word_is_named(tmp_path: Path) -> None:
    said: list[str] = []
    new = load_experiment(written(tmp_path, TEXT), say=said.append)
    assert not said
    old = load_experiment(written(tmp_path, in_old_words(TEXT), "old.toml"), say=said.append)
    assert old == new
    assert len(said) == len(NEW)
    for word, line in (("doubt", "sensitivity"), ("lucks", "seeds_per_draw"), ("luck", "stream")):
        assert any(f"{word} is now called {line}" in told for told in said), (word, said)
    assert all("old.toml, line " in told for told in said)


def test_results_kept_by_the_version_before_still_load(tmp_path: Path) -> None:
    new = load_experiment(written(tmp_path, TEXT))
    kept = in_old_words(to_toml(new))
    assert load_experiment(written(tmp_path, kept, "experiment.toml")) == new


def test_changes_on_the_command_line_know_old_words_too(tmp_path: Path) -> None:
    path = written(tmp_path, TEXT)
    said: list[str] = []
    changes = (
        "doubt.seeds=4",
        "parameters.lucks=6",
        "scenarios.drawn.offers.main.luck=9",
        'scenarios.framework.held=["behaviour.intercept"]',
        "doubt={seeds=8}",
    )
    of = load_experiment(path, changes, say=said.append)
    assert of.sensitivity.seeds == 8
    assert of.parameters.seeds_per_draw == 6
    assert next(iter(of.scenarios["drawn"].offers.values())).stream == 9
    assert of.scenarios["framework"].fixed_settings == ["behaviour.intercept"]
    assert len(said) == len(changes)
    assert "--set doubt.seeds=4" in said[0]


def test_both_words_at_once_are_refused(tmp_path: Path) -> None:
    text = TEXT + "\n[doubt]\nseeds = 4\n"
    with pytest.raises(BadInput) as caught:
        load_experiment(written(tmp_path, text))
    assert "doubt is the old word for sensitivity" in str(caught.value)


def test_a_scenario_may_be_called_like_an_old_word(tmp_path: Path) -> None:
    said: list[str] = []
    text = SMALL + '[scenarios.doubt]\nbased_on = "framework"\n'
    of = load_experiment(written(tmp_path, text), say=said.append)
    assert "doubt" in of.scenarios
    assert not said
