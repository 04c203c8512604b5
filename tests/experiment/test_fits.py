"""A fit that an experiment names: found from its file, drawn from, part of the hash, checked."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.experiment.load import load_experiment
from sim.experiment.parameters import (
    ABOUT,
    DATA,
    FILES,
    about_posterior,
    draw_of,
    drawn,
    load_draws,
    table_of,
)
from sim.experiment.sensitivity import ends
from sim.experiment.write import to_toml
from sim.files.problems import BadInput
from sim.runs.fingerprint import settings_hash
from sim.settings import Experiment
from sim.study import simulate
from tests.shared.experiments import SMALL, written

NAMES = (ABOUT, *FILES.values())


def naming(fit: str) -> str:
    return SMALL.replace("[sensitivity]", f'[parameters]\nfit = "{fit}"\n\n[sensitivity]')


def load(folder: Path, fit: str) -> Experiment:
    return load_experiment(written(folder, naming(fit)))


def copied(folder: Path) -> Path:
    """The fit that comes along, somewhere else."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        shutil.copy(DATA / name, folder / name)
    return folder


def changed(folder: Path, name: str, change: Callable[[str], str]) -> None:
    path = folder / name
    before = path.read_text(encoding="utf-8")
    after = change(before)
    assert after != before
    path.write_text(after, encoding="utf-8")


def doubled(text: str) -> str:
    """Every draw twice: another table, which can be used."""
    head, *rows = text.splitlines()
    return "\n".join([head, *rows[:3], *rows[:3]]) + "\n"


@pytest.fixture
def fit(tmp_path: Path) -> Path:
    return copied(tmp_path / "my_fit")


# ---------------------------------------------------------------- where it lies


def test_its_path_is_relative_to_the_file_and_kept_whole(
    fit: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed(fit, "posterior.csv", doubled)
    experiment = load(tmp_path, "my_fit")
    assert experiment.parameters.fit == str(fit)
    kept = written(tmp_path / "results" / "deep", to_toml(experiment), "experiment.toml")
    monkeypatch.chdir(tmp_path / "results")
    assert load_experiment(kept) == experiment
    assert settings_hash(load_experiment(kept)) == settings_hash(experiment)
    by_set = load_experiment(written(tmp_path), ["parameters.fit=my_fit"])
    assert by_set.parameters.fit == str(fit)


def test_its_folder_or_the_file_that_describes_it_can_be_named(fit: Path, tmp_path: Path) -> None:
    changed(fit, "posterior.csv", doubled)
    by_folder, by_file = load(tmp_path, "my_fit"), load(tmp_path, f"my_fit/{ABOUT}")
    assert settings_hash(by_folder) == settings_hash(by_file)
    assert draw_of(by_file.parameters, 13) == draw_of(by_folder.parameters, 13) == 1


def test_what_it_holds_counts_not_where_it_lies(fit: Path, tmp_path: Path) -> None:
    usual = settings_hash(load_experiment(written(tmp_path)))
    assert settings_hash(load(tmp_path, "my_fit")) == usual
    changed(fit, "posterior.csv", doubled)
    other = settings_hash(load(tmp_path, "my_fit"))
    assert other != usual
    shutil.move(fit, tmp_path / "moved")
    assert settings_hash(load(tmp_path, "moved")) == other


# ---------------------------------------------------------------- what is drawn


def test_behaviour_is_drawn_from_it(fit: Path, tmp_path: Path) -> None:
    changed(fit, "posterior.csv", doubled)
    experiment = load(tmp_path, "my_fit")
    assert len(load_draws("posterior", str(fit))) == 6
    assert [draw_of(experiment.parameters, seed) for seed in (1, 2, 3, 12, 13)] == [1, 1, 2, 6, 1]
    scenario = experiment.scenarios["framework"]
    shared = load_draws("posterior").settings(2)
    for draw in (2, 5):
        found = drawn(scenario, experiment.parameters, draw).behaviour
        assert found.intercept == shared["behaviour.intercept"]


@pytest.mark.slow
def test_runs_and_the_table_of_draws_are_those_of_the_fit(tmp_path: Path) -> None:
    fit = copied(tmp_path / "ours")
    changed(fit, "posterior.csv", lambda text: "\n".join(text.splitlines()[i] for i in (0, 7)))
    text = naming("ours").replace("count = 3", "count = 4")
    results = simulate(written(tmp_path, text), workers=1, out=tmp_path / "out")
    assert set(results.runs["draw"]) == {1}
    table = table_of(results.experiment.parameters)
    assert table["draw"].tolist() == [1]
    assert table.iloc[0, 1:].tolist() == load_draws("posterior").values[6].tolist()
    assert results.directory is not None
    kept = np.genfromtxt(
        results.directory / "findings" / "parameters.csv", delimiter=",", skip_header=1
    )
    assert kept[1:] == pytest.approx(load_draws("posterior").values[6])
    report = (results.directory / "report.md").read_text(encoding="utf-8")
    assert "(draws from the fit to dated cases, “ours”)" in report


def test_what_it_learned_decides_what_is_in_doubt(fit: Path, tmp_path: Path) -> None:
    about = json.loads((fit / ABOUT).read_text(encoding="utf-8"))
    learned = about["settings"]["behaviour.intercept"]
    assert learned["learned"] == "informed"
    learned |= {"learned": "hardly", "low": -1.0, "high": 1.5}
    (fit / ABOUT).write_text(json.dumps(about), encoding="utf-8")
    experiment = load_experiment(
        written(tmp_path, naming("my_fit").replace("seeds = 0", "seeds = 2"))
    )
    scenario = experiment.scenarios["framework"]
    assert ends(scenario, experiment.parameters.fit)["behaviour.intercept"] == (-1.0, 1.5)
    assert "behaviour.intercept" not in ends(scenario)
    usual = load_experiment(written(tmp_path, SMALL.replace("seeds = 0", "seeds = 2")))
    assert settings_hash(experiment) != settings_hash(usual)


def test_a_fit_written_anew_is_read_anew(fit: Path, tmp_path: Path) -> None:
    before = settings_hash(load(tmp_path, "my_fit"))
    changed(fit, "posterior.csv", doubled)
    assert settings_hash(load(tmp_path, "my_fit")) != before
    changed(fit, ABOUT, lambda text: text.replace('"draws": 500', '"draws": 6'))
    assert about_posterior(str(fit))["draws"] == 6
    changed(fit, "posterior.csv", lambda text: text.replace("behaviour.intercept", "intercept"))
    with pytest.raises(BadInput):
        load(tmp_path, "my_fit")


# ---------------------------------------------------------------- what is refused


def told(folder: Path, fit: str) -> str:
    """What is wrong, which stands at the line where the fit is named."""
    with pytest.raises(BadInput) as caught:
        load(folder, fit)
    (found,) = caught.value.problems
    assert (found.key, found.given) == ("parameters.fit", f'"{fit}"')
    line = naming(fit).splitlines().index(f'fit = "{fit}"') + 1
    assert (found.file, found.line) == (str(folder / "small.toml"), line)
    return found.problem


def test_a_missing_fit_is_told(fit: Path, tmp_path: Path) -> None:
    assert f"{tmp_path / 'nowhere'} has no {ABOUT}, posterior.csv" in told(tmp_path, "nowhere")
    (fit / "prior.csv").unlink()
    for named in ("my_fit", f"my_fit/{ABOUT}"):
        assert told(tmp_path, named) == f"there is no fit here: {fit} has no prior.csv"
    assert "named by its folder" in told(tmp_path, "my_fit/posterior.csv")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="anybody may read anything here")
def test_a_fit_that_nobody_may_read_is_told(fit: Path, tmp_path: Path) -> None:
    (fit / "prior.csv").chmod(0)
    assert "cannot be read" in told(tmp_path, "my_fit")


def of_setting(name: str, **changes: Any) -> Callable[[str], str]:
    def change(text: str) -> str:
        about = json.loads(text)
        about["settings"][name] = {**about["settings"].get(name, {}), **changes}
        return json.dumps(about, indent=1)

    return change


def without_setting(name: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        about = json.loads(text)
        del about["settings"][name]
        return json.dumps(about)

    return change


def in_row(number: int, change: Callable[[str], str]) -> Callable[[str], str]:
    def changed_row(text: str) -> str:
        rows = text.splitlines()
        rows[number - 1] = change(rows[number - 1])
        return "\n".join(rows)

    return changed_row


def first_cell(cell: str) -> Callable[[str], str]:
    return lambda row: ",".join([cell, *row.split(",")[1:]])


RATE = "behaviour.attention_base_per_month"
COLUMNS = len(load_draws("posterior").names)
FOREIGN: dict[str, tuple[str, Callable[[str], str], str]] = {
    "no JSON": (ABOUT, lambda text: text.replace("{", "[", 1), f"{ABOUT}, line 2: this is not"),
    "other JSON": (ABOUT, lambda text: "[1, 2]", "does not describe a fit: it has no settings"),
    "a setting that is none": (
        ABOUT,
        of_setting("behaviour.courage", low=0.0, high=1.0, learned="hardly"),
        "behaviour.courage is no setting",
    ),
    "ends in words": (ABOUT, of_setting(RATE, low="little"), f"{RATE} needs a low, and a high"),
    "ends the wrong way": (ABOUT, of_setting(RATE, low=0.5), "needs a low, and a high above it"),
    "an end out of range": (ABOUT, of_setting(RATE, high=2.0), "cannot be 2; allowed: a number fr"),
    "another verdict": (ABOUT, of_setting(RATE, learned="all"), "learned must be one of informed,"),
    "a draw that is not described": (
        ABOUT,
        without_setting(RATE),
        f"{RATE} is drawn, but not described in {ABOUT}",
    ),
    "another table": (
        "prior.csv",
        lambda text: "scenario,seed\ngaap,1\n",
        'prior.csv, line 1: "scenario" is no column of draws',
    ),
    "an offer's setting": (
        "posterior.csv",
        lambda text: text.replace(RATE, "offers.main.depth"),
        'posterior.csv, line 1: "offers.main.depth" is no column of draws',
    ),
    "a column twice": (
        "posterior.csv",
        lambda text: text.replace("behaviour.intercept", RATE),
        "posterior.csv, line 1: a column stands here twice",
    ),
    "no draws": ("prior.csv", lambda text: text.splitlines()[0], "prior.csv has no draws"),
    "nothing at all": ("prior.csv", lambda text: "", 'prior.csv, line 1: "" is no column'),
    "a word": (
        "prior.csv",
        in_row(3, first_cell("much")),
        f"prior.csv, line 3: {COLUMNS} numbers",
    ),
    "no number": (
        "prior.csv",
        in_row(4, first_cell("nan")),
        f"prior.csv, line 4: {COLUMNS} numbers",
    ),
    "a short row": (
        "posterior.csv",
        in_row(5, lambda row: row.rpartition(",")[0]),
        f"posterior.csv, line 5: {COLUMNS} numbers are expected",
    ),
    "a value out of range": (
        "posterior.csv",
        in_row(6, first_cell("1.5")),
        f"posterior.csv, line 6: {RATE} cannot be 1.5; allowed: a number from 0 to 1 (per month)",
    ),
    "other columns in one": (
        "posterior.csv",
        lambda text: "\n".join(row.partition(",")[2] for row in text.splitlines()),
        "have other columns",
    ),
}


@pytest.mark.parametrize("what", FOREIGN)
def test_foreign_files_are_told(what: str, fit: Path, tmp_path: Path) -> None:
    name, change, words = FOREIGN[what]
    changed(fit, name, change)
    assert words in re.sub(r"\s+", " ", told(tmp_path, "my_fit"))


def test_bytes_that_are_no_text_are_told(fit: Path, tmp_path: Path) -> None:
    (fit / "posterior.csv").write_bytes(b"\xff\xfe\x00")
    assert "posterior.csv is no text in UTF-8" in told(tmp_path, "my_fit")


@pytest.mark.parametrize("name", ["9" * 5000, "x/" * 3000])
def test_a_path_that_no_system_has_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match=r"the fit cannot be read|there is no fit here") as caught:
        load(tmp_path, name)
    assert len(str(caught.value)) < 10_000
