"""docs/validation.md and its pictures, from what a validation found."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sim.calibration.check import MIDDLES, Ranks, Tried
from sim.calibration.left_out import UNRELIABLE, LeftOut, count_inside, mean_width
from sim.calibration.validate import Check, Validation
from sim.files.words import listed
from sim.files.writing import make_folder, write_bytes
from sim.present.blocks import (
    Block,
    Code,
    Heading,
    Link,
    Listing,
    Paragraph,
    Part,
    Picture,
    Quote,
    Strong,
    Table,
)
from sim.present.figures.axes import draw_fan, key_of_fan, number_axis, panel_title, share_axis
from sim.present.figures.page import Page
from sim.present.figures.style import COLOURS, GREY, INK, LEAST, QUIET, drawing, wrap
from sim.present.formats import percent, percent_bare
from sim.present.markdown import markdown
from sim.present.view import Fan

FloatArray = npt.NDArray[np.float64]

SOURCE = (
    "Simulated with the posterior of experiments/calibration.toml. Observed: sources in "
    "docs/evidence.md; Notify: public version history of the service's list of organisations."
)
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
WIDEST = 4.0
MOST_PARAMETERS = 20
FEW_HISTORIES = 100  # fewer do not show a small fault of the fit


def validation_page(found: Validation, folder: Path, *, pictures: str = "images") -> str:
    """Draw the pictures into `folder`/`pictures` and write the page."""
    make_folder(folder / pictures)
    with drawing():
        drawn = [ranks_picture(found), targets_picture(found), learned_picture(found)]
        drawn += [tiers_picture(found)] if found.tiers else []
        for picture in drawn:
            write_bytes(folder / pictures / f"{picture.name}.png", picture.png({}))
    return markdown(page(found, pictures))


def page(found: Validation, pictures: str) -> list[Block]:
    """Say what a validation found, with pictures from a folder beside the page."""
    met = sum(check.is_met for check in found.checks)
    of = "" if found.structure is None else f" --structure {found.structure}"
    return [
        Heading(1, "Validation"),
        Paragraph(
            "How the model does against history: what it was fitted to, what it was not shown, "
            "and what the data could not teach it. This page is made by"
        ),
        Listing(f"python run.py validate calibration{of} --write docs/validation.md"),
        Paragraph(
            [
                "The fit: ",
                Quote(found.title.lower()),
                f"; {found.particles:,} draws of the posterior after {found.stages} stages of "
                f"sequential Monte Carlo, worth {found.worth_draws:,} independent ones in the "
                "median parameter. Bands hold 9 in 10 single "
                "simulated histories, each with its own parameters and its own luck; history "
                "itself is one such.",
            ]
        ),
        *_fit_itself(found, pictures),
        Heading(2, "What it was fitted to"),
        Paragraph(
            [
                f"The median lies within the tolerance for {met} of {len(found.checks)} figures, "
                "with one set of behaviour for all councils and cases; a lower bound is missed "
                "from below only. Cases are numbered as in the file of the calibration; their "
                "sources stand in ",
                Link("evidence.md", "evidence.md"),
                ". To meet what one was fitted to is no validation; not to meet it is a failure.",
            ]
        ),
        _checks_table(found.checks),
        _picture("targets", "Fitted figures against history", pictures),
        *_by_tier(found, pictures),
        *_left_out(found),
        *_held_out(found),
        Heading(2, "What the data taught, and what not"),
        Paragraph(
            "A parameter counts as informed where the posterior is less than "
            f"{percent(0.75)} as wide as the prior, as hardly touched where it is more than "
            f"{percent(0.9)} (in the space in which the prior is normal). What is hardly touched "
            "is an assumption as before, and findings that depend on it are driven by the prior."
        ),
        Table(
            ("Parameter", "Prior: median (9 in 10)", "Posterior: median (9 in 10)", "Informed"),
            [
                [Code(part.name), _spread(part.prior), _spread(part.posterior), part.verdict]
                for part in sorted(found.learned, key=lambda part: part.spread)
            ],
        ),
        _picture("learned", "Prior against posterior", pictures),
        *_together(found),
    ]


def _picture(name: str, title: str, pictures: str) -> Picture:
    return Picture(name, title, f"{pictures}/validation_{name}.png")


def _checks_table(checks: Sequence[Check]) -> Table:
    return Table(
        ("Case", "Figure", "Observed", "Tolerance", "Model: median (9 in 10)", "Within", "Met"),
        [
            [
                str(check.pattern),
                Quote(check.label),
                _observed(check.figure, check.at_least),
                f"{check.low:.3g} or more"
                if check.at_least
                else f"{check.low:.3g} to {check.high:.3g}",
                _spread(check.posterior),
                percent(check.share_within),
                "yes" if check.is_met else Strong("no"),
            ]
            for check in checks
        ],
        align="rlrllrl",
        header_column=False,
    )


def _observed(figure: float, at_least: bool) -> str:
    return f"{'at least ' * at_least}{figure:.3g}"


def _by_tier(found: Validation, pictures: str) -> list[Block]:
    if not found.tiers:
        return []
    return [
        _picture("notify", "Notify by tier", pictures),
        Paragraph(
            "Two dates of England were fitted, and the ratio of the tiers at the second; the "
            "months between, and the five Scottish signers, were not."
        ),
    ]


def _left_out(found: Validation) -> list[Block]:
    predicted = found.left_out
    heavy = list(dict.fromkeys(one.case for one in predicted if one.shape > UNRELIABLE))
    how: list[Part] = [
        "Each case in turn was predicted as if it had not been fitted: by weights, or, where "
        f"weights cannot stand in for that, by {found.left_out_particles:,} particles of the fit "
        "that went on without the case (docs/fitting.md says how). "
    ]
    if heavy:
        how += [
            "Weights alone, which cannot be relied on there: ",
            Quote(f"{listed(heavy)}. "),
        ]
    return [
        Heading(2, "Cases it was not shown"),
        Paragraph(
            [
                *how,
                "Its programme has an appeal that nobody knows, which spreads as widely as the "
                "other cases say. ",
                Strong(
                    f"{count_inside(predicted)} of {len(predicted)} figures lie in the band of 9 "
                    "in 10 predictions"
                ),
                f", which is {_mean_width(predicted)} wide on average where the figure is a share. "
                "A wide band says that the other cases leave the matter open; a narrow one that "
                "misses says that the model is wrong there.",
            ]
        ),
        Table(
            (
                "Case",
                "Figure",
                "Observed",
                "Predicted: median (9 in 10)",
                "In the band",
            ),
            [
                [
                    Quote(one.case),
                    Quote(one.target.label),
                    _observed(one.figure, one.target.at_least),
                    _band(one),
                    "yes" if one.is_inside else Strong("no"),
                ]
                for one in predicted
            ],
            align="llrll",
        ),
    ]


def _band(one: LeftOut) -> str:
    return f"{one.quantile(0.5):.3g} ({one.quantile(0.05):.3g} to {one.quantile(0.95):.3g})"


def _mean_width(left_out: Sequence[LeftOut]) -> str:
    return f"{100.0 * mean_width(left_out):.0f} points"


def _fit_itself(found: Validation, pictures: str) -> list[Block]:
    most = _most_tried(found)
    worst = sorted(zip(most.ranks.chances, most.ranks.parameters, strict=True))[:5]
    count = len(most.ranks.parameters)
    tried = [each.particles for each in found.tried]
    untried = (
        f" Whether the {found.particles:,} particles of the fit below do better was not tried."
        * (found.particles > max(tried))
    )
    return [
        Heading(2, "Does the fitting work?"),
        Paragraph(
            "Before the posterior: histories were simulated with parameters drawn from the prior, "
            "given the error that the fit assumes, and fitted like history itself. If the fit is "
            "right, the true value of a parameter is as likely to have none as any other number of "
            "some draws of the posterior below it (simulation-based calibration, Talts et al. "
            "2018)."
        ),
        Paragraph(
            [
                *(part for each in found.tried for part in _verdict(each)),
                f"One of {count} parameters tells against a fit if its deviation has a chance of "
                f"{0.05 / count:.4f} or less.{untried}",
            ]
        ),
        Table(
            (
                "Particles of a fit",
                "Histories",
                *(f"Truth in the middle {percent(share)} (if right)" for share in MIDDLES),
                "Least chance of a deviation",
                "Parameters outside the band of 95%",
            ),
            [
                [
                    f"{each.particles:,}",
                    f"{len(each.ranks.places)}",
                    *(_coverage(each.ranks, share) for share in MIDDLES),
                    _chance(each.ranks.chances.min()),
                    f"{_outside(each.ranks)} of {count}",
                ]
                for each in found.tried
            ],
            align="rrrrrr",
        ),
        _picture("ranks", "Places of the true values", pictures),
        Table(
            (f"Deviate most with {most.particles:,} particles", "Chance of as large a deviation"),
            [[Code(name), _chance(chance)] for chance, name in worst],
            align="lr",
        ),
    ]


def _most_tried(found: Validation) -> Tried:
    """Give the check of most histories, which shows most."""
    return max(found.tried, key=lambda each: len(each.ranks.places))


def _verdict(each: Tried) -> list[Part]:
    """Say what the ranks of one check tell."""
    size = f"With {each.particles:,} particles "
    if not each.ranks.is_uniform:
        return [
            size,
            Strong("a fit is not right for every parameter"),
            ": read its posterior with care. ",
        ]
    if each.ranks.is_too_sure:
        return [
            size,
            Strong("a fit is a little too sure of itself"),
            ", though for no single parameter so much that it would show. ",
        ]
    few = ", as far as so few histories can show" * _are_few(each)
    return [f"{size}nothing tells against a fit{few}. "]


def _coverage(ranks: Ranks, share: float) -> str:
    mean, low, high = ranks.coverage(share)
    right = percent(ranks.expected_coverage(share))
    return f"{percent(mean)}, {percent_bare(low)}–{percent(high)} ({right})"


def _outside(ranks: Ranks) -> int:
    return int((ranks.chances < 0.05).sum())


def _chance(chance: float) -> str:
    return "under 0.0001" if chance < 1e-4 else f"{chance:.4f}"


def _held_out(found: Validation) -> list[Block]:
    if not found.held_out:
        return []
    verdicts = [prediction.verdict for prediction in found.held_out]
    missed = verdicts.count("missed")
    return [
        Heading(2, "Cases it never saw"),
        Paragraph(
            [
                "Figures of cases that no fit has used, predicted with the posterior (programmes "
                "that were not fitted have an appeal that nobody knows); settings of further cases "
                "were written down, "
                "from what is known of them, before the predictions were looked at (",
                Code("experiments/history/held_out/"),
                f"). Missed: {missed} of {len(verdicts)}, where history lies outside the band of "
                "9 in 10 histories. A band wider than 60 points says little either way.",
            ]
        ),
        Table(
            ("Figure", "Observed", "Predicted: median (9 in 10)", "Verdict", "Fact"),
            [
                [
                    Quote(prediction.label),
                    _observed(prediction.figure, prediction.at_least),
                    _spread(prediction.simulated[~np.isnan(prediction.simulated)]),
                    Strong("missed") if prediction.verdict == "missed" else prediction.verdict,
                    Code(prediction.fact.id),
                ]
                for prediction in found.held_out
            ],
            align="lrlll",
        ),
    ]


def _together(found: Validation) -> list[Block]:
    if not found.together:
        return [Paragraph("No two parameters are tied to each other strongly.")]
    return [
        Paragraph(
            "Known together better than apart, so that only their product or balance is known:"
        ),
        Table(
            ("Parameter", "and", "Correlation"),
            [[Code(a), Code(b), f"{value:+.2f}"] for a, b, value in found.together],
            align="llr",
        ),
    ]


def _spread(values: FloatArray) -> str:
    low, middle, high = np.quantile(values, [0.05, 0.5, 0.95])
    return f"{middle:.3g} ({low:.3g} to {high:.3g})"


# ---------------------------------------------------------------- pictures


def targets_picture(found: Validation) -> Page:
    """Every figure in units of its tolerance: prior and posterior around history."""
    met = sum(check.is_met for check in found.checks)
    picture = Page(
        "validation_targets",
        f"Fitted to history, the median is within the tolerance for {met} of "
        f"{len(found.checks)} figures",
        "Simulated less observed figure, in tolerances: −1 to 1 counts as met. Thick and thin "
        "lines: middle half and 9 in 10 single histories; blue after the fit, grey before it.",
        SOURCE,
    )
    body = picture.body
    names = 730.0
    chart = body.inset(left=names, bottom=40, top=6)
    ax = picture.axes(chart)
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
        label = f"{check.pattern}  {check.label}{', at least' * check.at_least}"
        words = wrap(label, LEAST, names - 20, 1)
        picture.lines(body.left, middle, words, LEAST, INK)
    axis = ["tolerances from the figure observed; what lies beyond 4 is cut"]
    picture.lines(chart.left, body.bottom + 4, axis, LEAST, QUIET)
    picture.alt = " ".join(
        f"{check.label}: observed {check.figure:.3g}, model {_spread(check.posterior)}."
        for check in found.checks
    )
    return picture


def _how_right(each: Tried) -> str:
    if not each.ranks.is_uniform:
        return "wrong for some of them"
    if each.ranks.is_too_sure:
        return "a little too sure"
    seen = " as far as so few can show" * _are_few(each)
    return f"neither too sure nor too vague{seen}"


def _are_few(each: Tried) -> bool:
    """Are there too few histories to show a small fault?"""
    return len(each.ranks.places) < FEW_HISTORIES


def ranks_picture(found: Validation) -> Page:
    """Cumulative places of the true values less those of a right fit, a line a parameter."""
    most = _most_tried(found)
    ranks = most.ranks
    outside, count = _outside(ranks), len(ranks.parameters)
    picture = Page(
        "validation_ranks",
        f"Fitted to histories with known parameters, the posterior is {_how_right(most)}",
        f"Share of {len(ranks.places)} simulated histories, fitted with {most.particles:,} "
        "particles each, in which at most so many of "
        f"{ranks.draws} draws of the posterior lie below the true value, less that of a right fit. "
        f"A line a parameter ({count}); the grey band holds 95% of the lines of a right fit. "
        f"Outside it: {outside}.",
        "Simulated with draws of the prior of experiments/calibration.toml. No observation enters.",
    )
    body = picture.body
    chart = body.inset(left=70, bottom=44, right=20, top=10)
    ax = picture.axes(chart)
    reach = 1.15 * max(ranks.band, float(np.abs(ranks.deviations).max()))
    ax.set_xlim(0, ranks.draws)
    ax.set_ylim(-reach, reach)
    ax.axhspan(-ranks.band, ranks.band, color="#E8EAEC", zorder=0, linewidth=0)
    ax.axhline(0.0, color=QUIET, linewidth=1.0, zorder=1)
    places = np.arange(ranks.draws + 1)
    for index, chance in enumerate(ranks.chances):
        colour, wide = (COLOURS[3], 2.2) if chance < 0.05 else (COLOURS[0], 0.7)
        ax.plot(places, ranks.deviations[:, index], color=colour, linewidth=wide, alpha=0.7)
    axis = [f"draws of the posterior below the true value, of {ranks.draws}"]
    picture.lines(chart.left, body.bottom + 2, axis, LEAST, QUIET)
    picture.alt = f"{picture.title}. Outside the band of 95%: {outside} of {count} parameters."
    return picture


def learned_picture(found: Validation) -> Page:
    """Prior and posterior of the parameters that the data touched, in units of the prior."""
    touched = sorted(
        (part for part in found.learned if part.verdict != "hardly"), key=lambda part: part.spread
    )[:MOST_PARAMETERS]
    rest = len(found.learned) - len(touched)
    informed = sum(part.verdict == "informed" for part in found.learned)
    picture = Page(
        "validation_learned",
        f"History informs {informed} of {len(found.learned)} parameters; of most it says little",
        "Draws of each parameter, placed at their probability under the prior: 0 is its low end, 1 "
        "its high end. Thick and thin lines: middle half and 9 in 10; blue after the fit, grey "
        f"before it. Of {rest} further parameters history says less.",
        SOURCE,
    )
    body = picture.body
    names = 640.0
    chart = body.inset(left=names, bottom=40, top=6)
    ax = picture.axes(chart)
    number_axis(ax, 0.0, 1.0, most=5)
    rows = max(len(touched), 1)
    ax.set_ylim(-0.6, rows - 0.4)
    ax.set_yticks([])
    for row, part in enumerate(touched):
        y = rows - 1 - row
        for five, colour, shift, thick in (
            (np.array(QUANTILES), GREY, -0.2, 4.0),
            (np.quantile(part.levels, QUANTILES), COLOURS[0], 0.12, 7.0),
        ):
            ax.plot(five[[0, 4]], [y + shift] * 2, color=colour, linewidth=1.8)
            ax.plot(five[[1, 3]], [y + shift] * 2, color=colour, linewidth=thick)
            ax.plot([five[2]], [y + shift], marker="o", color=colour, markersize=8)
        middle = chart.bottom + chart.height * (y + 0.6) / (rows + 0.2)
        picture.lines(body.left, middle, wrap(part.name, LEAST, names - 20, 1), LEAST, INK)
    picture.lines(chart.left, body.bottom + 4, ["probability under the prior"], LEAST, QUIET)
    picture.alt = " ".join(
        f"{part.name}: prior {_spread(part.prior)}, posterior {_spread(part.posterior)}."
        for part in touched
    )
    return picture


def tiers_picture(found: Validation) -> Page:
    """Notify by tier: simulated fans and the record."""
    picture = Page(
        "validation_notify",
        "GOV.UK Notify by tier: the record lies within the simulated bands"
        if _all_within(found)
        else "GOV.UK Notify by tier: where the record leaves the simulated bands",
        "Share of councils that have joined, by months since August 2017. Line: median; bands: "
        f"middle half and 9 in 10 of {len(found.tiers[0].simulated)} histories simulated with the "
        "posterior. Dots: agreements on record, which begins in February 2018.",
        SOURCE,
    )
    body = picture.body
    key_of_fan(picture, body.left, body.top - 12)
    body = body.inset(top=36, bottom=34)
    months = np.arange(1, found.tiers[0].simulated.shape[1] + 1, dtype=np.float64)
    for tier, box in zip(found.tiers, body.cells(1, len(found.tiers), gap_x=70), strict=True):
        top = panel_title(picture, box, f"{tier.name} ({tier.councils})")
        ax = picture.axes(box.inset(left=44, top=box.top - top + 10))
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
    picture.lines(body.left + 44, picture.body.bottom + 2, words, LEAST, QUIET)
    picture.alt = " ".join(
        f"{tier.name}: {percent(float(tier.observed[-1]))} on record after {len(months)} months, "
        f"simulated {_spread(tier.simulated[:, -1])}."
        for tier in found.tiers
    )
    return picture


def _all_within(found: Validation) -> bool:
    return all(
        bool(np.all((low <= here) & (here <= high)))
        for tier in found.tiers
        for known in [~np.isnan(tier.observed)]
        for low, high in [np.quantile(tier.simulated[:, known], [0.05, 0.95], axis=0)]
        for here in [tier.observed[known]]
    )
