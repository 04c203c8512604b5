"""Pictures: that all are drawn and nothing is cut, whatever the experiment."""

from __future__ import annotations

import ast
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
from matplotlib.patches import Rectangle

from sim.analysis.curves import even_chance_table, value_in
from sim.analysis.findings import FINDINGS, Findings, find, read_findings
from sim.files.problems import BadInput
from sim.present.figures import attribution as fig_attribution
from sim.present.figures import cancellation as fig_cancellation
from sim.present.figures import catalogue, titles
from sim.present.figures import council_map as fig_map
from sim.present.figures import curves as fig_curves
from sim.present.figures import differences as fig_differences
from sim.present.figures import gains as fig_gains
from sim.present.figures import money as fig_money
from sim.present.figures import network as fig_network
from sim.present.figures.axes import nice_step, nice_top, spread
from sim.present.figures.catalogue import DRAWINGS, draw_figures
from sim.present.figures.page import Page
from sim.present.figures.small_multiples import small_multiples
from sim.present.figures.style import Figure, drawing, plain, text_width, wrap
from sim.present.figures.writer import FigureWriter
from sim.present.formats import gbp_m, percent
from sim.present.report.facts import Facts
from sim.present.view import View
from sim.present.words import group_words, span_words
from sim.runs.results import Results
from tests.shared.figures import check
from tests.shared.scenarios import PUSH
from tests.shared.small_results import (
    COUNCILS,
    ENGLISH,
    LONG,
    experiment,
    nothing,
    results,
    scenario,
    view_of,
)

Drawing = Callable[[View], list[Page]]
# Maps and networks of other sets of councils differ in nothing but their colours.
CHARTS = [draw for draw in DRAWINGS if draw not in (fig_map.maps, fig_network.network)]


def changed(some: Results, table: str, rows: pd.Series, values: dict[str, object]) -> Results:
    """Give some rows of a table other values."""
    new = getattr(some, table).copy()
    for column, value in values.items():
        new.loc[rows, column] = value
    return replace(some, **{table: new})


def emptied(some: Results) -> Results:
    """Leave nothing of the tables, but what they would be called."""
    tables = ("design", "runs", "series", "groups", "joined", "failed")
    return replace(some, **{name: getattr(some, name).iloc[:0] for name in tables})


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


@cache
def usual_view() -> View:
    return view_of(usual())


def pages(some: Results, drawings: Sequence[Drawing] = DRAWINGS) -> list[Page]:
    view = view_of(some)
    with drawing():
        return [one for draw in drawings for one in draw(view)]


# ---------------------------------------------------------------- files


@pytest.mark.slow
def test_all_figures_are_written_whole_and_with_what_made_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    figure_of = Page.figure

    def check_and_take(one: Page, *arguments: Any) -> Figure:
        check(one)
        if one.name != "network":
            assert re.search(r"\b3( simulated)? futures?|here 3", one.subtitle), one.name
        return figure_of(one, *arguments)

    monkeypatch.setattr(Page, "figure", check_and_take)
    with FigureWriter(tmp_path / "new" / "figures") as writer:
        figures = draw_figures(usual(), find(usual()), writer)
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
    view = usual_view()
    with drawing():
        for draw in (fig_gains.gains_losses, fig_network.network):
            for one in draw(view):
                assert one.svg(view.about) == files[one.name].read_bytes()


@pytest.mark.slow
def test_figures_are_drawn_from_findings_alone(tmp_path: Path) -> None:
    """What is on disk is enough, and gives the same pictures as what was just estimated."""
    with drawing():
        wanted = [one.svg(usual_view().about) for draw in DRAWINGS for one in draw(usual_view())]
    find(usual()).write(tmp_path)
    read = read_findings(tmp_path)
    assert set(read) == set(FINDINGS)
    view = View(emptied(usual()), read)
    with drawing():
        found = [one.svg(view.about) for draw in DRAWINGS for one in draw(view)]
    assert found == wanted


# Rooms that estimate, and what estimates within pandas and numpy.
ESTIMATING = {"estimators", "comparison", "curves", "sensitivity", "attribution", "shapley"}
OVER_SEEDS = {
    "average", "mean", "median", "nanmean", "nanmedian", "nanquantile", "percentile", "quantile",
    "std", "var",
}  # fmt: skip


def test_figures_estimate_nothing() -> None:
    folder = Path(catalogue.__file__).parent
    sources = [*folder.glob("*.py"), folder.parent / "view.py"]
    assert len(sources) > 15
    for source in sources:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            where = f"{source.name}, line {getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.ImportFrom):
                room, _, module = (node.module or "").rpartition(".")
                imported = {module, *(name.name for name in node.names)}
                if "sim.analysis" in (room, node.module):
                    assert not imported & ESTIMATING, where
                assert not imported & OVER_SEEDS, where
            elif isinstance(node, ast.Import):
                assert not any(name.name.startswith("sim.analysis") for name in node.names), where
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                assert node.func.attr not in OVER_SEEDS, where
            elif isinstance(node, ast.Attribute) and ast.unparse(node.value) == "results":
                # The tables of runs are not looked at.
                assert node.attr in ("experiment", "manifest", "run_id"), where


def test_no_runs_no_figures(tmp_path: Path) -> None:
    empty = emptied(usual())
    with FigureWriter(tmp_path) as writer:
        assert draw_figures(empty, find(empty), writer) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("trouble", ["killed", "none to be had"])
def test_pages_are_written_here_if_not_by_the_child(
    trouble: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if trouble == "none to be had":
        monkeypatch.setattr(sys, "executable", str(tmp_path / "no_such_python"))
    view = usual_view()
    with drawing(), FigureWriter(tmp_path / "figures") as writer:
        (page,) = fig_network.network(view)
        if writer._child is not None:
            writer._child.kill()
        figure = writer.write(page, view.about)
        wanted = page.svg(view.about)
    assert figure.png.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert figure.svg.read_bytes() == wanted


def test_a_picture_that_cannot_be_written_is_an_error_here(tmp_path: Path) -> None:
    view = usual_view()
    (tmp_path / "figures").write_text("a file where the folder should be", encoding="utf-8")
    writer = FigureWriter(tmp_path / "figures")
    with pytest.raises(BadInput, match="cannot write here"), drawing(), writer:
        writer.write(fig_network.network(view)[0], view.about)


# ---------------------------------------------------------------- layout


@pytest.mark.slow
@pytest.mark.parametrize("case", ODD)
def test_odd_experiments(case: str) -> None:
    # Twelve scenarios are many pictures: the pages of most kinds are laid out alike.
    some = [*CHARTS[1:3], *CHARTS[-3:-1]] if "ten" in case else CHARTS
    drawn = pages(results(ODD[case]()), some)
    assert drawn
    for one in drawn:
        check(one)


@pytest.mark.parametrize("case", ["made-up councils", "nothing on offer", "drawn councils"])
def test_odd_maps(case: str) -> None:
    for one in pages(results(ODD[case]()), [fig_map.maps, fig_network.network]):
        check(one)


def test_at_most_four_lines_a_panel() -> None:
    view = view_of(results(ODD["ten scenarios"]()))
    assert [len(panel.scenarios) for panel in view.panels] == [4, 3, 3, 2]
    for panel in view.panels:
        looks = [view.look(name) for name in panel.scenarios]
        assert len(set(looks)) == len(looks)


def test_mathematics_in_titles_is_text() -> None:
    with drawing():
        one = Page("a", "Costs $5 and $6 a_b", "x^2", "$")
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
    assert plain("a\x00b\n c\u0645 \u0645") == "a[…]b c[…]"


def test_scales_end_well() -> None:
    assert [nice_top(v) for v in (0.0, 0.1, 0.15, 0.79, 0.81, 1.0)] == [0.1, 0.1, 0.2, 0.8, 1, 1]
    assert nice_step(10, 5) == 2
    assert nice_step(0.09, 4) == pytest.approx(0.025)


# ---------------------------------------------------------------- findings


def test_findings_come_from_the_numbers() -> None:
    some = usual()
    for name, share in (("base", 0.91), ("costly", 0.32), ("south", 0.5)):
        some = changed(some, "runs", some.runs["point"] == name, {"joined_share_24m": share})
    view = view_of(some)
    assert titles.headline(view) == (
        "32% of councils are in under “With a fee of $5 and a_b^c”, 91% under “What was done”"
    )


def test_how_many_bring_in_more_is_read_from_verdicts() -> None:
    some = usual()
    table = usual_view().findings["comparison"]
    at = (table["versus"] == "base") & (table["outcome"] == "joined_share_24m")
    at &= table["grouping"] == "all"

    def said(*words: str) -> str:
        rows = table.copy()
        rows.loc[at, "verdict"] = words
        with drawing():
            (page,) = small_multiples(with_rows_of(usual_view(), some, "comparison", rows))
        assert page.subtitle.endswith("Title: two years after opening.")
        return page.title

    rest = "bring in a larger share than “What was done”"
    assert said("higher", "higher", "higher") == f"All of three other scenarios clearly {rest}"
    assert said("higher", "lower", "higher") == f"Two of three other scenarios clearly {rest}"
    # A median may lie above that of the base, and the difference yet not be told from none.
    none = f"None of three other scenarios clearly {rest.replace('bring', 'brings')}"
    assert said("cannot be told", "hardly differs", "lower") == none
    assert said("not known", "not known", "not known") == titles.headline(usual_view())


def with_rows_of(view: View, some: Results, finding: str, rows: pd.DataFrame) -> View:
    return View(some, Findings({**view.findings, finding: rows}))


def test_curve_finding_reads_what_the_moves_let_one_say() -> None:
    part = pd.DataFrame({"value": [0.0, 6.0], "change": [-0.15, 0.05]})
    lines = {"costly": part, "base": part}
    moves = usual_view().findings["moves"]

    def said(base: dict[str, Any], costly: dict[str, Any]) -> str:
        rows = [
            moves[moves["scenario"] == name].assign(**values)
            for name, values in (("base", base), ("costly", costly))
        ]
        view = with_rows_of(usual_view(), usual(), "moves", pd.concat(rows))
        return fig_curves.curve_finding(view, "effort", "Visits", lines)

    def judged(word: str, *, whole: str = "", **values: float) -> dict[str, Any]:
        ends = {"from": 0.0, "to": 6.0, "range_from": 0.0, "range_to": 6.0}
        sizes = {"difference": 0.2, "range_difference": 0.2}
        return {"verdict": word, "range_verdict": whole or word, **ends, **sizes, **values}

    base, costly = "“What was done”", "“With a fee of $5 and a_b^c”"
    both = f"under {base} and {costly}"
    lead = "Visits from 0 to 6: "
    clear = judged("higher")
    for word, words in (
        ("equal", "no difference"),
        ("hardly differs", "hardly any"),
        ("cannot be told", "cannot be told"),
        ("not known", "not known"),
    ):
        assert said(clear, judged(word)) == f"{lead}+20 points under {base}, {words} under {costly}"
    for word, words in (
        ("equal", f" makes no difference {both}"),
        ("hardly differs", f" hardly makes a difference {both}"),
        ("cannot be told", f": a difference cannot be told {both}"),
        ("not known", f": one future, or one draw of behaviour, cannot tell {both}"),
    ):
        assert said(judged(word), judged(word)) == f"Visits from 0 to 6{words}"
    peak = judged("cannot be told", whole="higher", difference=0.0, range_to=4.0)
    dip = judged("higher", difference=0.1, range_from=2.0)
    assert said(peak, dip) == f"{lead}most at 4 under {base}, fewest at 2 under {costly}"


def test_a_title_says_of_a_difference_what_its_verdict_does() -> None:
    table = usual_view().findings["comparison"]
    at = (table["scenario"] == "costly") & (table["versus"] == "base")
    at &= table["outcome"] == "joined_share_24m"

    def said(word: str, *estimate: float) -> str:
        rows = table.copy()
        rows.loc[at, ["difference", "low", "high"]] = estimate
        rows.loc[at, "verdict"] = word
        view = with_rows_of(usual_view(), usual(), "comparison", rows)
        with drawing():
            return fig_differences.differences(view)[0].title

    base, costly = "“What was done”", "“With a fee of $5 and a_b^c”"
    assert said("lower", -0.123, -0.152, -0.094) == f"{costly} is 12 points behind {base}"
    assert said("higher", 0.004, 0.002, 0.006) == f"{costly} is 0.4 points ahead of {base}"
    assert said("hardly differs", 0.004, 0.002, 0.006) == f"{costly} hardly differs from {base}"
    assert said("cannot be told", 0.2, -0.1, 0.5) == (
        f"A difference of {costly} from {base} cannot be told"
    )
    assert said("equal", 0.0, 0.0, 0.0) == f"{costly} does not differ from {base} in any future"
    assert said("not known", 0.4, np.nan, np.nan) == (
        f"One future, or one draw of behaviour, cannot tell {costly} from {base}"
    )


def test_one_future_shows_no_difference_in_any_title() -> None:
    some = results(
        experiment(
            {"a": scenario("Same"), "b": scenario("Same", annual_fee_gbp_m=0.2)},
            seeds={"count": 1},
        )
    )
    (page,) = pages(some, [fig_differences.differences])
    assert page.title.startswith("One future, or one draw of behaviour, cannot tell “Same (b)”")


def test_scenarios_of_one_title_are_told_apart_as_in_the_report() -> None:
    some = results(experiment({name: scenario("Same") for name in "ab"}, seeds={"count": 1}))
    view = view_of(some)
    assert [view.title(name) for name in "ab"] == ["Same (a)", "Same (b)"]
    assert Facts(some.experiment, view.findings).titles == {"a": "Same (a)", "b": "Same (b)"}
    for finding in ("headline", "summary"):
        titles_in = view.findings[finding].drop_duplicates("scenario")
        assert titles_in["title"].tolist() == ["Same (a)", "Same (b)"], finding


@pytest.mark.parametrize(
    ("medians", "words"),
    [
        ({"county": -0.0201, "district": -0.005}, "Counties lose £20,000"),
        ({"county": -0.0002, "district": 0.003}, "Districts gain £3,000"),
        ({"county": -0.0002, "district": 0.0}, "Nothing is at stake (£0)"),
        ({"county": -0.0201, "district": -0.0198}, "All groups lose £20,000"),
        (
            {"county": 0.0201, "district": 0.0198, "london": 0.01},
            "Counties and districts gain £20,000",
        ),
        (
            {"county": -0.01, "district": -0.01, "london": -0.01, "unitary": 0.0},
            "3 of 4 groups lose £10,000",
        ),
        ({"county": np.nan}, "What is at stake is not known"),
    ],
)
def test_who_gains_or_loses_is_said_of_sums_that_readers_see(
    medians: dict[str, float], words: str
) -> None:
    title = fig_gains._gains_title(usual_view(), {"base": medians})
    assert title == f"{words} under “What was done”"


def test_curves_show_changes_against_the_same_futures() -> None:
    """Recalculated from runs, without the tables that the picture reads."""
    runs = usual().runs.set_index(["point", "seed"])["joined_share_24m"]
    (one,) = pages(usual(), [fig_curves.curves])
    drawn = _lines(one)
    said = []
    for name in ("base", "costly"):
        levels = np.array([runs[f"curve/effort/{name}/{position}"].mean() for position in range(3)])
        change = 100 * (levels - runs[name].mean())
        assert _is_drawn(drawn, np.column_stack([(1.0, 4.0, 8.0), change]))
        said.append(f"{change[-1]:+.0f} points at 8".replace("-", "−"))
    texts = " ".join(text.get_text() for text in one.texts())
    assert all(words in texts for words in said)
    assert "%" not in re.sub("95% interval", "", f"{one.title} {one.subtitle} {one.alt}")
    # The scenario as it is is zero, and what it uses lies on that line.
    assert _is_drawn(drawn, np.array([(6.0, 0.0)]))


def test_steps_of_an_explanation_are_differences_from_zero() -> None:
    """Recalculated from runs: of two groups, each adds the mean of being moved first and last."""
    scenarios = {
        "base": scenario("What was done"),
        "other": scenario("Deeper and dearer", depth=0.5, annual_fee_gbp_m=0.2),
    }
    why = {
        "from": "base",
        "to": "other",
        "outcome": "joined_share_24m",
        "seeds": 3,
        "groups": {"Depth": ["offers.main.depth"], "Fee": ["offers.main.annual_fee_gbp_m"]},
    }
    some = results(experiment(scenarios, explain={"why": why}))
    # Neither, depth alone, fee alone, both: a level of 0.6 that falls to 0.34.
    worth = np.array([[0.6, 0.62, 0.58], [0.4, 0.44, 0.36], [0.7, 0.7, 0.7], [0.34, 0.34, 0.34]])
    for number, shares in enumerate(worth):
        rows = some.runs["point"] == f"hybrid/why/{number}"
        some = changed(some, "runs", rows, {"joined_share_24m": shares})
    (one,) = pages(some, [fig_attribution.explained])
    neither, depth, fee, both = 100 * worth.mean(axis=1)
    by_depth = ((depth - neither) + (both - fee)) / 2
    by_fee = ((fee - neither) + (both - depth)) / 2
    assert by_depth + by_fee == pytest.approx(both - neither)
    (ax,) = one.canvas.axes
    bars = [(bar.get_x(), bar.get_width()) for bar in ax.patches if isinstance(bar, Rectangle)]
    assert np.allclose(bars, [(0.0, by_depth), (by_depth, by_fee), (0.0, both - neither)])
    texts = [text.get_text() for text in one.texts()]
    amounts = [text for text in texts if re.match(r"[+−]?\d.* to .*\)$", text)]
    # The last is the difference between the two scenarios, with an interval of its own.
    assert [text.split(" (")[0] for text in amounts] == ["−28", "+2.0", "−26"]
    assert one.title == "“Depth” (−28 points) makes the largest part of the difference"
    assert "from “What was done” to “Deeper and dearer”" in one.subtitle
    levels = ("60", "34", "62", "58")
    assert not any(level in f"{one.title} {one.alt}" for level in levels)


def _is_drawn(lines: list[Any], wanted: Any) -> bool:
    return any(line.shape == wanted.shape and np.allclose(line, wanted) for line in lines)


def _lines(one: Page) -> list[Any]:
    return [np.asarray(line.get_xydata()) for ax in one.canvas.axes for line in ax.lines]


def test_own_value_of_a_curve() -> None:
    one = usual().experiment.scenarios["base"]
    assert value_in(one, "push.visits_per_month", 7) == 6.0
    assert value_in(one, "push.visits_per_council_per_year", 36) == 2.0
    assert value_in(one, "offers.main.depth", 7) == 0.25
    assert value_in(one, "offers.other.depth", 7) is None
    assert value_in(one, "offers.main.owner", 7) is None


def test_network_layout_is_fixed_and_apart() -> None:
    index = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 0.0], [50.0, 50.0]])
    radius = np.full(4, 5.0)
    now = fig_network.relaxed(index, radius)
    assert np.array_equal(now, fig_network.relaxed(index, radius))
    gaps = np.hypot(*(now[:, None, :] - now[None, :, :]).T)[np.triu_indices(4, 1)]
    assert gaps.min() > 8.0
    assert np.hypot(*(now[3] - index[3])) < 1.0


def test_bands_and_words() -> None:
    view = usual_view()
    runs = usual().runs
    shares = sorted(runs.loc[runs["point"] == "base", "joined_share_24m"])
    assert view.joined("base").middle == pytest.approx(shares[1])
    assert view.joined("none").high90 == 0.0
    assert not np.isfinite(view.of_group("base", "nation", "Wales", "joined_share_24m").middle)
    assert [percent(v) for v in (0.0, 0.001, 0.256, -0.02, 1.0)] == [
        "0%", "under 1%", "26%", "−2%", "100%",
    ]  # fmt: skip
    assert [span_words(m) for m in (1, 12, 18, 24, 144)] == [
        "a month", "a year", "18 months", "two years", "12 years",
    ]  # fmt: skip
    assert [gbp_m(v) for v in (0.0, -0.04, -6.54, 59.6)] == ["£0", "£0", "−£6.5m", "£60m"]


def test_even_chance() -> None:
    table = pd.DataFrame(
        {
            "scenario": "a",
            "review_months": 24,
            "minimum_share": [0.1, 0.2, 0.3],
            "probability": [0.0, 0.5, 1.0],
            "exact": True,
        }
    )

    def even(chances: pd.DataFrame) -> Any:
        return even_chance_table(usual(), chances)["minimum_share"].item()

    assert even(table) == pytest.approx(0.2)
    assert even(table.assign(probability=[0.0, 0.0, 1.0])) == pytest.approx(0.25)
    assert not np.isfinite(even(table.assign(probability=0.1)))


def test_groups_of_one_are_left_out() -> None:
    view = usual_view()
    rows = fig_gains.group_rows(view, view.panels[0])
    assert rows
    assert all(grouping == "size band" for grouping, *_ in rows)


def test_cancellation_leaves_out_reviews_and_changing_scopes() -> None:
    paid = scenario("Paid for")
    paid["push"] = PUSH | {"subsidy_share": 0.5}
    reviewed = scenario("Reviewed")
    reviewed["push"] = PUSH | {"review_months": 24}
    wider = scenario("Wider")
    wider["events"] = [
        {"date": "2018-06", "change": {"offers": {"main": {"scope": {"codes": COUNCILS}}}}}
    ]
    some = results(experiment({"a": paid, "b": reviewed, "c": wider}))
    (one,) = pages(some, [fig_cancellation.cancellation])
    assert "Paid for" in one.alt
    assert "Reviewed" not in one.alt
    assert "Wider" not in one.alt
    assert one.foot.count("left out") == 2
    assert "in June 2018 under “Wider”" in view_of(some).clock_note


def test_curves_of_a_group_say_whose_share_it_is() -> None:
    full = usual()
    curve = full.experiment.curves["effort"].model_copy(update={"group": "England"})
    whole = full.experiment.model_copy(update={"curves": {"effort": curve}})
    groups = full.groups.assign(group=full.groups["group"].replace("Scotland", "England"))
    (one,) = pages(replace(full, experiment=whole, groups=groups), [fig_curves.curves])
    assert "Share of England's councils" in one.subtitle
    assert "share of England's councils that have joined" in " ".join(
        text.get_text() for text in one.texts()
    )
    assert "England's councils" in one.title
    assert group_words("district") == "districts"
    assert group_words("500,000 and over") == "councils of 500,000 people and over"


def test_sums_of_many_and_few_councils_are_on_different_scales() -> None:
    view = usual_view()
    assert fig_money._of_a_size(view) == [["base", "costly", "south"]]
    many = results(
        experiment(
            {"few": scenario("Few"), "many": scenario("Many") | {"councils": {"synthetic": 20}}},
            seeds={"count": 1},
        )
    )
    drawn = pages(many, [fig_money.net_saving])
    assert len(drawn) == 2
    assert all("another scale" in one.foot for one in drawn)
