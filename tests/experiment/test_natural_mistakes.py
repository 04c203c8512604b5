"""What people type, and what is said to have been meant: one table, and the ways it is typed."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from sim.experiment.load import BadInput, load_experiment, to_toml
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
    ('councils.regions = ["glasgow region"]', '"Glasgow City Region"'),
    ('push.scope.regions = ["the islands"]', '"Island councils"'),
    ('push.scope = "Glasgow City Region"', 'scope = { regions = ["Glasgow City Region"] }'),
    ('councils.nations = ["Wales"]', ""),
    ('push.scope.codes = ["glasgow city region"]', 'regions = ["Glasgow City Region"]'),
    ('push.scope.codes = ["Cardiff"]', ""),
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


# ---------------------------------------------------------------- nothing on offer


def test_a_misspelt_scenario_is_not_a_new_one_with_nothing_on_offer() -> None:
    problem = problem_of(HEAD + "[scenarios.halfpaid.push]\nsubsidy_share = 0.5\n")
    assert (problem.line, problem.key, problem.meant) == (LINE, "scenarios.halfpaid", "half_paid")
    assert "nothing is on offer" in problem.problem
    assert "offers = {}" in problem.allowed


def test_a_scenario_may_say_that_nothing_is_on_offer() -> None:
    text = HEAD + "[scenarios.quiet]\noffers = {}\n[scenarios.quieter]\nbased_on = 'quiet'\n"
    Path("x.toml").write_text(text)
    scenarios = load_experiment(Path("x.toml")).scenarios
    assert scenarios["quiet"].offers == scenarios["quieter"].offers == {}


def test_an_experiment_written_out_says_that_nothing_is_on_offer() -> None:
    Path("x.toml").write_text(HEAD + "[scenarios.quiet]\noffers = {}\n")
    experiment = load_experiment(Path("x.toml"))
    Path("y.toml").write_text(to_toml(experiment))
    assert load_experiment(Path("y.toml")) == experiment


def test_names_that_are_not_alike_are_not_meant() -> None:
    assert problem_of(HEAD + "[scenarios.zzz.push]\ncodesign = 0.5\n").meant == ""


# ---------------------------------------------------------------- large files

SIZES = {
    "unknown keys": "[scenarios.b.push]\n" + "".join(f"key_{n} = 1\n" for n in range(40_000)),
    "keys on a line": "x = {" + ", ".join(f"key_{n} = 1" for n in range(40_000)) + "}\n",
    "tables": "".join(f"[table_{n}]\nx = 1\n" for n in range(20_000)),
    "tables in a scenario": "".join(f"[scenarios.b.push.t{n}]\nx = 1\n" for n in range(20_000)),
    "scenarios with nothing on offer": "".join(f"[scenarios.b{n}]\n" for n in range(3_000)),
    "scenarios based on none": "".join(
        f'[scenarios.b{n}]\nbased_on = "half{n}"\n' for n in range(3_000)
    ),
    "lines": "# a note\n" * 100_000,
    "a dotted key": ".".join("a" * 100_000) + " = 1\n",
    "a dotted header": f"[{'.'.join('a' * 100_000)}]\n",
    "a deep header": f"[scenarios.b.push.{'.'.join('x' * 900)}]\ny = 1\n",
    "quoted parts": ".".join(['"a"'] * 100_000) + " = 1\n",
    "braces": "x = " + "{a = " * 300 + "1" + "}" * 300 + "\n",
    "brackets": "x = " + "[" * 300 + "]" * 300 + "\n",
    "open brackets": "x = " + "[" * 20_000 + "\n",
}


@pytest.mark.parametrize(
    "more",
    [
        pytest.param(more, marks=() if name == "braces" else pytest.mark.slow, id=name)
        for name, more in SIZES.items()
    ],
)
def test_large_files_are_answered_soon(more: str) -> None:
    started = time.process_time()
    problems = problems_of(HEAD + more)
    assert str(BadInput(problems))
    assert time.process_time() - started < 10


@pytest.mark.slow
def test_three_thousand_scenarios_are_read_soon() -> None:
    more = "".join(f'[scenarios.b{n}]\nbased_on = "half_paid"\n' for n in range(3_000))
    Path("x.toml").write_text(HEAD + more)
    started = time.process_time()
    assert len(load_experiment(Path("x.toml")).scenarios) == 3_002
    assert time.process_time() - started < 10


def test_tables_that_nest_too_deep_are_blamed_on_their_line() -> None:
    problem = problem_of(HEAD + "[scenarios.b.push]\n" + ".".join(["x"] * 40) + " = 1\n")
    assert (problem.line, problem.allowed) == (LINE + 1, "at most 32 inside each other")


# ---------------------------------------------------------------- what cannot be shown


@pytest.mark.parametrize(
    "more",
    [
        '[explain.e]\nfrom = "b"\nto = "b"\noutcome = "x"\n[explain.e.groups]\n"A\\u0007" = []\n',
        '[scenarios.b.push.teams."x\\u0001"]\nvisits_per_month = 1\n',
        '[scenarios.b.offers."x\\u0001"]\nopens = "2016-01"\n',
        'title = "x\\ufffe"\n',
        'title = "x\\U0001fffe"\n',
        'evidence = ["x\\u0085"]\n',
    ],
)
def test_texts_that_no_file_can_show(more: str) -> None:
    problem = problem_of(HEAD + more)
    assert problem.problem.startswith("the text holds")
    assert str(problem).replace("\n", "").isprintable()


@pytest.mark.parametrize("mark", ["\u202e", "\u2066", "\u200f", "\ufeff", "\ufdd0", "\U000e0001"])
def test_marks_that_turn_the_writing_around_are_not_echoed(mark: str) -> None:
    for more in (f'push.targeting = "a{mark}b"\n', f'"{mark}key" = 1\n', f"owner{mark} = x\n"):
        for problem in problems_of(HEAD + more):
            assert mark not in str(problem)
    (problem,) = problems_of(HEAD, f"scenarios.b.push.targeting=a{mark}")
    assert mark not in str(problem)
