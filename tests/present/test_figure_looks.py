"""How pictures look: scenarios keep their looks, maps their councils, titles what was asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from io import BytesIO
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_hex
from PIL import Image

from sim.analysis.councils import REASONS
from sim.analysis.fates import FATES
from sim.analysis.findings import find
from sim.present.figures import adoption, council_map, curves, differences, network, reasons, style
from sim.present.figures.catalogue import DRAWINGS
from sim.present.figures.page import Page
from sim.present.figures.small_multiples import small_multiples
from sim.present.figures.style import LOST, LOST_NOTE, drawing, plain, text_width
from sim.present.looks import BASE_COLOUR, COLOURS, MATPLOTLIB, look_at, look_of
from sim.present.tile_map import draw_tiles, load_tiles
from sim.present.view import View
from tests import gallery
from tests.shared.figures import check, contrast
from tests.shared.small_results import COUNCILS, experiment, results, scenario, view_of

pytestmark = pytest.mark.slow  # the gallery of experiments is drawn


@cache
def view_of_case(case: str) -> View:
    return view_of(results(gallery.CASES[case]()))


@cache
def pages_of_case(case: str) -> tuple[Page, ...]:
    with drawing():
        return tuple(page for draw in _drawings(case) for page in draw(view_of_case(case)))


def _drawings(case: str) -> list[Callable[[View], list[Page]]]:
    """Maps and networks differ in titles and colours alone: those of some cases are enough."""
    if case in ("one", "two", "made-up councils"):
        return list(DRAWINGS)
    return [draw for draw in DRAWINGS if draw not in (council_map.maps, network.network)]


# ---------------------------------------------------------------- looks


def test_a_scenario_looks_the_same_whatever_ran() -> None:
    many = gallery.CASES["fourteen"]()
    looks = {name: look_of(many, name) for name in many.scenarios}
    assert len(set(looks.values())) == 14
    assert len({look.mark for look in looks.values()}) == 14  # without any colour
    assert looks["s0"].colour == BASE_COLOUR
    # What is added to the end of a file leaves the others as they are.
    fewer = many.model_copy(
        update={"scenarios": {name: many.scenarios[name] for name in ("s0", "s1", "s3", "s4")}}
    )
    assert {name: look_of(fewer, name) for name in fewer.scenarios} == {
        name: looks[name] for name in fewer.scenarios
    }
    with pytest.raises(KeyError, match="no scenario 'x'"):
        look_of(many, "x")


def test_no_two_looks_are_alike_in_colour_and_shape() -> None:
    looks = [look_at(position) for position in range(30)]
    assert len({(look.colour, look.mark) for look in looks}) == 30
    assert all(look.mark in MATPLOTLIB for look in looks)


def test_lines_in_one_panel_differ_in_colour() -> None:
    view = view_of_case("fourteen")
    assert sum(len(panel.scenarios) for panel in view.panels) == 14
    for panel in view.panels:
        colours = [view.look(name)[0] for name in panel.scenarios]
        assert len(set(colours)) == len(colours) <= 5


def test_colours_stand_out_from_white_and_neighbours_from_each_other() -> None:
    for colour in (*COLOURS, BASE_COLOUR):
        assert contrast(colour, "#FFFFFF") >= 3
    fills = [look[0] for look in reasons.LOOKS]
    for one, other in pairwise(fills):
        assert contrast(one, other) >= 3
    for fill, ink, _ in reasons.LOOKS:
        assert contrast(fill, "#FFFFFF" if ink == "white" else style.INK) >= 4.5
    assert contrast(style.QUIET, "#FFFFFF") >= 4.5


def test_figures_of_one_report_agree_on_looks() -> None:
    """Lines of a scenario have its colour in every chart that draws it."""
    view = view_of_case("eight")
    seen: dict[str, set[str]] = {}
    with drawing():
        for page in small_multiples(view):
            for name, ax in zip(view.scenarios, page.canvas.axes, strict=True):
                drawn = {to_hex(line.get_color()).upper() for line in ax.lines}
                seen.setdefault(name, set()).update(drawn - {"#FFFFFF", BASE_COLOUR})
        (page,) = adoption.adoption(view)[1:]
        drawn = {to_hex(line.get_color()).upper() for ax in page.canvas.axes for line in ax.lines}
    for name in view.scenarios:
        own = view.look(name)[0]
        assert seen[name] <= {own}
        assert own in drawn


# ---------------------------------------------------------------- pages


@pytest.mark.parametrize("case", list(gallery.CASES))
def test_nothing_is_cut_or_meets_whatever_the_experiment(case: str) -> None:
    for page in pages_of_case(case):
        check(page)


@pytest.mark.parametrize("case", ["two", "reviewed", "Gaelic and Welsh"])
def test_titles_name_the_base_and_what_it_is_set_against(case: str) -> None:
    view = view_of_case(case)
    assert view.asked is not None
    for page in pages_of_case(case):
        if page.name == "network" or page.name.startswith("map"):
            continue
        if page.name == "cancellation" and case == "reviewed":
            continue  # what has a review is not asked what one would do
        for name in view.contrast:
            assert view.named(name) in page.title, page.name


@pytest.mark.parametrize(
    "case", ["one", "two", "eight", "reviewed", "one seed", "made-up councils"]
)
def test_titles_have_about_ten_words(case: str) -> None:
    """Beside the names of scenarios, of which there are two at most."""
    view = view_of_case(case)
    for page in pages_of_case(case):
        words = page.title
        for name in view.scenarios:
            words = words.replace(view.named(name), "")
        assert len(words.split()) <= 12, page.title
        assert page.title.count("“") <= 2, page.title


def test_what_was_asked_is_the_proposal() -> None:
    scenarios = {name: scenario(name.upper()) for name in "abcd"}
    some = results(experiment(scenarios, seeds={"count": 1}))
    findings = find(some)

    def contrast_of(**changes: Any) -> tuple[str, ...]:
        changed = some.experiment.model_copy(update=changes)
        return View(replace(some, experiment=changed), findings).contrast

    assert contrast_of() == ("a", "b")
    assert contrast_of(base="c") == ("c", "a")
    assert contrast_of(together=[["c", "d"]]) == ("a", "c")
    assert view_of_case("one").contrast == ("a",)


def test_subtitles_and_feet_say_what_is_shown_and_where_it_comes_from() -> None:
    for page in pages_of_case("eight"):
        assert "run 0123456789ab" in page.foot
        assert "Simulated, not observed" in page.foot


@pytest.mark.parametrize("case", ["eight", "reviewed"])
def test_no_more_than_two_bands_over_each_other(case: str) -> None:
    for page in pages_of_case(case):
        if page.name == "origins":
            continue  # parts of a whole, one on top of the other
        # Cancelled and other futures lie above each other, each with both of its bands.
        most = 4 if case == "reviewed" and page.name == "small_multiples" else 2
        found = [_deepest([c for c in ax.collections if _is_band(c)]) for ax in page.canvas.axes]
        assert max(found, default=0) <= most, page.name
        if page.name == "small_multiples":
            assert max(found) == most


def _is_band(collection: Any) -> bool:
    return type(collection).__name__ in ("FillBetweenPolyCollection", "PolyCollection")


def _deepest(bands: list[Any]) -> int:
    """Most bands that lie over one month."""
    spans = [
        (path.vertices[:, 0].min(), path.vertices[:, 0].max())
        for band in bands
        for path in band.get_paths()
    ]
    return max((sum(a <= x <= b for a, b in spans) for x, _ in spans), default=0)


def test_curves_have_a_panel_each_with_the_base_behind() -> None:
    scenarios = {name: scenario(name.upper(), depth=0.2 + 0.2 * k) for k, name in enumerate("abc")}
    curve = {
        "setting": "push.visits_per_month",
        "values": [1.0, 8.0],
        "scenarios": ["a", "b", "c"],
        "seeds": 3,
    }
    view = view_of(results(experiment(scenarios, curves={"visits": curve})))
    with drawing():
        (page,) = curves.curves(view)
    check(page)
    assert len(page.canvas.axes) == 3
    for name, ax in zip("abc", page.canvas.axes, strict=True):
        drawn = {to_hex(line.get_color()).upper() for line in ax.lines}
        assert {view.look(name)[0], BASE_COLOUR} <= drawn
        assert sum(map(_is_band, ax.collections)) == 1


def test_markers_of_differences_are_those_of_the_scenarios() -> None:
    view = view_of_case("eight")
    with drawing():
        (page, *_) = differences.differences(view)
    drawn = {
        (str(line.get_marker()), str(line.get_markeredgecolor()))
        for line in page.canvas.axes[0].lines
        if line.get_marker() not in ("None", None)
    }
    assert drawn <= {(look[1], look[0]) for look in map(view.look, view.scenarios)}


# ---------------------------------------------------------------- fates


def test_cancelled_and_other_futures_are_told_apart() -> None:
    view = view_of_case("reviewed")
    fates = view.fates("reviewed")
    assert set(fates) == set(FATES)
    assert sum(fate.share for fate in fates.values()) == pytest.approx(1.0)
    assert sum(fate.seeds for fate in fates.values()) == 12
    assert view.fates("base") == {}
    low, high = fates["cancelled"].fan.middle[-1], fates["went on"].fan.middle[-1]
    assert low < high
    (page, *_) = pages_of_case("reviewed")
    texts = " ".join(text.get_text() for text in page.texts())
    assert "if cancelled" in texts
    assert "A review cancels “With a review after a year” in 33% of futures." in page.subtitle
    (why,) = (page for page in pages_of_case("reviewed") if page.name == "why_not")
    assert "cancelled futures" in why.alt


def test_what_closed_first_was_not_merely_never_considered() -> None:
    some = results(gallery.CASES["reviewed"]())
    closed, never = list(REASONS)[-2:]
    runs = some.runs[some.runs["point"] == "reviewed"]
    cancelled = set(runs.loc[runs["cancelled"], "seed"])
    joined = some.joined[some.joined["point"] == "reviewed"]
    assert cancelled
    some.joined.loc[joined.index[joined["seed"] == min(cancelled)], "why_not"] = (
        "never considered it"
    )
    table = view_of(some).findings["fate_reasons"].set_index(["fate", "reason"])["share"]
    assert table["cancelled", closed] >= 1 / len(cancelled)
    assert table["cancelled", never] == 0
    assert table["went on", closed] == 0
    assert table.groupby("fate").sum().round(9).eq(1.0).all()


# ---------------------------------------------------------------- maps


def test_a_map_has_one_scenario_and_its_councils_only() -> None:
    view = view_of_case("two")
    with drawing():
        pages = council_map.maps(view)
    assert [page.name for page in pages] == ["map", "map_2", "map_chance", "map_chance_2"]
    for page, name in zip(pages, [*view.contrast] * 2, strict=True):
        assert "two years after opening" in page.subtitle
        assert view.named(name) in page.title
        cells = page.canvas.axes[0].collections[0]
        assert np.shape(cells.get_offsets()) == (len(COUNCILS), 2)


def test_cropping_keeps_the_districts_of_a_county() -> None:
    tiles = load_tiles()
    kent = next(code for code, name in tiles.county_name.items() if name == "Kent")
    leeds = tiles.gss_code[tiles.name.index("Leeds")]
    some = tiles.of([kent, leeds])
    assert set(some.county_name) == {kent}
    assert {some.county[i] for i in range(len(some.gss_code))} == {kent, ""}
    assert len(some.gss_code) == 1 + tiles.county.count(kent)
    district = tiles.gss_code[tiles.county.index(kent)]
    alone = tiles.of([district])
    assert alone.gss_code == (district,)
    assert alone.county_name == {}


def test_states_on_a_map_differ_in_fill_and_mark() -> None:
    looks = [(one.colour, one.mark) for one in council_map.STATES.values()]
    assert len(set(looks)) == len(looks)
    assert council_map.STATES["migrating"].mark == "half"
    assert council_map.STATES["left"].mark == "cross"
    chances = [one for _, one in council_map.CHANCES]
    assert len({(one.colour, one.mark) for one in chances}) == len(chances)


def test_a_map_of_all_england_is_small_as_a_file() -> None:
    """A hexagon is written once and referred to."""
    tiles = load_tiles()
    page = Page("map", "A map", "", "")
    with drawing():
        ax = page.axes(page.body)
        draw_tiles(ax, tiles, dict.fromkeys(tiles.gss_code, "#12436D"))
        svg = page.svg({})
    assert svg.count(b"<use ") >= 358
    assert len(svg) < 150_000


def test_shares_on_the_map_are_those_at_the_headline_month() -> None:
    some = results(gallery.CASES["two"]())
    view = view_of(some)
    rows = council_map.of_scenario(view, "s0")
    fife = some.joined[(some.joined["point"] == "s0") & (some.joined["gss_code"] == "S12000047")]
    inside = fife["status_headline"].isin(["member", "migrating"]).mean()
    assert rows.loc["S12000047", "joined_then_share"] == pytest.approx(inside)
    parts = [f"{state}_then_share" for state in council_map.STATES]
    assert rows[parts].sum(axis=1).round(9).eq(1.0).all()


# ---------------------------------------------------------------- letters and files


def test_letters_that_cannot_be_drawn_are_said_to_be_left_out() -> None:
    assert plain("Ŵyr à bhàn") == "Ŵyr à bhàn"
    assert plain("a \u0645\u0631\u062d\u0628\u0627 b") == f"a {LOST} b"
    assert LOST not in "".join(page.title for page in pages_of_case("Gaelic and Welsh"))
    for page in pages_of_case("other scripts"):
        assert "□" not in page.title
        assert LOST_NOTE.strip() in page.foot
    assert LOST_NOTE not in pages_of_case("two")[0].foot


def test_text_is_measured_as_it_is_drawn() -> None:
    page = Page("a", gallery.WELSH, gallery.GAELIC, "ffi WAVE 1,000 “ŵ”")
    with drawing():
        page.canvas.draw_without_rendering()
        for text in page.texts():
            drawn = text.get_window_extent().width
            assert text_width(text.get_text(), float(text.get_fontsize())) >= 0.985 * drawn


def test_flat_colours_survive_the_palette() -> None:
    page = next(page for page in pages_of_case("eight") if page.name == "why_not")
    with drawing():
        data = page.png({})
    picture = Image.open(BytesIO(data))
    assert picture.mode == "P"
    assert picture.size == (1600, 900)
    found = np.unique(np.asarray(picture.convert("RGB")).reshape(-1, 3), axis=0)
    colours = {"#{:02X}{:02X}{:02X}".format(*colour) for colour in found.tolist()}
    assert {"#FFFFFF", reasons.LOOKS[0][0], reasons.LOOKS[1][0]} <= colours
    assert len(data) < 130_000
