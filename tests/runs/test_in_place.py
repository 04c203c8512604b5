"""Points that share a world, whose numbers are put into it, run as in worlds of their own."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from sim.experiment.load import load_experiment
from sim.experiment.plan import Chunk, make_plan
from sim.runs.store import merged
from sim.runs.tables import Tables, by_table, frame_of
from sim.runs.worker import Worker
from tests.experiment.test_design import EVERYTHING
from tests.shared.experiments import written

# Visits are stated in one way by the scenario and in another by this curve, and a setting is varied
# that is drawn otherwise; another needs something to be worked out anew.
MORE = """
[curves.each]
setting = "push.visits_per_council_per_year"
values = [0.0, 4.0]
scenarios = ["framework"]
[curves.drawn_otherwise]
setting = "behaviour.intercept"
values = [-2.0, 2.0]
scenarios = ["framework", "drawn"]
[curves.worked_out]
setting = "climate.incident_rate_per_month"
values = [0.0, 0.2]
scenarios = ["framework"]
"""


@pytest.mark.slow
def test_points_leave_nothing_behind_in_the_world_that_they_share(tmp_path: Path) -> None:
    experiment = load_experiment(written(tmp_path, EVERYTHING + MORE))
    plan = make_plan(experiment)
    chunks = [Chunk(point, tuple(seeds)) for point, seeds in plan.runs.seeds_of.items()]
    together = Worker(experiment, plan.points, "compiled")
    worlds = {together._start(chunk.point).world for chunk in chunks}
    assert len(worlds) < len(chunks) / 2, "nothing is shared, so nothing is tested"
    # One after the other, so that whatever is left behind shows in one of the two.
    shared = [together.run(order) for order in (chunks, chunks[::-1])]
    alone = []
    for chunk in chunks:
        own = {chunk.point: plan.points[chunk.point]}
        alone += [Worker(experiment, own, "compiled").run([chunk])]
    wanted = _frames(alone)
    assert wanted["failed"].empty
    for tables in shared:
        found = _frames([tables])
        for name, table in wanted.items():
            assert_frame_equal(found[name], table, check_exact=True, obj=name)


def _frames(pieces: list[Tables]) -> dict[str, pd.DataFrame]:
    return {name: frame_of(table) for name, table in merged(by_table(pieces))}
