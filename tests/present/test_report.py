"""The report says what the tables say, whatever the results hold."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.analysis.findings import FINDINGS, Findings, find, read_findings
from sim.analysis.summary import summary
from sim.experiment.load import load_experiment
from sim.experiment.parameters import about_posterior
from sim.files.spreadsheet import harmless, write_csv
from sim.present.blocks import Bullets, Number, Paragraph, leaves_of, texts_of, typed_digits
from sim.present.formats import gbp_m as money
from sim.present.formats import percent, points
from sim.present.markdown import markdown
from sim.present.report.answer import answer
from sim.present.report.facts import Facts
from sim.present.report.report import CONVENTIONS, report
from sim.runs.results import Results, load_results
from sim.study import simulate
from tests.shared.experiments import CURVES, SMALL, written
from tests.shared.pages import assert_tables_well_formed, markdown_tables

NOTHING = """
[scenarios.nothing]
title = "Nothing on offer"
offers = {}
councils = { nations = ["Scotland"] }
"""


def results_of(folder: Path, text: str = SMALL, **options: object) -> Results:
    experiment = load_experiment(written(folder, text))
    return simulate(experiment, workers=1, out=None, **options)  # type: ignore[arg-type]


def facts_of(results: Results) -> Facts:
    return Facts(results.experiment, find(results), results.manifest)


def page(results: Results) -> str:
    """Write the report without pictures."""
    facts = facts_of(results)
    blocks = report(facts, [], "python run.py simulate x.toml")
    assert typed_digits(blocks, CONVENTIONS) == []
    text = markdown(blocks, facts.findings)
    assert_tables_well_formed(text)
    return text


def answer_lines(results: Results) -> list[str]:
    """Sentences of the answer as Markdown, one a line."""
    facts = facts_of(results)
    return [
        line.removeprefix("- ")
        for line in markdown([Bullets(answer(facts))], facts.findings).splitlines()
    ]


def section(text: str, head: str) -> str:
    return text.split(f"## {head}\n")[1].split("\n## ")[0]


def assert_no_nan(text: str) -> None:
    """Check that no missing value shows as such."""
    assert not re.findall(r"(?<![a-z])(?:nan|NaN|NaT|inf|None|<NA>)(?![a-z])", text)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    folder = tmp_path_factory.mktemp("report")
    return results_of(folder, SMALL + NOTHING + CURVES, seeds=5)


# ---------------------------------------------------------------- numbers in the answer


def whole(value: float) -> str:
    """Round as people do, half away from zero."""
    return str(Decimal(repr(float(value))).quantize(Decimal(1), ROUND_HALF_UP))


def test_the_answer_is_five_sentences_in_the_order_of_the_question(results: Results) -> None:
    lines = answer_lines(results)
    assert len(lines) == 5
    heads = [re.match(r"\*\*(.+?)\*\*", line) for line in lines]
    told = [found[1] for found in heads if found]
    assert told[0] == "Does it work?"
    assert told[2:] == ["What makes the difference?", "Does it pay?", "How sure is this?"]


def test_the_first_sentence_gives_bands_and_use_beside_joining(results: Results) -> None:
    runs = results.of("scenario")
    line = answer_lines(results)[0]
    shares = runs[runs["scenario"] == "framework"][["joined_share_12m", "use_share_12m"]]
    joined, used = (100 * float(value) for value in shares.median())
    low, high = 100 * shares["joined_share_12m"].quantile([0.05, 0.95])
    first, second = line.split("a year after opening, typically ")[1].split(
        " have joined (in brackets: nine in ten futures), with "
    )
    assert f"{whole(joined)}% ({whole(low)}–{whole(high)}%)" in first
    assert (f"{whole(used)}%" if used >= 0.5 else "under 1%") in second
    assert "of the IT spend that the offer is about" in second


def test_what_the_answer_speaks_of_is_said_before_it(results: Results) -> None:
    facts = facts_of(results)
    before = markdown(report(facts, [], "x"), facts.findings).split("## The answer")[0]
    assert "The answer speaks of:" in before
    named = [name for name in facts.chief if facts.settings(name).stands_for]
    assert named
    for name in named:
        assert f"**{facts.titles[name]}**: " in before


def test_what_each_scenario_changes_stands_before_any_result(results: Results) -> None:
    text = page(results)
    told = section(text, "What each scenario changes")
    assert "As “Common procurement”, but for 1 setting" in told
    assert "visits: none (instead of 6 a month by the whole team)" in told
    assert text.index("## What each scenario changes") < text.index("| Scenario")


def test_the_table_side_by_side_holds_the_medians(results: Results) -> None:
    text = page(results)
    (table,) = markdown_tables(section(text, "The scenarios side by side"))
    head, _, *rows = table
    assert head[:4] == ["Scenario", "Councils", "Joined", "Spend routed"]
    found = {row[0]: dict(zip(head, row, strict=True)) for row in rows}
    assert set(found) == {results.title(scenario) for scenario in results.scenarios}
    (later,) = markdown_tables(section(text, "How joining unfolds"))
    unfolding = {row[0]: dict(zip(later[0], row, strict=True)) for row in later[2:]}
    for scenario in ("framework", "no_visits", "drawn"):
        whole_table = results.of("scenario")
        runs = whole_table[whole_table["scenario"] == scenario]
        row = found[results.title(scenario)]
        assert row["Councils"] == ("12" if scenario == "drawn" else "32")
        for months in (6, 12):
            median = 100 * float(runs[f"joined_share_{months}m"].median())
            joined = unfolding[results.title(scenario)][f"Joined after {months} months"]
            assert joined.startswith(f"{whole(median)}% (")
        assert row["Joined"] == joined
        cost = float(runs["programme_cost_gbp_m"].median())
        assert row["Programme cost"] == f"£{cost:.1f}m"


# ---------------------------------------------------------------- results of all kinds


def test_nothing_on_offer_is_said_so(results: Results) -> None:
    text = page(results)
    assert_no_nan(text)
    (table,) = markdown_tables(section(text, "The scenarios side by side"))
    (row,) = [row for row in table if row[0] == "Nothing on offer"]
    assert row[2] == "nothing on offer"
    assert row[5] == "not possible"
    (later,) = markdown_tables(section(text, "How joining unfolds"))
    (row,) = [row for row in later if row[0] == "Nothing on offer"]
    assert row[1] == "never"
    assert row[2:4] == ["–", "–"]


def test_only_scenarios_without_an_offer(tmp_path: Path) -> None:
    text = page(results_of(tmp_path, SMALL[: SMALL.index("[scenarios.")] + NOTHING))
    assert_no_nan(text)
    assert "nothing is on offer, so nobody can join" in text


def test_one_scenario(tmp_path: Path) -> None:
    text = page(results_of(tmp_path, scenarios=["framework"]))
    assert_no_nan(text)
    assert "There is only one scenario: nothing to compare with." in text
    assert "Nobody calls" not in text


@pytest.mark.parametrize("scenarios", [None, ["framework"], ["drawn"]])
def test_one_seed_claims_nothing_of_chance(tmp_path: Path, scenarios: list[str] | None) -> None:
    text = page(results_of(tmp_path, SMALL + CURVES, seeds=1, scenarios=scenarios))
    assert_no_nan(text)
    lines = section(text, "The answer")
    assert "9 in 10 futures:" not in lines
    assert "no difference" not in lines
    assert "1 futures" not in text
    assert "One seed cannot tell how far futures differ" in text


@pytest.mark.parametrize("seeds", [1, 3])
def test_a_horizon_that_ends_before_the_headline(tmp_path: Path, seeds: int) -> None:
    text = SMALL.replace("[6, 12]", "[6, 24]").replace(
        "headline_months = 12", "headline_months = 24"
    )
    words = page(results_of(tmp_path, text + NOTHING + CURVES, seeds=seeds))
    assert_no_nan(words)
    answer = section(words, "The answer").split("> ")[0]
    assert "in April 2019, before two years are over, " in answer
    assert "no difference" not in answer


def test_opening_after_the_horizon_is_no_crash(tmp_path: Path) -> None:
    text = SMALL + '\n[scenarios.late]\ntitle = "Late"\nbased_on = "framework"\n'
    text += '[scenarios.late.offers.main]\nopens = "2019-03"\n'
    assert_no_nan(page(results_of(tmp_path, text)))


def test_failed_runs_are_mentioned(results: Results) -> None:
    assert "failed" not in page(results).replace("x.toml", "")
    one = pd.DataFrame({"point": ["drawn"], "seed": [9], "error": ["Traceback: no"]})
    assert re.search(r"\*\*1 run failed\*\*", page(replace(results, failed=one)))
    two = pd.concat([one, one], ignore_index=True)
    assert "**2 runs failed**" in page(replace(results, failed=two))


def test_too_few_seeds_are_mentioned(results: Results) -> None:
    assert "Too few futures" in page(results)


def test_words_from_the_file_stay_words(tmp_path: Path) -> None:
    hostile = "<b> | `x` *y* _z_ [a](b) #h $m$ & Comhairle nan Eilean Siar 🏴"
    of = load_experiment(written(tmp_path))
    scenario = of.scenarios["framework"].model_copy(update={"title": hostile})
    of = of.model_copy(
        update={"title": hostile, "scenarios": {**of.scenarios, "framework": scenario}}
    )
    text = page(simulate(of, seeds=2, workers=1, out=None))
    assert "<b>" not in text
    assert "](b)" not in text.replace("\\]", "")
    assert "🏴" in text.splitlines()[0]


# ---------------------------------------------------------------- one quantity, one number


def test_every_number_of_the_report_stands_in_a_finding(results: Results) -> None:
    facts = facts_of(results)
    blocks = report(facts, [], "python run.py simulate x.toml")
    numbers = [leaf for text in texts_of(blocks) for leaf in leaves_of(text) if is_number(leaf)]
    assert len(numbers) > 100
    for number in numbers:
        assert isinstance(number, Number)
        assert number.finding in FINDINGS
        facts.findings.value(number.finding, number.row, number.column)


def is_number(part: object) -> bool:
    return isinstance(part, Number)


def test_a_number_that_is_typed_is_found() -> None:
    assert typed_digits([Paragraph("31% have joined")], CONVENTIONS)
    assert not typed_digits([Paragraph("in 9 in 10 futures")], CONVENTIONS)


@pytest.mark.slow
def test_the_headline_is_the_same_wherever_it_stands(tmp_path: Path) -> None:
    """One statistic from all futures: no mean, no fewer futures, no other level beside it."""
    text = SMALL.replace("seeds = 0", "seeds = 2").replace("count = 3", "count = 6") + CURVES
    results = results_of(tmp_path, text)
    facts = facts_of(results)
    blocks = report(facts, [], "python run.py simulate x.toml")
    levels = ("median", "mean", "q05", "q95")
    for text_ in texts_of(blocks):
        for leaf in leaves_of(text_):
            if not isinstance(leaf, Number) or leaf.column not in levels:
                continue
            if leaf.finding == "structures":  # the model built otherwise
                assert leaf.row[1] != about_posterior()["structure"], leaf
                continue
            # Levels come from the summary of all futures; what rests on fewer is a change.
            assert leaf.finding in ("summary", "headline"), leaf
            if leaf.row[-1] == facts.outcome:
                assert leaf.column != "mean", leaf
    headline = facts.findings["headline"].set_index("scenario")["median"]
    for scenario in results.scenarios:
        row = facts.row(scenario, facts.outcome)
        assert row is not None
        assert row["median"] == headline[scenario]
        runs = results.of("scenario")
        shares = runs.loc[runs["scenario"] == scenario, facts.outcome]
        assert row["median"] == pytest.approx(float(shares.median()))


@pytest.mark.slow
def test_findings_on_disk_are_those_of_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.present.figures.catalogue.DRAWINGS", ())
    kept = simulate(written(tmp_path), workers=1, out=tmp_path / "out")
    assert kept.directory is not None
    back = read_findings(kept.directory)
    again = find(load_results(kept.directory))
    assert set(back) == set(again) == set(FINDINGS)
    for name in FINDINGS:
        pd.testing.assert_frame_equal(
            back[name], again[name], check_dtype=False, check_exact=True, obj=name
        )
        csv = pd.read_csv(kept.directory / "findings" / f"{name}.csv", encoding="utf-8-sig")
        assert list(csv.columns) == list(again[name].columns)
        assert len(csv) == len(again[name])


def test_two_rows_of_the_same_keys_are_refused() -> None:
    twice = pd.DataFrame({"name": ["a", "a"], "value": [1.0, 2.0]})
    with pytest.raises(ValueError, match="in_force have the same name"):
        Findings({"in_force": twice})


# ---------------------------------------------------------------- figures in words


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.0, "0%"),
        (-0.0, "0%"),
        (0.0001, "under 1%"),
        (0.0049, "under 1%"),
        (0.0051, "1%"),
        (0.011, "1%"),
        (0.236, "24%"),
        (1.0, "100%"),
        (1.284, "128%"),
        (12.5, "1250%"),
        (math.nan, "–"),
    ],
)
def test_percent(share: float, words: str) -> None:
    assert percent(share).replace(",", "") == words


def test_a_share_above_nothing_is_never_written_as_nothing() -> None:
    for share in np.linspace(0.0001, 0.02, 200):
        assert percent(float(share)) != "0%"
    assert percent(0.005) != "0%"


@pytest.mark.parametrize(
    ("difference", "words"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (0.0004, "0"),
        (-0.0004, "0"),
        (0.004, "+0.4"),
        (0.016, "+1.6"),
        (-0.034, "−3.4"),
        (0.0996, "+10"),
        (-1.0, "−100"),
        (math.nan, "–"),
    ],
)
def test_points(difference: float, words: str) -> None:
    assert points(difference) == words


@pytest.mark.parametrize(
    ("gbp_m", "words"),
    [
        (0.0, "£0"),
        (-0.0, "£0"),
        (-0.04, "£0"),
        (0.06, "£0.1m"),
        (-0.06, "−£0.1m"),
        (9.94, "£9.9m"),
        (10.0, "£10m"),
        (999.6, "£1,000m"),
        (-1234.5678, "−£1,235m"),
        (1_234_567.0, "£1,234,567m"),
        (math.nan, "–"),
    ],
)
def test_money(gbp_m: float, words: str) -> None:
    assert money(gbp_m) == words


# ---------------------------------------------------------------- tables for Excel


def test_csv_files_open_in_excel_and_hold_the_table(results: Results, tmp_path: Path) -> None:
    table = summary(results)
    path = tmp_path / "summary.csv"
    write_csv(path, table)
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")  # or Excel misreads £ and Gaelic letters
    assert b"\r" not in raw
    back = pd.read_csv(path, encoding="utf-8-sig")
    assert list(back.columns) == list(table.columns)
    np.testing.assert_allclose(back["mean"], table["mean"].to_numpy(dtype=float), rtol=1e-9)
    assert back["title"].tolist() == table["title"].tolist()


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_what_excel_would_run_is_kept_as_text(start: str) -> None:
    assert harmless(f"{start}cmd|' /C calc'!A0").startswith("'")
    assert harmless("plain = text") == "plain = text"
    assert harmless(-1.5) == -1.5
