"""The page of a replay, opened from a file with no network: what a room and a presenter use."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from sim.present.looks import MATPLOTLIB
from sim.present.replay.page import modules, packed, replay_page, script_json
from tests.shared.browser import Window, faults
from tests.shared.made_up_replay import MONTHS, OPENS, made_up_replay

pytestmark = pytest.mark.slow  # a browser works the page

if TYPE_CHECKING:
    from playwright.sync_api import Page

HOSTILE = "</script><img src=x onerror=alert(1)> \"'`{{data}}&lt; \u202ertl\u202c \u2028 \U0001f600"
DATA = made_up_replay()
VIEWS = {
    "map": "m",
    "network": "n",
    "chance": "c",
    "origins": "o",
    "changes": "t",
    "council": "/",
    "help": "?",
}

Open = Callable[..., "Page"]


@pytest.fixture(autouse=True)
def _packs_small_data_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """The made-up replay is small; what it is packed by should be tried all the same."""
    monkeypatch.setattr("sim.present.replay.page.LARGE", 500)


@pytest.fixture
def opened(window: Window, tmp_path: Path) -> Open:
    """Open the page of the made-up replay."""

    def open_page(data: dict[str, Any] | None = None, **options: Any) -> Page:
        path = tmp_path / "replay.html"
        path.write_text(replay_page(data or DATA), encoding="utf-8")
        page = window.open(path, **{"height": 720} | options)
        page.wait_for_selector("#replay:not([aria-busy])")
        return page

    return open_page


def unzipped(text: str) -> bytes:
    return gzip.decompress(base64.b64decode(text))


def joined(scenario: str, month: int, future: int = 0) -> int:
    count: int = DATA["futures"][future]["runs"][scenario]["joined"][month]
    return count


def counters(page: Page) -> list[int]:
    return [int(text) for text in page.locator(".number:visible").all_inner_texts()]


def tiles_in(page: Page, side: int) -> int:
    states = '[data-state="live"], [data-state="migrating"]'
    return page.locator(".panel").nth(side).locator(f".tile:is({states})").count()


def press(page: Page, key: str, times: int = 1) -> None:
    for _ in range(times):
        page.keyboard.press(key)


# ---------------------------------------------------------------- the file


def test_the_page_is_one_file_that_the_same_data_give_again() -> None:
    page = replay_page(DATA)
    assert page == replay_page(made_up_replay())
    assert not re.search(r"""(src|href)\s*=\s*["']?(?!data:)[a-z./]""", page)
    assert "default-src &#x27;none&#x27;" in page
    assert len(page) < 300_000  # scripts and styles leave room for data, under a megabyte in all


def test_only_modules_that_are_needed_go_along() -> None:
    found = modules("replay")
    assert {"#viz/replay", "#viz/stage", "#viz/state"} <= set(found)
    assert set(modules("words")) == {"#viz/words"}


def test_json_can_stand_in_a_script() -> None:
    text = script_json({"t": HOSTILE})
    assert "<" not in text
    assert "\u2028" not in text
    assert json.loads(text) == {"t": HOSTILE}


def test_what_is_large_is_packed_once_and_unpacks_to_the_same() -> None:
    small = packed(DATA)
    assert small["title"] == DATA["title"]
    assert json.loads(unzipped(small["futures"][0]["runs_gz"])) == DATA["futures"][0]["runs"]
    chances = bytes(range(251)) * 60
    scenario = {**DATA["scenarios"][0], "chance": base64.b64encode(chances).decode("ascii")}
    (found,) = packed({**DATA, "scenarios": [scenario]})["scenarios"]
    assert unzipped(found["chance_gz"]) == chances
    (again,) = packed({**DATA, "scenarios": [{**found, "chance_gz": "x" * 5000}]})["scenarios"]
    assert again["chance_gz"] == "x" * 5000


def test_texts_from_files_are_shown_as_texts(opened: Open) -> None:
    data = made_up_replay(title=HOSTILE, question=HOSTILE, source=HOSTILE)
    for named in (*data["scenarios"], *data["councils"]):
        named["title" if "title" in named else "name"] = HOSTILE
    for run in data["futures"][0]["runs"].values():
        run["moments"][0]["words"] = HOSTILE
    page = opened(data)
    press(page, "ArrowRight", 8)
    press(page, "t")
    assert page.locator("h1").inner_text().startswith("</script><img src=x onerror=alert(1)>")
    assert page.locator("img").count() == 0
    assert page.title().startswith("</script><img src=x")


# ---------------------------------------------------------------- numbers


def test_what_is_shown_is_what_the_data_say_in_every_month(opened: Open) -> None:
    page = opened()
    for month in range(MONTHS):
        assert counters(page) == [joined("first", month), joined("north", month)]
        assert [tiles_in(page, 0), tiles_in(page, 1)] == counters(page)
        press(page, "ArrowRight")
    assert page.locator(".date").inner_text() == "October 2022"
    assert page.locator(".panel .of").first.inner_text() == "of 12 councils are in, 58%"


def test_since_opening_both_start_together(opened: Open) -> None:
    page = opened()
    press(page, "s")
    press(page, "Home")
    press(page, "ArrowRight", OPENS["first"] + 5)
    assert page.locator(".date").inner_text() == "5 months open"
    assert counters(page) == [
        joined("first", OPENS["first"] + 5),
        joined("north", OPENS["north"] + 5),
    ]
    press(page, "End")
    assert "the simulation ends here" in page.locator(".panel").nth(1).inner_text()


def test_chances_fill_the_hexagons_by_area(opened: Open) -> None:
    page = opened()
    press(page, "c")
    press(page, "ArrowRight", 31)
    mark = page.locator('.tile[data-place="0"] .mark').first
    assert mark.get_attribute("transform") == "scale(1.000)"
    press(page, "ArrowLeft", 15)
    assert mark.get_attribute("transform") == "scale(0.632)"  # 100 of 250 by area


def test_another_future_is_told_apart_from_the_typical_one(opened: Open) -> None:
    page = opened()
    which = page.locator(".which")
    assert which.inner_text() == "A typical future, one of 4 (seed 11)."
    page.get_by_label("Which future is shown").select_option("1")
    expect(page.locator(".which")).to_contain_text("seed 12")
    press(page, "ArrowRight", 20)
    assert counters(page) == [joined("first", 20, 1), joined("north", 20, 1)]
    assert which.inner_text() == "A low future, one of 4 (seed 12)."


def test_same_luck_is_said_of_the_same_councils_only(opened: Open) -> None:
    page = opened()
    assert "Same luck" not in page.locator(".which").inner_text()
    page.get_by_label("Scenario on the right").select_option("second")
    assert "Same luck for both." in page.locator(".which").inner_text()


def test_every_mark_of_a_scenario_has_its_own_outline(opened: Open) -> None:
    paths = opened().evaluate(
        "async marks => {"
        "  const { markPath } = await import('#viz/scale');"
        "  return marks.map(mark => markPath(mark, 0, 0, 10));"
        "}",
        list(MATPLOTLIB.values()),
    )
    assert len(set(paths)) == len(MATPLOTLIB)


# ---------------------------------------------------------------- keys and buttons


def test_every_key_does_what_the_help_says(opened: Open) -> None:
    page = opened()
    date, panels = page.locator(".date"), page.locator(".panel:visible")

    def shown(key: str) -> str:
        press(page, key)
        return date.inner_text()

    assert shown("ArrowRight") == "December 2019"
    assert shown("ArrowUp") == "December 2020"
    assert shown("ArrowLeft") == "November 2020"
    assert shown("ArrowDown") == "November 2019"
    assert shown("PageDown") == "May 2020"  # the first opening
    assert shown("PageUp") == "November 2019"
    assert shown("End") == "October 2022"
    assert shown("Home") == "November 2019"

    press(page, "1")
    assert panels.count() == 1
    press(page, "1")
    assert panels.count() == 2
    press(page, "2")
    assert page.get_by_label("Scenario on the left").input_value() == "north"
    press(page, "2")

    pressed = page.locator('.switches [aria-pressed="true"]')
    for key, text in (("n", "Network"), ("n", "Map"), ("c", "Chance"), ("m", "Map")):
        press(page, key)
        assert text in pressed.all_inner_texts()
    press(page, "o")
    assert "What brought them" in pressed.all_inner_texts()
    press(page, "o")
    press(page, "s")
    assert "Since opening" in pressed.all_inner_texts()
    press(page, "s")
    press(page, "+")
    assert page.get_by_label("Speed").input_value() == "8"
    press(page, "-")
    assert page.get_by_label("Speed").input_value() == "4"
    press(page, "a")
    expect(page.locator(".which")).to_contain_text("seed 12")

    press(page, "t")
    assert page.get_by_role("heading", name="What changed this month").is_visible()
    press(page, "Escape")
    press(page, "/")
    assert page.locator("#find-council").evaluate("e => e === document.activeElement")
    press(page, "Escape")
    press(page, "?")
    assert page.get_by_role("dialog").is_visible()
    press(page, "?")
    assert page.get_by_role("dialog").count() == 0
    press(page, "f")
    expect(page.locator(":fullscreen")).to_have_count(1)


def test_every_button_can_be_pressed(opened: Open) -> None:
    page = opened()
    page.evaluate("window.open = () => null")
    for i in range(page.get_by_role("button").count()):
        button = page.get_by_role("button").nth(i)
        if button.is_visible() and button.is_enabled():
            button.click()
        press(page, "Escape")
    assert counters(page)


def test_it_plays_to_the_end_and_says_nothing_until_it_stands(opened: Open) -> None:
    page = opened()
    page.wait_for_timeout(600)
    page.evaluate(
        """() => {
            window.said = [];
            const heard = document.querySelector('[role=status].visually-hidden');
            new MutationObserver(() => window.said.push(heard.textContent))
                .observe(heard, {childList: true, characterData: true, subtree: true});
        }"""
    )
    page.get_by_label("Speed").select_option("16")
    page.locator(".date").click()
    press(page, " ")
    assert page.get_by_role("button", name="Pause").is_visible()
    expect(page.locator(".date")).to_have_text("October 2022", timeout=20_000)
    expect(page.locator(".play")).to_have_attribute("aria-label", "Play")
    page.wait_for_timeout(700)
    (said,) = page.evaluate("window.said")
    assert said.startswith("October 2022. The first scenario: 7 of 12 councils are in (58")


def test_after_a_click_keys_belong_to_the_stage_again(opened: Open) -> None:
    page = opened()
    page.get_by_role("button", name="Network").click()
    press(page, " ")
    assert page.get_by_role("button", name="Pause").is_visible()
    press(page, " ")
    page.get_by_role("button", name="Network").focus()
    press(page, "Tab")
    press(page, " ")  # whoever goes by keys presses the button that has the focus
    assert page.get_by_role("button", name="Chance").get_attribute("aria-pressed") == "true"


def test_moments_jump(opened: Open) -> None:
    page = opened()
    page.get_by_role("button", name="First in north").click()
    assert (
        joined("north", [joined("north", m) > 0 for m in range(MONTHS)].index(True))
        == counters(page)[1]
    )
    assert "First in north" in page.locator(".caption").nth(1).inner_text()


def test_the_address_keeps_the_place(opened: Open) -> None:
    page = opened()
    page.get_by_label("Scenario on the right").select_option("second")
    page.get_by_label("Which future is shown").select_option("1")
    expect(page.locator(".which")).to_contain_text("seed 12")
    press(page, "n")
    press(page, "ArrowRight", 20)
    page.locator("#council-0-2").click()
    page.wait_for_url(re.compile("month=2021-07.*seed=12.*view=network.*council=C02"))
    shown = counters(page)
    page.reload()
    page.wait_for_selector("#replay:not([aria-busy])")
    assert page.locator(".date").inner_text() == "July 2021"
    assert counters(page) == shown == [joined("first", 20, 1), joined("second", 20, 1)]
    assert page.locator(".which").inner_text().startswith("A low future, one of 4 (seed 12).")
    assert page.locator(".council h2").inner_text() == "Council C"
    assert page.get_by_role("button", name="Network").get_attribute("aria-pressed") == "true"
    page.evaluate("location.hash = '#month=2020-05&scenarios=north'")
    expect(page.locator(".date")).to_have_text("May 2020")
    assert page.locator(".panel:visible").count() == 1
    assert (
        page.get_by_role("button", name="Map", exact=True).get_attribute("aria-pressed") == "true"
    )


def test_an_address_opens_at_a_moment_and_with_nonsense_at_the_start(opened: Open) -> None:
    page = opened(anchor="#month=2021-07&scenarios=north,first&count=opening")
    months = 20 - OPENS["north"]
    assert page.locator(".date").inner_text() == f"{months} months open"
    assert counters(page) == [joined("north", 20), joined("first", OPENS["first"] + months)]
    page = opened(anchor="#month=1999-99&scenarios=x&seed=-1&council=%00&view=__proto__")
    assert page.locator(".date").inner_text() == "November 2019"


def test_a_swipe_goes_by_a_month_and_a_click_on_the_curve_to_one(opened: Open) -> None:
    page = opened(width=390, height=844, has_touch=True)
    box = page.locator(".place").first.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = page.context.new_cdp_session(page)

    def swipe(across: float, up: float) -> str:
        for kind, points in (
            ("touchStart", [{"x": x, "y": y}]),
            ("touchMove", [{"x": x + across, "y": y + up}]),
            ("touchEnd", []),
        ):
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        return page.locator(".date").inner_text()

    assert swipe(-70, 5) == "December 2019"
    assert swipe(-70, -5) == "January 2020"
    assert swipe(70, 0) == "December 2019"
    assert swipe(-20, 0) == "December 2019"
    page = opened()
    chart = page.locator(".chart-place").bounding_box()
    assert chart is not None
    page.mouse.click(chart["x"] + chart["width"] - 3, chart["y"] + 40)
    assert page.locator(".date").inner_text() == "October 2022"


# ---------------------------------------------------------------- one council


def test_a_council_is_found_and_says_why_it_decided(opened: Open) -> None:
    page = opened()
    press(page, "/")
    page.keyboard.type("council c")
    press(page, "Enter")
    page.locator(".date").click()
    card = page.locator(".council")
    assert "It has not considered joining yet." in card.inner_text()
    press(page, "ArrowRight", OPENS["first"] + 4)
    text = card.inner_text()
    assert "September 2020: it considered joining and said no (a chance of 30%" in text
    assert "What put it on the agenda: visits (50%), peers (40%) and habit (10%)." in text
    assert card.locator(".terms li").first.inner_text().splitlines() == ["Local", "clearly against"]
    assert "Outside (reason 4)." in text
    page.get_by_label("Which future is shown").select_option("2")
    expect(card).to_contain_text("kept for the typical, the low")


def test_names_that_do_not_fit_are_answered(opened: Open) -> None:
    page = opened()
    press(page, "/")
    page.keyboard.type("nowhere")
    press(page, "Enter")
    assert page.get_by_text("No council has this name.").is_visible()


def test_the_map_goes_by_keys_from_council_to_council(opened: Open) -> None:
    page = opened()
    page.locator(".hexmap").first.focus()
    press(page, "ArrowRight")
    press(page, "ArrowUp")
    assert page.locator(".date").inner_text() == "November 2019"
    press(page, "Enter")
    assert page.locator(".council h2").inner_text() == "Council E"


# ---------------------------------------------------------------- the presenter


def test_the_presenters_window_keeps_in_step(opened: Open) -> None:
    page = opened()
    with page.expect_popup() as popup:
        press(page, "p")
    notes = popup.value
    expect(notes.locator("h1")).to_have_text("November 2019")
    press(page, "ArrowRight", OPENS["first"] + 1)
    expect(notes.locator("h1")).to_have_text("June 2020")
    text = notes.locator("main").inner_text()
    assert "Council A joins." in text
    assert "In 4 months, October 2020: Later in first" in text
    assert faults(notes) == []
    notes.get_by_role("button", name="Next moment").click()
    expect(page.locator(".date")).not_to_have_text("June 2020")


def test_a_blocked_window_is_told_plainly(opened: Open) -> None:
    page = opened()
    page.evaluate("window.open = () => null")
    press(page, "p")
    assert "Allow pop-ups" in page.get_by_role("alert").inner_text()


# ---------------------------------------------------------------- everybody


@pytest.mark.parametrize(
    ("width", "height"), [(1280, 720), pytest.param(390, 844, marks=pytest.mark.slow)]
)
def test_nothing_is_barred_in_any_view(opened: Open, width: int, height: int) -> None:
    page = opened(width=width, height=height)
    press(page, "ArrowRight", 22)
    found = {}
    for name, keys in VIEWS.items():
        press(page, keys)
        if name == "council":
            page.keyboard.type("council a")
            press(page, "Enter")
        page.wait_for_timeout(350)
        found[name] = faults(page)
    assert found == {name: [] for name in found}


def test_who_asks_for_less_motion_gets_none(opened: Open) -> None:
    page = opened(reduced_motion="reduce")
    press(page, "ArrowRight", OPENS["first"] + 1)
    moving = "document.getAnimations().length"
    assert page.evaluate(moving) == 0
    still = opened()
    press(still, "ArrowRight", OPENS["first"] + 1)
    assert still.evaluate(moving) > 0


@pytest.mark.parametrize(
    ("width", "height"),
    [(390, 844), (844, 390), (1280, 720), (320, 256), (768, 1024), (1024, 768), (667, 375)],
)
def test_nothing_runs_out_of_the_window(opened: Open, width: int, height: int) -> None:
    page = opened(width=width, height=height)
    press(page, "ArrowRight", 8)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    outside = "e => e.getBoundingClientRect().right > innerWidth + 1"
    for part in (".play", ".future", ".scenario >> nth=1", ".side .switches >> nth=0"):
        assert not page.locator(part).evaluate(outside), part


@pytest.mark.parametrize(("width", "height"), [(844, 390), (932, 430), (390, 844), (1280, 720)])
def test_captions_are_read_whole(opened: Open, width: int, height: int) -> None:
    data = made_up_replay()
    told = "A platform that was announced early, opened late, and never formally called off, "
    for scenario in data["scenarios"]:
        scenario["says"] = [told + "though few had joined it by the time that it was given up."]
    page = opened(data, width=width, height=height)
    captions = page.locator(".caption:visible")
    assert told in captions.first.inner_text()
    cut = captions.evaluate_all("all => all.filter(e => e.scrollHeight > e.clientHeight + 1)")
    assert cut == []


def test_printing_gives_six_moments(opened: Open) -> None:
    page = opened()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    captions = page.locator(".print figcaption").all_inner_texts()
    assert len(captions) == 2 * 6
    assert captions[0].splitlines()[0] == "May 2020"
    assert captions[5].splitlines()[0] == "October 2022"
    assert f"{joined('first', MONTHS - 1)} of 12 councils" in captions[5]
    assert any("2 years after opening" in caption for caption in captions)
    assert not page.locator("footer").is_visible()
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True))) == 1


def test_one_scenario_alone_needs_no_second(opened: Open) -> None:
    data = made_up_replay()
    data["scenarios"] = data["scenarios"][:1]
    page = opened(data)
    assert page.locator(".panel:visible").count() == 1
    press(page, "1")
    press(page, "2")
    press(page, "ArrowRight", 20)
    assert counters(page) == [joined("first", 20)]


def test_an_offer_that_never_opens_is_counted_by_date(opened: Open) -> None:
    data = made_up_replay()
    data["scenarios"][2]["opens"] = None
    page = opened(data)
    press(page, "s")
    assert page.locator(".date").inner_text() == "November 2019"
    assert page.get_by_role("button", name="Since opening").is_disabled()
    assert "never opens" in page.locator(".panel").nth(1).inner_text()
