"""What people type, and what is said to have been meant: one table, and the ways it is typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.experiment.load import BadInput, load_experiment
from sim.files.problems import Problem

HEAD = """\
title = "T"
question = "Q?"
[horizon]
starts = "2015-01"
ends = "2020-12"
[scenarios.half_paid]
councils.nations = ["Scotland"]
offers.main.opens = "2016-01"
push.visits_per_month = 4
[scenarios.b]
based_on = "half_paid"
"""
LINE = HEAD.count("\n") + 1  # on which a mistake stands
FEE, COST = "offers.main.annual_fee_gbp_m", "push.annual_cost_gbp_m"
SHARE, VISITS, OPENS = "push.subsidy_share", "push.visits_per_month", "offers.main.opens"
OWNER, BINDS, CODES = "offers.main.owner", "offers.main.needs_procurement", "councils.codes"

# What stands in a file of a scenario, and what is said to have been meant.
VALUES = [
    (f"{SHARE} = 25%", "0.25"),
    (f"{SHARE} = 25", "0.25"),
    (f'{SHARE} = "25%"', "0.25"),
    (f"{SHARE} = 2.5 per cent", "0.025"),
    (f"{SHARE} = 1/4", "0.25"),
    ("push.codesign = 50", "0.5"),
    (f"{FEE} = 20,000", "0.02"),
    (f"{FEE} = 20000", "0.02"),
    (f"{FEE} = £20k", "0.02"),
    (f'{FEE} = "£20k"', "0.02"),
    (f'{FEE} = "£1.5m"', "1.5"),
    (f"{FEE} = 1.5 million", "1.5"),
    (f"{FEE} = 20 000", "0.02"),
    (f"{COST} = 5,000", "5000, if that is millions, or 0.005, if it is pounds"),
    (f"{SHARE} = 0,5", "0.5"),
    (f'{SHARE} = "0,5"', "0.5"),
    (f"{SHARE} = .5", "0.5"),
    ("offers.main.realised_ratio = \u22120.5", "offers.main.realised_ratio = -0.5"),
    (f"{VISITS} = 1,000", "1000"),
    (f'{VISITS} = "1,000"', "1000"),
    (f"{VISITS} = 1.000.000,5", ""),
    (f"{VISITS} = 4;", "4"),
    ("push.review_months = 5 years", "60"),
    ("push.review_months = 24.0", "24"),
    (f'{OPENS} = "01/05/2018"', '"2018-05"'),
    (f"{OPENS} = 01/05/2018", '"2018-05"'),
    (f'{OPENS} = "05/2018"', '"2018-05"'),
    (f'{OPENS} = "May 2018"', '"2018-05"'),
    (f"{OPENS} = May 2018", '"2018-05"'),
    (f'{OPENS} = "1st of May 2018"', '"2018-05"'),
    (f"{OPENS} = 2018-05", '"2018-05"'),
    (f"{OPENS} = 2018-05-01", '"2018-05"'),
    (f'{OPENS} = "2018-05-01"', '"2018-05"'),
    (f'{OPENS} = "2018-5"', '"2018-05"'),
    (f'{OPENS} = "2018\u201305"', '"2018-05"'),
    (f"{OPENS} = 2018\u201305", '"2018-05"'),
    (f'{OPENS} = "20\u0661\u0668-05"', '"2018-05"'),
    (f"{OPENS} = 2018", ""),
    ("push.mandate = true", 'mandate = { starts = "2020-05" }, with the month that you want'),
    ('push.mandate = "2020-05"', 'mandate = { starts = "2020-05" }'),
    ("push.mandate = 2020-05", 'mandate = { starts = "2020-05" }'),
    (f"{OWNER} = sector", '"sector"'),
    (f"{OWNER} = \u201csector\u201d", f'{OWNER} = "sector"'),
    (f'{OWNER} = "sector\u201d', f'{OWNER} = "sector"'),
    (f'{OWNER}\u00a0= "sector"', f'{OWNER} = "sector"'),
    (f'{OWNER} = \u200b"sector"', f'{OWNER} = "sector"'),
    ('off\u00aders.main.owner = "sector"', f'{OWNER} = "sector"'),
    (f'{OWNER} = "sec\u200btor"', '"sector"'),
    (f'{OWNER} = "government"', '"central"'),
    (f"{OWNER} = government", '"central"'),
    (f"{BINDS} = true", '"yes"'),
    (f"{BINDS} = false", '"no"'),
    ("offers.main.pilot = True", "true"),
    ('offers.main.pilot = "yes"', "true"),
    ('push.targeting = "biggest"', '"largest"'),
    ("push.targeting = in turn", '"in_turn"'),
    ("councils.nations = Scotland", '["Scotland"]'),
    ("councils.nations = [Scotland]", '["Scotland"]'),
    (f"{CODES} = [Fife, Moray]", '["Fife", "Moray"]'),
    ('push.scope = "Scotland"', 'scope = { nations = ["Scotland"] }'),
    ('push.scope = ["Fife"]', 'scope = { codes = ["Fife"] }'),
    (
        'councils.regions = ["Glasgow City Region"]',
        'codes = ["East Dunbartonshire", "East Renfrewshire", "Glasgow City", "Inverclyde", '
        '"North Lanarkshire", "Renfrewshire", "South Lanarkshire", "West Dunbartonshire"]',
    ),
    ("title = A question of mine", '"A question of mine"'),
    ("push.codesign: 0.5", "push.codesign = 0.5"),
    ("visits per month = 4", "visits_per_month"),
    ("push.codesing = 0.5", "codesign"),
]


@pytest.fixture(autouse=True)
def _in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def problems_of(text: str, *changes: str) -> list[Problem]:
    path = Path("x.toml")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        load_experiment(path, changes)
    return caught.value.problems


def problem_of(text: str, *changes: str) -> Problem:
    (problem,) = problems_of(text, *changes)
    return problem


@pytest.mark.parametrize(("typed", "meant"), VALUES, ids=[ascii(typed) for typed, _ in VALUES])
def test_a_line_of_a_file(typed: str, meant: str) -> None:
    problem = problem_of(HEAD + typed + "\n")
    assert (problem.line, problem.meant) == (LINE, meant)
    assert problem.given


# By `--set` a bare word is text, and a month needs no quotation marks.
NOT_SO_BY_SET = ("= sector", "= 2018-05", "= A question of mine", "per month = 4")
BY_SET = [
    (typed, meant)
    for typed, meant in VALUES
    if " = " in typed and typed.isprintable() and not typed.endswith(NOT_SO_BY_SET)
]


@pytest.mark.parametrize(("typed", "meant"), BY_SET, ids=[ascii(typed) for typed, _ in BY_SET])
def test_a_change_on_the_command_line(typed: str, meant: str) -> None:
    key, _, value = typed.partition(" = ")
    problem = problem_of(HEAD, f"scenarios.b.{key}={value}")
    assert problem.file == f"--set scenarios.b.{key}={value}"
    # A change is shown whole: what was meant needs no key before it.
    assert problem.meant in (meant, meant.removeprefix(f"{key} = "))


@pytest.mark.parametrize(
    ("change", "problem", "meant"),
    [
        ("scenarios.b.push.code\u200bsign=1", "a zero-width space, which is not seen", ""),
        ("scenarios.b.push.codesign: 1", "does not have the form key=value", ""),
        ("scenarios.halfpaid.push.codesign=1", "there is no scenario halfpaid", "half_paid"),
        (".".join(["scenarios"] + ["a"] * 5000) + "=1", "nested too deep", ""),
        ("scenarios.b.x=" + "{a=" * 50 + "1" + "}" * 50, "nested too deep", ""),
    ],
)
def test_a_change_that_has_no_such_form(change: str, problem: str, meant: str) -> None:
    found = problem_of(HEAD, change)
    assert problem in found.problem
    assert found.meant == meant
