"""The opening drawn: known answers of the draw, of the runs and of what is made of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sim.analysis.findings import Findings
from sim.analysis.supply import supply_table
from sim.model.opening import UNOPENED, dated
from sim.present.blocks import Table
from sim.present.report.facts import Facts
from sim.present.report.supply import supply
from sim.runs.results import Results
from sim.settings import Supply
from sim.settings.when import AfterOpening
from sim.study import simulate
from tests.shared.experiments import ONE_SCENARIO, assert_same_results, written
from tests.shared.scenarios import offer, scenario

# Announced two months before it opens, which is what is drawn where nothing varies.
ANNOUNCED = ONE_SCENARIO + '[scenarios.framework.offers.main]\nlaunched = "2018-05"\n'
ANNOUNCED = ANNOUNCED.replace('launched = "2018-05"', 'launched = "2018-05"\nopens = "2018-07"')
AS_GIVEN = "[supply]\nseeds = 3\nmedian_months = 2.0\nsigma = 0.0\nnever_share = 0.0\n"
NEVER = AS_GIVEN.replace("never_share = 0.0", "never_share = 1.0")
LATE = AS_GIVEN.replace("median_months = 2.0", "median_months = 100.0")
DRAWN = "[supply]\nseeds = 3\nmedian_months = 4.0\nsigma = 1.0\nnever_share = 0.3\n"


def made(folder: Path, more: str, engine: str = "compiled") -> Results:
    path = written(folder, ANNOUNCED.replace("[scenarios", f"{more}\n[scenarios", 1))
    return simulate(path, workers=1, out=None, engine=engine)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def as_given(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return made(tmp_path_factory.mktemp("supply"), AS_GIVEN)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return made(tmp_path_factory.mktemp("supply"), DRAWN)


def delays(of: Supply, seeds: int, launched: str | None = None) -> list[int]:
    one = scenario({"main": offer(opens="2018-03", launched=launched)})
    first = one.offers["main"].opens if launched is None else 2018 * 12
    return [dated(one, of, seed).offers["main"].opens - first for seed in range(1, seeds + 1)]


def test_months_and_the_chance_of_never_are_those_asked_for() -> None:
    found = np.array(delays(Supply(median_months=54.0, sigma=0.6, never_share=0.33), 2000))
    never = found > 600
    assert never.mean() == pytest.approx(0.33, abs=0.04)
    months = np.log(found[~never])
    assert np.median(months) == pytest.approx(np.log(54.0), abs=0.06)
    assert months.std() == pytest.approx(0.6, abs=0.05)


def test_months_are_counted_from_the_announcement() -> None:
    exact = Supply(median_months=10.0, sigma=0.0, never_share=0.0)
    assert delays(exact, 2) == [10, 10]
    assert delays(exact, 2, "2018-01") == [10, 10]


def test_a_future_draws_one_delay_for_all_scenarios_and_one_for_each_offer() -> None:
    one = scenario({"main": offer()})
    two = scenario({"main": offer(depth=0.9), "more": offer()}, {"visits_per_month": 0.0})
    asked = Supply(never_share=0.0)
    pairs = [(dated(one, asked, seed), dated(two, asked, seed)) for seed in range(1, 9)]
    assert all(a.offers["main"].opens == b.offers["main"].opens for a, b in pairs)
    assert any(b.offers["main"].opens != b.offers["more"].opens for _, b in pairs)


def test_what_is_counted_from_the_opening_moves_with_it() -> None:
    duty = {"mandate": {"starts": {"months_after_opening": 24}}}
    found = dated(scenario(push=duty), Supply(sigma=0.0, never_share=0.0), 1)
    assert found.push.mandate is not None
    assert isinstance(found.push.mandate.starts, AfterOpening)
    moved = found.in_calendar().push.mandate
    assert moved is not None
    assert moved.starts == found.offers["main"].opens + 24
    never = dated(scenario(push=duty), Supply(never_share=1.0), 1)
    assert never.offers["main"].opens == UNOPENED


def test_drawn_as_it_is_given_it_is_the_same_future(as_given: Results) -> None:
    """The opening is the given one in each future; only the count of months is another."""
    runs = as_given.runs.set_index(["point", "seed"])
    ours, theirs = runs.loc["supply/framework"], runs.loc["framework"]
    for column in ("opened", "joined_share_end", "visits", "net_saving_total_gbp_m"):
        assert ours[column].tolist() == theirs[column].tolist(), column
    # Ten months after the opening are twelve after the announcement.
    (row,) = supply_table(as_given).to_dict("records")
    assert row["opened_share"] == row["opened_by_end_share"] == 1.0
    assert row["at_the_end"] == pytest.approx(theirs["joined_share_end"].mean())


@pytest.mark.parametrize("more", [NEVER, LATE])
def test_futures_in_which_it_does_not_open_count_with_no_members(tmp_path: Path, more: str) -> None:
    results = made(tmp_path, more)
    (row,) = supply_table(results).to_dict("records")
    assert row["seeds"] == 3
    assert row["opened_share"] == row["opened_by_end_share"] == 0.0
    assert row["as_such_things_go"] == row["at_the_end"] == 0.0
    assert row["passed_as_such_things_go"] == 0.0
    assert results.failed.empty


def test_nothing_else_changes(as_given: Results, drawn: Results) -> None:
    both = [one.runs[one.runs["point"] == "framework"] for one in (as_given, drawn)]
    assert both[0].equals(both[1])


def test_both_engines_draw_the_same(drawn: Results, tmp_path: Path) -> None:
    assert_same_results(drawn, made(tmp_path, DRAWN, "mesa"))
    assert drawn.runs[drawn.runs["point"] == "supply/framework"]["opened"].nunique() > 1


def test_the_report_holds_both_side_by_side(drawn: Results) -> None:
    blocks = list(supply(Facts(drawn.experiment, Findings({"supply": supply_table(drawn)}))))
    (table,) = (block for block in blocks if isinstance(block, Table))
    assert len(table.rows) == 1
