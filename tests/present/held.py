"""Numbers and claims of a report, worked out again from the tables of results alone."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from sim.analysis.payback import payback_line_table
from sim.analysis.probability_words import YARDSTICK
from sim.model.councils import load_councils
from sim.present.blocks import Number
from sim.present.report.statements import Claim
from sim.runs.results import Results

Floats = np.ndarray[Any, np.dtype[np.float64]]
TOLERANCE = 1e-9
UNKNOWN = object()  # a number that is not worked out again

# What each phrase of a sentence claims; it stands there just where the claim does.
PHRASES = {
    "nobody can join": "nothing on offer",
    "so nothing can be said of it": "not seen",
    "fall short": "falls short",
    "even the full promise would not pay": "full promise does not pay",
    "same councils and same luck": "same councils",
    ", other councils": "other councils",
    "no difference in any": "equal",
    "hardly a difference": "hardly differs",
    "cannot be told": "cannot be told",
    "? No: ": "loses money",
    "? Yes: ": "gains money",
    "on the same side of an even chance": "stands",
    "the model is built one way or another": "spread",
    "hangs on how the model is built": "turns over",
}


@dataclass
class Held:
    """Results to hold a report against."""

    results: Results

    @cached_property
    def runs(self) -> pd.DataFrame:
        return self.results.of("scenario")

    def column(self, scenario: str, outcome: str) -> pd.Series[float]:
        own = self.runs[self.runs["scenario"] == scenario].set_index("seed").sort_index()
        values = own[outcome].astype("float64")
        if outcome == "passed" and self.results.experiment.scenarios[scenario].offers:
            longest = max(self.results.experiment.outcomes.months_since_opening)
            seen_enough = own[f"joined_share_{longest}m"].notna()
            return values.where(seen_enough | (values == 1.0))
        return values

    def trials(self, scenario: str) -> int:
        own = self.runs[self.runs["scenario"] == scenario]
        drawn = self.results.experiment.parameters.source != "point"
        return int(own["draw"].nunique()) if drawn else len(own)

    # ------------------------------------------------------------ numbers

    def value(self, number: Number) -> Any:
        """What a number should be, or `UNKNOWN`."""
        work_out = getattr(self, f"_{number.finding}", None)
        return UNKNOWN if work_out is None else work_out(number.row, number.column)

    def _summary(self, row: Any, column: str) -> Any:
        scenario, grouping, group, outcome = row
        if grouping == "all":
            values = self.column(scenario, outcome)
        else:
            table = self.results.of("scenario", "groups")
            some = table[
                (table["scenario"] == scenario)
                & (table["grouping"] == grouping)
                & (table["group"] == group)
            ]
            values = some[outcome].astype("float64")
        return self._level(values, outcome, column)

    def _level(self, values: pd.Series[float], outcome: str, column: str) -> Any:
        shares = {"median": 0.5, "q05": 0.05, "q25": 0.25, "q75": 0.75, "q95": 0.95}
        if column == "missing_share":
            return float(values.isna().mean())
        if column == "reached_share":
            return float(values.notna().mean())
        if column == "mean":
            return float(values.mean(skipna=False))
        if column not in shares:
            return UNKNOWN
        if outcome.startswith(("months_to", "payback", "cost_per", "break_even")):
            ordered = sorted(values.fillna(math.inf))
            return ordered[math.ceil(shares[column] * len(ordered) - 1e-9) - 1]
        if values.isna().any():
            return math.nan
        return float(np.quantile(values, shares[column]))

    def _headline(self, row: Any, column: str) -> Any:
        own = self.runs[self.runs["scenario"] == row[0]]
        if column == "trials":
            return self.trials(row[0])
        if column == "live_median":
            return self._live(row[0])
        return {"seeds": len(own), "councils": own["councils"].iloc[0]}.get(column, UNKNOWN)

    def _live(self, scenario: str) -> float:
        experiment = self.results.experiment
        series = self.results.of("scenario", "series")
        series = series[series["scenario"] == scenario]
        months = experiment.outcomes.headline_months
        if not self.runs[f"joined_share_{months}m"].notna().any():
            due = series[series["month"] == series["month"].max()]
        else:
            due = series[series["months_since_opening"] == months]
        return float(due["live_share"].median())

    def _in_force(self, row: Any, column: str) -> Any:
        outcomes = self.results.experiment.outcomes
        return {
            "headline_months": outcomes.headline_months,
            "longest_months": max(outcomes.months_since_opening),
            "pass_share": outcomes.pass_share,
            "precision_share": outcomes.precision_share,
        }.get(row[0], UNKNOWN)

    def _reasons(self, row: Any, column: str) -> Any:
        scenario, reason = row
        table = self.results.of("scenario", "joined")
        table = table[table["scenario"] == scenario]
        kinds = {
            "joined": ["joined", "said yes, not yet in"],
            "gave up or left again": ["gave up while migrating", "left again"],
            "refused: autonomy": ["refused: autonomy"],
            "refused: does not pay": ["refused: does not pay"],
            "never considered it": ["never considered it"],
        }
        if reason not in kinds or table["offer"].nunique() > 1:
            return UNKNOWN
        asked = table[table["why_not"] != "never asked"]
        return float(asked["why_not"].isin(kinds[reason]).mean())

    def _comparison(self, row: Any, column: str) -> Any:
        scenario, versus, grouping, _, outcome = row
        if grouping != "all":
            return UNKNOWN
        x, y = (self.column(name, outcome) for name in (scenario, versus))
        if column == "difference":
            matched = x.index.intersection(y.index)
            return float((x[matched] - y[matched]).mean(skipna=False))
        if column == "seeds":
            return min(len(x), len(y))
        if column == "share_higher" and self.same(scenario, versus) and x.notna().all():
            return float((x > y).mean()) if y.notna().all() else UNKNOWN
        return UNKNOWN

    def _moves(self, row: Any, column: str) -> Any:
        points = self.curve(*row)
        values = self.results.experiment.curves[row[0]].values
        if column in ("from", "to"):
            return {"from": min, "to": max}[column](values)
        return float(points.mean()) if column == "difference" else UNKNOWN

    def curve(self, name: str, scenario: str) -> pd.Series[float]:
        """Highest value of the setting less the lowest, seed by seed."""
        table = self.results.of("curve")
        table = table[(table["design"] == name) & (table["scenario"] == scenario)]
        values = self.results.experiment.curves[name].values
        outcome = f"joined_share_{self.results.experiment.outcomes.headline_months}m"
        ends = [
            table[table["position"] == values.index(pick(values))].set_index("seed")[outcome]
            for pick in (max, min)
        ]
        return (ends[0].astype("float64") - ends[1].astype("float64")).dropna()

    # ------------------------------------------------------------ councils

    def councils(self, scenario: str) -> Any:
        """Whom an offer is ever open to, of those that take part."""
        settings = self.results.experiment.scenarios[scenario]
        table = load_councils()
        here = {
            name
            for name, nation in zip(table.name, table.nation, strict=True)
            if settings.councils.nations is None or nation in settings.councils.nations
        }
        if settings.councils.codes is not None:
            here &= set(settings.councils.codes)
        scopes = [offer.scope.codes for offer in settings.offers.values()]
        open_to = (
            here
            if not scopes or any(scope is None for scope in scopes)
            else here & {name for scope in scopes for name in scope or ()}
        )
        return settings.councils.draw, here, open_to

    def same(self, one: str, other: str) -> bool:
        return bool(self.councils(one) == self.councils(other))

    # ------------------------------------------------------------ claims

    def check(self, claim: Claim, words: str, titles: dict[str, str]) -> None:
        """Hold a claim, and the words it is told in, against the tables."""
        about = claim.about
        match claim.kind:
            case "chance":
                self._check_chance(about[0], words, titles[about[0]])
            case "nothing on offer":
                assert not self.results.experiment.scenarios[about[0]].offers
                assert self.column(about[0], "peak_joined_share").max() == 0.0
            case "not seen":
                outcome = f"joined_share_{self.results.experiment.outcomes.headline_months}m"
                assert self.column(about[0], outcome).isna().all()
            case "falls short":
                assert self.wilson(about[0])[1] < 0.5
            case "loses money" | "gains money":
                net = self.column(about[0], "net_saving_total_gbp_m")
                sign = -1 if claim.kind == "loses money" else 1
                assert self.trials(about[0]) >= 20
                assert float((net * sign > 0).mean()) >= 0.95
            case "full promise does not pay":
                ratio = self.column(about[0], "break_even_ratio").fillna(math.inf)
                assert ratio.median() > 1.0
                line = payback_line_table(self.results)
                own = (line["scenario"] == about[0]) & (line["side"] == "public purse")
                at_full_use = line.loc[own & (line["used_share"] == 1.0), "ratio_within"]
                assert float(at_full_use.iloc[0]) > 1.0
            case "same councils" | "other councils":
                assert self.same(*about) == (claim.kind == "same councils")
            case "one future":
                assert self.trials(about[0]) == 1
            case "stands":
                assert self.sides(about[0])[0] in (-1, 1)
                assert self.trials(about[0]) >= 20
            case "spread":
                name, *ends = about
                elsewhere, main = self.medians(name)
                every = [*elsewhere.values(), main]
                assert [elsewhere.get(end, main) for end in ends] == [min(every), max(every)]
                assert self.trials(name) >= 20
            case "turns over" if not about[1]:
                assert {-1, 1} <= set(self.sides(about[0]))
            case "turns over":
                pass  # of two scenarios: held in tests of findings
            case _:
                self.check_verdict(claim.kind, about)

    def wilson(self, scenario: str) -> tuple[float, float]:
        return self._wilson(self.column(scenario, "passed"), self.trials(scenario))

    def medians(self, scenario: str) -> tuple[dict[str, float], float]:
        """Median of members at the headline month in each other structure, and in the main one."""
        rivals = self.results.of("structure")
        column = f"joined_share_{self.results.experiment.outcomes.headline_months}m"
        own = rivals[rivals["scenario"] == scenario].groupby("design")[column].median()
        elsewhere = {str(name): float(middle) for name, middle in own.items()}
        return elsewhere, float(self.column(scenario, column).median())

    def sides(self, scenario: str) -> list[int]:
        """Side of an even chance on which reaching the goal is, structure by structure; or 0."""
        rivals = self.results.of("structure")
        own = [part for _, part in rivals[rivals["scenario"] == scenario].groupby("design")]
        ends = [
            self.wilson(scenario),
            *(self._wilson(part["passed"].astype(float), part["draw"].nunique()) for part in own),
        ]
        return [int(low > 0.5) - int(high < 0.5) for low, high in ends]

    def _standing(self, row: Any, column: str) -> Any:
        if row[1]:
            return UNKNOWN
        found = self.sides(row[0])
        counts = {"up": found.count(1), "down": found.count(-1), "structures": len(found)}
        return {**counts, "same": found.count(found[0])}.get(column, UNKNOWN)

    @staticmethod
    def _wilson(passed: pd.Series[float], trials: int) -> tuple[float, float]:
        centre = float(passed.mean())
        z = float(stats.norm.ppf(0.975))
        middle = (centre + z * z / (2 * trials)) / (1 + z * z / trials)
        reach = z * math.sqrt(centre * (1 - centre) / trials + z * z / (4 * trials**2))
        reach /= 1 + z * z / trials
        return max(middle - reach, 0.0), min(middle + reach, 1.0)

    def _check_chance(self, scenario: str, words: str, title: str) -> None:
        passed = self.column(scenario, "passed")
        if passed.isna().any():
            wanted = "not known yet"
        elif self.trials(scenario) == 1:
            wanted = {0.0: "not the case", 1.0: "the case"}.get(passed.mean(), "the case in some")
        else:
            low, high = (_word(round(end, 9)) for end in self.wilson(scenario))
            wanted = _word(round(float(passed.mean()), 9))
            # One phrase, unless the interval reaches over more than two.
            names = [row.words for row in YARDSTICK]
            if names.index(high) - names.index(low) > 1:
                wanted = f"between {low} and {high}"
        assert f"{wanted} under “{title}”" in words

    def differences(self, about: tuple[str, ...]) -> pd.Series[float] | None:
        """Differences future by future that a claim is about; None where they are not paired."""
        if len(about) == 2:
            return self.curve(about[0], about[1])
        scenario, versus, grouping, _, outcome = about
        drawn = self.results.experiment.parameters.source != "point"
        if grouping != "all" or not (drawn or self.same(scenario, versus)):
            return None
        return self.column(scenario, outcome) - self.column(versus, outcome)

    def check_verdict(self, kind: str, about: tuple[str, ...]) -> None:
        """Hold a judgement of a difference against Student's interval of the paired one."""
        if len(about) == 1:
            return  # which group of settings is first: held in tests of explanations
        change = self.differences(about)
        if change is None:
            return
        if self.results.experiment.parameters.source != "point":
            per_draw = self.results.experiment.parameters.seeds_per_draw
            change = change.groupby((change.index - 1) // per_draw).mean()
        known = change.notna().all() and len(change) > 1
        assert (kind == "not known") == (not known), (kind, about, len(change))
        if not known:
            return
        mean, small = float(change.mean()), self.results.experiment.outcomes.precision_share
        reach = float(
            stats.t.ppf(0.975, len(change) - 1) * change.std(ddof=1) / math.sqrt(len(change))
        )
        where = f"{kind} of {about}: {mean:.4f} ± {reach:.4f} from {len(change)}"
        if kind == "equal":
            assert change.abs().max() == 0.0, where
        elif kind == "hardly differs":
            assert abs(mean) <= small, where
        elif kind in ("higher", "lower"):
            assert (mean > 0) == (kind == "higher"), where
            assert abs(mean) >= 0.6 * reach, where  # resampling and Student differ somewhat
        else:
            assert kind == "cannot be told", where
            assert abs(mean) <= 1.4 * reach, where


def _word(probability: float) -> str:
    """The word of the yardstick, read off its limits."""
    for row, following in pairwise(YARDSTICK):
        at_end = row.high == probability and row.high < 0.5
        if row.low <= probability < following.low or at_end:
            return row.words
    return YARDSTICK[-1].words


def agree(found: Any, wanted: Any) -> bool:
    """Is a number of a finding the one that was worked out?"""
    if found is None or pd.isna(found):
        return bool(pd.isna(wanted) or math.isinf(wanted))
    return bool(abs(float(found) - float(wanted)) <= TOLERANCE * max(1.0, abs(float(wanted))))


def numbers_held(numbers: Iterator[Number], held: Held, facts: Any) -> int:
    """Hold numbers against the tables; return how many were."""
    count = 0
    for number in numbers:
        wanted = held.value(number)
        if wanted is UNKNOWN:
            continue
        found = facts.findings.value(number.finding, number.row, number.column)
        assert agree(found, wanted), f"{number}: {found}, but the tables say {wanted}"
        count += 1
    return count
