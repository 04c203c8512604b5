"""Reading experiment files: inheritance, origins, overrides, and files written out again."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from sim.experiment.load import (
    BadInput,
    experiment_schema,
    load_experiment,
    load_programmes,
    read_toml,
    resolve,
    template,
    to_toml,
)
from sim.files.layers import Source
from sim.files.problems import toml_key
from sim.settings import Experiment, Scenario, parse_month
from sim.settings.editing import numeric_settings, with_setting
from sim.settings.events import regimes
from tests.shared.folders import ROOT
from tests.shared.programmes import HEAD, PROGRAMMES, library

BASE = (
    HEAD
    + """\
[scenarios.a]
title = "First"
stands_for = "A thing."
evidence = ["e"]
[scenarios.a.councils]
nations = ["Scotland"]
types = ["scottish_unitary"]
[scenarios.a.offers.main]
opens = "2016-01"
depth = 0.4
[scenarios.a.push]
visits_per_month = 4
codesign = 0.5
"""
)


@pytest.fixture(autouse=True)
def _in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def load(text: str, *overrides: str, programmes: str = PROGRAMMES) -> Experiment:
    path = Path("x.toml")
    path.write_text(text, encoding="utf-8")
    return load_experiment(path, overrides, programmes=library(programmes))


def scenario(text: str, name: str = "b", *overrides: str) -> Scenario:
    return load(text, *overrides).scenarios[name]


def problem(text: str, *overrides: str, programmes: str = PROGRAMMES) -> str:
    with pytest.raises(BadInput) as caught:
        load(text, *overrides, programmes=programmes)
    return str(caught.value)


# ---------------------------------------------------------------- inheritance


def test_a_file_alone() -> None:
    first = scenario(BASE, "a")
    assert first.title == "First"
    assert first.push.visits_per_month == 4
    assert first.offers["main"].opens == parse_month("2016-01")


def test_tables_merge_and_lists_and_values_replace() -> None:
    b = scenario(
        BASE + '[scenarios.b]\nbased_on = "a"\nevidence = ["f"]\noffers.main.depth = 0.9\n'
    )
    assert b.offers["main"].depth == 0.9
    assert b.offers["main"].opens == parse_month("2016-01")
    assert b.push.codesign == 0.5
    assert b.evidence == ["f"]


def test_title_and_what_it_stands_for_are_not_inherited() -> None:
    b = scenario(BASE + '[scenarios.b]\nbased_on = "a"\n')
    assert (b.title, b.stands_for, b.evidence) == ("b", "", ["e"])


def test_a_chain_in_any_order() -> None:
    text = '[scenarios.d]\nbased_on = "c"\n[scenarios.c]\nbased_on = "a"\npush.codesign = 0.7\n'
    d = scenario(BASE + text, "d")
    assert (d.push.codesign, d.push.visits_per_month) == (0.7, 4)


def test_choices_of_councils_are_replaced_whole() -> None:
    text = '[scenarios.b]\nbased_on = "a"\ncouncils.nations = ["England"]\n'
    assert scenario(BASE + text).councils.types is None
    text = (
        '[scenarios.a.push.scope]\ncodes = ["Fife"]\n'
        '[scenarios.b]\nbased_on = "a"\npush.scope.types = ["scottish_unitary"]\n'
    )
    assert scenario(BASE + text).push.scope.codes is None


def test_one_measure_of_visits_drops_the_other() -> None:
    text = '[scenarios.b]\nbased_on = "a"\npush.visits_per_council_per_year = 2\n'
    push = scenario(BASE + text).push
    assert (push.visits_per_month, push.visits_per_council_per_year) == (None, 2)
    text += '[scenarios.c]\nbased_on = "b"\npush.visits_per_month = 3\n'
    push = scenario(BASE + text, "c").push
    assert (push.visits_per_month, push.visits_per_council_per_year) == (3, None)


def test_top_level_defaults_lie_under_every_scenario() -> None:
    text = (
        "[behaviour]\ntaste_sd = 2\n[climate]\nsevere_share = 0.3\n[traits]\npressure_sd = 0.1\n"
        '[network]\ndegree = 8\n[councils]\ntypes = ["london"]\n'
        "[scenarios.b]\noffers = {}\nclimate.severe_share = 0.1\n"
    )
    experiment = load(BASE + text)
    a, b = experiment.scenarios["a"], experiment.scenarios["b"]
    assert (a.climate.severe_share, b.climate.severe_share) == (0.3, 0.1)
    assert a.behaviour.taste_sd == b.behaviour.taste_sd == 2
    assert (b.traits.pressure_sd, b.network.degree) == (0.1, 8)
    assert a.councils.types == ["scottish_unitary"]
    assert b.councils.types == ["london"]


def test_a_programme_lies_between_what_is_inherited_and_what_is_said() -> None:
    text = (
        '[scenarios.b]\nbased_on = "a"\nprogramme = "gaap"\nclimate.severe_share = 0.1\n'
        "offers.notify.depth = 0.2\n"
    )
    b = scenario(BASE + text)
    assert b.title == "Platform"
    assert list(b.offers) == ["notify"]
    assert b.offers["notify"].depth == 0.2
    assert b.push.visits_per_month == 9
    assert b.push.codesign == 0  # inherited push is dropped, not merged
    assert b.evidence == ["from the library"]
    assert b.councils.nations == ["Scotland"]  # but the rest is inherited


def test_what_a_programme_lacks_is_dropped_too() -> None:
    b = scenario(BASE + '[scenarios.b]\nbased_on = "a"\nprogramme = "bare"\n')
    assert (b.title, b.evidence, b.push.visits_per_month) == ("b", [], None)


def test_a_programme_is_inherited_with_the_changes_made_to_it() -> None:
    text = (
        '[scenarios.b]\nprogramme = "gaap"\noffers.notify.depth = 0.2\n'
        '[scenarios.c]\nbased_on = "b"\n'
    )
    c = scenario(BASE + text, "c")
    assert (c.offers["notify"].depth, c.title, c.programme) == (0.2, "c", "gaap")


def test_edge_lists_are_found_beside_the_file() -> None:
    Path("sub").mkdir()
    Path("sub/ties.csv").write_text("listener,source,weight\n")
    network = '[network]\nkind = "edge_list"\nedge_list = "ties.csv"\nisolation_allowed = true\n'
    Path("sub/x.toml").write_text(BASE + network)
    found = load_experiment(Path("sub/x.toml"), programmes=library())
    edges = found.scenarios["a"].network.edge_list
    assert edges == str(Path.cwd() / "sub" / "ties.csv")


# ---------------------------------------------------------------- origins


def test_origins() -> None:
    text = (
        BASE + '[behaviour]\ntaste_sd = 2\n[scenarios.b]\nbased_on = "a"\nprogramme = "gaap"\n'
        '[scenarios.c]\nbased_on = "a"\n'
    )
    file = Source("x.toml", read(text), text)
    raw, origins = resolve(file, library(), ["scenarios.c.push.codesign=0.6"])
    assert raw["scenarios"]["c"]["push"]["codesign"] == 0.6

    def where(*path: str | int) -> tuple[str, str, int | None]:
        origin = origins.find(path)
        return origin.source.name, toml_key(origin.path), origin.line

    assert where("scenarios", "c", "offers", "main", "depth") == (
        "x.toml",
        "scenarios.a.offers.main.depth",
        15,
    )
    assert where("scenarios", "c", "evidence", 0) == ("x.toml", "scenarios.a.evidence[1]", 9)
    assert where("scenarios", "c", "behaviour", "taste_sd") == ("x.toml", "behaviour.taste_sd", 20)
    assert where("scenarios", "b", "push", "visits_per_month") == (
        "programmes.toml",
        "gaap.push.visits_per_month",
        8,
    )
    set_name, _, line = where("scenarios", "c", "push", "codesign")
    assert (set_name, line) == ("--set scenarios.c.push.codesign=0.6", None)
    # What is set nowhere belongs to the table around it.
    assert where("scenarios", "b", "events") == ("x.toml", "scenarios.b.events", 21)


def read(text: str) -> dict[str, object]:
    return tomllib.loads(text)


def test_what_five_scenarios_inherit_is_one_problem() -> None:
    text = "".join(f'[scenarios.s{n}]\nbased_on = "a"\n' for n in range(5))
    text = BASE + "visits_per_mnth = 8\n" + text
    with pytest.raises(BadInput) as caught:
        load(text)
    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].line == 19


def test_an_error_in_a_programme_names_the_library() -> None:
    said = problem(
        BASE + '[scenarios.b]\nprogramme = "gaap"\n', programmes=PROGRAMMES.replace("0.1", "1.5")
    )
    assert said == (
        "programmes.toml, line 6: gaap.offers.notify.depth\n"
        "  given:    1.5\n"
        "  problem:  this is out of range\n"
        "  allowed:  a number from 0 to 1 (0-1)"
    )
    said = problem(
        BASE + '[scenarios.b]\nprogramme = "gaap"\n', programmes="[gaap]\npsuh.codesign = 1\n"
    )
    assert "programmes.toml, line 2: gaap.psuh" in said
    assert "meant:    push" in said


def test_a_rule_over_two_settings_names_the_one_set_nearest() -> None:
    said = problem(BASE + '[scenarios.b]\nbased_on = "a"\noffers.main.launched = "2017-01"\n')
    assert said == (
        "x.toml, line 21: scenarios.b.offers.main.launched\n"
        '  given:    "2017-01"\n'
        "  problem:  opens (2016-01) lies before launched (2017-01)"
    )


def test_defaults_are_checked_even_where_every_scenario_covers_them() -> None:
    assert "x.toml, line 20: councils.natoins" in problem(BASE + '[councils]\nnatoins = ["x"]\n')


# ---------------------------------------------------------------- --set


def test_overrides() -> None:
    text = BASE + '[scenarios.b]\nbased_on = "a"\n'
    experiment = load(
        text,
        "seeds.count = 7",
        "title=A new title",
        'scenarios."a".push.codesign=1',
        "horizon.starts=2015-06",
        'scenarios.a.councils.codes=["Fife", "S12000033"]',
        "behaviour.taste_sd=3",
    )
    a, b = experiment.scenarios["a"], experiment.scenarios["b"]
    assert (experiment.seeds.count, experiment.title) == (7, "A new title")
    assert experiment.horizon.starts == parse_month("2015-06")
    assert a.push.codesign == b.push.codesign == 1  # as if written in the file
    assert a.councils.nations == ["Scotland"]  # a single setting replaces no table
    assert a.councils.codes == ["Fife", "S12000033"]
    assert a.behaviour.taste_sd == 3


def test_an_override_of_an_inherited_choice_of_councils_keeps_the_rest() -> None:
    text = BASE + '[scenarios.b]\nbased_on = "a"\n'
    b = scenario(text, "b", "scenarios.b.councils.draw=10")
    assert (b.councils.nations, b.councils.draw) == (["Scotland"], 10)


def test_an_override_of_visits_drops_the_other_measure() -> None:
    push = scenario(BASE, "a", "scenarios.a.push.visits_per_council_per_year=1").push
    assert (push.visits_per_month, push.visits_per_council_per_year) == (None, 1)


def test_an_override_may_name_a_programme_or_a_base() -> None:
    b = scenario(BASE + "[scenarios.b]\n", "b", "scenarios.b.programme=gaap")
    assert b.title == "Platform"
    b = scenario(BASE + "[scenarios.b]\n", "b", "scenarios.b.based_on=a")
    assert b.push.codesign == 0.5


@pytest.mark.parametrize(
    ("override", "said"),
    [
        (
            "scenarios.aa.push.codesign=1",
            "--set scenarios.aa.push.codesign=1\n"
            "  given:    1\n"
            "  problem:  there is no scenario aa\n"
            "  allowed:  a\n"
            "  meant:    a",
        ),
        (
            "scenarios.a.push.codesign.x=1",
            "--set scenarios.a.push.codesign.x=1\n"
            "  given:    1\n"
            "  problem:  scenarios.a.push.codesign is not a table: nothing can be set in it",
        ),
        (
            "scenarios.a.push.codesing=1",
            "--set scenarios.a.push.codesing=1\n"
            "  given:    1\n"
            "  problem:  there is no such setting in a push\n"
            "  allowed:  annual_budget_gbp_m, annual_cost_gbp_m, codesign, cost_per_visit_gbp_m, "
            "ends,\n"
            "            fixed_cost_gbp_m, launch_contact, mandate, minimum_share, "
            "refuser_calls_per_quarter,\n"
            "            review_months, scope, ... (18 in all)\n"
            "  meant:    codesign",
        ),
        (
            "scenarios.a.push.codesign",
            "--set scenarios.a.push.codesign\n"
            "  problem:  this does not have the form key=value\n"
            "  allowed:  a dotted key, =, and a value: scenarios.gaap.push.codesign=0.5",
        ),
        (
            "scenarios.a.push.codesign=",
            "--set scenarios.a.push.codesign=\n"
            "  problem:  the value is neither TOML nor a plain word\n"
            "  allowed:  a number from 0 to 1",
        ),
        (
            "scenarios.a.councils.codes=[Fife]",
            "--set scenarios.a.councils.codes=[Fife]\n"
            "  given:    [Fife]\n"
            "  problem:  the value is neither TOML nor a plain word\n"
            "  allowed:  a list of texts in [ ]\n"
            '  meant:    ["Fife"]',
        ),
        (
            "scenarios.a.push.codesign=much",
            "--set scenarios.a.push.codesign=much\n"
            '  given:    "much"\n'
            "  problem:  a number is expected, not text\n"
            "  allowed:  a number from 0 to 1",
        ),
    ],
)
def test_overrides_that_cannot_be(override: str, said: str) -> None:
    assert problem(BASE, override) == said


def test_an_override_brings_in_one_key_only() -> None:
    assert load(BASE, "title=8\nquestion = 9").title == "8\nquestion = 9"


# ---------------------------------------------------------------- files


def test_a_missing_file_with_one_like_it() -> None:
    Path("experiments").mkdir()
    Path("experiments/gaap_vs_scotland.toml").write_text(BASE)
    with pytest.raises(BadInput) as caught:
        load_experiment(Path("gap_vs_scotland.toml"))
    meant = Path("experiments/gaap_vs_scotland.toml")
    (found,) = caught.value.problems
    assert (found.file, found.problem) == ("gap_vs_scotland.toml", "there is no such file")
    assert found.meant == str(meant)


def test_a_folder() -> None:
    Path("experiments").mkdir()
    Path("experiments/one.toml").write_text(BASE)
    with pytest.raises(BadInput, match="this is a folder, not an experiment file") as caught:
        load_experiment(Path("experiments"))
    assert caught.value.problems[0].allowed == "one.toml"


def test_how_windows_saves_files() -> None:
    path = Path("x.toml")
    path.write_bytes(BASE.replace("\n", "\r\n").encode("utf-8-sig"))
    assert load_experiment(path).title == "T"
    for encoding in ("utf-16", "utf-16-le"):
        path.write_bytes(BASE.encode(encoding))
        with pytest.raises(BadInput) as caught:
            load_experiment(path)
        assert str(caught.value) == (
            "x.toml\n  problem:  the file is saved as UTF-16; save it as UTF-8 "
            '(Notepad: "Save as", Encoding: UTF-8)'
        )
    path.write_bytes(BASE.replace("A thing", "Costs £4m").encode("cp1252"))
    with pytest.raises(BadInput, match=r"x\.toml, line 8\n.*is not UTF-8; save it as UTF-8"):
        load_experiment(path)


def test_line_numbers_in_a_windows_file() -> None:
    path = Path("x.toml")
    path.write_bytes((BASE + "codesing = 1\n").replace("\n", "\r\n").encode("utf-8-sig"))
    with pytest.raises(BadInput, match=r"x\.toml, line 19: scenarios\.a\.push\.codesing"):
        load_experiment(path)


@pytest.mark.parametrize(
    "text",
    ["x = " + "9" * 5000, "x = " + "[" * 100_000, "x = [1,\n", "= 1\n", "\x00", "x = 1\nx = 2\n"],
)
def test_what_is_not_toml(text: str) -> None:
    Path("x.toml").write_text(text)
    with pytest.raises(BadInput, match=r"x\.toml"):
        read_toml(Path("x.toml"))


# ---------------------------------------------------------------- written out again


FULL = (
    BASE
    + """\
[scenarios.a.push.teams."Digital Office"]
visits_per_council_per_year = 1.5
[scenarios.a.push.mandate]
starts = "2019-01"
[[scenarios.a.events]]
date = "2018-01"
label = 'a "quoted" text, with £ and \\'
breach = ["Dundee City"]
change.push.codesign = 0.7
change.offers.main.depth = 1e-05
[scenarios.b]
programme = "gaap"
offers.notify.initial_members = ["Leeds"]
[scenarios.b.offers.a_second]
opens = "2018-01"
initial_members = 3
[curves.effort]
setting = "push.visits_per_month"
values = [0, 4]
scenarios = ["a", "b"]
"""
)


def test_round_trip() -> None:
    experiment = load(FULL)
    text = to_toml(experiment)
    # Not even the programme has to exist still.
    again = load(text, programmes="")
    assert again == experiment
    assert list(again.scenarios) == list(experiment.scenarios)
    assert list(again.scenarios["b"].offers) == ["notify", "a_second"]
    assert to_toml(again) == text


def test_a_resolved_file_looks_up_no_programme() -> None:
    text = to_toml(load(FULL))
    assert "no longer look up a programme" in problem(text, "scenarios.a.programme=gaap")
    assert "true or false is expected" in problem('resolved = "yes"\n' + BASE)


@pytest.mark.parametrize("name", ["my_question", "", 'a "b" \\'])
def test_the_template_works_and_explains_every_line(name: str) -> None:
    text = template(name)
    experiment = load(text)
    assert len(experiment.scenarios) == 2
    half = experiment.scenarios["half_paid"]
    assert (half.push.subsidy_share, half.push.codesign) == (0.5, 0.5)
    assert text.startswith("#:schema ./experiment.schema.json\n")
    for line in text.splitlines():
        assert not line or "#" in line, line


def test_the_library_of_the_package_can_be_read() -> None:
    assert load_programmes().name == "sim/data/programmes.toml"


# ---------------------------------------------------------------- schema


def test_the_schema_is_the_same_every_time() -> None:
    command = (
        "import json; from sim.experiment.load import experiment_schema; "
        "print(json.dumps(experiment_schema()))"
    )
    root = ROOT
    other = subprocess.run(
        [sys.executable, "-c", command], cwd=root, capture_output=True, text=True, check=True
    )
    assert other.stdout.strip() == json.dumps(experiment_schema())


def test_the_schema_describes_the_file() -> None:
    schema = experiment_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert {"behaviour", "councils", "climate", "network", "traits"} <= set(schema["properties"])
    tables = schema["$defs"]
    assert "based_on" in tables["Scenario"]["properties"]
    for name in ("Scenario", "Offer", "Mandate"):
        assert "required" not in tables[name]
    for table in [schema, *tables.values()]:
        assert table["additionalProperties"] is False
    assert '"null"' not in json.dumps(schema)


def test_reading_needs_no_heavy_imports() -> None:
    command = (
        "import sys, sim.experiment.load; "
        "print([m for m in ('numpy', 'pandas', 'numba', 'mesa', 'matplotlib') if m in sys.modules])"
    )
    root = ROOT
    found = subprocess.run(
        [sys.executable, "-c", command], cwd=root, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"


# ---------------------------------------------------------------- regimes


EVENTS = """\
[[scenarios.a.events]]
date = "2019-01"
change.push.visits_per_council_per_year = 2
[[scenarios.a.events]]
date = "2018-01"
change.push.codesign = 0.9
[[scenarios.a.events]]
date = "2018-01"
change.offers.main.depth = 0.1
change.climate.severe_share = 0.5
[[scenarios.a.events]]
date = "2018-06"
breach = ["Fife"]
"""


def test_regimes_accumulate_in_order_of_date() -> None:
    a = scenario(BASE + EVENTS, "a")
    found = regimes(a)
    assert [month for month, _ in found] == [0, parse_month("2018-01"), parse_month("2019-01")]
    first, second, third = (settings for _, settings in found)
    assert first == a
    assert (second.push.codesign, second.offers["main"].depth) == (0.9, 0.1)
    assert (second.climate.severe_share, second.push.visits_per_month) == (0.5, 4)
    assert (third.push.visits_per_month, third.push.visits_per_council_per_year) == (None, 2)
    assert (third.push.codesign, third.offers["main"].opens) == (0.9, a.offers["main"].opens)
    assert third.events == a.events


def test_without_events_there_is_one_regime() -> None:
    a = scenario(BASE, "a")
    assert regimes(a) == [(0, a)]


def test_an_event_may_bring_a_team_and_a_mandate() -> None:
    text = (
        '[[scenarios.a.events]]\ndate = "2018-01"\n'
        'change.push.mandate.starts = "2018-06"\nchange.push.teams.new.visits_per_month = 3\n'
    )
    changed = regimes(scenario(BASE + text, "a"))[1][1]
    assert changed.push.mandate is not None
    assert changed.push.teams["new"].visits_per_month == 3


def test_regimes_of_a_scenario_made_by_hand_are_checked_too() -> None:
    made = Scenario.model_validate(
        {"events": [{"date": "2018-01", "change": {"push": {"codesign": 2}}}]}
    )
    with pytest.raises(BadInput, match="this is out of range"):
        regimes(made)


# ---------------------------------------------------------------- single settings, for curves


def test_with_setting_changes_one_setting() -> None:
    a = scenario(BASE, "a")
    assert with_setting(a, "push.visits_per_council_per_year", 3).push.visits_per_month is None
    drawn = with_setting(a, "councils.draw", 5.0).councils
    assert (drawn.draw, drawn.nations) == (5, ["Scotland"])
    assert with_setting(a, "offers.main.depth", 1).offers["main"].depth == 1
    assert with_setting(a, "offers.main.initial_members", 0.5).offers["main"].initial_members == 0.5


@pytest.mark.parametrize(
    "setting", ["push.visits", "title", "offers.main.opens", "offers.x.depth", "push", ""]
)
def test_with_setting_needs_a_numeric_setting(setting: str) -> None:
    with pytest.raises(BadInput, match="no numeric setting of this name"):
        with_setting(scenario(BASE, "a"), setting, 1)


def test_numeric_settings() -> None:
    found = numeric_settings(scenario(BASE, "a"))
    assert found["push.visits_per_month"] is float
    assert found["network.degree"] is int
    assert "offers.main.opens" not in found
    assert "offers.main.pilot" not in found
