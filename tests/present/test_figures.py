"""Pictures: that all are drawn and nothing is cut, whatever the experiment."""

from __future__ import annotations

import re
import struct
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
import pytest

from sim.experiment.design import points
from sim.files.problems import BadInput
from sim.model.mesa_model import run_mesa
from sim.model.world import build_world
from sim.present.figures import adoption as fig_adoption
from sim.present.figures import cancellation as fig_cancellation
from sim.present.figures import council_map as fig_map
from sim.present.figures import curves as fig_curves
from sim.present.figures import gains as fig_gains
from sim.present.figures import money as fig_money
from sim.present.figures import network as fig_network
from sim.present.figures.axes import nice_step, nice_top, spread
from sim.present.figures.cancellation import even_chance
from sim.present.figures.catalogue import DRAWINGS, draw_figures
from sim.present.figures.curves import own_value
from sim.present.figures.page import Sheet
from sim.present.figures.style import Figure, drawing, plain, text_width, wrap
from sim.present.figures.writer import Press
from sim.present.formats import gbp_m, percent
from sim.present.view import View, band
from sim.present.words import group_words, out_of_ten, span_words
from sim.runs.measure import tables_of
from sim.runs.results import Results, results_of
from sim.settings import Experiment, Scenario
from tests.shared.figures import check
from tests.shared.scenarios import OFFER, PUSH

Frames = dict[str, pd.DataFrame]
Drawing = Callable[[View], list[Sheet]]
# Maps and networks of other sets of councils differ in nothing but their colours.
CHARTS = [draw for draw in DRAWINGS if draw not in (fig_map.maps, fig_network.network)]
COUNCILS = ["Fife", "Highland", "Glasgow City", "Orkney Islands", "Moray", "Angus", "Stirling"]
ENGLISH = ["Leeds", "Kent", "Dover", "Ashford", "Camden", "Bristol", "Cornwall"]
LONG = "A scenario whose title is sixty characters long, no fewer, so"


def experiment(scenarios: dict[str, dict[str, Any]], **changes: Any) -> Experiment:
    values = {
        "title": "A test with $1 and $2 in its title",
        "question": "Is all well?",
        "horizon": {"starts": "2018-01", "ends": "2020-12"},
        "seeds": {"count": 3},
        "outcomes": {"months_since_opening": [12, 24], "headline_months": 24},
        "scenarios": scenarios,
    }
    return Experiment.model_validate(values | changes)


def scenario(title: str, councils: list[str] = COUNCILS, **offer: Any) -> dict[str, Any]:
    return {
        "title": title,
        "councils": {"codes": councils},
        "offers": {"main": OFFER | offer},
        "push": PUSH,
        "network": {"isolation_allowed": True},
    }


def nothing(title: str, councils: list[str] = COUNCILS) -> dict[str, Any]:
    return scenario(title, councils) | {"offers": {}, "push": {}}


@cache
def _runs(settings: str, horizon: str, outcomes: str, seeds: int) -> Frames:
    one = Scenario.model_validate_json(settings, strict=False)
    return _simulated(one, horizon, outcomes, seeds)


def _simulated(one: Scenario, horizon: str, outcomes: str, seeds: int) -> Frames:
    whole = experiment({"one": {}})
    span = type(whole.horizon).model_validate_json(horizon)
    measured = type(whole.outcomes).model_validate_json(outcomes)
    record = run_mesa(build_world(one, span, 1), span, range(1, seeds + 1))
    return tables_of(record, measured, "one")


def results(whole: Experiment) -> Results:
    """Simulate an experiment of a few councils; equal scenarios are simulated once."""
    horizon, outcomes = whole.horizon.model_dump_json(), whole.outcomes.model_dump_json()

    def runs(one: Scenario, seeds: int) -> Frames:
        bare = one.model_copy(update={"title": ""})
        return _runs(bare.model_dump_json(), horizon, outcomes, seeds)

    frames = {
        name: pd.concat(
            [
                runs(one, whole.seeds.count)[name].assign(point=title)
                for title, one in whole.scenarios.items()
            ],
            ignore_index=True,
        )
        for name in ("runs", "series", "groups", "joined")
    }
    of_curves = [point for point in points(whole) if point.kind == "curve"]
    found = [
        runs(whole.scenarios[point.scenario], point.seeds)["runs"].assign(
            point=point.id, joined_share_24m=min(1.0, 0.2 + 0.1 * index)
        )
        for index, point in enumerate(of_curves)
    ]
    return results_of(
        whole,
        {
            **frames,
            "runs": pd.concat([frames["runs"], *found], ignore_index=True),
            "failed": pd.DataFrame(columns=["point", "seed", "error"]),
        },
        manifest={"hash": "0123456789abcdef", "version": "9.9"},
    )


@cache
def usual() -> Results:
    scenarios = {
        "base": scenario("What was done"),
        "costly": scenario("With a fee of $5 and a_b^c", annual_fee_gbp_m=0.2),
        "none": nothing("Nothing on offer"),
        "south": scenario("England", ENGLISH),
    }
    curve = {
        "setting": "push.visits_per_month",
        "label": "Visits a month",
        "values": [1.0, 4.0, 8.0],
        "scenarios": ["base", "costly"],
        "seeds": 3,
    }
    return results(experiment(scenarios, curves={"effort": curve}))


ODD = {
    "one seed, odd characters": lambda: experiment(
        {
            "a": scenario("Tabs\tand 漢字 & <b> \\alpha $x^2$"),
            "b": scenario("", ENGLISH),
        },
        seeds={"count": 1},
    ),
    "nothing on offer": lambda: experiment({"a": nothing("A"), "b": nothing("B")}),
    "ten scenarios": lambda: experiment(
        {f"s{i}": scenario(f"{LONG} {i}") for i in range(10)}
        | {f"e{i}": scenario("E", ENGLISH) for i in range(2)},
        seeds={"count": 1},
    ),
    "headline beyond the horizon": lambda: experiment(
        {"a": scenario("A"), "b": scenario("B")},
        outcomes={"months_since_opening": [60], "headline_months": 60},
    ),
    "one scenario, a few months": lambda: experiment(
        {"a": scenario(LONG)}, horizon={"starts": "2018-02", "ends": "2018-05"}
    ),
    "made-up councils": lambda: experiment({"a": scenario("A") | {"councils": {"synthetic": 20}}}),
    "drawn councils": lambda: experiment(
        {"a": scenario("A") | {"councils": {"nations": ["Scotland"], "draw": 5}}}
    ),
}


@pytest.fixture(autouse=True)
def _caller_settings() -> Iterator[None]:
    """The caller's settings neither matter nor change."""
    with matplotlib.rc_context({"font.size": 40, "text.parse_math": True}):
        before = dict(matplotlib.rcParams)
        yield
        assert dict(matplotlib.rcParams) == before


def sheets(some: Results, drawings: Sequence[Drawing] = DRAWINGS) -> list[Sheet]:
    view = View(some)
    with drawing():
        return [one for draw in drawings for one in draw(view)]


# ---------------------------------------------------------------- files


def test_all_figures_are_written_whole_and_with_what_made_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    figure_of = Sheet.figure

    def check_and_take(one: Sheet, *arguments: Any) -> Figure:
        check(one)
        if one.name != "network":
            assert re.search(r"\b3( simulated)? futures?|here 3", one.subtitle), one.name
        return figure_of(one, *arguments)

    monkeypatch.setattr(Sheet, "figure", check_and_take)
    with Press(tmp_path / "new" / "figures") as press:
        figures = draw_figures(usual(), press)
    names = [figure.name for figure in figures]
    assert len(set(names)) == len(names)
    for wanted in (
        "adoption_opening", "adoption_calendar", "small_multiples", "differences", "curves_effort",
        "cancellation", "why_not", "net_saving", "gains_losses", "map", "map_chance", "network",
    ):  # fmt: skip
        assert wanted in names
    for figure in figures:
        data = figure.png.read_bytes()
        assert data[:8] == b"\x89PNG\r\n\x1a\n"
        assert struct.unpack(">I", data[16:20])[0] == 1600
        for words in (b"0123456789ab", b"9.9", b"A test with $1"):
            assert words in data
        drawing_text = figure.svg.read_text(encoding="utf-8")
        for part in ("0123456789ab", "9.9", "A test with $1", "<text", "<desc>", 'role="img"'):
            assert part in drawing_text
        assert "'DejaVu Sans', Verdana, sans-serif" in drawing_text
        assert not re.search(r"\d per cent|\d %", drawing_text)
        assert "<dc:date>" not in drawing_text
        assert figure.title in figure.caption
        assert figure.alt
    left = [path.name for path in (tmp_path / "new" / "figures").iterdir()]
    assert sorted(left) == sorted(
        path.name for figure in figures for path in (figure.png, figure.svg)
    )
    # The same results give the same SVG.
    files = {figure.name: figure.svg for figure in figures}
    view = View(usual())
    with drawing():
        for draw in (fig_gains.gains_losses, fig_network.network):
            for one in draw(view):
                assert one.svg(view.about) == files[one.name].read_bytes()


def test_no_runs_no_figures(tmp_path: Path) -> None:
    full = usual()
    tables = ("design", "runs", "series", "groups", "joined")
    empty = replace(full, **{name: getattr(full, name).iloc[:0] for name in tables})
    with Press(tmp_path) as press:
        assert draw_figures(empty, press) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("trouble", ["killed", "none to be had"])
def test_sheets_are_written_here_if_not_by_the_child(
    trouble: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if trouble == "none to be had":
        monkeypatch.setattr(sys, "executable", str(tmp_path / "no_such_python"))
    view = View(usual())
    with drawing(), Press(tmp_path / "figures") as press:
        (sheet,) = fig_network.network(view)
        if press._child is not None:
            press._child.kill()
        figure = press.take(sheet, view.about)
        wanted = sheet.svg(view.about)
    assert figure.png.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert figure.svg.read_bytes() == wanted


def test_a_picture_that_cannot_be_written_is_an_error_here(tmp_path: Path) -> None:
    view = View(usual())
    (tmp_path / "figures").write_text("a file where the folder should be", encoding="utf-8")
    press = Press(tmp_path / "figures")
    with pytest.raises(BadInput, match="cannot write here"), drawing(), press:
        press.take(fig_network.network(view)[0], view.about)


# ---------------------------------------------------------------- layout


@pytest.mark.parametrize("case", ODD)
def test_odd_experiments(case: str) -> None:
    # Twelve scenarios are many pictures: the pages of most kinds are laid out alike.
    some = [*CHARTS[1:3], *CHARTS[-3:-1]] if "ten" in case else CHARTS
    drawn = sheets(results(ODD[case]()), some)
    assert drawn
    for one in drawn:
        check(one)


@pytest.mark.parametrize("case", ["made-up councils", "nothing on offer", "drawn councils"])
def test_odd_maps(case: str) -> None:
    for one in sheets(results(ODD[case]()), [fig_map.maps, fig_network.network]):
        check(one)


def test_at_most_four_lines_a_panel() -> None:
    view = View(results(ODD["ten scenarios"]()))
    assert [len(panel.scenarios) for panel in view.panels] == [4, 4, 2, 2]
    for panel in view.panels:
        looks = [view.look(name) for name in panel.scenarios]
        assert len(set(looks)) == len(looks)


def test_mathematics_in_titles_is_text() -> None:
    with drawing():
        one = Sheet("a", "Costs $5 and $6 a_b", "x^2", "$")
        assert [text.get_text() for text in one.texts()] == ["Costs $5 and $6 a_b", "x^2", "$"]


def test_spread_keeps_order_and_distance() -> None:
    rng = np.random.default_rng(1)
    for _ in range(50):
        count = int(rng.integers(1, 7))
        wanted = rng.uniform(0, 100, count).tolist()
        heights = rng.uniform(2, 12, count).tolist()
        centres = spread(wanted, heights, 0, 100)
        order = sorted(range(count), key=lambda i: wanted[i])
        for a, b in pairwise(order):
            assert centres[b] - centres[a] >= (heights[a] + heights[b]) / 2 - 1e-6
        for centre, height in zip(centres, heights, strict=True):
            assert height / 2 - 1e-6 <= centre <= 100 - height / 2 + 1e-6
    assert spread([20.0, 80.0], [10, 10], 0, 100) == [20.0, 80.0]
    assert spread([50.0, 50.0], [10, 10], 0, 100) == [45.0, 55.0]
    assert spread([], [], 0, 100) == []


def test_wrap_fits() -> None:
    for text in ("one two three " * 20, "x" * 300, ""):
        for line in wrap(text, 14, 200):
            assert text_width(line, 14) <= 200
    assert len(wrap("one two three " * 20, 14, 200, 2)) == 2
    # Titles that differ at their ends only stay apart.
    assert wrap("one two three " * 20 + "9", 14, 200, 2)[1].endswith("three 9")
    (line,) = wrap("one two three " * 20 + "9", 14, 200, 1)
    assert line.startswith("one ")
    assert line.endswith(" 9")
    assert "…" in line
    assert text_width(line, 14) <= 200
    assert plain("a\x00b\n c\u6f22") == "a□b c□"


def test_scales_end_well() -> None:
    assert [nice_top(v) for v in (0.0, 0.1, 0.15, 0.79, 0.81, 1.0)] == [0.1, 0.1, 0.2, 0.8, 1, 1]
    assert nice_step(10, 5) == 2
    assert nice_step(0.09, 4) == pytest.approx(0.025)


# ---------------------------------------------------------------- findings


def test_findings_come_from_the_numbers() -> None:
    full = usual()
    runs = full.runs.copy()
    runs.loc[runs["point"] == "base", "joined_share_24m"] = 0.91
    runs.loc[runs["point"] == "costly", "joined_share_24m"] = 0.32
    runs.loc[runs["point"] == "south", "joined_share_24m"] = 0.5
    view = View(replace(full, runs=runs))
    assert fig_adoption.finding(view) == (
        "Two years after opening, about 9 in 10 councils have joined under “What was done”, "
        "none under “Nothing on offer”"
    )
    (title,) = (one.title for one in sheets(view.results, [fig_adoption.small_multiples]))
    assert title.startswith("None of the three other scenarios brings in a larger share")


def test_curve_finding_needs_more_than_chance() -> None:
    view = View(usual())
    part = pd.DataFrame(
        {
            "value": [0.0, 6.0],
            "median": [0.3, 0.5],
            "mean_low": [0.2, 0.45],
            "mean_high": [0.4, 0.6],
        }
    )
    words = fig_curves.curve_finding(view, "Visits", {"base": part})
    assert words.endswith("rises from 30% to 50%")
    words = fig_curves.curve_finding(view, "Visits", {"base": part.assign(mean_low=[0.2, 0.35])})
    assert words.endswith("hardly changes")


def test_own_value_of_a_curve() -> None:
    one = usual().experiment.scenarios["base"]
    assert own_value(one, "push.visits_per_month", 7) == 6.0
    assert own_value(one, "push.visits_per_council_per_year", 36) == 2.0
    assert own_value(one, "offers.main.depth", 7) == 0.25
    assert own_value(one, "offers.other.depth", 7) is None
    assert own_value(one, "offers.main.owner", 7) is None


def test_chances_on_the_map() -> None:
    view = View(usual())
    shares = fig_map.chances(view, "base")
    assert len(shares) == len(COUNCILS)
    assert all(0 <= share <= 1 for share in shares.values())
    assert fig_map.chances(view, "none") == {}
    north, south, both = frozenset("ab"), frozenset("cd"), frozenset("abcd")
    drawn = fig_map.plates([(("n1", "n2"), north), (("s1",), south), (("u1",), both)])
    assert [plate.scenarios for plate in drawn] == [("n1", "s1"), ("n2",), ("u1",)]


def test_network_layout_is_fixed_and_apart() -> None:
    index = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 0.0], [50.0, 50.0]])
    radius = np.full(4, 5.0)
    now = fig_network.relaxed(index, radius)
    assert np.array_equal(now, fig_network.relaxed(index, radius))
    gaps = np.hypot(*(now[:, None, :] - now[None, :, :]).T)[np.triu_indices(4, 1)]
    assert gaps.min() > 8.0
    assert np.hypot(*(now[3] - index[3])) < 1.0


def test_bands_and_words() -> None:
    assert band([0.1, 0.2, 0.3]).middle == pytest.approx(0.2)
    assert not np.isfinite(band([0.1, np.nan]).middle)
    assert not np.isfinite(band([]).middle)
    assert [percent(v) for v in (0.0, 0.001, 0.256, -0.02, 1.0)] == [
        "0%", "under 1%", "26%", "−2%", "100%",
    ]  # fmt: skip
    assert [span_words(m) for m in (1, 12, 18, 24, 144)] == [
        "a month", "a year", "18 months", "two years", "12 years",
    ]  # fmt: skip
    assert [out_of_ten(v) for v in (0.0, 0.31, 1.0)] == [
        "no council", "about 3 in 10 councils", "all councils",
    ]  # fmt: skip
    assert [gbp_m(v) for v in (0.0, -0.04, -6.54, 59.6)] == ["£0", "£0", "−£6.5m", "£60m"]


def test_even_chance() -> None:
    table = pd.DataFrame({"minimum_share": [0.1, 0.2, 0.3], "probability": [0.0, 0.5, 1.0]})
    assert even_chance(table) == pytest.approx(0.2)
    assert even_chance(table.assign(probability=[0.0, 0.0, 1.0])) == pytest.approx(0.25)
    assert not np.isfinite(even_chance(table.assign(probability=0.1)))


def test_groups_of_one_are_left_out() -> None:
    view = View(usual())
    rows = fig_gains.group_rows(view, view.panels[0])
    assert rows
    assert all(grouping == "size band" for grouping, *_ in rows)


def test_typical_months_on_the_map() -> None:
    full = usual()
    mine = (full.joined["point"] == "base") & (full.joined["gss_code"] == "S12000047")  # Fife
    assert mine.sum() == 3
    opened = full.runs.loc[full.runs["point"] == "base", "opened"].iloc[0]
    late = f"{int(opened[:4]) + 1}{opened[4:]}"
    for joined, typical in (
        ((opened, late, late), 13.0),
        ((opened, late, None), 13.0),
        ((opened, None, None), np.inf),
    ):
        changed = full.joined.copy()
        changed.loc[mine, "joined"] = np.array(joined, dtype=object)
        view = View(replace(full, joined=changed))
        assert fig_map.typical_months(view, "base")["S12000047"] == typical
        share = np.mean([month is not None for month in joined])
        assert fig_map.chances(view, "base")["S12000047"] == pytest.approx(share)


@pytest.mark.parametrize(
    ("horizon", "words"),
    [
        (1, ["within 1 month"]),
        (20, ["within 3 months", "3 to 6 months", "6 to 12 months", "over 1 year"]),
        (36, ["within 1 year", "1 to 2 years", "2 to 3 years"]),
        (84, ["within 1 year", "1 to 2 years", "2 to 4 years", "4 to 7 years"]),
        (
            93,
            ["within 1 year", "1 to 2 years", "2 to 4 years", "4 to 7 years", "over 7 years"],
        ),
    ],
)
def test_classes_of_months(horizon: int, words: list[str]) -> None:
    classes = fig_map.month_classes(horizon, "never")
    assert [one.words for one in classes] == [*words, "never"]
    assert classes[-1].mark
    measure = fig_map.Measure("m", "", "", classes, {}, lambda _: "")
    assert measure.index(1) == 0
    assert measure.index(horizon) == len(classes) - 2
    assert measure.index(np.inf) == len(classes) - 1
    assert len({one.colour for one in classes}) == len(classes)


def test_cancellation_leaves_out_reviews_and_changing_scopes() -> None:
    paid = scenario("Paid for")
    paid["push"] = PUSH | {"subsidy_share": 0.5}
    reviewed = scenario("Reviewed")
    reviewed["push"] = PUSH | {"review_months": 24}
    wider = scenario("Wider")
    wider["events"] = [
        {"date": "2018-06", "change": {"offers": {"main": {"scope": {"codes": COUNCILS}}}}}
    ]
    view = View(results(experiment({"a": paid, "b": reviewed, "c": wider})))
    (one,) = sheets(view.results, [fig_cancellation.cancellation])
    assert "Paid for" in one.alt
    assert "Reviewed" not in one.alt
    assert "Wider" not in one.alt
    assert one.foot.count("left out") == 2
    assert "in June 2018 under “Wider”" in view.clock_note


def test_curves_of_a_group_say_whose_share_it_is() -> None:
    full = usual()
    curve = full.experiment.curves["effort"].model_copy(update={"group": "England"})
    whole = full.experiment.model_copy(update={"curves": {"effort": curve}})
    some = replace(full, experiment=whole)
    (one,) = sheets(some, [fig_curves.curves])
    assert "Share of England's councils" in one.subtitle
    assert "Share of England's councils that have joined" in [t.get_text() for t in one.texts()]
    assert "England's councils" in one.title
    assert group_words("district") == "districts"
    assert group_words("500,000 and over") == "councils of 500,000 people and over"


def test_sums_of_many_and_few_councils_are_on_different_scales() -> None:
    view = View(usual())
    assert fig_money._of_a_size(view) == [["base", "costly", "south"]]
    many = results(
        experiment(
            {"few": scenario("Few"), "many": scenario("Many") | {"councils": {"synthetic": 20}}},
            seeds={"count": 1},
        )
    )
    drawn = sheets(many, [fig_money.net_saving])
    assert len(drawn) == 2
    assert all("another scale" in one.foot for one in drawn)
