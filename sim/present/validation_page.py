"""docs/validation.md and its pictures, from what a validation found."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sim.calibration.validate import Check, Validation
from sim.present.chart import draw_fan, key_of_fan, number_axis, panel_title, share_axis
from sim.present.markdown import table
from sim.present.numbers import Fan
from sim.present.sheet import Sheet, write_whole
from sim.present.style import COLOURS, GREY, INK, LEAST, QUIET, drawing, wrap
from sim.present.words import percent

FloatArray = npt.NDArray[np.float64]

SOURCE = (
    "Simulated with the posterior of experiments/calibration.toml. Observed: sources in "
    "docs/evidence.md; Notify: public version history of the service's list of organisations."
)
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
WIDEST = 4.0


def validation_page(found: Validation, folder: Path, *, pictures: str = "images") -> str:
    """Draw the pictures into `folder`/`pictures` and write the page."""
    (folder / pictures).mkdir(parents=True, exist_ok=True)
    with drawing():
        sheets = [targets_sheet(found), *([tiers_sheet(found)] if found.tiers else [])]
        for sheet in sheets:
            write_whole(folder / pictures / f"{sheet.name}.png", sheet.png({}))
    met = sum(check.is_met for check in found.checks)
    lines = [
        "# Validation",
        "",
        "How the model does against history: what it was fitted to, what it was not shown, and "
        "what the data could not teach it. This page is made by",
        "",
        "```",
        "python run.py validate experiments/calibration.toml --write docs/validation.md",
        "```",
        "",
        f"The fit: {found.title.lower()}; {found.particles:,} draws of the posterior "
        f"({found.distinct:,} distinct) after {found.stages} stages of sequential Monte Carlo. "
        "Bands hold 9 in 10 single simulated histories, each with its own parameters and its own "
        "luck; history itself is one such.",
        "",
        "## What it was fitted to",
        "",
        f"The median lies within the tolerance for {met} of {len(found.checks)} figures, with one "
        "set of behaviour for all councils and cases. Patterns 1-7 are those of "
        "[evidence.md](evidence.md); number 8 is who signed with Notify, council by council. To "
        "meet what one was fitted to is no validation; not to meet it is a failure.",
        "",
        _checks_table(found.checks),
        "",
        f"![Fitted figures against history]({pictures}/validation_targets.png)",
        "",
        *_by_tier(found, pictures),
        *_left_out(found),
        "## What doubt about behaviour does to an answer",
        "",
        f"“{found.doubts_about}”, {found.doubts_months} months after opening, with behaviour drawn "
        f"from the posterior ({len(found.doubts[0].shares):,} draws, "
        f"{found.doubts[0].shares.shape[1]} lucks each, the same for all scenarios). Reports run "
        "with one point in this space, and their bands hold luck only: where most of the variance "
        "is parameters, the bands below are the honest ones. Differences between scenarios are "
        "better known than either, since draws are shared.",
        "",
        table(
            ("Scenario", "Joined: median (9 in 10)", "Of the variance, parameters"),
            [
                [
                    doubt.title,
                    _percents(doubt.shares),
                    percent(doubt.from_parameters),
                ]
                for doubt in found.doubts
            ],
            right=["Of the variance, parameters"],
        ),
        "",
        *_differences(found),
        "## What the data taught, and what not",
        "",
        "A parameter counts as informed where the posterior is less than "
        f"{percent(0.75)} as wide as the prior, as hardly touched where it is more than "
        f"{percent(0.9)} (in the space in which the prior is normal). What is hardly touched is "
        "an assumption as before, and findings that depend on it are driven by the prior.",
        "",
        table(
            ("Parameter", "Prior: median (9 in 10)", "Posterior: median (9 in 10)", "Informed"),
            [
                [f"`{part.name}`", _spread(part.prior), _spread(part.posterior), part.verdict]
                for part in sorted(found.learned, key=lambda part: part.spread)
            ],
        ),
        "",
        *_together(found),
    ]
    return "\n".join(lines)


def _checks_table(checks: Sequence[Check]) -> str:
    return table(
        ("Pattern", "Figure", "Observed", "Tolerance", "Model: median (9 in 10)", "Within", "Met"),
        [
            [
                str(check.pattern),
                check.label,
                f"{check.figure:.3g}",
                f"{check.low:.3g} to {check.high:.3g}",
                _spread(check.posterior),
                percent(check.share_within),
                "yes" if check.is_met else "**no**",
            ]
            for check in checks
        ],
        right=["Pattern", "Observed", "Within"],
    )


def _by_tier(found: Validation, pictures: str) -> list[str]:
    if not found.tiers:
        return []
    return [
        f"![Notify by tier]({pictures}/validation_notify.png)",
        "",
        "Two dates of England were fitted, and the ratio of the tiers at the second; the months "
        "between, and the five Scottish signers, were not.",
        "",
    ]


def _left_out(found: Validation) -> list[str]:
    if not found.predicted:
        return []
    met = sum(check.is_met for check in found.predicted)
    return [
        "## What it was not shown",
        "",
        "Each pattern in turn was left out of the fit and then predicted "
        f"({found.predicted_particles:,} particles each). The median of the prediction lies within "
        f"the tolerance for {met} of {len(found.predicted)} figures. A wide band says that the "
        "other patterns leave the matter open; a narrow one that misses says that the model is "
        "wrong there.",
        "",
        _checks_table(found.predicted),
        "",
    ]


def _differences(found: Validation) -> list[str]:
    first, *others = found.doubts
    if not others:
        return []
    return [
        f"Points above “{first.title}”, draw by draw:",
        "",
        table(
            ("Scenario", "Difference: median (9 in 10)", "Above in"),
            [
                [
                    other.title,
                    _percents(other.shares - first.shares).replace("%", ""),
                    percent(float((other.shares > first.shares).mean())),
                ]
                for other in others
            ],
            right=["Above in"],
        ),
        "",
    ]


def _percents(shares: FloatArray) -> str:
    known = shares[~np.isnan(shares)]
    low, middle, high = (100.0 * np.quantile(known, [0.05, 0.5, 0.95])).round() + 0.0
    return f"{middle:.0f}% ({low:.0f} to {high:.0f})"


def _together(found: Validation) -> list[str]:
    if not found.together:
        return ["No two parameters are tied to each other strongly.", ""]
    return [
        "Known together better than apart, so that only their product or balance is known:",
        "",
        table(
            ("Parameter", "and", "Correlation"),
            [[f"`{a}`", f"`{b}`", f"{value:+.2f}"] for a, b, value in found.together],
            right=["Correlation"],
        ),
        "",
    ]


def _spread(values: FloatArray) -> str:
    low, middle, high = np.quantile(values, [0.05, 0.5, 0.95])
    return f"{middle:.3g} ({low:.3g} to {high:.3g})"


# ---------------------------------------------------------------- pictures


def targets_sheet(found: Validation) -> Sheet:
    """Every figure in units of its tolerance: prior and posterior around history."""
    met = sum(check.is_met for check in found.checks)
    sheet = Sheet(
        "validation_targets",
        f"Fitted to history, the median is within the tolerance for {met} of "
        f"{len(found.checks)} figures",
        "Simulated less observed figure, in tolerances: −1 to 1 counts as met. Thick and thin "
        "lines: middle half and 9 in 10 single histories; blue after the fit, grey before it.",
        SOURCE,
    )
    body = sheet.body
    names = 640.0
    chart = body.inset(left=names, bottom=40, top=6)
    ax = sheet.axes(chart)
    number_axis(ax, -WIDEST, WIDEST, most=9)
    rows = len(found.checks)
    ax.set_ylim(-0.6, rows - 0.4)
    ax.set_yticks([])
    ax.axvspan(-1.0, 1.0, color="#E8EAEC", zorder=0, linewidth=0)
    ax.axvline(0.0, color=QUIET, linewidth=1.0, zorder=1)
    for row, check in enumerate(found.checks):
        y = rows - 1 - row
        half = (check.high - check.low) / 2.0
        for values, colour, shift, thick in (
            (check.prior, GREY, -0.2, 4.0),
            (check.posterior, COLOURS[0], 0.12, 7.0),
        ):
            spread = (np.quantile(values, QUANTILES) - check.figure) / half
            five = np.clip(spread, -WIDEST, WIDEST)
            ax.plot(five[[0, 4]], [y + shift] * 2, color=colour, linewidth=1.8)
            ax.plot(five[[1, 3]], [y + shift] * 2, color=colour, linewidth=thick)
            if abs(spread[2]) < WIDEST:
                ax.plot([five[2]], [y + shift], marker="o", color=colour, markersize=8)
        middle = chart.bottom + chart.height * (y + 0.6) / (rows + 0.2)
        words = wrap(f"{check.pattern}  {check.label}", LEAST, names - 20, 2)
        sheet.lines(body.left, middle, words, LEAST, INK)
    axis = ["tolerances from the figure observed; what lies beyond 4 is cut"]
    sheet.lines(chart.left, body.bottom + 4, axis, LEAST, QUIET)
    sheet.alt = " ".join(
        f"{check.label}: observed {check.figure:.3g}, model {_spread(check.posterior)}."
        for check in found.checks
    )
    return sheet


def tiers_sheet(found: Validation) -> Sheet:
    """Notify by tier: simulated fans and the record."""
    sheet = Sheet(
        "validation_notify",
        "GOV.UK Notify by tier: the record lies within the simulated bands"
        if _all_within(found)
        else "GOV.UK Notify by tier: where the record leaves the simulated bands",
        "Share of councils that have joined, by months since August 2017. Line: median; bands: "
        f"middle half and 9 in 10 of {len(found.tiers[0].simulated)} histories simulated with the "
        "posterior. Dots: agreements on record, which begins in February 2018.",
        SOURCE,
    )
    body = sheet.body
    key_of_fan(sheet, body.left, body.top - 12)
    body = body.inset(top=36, bottom=34)
    months = np.arange(1, found.tiers[0].simulated.shape[1] + 1, dtype=np.float64)
    for tier, box in zip(found.tiers, body.cells(1, len(found.tiers), gap_x=70), strict=True):
        top = panel_title(sheet, box, f"{tier.name} ({tier.councils})")
        ax = sheet.axes(box.inset(left=44, top=box.top - top + 10))
        share_axis(ax, 0.6)
        number_axis(ax, 0.0, months[-1], most=6)
        spread = np.quantile(tier.simulated, QUANTILES, axis=0)
        draw_fan(ax, Fan.of(months, spread, len(tier.simulated)), COLOURS[0])
        ax.plot(
            months,
            tier.observed,
            linestyle="none",
            marker="D",
            color=COLOURS[3],
            markersize=7,
            clip_on=False,
            zorder=4,
        )
    words = ["months since councils could join"]
    sheet.lines(body.left + 44, sheet.body.bottom + 2, words, LEAST, QUIET)
    sheet.alt = " ".join(
        f"{tier.name}: {percent(float(tier.observed[-1]))} on record after {len(months)} months, "
        f"simulated {_spread(tier.simulated[:, -1])}."
        for tier in found.tiers
    )
    return sheet


def _all_within(found: Validation) -> bool:
    return all(
        bool(np.all((low <= here) & (here <= high)))
        for tier in found.tiers
        for known in [~np.isnan(tier.observed)]
        for low, high in [np.quantile(tier.simulated[:, known], [0.05, 0.95], axis=0)]
        for here in [tier.observed[known]]
    )
