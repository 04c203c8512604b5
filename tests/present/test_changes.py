"""What each scenario changes is told whole, in the report and in `check`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sim.cli.plan import plan_text
from sim.experiment.load import load_experiment
from sim.files.problems import BadInput
from sim.present.report.changes import changes, difference
from sim.present.report.evidence import overridden
from sim.settings import Scenario
from sim.settings.editing import numeric_settings, with_setting
from tests.shared.experiments import SMALL, written

OFFER = "\n[scenarios.no_visits.offers.main]\n"


def scenarios_of(folder: Path, text: str) -> dict[str, Scenario]:
    return load_experiment(written(folder, text)).scenarios


def told(folder: Path, more: str) -> str:
    """What the second scenario changes, with more lines of its own."""
    scenarios = scenarios_of(folder, SMALL + more)
    found = difference(scenarios["no_visits"], scenarios["framework"])
    return "; ".join(change.words for change in found)


def test_no_numeric_setting_is_left_out(tmp_path: Path) -> None:
    scenario = scenarios_of(tmp_path, SMALL)["framework"]
    tried = 0
    for name in numeric_settings(scenario):
        now = _value(scenario, name)
        for other in (now * 1.25 if now else 0.25, now + 1):
            try:
                changed = with_setting(scenario, name, other)
            except (BadInput, ValueError):
                continue
            if changed != scenario:
                found = difference(changed, scenario)
                assert found, name
                tried += 1
                break
    assert tried > 80


def _value(scenario: Scenario, name: str) -> float:
    found: Any = scenario
    for key in name.split("."):
        found = found[key] if isinstance(found, dict) else getattr(found, key)
    return float(found or 0.0)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (
            '[scenarios.no_visits.push.mandate]\nstarts = "2018-09"\nscope = { codes = ["Fife"] }',
            "legal duty to join: from September 2018, for Fife (instead of none)",
        ),
        (OFFER + 'scope = { codes = ["Fife", "Moray"] }', "open to: Fife and Moray"),
        (OFFER + 'launched = "2018-06"\nopens = "2018-07"', "announced: June 2018"),
        (OFFER + 'owner = "central"', "owned by: central government (instead of the councils'"),
        (OFFER + "annual_fee_gbp_m = 0.02", "fee of a member: £0.02m a year (instead of £0.03m"),
        (
            "[scenarios.no_visits.push.teams.islands]\nvisits_per_month = 2.0\n"
            'scope = { codes = ["Orkney Islands"] }',
            "visits: 2 a month by the whole team; councils visited: Orkney Islands",
        ),
        (
            '[[scenarios.no_visits.events]]\ndate = "2018-10"\nlabel = "A breach"\n'
            'breach = ["Fife"]\n[scenarios.no_visits.events.change.push]\nsubsidy_share = 0.5',
            "in October 2018, severe breach (“A breach”) at: Fife; from October 2018 (“A breach”), "
            "part of joining and switching cost paid by the programme: 50%",
        ),
        ("[scenarios.no_visits.network]\nsimilar_contacts = 3", "similar councils listened to: 3"),
        ("[scenarios.no_visits.traits]\nautonomy_mean = 0.6", "wish for autonomy: 60%"),
        ("[scenarios.no_visits.behaviour]\npause_months = 3", "a refusal holds: 3 months"),
    ],
)
def test_what_is_no_plain_number_is_told(tmp_path: Path, more: str, words: str) -> None:
    assert words in told(tmp_path, f"\n{more}\n")


def test_councils_that_take_part_are_told(tmp_path: Path) -> None:
    scenarios = scenarios_of(tmp_path, SMALL)
    (change,) = difference(scenarios["drawn"], scenarios["framework"])
    assert change.value == "12 in each future, drawn afresh from Scotland (32 councils)"
    assert change.instead_of == "Scotland (32 councils)"


def test_the_same_settings_change_nothing(tmp_path: Path) -> None:
    scenarios = scenarios_of(tmp_path, SMALL)
    assert difference(scenarios["framework"], scenarios["framework"]) == []


def test_each_scenario_is_told_against_the_nearest(tmp_path: Path) -> None:
    more = '\n[scenarios.more]\nbased_on = "no_visits"\n[scenarios.more.push]\ncodesign = 0.1\n'
    found = changes(load_experiment(written(tmp_path, SMALL + more)))
    assert found["framework"].like == ""
    assert found["more"].like == "no_visits"
    assert [change.name for change in found["more"].items] == ["push.codesign"]


def test_check_tells_what_the_report_tells(tmp_path: Path) -> None:
    path = written(tmp_path)
    plan = plan_text(path, (), None, None, 1, "mesa")
    for changed in changes(load_experiment(path)).values():
        for change in changed.items:
            assert f"      {change.words}\n" in plan


def test_what_a_programme_says_of_itself_is_marked_where_a_scenario_differs(
    tmp_path: Path,
) -> None:
    scenarios = scenarios_of(tmp_path, SMALL + OFFER + "annual_fee_gbp_m = 0.02\n")
    assert overridden(scenarios["framework"]) == ()
    assert set(overridden(scenarios["no_visits"])) == {
        "offers.main.annual_fee_gbp_m",
        "push.visits_per_month",
    }
