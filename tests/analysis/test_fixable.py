"""Which fitted parameters could be fixed: verdicts by hand, and the ends that are run."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from sim.analysis.fixable import FIXED, OPEN, SAID_NOTHING, STAYS, fixable_table, verdict
from sim.analysis.sensitivity import sensitivity_table
from sim.experiment.parameters import about_posterior
from sim.experiment.sensitivity import ends
from sim.pages.fixable_page import fixable_part
from sim.present.markdown import markdown
from sim.runs.results import Results
from sim.study import move_doubtful
from tests.pages.test_levers import TINY


@pytest.mark.parametrize(
    ("intervals", "words"),
    [
        ([(-0.004, 0.006), (-0.01, 0.01)], FIXED),
        ([(-0.004, 0.006), (-0.004, 0.011)], OPEN),
        ([(-0.004, 0.006), (0.011, 0.020)], STAYS),
        ([(-0.5, 0.6), (-0.02, -0.011)], STAYS),
        ([(float("nan"), float("nan")), (0.0, 0.0)], OPEN),
    ],
)
def test_a_parameter_could_be_fixed_only_if_no_end_moves_a_headline(
    intervals: list[tuple[float, float]], words: str
) -> None:
    ends = pd.DataFrame(intervals, columns=["low", "high"])
    assert verdict(ends.assign(draws=20)) == words
    # Few futures may show that something moves, never that nothing does.
    assert verdict(ends.assign(draws=19)) == (STAYS if words == STAYS else OPEN)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    path: Path = tmp_path_factory.mktemp("fixable") / "tiny.toml"
    path.write_text(
        TINY.replace("seeds = 0", 'seeds = 2\nscenarios = ["framework"]', 1), encoding="utf-8"
    )
    return move_doubtful(path, seeds=3, workers=1)


def test_what_history_told_nothing_of_is_moved_to_the_ends_of_its_prior(results: Results) -> None:
    assert results.scenarios == ["framework"]
    # Every future has a draw of its own.
    assert results.experiment.parameters.seeds_per_draw == 1
    fitted = about_posterior()["settings"]
    table = fixable_table(results)
    silent = {name for name, about in fitted.items() if about["learned"] == SAID_NOTHING}
    moved = ends(results.experiment.scenarios["framework"])
    assert set(table["setting"]) == silent & set(moved) != set()
    whole = sensitivity_table(results).set_index("setting").to_dict("index")
    for setting, own in table.groupby("setting"):
        assert own["value"].tolist() == [fitted[setting]["low"], fitted[setting]["high"]]
        assert own["change"].tolist() == pytest.approx(
            [whole[setting]["at_low"], whole[setting]["at_high"]]
        )


def test_the_page_says_what_could_be_fixed(results: Results) -> None:
    table = fixable_table(results)
    count = table["setting"].nunique()
    text = markdown(fixable_part(table))
    assert f"{count} fitted parameters of which history told nothing" in text
    assert (
        text.count("\n| `behaviour.") + text.count("\n| `climate.") + text.count("\n| `traits.")
        == count
    )
    assert "History told something of every" in markdown(fixable_part(table.head(0)))
