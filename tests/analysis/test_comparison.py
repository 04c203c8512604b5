import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.analysis import estimators as statistics
from sim.analysis.comparison import COMPARISON_COLUMNS, comparison, pairs
from sim.analysis.curves import CURVE_COLUMNS, cancellation_curve, curve_table
from sim.analysis.probability_words import YARDSTICK, frequency, words, words_within
from sim.analysis.summary import SUMMARY_COLUMNS, seeds_note, summary
from sim.model.mesa_model import PlatformModel
from sim.runs.measure import tables_of
from sim.runs.results import Results
from sim.runs.results import results_of as of_tables
from sim.runs.tables import KEYS
from sim.settings import Experiment
from sim.settings.columns import about, is_share, is_total, outcomes_among, unit

Values = Sequence[float | bool | None]
HEADLINE = "joined_share_60m"
NO_FAILURES = pd.DataFrame(columns=["point", "seed", "error"])
SCOTLAND = {"nations": ["Scotland"]}
ENGLAND = {"nations": ["England"]}


def settings(scenarios: Mapping[str, Any], **more: Any) -> Experiment:
    return Experiment.model_validate(
        {
            "title": "Trial",
            "question": "What?",
            "horizon": {"starts": "2017-01", "ends": "2026-12"},
            "scenarios": {
                name: {"councils": councils, "offers": {"main": {"opens": "2017-02"}}}
                for name, councils in scenarios.items()
            },
            "parameters": {"source": "point"},
            **more,
        }
    )


def frame(columns: Mapping[str, Values], **keys: Any) -> pd.DataFrame:
    table = pd.DataFrame(dict(columns))
    table.insert(0, "seed", np.arange(1, len(table) + 1))
    for name, value in keys.items():
        table.insert(0, name, value)
    return table


def results_of(
    runs: Mapping[str, Mapping[str, Values]],
    councils: Mapping[str, Any] | None = None,
    groups: Sequence[pd.DataFrame] = (),
    series: pd.DataFrame | None = None,
    further: Sequence[pd.DataFrame] = (),
    **more: Any,
) -> Results:
    chosen = councils or {}
    full = [
        frame({"passed": [False] * len(next(iter(columns.values()))), **columns}, point=name)
        for name, columns in runs.items()
    ]
    table = pd.concat(full, ignore_index=True).assign(councils=32, opened="2017-02")
    return of_tables(
        settings({name: chosen.get(name, SCOTLAND) for name in runs}, **more),
        {
            "runs": pd.concat([table, *further], ignore_index=True),
            "series": pd.DataFrame(columns=KEYS["series"]) if series is None else series,
            "groups": (
                pd.concat(groups, ignore_index=True)
                if groups
                else pd.DataFrame(columns=KEYS["groups"])
            ),
            "joined": pd.DataFrame(columns=KEYS["joined"]),
            "failed": NO_FAILURES,
        },
    )


def only(table: pd.DataFrame, **chosen: Any) -> Any:
    for name, value in chosen.items():
        table = table[table[name] == value]
    assert len(table) == 1
    return table.iloc[0]


def noise(count: int, stream: int = 0) -> npt.NDArray[np.float64]:
    return np.random.default_rng([11, stream]).random(count)


# ---------------------------------------------------------------- estimators


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    # Newcombe, Statistics in Medicine 1998, 17:857, method 3.
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_textbook(successes: int, trials: int, low: float, high: float) -> None:
    found = statistics.wilson(successes, trials)
    assert [float(end) for end in found] == pytest.approx([low, high], abs=5e-5)


def test_wilson_ends_and_nothing() -> None:
    low, high = statistics.wilson([0, 7, 0], [7, 7, 0])
    assert low[0] == 0.0
    assert high[1] == 1.0
    assert 0 < high[0] == pytest.approx(1 - low[1])
    assert np.isnan([low[2], high[2]]).all()


def yes(*counts: int) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Pairs from the counts of (both, only the first, only the second, neither)."""
    first = np.repeat([True, True, False, False], counts)
    return first, np.repeat([True, False, True, False], counts)


def test_differences_of_probabilities_textbook() -> None:
    # Newcombe, Statistics in Medicine 1998: 36, 12, 2, 0 (17:2635); 56/70 and 48/80 (17:873).
    assert statistics.paired_probabilities(*yes(36, 12, 2, 0)) == pytest.approx(
        (0.2, 0.0569, 0.3404), abs=5e-5
    )
    first, second = np.arange(70) < 56, np.arange(80) < 48
    assert statistics.unpaired_probabilities(first, second) == pytest.approx(
        (0.2, 0.0524, 0.3339), abs=5e-5
    )


def test_differences_of_probabilities_keep_width_where_all_agree() -> None:
    difference, low, high = statistics.paired_probabilities(*yes(12, 0, 0, 0))
    assert difference == 0.0
    assert low < 0.0 < high
    assert np.isnan(statistics.paired_probabilities(*yes(0, 0, 0, 0))).all()
    assert np.isnan(statistics.unpaired_probabilities(*yes(0, 0, 0, 0))).all()


@given(st.lists(st.integers(0, 9), min_size=4, max_size=4).filter(any))
def test_differences_of_probabilities_hold_the_estimate(counts: list[int]) -> None:
    for estimator in (statistics.paired_probabilities, statistics.unpaired_probabilities):
        difference, low, high = estimator(*yes(*counts))
        assert -1.0 <= low <= difference + 1e-12
        assert difference - 1e-12 <= high <= 1.0


def test_quantiles_keep_what_was_not_reached() -> None:
    months = [10.0, 20.0, 30.0, 40.0, math.nan, math.nan, math.nan]
    band = statistics.quantile_band(months, missing_is_beyond=True)[:, 0]
    assert band[:3].tolist() == [10.0, 20.0, 40.0]
    assert np.isnan(band[3:]).all()
    # Dropping them would have said 25.
    worse = statistics.quantile_band([*months, math.nan, math.nan], missing_is_beyond=True)
    assert np.isnan(worse[2, 0])
    exactly_half = statistics.quantile_band([1.0, math.nan], missing_is_beyond=True)
    assert exactly_half[2, 0] == 1.0
    assert statistics.missing_share(months)[0] == pytest.approx(3 / 7)


def test_quantiles_of_other_outcomes() -> None:
    x = noise(40)
    found = statistics.quantile_band(x, missing_is_beyond=False)[:, 0]
    assert found == pytest.approx(np.quantile(x, statistics.QUANTILES))
    unknown = statistics.quantile_band([0.1, math.nan], missing_is_beyond=False)
    assert np.isnan(unknown).all()
    assert np.isnan(statistics.quantile_band([], missing_is_beyond=True)).all()


def test_interval_of_a_mean_covers_it() -> None:
    rng = np.random.default_rng(5)
    samples = rng.normal(3.0, 2.0, size=(12, 3000))
    _, low, high = statistics.mean_interval(samples)
    assert 0.93 < np.mean((low < 3.0) & (high > 3.0)) < 0.97
    other = rng.normal(1.0, 1.0, size=(15, 3000))
    _, low, high = statistics.unpaired_difference(samples, other)
    assert 0.93 < np.mean((low < 2.0) & (high > 2.0)) < 0.98


def test_interval_agrees_with_theory_and_with_itself() -> None:
    x = noise(400)
    mean, low, high = statistics.mean_interval(x)
    error = x.std(ddof=1) / 20.0
    assert mean[0] == pytest.approx(x.mean())
    assert (high[0] - low[0]) / (2 * 1.96 * error) == pytest.approx(1.0, abs=0.08)
    again = statistics.mean_interval(np.column_stack([noise(400, 1), x]))
    assert again[1][1] == pytest.approx(low[0], abs=1e-12)
    assert statistics.mean_interval(x)[1][0] == low[0]


def test_many_seeds_need_no_resampling() -> None:
    x, y = noise(2001), noise(2001, 1)
    mean, low, high = statistics.mean_interval(x)
    assert high[0] - low[0] == pytest.approx(2 * 1.961 * x.std(ddof=1) / 2001**0.5, rel=1e-3)
    assert low[0] < mean[0] < high[0]
    mean, low, high = statistics.unpaired_difference(x, y)
    assert high[0] - mean[0] == pytest.approx(
        1.961 * math.hypot(x.std(ddof=1), y.std(ddof=1)) / 2001**0.5, rel=1e-3
    )


def test_one_seed_equal_values_and_missing() -> None:
    mean, low, high = statistics.mean_interval([0.3])
    assert mean[0] == 0.3
    assert np.isnan([low[0], high[0]]).all()
    same = statistics.mean_interval([0.1] * 7)
    assert [float(part[0]) for part in same] == [0.1, 0.1, 0.1]
    assert statistics.standard_deviation([0.1] * 7)[0] == 0.0
    for part in statistics.mean_interval([0.1, math.nan]):
        assert np.isnan(part[0])
    for part in statistics.unpaired_difference([0.1, 0.2], [math.nan]):
        assert np.isnan(part[0])
    difference, low, high = statistics.unpaired_difference([0.1, 0.2], [0.4])
    assert difference[0] == pytest.approx(-0.25)
    assert np.isnan([low[0], high[0]]).all()


def test_pairing_takes_shared_luck_away() -> None:
    luck = noise(30)
    first, second = luck + 0.01 + 0.001 * noise(30, 1), luck
    paired = statistics.paired_difference(first, second)
    unpaired = statistics.unpaired_difference(first, second)
    assert paired[0][0] == pytest.approx(unpaired[0][0])
    assert paired[1][0] > 0.0 > unpaired[1][0]


def test_who_is_higher() -> None:
    nan = math.nan
    assert statistics.paired_order([1, 2, nan, nan], [0, 2, 5, nan]) == (0.5, 0.5)
    # Pairs (1 or 3) x (1 or 2): higher 3>1, 3>2; equal 1=1.
    assert statistics.unpaired_order([1, 3], [1, 2]) == (0.5, 0.25)
    assert statistics.unpaired_order([nan], [nan, 7]) == (0.5, 0.5)
    assert np.isnan(statistics.paired_order([], [])).all()
    assert np.isnan(statistics.unpaired_order([], [1])).all()


def test_seeds_needed() -> None:
    assert statistics.seeds_needed(0.2, 0.02) == 385  # (1.96 * 10)^2 = 384.1
    assert statistics.seeds_needed(0.0, 0.02) == statistics.FEWEST_SEEDS
    assert statistics.seeds_needed(math.nan, 0.02) is None


# ---------------------------------------------------------------- words


def test_yardstick_is_whole() -> None:
    assert YARDSTICK[0].low == 0.0
    assert YARDSTICK[-1].high == 1.0
    for row, following in pairwise(YARDSTICK):
        assert row.high == following.low


@pytest.mark.parametrize(
    ("probability", "expected"),
    [
        (0.0, "a remote chance"),
        (1 - 0.95, "a remote chance"),
        (0.07, "highly unlikely"),
        (0.2, "highly unlikely"),
        (0.22, "unlikely"),
        (0.35, "unlikely"),
        (0.38, "a realistic possibility"),
        (0.5, "a realistic possibility"),
        (0.549, "a realistic possibility"),
        (0.55, "likely"),
        (0.79, "likely"),
        (0.8, "highly likely"),
        (0.949, "highly likely"),
        (0.95, "almost certain"),
        (1.0, "almost certain"),
        (math.nan, "not known"),
    ],
)
def test_words(probability: float, expected: str) -> None:
    assert words(probability) == expected


def test_words_of_what_is_no_probability() -> None:
    for function in (words, frequency):
        with pytest.raises(ValueError, match="between 0 and 1"):
            function(1.2)


@pytest.mark.parametrize(
    ("probability", "low", "high", "expected"),
    [
        (0.06, 0.045, 0.078, "highly unlikely"),
        (0.04, 0.03, 0.06, "a remote chance"),
        (0.06, 0.01, 0.3, "between a remote chance and unlikely"),
        (0.5, 0.0, 1.0, "between a remote chance and almost certain"),
        (1.0, 0.76, 1.0, "between likely and almost certain"),
        (0.99, 0.96, 1.0, "almost certain"),
        (math.nan, math.nan, math.nan, "not known"),
    ],
)
def test_an_interval_of_two_neighbours_has_one_phrase(
    probability: float, low: float, high: float, expected: str
) -> None:
    assert words_within(probability, low, high) == expected


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        (0.0, "none"),
        (0.03, "fewer than 1 in 20"),
        (0.05, "about 1 in 20"),
        (0.1, "about 1 in 10"),
        (0.28, "about 3 in 10"),
        (0.35, "about 4 in 10"),
        (0.5, "about half"),
        (0.92, "about 9 in 10"),
        (0.95, "about 19 in 20"),
        (0.97, "nearly all"),
        (1.0, "all"),
        (math.nan, "not known"),
    ],
)
def test_frequency(share: float, expected: str) -> None:
    assert frequency(share) == expected


def test_every_column_has_words() -> None:
    one = settings({"a": {"codes": ["Fife", "Moray", "Angus"]}})
    offer = one.scenarios["a"].offers["main"]
    two = one.scenarios["a"].model_copy(update={"offers": {"main": offer, "other": offer}})
    experiment = one.model_copy(update={"scenarios": {"a": two}})
    model = PlatformModel(two, experiment.horizon, 1)
    model.run_model()
    tables = tables_of(model.record, experiment.outcomes, "a")
    names = {table: [str(name) for name in rows.columns] for table, rows in tables.items()}
    for table, columns in names.items():
        for column in columns:
            assert about(column, table).text
        for column in set(outcomes_among(columns)) if table in {"runs", "groups"} else ():
            assert unit(column, table)
            assert is_share(column) == ("share" in column), column
    assert {"passed", "cancelled", "joined_share_end"} <= set(outcomes_among(names["runs"]))
    assert not {"seed", "councils", "opened", "error"} & set(outcomes_among(names["runs"]))
    assert about("joined_share_7m").text == "Joined 7 months after opening"
    assert is_total("saving_gbp_m")
    assert not is_total("cost_per_member_gbp_m")
    with pytest.raises(KeyError, match="no words"):
        about("something_new")

    # What the model writes goes through the tables as it is.
    assert set(tables) == set(KEYS)
    results = of_tables(experiment, {**tables, "failed": NO_FAILURES})
    rows = summary(results)
    assert set(rows["grouping"]) == {"all", "nation", "council type", "size band", "offer"}
    by_offer = rows[rows["grouping"] == "offer"]
    assert not by_offer["outcome"].str.contains("gbp").any()
    assert not cancellation_curve(results, "a")["exact"].any()


# ---------------------------------------------------------------- summary


def test_summary_known_answers() -> None:
    x = np.linspace(0.2, 0.6, 41)
    months: Values = [6.0] * 20 + [None] * 21
    results = results_of(
        {
            "a": {
                HEADLINE: x.tolist(),
                "passed": [True] * 10 + [False] * 31,
                "months_to_50pc": months,
            }
        }
    )
    rows = summary(results)
    assert tuple(rows.columns) == SUMMARY_COLUMNS
    share = only(rows, outcome=HEADLINE)
    assert [share[q] for q in ("q05", "q25", "median", "q75", "q95")] == pytest.approx(
        [0.22, 0.3, 0.4, 0.5, 0.58]
    )
    assert share["mean"] == pytest.approx(0.4)
    assert share["q25"] < share["mean_low"] < 0.4 < share["mean_high"] < share["q75"]
    assert share["seeds_needed"] == math.ceil((1.959964 * x.std(ddof=1) / 0.02) ** 2)
    assert not share["enough_seeds"]
    passed = only(rows, outcome="passed")
    assert passed["mean"] == pytest.approx(10 / 41)
    low, high = statistics.wilson(10, 41)
    assert (passed["mean_low"], passed["mean_high"]) == (float(low), float(high))
    assert np.isnan(passed["median"])
    assert passed["seeds_needed"] is pd.NA
    late = only(rows, outcome="months_to_50pc")
    assert np.isnan([late["mean"], late["mean_low"], late["median"]]).all()
    assert late["q25"] == 6.0
    assert late["missing_share"] == pytest.approx(21 / 41)
    assert late["enough_seeds"] is pd.NA


def test_one_seed_only() -> None:
    results = results_of({"a": {HEADLINE: [0.4]}, "b": {HEADLINE: [0.5]}})
    share = only(summary(results), scenario="a", outcome=HEADLINE)
    assert share["mean"] == share["median"] == 0.4
    assert np.isnan(share["mean_low"])
    assert share["seeds_needed"] is pd.NA
    assert not share["enough_seeds"]
    row = only(comparison(results), outcome=HEADLINE)
    assert row["difference"] == pytest.approx(0.1)
    assert np.isnan(row["low"])
    assert not row["enough_seeds"]
    assert "One seed" in str(seeds_note(results))


def test_all_values_equal() -> None:
    results = results_of({"a": {HEADLINE: [0.4] * 25}, "b": {HEADLINE: [0.4] * 25}})
    share = only(summary(results), scenario="a", outcome=HEADLINE)
    assert share["mean_low"] == share["mean"] == share["mean_high"] == share["q95"] == 0.4
    assert share["enough_seeds"]
    row = only(comparison(results), outcome=HEADLINE)
    assert (row["difference"], row["share_higher"], row["share_equal"]) == (0.0, 0.0, 1.0)
    assert seeds_note(results) is None
    few = results_of({"a": {HEADLINE: [0.4] * 5}})
    assert seeds_note(few) == (
        "5 seeds are too few to tell how far futures differ: run at least 20."
    )


def test_seeds_note_names_the_least_certain() -> None:
    wide, narrow = (noise(50) - 0.5) * 0.4 + 0.5, [0.3] * 50
    results = results_of({"a": {HEADLINE: narrow}, "b": {HEADLINE: wide.tolist()}})
    needed = statistics.seeds_needed(float(wide.std(ddof=1)), 0.02)
    reach = 196 * wide.std(ddof=1) / 50**0.5
    assert seeds_note(results) == (
        f"50 seeds pin the average share of councils down to ±{reach:.1f} points "
        f"(joined 60 months after opening; b, the least certain); "
        f"±2 points needs about {needed} seeds."
    )


def test_a_seed_standing_twice_is_an_error() -> None:
    results = results_of({"a": {HEADLINE: [0.4, 0.5]}})
    twice = replace(results, runs=pd.concat([results.runs, results.runs]))
    with pytest.raises(ValueError, match="seed 1 stands twice"):
        summary(twice)


# ---------------------------------------------------------------- comparison


def three_by_three() -> Results:
    luck = noise(24)
    runs: dict[str, dict[str, Values]] = {
        name: {
            HEADLINE: (0.5 * luck + step).tolist(),
            "saving_gbp_m": (10 * luck + step).tolist(),
            "months_to_50pc": [None if x > 0.6 + step else 12 * (x + 1) for x in luck],
            "passed": (luck > 0.5 + step).tolist(),
        }
        for name, step in (("e", 0.0), ("e2", 0.01), ("s", 0.2), ("s2", 0.21), ("s3", 0.1))
    }
    where = {name: ENGLAND if name.startswith("e") else SCOTLAND for name in runs}
    groups = [
        frame({HEADLINE: columns[HEADLINE], "use_share_end": luck.tolist()}).assign(
            point=name, grouping="size band", group=band, councils=5
        )
        for name, columns in runs.items()
        for band in ("under 100,000", "500,000 and over")
    ]
    return results_of(runs, where, groups, together=[["s2", "s3"]])


def test_pairs() -> None:
    assert pairs(three_by_three()) == [
        ("e2", "e", "base"),
        ("s", "e", "base"),
        ("s2", "e", "base"),
        ("s3", "e", "base"),
        ("s3", "s2", "together"),
        ("s2", "s", "same councils"),
        ("s3", "s", "same councils"),
    ]


def test_comparison_known_answers() -> None:
    results = three_by_three()
    rows = comparison(results)
    assert tuple(rows.columns) == COMPARISON_COLUMNS
    paired = only(rows, scenario="e2", grouping="all", outcome=HEADLINE)
    assert paired["paired"]
    assert paired["note"].startswith("paired by seed")
    assert [paired[name] for name in ("difference", "low", "high")] == pytest.approx([0.01] * 3)
    assert paired["share_higher"] == 1.0
    assert paired["enough_seeds"]
    unpaired = only(rows, scenario="s", versus="e", outcome=HEADLINE)
    assert not unpaired["paired"]
    assert unpaired["difference"] == pytest.approx(0.2)
    assert unpaired["high"] - unpaired["low"] > 0.1
    assert 0.5 < unpaired["share_higher"] < 1.0
    # Both scenarios have the same spread, and neither takes it from the other.
    sd = 0.5 * noise(24).std(ddof=1) * 2**0.5
    assert unpaired["seeds_needed"] == statistics.seeds_needed(sd, 0.02)
    # Totals of different councils do not compare; not reached is kept, and has no mean.
    assert "saving_gbp_m" not in set(rows.loc[~rows["paired"], "outcome"])
    late = only(rows, scenario="e2", grouping="all", outcome="months_to_50pc")
    assert np.isnan(late["difference"])
    assert late["share_higher"] == 0.0
    assert 0.9 < late["share_equal"] <= 1.0
    passed = only(rows, scenario="s2", versus="s", outcome="passed")
    assert passed["low"] < passed["difference"] < passed["high"]


def test_groups_are_compared_where_paired() -> None:
    rows = comparison(three_by_three())
    grouped = rows[rows["grouping"] != "all"]
    assert grouped["paired"].all()
    assert set(grouped["outcome"]) == {HEADLINE, "use_share_end"}
    first = grouped[(grouped["scenario"] == "e2") & (grouped["outcome"] == HEADLINE)]
    assert first["group"].tolist() == ["under 100,000", "500,000 and over"]
    assert first["difference"].tolist() == pytest.approx([0.01, 0.01])


def test_order_of_rows_does_not_matter() -> None:
    results = three_by_three()
    shuffled = replace(
        results,
        runs=results.runs.sample(frac=1, random_state=1),
        groups=results.groups.sample(frac=1, random_state=2),
    )
    for table in (summary, comparison):
        pd.testing.assert_frame_equal(table(results), table(shuffled), check_exact=True)


def test_failed_runs_drop_out_of_their_pairs_only() -> None:
    results = three_by_three()
    gone = (results.runs["point"] == "e2") & (results.runs["seed"] == 3)
    whole = comparison(results)
    failed = results.runs.loc[gone, ["point", "seed"]].assign(error="Traceback: no")
    rows = comparison(replace(results, runs=results.runs[~gone], failed=failed))
    row = only(rows, scenario="e2", grouping="all", outcome=HEADLINE)
    assert row["seeds"] == 23
    assert row["difference"] == pytest.approx(0.01)
    assert only(rows, scenario="s", versus="e", outcome=HEADLINE)["seeds"] == 24
    pd.testing.assert_frame_equal(
        rows[rows["scenario"] != "e2"].reset_index(drop=True),
        whole[whole["scenario"] != "e2"].reset_index(drop=True),
    )
    # With the base gone altogether, each set of councils still has one of its own.
    without = replace(results, runs=results.runs[results.runs["point"] != "e"])
    assert pairs(without) == [
        ("s3", "s2", "together"),
        ("s2", "s", "same councils"),
        ("s3", "s", "same councils"),
    ]
    assert len(summary(without))


def test_nothing_to_compare() -> None:
    results = results_of({"a": {HEADLINE: [0.1, 0.2]}})
    assert comparison(results).empty
    assert curve_table(results).empty


# ---------------------------------------------------------------- curves


def test_curve_table() -> None:
    parts = [
        frame(
            {HEADLINE: [value / 10, value / 10 + 0.1], "passed": [value > 1, True]},
            point=f"curve/effort/{name}/{position}",
        )
        for name in ("b", "a")
        for position, value in ((1, 2.0), (0, 0.5))
    ]
    results = results_of(
        {"a": {HEADLINE: [0.1, 0.2]}, "b": {HEADLINE: [0.1, 0.2]}},
        further=parts,
        curves={
            "effort": {
                "setting": "push.visits_per_month",
                "values": [0.5, 2.0],
                "scenarios": ["a", "b"],
                "seeds": 2,
            }
        },
    )
    rows = curve_table(results)
    assert tuple(rows.columns) == CURVE_COLUMNS
    assert list(zip(rows["scenario"], rows["value"], strict=True)) == [
        ("a", 0.5),
        ("a", 2.0),
        ("b", 0.5),
        ("b", 2.0),
    ]
    point = rows.iloc[0]
    assert point["median"] == pytest.approx(0.1)
    assert point["pass_probability"] == 0.5
    assert (point["pass_low"], point["pass_high"]) == pytest.approx((0.0945, 0.9055), abs=1e-4)


def reviewed(joined: Sequence[int], **changes: Any) -> Results:
    runs: dict[str, dict[str, Values]] = {
        "a": {HEADLINE: [0.1] * len(joined), "cancelled": [False] * len(joined)}
    }
    at_review = frame(
        {"joined_share": [count / 32 for count in joined]},
        point="a",
        months_since_opening=24,
        month="2019-01",
    )
    other = at_review.assign(months_since_opening=23, joined_share=0.0, month="2018-12")
    results = results_of(runs, series=pd.concat([other, at_review]).sample(frac=1, random_state=3))
    return replace(results, runs=results.runs.assign(cancelled_month=None).assign(**changes))


def test_cancellation_curve() -> None:
    rows = cancellation_curve(reviewed([4, 8, 8, 16]), "a")
    assert len(rows) == 51
    assert rows["minimum_share"].tolist() == [round(0.01 * step, 2) for step in range(51)]
    share = rows.set_index("minimum_share")["probability"]
    # Below the minimum cancels; at the minimum does not: 8 of 32 are 0.25.
    assert share[0.0] == 0.0
    assert share[0.12] == 0.0
    assert share[0.13] == 0.25
    assert share[0.25] == 0.25
    assert share[0.26] == 0.75
    assert share[0.5] == 0.75
    assert (rows["low"] <= rows["probability"]).all()
    assert rows["exact"].all()
    assert cancellation_curve(reviewed([4]), "a", review_months=500).empty


def test_cancellation_curve_says_when_it_is_not_exact() -> None:
    assert not cancellation_curve(reviewed([4], cancelled_month="2018-06"), "a")["exact"].any()
    assert cancellation_curve(reviewed([4], cancelled_month="2019-01"), "a")["exact"].all()
    assert not cancellation_curve(reviewed([4], opened="2017-05"), "a")["exact"].any()
