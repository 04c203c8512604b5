"""The first sheet of the workbook: each scenario's main results in words, and a chart of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.present.blocks import Text, plain
from sim.present.report.facts import Facts

if TYPE_CHECKING:
    from sim.present.sheets import Workbook

NAME = "Headline"
_HEAD_ROW = 4  # of the table, counted from 0


class _Column(NamedTuple):
    """A column: its title, how its numbers are written, and its value for a scenario."""

    title: Text
    look: str
    value: Callable[[str], Any]


def write_headline(book: Workbook, facts: Facts) -> None:
    """Add the first sheet.

    Parameters
    ----------
    book
        The workbook.
    facts
        What the report is written from.
    """
    sheet = book.sheet(NAME)
    experiment, columns = facts.experiment, _columns(facts)
    book.write(sheet, 0, 0, experiment.title, bold=True, font_size=16, font_color="#12436D")
    sheet.set_row(0, 26)
    book.write(sheet, 1, 0, experiment.question)
    run = str(facts.manifest.get("hash", ""))[:12]
    book.write(
        sheet,
        2,
        0,
        f"Run {run}. Simulated futures, not observed." if run else "Simulated, not observed.",
        font_color="#505A5F",
    )
    widths = [34.0, *[14.0] * (len(columns) - 1)]
    titles = [plain(column.title, facts.findings) for column in columns]
    book.head(sheet, _HEAD_ROW, titles, widths, range(1, len(columns)))
    for row, scenario in enumerate(facts.scenarios, start=_HEAD_ROW + 1):
        for at, column in enumerate(columns):
            value = column.value(scenario)
            look: dict[str, Any] = (
                {"bold": True, "text_wrap": True} if at == 0 else {"align": "right"}
            )
            if column.look and not isinstance(value, str):
                look["num_format"] = column.look
            book.write(sheet, row, at, value, **look, bottom=1, bottom_color="#BFBFBF")
    for at, width in enumerate(widths):
        sheet.set_column(at, at, width)
    sheet.freeze_panes(_HEAD_ROW + 1, 1)
    last = _HEAD_ROW + len(facts.scenarios)
    _chart(book, sheet, facts, columns, last)
    at = last + 3 + math.ceil((110 + 36 * len(facts.scenarios)) / 20)
    for number, caveat in enumerate(experiment.caveats):
        if number == 0:
            book.write(sheet, at, 0, "Read with this in mind", bold=True)
        sheet.merge_range(at + 1 + number, 0, at + 1 + number, len(columns) - 1, "")
        book.write(sheet, at + 1 + number, 0, f"• {caveat}", text_wrap=True)
        sheet.set_row(at + 1 + number, 15 * math.ceil(len(caveat) / 150))
    sheet.repeat_rows(_HEAD_ROW)
    sheet.print_area(0, 0, at + len(experiment.caveats) + 1, len(columns) - 1)


def _columns(facts: Facts) -> list[_Column]:
    """Say what is shown of each scenario."""
    headline = facts.findings["headline"]
    months = headline["months"].iloc[0]
    when: Text = "at the end"
    if not math.isnan(months):
        when = [facts.headline(facts.scenarios[0], "months", "count"), " months after opening"]
    use = f"use_share_{facts.experiment.outcomes.headline_months}m"
    share, points, money = "0%", "+0.0;−0.0;0.0", "£#,##0.0;−£#,##0.0"

    def of(outcome: str, column: str = "median") -> Callable[[str], Any]:
        def value(scenario: str) -> Any:
            row = facts.row(scenario, outcome)
            return None if row is None else row[column]

        return value

    def lead(column: str) -> Callable[[str], Any]:
        return lambda scenario: (facts.findings.row("headline", scenario) or {}).get(column)

    columns = [
        _Column("Scenario", "", lambda scenario: facts.title(scenario).text),
        _Column("Councils", "#,##0", lead("councils")),
        _Column("Opened", "", lambda scenario: lead("opened")(scenario) or "never"),
        _Column(["Joined ", *_parts(when), ": median"], share, lead("median")),
        _Column("5% of futures lie below", share, lead("q05")),
        _Column("95% of futures lie below", share, lead("q95")),
        _Column(["Spend routed ", *_parts(when)], share, of(use)),
        _Column("Months until half have joined: median", "#,##0", _half(facts)),
        _Column(
            [
                "Chance that ",
                facts.in_force("pass_share", "percent"),
                " join within ",
                facts.in_force("longest_months"),
                " months",
            ],
            share,
            of("passed", "mean"),
        ),
        _Column("Net saving, councils and programme, £m", money, of("net_saving_total_gbp_m")),
        _Column("Cost of the programme, £m", money, of("programme_cost_gbp_m")),
    ]
    base = facts.experiment.base_scenario
    against = {row["scenario"]: row for row in facts.contrasts() if row["versus"] == base}
    if against:
        name = facts.title(base).text

        def contrast(column: str, factor: float = 100.0) -> Callable[[str], Any]:
            return lambda scenario: (
                factor * against[scenario][column] if scenario in against else None
            )

        columns += [
            _Column(f"Joined, against {name}: points", points, contrast("difference")),
            _Column("95% interval of the mean, from", points, contrast("low")),
            _Column("to", points, contrast("high")),
        ]
    return columns


def _parts(text: Text) -> list[Any]:
    return [text] if isinstance(text, str) else list(text)  # type: ignore[arg-type]


def _half(facts: Facts) -> Callable[[str], Any]:
    """Months until half have joined, where half of the futures get there."""

    def value(scenario: str) -> Any:
        row = facts.row(scenario, "months_to_50pc")
        if row is None or math.isnan(row["median"]):
            return "not reached"
        return row["median"]

    return value


def _chart(book: Workbook, sheet: Any, facts: Facts, columns: list[_Column], last: int) -> None:
    """Draw the median of each scenario with its band, from the cells of the table."""
    chart = book.book.add_chart({"type": "bar"})
    beside = len(columns) + 1  # out of what is printed
    _band(book, sheet, facts, beside)
    chart.add_series(
        {
            "name": "Median",
            "categories": [NAME, _HEAD_ROW + 1, 0, last, 0],
            "values": [NAME, _HEAD_ROW + 1, 3, last, 3],
            "fill": {"color": "#6BACE6"},
            "gap": 60,
            # How far the band reaches from the end of a bar.
            "y_error_bars": {
                "type": "custom",
                "plus_values": f"={_range(beside, last)}",
                "minus_values": f"={_range(beside + 1, last)}",
                "line": {"color": "#0B0C0C", "width": 1.75},
            },
        }
    )
    title = plain([*_parts(columns[3].title), ", and band of 9 in 10 futures"], facts.findings)
    chart.set_title({"name": title, "name_font": {"size": 12, "bold": True}})
    rule = {"visible": True, "line": {"color": "#E8EAEC"}}
    chart.set_x_axis({"num_format": "0%", "min": 0, "max": 1, "major_gridlines": rule})
    chart.set_y_axis(
        {"reverse": True, "num_font": {"size": 10}, "major_gridlines": {"visible": False}}
    )
    chart.set_legend({"none": True})
    chart.set_size({"width": 1100, "height": 110 + 36 * len(facts.scenarios)})
    sheet.insert_chart(last + 2, 0, chart, {"description": title, "object_position": 3})


def _range(column: int, last: int) -> str:
    """Cells of a column of the table, as a chart refers to them."""
    from xlsxwriter.utility import xl_range_abs

    return f"{NAME}!{xl_range_abs(_HEAD_ROW + 1, column, last, column)}"


def _band(book: Workbook, sheet: Any, facts: Facts, column: int) -> None:
    """Write how far the band reaches from the median, which is what a chart asks for."""
    titles = ("For the chart: band, above the median", "For the chart: band, below the median")
    book.head(sheet, _HEAD_ROW, titles, (14.0, 14.0), (0, 1), first=column)
    for row, scenario in enumerate(facts.scenarios, start=_HEAD_ROW + 1):
        found = facts.findings.row("headline", scenario) or {}
        middle, low, high = (float(str(found[name])) for name in ("median", "q05", "q95"))
        for at, reach in enumerate((high - middle, middle - low)):
            book.write(sheet, row, column + at, reach, num_format="0%", font_color="#505A5F")
    sheet.set_column(column, column + 1, 14)
