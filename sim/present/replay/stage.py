"""One picture of a replay: scenarios side by side in one month, laid out in 1920 x 1080.

What stays is drawn once and kept as pixels. For a month only colours, lines and words are set and
drawn over it, which takes a fraction of the time.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from sim.present.figures.page import Box
from sim.present.figures.style import INK, PALE, QUIET, line_height, plain, text_width, wrap
from sim.present.formats import percent
from sim.present.tile_map import hexagons
from sim.present.words import month_name
from sim.settings import month_number, month_text

FloatArray = npt.NDArray[np.float64]

WIDE, HIGH = 1920, 1080
MARGIN = 60.0
GAP = 64.0
# Sizes of type in points, large enough to be read when the picture is shown at half its size.
SMALL, BODY, LABEL, HEAD, DATE = 11.0, 17.0, 20.0, 27.0, 36.0
NONE = (0.0, 0.0, 0.0, 0.0)
EDGE = "#B5B5B5"
BREACH = "#801650"
OUTSIDE, PLEDGED, MIGRATING, LIVE, LEFT, NOT_ASKED = range(6)
# Months for which a change is ringed, and for which a caption stands.
RINGED, STANDS = 2, 24
MOST_CAPTIONS = 2
LEGEND = (
    (OUTSIDE, "outside"),
    (PLEDGED, "said yes, waiting"),
    (MIGRATING, "moving over"),
    (LIVE, "member"),
    (LEFT, "gave up or left"),
)


class Stage:
    """Pictures of the first future of a replay.

    Parameters
    ----------
    data
        As :func:`sim.present.replay.data.replay_data` gives it; its first two scenarios are shown.
    size
        Pixels across and up, as 1920 to 1080.
    """

    def __init__(self, data: dict[str, Any], size: tuple[int, int] = (WIDE, HIGH)) -> None:
        self.data = data
        self.first = month_number(data["starts"])
        self.figure = Figure(figsize=(WIDE / 100, HIGH / 100), dpi=100 * size[0] / WIDE)
        self.canvas = FigureCanvasAgg(self.figure)
        self.figure.set_facecolor("white")
        self.sheet = self._axes(Box(0, 0, WIDE, HIGH))
        self.sheet.set_xlim(0, WIDE)
        self.sheet.set_ylim(0, HIGH)
        self.sheet.set_axis_off()
        future = data["futures"][0]
        self._frame(future["words"])
        self.date = self._moving_text(WIDE - MARGIN, HIGH - 52, DATE, INK, align="right", bold=True)
        shown = data["scenarios"][:2]
        width = (WIDE - 2 * MARGIN - GAP * (len(shown) - 1)) / len(shown)
        self.panels = [
            Panel(
                self,
                scenario,
                future["runs"][scenario["name"]],
                Box(
                    MARGIN + k * (width + GAP), 104, MARGIN + k * (width + GAP) + width, HIGH - 168
                ),
            )
            for k, scenario in enumerate(shown)
        ]
        self.moving: list[Artist] = [self.date]
        for panel in self.panels:
            self.moving += panel.moving
        canvas: Any = self.canvas  # whose stubs know no types
        canvas.draw()
        self.still = canvas.copy_from_bbox(self.figure.bbox)

    def picture(self, month: int) -> npt.NDArray[np.uint8]:
        """Draw a month: rows of pixels, each red, green and blue."""
        canvas: Any = self.canvas
        canvas.restore_region(self.still)
        self.date.set_text(month_name(month_text(self.first + month)))
        for panel in self.panels:
            panel.show(month)
        for artist in self.moving:
            self.figure.draw_artist(artist)
        return np.asarray(canvas.buffer_rgba())[..., :3].copy()

    def close(self) -> None:
        """Let go of what was drawn."""
        self.figure.clear()

    # ------------------------------------------------------------ what stays

    def _frame(self, words: str) -> None:
        title = wrap(self.data["title"], HEAD, WIDE - 2 * MARGIN - 420, 1)
        self._text(MARGIN, HIGH - 52, title[0], HEAD, INK, bold=True)
        y = HIGH - 100.0
        for line in wrap(words, BODY, WIDE - 2 * MARGIN, 2):
            self._text(MARGIN, y, line, BODY, QUIET)
            y -= line_height(BODY)
        source = wrap(self.data["source"], SMALL, WIDE - 2 * MARGIN, 2)
        for k, line in enumerate(source):
            self._text(MARGIN, 14 + line_height(SMALL) * (len(source) - 1 - k), line, SMALL, QUIET)
        self._legend(68)

    def _legend(self, y: float) -> None:
        x, size = MARGIN + 14, 24.0
        for status, words in LEGEND:
            cells = Cells(self.sheet, [x], [y], [size], QUIET)
            cells.paint(np.array([status]))
            self._text(x + 22, y, words, BODY, INK)
            x += 22 + text_width(words, BODY) + 48
        self.sheet.add_collection(_rings([x], [y], [size], [BREACH]))
        self._text(x + 22, y, "severe breach", BODY, INK)

    def _axes(self, box: Box) -> Axes:
        return self.figure.add_axes(
            (box.left / WIDE, box.bottom / HIGH, box.width / WIDE, box.height / HIGH)
        )

    def _text(
        self,
        x: float,
        y: float,
        words: str,
        size: float,
        colour: str,
        *,
        align: str = "left",
        bold: bool = False,
    ) -> Text:
        return self.sheet.text(
            x,
            y,
            plain(words) if words else "",
            fontsize=size,
            color=colour,
            ha=align,
            va="center_baseline",
            fontweight="bold" if bold else "normal",
        )

    def _moving_text(
        self, x: float, y: float, size: float, colour: str, *, align: str, bold: bool = False
    ) -> Text:
        text = self._text(x, y, "", size, colour, align=align, bold=bold)
        text.set_animated(True)
        return text


class Panel:
    """A scenario: its name and count, its map, its curve, and what happens in words."""

    def __init__(
        self, stage: Stage, scenario: dict[str, Any], run: dict[str, Any], box: Box
    ) -> None:
        self.stage, self.scenario, self.run = stage, scenario, run
        self.colour = scenario["colour"]
        self.months = stage.data["months"]
        alone = box.width > WIDE / 2
        cut = box.left + box.width * 0.56 if alone else 0.0
        top = box.top - 46
        self._title(box)
        if alone:
            self._map(Box(box.left, box.bottom + 88, cut - 30, top))
            self._curve(Box(cut + 80, box.bottom + 200, box.right - 10, top - 60))
        else:
            self._map(Box(box.left, box.bottom + 312, box.right, top))
            self._curve(Box(box.left + 78, box.bottom + 122, box.right - 10, box.bottom + 266))
        self.captions = [
            stage._moving_text(
                box.left, box.bottom + 72 - k * line_height(BODY), BODY, INK, align="left"
            )
            for k in range(3)
        ]
        self.width = box.width
        self.told = self._told()
        self.moving: list[Artist] = [
            *self.cells.moving,
            self.rings,
            self.now,
            self.path,
            self.tip,
            self.count,
            *self.captions,
        ]

    def show(self, month: int) -> None:
        """Set everything to a month."""
        self.cells.paint(self.status[month])
        self.rings.set_edgecolor(self.ring[month])
        joined = self.run["joined"][: month + 1]
        shares = [100 * members / self.scenario["eligible"] for members in joined]
        self.path.set_data(list(range(month + 1)), shares)
        self.tip.set_data([month], [shares[-1]])
        self.now.set_data([month, month], [0, 100])
        self.count.set_text(
            f"{joined[-1]:,} of {self.scenario['eligible']:,} ({percent(shares[-1] / 100)})"
        )
        for text, words in zip(self.captions, self._words(month), strict=True):
            text.set_text(words)

    # ------------------------------------------------------------ what stays

    def _title(self, box: Box) -> None:
        y = box.top - 16
        self.count = self.stage._moving_text(
            box.right, y, LABEL, self.colour, align="right", bold=True
        )
        # Bold letters are wider than those that are measured.
        most = f"{self.scenario['eligible']:,} of {self.scenario['eligible']:,} (100%)"
        marker, width = self.scenario["mark"], box.width - 1.2 * text_width(most, LABEL) - 60
        self.stage.sheet.plot([box.left + 12], [y], marker, color=self.colour, markersize=13)
        title = wrap(self.scenario["title"], LABEL, width / 1.15, 1)[0]
        self.stage._text(box.left + 36, y, title, LABEL, INK, bold=True)

    def _map(self, box: Box) -> None:
        councils = [self.stage.data["councils"][i] for i in self.scenario["councils"]]
        drawn = self.stage.data["maps"][self.scenario["map"]]
        ax = self.stage._axes(box)
        ax.set_axis_off()
        left, bottom, right, top = drawn["box"]
        # As large as the box allows, in its middle; hexagons stay regular.
        scale = min(box.width / (right - left), box.height / (top - bottom))
        across, up = box.width / scale, box.height / scale
        ax.set_xlim((left + right - across) / 2, (left + right + across) / 2)
        ax.set_ylim((bottom + top - up) / 2, (bottom + top + up) / 2)
        x, y, size = ([c[name] for c in councils] for name in ("x", "y", "size"))
        self.cells = Cells(ax, x, y, size, self.colour, moving=True)
        lines = [("regions", QUIET, 0.9), ("counties", INK, 1.2)]
        for name, colour, width in lines:
            ends = [((a, b), (c, d)) for a, b, c, d in drawn[name]]
            above = LineCollection(ends, colors=colour, linewidths=width, zorder=4)
            above.set_animated(True)
            ax.add_collection(above)
            self.cells.after_districts.append(above)
        self.rings = _rings(x, y, size, ["none"] * len(x))
        self.rings.set_animated(True)
        ax.add_collection(self.rings)
        self.status, self.ring = self._over_time(len(councils))

    def _over_time(self, count: int) -> tuple[npt.NDArray[np.int64], FloatArray]:
        """Status of each council, and colour of its ring, at the end of each month."""
        place = {number: k for k, number in enumerate(self.scenario["councils"])}
        status = np.zeros((self.months, count), dtype=np.int64)
        ring = np.zeros((self.months, count, 4))
        for council, month, new, _ in self.run["events"]:
            k = place[council]
            if new == MIGRATING or (new == LIVE and status[month, k] != MIGRATING):
                ring[month : month + RINGED, k] = to_rgba(INK)
            status[month:, k] = new
        for council, month in self.run["breaches"]:
            ring[month : month + RINGED, place[council]] = to_rgba(BREACH)
        return status, ring

    def _curve(self, box: Box) -> None:
        ax = self.stage._axes(box)
        ax.set_xlim(-0.5, self.months - 0.5)
        ax.set_ylim(0, 100)
        for side in ("top", "right", "left"):
            ax.spines[side].set_visible(False)
        ax.spines["bottom"].set_color(QUIET)
        ax.set_yticks([0, 50, 100], ["0%", "50%", "100%"])
        starts = range(-self.stage.first % 12, self.months, 12)
        every = math.ceil(len(starts) / 8)
        years = [(at, (self.stage.first + at) // 12) for at in starts][::every]
        ax.set_xticks([at for at, _ in years], [str(year) for _, year in years])
        ax.tick_params(labelsize=BODY, colors=QUIET, length=0, pad=6)
        ax.grid(axis="y", color=PALE, linewidth=1)
        ax.set_axisbelow(True)
        x = np.arange(self.months)
        band = {name: 100 * np.array(values) for name, values in self.scenario["band"].items()}
        if all(len(values) == self.months for values in band.values()):
            pale = {"color": self.colour, "linewidth": 0}
            ax.fill_between(x, band["q05"], band["q95"], alpha=0.16, **pale)
            ax.fill_between(x, band["q25"], band["q75"], alpha=0.26, **pale)
            ax.plot(x, band["q50"], color=self.colour, linewidth=1.4, linestyle=(0, (4, 3)))
        words = (
            f"Share of councils in. Bands: half and 9 in 10 of {self.scenario['futures']:,} "
            "futures; dashes: median"
        )
        head = wrap(words, BODY - 3, box.width + 78, 1)[0]
        self.stage._text(box.left - 78, box.top + 22, head, BODY - 3, QUIET)
        (self.now,) = ax.plot([], [], color=QUIET, linewidth=1, animated=True)
        (self.path,) = ax.plot([], [], color=self.colour, linewidth=4, animated=True)
        self.tip: Line2D
        (self.tip,) = ax.plot(
            [],
            [],
            self.scenario["mark"],
            color=self.colour,
            markersize=11,
            animated=True,
            markeredgecolor="white",
            clip_on=False,
            zorder=5,
        )

    # ------------------------------------------------------------ words

    def _told(self) -> list[tuple[int, str]]:
        """What captions say, by month: what is set, and moments of this future."""
        set_down = [
            (note["month"], f"{note['words']}.")
            for note in self.scenario["notes"]
            if note["kind"] in ("opening", "duty", "breach", "event")
        ]
        moments = [(moment["month"], moment["words"]) for moment in self.run["moments"]]
        told = sorted([*set_down, *moments], key=lambda one: one[0])
        first = self.stage.first
        return [(at, f"{month_name(month_text(first + at))}: {words}") for at, words in told]

    def _words(self, month: int) -> list[str]:
        """Lines that stand under the curve in a month, the latest moment first."""
        told = bisect_right([at for at, _ in self.told], month)
        recent = [words for at, words in self.told[:told] if month - at < STANDS]
        lines: list[str] = []
        for words in reversed(recent[-MOST_CAPTIONS:]):
            more = wrap(words, BODY, self.width, len(self.captions))
            if len(lines) + len(more) <= len(self.captions):
                lines += more
        return [*lines, *[""] * (len(self.captions) - len(lines))]


class Cells:
    """Hexagons that show a status by fill and by mark.

    Parameters
    ----------
    ax
        Where they are.
    x, y, size
        Centres, and how large each is.
    colour
        Of members.
    moving
        Are they drawn anew for each picture?
    """

    def __init__(
        self,
        ax: Axes,
        x: Sequence[float],
        y: Sequence[float],
        size: Sequence[float],
        colour: str,
        *,
        moving: bool = False,
    ) -> None:
        self.colour = to_rgba(colour)
        scale = np.array(size)
        self.small = scale < 1 if moving else np.zeros(len(scale), dtype=np.bool_)
        whole = np.concatenate(
            [hexagons([a], [b], 0.94 * s) for a, b, s in zip(x, y, scale, strict=True)]
        )
        self.after_districts: list[Artist] = []
        big, badges = np.flatnonzero(~self.small), np.flatnonzero(self.small)
        self.layers = [Layer(ax, whole[big], big, 2.0)]
        if len(badges):
            # A white rim, so that a county stands apart from its districts.
            rims = np.concatenate(
                [hexagons([x[i]], [y[i]], 1.36 * size[i]) for i in badges.tolist()]
            )
            self.rim = PolyCollection(list(rims), facecolors="white", edgecolors="none", zorder=5)
            ax.add_collection(self.rim)
            self.layers.append(Layer(ax, whole[badges], badges, 6.0))
        if moving:
            for layer in self.layers:
                for artist in layer.artists:
                    artist.set_animated(True)
            if len(badges):
                self.rim.set_animated(True)

    @property
    def moving(self) -> list[Artist]:
        """What is drawn for each picture, in its order."""
        found: list[Artist] = [*self.layers[0].artists, *self.after_districts]
        if len(self.layers) > 1:
            found += [self.rim, *self.layers[1].artists]
        return found

    def paint(self, status: npt.NDArray[np.int64]) -> None:
        """Show statuses, one a council."""
        for layer in self.layers:
            layer.paint(status[layer.which], self.colour)


class Layer:
    """Hexagons of one kind: fills, halves, dots and crosses."""

    def __init__(
        self, ax: Axes, corners: FloatArray, which: npt.NDArray[np.int64], order: float
    ) -> None:
        self.which = which
        middle = corners.mean(axis=1, keepdims=True)
        # The lower half: corners go round from the lower right one, the lowest being the last.
        left = 0.5 * (corners[:, 3:4] + corners[:, 4:5])
        right = 0.5 * (corners[:, 0:1] + corners[:, 1:2])
        half = np.concatenate([left, corners[:, 4:], corners[:, :1], right], axis=1)
        reach = 0.45 * (corners[:, 2:3, 1:] - middle[:, :, 1:])
        up, down = reach * np.array([1.0, 1.0]), reach * np.array([1.0, -1.0])
        a = np.concatenate([middle - up, middle + up], axis=1)
        b = np.concatenate([middle - down, middle + down], axis=1)
        self.fills = PolyCollection(list(corners), edgecolors=EDGE, linewidths=0.6, zorder=order)
        self.halves = PolyCollection(list(half), linewidths=0, zorder=order + 0.1)
        self.dots = PolyCollection(
            list(middle + 0.36 * (corners - middle)), linewidths=0, zorder=order + 0.2
        )
        self.crosses = LineCollection(
            list(np.concatenate([a, b])), linewidths=1.5, zorder=order + 0.3
        )
        self.artists: list[Artist] = [self.fills, self.halves, self.dots, self.crosses]
        for artist in (self.fills, self.halves, self.dots, self.crosses):
            ax.add_collection(artist)

    def paint(self, status: npt.NDArray[np.int64], colour: tuple[float, ...]) -> None:
        """Show statuses, one a hexagon."""
        fills = np.tile(to_rgba(PALE), (len(status), 1))
        fills[status == LIVE] = colour
        fills[status == NOT_ASKED] = to_rgba("white")
        self.fills.set_facecolor(fills)  # type: ignore[arg-type]
        for artist, shown in ((self.halves, MIGRATING), (self.dots, PLEDGED)):
            colours = np.where((status == shown)[:, None], colour, NONE)
            artist.set_facecolor(colours)  # type: ignore[arg-type]
        crossed = np.where((status == LEFT)[:, None], to_rgba(INK), NONE)
        self.crosses.set_color(np.concatenate([crossed, crossed]))  # type: ignore[arg-type]


def _rings(
    x: Sequence[float], y: Sequence[float], size: Sequence[float], colours: Sequence[str]
) -> PolyCollection:
    rings = [hexagons([a], [b], 0.9 * s)[0] for a, b, s in zip(x, y, size, strict=True)]
    return PolyCollection(rings, facecolors="none", edgecolors=colours, linewidths=2.6, zorder=8)
