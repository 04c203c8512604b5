"""Pages are read, sorted, printed and reached by everybody, and words in them stay words."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sim.analysis.findings import read_findings
from sim.experiment.load import load_experiment
from sim.files.problems import BadInput
from sim.present.blocks import (
    Block,
    Bullets,
    Code,
    Emphasis,
    Heading,
    Link,
    Listing,
    Note,
    Number,
    Paragraph,
    Part,
    Picture,
    Quote,
    Rows,
    Strong,
    Table,
    Text,
    plain,
    written,
)
from sim.present.html import MOST_DRAWN, html
from sim.present.svg import inlined
from sim.study import simulate
from tests.shared.browser import Window, faults, found_or_not, found_program
from tests.shared.experiments import CURVES, SMALL
from tests.shared.experiments import written as in_file

if TYPE_CHECKING:
    from playwright.sync_api import Page

HOSTILE = "</title></script><script>alert(1)</script>\"'> <b>&amp; ]]> \u202egnol\u202c שלום"
DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1152 648">'
    '<path d="M 100 100 L 900 500" style="stroke: #12436d"/></svg>'
)
FINDINGS = {
    "joined": pd.DataFrame(
        {
            "scenario": ["gaap", "north", "south", "none"],
            "median": [0.31, 0.9, 0.1, float("nan")],
            "cost": [-12.3, 9.0, 100.0, float("nan")],
        }
    ).set_index("scenario")
}
TITLES = {"gaap": "GaaP", "north": "North", "south": "South", "none": "Nothing on offer"}


def number(scenario: str, column: str = "median", form: str = "percent") -> Number:
    return Number("joined", (scenario,), column, form)


TABLE = Table(
    ["Scenario", "Joined", "Cost"],
    [
        [Quote(TITLES[name]), number(name), number(name, "cost", "gbp_m")]
        for name in FINDINGS["joined"].index
    ],
    align="lrr",
    caption="What happens",
)
SMALL_PAGE: list[Block] = [
    Heading(1, Quote("A page")),
    Paragraph(["All ", Strong("in one"), " file, ", Emphasis("really"), "."]),
    Heading(2, "The answer"),
    Bullets([["It is ", number("gaap"), "."], ["See ", Link("the model", "docs/odd.md"), "."]]),
    Note("Read with this in mind", [Paragraph("A caveat.")]),
    Note("How this was done", [Paragraph("A remark that one may skip.")], kind="remark"),
    Heading(2, "Numbers"),
    TABLE,
    Picture("one", "A picture of a line", "one.png", rows=Rows("joined")),
    Heading(2, "How to reproduce this"),
    Listing("python run.py simulate x"),
]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    (folder / "one.svg").write_text(DRAWING, encoding="utf-8")
    page = folder / "page.html"
    page.write_text(html(SMALL_PAGE, FINDINGS, folder), encoding="utf-8")
    return page


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole report, of an experiment whose titles are hostile."""
    folder = tmp_path_factory.mktemp("report")
    quoted = HOSTILE.replace("\\", "\\\\").replace('"', '\\"')
    text = (SMALL + CURVES).replace("Nobody calls", quoted).replace("A small experiment", quoted)
    results = simulate(in_file(folder, text), seeds=2, workers=1, out=folder)
    assert results.directory is not None
    return results.directory / "report.html"


# ---------------------------------------------------------------- words


class Read(HTMLParser):
    """What a page says, and of which elements it consists."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._silent = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._silent = tag in ("style", "script")

    def handle_endtag(self, tag: str) -> None:
        self._silent = False

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words.append(data)


WORDS = st.text(
    st.one_of(st.sampled_from("<>&\"'/=; -[]!?#x"), st.characters(codec="utf-8")), max_size=30
)


@settings(derandomize=True, deadline=None)
@given(WORDS)
@example(HOSTILE)
@example("<!-- -->")
@example("&#60;b&#62;")
@example("]]>")
def test_words_come_back_as_they_are_wherever_they_stand(words: str) -> None:
    quote = Quote(words)
    blocks: list[Block] = [
        Heading(1, quote),
        Paragraph(["in ", Strong(["b", quote]), Code(words), Link(["c", quote], "a.md")]),
        Bullets([["d", quote]]),
        Table([quote, "x"], [["e", quote]], caption=["f", quote]),
        Note(["g", quote], [Paragraph(["h", quote])]),
        Note(["i", quote], [Paragraph(["j", quote])], kind="remark"),
        Listing(words),
    ]
    read = Read(html(blocks))
    tags = {tag for tag, _ in read.elements}
    known = "html head meta title style body a main h1 p strong code bdi ul li div table caption"
    assert tags <= {*f"{known} thead tr th tbody td details summary pre script span".split()}
    assert sum(tag == "script" for tag, _ in read.elements) == 1
    known = "content http-equiv charset name lang class href id tabindex role aria-labelledby scope"
    allowed = {*known.split()}
    assert {key for _, keys in read.elements for key in keys} <= allowed
    text = " ".join("".join(read.words).split())
    for letter in "bdefghij":
        assert " ".join(f"{letter}{written(quote, {})}".split()) in text


@pytest.mark.parametrize("target", ['a"b.md', "a b'.md", "x.html#a?b=<c>&d", "mailto:a@b.uk"])
def test_addresses_stay_in_their_place(target: str) -> None:
    read = Read(html([Paragraph(Link("x", target))]))
    (link,) = [keys for tag, keys in read.elements if tag == "a" and "class" not in keys]
    assert set(link) == {"href"}
    assert unquote(str(link["href"])) == target


def test_headings_have_names_that_last_and_differ() -> None:
    blocks = [
        Heading(1, "A title"),
        Heading(2, "What it costs, and saves"),
        Heading(2, "What it costs & saves!"),
        Heading(2, Quote("שלום")),
        Heading(2, "By name", id="fixed"),
        Heading(2, "Main"),
    ]
    read = Read(html(blocks))
    names = [keys["id"] for tag, keys in read.elements if tag in ("h1", "h2")]
    costs = "what-it-costs-and-saves"
    assert names == ["a-title", costs, "what-it-costs-saves", "section", "fixed", "main-2"]
    links = [keys["href"] for tag, keys in read.elements if tag == "a"]
    assert links == ["#main", *(f"#{name}" for name in names[1:])]


def test_blocks_without_words_leave_no_trace() -> None:
    nothing: list[Block] = [
        Heading(2, ""),
        Paragraph(Quote("  ")),
        Bullets([]),
        Bullets([""]),
        Listing(""),
    ]
    assert html([*nothing, Note("", [])]) == html([])


def test_the_same_blocks_give_the_same_page(small: Path) -> None:
    again = html(SMALL_PAGE, FINDINGS, small.parent)
    assert again == small.read_text(encoding="utf-8")


def test_marks_within_marks_of_their_kind_are_one() -> None:
    inner: Part = Link(["a ", Link("b", "b.md")], "a.md")
    page = html([Paragraph([Strong(["c ", Strong("d")]), inner])])
    assert "<strong>c d</strong>" in page
    assert '<a href="a.md">a b</a>' in page


# ---------------------------------------------------------------- pictures


def test_a_large_drawing_is_shown_as_dots_of_few_colours(tmp_path: Path) -> None:
    from PIL import Image

    lines = "".join(
        f'<path d="M {n} {n % 7} L {n} 9" style="stroke: #{n:06x}"/>' for n in range(9000)
    )
    (tmp_path / "a.svg").write_text(DRAWING.replace("<path", f"{lines}<path", 1), "utf-8")
    assert len(inlined((tmp_path / "a.svg").read_text("utf-8"), "a", "x")) > MOST_DRAWN
    Image.new("RGB", (320, 180), "#12436d").save(tmp_path / "a.png")
    page = html([Picture("a", "A line", "a.png", alt=Quote(HOSTILE))], {}, tmp_path)
    ((_, image),) = [one for one in Read(page).elements if one[0] == "img"]
    assert str(image["src"]).startswith("data:image/png;base64,")
    assert (image["width"], image["height"]) == ("320", "180")
    assert image["alt"] == plain(Quote(HOSTILE), {})


@pytest.mark.parametrize("content", [None, b"no picture"])
def test_a_picture_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(BadInput, match=r"a\.png"):
        html([Picture("a", "A line", "a.png")], {}, tmp_path)


@pytest.mark.slow
def test_every_picture_of_a_report_has_its_data_a_click_away(report: Path) -> None:
    read = Read(report.read_text(encoding="utf-8"))
    names = {keys["id"] for _, keys in read.elements if "id" in keys}
    pictures = [keys for tag, keys in read.elements if tag == "figure"]
    assert len(pictures) >= 8
    links = {keys["href"] for tag, keys in read.elements if tag == "a"}
    for picture in pictures:
        data = str(picture["id"]).replace("figure-", "data-")
        number = re.sub(r"_\d+$", "", data)
        known = {"data-small_multiples": "data-adoption_opening", "data-map_chance": "data-map"}
        assert data in names or f"#{known.get(number, number)}" in links, data
    files = [keys for tag, keys in read.elements if tag == "a" and "download" in keys]
    (curve,) = [keys for keys in files if keys["download"] == "curves_effort.csv"]
    lines = unquote(str(curve["href"]).partition(",")[2]).splitlines()
    kept = (report.parent / "findings" / "curves.csv").read_text(encoding="utf-8").splitlines()
    assert lines == [line for n, line in enumerate(kept) if not n or line.startswith("effort,")]


@pytest.mark.slow
def test_rows_are_read_with_titles_and_months(report: Path) -> None:
    text = report.read_text(encoding="utf-8")
    calendar = text.split('id="data-adoption_calendar"')[1].split("</details>")[0]
    assert "<td>Common procurement</td>" in calendar
    assert "<td>2019-04</td>" in calendar
    assert '<th scope="col" class="r">9 in 10 futures, from</th>' in calendar


# ---------------------------------------------------------------- whole reports


@pytest.mark.slow
def test_a_report_is_one_file_that_asks_for_nothing(report: Path) -> None:
    text = report.read_text(encoding="utf-8")
    assert len(text.encode()) < 3e6
    for _, keys in Read(text).elements:
        for key in ("src", "href", "xlink:href", "action", "srcset", "data"):
            address = str(keys.get(key, "#"))
            assert address.startswith(("#", "data:")), address
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'")
    names = re.findall(r'\sid="([^"]+)"', text)
    assert len(names) == len(set(names))


@pytest.mark.slow
def test_a_report_is_made_in_time(report: Path) -> None:
    """From stored findings and drawn figures, with room for a busy machine."""
    import time

    from sim.present.report.facts import Facts
    from sim.present.report.report import report as blocks_of

    folder = report.parent
    facts = Facts(load_experiment(folder / "experiment.toml"), read_findings(folder))
    pictures = [
        Picture(path.stem, "A picture", f"figures/{path.name}")
        for path in sorted((folder / "figures").glob("*.png"))
    ]
    started = time.process_time()
    html([*blocks_of(facts, [], "x"), *pictures], facts.findings, folder)
    assert time.process_time() - started < 5


def opened(window: Window, path: Path, **options: object) -> Page:
    page = window.open(path, **options)  # type: ignore[arg-type]
    page.wait_for_load_state()
    return page


@pytest.mark.slow
def test_nothing_keeps_people_out_of_a_report(window: Window, report: Path) -> None:
    page = opened(window, report)
    opens = "[...document.querySelectorAll('details')].slice(0, 3).forEach(o => { o.open = true })"
    page.evaluate(opens)
    assert faults(page) == []
    assert page.title() == plain(Quote(HOSTILE), {})
    assert page.locator("h1").inner_text() == plain(Quote(HOSTILE), {})


@pytest.mark.slow
@pytest.mark.parametrize("width", [320, 640])
def test_narrow_windows_are_not_scrolled_sideways(window: Window, report: Path, width: int) -> None:
    """640 pixels are a window of 1,280 at 200%; what is wider scrolls in a frame that has focus."""
    page = opened(window, report, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    wide = page.evaluate(
        "Array.from(document.querySelectorAll('.scroll, .picture')).filter("
        "one => one.scrollWidth > one.clientWidth + 1).map(one => one.tabIndex)"
    )
    assert wide
    assert set(wide) == {0}


@pytest.mark.parametrize("width", [1280, 320])
def test_nothing_keeps_people_out_of_a_page(window: Window, small: Path, width: int) -> None:
    assert faults(opened(window, small, width=width)) == []


def test_the_page_as_a_screen_reader_has_it(window: Window, small: Path) -> None:
    page = opened(window, small)
    assert page.locator("body").aria_snapshot() == SNAPSHOT.strip()


SNAPSHOT = """
- link "Skip to the main text":
  - /url: "#main"
- main:
  - heading "A page" [level=1]
  - paragraph:
    - text: All
    - strong: in one
    - text: file,
    - emphasis: really
    - text: .
  - navigation "Contents":
    - list:
      - listitem:
        - link "The answer":
          - /url: "#the-answer"
      - listitem:
        - link "Numbers":
          - /url: "#numbers"
      - listitem:
        - link "How to reproduce this":
          - /url: "#how-to-reproduce-this"
  - heading "The answer" [level=2]
  - list:
    - listitem: It is 31%.
    - listitem:
      - text: See
      - link "the model":
        - /url: docs/odd.md
      - text: .
  - note "Read with this in mind":
    - paragraph: Read with this in mind
    - paragraph: A caveat.
  - group: How this was done
  - heading "Numbers" [level=2]
  - group "What happens":
    - table "What happens":
      - caption: What happens
      - rowgroup:
        - row "Scenario Joined Cost":
          - columnheader "Scenario":
            - button "Scenario"
          - columnheader "Joined":
            - button "Joined"
          - columnheader "Cost":
            - button "Cost"
      - rowgroup:
        - row "GaaP 31% −£12m":
          - rowheader "GaaP"
          - cell "31%"
          - cell "−£12m"
        - row "North 90% £9.0m":
          - rowheader "North"
          - cell "90%"
          - cell "£9.0m"
        - row "South 10% £100m":
          - rowheader "South"
          - cell "10%"
          - cell "£100m"
        - row "Nothing on offer – –":
          - rowheader "Nothing on offer"
          - cell "–"
          - cell "–"
  - figure:
    - group "Picture":
      - img "A picture of a line"
  - group: "The data in this picture : A picture of a line"
  - heading "How to reproduce this" [level=2]
  - code: python run.py simulate x
"""


def test_keys_go_through_the_page_in_order(window: Window, small: Path) -> None:
    page = opened(window, small)
    stops = []
    for _ in range(10):
        page.keyboard.press("Tab")
        stops.append(page.evaluate("document.activeElement.innerText.split('\\n')[0]"))
    wanted = ["Skip to the main text", "The answer", "Numbers", "How to reproduce this"]
    wanted += ["the model", "How this was done", "Scenario", "Joined", "Cost"]
    assert stops == [*wanted, "The data in this picture"]


def test_skipping_leads_to_the_main_text(window: Window, small: Path) -> None:
    page = opened(window, small)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_tables_are_sorted_by_number_and_what_is_missing_comes_last(
    window: Window, small: Path
) -> None:
    page = opened(window, small)
    table = page.get_by_role("table", name="What happens")

    def order() -> list[str]:
        return table.locator("tbody th").all_inner_texts()

    head = table.get_by_role("columnheader", name="Cost")
    head.get_by_role("button").click()
    assert order() == ["GaaP", "North", "South", "Nothing on offer"]
    assert head.get_attribute("aria-sort") == "ascending"
    head.get_by_role("button").click()
    assert order() == ["South", "North", "GaaP", "Nothing on offer"]
    assert head.get_attribute("aria-sort") == "descending"
    table.get_by_role("columnheader", name="Scenario").get_by_role("button").press("Enter")
    assert order() == ["GaaP", "North", "Nothing on offer", "South"]
    assert head.get_attribute("aria-sort") is None


def test_cells_are_sorted_by_what_they_begin_with(window: Window, tmp_path: Path) -> None:
    cells: list[Text] = [
        [number("north"), " of them (not in ", number("south"), ")"],
        ["not in ", number("gaap"), " of futures"],
        [number("south")],
        Quote("1,000"),
        Quote("353"),
    ]
    path = tmp_path / "page.html"
    path.write_text(html([Table(["Many"], [[cell] for cell in cells])], FINDINGS), "utf-8")
    page = opened(window, path)
    page.get_by_role("button", name="Many").click()
    order = page.locator("tbody th").all_inner_texts()
    assert order == ["10%", "90% of them (not in 10%)", "353", "1,000", "not in 31% of futures"]


def test_without_scripts_all_is_there(window: Window, small: Path) -> None:
    page = opened(window, small, java_script_enabled=False)
    assert page.get_by_role("button").count() == 0
    assert page.get_by_role("table", name="What happens").locator("tbody tr").count() == 4
    page.get_by_text("The data in this picture").click()
    assert page.get_by_role("table", name="Data: A picture of a line").is_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_report_prints_on_numbered_pages(window: Window, tmp_path: Path, scripts: bool) -> None:
    """Tagged for screen readers; heads are repeated, and what is closed on the screen is there."""
    pdftotext = found_or_not(found_program("pdftotext"), "pdftotext (poppler-utils)")
    rows: list[list[Text]] = [[Quote(f"Row {n}"), number("gaap")] for n in range(90)]
    long = replace(TABLE, head=["Scenario", "Share joined"], rows=rows, align="lr")
    (tmp_path / "one.svg").write_text(DRAWING, encoding="utf-8")
    heads = [f"Section {n}" for n in range(40)]
    sections: list[Block] = []
    for n, head in enumerate(heads):
        sections += [
            Heading(2, Quote(head)),
            Paragraph(Quote("Some words more. " * (n % 7 * 9 + 9))),
        ]
    path = tmp_path / "page.html"
    blocks = [*SMALL_PAGE, long, *sections]
    path.write_text(html(blocks, FINDINGS, tmp_path, contents=False), encoding="utf-8")
    page = opened(window, path, java_script_enabled=scripts)
    printed = tmp_path / "page.pdf"
    page.pdf(
        path=printed, prefer_css_page_size=True, print_background=True, tagged=True, outline=True
    )
    words = [pdftotext, "-layout", str(printed), "-"]
    pages = subprocess.run(words, capture_output=True, encoding="utf-8", check=True).stdout
    sheets = pages.split("\f")[:-1]
    assert len(sheets) >= 3
    for at, sheet in enumerate(sheets, start=1):
        assert sheet.rstrip().endswith(f"{at} of {len(sheets)}")
        assert ("Share joined" in sheet) == ("Row " in sheet)
        last = [line.strip() for line in sheet.strip().splitlines()[-2:-1]]
        assert not {*last} & {*heads}, "a heading alone"
    assert "A remark that one may skip." in pages
    assert "The data in this picture" not in pages
    content = printed.read_bytes()
    assert b"/StructTreeRoot" in content
    assert b"/Lang (en-GB)" in content
    sizes = re.findall(rb"/MediaBox \[0 0 (\d+)[.\d]* (\d+)", content)
    # The one picture has a page on its side.
    assert sorted((int(wide), int(high)) for wide, high in sizes) == [
        *[(594, 841)] * (len(sheets) - 1),
        (841, 594),
    ]
