"""Columns of findings as readers of the workbook see them: titles, meanings and kinds of number."""

from __future__ import annotations

import re
from typing import Literal

import pandas as pd

from sim.analysis.doubt import PARTS
from sim.experiment.structures import ERRORS
from sim.present.report.settings import meaning
from sim.present.words import sentence
from sim.settings.columns import unit as unit_of

Kind = Literal["share", "points", "money", "count", "decimal", "number"]

_BAND = {
    "mean": "Mean",
    "mean_low": "Mean, lower end of its 95% interval",
    "mean_high": "Mean, upper end of its 95% interval",
    "median": "Median",
    "q05": "5% of futures lie below",
    "q25": "25% of futures lie below",
    "q75": "75% of futures lie below",
    "q95": "95% of futures lie below",
}
TITLES: dict[str, str] = {
    **_BAND,
    "all_seeds": "Futures of both scenarios",
    "all_total": "Whole difference, over all futures",
    "ahead_low": "How much more than the next group, at least",
    "behaviour_high": "Behaviour: share of variance, upper end of its 95% interval",
    "behaviour_low": "Behaviour: share of variance, lower end of its 95% interval",
    "behaviour_sd": "Behaviour: standard deviation by itself",
    "behaviour_share": "Behaviour: share of variance",
    "arguments": "Shown by simulate with these arguments",
    "as_such_things_go": "Members as such things go",
    "asked": "Precision asked for (±)",
    "asked_high": "Asked for: less than",
    "asked_low": "Asked for: more than",
    "at_high": "Change at the high end",
    "at_low": "Change at the low end",
    "at_the_end": "Members in the last month, opening drawn",
    "attributed": "What this group of settings adds",
    "cancelled": "Futures that would be cancelled",
    "carried_share": "Influence carried by it and those heard more",
    "change": "Change",
    "change_high": "Change, upper end of its 95% interval",
    "change_low": "Change, lower end of its 95% interval",
    "clock": "Counted from",
    "crps": "Error on cases left out (ranked probability score)",
    "crps_error": "Error on cases left out, its standard error",
    "crps_more": "How much larger than in the model of this report",
    "crps_more_error": "Its standard error, paired by case",
    "in_band_share": "Figures of cases left out inside 9 in 10 predictions",
    "curve": "Curve",
    "down": "Ways to build the model in which it is lower",
    "driving": "Settings that drive it",
    "even_share": "The same, were all heard alike",
    "exact": "Known for certain",
    "few": "Too few futures to say much",
    "few_draws": "Too few draws to say much",
    "first_seed": "First future",
    "greatest_move": "Highest change at any end",
    "gss_code": "GSS code",
    "heard": "How much it is heard (average council: 1)",
    "high": "Upper end of the 95% interval",
    "high_end": "High end of the setting",
    "if_it_opens": "Members if it opens",
    "joined_by_then_share": "Futures in which it has joined by then",
    "last_seed": "Last future",
    "live_median": "Live: median",
    "live_q05": "Live: 5% of futures lie below",
    "live_q95": "Live: 95% of futures lie below",
    "beyond": "On the wrong side",
    "hangs_on": "Hangs on, or may",
    "held": "Trials in which it holds",
    "failed": "Trials that show it wrong",
    "learned": "What history says",
    "left_open": "Trials left open",
    "least_move": "Lowest change at any end",
    "luck_high": "Luck: share of variance, upper end of its 95% interval",
    "luck_low": "Luck: share of variance, lower end of its 95% interval",
    "luck_sd": "Luck: standard deviation by itself",
    "luck_share": "Luck: share of variance",
    "low": "Lower end of the 95% interval",
    "low_end": "Low end of the setting",
    "main": "The one of this report",
    "median_months": "Median months from announcement to opening",
    "minimum_share": "Share of councils that a review asks for",
    "month": "Month",
    "months": "Months since opening",
    "most": "Largest change",
    "moving": "Settings that move it",
    "never_share": "Chance of never opening",
    "note": "How it was compared",
    "opened_by_end_share": "Open by the last month",
    "opened_share": "Open by then",
    "outcome": "Outcome, short name",
    "own_value": "Value in the scenario itself",
    "pass_high": "Chance that most join, upper end of its 95% interval",
    "pass_low": "Chance that most join, lower end of its 95% interval",
    "pass_probability": "Chance that most join",
    "passed_as_such_things_go": "Most join, as such things go",
    "passed_at_the_end": "Most joined in the last month, opening drawn",
    "passed_if_it_opens": "Most join, if it opens",
    "range_difference": "Largest move along the curve",
    "range_from": "Largest move, from the value",
    "range_to": "Largest move, to the value",
    "range_low": "Largest move, lower end of its 95% interval",
    "range_high": "Largest move, upper end of its 95% interval",
    "range_verdict": "Largest move reads as",
    "reach": "Precision reached (±)",
    "reading": "In the model of this report, reads as",
    "reached_share": "Futures in which it is reached",
    "missing_share": "Futures in which it is not reached",
    "review_months": "Review, months after opening",
    "same": "Ways to build the model that read the same",
    "scenario": "Scenario, short name",
    "seeds": "Futures",
    "seeds_needed": "Futures needed",
    "enough_seeds": "Enough futures",
    "says": "Claim, in words",
    "source": "Council listened to",
    "source_code": "GSS code of the council listened to",
    "council_type": "Kind of council",
    "it_spend_gbp_m": "IT spend, £m a year",
    "deprivation_percentile": "Deprivation, percentile in its nation",
    "verdict": "Reads as",
    "setting": "Setting, name in the file",
    "share_equal": "Equal in",
    "share_from_parameters": "Share of variance from behaviour",
    "share_higher": "Higher in",
    "structure": "Way to build the model, short name",
    "structure_high": "Structure: share of variance, upper end of its 95% interval",
    "structure_low": "Structure: share of variance, lower end of its 95% interval",
    "structure_sd": "Structure: standard deviation by itself",
    "structure_title": "Way to build the model",
    "structure_share": "Structure: share of variance",
    "structures": "Ways to build the model",
    "tested": "Test",
    "title": "Scenario",
    "total": "Whole difference",
    "total_sd": "Standard deviation of all",
    "total_high": "Whole difference, upper end of its 95% interval",
    "total_low": "Whole difference, lower end of its 95% interval",
    "turns": "Turns the difference round",
    "typical_months": "Months after opening by which half of futures have it in",
    "unclear": "Ways to build the model in which it is neither",
    "up": "Ways to build the model in which it is higher",
    "value": "Value",
    "versus": "Compared with, short name",
    "weight_equal": "Weight, all alike",
    "weight_high": "Weight by cases left out, to",
    "weight_low": "Weight by cases left out, from",
    "weight_stacked": "Weight by cases left out",
    "weighting": "How ways to build the model weigh",
    "why": "Why these two",
    "idea": "What is switched off",
    "with_idea": "As it is",
    "without_idea": "Without it",
}
# What a title leaves open, of the tables that readers ask for most.
COLUMN_HELP = {
    "scenario": "Short name of the scenario, as in the experiment file.",
    "title": "Name of the scenario.",
    "grouping": "What councils are grouped by; 'all' means all councils of the scenario.",
    "group": "Which group of councils.",
    "outcome": "What is measured; the sheet 'Outcomes' says it in words.",
    "unit": "Unit of the figures in the row.",
    "seeds": "Number of simulated futures behind the row.",
    "missing_share": "Share of futures in which it was not reached within the horizon.",
    "reached_share": "Share of futures in which it was.",
    "mean": "Mean over futures; for yes/no outcomes the probability. Empty if any is missing.",
    "mean_low": "Lower end of the 95 % interval of the mean: what too few futures leave open.",
    "mean_high": "Upper end of that interval.",
    "median": "Half of the futures lie below.",
    "q05": "5 % of the futures lie below: with q95, the band of 9 in 10 futures.",
    "q25": "A quarter of the futures lies below: with q75, the band of the middle half.",
    "q75": "Three quarters of the futures lie below.",
    "q95": "95 % of the futures lie below.",
    "seeds_needed": "Futures needed for the precision asked for in the experiment file.",
    "enough_seeds": "Are there that many?",
    "versus": "The scenario it is compared with.",
    "why": "Why these two: 'base' (of the experiment), 'together' (readings of one proposal), "
    "'same councils'.",
    "paired": "TRUE where both have the same councils and so the same luck, future by future.",
    "difference": "Mean difference, scenario less versus.",
    "low": "Lower end of the 95 % interval of the mean.",
    "high": "Upper end of that interval.",
    "share_higher": "Share of futures (or pairs of futures) in which the scenario is higher.",
    "share_equal": "Share in which they are equal.",
    "verdict": "What the interval lets one say of the difference.",
    "note": "How the comparison was made.",
}

# Differences of shares, which readers see in percentage points.
_POINTS = {
    "comparison": {"difference", "low", "high"},
    "sensitivity": {"at_low", "at_high", "change", "low", "high"},
    "levers": {"at_low", "at_high", "change", "low", "high"},
    "ideas": {"difference", "low", "high"},
    "ideas_in_structures": {"difference", "low", "high"},
    "claims": {"value", "low", "high", "asked_low", "asked_high"},
    "claim_audits": {"value", "low", "high"},
    "attribution": {
        *("attributed", "low", "high", "ahead_low", "total", "total_low", "total_high"),
        "all_total",
    },
    "curves": {"change", "change_low", "change_high"},
    "examined": {"most", "least_move", "greatest_move"},
    "precision": {"reach", "asked"},
    "moves": {"difference", "low", "high", "range_difference", "range_low", "range_high"},
}
# Of these a probability is a share of futures, and all else a difference.
_OF_EITHER = ("claims", "claim_audits")
# Numbers that are not of the outcome of their row.
_AS_THEY_ARE = {
    "low_end",
    "high_end",
    "value",
    "own_value",
    "heard",
    "from",
    "to",
    "range_from",
    "range_to",
}
_SHARES_IN = {
    "rivals": {"weight_equal", "weight_stacked", "weight_low", "weight_high", *ERRORS},
    "simple_curves": {*ERRORS},
    "doubt": {f"{part}_{end}" for part in PARTS for end in ("low", "high")},
    "variance": {"low", "high"},
    "cancellation": {"low", "high"},
    "yardstick": {"low", "high"},
}
_IS_SHARE = re.compile(r"share|.+_share|share_.+|probability|pass_.+")


def title_of(column: str) -> str:
    """Title of a column; one that is not listed is called as its name says."""
    if column in TITLES:
        return TITLES[column]
    if "." in column:
        return sentence(meaning(column))
    return sentence(column.replace("_", " "))


def units_in(table: pd.DataFrame) -> list[str]:
    """Unit of what each row measures; "" where the table is of nothing that has one."""
    if "unit" in table:
        return [str(unit) for unit in table["unit"].tolist()]
    if "outcome" not in table:
        return [""] * len(table)
    outcomes = table["outcome"].tolist()
    known = {outcome: _unit_or_none(str(outcome)) for outcome in set(outcomes)}
    return [known[outcome] for outcome in outcomes]


def _unit_or_none(outcome: str) -> str:
    try:
        return unit_of(outcome)
    except KeyError:
        return ""


def kind_of(finding: str, column: str, unit: str) -> Kind:
    """Say how a number of a column is written, given the unit of its row."""
    of_shares = unit.startswith(("share", "prob")) or finding in ("examined", "moves")
    if finding in _OF_EITHER and column in _POINTS[finding] and unit == "probability":
        return "share"
    if column in _POINTS.get(finding, ()):
        return "points" if of_shares else _by_unit(unit)
    if column in _AS_THEY_ARE or (finding == "parameters"):
        return "number"
    if column in _SHARES_IN.get(finding, ()) or _IS_SHARE.fullmatch(column):
        return "share"
    if column.endswith("months") or column == "months":
        return "count"
    return _by_unit(unit)


def _by_unit(unit: str) -> Kind:
    if unit.startswith(("share", "prob")):
        return "share"
    if unit == "£m":
        return "money"
    if unit in ("months", "visits", "incidents", "councils"):
        return "count"
    return "decimal" if unit == "years" else "number"
