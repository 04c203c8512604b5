"""If it opens, and as such things go: the same futures with the month of opening given and drawn.

Where an offer opens at the month that the file gives, months are counted from that opening; where
each future draws it, from the announcement, which is all that is known when one asks. A future in
which the offer never opens, or opens late, counts with the members that it has by then.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.analysis import estimators
from sim.analysis.headline import AT_THE_END, headline_column
from sim.analysis.summary import Row, runs_by_scenario, seed_draws, table_of
from sim.experiment.design import SUPPLY
from sim.model.opening import announced
from sim.runs.results import Results
from sim.settings import month_number

SUPPLY_COLUMNS = (
    "scenario",
    "outcome",
    "seeds",
    "few",
    "months",
    "opened_share",
    "opened_by_end_share",
    "if_it_opens",
    "as_such_things_go",
    "low",
    "high",
    "at_the_end",
    "passed_if_it_opens",
    "passed_as_such_things_go",
    "passed_at_the_end",
    "median_months",
    "never_share",
)


def supply_table(results: Results) -> pd.DataFrame:
    """Members with the opening as given and drawn, over the same futures.

    A row a scenario that was run both ways. `if_it_opens` is the mean share of councils joined at
    the headline month after the opening that the file gives; `as_such_things_go` that so many
    months after the announcement, the opening drawn, with its 95 % interval, and `at_the_end` in
    the last month. `opened_share` and `opened_by_end_share` say in how many of these futures the
    offer had opened by then, `passed_...` in how many as many councils had joined as count as most.
    `median_months` and `never_share` are those of the draw. `few`: whether these are fewer draws
    of behaviour, or futures where nothing is drawn, than can tell a mean from luck.
    """
    outcome, months = headline_column(results)
    experiment = results.experiment
    bar = experiment.outcomes.pass_share
    usual = runs_by_scenario(results)
    rows: list[Row] = []
    for name, own in results.of(SUPPLY).groupby("scenario", sort=False):
        scenario = str(name)
        if scenario not in usual:
            continue
        drawn = own.set_index("seed")
        both = pd.DataFrame(
            {
                "given": usual[scenario][outcome],
                "drawn": drawn[outcome].astype("float64"),
                "end": drawn[AT_THE_END].astype("float64"),
                "opened": drawn["opened"],
            }
        ).dropna(subset=["given", "drawn", "end"])
        if both.empty:
            continue
        both = both.sort_index()
        draws = seed_draws(results, both)
        mean, low, high = (
            float(np.clip(part[0], 0.0, 1.0))
            for part in estimators.mean_interval(both["drawn"], draws)
        )
        trials = estimators.trials_of(both, draws)
        offers = experiment.scenarios[scenario].offers.values()
        launched = min(announced(offer) for offer in offers)
        until = experiment.horizon.ends if months is None else launched + months - 1
        opened = both["opened"].dropna().astype(str).map(month_number)
        rows.append(
            {
                "scenario": scenario,
                "outcome": outcome,
                "seeds": len(both),
                "few": trials < estimators.FEWEST_SEEDS,
                "months": until - launched + 1,
                "opened_share": float((opened <= until).sum() / len(both)),
                "opened_by_end_share": len(opened) / len(both),
                "if_it_opens": float(both["given"].mean()),
                "as_such_things_go": mean,
                "low": low,
                "high": high,
                "at_the_end": float(both["end"].mean()),
                "passed_if_it_opens": float((both["given"] >= bar).mean()),
                "passed_as_such_things_go": float((both["drawn"] >= bar).mean()),
                "passed_at_the_end": float((both["end"] >= bar).mean()),
                "median_months": experiment.supply.median_months,
                "never_share": experiment.supply.never_share,
            }
        )
    return table_of(rows, SUPPLY_COLUMNS)
