"""Claims in a file: which can be tested, what is said of others, and what they cost."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.experiment.claims import held
from sim.experiment.design import held_by_claims
from sim.experiment.load import load_experiment
from sim.experiment.write import to_toml
from sim.files.problems import BadInput, Problem
from tests.shared.experiments import CURVES, SMALL

SAYS = '[claims.it]\nsays = "It is so."\n'


def written(folder: Path, claim: str) -> Path:
    path = folder / "claims.toml"
    path.write_text(f"{SMALL}{CURVES}\n{SAYS}{claim}\n", encoding="utf-8")
    return path


def line_of(path: Path, part: str) -> int:
    """Line of the last place where this stands."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return max(number for number, line in enumerate(lines, start=1) if part in line)


@pytest.mark.parametrize(
    ("claim", "where", "words", "meant"),
    [
        (
            'test = "above"\nscenario = "framewurk"\nfigure = 0.5',
            'scenario = "framewurk"',
            "no scenario of this name",
            "framework",
        ),
        (
            'test = "more"\nscenario = "framework"\nthan = "no_visit"',
            "than",
            "no scenario of this name",
            "no_visits",
        ),
        (
            'test = "ranked"\nscenarios = ["framework", "drawnn"]',
            "scenarios",
            "no scenario of this name",
            "drawn",
        ),
        ('test = "above"\nscenario = "framework"', "[claims.it]", "needs figure", ""),
        (
            'test = "above"\nscenario = "framework"\nfigure = 0.5\noutcome = "joined_share_13m"',
            "outcome",
            "no outcome of this name",
            "joined_share_12m",
        ),
        (
            'test = "above"\nscenario = "framework"\nfigure = 0.5\nthan = "drawn"',
            "than",
            "has no use for this",
            "",
        ),
        (
            'test = "more"\nscenario = "framework"\nthan = "framework"',
            "than",
            "held against itself",
            "",
        ),
        ('test = "sign"\nscenario = "framework"', "[claims.it]", "either a curve or an idea", ""),
        (
            'test = "sign"\nscenario = "framework"\nidea = "netwrk"',
            "idea",
            "no idea of this name",
            "network",
        ),
        (
            'test = "sign"\nscenario = "framework"\ncurve = "effortt"',
            "curve = ",
            "no curve of this name",
            "effort",
        ),
        (
            'test = "sign"\nscenario = "no_visits"\ncurve = "effort"',
            'scenario = "no_visits"',
            "not run for this scenario",
            "",
        ),
        (
            'test = "alike"\nscenario = "framework"\nthan = "drawn"\nby = 0.0',
            "by",
            "never closer",
            "",
        ),
    ],
)
def test_a_claim_that_cannot_be_tested_is_refused(
    tmp_path: Path, claim: str, where: str, words: str, meant: str
) -> None:
    path = written(tmp_path, claim)
    problem = _problem(path)
    assert words in problem.problem
    assert problem.line == line_of(path, where)
    assert problem.meant == meant


def _problem(path: Path) -> Problem:
    with pytest.raises(BadInput) as caught:
        load_experiment(path)
    (problem,) = caught.value.problems
    return problem


@pytest.mark.parametrize(
    ("claim", "points", "scenarios"),
    [
        ('test = "above"\nscenario = "drawn"\nfigure = 0.5', [("drawn", "")], ["drawn"]),
        (
            'test = "ranked"\nscenarios = ["drawn", "no_visits", "framework"]',
            [("drawn", "no_visits"), ("no_visits", "framework")],
            ["framework", "no_visits", "drawn"],
        ),
        (
            'test = "sign"\nscenario = "framework"\ncurve = "effort"',
            [("curve/effort/framework/2", "curve/effort/framework/0")],
            ["framework", "framework"],
        ),
        (
            'test = "sign"\nscenario = "framework"\ncurve = "effort"\ndirection = "down"',
            [("curve/effort/framework/0", "curve/effort/framework/2")],
            ["framework", "framework"],
        ),
    ],
)
def test_what_a_claim_holds_against_what(
    tmp_path: Path, claim: str, points: list[tuple[str, str]], scenarios: list[str]
) -> None:
    experiment = load_experiment(written(tmp_path, claim))
    found = held(experiment.claims["it"], experiment)
    assert [(pair.point, pair.against) for pair in found] == points
    points_of = held_by_claims(experiment)
    assert {point.id for point in points_of} == {end for pair in points for end in pair if end}
    assert [point.scenario for point in points_of] == scenarios


def test_claims_are_kept_beside_results(tmp_path: Path) -> None:
    """The file that a run leaves has every setting, and states the same."""
    text = 'test = "more"\nscenario = "framework"\nthan = "drawn"\nby = 0.1'
    experiment = load_experiment(written(tmp_path, text))
    left = tmp_path / "left.toml"
    left.write_text(to_toml(experiment), encoding="utf-8")
    assert load_experiment(left).claims == experiment.claims
