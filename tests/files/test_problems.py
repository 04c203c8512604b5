"""What is said about malformed experiment files, word for word."""

import datetime
import pickle
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.experiment.load import BadInput, Problem, load_experiment
from sim.files.problems import closest, shown, toml_key, toml_value
from tests.shared.programmes import HEAD, library

# Lines 6 to 13 of each file; what a case adds begins on line 13.
BASE = (
    HEAD
    + """\
[scenarios.a]
councils.nations = ["Scotland"]
[scenarios.a.offers.main]
opens = "2016-01"

[scenarios.a.push]
visits_per_month = 4
"""
)
PUSH_KEYS = """\
  allowed:  annual_budget_gbp_m, annual_cost_gbp_m, codesign, cost_per_visit_gbp_m, ends,
            fixed_cost_gbp_m, launch_contact, mandate, minimum_share, refuser_calls_per_quarter,
            review_months, scope, ... (18 in all)"""
TOP_KEYS = """\
  allowed:  base, behaviour, caveats, claims, climate, councils, curves, explain, horizon,
            ideas, levers, network, other_networks, outcomes, parameters, question, scenarios,
            search, seeds, sensitivity, structures, supply, sweep, title, together, traits"""
OFFER = '[scenarios.a.offers.x]\nopens = "2016-02"\n'
EVENT = '[[scenarios.a.events]]\ndate = "2016-02"\n'
CURVE = '[curves.c]\nscenarios = ["a"]\n'

CASES = {
    "unknown key": (
        "visits_per_mnth = 8",
        f"""\
x.toml, line 13: scenarios.a.push.visits_per_mnth
  given:    8
  problem:  there is no such setting in a push
{PUSH_KEYS}
  meant:    visits_per_month""",
    ),
    "key of another table": (
        "depth = 1",
        f"""\
x.toml, line 13: scenarios.a.push.depth
  given:    1
  problem:  there is no such setting in a push; there is a setting of this name in offers.NAME
{PUSH_KEYS}""",
    ),
    "key of another table in an event": (
        EVENT + "change.behaviour.taste_sd = 1",
        """\
x.toml, line 15: scenarios.a.events[1].change.behaviour
  given:    { taste_sd = 1 }
  problem:  there is no such setting in the change of an event; there is a setting of this name
            in the file's top level, scenarios.NAME
  allowed:  climate, offers, push""",
    ),
    "unknown table": (
        "[gaap]\nx = true",
        f"""\
x.toml, line 13: gaap
  given:    {{ x = true }}
  problem:  there is no such setting in an experiment
{TOP_KEYS}""",
    ),
    "missing key": (
        "[scenarios.a.offers.x]\ndepth = 0.2",
        """\
x.toml, line 13: scenarios.a.offers.x.opens
  problem:  this is missing, and there is no default for it
  allowed:  a month in quotation marks, such as "2017-08\"""",
    ),
    "text for a number": (
        'subsidy_share = "0,5"',
        """\
x.toml, line 13: scenarios.a.push.subsidy_share
  given:    "0,5"
  problem:  a number is expected, not text
  allowed:  a number from 0 to 1 (share)
  meant:    0.5""",
    ),
    "true for a number": (
        "[behaviour]\ntaste_sd = true",
        """\
x.toml, line 14: behaviour.taste_sd
  given:    true
  problem:  a number is expected, not true or false
  allowed:  a number from 0 to 20 (log-odds)""",
    ),
    "decimals for a whole number": (
        "[behaviour]\npause_months = 2.0",
        """\
x.toml, line 14: behaviour.pause_months
  given:    2.0
  problem:  a whole number is expected, not a number with decimals
  allowed:  a whole number from 0 to 600 (months)
  meant:    2""",
    ),
    "text for true": (
        OFFER + 'pilot = "yes"',
        """\
x.toml, line 15: scenarios.a.offers.x.pilot
  given:    "yes"
  problem:  true or false is expected, not text
  allowed:  true or false
  meant:    true""",
    ),
    "number for text": (
        "[scenarios.b]\ntitle = 2015",
        """\
x.toml, line 14: scenarios.b.title
  given:    2015
  problem:  text is expected, not a number
  allowed:  text in quotation marks
  meant:    "2015\"""",
    ),
    "text for a list": (
        '[scenarios.b]\ncouncils.nations = "Scotland"',
        """\
x.toml, line 14: scenarios.b.councils.nations
  given:    "Scotland"
  problem:  a list is expected, not text
  allowed:  a list of values, each "England", "Scotland", "Synthetic" in [ ]
  meant:    ["Scotland"]""",
    ),
    "number for a table": (
        "[scenarios.b]\npush = 3",
        """\
x.toml, line 14: scenarios.b.push
  given:    3
  problem:  a table is expected, not a number""",
    ),
    "nan": (
        "launch_contact = nan",
        """\
x.toml, line 13: scenarios.a.push.launch_contact
  given:    nan
  problem:  a number is expected, not nan or inf
  allowed:  a number from 0 to 1""",
    ),
    "infinite": (
        "annual_cost_gbp_m = 1e400",
        """\
x.toml, line 13: scenarios.a.push.annual_cost_gbp_m
  given:    inf
  problem:  a number is expected, not nan or inf
  allowed:  a number from 0 to 10,000 (£m a year)""",
    ),
    "too large to be a number with decimals": (
        "annual_cost_gbp_m = 1" + "0" * 400,
        f"""\
x.toml, line 13: scenarios.a.push.annual_cost_gbp_m
  given:    1{"0" * 55} ...
  problem:  this number is too large
  allowed:  a number from 0 to 10,000 (£m a year)""",
    ),
    "out of range": (
        OFFER + "addressed_share = 0",
        """\
x.toml, line 15: scenarios.a.offers.x.addressed_share
  given:    0
  problem:  this is out of range
  allowed:  a number from 0.001 to 1 (share)""",
    ),
    "out of range in a list": (
        "[outcomes]\nmonths_since_opening = [12, 0]",
        """\
x.toml, line 14: outcomes.months_since_opening[2]
  given:    0
  problem:  this is out of range
  allowed:  a whole number from 1 to 600""",
    ),
    "not one of the choices": (
        'targeting = "largst"',
        """\
x.toml, line 13: scenarios.a.push.targeting
  given:    "largst"
  problem:  this is not one of the choices
  allowed:  "in_turn", "largest", "best_connected", "neighbours_of_members", "most_receptive"
  meant:    "largest\"""",
    ),
    "empty list": (
        "[scenarios.b]\ncouncils.codes = []",
        """\
x.toml, line 14: scenarios.b.councils.codes
  given:    []
  problem:  this list needs at least 1 entry""",
    ),
    "text for a number or list": (
        OFFER + 'initial_members = "5"',
        """\
x.toml, line 15: scenarios.a.offers.x.initial_members
  given:    "5"
  problem:  a number or a list is expected, not text
  allowed:  a number or a list of texts in [ ]
  meant:    5""",
    ),
    "number in a list of texts": (
        OFFER + 'initial_members = ["Fife", 4]',
        """\
x.toml, line 15: scenarios.a.offers.x.initial_members[2]
  given:    4
  problem:  text is expected, not a number
  allowed:  text in quotation marks
  meant:    "4\"""",
    ),
    "neither share nor number": (
        OFFER + "initial_members = 2.5",
        """\
x.toml, line 15: scenarios.a.offers.x.initial_members
  given:    2.5
  problem:  initial_members is a share below 1 or a whole number, not 2.5""",
    ),
    "two measures": (
        "visits_per_council_per_year = 1",
        """\
x.toml, line 13: scenarios.a.push.visits_per_council_per_year
  given:    1
  problem:  give visits_per_month or visits_per_council_per_year, not both""",
    ),
    "month without quotation marks": (
        "ends = 2018-02  # or so",
        """\
x.toml, line 13: scenarios.a.push.ends
  given:    ends = 2018-02  # or so
  problem:  a month is written in quotation marks, such as "2017-08"
  allowed:  a month in quotation marks, such as "2017-08", or { months_after_opening = 24 }
  meant:    "2018-02\"""",
    ),
    "a date for a month": (
        "ends = 2018-02-01",
        """\
x.toml, line 13: scenarios.a.push.ends
  given:    2018-02-01
  problem:  a month is written "YYYY-MM" in quotation marks, such as "2017-08"
  meant:    "2018-02\"""",
    ),
    "a year for a month": (
        "ends = 2018",
        """\
x.toml, line 13: scenarios.a.push.ends
  given:    2018
  problem:  a month is written "YYYY-MM" in quotation marks, such as "2017-08\"""",
    ),
    "syntax": (
        'targeting = "largest',
        """\
x.toml, line 13: scenarios.a.push.targeting
  given:    targeting = "largest
  problem:  text is not closed: the quote at its end is missing (column 21)
  allowed:  "in_turn", "largest", "best_connected", "neighbours_of_members", "most_receptive"
  meant:    "largest\"""",
    ),
    "circle": (
        '[scenarios.b]\nbased_on = "c"\n[scenarios.c]\nbased_on = "b"',
        """\
x.toml, line 16: scenarios.c.based_on
  given:    "b"
  problem:  scenarios are based on each other in a circle: b -> c -> b""",
    ),
    "based on nothing": (
        '[scenarios.b]\nbased_on = "aa"\nprogramme = "gap"',
        """\
x.toml, line 14: scenarios.b.based_on
  given:    "aa"
  problem:  there is no scenario of this name to be based on
  allowed:  a
  meant:    a

x.toml, line 15: scenarios.b.programme
  given:    "gap"
  problem:  there is no programme of this name
  allowed:  gaap, bare
  meant:    gaap""",
    ),
    "names": (
        '[scenarios."../x".offers]\n[scenarios.con.offers]\n'
        '[scenarios.a.offers.Big]\nopens = "2016-01"',
        """\
x.toml, line 13: scenarios."../x"
  given:    "../x"
  problem:  this name cannot be used: it becomes the name of files and columns
  allowed:  1 to 40 of the characters a-z, 0-9 and _

x.toml, line 14: scenarios.con
  given:    "con"
  problem:  Windows allows no file of this name; choose another

x.toml, line 15: scenarios.a.offers.Big
  given:    "Big"
  problem:  this name cannot be used: it becomes the name of files and columns
  allowed:  1 to 40 of the characters a-z, 0-9 and _""",
    ),
    "dates outside the horizon": (
        f'ends = "2021-01"\nstarts = "2014-12"\n{OFFER}launched = "2014-01"\n'
        '[scenarios.a.push.mandate]\nstarts = "2021-01"\n'
        '[scenarios.a.push.teams.t]\nends = "2021-02"\n'
        '[[scenarios.a.events]]\ndate = "2021-01"',
        """\
x.toml, line 14: scenarios.a.push.starts
  given:    "2014-12"
  problem:  this month lies outside the horizon
  allowed:  2015-01 to 2020-12

x.toml, line 17: scenarios.a.offers.x.launched
  given:    "2014-01"
  problem:  this month lies outside the horizon
  allowed:  2015-01 to 2020-12

x.toml, line 19: scenarios.a.push.mandate.starts
  given:    "2021-01"
  problem:  this month lies outside the horizon
  allowed:  2015-01 to 2020-12

x.toml, line 21: scenarios.a.push.teams.t.ends
  given:    "2021-02"
  problem:  this month lies outside the horizon
  allowed:  2015-01 to 2021-01

x.toml, line 23: scenarios.a.events[1].date
  given:    "2021-01"
  problem:  this month lies outside the horizon
  allowed:  2015-01 to 2020-12""",
    ),
    "unknown scenarios": (
        '[curves.c]\nsetting = "push.codesign"\nvalues = [0, 1]\nscenarios = ["a", "c"]',
        """\
x.toml, line 16: curves.c.scenarios[2]
  given:    "c"
  problem:  there is no scenario of this name
  allowed:  a""",
    ),
    "unknown setting of a curve": (
        CURVE + 'setting = "push.visits_per_mnth"\nvalues = [0, 1]',
        """\
x.toml, line 15: curves.c.setting
  given:    "push.visits_per_mnth"
  problem:  scenario a has no numeric setting of this name
  meant:    push.visits_per_month""",
    ),
    "values of a curve": (
        CURVE + 'setting = "push.codesign"\nvalues = [0, 1, 2]',
        """\
x.toml, line 16: curves.c.values[3]
  given:    2
  problem:  push.codesign cannot have this value: this is out of range
  allowed:  a number from 0 to 1""",
    ),
    "values of a curve that fit no councils": (
        CURVE + 'setting = "councils.draw"\nvalues = [2, 60]',
        """\
x.toml, line 16: curves.c.values[2]
  given:    60
  problem:  councils.draw cannot have this value: only 32 councils are chosen to draw from
  allowed:  2 to 32""",
    ),
    "unknown councils": (
        f'scope.codes = ["Fief"]\n{OFFER}initial_members = ["Fife", "E99"]\n{EVENT}'
        'breach = ["Dundee Cty"]\n[scenarios.b.councils]\ncodes = ["Fief"]\n[scenarios.b.offers]',
        """\
x.toml, line 13: scenarios.a.push.scope.codes[1]
  given:    "Fief"
  problem:  no council has this code or name
  meant:    Fife

x.toml, line 16: scenarios.a.offers.x.initial_members[2]
  given:    "E99"
  problem:  no council has this code or name

x.toml, line 19: scenarios.a.events[1].breach[1]
  given:    "Dundee Cty"
  problem:  no council has this code or name
  meant:    Dundee City

x.toml, line 21: scenarios.b.councils.codes[1]
  given:    "Fief"
  problem:  no council has this code or name
  meant:    Fife""",
    ),
    "no councils": (
        '[scenarios.b.councils]\nnations = ["England"]\ntypes = ["scottish_unitary"]\n'
        "[scenarios.b.offers]",
        """\
x.toml, line 13: scenarios.b.councils
  given:    { nations = ["England"], types = ["scottish_unitary"] }
  problem:  no council meets all of these restrictions at once""",
    ),
    "draw too large": (
        '[scenarios.b.councils]\nnations = ["Scotland"]\ndraw = 33\n[scenarios.b.offers]',
        """\
x.toml, line 15: scenarios.b.councils.draw
  given:    33
  problem:  only 32 councils are chosen to draw from
  allowed:  2 to 32""",
    ),
    "too many members": (
        OFFER + 'initial_members = 3\nscope.codes = ["Fife", "Moray"]',
        """\
x.toml, line 15: scenarios.a.offers.x.initial_members
  given:    3
  problem:  only 2 councils take part and are in the scope of the offer
  allowed:  a share below 1, or a number from 1 to 2""",
    ),
    "what an event changes": (
        EVENT + "change.push.codesgn = 1",
        f"""\
x.toml, line 15: scenarios.a.events[1].change.push.codesgn
  given:    1
  problem:  there is no such setting in a push
{PUSH_KEYS}
  meant:    codesign""",
    ),
    "what an event cannot change": (
        EVENT + 'change.offers.main.opens = "2017-01"\nchange.push.launch_contact = 1\n'
        "change.offers.mian.depth = 0.2",
        """\
x.toml, line 15: scenarios.a.events[1].change.offers.main.opens
  given:    "2017-01"
  problem:  an event cannot change this setting of an offer

x.toml, line 16: scenarios.a.events[1].change.push.launch_contact
  given:    1
  problem:  an event cannot change this setting of a push

x.toml, line 17: scenarios.a.events[1].change.offers.mian
  given:    { depth = 0.2 }
  problem:  an event cannot bring a new offer; list the offer in the scenario and let it open on
            that date
  allowed:  main
  meant:    main""",
    ),
    "a date that an event sets": (
        EVENT + 'change.push.ends = "2022-01"\n[scenarios.b]\nbased_on = "a"',
        """\
x.toml, line 15: scenarios.a.events[1].change.push.ends
  given:    "2022-01"
  problem:  this month lies outside the horizon
  allowed:  2015-01 to 2021-01""",
    ),
    "edge list without a kind": (
        '[network]\nedge_list = "ties.csv"',
        """\
x.toml, line 14: network.edge_list
  given:    "ties.csv"
  problem:  kind = "edge_list" and the file edge_list go together""",
    ),
}


@pytest.fixture(autouse=True)
def _in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def said_of(text: str) -> str:
    path = Path("x.toml")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        load_experiment(path, programmes=library())
    return str(caught.value)


@pytest.mark.parametrize(("more", "said"), CASES.values(), ids=CASES)
def test_malformed_files(more: str, said: str) -> None:
    assert said_of(BASE + more + "\n") == said


def test_missing_and_misspelt_at_the_top() -> None:
    assert said_of(BASE.replace('title = "T"\n', "")) == (
        "x.toml: title\n"
        "  problem:  this is missing, and there is no default for it\n"
        "  allowed:  text in quotation marks"
    )
    assert said_of('base = "b"\ntogether = [["a", "x"]]\n' + BASE) == (
        "x.toml, line 1: base\n"
        '  given:    "b"\n'
        "  problem:  there is no scenario of this name\n"
        "  allowed:  a\n\n"
        "x.toml, line 2: together[1][2]\n"
        '  given:    "x"\n'
        "  problem:  there is no scenario of this name\n"
        "  allowed:  a"
    )


def test_a_missing_edge_list() -> None:
    said = said_of(BASE + '[network]\nkind = "edge_list"\nedge_list = "ties.csv"\n')
    path = Path.cwd() / "ties.csv"
    assert said.startswith('x.toml, line 15: network.edge_list\n  given:    "ties.csv"\n')
    assert str(path) in said.replace("\n            ", " ")


# ---------------------------------------------------------------- the parts


def test_problems_are_sorted_and_said_once_and_cut() -> None:
    problems = [Problem(f"p{line}", file="f", line=line) for line in range(12, 0, -1)]
    error = BadInput([*problems, *problems])
    assert [problem.line for problem in error.problems] == list(range(1, 13))
    assert str(error).endswith("f, line 10\n  problem:  p10\n\nand 2 more")


def test_a_problem_without_a_place() -> None:
    assert str(Problem("nothing to do")) == "  problem:  nothing to do"
    assert str(Problem("unknown", key="--scenarios")) == "--scenarios\n  problem:  unknown"


def test_bad_input_passes_between_processes() -> None:
    error = BadInput([Problem("p", file="f", line=3)])
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (8, "8"),
        (0.5, "0.5"),
        ('say "no"\n', '"say \\"no\\"\\n"'),
        ([1, "a"], '[1, "a"]'),
        ({"a b": {}, "c": [True]}, '{ "a b" = {}, c = [true] }'),
        (datetime.date(2016, 2, 1), "2016-02-01"),
        (float("inf"), "inf"),
    ],
)
def test_values_as_toml_writes_them(value: object, text: str) -> None:
    assert toml_value(value) == text


def test_long_values_are_shortened() -> None:
    assert shown("x" * 100) == '"' + "x" * 55 + " ..."
    assert shown(10**6000) == "a very long number"


def test_keys_and_spelling() -> None:
    assert toml_key(("scenarios", "a b", 0, "c")) == 'scenarios."a b"[1].c'
    assert closest("Scotlnd", ["England", "Scotland"]) == "Scotland"
    assert closest("zzz", ["England", "Scotland"]) == ""


VALUES = st.recursive(
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inside, max_size=3)
    ),
    max_leaves=8,
)


@given(VALUES)
def test_written_values_are_toml(value: object) -> None:
    assert tomllib.loads(f"value = {toml_value(value)}")["value"] == value
