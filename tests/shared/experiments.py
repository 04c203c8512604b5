"""A small experiment, and what makes two sets of results the same."""

from __future__ import annotations

from pathlib import Path

from pandas.testing import assert_frame_equal

from sim.runs.results import Results

# Twelve months of Scotland: one scenario with curves, one without a push, one of fresh draws of
# councils. Behaviour is drawn from the posterior; what is in doubt has tests of its own.
SMALL = """
title = "A small experiment"
question = "Does it work?"

[horizon]
starts = "2018-05"
ends = "2019-04"

[seeds]
count = 3

[outcomes]
months_since_opening = [6, 12]
headline_months = 12

[sensitivity]
seeds = 0

[ideas]
seeds = 0

[scenarios.framework]
title = "Common procurement"
stands_for = "The proposal, for Scotland's 32 councils."
programme = "scottish_framework"
councils = { nations = ["Scotland"] }

[scenarios.no_visits]
title = "Nobody calls"
based_on = "framework"
[scenarios.no_visits.push]
visits_per_month = 0.0

[scenarios.drawn]
title = "Twelve of them"
based_on = "framework"
councils = { nations = ["Scotland"], draw = 12 }
"""
ONE_SCENARIO = SMALL[: SMALL.index("[scenarios.no_visits]")]
CURVES = """
[curves.effort]
setting = "push.visits_per_month"
values = [0.0, 6.0, 12.0]
scenarios = ["framework", "drawn"]
seeds = 2

[curves.large]
setting = "push.visits_per_month"
group = "250,000-500,000"
values = [0.0, 6.0]
scenarios = ["framework"]
seeds = 2
"""
FRAMES = ("design", "runs", "series", "groups", "joined", "failed")


def written(folder: Path, text: str = SMALL, name: str = "small.toml") -> Path:
    """Write an experiment file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def assert_same_results(ours: Results, theirs: Results, frames: tuple[str, ...] = FRAMES) -> None:
    """Check that tables agree to the bit, types included (but where no run failed)."""
    for name in frames:
        assert_frame_equal(
            getattr(ours, name),
            getattr(theirs, name),
            check_exact=True,
            check_dtype=name != "failed",
            obj=name,
        )
