"""Every sentence of the answer, and every number of a report, holds against the tables."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pandas as pd
import pytest

from sim.analysis.findings import Findings, find
from sim.experiment.load import load_experiment
from sim.present.blocks import Number, leaves_of, plain, texts_of, typed_digits
from sim.present.markdown import markdown
from sim.present.report.answer import statements
from sim.present.report.brief import brief
from sim.present.report.facts import Facts
from sim.present.report.report import CONVENTIONS, report
from sim.present.report.statements import Claim, claims_of, contrast
from sim.study import simulate
from tests.present.held import PHRASES, Held, numbers_held
from tests.shared.experiments import written

LARGE = '["Glasgow City", "City of Edinburgh", "Fife", "North Lanarkshire", "Highland", "Moray"]'
SMALL = '["Angus", "Stirling", "Inverclyde", "Clackmannanshire", "Shetland Islands", "Midlothian"]'


def text_of(
    scenarios: dict[str, str],
    *,
    seeds: int = 6,
    months: str = "6, 12",
    headline: int = 12,
    more: str = "",
    last: str = "2019-07",
) -> str:
    """Write an experiment of two years in Scotland; scenarios as TOML, offers opening at once."""
    head = f"""
title = "T"
question = "How far?"
{more if more.startswith("base") else ""}
[horizon]
starts = "2017-08"
ends = "{last}"
[seeds]
count = {seeds}
[sensitivity]
seeds = 0
[ideas]
seeds = 0
[outcomes]
months_since_opening = [{months}]
headline_months = {headline}
"""
    parts = [head, more if not more.startswith("base") else ""]
    for name, body in scenarios.items():
        lines = [f"[scenarios.{name}]", f'title = "Scenario {name}"']
        if "programme" not in body and "offers = {}" not in body:
            lines.append('programme = "scottish_framework"')
        if "councils" not in body:
            lines.append('councils = { nations = ["Scotland"] }')
        own, _, offer = body.partition("|")
        lines.append(own)
        if "offers = {}" not in body:
            lines.append(f"[scenarios.{name}.offers.main]")
            if "opens" not in offer:
                lines.append('launched = "2017-08"\nopens = "2017-08"')
            lines.append(offer)
        parts.append("\n".join(lines))
    return "\n".join(parts)


def facts_of(folder: Path, text: str, **options: object) -> tuple[Facts, Held]:
    results = simulate(load_experiment(written(folder, text)), workers=1, out=None, **options)  # type: ignore[arg-type]
    return Facts(results.experiment, find(results), results.manifest), Held(results)


def hold(facts: Facts, held: Held) -> str:
    """Hold answer, contrasts, brief and report against the tables; return the answer."""
    told = statements(facts)
    assert len(told) == 5
    words = [plain(statement.text, facts.findings) for statement in told]
    for statement, text in zip(told, words, strict=True):
        for claim in statement.claims:
            held.check(claim, text, facts.titles)
        _phrases(text, statement.claims)
        assert not re.search(r"\bnan\b|None|–(?!\d)", text), text
        assert text.endswith("."), text
    for row in facts.contrasts():
        found = contrast(facts, row)
        text = plain(found.text, facts.findings)
        for claim in found.claims:
            held.check(claim, text, facts.titles)
        _phrases(text, found.claims)
    blocks = [*report(facts, [], "command"), *brief(facts)]
    assert typed_digits(blocks, CONVENTIONS) == []
    leaves = (leaf for text in texts_of(blocks) for leaf in leaves_of(text))
    assert numbers_held((n for n in leaves if isinstance(n, Number)), held, facts) > 20
    page = markdown(blocks, facts.findings)
    assert not re.search(r"(?<![a-z])(?:nan|NaN|inf|None)(?![a-z])", page)
    return "\n".join(words)


def _phrases(text: str, claims: tuple[Claim, ...]) -> None:
    kinds = {claim.kind for claim in claims}
    for phrase, kind in PHRASES.items():
        assert (phrase in text) == (kind in kinds), (phrase, kinds, text)


# ---------------------------------------------------------------- inputs that were told wrongly


def test_one_future_gives_no_difference_and_no_chance(tmp_path: Path) -> None:
    facts, held = facts_of(tmp_path, text_of({"a": "", "b": "|depth = 0.9"}, seeds=1))
    answer = hold(facts, held)
    assert "cannot tell a difference from luck" in answer
    assert "almost certain" not in answer
    assert "remote chance" not in answer
    assert "points" not in answer
    page = markdown(report(facts, [], "x"), facts.findings)
    assert not re.search(r"\(\d+–\d+%\)", page)


def test_nobody_everybody_and_nothing_are_ties(tmp_path: Path) -> None:
    nobody = (
        "|depth = 1.0\nrealised_ratio = -1.0\nrealised_ratio_sd = 0.0\n"
        "promised_saving_share = 0.0\njoining_cost_gbp_m = 100.0"
    )
    everybody = "|initial_members = 32"
    cases = {"nobody": nobody, "all1": everybody, "all2": everybody, "nothing": "offers = {}"}
    facts, held = facts_of(tmp_path, text_of(cases))
    hold(facts, held)
    verdicts = {
        (row["scenario"], row["versus"]): row["verdict"] for row in facts.rows("comparison")
        if row["outcome"] == facts.outcome and row["group"] == "all"
    }  # fmt: skip
    assert verdicts["all1", "nobody"] == "higher"
    assert facts.chance("nothing") == "not possible"


def test_the_same_settings_make_no_difference(tmp_path: Path) -> None:
    facts, held = facts_of(tmp_path, text_of({"a": "", "b": ""}))
    assert "no difference in any of 6 futures" in hold(facts, held)


def test_what_was_not_watched_has_not_failed(tmp_path: Path) -> None:
    late = '|launched = "2019-07"\nopens = "2019-07"'
    text = text_of({"a": "", "late": late}, months="1, 12", headline=12)
    facts, held = facts_of(tmp_path, text)
    answer = hold(facts, held)
    assert "under “Scenario late” the horizon ends before that time" in answer
    page = markdown(report(facts, [], "x"), facts.findings)
    (line,) = [
        line for line in page.splitlines()
        if line.startswith("| Scenario late") and "not known yet" in line
    ]  # fmt: skip
    assert "remote" not in line
    row = facts.row("late", "passed")
    assert row is not None
    assert pd.isna(row["mean"])
    compared = facts.findings.row("comparison", "late", "a", "all", "all", "passed")
    assert compared is not None
    assert pd.isna(compared["difference"])
    months = facts.findings.row("comparison", "late", "a", "all", "all", "months_to_50pc")
    assert months is not None
    assert pd.isna(months["share_higher"])
    councils = facts.findings["councils"]
    assert councils[councils["scenario"] == "late"]["joined_by_then_share"].isna().all()


def test_what_was_reached_before_the_horizon_ended_is_reached(tmp_path: Path) -> None:
    text = text_of({"all": "|initial_members = 32"}, months="6, 48", headline=6)
    facts, _ = facts_of(tmp_path, text)
    row = facts.row("all", "passed")
    assert row is not None
    assert row["mean"] == 1.0


def test_a_clear_fall_along_a_curve_is_not_hardly_a_change(tmp_path: Path) -> None:
    curve = """
[curves.c]
setting = "offers.main.depth"
values = [0.6, 0.1, 0.4]
scenarios = ["a"]
seeds = 20
"""
    facts, held = facts_of(tmp_path, text_of({"a": ""}, seeds=20) + curve)
    answer = hold(facts, held)
    (move,) = facts.rows("moves")
    assert (move["from"], move["to"], move["verdict"]) == (0.1, 0.6, "lower")
    assert move["high"] < 0
    assert "at 0.6 instead of 0.1, the share of councils joined differs by −" in answer


def test_two_scopes_of_one_size_are_not_the_same_councils(tmp_path: Path) -> None:
    cases = {"large": f"|scope = {{ codes = {LARGE} }}", "small": f"|scope = {{ codes = {SMALL} }}"}
    facts, held = facts_of(tmp_path, text_of(cases))
    answer = hold(facts, held)
    assert "other councils" in answer
    assert "same councils" not in answer
    assert not any(row["paired"] for row in facts.contrasts())


def test_the_same_councils_in_other_words_are_the_same(tmp_path: Path) -> None:
    cases = {"a": "", "b": 'councils = { regions = ["Scotland"] }'}
    facts, _ = facts_of(tmp_path, text_of(cases), seeds=2)
    assert all(row["paired"] for row in facts.contrasts())


def test_two_scenarios_of_one_title_are_told_apart(tmp_path: Path) -> None:
    text = text_of({"a": "", "b": "|depth = 0.9"}).replace('"Scenario b"', '"Scenario a"')
    facts, held = facts_of(tmp_path, text)
    assert "“Scenario a (b)” against “Scenario a (a)”" in hold(facts, held)


def test_a_probability_from_few_futures_keeps_its_width(tmp_path: Path) -> None:
    explain = """
[explain.e]
from = "a"
to = "b"
outcome = "passed"
seeds = 4
[explain.e.groups]
"Fee" = ["offers.main.annual_fee_gbp_m"]
"""
    text = text_of({"a": "", "b": "|annual_fee_gbp_m = 0.031"}, seeds=4) + explain
    facts, held = facts_of(tmp_path, text)
    hold(facts, held)
    (row,) = facts.rows("attribution")
    assert (row["attributed"], row["total"]) == (0.0, 0.0)
    assert row["low"] < -0.2 < 0.2 < row["high"]
    assert row["total_low"] < -0.2 < 0.2 < row["total_high"]


# ---------------------------------------------------------------- caveats of their own


def test_a_duty_a_cancelled_programme_and_unequal_budgets_bring_caveats(tmp_path: Path) -> None:
    plain_text = text_of({"a": "", "b": ""}, seeds=2)
    facts, _ = facts_of(tmp_path, plain_text)
    page = markdown(report(facts, [], "x"), facts.findings)
    heads = ("A duty is no choice.", "A programme is cancelled.", "Budgets are not equal.")
    assert not any(head in page for head in heads)
    text = plain_text + (
        '\n[scenarios.b.push]\nmandate = { starts = "2018-01" }\nannual_cost_gbp_m = 4.0\n'
        "review_months = 6\nminimum_share = 1.0\n"
    )
    facts, _ = facts_of(tmp_path, text)
    page = markdown(report(facts, [], "x"), facts.findings)
    assert all(head in page for head in heads)
    assert "A duty is no choice." in page.split("## What each scenario changes")[0]


def test_visits_are_told_as_made_and_planned_and_as_free_only_where_they_are(
    tmp_path: Path,
) -> None:
    pushes = "\n[scenarios.{}.push]\nvisits_per_month = {}\ncost_per_visit_gbp_m = {}\n"
    head = "Visits differ, and their cost is not counted."
    for price, is_said in ((0.0, True), (0.02, False)):
        text = text_of({"a": "", "b": ""}, seeds=2)
        text += pushes.format("a", 1.0, price) + pushes.format("b", 60.0, price)
        facts, held = facts_of(tmp_path, text)
        page = markdown(report(facts, [], "x"), facts.findings)
        assert (head in page) == is_said
    own = held.results.of_scenario("b")
    made, planned = own["visits"].median(), own["visits_planned"].median()
    assert f"| {made:,.0f} of {planned:,.0f} (" in page
    assert 0 < made < planned


# ---------------------------------------------------------------- any experiment


def random_text(number: int) -> str:
    """Write an experiment from its number alone."""
    luck = random.Random(number)
    last = luck.choice(["2018-10", "2019-07", "2020-01"])
    offers = [
        "",
        "|depth = 0.9",
        "|depth = 0.26",
        "|annual_fee_gbp_m = 0.2",
        "|initial_members = 0.4",
        "|initial_members = 6",
        "|realised_ratio = 1.5\npromised_saving_share = 0.5\nswitching_cost_years = 0.0",
        f"|scope = {{ codes = {LARGE} }}",
        f"|scope = {{ codes = {SMALL} }}",
        '|launched = "2017-10"\nopens = "2018-01"',
        f'|launched = "{last}"\nopens = "{last}"',
    ]
    councils = luck.choice(
        [
            "",
            "",
            f"councils = {{ codes = {LARGE} }}",
            'councils = { nations = ["Scotland"], draw = 8 }',
        ]
    )
    scenarios = {}
    for name in "abcdefgh"[: luck.choice([1, 1, 2, 2, 3, 4, 5, 8])]:
        body = luck.choice(offers)
        if "codes" in councils or "draw" in councils:
            body = "" if "scope" in body or "= 6" in body else body
        if luck.random() < 0.12:
            body = "offers = {}"
        own = councils if luck.random() < 0.8 else ""
        if own == "" and "= 6" in body:
            body = ""
        if luck.random() < 0.15 and "offers" not in body:
            own += '\npush.mandate = { starts = "2018-06" }'
        scenarios[name] = own + ("\n" if own else "") + body
    months, headline = luck.choice([("6, 12", 12), ("3, 6", 3), ("6, 18, 36", 18), ("12, 60", 60)])
    text = text_of(
        scenarios,
        seeds=luck.choice([1, 2, 3, 4, 8, 24, 30]),
        months=months,
        headline=headline,
        last=last,
    )
    share = luck.choice([0.1, 0.5, 0.9])
    text = text.replace("[outcomes]", f"[outcomes]\npass_share = {share}")
    if luck.random() < 0.6:
        text = text.replace("[sensitivity]", '[parameters]\nsource = "point"\n[sensitivity]')
    offered = [name for name, body in scenarios.items() if "offers = {}" not in body]
    if offered and luck.random() < 0.4:
        text += f"""
[curves.c]
setting = "offers.main.depth"
values = [0.25, {luck.choice([0.26, 0.8])}]
scenarios = ["{offered[0]}"]
seeds = {luck.choice([2, 6])}
"""
    return text


def held_at_random(folder: Path, number: int) -> None:
    text = random_text(number)
    try:
        facts, held = facts_of(folder, text)
        hold(facts, held)
    except AssertionError as error:
        raise AssertionError(f"number {number}: {error}\n{text}") from error


@pytest.mark.parametrize("number", range(1))
def test_any_small_experiment_is_told_as_its_tables_are(tmp_path: Path, number: int) -> None:
    held_at_random(tmp_path, number)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(100, 130))
def test_many_more_experiments(tmp_path: Path, number: int) -> None:
    held_at_random(tmp_path, number)


def test_what_is_held_would_be_found_wrong(tmp_path: Path) -> None:
    """A claim or number that the tables do not bear out is found."""
    facts, held = facts_of(tmp_path, text_of({"a": "", "b": "|depth = 0.9"}, seeds=24))
    kinds = {claim.kind for claim in claims_of(statements(facts))}
    assert {"chance", "same councils", "lower"} <= kinds
    for wrong in (
        Claim("higher", ("b", "a", "all", "all", facts.outcome)),
        Claim("equal", ("b", "a", "all", "all", facts.outcome)),
        Claim("other councils", ("b", "a")),
        Claim("falls short", ("a",)),
        Claim("nothing on offer", ("a",)),
        Claim("not seen", ("a",)),
        Claim("one future", ("a",)),
        Claim("gains money", ("a",)),
    ):
        with pytest.raises(AssertionError):
            held.check(wrong, "", facts.titles)
    summary = facts.findings["summary"]
    off = {**facts.findings, "summary": summary.assign(median=summary["median"] + 0.001)}
    facts = Facts(facts.experiment, Findings(off), facts.manifest)
    number = facts.of("a", facts.outcome)
    with pytest.raises(AssertionError, match="but the tables say"):
        numbers_held(iter([number]), held, facts)
