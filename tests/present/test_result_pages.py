"""The brief, the page of one council, and two results compared."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from sim.analysis.findings import find
from sim.analysis.two_results import two_results
from sim.experiment.load import load_experiment
from sim.present.blocks import Heading, Note, Table, plain, typed_digits
from sim.present.markdown import markdown
from sim.present.report.brief import brief
from sim.present.report.caveats import caveats
from sim.present.report.compared import FINDING, compared
from sim.present.report.council_page import council_page
from sim.present.report.facts import Facts
from sim.present.report.report import CONVENTIONS
from sim.runs.results import Results
from sim.study import simulate
from tests.shared.experiments import SMALL, written

FIFE = "S12000047"


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    path = written(tmp_path_factory.mktemp("pages"), SMALL)
    return simulate(load_experiment(path), seeds=4, workers=1, out=None)


@pytest.fixture(scope="module")
def facts(results: Results) -> Facts:
    return Facts(results.experiment, find(results), results.manifest)


def results_with(folder: Path, *changes: str, seeds: int = 4) -> Results:
    experiment = load_experiment(written(folder), changes)
    return simulate(experiment, seeds=seeds, workers=1, out=None)


def facts_of(results: Results) -> Facts:
    return Facts(results.experiment, find(results), results.manifest)


def words_of(first: Facts, second: Facts, table: pd.DataFrame) -> str:
    return markdown(compared(first, second, table), {FINDING: table})


def test_the_brief_fits_a_page(facts: Facts) -> None:
    blocks = brief(facts)
    assert typed_digits(blocks, CONVENTIONS) == []
    assert len([block for block in blocks if isinstance(block, Table)]) == 1
    notes = [block for block in blocks if isinstance(block, Note)]
    assert len(notes) == 1
    text = markdown(blocks, facts.findings)
    assert text.count("- **") >= 5
    assert len(text.split()) < 700
    assert not re.search(r"\bnan\b|\binf\b", text)


def test_tables_of_short_pages_have_captions(facts: Facts) -> None:
    pages = brief(facts), council_page(facts, FIFE)
    captions = [
        plain(block.caption, facts.findings)
        for page in pages
        for block in page
        if isinstance(block, Table)
    ]
    assert captions == [
        "The scenarios side by side",
        "How often Fife joins, and where it stands at the end",
    ]


def facts_with(folder: Path, *changes: str) -> Facts:
    experiment = load_experiment(written(folder), changes)
    found = simulate(experiment, seeds=1, workers=1, out=None)
    return Facts(found.experiment, find(found), found.manifest)


def test_a_review_after_the_end_is_said_to_be_unseen(tmp_path: Path) -> None:
    """The offer opens in the first of twelve months."""
    within, after = (
        " ".join(
            str(caveat)
            for caveat in caveats(
                facts_with(
                    tmp_path / str(months),
                    f"scenarios.framework.push.review_months={months}",
                    "scenarios.framework.push.minimum_share=0.1",
                )
            )
        )
        for months in (12, 13)
    )
    assert "A review falls after the end." not in within
    assert "A review falls after the end." in after


@pytest.mark.slow
def test_the_brief_of_many_scenarios_shows_some(facts: Facts, tmp_path: Path) -> None:
    more = "".join(f'\n[scenarios.s{n}]\nbased_on = "framework"\n' for n in range(9))
    experiment = load_experiment(written(tmp_path, SMALL + more))
    found = simulate(experiment, seeds=1, workers=1, out=None)
    many = Facts(found.experiment, find(found))
    (table,) = [block for block in brief(many) if isinstance(block, Table)]
    assert len(table.rows) == 8
    assert "The report has the other scenarios." in markdown(brief(many), many.findings)


def test_the_page_of_a_council_says_what_its_table_says(facts: Facts, results: Results) -> None:
    blocks = council_page(facts, FIFE)
    assert blocks[0] == Heading(1, blocks[0].text)  # type: ignore[union-attr]
    assert typed_digits(blocks, CONVENTIONS) == []
    text = markdown(blocks, facts.findings)
    assert text.startswith("# Fife\n")
    assert "Scottish council in Scotland" in text
    table = results.of("scenario", "joined")
    mine = table[(table["scenario"] == "framework") & (table["gss_code"] == FIFE)]
    often = round(100 * float((mine["joined"].notna()).mean()))
    (line,) = [line for line in text.splitlines() if line.startswith("| Common procurement")]
    assert line.split("|")[2].strip() == f"{often}%"
    inside = mine["why_not"].isin(["joined", "said yes, not yet in"]).mean()
    assert line.split("|")[4].strip() == f"{round(100 * float(inside))}%"


def test_whom_a_council_listens_to_adds_up(facts: Facts) -> None:
    table = facts.findings["listening"]
    assert (table.groupby(["scenario", "gss_code"])["weight"].sum() <= 1.0 + 1e-9).all()
    mine = table[(table["scenario"] == "framework") & (table["gss_code"] == FIFE)]
    assert mine["weight"].is_monotonic_decreasing
    assert not mine["source_code"].duplicated().any()
    assert FIFE not in set(mine["source_code"])
    reasons = facts.findings["council_reasons"]
    whole = reasons.groupby(["scenario", "gss_code"])["share"].sum()
    assert whole.to_numpy() == pytest.approx(1.0)


def test_a_council_that_takes_part_nowhere_has_no_page(facts: Facts) -> None:
    with pytest.raises(KeyError, match="E06000001"):
        council_page(facts, "E06000001")


def test_two_results_tell_settings_and_differences(
    facts: Facts, results: Results, tmp_path: Path
) -> None:
    changed = results_with(tmp_path, "scenarios.framework.offers.main.depth=0.9")
    other, table = facts_of(changed), two_results(results, changed)
    assert typed_digits(compared(facts, other, table), CONVENTIONS) == []
    text = words_of(facts, other, table)
    assert "the offer, control given up: 0.9 (instead of 0.25)" in text
    (row,) = table[
        (table["scenario"] == "framework") & (table["outcome"] == facts.outcome)
    ].to_dict("records")
    means = [one.row("framework", one.outcome) for one in (facts, other)]
    assert means[0] is not None
    assert means[1] is not None
    assert row["first_mean"] == pytest.approx(means[0]["mean"])
    assert row["difference"] == pytest.approx(means[1]["mean"] - means[0]["mean"])
    assert row["paired"]
    assert row["low"] <= row["difference"] <= row["high"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("seeds.first=50", "no seed in common"),
        ('scenarios.framework.councils={ codes = ["Fife", "Moray", "Angus"] }', "other councils"),
        ('parameters.source="point"', "behaviour from elsewhere"),
    ],
)
def test_what_cannot_be_paired_has_a_wide_interval(
    results: Results, facts: Facts, tmp_path: Path, change: str, why: str
) -> None:
    changed = results_with(tmp_path, change)
    table = two_results(results, changed)
    rows = table[table["scenario"] == "framework"].set_index("outcome")
    row = rows.loc[facts.outcome]
    assert not row["paired"]
    assert row["note"] == f"unpaired: {why}"
    assert row["low"] == pytest.approx(max(row["second_mean_low"] - row["first_mean_high"], -1.0))
    assert rows["difference"].isna()["incidents"] == (why == "other councils")
    assert f"unpaired: {why}" in words_of(facts, facts_of(changed), table)


def test_seeds_that_both_have_are_paired(results: Results, tmp_path: Path) -> None:
    table = two_results(results, results_with(tmp_path, seeds=2))
    assert table.loc[table["scenario"] == "framework", "seeds"].eq(2).all()
    assert table["difference"].dropna().eq(0.0).all()


def test_another_month_has_no_difference(facts: Facts, results: Results, tmp_path: Path) -> None:
    changed = results_with(tmp_path, "outcomes.headline_months=6")
    text = words_of(facts, facts_of(changed), two_results(results, changed))
    assert "none to give: other months after opening" in text


def test_the_same_result_twice_is_the_same(facts: Facts, results: Results) -> None:
    table = two_results(results, results)
    text = words_of(facts, facts, table)
    assert "The same in both: " in text
    assert "Only in" not in text
    again = replace(facts, manifest={"version": "another"})
    assert "Two versions of the model" in words_of(facts, again, table)
