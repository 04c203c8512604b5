"""Sweeps as they are asked for: points of each design, and what is refused with a way out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sim.cli.sweeps import sweep_lines
from sim.experiment.load import load_experiment
from sim.experiment.samples import SAMPLES
from sim.experiment.sweep_size import size_of, size_of_design
from sim.experiment.sweeps import Design, make_design
from sim.experiment.write import to_toml
from sim.files.problems import BadInput
from sim.runs.sweeps import design_of
from sim.settings import Sweep
from tests.shared.experiments import ONE_SCENARIO, written

LEVERS = """
"push.visits_per_month" = { low = 0, high = 12 }
"offers.main.migration_months" = { low = 1, high = 3 }
"push.mandate.starts" = { low = "2018-08", high = "2018-12" }
"offers.main.owner" = { values = ["central", "sector", "peer"] }
"""
GRID = LEVERS.replace("high = 12 }", "high = 12, steps = 5 }")


def file(body: str) -> str:
    return f"""{ONE_SCENARIO}
[scenarios.framework.push.mandate]
starts = "2019-04"
[sweep.s]
scenarios = ["framework"]
{body}
"""


def points(folder: Path, body: str, *changes: str) -> Design:
    return make_design(load_experiment(written(folder, file(body)), changes), "s")


@pytest.mark.parametrize(
    ("design", "size", "count"),
    [
        ("grid", 1, 5 * 3 * 5 * 3),
        ("latin_hypercube", 30, 30),
        ("random", 30, 30),
        ("sobol", 16, 16 * 6),
        ("morris", 8, 8 * 5),
    ],
)
def test_each_design_gives_as_many_points_as_it_says_within_their_bounds(
    tmp_path: Path, design: str, size: int, count: int
) -> None:
    body = f'design = "{design}"\nsize = {size}\n[sweep.s.levers]{GRID}'
    found = points(tmp_path, body)
    table = found.table
    assert len(table) == count == size_of(found.experiment, "s").points
    assert table["push.visits_per_month"].between(0, 12).all()
    for setting, values in (
        ("offers.main.migration_months", {1, 2, 3}),
        ("push.mandate.starts", {f"2018-{month:02d}" for month in range(8, 13)}),
        ("offers.main.owner", {"central", "sector", "peer"}),
    ):
        assert set(table[setting]) <= values
        assert len(set(table[setting])) > 1
    again = points(tmp_path, body)
    assert table.equals(again.table)


def test_a_grid_has_every_combination_once_with_both_ends(tmp_path: Path) -> None:
    table = points(tmp_path, f'design = "grid"\n[sweep.s.levers]{GRID}').table
    assert sorted(set(table["push.visits_per_month"])) == [0.0, 3.0, 6.0, 9.0, 12.0]
    assert not table.drop(columns=["point", "position"]).duplicated().any()


def test_a_latin_hypercube_fills_every_stretch_once(tmp_path: Path) -> None:
    """Of whole numbers, months and choices each comes equally often."""
    table = points(tmp_path, f"size = 60\n[sweep.s.levers]{LEVERS}").table
    assert sorted((table["push.visits_per_month"] / 12 * 60).astype(int)) == list(range(60))
    for setting in ("offers.main.migration_months", "push.mandate.starts", "offers.main.owner"):
        assert table[setting].value_counts().nunique() == 1, setting


def test_another_seed_gives_other_points(tmp_path: Path) -> None:
    tables = [
        points(tmp_path, f"size = 8\n[sweep.s.levers]{LEVERS}", f"sweep.s.seed={seed}").table
        for seed in (1, 2)
    ]
    assert not tables[0].equals(tables[1])


def test_each_point_may_have_its_own_draw(tmp_path: Path) -> None:
    table = points(tmp_path, f'size = 500\ndraws = "by_point"\n[sweep.s.levers]{LEVERS}').table
    assert list(table.columns[:4]) == ["point", "scenario", "position", "draw"]
    assert table["draw"].between(1, 500).all()
    assert table["draw"].nunique() == 500


def test_names_need_no_quotation_marks_and_are_read_back(tmp_path: Path) -> None:
    plain = LEVERS.replace('"push.visits_per_month"', "push.visits_per_month")
    plain += "[sweep.s.constants]\noffers.main.depth = 0.1\n"
    experiment = load_experiment(written(tmp_path, file(f"size = 4\n[sweep.s.levers]{plain}")))
    assert "push.visits_per_month" in experiment.sweep["s"].levers
    assert experiment.sweep["s"].constants == {"offers.main.depth": 0.1}
    again = load_experiment(written(tmp_path / "again", to_toml(experiment)))
    assert again.sweep == experiment.sweep


def test_every_design_of_the_file_is_there() -> None:
    named = Sweep.model_json_schema()["properties"]["design"]["enum"]
    assert set(named) == {*SAMPLES, "table"}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("", ["nothing is varied"]),
        ('[sweep.s.levers]\n"push.visits" = { low = 0, high = 1 }', ["no setting of this name"]),
        (
            '[sweep.s.levers]\n"push.visits_per_mnth" = { low = 0, high = 1 }',
            ["line 34", "meant:", "push.visits_per_month"],
        ),
        ('[sweep.s.levers]\n"push.codesign" = { low = 0 }', ["give low and high, or values"]),
        (
            '[sweep.s.levers]\n"push.codesign" = { low = 0, high = 2 }',
            ['"push.codesign".high', "0 to 1"],
        ),
        ('[sweep.s.levers]\n"push.codesign" = { low = 1, high = 0 }', ["greater than low"]),
        ('[sweep.s.levers]\n"push.codesign" = { low = "2018-05", high = 1 }', ["are numbers"]),
        (
            '[sweep.s.levers]\n"offers.main.migration_months" = { low = 0.5, high = 3 }',
            ["whole numbers"],
        ),
        ('[sweep.s.levers]\n"offers.main.owner" = { low = 0, high = 1 }', ["values = ["]),
        (
            '[sweep.s.levers]\n"offers.main.owner" = { values = ["central", "sectr"] }',
            ["values[2]", "sectr", '"central", "sector"'],
        ),
        (
            '[sweep.s.levers]\n"push.mandate.starts" = { low = "2018-05", high = "2025-01" }',
            ["outside the horizon", "2018-05 to 2019-04"],
        ),
        ('design = "grid"\n[sweep.s.levers]\n"push.codesign" = { low = 0, high = 1 }', ["steps"]),
        ('design = "sobol"\nsize = 100\n[sweep.s.levers]' + LEVERS, ["power of two", "64 or 128"]),
        ('outcomes = ["joined_share"]\n[sweep.s.levers]' + LEVERS, ["no such column", "meant:"]),
        (
            "[sweep.s.levers]"
            + LEVERS
            + '[sweep.s.boxes.dies]\nwhen = [{ outcome = "joined_share_edn", below = 0.1 }]',
            ["keeps no number", "joined_share_edn", "meant:", "joined_share_end"],
        ),
        (
            "[sweep.s.levers]"
            + LEVERS
            + '[sweep.s.boxes.dies]\nwhen = [{ outcome = "cancelled" }]',
            ["give below, at_least"],
        ),
        (
            "[sweep.s.levers]"
            + LEVERS
            + '[sweep.s.boxes."no/name"]\nwhen = [{ outcome = "cancelled", at_least = 1 }]',
            ["becomes the name of files"],
        ),
        ('series = ["joined"]\n[sweep.s.levers]' + LEVERS, ["no such column", "joined_share"]),
        (
            "[sweep.s.levers]" + LEVERS + '[sweep.s.constants]\n"push.visits_per_month" = 3',
            ["varied already"],
        ),
        (
            "[sweep.s.levers]"
            + LEVERS
            + '"push.visits_per_council_per_year" = { low = 0, high = 1 }',
            ["this replaces push.visits_per_month"],
        ),
        ("[sweep.s.levers]" + LEVERS + '[sweep.s.constants]\n"push.codesign" = 3', ["0 to 1"]),
        ("size = 10_000_000\n[sweep.s.levers]" + LEVERS, ["10,000,000 points", "at most"]),
        (
            "size = 1_000_000\nreplicates = 10_000\n[sweep.s.levers]" + LEVERS,
            ["10,000,000,000 runs", "1,000 replicates"],
        ),
        (
            'design = "grid"\ndraws = "by_point"\n[sweep.s.levers]' + GRID,
            ["no draw of behaviour for each point"],
        ),
        ('design = "table"\n[sweep.s.levers]' + LEVERS, ["say themselves what is varied"]),
        ('design = "sobel"\n[sweep.s.levers]' + LEVERS, ["sobol"]),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, body: str, words: list[str]) -> None:
    with pytest.raises(BadInput) as error:
        load_experiment(written(tmp_path, file(body)))
    text = str(error.value)
    assert "small.toml, line" in text
    for word in words:
        assert word in text, text


def test_scenarios_of_a_sweep_are_there(tmp_path: Path) -> None:
    text = file(f"[sweep.s.levers]{LEVERS}").replace('["framework"]', '["another"]')
    with pytest.raises(BadInput, match="no scenario of this name"):
        load_experiment(written(tmp_path, text))


def test_values_that_do_not_fit_together_are_found_before_a_run(tmp_path: Path) -> None:
    body = """
[sweep.s.levers]
"push.starts" = { low = "2018-05", high = "2018-12" }
"push.ends" = { low = "2018-06", high = "2019-04" }
"""
    experiment = load_experiment(written(tmp_path, file(f"size = 40\n{body}")))
    with pytest.raises(BadInput, match="ends lies before starts"):
        design_of(experiment, "s")


def test_a_sweep_that_is_not_there_is_told(tmp_path: Path) -> None:
    experiment = load_experiment(written(tmp_path, file(f"[sweep.s.levers]{LEVERS}")))
    with pytest.raises(BadInput, match="there is no sweep of this name"):
        design_of(experiment, "t")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("none.csv", None, "there is no such file"),
        ("not.parquet", b"text", "cannot be read"),
        ("empty.csv", b"", "cannot be read"),
        ("head.csv", b"push.codesign\n", "no points"),
    ],
)
def test_a_table_that_is_none_is_told(
    tmp_path: Path, name: str, content: bytes | None, words: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    body = f'design = "table"\ntable = "{name}"'
    experiment = load_experiment(written(tmp_path, file(body)))
    with pytest.raises(BadInput, match=words):
        design_of(experiment, "s")


def test_a_table_whose_points_should_have_draws_says_which(tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text("push.codesign\n0.5\n", encoding="utf-8")
    body = 'design = "table"\ntable = "points.csv"\ndraws = "by_point"'
    experiment = load_experiment(written(tmp_path, file(body)))
    with pytest.raises(BadInput, match="which draw each point has"):
        design_of(experiment, "s")


def test_check_says_what_a_sweep_takes(tmp_path: Path) -> None:
    found = points(tmp_path, f"size = 5000\nreplicates = 20\n[sweep.s.levers]{LEVERS}")
    first, second = sweep_lines(found.experiment, workers=4)
    assert first == "  sweep s: latin hypercube over 4 levers, for framework"
    assert "5,000 points x 20 futures = 100,000 runs on 4 workers: about" in second
    assert "on disk" in second
    assert size_of_design(found).runs == 100_000


def test_columns_are_kept_as_they_are_said(tmp_path: Path) -> None:
    """A list, a number and a name in one setting; yes and no in another."""
    body = """
design = "grid"
[sweep.s.levers]
"offers.main.initial_members" = { values = [0.0, ["Fife"], 0.5] }
"offers.main.pilot" = { values = [true, false] }
"""
    found = points(tmp_path, body)
    assert found.effects("framework") == dict.fromkeys(found.settings, "world")
    said: list[Any] = [found.changes(row)["offers.main.initial_members"] for row in (0, 2, 4)]
    assert said == [0.0, ["Fife"], 0.5]
    members = [found.scenario(row).offers["main"].initial_members for row in (0, 2, 4)]
    assert members == [0.0, ["Fife"], 0.5]
    assert [found.scenario(row).offers["main"].pilot for row in (0, 1)] == [True, False]


def test_positions_are_turned_into_values_evenly() -> None:
    from sim.experiment.sweeps import Factor

    positions = (np.arange(1000) + 0.5) / 1000
    whole = Factor("a", "whole", low=2, high=6)
    counts = pd.Series(whole.at(positions)).value_counts()
    assert counts.to_dict() == dict.fromkeys(range(2, 7), 200)
    assert whole.at(np.array([0.0, 1.0])).tolist() == [2, 6]
    assert Factor("a", "number", low=0.1, high=0.3).at(np.array([0.0, 1.0])).tolist() == [0.1, 0.3]
